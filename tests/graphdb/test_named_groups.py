"""Sums over groups, regions, communities and states, against loops over the lake's own rows."""

from __future__ import annotations

import itertools
from collections import defaultdict

import polars as pl
import pytest

from graphdb.named.aggregate import AggregateCriteria, aggregate, densities, group_sizes
from graphdb.named.catalog import run_named
from graphdb.named.community_edges import CommunityEdgesCriteria, community_edges, community_sizes
from graphdb.named.connectomes import Network
from graphdb.named.regions import flow, region_ends, regions
from graphdb.named.runs import runs_statement
from graphdb.named.states import edges_among, intervals, recorded
from graphdb.testing_more import BODY, CELLS, cell
from schemas.errors import QueryError

COMMUNITIES = {"c1": {"AVL", "AVR", "BVL", "CM"}, "c2": {"BVR", "DL", "CM", "mL1"}, "c3": {"GL"}}
RUN = "run/states-test"
ONE = (Network("test/one/animal1/chemical", "test/one", BODY, "chemical", directed=True, weight_unit="synapses"),)
GROUP = {"class": 1, "type": 2, "hemisphere": 3, "kind": 0}


def ask(store, name, **given):
    return run_named(store, name, given).rows()


def weights(lake, kind, network):
    frame = lake.read("/".join(network.split("/")[:2]), kind).filter(pl.col("network") == network)
    ends = frame.with_columns(pl.col("source", "target").str.strip_prefix(f"{BODY}/"))
    return {(r["source"], r["target"]): r["weight"] for r in ends.iter_rows(named=True)}


