"""Networks side by side: agreement, presence in n of m, consensus; against loops over the rows of the lake."""

from __future__ import annotations

import itertools
from collections import Counter

import numpy as np
import polars as pl
import pytest
from scipy.stats import spearmanr

from graphdb.named.agreement import agreements
from graphdb.named.catalog import run_named
from graphdb.named.compared import side_by_side
from graphdb.named.connectomes import Network
from graphdb.named.consensus import weighed
from graphdb.named.coverage import COVERED
from graphdb.named.present_in import combinations_of, counts_of
from graphdb.side_by_side import rank_correlation
from graphdb.testing_more import BODY
from graphdb.testing_partial import COVERED as SAID
from graphdb.testing_partial import NAMES
from schemas.errors import QueryError, UsageError

ALPHA, BETA, LAST = "test/alpha/chemical", "test/beta/chemical", "test/growth/stage10/chemical"
THREE = {"of": "test/alpha,test/beta,test/growth/stage10"}
NOTHING = pl.DataFrame(schema=COVERED)
UNITS = {ALPHA: "sections", BETA: "synapses", LAST: "synapses"}


def ask(store, name, **given):
    return run_named(store, name, given).rows()


def weights(lake, uid):
    dataset = "/".join(uid.split("/")[:2])
    frame = lake.read(dataset, uid.rpartition("/")[2]).filter(pl.col("network") == uid)
    ends = frame.with_columns(pl.col("source", "target").str.strip_prefix(f"{BODY}/"))
    return {(r["source"], r["target"]): r["weight"] for r in ends.iter_rows(named=True)}


def cells_of(edges):
    return {end for pair in edges for end in pair}


@pytest.fixture(scope="module")
def known(partial_lake):
    """Edges by network, of the three; and the cells that each holds, as source and as target."""
    edges = {uid: weights(partial_lake, uid) for uid in UNITS}
    held = {uid: (cells_of(found), cells_of(found)) for uid, found in edges.items()}
    return edges, held | {ALPHA: tuple(set(names) for names in SAID)}


def holds(held, uid, pair):
    return all(cell in cells for cell, cells in zip(pair, held[uid], strict=True))


def heavy(edges, least):
    return {uid: {p: w for p, w in found.items() if w >= least} for uid, found in edges.items()}


@pytest.mark.parametrize("cells", ["common", "all"])
@pytest.mark.parametrize("least", [None, 3])
def test_agreement_equals_a_loop(partial_store, known, cells, least):
    edges, held = known
    kept = heavy(edges, least or 0)
    given = THREE | {"cells": cells} | ({"min_weight": str(least)} if least else {})
    rows = ask(partial_store, "agreement", **given)
    assert [(r["a"], r["b"]) for r in rows] == list(itertools.combinations(UNITS, 2))
    for row in rows:
        a, b = row["a"], row["b"]
        own, other = (set.union(*held[uid]) for uid in (a, b))
        counted = own & other if cells == "common" else own | other
        first, second = (
            {p: w for p, w in kept[uid].items() if cells == "all" or holds(held, against, p)}
            for uid, against in ((a, b), (b, a))
        )
        both = set(first) & set(second)
        assert row["both"] == len(both)
        assert row["only_a"] == len(set(first) - set(second))
        assert row["only_b"] == len(set(second) - set(first))
        assert row["jaccard"] == pytest.approx(len(both) / len(set(first) | set(second)))
        truth = spearmanr([first[p] for p in sorted(both)], [second[p] for p in sorted(both)]).statistic
        assert row["rank_correlation"] == pytest.approx(truth)
        assert row["n_cells"] == len(counted)
        assert row["edges_left_out_a"] == len(kept[a]) - len(first)
        assert row["edges_left_out_b"] == len(kept[b]) - len(second)
        left_out = (len(own - other), len(other - own)) if cells == "common" else (0, 0)
        assert (row["cells_left_out_a"], row["cells_left_out_b"]) == left_out
        assert (row["unit_a"], row["unit_b"]) == (UNITS[a], UNITS[b])
    assert cells == "all" or rows[0]["cells_left_out_a"] > 0


def test_agreement_of_gap_junctions_does_not_ask_which_end_is_first(partial_store, partial_lake):
    edges = [weights(partial_lake, f"test/{name}/gap_junction") for name in ("alpha", "beta")]
    assert all(a <= b for found in edges for a, b in found)
    (row,) = ask(partial_store, "agreement", of="test/alpha,test/beta", kind="gap_junction")
    assert row["both"] == len(set(edges[0]) & set(edges[1]))
    assert row["n_cells"] == len(cells_of(edges[0]) & cells_of(edges[1]))


