"""What tests of graph stores share."""

from __future__ import annotations

import pytest

from graphdb import testing, testing_more, testing_partial
from graphdb.lake import Lake
from graphdb.on_ladybug.store import LadybugStore
from graphdb.on_neo4j.store import Neo4jStore
from graphdb.sync import rebuild


@pytest.fixture(scope="session")
def small_graph(tmp_path_factory):
    """A folder with a small `lake` and the `graph.lbug` made from it, to be copied: a build takes a second."""
    folder = tmp_path_factory.mktemp("small_graph")
    store = LadybugStore(folder / "graph.lbug", max_bytes=1 << 34)
    rebuild(testing.small_lake(folder / "lake"), store)
    store.close()
    return folder


@pytest.fixture(scope="session")
def varied(tmp_path_factory):
    """A folder with a lake of two-sided cells, responses, states and vessels, and the `graph.lbug` made from it."""
    folder = tmp_path_factory.mktemp("varied")
    store = LadybugStore(folder / "graph.lbug", max_bytes=1 << 34)
    rebuild(testing_more.varied_lake(folder / "lake"), store)
    store.close()
    return folder


@pytest.fixture(scope="module")
def varied_lake(varied):
    return Lake(varied / "lake")


@pytest.fixture(scope="module")
def varied_embedded(varied):
    store = LadybugStore(varied / "graph.lbug", max_bytes=1 << 34)
    yield store
    store.close()


@pytest.fixture(scope="module")
def varied_server(varied_lake, neo4j_login):
    store = Neo4jStore(*neo4j_login)
    rebuild(varied_lake, store)
    yield store
    store.load([], 0)
    store.close()


@pytest.fixture(params=["varied_embedded", pytest.param("varied_server", marks=pytest.mark.neo4j)])
def varied_store(request):
    """The graph of that lake on each store; not to be written to."""
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="session")
def partial(tmp_path_factory):
    """A folder with a lake of connectomes that hold different cells, and the `graph.lbug` made from it."""
    folder = tmp_path_factory.mktemp("partial")
    store = LadybugStore(folder / "graph.lbug", max_bytes=1 << 34)
    rebuild(testing_partial.partial_lake(folder / "lake"), store)
    store.close()
    return folder


@pytest.fixture(scope="module")
def partial_lake(partial):
    return Lake(partial / "lake")


@pytest.fixture(scope="module")
def partial_embedded(partial):
    store = LadybugStore(partial / "graph.lbug", max_bytes=1 << 34)
    yield store
    store.close()


@pytest.fixture(scope="module")
def partial_server(partial_lake, neo4j_login):
    store = Neo4jStore(*neo4j_login)
    rebuild(partial_lake, store)
    yield store
    store.load([], 0)
    store.close()


@pytest.fixture(params=["partial_embedded", pytest.param("partial_server", marks=pytest.mark.neo4j)])
def partial_store(request):
    """The graph of that lake on each store; not to be written to."""
    return request.getfixturevalue(request.param)
