"""Yim et al. 2024: chemical synapses and membrane contacts of the nerve ring of a dauer, two workbooks.

MOESM6 has the synapses, MOESM9 the contacts. Layout of a sheet: names in row 1 from column C and in column A from row
3, the same cells in the same order, and their numbers from 1 on in row 2 and column B; weights where they cross, from
the cell of the row to that of the column. The contacts are symmetric. Sheet `Dauer` is the paper's own animal. The
other sheets bring other animals into the same form, to compare with, and each has a normalised form: all left out.

The workbooks state no units. The numbers fit nm: every area is a sum of 64s (8 by 8) and 400s (8 by 50), and what a
cell gives to all others is a multiple of 800 (4 by 4 by 50) for 160 of 164 cells. The package cect says nm^2 and nm^3,
too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

import polars as pl

from ingest.celegans import cells
from ingest.celegans.coverage import IN_MARGIN, Covered
from ingest.celegans.edges import Entry
from ingest.celegans.names import CellNames, resolve_all
from ingest.celegans.networks import Networks, network_row
from ingest.files import column_letter, number, open_excel, sheet
from schemas import tables
from schemas.dataset import Action, Decisions, Tables
from schemas.errors import Place, SourceError

READER_VERSION = "2"
DATASET = "celegans/yim2024"
FILES = {"chemical": "moesm6", "contact": "moesm9"}
SHEET = "Dauer"
UNITS = {"chemical": "active zone volume, nm^3", "contact": "membrane contact area, nm^2"}

_NORMALISED = "_normalized"
_WITVLIET = ("L1_1", "L1_2", "L1_3", "L1_4", "L2", "L3", "Adult_1", "Adult_2")  # their datasets 1 to 8
_OTHER_ANIMALS = {
    **{name: f"dataset {i} of Witvliet et al. 2021" for i, name in enumerate(_WITVLIET, start=1)},
    "L4": "the series JSH of White et al. 1986, in EM sections",
    "Adult_3": "the series N2U as in the synapse lists of Cook et al. 2019, in EM sections",
}
_SUBJECT = f"{DATASET}/dauer"
_EM = "serial-section electron microscopy of one animal, nerve ring"
_METHODS = {
    "chemical": f"{_EM}; active zones found by a neural network and proofread, shared out by simulated diffusion",
    "contact": f"{_EM}; cells traced, grown until they meet, areas between them summed",
}
_FIRST = 2  # the body begins at C3
_ROUNDED = 1e-4  # quotients of numbers with nine decimals
_LAYOUT = "names stand in row 1 from column C and in column A from row 3, numbers in row 2 and column B"


@dataclass(frozen=True)
class Weight:
    """A cell of a sheet that is not 0: its two names and number."""

    source: str
    target: str
    value: float
    place: Place


def read(files: Mapping[str, Path], parents: Mapping[str, Tables]) -> dict[str, pl.DataFrame]:
    """Networks `celegans/yim2024/chemical` (directed) and `celegans/yim2024/contact` (each pair once).

    Args:
        files: `moesm6`, `moesm9`.
        parents: holds `celegans/cells`.

    Raises:
        SourceError: another workbook, no square matrix, a cell that is no weight, or names that no cell has.
    """
    names, decisions = CellNames.of(parents), Decisions()
    weights = {kind: _weights(files[key], kind, names, decisions) for kind, key in FILES.items()}
    networks = Networks(decisions)
    for kind, (entries, named) in weights.items():
        networks.add(_network(kind), entries, Covered(named, named, IN_MARGIN), mirrored=kind == "contact")
    return {
        "subject": tables.frame("subject", [_subject()]),
        **networks.tables(),
        "decision": decisions.frame(),
    }


def read_matrix(path: Path, name: str) -> tuple[list[str], list[Weight]]:
    """The names of a sheet, and its weights row by row.

    Raises:
        SourceError: no such sheet, another layout, a name twice, or a cell that is no weight.
    """
    grid, place = sheet(path, name), Place(path.name, name)
    rows = list(grid.rows())
    while rows and not any(rows[-1]):
        rows.pop()
    if len(rows) <= _FIRST or grid.width <= _FIRST:
        raise SourceError("holds no matrix", _LAYOUT, place)
    labels = _labels(rows, place)
    found = list(_body(labels, rows, place))
    if not found:
        raise SourceError("holds no weight that is not 0", "the file may be truncated; fetch it again", place)
    return labels, found


def _weights(path: Path, kind: str, names: CellNames, decisions: Decisions) -> tuple[list[Entry], set[str]]:
    """The dauer's weights and the cells in the margins; a decision on every other sheet says why it is left out."""
    labels, found = read_matrix(path, SHEET)
    _require_kind(kind, found, Place(path.name, SHEET))
    places = [(label, Place(path.name, SHEET, row, "A")) for row, label in enumerate(labels, start=_FIRST + 1)]
    nodes = resolve_all(names, places, decisions)
    for name in open_excel(path).sheet_names:
        if name != SHEET:
            action, reason = _left_out(path, name, found)
            decisions.add(action, name, reason, Place(path.name, name))
    return [Entry(nodes[w.source], nodes[w.target], w.value, w.place) for w in found], set(nodes.values())


