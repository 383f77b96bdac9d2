"""Correlation of real recordings: the example's numbers, worms with nothing in common, and structure against it."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from graphdb.named.catalog import run_named
from ingest.correlation.config import CorrelationConfig
from ingest.correlation.pairwise import NamedTraces, correlation, mean_correlation, without_trend
from ingest.correlation.shifts import false_discovery, significance
from jobs import flow
from jobs.correlate import correlate_dataset
from jobs.examples.structure_function import recorded
from jobs.workspace import Workspace
from tests.stores import on_ladybug, on_neo4j

pytestmark = pytest.mark.data
DAG, COOK, ATLAS = "celegans/dag2023", "celegans/cook2019", "celegans/randi2023/wt"
POOLED = f"{DAG}-correlation/pooled"
# What the README shows: how pairs are connected, significant, not significant, not observed.
SHOWN = {
    (POOLED, "0.3"): [
        ("chemical", 282, 591, 2667),
        ("chemical,gap_junction", 64, 95, 473),
        ("gap_junction", 60, 42, 699),
        ("none", 1728, 5495, None),
    ],
    (ATLAS, "0.3"): [
        ("chemical", 42, 1309, 2680),
        ("chemical,gap_junction", 12, 266, 532),
        ("gap_junction", 20, 422, 1614),
        ("none", 370, 21460, None),
    ],
    (POOLED, None): [
        ("chemical", 307, 566, 2667),
        ("chemical,gap_junction", 73, 86, 473),
        ("gap_junction", 48, 54, 699),
        ("none", 1430, 5793, None),
    ],
    (ATLAS, None): [
        ("chemical", 119, 1232, 2680),
        ("chemical,gap_junction", 42, 236, 532),
        ("gap_junction", 77, 365, 1614),
        ("none", 912, 20918, None),
    ],
}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory, shared_data):
    workspace = Workspace(tmp_path_factory.mktemp("correlation"))
    for source in (DAG, COOK, "celegans/randi2023"):
        flow.ingest_source(workspace, source, shared_data)
    correlate_dataset(workspace, DAG, CorrelationConfig())
    return workspace


@pytest.fixture(scope="module")
def embedded(workspace):
    with on_ladybug(workspace.lake, workspace.root / "graph" / "connectome.lbug") as store:
        yield store


@pytest.fixture(scope="module")
def edges(workspace):
    return workspace.lake.read(f"{DAG}-correlation", "functional")


@pytest.fixture(scope="module")
def neurons(workspace):
    """Index of each neuron that has a trace."""
    found = workspace.lake.read(DAG, "trace").get_column("node").drop_nulls().unique().sort()
    return {uid: i for i, uid in enumerate(found)}


def counts(store, function, **given):
    asked = {"structure": COOK, "function": function, **given}
    return run_named(store, "structure-function-counts", asked).to_polars()


def test_every_pair_of_neurons_that_a_worm_has_is_an_edge(workspace, edges):
    named = workspace.lake.read(DAG, "trace").drop_nulls("node")
    pairs = {n * (n - 1) // 2 for n in named.group_by("recording").len()["len"]}
    held = dict(edges.group_by("network").len().iter_rows())
    assert held.pop(POOLED) == 8357
    assert set(held.values()) == pairs == {3741, 4851, 4950, 5671}
    assert (edges["q"].null_count(), edges.height) == (0, 31_311)
    assert edges.filter(pl.col("network") == POOLED)["n_observations"].max() == 5


def test_the_pooled_weight_is_the_number_of_the_example(workspace, edges, neurons):
    values, seen = mean_correlation(recorded(workspace.lake, neurons), len(neurons))
    pooled = edges.filter(pl.col("network") == POOLED)
    for row in pooled.iter_rows(named=True):
        at = neurons[row["source"]], neurons[row["target"]]
        assert row["weight"] == pytest.approx(values[at], abs=1e-12)
        assert row["n_observations"] == seen[at]
    assert pooled.height == np.isfinite(values[np.triu_indices(len(values), k=1)]).sum()


@pytest.mark.parametrize(("detrended", "rate"), [(True, 0.067), (False, 0.1)])
def test_neurons_of_different_worms_are_hardly_ever_found(workspace, neurons, detrended, rate):
    """Half of the neurons, drawn at random, from one worm, the others from the next: pairs between them are unrelated.

    At p <= 0.05 more than 5 in 100 are found: all worms drift alike from the start of the recording on.
    """
    first = np.random.default_rng(0).random(len(neurons)) < 0.5
    worms = recorded(workspace.lake, neurons)
    mixed = [_mixed(a, b, first) for a, b in zip(worms, [*worms[1:], worms[0]], strict=True)]
    if detrended:
        mixed = [NamedTraces(each.cells, without_trend(each.values)) for each in mixed]
    between = [
        np.where(first[each.cells][:, None] == first[each.cells], np.nan, correlation(each.values)[0]) for each in mixed
    ]
    rng = np.random.default_rng(1)
    found = significance(mixed, between, len(neurons), min_samples=100, surrogates=1_000, rng=rng)
    for n, matrices in ((11_000, found.alone), (4_000, [found.pooled])):
        p = np.concatenate([each[~np.isnan(each)] for each in matrices])
        assert len(p) > n
        assert (p <= 0.05).mean() == pytest.approx(rate, abs=0.015)
    if detrended:
        for p in (*found.alone, found.pooled):
            q = false_discovery(p[~np.isnan(p)])
            assert (q >= 0.05).all()


def _mixed(one, other, first):
    parts = [(each.cells, each.values, wanted) for each, wanted in ((one, first), (other, ~first))]
    cells = np.concatenate([cells[wanted[cells]] for cells, _, wanted in parts])
    values = np.concatenate([values[wanted[cells]] for cells, values, wanted in parts])
    order = np.argsort(cells)
    return NamedTraces(cells[order], values[order])


@pytest.mark.parametrize(("function", "least"), SHOWN)
def test_structure_against_function(embedded, function, least):
    rows = counts(embedded, function, **({"min_abs_weight": least} if least else {}))
    assert rows.select("structure", "significant", "not_significant", "not_observed").rows() == SHOWN[function, least]


def test_the_readme_shows_these_counts(repository):
    text = (repository / "README.md").read_text().partition("### Structure against function")[2]
    for i, (structure, *_) in enumerate(SHOWN[POOLED, "0.3"]):
        cells = [
            f"{rows[i][1]:,} of {sum(rows[i][1:3]):,} ({100 * rows[i][1] / sum(rows[i][1:3]):.2g} %)"
            for rows in SHOWN.values()
        ]
        assert f"| {structure.replace(',', ', ')} | {' | '.join(cells)} |" in text


@pytest.mark.parametrize("given", [{"min_abs_weight": "0.3"}, {}])
def test_significant_and_other_pairs_are_all_that_were_observed(embedded, edges, given):
    rows, pooled = counts(embedded, POOLED, **given), edges.filter(pl.col("network") == POOLED)
    assert rows.select(pl.col("significant") + pl.col("not_significant")).sum().item() == pooled.height
    counted = pl.col("weight").abs() >= 0.3 if given else pl.col("q") <= 0.05
    assert rows["significant"].sum() == pooled.filter(counted).height


@pytest.mark.neo4j
def test_both_stores_answer_alike(workspace, embedded, neo4j_login):
    with on_neo4j(workspace.lake, neo4j_login) as server:
        for given in ({"min_abs_weight": "0.3"}, {}):
            assert counts(embedded, POOLED, **given).equals(counts(server, POOLED, **given))
