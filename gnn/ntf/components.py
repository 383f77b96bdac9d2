"""Which components communities are sought in, and the graph that they make.

The rule: the strongest components that together reach a given share of the explained norm, or the one
component that the configuration names. By default the share is 1, all of them: recordings of spontaneous
activity do not run in step, so a community stands in several components, one for each recording, and leaving
out the weakest can lose a community.

The graph: the model's affinity of a pair is the selected components added up, averaged over time and over
those recordings that measured the pair; its weight is what of this lies above chance, and no edge where
nothing does. Two independent neurons have an affinity above zero, because half of their changes agree in
sign; without the subtraction every graph is complete and communities drown. Chance is divided among the
components as the affinity is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from gnn.ntf.factorise import Factorisation
    from gnn.ntf.tensor import Pairs

Array = NDArray[np.float64]


def select(share: Array, enough: float, component: int | None = None) -> NDArray[np.bool_]:
    """Which components are selected.

    Args:
        share: shape (R,), in falling order, adding up to 1.
        enough: the strongest are taken until their shares reach this.
        component: takes this one alone.

    Returns:
        Shape (R,).
    """
    if component is not None:
        return np.asarray(np.arange(share.size) == component)
    before = np.cumsum(share) - share
    return np.asarray(before < enough)


def mean_affinity(fit: Factorisation, mask: Array) -> Array:
    """Affinity of each pair in each component, averaged over time and the recordings that measured the pair.

    Args:
        fit: the decomposition.
        mask: 1 where measured, shape (recordings, pairs).

    Returns:
        Shape (pairs, R); its sum over components is the mean reconstruction.
    """
    loading = mask.T @ fit.recording / mask.sum(axis=0)[:, None]
    return np.asarray(fit.weights * fit.time.mean(axis=0) * loading * fit.pair)


def excess(affinity: Array, selected: NDArray[np.bool_], chance: Array) -> Array:
    """The graph: affinity of the selected components above chance.

    Args:
        affinity: shape (pairs, R), from `mean_affinity`.
        selected: shape (R,).
        chance: affinity of each pair if its neurons were independent, shape (pairs,).

    Returns:
        Weight of each pair, not negative, shape (pairs,).
    """
    part = affinity[:, selected].sum() / affinity.sum()
    return np.asarray(np.maximum(affinity[:, selected].sum(axis=1) - part * chance, 0.0))


def strength(affinity: Array, pairs: Pairs, n_nodes: int) -> Array:
    """Each node's mean affinity to the nodes that it was measured with, by component.

    Args:
        affinity: shape (pairs, R).
        pairs: their ends.
        n_nodes: number of nodes.

    Returns:
        Shape (n_nodes, R); zero for a node without pairs.
    """
    total = np.zeros((n_nodes, affinity.shape[1]))
    count = np.zeros((n_nodes, 1))
    for ends in (pairs.first, pairs.second):
        np.add.at(total, ends, affinity)
        np.add.at(count, ends, 1)
    return np.asarray(total / np.maximum(count, 1))
