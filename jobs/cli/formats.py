"""Rows in the formats that people and programs read; always whole, never cut."""

from __future__ import annotations

import csv
import io
import json
import math
import sys
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from rich import box
from rich.console import Console
from rich.table import Table

from jobs.cli.settings import output
from schemas.errors import UsageError


class Format(StrEnum):
    """How an answer is written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    NDJSON = "ndjson"
    PARQUET = "parquet"


class ListFormat(StrEnum):
    """How a list is written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


MAX_EXACT = 2**53
_OF_SUFFIX = {f".{name.value}": name for name in Format if name is not Format.TABLE} | {".txt": Format.TABLE}


def chosen_format(asked: Format | None, out: Path | None) -> Format:
    """What was asked for, else what the file's ending says, else a table."""
    if asked is not None or out is None:
        return asked or Format.TABLE
    return _OF_SUFFIX.get(out.suffix.lower(), Format.TABLE)


def write_rows(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], kind: ListFormat) -> None:
    """Write a list to standard output."""
    values = [[plain(row.get(name)) for name in columns] for row in rows]
    if kind is ListFormat.TABLE:
        print_table(columns, values)
    else:
        sys.stdout.write(_text(columns, values, Format(kind.value)))


def write_table(table: pa.Table, kind: Format, out: Path | None, about: Mapping[str, Any] | None = None) -> None:
    """Write an answer to a file, or to standard output.

    Args:
        table: the rows.
        kind: how.
        out: file, or None for standard output.
        about: what JSON says besides the rows; Parquet always carries it, as metadata `connectome`.

    Raises:
        UsageError: the file cannot be written, or binary would go to a terminal.
    """
    if kind is Format.PARQUET:
        _write_bytes(_parquet(_with_metadata(table, about or {})), out)
        return
    if kind in (Format.JSON, Format.NDJSON):
        table = _with_exact_numbers(table)
    values = [[plain(value) for value in row.values()] for row in table.to_pylist()]
    columns = list(table.column_names)
    if kind is Format.TABLE and out is None:
        print_table(columns, values)
        return
    text = _as_text_table(columns, values) if kind is Format.TABLE else _text(columns, values, kind)
    if about is not None and kind is Format.JSON:
        text = f'{json.dumps(about, ensure_ascii=False, indent=1)[:-2]},\n "rows": {text.rstrip()}\n}}\n'
    if out is None:
        sys.stdout.write(text)
    else:
        _write_file(out, text.encode())


def print_table(columns: Sequence[str], values: Sequence[Sequence[Any]], title: str | None = None) -> None:
    """A table for a person, on standard output."""
    output().print(_table(columns, values, title))


def plain(value: Any) -> Any:  # noqa: PLR0911
    """A value as JSON has it: times in ISO 8601, durations in seconds, what is not a number null.

    A whole number beyond 2**53 is text: most readers of JSON would round it.
    """
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return value if abs(value) <= MAX_EXACT else str(value)
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Decimal):
        return float(value) if value.is_finite() else None
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    return str(value)


def cell(value: Any) -> str:
    """A plain value as one cell of text; missing is empty."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, dict)):
        return json.dumps(value, ensure_ascii=False, allow_nan=False)
    return str(value)


def _text(columns: Sequence[str], values: Sequence[Sequence[Any]], kind: Format) -> str:
    if kind is Format.CSV:
        stream = io.StringIO()
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([cell(value) for value in row] for row in values)
        return stream.getvalue()
    lines = [_json(dict(zip(columns, row, strict=True))) for row in values]
    if kind is Format.NDJSON:
        return "".join(f"{line}\n" for line in lines)
    return "[\n" + ",\n".join(lines) + "\n]\n" if lines else "[]\n"


def _json(row: dict[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False, allow_nan=False)


def _table(columns: Sequence[str], values: Sequence[Sequence[Any]], title: str | None = None) -> Table:
    table = Table(box=box.SIMPLE_HEAD, title=title, title_justify="left", pad_edge=False)
    for number, name in enumerate(columns):
        numeric = bool(values) and all(_is_number(row[number]) for row in values)
        table.add_column(name, justify="right" if numeric else "left", overflow="fold")
    for row in values:
        table.add_row(*(_shown(value) for value in row))
    return table


def _is_number(value: Any) -> bool:
    return value is None or (isinstance(value, (int, float)) and not isinstance(value, bool))


def _shown(value: Any) -> str:
    """As in `cell`, but numbers with six digits and lists with commas: for eyes only."""
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, list) and not any(isinstance(each, (list, dict)) for each in value):
        return ", ".join(_shown(each) for each in value)
    return cell(value)


def _as_text_table(columns: Sequence[str], values: Sequence[Sequence[Any]]) -> str:
    stream = io.StringIO()
    Console(file=stream, width=10_000, markup=False, highlight=False, emoji=False).print(_table(columns, values))
    return "\n".join(line.rstrip() for line in stream.getvalue().splitlines()) + "\n"


def _with_exact_numbers(table: pa.Table) -> pa.Table:
    """Whole numbers as text in every column that holds one beyond 2**53: most readers of JSON would round it."""
    for number, field in enumerate(table.schema):
        if pa.types.is_integer(field.type) and table.num_rows:
            bounds = pc.min_max(table.column(number)).as_py()
            if any(abs(bound) > MAX_EXACT for bound in bounds.values() if bound is not None):
                table = table.set_column(number, field.name, table.column(number).cast(pa.string()))
    return table


def _with_metadata(table: pa.Table, about: Mapping[str, Any]) -> pa.Table:
    known = table.schema.metadata or {}
    return table.replace_schema_metadata({**known, "connectome": json.dumps(about)}) if about else table


def _parquet(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink)
    return bytes(sink.getvalue())


def _write_bytes(content: bytes, out: Path | None) -> None:
    if out is not None:
        _write_file(out, content)
    elif sys.stdout.isatty():
        raise UsageError("Parquet is binary: not written to a terminal", "give a file with --out, or a pipe")
    else:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()


def _write_file(out: Path, content: bytes) -> None:
    part = out.with_name(f".{out.name}.part")
    try:
        part.write_bytes(content)
        part.replace(out)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise UsageError(f"{out} cannot be written: {error.strerror}", "does its folder exist?") from error
