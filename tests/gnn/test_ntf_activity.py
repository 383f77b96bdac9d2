from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from gnn.ntf.activity import keep_nodes, read_activity, recordings_of
from gnn.ntf.baselines import constant_explained, correlation, shifted
from gnn.ntf.config import NtfConfig
from gnn.ntf.tensor import bin_times, derivatives, pair_tensor
from schemas import tables
from schemas.bundle import SPLIT_COLUMNS
from schemas.dataset import Decisions
from schemas.errors import UsageError

PLAIN = NtfConfig(smooth_s=0.0)


def two_recordings(planted, values: dict[str, list], times: dict[str, list]):
    """A bundle with these traces, each of its own node unless the name says otherwise."""
    node = planted.bundle.node["uid"].to_list()
    first = planted.bundle.recording.row(0, named=True)
    recordings = [
        {**first, "uid": f"x/{r}", "time_s": t, "n_samples": len(t), "sampling_rate_hz": 1.0} for r, t in times.items()
    ]
    traces = [
        {"recording": f"x/{name[0]}", "trace": i, "node": node[int(name[1])], "match": "exact", "values": v}
        for i, (name, v) in enumerate(values.items())
    ]
    split = [{"recording": f"x/{r}", "subject": None, "part": "train"} for r in times]
    return replace(
        planted.bundle,
        recording=tables.frame("recording", recordings),
        trace=tables.frame("trace", traces),
        split=pl.DataFrame(split, schema=SPLIT_COLUMNS),
    )


def test_longer_recordings_are_cut_and_the_coarsest_step_is_taken(planted):
    times = {"a": [float(t) for t in range(20)], "b": [2.0 * t for t in range(30)]}
    values = {"a0": times["a"], "b0": [3 * t for t in times["b"]]}
    bundle = two_recordings(planted, values, times)
    activity = read_activity(bundle, ["x/a", "x/b"], PLAIN, Decisions())
    assert (activity.grid.start_s, activity.grid.step_s, activity.grid.n) == (0.0, 2.0, 10)
    np.testing.assert_allclose(activity.values[:, :, 0], [2.0 * np.arange(10), 6.0 * np.arange(10)])


def test_short_gaps_are_filled_and_long_ones_leave_the_trace_out(planted):
    times = {"a": [float(t) for t in range(20)]}
    ramp = times["a"]
    values = {
        "a0": [*ramp[:5], None, *ramp[6:]],
        "a1": [None, None, None, *ramp[3:]],
        "a2": ramp,
        "a3": [None] * 20,
    }
    decisions = Decisions()
    activity = read_activity(two_recordings(planted, values, times), ["x/a"], PLAIN, decisions)
    np.testing.assert_allclose(activity.values[0, :, 0], ramp)
    assert activity.measured.tolist() == [[True, False, True, False]]
    assert [row["action"] for row in decisions.rows] == ["dropped", "dropped"]
    assert "15% of its samples are missing" in decisions.rows[0]["reason"]


def test_a_second_trace_of_a_node_is_left_out(planted):
    times = {"a": [float(t) for t in range(20)]}
    bundle = two_recordings(planted, {"a0": times["a"], "a0 again": [0.0] * 20}, times)
    decisions = Decisions()
    activity = read_activity(bundle, ["x/a"], PLAIN, decisions)
    np.testing.assert_allclose(activity.values[0, :, 0], times["a"])
    assert "earlier trace" in decisions.rows[0]["reason"]


def test_recordings_that_share_no_time_are_refused(planted):
    times = {"a": [float(t) for t in range(20)], "b": [float(t) for t in range(15, 40)]}
    bundle = two_recordings(planted, {"a0": times["a"], "b0": times["b"]}, times)
    with pytest.raises(UsageError, match="share 4 s, that is 5 samples"):
        read_activity(bundle, ["x/a", "x/b"], PLAIN, Decisions())


def test_a_recording_without_a_part_is_refused(planted):
    bundle = replace(planted.bundle, split=planted.bundle.split.head(1))
    with pytest.raises(UsageError, match="is in no part"):
        recordings_of(bundle, "train")


def test_rarely_measured_nodes_are_left_out_with_a_decision(planted):
    recordings = recordings_of(planted.bundle, "train")
    activity = read_activity(planted.bundle, recordings, PLAIN, Decisions())
    decisions = Decisions()
    kept = keep_nodes(activity, 3, decisions)
    assert kept.measured.all()
    assert len(kept.nodes) + len(decisions.rows) == len(activity.nodes)
    assert len(keep_nodes(activity, 99, Decisions()).nodes) == len(kept.nodes)


def test_tensor_holds_measured_pairs_only(planted):
    activity = read_activity(planted.bundle, recordings_of(planted.bundle, "train"), PLAIN, Decisions())
    tensor, pairs = pair_tensor(derivatives(activity), activity.measured, 20)
    assert (pairs.first < pairs.second).all()
    assert tensor.n_times == len(bin_times(activity, 20)) <= 20
    together = activity.measured[:, pairs.first] & activity.measured[:, pairs.second]
    np.testing.assert_array_equal(tensor.mask(), together)
    assert together.any(axis=0).all()
    full = np.full((len(tensor.slices), tensor.n_times, tensor.n_pairs), np.nan)
    for w, (x, columns) in enumerate(zip(tensor.slices, tensor.columns, strict=True)):
        full[w][:, columns] = x
    mean = np.nanmean(full, axis=(0, 1))
    np.testing.assert_allclose(tensor.mean(), mean, rtol=1e-5)
    explained = 1 - np.nansum((full - mean) ** 2) / np.nansum(full**2)
    assert constant_explained(tensor) == pytest.approx(explained, rel=1e-5)


def test_correlation_is_that_of_numpy_over_shared_recordings(planted):
    activity = read_activity(planted.bundle, recordings_of(planted.bundle, "train"), PLAIN, Decisions())
    found = correlation(activity)
    for i, j in [(0, 1), (2, 5), (3, 9)]:
        shared = np.flatnonzero(activity.measured[:, i] & activity.measured[:, j])
        each = [max(np.corrcoef(activity.values[w][:, i], activity.values[w][:, j])[0, 1], 0) for w in shared]
        assert found[i, j] == found[j, i] == pytest.approx(np.mean(each))
    assert not np.diag(found).any()


def test_shifting_keeps_each_trace_but_not_its_time():
    slopes = np.random.default_rng(0).standard_normal((2, 50, 3))
    moved = shifted(slopes, seed=1)
    np.testing.assert_allclose(np.sort(moved, axis=1), np.sort(slopes, axis=1))
    for w, n in np.ndindex(2, 3):
        shifts = [k for k in range(50) if np.allclose(np.roll(slopes[w, :, n], k), moved[w, :, n])]
        assert len(shifts) == 1
        assert 5 <= shifts[0] < 45
