"""Every numeric kernel of homogenisation once more, one trace at a time, in plain Python: slow and obviously right.

A trace is a list of numbers and None; times are seconds.
"""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.homogenise.derivative import derivative
from ingest.homogenise.normalisation import causal, robust, zscore
from ingest.homogenise.resampling import closed_grid, interpolate, parts_of, slowed
from ingest.homogenise.smoothing import exponential, gaussian, moving_average

MANY = settings(max_examples=50, deadline=None)

# Halves: exact, so that equal values are equal after arithmetic too, and none is nearly constant.
VALUES = st.one_of(st.none(), st.integers(-2000, 2000).map(lambda n: n / 2))
INTERVALS = st.sampled_from([0.25, 0.5, 0.625, 0.75, 1.0, 3.0])


@st.composite
def traces(draw, least=2, most=30):
    """Times, and a trace with missing samples."""
    intervals = draw(st.lists(INTERVALS, min_size=least - 1, max_size=most - 1))
    values = draw(st.lists(VALUES, min_size=len(intervals) + 1, max_size=len(intervals) + 1))
    return np.concatenate([[0.0], np.cumsum(intervals)]), values


def array(trace):
    return np.array([[np.nan if x is None else x] for x in trace], dtype=np.float64)


def same(ours, theirs, tolerance=1e-9):
    np.testing.assert_allclose(ours, array(theirs), rtol=tolerance, atol=tolerance)


def slow_derivative(time, trace):
    out = []
    for i, x in enumerate(trace):
        if i == 0:
            near = [(time[1] - time[0], trace[1])]
        elif i == len(trace) - 1:
            near = [(time[i - 1] - time[i], trace[i - 1])]
        else:
            near = [(time[i - 1] - time[i], trace[i - 1]), (time[i + 1] - time[i], trace[i + 1])]
        if x is None or any(y is None for _, y in near):
            out.append(None)
        elif len(near) == 1:
            out.append((near[0][1] - x) / near[0][0])
        else:  # slope at 0 of the parabola through (0, x) and both neighbours
            (a, y), (b, z) = near
            out.append((-b * (y - x) / a + a * (z - x) / b) / (a - b))
    return out


def weighted_past(trace, weight):
    """Mean over the samples so far, weight(lag); missing where the sample is."""
    out = []
    for t, x in enumerate(trace):
        past = [(weight(t - i), y) for i, y in enumerate(trace[: t + 1]) if y is not None]
        total = sum(w for w, _ in past)
        out.append(None if x is None else sum(w * y for w, y in past) / total)
    return out


def slow_gaussian(trace, sigma):
    return weighted_past(trace, lambda lag: math.exp(-(lag**2) / (2 * sigma**2)))


def slow_moving_average(trace, width):
    return weighted_past(trace, lambda lag: 1.0 if lag < width else 0.0)


def slow_exponential(trace, alpha):
    """Unrolled: each sample keeps (1 - alpha) to the number of steps since, less what later samples covered."""
    out, state, last = [], None, None
    for t, x in enumerate(trace):
        if x is None:
            out.append(None)
            continue
        kept = 0.0 if state is None else (1 - alpha) ** (t - last)
        state = x if state is None else (1 - kept) * x + kept * state
        last = t
        out.append(state)
    return out


def slow_interpolate(time, trace, at, max_gap):
    there = [(t, x) for t, x in zip(time, trace, strict=True) if x is not None]
    out = []
    for when in at:
        hit = [x for t, x in there if abs(t - when) < 1e-9]
        before = [(t, x) for t, x in there if t < when]
        after = [(t, x) for t, x in there if t > when]
        if hit:
            out.append(hit[0])
        elif before and after and (max_gap is None or after[0][0] - before[-1][0] <= max_gap):
            (a, x), (b, y) = before[-1], after[0]
            out.append(x + (y - x) * (when - a) / (b - a))
        else:
            out.append(None)
    return out


