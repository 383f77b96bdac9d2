"""What must hold of homogenisation: past and future, missing samples, shifts of time, planted signals, aliases."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.homogenise.config import HomogeniseConfig
from ingest.homogenise.derivative import derivative
from ingest.homogenise.normalisation import causal, constant, robust, zscore
from ingest.homogenise.recording import from_start, homogenise_recording
from ingest.homogenise.resampling import block_mean, closed_grid, half_open_grid, interpolate, resample, slowed
from ingest.homogenise.smoothing import exponential, gaussian, moving_average, published_width
from schemas.errors import UsageError

MANY = settings(max_examples=30, deadline=None)

# Halves: exact, so that equal values are equal after arithmetic too, and none is nearly constant.
VALUES = st.one_of(st.none(), st.integers(-2000, 2000).map(lambda n: n / 2))
INTERVALS = st.sampled_from([0.25, 0.5, 0.625, 0.75, 1.0, 3.0])
CAUSAL = {
    "gaussian": lambda x: gaussian(x, 1.5),
    "exponential": lambda x: exponential(x, 0.3),
    "moving": lambda x: moving_average(x, 4),
    "causal": lambda x: causal(x, 1e-8),
}
POINTWISE_MASK = {**CAUSAL, "zscore": zscore, "robust": robust}


@st.composite
def traces(draw, least=2, most=30):
    """Times, and a trace with missing samples."""
    intervals = draw(st.lists(INTERVALS, min_size=least - 1, max_size=most - 1))
    values = draw(st.lists(VALUES, min_size=len(intervals) + 1, max_size=len(intervals) + 1))
    return np.concatenate([[0.0], np.cumsum(intervals)]), values


def array(trace):
    return np.array([[np.nan if x is None else x] for x in trace], dtype=np.float64)


@pytest.mark.parametrize("name", CAUSAL)
@MANY
@given(drawn=traces(), cut=st.integers(1, 30), future=st.floats(-1e9, 1e9))
def test_changing_the_future_never_changes_the_past(name, drawn, cut, future):
    values = array(drawn[1])
    changed = values.copy()
    changed[cut:] = future
    np.testing.assert_array_equal(CAUSAL[name](values)[:cut], CAUSAL[name](changed)[:cut])


@MANY
@given(drawn=traces(), cut=st.integers(1, 30), step=st.sampled_from([0.3, 1.7, 4.0]), residual=st.booleans())
def test_resampling_and_derivative_look_ahead_no_further_than_they_say(drawn, cut, step, residual):
    time, trace = drawn
    values = array(trace)
    cut = min(cut, len(time) - 1)
    changed = values.copy()
    changed[cut:] = 1e6
    signal = "residual" if residual else "calcium"
    config = HomogeniseConfig(dt_s=step, signal=signal, max_gap_s=3.0, normalisation="none")
    before, after = (homogenise_recording(time, x, config) for x in (values, changed))
    own = float(np.median(np.diff(time)))
    known = time[max(cut - 1 - residual, 0)]  # up to here no sample that it needs has changed
    reach = step if step > 1.01 * own else 0.0
    kept = before.time <= known - reach - 1e-9
    if np.isnan(values[:cut]).any():
        kept &= before.time <= known - reach - 3.0  # a gap that the change ends may now be short enough
    np.testing.assert_array_equal(before.values[kept], after.values[kept])


@pytest.mark.parametrize("name", POINTWISE_MASK)
@MANY
@given(drawn=traces())
def test_what_is_missing_stays_missing_and_nothing_else_does(name, drawn):
    values = array(drawn[1])
    np.testing.assert_array_equal(np.isnan(POINTWISE_MASK[name](values)), np.isnan(values))


@pytest.mark.parametrize("name", POINTWISE_MASK)
@MANY
@given(drawn=traces(), other=traces(most=8))
def test_traces_do_not_see_each_other(name, drawn, other):
    trace = drawn[1]
    beside = (other[1] * len(trace))[: len(trace)]
    both = POINTWISE_MASK[name](np.hstack([array(trace), array(beside)]))
    np.testing.assert_array_equal(both[:, :1], POINTWISE_MASK[name](array(trace)))


@MANY
@given(drawn=traces(), shift=st.integers(0, 2**20))
def test_the_start_of_the_clock_changes_nothing(drawn, shift):
    time, trace = drawn
    config = HomogeniseConfig(signal="residual", smoothing="gaussian")
    here, there = (homogenise_recording(t, array(trace), config) for t in (time, time + shift / 8))
    np.testing.assert_array_equal(here.time, there.time)
    np.testing.assert_array_equal(here.values, there.values)


def test_the_residual_knows_unequal_steps_and_the_index_does_not():
    time = np.cumsum(np.random.default_rng(0).uniform(0.2, 1.0, 400))
    slope = derivative(time, 3.0 * time[:, None])
    np.testing.assert_allclose(slope, 3.0)
    by_index = np.gradient(3.0 * time, np.median(np.diff(time)))
    assert np.abs(by_index - 3.0).max() > 1.0


@pytest.mark.parametrize(("window", "width"), [(15, 8), (14, 8), (1, 1), (21, 11)])
def test_the_published_window_is_half_as_wide(window, width):
    assert published_width(window) == width


def test_the_published_average_delays_by_three_and_a_half_samples():
    ramp = np.arange(100.0)[:, None]
    assert ramp[50] - moving_average(ramp, published_width(15))[50] == 3.5
    assert ramp[50] - moving_average(ramp, 15)[50] == 7.0


def test_grids():
    assert closed_grid(1.0, 0.25).tolist() == [0, 0.25, 0.5, 0.75, 1.0]
    assert half_open_grid(1.0, 0.25).tolist() == [0, 0.25, 0.5, 0.75]
    assert closed_grid(3 * 0.333, 0.333).shape == (4,)  # 3 * 0.333 / 0.333 is a little below 3
    assert closed_grid(0.1, 0.333).tolist() == [0.0]


def wave(frequency, time):
    return np.cos(2 * np.pi * frequency * time)[:, None]


def strength(values):
    """Amplitude of a wave from its middle part."""
    middle = values[len(values) // 4 : -len(values) // 4]
    return float(np.sqrt(2.0) * middle.std())


@pytest.mark.parametrize("times_rate", [1.1, 1.43, 1.9, 2.45])
def test_fast_signals_do_not_return_as_slow_ones(times_rate):
    step, time = 0.333, np.arange(0, 200, 0.02)
    values = wave(times_rate / step, time)
    picked = interpolate(time, values, closed_grid(time[-1], step), None)
    assert strength(picked) > 0.9  # an alias at full strength
    config = HomogeniseConfig(dt_s=step, normalisation="none")
    assert strength(resample(time, values, config)[1]) < 0.03


def test_the_published_blocks_let_more_than_a_fifth_through():
    step, time = 0.333, np.arange(0, 200, 0.02)
    blocks = block_mean(time, wave(1.43 / step, time), step, None)[1]
    assert 0.2 < strength(blocks) < 0.25


@pytest.mark.parametrize(("of_rate", "left"), [(1 / 8, 0.9603), (1 / 4, 0.8488), (1 / 2, 0.5)])
def test_slow_signals_pass_as_the_window_says(of_rate, left):
    step, time = 0.333, np.arange(0, 400, 0.01)
    values = wave(of_rate / step, time)
    n = len(closed_grid(time[-1], step))
    slow = slowed(time, values, step, n, None)
    expected = left * wave(of_rate / step, step * np.arange(n))
    np.testing.assert_allclose(slow[5:-5], expected[5:-5], atol=2e-2)


def test_blocks_stand_five_twelfths_of_a_step_too_early_and_hann_does_not():
    time = np.sort(np.random.default_rng(1).uniform(0, 100, 2000))
    time -= time[0]
    ramp = time[:, None]
    at, blocks = block_mean(time, ramp, 1.0, None)
    np.testing.assert_allclose(blocks[:, 0] - at, 5 / 12, atol=1e-9)
    centred = slowed(time, ramp, 1.0, 90, None)
    np.testing.assert_allclose(centred[2:, 0] - np.arange(2.0, 90.0), 0.0, atol=1e-2)


def test_a_planted_signal_is_found_again_on_the_common_clock():
    rng = np.random.default_rng(2)
    time = np.cumsum(0.6 + rng.uniform(-0.05, 0.05, 800))
    signals = np.hstack([wave(0.02, time - time[0]), 5 - 3 * wave(0.05, time - time[0])])
    noisy = signals + 0.01 * rng.standard_normal(signals.shape)
    found = homogenise_recording(time, noisy, HomogeniseConfig())
    planted = np.hstack([wave(0.02, found.time), -wave(0.05, found.time)])
    np.testing.assert_allclose(found.values.std(axis=0), 1.0)
    assert all(np.corrcoef(found.values[:, i], planted[:, i])[0, 1] > 0.999 for i in (0, 1))
    slope = homogenise_recording(time, signals, HomogeniseConfig(signal="residual", normalisation="none"))
    expected = -2 * np.pi * 0.02 * np.sin(2 * np.pi * 0.02 * slope.time)
    np.testing.assert_allclose(slope.values[2:-2, 0], expected[2:-2], atol=2e-3)


def test_steps_of_one_clock_are_interpolated_not_averaged():
    time = 0.333 * np.arange(50.0)
    spike = np.zeros((50, 1))
    spike[25] = 1.0
    kept = resample(time, spike, HomogeniseConfig(normalisation="none"))[1]
    np.testing.assert_allclose(kept, spike, atol=1e-12)
    blocks = block_mean(time, spike, 0.333, None)[1]
    assert blocks.max() < 0.8


def test_constant_traces_are_zero_in_every_normalisation():
    flat = np.full((10, 1), 0.1)
    flat[3] = np.nan
    for normalised in (zscore(flat), robust(flat), causal(flat, 1e-8)):
        np.testing.assert_array_equal(np.isnan(normalised), np.isnan(flat))
        np.testing.assert_allclose(normalised[~np.isnan(flat)], 0.0, atol=1e-9)
    assert constant(flat).tolist() == [True]
    assert constant(np.array([[1.0], [1.001]])).tolist() == [False]


def test_outliers_move_the_zscore_and_not_the_robust_one():
    values = np.random.default_rng(3).standard_normal((1000, 1))
    spoilt = values.copy()
    spoilt[::100] += 1000.0
    clean = np.arange(1000) % 100 != 0
    assert np.abs(robust(spoilt) - robust(values))[clean].max() < 0.2
    assert zscore(spoilt)[clean].std() < 0.05


def test_more_than_half_equal_leaves_the_mean_deviation_as_scale():
    values = np.array([[0.0]] * 6 + [[1.0], [3.0]])
    np.testing.assert_allclose(robust(values)[-1], 3.0 / (1.2533141373155001 * 0.5))


def test_causal_survives_a_large_offset_and_running_sums_do_not():
    values = 1e8 + np.random.default_rng(4).standard_normal((500, 1))
    last = causal(values, 1e-8)[-1, 0]
    assert last == pytest.approx((values[-1, 0] - values.mean()) / values.std(), rel=1e-6)
    count = np.arange(1, 501)[:, None]
    variance = np.cumsum(values**2, axis=0) / count - (np.cumsum(values, axis=0) / count) ** 2
    assert abs(variance[-1, 0] - values.var()) > 0.1


def test_bridged_samples_are_counted_and_long_gaps_stay():
    time = np.arange(20.0) / 2
    values = np.ones((20, 2)) * np.arange(20.0)[:, None]
    values[5:7, 0] = np.nan  # 1.5 s
    values[5:10, 1] = np.nan  # 3 s
    found = homogenise_recording(time, values, HomogeniseConfig(dt_s=0.25, normalisation="none"))
    assert found.bridged.tolist() == [2, 0]
    np.testing.assert_allclose(found.values[:, 0], np.arange(39) / 2)
    assert np.flatnonzero(np.isnan(found.values[:, 1])).tolist() == list(range(9, 20))


@pytest.mark.parametrize("smoothing", ["gaussian", "exponential", "moving"])
def test_smoothing_and_derivative_begin_anew_after_a_pause_that_is_not_bridged(smoothing):
    time = np.concatenate([np.arange(10.0), 60 + np.arange(10.0), [99.0]])
    values = np.concatenate([np.zeros(10), 5 + np.arange(10.0), [7.0]])[:, None]
    config = HomogeniseConfig(dt_s=1.0, smoothing=smoothing, normalisation="none")
    assert homogenise_recording(time, values, config).values[60, 0] == 5.0
    bridged = homogenise_recording(time, values, replace(config, max_gap_s=None)).values
    assert 0 < bridged[60, 0] < 5.0
    slope = homogenise_recording(time, values, replace(config, smoothing="none", signal="residual")).values[:, 0]
    np.testing.assert_allclose(slope[:10], 0.0)
    np.testing.assert_allclose(slope[60:70], 1.0)
    assert np.isnan(slope[10:60]).all()
    assert np.isnan(slope[99])


def test_a_trace_without_a_single_sample_stays_without():
    time = np.arange(700.0) / 2
    values = np.full((700, 2), np.nan)
    values[:, 1] = np.arange(700.0)
    for config in (HomogeniseConfig(), HomogeniseConfig(normalisation="robust", smoothing="moving", dt_s=1.0)):
        found = homogenise_recording(time, values, config)
        assert np.isnan(found.values[:, 0]).all()
        assert not np.isnan(found.values[:, 1]).any()


def test_half_precision_is_not_how_we_keep_time():
    """512 s to 1,024 s in 16 bits are multiples of 0.5 s, up to 2,048 s of 1 s: the published clock stands still."""
    time = closed_grid(1800.0, 0.333)
    halves = time.astype(np.float16).astype(np.float64)
    assert np.spacing(np.float16(600)) == 0.5
    assert np.spacing(np.float16(1500)) == 1.0
    assert (np.diff(halves) == 0).mean() > 0.35
    found = homogenise_recording(time, np.ones((len(time), 1)), HomogeniseConfig())
    assert (np.diff(found.time) > 0).all()
    assert np.abs(np.diff(found.time) - 0.333).max() < 1e-9
    single = from_start(time, single_precision=True)
    assert np.abs(np.diff(single) - 0.333).max() < 1e-3


def test_times_that_32_bits_cannot_tell_apart_are_an_error():
    with pytest.raises(UsageError, match="two times of the recording are the same"):
        from_start(1.6e9 + np.arange(3.0), single_precision=True)
    assert from_start(1.6e9 + np.arange(3.0), single_precision=False).tolist() == [0, 1, 2]
