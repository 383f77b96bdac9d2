"""Repairs of the embedded engine's Arrow output.

The values of lists that are all empty come with offsets that were never written: Arrow's own check fails on them, and
others would read out of bounds.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc


def sound(table: pa.Table) -> pa.Table:
    """The same table, safe to validate, to send and to hand to others."""
    for number, field in enumerate(table.schema):
        if is_nested(field.type):
            chunks = [sound_array(chunk) for chunk in table.column(number).chunks]
            table = table.set_column(number, field.name, pa.chunked_array(chunks, field.type))
    return table


def is_nested(type_: pa.DataType) -> bool:
    """Whether it is a list or a struct."""
    return bool(pa.types.is_list(type_) or pa.types.is_struct(type_))


def sound_array(array: pa.Array) -> pa.Array:
    """The same array; every empty array of values in it is a new one."""
    if pa.types.is_list(array.type):
        values = array.values
        fresh = sound_array(values) if len(values) else pa.nulls(0, values.type)
        return pa.ListArray.from_arrays(array.offsets, fresh, type=array.type, mask=_mask(array))
    if pa.types.is_struct(array.type):
        fields = list(array.type)
        children = [sound_array(pc.struct_field(array, [number])) for number in range(len(fields))]
        return pa.StructArray.from_arrays(children, fields=fields, mask=_mask(array))
    return array


def _mask(array: pa.Array) -> pa.Array | None:
    return array.is_null() if array.null_count else None
