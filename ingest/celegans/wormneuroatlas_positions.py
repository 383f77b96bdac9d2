"""Positions of all neurons in wormneuroatlas: names in a first line that begins with #, then three numbers a neuron.

The file states neither unit nor axes. Measured against the atlas of the whole body (a test does): the first number is
across the body, left positive; the second along it, from the nose backwards, some 110 um for each 1; the third from
ventral to dorsal. So they are kept in a unit and a frame of their own. The file is not of the head alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from ingest.celegans.names import CellNames
from ingest.celegans.statements import Statement, annotation_table, cells_of, local_file
from ingest.files import number, read_cells
from schemas.dataset import Decisions, Tables
from schemas.errors import Place, SourceError

READER_VERSION = "1"
AXES = ("lr_atlas_unit", "ap_atlas_unit", "dv_atlas_unit")  # in the order of the file
FRAME = "wormneuroatlas frame: left positive, from the nose backwards, dorsal positive; unit not stated"

_FILE = "anatlas_neuron_positions.txt"
_HINT = f"is this {_FILE}? its first line is # and the names, then come three numbers for each name"


def read(files: Mapping[str, Path], parents: Mapping[str, Tables]) -> dict[str, pl.DataFrame]:
    """Three annotations of each neuron: `lr_atlas_unit`, `ap_atlas_unit`, `dv_atlas_unit`.

    Args:
        files: `positions`.
        parents: holds `celegans/cells`.

    Raises:
        SourceError: no line of names, other than three numbers for each name, or labels that no cell has.
    """
    path, decisions = local_file(files, "positions", _FILE), Decisions()
    (header, *_), *rows = read_cells(path, "\t", width=(1, len(AXES)))
    if not header.startswith("#"):
        raise SourceError("does not begin with # and names", _HINT, Place(path.name, row=1))
    names = header.removeprefix("#").split()
    if len(names) != len(rows):
        raise SourceError(f"has {len(names)} names and {len(rows)} rows", _HINT, Place(path.name, row=1))
    labels = [(name, Place(path.name, row=row)) for row, name in enumerate(names, start=2)]
    nodes = cells_of(CellNames.of(parents), labels, decisions)
    statements = [
        Statement(nodes[label], axis, text, place, number(text, Place(path.name, row=place.row, column=axis)), FRAME)
        for (label, place), texts in zip(labels, rows, strict=True)
        for axis, text in zip(AXES, _three(texts, place), strict=True)
    ]
    return {"annotation": annotation_table(statements, decisions), "decision": decisions.frame()}


def _three(texts: list[str], place: Place) -> list[str]:
    if len(texts) != len(AXES):
        raise SourceError(f"has {len(texts)} cell(s), {len(AXES)} were expected", _HINT, place)
    return texts
