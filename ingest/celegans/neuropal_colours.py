"""The canonical colours of the neurons in NeuroPAL animals: `'ADAL',"[0.65,0.41,0.62]"`, red, green, blue, no header.

[0,0,0] is not black but a neuron that has no colour of its own, only the panneuronal one (so its authors' notes say).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from ingest.celegans.names import CellNames
from ingest.celegans.statements import Statement, annotation_table, cells_of
from ingest.files import number, read_cells
from schemas.dataset import Decisions, Tables
from schemas.errors import Place, SourceError

READER_VERSION = "1"
PANNEURONAL = "panneuronal"

_WHOLE = 1e-6  # a level may differ from a whole number by what the file's decimals leave open
_COLOUR = re.compile(r"\[([^,\[\]]+),([^,\[\]]+),([^,\[\]]+)\]")
_HINT = "a row is a name in quotes and [red,green,blue], each from 0 to 1"


def read(files: Mapping[str, Path], parents: Mapping[str, Tables]) -> dict[str, pl.DataFrame]:
    """The annotation `colour` of each neuron, `#RRGGBB` or `panneuronal`; the evidence has the shares as they stand.

    Args:
        files: `colours`.
        parents: holds `celegans/cells`.

    Raises:
        SourceError: a row that is no name and colour, or labels that no cell has.
    """
    path, decisions = files["colours"], Decisions()
    rows = [(Place(path.name, row=r), cells) for r, cells in enumerate(read_cells(path, ",", width=2), start=1)]
    labels = [(_label(name, place), place) for place, (name, _) in rows]
    nodes = cells_of(CellNames.of(parents), labels, decisions)
    statements = [
        _statement(nodes[label], text, place, decisions)
        for (label, _), (place, (_, text)) in zip(labels, rows, strict=True)
    ]
    return {"annotation": annotation_table(statements, decisions), "decision": decisions.frame()}


def _label(text: str, place: Place) -> str:
    label = text.strip("'").strip()
    if not label:
        raise SourceError("has no name of a neuron", _HINT, place)
    return label


def _statement(node: str, text: str, place: Place, decisions: Decisions) -> Statement:
    found = _COLOUR.fullmatch(text)
    at = Place(place.file, row=place.row, column="colour")
    if found is None:
        raise SourceError(f"holds {text!r}, a colour was expected", _HINT, at)
    shares = [number(part.strip(), at) for part in found.groups()]
    if not all(0 <= share <= 1 for share in shares):
        raise SourceError(f"holds {text!r}, a share is from 0 to 1", _HINT, at)
    evidence = "red {}, green {}, blue {}".format(*(part.strip() for part in found.groups()))
    if not any(shares):
        return Statement(node, "colour", PANNEURONAL, place, evidence=evidence)
    levels = [share * 255 for share in shares]
    value = "#" + "".join(f"{round(level):02X}" for level in levels)
    if any(abs(level - round(level)) > _WHOLE for level in levels):
        reason = f"{text} is no colour of 8 bits; it is rounded to {value}, the evidence has it as it stands"
        decisions.add("differs", node.rpartition("/")[2], reason, at)
    return Statement(node, "colour", value, place, evidence=evidence)
