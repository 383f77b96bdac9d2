"""Cook et al. 2020: the pharynx, two comma-separated lists of connections.

Supporting information 4 (Source, Target, Weight, Type) holds the chemical synapses and the gap junctions. A pair can
stand in several of its rows; their weights are added. Supporting information 5 (Source, Target, Weight) holds the gap
junctions that couple muscle and marginal cells along the pharynx. Each of them has the weight 3: no count, so they are
a network of their own.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from ingest.celegans import cells
from ingest.celegans.coverage import listed
from ingest.celegans.edges import Entry
from ingest.celegans.names import CellNames, resolve_all
from ingest.celegans.networks import Networks, labels_of, network_row
from ingest.files import read_cells, read_table
from schemas.dataset import Decisions, Tables
from schemas.errors import Place, SourceError
from schemas.reasons import Resolved

READER_VERSION = "2"
DATASET = "celegans/cook2020"
PARTS = {"pm1d": "pm1", "pm1vl": "pm1", "pm1vr": "pm1"}  # the muscle cell pm1 is one ring

_KINDS = {"Chemical": "chemical", "Electrical": "gap_junction"}
_PAIR: dict[str, pl.DataType] = {"Source": pl.String(), "Target": pl.String(), "Weight": pl.Float64()}
_UNITS = {
    "chemical": "EM sections",
    "gap_junction": "EM sections",
    "gap_junction_muscle": "nominal, 3 per row of the file",
}
_METHOD = "serial-section electron microscopy of the pharynx"
_COUPLING = f"{_METHOD}; the coupling of muscle and marginal cells, without a count"


def read(files: Mapping[str, Path], parents: Mapping[str, Tables]) -> dict[str, pl.DataFrame]:
    """Networks `celegans/cook2020/chemical`, `…/gap_junction` and `…/gap_junction_muscle`.

    Args:
        files: `supinfo4` and `supinfo5`.
        parents: holds `celegans/cells`.

    Raises:
        SourceError: another layout, a weight that is none, or labels that no cell has.
    """
    names, decisions = CellNames.of(parents), Decisions()
    rows = read_table(files["supinfo4"], ",", {**_PAIR, "Type": pl.String()})
    counted = _entries(rows, files["supinfo4"].name, names, decisions)
    _require_no_types(files["supinfo5"])
    rows = read_table(files["supinfo5"], ",", _PAIR).with_columns(Type=pl.lit("Electrical"))
    coupling = _entries(rows, files["supinfo5"].name, names, decisions)["gap_junction"]
    networks = Networks(decisions)
    for file in (counted, {"gap_junction_muscle": coupling}):
        ends = {node for entries in file.values() for entry in entries for node in (entry.source, entry.target)}
        for name, entries in file.items():
            networks.add(_network(name), entries, listed(ends))
    return {**networks.tables(), "decision": decisions.frame()}


def _require_no_types(path: Path) -> None:
    """Every row of supporting information 5 is a gap junction; where there are types it is the other file."""
    header = read_cells(path, ",")[0]
    if "Type" in header:
        place = Place(path.name, row=1, column="Type")
        raise SourceError("has types of connection, gap junctions alone were expected", "are the files swapped?", place)


def _entries(rows: pl.DataFrame, file: str, names: CellNames, decisions: Decisions) -> dict[str, list[Entry]]:
    """Entries between nodes by kind of edge, from the columns Source, Target, Weight, Type."""
    if rows.is_empty():
        raise SourceError("lists no connection", "the file may be truncated; fetch it again", Place(file))
    ends = ("Source", "Target")
    labels = list(labels_of(rows.select(ends).iter_rows(), ends, Place(file)))
    nodes = _nodes(labels, names, decisions)
    found: dict[str, list[Entry]] = {kind: [] for kind in _KINDS.values()}
    for row, (source, target, weight, type_) in enumerate(rows.iter_rows(), start=2):
        place = Place(file, row=row)
        found[_kind(type_, place)].append(Entry(nodes[source], nodes[target], _weight(weight, place), place))
    return found


def _nodes(labels: list[tuple[str, Place]], names: CellNames, decisions: Decisions) -> dict[str, str]:
    """Nodes of the labels; that of a part of a cell is the cell."""
    parts: dict[str, str] = {}
    for label, place in labels:
        if label not in parts and label.strip() in PARTS:
            parts[label] = PARTS[label.strip()]
            reason = str(Resolved("a part of one cell", parts[label], cells.NODE_SET))
            decisions.add("renamed", label, reason, place)
    nodes = resolve_all(names, [(parts.get(label, label), place) for label, place in labels], decisions)
    return nodes | {part: nodes[cell] for part, cell in parts.items()}


def _kind(type_: str, place: Place) -> str:
    if type_.strip() not in _KINDS:
        where = Place(place.file, row=place.row, column="Type")
        raise SourceError(f"holds {type_!r}", f"types are {', '.join(_KINDS)}", where)
    return _KINDS[type_.strip()]


def _weight(weight: float, place: Place) -> float:
    if not 0 < weight < math.inf:
        where = Place(place.file, row=place.row, column="Weight")
        raise SourceError(f"holds {weight:g}, a weight is greater than 0", "correct the cell in the file", where)
    return weight


def _network(name: str) -> dict[str, object]:
    return network_row(
        f"{DATASET}/{name}",
        name.removesuffix("_muscle"),
        unit=_UNITS[name],
        method=_COUPLING if name.endswith("_muscle") else _METHOD,
        parameters={"keeps": "every row"},
    )
