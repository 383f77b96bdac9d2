"""Connectomes compared: shared edges, differences, similarity of cells; structure against function is beside it."""

from __future__ import annotations

import itertools

import numpy as np
import polars as pl
import pytest

from graphdb.named.catalog import run_named
from graphdb.named.cells import Cell, Cells
from graphdb.named.connectomes import Network, datasets_statement, edges_statement, networks_statement
from graphdb.named.function_pairs import responses
from graphdb.named.overlap import presence
from graphdb.named.similarity import SimilarityCriteria, alike, common, middles, sizes
from graphdb.testing_more import BODY, CELLS, cell
from schemas.errors import QueryError, UsageError

ONE = Network("test/one/animal1/chemical", "test/one", BODY, "chemical", directed=True, weight_unit="synapses")
NAMES = list(CELLS)


def ask(store, name, **given):
    return run_named(store, name, given).rows()


def weights(lake, kind, network):
    frame = lake.read("/".join(network.split("/")[:2]), kind).filter(pl.col("network") == network)
    ends = frame.with_columns(pl.col("source", "target").str.strip_prefix(f"{BODY}/"))
    return {(r["source"], r["target"]): r["weight"] for r in ends.iter_rows(named=True)}


@pytest.fixture(scope="module")
def chemical(varied_lake):
    names = ["test/one/animal1", "test/two/animal1", *(f"test/three/animal{n}" for n in (1, 2, 3))]
    return {f"{name}/chemical": weights(varied_lake, "chemical", f"{name}/chemical") for name in names}


@pytest.mark.parametrize("least", [1, 2, 5])
def test_edges_shared_by_networks_equal_a_loop(varied_store, chemical, least):
    found = ask(varied_store, "shared-edges", of="test/one,test/two,test/three", min_found=str(least))
    truth = {}
    for pair in itertools.product(NAMES, NAMES):
        row = {network: known.get(pair) for network, known in chemical.items()}
        count = sum(weight is not None for weight in row.values())
        if count >= least:
            truth[pair] = (count, 5, row)
    got = {(r["source"], r["target"]): (r["n_found"], r["n_of"], {n: r[n] for n in chemical}) for r in found}
    assert got == truth
    assert [(-r["n_found"], r["source"], r["target"]) for r in found] == sorted(
        (-r["n_found"], r["source"], r["target"]) for r in found
    )


def test_a_dataset_is_one_by_the_mean_over_its_networks(varied_store, chemical):
    found = ask(varied_store, "shared-edges", of="test/one,test/three", by="dataset", min_weight="2")
    heavy = {name: {p: w for p, w in known.items() if w >= 2} for name, known in chemical.items()}
    for row in found:
        pair = row["source"], row["target"]
        assert row["n_of"] == 2
        assert row["test/one"] == heavy["test/one/animal1/chemical"].get(pair)
        three = [heavy[f"test/three/animal{n}/chemical"].get(pair) for n in (1, 2, 3)]
        some = [w for w in three if w is not None]
        assert row["test/three"] == (pytest.approx(sum(some) / 3) if some else None)
    assert len(found) == len({pair for name, known in heavy.items() for pair in known if "two" not in name})


def test_undirected_edges_are_shared_whatever_their_order(varied_store, varied_lake):
    known = [weights(varied_lake, "gap_junction", f"test/{name}/animal1/gap_junction") for name in ("one", "two")]
    found = ask(varied_store, "shared-edges", of="test/one,test/two", kind="gap_junction", min_found="2")
    assert {(r["source"], r["target"]) for r in found} == set(known[0]) & set(known[1])


def test_a_network_without_edges_counts():
    networks = (ONE, Network("test/empty/n", "test/empty", BODY, "chemical", directed=True, weight_unit=None))
    edges = pl.DataFrame(
        {
            "network": [ONE.uid],
            "source_uid": ["a"],
            "source": ["A"],
            "target_uid": ["b"],
            "target": ["B"],
            "weight": [2.0],
        }
    )
    (row,) = presence(edges, networks, "network").rows(named=True)
    assert (row["n_found"], row["n_of"], row[ONE.uid], row["test/empty/n"]) == (1, 2, 2.0, None)


