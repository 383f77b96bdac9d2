"""What named queries answer on each store, against slow and obvious computations on the lake's own rows."""

from __future__ import annotations

import itertools
import random
from collections import defaultdict

import networkx as nx
import polars as pl
import pytest

from graphdb import testing
from graphdb.named import anchor
from graphdb.named.catalog import run_named
from schemas import tables
from schemas.dataset import Dataset
from schemas.errors import QueryError, QueryTimeoutError, UsageError
from tests.stores import on_ladybug, on_neo4j

SET = "test/ring"
NAMES = [f"N{n:02d}" for n in range(1, 15)]
A, B, GAP, FUNCTIONAL, RESPONSE = (f"test/wired/{name}" for name in ("a", "b", "gap", "correlation", "response"))
KIND = {A: "chemical", B: "chemical", GAP: "gap_junction", FUNCTIONAL: "functional", RESPONSE: "functional"}
DIRECTED = {A, B, RESPONSE}


def ring():
    rows = [
        {
            "uid": f"{SET}/{name}",
            "node_set": SET,
            "name": name,
            "kind": "muscle" if n > 11 else "neuron",
            "aliases": [f"alias {n}", f"x{n}"],
            "class": f"C{n % 4}" if n < 13 else None,
            "type": "sensory" if n % 2 else "motor",
        }
        for n, name in enumerate(NAMES)
    ]
    node_set = [{"uid": SET, "title": "a ring"}]
    return Dataset(
        testing.info("test/ring"),
        {"node_set": tables.frame("node_set", node_set), "node": tables.frame("node", rows)},
    )


def wired_edges():
    """Rows of (network, source, target, weight); loops, both directions and parallel edges are among them."""
    chance = random.Random(7)
    found = []
    for network, share in ((A, 0.22), (B, 0.15), (GAP, 0.12), (FUNCTIONAL, 0.15), (RESPONSE, 0.1)):
        directed = network in DIRECTED
        for source, target in itertools.product(NAMES, NAMES):
            if not directed and source > target:
                continue
            if chance.random() < share:
                weight = float(chance.randint(1, 12))
                found.append((network, source, target, weight - 6 if network == FUNCTIONAL else weight))
    found.append((A, "N01", "N01", 2.0))
    return list({edge[:3]: edge for edge in found}.values())


EDGES = wired_edges()


def wired():
    networks = [
        {
            "uid": network,
            "node_set": SET,
            "kind": kind,
            "directed": network in DIRECTED,
            "weight_unit": "synapses",
            "method": "made up",
            "parameters": "{}",
        }
        for network, kind in KIND.items()
    ]
    made = {"network": tables.frame("network", networks)}
    for kind in set(KIND.values()):
        rows = [
            {"network": n, "source": f"{SET}/{a}", "target": f"{SET}/{b}", "weight": w}
            for n, a, b, w in EDGES
            if KIND[n] == kind
        ]
        made[kind] = tables.frame(kind, rows)
    return Dataset(testing.info("test/wired", parents=("test/ring",)), made)


@pytest.fixture(scope="module")
def wired_lake(tmp_path_factory):
    lake = testing.small_lake(tmp_path_factory.mktemp("lake"))
    lake.publish(ring())
    lake.publish(wired())
    return lake


@pytest.fixture(scope="module")
def embedded(wired_lake, tmp_path_factory):
    with on_ladybug(wired_lake, tmp_path_factory.mktemp("graph") / "graph.lbug") as store:
        yield store


@pytest.fixture(scope="module")
def server(wired_lake, neo4j_login):
    with on_neo4j(wired_lake, neo4j_login) as store:
        yield store


@pytest.fixture(params=["embedded", pytest.param("server", marks=pytest.mark.neo4j)])
def store(request):
    return request.getfixturevalue(request.param)


def ask(store, query, **given):
    return run_named(store, query, given).rows()


