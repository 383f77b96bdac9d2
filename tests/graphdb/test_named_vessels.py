"""Questions about vessels, against brute force over the lake's own rows and networkx."""

from __future__ import annotations

import itertools
import math
import random

import networkx as nx
import polars as pl
import pytest

from graphdb.named.catalog import NAMED, run_named
from graphdb.named.vessel_nearest import NearestVesselCriteria, ending_in_cube, extent, nodes_in_cube, touching_cube
from graphdb.named.vessel_path import VesselPathCriteria, shortest_way, vessels_about
from graphdb.named.vessel_place import Node, Vessels
from graphdb.testing_more import LONELY, UNPLACED, VESSELS
from schemas.errors import QueryError, UsageError

TREE = f"{VESSELS}/tree"
MEANT = Vessels(VESSELS, (TREE,), (VESSELS,))


def ask(store, name, **given):
    return run_named(store, name, {"dataset": VESSELS, **given}).rows()


@pytest.fixture(scope="module")
def nodes(varied_lake):
    return {row["name"]: row for row in varied_lake.read(VESSELS, "node").iter_rows(named=True)}


@pytest.fixture(scope="module")
def vessels(varied_lake):
    found = varied_lake.read(VESSELS, "vessel").with_columns(pl.col("source", "target").str.strip_prefix(f"{VESSELS}/"))
    return found.rows(named=True)


def point(node):
    return node["x_um"], node["y_um"], node["z_um"]


def test_neighbours_are_the_other_ends_of_every_vessel(varied_store, nodes, vessels):
    for name in ("0", "3", "17", LONELY):
        truth = []
        for vessel in vessels:
            if name in (vessel["source"], vessel["target"]):
                other = vessel["target"] if vessel["source"] == name else vessel["source"]
                truth.append((f"{VESSELS}/{other}", vessel["vessel"], vessel["length_um"], vessel["radius_um"]))
        found = ask(varied_store, "vessel-neighbours", node=name)
        assert [(r["neighbour_uid"], r["vessel"], r["length_um"], r["radius_um"]) for r in found] == sorted(
            truth, key=lambda row: row[:2]
        )
        assert all((r["x_um"], r["y_um"], r["z_um"]) == point(nodes[r["neighbour"]]) for r in found)


def test_a_loop_is_one_neighbour_and_parallel_vessels_are_several(varied_store):
    loops = [r for r in ask(varied_store, "vessel-neighbours", node="3") if r["neighbour"] == "3"]
    assert len(loops) == 1
    found = ask(varied_store, "vessel-neighbours", node=f"{VESSELS}/0")
    assert len({r["neighbour"] for r in found}) < len(found)


def test_neighbours_by_wide_vessels_only(varied_store, vessels):
    wide = {v["vessel"] for v in vessels if "0" in (v["source"], v["target"]) and (v["radius_um"] or 0) >= 6}
    assert {r["vessel"] for r in ask(varied_store, "vessel-neighbours", node="0", min_radius_um="6")} == wide


@pytest.mark.parametrize("ends", ["both", "any"])
def test_vessels_in_a_box_equal_brute_force(varied_store, nodes, vessels, ends):
    low, high = (-300.0, 50.0, 0.0), (-100.0, 250.0, 30.0)

    def inside(name):
        return nodes[name]["x_um"] is not None and all(
            a <= p <= b for a, p, b in zip(low, point(nodes[name]), high, strict=True)
        )

    quantifier = all if ends == "both" else any
    truth = sorted(v["vessel"] for v in vessels if quantifier(inside(v[end]) for end in ("source", "target")))
    bounds = {
        f"{axis}_{side}_um": str(b)
        for side, at in (("min", low), ("max", high))
        for axis, b in zip("xyz", at, strict=True)
    }
    found = ask(varied_store, "vessels-in-box", ends=ends, **bounds)
    assert [r["vessel"] for r in found] == truth
    assert len(truth) > 5
    assert {r["network"] for r in found} == {TREE}


def test_a_box_may_be_open_and_its_bounds_belong_to_it(varied_store, nodes, vessels):
    edge = nodes["7"]["x_um"]
    truth = {
        v["vessel"] for v in vessels if any((nodes[v[e]]["x_um"] or -math.inf) >= edge for e in ("source", "target"))
    }
    found = {r["vessel"] for r in ask(varied_store, "vessels-in-box", x_min_um=str(edge), ends="any")}
    assert found == truth
    assert any("7" in (v["source"], v["target"]) for v in vessels if v["vessel"] in found)


