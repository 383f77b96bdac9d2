"""Residual calcium: the derivative of each trace on the times at which it was sampled."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[np.float64]]


def derivative(time: Array, values: Array) -> Array:
    """Second-order differences for unequal steps, one-sided at both ends (Quarteroni et al., Numerical Mathematics).

    It is missing where the sample or one of its neighbours is, and looks one sample ahead.

    Args:
        time: strictly increasing, s, shape (samples,), two or more.
        values: NaN where missing, shape (samples, traces).

    Returns:
        Per second, shape (samples, traces).
    """
    found: Array = np.gradient(values, time, axis=0)
    # with equal steps the middle sample has no weight, and the derivative would not notice that it is missing
    return np.where(np.isnan(values), np.nan, found)
