"""Correlations and their chance level against slow, obvious ways, and on traces whose truth was planted."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from ingest.correlation.pairwise import (
    NamedTraces,
    correlation,
    mean_correlation,
    never_changes,
    standardised,
    without_trend,
)
from ingest.correlation.shifts import Shifts, false_discovery, significance


@pytest.fixture
def rng():
    return np.random.default_rng(7)


def slow_noise(rng, traces, samples, tau=8.0):
    """Noise that knows nothing of the other traces and remembers about tau samples."""
    noise, kept = rng.normal(size=(traces, samples + 200)), np.exp(-1 / tau)
    found = np.zeros_like(noise)
    for t in range(1, noise.shape[1]):
        found[:, t] = kept * found[:, t - 1] + noise[:, t]
    return found[:, 200:]


def with_gaps(rng, values, share=0.2):
    return np.where(rng.random(values.shape) < share, np.nan, values)


def slow_r(x, y):
    """Pearson r over the common samples, by numpy alone; None where there is none."""
    both = ~np.isnan(x) & ~np.isnan(y)
    if both.sum() < 2 or np.ptp(x[both]) == 0 or np.ptp(y[both]) == 0:
        return None
    return float(np.corrcoef(x[both], y[both])[0, 1])


def test_r_is_over_the_samples_that_both_have(rng):
    values = with_gaps(rng, slow_noise(rng, 6, 90) * 1000 + 5e5)
    values[4, 30:], values[5, :60] = np.nan, np.nan
    r, common = correlation(values)
    for i, j in itertools.product(range(6), repeat=2):
        assert common[i, j] == np.sum(~np.isnan(values[i]) & ~np.isnan(values[j]))
        expected = slow_r(values[i], values[j])
        assert np.isnan(r[i, j]) if expected is None else r[i, j] == pytest.approx(expected, abs=1e-9)
    assert np.isnan(r[4, 5])


def test_without_gaps_the_answer_is_the_same(rng):
    values = slow_noise(rng, 5, 60)
    r, common = correlation(values)
    assert (common == 60).all()
    assert r == pytest.approx(np.corrcoef(values))
    padded, _ = correlation(np.hstack([values, np.full((5, 3), np.nan)]))
    assert padded == pytest.approx(r)


def test_a_trace_that_does_not_change_over_the_common_samples_has_no_r(rng):
    values = slow_noise(rng, 3, 50)
    values[0] = 0.1
    values[1, 20:], values[2, :20], values[2, 20:] = 3.3, np.nan, values[2, 20:]
    assert never_changes(values).tolist() == [True, False, False]
    r, _ = correlation(values)
    assert np.isnan([r[0, 1], r[0, 2], r[1, 2], r[0, 0]]).all()
    assert (standardised(values)[0] == 0).all()
    assert standardised(np.full((1, 4), np.nan)).tolist() == [[0, 0, 0, 0]]


def test_the_pooled_r_is_the_mean_over_recordings_that_have_it(rng):
    recordings = [
        NamedTraces(np.array(cells), with_gaps(rng, slow_noise(rng, len(cells), 70 + len(cells))))
        for cells in ([0, 2, 3], [0, 3], [1], [1, 2])
    ]
    recordings[1].values[0] = 4.0
    mean, seen = mean_correlation(recordings, 5)
    for i, j in itertools.product(range(5), repeat=2):
        each = []
        for recording in recordings:
            rows = recording.cells.tolist()
            if {i, j} <= set(rows):
                r = slow_r(recording.values[rows.index(i)], recording.values[rows.index(j)])
                each += [] if r is None else [r]
        assert seen[i, j] == len(each)
        assert np.isnan(mean[i, j]) if not each else mean[i, j] == pytest.approx(np.mean(each))
    assert (seen[0, 3], seen[0, 1], seen[1, 2]) == (1, 0, 1)


def test_a_straight_trend_is_taken_out(rng):
    values = with_gaps(rng, slow_noise(rng, 4, 80))
    values[2] += 0.5 * np.arange(80)
    values[3] = np.where(np.arange(80) == 5, 2.0, np.nan)
    found = without_trend(values)
    for row, (before, after) in enumerate(zip(values[:3], found, strict=False)):
        seen = ~np.isnan(before)
        line = np.polyval(np.polyfit(np.flatnonzero(seen), before[seen], 1), np.arange(80))
        assert after == pytest.approx(before - line, nan_ok=True), row
    assert found[3, 5] == 0
    assert np.isnan(found[3, :5]).all()


@pytest.mark.parametrize("gaps", [0.0, 0.3])
def test_every_shift_is_what_rolling_gives(rng, gaps):
    values = with_gaps(rng, slow_noise(rng, 4, 37), gaps)
    found = Shifts(values, 12).r(1, np.array([0, 2, 3]))
    assert found.shape == (3, 37)
    for row, other in zip(found, (0, 2, 3), strict=True):
        for shift in range(37):
            moved = np.roll(values[other], -shift)
            common = np.sum(~np.isnan(values[1]) & ~np.isnan(moved))
            expected = slow_r(values[1], moved) if common >= 12 else None
            assert np.isnan(row[shift]) if expected is None else row[shift] == pytest.approx(expected, abs=1e-9)


def rolled(values, i, j):
    """R of one trace with another at every shift."""
    return np.array([np.corrcoef(values[i], np.roll(values[j], k))[0, 1] for k in range(values.shape[1])])


def test_p_is_the_share_of_shifts_or_of_their_combinations(rng):
    one, two = slow_noise(rng, 3, 41, tau=2), slow_noise(rng, 2, 37, tau=2)
    recordings = [NamedTraces(np.array([0, 1, 3]), one), NamedTraces(np.array([0, 1]), two)]
    correlations = [correlation(each.values)[0] for each in recordings]
    found = significance(recordings, correlations, 4, min_samples=3, surrogates=40_000, rng=rng)
    for p, values in zip(found.alone, (one, two), strict=True):
        for i, j in itertools.combinations(range(len(values)), 2):
            shifted = np.abs(rolled(values, i, j))
            assert p[i, j] == np.mean(shifted >= shifted[0] - 1e-9)
    assert found.pooled[0, 3] == found.alone[0][0, 2]
    first, second = rolled(one, 0, 1), rolled(two, 0, 1)
    sums = np.abs(first[:, None] + second)
    exact = np.mean(sums >= sums[0, 0] - 1e-9)
    assert 0.02 < exact < 0.98
    assert found.pooled[0, 1] == pytest.approx(exact, abs=4 * np.sqrt(exact * (1 - exact) / 40_000))
    assert np.isnan([found.pooled[0, 2], found.pooled[1, 0], found.pooled[2, 3]]).all()


def test_q_is_that_of_benjamini_and_hochberg(rng):
    p = np.array([0.001, np.nan, 0.2, 0.03, 0.03, 0.9, 0.004])
    given = np.sort(p[~np.isnan(p)])
    expected = [np.nan if np.isnan(x) else min(1.0, *(y * 6 / np.sum(given <= y) for y in given if y >= x)) for x in p]
    assert false_discovery(p) == pytest.approx(expected, nan_ok=True)
    assert false_discovery(np.array([])).size == 0


def test_pairs_with_a_common_drive_are_found_and_others_are_not(rng):
    """Four worms of 20 neurons, 5 of which share a drive: 10 pairs of 190 belong together."""
    recordings = []
    for samples in (500, 520, 600, 640):
        values = slow_noise(rng, 20, samples)
        values[:5] += slow_noise(rng, 1, samples)
        recordings.append(NamedTraces(np.arange(20), with_gaps(rng, values, 0.02)))
    correlations = [correlation(each.values)[0] for each in recordings]
    found = significance(recordings, correlations, 20, min_samples=50, surrogates=5_000, rng=rng)
    above = np.triu_indices(20, k=1)
    driven = (above[0] < 5) & (above[1] < 5)
    q = false_discovery(found.pooled[above])
    assert (q[driven] < 0.05).all()
    assert np.sum(q[~driven] < 0.05) <= 3
    alone = [false_discovery(p[above]) for p in found.alone]
    assert np.mean([(q[driven] < 0.05).mean() for q in alone]) > 0.5


def test_unrelated_slow_traces_are_found_as_often_as_p_says(rng):
    """Traces that remember 20 samples: an r as of independent samples would call most pairs significant."""
    recordings = [NamedTraces(np.arange(40), slow_noise(rng, 40, samples, tau=20)) for samples in (900, 901, 902)]
    correlations = [correlation(each.values)[0] for each in recordings]
    found = significance(recordings, correlations, 40, min_samples=50, surrogates=2_000, rng=rng)
    above = np.triu_indices(40, k=1)
    for p in (*found.alone, found.pooled):
        for level in (0.01, 0.05, 0.2):
            assert (p[above] <= level).mean() < 1.5 * level + 0.01
        assert (false_discovery(p[above]) < 0.05).mean() < 0.01
        assert (p[above] <= 0.2).mean() > 0.1
    naive = np.abs(correlations[0][above]) > 1.96 / np.sqrt(900)
    assert naive.mean() > 0.4


def test_the_seed_decides(rng):
    recordings = [NamedTraces(np.arange(3), slow_noise(rng, 3, 50)) for _ in range(2)]
    correlations = [correlation(each.values)[0] for each in recordings]

    def p(seed):
        made = np.random.default_rng(seed)
        return significance(recordings, correlations, 3, min_samples=3, surrogates=500, rng=made).pooled

    assert np.array_equal(p(1), p(1), equal_nan=True)
    assert not np.array_equal(p(1), p(2), equal_nan=True)