def test_nearest_nodes_equal_brute_force(varied_store, nodes):
    chance = random.Random(3)
    points = [tuple(chance.uniform(-500, 400) for _ in range(3)) for _ in range(3)]
    points += [point(nodes["5"]), (9000.0, -9000.0, 400.0)]
    placed = {name: node for name, node in nodes.items() if name != UNPLACED}
    for at, k in [*itertools.product(points, (1, 4)), ((1e6, 0.0, 0.0), 1000)]:
        truth = sorted((math.dist(at, point(node)), node["uid"]) for node in placed.values())[:k]
        given = dict(zip(("x_um", "y_um", "z_um"), map(str, at), strict=True))
        found = ask(varied_store, "nearest-vessel-node", k=str(k), **given)
        assert [r["uid"] for r in found] == [uid for _, uid in truth]
        assert [r["distance_um"] for r in found] == pytest.approx([away for away, _ in truth], rel=1e-9)


def to_segment(at, start, end):
    """Distance to a segment by ternary search: slow, and nothing like the formula that it checks."""
    low, high = 0.0, 1.0

    def away(share):
        return math.dist(at, [a + share * (b - a) for a, b in zip(start, end, strict=True)])

    for _ in range(70):
        third = (high - low) / 3
        low, high = (low, high - third) if away(low + third) < away(high - third) else (low + third, high)
    return away((low + high) / 2)


def test_nearest_vessels_equal_brute_force(varied_store, nodes, vessels):
    chance = random.Random(4)
    points = [tuple(chance.uniform(-450, 350) for _ in range(3)) for _ in range(3)] + [(4000.0, 50.0, 0.0)]
    placed = [v for v in vessels if UNPLACED not in (v["source"], v["target"])]
    for at in points:
        truth = sorted(
            (to_segment(at, point(nodes[v["source"]]), point(nodes[v["target"]])), v["vessel"]) for v in placed
        )
        given = dict(zip(("x_um", "y_um", "z_um"), map(str, at), strict=True))
        for k in (1, 7):
            found = ask(varied_store, "nearest-vessel", k=str(k), **given)
            assert [r["away_um"] for r in found] == pytest.approx([away for away, _ in truth[:k]], rel=1e-6)
            assert len({(r["network"], r["vessel"]) for r in found}) == k


@pytest.fixture(scope="module")
def tree(vessels):
    graph = nx.MultiGraph()
    for v in vessels:
        length = v["length_um"] if v["length_um"] is not None else v["distance_um"]
        if length is not None:
            graph.add_edge(v["source"], v["target"], weight=length, vessel=v["vessel"])
    return graph


def test_paths_are_as_short_as_dijkstras(varied_store, nodes, tree):
    chance = random.Random(9)
    part = sorted(max(nx.connected_components(tree), key=len))
    for _ in range(6):
        start, end = chance.sample(part, 2)
        found = ask(varied_store, "vessel-path", start=start, end=end, longest_um="100000")
        assert found[-1]["total_um"] == pytest.approx(nx.dijkstra_path_length(tree, start, end), rel=1e-12)
        assert (found[0]["name"], found[-1]["name"]) == (start, end)
        assert all(r["shortest"] for r in found)
        for before, here in itertools.pairwise(found):
            edges = tree.get_edge_data(before["name"], here["name"]).values()
            assert any(e["vessel"] == here["vessel"] and e["weight"] == pytest.approx(here["length_um"]) for e in edges)


def test_a_path_between_points_starts_at_the_nearest_nodes(varied_store, nodes, tree):
    part = sorted(max(nx.connected_components(tree), key=len))
    start, end = part[0], part[-1]
    near = [",".join(str(p + 1e-3) for p in point(nodes[name])) for name in (start, end)]
    by_point = ask(varied_store, "vessel-path", start=near[0], end=near[1], longest_um="100000")
    assert by_point == ask(varied_store, "vessel-path", start=start, end=end, longest_um="100000")


def test_a_bound_that_may_hide_a_shorter_path_is_said(varied_store, nodes, tree):
    part = sorted(max(nx.connected_components(tree), key=len))
    detours = {}
    for start, end in itertools.combinations(part[:40], 2):
        straight = math.dist(point(nodes[start]), point(nodes[end]))
        detours[start, end] = nx.dijkstra_path_length(tree, start, end) / straight
    start, end = max(detours, key=detours.get)
    straight = math.dist(point(nodes[start]), point(nodes[end]))
    with pytest.raises(QueryError, match="no way of at most") as caught:
        ask(varied_store, "vessel-path", start=start, end=end, longest_um=str(straight * 1.0001))
    assert "raise longest_um" in caught.value.hint


