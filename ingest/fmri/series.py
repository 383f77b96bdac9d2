"""Region series as text: one row per region, one column per sample, comma between, no header."""

from __future__ import annotations

from typing import Any

import numpy as np

from ingest.files import number
from schemas.errors import Place, SourceError

Array = np.ndarray[Any, np.dtype[np.float64]]


def read_series(content: bytes, n_regions: int, place: Place) -> Array:
    """Parse region series.

    Args:
        content: UTF-8 text of numbers.
        n_regions: how many rows there must be.
        place: file and member, for messages.

    Returns:
        Shape (n_regions, samples), finite.

    Raises:
        SourceError: not text, another number of rows, rows of different length, or a cell that is
            not a number.
    """
    rows = [line.split(",") for line in _text(content, place).rstrip().splitlines()]
    if len(rows) != n_regions:
        hint = "rows are regions and columns samples; is the file of another atlas, or transposed?"
        raise SourceError(f"has {len(rows)} rows, one for each of {n_regions} regions was expected", hint, place)
    for i, row in enumerate(rows, start=1):
        if len(row) != len(rows[0]):
            text = f"has {len(row)} cells, row 1 has {len(rows[0])}"
            raise SourceError(text, "correct the row", Place(place.file, place.sheet, i))
    if len(rows[0]) < 2:  # noqa: PLR2004
        raise SourceError("has fewer than two samples", "is the separator a comma?", place)
    return _numbers(rows, place)


def _text(content: bytes, place: Place) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourceError("is not UTF-8 text", f"it begins with {content[:16]!r}", place) from error


def _numbers(rows: list[list[str]], place: Place) -> Array:
    try:
        values = np.array(rows, dtype=np.float64)
    except ValueError:
        values = np.full((1, 1), np.nan)
    if not np.isfinite(values).all():
        for i, row in enumerate(rows, start=1):
            for j, cell in enumerate(row, start=1):
                number(cell, Place(place.file, place.sheet, i, str(j)))
    return values
