from __future__ import annotations

import numpy as np
import pytest

from gnn.ntf.activity import Activity, Grid
from gnn.ntf.components import excess, mean_affinity, select, strength
from gnn.ntf.factorise import Factorisation
from gnn.ntf.heldout import Known, explained_share
from gnn.ntf.tensor import Pairs, derivatives, pair_tensor

SHARE = np.array([0.5, 0.3, 0.15, 0.05])


@pytest.mark.parametrize(
    ("enough", "component", "expected"),
    [
        (0.4, None, [1, 0, 0, 0]),
        (0.5, None, [1, 0, 0, 0]),
        (0.9, None, [1, 1, 1, 0]),
        (1.0, None, [1, 1, 1, 1]),
        (1.0, 2, [0, 0, 1, 0]),
    ],
)
def test_rule_of_selection(enough, component, expected):
    assert select(SHARE, enough, component).astype(int).tolist() == expected


def test_mean_affinity_is_the_mean_of_the_reconstruction_where_measured():
    rng = np.random.default_rng(0)
    a, b, c, weights = rng.random((9, 3)), rng.random((4, 3)), rng.random((6, 3)), rng.random(3)
    mask = (rng.random((4, 6)) < 0.6).astype(float)
    mask[0] = 1
    found = mean_affinity(Factorisation(weights, a, b, c, weights, 0.0, ()), mask)
    full = np.einsum("r,tr,wr,pr->twpr", weights, a, b, c)
    for p in range(6):
        np.testing.assert_allclose(found[p], full[:, mask[:, p] == 1, p].mean(axis=(0, 1)))


def test_excess_is_what_lies_above_chance():
    affinity = np.array([[1.0, 1.0], [0.5, 0.1], [0.4, 1.0]])
    chance = np.array([1.0, 1.0, 1.0])
    np.testing.assert_allclose(excess(affinity, np.array([True, True]), chance), [1.0, 0.0, 0.4])
    part = 1.9 / 4.0
    np.testing.assert_allclose(excess(affinity, np.array([True, False]), chance), [1 - part, 0.5 - part, 0.0])


def test_strength_is_the_mean_over_partners():
    pairs = Pairs(np.array([0, 0]), np.array([1, 2]))
    found = strength(np.array([[2.0], [4.0]]), pairs, 4)
    np.testing.assert_allclose(found[:, 0], [3.0, 2.0, 4.0, 0.0])


def activity_of(seed: int, nodes: tuple[str, ...]) -> Activity:
    values = np.random.default_rng(seed).standard_normal((1, 60, len(nodes))).cumsum(axis=1)
    return Activity(nodes, ("x/a",), Grid(0.0, 1.0, 60), values, np.ones((1, len(nodes)), dtype=bool))


def test_held_out_share_of_a_factor_is_that_of_its_projection():
    nodes = ("n/a", "n/b", "n/c", "n/d")
    activity = activity_of(0, nodes)
    tensor, pairs = pair_tensor(derivatives(activity), activity.measured, 60)
    x = np.asarray(tensor.slices[0], dtype=np.float64)
    c = np.random.default_rng(1).random(6)
    rest = x - np.outer(x @ c / (c @ c), c)
    expected = 1 - (rest**2).sum() / (x**2).sum()
    found = explained_share(Known(nodes, pairs, c[:, None]), activity, 60)
    assert found == pytest.approx(expected, rel=1e-5)
    assert explained_share(Known(nodes, pairs, np.eye(6)), activity, 60) == pytest.approx(1.0)


def test_held_out_uses_known_pairs_only():
    trained, seen = ("n/a", "n/c", "n/d"), ("n/a", "n/b", "n/c")
    activity = activity_of(2, seen)
    pairs = Pairs(np.array([0, 0, 1]), np.array([1, 2, 2]))
    assert explained_share(Known(trained, pairs, np.ones((3, 1))), activity, 60) == pytest.approx(1.0)
    assert (
        explained_share(Known(("n/x", "n/y"), Pairs(np.array([0]), np.array([1])), np.ones((1, 1))), activity, 60)
        is None
    )
