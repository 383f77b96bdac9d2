"""Positions of the 300 neurons in the NeuroPAL atlas: `neuron,AP,DV,LR` in um, without a header.

Head and tail come from light microscopy at high resolution, the middle from an older drawing. In this file the second
column is along the body and the third across; tables made from it elsewhere have the two the other way round.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from ingest.celegans.names import CellNames
from ingest.celegans.statements import Statement, annotation_table, cells_of
from ingest.files import number, read_cells
from schemas.dataset import Decisions, Tables
from schemas.errors import Place

READER_VERSION = "1"
FRAME = "NeuroPAL atlas frame: AP from the nose backwards, DV dorsal positive, LR left positive"
AXES = ("ap_um", "dv_um", "lr_um")


def read(files: Mapping[str, Path], parents: Mapping[str, Tables]) -> dict[str, pl.DataFrame]:
    """Three annotations of each neuron: `ap_um`, `dv_um`, `lr_um`, all in the frame that the evidence names.

    Args:
        files: `positions`.
        parents: holds `celegans/cells`.

    Raises:
        SourceError: a row that is not a name and three numbers, or labels that no cell has.
    """
    path, decisions = files["positions"], Decisions()
    rows = [(Place(path.name, row=r), found) for r, found in enumerate(read_cells(path, ",", width=4), start=1)]
    nodes = cells_of(CellNames.of(parents), [(label, place) for place, (label, *_) in rows], decisions)
    statements = [
        Statement(nodes[label], axis, text, place, number(text, Place(path.name, row=place.row, column=axis)), FRAME)
        for place, (label, *texts) in rows
        for axis, text in zip(AXES, texts, strict=True)
    ]
    _say_turned(statements, parents["celegans/cells"]["node"], decisions)
    table = annotation_table(statements, decisions)
    return {"annotation": table, "decision": decisions.frame()}


def _say_turned(statements: list[Statement], node: pl.DataFrame, decisions: Decisions) -> None:
    """In the part from the older drawing, left and right are the other way round; the file is not corrected."""
    across = {s.node: s for s in statements if s.attribute == "lr_um"}
    for left, right in _pairs(node):
        if left in across and right in across:
            a, b = across[left], across[right]
            if (a.number or 0.0) < (b.number or 0.0):
                item = f"{_name(left)}, {_name(right)}"
                reason = f"lr_um of the left cell is {a.value}, of the right one {b.value} (at {b.place}); kept"
                decisions.add("kept", item, reason, a.place)


def _pairs(node: pl.DataFrame) -> list[tuple[str, str]]:
    uids = set(node["uid"])
    lefts = [uid for uid in node["uid"].to_list() if uid.endswith("L")]
    return [(uid, uid[:-1] + "R") for uid in lefts if uid[:-1] + "R" in uids]


def _name(uid: str) -> str:
    return uid.rpartition("/")[2]
