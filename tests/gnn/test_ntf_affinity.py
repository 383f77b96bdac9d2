from __future__ import annotations

import math

import numpy as np
import pytest

from gnn.ntf.affinity import bin_starts, binned_affinity, chance_affinity, scaled_derivative, smooth


def slow_affinity(derivative: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """The formula, one pair, one bin and one sample at a time."""
    n_samples, n = derivative.shape
    rows = []
    for b, start in enumerate(starts):
        end = starts[b + 1] if b + 1 < len(starts) else n_samples
        row = []
        for i in range(n):
            for j in range(i + 1, n):
                found = [math.sqrt(max(0.0, derivative[t, i] * derivative[t, j])) for t in range(start, end)]
                row.append(sum(found) / len(found))
        rows.append(row)
    return np.array(rows)


@pytest.mark.parametrize("max_bins", [1, 4, 7, 23, 100])
def test_affinity_is_the_formula(max_bins):
    derivative = np.random.default_rng(1).standard_normal((23, 5))
    starts = bin_starts(23, max_bins)
    np.testing.assert_allclose(binned_affinity(derivative, starts), slow_affinity(derivative, starts), atol=1e-12)


def test_opposite_changes_have_no_affinity():
    course = np.array([1.0, -2.0, 3.0])
    assert binned_affinity(np.stack([course, -course], axis=1), np.array([0])) == 0


def test_equal_changes_have_the_affinity_of_their_size():
    course = np.array([1.0, -2.0, 3.0])
    assert binned_affinity(np.stack([course, course], axis=1), np.array([0])) == pytest.approx(2.0)


@pytest.mark.parametrize(("n", "max_bins", "size"), [(10, 10, 1), (10, 9, 2), (11, 2, 6), (800, 150, 6), (3, 1, 3)])
def test_bins_are_equal_and_not_too_many(n, max_bins, size):
    starts = bin_starts(n, max_bins)
    assert len(starts) <= max_bins
    assert starts.tolist() == list(range(0, n, size))


def test_smoothing_is_the_weighted_mean_of_the_neighbours():
    trace = np.random.default_rng(2).standard_normal(30)
    weights = np.array([[math.exp(-0.5 * ((i - k) / 1.5) ** 2) for k in range(30)] for i in range(30)])
    weights[np.abs(np.subtract.outer(range(30), range(30))) > 6] = 0
    np.testing.assert_allclose(smooth(trace, 1.5), weights @ trace / weights.sum(axis=1), atol=1e-12)


def test_smoothing_keeps_a_constant_and_zero_width_changes_nothing():
    trace = np.random.default_rng(2).standard_normal(9)
    np.testing.assert_allclose(smooth(np.full(9, 3.0), 40.0), 3.0)
    assert smooth(trace, 0.0) is trace


def test_derivative_has_no_unit():
    values = np.random.default_rng(3).standard_normal((50, 3)).cumsum(axis=0)
    scaled = scaled_derivative(values, 0.5)
    np.testing.assert_allclose(scaled_derivative(7 * values + 2, 0.25), scaled, atol=1e-9)
    np.testing.assert_allclose(np.median(np.abs(scaled), axis=0), 1 / 1.4826)


def test_derivative_of_constant_and_mostly_constant_traces():
    values = np.zeros((40, 2))
    values[20:, 1] = 5.0
    scaled = scaled_derivative(values, 1.0)
    assert not scaled[:, 0].any()
    assert np.mean(scaled[:, 1] ** 2) == pytest.approx(1.0)


def test_chance_is_the_mean_over_all_ways_to_shift_one_against_the_other():
    derivative = np.random.default_rng(4).standard_normal((60, 2)) ** 3
    shifted = [
        binned_affinity(np.stack([derivative[:, 0], np.roll(derivative[:, 1], k)], axis=1), np.array([0]))[0, 0]
        for k in range(60)
    ]
    assert chance_affinity(derivative) == pytest.approx([np.mean(shifted)])
