"""How well the pair factors of the training recordings explain recordings that the fit has not seen.

Time in another recording is another time, so the courses of the components are fitted anew (non-negative
least squares, bin by bin) while the pair factors stay as trained. More factors explain more whatever they
are; so the model's number stands beside that of as many factors trained on traces shifted in time, and of one
factor, the mean affinity in training.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gnn.ntf.affinity import bin_starts, binned_affinity, scaled_derivative
from gnn.ntf.factorise import least_squares

if TYPE_CHECKING:
    from gnn.ntf.activity import Activity
    from gnn.ntf.tensor import Pairs

Array = NDArray[np.float64]

_SWEEPS = 200


@dataclass(frozen=True)
class Known:
    """What training found: the nodes, sorted, the pairs of them, and pair factors (pairs, R)."""

    nodes: tuple[str, ...]
    pairs: Pairs
    factors: Array


def explained_share(known: Known, activity: Activity, max_bins: int) -> float | None:
    """Share of the held-out affinities that the factors explain: 1 - squared error / squared data.

    Only pairs that training knows count.

    Args:
        known: pair factors of the training.
        activity: the held-out recordings.
        max_bins: as in training.

    Returns:
        The share over all recordings; None where they measured no known pair.
    """
    error = total = 0.0
    starts = bin_starts(activity.grid.n, max_bins)
    for values, measured in zip(activity.values, activity.measured, strict=True):
        x, c = _known_pairs(known, activity, values, measured, starts)
        if x.size == 0:
            continue
        course = least_squares(x @ c, c.T @ c, np.zeros((x.shape[0], c.shape[1])), _SWEEPS)
        error += float(np.square(x - course @ c.T).sum())
        total += float(np.square(x).sum())
    return 1 - error / total if total > 0 else None


def _known_pairs(
    known: Known, activity: Activity, values: Array, measured: NDArray[np.bool_], starts: NDArray[np.int64]
) -> tuple[Array, Array]:
    """Affinities (bins, pairs) of the known pairs of one recording, and their factors (pairs, R)."""
    place = {node: i for i, node in enumerate(known.nodes)}
    here = [i for i in np.flatnonzero(measured) if activity.nodes[i] in place]
    there = np.array([place[activity.nodes[i]] for i in here], dtype=np.intp)
    row_of = np.full((len(place), len(place)), -1)
    row_of[known.pairs.first, known.pairs.second] = np.arange(known.pairs.first.size)
    # nodes are sorted on both sides, so the first of a pair is the first on both
    first, second = np.triu_indices(len(here), 1)
    rows = row_of[there[first], there[second]]
    affinity = binned_affinity(scaled_derivative(values[:, here], activity.grid.step_s), starts)
    return affinity[:, rows >= 0], known.factors[rows[rows >= 0]]
