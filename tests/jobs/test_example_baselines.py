"""The numerics of the example against slow, obvious ways."""

from __future__ import annotations

import itertools
from collections import Counter

import numpy as np
import pytest
from scipy.stats import hypergeom

from ingest.correlation.pairwise import NamedTraces, mean_correlation
from jobs.examples.baselines import rewired, shifted_correlations
from jobs.examples.routes import NONE, Function, combinations, mean_weights, shares


@pytest.fixture
def rng():
    return np.random.default_rng(4)


def grid(n):
    """All pairs of two different ones of n."""
    pairs = np.array([(i, j) for i in range(n) for j in range(n) if i != j])
    return pairs[:, 0], pairs[:, 1]


def sums(index, chosen, n):
    return np.bincount(index[chosen], minlength=n).tolist()


def test_a_draw_keeps_the_sums_of_rows_and_columns(rng):
    rows, columns = grid(12)
    measured = rng.random(len(rows)) < 0.7
    rows, columns = rows[measured], columns[measured]
    chosen = rng.random(len(rows)) < 0.2
    drawn = rewired(rows, columns, chosen, 30, rng)
    assert drawn.shape == (30, len(rows))
    for draw in drawn:
        assert sums(rows, draw, 12) == sums(rows, chosen, 12)
        assert sums(columns, draw, 12) == sums(columns, chosen, 12)
    assert len({draw.tobytes() for draw in drawn}) > 20
    assert (drawn == chosen).mean() < 0.95


def test_draws_come_alike_often_from_all_choices_with_these_sums(rng):
    """One pair in each of three rows and columns of a square without its diagonal, and of four with it."""
    for n, pairs in ((4, [(i, j) for i in range(4) for j in range(4)]), (4, list(zip(*grid(4), strict=True)))):
        rows, columns = np.array(pairs).T
        possible = [p for p in itertools.permutations(range(n)) if all((i, j) in pairs for i, j in enumerate(p))]
        chosen = np.array([possible[0][i] == j for i, j in pairs])
        seen = Counter(
            tuple(columns[draw][np.argsort(rows[draw])].tolist()) for draw in rewired(rows, columns, chosen, 3_000, rng)
        )
        assert set(seen) == set(possible)
        expected = 3_000 / len(possible)
        assert sum((count - expected) ** 2 / expected for count in seen.values()) < 3 * len(possible)


def test_nothing_chosen_and_everything_chosen_stay_so(rng):
    rows, columns = grid(5)
    for chosen in (np.zeros(20, dtype=bool), np.ones(20, dtype=bool)):
        assert (rewired(rows, columns, chosen, 3, rng) == chosen).all()


def test_a_shift_takes_away_what_traces_have_in_common_and_leaves_their_own_course(rng):
    slow = np.cumsum(rng.normal(size=400))
    animal = NamedTraces(np.arange(2), np.stack([slow, slow]))
    shifted = shifted_correlations([animal], 2, 50, rng)
    assert mean_correlation([animal], 2)[0][0, 1] == pytest.approx(1)
    assert all(found[0, 0] == pytest.approx(1) for found in shifted)
    together = np.array([found[0, 1] for found in shifted])
    centred = slow - slow.mean()
    possible = [centred @ np.roll(centred, k) / (centred @ centred) for k in range(400)]
    assert all(np.isclose(possible, each).any() for each in together)
    assert together.max() < 0.999
    assert len(set(together.round(12))) > 20


@pytest.fixture
def function(rng):
    source, target = grid(9)
    chosen = rng.random(len(source)) < 0.3
    return Function("made", source, target, True, chosen, rewired(source, target, chosen, 25, rng))


def test_combinations_hold_each_pair_once(rng):
    routes = {name: rng.random(200) < 0.4 for name in "abc"}
    found = combinations(routes)
    assert list(found) == [NONE, "a", "b", "c", "a + b", "a + c", "b + c", "a + b + c"]
    assert (np.sum(list(found.values()), axis=0) == 1).all()
    assert (found["a + c"] == (routes["a"] & ~routes["b"] & routes["c"])).all()


def test_shares_are_what_counting_gives(function, rng):
    route, cells = rng.random((9, 9)) < 0.4, np.arange(9) < 7
    covered = function.among(cells)
    (row,) = shares(function, covered, {"chemical": function.of(route)}).rows(named=True)
    pairs = [n for n, (i, j) in enumerate(zip(function.source, function.target, strict=True)) if i < 7 and j < 7]
    having = [n for n in pairs if route[function.source[n], function.target[n]]]
    chosen = [n for n in pairs if function.chosen[n]]
    both = [n for n in having if function.chosen[n]]
    counts = (len(pairs), len(having), len(chosen), len(both))
    assert tuple(row[c] for c in ("pairs", "with_route", "chosen", "chosen_with_route")) == counts
    assert row["ratio"] == pytest.approx((len(both) / len(chosen)) / (len(having) / len(pairs)))
    drawn = [sum(d[n] for n in having) / sum(d[n] for n in pairs) for d in function.drawn]
    assert row["baseline"] == pytest.approx(np.mean(drawn))
    assert (row["baseline_low"], row["baseline_high"]) == pytest.approx(tuple(np.quantile(drawn, [0.025, 0.975])))
    sd = hypergeom(len(pairs), len(having), len(chosen)).std() / len(chosen)
    assert row["shuffled_pairs_sd"] == pytest.approx(sd)


def test_of_a_pair_without_direction_a_route_in_either_counts():
    there = np.zeros((2, 2), dtype=bool)
    there[1, 0] = True
    ends, draws = (np.array([0]), np.array([1])), (np.array([True]), np.array([[True]]))
    assert Function("directed", *ends, True, *draws).of(there).tolist() == [False]
    assert Function("either", *ends, False, *draws).of(there).tolist() == [True]


def test_a_share_of_nothing_is_null(function):
    nobody = np.zeros(len(function.source), dtype=bool)
    (row,) = shares(function, nobody, {"chemical": nobody}).rows(named=True)
    assert row["pairs"] == row["chosen"] == 0
    assert row["base_rate"] is row["rate"] is row["ratio"] is row["baseline"] is row["shuffled_pairs_sd"] is None


def test_mean_weights_by_route(rng):
    weights, drawn = rng.normal(size=40), rng.normal(size=(30, 40))
    routes, covered = {"some": np.arange(40) % 3 == 0, "none": np.zeros(40, dtype=bool)}, np.arange(40) < 20
    (row,) = mean_weights(weights, drawn, covered, routes).rows(named=True)
    counted = [n for n in range(20) if n % 3 == 0]
    assert (row["routes"], row["pairs"]) == ("some", len(counted))
    assert row["mean"] == pytest.approx(weights[counted].mean())
    assert row["mean_absolute"] == pytest.approx(np.abs(weights[counted]).mean())
    assert row["baseline"] == pytest.approx(drawn[:, counted].mean())
    assert row["baseline_absolute"] == pytest.approx(np.abs(drawn[:, counted]).mean())