def walked(networks, *, way="out", least=None):
    """(from, to, weight, network) of every step that a walk may take."""
    steps = []
    for network, source, target, weight in EDGES:
        if network not in networks or (least is not None and weight < least):
            continue
        free = network not in DIRECTED or way == "both"
        if free or way == "out":
            steps.append((source, target, weight, network))
        if free or way == "in":
            steps.append((target, source, weight, network))
    return steps


@pytest.mark.parametrize("way", ["out", "in", "both"])
@pytest.mark.parametrize("networks", [(A, B), (GAP,), (A, B, GAP), (FUNCTIONAL, RESPONSE)])
def test_partners_are_the_edges_at_the_cell_each_once(store, way, networks):
    kinds = ",".join(sorted({KIND[n] for n in networks}))
    for name in NAMES[:3]:
        rows = ask(store, "partners", neuron=name, kind=kinds, direction=way, dataset="test/wired")
        found = sorted((r["partner"], r["weight"], r["network"], r["direction"]) for r in rows)
        expected = []
        for network, source, target, weight in EDGES:
            if network not in networks:
                continue
            if network not in DIRECTED:
                if name in (source, target):
                    other = target if source == name else source
                    expected.append((other, weight, network, "undirected"))
                continue
            if source == name and way in ("out", "both"):
                expected.append((target, weight, network, "out"))
            if target == name and way in ("in", "both"):
                expected.append((source, weight, network, "in"))
        assert found == sorted(expected)
        assert [r["weight"] for r in rows] == sorted((r["weight"] for r in rows), reverse=True)


def test_shares_of_partners_sum_to_the_whole_of_each_network(store):
    rows = ask(store, "ranked-partners", neuron="N02", kind="chemical,gap_junction", dataset="test/wired")
    sums, weights = defaultdict(float), defaultdict(float)
    for row in rows:
        sums[row["network"], row["direction"]] += row["percent"]
        weights[row["network"], row["direction"]] += row["weight"]
    assert sums
    assert all(value == pytest.approx(100) for value in sums.values())
    assert weights[A, "out"] == sum(w for n, s, _, w in EDGES if n == A and s == "N02")
    hidden = ask(store, "ranked-partners", neuron="N02", dataset="test/wired", min_weight=8)
    all_of_them = {(r["network"], r["direction"], r["partner"]): r["percent"] for r in rows}
    assert hidden
    for row in hidden:
        assert row["percent"] == all_of_them[row["network"], row["direction"], row["partner"]]


def test_partners_ranked_by_class_count_and_percent(store):
    rows = ask(store, "ranked-partners", neuron="AVAL", direction="out", by="class", dataset="test/connectome")
    found = [(r["rank"], r["partner"], r["n_partners"], r["weight"], r["percent"]) for r in rows]
    assert found == [(1, "RIM", 1, 12.0, 60.0), (2, "AVA", 2, 4.0, 20.0), (3, "dBW", 1, 4.0, 20.0)]


@pytest.mark.parametrize("of", ["all", "any", "2"])
@pytest.mark.parametrize("direction", ["out", "in"])
def test_common_partners_by_counting(store, of, direction):
    cells = ["N02", "N05", "N07"]
    rows = ask(store, "common-partners", names=",".join(cells), of=of, direction=direction, network=A)
    found = {r["partner"]: (r["n_cells"], r["cells"], r["weight"], r["least_weight"]) for r in rows}
    ends = [(s, t, w) if direction == "out" else (t, s, w) for n, s, t, w in EDGES if n == A]
    expected = {}
    for partner in NAMES:
        weights = {cell: w for cell, other, w in ends if other == partner and cell in cells}
        if len(weights) >= {"all": 3, "any": 1, "2": 2}[of]:
            names = [cell for cell in cells if cell in weights]
            expected[partner] = (len(names), names, sum(weights.values()), min(weights.values()))
    assert found == expected
    assert [r["n_cells"] for r in rows] == sorted((r["n_cells"] for r in rows), reverse=True)


