"""Cook et al. 2019, SI 3: rows of the synapse lists, one per synapse that was scored.

Layout of a sheet: a header row, then `contin` number, EM series, pre, post (the partners of a polyad, with commas),
type, sections, number of partners, and post1 … post4. The two sheets spell the header differently, with non-breaking
and soft breaks in it. post1 … post4 repeat the partners of a chemical synapse (three of more than four); of a gap
junction post1 is one of its two cells.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from ingest.files import sheet
from schemas.errors import Place, SourceError

TYPES = {"chemical": "chemical", "electrical": "gap_junction"}

_HEADER = {
    "continnum": "contin",
    "continnumber": "contin",
    "emseries": "series",
    "pre": "pre",
    "post": "post",
    "type": "type",
    "sections": "sections",
    "partnernumber": "partners",
    **{f"post{i}": f"post{i}" for i in range(1, 5)},
}
_NOT_LETTERS = re.compile(r"[^a-z0-9]")
_HINT = "the file must be 'SI 3 Synapse lists.xlsx'"


@dataclass(frozen=True)
class Synapse:
    """One row: who synapses onto whom, over how many sections of which series."""

    contin: str
    series: str
    kind: str
    pre: str
    posts: tuple[str, ...]
    repeated: tuple[str, ...]
    sections: int
    row: int


def read_synapses(path: Path, sheet_name: str) -> list[Synapse]:
    """The rows of one sheet, in its order. A row whose post is empty has no partners.

    Args:
        path: the workbook.
        sheet_name: hermaphrodite or male.

    Raises:
        SourceError: another layout, or a cell that cannot be what it should.
    """
    grid = sheet(path, sheet_name)
    place = Place(path.name, sheet_name)
    columns = _columns(grid, place)
    body = grid.slice(1).select(pl.col(letter).alias(name) for name, letter in columns.items())
    synapses = [_synapse(row, i, place, columns) for i, row in enumerate(body.iter_rows(named=True), start=2)]
    if not synapses:
        raise SourceError("holds no synapse", _HINT, place)
    return synapses


def _columns(grid: pl.DataFrame, place: Place) -> dict[str, str]:
    """Letter of each column by our name for it."""
    header = grid.row(0) if grid.height else ()
    found: dict[str, str] = {}
    for letter, text in zip(grid.columns, header, strict=False):
        name = _HEADER.get(_NOT_LETTERS.sub("", (text or "").casefold()))
        if name in found:
            raise SourceError(f"has the column {text!r} twice", "keep one of them", Place(place.file, place.sheet, 1))
        if name is not None:
            found[name] = letter
    for name in dict.fromkeys(_HEADER.values()):
        if name not in found:
            held = ", ".join(repr(text) for text in header if text)
            where = Place(place.file, place.sheet, 1)
            raise SourceError(f"has no column {name!r}", f"{_HINT}; its columns: {held}", where)
    return found


def _synapse(cells: Mapping[str, str | None], row: int, place: Place, columns: Mapping[str, str]) -> Synapse:
    def where(name: str) -> Place:
        return Place(place.file, place.sheet, row, columns[name])

    for name in ("contin", "series", "pre", "type"):
        if cells[name] is None:
            raise SourceError("is empty", "correct the cell in the file", where(name))
    if cells["type"] not in TYPES:
        raise SourceError(f"holds {cells['type']!r}", "types are chemical, electrical", where("type"))
    posts = tuple(label.strip() for label in (cells["post"] or "").split(",") if label.strip())
    if posts and len(posts) != _count(cells["partners"], where("partners")):
        text = f"says {cells['partners']} partner(s), column {columns['post']} names {len(posts)}"
        raise SourceError(text, "correct one of them in the file", where("partners"))
    repeated = (cells[f"post{i}"] for i in range(1, 5))
    return Synapse(
        contin=str(cells["contin"]),
        series=str(cells["series"]),
        kind=TYPES[str(cells["type"])],
        pre=str(cells["pre"]),
        posts=posts,
        repeated=tuple(label for label in repeated if label is not None),
        sections=_count(cells["sections"], where("sections")),
        row=row,
    )


def _count(text: str | None, where: Place) -> int:
    try:
        value = float(text or "")
    except ValueError:
        value = 0.0
    if not value.is_integer() or value < 1:
        raise SourceError(f"holds {text!r}, a whole number from 1 on was expected", "correct the cell", where)
    return int(value)
