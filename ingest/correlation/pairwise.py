"""Pearson correlation of pairs of traces over the samples that both have, and its mean over recordings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ingest.fmri import pearson

Floats = np.ndarray[Any, np.dtype[np.float64]]
Whole = np.ndarray[Any, np.dtype[np.int64]]

_FLAT = 1e-9  # variance over the common samples, as a share of the trace's own, below which r is noise of rounding


@dataclass(frozen=True)
class NamedTraces:
    """Traces of the identified neurons of one recording.

    Args:
        cells: index of the neuron of each trace, each once, int[traces].
        values: float[traces, samples], NaN where missing.
    """

    cells: Whole
    values: Floats


@dataclass(frozen=True)
class Sums:
    """Sums over the common samples of pairs, arrays of one shape: n, of x and y, their squares and product."""

    n: Floats
    x: Floats
    y: Floats
    xx: Floats
    yy: Floats
    xy: Floats

    def r(self) -> Floats:
        """Pearson r; NaN without common samples, and where x or y does not change over them."""
        spread_x, spread_y = self.n * self.xx - self.x**2, self.n * self.yy - self.y**2
        moving = (self.n > 0) & (np.minimum(spread_x, spread_y) > _FLAT * self.n**2)
        scale = np.sqrt(np.where(moving, spread_x * spread_y, 1.0))
        return np.where(moving, np.clip((self.n * self.xy - self.x * self.y) / scale, -1.0, 1.0), np.nan)


def correlation(values: Floats) -> tuple[Floats, Whole]:
    """Pearson r of every pair of traces, pairwise complete.

    Args:
        values: float[traces, samples], NaN where missing.

    Returns:
        r, float[traces, traces], NaN where a trace does not change over the common samples, or there are none; and
        how many samples are common, int[traces, traces].
    """
    measured = ~np.isnan(values)
    if measured.all():
        return pearson.correlation(values), np.full((len(values), len(values)), values.shape[1], np.int64)
    z, seen = standardised(values), measured.astype(np.float64)
    x, xx = z @ seen.T, z**2 @ seen.T
    sums = Sums(seen @ seen.T, x, x.T, xx, xx.T, z @ z.T)
    return sums.r(), sums.n.astype(np.int64)


def standardised(values: Floats) -> Floats:
    """Each trace with mean 0 and standard deviation 1 over its own samples; 0 where missing, or where it never changes.

    Args:
        values: float[traces, samples], NaN where missing.
    """
    measured = ~np.isnan(values)
    filled = np.where(measured, values, 0.0)
    n = np.maximum(1, measured.sum(axis=1, keepdims=True))
    centred = np.where(measured, filled - filled.sum(axis=1, keepdims=True) / n, 0.0)
    spread = np.sqrt((centred**2).sum(axis=1, keepdims=True) / n)
    changing = ~never_changes(values)[:, None] & (spread > 0)
    return np.asarray(np.divide(centred, spread, out=np.zeros_like(centred), where=changing))


def without_trend(values: Floats) -> Floats:
    """Each trace less the straight line that fits its samples best.

    Args:
        values: float[traces, samples], NaN where missing.
    """
    seen = ~np.isnan(values)
    n = np.maximum(1, seen.sum(axis=1, keepdims=True))
    time = np.where(seen, np.arange(values.shape[1]), 0.0)
    time = np.where(seen, time - time.sum(axis=1, keepdims=True) / n, 0.0)
    level = np.where(seen, values, 0.0).sum(axis=1, keepdims=True) / n
    rise = (time * np.where(seen, values - level, 0.0)).sum(axis=1, keepdims=True)
    run = (time**2).sum(axis=1, keepdims=True)
    slope = np.divide(rise, run, out=np.zeros_like(rise), where=run > 0)
    return np.asarray(values - level - slope * time)


def never_changes(values: Floats) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Which traces have samples, all of one value, bool[traces]."""
    seen = ~np.isnan(values)
    highest, lowest = np.where(seen, values, -np.inf).max(axis=1), np.where(seen, values, np.inf).min(axis=1)
    return np.asarray(highest == lowest)


def mean_correlation(recordings: Sequence[NamedTraces], n_cells: int) -> tuple[Floats, Whole]:
    """`pooled` correlations of all traces, however few samples they have in common."""
    return pooled([(each.cells, correlation(each.values)[0]) for each in recordings], n_cells)


def pooled(correlations: Sequence[tuple[Whole, Floats]], n_cells: int) -> tuple[Floats, Whole]:
    """The mean of r over the recordings that have it.

    Args:
        correlations: of each recording the neuron of each trace, int[traces], and r, float[traces, traces].
        n_cells: how many neurons there are.

    Returns:
        Mean r, float[n_cells, n_cells], NaN where no recording has it; and how many have it, int[n_cells, n_cells].
    """
    total, seen = np.zeros((n_cells, n_cells)), np.zeros((n_cells, n_cells), np.int64)
    for cells, r in correlations:
        both = np.ix_(cells, cells)
        total[both] += np.nan_to_num(r)
        seen[both] += ~np.isnan(r)
    return np.divide(total, seen, out=np.full_like(total, np.nan), where=seen > 0), seen
