"""An order-free hash of what a table holds: the same rows give the same hash, in whatever order they stand."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import polars as pl


def content_hash(frame: pl.DataFrame, key: Sequence[str]) -> str:
    """SHA-256 of the rows sorted by `key`, column by column, with names and types.

    Args:
        frame: the rows; `key` must identify each of them.
        key: columns to sort by.

    Returns:
        64 hex digits. Null, NaN and every float bit count; -0.0 equals 0.0.
    """
    digest = hashlib.sha256()
    ordered = frame.sort(list(key), nulls_last=True) if frame.height and key else frame
    for name in sorted(ordered.columns):
        column = ordered.get_column(name)
        digest.update(f"\x1f{name}\x1e{column.dtype}\x1e{len(column)}\x1d".encode())
        _update(digest, column)
    return digest.hexdigest()


def combined_hash(parts: Sequence[tuple[str, str]]) -> str:
    """One hash from named hashes, in whatever order they stand."""
    return hashlib.sha256("\n".join(f"{name}={value}" for name, value in sorted(parts)).encode()).hexdigest()


def _update(digest: hashlib._Hash, column: pl.Series) -> None:
    nulls = column.is_null()
    digest.update(np.packbits(nulls.to_numpy()).tobytes())
    if isinstance(column.dtype, pl.List):
        lengths = column.list.len().fill_null(0)
        digest.update(lengths.cast(pl.Int64).to_numpy().tobytes())
        _update(digest, column.filter(~nulls).list.explode(keep_nulls=False, empty_as_null=False))
    elif column.dtype == pl.String:
        present = column.filter(~nulls)
        digest.update(present.str.len_bytes().cast(pl.Int64).to_numpy().tobytes())
        digest.update("".join(present.to_list()).encode())
    else:
        if column.dtype.is_float():
            column = column + 0.0  # -0.0 becomes 0.0
        zero = pl.lit(False) if column.dtype == pl.Boolean else pl.lit(0)
        filled = column.to_physical().to_frame().select(pl.first().fill_null(zero)).to_series()
        digest.update(np.ascontiguousarray(filled.to_numpy()).tobytes())
