"""One shape for the answers of both engines: plain Arrow types, whole numbers as int64, no engine internals."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from neo4j.graph import Node, Path, Relationship

_INTERNAL = ("_ID", "_SRC", "_DST")


def normalised(table: pa.Table) -> pa.Table:
    """Ladybug's Arrow table without 128-bit sums and internal ids.

    A sum of integers is 128 bits wide there and null over no rows; in openCypher it is an integer and 0.
    """
    return pa.Table.from_arrays([_column(column) for column in table.columns], names=_distinct(table.column_names))


def from_records(names: list[str], records: list[list[Any]]) -> pa.Table:
    """An Arrow table from the Neo4j driver's rows; a column of mixed types becomes JSON text."""
    columns = zip(*records, strict=True) if records else ([] for _ in names)
    return pa.Table.from_arrays([_array([_plain(v) for v in values]) for values in columns], names=_distinct(names))


def _array(values: list[Any]) -> pa.Array:
    try:
        found = pa.array(values)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return pa.array([None if v is None else json.dumps(v, default=str) for v in values], pa.string())
    return found.cast(pa.string()) if pa.types.is_null(found.type) else found


def _plain(value: Any) -> Any:
    if isinstance(value, Node):
        return {"label": next(iter(value.labels), None), **{k: _plain(v) for k, v in value.items()}}
    if isinstance(value, Relationship):
        return {"label": value.type, **{k: _plain(v) for k, v in value.items()}}
    if isinstance(value, Path):
        return {"nodes": [_plain(n) for n in value.nodes], "rels": [_plain(r) for r in value.relationships]}
    if isinstance(value, list):
        return [_plain(v) for v in value]
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    return value.to_native() if hasattr(value, "to_native") else value


def _distinct(names: list[str]) -> list[str]:
    """Names made distinct by a number: `RETURN a.x, a.x` gives two columns."""
    seen: dict[str, int] = {}
    found = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        found.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return found


def _column(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_decimal(column.type):
        whole = pc.cast(column, pa.decimal128(38, 0)).cast(pa.int64())
        return pc.fill_null(whole, 0)
    if pa.types.is_struct(column.type):
        return pa.chunked_array([_without_internals(column.combine_chunks())])
    return column


def _without_internals(array: pa.StructArray) -> pa.StructArray:
    if isinstance(array, pa.ChunkedArray):
        array = pa.concat_arrays(array.chunks) if array.num_chunks else pa.array([], array.type)
    kept = [field for field in array.type if field.name not in _INTERNAL]
    fields = [pa.field("label" if f.name == "_LABEL" else f.name, f.type) for f in kept]
    arrays = [pc.struct_field(array, f.name) for f in kept]
    return pa.StructArray.from_arrays(arrays, fields=fields, mask=array.is_null())
