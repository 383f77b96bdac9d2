"""Imputation: equal to scikit-learn on the same matrix, off unless asked for, and what was measured stays known."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import polars as pl
import pytest

from ingest.homogenise.config import SIMEON2024, HomogeniseConfig, recorded
from ingest.homogenise.dataset import Recorded, homogenise
from ingest.homogenise.imputation import IMPUTED_IN, for_source, impute
from ingest.homogenise.recording import homogenise_recording, measured_samples
from ingest.source import sources
from schemas import tables
from schemas.errors import UsageError

ITERATIVE = HomogeniseConfig(imputation="iterative")
PLAIN = {"imputation": "iterative", "normalisation": "none"}
SET = "celegans/hermaphrodite"


def matrix(traces=12, samples=60, share=0.1, seed=0):
    """Random walks with a share of missing samples, shape (samples, traces)."""
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(samples, traces)).cumsum(axis=0)
    values[rng.random(values.shape) < share] = np.nan
    return values


def sklearn_says(values, seed=0):
    import warnings

    from sklearn.experimental import enable_iterative_imputer  # noqa: F401
    from sklearn.impute import IterativeImputer

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of rounds that ended early
        return IterativeImputer(random_state=seed, n_nearest_features=10, skip_complete=False).fit_transform(values)


@pytest.mark.parametrize(("seed", "traces"), [(0, 12), (3, 12), (0, 2)])
def test_values_are_those_of_scikit_learn_on_the_same_matrix(seed, traces):
    values = matrix(traces)
    found = impute(values, HomogeniseConfig(imputation="iterative", seed=seed))
    np.testing.assert_array_equal(found.values, sklearn_says(values, seed))
    np.testing.assert_array_equal(found.values[~np.isnan(values)], values[~np.isnan(values)])
    assert found.imputed.tolist() == np.isnan(values).sum(axis=0).tolist()


def test_a_trace_without_any_sample_stays_missing_and_lends_nothing():
    values = matrix()
    values[:, 4] = np.nan
    found = impute(values, ITERATIVE)
    assert np.isnan(found.values[:, 4]).all()
    np.testing.assert_array_equal(np.delete(found.values, 4, axis=1), sklearn_says(np.delete(values, 4, axis=1)))
    assert found.imputed[4] == 0
    assert not np.isnan(np.delete(found.values, 4, axis=1)).any()
    nothing = np.full((5, 2), np.nan)
    assert np.isnan(impute(nothing, ITERATIVE).values).all()


def test_a_trace_with_a_single_sample_is_that_value_throughout():
    values = matrix()
    values[:, 4] = np.nan
    values[7, 4] = 2.5
    found = impute(values, ITERATIVE)
    np.testing.assert_allclose(found.values[:, 4], 2.5)
    assert found.imputed[4] == len(values) - 1


def test_a_trace_that_stands_alone_gets_its_mean():
    found = impute(np.array([[1.0], [np.nan], [4.0]]), ITERATIVE)
    assert found.values[:, 0].tolist() == [1.0, 2.5, 4.0]


def test_a_gap_takes_the_course_of_a_trace_that_goes_along():
    """Planted truth: where another trace has the same course, the guess is that course and not the mean."""
    course = np.sin(np.arange(200) / 7)
    values = np.column_stack([course, 3 * course + 1, np.cos(np.arange(200) / 3)])
    values[50:70, 0] = np.nan
    found = impute(values, ITERATIVE)
    np.testing.assert_allclose(found.values[50:70, 0], course[50:70], atol=1e-3)


def test_nothing_is_imputed_unless_asked_for_or_missing():
    values = matrix()
    assert impute(values, HomogeniseConfig()).values is values
    whole = np.nan_to_num(values)
    assert impute(whole, ITERATIVE).values is whole


def test_reading_a_recording_without_imputation_does_not_load_scikit_learn(repository):
    code = (
        "import sys, numpy as np; from ingest.homogenise.config import *; from ingest.homogenise.recording import *;"
        "homogenise_recording(np.arange(9.0), np.ones((9, 1)), HomogeniseConfig(imputation='iterative'));"
        "sys.exit('sklearn' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=repository, check=False).returncode == 0


def test_the_published_profile_imputes_five_sources_and_no_other():
    assert {f"celegans/{name}" for name in IMPUTED_IN} <= set(sources())
    for name in ("nejatbakhsh2020", "yemini2021", "leifer2023", "lin2023", "venkatachalam2024"):
        assert for_source(SIMEON2024, f"celegans/{name}").imputation == "iterative"
    for name in ("dag2023", "atanas2023", "kato2015", "seeelegans2024", "uzel2022"):
        assert for_source(SIMEON2024, f"celegans/{name}").imputation == "none"
    assert for_source(ITERATIVE, "celegans/dag2023") == ITERATIVE
    assert for_source(HomogeniseConfig(), "celegans/lin2023") == HomogeniseConfig()


def test_an_unknown_imputation_is_named():
    with pytest.raises(UsageError, match=r"(?s)option imputation=mean .* none, iterative, published"):
        HomogeniseConfig(imputation="mean")


def source(uid, values):
    """A dataset of one recording at 0.6 s with these values."""
    samples, traces = values.shape
    recording = {
        "uid": f"{uid}/w",
        "node_set": SET,
        "subject": f"{uid}/w",
        "modality": "calcium",
        "signal": "F",
        "unit": "1",
        "sampling_rate_hz": 1 / 0.6,
        "n_samples": samples,
        "time_s": (0.6 * np.arange(samples)).tolist(),
    }
    names = ["AVAL", "AVAR", "RIML", "RIMR", *[None] * (traces - 4)]
    rows = [
        {
            "recording": f"{uid}/w",
            "trace": i,
            "node": f"{SET}/{name}" if name else None,
            "raw_label": name,
            "match": "exact" if name else "unlabelled",
            "values": [None if np.isnan(v) else v for v in values[:, i]],
        }
        for i, name in enumerate(names)
    ]
    return recording, rows


@pytest.fixture
def homogenised(cell_tables):
    def run(uid, values, config):
        recording, rows = source(uid, values)
        frames = (tables.frame(t, r) for t, r in (("recording", [recording]), ("trace", rows), ("event", [])))
        given = Recorded(uid, f"{uid}@1", *frames, cell_tables["celegans/cells"]["node"])
        return homogenise(given, f"{uid}-homogenised", config)

    return run


def reasons(found, action):
    return found["decision"].filter(pl.col("action") == action)["reason"].to_list()


def test_how_many_were_imputed_is_a_decision_of_the_recording(homogenised):
    values = matrix(samples=700, share=0.02)
    missing = int(np.isnan(values).sum())
    found = homogenised("celegans/lin2023", values, SIMEON2024)
    share = f"{100 * missing / values.size:.2g} % of all"
    text = f"{missing} missing sample(s) in 12 trace(s), {share}, imputed from other traces (seed 0)"
    assert reasons(found, "guessed") == [text]
    assert found["trace"]["values"].list.eval(pl.element().is_null()).list.sum().sum() == 0
    assert recorded(found["decision"]).imputation == "published"


def test_other_sources_are_bridged_as_before_under_the_published_profile(homogenised):
    values = matrix(samples=700, share=0.02)
    found = homogenised("celegans/dag2023", values, SIMEON2024)
    assert not any("imputed" in reason for reason in found["decision"]["reason"])
    assert sum("interpolated" in reason for reason in reasons(found, "guessed")) == 12


def test_a_dataset_from_before_there_was_imputation_can_be_read(homogenised):
    found = homogenised("celegans/dag2023", matrix(), HomogeniseConfig())["decision"]
    told = json.loads(found["reason"][0])
    del told["imputation"]
    older = found.with_columns(reason=pl.lit(json.dumps(told))).head(1)
    assert recorded(older) == HomogeniseConfig()


def test_rounds_that_ended_too_early_are_said(homogenised):
    values = matrix()
    settled = impute(values, ITERATIVE).settled
    told = any("come to rest" in reason for reason in reasons(homogenised("a/b", values, ITERATIVE), "kept"))
    assert not settled
    assert told
    assert impute(matrix(2), ITERATIVE).settled


@pytest.mark.parametrize("dt", [0.2, 0.333, 0.6, 1.5])
@pytest.mark.parametrize("slow_down", ["hann", "block_mean"])
@pytest.mark.parametrize("signal", ["calcium", "residual"])
def test_what_was_measured_is_known_after_imputation(dt, slow_down, signal):
    """A sample that is said to be measured has a value without imputation too; alone, it has the same one."""
    values, time = matrix(6, 80), 0.6 * np.arange(80)
    config = HomogeniseConfig(dt_s=dt, slow_down=slow_down, signal=signal, **PLAIN)
    found = homogenise_recording(time, values, config)
    measured = measured_samples(time, values, config)
    assert measured.shape == found.values.shape
    assert not np.isnan(found.values).any()
    assert 0.3 < measured.mean() < 0.95
    bare = homogenise_recording(time, values, HomogeniseConfig(dt_s=dt, slow_down=slow_down, normalisation="none"))
    assert not np.isnan(bare.values[measured]).any()
    if slow_down == "block_mean" and signal == "calcium":
        np.testing.assert_allclose(found.values[measured], bare.values[measured])


def slow_measured(time, trace, at, max_gap_s):
    """One trace, sample by sample."""
    out = []
    for t in at:
        meets = [k for k in range(len(time)) if abs(time[k] - t) < 1e-9]
        if meets:
            out.append(not np.isnan(trace[meets[0]]))
            continue
        before = max(k for k in range(len(time)) if time[k] < t)
        near = max_gap_s is None or time[before + 1] - time[before] <= max_gap_s
        out.append(near and not np.isnan(trace[before]) and not np.isnan(trace[before + 1]))
    return out


@pytest.mark.parametrize("gap", [None, 2.0])
@pytest.mark.parametrize("step", [0.25, 0.4, 1.0])
def test_measured_agrees_with_a_slow_reading(gap, step):
    rng = np.random.default_rng(1)
    time = np.concatenate([[0.0], np.cumsum(rng.choice([0.5, 1.0, 3.0], 40))])
    values = matrix(3, 41, 0.3)
    config = HomogeniseConfig(dt_s=step, max_gap_s=gap)
    at = homogenise_recording(time, values, config).time
    found = measured_samples(time, values, config)
    for i in range(3):
        assert found[:, i].tolist() == slow_measured(time, values[:, i], at, gap)
