"""One random start taken to its end: components, the graph of the selected ones, communities."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gnn.ntf.communities import Communities, find_communities
from gnn.ntf.components import excess, mean_affinity, select
from gnn.ntf.factorise import Factorisation, factorise

if TYPE_CHECKING:
    from gnn.ntf.config import NtfConfig
    from gnn.ntf.tensor import Pairs, PairTensor

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Solution:
    """`selected` (R,), mean `affinity` (pairs, R), weights of the `graph` (pairs,), its communities."""

    fit: Factorisation
    selected: NDArray[np.bool_]
    affinity: Array
    graph: Array
    communities: Communities


def solve(tensor: PairTensor, pairs: Pairs, n_nodes: int, config: NtfConfig, seed: int) -> Solution:
    """Factorise from one start and find communities."""
    fitted = factorise(tensor, config.rank, seed=seed, max_iterations=config.max_iterations, tolerance=config.tolerance)
    selected = select(fitted.share, config.selected_share, config.component)
    affinity = mean_affinity(fitted, tensor.mask())
    graph = excess(affinity, selected, tensor.mean_by_chance())
    return Solution(fitted, selected, affinity, graph, communities_of(pairs.matrix(graph, n_nodes), config))


def communities_of(graph: Array, config: NtfConfig) -> Communities:
    """Communities of a graph (nodes, nodes) as the configuration seeks them."""
    return find_communities(graph, resolution=config.resolution, orders=config.community_seeds, seed=config.seed)