@pytest.mark.parametrize("cells", ["all", "common"])
def test_differences_equal_a_loop(varied_store, chemical, cells):
    a, b = (chemical[f"test/{name}/animal1/chemical"] for name in ("one", "two"))
    common_cells = {end for pair in a for end in pair} & {end for pair in b for end in pair}
    truth = {}
    for pair in {*a, *b}:
        if cells == "common" and not set(pair) <= common_cells:
            continue
        first, second = a.get(pair), b.get(pair)
        change = "added" if first is None else "removed" if second is None else "changed" if first != second else "same"
        truth[pair] = (change, first, second, pytest.approx((second or 0) - (first or 0)))
    given = {"a": "test/one", "b": "test/two", "cells": cells, "changes": "added,removed,changed,same"}
    found = ask(varied_store, "edge-difference", **given)
    got = {(r["source"], r["target"]): (r["change"], r["weight_a"], r["weight_b"], r["difference"]) for r in found}
    assert got == truth
    sizes_found = [abs(r["difference"]) for r in found]
    assert sizes_found == sorted(sizes_found, reverse=True)
    assert {(r["unit_a"], r["unit_b"]) for r in found} == {("synapses", "synapses")}
    for row in ask(varied_store, "edge-difference-counts", **given):
        own = [values for values in truth.values() if values[0] == row["change"]]
        assert row["n_edges"] == len(own)
        assert row["weight_a"] == pytest.approx(sum(v[1] or 0 for v in own))
        assert row["weight_b"] == pytest.approx(sum(v[2] or 0 for v in own))


def test_a_network_does_not_differ_from_itself(varied_store, chemical):
    given = {"a": "test/one", "b": "test/one/animal1/chemical"}
    assert ask(varied_store, "edge-difference", **given) == []
    counts = ask(varied_store, "edge-difference-counts", changes="same,added", **given)
    n = len(chemical["test/one/animal1/chemical"])
    assert [(r["change"], r["n_edges"]) for r in counts] == [("added", 0), ("same", n)]


def test_only_great_changes_of_one_sort(varied_store, chemical):
    a, b = (chemical[f"test/{name}/animal1/chemical"] for name in ("one", "two"))
    found = ask(varied_store, "edge-difference", a="test/one", b="test/two", changes="added", min_change="5")
    assert {(r["source"], r["target"]) for r in found} == {p for p, w in b.items() if p not in a and w >= 5}


def vectors(lake, kinds, direction, dataset, animals=1):
    """One row of features for each cell: its weights with all cells, by network, kind and direction; diagonal 0."""
    blocks = []
    for kind in kinds:
        for animal in range(1, animals + 1):
            matrix = np.zeros((len(NAMES), len(NAMES)))
            for (a, b), weight in weights(lake, kind, f"{dataset}/animal{animal}/{kind}").items():
                matrix[NAMES.index(a), NAMES.index(b)] = weight
                if kind == "gap_junction":
                    matrix[NAMES.index(b), NAMES.index(a)] = weight
            np.fill_diagonal(matrix, 0)
            if kind == "gap_junction":
                blocks.append(matrix)
            else:
                blocks += [matrix] * (direction != "in") + [matrix.T] * (direction != "out")
    return np.hstack(blocks)


def similarity_of(one, other):
    if not one.any() or not other.any():
        return None, None
    cosine = one @ other / np.linalg.norm(one) / np.linalg.norm(other)
    return cosine, ((one != 0) & (other != 0)).sum() / ((one != 0) | (other != 0)).sum()


