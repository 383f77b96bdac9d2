"""One shape for the answers of both engines: plain Arrow types, whole numbers as int64, no engine internals.

A node becomes a struct `label, uid, …`; a relationship `label, _start, _end, …` with the uids of its ends, null where
the answer does not hold those nodes; a path `nodes, relationships`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from neo4j.graph import Node, Path, Relationship

from graphdb.arrow_sound import sound

START, END = "_start", "_end"
_INTERNAL = ("_ID", "_SRC", "_DST", "_LABEL")
_ENGINE_S = frozenset(
    type_.id for type_ in (pa.decimal128(1), pa.decimal256(1), pa.struct([]), pa.list_(pa.null()))
)  # kinds of values that are to be written anew
_PLAIN = frozenset((type(None), bool, int, float, str))
_TABLE_SHIFT = 44  # offsets of nodes lie far below


def normalised(table: pa.Table) -> pa.Table:
    """Ladybug's Arrow table without 128-bit sums and internal ids.

    A sum of integers is 128 bits wide there and null over no rows; in openCypher it is an integer and 0.
    """
    if _ENGINE_S.isdisjoint(type_.id for type_ in table.schema.types):
        return table if len(set(table.column_names)) == table.num_columns else _renamed(table)
    table = sound(table)
    uids = _Uids(table) if any(_holds_relationship(field.type) for field in table.schema) else None
    return _renamed(pa.Table.from_arrays([_column(column, uids) for column in table.columns], table.column_names))


def from_records(names: list[str], records: list[list[Any]]) -> pa.Table:
    """An Arrow table from the Neo4j driver's rows; a column of mixed types becomes JSON text."""
    columns = zip(*records, strict=True) if records else ([] for _ in names)
    return pa.Table.from_arrays([_array(_plain_of(values)) for values in columns], names=_distinct(names))


def _plain_of(values: Sequence[Any]) -> Sequence[Any]:
    return values if _PLAIN.issuperset(map(type, values)) else [_plain(v) for v in values]


def _array(values: Sequence[Any]) -> pa.Array:
    try:
        found = pa.array(values)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return pa.array([None if v is None else json.dumps(v, default=str) for v in values], pa.string())
    return found.cast(pa.string()) if pa.types.is_null(found.type) else found


def _plain(value: Any) -> Any:  # noqa: PLR0911
    if type(value) in _PLAIN:
        return value
    if isinstance(value, Node):
        return {"label": next(iter(value.labels), None), **_properties(value)}
    if isinstance(value, Relationship):
        ends = {name: node.get("uid") if node else None for name, node in zip((START, END), value.nodes, strict=True)}
        return {"label": value.type, **ends, **_properties(value)}
    if isinstance(value, Path):
        return {
            "nodes": [_plain(n) for n in value.nodes],
            "relationships": [_plain(r) for r in value.relationships],
        }
    if isinstance(value, list):
        return [_plain(v) for v in value]
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    return value.to_native() if hasattr(value, "to_native") else value


def _properties(of: Node | Relationship) -> dict[str, Any]:
    """In one order: the server gives them in any."""
    return {key: _plain(value) for key, value in sorted(of.items(), key=lambda each: (each[0] != "uid", each[0]))}


def _renamed(table: pa.Table) -> pa.Table:
    return table.rename_columns(_distinct(table.column_names))


def _distinct(names: list[str]) -> list[str]:
    """Names made distinct by a number: `RETURN a.x, a.x` gives two columns."""
    seen: dict[str, int] = {}
    found = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        found.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return found


def _is_engine_s(type_: pa.DataType) -> bool:
    return type_.id in _ENGINE_S


def _holds_relationship(type_: pa.DataType) -> bool:
    if pa.types.is_list(type_):
        return _holds_relationship(type_.value_type)
    names = _names(type_)
    return "_SRC" in names or "_RELS" in names


def _names(type_: pa.DataType) -> list[str]:
    return [field.name for field in type_] if pa.types.is_struct(type_) else []


class _Uids:
    """From the engine's numbers of the nodes in a table to their uids."""

    def __init__(self, table: pa.Table) -> None:
        found = [pair for column in table.columns for chunk in column.chunks for pair in _numbered(chunk)]
        numbers = pa.chunked_array([n for n, _ in found], pa.int64()).combine_chunks()
        uids = pa.chunked_array([u for _, u in found], pa.string()).combine_chunks()
        self._numbers, self._uids = numbers, uids

    def of(self, ids: pa.StructArray) -> pa.Array:
        """The uids of internal ids; null where the table does not hold the node."""
        return self._uids.take(pc.index_in(_numbers(ids), value_set=self._numbers))


def _numbered(array: pa.Array) -> Iterator[tuple[pa.Array, pa.Array]]:
    names = _names(array.type)
    if pa.types.is_list(array.type):
        yield from _numbered(array.flatten())
    elif "_NODES" in names:
        yield from _numbered(pc.struct_field(array, "_NODES"))
    elif "_ID" in names and "_SRC" not in names and "uid" in names:
        kept = array.drop_null()
        yield _numbers(pc.struct_field(kept, "_ID")), pc.struct_field(kept, "uid").cast(pa.string())


def _numbers(ids: pa.StructArray) -> pa.Array:
    return pc.add(pc.shift_left(pc.struct_field(ids, "table"), _TABLE_SHIFT), pc.struct_field(ids, "offset"))


def _column(column: pa.ChunkedArray, uids: _Uids | None) -> pa.ChunkedArray:
    if pa.types.is_decimal(column.type):
        return _whole(column)
    if not _is_engine_s(column.type):
        return column
    chunks = [_value(chunk, uids) for chunk in column.chunks]
    return pa.chunked_array(chunks or [_value(pa.array([], column.type), uids)])


def _whole(column: pa.ChunkedArray) -> pa.ChunkedArray:
    whole = pc.cast(column, pa.decimal128(38, 0))
    try:
        return pc.fill_null(whole.cast(pa.int64()), 0)
    except pa.ArrowInvalid:
        return whole.cast(pa.string())  # beyond 64 bits: exact as text, wrong as anything else


def _value(array: pa.Array, uids: _Uids | None) -> pa.Array:
    if pa.types.is_list(array.type) and _is_engine_s(array.type.value_type):
        return pa.ListArray.from_arrays(array.offsets, _value(array.values, uids), mask=array.is_null())
    if not pa.types.is_struct(array.type):
        return array
    names = _names(array.type)
    fields: dict[str, pa.Array] = {}
    if "_LABEL" in names:
        fields["label"] = pc.struct_field(array, "_LABEL")
    if "_SRC" in names and uids is not None:
        fields[START] = uids.of(pc.struct_field(array, "_SRC"))
        fields[END] = uids.of(pc.struct_field(array, "_DST"))
    renamed = {"_NODES": "nodes", "_RELS": "relationships"}
    for name in names:
        if name not in _INTERNAL:
            fields[renamed.get(name, name)] = _value(pc.struct_field(array, name), uids)
    return pa.StructArray.from_arrays(list(fields.values()), list(fields), mask=array.is_null())
