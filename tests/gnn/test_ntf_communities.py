from __future__ import annotations

import numpy as np
import pytest

from gnn.compare import nmi
from gnn.ntf.communities import find_communities, inside_share, mean_agreement, modularity
from schemas.errors import UsageError


def block_graph(seed: int = 0, *, inside: float = 1.0, outside: float = 0.3):
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.repeat(np.arange(4), [12, 10, 8, 6]))
    mean = np.where(labels[:, None] == labels[None, :], inside, outside)
    weights = np.triu(mean * rng.exponential(size=mean.shape), 1)
    return weights + weights.T, labels


def as_membership(labels: np.ndarray) -> dict[str, int]:
    return {str(i): int(x) for i, x in enumerate(labels)}


def slow_modularity(weights: np.ndarray, labels: np.ndarray, resolution: float) -> float:
    n, total = (
        len(weights),
        sum(weights[i, j] for i in range(len(weights)) for j in range(len(weights)) if i != j),
    )
    degree = [sum(weights[i, j] for j in range(n) if j != i) for i in range(n)]
    found = 0.0
    for i in range(n):
        for j in range(n):
            if labels[i] == labels[j]:
                found += (weights[i, j] if i != j else 0.0) / total - resolution * degree[i] * degree[j] / total**2
    return found


def test_planted_blocks_are_found():
    weights, truth = block_graph()
    found = find_communities(weights, resolution=1.0, orders=10, seed=0)
    assert nmi(as_membership(found.labels), as_membership(truth)) > 0.95
    assert found.count == 4
    assert found.agreement is not None
    assert found.agreement > 0.8
    assert (np.diff(np.bincount(found.labels)) <= 0).all()


def test_modularity_is_the_formula():
    weights, labels = block_graph(1)
    weights += np.diag(np.arange(len(weights), dtype=float))
    for resolution in (0.5, 1.0, 2.0):
        expected = slow_modularity(weights, labels, resolution)
        assert modularity(weights, labels, resolution) == pytest.approx(expected)


def test_same_seed_same_communities():
    weights, _ = block_graph(2, outside=0.8)
    one, same = (find_communities(weights, resolution=1.0, orders=3, seed=5) for _ in range(2))
    np.testing.assert_array_equal(one.labels, same.labels)


def test_nodes_without_edges_stand_alone():
    weights = np.zeros((4, 4))
    weights[0, 1] = weights[1, 0] = 2.0
    found = find_communities(weights, resolution=1.0, orders=2, seed=0)
    assert found.labels.tolist() == [0, 0, 1, 2]
    assert inside_share(weights, found.labels) == [1.0, 1.0, None, None]


def test_a_graph_without_edges():
    found = find_communities(np.zeros((3, 3)), resolution=1.0, orders=1, seed=0)
    assert found.labels.tolist() == [0, 1, 2]
    assert found.modularity == 0
    assert found.agreement is None


def test_strength_is_the_share_of_weight_inside():
    weights = np.array([[0.0, 3.0, 1.0], [3.0, 0.0, 0.0], [1.0, 0.0, 0.0]])
    assert inside_share(weights, np.array([0, 0, 1])) == [0.75, 1.0, 0.0]


def test_agreement_of_equal_and_of_crossed_divisions():
    a, b = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    assert mean_agreement([a, 1 - a]) == pytest.approx(1.0)
    assert mean_agreement([a, b]) == pytest.approx(0.0)
    assert mean_agreement([a]) is None


def test_nmi_takes_the_common_nodes_only():
    assert nmi({"a": 1, "b": 2, "c": 1}, {"a": "x", "b": "y", "d": "x"}) == pytest.approx(1.0)
    with pytest.raises(UsageError, match="no node in common"):
        nmi({"a": 1}, {"b": 1})