def test_adjacency_is_the_matrix_of_the_list_in_its_order(store):
    cells = ["N09", "N01", "N04", "N02"]
    given = {"names": " ".join(cells), "kind": "chemical,gap_junction", "dataset": "test/wired"}
    frame = run_named(store, "adjacency-matrix", given).to_polars()
    for network in (A, B, GAP):
        block = frame.filter(pl.col("network") == network)
        expected = []
        for row in cells:
            line = []
            for column in cells:
                weights = [
                    w
                    for n, s, t, w in EDGES
                    if n == network and ((s, t) == (row, column) or (network == GAP and (t, s) == (row, column)))
                ]
                line.append(max(weights, default=0.0))
            expected.append(line)
        # A network without an edge among them has no block.
        assert block["source"].to_list() == (cells if any(map(any, expected)) else [])
        assert block.select(cells).rows() == [tuple(line) for line in expected if any(map(any, expected))]
    assert frame["network"].n_unique() > 1
    long = ask(store, "adjacency", **given)
    assert sum(r["weight"] for r in long) == frame.select(cells).sum().sum_horizontal().item()


def test_adjacency_of_classes_counts_an_undirected_edge_inside_a_class_once(store):
    rows = ask(store, "adjacency", names="AVA", by="class", kind="chemical,gap_junction", dataset="test/connectome")
    assert [(r["edge"], r["source"], r["target"], r["weight"], r["n_edges"]) for r in rows] == [
        ("chemical", "AVA", "AVA", 4.0, 2),
        ("gap_junction", "AVA", "AVA", 7.0, 2),
    ]


@pytest.mark.parametrize("way", ["out", "in", "both"])
@pytest.mark.parametrize("networks", [(A, B), (A, B, GAP), (GAP,)])
def test_neighbourhoods_are_distances(store, way, networks):
    graph = nx.DiGraph()
    graph.add_nodes_from(NAMES)
    graph.add_edges_from((a, b) for a, b, _, _ in walked(networks, way=way, least=4))
    kinds = ",".join(sorted({KIND[n] for n in networks}))
    for name in NAMES[:3]:
        rows = ask(
            store, "neighbourhood", neuron=name, hops=3, direction=way, kind=kinds, dataset="test/wired", min_weight=4
        )
        distances = nx.single_source_shortest_path_length(graph, name, cutoff=3)
        assert {r["name"]: r["hops"] for r in rows} == {n: d for n, d in distances.items() if n != name}
        assert [(r["hops"], r["name"]) for r in rows] == sorted((r["hops"], r["name"]) for r in rows)


@pytest.mark.parametrize("directed", [True, False])
def test_shortest_paths_are_those_of_networkx_in_the_order_of_ids(store, directed):
    graph = nx.DiGraph()
    graph.add_nodes_from(NAMES)
    graph.add_edges_from((a, b) for a, b, w, n in walked((A,), way="out" if directed else "both", least=6))
    given = {"network": A, "min_weight": 6, "directed": directed, "max_hops": 5}
    lengths = set()
    for source, target in [(s, t) for s in NAMES[:2] for t in NAMES[4:]]:
        rows = ask(store, "all-shortest-paths", source=source, target=target, paths=1000, **given)
        paths = defaultdict(list)
        for row in rows:
            paths[row["path"]].append((row["source"], row["target"]))
        found = [[steps[0][0], *(b for _, b in steps)] for _, steps in sorted(paths.items())]
        reachable = nx.has_path(graph, source, target) and nx.shortest_path_length(graph, source, target) <= 5
        expected = sorted(nx.all_shortest_paths(graph, source, target)) if reachable else []
        assert found == expected
        lengths.add(len(expected[0]) if expected else 0)
        one = ask(store, "shortest-path", source=source, target=target, **given)
        first = [one[0]["source"], *(r["target"] for r in one)] if one else []
        assert first == (expected[0] if expected else [])
        assert all(r["n_paths"] == len(expected) for r in one)
    assert len(lengths) > 2


