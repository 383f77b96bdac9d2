"""Parts of connections against their wholes: the sum of the parts of a pair is its weight."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from schemas.keys import Codes

_TOLERANCE = 1e-9


def unequal_sums(parts: pl.DataFrame, whole: pl.DataFrame, known: Mapping[str, pl.Series]) -> pl.DataFrame:
    """Connections whose parts do not sum to the whole.

    Args:
        parts: rows with the columns of `known` and `weight`, several for each connection.
        whole: rows with the same columns, one for each connection.
        known: every value that each of the identifying columns may have; rows with another are left alone.

    Returns:
        Columns row (of the first part), whole (null where there is none), summed; in the order of rows.
    """
    part_rows, part_codes = _codes(parts, known)
    whole_rows, whole_codes = _codes(whole, known)
    order = np.argsort(part_codes, kind="stable")
    ordered = part_codes[order]
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]])) if len(ordered) else order
    summed = np.add.reduceat(_weights(parts, part_rows[order]), starts) if len(starts) else np.empty(0)
    by_code = np.argsort(whole_codes, kind="stable")
    place = np.searchsorted(whole_codes, ordered[starts], sorter=by_code)
    found = by_code[np.minimum(place, len(by_code) - 1)] if len(by_code) else np.zeros(len(starts), np.int64)
    exists = whole_codes[found] == ordered[starts] if len(by_code) else np.zeros(len(starts), bool)
    totals = _weights(whole, whole_rows[found]) if len(by_code) else np.zeros(len(starts))
    wrong = np.flatnonzero(~exists | ~(np.abs(summed - totals) <= _TOLERANCE * totals))
    total = pl.Series(totals[wrong]).set(pl.Series(~exists[wrong]), None)
    return pl.DataFrame({"row": part_rows[order[starts[wrong]]], "whole": total, "summed": summed[wrong]}).sort("row")


def _codes(frame: pl.DataFrame, known: Mapping[str, pl.Series]) -> tuple[Codes, Codes]:
    """Rows whose values are all known, and a number for each that is the same in every table."""
    codes = pl.Series("code", np.zeros(frame.height, np.int64))
    for column, values in known.items():
        categories = values.drop_nulls().unique().sort()
        physical = frame.get_column(column).cast(pl.Enum(categories), strict=False).to_physical().cast(pl.Int64)
        codes = codes * len(categories) + physical
    rows = codes.is_not_null().arg_true()
    return rows.cast(pl.Int64).to_numpy(), codes.gather(rows).to_numpy()


def _weights(frame: pl.DataFrame, rows: Codes) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return frame.get_column("weight").gather(rows).to_numpy()