def test_a_longer_path_than_allowed_is_not_called_the_shortest(varied_store, tree):
    part = sorted(max(nx.connected_components(tree), key=len))
    uncertain = 0
    for start, end in itertools.combinations(part[:5], 2):
        length = nx.dijkstra_path_length(tree, start, end)
        try:
            found = ask(varied_store, "vessel-path", start=start, end=end, longest_um=str(length * 0.98))
        except QueryError:
            continue  # no way lies inside the bound
        assert not found[-1]["shortest"]
        assert found[-1]["total_um"] >= length * (1 - 1e-12)
        uncertain += 1
    assert uncertain > 0


def test_the_way_does_not_depend_on_the_order_of_rows(vessels):
    rows = pl.DataFrame(
        [
            {**{c: v[c] for c in ("source", "target", "network", "vessel", "radius_um")}, "length_um": 1.0}
            for v in vessels
        ]
    )
    ways = {shortest_way(rows.sample(fraction=1.0, shuffle=True, seed=seed), "0", "9") for seed in range(5)}
    assert len(ways) == 1


def test_a_vessel_of_no_length_can_be_walked():
    rows = pl.DataFrame(
        [("a", "b", "n", "1", 0.0, None), ("b", "c", "n", "2", 2.0, 1.5), ("a", "c", "n", "3", 3.0, None)],
        schema=["source", "target", "network", "vessel", "length_um", "radius_um"],
        orient="row",
    )
    way = shortest_way(rows, "a", "c")
    assert way.nodes == ("a", "b", "c")
    assert way.lengths_um == (0.0, 0.0, 2.0)
    assert shortest_way(rows.head(1), "a", "c") is None


@pytest.mark.parametrize(
    ("name", "given", "error", "says"),
    [
        ("vessel-neighbours", {"node": "999999"}, QueryError, "has no vessel node '999999'"),
        ("vessel-neighbours", {"node": "0", "dataset": "test/vesels"}, QueryError, "no dataset with vessels is called"),
        ("vessel-neighbours", {"node": "0", "dataset": "test/one"}, QueryError, "no dataset with vessels is called"),
        ("vessel-path", {"start": "0", "end": LONELY}, QueryError, "no way of at most"),
        ("vessel-path", {"start": "0", "end": UNPLACED}, QueryError, "has no position"),
        ("vessel-path", {"start": "0", "end": "0"}, QueryError, "the same vessel node"),
        ("vessel-path", {"start": "1,2", "end": "0"}, UsageError, "is not a point"),
        ("vessels-in-box", {}, UsageError, "no bounds"),
        ("vessels-in-box", {"x_min_um": "2", "x_max_um": "1"}, UsageError, "is above"),
        ("nearest-vessel", {"x_um": "0", "y_um": "0", "z_um": "0", "k": "0"}, UsageError, "k must be 1 to 1000"),
        ("nearest-vessel", {"x_um": "nan", "y_um": "0", "z_um": "0"}, UsageError, "is not float"),
    ],
)
def test_wrong_questions_are_explained(varied_store, name, given, error, says):
    with pytest.raises(error, match=says) as caught:
        ask(varied_store, name, **given)
    assert caught.value.hint


def test_the_only_dataset_with_vessels_need_not_be_named(varied_store):
    named = ask(varied_store, "vessel-neighbours", node="17")
    assert run_named(varied_store, "vessel-neighbours", {"node": "17"}).rows() == named