def slow_slowed(time, trace, step, n, max_gap, parts):
    out = []
    for k in range(n):
        offsets = [j for j in range(-parts, parts + 1) if 0 <= k * parts + j < n * parts]
        values = slow_interpolate(time, trace, [(k * parts + j) * step / parts for j in offsets], max_gap)
        found = [(0.5 + 0.5 * math.cos(math.pi * j / parts), v) for j, v in zip(offsets, values, strict=True)]
        there = [(w, v) for w, v in found if v is not None]
        centre = values[offsets.index(0)]
        out.append(None if centre is None else sum(w * v for w, v in there) / sum(w for w, _ in there))
    return out


def mean_std(values):
    mean = math.fsum(values) / len(values)
    return mean, math.sqrt(math.fsum((v - mean) ** 2 for v in values) / len(values))


def slow_zscore(trace):
    mean, std = mean_std([x for x in trace if x is not None] or [0.0])
    return [None if x is None else (x - mean) / std if std > 0 else 0.0 for x in trace]


def slow_causal(trace, floor):
    out = []
    for t, x in enumerate(trace):
        if x is None:
            out.append(None)
            continue
        mean, std = mean_std([y for y in trace[: t + 1] if y is not None])
        out.append((x - mean) / max(std, math.sqrt(floor)))
    return out


def median(values):
    ordered, half = sorted(values), len(values) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def slow_robust(trace):
    there = [x for x in trace if x is not None]
    if not there:
        return list(trace)
    middle = median(there)
    deviations = [abs(x - middle) for x in there]
    scale = 1.482602218505602 * median(deviations) or 1.2533141373155001 * sum(deviations) / len(deviations)
    return [None if x is None else (x - middle) / scale if scale > 0 else 0.0 for x in trace]


@MANY
@given(traces())
def test_derivative_is_that_of_the_parabola_through_three_samples(drawn):
    time, trace = drawn
    same(derivative(time, array(trace)), slow_derivative(time.tolist(), trace))


@MANY
@given(traces(), st.sampled_from([0.5, 1.5, 5.0]))
def test_gaussian(drawn, sigma):
    same(gaussian(array(drawn[1]), sigma), slow_gaussian(drawn[1], sigma))


@MANY
@given(traces(), st.sampled_from([0.1, 0.5, 1.0]))
def test_exponential(drawn, alpha):
    same(exponential(array(drawn[1]), alpha), slow_exponential(drawn[1], alpha))


@MANY
@given(traces(), st.integers(1, 50))
def test_moving_average(drawn, width):
    same(moving_average(array(drawn[1]), width), slow_moving_average(drawn[1], width))


@MANY
@given(traces(), st.sampled_from([0.3, 0.5, 0.7, 1.0]), st.sampled_from([None, 0.6, 1.0, 2.0]))
def test_interpolation(drawn, step, limit):
    time, trace = drawn
    at = np.arange(-1, int(time[-1] / step) + 3) * step
    same(interpolate(time, array(trace), at, limit), slow_interpolate(time.tolist(), trace, at.tolist(), limit))


@MANY
@given(traces(), st.sampled_from([1.0, 1.6, 4.0]), st.sampled_from([None, 1.0]))
def test_slowed(drawn, step, limit):
    time, trace = drawn
    n = len(closed_grid(time[-1], step))
    parts = parts_of(time, step)
    ours = slowed(time, array(trace), step, n, limit)
    same(ours, slow_slowed(time.tolist(), trace, step, n, limit, parts))


@MANY
@given(traces())
def test_zscore(drawn):
    same(zscore(array(drawn[1])), slow_zscore(drawn[1]))


@MANY
@given(traces())
def test_causal(drawn):
    same(causal(array(drawn[1]), 1e-8), slow_causal(drawn[1], 1e-8), tolerance=1e-7)


@MANY
@given(traces())
def test_robust(drawn):
    same(robust(array(drawn[1])), slow_robust(drawn[1]))