def test_a_dataset_may_count_as_one(partial_store, partial_lake, known):
    edges, _ = known
    stages = [weights(partial_lake, f"test/growth/stage{n}/chemical") for n in range(1, 11)]
    mean = {p: sum(found.get(p, 0.0) for found in stages) / 10 for found in stages for p in found}
    (row,) = ask(partial_store, "agreement", of="test/beta,test/growth", by="dataset")
    both = sorted(set(mean) & set(edges[BETA]))
    assert (row["a"], row["b"], row["both"]) == ("test/beta", "test/growth", len(both))
    truth = spearmanr([edges[BETA][p] for p in both], [mean[p] for p in both]).statistic
    assert row["rank_correlation"] == pytest.approx(truth)


@pytest.mark.parametrize("seed", range(20))
def test_the_rank_correlation_is_that_of_scipy(seed):
    chance = np.random.default_rng(seed)
    one, other = (chance.integers(0, 2 + seed, 3 + 2 * seed).astype(float) for _ in range(2))
    found = rank_correlation(pl.Series(one), pl.Series(other))
    if len(set(one)) < 2 or len(set(other)) < 2:
        assert found is None
    else:
        assert found == pytest.approx(spearmanr(one, other).statistic)


@pytest.mark.parametrize("values", [([], []), ([1.0], [2.0]), ([1.0, 1.0], [2.0, 3.0])])
def test_what_cannot_be_ranked_has_no_rank_correlation(values):
    assert rank_correlation(*(pl.Series(each, dtype=pl.Float64) for each in values)) is None


@pytest.mark.parametrize("least", [1, 3])
def test_combinations_equal_a_loop(partial_store, known, least):
    edges, held = known
    kept = heavy(edges, least)
    truth, sure = Counter(), Counter()
    for pair in itertools.product(NAMES, NAMES):
        flags = tuple(pair in kept[uid] for uid in UNITS)
        if any(flags):
            truth[flags] += 1
            sure[flags] += all(holds(held, uid, pair) for uid in UNITS)
    rows = ask(partial_store, "present-in", min_weight=str(least), **THREE)
    flagged = {tuple(r[uid] for uid in UNITS): r for r in rows}
    assert {flags: r["n_pairs"] for flags, r in flagged.items()} == dict(truth)
    assert {flags: r["n_held"] for flags, r in flagged.items()} == {flags: sure[flags] for flags in truth}
    assert all((r["n_found"], r["n_of"]) == (sum(flags), 3) for flags, r in flagged.items())
    assert [r["n_pairs"] for r in rows] == sorted(truth.values(), reverse=True)
    counts = ask(partial_store, "present-in-counts", min_weight=str(least), **THREE)
    assert [(r["n_found"], r["n_of"]) for r in counts] == [(3, 3), (2, 3), (1, 3)]
    for row in counts:
        assert row["n_pairs"] == sum(n for flags, n in truth.items() if sum(flags) == row["n_found"])
        assert row["n_held"] == sum(n for flags, n in sure.items() if sum(flags) == row["n_found"])


def test_presence_agrees_with_the_pairs_of_shared_edges(partial_store):
    shared = Counter(r["n_found"] for r in ask(partial_store, "shared-edges", **THREE))
    assert {r["n_found"]: r["n_pairs"] for r in ask(partial_store, "present-in-counts", **THREE)} == shared


@pytest.mark.parametrize(("least", "share"), [(1, 0.0), (2, 0.5), (2, 1.0), (3, 0.0)])
def test_consensus_keeps_units_apart(partial_store, known, least, share):
    edges, held = known
    truth = {}
    for pair in itertools.product(NAMES, NAMES):
        holding = [uid for uid in UNITS if holds(held, uid, pair)]
        having = [uid for uid in UNITS if pair in edges[uid]]
        if len(having) < max(least, 1) or len(having) / len(holding) < share:
            continue
        values = {uid: edges[uid].get(pair, 0.0) if uid in holding else None for uid in UNITS}
        counted = [values[uid] for uid in (BETA, LAST) if uid in holding]
        truth[pair] = (len(having), len(holding), *values.values(), np.mean(counted) if counted else None)
    rows = ask(partial_store, "consensus", min_found=str(least), min_share=str(share), **THREE)
    titles = [f"{uid} ({unit})" for uid, unit in UNITS.items()]
    names = ["n_found", "n_held", *titles, "mean (synapses)"]
    assert {(r["source"], r["target"]): tuple(r[n] for n in names) for r in rows} == truth
    assert len(rows[0]) == 8 + len(titles) + 1  # no mean of sections, which one network counts
    assert all(r["share"] == pytest.approx(r["n_found"] / r["n_held"]) for r in rows)
    assert [(-r["share"], -r["n_found"]) for r in rows] == sorted((-r["share"], -r["n_found"]) for r in rows)
    assert any(r["n_held"] == 2 for r in rows) == (least < 3)


