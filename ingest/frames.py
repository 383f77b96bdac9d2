"""Whole columns into a table's frame: the columnwise sibling of `schemas.tables.frame`."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from schemas import tables


def complete(table: str, frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with all columns of the table, in order and of its types; those it does not have are null.

    Raises:
        ValueError: the frame has a column that the table does not have.
    """
    schema = tables.columns(table)
    unknown = set(frame.columns) - set(schema)
    if unknown:
        raise ValueError(f"table {table!r} has no column {sorted(unknown)}")
    return tables.completed(table, frame).select(pl.col(name).cast(dtype) for name, dtype in schema.items())


def list_column(name: str, values: np.ndarray[Any, Any]) -> pl.Series:
    """A column whose row i is the list values[i].

    Args:
        name: of the column.
        values: shape (rows, length).
    """
    rows, length = values.shape
    flat = pl.Series(name, np.ascontiguousarray(values).reshape(-1))
    return flat.reshape((rows, length)).arr.to_list()
