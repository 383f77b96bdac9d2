"""Causal smoothing: a sample is averaged with those before it, never with one after it.

A missing sample stays missing and lends no weight to the others: weights are divided by their sum over the samples
that are there.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ingest.homogenise.config import HomogeniseConfig

Array = np.ndarray[Any, np.dtype[np.float64]]

_NEGLIGIBLE = 2.0**-60  # of the weight of the newest sample: less than rounding takes


def smooth(values: Array, config: HomogeniseConfig) -> Array:
    """Smooth as configured; shapes as of the functions below."""
    match config.smoothing:
        case "gaussian":
            return gaussian(values, config.sigma_samples)
        case "exponential":
            return exponential(values, config.alpha)
        case "moving":
            width = config.window_samples
            return moving_average(values, published_width(width) if config.half_window else width)
        case _:
            return values


def published_width(window: int) -> int:
    """Samples in a published "window" of that size: from t - window // 2 to t, an even size made odd first."""
    return (window | 1) // 2 + 1


def gaussian(values: Array, sigma_samples: float) -> Array:
    """One side of a Gaussian: weights exp(-(i - k)^2 / (2 sigma^2)) for i <= k.

    Args:
        values: NaN where missing, shape (samples, traces).
        sigma_samples: its standard deviation in samples.

    Returns:
        Shape (samples, traces).
    """
    reach = int(sigma_samples * np.sqrt(-2.0 * np.log(_NEGLIGIBLE))) + 1
    lags = np.arange(min(reach + 1, len(values)))
    return _weighted(values, np.exp(-(lags**2) / (2.0 * sigma_samples**2)))


def moving_average(values: Array, width: int) -> Array:
    """Mean of the last `width` samples, the newest included; fewer at the start.

    Args:
        values: NaN where missing, shape (samples, traces).
        width: samples, 1 or more.

    Returns:
        Shape (samples, traces).
    """
    return _weighted(values, np.ones(min(width, len(values))))


def exponential(values: Array, alpha: float) -> Array:
    """s[t] = alpha x[t] + (1 - alpha) s[t - 1], s[0] = x[0]; after k - 1 missing samples (1 - alpha)^k is left of s.

    Args:
        values: NaN where missing, shape (samples, traces).
        alpha: weight of the newest sample, above 0 and at most 1.

    Returns:
        Shape (samples, traces).
    """
    out = np.full_like(values, np.nan)
    state = np.zeros(values.shape[1])
    left = np.zeros(values.shape[1])  # of the state; 0 before the first sample
    for t, row in enumerate(values):
        left *= 1.0 - alpha
        there = ~np.isnan(row)
        state = np.where(there, row + left * (state - row), state)
        left[there] = 1.0
        out[t, there] = state[there]
    return out


def _weighted(values: Array, weights: Array) -> Array:
    """sum_l weights[l] x[t - l] / sum_l weights[l] over the samples that are there.

    Sums over lags, not by FFT or running sums: those would let rounding errors of one sample reach all others.
    """
    there = ~np.isnan(values)
    filled = np.where(there, values, 0.0)
    total, weight = np.zeros_like(filled), np.zeros_like(filled)
    for lag, w in enumerate(weights):
        total[lag:] += w * filled[: len(filled) - lag]
        weight[lag:] += w * there[: len(there) - lag]
    return np.divide(total, weight, out=np.full_like(total, np.nan), where=there)
