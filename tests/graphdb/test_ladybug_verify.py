"""The fast comparison of an embedded graph with the lake, beside the slow one that looks at every row."""

from __future__ import annotations

import random
import shutil

import ladybug
import polars as pl
import pytest

from graphdb import compare, testing
from graphdb.lake import Lake
from graphdb.on_ladybug import verify as ladybug_verify
from graphdb.on_ladybug.store import LadybugStore
from graphdb.on_ladybug.verify import LadybugSnapshot
from graphdb.projection import dataset_graph
from graphdb.sync import rebuild, verify
from schemas.dataset import Dataset

SPACE = 1 << 34
ROUNDS = 8
EDGE = "(a {uid: '%s'})-[r:CHEMICAL]->(b {uid: '%s'})"


def wide_lake(root):
    """Two datasets over the same cells, with nulls, many to one node, and two networks of one kind."""
    lake = testing.small_lake(root)
    rng = random.Random(3)
    cells = [f"{testing.NODE_SET}/{name}" for name in testing.CELLS]
    connectome = testing.connectome()
    network = connectome.tables["network"]
    uid = "test/second"
    both = [network[:1].with_columns(uid=pl.lit(f"{uid}/{n}")) for n in ("one", "two")]
    edges = [
        {
            "network": f"{uid}/{n}",
            "source": a,
            "target": b,
            "weight": rng.choice([1.0, 2.0, 0.5]),
            "n_contacts": rng.choice([None, 1, 2]),
        }
        for n in ("one", "two")
        for a in cells
        for b in cells
        if rng.random() < 0.8
    ]
    chemical = pl.DataFrame(edges, schema=connectome.tables["chemical"].schema)
    info = testing.info(uid, parents=("test/cells",))
    lake.publish(Dataset(info, {"network": pl.concat(both), "chemical": chemical}))
    return lake


