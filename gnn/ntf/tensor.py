"""The tensor time x recording x pair. A pair that a recording did not measure is missing, never zero."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gnn.ntf.affinity import bin_starts, binned_affinity, chance_affinity, scaled_derivative

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gnn.ntf.activity import Activity

Array = NDArray[np.float64]
FloatArray = NDArray[np.float32] | NDArray[np.float64]
Index = NDArray[np.intp]


@dataclass(frozen=True)
class PairTensor:
    """Non-negative tensor X[time, recording, pair]; the mask M[recording, pair] is the same at all times.

    `slices[w]` holds the measured pairs of recording w, shape (times, measured pairs); `columns[w]` says
    which of the `n_pairs` pairs they are. Every pair is measured in at least one recording. `chance[w]`,
    shape (measured pairs,), is what the mean over time would be for neurons that are independent.
    """

    slices: tuple[FloatArray, ...]
    columns: tuple[Index, ...]
    n_pairs: int
    chance: tuple[FloatArray, ...]

    @property
    def n_times(self) -> int:
        return int(self.slices[0].shape[0])

    def mask(self) -> Array:
        """1 where measured, shape (recordings, pairs)."""
        mask = np.zeros((len(self.slices), self.n_pairs))
        for w, columns in enumerate(self.columns):
            mask[w, columns] = 1
        return mask

    def square_sum(self) -> float:
        return float(sum(np.square(x, dtype=np.float64).sum() for x in self.slices))

    def mean(self) -> Array:
        """Mean of each pair over times and over the recordings that measured it, shape (pairs,)."""
        return self._over_recordings([x.mean(axis=0, dtype=np.float64) for x in self.slices])

    def mean_by_chance(self) -> Array:
        """What `mean` would be for independent neurons, shape (pairs,)."""
        return self._over_recordings(self.chance)

    def _over_recordings(self, rows: Sequence[FloatArray]) -> Array:
        total = np.zeros(self.n_pairs)
        for row, columns in zip(rows, self.columns, strict=True):
            total[columns] += row
        return np.asarray(total / self.mask().sum(axis=0))


@dataclass(frozen=True)
class Pairs:
    """The pairs of the tensor: indices into the nodes, `first` < `second`, both of shape (pairs,)."""

    first: Index
    second: Index

    def matrix(self, values: Array, n_nodes: int) -> Array:
        """Symmetric matrix of one value per pair, zero elsewhere, shape (n_nodes, n_nodes)."""
        matrix = np.zeros((n_nodes, n_nodes))
        matrix[self.first, self.second] = values
        matrix[self.second, self.first] = values
        return matrix


def derivatives(activity: Activity) -> Array:
    """Scaled derivatives of every trace, shape (recordings, samples, nodes); NaN where not measured."""
    return np.stack([scaled_derivative(values, activity.grid.step_s) for values in activity.values])


def pair_tensor(derivative: Array, measured: NDArray[np.bool_], max_bins: int) -> tuple[PairTensor, Pairs]:
    """Affinities of all pairs that some recording measured together, in single precision.

    Args:
        derivative: shape (recordings, samples, nodes).
        measured: shape (recordings, nodes).
        max_bins: at most so many bins of time.
    """
    upper = np.triu_indices(measured.shape[1], 1)
    together = measured[:, upper[0]] & measured[:, upper[1]]
    kept = np.flatnonzero(together.any(axis=0))
    place = np.full(together.shape[1], -1)
    place[kept] = np.arange(kept.size)
    starts = bin_starts(derivative.shape[1], max_bins)
    present = [slopes[:, here] for slopes, here in zip(derivative, measured, strict=True)]
    tensor = PairTensor(
        slices=tuple(binned_affinity(slopes, starts).astype(np.float32) for slopes in present),
        columns=tuple(place[np.flatnonzero(row)] for row in together),
        n_pairs=kept.size,
        chance=tuple(chance_affinity(slopes) for slopes in present),
    )
    return tensor, Pairs(upper[0][kept], upper[1][kept])


def bin_times(activity: Activity, max_bins: int) -> list[float]:
    """Centre of each bin, in seconds from the start of a recording."""
    times = activity.grid.times()
    starts = bin_starts(times.size, max_bins)
    ends: Sequence[int] = [*starts[1:].tolist(), times.size]
    return [float((times[a] + times[b - 1]) / 2) for a, b in zip(starts, ends, strict=True)]