def summed(known, groups_of, *, directed):
    """Rows by pair of groups: n_pairs, possible_pairs, n_autapses, weight, sizes; the obvious way."""
    connected = {end for pair in known for end in pair}
    members = defaultdict(set)
    for name in connected:
        for group in groups_of(name):
            members[group].add(name)
    found = {}
    for a, b in itertools.product(members, members):
        if not directed and (a or "") > (b or ""):
            continue
        n = autapses = 0
        weight = 0.0
        for (source, target), value in known.items():
            forward = source in members[a] and target in members[b]
            backward = not directed and a != b and source in members[b] and target in members[a]
            times = forward + backward
            n += times * (source != target)
            autapses += times * (source == target)
            weight += times * value
        if n or autapses:
            same = len(members[a]) * (len(members[a]) - 1)
            possible = (same if directed else same // 2) if a == b else len(members[a]) * len(members[b])
            found[a, b] = (n, possible, autapses, pytest.approx(weight, rel=1e-11), len(members[a]), len(members[b]))
    return found


def by_pair(rows):
    names = ("n_pairs", "possible_pairs", "n_autapses", "weight", "source_cells", "target_cells")
    return {(r["source"], r["target"]): tuple(r[name] for name in names) for r in rows}


@pytest.mark.parametrize("by", ["class", "type", "hemisphere", "kind"])
@pytest.mark.parametrize("kind", ["chemical", "gap_junction"])
def test_groups_equal_a_loop_over_all_pairs(varied_store, varied_lake, kind, by):
    known = weights(varied_lake, kind, f"test/one/animal1/{kind}")
    truth = summed(known, lambda name: [CELLS[name][GROUP[by]]], directed=kind == "chemical")
    found = ask(varied_store, "aggregate", of="test/one", kind=kind, by=by)
    assert by_pair(found) == truth
    assert len(found) == len(truth)
    for row in found:
        expected = row["n_pairs"] / row["possible_pairs"] if row["possible_pairs"] else None
        assert row["fraction"] == (None if expected is None else pytest.approx(expected))
    assert [r["weight"] for r in found] == sorted((r["weight"] for r in found), reverse=True)


def test_groups_of_heavy_edges_and_of_every_network(varied_store, varied_lake):
    found = ask(varied_store, "aggregate", of="test/three", min_weight="4")
    for animal in (1, 2, 3):
        network = f"test/three/animal{animal}/chemical"
        heavy = {pair: w for pair, w in weights(varied_lake, "chemical", network).items() if w >= 4}
        rows = [r for r in found if r["network"] == network]
        assert sum(r["n_pairs"] + r["n_autapses"] for r in rows) == len(heavy)
        assert sum(r["weight"] for r in rows) == pytest.approx(sum(heavy.values()))


def test_no_pair_is_possible_in_a_group_of_one():
    sums = pl.DataFrame(
        {"network": ["n"], "source": ["a"], "target": ["a"], "n": [1], "n_autapses": [1], "weight": [2.0]}
    )
    sizes = pl.DataFrame({"network": ["n"], "unit": ["a"], "cells": [1]})
    network = Network("n", "d", "s", "chemical", directed=True, weight_unit=None)
    (row,) = densities(sums, sizes, (network,)).rows(named=True)
    assert (row["n_pairs"], row["possible_pairs"], row["fraction"]) == (0, 0, None)


def test_regions_equal_a_loop(varied_store, varied_lake):
    rows = varied_lake.read("test/one", "chemical_region").rows(named=True)
    whole = sum(r["weight"] for r in rows)
    found = ask(varied_store, "regions", of="test/one")
    assert {r["region"] for r in found} == {"EB", "FB", "NO"}
    for r in found:
        own = [row for row in rows if row["region"] == r["region"]]
        assert r["n_connections"] == len(own)
        assert (r["pre_cells"], r["post_cells"]) == tuple(
            len({row[end] for row in own}) for end in ("source", "target")
        )
        assert r["weight"] == pytest.approx(sum(row["weight"] for row in own))
        assert r["share"] == pytest.approx(r["weight"] / whole)


def test_flow_from_region_to_region_equals_a_loop(varied_store, varied_lake):
    rows = varied_lake.read("test/one", "chemical_region").rows(named=True)
    got, given = defaultdict(float), defaultdict(float)
    for row in rows:
        got[row["target"], row["region"]] += row["weight"]
        given[row["source"], row["region"]] += row["weight"]
    truth = defaultdict(float)
    for (name, into), weight in got.items():
        whole = sum(w for (other, _), w in got.items() if other == name)
        for (other, out), value in given.items():
            if other == name:
                truth[into, out] += weight / whole * value
    found = ask(varied_store, "region-flow", of="test/one")
    assert {(r["source"], r["target"]): r["weight"] for r in found} == pytest.approx(dict(truth))


def test_flow_of_one_cell_by_hand():
    inputs = pl.DataFrame({"network": ["n"] * 2, "uid": ["a"] * 2, "region": ["EB", "FB"], "weight": [3.0, 1.0]})
    outputs = pl.DataFrame({"network": ["n"] * 2, "uid": ["a", "b"], "region": ["NO", "EB"], "weight": [8.0, 5.0]})
    found = flow(inputs, outputs).sort("source").rows()
    assert found == [("n", "EB", "NO", 1, 6.0), ("n", "FB", "NO", 1, 2.0)]


def test_a_connectome_without_regions_says_so(varied_store):
    for name in ("regions", "region-flow"):
        with pytest.raises(QueryError, match="does not say in which region"):
            ask(varied_store, name, of="test/two")


@pytest.mark.parametrize("kind", ["chemical", "gap_junction"])
def test_edges_between_communities_equal_a_loop(varied_store, varied_lake, kind):
    known = weights(varied_lake, kind, f"test/one/animal1/{kind}")

    def communities(name):
        return [community for community, names in COMMUNITIES.items() if name in names]

    found = ask(varied_store, "community-edges", of="test/one", kind=kind, run=RUN)
    directed = kind == "chemical"
    truth = summed_over_edges(known, communities, directed=directed)
    assert {(r["source"], r["target"]): (r["n_pairs"], r["n_autapses"], r["weight"]) for r in found} == truth
    connected = {end for pair in known for end in pair}
    for row in found:
        assert row["within"] == (row["source"] == row["target"])
        assert row["source_cells"] == len(COMMUNITIES[row["source"]] & connected)
        assert row["run"] == RUN


def summed_over_edges(known, communities, *, directed):
    """A cell in two communities counts in each: every edge for every pair of communities of its ends."""
    found = defaultdict(lambda: [0, 0, 0.0])
    for (source, target), weight in known.items():
        for pair in itertools.product(communities(source), communities(target)):
            row = found[pair if directed else tuple(sorted(pair))]
            row[0] += source != target
            row[1] += source == target
            row[2] += weight
    return {pair: (n, autapses, pytest.approx(weight, rel=1e-11)) for pair, (n, autapses, weight) in found.items()}


def test_communities_of_the_latest_run_of_a_model(varied_store):
    by_model = ask(varied_store, "community-edges", of="test/one", model="states-test")
    assert by_model == ask(varied_store, "community-edges", of="test/one", run=RUN)


def test_time_in_states_by_hand(varied_store):
    found = ask(varied_store, "state-time")
    short = [
        (r["recording"][-2:], r["state"], r["n_intervals"], r["total_s"], r["longest_s"], r["n_cells"], r["cells"])
        for r in found
    ]
    assert short == [
        ("r1", "rest", 2, 0.4, 0.3, 3, "AVL,AVR,CM"),
        ("r1", "move", 1, 0.2, 0.2, 3, "AVL,AVR,CM"),
        ("r2", "move", 1, 1.5, 1.5, 2, "AVL,BVR"),
    ]
    assert [r["share"] for r in found] == pytest.approx([2 / 3, 1 / 3, 1.0])
    assert [r["mean_s"] for r in found] == pytest.approx([0.2, 0.2, 1.5])
    assert [r["probability"] for r in found] == [pytest.approx(0.8), 0.8, None]
    assert {(r["n_connections"], r["weight"], r["run"]) for r in found} == {(None, None, RUN)}


def test_states_joined_with_the_connections_among_the_recorded_cells(varied_store, varied_lake):
    known = weights(varied_lake, "chemical", "test/one/animal1/chemical")
    found = ask(varied_store, "state-time", run=RUN, structure="test/one")
    for row in found:
        cells = row["cells"].split(",")
        among = [w for (a, b), w in known.items() if a in cells and b in cells]
        assert (row["n_connections"], row["weight"]) == (len(among), pytest.approx(sum(among)))
    (one,) = ask(varied_store, "state-time", recording="test/recorded/r2", structure="test/one")
    assert one == found[-1]


@pytest.mark.parametrize(
    ("name", "given", "says", "hint"),
    [
        ("aggregate", {"of": "nothing"}, "no dataset or network is called 'nothing'", "datasets with networks"),
        ("community-edges", {"of": "test/one", "run": "run/states-tes"}, "no run called", RUN),
        (
            "community-edges",
            {"of": "test/one", "model": "other"},
            "no model called 'other' found communities",
            "states",
        ),
        ("community-edges", {"of": "test/vessels", "run": RUN}, "no network of kind chemical", "vessel"),
        ("state-time", {"run": "none"}, "no run called 'none' found states", RUN),
        ("state-time", {"recording": "r9"}, "no recording called 'r9'", "test/recorded/r1"),
        ("state-time", {"structure": "test/three"}, "3 networks of kind chemical", "test/three/animal1/chemical"),
    ],
)
def test_wrong_questions_are_explained(varied_store, name, given, says, hint):
    with pytest.raises(QueryError, match=says) as caught:
        ask(varied_store, name, **given)
    assert hint in caught.value.hint


def test_texts_of_groups():
    made = aggregate(AggregateCriteria("d", "chemical", "type", 2.0), ONE)
    assert made.cypher == (
        "MATCH (a)-[r:`CHEMICAL`]->(b) WHERE r.network IN $networks AND r.weight >= $min_weight "
        "RETURN r.network AS network, a.`type` AS source, b.`type` AS target, count(*) AS n, "
        "sum(CASE WHEN a.uid = b.uid THEN 1 ELSE 0 END) AS n_autapses, sum(coalesce(r.weight, 0.0)) AS weight"
    )
    assert made.parameters == {"networks": [ONE[0].uid], "min_weight": 2.0}
    assert aggregate(AggregateCriteria("d", "peptide", "class"), ONE).cypher == (
        "MATCH (a)-[r:`PEPTIDE`]->(b) WHERE r.network IN $networks "
        "WITH r.network AS network, a, b, sum(coalesce(r.weight, 0.0)) AS weight "
        "RETURN network AS network, a.`class` AS source, b.`class` AS target, count(*) AS n, "
        "sum(CASE WHEN a.uid = b.uid THEN 1 ELSE 0 END) AS n_autapses, sum(weight) AS weight"
    )
    assert group_sizes(AggregateCriteria("d"), ONE).cypher == (
        "MATCH (a)-[r:`CHEMICAL`]-() WHERE r.network IN $networks "
        "RETURN r.network AS network, a.`class` AS unit, count(DISTINCT a.uid) AS cells"
    )


def test_texts_of_regions():
    assert regions(["n"]).cypher == (
        "MATCH (a)-[r:`CHEMICAL_IN`]->(b) WHERE r.network IN $networks RETURN r.network AS network, "
        "r.region AS region, count(*) AS n_connections, count(DISTINCT a.uid) AS pre_cells, "
        "count(DISTINCT b.uid) AS post_cells, sum(r.weight) AS weight"
    )
    assert region_ends(["n"], "post").cypher == (
        "MATCH (a)-[r:`CHEMICAL_IN`]->(b) WHERE r.network IN $networks RETURN r.network AS network, b.uid AS uid, "
        "r.region AS region, sum(r.weight) AS weight"
    )


def test_texts_of_communities_and_states():
    made = community_edges(CommunityEdgesCriteria("d"), ONE, "run/x")
    assert made.cypher == (
        "MATCH (a)-[r:`CHEMICAL`]->(b) WHERE r.network IN $networks WITH a, b, r "
        "MATCH (a)-[m:`MEMBER_OF`]->(c:`Community`) WHERE m.run = $run WITH a, b, r, c "
        "MATCH (b)-[o:`MEMBER_OF`]->(d:`Community`) WHERE o.run = $run "
        "RETURN r.network AS network, c.name AS source, d.name AS target, count(*) AS n, "
        "sum(CASE WHEN a.uid = b.uid THEN 1 ELSE 0 END) AS n_autapses, sum(r.weight) AS weight"
    )
    assert made.parameters == {"networks": [ONE[0].uid], "run": "run/x"}
    assert community_sizes(CommunityEdgesCriteria("d"), ONE, "run/x").cypher == (
        "MATCH (a)-[r:`CHEMICAL`]-() WHERE r.network IN $networks WITH DISTINCT r.network AS network, a "
        "MATCH (a)-[m:`MEMBER_OF`]->(c:`Community`) WHERE m.run = $run "
        "RETURN network, c.name AS unit, count(DISTINCT a.uid) AS cells"
    )
    assert runs_statement("State").cypher == (
        "MATCH (f:`State`)-[:`FOUND_BY`]->(r:`Run`) "
        "RETURN DISTINCT r.uid AS uid, r.model AS model, r.published_at AS published_at ORDER BY uid"
    )
    assert intervals("run/x").cypher == (
        "MATCH (q:`Recording`)-[i:`IN_STATE`]->(s:`State`) WHERE i.run = $run "
        "RETURN q.uid AS recording, s.name AS state, i.duration_s AS duration_s, i.probability AS probability"
    )
    assert recorded(["q"]).cypher == (
        "MATCH (n)-[t:`RECORDED_IN`]->(q:`Recording`) WHERE q.uid IN $recordings "
        "RETURN DISTINCT q.uid AS recording, n.uid AS uid, n.name AS name"
    )
    assert edges_among(ONE[0], [cell("AVL")]).cypher == (
        "MATCH (a)-[r:`CHEMICAL`]->(b) WHERE r.network = $network AND a.uid IN $uids AND b.uid IN $uids "
        "RETURN a.uid AS source_uid, b.uid AS target_uid, r.weight AS weight"
    )
