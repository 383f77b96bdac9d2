"""Fenyves et al. 2020: predicted signs of chemical synapses between neurons, one network for each sign.

The sign of a connection is predicted from the transmitter of the source and the receptor genes of the target. Layout of
the sheet '5. Sign prediction': two rows of headers, then one connection a row: A source, D target, E weight, F type,
Q predicted sign (+, -, complex where both are possible, no pred). The edge tables have no column for a sign, so it is
the network that says it: every edge of a network has one sign, and all networks together are the connectome.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from ingest.celegans.edges import Entry
from ingest.celegans.names import CellNames, resolve_all
from ingest.celegans.networks import Networks, network_row
from ingest.files import number, open_excel, sheet
from schemas.dataset import Decisions, Tables
from schemas.errors import Place, SourceError

READER_VERSION = "2"
DATASET = "celegans/fenyves2020"
SHEET = "5. Sign prediction"
SIGNS = {
    "+": ("excitatory", "predicted excitatory"),
    "-": ("inhibitory", "predicted inhibitory"),
    "complex": ("complex", "excitatory and inhibitory receptors of the transmitter: both signs are possible"),
    "no pred": ("unpredicted", "no prediction: transmitter unknown, or the target expresses no receptor of it"),
}

_FILE = "signs"
_SOURCE, _TARGET, _WEIGHT, _TYPE, _SIGN = "A", "D", "E", "F", "Q"
_HEADERS: tuple[Mapping[str, str], ...] = (
    {_SOURCE: "Source", _TARGET: "Target", _WEIGHT: "Connection", _SIGN: "Predicted polarity"},
    {_SOURCE: "Neuron", _TARGET: "Neuron", _WEIGHT: "Edge weight", _TYPE: "Edge type"},
)
_HINT = "the file must be the supplement S3 of the article, journal.pcbi.1007974.s003.xlsx"
_METHOD = (
    "sign predicted from transmitter and receptor expression (NT+R), on the Wormwiring reconstruction (hermaphrodite)"
)
_TABLES_OF_GENES = "expression of transmitters and receptors behind the prediction, or its totals: no edges"


@dataclass(frozen=True)
class Connection:
    """One row of the sheet."""

    source: str
    target: str
    weight: float
    sign: str
    row: int


def read(files: Mapping[str, Path], parents: Mapping[str, Tables]) -> dict[str, pl.DataFrame]:
    """Networks `celegans/fenyves2020/excitatory`, `…/inhibitory`, `…/complex` and `…/unpredicted`.

    Args:
        files: `signs`.
        parents: holds `celegans/cells`.

    Raises:
        SourceError: no file, another layout, a cell that cannot be, a pair twice, or labels that no cell has.
    """
    if _FILE not in files:
        raise SourceError("the workbook is missing", "give journal.pcbi.1007974.s003.xlsx")
    path, names, decisions = files[_FILE], CellNames.of(parents), Decisions()
    connections = read_connections(path)
    entries = _entries(connections, path.name, names, decisions)
    for name in open_excel(path).sheet_names:
        if name != SHEET:
            decisions.add("dropped", name, _TABLES_OF_GENES, Place(path.name, name))
    item = "columns B, C, G to P, R to U"
    decisions.add("dropped", item, "the matches behind the sign, and the weight again", Place(path.name, SHEET))
    networks = Networks(decisions)
    for sign in SIGNS:
        networks.add(_network(sign), entries[sign])  # covered: not said, as the sheet lists what it predicts
    return {**networks.tables(), "decision": decisions.frame()}


def read_connections(path: Path) -> list[Connection]:
    """Rows of the sheet, in order; empty rows are none.

    Raises:
        SourceError: another layout, no rows, or a cell that cannot be.
    """
    grid = sheet(path, SHEET)
    _require_layout(grid, Place(path.name, SHEET))
    wanted = grid.with_row_index("row", offset=1).slice(len(_HEADERS))
    filled = wanted.filter(pl.any_horizontal(pl.col(grid.columns).is_not_null()))
    found = [_connection(row, path.name) for row in filled.iter_rows(named=True)]
    if not found:
        raise SourceError("the sheet holds no connections", _HINT, Place(path.name, SHEET))
    return found


def _require_layout(grid: pl.DataFrame, place: Place) -> None:
    for index, header in enumerate(_HEADERS):
        for letter, expected in header.items():
            held = grid[letter][index] if letter in grid.columns and index < grid.height else None
            if held != expected:
                where = Place(place.file, place.sheet, index + 1, letter)
                raise SourceError(f"holds {held!r}, the header {expected!r} was expected", _HINT, where)


def _connection(cells_of_row: Mapping[str, str | None], file: str) -> Connection:
    row = int(str(cells_of_row["row"]))

    def text(letter: str) -> tuple[str, Place]:
        place, held = Place(file, SHEET, row, letter), cells_of_row[letter]
        if held is None:
            raise SourceError("is empty", "correct the cell in the file", place)
        return held, place

    kind, at = text(_TYPE)
    if kind != "chemical":
        raise SourceError(f"holds {kind!r}", "signs are of chemical connections", at)
    sign, at = text(_SIGN)
    if sign not in SIGNS:
        raise SourceError(f"holds {sign!r}", f"signs are {', '.join(SIGNS)}", at)
    written, at = text(_WEIGHT)
    weight = number(written, at)
    if weight <= 0:
        raise SourceError(f"holds {written!r}, a connection has a positive weight", "correct the cell in the file", at)
    return Connection(text(_SOURCE)[0], text(_TARGET)[0], weight, sign, row)


def _entries(
    connections: list[Connection], file: str, names: CellNames, decisions: Decisions
) -> dict[str, list[Entry]]:
    """Entries by sign; a pair of cells has one sign, so it stands once."""
    nodes = resolve_all(names, _labels(connections, file), decisions)
    found: dict[str, list[Entry]] = {sign: [] for sign in SIGNS}
    seen: dict[tuple[str, str], int] = {}
    for each in connections:
        pair, place = (nodes[each.source], nodes[each.target]), Place(file, SHEET, each.row)
        if pair in seen:
            text = f"{each.source} -> {each.target} stands twice, first in row {seen[pair]}"
            raise SourceError(text, "a connection has one sign; keep one of the rows", place)
        seen[pair] = each.row
        found[each.sign].append(Entry(*pair, each.weight, place))
    return found


def _labels(connections: list[Connection], file: str) -> Iterator[tuple[str, Place]]:
    for each in connections:
        yield each.source, Place(file, SHEET, each.row, _SOURCE)
        yield each.target, Place(file, SHEET, each.row, _TARGET)


def _uid(sign: str) -> str:
    return f"{DATASET}/{SIGNS[sign][0]}"


def _network(sign: str) -> dict[str, object]:
    parameters = {
        "sheet": SHEET,
        "keeps": f"every connection whose predicted polarity is {sign!r}",
        "sign": SIGNS[sign][1],
        "weight": "as the connectome that was taken counts it",
    }
    return network_row(_uid(sign), "chemical", unit="EM sections", method=_METHOD, parameters=parameters)
