"""Windows stay within a block of their part: none crosses an edge of the split along time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from gnn.windows import windows
from schemas.bundle import TIME_SPLIT_COLUMNS
from schemas.errors import UsageError


@pytest.fixture
def bundle(make_planted):
    """A planted recording cut into train, test, train, test, with gaps between."""
    planted = make_planted().bundle
    uid = planted.recording["uid"][0]
    time = planted.recording["time_s"][0].to_numpy()
    edges = [(0, 20), (23, 30), (33, 50), (51, len(time) - 1)]
    rows = [(uid, i, ("train", "test")[i % 2], float(time[a]), float(time[b])) for i, (a, b) in enumerate(edges)]
    return uid, replace(planted, time_split=pl.DataFrame(rows, schema=TIME_SPLIT_COLUMNS, orient="row")), edges


@pytest.mark.parametrize(("n", "step"), [(1, 1), (5, 1), (8, 3)])
def test_no_window_crosses_an_edge(bundle, n, step):
    uid, given, edges = bundle
    blocks = [set(range(a, b + 1)) for a, b in edges]
    for part, own in (("train", blocks[::2]), ("test", blocks[1::2])):
        found = windows(given, uid, part, n, step)
        expected = sum(len(range(0, len(block) - n + 1, step)) for block in own)
        assert len(found) == expected > 0
        for each in found:
            inside = set(range(each.start, each.stop))
            assert len(inside) == n
            assert sum(inside <= block for block in own) == 1
    every = [set(range(w.start, w.stop)) for p in ("train", "test") for w in windows(given, uid, p, 1)]
    assert set().union(*every) == set().union(*blocks)


def test_a_block_shorter_than_the_window_has_none(bundle):
    uid, given, _ = bundle
    assert [w.start for w in windows(given, uid, "train", 21)] == [0]
    assert windows(given, uid, "validation", 1) == []


def test_a_recording_that_is_not_cut_is_an_error(bundle):
    uid, given, _ = bundle
    for missing in (replace(given, time_split=given.time_split.clear()), given):
        name = "no/such/recording" if missing is given else uid
        with pytest.raises(UsageError, match="in no part of the split along time"):
            windows(missing, name, "train", 5)
    assert np.isfinite(given.time_split["end_s"].to_numpy()).all()
