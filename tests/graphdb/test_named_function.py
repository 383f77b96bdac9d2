"""Structure against function: synapses, gap junctions, monoamines and peptides beside measured responses."""

from __future__ import annotations

import itertools
from collections import Counter

import polars as pl
import pytest

from graphdb.lake import Lake
from graphdb.named.catalog import run_named
from graphdb.on_ladybug.store import LadybugStore
from graphdb.sync import rebuild
from graphdb.testing import info
from graphdb.testing_more import BODY, CELLS, body, cell, network, responses, wiring
from schemas import tables
from schemas.dataset import Dataset
from schemas.errors import QueryError, UsageError

NAMES = list(CELLS)
UNITS = {"chemical": "synapses", "gap_junction": "junctions", "monoamine": "pairs", "peptide": "pairs"}
# The sparse connectome leaves CM, EL and others out; the routes are between few.
SPARSE = {
    "chemical": [("AVL", "AVR", 2.0), ("AVR", "BVL", 5.0), ("BVL", "BVR", 1.0), ("AVL", "AVL", 3.0)],
    "gap_junction": [("AVL", "BVR", 1.0), ("AVL", "AVR", 4.0)],
}
ROUTES = {
    "monoamine": [("AVL", "BVL", "dopamine", "dop-1"), ("AVL", "BVL", "dopamine", "dop-2"), ("DL", "AVL", "x", "y-1")],
    "peptide": [("AVL", "AVR", "flp-1", "npr-4"), ("BVR", "DR", "flp-1", "npr-4")],
}
LIGAND = {"monoamine": "transmitter", "peptide": "peptide"}


def ask(store, name, **given):
    return run_named(store, name, given).rows()


def weights(lake, kind, uid):
    frame = lake.read("/".join(uid.split("/")[:2]), kind).filter(pl.col("network") == uid)
    summed = frame.with_columns(pl.col("source", "target").str.strip_prefix(f"{BODY}/")).group_by("source", "target")
    return {(a, b): w for a, b, w in summed.agg(pl.col("weight").sum()).iter_rows()}


def sparse():
    uid = "test/sparse"
    found = {
        kind: tables.frame(
            kind,
            [
                {"network": f"{uid}/{kind}", "source": cell(a), "target": cell(b), "weight": weight}
                for a, b, weight in edges
            ],
        )
        for kind, edges in SPARSE.items()
    }
    networks = [network(f"{uid}/{kind}", kind, directed=kind == "chemical", unit=UNITS[kind]) for kind in SPARSE]
    return Dataset(info(uid, parents=("test/body",)), {"network": tables.frame("network", networks), **found})


def routes():
    uid = "test/routes"
    found = {
        kind: tables.frame(
            kind,
            [
                {
                    "network": f"{uid}/{kind}",
                    "source": cell(a),
                    "target": cell(b),
                    LIGAND[kind]: ligand,
                    "receptor": receptor,
                    "weight": 1.0,
                }
                for a, b, ligand, receptor in edges
            ],
        )
        for kind, edges in ROUTES.items()
    }
    networks = [network(f"{uid}/{kind}", kind, directed=True, unit=UNITS[kind]) for kind in ROUTES]
    return Dataset(info(uid, parents=("test/body",)), {"network": tables.frame("network", networks), **found})


@pytest.fixture(scope="module")
def routed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("routed")
    lake = Lake(folder / "lake")
    for dataset in (body(), wiring("one", 1), sparse(), routes(), responses()):
        lake.publish(dataset)
    with LadybugStore(folder / "graph.lbug", max_bytes=1 << 34) as store:
        rebuild(lake, store)
        yield lake, store


def functional(lake, network):
    frame = lake.read("test/responses", "functional").filter(pl.col("network") == network)
    ends = frame.with_columns(pl.col("source", "target").str.strip_prefix(f"{BODY}/"))
    return {(r["source"], r["target"]): r for r in ends.iter_rows(named=True)}


