"""The split along time: contiguous blocks with their edges in seconds, no sample in two, gaps left out."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphdb.time_split import TimeSplit, time_split
from schemas import tables
from schemas.bundle import TIME_SPLIT_COLUMNS
from schemas.errors import UsageError


def recordings(**times):
    rows = [
        {
            "uid": f"t/a/{name}",
            "node_set": "t/s",
            "modality": "calcium",
            "signal": "F",
            "unit": "1",
            "sampling_rate_hz": 1.0,
            "n_samples": len(time),
            "time_s": list(map(float, time)),
        }
        for name, time in times.items()
    ]
    return tables.frame("recording", rows)


def cut(time, **rule):
    return time_split(recordings(r=time), TimeSplit(**rule)).drop("recording").rows()


def test_the_beginning_trains_and_the_end_tests():
    assert cut(range(101)) == [(0, "train", 0.0, 74.0), (1, "test", 75.0, 100.0)]
    assert cut(range(101), parts=(0.5, 0.25, 0.25)) == [
        (0, "train", 0.0, 49.0),
        (1, "validation", 50.0, 74.0),
        (2, "test", 75.0, 100.0),
    ]


def test_edges_are_seconds_not_samples():
    """Where the clock is slow at first, half of the time is not half of the samples."""
    time = [0, 10, 20, 30, 40, *np.linspace(41, 100, 60)]
    (_, _, _, end), (_, _, start, last) = cut(time, parts=(0.5, 0.0, 0.5))
    assert (end, start, last) == (49.0, 50.0, 100.0)


def test_blocks_repeat_the_parts_and_a_gap_follows_each_edge():
    assert cut(range(41), parts=(0.5, 0.0, 0.5), blocks=2, gap_s=3.0) == [
        (0, "train", 0.0, 9.0),
        (1, "test", 13.0, 19.0),
        (2, "train", 23.0, 29.0),
        (3, "test", 33.0, 40.0),
    ]


def test_every_recording_is_cut_and_a_block_without_a_sample_is_absent():
    found = time_split(recordings(b=range(11), a=[0.0], c=[0.0, 1.0]), TimeSplit())
    assert dict(found.schema) == TIME_SPLIT_COLUMNS
    assert found.group_by("recording", maintain_order=True).len().rows() == [("t/a/a", 1), ("t/a/b", 2), ("t/a/c", 2)]
    assert cut(range(5), gap_s=9.0) == [(0, "train", 0.0, 2.0)]


@settings(max_examples=100, deadline=None)
@given(
    intervals=st.lists(st.sampled_from([0.1, 0.333, 0.6, 2.0]), min_size=1, max_size=60),
    shares=st.tuples(*[st.integers(0, 4)] * 3).filter(any),
    blocks=st.integers(1, 5),
    gap_s=st.sampled_from([0.0, 0.5, 3.0]),
)
def test_no_sample_is_in_two_blocks_and_without_a_gap_each_is_in_one(intervals, shares, blocks, gap_s):
    time = 5.0 + np.concatenate([[0.0], np.cumsum(intervals)])
    parts = tuple(share / sum(shares) for share in shares)
    found = time_split(recordings(r=time), TimeSplit(parts, blocks, gap_s))
    held = [((time >= a) & (time <= b)) for a, b in found.select("start_s", "end_s").iter_rows()]
    times_held = np.sum(held, axis=0)
    assert times_held.max() == 1
    assert gap_s or times_held.min() == 1
    assert set(found["part"]) <= {p for p, s in zip(("train", "validation", "test"), shares, strict=True) if s}
    assert (found["start_s"].diff().drop_nulls() > 0).all()
    ends = found["end_s"].shift(1)
    assert ((found["start_s"] - ends).drop_nulls() >= gap_s - 1e-6).all()


@pytest.mark.parametrize(
    "rule",
    [
        {"parts": (0.5, 0.0, 0.1)},
        {"parts": (1.5, 0.0, -0.5)},
        {"parts": (float("nan"), 0.0, 1.0)},
        {"blocks": 0},
        {"gap_s": -1.0},
        {"gap_s": float("nan")},
    ],
)
def test_a_wrong_rule_is_explained(rule):
    with pytest.raises(UsageError):
        TimeSplit(**rule)


def test_the_split_does_not_depend_on_the_order_of_recordings():
    table = recordings(a=range(30), b=range(50))
    assert time_split(table, TimeSplit()).equals(time_split(table.reverse(), TimeSplit()))
    assert time_split(table.clear(), TimeSplit()).equals(pl.DataFrame(schema=TIME_SPLIT_COLUMNS))
