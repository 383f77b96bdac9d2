"""What tests of graph stores share."""

from __future__ import annotations

import pytest

from graphdb import testing, testing_more, testing_partial
from graphdb.lake import Lake
from graphdb.on_ladybug.store import LadybugStore
from tests.stores import SPACE, on_ladybug, on_neo4j


@pytest.fixture(scope="session")
def small_graph(tmp_path_factory):
    """A folder with a small `lake` and the `graph.lbug` made from it, to be copied: a build takes a second."""
    folder = tmp_path_factory.mktemp("small_graph")
    with on_ladybug(testing.small_lake(folder / "lake"), folder / "graph.lbug"):
        return folder


@pytest.fixture(scope="session")
def varied(tmp_path_factory):
    """A folder with a lake of two-sided cells, responses, states and vessels, and the `graph.lbug` made from it."""
    folder = tmp_path_factory.mktemp("varied")
    with on_ladybug(testing_more.varied_lake(folder / "lake"), folder / "graph.lbug"):
        return folder


@pytest.fixture(scope="module")
def varied_lake(varied):
    return Lake(varied / "lake")


@pytest.fixture(scope="module")
def varied_embedded(varied):
    with LadybugStore(varied / "graph.lbug", max_bytes=SPACE) as store:
        yield store


@pytest.fixture(scope="module")
def varied_server(varied_lake, neo4j_login):
    with on_neo4j(varied_lake, neo4j_login) as store:
        yield store


@pytest.fixture(params=["varied_embedded", pytest.param("varied_server", marks=pytest.mark.neo4j)])
def varied_store(request):
    """The graph of that lake on each store; not to be written to."""
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="session")
def partial(tmp_path_factory):
    """A folder with a lake of connectomes that hold different cells, and the `graph.lbug` made from it."""
    folder = tmp_path_factory.mktemp("partial")
    with on_ladybug(testing_partial.partial_lake(folder / "lake"), folder / "graph.lbug"):
        return folder


@pytest.fixture(scope="module")
def partial_lake(partial):
    return Lake(partial / "lake")


@pytest.fixture(scope="module")
def partial_embedded(partial):
    with LadybugStore(partial / "graph.lbug", max_bytes=SPACE) as store:
        yield store


@pytest.fixture(scope="module")
def partial_server(partial_lake, neo4j_login):
    with on_neo4j(partial_lake, neo4j_login) as store:
        yield store


@pytest.fixture(params=["partial_embedded", pytest.param("partial_server", marks=pytest.mark.neo4j)])
def partial_store(request):
    """The graph of that lake on each store; not to be written to."""
    return request.getfixturevalue(request.param)