def test_paths_over_directed_and_undirected_edges_at_once(store):
    graph = nx.DiGraph()
    graph.add_edges_from((a, b) for a, b, _, _ in walked((A, B, GAP), least=6))
    for source, target in itertools.product(NAMES[:2], NAMES[7:13]):
        rows = ask(
            store,
            "shortest-path",
            source=source,
            target=target,
            kind="chemical,gap_junction",
            dataset="test/wired",
            min_weight=6,
        )
        length = nx.shortest_path_length(graph, source, target) if nx.has_path(graph, source, target) else None
        assert (rows[0]["length"] if rows else None) == (length if length and length <= 4 else None)


def test_several_sources_and_targets_stand_for_the_nearest_pair(store):
    rows = ask(store, "shortest-path", source="AVB", target="hyp,dBWML1", dataset="test/connectome")
    assert [(r["source"], r["target"]) for r in rows] == [("AVBL", "AVAL"), ("AVAL", "dBWML1")]
    with pytest.raises(UsageError, match="AVAL is both source and target"):
        ask(store, "shortest-path", source="AVA", target="AVAL")


@pytest.mark.parametrize("max_hops", [1, 2, 3, 5])
def test_the_strongest_path_is_the_best_of_all_simple_paths(store, max_hops):
    graph = nx.DiGraph()
    graph.add_nodes_from(NAMES)
    for a, b, weight, _ in walked((A, B, GAP)):
        if a != b and weight > graph.get_edge_data(a, b, {"weight": 0})["weight"]:
            graph.add_edge(a, b, weight=weight)
    for source, target in [("N01", "N14"), ("N03", "N09"), ("N11", "N02"), ("N06", "N12")]:
        rows = ask(
            store,
            "strongest-path",
            source=source,
            target=target,
            kind="chemical,gap_junction",
            dataset="test/wired",
            max_hops=max_hops,
        )
        every = list(nx.all_simple_paths(graph, source, target, cutoff=max_hops))
        lengths = [sum(1 / graph[a][b]["weight"] for a, b in itertools.pairwise(path)) for path in every]
        assert bool(rows) == bool(every)
        if rows:
            assert rows[-1]["total_length"] == pytest.approx(min(lengths), rel=1e-12)
            assert len(rows) <= max_hops
            path = [rows[0]["source"], *(r["target"] for r in rows)]
            assert path in every


def test_reciprocal_pairs(store):
    weights = {(n, s, t): w for n, s, t, w in EDGES if n in (A, B)}
    expected = {(n, s, t): (w, weights[n, t, s]) for (n, s, t), w in weights.items() if s < t and (n, t, s) in weights}
    rows = ask(store, "reciprocal", dataset="test/wired")
    assert {(r["network"], r["a"], r["b"]): (r["weight_a_to_b"], r["weight_b_to_a"]) for r in rows} == expected
    weaker = [min(r["weight_a_to_b"], r["weight_b_to_a"]) for r in rows]
    assert weaker == sorted(weaker, reverse=True)
    some = ask(store, "reciprocal", dataset="test/wired", names="N03,N10")
    assert len(some) == sum(bool({s, t} & {"N03", "N10"}) for _, s, t in expected)
    with pytest.raises(UsageError, match="have no direction"):
        ask(store, "reciprocal", kind="gap_junction")


def test_degrees_strengths_and_hubs(store):
    rows = ask(store, "degrees", kind="chemical,gap_junction", dataset="test/wired", hub_z=1.0)
    for network in (A, B, GAP):
        found = {r["name"]: r for r in rows if r["network"] == network}
        for name in NAMES:
            into = [w for n, _, t, w in EDGES if n == network and t == name]
            out = [w for n, s, _, w in EDGES if n == network and s == name]
            loops = [w for n, s, t, w in EDGES if n == network and s == t == name]
            if not into and not out:
                assert name not in found
            elif network == GAP:
                assert found[name]["degree"] == len(into) + len(out) - len(loops)
                assert found[name]["strength"] == sum(into) + sum(out) - sum(loops)
                assert found[name]["in_degree"] is None
            else:
                assert (found[name]["in_degree"], found[name]["out_degree"]) == (len(into), len(out))
                assert (found[name]["in_strength"], found[name]["out_strength"]) == (sum(into), sum(out))
        degrees = [r["degree"] for r in found.values()]
        mean = sum(degrees) / len(degrees)
        spread = (sum((d - mean) ** 2 for d in degrees) / len(degrees)) ** 0.5
        assert {n for n, r in found.items() if r["hub"]} == {
            n for n, r in found.items() if (r["degree"] - mean) / spread >= 1.0
        }
        assert min(r["rank"] for r in found.values() if r["degree"] == max(degrees)) == 1
    top = ask(store, "degrees", dataset="test/wired", by="out_strength", top=2)
    assert [r["network"] for r in top].count(A) == 2
    assert ask(store, "degrees", network=A, names="N05")[0]["rank"] == next(
        r["rank"] for r in rows if r["network"] == A and r["name"] == "N05"
    )


