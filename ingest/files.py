"""Opens source files. Whatever is wrong with one becomes a SourceError that says where and what to do.

Rows are counted from 1 and columns named as a person sees them in the file; a header row counts as a row.
"""

from __future__ import annotations

import csv
import hashlib
import json
import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import fastexcel
import h5py
import numpy as np
import polars as pl

from ingest.typed_columns import typed
from schemas.errors import Place, SourceError

_AGAIN = "the file may be truncated or altered; fetch it again"
_HDF5 = b"\x89HDF\r\n\x1a\n"
_HDF5_BLOCKS = (0, 512, 1024, 2048)  # a user block may stand before the signature
_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_KINDS = (
    (_HDF5, "HDF5"),
    (_ZIP, "a zip archive (xlsx)"),
    (_OLE, "an old Office file (xls)"),
    (b"\x1f\x8b", "gzip"),
)


def require_file(path: Path) -> Path:
    """The path itself, if it is a file with something in it.

    Raises:
        SourceError: it is absent, a folder, or empty.
    """
    if path.is_dir():
        raise SourceError("is a folder, a file was expected", "name the file inside it", Place(str(path)))
    if not path.is_file():
        raise SourceError("the file is missing", "fetch the source, or give the folder it lies in", Place(str(path)))
    if path.stat().st_size == 0:
        raise SourceError("the file is empty", _AGAIN, Place(str(path)))
    return path


def sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, 64 hex digits."""
    with require_file(path).open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def column_letter(index: int) -> str:
    """Name of a sheet's column: 0 is A, 25 is Z, 26 is AA."""
    letters = ""
    number = index + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def read_table(
    path: Path,
    separator: str,
    columns: Mapping[str, pl.DataType],
    *,
    nullable: Collection[str] = (),
    null_values: Collection[str] = (),
) -> pl.DataFrame:
    """Read a delimited text file with one header row.

    Args:
        path: UTF-8 text.
        separator: one character.
        columns: the columns wanted and their types; others in the file are left alone.
        nullable: columns where an empty cell is allowed; it becomes null. NaN is none unless `null_values` has it.
        null_values: texts that count as an empty cell, e.g. 'NA'.

    Returns:
        The columns wanted, in the order given; row i stands in row i + 2 of the file. Empty lines at the end
        do not count.

    Raises:
        SourceError: a column is missing, a row has too many cells, or a cell is empty or of another type (up
            to 20 such cells are named).
    """
    _text_header(require_file(path), separator, columns)
    nulls = ["", *null_values]
    try:
        frame = _read_text(path, separator, dict(columns), nulls)
    except pl.exceptions.PolarsError:
        frame = _read_text_as_strings(path, separator, list(columns), nulls)
    return typed(frame, columns, nullable, Place(path.name), first_row=2)


def read_cells(path: Path, separator: str, *, width: int | Collection[int] | None = None) -> list[list[str]]:
    """Every cell of a delimited text as text, blanks (also non-breaking ones) at the ends removed.

    For texts without a header row, and for matrices with names in both margins.

    Args:
        path: UTF-8 text.
        separator: one character.
        width: cells of every row, or the numbers that it may have; by default as many as the first row has.

    Returns:
        Row i of the file at i - 1; empty rows at the end do not count.

    Raises:
        SourceError: not text, nothing in it, or a row with more or fewer cells.
    """
    rows = [[cell.strip() for cell in row] for row in _rows_of_text(path, separator)]
    while rows and not any(rows[-1]):
        rows.pop()
    if not rows:
        raise SourceError("holds nothing but blanks", _AGAIN, Place(path.name))
    wanted = width if isinstance(width, Collection) else (len(rows[0]) if width is None else width,)
    for i, row in enumerate(rows, start=1):
        if len(row) not in wanted:
            said = " or ".join(map(str, wanted))
            raise SourceError(f"has {len(row)} cell(s), {said} were expected", _AGAIN, Place(path.name, row=i))
    return rows


def open_excel(path: Path) -> fastexcel.ExcelReader:
    """Open an xlsx or xls workbook.

    Raises:
        SourceError: it is missing, no workbook, or truncated.
    """
    _require_kind(path, (_ZIP, _OLE), "an Excel workbook (xlsx or xls)")
    try:
        workbook = fastexcel.read_excel(str(path))
    except fastexcel.FastExcelError as error:
        raise SourceError(f"cannot be opened as a workbook: {_first_line(error)}", _AGAIN, Place(path.name)) from error
    if not workbook.sheet_names:
        raise SourceError("is a workbook without a sheet", _AGAIN, Place(path.name))
    return workbook


