"""Cook et al. 2019, SI 4: the cells of both sexes with type and category, in four lists of one workbook.

Each sheet has its own columns, two of them no header. Which list a cell stands in is a category too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from ingest.celegans.names import MALE_PARENT, PARENT
from ingest.celegans.statements import BOTH, Statement, annotation_table, cells_of_sexes
from ingest.files import column_letter, sheet
from schemas.dataset import Decisions, Tables
from schemas.errors import Place, SourceError

READER_VERSION = "1"
_HINT = "the file must be 'SI 4 Cell lists.xlsx'"
_YEAR = re.compile(r".+ in White et al\., (\d{4})")
_WHITE = "1986"


@dataclass(frozen=True)
class List:
    """A sheet: the sexes whose cells it lists, the header that it has, and the attribute of each column.

    Args:
        sexes: datasets of cells.
        header: the first row; empty where the list begins with it.
        columns: attribute of each column from the second on.
    """

    sexes: tuple[str, ...]
    header: tuple[str | None, ...]
    columns: tuple[str, ...]


LISTS = {
    "pharynx": List(BOTH, (), ("type",)),
    "sex-shared": List(
        BOTH,
        (None, "cell type", "cell category", "notes, sensilla, modality", None),
        ("type", "category", "comment", "comment"),
    ),
    "hermaphrodite specific": List((PARENT,), (), ("type", "category")),
    "male-specific": List((MALE_PARENT,), ("name", "cell type", "notes"), ("type", "comment")),
}


@dataclass(frozen=True)
class Row:
    """A cell of a list."""

    label: str
    place: Place
    cells: tuple[str | None, ...]


def read(files: Mapping[str, Path], parents: Mapping[str, Tables]) -> dict[str, pl.DataFrame]:
    """Annotations `type`, `category` and `comment`; what is said of cells of both sexes is said of either's node.

    Args:
        files: `si4`.
        parents: holds `celegans/cells` and `celegans/male-cells`.

    Raises:
        SourceError: a sheet is absent or has other columns, a row without a name, or labels that no cell has.
    """
    decisions = Decisions()
    rows = {name: list(_rows(files["si4"], name, about)) for name, about in LISTS.items()}
    labels = [(row.label, row.place, LISTS[name].sexes) for name, found in rows.items() for row in found]
    nodes = cells_of_sexes(parents, labels, decisions)
    _say_counted_years([row for found in rows.values() for row in found], decisions)
    statements = [
        Statement(node, *said)
        for name, found in rows.items()
        for row in found
        for said in _said(row, name)
        for node in nodes[row.label]
    ]
    return {"annotation": annotation_table(statements, decisions), "decision": decisions.frame()}


def _rows(path: Path, name: str, about: List) -> Iterator[Row]:
    grid, width = sheet(path, name), len(about.columns) + 1
    place = Place(path.name, name)
    header = grid.row(0) if grid.height and about.header else ()
    if header != about.header:
        wanted = ", ".join(filter(None, about.header))
        raise SourceError(f"does not begin with {wanted}", _HINT, Place(path.name, name, 1))
    if grid.width != width:
        raise SourceError(f"has {grid.width} columns, {width} were expected", _HINT, place)
    first = len(about.header) > 0
    if grid.height <= first:
        raise SourceError("lists no cell", _HINT, place)
    for row, cells in enumerate(grid.slice(first).iter_rows(), start=first + 1):
        for column in (0, 1):
            if cells[column] is None:
                at = Place(path.name, name, row, column_letter(column))
                raise SourceError(f"has no {('name', 'type')[column]} of a cell", _HINT, at)
        yield Row(str(cells[0]), Place(path.name, name, row), cells[1:])


def _said(row: Row, name: str) -> Iterator[tuple[str, str, Place]]:
    """Attribute, value and place of each thing that a row says."""
    yield "category", name, row.place
    for column, (attribute, value) in enumerate(zip(LISTS[name].columns, row.cells, strict=True), start=1):
        if value is not None:
            yield attribute, value, _at(row, column)


def _say_counted_years(rows: list[Row], decisions: Decisions) -> None:
    """A note on White et al., drawn down the sheet, counts its year up from row to row; it stays as it is written."""
    for row in rows:
        for column, value in enumerate(row.cells, start=1):
            if value and (year := _YEAR.fullmatch(value)) and year[1] != _WHITE:
                reason = f"{value!r} is kept; the paper is of {_WHITE}, the year goes up from row to row"
                decisions.add("kept", row.label, reason, _at(row, column))


def _at(row: Row, column: int) -> Place:
    return Place(row.place.file, row.place.sheet, row.place.row, column_letter(column))
