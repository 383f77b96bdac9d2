"""Sums over ranges on the server find what the slow comparison of every row finds, for damage of every sort."""

from __future__ import annotations

import math
import random

import numpy as np
import polars as pl
import pytest

from graphdb import compare, testing
from graphdb.lake import Lake
from graphdb.on_neo4j import hash as neo4j_hash
from graphdb.on_neo4j.store import Neo4jStore
from graphdb.on_neo4j.verify import Verifier
from graphdb.projection import dataset_graph
from graphdb.sync import rebuild
from schemas import tables
from schemas.dataset import Dataset
from tests.benchmarks.generated import SIZES, Size, generated_dataset

pytestmark = pytest.mark.neo4j
UID = "generated/small"


def vessels(monkeypatch, spelling):
    monkeypatch.setitem(SIZES, "small", Size(216, 400, kind="vessel"))
    made = generated_dataset("small", seed=3)
    vessel = made.tables["vessel"].with_columns(
        vessel=pl.Series([spelling(v) for v in made.tables["vessel"]["vessel"]])
    )
    node = made.tables["node"].with_columns(
        aliases=pl.Series([[f"alt {i}", "ø"] if i % 3 == 0 else [] for i in range(216)], dtype=pl.List(pl.String)),
        x_um=pl.Series(np.random.default_rng(0).normal(0, 1, 216) * 10.0 ** np.linspace(-20, 20, 216)),
        y_um=None,
    )
    return Dataset(made.info, {**made.tables, "vessel": vessel, "node": node.cast(tables.columns("node"))})


@pytest.fixture(scope="module")
def store(neo4j_login):
    store = Neo4jStore(*neo4j_login)
    store.load([], 0)
    yield store
    store.load([], 0)
    store.close()


@pytest.fixture
def graph(store, tmp_path, monkeypatch):
    """A vessel graph whose texts are too many to list, so that every way of making numbers is used."""
    monkeypatch.setattr(neo4j_hash, "_FEW_TEXTS", 20)
    lake = Lake(tmp_path / "lake")
    lake.publish(vessels(monkeypatch, str))
    rebuild(lake, store)
    return dataset_graph(lake, lake.manifest(UID))


def by_sums(store, graph):
    found = Verifier(store._link, store.counts(), few_rows=0, range_rows=50).differences(graph)
    return {d.what: d for d in found}


DAMAGE = [
    "MATCH (a)-[r:VESSEL]->(b) WITH r SKIP {n} LIMIT 1 SET r.length_um = r.length_um + 1e-12",
    "MATCH (a)-[r:VESSEL]->(b) WITH r SKIP {n} LIMIT 1 SET r.radius_um = r.radius_um * 1.0000000000000002",
    "MATCH (a)-[r:VESSEL]->(b) WITH r SKIP {n} LIMIT 1 SET r.volume_um3 = 0.0/0",
    "MATCH (a)-[r:VESSEL]->(b) WITH r SKIP {n} LIMIT 1 SET r.roundness = 1e308",
    "MATCH (a)-[r:VESSEL]->(b) WITH r SKIP {n} LIMIT 1 SET r.distance_um = null",
    "MATCH (a)-[r:VESSEL]->(b) WHERE r.curveness IS NULL WITH r LIMIT 1 SET r.curveness = 0.0",
    "MATCH (a)-[r:VESSEL]->(b) WITH r SKIP {n} LIMIT 1 SET r.n_voxels = r.n_voxels + 1",
    "MATCH (a)-[r:VESSEL]->(b) WITH r SKIP {n} LIMIT 1 SET r.n_voxels = 9223372036854775807",
    "MATCH (a)-[r:VESSEL]->(b) WITH r SKIP {n} LIMIT 1 SET r.vessel = '0' + r.vessel",
    "MATCH (a)-[r:VESSEL]->(b) WITH r SKIP {n} LIMIT 1 SET r.vessel = 'x'",
    "MATCH (a)-[r:VESSEL]->(b) WITH r SKIP {n} LIMIT 1 SET r.network = 'someone/else'",
    "MATCH (a)-[r:VESSEL]->(b) WITH r SKIP {n} LIMIT 1 SET r.at_border = NOT r.at_border",
    "MATCH (a)-[r:VESSEL]->(b) WITH r SKIP {n} LIMIT 1 DELETE r",
    "MATCH (a)-[r:VESSEL]->(b) WITH a, r, b SKIP {n} LIMIT 1 CREATE (a)-[s:VESSEL]->(b) SET s = properties(r)",
    "MATCH (a)-[r:VESSEL]->(b) WHERE a <> b WITH a, r, b LIMIT 1 CREATE (b)-[s:VESSEL]->(a) SET s = r DELETE r",
    "MATCH (n:VesselNode) WITH n SKIP {n} LIMIT 1 SET n.x_um = n.x_um * 1.0000000000000002",
    "MATCH (n:VesselNode) WITH n SKIP {n} LIMIT 1 SET n.y_um = 0.0",
    "MATCH (n:VesselNode) WITH n SKIP {n} LIMIT 1 SET n.name = n.name + ' '",
    "MATCH (n:VesselNode) WITH n SKIP {n} LIMIT 1 SET n.aliases = n.aliases + 'more'",
    "MATCH (n:VesselNode) WITH n SKIP {n} LIMIT 1 SET n.aliases = null",
    "MATCH (n:VesselNode) WHERE size(n.aliases) > 0 WITH n LIMIT 1 SET n.aliases = [n.aliases[1], n.aliases[0]]",
]


