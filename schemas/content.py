"""An order-free hash of what a table holds: the same rows give the same hash, in whatever order they stand."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

import numpy as np
import polars as pl

from schemas.keys import key_codes

_AT_ONCE = 200_000  # texts joined at a time: memory does not grow with the table


def content_hash(frame: pl.DataFrame, key: Sequence[str]) -> str:
    """SHA-256 of the rows sorted by `key`, column by column, with names and types.

    Args:
        frame: the rows; `key` must identify each of them.
        key: columns to sort by, texts by their UTF-8 bytes, nulls last; none leaves the order as it is.

    Returns:
        64 hex digits. Null, NaN and every bit of a float count, also the sign of -0.0.
    """
    digest = hashlib.sha256()
    order = _order(frame, key) if frame.height and key else None
    for name in sorted(frame.columns):
        column = frame.get_column(name)
        digest.update(f"\x1f{name}\x1e{column.dtype}\x1e{len(column)}\x1d".encode())
        _update(digest, column if order is None else column.gather(order))
    return digest.hexdigest()


def combined_hash(parts: Sequence[tuple[str, str]]) -> str:
    """One hash from named hashes, in whatever order they stand."""
    return hashlib.sha256("\n".join(f"{name}={value}" for name, value in sorted(parts)).encode()).hexdigest()


def _order(frame: pl.DataFrame, key: Sequence[str]) -> pl.Series:
    return pl.Series(key_codes(frame, key)).arg_sort()


def _update(digest: hashlib._Hash, column: pl.Series) -> None:
    nulls = column.is_null()
    digest.update(np.packbits(nulls.to_numpy()).tobytes())
    if isinstance(column.dtype, pl.List):
        lengths = column.list.len().fill_null(0)
        digest.update(_bytes(lengths.cast(pl.Int64)))
        _update(digest, column.filter(~nulls).list.explode(keep_nulls=False, empty_as_null=False))
    elif column.dtype == pl.String:
        present = column.drop_nulls()
        digest.update(_bytes(present.str.len_bytes().cast(pl.Int64)))
        for part in _parts(present):
            digest.update(part.str.join("").item().encode())
    else:
        zero = pl.lit(False) if column.dtype == pl.Boolean else pl.lit(0)
        filled = column.to_physical().to_frame().select(pl.first().fill_null(zero)).to_series()
        digest.update(_bytes(filled))


def _parts(column: pl.Series) -> Iterator[pl.Series]:
    for start in range(0, len(column), _AT_ONCE):
        yield column.slice(start, _AT_ONCE)


def _bytes(column: pl.Series) -> memoryview:
    return np.ascontiguousarray(column.to_numpy()).data
