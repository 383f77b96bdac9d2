"""Answers of the Cypher console, kept as Parquet while the server runs, so that a grid can page through them."""

from __future__ import annotations

import json
import math
import secrets
import shutil
import tempfile
import threading
import weakref
from collections import OrderedDict
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq

from graphdb.answer import Answer

KEPT = 50
MAX_EXACT = 2**53
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class Results:
    """A private temporary folder of answers under keys that cannot be guessed; the oldest go first."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="connectome-results-"))
        weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        self._kept: OrderedDict[str, Path] = OrderedDict()
        self._guard = threading.Lock()

    def keep(self, answer: Answer) -> str:
        """Store an answer; returns its key."""
        key = secrets.token_urlsafe(16)
        path = self._folder / f"{key}.parquet"
        pq.write_table(answer.table, path)
        with self._guard:
            self._kept[key] = path
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)[1].unlink(missing_ok=True)
        return key

    def path(self, key: str) -> Path | None:
        """The Parquet file of a key, or None where it is not (or no longer) kept."""
        with self._guard:
            return self._kept.get(key)

    def rows(self, key: str, start: int, stop: int, sort: str | None = None, *, descending: bool = False) -> Any:
        """Rows start to stop and how many there are; columns are called c0, c1 …, since a name may hold anything."""
        path = self.path(key)
        if path is None:
            return [], 0
        frame = pl.scan_parquet(path)
        columns = frame.collect_schema()
        frame = frame.rename({name: grid_field(number) for number, name in enumerate(columns)})
        columns = frame.collect_schema()
        if sort is not None and sort in columns and not columns[sort].is_nested():
            frame = frame.sort(sort, descending=descending, nulls_last=True, maintain_order=True)
        total = int(pl.scan_parquet(path).select(pl.len()).collect().item())
        part = frame.slice(max(0, start), max(0, stop - start)).collect()
        return shown_rows(part), total


def grid_field(number: int) -> str:
    """Name of a column in the grid."""
    return f"c{number}"


def shown_rows(frame: pl.DataFrame) -> list[dict[str, Any]]:
    """Rows as a browser can hold them: large whole numbers and nested values as text, NaN as nothing."""
    return [{name: _shown(value) for name, value in row.items()} for row in frame.iter_rows(named=True)]


def csv_text(frame: pl.DataFrame) -> str:
    """CSV whose cells no spreadsheet takes for a formula."""
    rows = [{name: _neutral(_shown(value)) for name, value in row.items()} for row in frame.iter_rows(named=True)]
    columns = [_neutral(name) for name in frame.columns]
    table = pl.DataFrame([list(row.values()) for row in rows], schema=columns, orient="row", strict=False)
    return table.write_csv() if rows else ",".join(columns) + "\n"


def _neutral(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _shown(value: Any) -> Any:
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, int):
        return value if abs(value) <= MAX_EXACT else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, (list, dict)):
        return json.dumps(value, default=str, ensure_ascii=False)
    return str(value)
