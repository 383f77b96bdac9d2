"""Cook et al. 2019, SI 5 (corrected July 2020): whole-animal connectome of the hermaphrodite, two matrices.

The workbook also holds the male's two matrices, in the same layout; `cook2019_male` reads them. `cook2019_original` and
`cook2019_male_original` read the workbook as first published.

Layout of a sheet: names of the targets in row 3 from column D, names of the sources in column C from row 4,
weights (EM serial sections) where they cross. The last row and column repeat the names. The gap junctions
are symmetric, as first published not all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import polars as pl

from ingest.celegans import cells
from ingest.celegans.coverage import IN_MARGIN, Covered
from ingest.celegans.edges import Entry
from ingest.celegans.names import PARENT, CellNames, resolve_all
from ingest.celegans.networks import Networks, network_row
from ingest.files import column_letter, number, open_excel, sheet
from schemas.dataset import Decisions, Tables
from schemas.errors import Place, SourceError

READER_VERSION = "2"
DATASET = "celegans/cook2019"
SHEETS = {"chemical": "hermaphrodite chemical", "gap_junction": "hermaphrodite gap jn symmetric"}

_HINT = "is this the workbook of adjacency matrices (SI 5 of Cook et al. 2019)?"
_NAMES_ROW = 2  # row 3
_NAMES_COLUMN = 2  # column C
_FIRST = 3  # the body begins at D4
_METHOD = "serial-section electron microscopy; several animals put together, gaps filled by extrapolation"


K = TypeVar("K", int, str)


@dataclass(frozen=True)
class Label:
    """A name in the margin of a sheet."""

    text: str
    place: Place


@dataclass(frozen=True)
class Weight:
    """A cell of a sheet that holds a weight."""

    source: Label
    target: Label
    value: float
    place: Place


@dataclass(frozen=True)
class Sheet:
    """The names in the margins of a sheet, and its cells that hold a weight, row by row."""

    sources: list[Label]
    targets: list[Label]
    weights: list[Weight]


@dataclass(frozen=True)
class SheetEntries:
    """A sheet between nodes: its entries, and the cells in its margins."""

    entries: list[Entry]
    covered: Covered


@dataclass(frozen=True)
class Edition:
    """A state of the workbook: its file, a sheet that the other one names otherwise, and what it is."""

    file: str
    mark: str
    known_as: str


CORRECTED = Edition(
    "SI 5 Connectome adjacency matrices, corrected July 2020.xlsx",
    "hermaphrodite gap jn symmetric",
    "the version corrected in July 2020",
)
ORIGINAL = Edition(
    "41586_2019_1352_MOESM9_ESM.xlsx",
    "herm gap jn symmetric",
    "the earlier version, whose gap sheet is not symmetric",
)


@dataclass(frozen=True)
class Matrices:
    """The sheets of the workbook that make one dataset, by kind of edge, and the cells that they name."""

    dataset: str
    parent: str
    node_set: str
    sheets: Mapping[str, str]
    edition: Edition = CORRECTED


HERMAPHRODITE = Matrices(DATASET, PARENT, cells.NODE_SET, SHEETS)


def read(files: Mapping[str, Path], parents: Mapping[str, Tables]) -> dict[str, pl.DataFrame]:
    """Networks `celegans/cook2019/chemical` (directed) and `…/gap_junction` (each pair once).

    Raises:
        SourceError: not the corrected workbook, a cell that is no weight, or a name that no cell has.
    """
    return read_matrices(files["si5"], HERMAPHRODITE, parents)


def read_matrices(path: Path, matrices: Matrices, parents: Mapping[str, Tables]) -> dict[str, pl.DataFrame]:
    """A directed network of chemical synapses and one of gap junctions, from two sheets of the workbook.

    Args:
        path: the workbook.
        matrices: what to read of it.
        parents: holds the cells.

    Raises:
        SourceError: another edition of the workbook, a cell that is no weight, or a name that no cell has.
    """
    names, decisions = CellNames.of(parents, matrices.parent), Decisions()
    found = matrix_entries(path, matrices, names, decisions)
    return {**matrix_tables(matrices, found, decisions), "decision": decisions.frame()}


def matrix_entries(path: Path, matrices: Matrices, names: CellNames, decisions: Decisions) -> dict[str, SheetEntries]:
    """What the sheets hold, by kind of edge.

    Raises:
        SourceError: as `read_matrices`.
    """
    require_edition(path, matrices.edition)
    return {kind: read_entries(path, name, names, decisions) for kind, name in matrices.sheets.items()}


def matrix_tables(
    matrices: Matrices, found: Mapping[str, SheetEntries], decisions: Decisions
) -> dict[str, pl.DataFrame]:
    """The networks, their edges, what they cover and where edges stand.

    What the two directions of a gap junction disagree on is a decision.
    """
    networks = Networks(decisions)
    for kind, held in found.items():
        symmetric = kind == "gap_junction"
        covered = held.covered.both_ways() if symmetric else held.covered
        networks.add(_network(kind, matrices), held.entries, covered, mirrored=symmetric)
    return networks.tables()


def read_sheet(path: Path, sheet_name: str, decisions: Decisions) -> Sheet:
    """One adjacency sheet.

    Args:
        path: the workbook.
        sheet_name: of a matrix.
        decisions: gets a 'differs' row where the names repeated at the far end are other ones, and a 'dropped' one
            for the headings of groups of cells.

    Raises:
        SourceError: another layout, a name twice, a cell that is no weight or stands under no name.
    """
    grid = sheet(path, sheet_name)
    place = Place(path.name, sheet_name)
    sources, targets = _sources(grid, place), _targets(grid, place)
    _record_headings(grid, place, decisions)
    weights = []
    for row, column, text in _body(grid).iter_rows():
        where = Place(path.name, sheet_name, row + 1, column)
        source, target = sources.get(row), targets.get(column)
        if source and target:
            value = _weight(text, where)
            if value:
                weights.append(Weight(source, target, value, where))
        else:
            _check_repeated(text, source or target, where, decisions)
    return Sheet(list(sources.values()), list(targets.values()), weights)


def require_edition(path: Path, edition: Edition) -> None:
    """Refuses the workbook in its other edition.

    Raises:
        SourceError: it is that one, or no workbook.
    """
    other = ORIGINAL if edition is CORRECTED else CORRECTED
    held = open_excel(path).sheet_names
    if other.mark in held and edition.mark not in held:
        raise SourceError(f"is {other.known_as}", f"the file must be {edition.file!r}", Place(path.name))


def read_entries(path: Path, sheet_name: str, names: CellNames, decisions: Decisions) -> SheetEntries:
    """The non-zero cells of one adjacency sheet between nodes; every name in its margins is one, also without a weight.

    Args:
        path: the workbook.
        sheet_name: of a matrix.
        names: the cells.
        decisions: gets a 'renamed' row per label, and what `read_sheet` adds.

    Raises:
        SourceError: as `read_sheet`, or names that no cell has.
    """
    held = read_sheet(path, sheet_name, decisions)
    nodes = resolve_all(names, [(label.text, label.place) for label in (*held.sources, *held.targets)], decisions)
    sources, targets = ({nodes[label.text] for label in margin} for margin in (held.sources, held.targets))
    entries = [Entry(nodes[w.source.text], nodes[w.target.text], w.value, w.place) for w in held.weights]
    return SheetEntries(entries, Covered(sources, targets, IN_MARGIN))


def _network(kind: str, matrices: Matrices) -> dict[str, object]:
    return network_row(
        f"{matrices.dataset}/{kind}",
        kind,
        unit="EM sections",
        method=_METHOD,
        parameters={"sheet": matrices.sheets[kind], "keeps": "every non-zero cell"},
        node_set=matrices.node_set,
    )


def _record_headings(grid: pl.DataFrame, place: Place, decisions: Decisions) -> None:
    """The margin outside the names says of groups of cells what they are; some headings are numbers, none a weight."""
    cells_ = [*grid[:_NAMES_ROW].iter_rows(), *grid[_NAMES_ROW:, :_NAMES_COLUMN].iter_rows()]
    found = [text for row in cells_ for text in row if text is not None]
    if found:
        kinds = ", ".join(repr(text) for text in dict.fromkeys(found))
        reason = f"{len(found)} headings of groups of cells ({kinds}): no weights, and types belong to the node set"
        decisions.add("dropped", "rows 1, 2 and columns A, B", reason, place)


def _sources(grid: pl.DataFrame, place: Place) -> dict[int, Label]:
    """Names in column C by index of the row."""
    found = {}
    if grid.width > _FIRST:
        for row, text in enumerate(grid[:, _NAMES_COLUMN].to_list()):
            if row >= _FIRST and text is not None:
                where = Place(place.file, place.sheet, row + 1, column_letter(_NAMES_COLUMN))
                found[row] = Label(text, where)
    return _distinct(found, place)


def _targets(grid: pl.DataFrame, place: Place) -> dict[str, Label]:
    """Names in row 3 by letter of the column."""
    found = {}
    if grid.height > _FIRST:
        for column, text in zip(grid.columns[_FIRST:], grid.row(_NAMES_ROW)[_FIRST:], strict=True):
            if text is not None:
                found[column] = Label(text, Place(place.file, place.sheet, _NAMES_ROW + 1, column))
    return _distinct(found, place)


def _distinct(found: dict[K, Label], place: Place) -> dict[K, Label]:
    if not found:
        raise SourceError("names were expected in row 3 from column D and in column C from row 4", _HINT, place)
    seen: dict[str, Label] = {}
    for label in found.values():
        if label.text in seen:
            other = seen[label.text].place
            raise SourceError(f"the name {label.text!r} stands twice, first at {other}", _HINT, label.place)
        seen[label.text] = label
    return found


def _body(grid: pl.DataFrame) -> pl.DataFrame:
    """Cells from D4 on that hold something: index of the row, letter of the column, text."""
    return (
        grid.with_row_index("row")
        .slice(_FIRST)
        .unpivot(grid.columns[_FIRST:], index="row", variable_name="column", value_name="text")
        .drop_nulls("text")
        .sort("row", maintain_order=True)
    )


def _weight(text: str, where: Place) -> float:
    value = number(text, where)
    if value < 0:
        raise SourceError(f"holds {text!r}, a weight is not negative", "correct the cell in the file", where)
    return value


def _check_repeated(text: str, label: Label | None, where: Place, decisions: Decisions) -> None:
    """The far margin repeats the names; the ones at the beginning count."""
    if label is not None and text == label.text:
        return
    if label is None or text.replace(".", "", 1).isdigit():
        raise SourceError(f"{text!r} stands under no name", "was a name deleted from the margin?", where)
    decisions.add("differs", label.text, f"the far margin calls it {text!r}; the name at {label.place} counts", where)
