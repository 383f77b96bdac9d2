"""Which cells of a sheet are coloured: some tables say by colour what no library for values reads."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

from ingest.files import require_file
from schemas.errors import Place, SourceError

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_WHITE = ({"rgb": "FFFFFFFF"}, {"theme": "0"}, {"indexed": "9"})
_CELL = re.compile(r"([A-Z]+)(\d+)")
_AGAIN = "the file may be truncated or altered; fetch it again"


@dataclass(frozen=True)
class Fills:
    """Cells with a solid fill other than white.

    Args:
        first_column: index, from 0, of the first column of the file that holds anything.
        cells: row, counted from 1, and index of the column, counted from 0 at `first_column`, as `ingest.files.sheet`
            counts.
    """

    first_column: int
    cells: frozenset[tuple[int, int]]


def fills_of(path: Path, sheet: str) -> Fills:
    """Which cells of a sheet are coloured.

    Args:
        path: an xlsx workbook.
        sheet: name of a sheet that it has.

    Raises:
        SourceError: the file is no xlsx workbook, or its styles cannot be read.
    """
    try:
        with zipfile.ZipFile(require_file(path)) as archive:
            coloured = _coloured_styles(archive)
            cells = list(_cells(_part(archive, _member(archive, sheet))))
    except (zipfile.BadZipFile, ET.ParseError, KeyError, ValueError) as error:
        raise SourceError(f"its colours cannot be read: {error}", _AGAIN, Place(path.name, sheet)) from error
    first = min((column for _, column, _, held in cells if held), default=0)
    return Fills(first, frozenset((row, column - first) for row, column, style, _ in cells if style in coloured))


def _part(archive: zipfile.ZipFile, member: str) -> ET.Element:
    return ET.fromstring(archive.read(member))  # noqa: S314 - expat limits the growth of entities


def _member(archive: zipfile.ZipFile, sheet: str) -> str:
    sheets = _part(archive, "xl/workbook.xml").iter(f"{_MAIN}sheet")
    relation = {str(each.get("name")): str(each.get(_RELATION)) for each in sheets}[sheet]
    relations = _part(archive, "xl/_rels/workbook.xml.rels")
    target = {str(each.get("Id")): str(each.get("Target")) for each in relations}[relation]
    return target.removeprefix("/") if target.startswith("/") else f"xl/{target}"


def _coloured_styles(archive: zipfile.ZipFile) -> frozenset[int]:
    if "xl/styles.xml" not in archive.namelist():
        return frozenset()
    styles = _part(archive, "xl/styles.xml")
    fills = [_is_coloured(fill) for fill in styles.iterfind(f"{_MAIN}fills/{_MAIN}fill")]
    formats = styles.iterfind(f"{_MAIN}cellXfs/{_MAIN}xf")
    return frozenset(n for n, each in enumerate(formats) if fills[int(each.get("fillId", "0")) :][:1] == [True])


def _is_coloured(fill: ET.Element) -> bool:
    pattern = fill.find(f"{_MAIN}patternFill")
    if pattern is None or pattern.get("patternType") != "solid":
        return False
    colour = pattern.find(f"{_MAIN}fgColor")
    return colour is not None and dict(colour.attrib) not in _WHITE


def _cells(sheet: ET.Element) -> Iterator[tuple[int, int, int, bool]]:
    """Row, column from 0, style and whether it holds something, of every cell that the file names."""
    for cell in sheet.iter(f"{_MAIN}c"):
        at = _CELL.fullmatch(cell.get("r", ""))
        if at is None:
            raise ValueError(f"a cell is at {cell.get('r')!r}")
        held = cell.find(f"{_MAIN}v") is not None or cell.find(f"{_MAIN}is") is not None
        yield int(at[2]), _index(at[1]), int(cell.get("s", "0")), held


def _index(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1