def test_rich_club_coefficients_are_those_of_networkx(store):
    rows = ask(store, "rich-club", network=A, samples=5)
    graph = nx.Graph((s, t) for n, s, t, _ in EDGES if n == A and s != t)
    expected = nx.rich_club_coefficient(graph, normalized=False)
    assert {r["k"]: pytest.approx(r["phi"]) for r in rows} == expected
    again = ask(store, "rich-club", network=A, samples=5)
    assert again == rows
    assert ask(store, "rich-club", network=A, samples=5, seed=2) != rows


MOTIFS = [
    "A->B",
    "A->B, B->A",
    "A->B, B!->A",
    "A->B->C->A",
    "A->B, A->C, B->C",
    "A->B, A->C",
    "A->B, A->C; B.class=C1|C2",
    "A->B.weight>=6; A->B, B->C, C->A",
    "A->B, B->C, C->D, D->A",
    "A->B, A->C, A->D",
    "A->C, A->D, B->C, B->D",
    "A-[gap_junction]-B, B-[gap_junction]-C",
    "A-[gap_junction]-B, A->B; A.type=sensory; B.class!=C3",
    "A->B, B->C, A!->C, C!->A; C.kind=muscle",
]


@pytest.mark.parametrize("motif", MOTIFS)
def test_motifs_by_trying_every_choice_of_cells(store, motif):
    found = ask(store, "motifs", motif=motif, dataset="test/wired", page_size=10_000)
    letters = [n for n in "ABCD" if f"{n}-" in motif or f"-{n}" in motif or f">{n}" in motif]
    expected = brute_motifs(motif, letters)
    assert len(found) == len(expected)
    assert all(r["total"] == len(expected) for r in found)
    got = {frozenset(r[n] for n in letters) for r in found}
    assert got == {frozenset(cells) for _, cells in expected}
    assert [r["number"] for r in found] == list(range(1, len(found) + 1))
    half = ask(store, "motifs", motif=motif, dataset="test/wired", page_size=2, page=2)
    assert half == found[2:4]


