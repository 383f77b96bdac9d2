"""connectome correlate: a dataset of its own, its settings, and errors that say what to do."""

from __future__ import annotations

import shutil

import polars as pl
import pytest

from graphdb.query import query
from ingest.correlation.config import CorrelationConfig, meanings
from jobs import flow
from jobs.correlate import correlate_dataset
from jobs.homogenise import config_of, homogenise_dataset
from jobs.workspace import Workspace

SOURCE = "simulate/celegans"
MADE = f"{SOURCE}-correlation"
FEW = ("-s", "surrogates=200")


@pytest.fixture
def own(simulated, tmp_path) -> Workspace:
    shutil.copytree(simulated.root, tmp_path / "own")
    return Workspace(tmp_path / "own")


def test_it_is_published_beside_its_source(connectome, own):
    result = connectome("correlate", SOURCE, *FEW, workspace=own)
    assert result.code == 0
    assert f"{MADE}@" in result.out
    assert "(simulated)" in result.out
    assert "q < 0.05" in result.out
    assert f"`connectome decisions {MADE}` says what has no edge" in result.stderr
    manifest, source = own.lake.manifest(MADE), own.lake.manifest(SOURCE)
    assert manifest.parents == (source.reference, own.lake.manifest("celegans/cells").reference)
    assert manifest.simulated
    network = own.lake.read(MADE, "network")
    assert network["uid"].to_list() == [*(f"{MADE}/recording-{i}" for i in range(1, 5)), f"{MADE}/pooled"]
    subjects = own.lake.read(SOURCE, "recording").sort("uid")["subject"].to_list()
    assert network["subject"].to_list() == [*subjects, None]


def test_the_same_settings_give_the_same_version_and_others_another(own):
    few = CorrelationConfig(surrogates=50)
    first = correlate_dataset(own, SOURCE, few).manifest
    assert correlate_dataset(own, first.parents[0], few).manifest == first
    other = correlate_dataset(own, SOURCE, CorrelationConfig(surrogates=50, seed=1)).manifest
    assert (other.dataset, len(own.lake.versions(MADE))) == (MADE, 2)
    assert correlate_dataset(own, SOURCE, few, "simulate/mine").manifest.dataset == "simulate/mine"


def test_homogenised_recordings_correlate_alike(own):
    homogenise_dataset(own, SOURCE, config_of("corrected", {}))
    none = CorrelationConfig(surrogates=0)
    raw, made = (correlate_dataset(own, name, none).manifest for name in (SOURCE, f"{SOURCE}-homogenised"))
    assert made.dataset == f"{SOURCE}-homogenised-correlation"
    assert made.parents[1:] == own.lake.manifest(f"{SOURCE}-homogenised").parents
    one, other = (
        own.lake.read(m.dataset, "functional").with_columns(pl.col("network").str.strip_prefix(m.dataset))
        for m in (raw, made)
    )
    both = one.join(other, on=("network", "source", "target"), validate="1:1")
    assert both.height == one.height == other.height
    assert both.select(pl.corr("weight", "weight_right")).item() > 0.9


@pytest.mark.parametrize(("imputation", "said"), [("none", 0), ("iterative", 1)])
def test_of_imputed_recordings_a_decision_says_so(own, imputation, said):
    homogenise_dataset(own, SOURCE, config_of("corrected", {"imputation": imputation, "dt_s": 1}))
    made = correlate_dataset(own, f"{SOURCE}-homogenised", CorrelationConfig(surrogates=0)).manifest
    decided = own.lake.read(made.dataset, "decision").filter(pl.col("item") == "imputed samples")
    assert decided.height == said
    assert all("guessed from other traces" in reason for reason in decided["reason"])


def test_the_graph_takes_it(own):
    correlate_dataset(own, SOURCE, CorrelationConfig(surrogates=50))
    flow.project(own)
    flow.verify(own)
    text = "MATCH (a:Neuron)-[r:FUNCTIONAL]->(b:Neuron) WHERE r.network = $n RETURN count(*) AS pairs, min(r.q) AS q"
    edges = own.lake.read(MADE, "functional").filter(pl.col("network") == f"{MADE}/pooled")
    with own.store() as store:
        (row,) = query(store, text, {"n": f"{MADE}/pooled"}).rows()
    assert row == {"pairs": edges.height, "q": edges["q"].min()}


def test_all_settings_are_shown_and_nothing_is_done(connectome, simulated):
    result = connectome("correlate", "--show-settings", "-s", "detrend=false", workspace=simulated)
    assert result.code == 0
    shown = {line.split()[0]: line.split() for line in result.out.splitlines() if line.strip()}
    assert set(meanings()) <= set(shown)
    assert shown["detrend"][1:3] == ["false", "yes"]
    assert shown["surrogates"][1] == "20000"
    assert not flow.holds(simulated, MADE)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "no dataset is named"),
        ((SOURCE, "-s", "surogates=1"), "unknown option 'surogates'"),
        ((SOURCE, "-s", "min_samples=2"), "min_samples must be 3 or more"),
        ((SOURCE, "-s", "min_samples=many"), "is not int"),
        ((SOURCE, "-s", "min_samples=801"), "have 801 samples in common"),
        ((SOURCE, *FEW, "--as", "celegans/cells"), "celegans/cells is a dataset of ingest.celegans.cells"),
        (("celegans/cells",), "has no recording"),
    ],
)
def test_wrong_words_are_told_and_publish_nothing(connectome, simulated, words, message):
    held = [m.reference for m in simulated.lake.datasets()]
    result = connectome("correlate", *words, workspace=simulated)
    assert result.code == 2
    assert message in result.stderr
    assert [m.reference for m in simulated.lake.datasets()] == held