def sheet(path: Path, name: str) -> pl.DataFrame:
    """Every cell of a sheet as text, null where empty, blanks (also non-breaking ones) at the ends removed.

    Returns:
        Frame whose row i is row i + 1 of the sheet and whose column j is column_letter(j), counted from the
        sheet's first column that holds anything.

    Raises:
        SourceError: no workbook, or no such sheet; the message lists those that it has.
    """
    workbook = open_excel(path)
    if name not in workbook.sheet_names:
        held = ", ".join(repr(n) for n in workbook.sheet_names)
        raise SourceError(f"has no sheet {name!r}", f"its sheets: {held}", Place(path.name))
    try:
        cells, broken = workbook.load_sheet(name, header_row=None, skip_rows=0, dtypes="string").to_arrow_with_errors()
    except fastexcel.FastExcelError as error:
        raise SourceError(f"cannot be read: {_first_line(error)}", _AGAIN, Place(path.name, name)) from error
    loaded = pl.DataFrame(cells)
    letters = [column_letter(i) for i in range(loaded.width)]
    frame = loaded.rename(dict(zip(loaded.columns, letters, strict=True))).cast(pl.String)
    for failed in broken.errors if broken else ():  # a formula that failed, e.g. #REF!, is not an empty cell
        frame[failed.position] = failed.detail
    return frame.with_columns(pl.all().str.strip_chars().replace("", None))


def sheet_table(
    path: Path, name: str, columns: Mapping[str, pl.DataType], *, nullable: Collection[str] = ()
) -> pl.DataFrame:
    """A sheet whose first row is a header, as typed columns; otherwise as `read_table`."""
    cells = sheet(path, name)
    place = Place(path.name, name)
    if cells.height == 0:
        raise SourceError("the sheet is empty", _AGAIN, place)
    header = list(cells.row(0))
    _require_columns(header, columns, place)
    wanted = cells.slice(1).select(pl.col(cells.columns[header.index(c)]).alias(c) for c in columns)
    return typed(wanted, columns, nullable, place, first_row=2)


def number(text: str, place: Place) -> float:
    """A finite number from a cell.

    Raises:
        SourceError: the cell holds something else.
    """
    try:
        value = float("nan" if "_" in text else text)  # Python reads 1_0 as ten
    except ValueError:
        value = float("nan")
    if not math.isfinite(value):
        raise SourceError(f"holds {text!r}, a number was expected", "correct the cell in the file", place)
    return value


def read_json(path: Path) -> Any:
    """Parse a JSON file.

    Raises:
        SourceError: it is missing, not UTF-8, or not JSON (the row is named).
    """
    try:
        return json.loads(require_file(path).read_text(encoding="utf-8-sig"), object_pairs_hook=_object)
    except json.JSONDecodeError as error:
        place = Place(path.name, row=error.lineno, column=str(error.colno))
        raise SourceError(f"is not JSON: {error.msg}", _AGAIN, place) from error
    except UnicodeDecodeError as error:
        raise SourceError("is not JSON: it is not UTF-8 text", _hint_of_kind(path), Place(path.name)) from error
    except (ValueError, RecursionError) as error:
        raise SourceError(f"cannot be read as JSON: {_first_line(error)}", _AGAIN, Place(path.name)) from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError(f"a key stands twice in an object with the keys {', '.join(found)}")
    return found


@contextmanager
def open_hdf5(path: Path) -> Iterator[h5py.File]:
    """Open an HDF5 file for reading; errors of the library while it is open become a SourceError too.

    Raises:
        SourceError: it is missing, no HDF5, or truncated.
    """
    _require_kind(path, (_HDF5,), "HDF5")
    try:
        with h5py.File(path, "r") as file:
            yield file
    except (OSError, RuntimeError) as error:
        raise SourceError(f"cannot be read as HDF5: {_first_line(error)}", _AGAIN, Place(path.name)) from error


def hdf5_array(file: h5py.File, name: str, *, ndim: int) -> np.ndarray[Any, np.dtype[Any]]:
    """A numeric data set of an open HDF5 file, whole.

    Raises:
        SourceError: it is absent, not numeric, or has another number of dimensions.
    """
    place = Place(Path(file.filename).name, sheet=name)
    found = file.get(name)
    if not isinstance(found, h5py.Dataset):
        held = ", ".join(sorted(map(str, file))) or "nothing"
        raise SourceError(f"has no data set {name!r}", f"at its top the file holds: {held}", place)
    if found.ndim != ndim or found.dtype.kind not in "iufb":
        is_ = f"{found.ndim} dimension(s) of {found.dtype}"
        raise SourceError(f"has {is_}, {ndim} of numbers were expected", "is this the right file?", place)
    return np.asarray(found[()])