def test_texts_of_the_neighbours_and_the_box():
    named = NAMED["vessel-neighbours"]
    made = named.build(named.parse({"node": "x/7", "min_radius_um": "5"}), "neo4j")
    assert made.cypher == (
        "MATCH (a:`VesselNode` {uid: $node})-[v:`VESSEL`]-(b:`VesselNode`) WHERE v.radius_um >= $min_radius_um "
        "RETURN DISTINCT a.name AS node, b.name AS neighbour, b.uid AS neighbour_uid, b.x_um AS x_um, b.y_um AS y_um, "
        "b.z_um AS z_um, v.vessel AS vessel, v.network AS network, v.length_um AS length_um, "
        "v.distance_um AS distance_um, v.radius_um AS radius_um, v.curveness AS curveness, v.volume_um3 AS volume_um3, "
        "v.at_border AS at_border ORDER BY neighbour_uid, network, vessel"
    )
    assert made.parameters == {"node": "x/7", "min_radius_um": 5.0}
    box = NAMED["vessels-in-box"]
    made = box.build(box.parse({"dataset": "d", "x_min_um": "1", "z_max_um": "2", "ends": "any"}), "ladybug")
    assert made.cypher == (
        "MATCH (a:`VesselNode`)-[v:`VESSEL`]->(b:`VesselNode`) WHERE v.dataset = $dataset AND "
        "(a.x_um >= $x_low AND a.z_um <= $z_high OR b.x_um >= $x_low AND b.z_um <= $z_high) "
        "RETURN a.name AS source, a.x_um AS source_x_um, a.y_um AS source_y_um, a.z_um AS source_z_um, "
        "b.name AS target, b.x_um AS target_x_um, b.y_um AS target_y_um, b.z_um AS target_z_um, "
        "v.vessel AS vessel, v.network AS network, v.length_um AS length_um, v.distance_um AS distance_um, "
        "v.radius_um AS radius_um, v.curveness AS curveness, v.volume_um3 AS volume_um3 ORDER BY network, vessel"
    )
    assert made.parameters == {"dataset": "d", "x_low": 1.0, "z_high": 2.0}


def test_texts_of_the_nearest():
    criteria = NearestVesselCriteria(1.0, 2.0, 3.0, "d", 4)
    made = nodes_in_cube(MEANT, criteria, 10.0)
    squared = "(n.x_um - $x) * (n.x_um - $x) + (n.y_um - $y) * (n.y_um - $y) + (n.z_um - $z) * (n.z_um - $z)"
    inside = " AND ".join(f"n.{a}_um >= ${a}_low AND n.{a}_um <= ${a}_high" for a in "xyz")
    assert made.cypher == (
        f"MATCH (n:`VesselNode`) WHERE n.node_set IN $node_sets AND {inside} WITH n.uid AS uid, n.name AS name, "
        f"n.x_um AS x_um, n.y_um AS y_um, n.z_um AS z_um, {squared} AS squared ORDER BY squared, uid LIMIT $k "
        "RETURN name, uid, x_um, y_um, z_um, squared ORDER BY squared, uid"
    )
    assert made.parameters["x_low"] == -9.0
    assert made.parameters["k"] == 4
    assert (
        "-[v:`VESSEL`]-(m:`VesselNode`) WHERE n.node_set IN $node_sets" in ending_in_cube(MEANT, criteria, 1.0).cypher
    )
    assert (
        "(a.x_um >= $x_low OR b.x_um >= $x_low) AND (a.x_um <= $x_high OR b.x_um <= $x_high)"
        in touching_cube(MEANT, criteria, 1.0).cypher
    )
    assert extent(MEANT).cypher == (
        "MATCH (n:`VesselNode`) WHERE n.node_set IN $node_sets RETURN min(n.x_um) AS x_min, max(n.x_um) AS x_max, "
        "min(n.y_um) AS y_min, max(n.y_um) AS y_max, min(n.z_um) AS z_min, max(n.z_um) AS z_max"
    )


def test_text_of_the_path():
    ends = Node("u/1", "1", 0.0, 0.0, 0.0), Node("u/2", "2", 3.0, 4.0, 0.0)
    made = vessels_about(VesselPathCriteria("1", "2", min_radius_um=2.0), MEANT, ends, 8.0)

    def away(variable, which):
        squares = [
            f"({variable}.{axis}_um - ${axis}{which}) * ({variable}.{axis}_um - ${axis}{which})" for axis in "xyz"
        ]
        return f"sqrt({' + '.join(squares)})"

    def near(variable):
        box = " AND ".join(f"{variable}.{a}_um >= ${a}_low AND {variable}.{a}_um <= ${a}_high" for a in "xyz")
        return f"{box} AND {away(variable, 1)} + {away(variable, 2)} <= $longest"

    assert made.cypher == (
        "MATCH (a:`VesselNode`)-[v:`VESSEL`]->(b:`VesselNode`) WHERE v.dataset = $dataset AND "
        f"v.radius_um >= $min_radius_um AND {near('a')} AND {near('b')} "
        "RETURN a.uid AS source, b.uid AS target, v.network AS network, v.vessel AS vessel, "
        "coalesce(v.length_um, v.distance_um) AS length_um, v.radius_um AS radius_um"
    )
    assert made.parameters["x_low"] == -2.5
    assert made.parameters["longest"] == 8.0
