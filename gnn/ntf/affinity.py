"""Differential affinity: how much two neurons change together, now.

With d_i(t) the derivative of a trace in units of its own robust scale,

    a_ij(t) = sqrt(max(0, d_i(t) d_j(t)))

so changes of opposite sign give 0 and no window of time is needed. (Our choice of formula: local, symmetric,
non-negative and non-linear as the paper requires of it.) Since sqrt(max(0, x y)) = sqrt(x+ y+) + sqrt(x- y-),
the mean over a bin of time is a sum of two products of matrices.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_MAD_TO_STD = 1.4826  # of a Gaussian
_TRUNCATE = 4.0  # standard deviations at which the kernel ends


def smooth(trace: Array, sigma: float) -> Array:
    """Gaussian smoothing of one trace; at the ends the kernel's weights are those of the samples that exist.

    Args:
        trace: shape (samples,), no NaN.
        sigma: standard deviation of the kernel in samples; 0 returns the trace.

    Returns:
        Shape (samples,).
    """
    half = int(np.ceil(_TRUNCATE * sigma))
    if half == 0:
        return trace
    kernel = np.exp(-0.5 * (np.arange(-half, half + 1) / sigma) ** 2)
    total = np.convolve(trace, kernel)[half : half + trace.size]
    weight = np.convolve(np.ones_like(trace), kernel)[half : half + trace.size]
    return np.asarray(total / weight)


def scaled_derivative(values: Array, step_s: float) -> Array:
    """Derivatives in units of each trace's robust scale.

    Central differences (one-sided at the ends). The scale is 1.4826 times the median absolute derivative: for
    a neuron that is mostly quiet it is the size of the noise, so a rare event counts as large. Where more
    than half of the derivatives are exactly zero the scale is their root mean square; a constant trace stays
    zero.

    Args:
        values: shape (samples, neurons); NaN columns stay NaN.
        step_s: step of time in seconds.

    Returns:
        Shape (samples, neurons), without unit.
    """
    slope = np.gradient(values, step_s, axis=0)
    scale = _MAD_TO_STD * np.median(np.abs(slope), axis=0)
    scale = np.where(scale == 0, np.sqrt(np.mean(slope**2, axis=0)), scale)
    return slope / np.where(scale == 0, 1.0, scale)


def bin_starts(n_samples: int, max_bins: int) -> NDArray[np.int64]:
    """First samples of equal bins, the smallest that make at most `max_bins`; the last may be shorter."""
    return np.arange(0, n_samples, -(-n_samples // max_bins), dtype=np.int64)


def binned_affinity(derivative: Array, starts: NDArray[np.int64]) -> Array:
    """Affinity of every pair of neurons, averaged in each bin of time.

    Args:
        derivative: shape (samples, neurons), no NaN.
        starts: first sample of each bin.

    Returns:
        Shape (bins, pairs); pairs in the order of `numpy.triu_indices(neurons, 1)`.
    """
    rising = np.sqrt(np.maximum(derivative, 0))
    falling = np.sqrt(np.maximum(-derivative, 0))
    upper = np.triu_indices(derivative.shape[1], 1)
    ends = np.append(starts[1:], derivative.shape[0])
    bins = np.empty((starts.size, upper[0].size))
    for b, (start, end) in enumerate(zip(starts, ends, strict=True)):
        up, down = rising[start:end], falling[start:end]
        bins[b] = ((up.T @ up + down.T @ down) / (end - start))[upper]
    return bins


def chance_affinity(derivative: Array) -> Array:
    """Mean affinity that every pair would have if its two neurons knew nothing of each other.

    The mean of a product of independent signals is the product of their means, so with x+ and x- the rising
    and falling parts this is mean(sqrt(d_i+)) mean(sqrt(d_j+)) + mean(sqrt(d_i-)) mean(sqrt(d_j-)).

    Args:
        derivative: shape (samples, neurons), no NaN.

    Returns:
        Shape (pairs,), in the order of `numpy.triu_indices(neurons, 1)`.
    """
    rising = np.sqrt(np.maximum(derivative, 0)).mean(axis=0)
    falling = np.sqrt(np.maximum(-derivative, 0)).mean(axis=0)
    return np.asarray((np.outer(rising, rising) + np.outer(falling, falling))[np.triu_indices(rising.size, 1)])
