"""OpenWorm's CElegansNeuronTables.xls: Varshney 2011 and the pharynx in one list, and neurons onto muscles.

Sheet Connectome: Origin, Target, Type (Send, GapJunction), Number of Connections, Neurotransmitter. A chemical
connection stands once; a gap junction in both directions, but some of the pharynx's in one. Sheet NeuronsToMuscle:
Neuron, Muscle, Number of Connections, Neurotransmitter; motor neurons of the posterior cord have more connections
there than neuromuscular junctions in NeuronConnect.xls, which counts what was seen.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from ingest.celegans.coverage import Covered, listed
from ingest.celegans.edges import Entry
from ingest.celegans.names import CellNames, resolve_all
from ingest.celegans.networks import Networks, labels_of, network_row
from ingest.files import open_excel, sheet, sheet_table
from schemas.dataset import Decisions, Tables
from schemas.errors import Place, SourceError

READER_VERSION = "2"
DATASET = "celegans/openworm"
CONNECTOME, MUSCLES = "Connectome", "NeuronsToMuscle"
COUNT, TRANSMITTER = "Number of Connections", "Neurotransmitter"
SEND, GAP_JUNCTION = "Send", "GapJunction"
NO_CELLS = {
    "MVULVA": "all vulval muscles together",
    "MANAL": "a muscle of the anus; the file does not say which",
}

_ENDS = {CONNECTOME: ("Origin", "Target"), MUSCLES: ("Neuron", "Muscle")}
_SHEETS = {"chemical": CONNECTOME, "gap_junction": CONNECTOME, "neuromuscular": MUSCLES}
_METHOD = "compiled by OpenWorm from serial-section electron microscopy of several animals"


@dataclass(frozen=True)
class Connection:
    """One row: both labels, type, count, and the transmitter as the file writes it."""

    source: str
    target: str
    type: str
    count: float
    transmitter: str | None
    place: Place


def read(files: Mapping[str, Path], parents: Mapping[str, Tables]) -> dict[str, pl.DataFrame]:
    """Networks `celegans/openworm/chemical`, `…/gap_junction` (each pair once) and `…/neuromuscular` (chemical).

    Args:
        files: `tables`, the workbook.
        parents: holds `celegans/cells`.

    Raises:
        SourceError: another layout, an unknown type, a count that is none, or labels that no cell has.
    """
    path, names, decisions = files["tables"], CellNames.of(parents), Decisions()
    connectome = read_connections(path, CONNECTOME)
    muscles = read_connections(path, MUSCLES)
    _record_other_sheets(path, decisions)
    _record_transmitters(connectome, decisions)
    _record_transmitters(muscles, decisions)
    networks = Networks(decisions)
    nodes = resolve_all(names, _labels(connectome), decisions)
    between = _entries(connectome, nodes, decisions)
    for name, type_ in (("chemical", SEND), ("gap_junction", GAP_JUNCTION)):
        networks.add(_network(name), between[type_], listed(nodes.values()), mirrored=type_ == GAP_JUNCTION)
    nodes = resolve_all(names, _labels(muscles), decisions)
    onto_muscle = _entries(muscles, nodes, decisions)[SEND]
    senders, targets = ({nodes[x] for x in column if x in nodes} for column in zip(*map(_ends, muscles), strict=True))
    covered = Covered(senders, targets, f"stands in its column of sheet {MUSCLES}")
    networks.add(_network("neuromuscular"), onto_muscle, covered)
    return {**networks.tables(), "decision": decisions.frame()}


def read_connections(path: Path, sheet_name: str) -> list[Connection]:
    """The rows of a sheet, as they stand in it; those of NeuronsToMuscle are all of type Send.

    Raises:
        SourceError: no such sheet or column, no rows, an unknown type, or a count that is none.
    """
    columns: dict[str, pl.DataType] = dict.fromkeys(_ENDS[sheet_name], pl.String())
    columns |= {COUNT: pl.Int64(), TRANSMITTER: pl.String()}
    if sheet_name == CONNECTOME:
        columns["Type"] = pl.String()
    found = sheet_table(path, sheet_name, columns, nullable=[TRANSMITTER])
    if found.is_empty():
        raise SourceError("holds no connections", "is this CElegansNeuronTables.xls?", Place(path.name, sheet_name))
    return [
        _connection(values, _ENDS[sheet_name], Place(path.name, sheet_name, row))
        for row, values in enumerate(found.iter_rows(named=True), start=2)
    ]


def _connection(values: Mapping[str, Any], ends: tuple[str, str], place: Place) -> Connection:
    source, target = (values[end] for end in ends)
    type_, count, transmitter = values.get("Type", SEND), values[COUNT], values[TRANSMITTER]
    if type_ not in (SEND, GAP_JUNCTION):
        where = Place(place.file, place.sheet, place.row, "Type")
        raise SourceError(f"holds {type_!r}", f"types are {SEND}, {GAP_JUNCTION}", where)
    if count < 1:
        where = Place(place.file, place.sheet, place.row, COUNT)
        raise SourceError(f"holds {count}", "a connection is counted, from 1", where)
    return Connection(source, target, type_, float(count), transmitter, place)


def _entries(rows: Sequence[Connection], nodes: Mapping[str, str], decisions: Decisions) -> dict[str, list[Entry]]:
    """Entries by type; a row whose label is known to be no cell becomes a 'dropped' decision."""
    found: dict[str, list[Entry]] = defaultdict(list)
    for row in rows:
        reasons = [NO_CELLS[label] for label in (row.source, row.target) if label in NO_CELLS]
        if reasons:
            reason = f"{row.type}, {row.count:g}: {', '.join(reasons)}"
            decisions.add("dropped", f"{row.source} -> {row.target}", reason, row.place)
        else:
            found[row.type].append(Entry(nodes[row.source], nodes[row.target], row.count, row.place))
    return found


def _labels(rows: Sequence[Connection]) -> Iterator[tuple[str, Place]]:
    sheet_name = str(rows[0].place.sheet)
    for label, place in labels_of(map(_ends, rows), _ENDS[sheet_name], Place(rows[0].place.file, sheet_name)):
        if label not in NO_CELLS:
            yield label, place


def _ends(row: Connection) -> tuple[str, str]:
    return row.source, row.target


def _record_transmitters(rows: Sequence[Connection], decisions: Decisions) -> None:
    """Edges have no transmitter; the file gives each sender one, so a decision per sender loses nothing."""
    by_type: dict[str, dict[str, list[Connection]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        by_type[row.type][row.source].append(row)
    for type_, senders in by_type.items():
        if len({row.transmitter for found in senders.values() for row in found}) == 1:
            everything = [row for found in senders.values() for row in found]
            _drop_transmitter(TRANSMITTER, f"all {len(everything)} rows of type {type_}", everything[0], decisions)
            continue
        for sender, found in senders.items():
            same = [row for row in found if row.transmitter == found[0].transmitter]
            _drop_transmitter(f"{TRANSMITTER} of {sender}", f"{len(same)} rows of type {type_}", found[0], decisions)
            for row in found:
                if row.transmitter != found[0].transmitter:
                    _record_another(row, found[0], decisions)


def _drop_transmitter(item: str, where: str, first: Connection, decisions: Decisions) -> None:
    decisions.add("dropped", item, f"{_shown(first)} in {where}; edges have no transmitter", _at_transmitter(first))


def _record_another(row: Connection, first: Connection, decisions: Decisions) -> None:
    reason = f"{_shown(row)} here, {_shown(first)} in row {first.place.row} of the same sender; not in the edge"
    decisions.add("differs", f"{row.source} -> {row.target}", reason, _at_transmitter(row))


def _shown(row: Connection) -> str:
    return row.transmitter or "(none)"


def _at_transmitter(row: Connection) -> Place:
    return Place(row.place.file, row.place.sheet, row.place.row, TRANSMITTER)


def _record_other_sheets(path: Path, decisions: Decisions) -> None:
    for name in open_excel(path).sheet_names:
        if name not in _ENDS:
            rows = max(sheet(path, name).height - 1, 0)
            decisions.add("dropped", name, f"{rows} rows of a sheet that lists no connections", Place(path.name, name))


def _network(name: str) -> dict[str, object]:
    kind = "gap_junction" if name == "gap_junction" else "chemical"
    parameters = {"sheet": _SHEETS[name], "keeps": "every row between cells"}
    if kind == "chemical":
        parameters["transmitter"] = f"one per sender; decisions about the column {TRANSMITTER} list them"
    return network_row(f"{DATASET}/{name}", kind, unit="synapses", method=_METHOD, parameters=parameters)