@pytest.mark.parametrize("direction", ["in", "out", "both"])
@pytest.mark.parametrize("kinds", ["chemical", "gap_junction", "chemical,gap_junction"])
def test_similarity_to_all_equals_the_formula(varied_store, varied_lake, kinds, direction):
    features = vectors(varied_lake, kinds.split(","), direction, "test/one")
    for name in ("AVL", "mL1"):
        truth = {}
        for other in NAMES:
            one, two = features[NAMES.index(name)], features[NAMES.index(other)]
            shared = ((one != 0) & (two != 0)).sum()
            if other != name and shared:
                truth[other] = (*(pytest.approx(v) for v in similarity_of(one, two)), shared)
        if not features[NAMES.index(name)].any():
            continue
        found = ask(varied_store, "similarity", cells=name, of="test/one", kinds=kinds, direction=direction)
        assert {r["other"]: (r["cosine"], r["jaccard"], r["n_shared"]) for r in found} == truth
        assert [r["cosine"] for r in found] == sorted((r["cosine"] for r in found), reverse=True)


def test_similarity_within_a_list_names_every_pair(varied_store, varied_lake):
    features = vectors(varied_lake, ["chemical"], "out", "test/three", animals=3)
    names = ["AVL", "AVR", "CM", "hyp", "mL1"]
    found = ask(
        varied_store,
        "similarity",
        cells=",".join(names),
        of="test/three",
        direction="out",
        against="list",
        measure="jaccard",
    )
    got = {(r["cell"], r["other"]): (r["cosine"], r["jaccard"]) for r in found}
    truth = {}
    for one, other in itertools.combinations(sorted(names), 2):
        pair = similarity_of(features[NAMES.index(one)], features[NAMES.index(other)])
        truth[one, other] = tuple(None if v is None else pytest.approx(v) for v in pair)
    assert got == truth
    assert (None, None) in truth.values()  # hyp has no output
    measures = [r["jaccard"] for r in found if r["jaccard"] is not None]
    assert measures == sorted(measures, reverse=True)
    assert all(r["jaccard"] is None for r in found[len(measures) :])


