"""Projection beside a bare COPY of the same Parquet, and a point query beside the bare engine."""

from __future__ import annotations

import itertools

import ladybug
import pytest

from graphdb.named.catalog import run_named, statement_of
from graphdb.on_ladybug.build import quoted, stage
from graphdb.on_ladybug.schema import copy_statement, schema_statements
from graphdb.on_ladybug.store import LadybugStore
from graphdb.projection import dataset_graph
from graphdb.query import query
from graphdb.sync import ordered, rebuild

pytestmark = pytest.mark.data
SPACE = 1 << 34


def test_projection_ours(benchmark, real_lake, tmp_path):
    benchmark.group = "projection"
    store = LadybugStore(tmp_path / "graph.lbug", max_bytes=SPACE)
    done = benchmark.pedantic(lambda: rebuild(real_lake, store), rounds=3, warmup_rounds=1)
    assert len(done.written) == 7


def test_projection_peer_bare_copy(benchmark, real_lake, tmp_path):
    """The same staged files, staged before the clock starts: CREATE, COPY, CHECKPOINT and nothing else."""
    benchmark.group = "projection"
    statements = []
    for number, manifest in enumerate(ordered(real_lake.datasets())):
        graph = dataset_graph(real_lake, manifest)
        for place, part in enumerate((*graph.nodes, *graph.relationships)):
            file = tmp_path / f"{number}-{place}.parquet"
            stage(part, file)
            statements.append(copy_statement(part, quoted(file)))
    numbers = itertools.count()

    def run() -> int:
        database = ladybug.Database(tmp_path / f"{next(numbers)}.lbug", buffer_pool_size=1 << 30, max_db_size=SPACE)
        connection = ladybug.Connection(database)
        for statement in (*schema_statements(), *statements, "CHECKPOINT"):
            connection.execute(statement)
        connection.close()
        database.close()
        return len(statements)

    assert benchmark.pedantic(run, rounds=3, warmup_rounds=1) > 0


@pytest.fixture(scope="module")
def store(real_lake, tmp_path_factory):
    store = LadybugStore(tmp_path_factory.mktemp("graph") / "graph.lbug", max_bytes=SPACE)
    rebuild(real_lake, store)
    yield store
    store.close()


@pytest.fixture(scope="module")
def statement(store):
    """What @partners sends, its cell looked up before the clock starts."""
    return statement_of(store, "partners", {"neuron": "AVAL", "dataset": "celegans/cook2019"})


def test_point_query_named(benchmark, store):
    benchmark.group = "point query"
    answer = benchmark(run_named, store, "partners", {"neuron": "AVAL", "dataset": "celegans/cook2019"})
    assert answer.table.num_rows > 20


def test_point_query_checked_text(benchmark, store, statement):
    benchmark.group = "point query"
    answer = benchmark(query, store, statement.cypher, statement.parameters)
    assert answer.table.num_rows > 20


def test_point_query_peer_bare_engine(benchmark, store, statement):
    benchmark.group = "point query"
    database = ladybug.Database(store.path, read_only=True, buffer_pool_size=1 << 29, max_db_size=SPACE)
    connection = ladybug.Connection(database)
    rows = benchmark(lambda: connection.execute(statement.cypher, statement.parameters).get_as_arrow(100_000).num_rows)
    assert rows > 20
    connection.close()
    database.close()
