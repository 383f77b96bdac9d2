"""Brittin et al. 2021: membrane contacts, chemical synapses and gap junctions of the nerve ring, as reference graphs.

Two animals (the series N2U and JSH) have two sides each. `delta` says in how many of these four sides a connection was
found, and `weight` is the mean over them. Sheets M, C and G list connections (cell_1, cell_2, weight, delta; in C from
pre to post); sheet restricted_cells says which cells have a partner on the other side. A connection within one side is
listed for one side only and stands for both, so its mirror image is added here. One across the midline is listed
with its mirror image.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import polars as pl

from ingest.celegans.coverage import Covered
from ingest.celegans.edges import Entry
from ingest.celegans.names import CellNames, resolve_all
from ingest.celegans.networks import Networks, labels_of, network_row
from ingest.files import sheet_table
from schemas.dataset import Decisions, Tables
from schemas.errors import Place, SourceError

READER_VERSION = "2"
DATASET = "celegans/brittin2021"
SHEETS = {"contact": "M", "chemical": "C", "gap_junction": "G"}
UNITS = {"contact": "membrane contact area, unit not stated", "chemical": "EM sections", "gap_junction": "EM sections"}
DELTAS = (1, 2, 3, 4)

_CELLS = "restricted_cells"
_ENDS = ("cell_1", "cell_2")
_CELL_COLUMNS: dict[str, pl.DataType] = {"cell": pl.String(), "bilateral_cell_class": pl.Int64()}
_COLUMNS: dict[str, pl.DataType] = {
    "cell_1": pl.String(),
    "cell_2": pl.String(),
    "weight": pl.Float64(),
    "delta": pl.Int64(),
}
COMPARED = (
    f"stands in sheet {_CELLS}, the cells that were compared; "
    "what is not found in so many sides may be in the network of another delta"
)
_METHOD = "serial-section electron microscopy of the nerve ring of two animals, both sides; mean over the sides"
_OTHER_SIDE = {"L": "R", "R": "L"}


@dataclass(frozen=True)
class Connection:
    """A row of a sheet: its entry, in how many sides it was found, and its mirror image."""

    entry: Entry
    delta: int
    mirror: tuple[str, str]


def read(files: Mapping[str, Path], parents: Mapping[str, Tables]) -> dict[str, pl.DataFrame]:
    """Networks `celegans/brittin2021/contact/delta1` … `delta4`, and the same of `chemical` and `gap_junction`.

    Args:
        files: `moesm5`.
        parents: holds `celegans/cells`.

    Raises:
        SourceError: another workbook, a cell without its partner, a value that cannot be, a pair that stands
            twice, or labels that no cell has.
    """
    path, names, decisions = files["moesm5"], CellNames.of(parents), Decisions()
    sides = _sides(path, names, decisions)
    found = {kind: _connections(path, kind, sides, names, decisions) for kind in SHEETS}
    networks = Networks(decisions)
    for kind, delta in product(SHEETS, DELTAS):
        uid = f"{DATASET}/{kind}/delta{delta}"
        if entries := _entries(uid, kind, delta, found[kind], decisions):
            networks.add(_network(uid, kind, delta), entries, Covered(sides, sides, COMPARED))
    return {**networks.tables(), "decision": decisions.frame()}


def _sides(path: Path, names: CellNames, decisions: Decisions) -> dict[str, str]:
    """For each cell (uid) of the list the cell on the other side; itself where it has no partner."""
    listed = sheet_table(path, _CELLS, _CELL_COLUMNS)
    labels = {label: Place(path.name, _CELLS, row, "cell") for row, label in enumerate(listed["cell"], start=2)}
    nodes = resolve_all(names, labels.items(), decisions)
    partners = {}
    for label, bilateral in listed.iter_rows():
        if nodes[label] in partners:
            raise SourceError(f"the cell {label!r} stands twice", "keep one of them", labels[label])
        if bilateral not in (0, 1):
            place = Place(path.name, _CELLS, labels[label].row, "bilateral_cell_class")
            raise SourceError(f"holds {bilateral}", "1 is a cell with a partner on the other side, 0 any other", place)
        partner = label[:-1] + _OTHER_SIDE.get(label[-1], "") if bilateral else label
        if partner not in nodes:
            text = f"{label!r} has a partner on the other side, and {partner!r} is not in the list"
            raise SourceError(text, "add the partner, or set bilateral_cell_class to 0", labels[label])
        partners[nodes[label]] = nodes[partner]
    return partners


def _connections(
    path: Path, kind: str, sides: Mapping[str, str], names: CellNames, decisions: Decisions
) -> list[Connection]:
    """The rows of one sheet; a pair that stands twice has no one mean, so it is refused."""
    name = SHEETS[kind]
    rows = sheet_table(path, name, _COLUMNS)
    if rows.is_empty():
        raise SourceError("lists no connection", "the file may be truncated; fetch it again", Place(path.name, name))
    nodes = _nodes(rows, Place(path.name, name), sides, names, decisions)
    found: dict[tuple[str, str], Connection] = {}
    for row, (first, second, weight, delta) in enumerate(rows.iter_rows(), start=2):
        place = Place(path.name, name, row)
        _check(weight, delta, place)
        entry = Entry(nodes[first], nodes[second], weight, place)
        mirror = _key(kind, sides[entry.source], sides[entry.target])
        before = found.setdefault(_key(kind, entry.source, entry.target), Connection(entry, delta, mirror))
        if before.entry is not entry:
            raise SourceError(f"{entry.label} stands twice, first at {before.entry.place}", "keep one of them", place)
    return list(found.values())


def _nodes(
    rows: pl.DataFrame, sheet: Place, sides: Mapping[str, str], names: CellNames, decisions: Decisions
) -> dict[str, str]:
    """Nodes of the labels of a sheet, all of which are in the list of cells."""
    labels = list(labels_of(rows.select(_ENDS).iter_rows(), _ENDS, sheet))
    nodes = resolve_all(names, labels, decisions)
    for label, place in labels:
        if nodes[label] not in sides:
            raise SourceError(f"{label!r} is not in sheet {_CELLS!r}", "add it there, with its side", place)
    return nodes


def _key(kind: str, source: str, target: str) -> tuple[str, str]:
    return (source, target) if kind == "chemical" else (min(source, target), max(source, target))


def _check(weight: float, delta: int, place: Place) -> None:
    if not 0 < weight < math.inf:
        where = Place(place.file, place.sheet, place.row, "weight")
        raise SourceError(f"holds {weight:g}, a weight is greater than 0", "correct the cell in the file", where)
    if delta not in DELTAS:
        where = Place(place.file, place.sheet, place.row, "delta")
        raise SourceError(f"holds {delta}", "a connection is found in 1 to 4 sides", where)


def _entries(network: str, kind: str, delta: int, connections: list[Connection], decisions: Decisions) -> list[Entry]:
    """The connections that were found in so many sides, and the mirror images that no row of the sheet gives."""
    listed = {_key(kind, c.entry.source, c.entry.target) for c in connections}
    given = [c for c in connections if c.delta == delta]
    added = [Entry(*c.mirror, c.entry.weight, c.entry.place) for c in given if c.mirror not in listed]
    if added:
        reason = f"{len(added)} of {len(given)} rows stand for both sides; the mirror image of each is added"
        decisions.add("guessed", network, reason, added[0].place)
    return [*(c.entry for c in given), *added]


def _network(uid: str, kind: str, delta: int) -> dict[str, object]:
    keeps = f"connections found in {delta} of 4 sides, and their mirror images"
    return network_row(
        uid,
        kind,
        unit=UNITS[kind],
        method=_METHOD,
        parameters={"sheet": SHEETS[kind], "delta": delta, "keeps": keeps},
    )
