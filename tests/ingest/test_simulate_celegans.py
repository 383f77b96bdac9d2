"""Simulated calcium recordings: valid, seeded, and their communities can be found again."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from scipy.ndimage import gaussian_filter1d
from sklearn.cluster import SpectralClustering
from sklearn.metrics import normalized_mutual_info_score

from ingest.celegans import cells
from ingest.simulate import celegans
from schemas.content import content_hash
from schemas.dataset import Dataset, DatasetInfo
from schemas.errors import SourceError
from schemas.tables import key
from schemas.validation import validate

CONFIG = celegans.CelegansConfig()
INFO = DatasetInfo("simulate/celegans", "celegans", "t", "generated", "c", "r", "1", simulated=True)


@pytest.fixture(scope="module")
def parent():
    return {"celegans/cells": cells.read({}, {})}


@pytest.fixture(scope="module")
def found(parent):
    return celegans.read({}, parent)


def test_it_is_valid_on_the_real_neurons(found, parent) -> None:
    nodes = parent["celegans/cells"]["node"]["uid"].to_list()
    validate(Dataset(INFO, found), {"node": nodes, "node_set": ["celegans/hermaphrodite"]})


def test_sizes(found) -> None:
    assert found["recording"].select("n_samples", "sampling_rate_hz").unique().rows() == [(800, 1 / 0.6)]
    per_recording = found["trace"].group_by("recording").agg(pl.len(), unnamed=pl.col("node").null_count())
    assert per_recording["len"].to_list() == [52] * 4
    assert per_recording["unnamed"].to_list() == [3] * 4
    assert set(found["event"]["label"]) == {"touch", "light", "salt", "odour"}
    assert found["membership"]["community"].value_counts(sort=True)["count"].to_list() == [16, 16, 14, 14]
    run = found["run"].row(0, named=True)
    assert (run["model"], run["seed"], run["bundle_hash"], run["simulated"]) == (
        "planted-truth", 2024, "none", True,
    )  # fmt: skip
    assert json.loads(run["parameters"])["noise"] == CONFIG.noise


def test_recordings_differ_in_what_they_miss(found) -> None:
    seen = found["trace"].filter(pl.col("node").is_not_null()).group_by("recording").agg(pl.col("node"))
    sets = [frozenset(nodes) for nodes in seen["node"].to_list()]
    assert len(set(sets)) == 4
    assert len(frozenset.union(*sets)) == 60


def test_same_seed_same_tables_another_seed_others() -> None:
    small = replace(CONFIG, n_samples=120, n_recordings=2)
    first, again, other = (celegans.simulate(c) for c in (small, small, replace(small, seed=1)))
    hashes = [{n: content_hash(f, key(n)) for n, f in t.items()} for t in (first, again, other)]
    assert hashes[0] == hashes[1]
    assert hashes[0]["trace"] != hashes[2]["trace"]


def test_a_stimulus_raises_its_own_community_and_no_other(found) -> None:
    """Mean rise during a stimulus, in the community that answers to it and in the others."""
    communities = dict(found["membership"].select("node", "community").iter_rows())
    answering = {stimulus: community for community, (stimulus, _) in celegans.COMMUNITIES.items()}
    own, others = [], []
    events = found["event"].filter(pl.col("recording") == "simulate/celegans/recording-1")
    traces = found["trace"].filter(
        (pl.col("recording") == "simulate/celegans/recording-1") & pl.col("node").is_not_null()
    )
    for event in events.iter_rows(named=True):
        start, stop = int(event["onset_s"] / 0.6), int((event["onset_s"] + event["duration_s"]) / 0.6)
        for node, values in traces.select("node", "values").iter_rows():
            rise = values[stop] - values[start]
            (own if communities[node] == answering[event["label"]] else others).append(rise)
    assert np.mean(own) > 0.5
    assert np.mean(others) < 0.05


@pytest.mark.parametrize("seed", [2024, 7])
def test_communities_are_found_from_the_derivatives(seed) -> None:
    """Affinity sqrt(max(0, d_i d_j)), averaged, then spectral clustering: NMI >= 0.9."""
    found = celegans.simulate(replace(CONFIG, seed=seed))
    names = list(celegans.members())
    total, count = np.zeros((60, 60)), np.zeros((60, 60))
    for _, group in found["trace"].filter(pl.col("node").is_not_null()).group_by("recording"):
        index = np.array([names.index(label) for label in group["raw_label"]])
        smooth = gaussian_filter1d(np.array(group["values"].to_list()), 1.0, axis=1)
        slope = np.diff(smooth, axis=1)
        slope /= np.median(np.abs(slope), axis=1, keepdims=True)
        affinity = np.sqrt(np.clip(slope[:, None] * slope[None], 0, None)).mean(axis=2)
        total[np.ix_(index, index)] += affinity
        count[np.ix_(index, index)] += 1
    affinity = np.where(count > 0, total / np.maximum(count, 1), 0.0)
    np.fill_diagonal(affinity, 0)
    labels = SpectralClustering(4, affinity="precomputed", random_state=0).fit_predict(affinity)
    assert normalized_mutual_info_score([celegans.members()[n] for n in names], labels) >= 0.9


def test_parent_without_a_neuron_is_refused(parent) -> None:
    cut = {"celegans/cells": {"node": parent["celegans/cells"]["node"].filter(pl.col("name") != "RIVL")}}
    with pytest.raises(SourceError, match="has no neuron 'RIVL'"):
        celegans.read({}, cut)
