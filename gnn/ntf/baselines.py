"""What the model is measured against: plain correlation, the mean affinity, and shuffled time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from gnn.ntf.activity import Activity
    from gnn.ntf.tensor import PairTensor

Array = NDArray[np.float64]


def correlation(activity: Activity) -> Array:
    """Positive part of the Pearson correlation of traces, averaged over recordings.

    Recordings count that measured both neurons.

    Returns:
        Shape (nodes, nodes), symmetric; zero where no recording measured both, and on the diagonal.
    """
    n = len(activity.nodes)
    total, count = np.zeros((n, n)), np.zeros((n, n))
    for values, measured in zip(activity.values, activity.measured, strict=True):
        present = np.flatnonzero(measured)
        centred = values[:, present] - values[:, present].mean(axis=0)
        norm = np.linalg.norm(centred, axis=0)
        unit = centred / np.where(norm == 0, 1.0, norm)
        block = np.ix_(present, present)
        total[block] += np.maximum(unit.T @ unit, 0)
        count[block] += 1
    mean = total / np.maximum(count, 1)
    np.fill_diagonal(mean, 0)
    return mean


def constant_explained(tensor: PairTensor) -> float:
    """Share explained by the mean of each pair, the same at all times and in all recordings."""
    mean = tensor.mean()
    error = sum(
        float(np.square(x - mean[columns]).sum()) for x, columns in zip(tensor.slices, tensor.columns, strict=True)
    )
    return 1 - error / tensor.square_sum()


def shifted(derivative: Array, seed: int) -> Array:
    """Every trace shifted in a circle by its own random time.

    Its shape stays, what it shares with others goes.

    Args:
        derivative: shape (recordings, samples, nodes).
        seed: of the shifts, which are uniform between a tenth and nine tenths of the recording.

    Returns:
        The same shape.
    """
    rng = np.random.default_rng(seed)
    recordings, samples, nodes = derivative.shape
    shifts = rng.integers(samples // 10, samples - samples // 10, size=(recordings, 1, nodes))
    return np.take_along_axis(derivative, (np.arange(samples)[None, :, None] - shifts) % samples, axis=1)