@pytest.fixture(scope="module")
def wide(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wide")
    lake = wide_lake(folder / "lake")
    store = LadybugStore(folder / "graph.lbug", max_bytes=SPACE)
    rebuild(lake, store)
    store.close()
    return folder


@pytest.fixture
def graph(wide, tmp_path):
    shutil.copyfile(wide / "graph.lbug", tmp_path / "graph.lbug")
    store = LadybugStore(tmp_path / "graph.lbug", max_bytes=SPACE)
    yield store, Lake(wide / "lake")
    store.close()


@pytest.fixture(params=["one range", "many ranges"])
def ranges(request, monkeypatch):
    """Many ranges, and constants read apart, are what a large graph has."""
    if request.param == "many ranges":
        monkeypatch.setattr(ladybug_verify, "_RANGE_ROWS", 7)
        monkeypatch.setattr(ladybug_verify, "_FEW_ROWS", 0)


def damages(rng, lake):
    """Every sort of damage to edges and nodes, as Cypher."""
    edges = lake.read("test/second", "chemical").rows(named=True)
    names = [f"{testing.NODE_SET}/{name}" for name in testing.CELLS]
    network = "test/second/one"

    def edge():
        one = rng.choice(edges)
        where = f"r.network = '{one['network']}' AND r.dataset = 'test/second'"
        return f"MATCH {EDGE % (one['source'], one['target'])} WHERE {where}"

    neurons = [f"{testing.NODE_SET}/{name}" for name, kind in testing.CELLS.items() if kind == "neuron"]
    made = f"{{network: '{network}', dataset: 'test/second', directed: true, weight: 1.0}}"
    return {
        "weight": lambda: f"{edge()} SET r.weight = r.weight + 0.25",
        "null contacts": lambda: f"{edge()} SET r.n_contacts = NULL",
        "zero contacts": lambda: f"{edge()} SET r.n_contacts = 0",
        "flag": lambda: f"{edge()} SET r.directed = false",
        "network": lambda: f"{edge()} SET r.network = 'test/second/two'",
        "dataset": lambda: f"{edge()} SET r.dataset = 'test/connectome'",
        "missing": lambda: f"{edge()} DELETE r",
        "foreign": lambda: (
            f"MATCH (a:Neuron {{uid: '{rng.choice(neurons)}'}}), (b:Neuron {{uid: '{rng.choice(neurons)}'}}) "
            f"CREATE (a)-[:CHEMICAL {made}]->(b)"
        ),
        "text": lambda: f"MATCH (n {{uid: '{rng.choice(names)}'}}) SET n.type = ''",
        "list": lambda: f"MATCH (n {{uid: '{rng.choice(names)}'}}) SET n.aliases = ['x', 'y']",
        "empty list": lambda: f"MATCH (n {{uid: '{rng.choice(names)}'}}) SET n.aliases = NULL",
        "number": lambda: f"MATCH (n {{uid: '{rng.choice(names)}'}}) SET n.x_um = 0.0",
        "recording": lambda: "MATCH (n:Recording) SET n.duration_s = n.duration_s * 2",
        "member": lambda: "MATCH ()-[r:MEMBER_OF]->() SET r.strength = NULL",
    }


def run(path, statements):
    database = ladybug.Database(path, max_db_size=SPACE)
    connection = ladybug.Connection(database)
    for statement in statements:
        connection.execute(statement)
    connection.execute("CHECKPOINT")
    connection.close()
    database.close()


def places(found):
    return {(d.dataset, d.what) for d in found}


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_both_comparisons_find_the_same_places(graph, ranges, seed):
    store, lake = graph
    rng = random.Random(seed)
    sorts = damages(rng, lake)
    run(store.path, [sorts[name]() for name in rng.sample(sorted(sorts), 3)])
    graphs = [dataset_graph(lake, m) for m in lake.datasets()]
    fast = places(d for g in graphs for d in store.differences(g))
    assert fast == places(d for g in graphs for d in compare.differences(store, g))
    assert fast


def test_every_sort_of_damage_is_found_alone(graph):
    store, lake = graph
    whole = store.path.read_bytes()
    graphs = [dataset_graph(lake, m) for m in lake.datasets()]
    assert not places(d for g in graphs for d in store.differences(g))
    rng = random.Random(5)
    for name, damage in damages(rng, lake).items():
        if name in ("null contacts", "network"):
            continue  # may be what is there already
        store.close()
        store.path.write_bytes(whole)
        run(store.path, [damage()])
        found = places(d for g in graphs for d in store.differences(g))
        assert found, name


def test_what_differs_is_named(graph):
    store, lake = graph
    mine = "WHERE r.dataset = 'test/connectome'"
    changed = f"MATCH {EDGE % ('test/animal/AVAL', 'test/animal/RIML')} {mine} SET r.weight = 5.0"
    missing = f"MATCH {EDGE % ('test/animal/RIML', 'test/animal/hyp')} {mine} DELETE r"
    run(store.path, [changed, missing])
    (difference,) = verify(lake, store).differences
    assert str(difference) == (
        "test/connectome CHEMICAL: lake 7 rows, graph 6 rows; "
        "1 differ in 'weight': test/animal/AVAL -> test/animal/RIML network test/connectome/chemical (5.0 for 12.0); "
        "1 missing: test/animal/RIML -> test/animal/hyp network test/connectome/chemical"
    )


def test_only_some_rows_are_looked_at_where_very_many_differ(graph, monkeypatch):
    store, lake = graph
    monkeypatch.setattr(ladybug_verify, "_NARROWED_ROWS", 20)
    run(store.path, ["MATCH ()-[r:CHEMICAL]->() SET r.weight = 9.0"])
    found = {d.dataset: d.graph for d in verify(lake, store).differences}
    assert "rows; at least " in found["test/second"]
    assert "differ in 'weight'" in found["test/second"]


def test_rows_that_do_not_fit_into_the_pool_are_read_in_smaller_ranges(graph):
    """A range of nodes is cut in four until its rows fit; here more than twenty are refused."""
    store, lake = graph

    class Narrow(LadybugSnapshot):
        refused = 0

        def _frame(self, cypher, **parameters):
            found = super()._frame(cypher, **parameters)
            if "low" in parameters and found.height > 20:
                self.refused += 1
                raise MemoryError
            return found

    database = ladybug.Database(store.path, read_only=True, max_db_size=SPACE)
    snapshot = Narrow(database)
    assert [d for m in lake.datasets() for d in snapshot.differences(dataset_graph(lake, m))] == []
    assert snapshot.refused > 0
    database.close()


def test_ends_in_another_label_are_another_row(graph):
    """The same uids and weights, but a node that stands under another label."""
    store, lake = graph
    cell = "CREATE (:Cell {uid: 'test/animal/dBWML1', name: 'dBWML1', kind: 'muscle', dataset: 'test/cells'})"
    same = "network: 'test/connectome/chemical', dataset: 'test/connectome', directed: true, weight: 4.0"
    edge = f"MATCH (a:Neuron {{name: 'AVAL'}}), (b:Cell {{name: 'dBWML1'}}) CREATE (a)-[:CHEMICAL {{{same}}}]->(b)"
    run(store.path, ["MATCH (n:Muscle) DETACH DELETE n", cell, edge])
    found = {(d.dataset, d.what): d for d in verify(lake, store).differences}
    difference = found["test/connectome", "CHEMICAL"]
    assert (difference.lake, difference.graph.partition(";")[0]) == ("7 rows", "7 rows")
    assert "1 missing" in difference.graph
    assert "1 not in the lake" in difference.graph