def test_an_undamaged_graph_has_no_differences(store, graph):
    assert by_sums(store, graph) == {}
    assert list(compare.differences(store, graph)) == []


def test_damage_of_every_sort_is_found_as_the_slow_comparison_finds_it(store, graph):
    chosen = random.Random(20261125)
    for cypher in DAMAGE:
        with store._driver.session() as session, session.begin_transaction() as transaction:
            counters = transaction.run(cypher.format(n=chosen.randrange(90))).consume().counters
            assert counters.contains_updates, cypher
            transaction.commit()
        slow = {d.what for d in compare.differences(store, graph)}
        assert set(by_sums(store, graph)) == slow, cypher
        assert slow, cypher
        store.load([graph], 1)


@pytest.mark.parametrize(
    ("cypher", "says"),
    [
        ("MATCH ()-[r:VESSEL]->() SET r.n_voxels = toFloat(r.n_voxels)", "VESSEL"),
        ("MATCH ()-[r:VESSEL]->() SET r.length_um = toString(r.length_um)", "VESSEL"),
        ("MATCH (n:VesselNode) SET n.aliases = 5", "VesselNode"),
        ("MATCH (n:VesselNode) SET n.name = toInteger(n.name)", "VesselNode"),
    ],
)
def test_a_value_of_another_type_is_a_difference_not_an_error_of_the_server(store, graph, cypher, says):
    store._driver.execute_query(cypher)
    assert set(by_sums(store, graph)) == {says}


def test_ends_swapped_between_equal_edges_are_found(store, graph):
    """Every node keeps its degree and every edge its values: only pairs of ends tell."""
    store._driver.execute_query("MATCH ()-[r:VESSEL]->() WITH r, properties(r).vessel AS v SET r.length_um = 1.0")
    before = by_sums(store, graph)["VESSEL"]
    store._driver.execute_query(
        "MATCH (a)-[r:VESSEL]->(b), (c)-[s:VESSEL]->(d) "
        "WHERE a <> c AND b <> d AND r.vessel = '10' AND s.vessel = '20' "
        "CREATE (a)-[t:VESSEL]->(d) SET t = properties(r) CREATE (c)-[u:VESSEL]->(b) SET u = properties(s) DELETE r, s"
    )
    assert by_sums(store, graph)["VESSEL"] != before
    assert {d.what for d in compare.differences(store, graph)} == {"VESSEL"}


@pytest.mark.parametrize("spelling", [lambda v: f"v-{v}", lambda v: f"é😀{v}", lambda v: f"{int(v):05d}"])
def test_texts_of_any_letters_are_compared_on_the_server(store, tmp_path, monkeypatch, spelling):
    monkeypatch.setattr(neo4j_hash, "_FEW_TEXTS", 20)
    lake = Lake(tmp_path / "lake")
    lake.publish(vessels(monkeypatch, spelling))
    rebuild(lake, store)
    graph = dataset_graph(lake, lake.manifest(UID))
    assert by_sums(store, graph) == {}
    store._driver.execute_query("MATCH ()-[r:VESSEL]->() WITH r LIMIT 1 SET r.vessel = reverse(r.vessel) + 'ß'")
    assert (
        "differ in 'vessel'" in by_sums(store, graph)["VESSEL"].graph
        or "missing" in by_sums(store, graph)["VESSEL"].graph
    )


def test_a_mismatch_is_narrowed_to_its_row(store, tmp_path):
    lake = testing.small_lake(tmp_path / "lake")
    rebuild(lake, store)
    store._driver.execute_query("MATCH (:Neuron {name: 'AVAL'})-[r:CHEMICAL]->(:Muscle) SET r.weight = 5.0")
    found = by_sums(store, dataset_graph(lake, lake.manifest("test/connectome")))
    assert set(found) == {"CHEMICAL"}
    assert "differ in 'weight'" in found["CHEMICAL"].graph
    assert "(5.0 for 4.0)" in found["CHEMICAL"].graph


def test_numbers_of_any_size_are_cut_into_exact_pieces():
    values = [0.1, -1e-300, 5e-324, 1.7976931348623157e308, math.pi, 2.0**60 + 512, -0.0, None, math.nan, math.inf]
    frame = pl.LazyFrame({"weight": values, "_a": range(len(values))}, schema={"weight": pl.Float64, "_a": pl.Int64})
    found = neo4j_hash.limbs(frame, {"weight": pl.Float64()}, "x")
    rows = frame.with_columns(bucket=pl.lit(0))
    for step in found.steps:
        rows = rows.with_columns(lake.alias(name) for name, _, lake in step)
    pieces = rows.select(limb.alias(str(number)) for number, limb in enumerate(found.lake)).collect()
    assert pieces.unique().height == len(values)
    assert neo4j_hash.folded(frame.with_columns(b=0), ["_a"], found, "b").collect().height == len(values)


def test_the_revision_changes_with_the_graph_and_only_then(store):
    before = store.revision()
    assert store.revision() == before
    store._driver.execute_query("CREATE (:Passing)")
    assert store.revision() != before
    store._driver.execute_query("MATCH (n:Passing) DELETE n")
