"""A difference as plain lines: one for each row that came or went, one for each value that changed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import polars as pl
import pyarrow.parquet as pq

from graphdb.versions.diff import VersionDiff
from schemas import tables

LINE_COLUMNS = ["table", "change", "id", "source", "target", "column", "old", "new", "delta"]
_ENDS = ("source", "target")
_BATCH = 20_000


def lines(found: VersionDiff, *, largest: int | None = None) -> Iterator[dict[str, Any]]:
    """The lines of all tables, by key, never all in memory at once.

    Args:
        found: what `diff` returned.
        largest: only so many rows of each table, those whose weight changed most before others.

    Yields:
        table, change, id (of the node, or of the network with what else names the edge), source and target of an edge,
        and column, old, new and delta of the value. A row that came or went has its weight for value, if it has one.
    """
    for total in found.totals:
        if total.differing:
            for rows in _batches(found, total.table, largest):
                for row in rows:
                    yield from _lines(total.table, row)


def _batches(found: VersionDiff, table: str, largest: int | None) -> Iterator[list[dict[str, Any]]]:
    if largest is None:
        with pq.ParquetFile(found.folder / f"{table}.parquet") as file:
            for batch in file.iter_batches(_BATCH):
                yield batch.to_pylist()
        return
    scan = found.scan(table)
    if "old_weight" in scan.collect_schema():
        moved = pl.col("new_weight").fill_null(0) - pl.col("old_weight").fill_null(0)
        scan = scan.sort(moved.abs(), descending=True, maintain_order=True)
    yield scan.head(largest).collect(engine="streaming").to_dicts()


def _lines(table: str, row: dict[str, Any]) -> Iterator[dict[str, Any]]:
    keys = [name for name in tables.key(table) if name not in _ENDS]
    about = {
        "table": table,
        "change": row["change"],
        "id": " ".join(str(row[name]) for name in keys),
        **{end: row.get(end) or row.get(f"new_{end}") or row.get(f"old_{end}") for end in _ENDS},
    }
    values = [name.removeprefix("old_") for name in row if name.startswith("old_") and f"new_{name[4:]}" in row]
    if row["change"] in ("added", "removed"):
        yield about | (_value(row, "weight") if "weight" in values else {})
        return
    if row.get("old_uid") not in (None, row.get("uid")):
        yield about | {"column": "uid", "old": row["old_uid"], "new": row["uid"]}
    for name in values:
        if row[f"old_{name}"] != row[f"new_{name}"]:
            yield about | _value(row, name)


def _value(row: dict[str, Any], name: str) -> dict[str, Any]:
    delta = row.get(f"delta_{name}")
    return {"column": name, "old": row[f"old_{name}"], "new": row[f"new_{name}"], "delta": delta}
