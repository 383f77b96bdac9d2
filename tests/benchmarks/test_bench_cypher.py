"""Preparing a query against running it: parse, check and translation, new text and known text."""

from __future__ import annotations

import itertools

import pytest

from graphdb.cypher import prepare
from graphdb.on_ladybug.store import LadybugStore
from graphdb.sync import rebuild
from graphdb.testing import small_lake

QUERIES = {
    "point": "MATCH (n:Neuron {name: $name}) RETURN n.uid AS uid",
    "hop": "MATCH (a:Neuron {name: $name})-[r:CHEMICAL]->(b) WHERE r.dataset = $dataset RETURN b.name, r.weight",
    "group": "MATCH (a:Neuron)-[r:CHEMICAL]->() RETURN a.class, count(*) AS n, sum(r.weight) AS w ORDER BY n LIMIT 9",
    "path": "MATCH p = shortestPath((a:Neuron {name: $name})-[:CHEMICAL*..5]->(b:Muscle)) "
    "RETURN [n IN nodes(p) | n.name] AS way, length(p) AS hops",
}
PARAMETERS = {"name": "AVAL", "dataset": "test/connectome"}


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bench")
    found = LadybugStore(folder / "graph.lbug")
    rebuild(small_lake(folder / "lake"), found)
    yield found
    found.close()


@pytest.mark.parametrize("name", QUERIES)
@pytest.mark.parametrize("dialect", ["ladybug", "neo4j"])
def test_prepare_a_known_text(benchmark, name, dialect):
    assert benchmark(prepare, QUERIES[name], PARAMETERS, dialect).cypher


@pytest.mark.parametrize("name", QUERIES)
def test_prepare_a_new_text(benchmark, name):
    number = itertools.count()
    assert benchmark(lambda: prepare(f"{QUERIES[name]} // {next(number)}", PARAMETERS, "ladybug")).cypher


@pytest.mark.parametrize("name", QUERIES)
def test_run_it_on_the_embedded_store(benchmark, store, name):
    prepared = prepare(QUERIES[name], PARAMETERS, "ladybug")
    assert benchmark(store.read, prepared.cypher, prepared.parameters).columns
