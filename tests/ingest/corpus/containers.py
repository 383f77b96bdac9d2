"""Writes rows of texts back into the container that they came from: delimited text, JSON, xlsx, xls.

An xlsx keeps every other part of the real workbook: only the rows of its sheets are replaced. An xls is written anew
(an OLE file with a BIFF8 stream): its records cannot be edited in place.
"""

from __future__ import annotations

import csv
import io
import json
import re
import struct
import zipfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import fastexcel

from ingest.files import column_letter

Cell = str | None
Rows = list[list[Cell]]
Sheets = dict[str, Rows]

_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE]-?\d+)?")
_SECTOR = 512
_END_OF_CHAIN, _FAT_SECTOR, _FREE = 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFF


def read_text(path: Path, separator: str) -> Rows:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return [list(row) for row in csv.reader(stream, delimiter=separator)]


def text(rows: Rows, separator: str, end: str = "\n") -> bytes:
    """Delimited text, quoted only where a cell needs it."""
    stream = io.StringIO()
    csv.writer(stream, delimiter=separator, lineterminator=end).writerows(rows)
    return stream.getvalue().encode()


def json_text(records: Sequence[Any]) -> bytes:
    return json.dumps(list(records), indent=2).encode()


def read_workbook(path: Path) -> Sheets:
    """Every sheet of an xlsx or xls as texts, null where empty."""
    book = fastexcel.read_excel(str(path))
    loaded = {n: book.load_sheet(n, header_row=None, skip_rows=0, dtypes="string") for n in book.sheet_names}
    return {name: [list(row) for row in sheet.to_polars().rows()] for name, sheet in loaded.items()}


def xlsx(original: Path, sheets: Mapping[str, Rows], names: Mapping[str, str] | None = None) -> bytes:
    """The original workbook with other rows.

    Args:
        original: the real file.
        sheets: rows by the sheet's name in the original; sheets that are not given are emptied.
        names: what to call a sheet instead.
    """
    parts, part_of = _parts(original)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in parts.items():
            held = next((sheets[s] for s, part in part_of.items() if part == name and s in sheets), None)
            written = content if held is None else content.replace(b"<sheetData/>", _sheet_data(held))
            if name == "xl/workbook.xml":
                for old, new in (names or {}).items():
                    written = written.replace(quoteattr(old).encode(), quoteattr(new).encode())
            archive.writestr(name, written)
    return out.getvalue()


def sheet_part(original: Path, sheet: str) -> str:
    """Name of the zip's member that holds a sheet."""
    return _parts(original)[1][sheet]


@cache
def _parts(original: Path) -> tuple[dict[str, bytes], dict[str, str]]:
    """Members of the workbook with every sheet emptied, and the member of each sheet."""
    with zipfile.ZipFile(original) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    targets = dict(_attributes(parts["xl/_rels/workbook.xml.rels"], "Relationship", "Id", "Target"))
    found = _attributes(parts["xl/workbook.xml"], "sheet", "name", "r:id")
    part_of = {name: f"xl/{targets[relation].removeprefix('/xl/')}" for name, relation in found}
    for name in part_of.values():
        emptied = re.sub(rb"<sheetData\b.*</sheetData>", b"<sheetData/>", parts[name], flags=re.DOTALL)
        parts[name] = re.sub(rb"<dimension\b[^>]*/>", b"", emptied)
    return parts, part_of


def _attributes(xml: bytes, tag: str, first: str, second: str) -> list[tuple[str, str]]:
    tags = re.findall(rf"<{tag}\b[^>]*>", xml.decode())
    return [(_attribute(t, first), _attribute(t, second)) for t in tags]


def _attribute(tag: str, name: str) -> str:
    found = re.search(rf'\s{name}="([^"]*)"', tag)
    assert found, tag
    return found[1].replace("&amp;", "&")


def _sheet_data(rows: Rows) -> bytes:
    lines = []
    for r, row in enumerate(rows, start=1):
        cells = "".join(_xml_cell(f"{column_letter(c)}{r}", v) for c, v in enumerate(row) if v is not None)
        lines.append(f'<row r="{r}">{cells}</row>')
    return f"<sheetData>{''.join(lines)}</sheetData>".encode()