def test_responses_beside_connections_equal_a_loop(varied_store, varied_lake):
    known = functional(varied_lake, "test/responses/measured")
    chemical_edges = weights(varied_lake, "chemical", "test/one/animal1/chemical")
    gap = weights(varied_lake, "gap_junction", "test/one/animal1/gap_junction")
    gap |= {(b, a): w for (a, b), w in gap.items()}
    truth = {}
    for pair in itertools.product(NAMES, NAMES):
        kinds = [kind for kind, edges in (("chemical", chemical_edges), ("gap_junction", gap)) if pair in edges]
        seen = known.get(pair)
        if pair[0] == pair[1] or (not kinds and seen is None):
            continue
        significant = seen is not None and seen["q"] is not None and seen["q"] <= 0.05
        answer = "not observed" if seen is None else "significant" if significant else "not significant"
        weight = sum(edges.get(pair, 0.0) for edges in (chemical_edges, gap))
        truth[pair] = (
            ",".join(kinds) or None,
            # Synapses and junctions are not added.
            pytest.approx(weight) if len(kinds) == 1 else None,
            answer,
            *((seen[c] if seen else None) for c in ("weight", "q", "n_observations")),
        )
    given = {"structure": "test/one", "function": "test/responses/measured"}
    found = ask(varied_store, "structure-function", **given)
    names = ("kinds", "structure", "answer", "response", "q", "n_observations")
    assert {(r["source"], r["target"]): tuple(r[n] for n in names) for r in found} == truth
    assert all(r["connected"] == (r["kinds"] is not None) for r in found)
    assert {values[2] for values in truth.values()} == {"significant", "not significant", "not observed"}
    some = ask(varied_store, "structure-function", rows="significant", **given)
    assert some == [r for r in found if r["answer"] == "significant"]
    counts = ask(varied_store, "structure-function-counts", **given)
    for row in counts:
        kinds = None if row["structure"] == "none" else row["structure"]
        own = [values[2] for values in truth.values() if values[0] == kinds]
        assert row["of"] == "test/one"
        assert row["significant"] == own.count("significant")
        assert row["not_significant"] == own.count("not significant")
        assert row["not_observed"] == (None if kinds is None else own.count("not observed"))
    assert len(counts) == len({values[0] for values in truth.values()})


def test_an_undirected_network_is_compared_without_direction(varied_store, varied_lake):
    known = functional(varied_lake, "test/responses/correlated")
    edges = weights(varied_lake, "chemical", "test/one/animal1/chemical")
    given = {"structure": "test/one", "function": "test/responses/correlated", "kinds": "chemical"}
    found = ask(varied_store, "structure-function", min_abs_weight="0.4", **given)
    truth = {}
    for a, b in itertools.combinations(sorted(NAMES, key=cell), 2):
        weight = edges.get((a, b), 0.0) + edges.get((b, a), 0.0)
        seen = known.get((a, b))
        if weight or seen:
            strong = seen is not None and abs(seen["weight"]) >= 0.4
            answer = "not observed" if seen is None else "significant" if strong else "not significant"
            truth[a, b] = (pytest.approx(weight) if weight else None, answer)
    assert {(r["source"], r["target"]): (r["structure"], r["answer"]) for r in found} == truth
    with pytest.raises(QueryError, match="has no false discovery rates"):
        ask(varied_store, "structure-function", **given)


def kinds_and_held(lake, references):
    """By (source, target): the kinds that join them; and by network, the cells it holds."""
    edges, held = {}, {}
    for reference in references:
        for kind in UNITS:
            if kind not in (ROUTES if reference == "test/routes" else SPARSE):
                continue
            uid = f"{reference}/animal1/{kind}" if reference == "test/one" else f"{reference}/{kind}"
            found = weights(lake, kind, uid)
            held[uid] = {end for pair in found for end in pair}
            edges[uid] = found | ({(b, a): w for (a, b), w in found.items()} if kind == "gap_junction" else {})
    return edges, held