def test_similar_enough_only(varied_store):
    whole = ask(varied_store, "similarity", cells="AVL", of="test/one", measure="jaccard")
    least = whole[len(whole) // 2]["jaccard"]
    some = ask(varied_store, "similarity", cells="AVL", of="test/one", measure="jaccard", min_similarity=str(least))
    assert some == [r for r in whole if r["jaccard"] >= least]
    assert 0 < len(some) < len(whole)


def test_similarity_of_negative_weights_may_be_negative():
    pairs = pl.DataFrame({"uid": ["a"], "other_uid": ["b"]})
    shared = pl.DataFrame({"uid": ["a"], "other_uid": ["b"], "product": [-2.0], "n_shared": [1]})
    lengths = pl.DataFrame({"uid": ["a", "b"], "square": [4.0, 1.0], "n": [1, 2]})
    (row,) = alike(pairs, shared, lengths).rows(named=True)
    assert (row["cosine"], row["jaccard"]) == (-1.0, 0.5)


@pytest.mark.parametrize(
    ("name", "given", "error", "says", "hint"),
    [
        ("shared-edges", {"of": "test/one"}, UsageError, "2 to 500 networks can be compared, not 1", "several"),
        (
            "shared-edges",
            {"of": "test/one,test/two", "min_found": "3"},
            UsageError,
            "more than the 2 compared",
            "lower",
        ),
        (
            "shared-edges",
            {"of": "test/one,test/tow"},
            QueryError,
            "no dataset or network is called 'test/tow'",
            "test/two",
        ),
        (
            "shared-edges",
            {"of": "test/responses", "kind": "functional"},
            QueryError,
            "measured is directed and test/responses/correlated is not",
            "agree",
        ),
        ("edge-difference", {"a": "test/one", "b": "test/three"}, QueryError, "3 networks of kind chemical", "animal2"),
        ("edge-difference", {"a": "x", "b": "test/one"}, QueryError, "no dataset or network is called 'x'", "test/one"),
        ("similarity", {"cells": "AVQ", "of": "test/one"}, QueryError, "nothing in the graph is called 'AVQ'", "AVL"),
        ("similarity", {"cells": "AVL", "of": "test/one", "against": "list"}, UsageError, "cannot be compared", "all"),
        (
            "similarity",
            {"cells": "hyp", "of": "test/one", "direction": "out"},
            QueryError,
            "hyp: no partner in test/one",
            "other kinds",
        ),
        (
            "structure-function",
            {"structure": "test/one", "function": "test/responses"},
            QueryError,
            "2 networks of kind functional",
            "test/responses/measured",
        ),
    ],
)
def test_wrong_questions_are_explained(varied_store, name, given, error, says, hint):
    with pytest.raises(error, match=says) as caught:
        ask(varied_store, name, **given)
    assert hint in caught.value.hint


def test_texts_of_networks_and_responses():
    assert networks_statement().cypher == (
        "MATCH (n:`Network`) RETURN n.uid AS uid, n.dataset AS dataset, n.node_set AS node_set, n.kind AS kind, "
        "n.directed AS directed, n.weight_unit AS weight_unit ORDER BY uid"
    )
    assert datasets_statement().cypher == "MATCH (d:`Dataset`) RETURN d.uid AS uid ORDER BY uid"
    assert edges_statement("contact", (ONE,)).cypher == (
        "MATCH (a)-[r:`CONTACT`]->(b) WHERE r.network IN $networks RETURN r.network AS network, a.uid AS source_uid, "
        "a.name AS source, b.uid AS target_uid, b.name AS target, r.weight AS weight"
    )
    made = responses(ONE)
    assert made.cypher == (
        "MATCH (a)-[r:`FUNCTIONAL`]->(b) WHERE r.network = $network RETURN a.uid AS source_uid, a.name AS source, "
        "b.uid AS target_uid, b.name AS target, r.weight AS response, r.q AS q, r.n_observations AS n_observations"
    )
    assert made.parameters == {"network": ONE.uid}


def test_texts_of_similarity():
    found = Cells(("AVL",), (Cell(cell("AVL"), "AVL", "Neuron", BODY),))
    criteria = SimilarityCriteria(found, "test/one")
    rest = (
        "WHERE r.network IN $networks AND s.network = r.network AND p.uid <> x.uid AND y.uid <> x.uid "
        "AND p.uid <> y.uid RETURN x.uid AS uid, y.uid AS other_uid, sum(r.weight * s.weight) AS product, "
        "count(*) AS n_shared"
    )
    made = common(criteria, (ONE,), "out", "neo4j")
    assert made.cypher == (
        f"UNWIND $cells AS cell MATCH (x:`Neuron` {{uid: cell}})-[r:`CHEMICAL`]->(p)<-[s:`CHEMICAL`]-(y) {rest}"
    )
    assert made.parameters == {"cells": [cell("AVL")], "networks": [ONE.uid]}
    made = common(criteria, (ONE,), "any", "ladybug", ":`Muscle`")
    assert made.cypher == (
        f"MATCH (x:`Neuron` {{uid: $cells_0}})-[r:`CHEMICAL`]-(p:`Muscle`)-[s:`CHEMICAL`]-(y) {rest}"
    )
    assert middles("chemical", "ladybug") == (":`Cell`", ":`Muscle`", ":`Neuron`")
    assert middles("chemical", "neo4j") == ("",)
    assert sizes(criteria, (ONE,), "in", "ladybug").cypher == (
        "MATCH (y)<-[s:`CHEMICAL`]-(p) WHERE s.network IN $networks AND p.uid <> y.uid RETURN y.uid AS uid, "
        "y.name AS name, sum(s.weight * s.weight) AS square, count(*) AS n"
    )
