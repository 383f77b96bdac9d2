"""Simulated spike counts: valid, seeded, and their coupling and states can be seen in the counts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from scipy.special import gammaln

from ingest.simulate import spikes
from schemas.content import content_hash
from schemas.dataset import Dataset, DatasetInfo
from schemas.tables import key
from schemas.validation import validate

CONFIG = spikes.SpikesConfig()
INFO = DatasetInfo("simulate/spikes", "spikes", "t", "generated", "c", "r", "1", simulated=True)


@pytest.fixture(scope="module")
def found():
    return spikes.read({}, {})


@pytest.fixture(scope="module")
def counts(found) -> np.ndarray:
    return np.array(found["trace"].sort("trace")["values"].to_list()).T


@pytest.fixture(scope="module")
def states(found) -> np.ndarray:
    out = np.full(CONFIG.n_bins, -1)
    for state, onset, duration in found["state"].select("state", "onset_s", "duration_s").iter_rows():
        start = round(onset / CONFIG.bin_s)
        out[start : start + round(duration / CONFIG.bin_s)] = int(state[-1]) - 1
    return out


def _coupling(found, run: str) -> np.ndarray:
    names = found["node"]["uid"].to_list()
    out = np.zeros((len(names), len(names)))
    for row in found["inferred_edge"].filter(pl.col("run") == run).iter_rows(named=True):
        out[names.index(row["target"]), names.index(row["source"])] = row["weight"]
    return out


def _drive(counts, coupling) -> np.ndarray:
    """b + W h, written bin by bin."""
    kernel = np.exp(-np.arange(1.0, 6.0))
    kernel /= kernel.sum()
    out = np.full_like(counts, CONFIG.base)
    for t in range(len(counts)):
        for lag in range(1, min(5, t) + 1):
            out[t] += kernel[lag - 1] * coupling @ counts[t - lag]
    return out


def test_it_is_valid(found) -> None:
    validate(Dataset(INFO, found))


def test_sizes(found, states) -> None:
    about = found["recording"].select("modality", "signal", "n_samples")
    assert about.rows() == [("spikes", "spike count", 12000)]
    assert found["node"]["type"].value_counts()["count"].to_list() == [10, 10]
    assert found["run"]["uid"].to_list() == [
        "simulate/spikes/truth", "simulate/spikes/truth-state-1", "simulate/spikes/truth-state-2",
    ]  # fmt: skip
    assert set(states) == {0, 1}  # the intervals cover every bin


def test_counts_are_counts(counts) -> None:
    assert (counts >= 0).all()
    assert (counts == np.round(counts)).all()
    assert 0.2 < counts.mean() < 1.0


def test_signs_follow_the_unit(found) -> None:
    kind = dict(found["node"].select("uid", "type").iter_rows())
    for source, target, weight in found["inferred_edge"].select("source", "target", "weight").iter_rows():
        assert source != target
        assert (weight > 0) == (kind[source] == "excitatory")


def test_mean_coupling_is_the_mean_of_the_states(found) -> None:
    each = [_coupling(found, f"simulate/spikes/truth-state-{s}") for s in (1, 2)]
    assert np.allclose(_coupling(found, "simulate/spikes/truth"), (each[0] + each[1]) / 2)
    assert not np.allclose(each[0], each[1])


def test_excitation_cannot_run_away(found) -> None:
    for state in (1, 2):
        excitation = np.clip(_coupling(found, f"simulate/spikes/truth-state-{state}"), 0, None)
        assert np.abs(np.linalg.eigvals(excitation)).max() <= CONFIG.radius + 1e-9


def test_planted_states_explain_the_counts(found, counts, states) -> None:
    """The true state's likelihood beats the other's in nearly every interval of a second or more."""
    ll = []
    for state in (1, 2):
        rate = np.logaddexp(0, _drive(counts, _coupling(found, f"simulate/spikes/truth-state-{state}")))
        ll.append((counts * np.log(rate) - rate - gammaln(counts + 1)).sum(axis=1))
    gain = np.where(states == 0, ll[0] - ll[1], ll[1] - ll[0])
    assert gain.mean() > 0
    intervals = np.split(gain, np.flatnonzero(np.diff(states)) + 1)
    long = [part.sum() > 0 for part in intervals if len(part) >= 50]
    assert np.mean(long) > 0.95


def test_planted_coupling_explains_the_counts(found, counts, states) -> None:
    """Residuals of the true model are white against the past: no coupling is left to find."""
    drive = np.empty_like(counts)
    for state in (0, 1):
        full = _drive(counts, _coupling(found, f"simulate/spikes/truth-state-{state + 1}"))
        drive[states == state] = full[states == state]
    rate = np.logaddexp(0, drive)
    residual = (counts - rate) / np.sqrt(rate)
    bare = (counts - counts.mean(axis=0)) / counts.std(axis=0)
    z = residual[1:].T @ bare[:-1] / np.sqrt(len(counts))
    assert np.abs(z).max() < 4.5
    apart = bare[1:].T @ bare[:-1] / np.sqrt(len(counts))
    truth = _coupling(found, "simulate/spikes/truth")
    assert apart[truth > 0.5].mean() > 5
    assert apart[truth < -0.5].mean() < -5


def test_same_seed_same_tables_another_seed_others() -> None:
    small = replace(CONFIG, n_bins=300, n_units=6)
    first, again, other = (spikes.simulate(c) for c in (small, small, replace(small, seed=1)))
    hashes = [{n: content_hash(f, key(n)) for n, f in t.items()} for t in (first, again, other)]
    assert hashes[0] == hashes[1]
    assert hashes[0]["trace"] != hashes[2]["trace"]


@pytest.mark.parametrize("n_states", [1, 3])
def test_other_numbers_of_states(n_states) -> None:
    found = spikes.simulate(replace(CONFIG, n_bins=2000, n_units=6, n_states=n_states))
    assert found["state"]["state"].n_unique() == n_states
    validate(Dataset(INFO, found))