def _require_kind(kind: str, found: list[Weight], place: Place) -> None:
    """Refuses one workbook in place of the other: contacts are symmetric but for an error, synapses are not."""
    values = {(w.source, w.target): w.value for w in found}
    mirrored = sum(values.get((target, source)) == value for (source, target), value in values.items())
    if (mirrored > len(values) / 2) != (kind == "contact"):
        text = f"has {mirrored} of {len(values)} weights in both directions"
        raise SourceError(text, "synapses are in MOESM6, contacts in MOESM9; were the files mixed up?", place)


def _left_out(path: Path, name: str, dauer: list[Weight]) -> tuple[Action, str]:
    """Action and reason of the decision on a sheet that is not read into edges."""
    whose = name.removesuffix(_NORMALISED)
    if name == SHEET + _NORMALISED:
        return _compared(read_matrix(path, name)[1], dauer)
    if whose not in _OTHER_ANIMALS:
        return "dropped", "not known to this reader; left out"
    if whose != name:
        return "dropped", f"the normalised form of {whose!r}; left out"
    return "dropped", f"not the dauer but, to compare with, {_OTHER_ANIMALS[name]}; left out"


def _compared(normalised: list[Weight], dauer: list[Weight]) -> tuple[Action, str]:
    """What the normalised form is: the weights over one number, or something else."""
    ours, theirs = ({(w.source, w.target): w.value for w in found} for found in (dauer, normalised))
    if ours.keys() != theirs.keys():
        n = len(ours.keys() ^ theirs.keys())
        return "differs", f"{n} entries stand here or in {SHEET!r} only; those there count"
    quotients = sorted(ours[pair] / theirs[pair] for pair in ours)
    least, most = quotients[0], quotients[-1]
    if most / least < 1 + _ROUNDED:
        return "dropped", f"the weights of {SHEET!r} over {quotients[len(quotients) // 2]:.6g}; left out"
    reason = f"is not {SHEET!r} over one number: the quotients run from {least:.6g} to {most:.6g}"
    return "differs", f"{reason}; the weights there count"


def _labels(rows: list[tuple[str | None, ...]], place: Place) -> list[str]:
    """The names, checked: both margins have them in one order, with their numbers."""
    for i, j in ((0, 0), (0, 1), (1, 0), (1, 1)):
        if rows[i][j] is not None:
            raise SourceError(f"holds {rows[i][j]!r}, nothing was expected", _LAYOUT, _at(place, i, j))
    down = [(row[0], row[1]) for row in rows[_FIRST:]]
    across = list(zip(rows[0][_FIRST:], rows[1][_FIRST:], strict=True))
    for i, (left, above) in enumerate(zip_longest(down, across, fillvalue=(None, None))):
        if left[0] is None or left[0] != above[0]:
            text = f"row {i + _FIRST + 1} is of {left[0]!r}, column {column_letter(i + _FIRST)} of {above[0]!r}"
            raise SourceError(text, _LAYOUT, _at(place, i + _FIRST, 0))
        for value, where in ((left[1], _at(place, i + _FIRST, 1)), (above[1], _at(place, 1, i + _FIRST))):
            if value != str(i + 1):
                raise SourceError(f"holds {value!r}, the number {i + 1} was expected", _LAYOUT, where)
    labels = [str(label) for label, _ in down]
    if len(set(labels)) < len(labels):
        i = next(i for i, label in enumerate(labels) if label in labels[:i])
        raise SourceError(f"names {labels[i]!r} a second time", "keep one of them", _at(place, i + _FIRST, 0))
    return labels


def _body(labels: list[str], rows: list[tuple[str | None, ...]], place: Place) -> Iterator[Weight]:
    """The cells from C3 on that are not 0."""
    for i, (source, row) in enumerate(zip(labels, rows[_FIRST:], strict=True), start=_FIRST):
        for j, (target, text) in enumerate(zip(labels, row[_FIRST:], strict=True), start=_FIRST):
            if text == "0":
                continue
            where = _at(place, i, j)
            if text is None:
                raise SourceError("is empty, a number was expected", "write 0 where there is no connection", where)
            value = number(text, where)
            if value < 0:
                raise SourceError(f"holds {text!r}, a weight is not negative", "correct the cell in the file", where)
            if value:
                yield Weight(source, target, value, where)


def _at(place: Place, row: int, column: int) -> Place:
    return Place(place.file, place.sheet, row + 1, column_letter(column))


def _subject() -> dict[str, object]:
    """Of a hermaphrodite: it has the neurons HSN."""
    return {"uid": _SUBJECT, "species": cells.SPECIES, "sex": "hermaphrodite", "stage": "dauer"}


def _network(kind: str) -> dict[str, object]:
    return network_row(
        f"{DATASET}/{kind}",
        kind,
        unit=UNITS[kind],
        method=_METHODS[kind],
        parameters={"sheet": SHEET, "keeps": "every non-zero cell"},
        subject=_SUBJECT,
    )