@pytest.mark.parametrize(
    "references", [("test/sparse", "test/routes"), ("test/routes",), ("test/one", "test/sparse", "test/routes")]
)
def test_each_pair_has_its_routes_by_network(routed, references):
    lake, store = routed
    edges, held = kinds_and_held(lake, references)
    seen = functional(lake, "test/responses/measured")
    found = ask(store, "structure-function", structure=",".join(references), function="test/responses/measured")
    by_pair = {(r["source"], r["target"]): r for r in found}
    truth = {
        p
        for p in itertools.product(NAMES, NAMES)
        if p[0] != p[1] and (p in seen or any(p in e for e in edges.values()))
    }
    assert set(by_pair) == truth
    for pair, row in by_pair.items():
        joining = [uid for uid, known in edges.items() if pair in known]
        kinds = sorted({uid.rpartition("/")[2] for uid in joining})
        assert row["kinds"] == (",".join(kinds) or None)
        assert row["connected"] == bool(kinds)
        assert row["n_held"] == sum({*pair} <= cells for cells in held.values())
        assert {uid: row[uid] for uid in edges} == {uid: known.get(pair) for uid, known in edges.items()}
        datasets = {uid.rpartition("/")[0] for uid in joining}
        alike = len({UNITS[kind] for kind in kinds}) == 1 and len(datasets) == 1
        total = sum(edges[uid][pair] for uid in joining)
        assert row["structure"] == (pytest.approx(total) if alike else None)
        assert row["unit"] == (UNITS[kinds[0]] if alike else None)
    assert (0 in {r["n_held"] for r in found}) == ("test/one" not in references)


@pytest.mark.parametrize("by", ["together", "each"])
def test_counts_tell_what_is_not_connected_from_what_is_not_held(routed, by):
    _, store = routed
    references = ("test/sparse", "test/routes")
    given = {"function": "test/responses/measured"}
    counts = ask(store, "structure-function-counts", structure=",".join(references), by=by, **given)
    truth = {}
    for asked in [",".join(references)] if by == "together" else references:
        rows = ask(store, "structure-function", structure=asked, **given)
        names = (r["kinds"] or ("none" if r["n_held"] else "not held") for r in rows)
        truth |= {(asked, *key): n for key, n in Counter(zip(names, (r["answer"] for r in rows), strict=True)).items()}
    for row in counts:
        key = row["of"], row["structure"]
        significant, weak, unseen = (
            truth.get((*key, a), 0) for a in ("significant", "not significant", "not observed")
        )
        assert (row["significant"], row["not_significant"]) == (significant, weak)
        assert row["not_observed"] == (None if row["structure"] in ("none", "not held") else unseen)
        assert row["share"] == (pytest.approx(significant / (significant + weak)) if significant + weak else None)
    assert {(r["of"], r["structure"]) for r in counts} == {key[:2] for key in truth}
    assert [r["structure"] for r in counts if r["of"] == counts[0]["of"]][-2:] == ["none", "not held"]


def test_a_light_edge_is_none_but_its_cells_are_held(routed):
    _, store = routed
    given = {"structure": "test/sparse", "function": "test/responses/measured", "kinds": "chemical"}
    rows = {(r["source"], r["target"]): r for r in ask(store, "structure-function", min_weight="3", **given)}
    assert {pair for pair, row in rows.items() if row["connected"]} == {("AVR", "BVL")}
    pair = next(pair for pair in rows if set(pair) == {"BVL", "BVR"})
    assert rows[pair]["n_held"] == 1


@pytest.mark.parametrize(
    ("given", "error", "says", "hint"),
    [
        ({"structure": "test/sparse,test/one", "kinds": "chemical,contact"}, UsageError, "kind contact", "leave"),
        ({"structure": "test/one,test/routes", "kinds": "chemical"}, QueryError, "test/routes has no", "peptide"),
        ({"structure": "test/sparse,test/nothing"}, QueryError, "no dataset or network is called", "test/"),
        ({"structure": "test/responses"}, QueryError, "test/responses has no network of kind chemical", "functional"),
    ],
)
def test_wrong_connectomes_are_explained(routed, given, error, says, hint):
    with pytest.raises(error, match=says) as caught:
        ask(routed[1], "structure-function", function="test/responses/measured", **given)
    assert hint in caught.value.hint


def test_an_answer_cites_the_datasets_that_it_is_about(routed):
    given = {"structure": "test/sparse,test/routes", "function": "test/responses/measured"}
    answer = run_named(routed[1], "structure-function", given)
    assert {each.dataset for each in answer.datasets} == {"test/sparse", "test/routes", "test/responses"}
