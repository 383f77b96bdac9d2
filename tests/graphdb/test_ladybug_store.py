"""The embedded graph keeps the contract, and what only it promises."""

from __future__ import annotations

import fcntl
import shutil

import ladybug
import pytest

from graphdb import testing
from graphdb.contract import GraphStoreContract
from graphdb.lake import Lake
from graphdb.on_ladybug.store import LadybugStore
from graphdb.sync import rebuild
from schemas.errors import GraphError, StoreUnreachableError


class TestLadybugStore(GraphStoreContract):
    @pytest.fixture
    def lake(self, small_graph, tmp_path):
        shutil.copytree(small_graph / "lake", tmp_path / "lake")
        return Lake(tmp_path / "lake")

    @pytest.fixture
    def full(self, store, small_graph):
        store.path.parent.mkdir()
        shutil.copyfile(small_graph / "graph.lbug", store.path)
        return store

    @pytest.fixture
    def store(self, tmp_path):
        store = LadybugStore(tmp_path / "graph" / "test.lbug", max_bytes=1 << 34)
        yield store
        store.close()

    def raw(self, store, cypher):
        database = ladybug.Database(store.path, read_only=True, max_db_size=1 << 34)
        connection = ladybug.Connection(database)
        rows = connection.execute(cypher).get_all()
        connection.close()
        database.close()
        return [list(row) for row in rows]

    def damage(self, store, cypher):
        store.close()
        database = ladybug.Database(store.path, max_db_size=1 << 34)
        connection = ladybug.Connection(database)
        connection.execute(cypher)
        connection.execute("CHECKPOINT")
        connection.close()
        database.close()


@pytest.fixture
def store(tmp_path):
    store = LadybugStore(tmp_path / "graph.lbug", max_bytes=1 << 34)
    yield store
    store.close()


def test_no_file_is_no_graph_for_held_and_an_error_for_queries(store):
    assert store.held() == {}
    with pytest.raises(StoreUnreachableError, match="there is no graph"):
        store.read("RETURN 1 AS x")


def test_another_writer_keeps_us_out_and_the_graph_stays(store, tmp_path):
    lake = testing.small_lake(tmp_path / "lake")
    rebuild(lake, store)
    before = store.path.read_bytes()
    with (tmp_path / "graph.lbug.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(StoreUnreachableError, match="locked"):
            rebuild(lake, store)
    assert store.path.read_bytes() == before
    rebuild(lake, store)


def test_a_failing_build_leaves_the_old_graph_and_no_rubbish(store, tmp_path):
    lake = testing.small_lake(tmp_path / "lake")
    rebuild(lake, store)
    from graphdb.projection import dataset_graph

    connectome_alone = [dataset_graph(lake, lake.manifest("test/connectome"))]
    with pytest.raises(GraphError, match="test/connectome CHEMICAL: a relationship's end is not in the graph"):
        store.load(connectome_alone, 1)
    assert store.read("MATCH (n:Neuron) RETURN count(*) AS n").rows() == [{"n": 4}]
    assert {p.name for p in tmp_path.iterdir() if "building" in p.name} == set()


def test_an_open_reader_finds_a_new_file_at_its_next_query(store, tmp_path):
    lake = testing.small_lake(tmp_path / "lake")
    rebuild(lake, store)
    total = "MATCH ()-[r:CHEMICAL]->() RETURN sum(r.weight) AS w"
    assert store.read(total).rows() == [{"w": 30.0}]
    lake.publish(testing.connectome(scale=2.0))
    other = LadybugStore(store.path, max_bytes=1 << 34)
    rebuild(lake, other)
    assert store.read(total).rows() == [{"w": 60.0}]


def test_a_file_that_is_no_graph_is_said_to_be_none(store):
    store.path.write_bytes(b"not a graph" * 1000)
    with pytest.raises(StoreUnreachableError, match="cannot be opened"):
        store.read("RETURN 1 AS x")


def test_a_query_that_needs_too_much_memory_says_so(tmp_path):
    store = LadybugStore(tmp_path / "graph.lbug", read_bytes=1 << 26, max_bytes=1 << 34)
    rebuild(testing.small_lake(tmp_path / "lake"), store)
    from schemas.errors import QueryError

    with pytest.raises(QueryError, match="memory"):
        store.read("UNWIND range(1,3000) AS x UNWIND range(1,3000) AS y RETURN x, y ORDER BY y, x", timeout_s=60)
    assert store.read("RETURN 1 AS x").rows() == [{"x": 1}]
    store.close()
