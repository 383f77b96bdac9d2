"""One scale for all traces. Missing samples take no part and stay missing."""

from __future__ import annotations

from typing import Any

import numpy as np

from ingest.homogenise.config import HomogeniseConfig

Array = np.ndarray[Any, np.dtype[np.float64]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]

# of a normal distribution: its standard deviation over its median, and over its mean, absolute deviation
_MAD_TO_STD = 1.482602218505602
_MEAN_AD_TO_STD = 1.2533141373155001
_ROUNDING = 1e-9  # a spread below this share of the level is that of rounding


def normalise(values: Array, config: HomogeniseConfig) -> Array:
    """Normalise as configured; shapes as of the functions below."""
    match config.normalisation:
        case "zscore":
            return zscore(values)
        case "causal":
            return causal(values, config.variance_floor)
        case "robust":
            return robust(values)
        case _:
            return values


def zscore(values: Array) -> Array:
    """(x - mean) / standard deviation (of all samples, divided by n); a constant trace is 0 throughout.

    Mean and deviation are those of the whole recording, so that each value depends on later ones.

    Args:
        values: NaN where missing, shape (samples, traces).

    Returns:
        In standard deviations, shape (samples, traces).
    """
    centred = values - _mean(values)
    spread = np.sqrt(_mean(centred**2))
    return _over(centred, np.where(constant(values), 0.0, spread))


def robust(values: Array) -> Array:
    """(x - median) / (1.4826 MAD), MAD the median absolute deviation: outliers move neither.

    Where more than half of the samples are equal, MAD is 0 and 1.2533 times the mean absolute deviation takes its
    place (Iglewicz & Hoaglin 1993). A constant trace is 0 throughout.

    Args:
        values: NaN where missing, shape (samples, traces).

    Returns:
        In standard deviations of a normal distribution of that MAD, shape (samples, traces).
    """
    centred = values - _median(values)
    deviation = np.abs(centred)
    mad, mean_ad = _MAD_TO_STD * _median(deviation), _MEAN_AD_TO_STD * _mean(deviation)
    return _over(centred, np.where(constant(values), 0.0, np.where(mad > 0, mad, mean_ad)))


def causal(values: Array, variance_floor: float) -> Array:
    """(x[t] - mean up to t) / standard deviation up to t, both of the samples so far and x[t].

    One pass, by updates of mean and sum of squares (Welford 1962): the difference of two large sums would cancel.

    Args:
        values: NaN where missing, shape (samples, traces).
        variance_floor: least variance, in the square of the unit of the values.

    Returns:
        In standard deviations, shape (samples, traces).
    """
    out = np.full_like(values, np.nan)
    count, mean, squares = (np.zeros(values.shape[1]) for _ in range(3))
    for t, row in enumerate(values):
        there = ~np.isnan(row)
        count += there
        step = np.where(there, row - mean, 0.0)
        mean += np.divide(step, count, out=np.zeros_like(step), where=there)
        squares += np.where(there, step * (row - mean), 0.0)
        variance = np.maximum(squares / np.maximum(count, 1.0), variance_floor)
        out[t, there] = ((row - mean) / np.sqrt(variance))[there]
    return out


def constant(values: Array) -> Flags:
    """Traces without any spread, shape (traces,); also those without any sample."""
    there = ~np.isnan(values)
    low = np.where(there, values, np.inf).min(axis=0, initial=np.inf)
    high = np.where(there, values, -np.inf).max(axis=0, initial=-np.inf)
    level = np.maximum(np.abs(low), np.abs(high))
    return np.asarray(~(high - low > _ROUNDING * np.where(np.isfinite(level), level, 0.0)))


def _mean(values: Array) -> Array:
    there = ~np.isnan(values)
    # along contiguous memory numpy sums in pairs: more exact, and the same whatever traces stand beside
    total = np.ascontiguousarray(np.where(there, values, 0.0).T).sum(axis=1)
    return np.asarray(total / np.maximum(there.sum(axis=0), 1))


def _median(values: Array) -> Array:
    columns = (column[~np.isnan(column)] for column in values.T)
    return np.array([np.median(column) if column.size else 0.0 for column in columns])


def _over(centred: Array, scale: Array) -> Array:
    """Divided by the scale; 0 where there is none, missing where missing."""
    scaled = np.divide(centred, scale, out=np.zeros_like(centred), where=scale > 0)
    return np.where(np.isnan(centred), np.nan, scaled)
