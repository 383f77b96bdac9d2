"""Which columns a file needs, and back: a column that is null everywhere is left out and comes back as null."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from graphdb.exchange.subgraph import edge_columns
from schemas import tables

_ALWAYS = ("uid", "name", "kind", "source", "target", "network", "dataset", "directed", "weight")


def compact(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame without columns that hold nothing; empty lists count as nothing."""
    return frame.select(c for c in frame.columns if c in _ALWAYS or _holds(frame.get_column(c)))


def _holds(column: pl.Series) -> bool:
    if isinstance(column.dtype, pl.List):
        return bool(column.list.len().fill_null(0).sum())
    return column.null_count() < len(column)


def scalars(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with each list as JSON text, for formats that know no lists."""
    lists = [c for c, dtype in frame.schema.items() if isinstance(dtype, pl.List)]
    texts = [
        pl.Series(c, [None if v is None else json.dumps(v, ensure_ascii=False) for v in frame[c].to_list()], pl.String)
        for c in lists
    ]
    return frame.with_columns(texts)


def node_frame(rows: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    """Nodes from what a format gave back, with all columns of the node table."""
    return _frame(rows, tables.columns("node"))


def edge_frame(rows: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    """Edges likewise."""
    return _frame(rows, edge_columns())


def restored(frame: pl.DataFrame, schema: Mapping[str, pl.DataType]) -> pl.DataFrame:
    """A frame as a columnar format gave it back, with every column of the schema, in its order and of its type."""
    columns = []
    for name, dtype in schema.items():
        if name not in frame.columns:
            columns.append(_absent(dtype).alias(name))
        elif isinstance(dtype, pl.List) and frame.schema[name] == pl.String:
            columns.append(pl.col(name).str.json_decode(dtype))
        else:
            columns.append(pl.col(name).cast(dtype))
    return frame.select(columns)


def _absent(dtype: pl.DataType) -> pl.Expr:
    return pl.lit([], dtype=dtype) if isinstance(dtype, pl.List) else pl.lit(None, dtype=dtype)


def _frame(rows: Iterable[Mapping[str, Any]], schema: Mapping[str, pl.DataType]) -> pl.DataFrame:
    found = [{name: _value(row.get(name), dtype) for name, dtype in schema.items()} for row in rows]
    return pl.DataFrame(found, schema=dict(schema), orient="row")


def _value(value: Any, dtype: pl.DataType) -> Any:
    if isinstance(dtype, pl.List):
        return json.loads(value) if isinstance(value, str) else value or []
    if value is not None and dtype.is_float():
        return float(value)
    return value