def brute_motifs(motif, letters):
    """Every choice of cells that fits, one for each set of edges that it covers."""
    import re

    present, absent, conditions, least = [], [], [], {}
    for part in (p.strip() for p in re.split("[,;]", motif)):
        if match := re.fullmatch(r"(\w)->(\w)\.weight>=(\d+)", part):
            least[match[1], match[2]] = float(match[3])
        elif match := re.fullmatch(r"(\w)\.(\w+)(!?=)(.+)", part):
            conditions.append((match[1], match[2], match[3] == "=", match[4].split("|")))
        elif match := re.fullmatch(r"(\w)!->(\w)", part):
            absent.append((match[1], match[2]))
        elif "[gap_junction]" in part:
            present.append((part[0], part[-1], GAP))
        else:
            steps = part.split("->")
            present += [(a, b, None) for a, b in itertools.pairwise(steps)]
    about = {r["name"]: r for r in ring().tables["node"].to_dicts()}
    weight = {(n, s, t): w for n, s, t, w in EDGES} | {(GAP, t, s): w for n, s, t, w in EDGES if n == GAP}
    seen, found = set(), []
    chemical = any(network is None for *_, network in present)
    for network in (A, B) if chemical else (GAP,):
        for cells in itertools.permutations(NAMES, len(letters)):
            named = dict(zip(letters, cells, strict=True))
            edges = [(n or network, named[a], named[b]) for a, b, n in present]
            kinds = dict.fromkeys(letters, "neuron") | {n: words[0] for n, p, _, words in conditions if p == "kind"}
            fits = (
                all(about[named[n]]["kind"] == kind for n, kind in kinds.items())
                and all(edge in weight for edge in edges)
                and not any((network, named[a], named[b]) in weight for a, b in absent)
                and all((about[named[n]][p] in words) == equal for n, p, equal, words in conditions)
                and not any(about[named[n]][p] is None for n, p, _, _ in conditions)
                and all(weight[network, named[a], named[b]] >= w for (a, b), w in least.items())
            )
            covered = frozenset((n, *(sorted((s, t)) if n == GAP else (s, t))) for n, s, t in edges)
            # Which node bears a condition tells two choices apart that cover the same edges.
            marked = frozenset((n, named[n]) for n, *_ in conditions), frozenset((named[a], named[b]) for a, b in least)
            roles = frozenset((n, named[n]) for n in letters) if absent else frozenset()
            if fits and (network, covered, marked, roles) not in seen:
                seen.add((network, covered, marked, roles))
                found.append((network if chemical else GAP, cells))
    return found


def test_motif_counts_are_those_of_networkx(store):
    neurons = NAMES[:12]
    graph = nx.DiGraph((s, t) for n, s, t, _ in EDGES if n == A and s != t and {s, t} <= set(neurons))
    for motif, edges, symmetries in (
        ("A->B->C->A", [(0, 1), (1, 2), (2, 0)], 3),
        ("A->B, A->C, B->C", [(0, 1), (0, 2), (1, 2)], 1),
        ("A->C, A->D, B->C, B->D", [(0, 2), (0, 3), (1, 2), (1, 3)], 4),
    ):
        matcher = nx.isomorphism.DiGraphMatcher(graph, nx.DiGraph(edges))
        expected = sum(1 for _ in matcher.subgraph_monomorphisms_iter()) / symmetries
        rows = ask(store, "motifs", motif=motif, network=A, page_size=1)
        assert (rows[0]["total"] if rows else 0) == expected


def test_a_motif_can_start_at_cells(store):
    everywhere = ask(store, "motifs", motif="A->B->C", network=A, page_size=10_000)
    rows = ask(store, "motifs", motif="A->B->C", network=A, first="N03 N04", page_size=10_000)
    assert rows
    assert {(r["A"], r["B"], r["C"]) for r in rows} == {
        (r["A"], r["B"], r["C"]) for r in everywhere if r["A"] in ("N03", "N04")
    }


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ("N03", ["N03"]),
        (f"{SET}/N03", ["N03"]),
        ("alias 2", ["N03"]),
        ("X2", ["N03"]),
        ("n3", ["N03"]),
        ("N003,n4", ["N03", "N04"]),
        ("C3", ["N04", "N08", "N12"]),
        ("c3", ["N04", "N08", "N12"]),
        ("N05 N01\nN03; N01", ["N05", "N01", "N03"]),
        ("['N02', \"N01\"]", ["N02", "N01"]),
        ("alias 2 N01", ["N01"]),
        ("dBWML01", ["dBWML1"]),
    ],
)
def test_cells_by_name_alias_class_or_id(store, given, names):
    if given == "alias 2 N01":
        with pytest.raises(QueryError, match="nothing in the graph is called 'alias'"):
            ask(store, "neuron", name=given)
    else:
        assert [r["name"] for r in ask(store, "neuron", name=given)] == names


