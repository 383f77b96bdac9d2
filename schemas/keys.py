"""Whole numbers that stand for the keys of rows: they compare millions of ids without touching their texts again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

Codes = np.ndarray[Any, np.dtype[np.int64]]
_MOST = 2**62


def key_codes(frame: pl.DataFrame, key: Sequence[str]) -> Codes:
    """One number for each row: numbers are equal where keys are, and in the order of the keys, nulls last.

    Args:
        frame: the rows.
        key: columns of texts or numbers, the first one counts most.

    Returns:
        int64[rows]
    """
    codes = np.zeros(frame.height, np.int64)
    width = 1
    for name in key:
        ranks, count = _ranks(frame.get_column(name))
        if count <= 1:
            continue
        if width * count > _MOST:
            found, codes = np.unique(codes, return_inverse=True)
            width = len(found)
        codes *= count
        codes += ranks
        width *= count
    return codes


def repeated(codes: Codes) -> bool:
    """Whether a number stands more than once."""
    ordered = np.sort(codes)
    return bool((ordered[1:] == ordered[:-1]).any())


def _ranks(column: pl.Series) -> tuple[Codes, int]:
    """Rank of each value among the distinct ones, null last; and how many ranks there are."""
    if column.dtype in (pl.String, pl.Categorical):
        distinct = column.unique().drop_nulls().cast(pl.String)
        if 2 * len(distinct) < len(column):  # few texts, each often: they are looked up, not sorted
            return _filled(column.cast(pl.Enum(distinct.sort())).to_physical(), len(distinct))
        column = column.cast(pl.String)
    ranks = column.rank("dense")
    highest = ranks.max()
    return _filled(ranks - 1, highest if isinstance(highest, int) else 0)


def _filled(ranks: pl.Series, count: int) -> tuple[Codes, int]:
    absent = ranks.null_count() > 0
    filled: Codes = ranks.fill_null(count).cast(pl.Int64).to_numpy(writable=False)
    return filled, count + absent
