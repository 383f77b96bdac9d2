"""Yemini et al. 2021, table S2: mean positions of neurons in head and tail of both sexes, and how much they vary.

Each of the four sheets of positions has a frame of its own: the least value on each axis is 10 um, and two axes run the
other way in some sheets. Which way is measured against the atlas of the whole body (a test does). So the positions are
`head_…` and `tail_…`, never in the frame of the whole body. Of the variances the square root is given.

Not read: volumes, distances, effect sizes (how they were measured is not in the file), and the sheets of colours, whose
scale is not stated.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from ingest.celegans.names import MALE_PARENT, PARENT, CellNames
from ingest.celegans.statements import Statement, annotation_table, cells_of
from ingest.files import sheet_table
from schemas.dataset import Decisions, Tables
from schemas.errors import Place, SourceError

READER_VERSION = "1"
AXES = {"ap": "A-P", "dv": "D-V", "lr": "L-R"}
LEFT_OUT = (
    *("Volume (μm3)", "Effect Size (D)"),
    *(f"{axis} Distance (μm)" for axis in AXES.values()),
)
NOT_CELLS = {
    **dict.fromkeys(("AMSOL", "AMSOR"), "a socket cell of the amphid, which the node set does not have"),
    **dict.fromkeys(("PHSO1L", "PHSO1R"), "a socket cell of the phasmid, which the node set does not have"),
}

_POSITION, _VARIANCE = "Position (μm)", "Variance (μm2)"
_FORWARDS, _BACKWARDS = "from the rear forwards", "from the front backwards"
_DORSAL, _VENTRAL = "dorsal positive", "ventral positive"
_LEFT, _RIGHT = "left positive", "right positive"
_HINT = "is this table S2 of Yemini et al. 2021?"


@dataclass(frozen=True)
class Sheet:
    """One sheet of positions: whose cells, which part of the body, and which way the axes run."""

    parent: str
    part: str
    directions: tuple[str, str, str]

    def frame(self, name: str) -> str:
        """In words, for the evidence."""
        return f"frame of the sheet {name!r}: {', '.join(self.directions)}, least value 10 um"


SHEETS = {
    "Hermaphrodite Head Positions": Sheet(PARENT, "head", (_BACKWARDS, _DORSAL, _RIGHT)),
    "Hermaphrodite Tail Positions": Sheet(PARENT, "tail", (_FORWARDS, _DORSAL, _LEFT)),
    "Male Head Positions": Sheet(MALE_PARENT, "head", (_FORWARDS, _VENTRAL, _RIGHT)),
    "Male Tail Positions": Sheet(MALE_PARENT, "tail", (_BACKWARDS, _VENTRAL, _LEFT)),
}
COLOURS = tuple(name.replace("Positions", "Colors") for name in SHEETS)


def read(files: Mapping[str, Path], parents: Mapping[str, Tables]) -> dict[str, pl.DataFrame]:
    """Annotations `head_ap_um`, `tail_ap_um`, `ap_sd_um` and those of the two other axes.

    Args:
        files: `table_s2`.
        parents: holds `celegans/cells` and `celegans/male-cells`.

    Raises:
        SourceError: a sheet or column is absent, a cell is no number, a variance is negative, or no cell has a label.
    """
    path, decisions = files["table_s2"], Decisions()
    statements = [s for name in SHEETS for s in _statements(path, name, parents, decisions)]
    for name in SHEETS:
        reason = "how it was measured is not in the file"
        decisions.add("dropped", f"{name}: {', '.join(LEFT_OUT)}", reason, Place(path.name, name, 1))
    for name in COLOURS:
        decisions.add("dropped", name, "the scale of its intensities is not stated", Place(path.name, name))
    return {"annotation": annotation_table(statements, decisions), "decision": decisions.frame()}


def _statements(path: Path, name: str, parents: Mapping[str, Tables], decisions: Decisions) -> Iterator[Statement]:
    about, place = SHEETS[name], Place(path.name, name)
    columns = {f"{letters} {what}": axis for axis, letters in AXES.items() for what in (_POSITION, _VARIANCE)}
    types: dict[str, pl.DataType] = {"Neuron": pl.String(), **dict.fromkeys(columns, pl.Float64())}
    rows = sheet_table(path, name, types)
    if rows.is_empty():
        raise SourceError("lists no neuron", _HINT, place)
    labels = [(label, Place(path.name, name, row)) for row, label in enumerate(rows["Neuron"], start=2)]
    nodes = cells_of(CellNames.of(parents, about.parent), labels, decisions, NOT_CELLS)
    for row, found in enumerate(rows.iter_rows(named=True), start=2):
        if found["Neuron"] not in nodes:
            continue
        for column, axis in columns.items():
            at = Place(path.name, name, row, column)
            yield _statement(nodes[found["Neuron"]], axis, found[column], about.part, about.frame(name), at)


def _statement(node: str, axis: str, value: float, part: str, frame: str, place: Place) -> Statement:
    if not math.isfinite(value):
        raise SourceError(f"holds {value:g}, a number was expected", "correct the cell in the file", place)
    if not str(place.column).endswith(_VARIANCE):
        return Statement(node, f"{part}_{axis}_um", f"{value:.12g}", place, value, frame)
    if value < 0:
        raise SourceError(f"holds {value:g}, a variance is not negative", "correct the cell in the file", place)
    deviation = math.sqrt(value)
    evidence = f"{part}: square root of the variance, {value:.12g} um2"
    return Statement(node, f"{axis}_sd_um", f"{deviation:.12g}", place, deviation, evidence)
