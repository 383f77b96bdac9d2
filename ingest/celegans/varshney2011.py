"""Varshney et al. 2011: the somatic connectome of the hermaphrodite, NeuronConnect.xls of WormAtlas.

One sheet of partner lists: Neuron 1, Neuron 2, Type, Nbr. Types: S sends, Sp sends onto several cells at once,
R and Rp the same from the receiving neuron, EJ electrical (listed from both), NMJ onto muscle. The pharynx and
the muscles are not in it.

NeuronConnectFormatted.xlsx is the same list without zeros before the numbers and in another order; it is compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from ingest.celegans.names import CellNames
from ingest.celegans.networks import Networks, network_row
from ingest.celegans.partner_lists import Partner, Role, compare_lists, list_entries, whole_count
from ingest.files import sheet_table
from schemas.dataset import Decisions, Tables
from schemas.errors import Place, SourceError

READER_VERSION = "3"
DATASET = "celegans/varshney2011"
SHEET = "NeuronConnect.csv"
FORMATTED_SHEET = "Sheet1"
MUSCLE = "NMJ"  # stands as type, and as a target that is no cell

_COLUMNS: dict[str, pl.DataType] = {
    "Neuron 1": pl.String(),
    "Neuron 2": pl.String(),
    "Type": pl.String(),
    "Nbr": pl.Int64(),
}
_ROLES = {
    "S": Role.SENDS,
    "Sp": Role.SENDS_JOINTLY,
    "R": Role.RECEIVES,
    "Rp": Role.RECEIVES_JOINTLY,
    "EJ": Role.GAP_JUNCTION,
    MUSCLE: Role.SENDS,
}
_NO_CELLS = {MUSCLE: "neuromuscular junctions; the file does not say onto which muscles"}
_METHOD = "serial-section electron microscopy; several animals put together, somatic nervous system"
_PARAMETERS = {
    "chemical": {"types": ["S", "Sp"], "compared_with": ["R", "Rp"], "keeps": "every pair of neurons"},
    "gap_junction": {"types": ["EJ"], "keeps": "every pair of neurons, once"},
}


def read(files: Mapping[str, Path], parents: Mapping[str, Tables]) -> dict[str, pl.DataFrame]:
    """Networks `celegans/varshney2011/chemical` (synapses sent, S and Sp) and `…/gap_junction` (each pair once).

    Args:
        files: `neuron_connect`, the workbook; `formatted`, its other form, where given.
        parents: holds `celegans/cells`.

    Raises:
        SourceError: another layout, an unknown type, a count that is none, or labels that no cell has.
    """
    names, decisions = CellNames.of(parents), Decisions()
    rows = read_rows(files["neuron_connect"])
    entries, covered = list_entries(DATASET, rows, _NO_CELLS, names, decisions)
    networks = Networks(decisions)
    for kind in _PARAMETERS:
        networks.add(_network(kind), entries[kind], covered, mirrored=True)
    if "formatted" in files:
        _compare_formatted(files["formatted"], rows, names, decisions)
    return {**networks.tables(), "decision": decisions.frame()}


def read_rows(path: Path, sheet: str = SHEET) -> list[Partner]:
    """The rows of a sheet, as they stand in it.

    Raises:
        SourceError: no such sheet or column, no rows, an unknown type, or a count that is none.
    """
    found = sheet_table(path, sheet, _COLUMNS)
    if found.is_empty():
        raise SourceError(
            "holds no connections",
            "is this NeuronConnect.xls (or NeuronConnectFormatted.xlsx)?",
            Place(path.name, sheet),
        )
    return [
        _row(cell, partner, type_, float(count), Place(path.name, sheet, row))
        for row, (cell, partner, type_, count) in enumerate(found.iter_rows(), start=2)
    ]


def _compare_formatted(path: Path, rows: list[Partner], names: CellNames, decisions: Decisions) -> None:
    form = read_rows(path, FORMATTED_SHEET)
    place = Place(path.name, FORMATTED_SHEET)
    compare_lists(form, rows, (path.name, rows[0].place.file), place, _NO_CELLS, names, decisions)


def _row(cell: str, partner: str, type_: str, count: float, place: Place) -> Partner:
    if type_ not in _ROLES:
        where = Place(place.file, place.sheet, place.row, "Type")
        raise SourceError(f"holds {type_!r}", f"types are {', '.join(_ROLES)}", where)
    if (type_ == MUSCLE) != (partner == MUSCLE):
        where = Place(place.file, place.sheet, place.row, "Neuron 2")
        raise SourceError(f"type {type_!r} with partner {partner!r}", f"both or neither must be {MUSCLE}", where)
    where = Place(place.file, place.sheet, place.row, "Nbr")
    return Partner(cell, partner, _ROLES[type_], whole_count(count, where), place, ("Neuron 1", "Neuron 2"))


def _network(kind: str) -> dict[str, object]:
    parameters = {"sheet": SHEET, **_PARAMETERS[kind]}
    return network_row(f"{DATASET}/{kind}", kind, unit="synapses", method=_METHOD, parameters=parameters)
