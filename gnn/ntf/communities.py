"""Communities of a weighted graph by the Louvain method, from many random orders.

Blondel et al. 2008, doi:10.1088/1742-5468/2008/10/P10008. The order with the best modularity is kept; how far
the others agree with it is reported, not hidden. Zero weights are no edges.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from gnn.compare import nmi

Array = NDArray[np.float64]
Labels = NDArray[np.int64]


@dataclass(frozen=True)
class Communities:
    """A division of n nodes.

    `labels` (n,), the largest community is 0; `agreement` is the mean NMI between random orders.
    """

    labels: Labels
    modularity: float
    agreement: float | None

    @property
    def count(self) -> int:
        return int(self.labels.max()) + 1


def find_communities(weights: Array, *, resolution: float, orders: int, seed: int) -> Communities:
    """Divide the nodes.

    Args:
        weights: symmetric, non-negative, shape (n, n); the diagonal is not used.
        resolution: of the modularity.
        orders: number of random orders.
        seed: of the first order; the others count on from it.

    Returns:
        The division of best modularity. `agreement` is None for one order. Without any edge every node stands
        alone and the modularity is 0.
    """
    graph = _graph(weights)
    found = [_labels(graph, resolution, seed + i) for i in range(orders)]
    quality = [modularity(weights, labels, resolution) for labels in found]
    best = int(np.argmax(quality))
    return Communities(found[best], quality[best], mean_agreement(found))


def mean_agreement(divisions: list[Labels]) -> float | None:
    """Mean NMI between every two divisions; None where there is but one."""
    if len(divisions) < 2:  # noqa: PLR2004
        return None
    memberships = [{str(i): int(x) for i, x in enumerate(labels)} for labels in divisions]
    return float(np.mean([nmi(a, b) for a, b in combinations(memberships, 2)]))


def modularity(weights: Array, labels: Labels, resolution: float) -> float:
    """Weighted modularity (Newman 2004, doi:10.1103/PhysRevE.70.056131); 0 for a graph without edges."""
    clean = weights - np.diag(np.diag(weights))
    degree = clean.sum(axis=1)
    total = degree.sum()
    if total == 0:
        return 0.0
    same = labels[:, None] == labels[None, :]
    return float(((clean / total - resolution * np.outer(degree, degree) / total**2) * same).sum())


def inside_share(weights: Array, labels: Labels) -> list[float | None]:
    """Share of each node's weight that stays inside its community; None for a node without edges."""
    clean = weights - np.diag(np.diag(weights))
    total = clean.sum(axis=1)
    inside = (clean * (labels[:, None] == labels[None, :])).sum(axis=1)
    return [float(i / t) if t > 0 else None for i, t in zip(inside, total, strict=True)]


def _graph(weights: Array) -> nx.Graph:
    graph = nx.Graph()
    graph.add_nodes_from(range(len(weights)))
    first, second = np.nonzero(np.triu(weights, 1))
    values = weights[first, second]
    graph.add_weighted_edges_from(zip(first.tolist(), second.tolist(), values.tolist(), strict=True))
    return graph


def _labels(graph: nx.Graph, resolution: float, seed: int) -> Labels:
    """One division, the largest community first, equal ones by their first node."""
    if graph.number_of_edges() == 0:
        return np.arange(graph.number_of_nodes())
    groups = nx.community.louvain_communities(graph, weight="weight", resolution=resolution, seed=seed)
    labels = np.zeros(graph.number_of_nodes(), dtype=np.int64)
    for label, group in enumerate(sorted(groups, key=lambda g: (-len(g), min(g)))):
        labels[list(group)] = label
    return labels