def network(name, unit="synapses"):
    return Network(f"test/{name}/n", f"test/{name}", BODY, "chemical", directed=True, weight_unit=unit)


def frame(*rows):
    keys = ("network", "source_uid", "source", "target_uid", "target", "weight")
    named = [(f"test/{n}/n", a.lower(), a, b.lower(), b, w) for n, a, b, w in rows]
    return pl.DataFrame(named, schema=dict(zip(keys, [*5 * [pl.String], pl.Float64], strict=True)), orient="row")


class Unhurried:
    def check_time(self):
        pass


def test_a_light_edge_is_absent_but_its_cells_are_held():
    found = side_by_side(
        frame(("a", "X", "Y", 1.0), ("a", "Y", "Z", 5.0), ("b", "X", "Y", 5.0), ("b", "Y", "Z", 5.0)),
        (network("a"), network("b")),
        NOTHING,
        min_weight=2.0,
    )
    (row,) = agreements(found, "common", Unhurried())
    assert (row["both"], row["only_a"], row["only_b"], row["cells_left_out_b"]) == (1, 0, 1, 0)


def test_rows_of_one_pair_are_one_edge_with_their_sum():
    found = side_by_side(
        frame(("a", "X", "Y", 1.0), ("a", "X", "Y", 2.0), ("b", "X", "Y", 4.0)),
        (network("a"), network("b")),
        NOTHING,
        min_weight=3.0,
    )
    assert found.pairs.select("test/a/n", "test/b/n").rows() == [(3.0, 4.0)]


def test_networks_without_edges_agree_in_nothing():
    networks = (network("a"), network("b", None), network("c", None))
    found = side_by_side(frame(("a", "X", "Y", 1.0)), networks, NOTHING)
    rows = {(r["a"], r["b"]): r for r in agreements(found, "common", Unhurried())}
    nothing = rows["test/b/n", "test/c/n"]
    assert (nothing["both"], nothing["jaccard"], nothing["n_cells"]) == (0, None, 0)
    assert rows["test/a/n", "test/b/n"]["edges_left_out_a"] == 1
    assert combinations_of(found).rows() == [(1, 0, 1, 3, True, False, False)]
    assert counts_of(found).rows() == [(3, 0, 0, 3), (2, 0, 0, 3), (1, 1, 0, 3)]
    # b and c do not say what they weigh: they have no mean.
    assert not [name for name in weighed(found).columns if name.startswith("mean")]


def test_networks_without_any_edge_can_be_compared():
    found = side_by_side(frame(), (network("a"), network("b")), NOTHING)
    (row,) = agreements(found, "common", Unhurried())
    assert (row["both"], row["jaccard"], row["rank_correlation"]) == (0, None, None)
    assert combinations_of(found).height == weighed(found).height == 0


@pytest.mark.parametrize(
    ("name", "given", "error", "says", "hint"),
    [
        ("agreement", {"of": "test/alpha"}, UsageError, "2 to 500 networks can be compared, not 1", "several"),
        ("agreement", {"of": "test/growth", "by": "dataset"}, UsageError, "datasets can be compared, not 1", "by="),
        ("agreement", {"of": "test/alpha,test/gama"}, QueryError, "is called 'test/gama'", "did you mean"),
        (
            "agreement",
            {"of": "test/alpha,test/growth", "kind": "gap_junction"},
            QueryError,
            "no network of",
            "chemical",
        ),
        (
            "agreement",
            {"of": "test/alpha,test/beta", "cells": "some"},
            UsageError,
            "cells 'some' is not known",
            "common",
        ),
        ("consensus", {**THREE, "min_found": "4"}, UsageError, "more than the 3 compared", "lower"),
        ("consensus", {**THREE, "min_share": "2"}, UsageError, "min_share must be 0.0 to 1.0", "queries"),
        ("present-in", {"of": ""}, UsageError, "not 0", "several"),
    ],
)
def test_wrong_comparisons_are_explained(partial_store, name, given, error, says, hint):
    with pytest.raises(error, match=says) as caught:
        ask(partial_store, name, **given)
    assert hint in caught.value.hint


def test_a_mean_over_units_is_refused():
    networks = (network("a"), Network("test/a/m", "test/a", BODY, "chemical", directed=True, weight_unit="sections"))
    with pytest.raises(UsageError, match="test/a has networks in synapses and in sections") as caught:
        side_by_side(frame(("a", "X", "Y", 1.0)), networks, NOTHING, "dataset")
    assert "by=network" in caught.value.hint


def test_an_answer_cites_what_it_compares(partial_store):
    answer = run_named(partial_store, "agreement", {"of": "test/alpha,test/growth/stage2"})
    assert {each.dataset for each in answer.datasets} == {"test/alpha", "test/growth"}