def _xml_cell(at: str, value: str) -> str:
    if _NUMBER.fullmatch(value):
        return f'<c r="{at}"><v>{value}</v></c>'
    if value in ("#REF!", "TRUE"):
        return f'<c r="{at}" t="{"e" if value == "#REF!" else "b"}"><v>{"1" if value == "TRUE" else value}</v></c>'
    return f'<c r="{at}" t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'


def xls(sheets: Mapping[str, Rows]) -> bytes:
    """An OLE file with one stream, `Workbook`, in BIFF8."""
    bodies = [_biff_sheet(rows) for rows in sheets.values()]
    length = len(_globals(list(sheets), [0] * len(bodies)))
    offsets = [length + sum(map(len, bodies[:i])) for i in range(len(bodies))]
    return _ole(_globals(list(sheets), offsets) + b"".join(bodies))


def _record(kind: int, data: bytes) -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def _begin(kind: int) -> bytes:
    return _record(0x0809, struct.pack("<HHHHII", 0x0600, kind, 0x0DBB, 0x07CC, 0, 6))


def _globals(names: Sequence[str], offsets: Sequence[int]) -> bytes:
    found = _begin(0x0005) + _record(0x0042, struct.pack("<H", 1200))
    for name, offset in zip(names, offsets, strict=True):
        found += _record(0x0085, struct.pack("<IBBBB", offset, 0, 0, len(name), 1) + name.encode("utf-16-le"))
    return found + _record(0x000A, b"")


def _biff_sheet(rows: Rows) -> bytes:
    width = max((len(row) for row in rows), default=0)
    found = [_begin(0x0010), _record(0x0200, struct.pack("<IIHHH", 0, len(rows), 0, width, 0))]
    for r, row in enumerate(rows):
        found += [_biff_cell(r, c, value) for c, value in enumerate(row) if value is not None]
    return b"".join(found) + _record(0x000A, b"")


def _biff_cell(row: int, column: int, value: str) -> bytes:
    at = struct.pack("<HHH", row, column, 0)
    if _NUMBER.fullmatch(value):
        return _record(0x0203, at + struct.pack("<d", float(value)))
    if value in ("#REF!", "TRUE"):
        return _record(0x0205, at + (b"\x17\x01" if value == "#REF!" else b"\x01\x00"))
    return _record(0x0204, at + struct.pack("<HB", len(value), 1) + value.encode("utf-16-le"))


def _ole(stream: bytes) -> bytes:
    stream = stream.ljust(max(len(stream), 4096), b"\0")
    n_stream = -(-len(stream) // _SECTOR)
    n_fat = 1
    while n_fat * (_SECTOR // 4) < n_fat + 1 + n_stream:
        n_fat += 1
    first = n_fat + 1  # the table of sectors, the directory, the stream
    chain = [*range(first + 1, first + n_stream), _END_OF_CHAIN]
    fat = [*[_FAT_SECTOR] * n_fat, _END_OF_CHAIN, *chain]
    fat += [_FREE] * (n_fat * (_SECTOR // 4) - len(fat))
    where = [*range(n_fat), *[_FREE] * (109 - n_fat)]
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<IIIIIIIII", 0, n_fat, n_fat, 0, 4096, _END_OF_CHAIN, 0, _END_OF_CHAIN, 0)
    header += struct.pack("<109I", *where)
    directory = _entry("Root Entry", 5, 1, _END_OF_CHAIN, 0) + _entry("Workbook", 2, _FREE, first, len(stream))
    sectors = struct.pack(f"<{len(fat)}I", *fat) + directory.ljust(_SECTOR, b"\0") + stream
    return header + sectors.ljust(-(-len(sectors) // _SECTOR) * _SECTOR, b"\0")


def _entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    written = name.encode("utf-16-le")
    found = written.ljust(64, b"\0") + struct.pack("<HBB", len(written) + 2, kind, 1)
    return found + struct.pack("<III", _FREE, _FREE, child) + bytes(36) + struct.pack("<IQ", start, size)
