"""Contiguous stretches of each recording for training, validation and test, fixed when it is exported."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from schemas.bundle import TIME_SPLIT_COLUMNS
from schemas.errors import UsageError

PARTS = ("train", "validation", "test")
_ROUNDING = 1e-9  # of a recording's length, or of the sum of shares: what differs by less is the same


@dataclass(frozen=True)
class TimeSplit:
    """How a recording is cut along time.

    Args:
        parts: shares of train, validation and test, in this order.
        blocks: how often they follow each other: a recording is cut into so many equal stretches, each into its parts.
        gap_s: seconds left out after each edge, so that neighbouring samples do not lie in different parts.
    """

    parts: tuple[float, float, float] = (0.75, 0.0, 0.25)
    blocks: int = 1
    gap_s: float = 0.0

    def __post_init__(self) -> None:
        if not are_shares(self.parts):
            raise UsageError("the shares of time do not sum to 1", "e.g. --time-parts 0.6,0.2,0.2")
        if self.blocks < 1 or not 0 <= self.gap_s < float("inf"):
            raise UsageError(
                "a split along time needs a block or more, and a gap of 0 s or more", "e.g. blocks 1, gap 5"
            )


def are_shares(parts: tuple[float, float, float]) -> bool:
    """Whether numbers are shares of a whole."""
    return abs(sum(parts) - 1.0) <= _ROUNDING and min(parts) >= 0


def time_split(recording: pl.DataFrame, rule: TimeSplit) -> pl.DataFrame:
    """Cut each recording into blocks.

    Args:
        recording: rows of the `recording` table.
        rule: how.

    Returns:
        recording, block (from 0, in order of time), part, start_s and end_s: the times of its first and its last
        sample. A window belongs to a part where it lies within one block; blocks share no sample. A block that no
        sample falls into is absent.
    """
    rows = [
        (uid, block, *found)
        for uid, time in recording.sort("uid").select("uid", "time_s").iter_rows()
        for block, found in enumerate(_blocks(np.asarray(time, dtype=np.float64), rule))
    ]
    return pl.DataFrame(rows, schema=TIME_SPLIT_COLUMNS, orient="row")


def _blocks(time: np.ndarray[tuple[int], np.dtype[np.float64]], rule: TimeSplit) -> Iterator[tuple[str, float, float]]:
    """Part, first and last time of each block of one recording."""
    shares = [(name, share) for name, share in zip(PARTS, rule.parts, strict=True) if share] * rule.blocks
    length = float(time[-1] - time[0])
    edges = time[0] + length * np.cumsum([share / rule.blocks for _, share in shares])
    cuts = [0, *np.searchsorted(time, edges[:-1] - _ROUNDING * length).tolist(), len(time)]
    for i, (name, _) in enumerate(shares):
        inside = time[cuts[i] : cuts[i + 1]]
        if i:
            inside = inside[inside >= edges[i - 1] + rule.gap_s - _ROUNDING * length]
        if inside.size:
            yield name, float(inside[0]), float(inside[-1])