def hdf5_texts(file: h5py.File, name: str) -> list[str]:
    """A data set of texts of an open HDF5 file, one dimension, blanks (also non-breaking ones) at the ends removed.

    Raises:
        SourceError: it is absent, holds no texts, or one is empty or not UTF-8 (its row is named).
    """
    place = Place(Path(file.filename).name, sheet=name)
    found = file.get(name)
    if not isinstance(found, h5py.Dataset):
        held = ", ".join(sorted(file)) or "nothing"
        raise SourceError(f"has no data set {name!r}", f"at its top the file holds: {held}", place)
    if found.ndim != 1 or h5py.check_string_dtype(found.dtype) is None:
        is_ = f"{found.ndim} dimension(s) of {found.dtype}"
        raise SourceError(f"has {is_}, 1 of texts was expected", "is this the right file?", place)
    return [_text(value, Place(place.file, name, row)) for row, value in enumerate(found[()], start=1)]


def _text(value: bytes, place: Place) -> str:
    try:
        text = value.decode("utf-8").strip()
    except UnicodeDecodeError as error:
        raise SourceError(f"holds {value!r}, not UTF-8", "correct the text in the file", place) from error
    if not text:
        raise SourceError("is empty, a text was expected", "correct the text in the file", place)
    return text


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def _require_kind(path: Path, signatures: tuple[bytes, ...], expected: str) -> None:
    offsets = _HDF5_BLOCKS if _HDF5 in signatures else (0,)
    with require_file(path).open("rb") as stream:
        head = stream.read(max(offsets) + 8)
    if not any(head[offset:].startswith(s) for s in signatures for offset in offsets):
        raise SourceError(f"is not {expected}", _hint_of_kind(path), Place(path.name))


def _hint_of_kind(path: Path) -> str:
    with path.open("rb") as stream:
        head = stream.read(64)
    for signature, kind in _KINDS:
        if head.startswith(signature):
            return f"it looks like {kind}"
    if head.lstrip().lower().startswith((b"<!doctype", b"<html")):
        return "it looks like a web page: the download may have been refused"
    return f"it begins with {head[:16]!r}"


def _rows_of_text(path: Path, separator: str) -> list[list[str]]:
    try:
        with require_file(path).open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.reader(stream, delimiter=separator, strict=True))
    except UnicodeDecodeError as error:
        raise SourceError("is not UTF-8 text", _hint_of_kind(path), Place(path.name)) from error
    except csv.Error as error:
        raise SourceError(f"cannot be read as cells: {error}", _hint_of_kind(path), Place(path.name)) from error
    for i, row in enumerate(rows, start=1):
        if any("\0" in cell for cell in row):
            raise SourceError("holds a null byte", _hint_of_kind(path), Place(path.name, row=i))
    return rows


def _text_header(path: Path, separator: str, columns: Mapping[str, pl.DataType]) -> None:
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            header = next(csv.reader(stream, delimiter=separator), [])
    except (UnicodeDecodeError, csv.Error) as error:
        raise SourceError("is not UTF-8 text", _hint_of_kind(path), Place(path.name)) from error
    _require_columns(header, columns, Place(path.name, row=1))


def _require_columns(header: Sequence[str | None], columns: Mapping[str, pl.DataType], place: Place) -> None:
    held = ", ".join(str(name) for name in header if name is not None)
    for name in columns:
        if header.count(name) == 0:
            raise SourceError(f"has no column {name!r}", f"its columns: {held}", place)
        if header.count(name) > 1:
            raise SourceError(f"has column {name!r} more than once", "keep one of them", place)


def _read_text(path: Path, separator: str, schema: dict[str, pl.DataType], nulls: list[str]) -> pl.DataFrame:
    # Every column is read: with `columns`, a row with more cells than the header would pass unseen.
    read = pl.read_csv(path, separator=separator, infer_schema=False, schema_overrides=schema, null_values=nulls)
    return read.select(list(schema))


def _read_text_as_strings(path: Path, separator: str, names: list[str], nulls: list[str]) -> pl.DataFrame:
    try:
        return _read_text(path, separator, dict.fromkeys(names, pl.String()), nulls)
    except pl.exceptions.PolarsError as error:
        row = _ragged_row(path, separator)
        text = "has more cells than the header" if row else f"cannot be read: {_first_line(error)}"
        raise SourceError(text, "are separator and line ends right?", Place(path.name, row=row)) from error


def _ragged_row(path: Path, separator: str) -> int | None:
    with path.open(encoding="utf-8-sig", newline="", errors="replace") as stream:
        rows = csv.reader(stream, delimiter=separator)
        width = len(next(rows, []))
        return next((i for i, row in enumerate(rows, start=2) if len(row) > width), None)