@pytest.mark.parametrize("least", [None, 4])
def test_a_list_of_many_cells_answers_as_one_by_one(store, least):
    """More than a few cells take another text in one of the engines."""
    fillers = [f"{SET}/{name}" for name in NAMES] + list(testing.CELLS)
    given = {"direction": "both", "kind": "chemical,gap_junction"} | ({"min_weight": least} if least else {})
    apart = [row for name in fillers for row in ask(store, "partners", neuron=name, **given)]
    assert len(fillers) < anchor.MOST_BRANCHES
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(anchor, "MOST_BRANCHES", 1)
        together = ask(store, "partners", neuron=",".join(fillers), **given)
    assert len(together) > 50
    assert sorted(map(str, together)) == sorted(map(str, apart))


def test_the_time_limit_is_of_the_whole_query(store):
    with pytest.raises(QueryTimeoutError):
        run_named(store, "rich-club", {"samples": 1000, "swaps": 100}, timeout_s=0.3)


def test_rows_beyond_the_limit_are_counted(store):
    cut = run_named(store, "partners", {"neuron": "N01", "direction": "both"}, row_limit=2)
    whole = run_named(store, "partners", {"neuron": "N01", "direction": "both"})
    assert cut.truncated
    assert cut.total_rows == whole.table.num_rows > 2
    assert cut.rows() == whole.rows()[:2]


EVERY_CASE = [
    ("partners", {"neuron": "C1", "direction": "both", "kind": "chemical,gap_junction,functional"}),
    ("partners", {"neuron": "N01", "dataset": "no/such"}),
    ("ranked-partners", {"neuron": "C1,N02", "kind": "chemical,gap_junction,functional", "by": "type"}),
    ("ranked-partners", {"neuron": "N01", "dataset": "no/such"}),
    ("common-partners", {"names": "N01,N02,N03", "of": "any", "kind": "chemical,functional"}),
    ("common-partners", {"names": "N01,N02", "min_weight": "1000"}),
    ("adjacency", {"names": "C0,C1,N14", "by": "class", "kind": "chemical,gap_junction,functional"}),
    ("adjacency", {"names": "N01", "dataset": "no/such"}),
    ("adjacency-matrix", {"names": "C0,C1,N14", "targets": "C2", "kind": "chemical,gap_junction"}),
    ("adjacency-matrix", {"names": "N01", "dataset": "no/such"}),
    ("neighbourhood", {"neuron": "N01", "hops": "4", "kind": "chemical,functional"}),
    ("neighbourhood", {"neuron": "N01", "dataset": "no/such"}),
    ("shortest-path", {"source": "N01", "target": "N14", "kind": "gap_junction,functional"}),
    ("all-shortest-paths", {"source": "C1", "target": "N14", "directed": "false", "kind": "chemical,gap_junction"}),
    ("strongest-path", {"source": "C1", "target": "N14", "kind": "chemical,gap_junction", "max_hops": "6"}),
    ("strongest-path", {"source": "N01", "target": "N14", "dataset": "no/such"}),
    ("motifs", {"motif": "A->B, A-[functional]-B", "dataset": "test/wired"}),
    ("motifs", {"motif": "A->B", "dataset": "no/such"}),
    ("reciprocal", {}),
    ("reciprocal", {"dataset": "no/such"}),
    ("degrees", {"kind": "chemical,gap_junction,functional", "by": "strength"}),
    ("degrees", {"dataset": "no/such"}),
    ("rich-club", {"kind": "chemical,gap_junction", "samples": "3"}),
    ("rich-club", {"dataset": "no/such"}),
    ("subgraph", {"names": "N01,hyp", "hops": "2", "min_weight": "5"}),
    ("subgraph", {"names": "N01", "dataset": "no/such"}),
    ("neuron", {"name": "C1,AVA,hyp"}),
    ("datasets", {}),
    ("communities", {}),
    ("communities", {"model": "another"}),
    ("partner-communities", {"neuron": "aval", "dataset": "test/connectome"}),
]


@pytest.mark.neo4j
@pytest.mark.parametrize(("name", "given"), EVERY_CASE)
def test_both_stores_give_the_same_rows_order_and_types(embedded, server, name, given):
    ours, theirs = (run_named(store, name, given).to_polars() for store in (embedded, server))
    assert ours.schema == theirs.schema
    assert ours.equals(theirs, null_equal=True)
