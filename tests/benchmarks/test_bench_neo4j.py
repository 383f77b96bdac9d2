"""Building, comparing, changing, reading and asking a Neo4j graph, each beside the bare tool that does the least.

Sizes: see generated.py. The server is the test's own, since an import needs it stopped; stopping and starting are
measured apart (extra_info), since they are no work of ours.
"""

from __future__ import annotations

import itertools
import time

import neo4j
import polars as pl
import pytest

from graphdb.on_neo4j.bulk_import import stage
from graphdb.on_neo4j.marks import fingerprint
from graphdb.on_neo4j.migrations import migrate
from graphdb.projection import dataset_graph, of_type
from graphdb.query import query
from graphdb.sync import ordered, verify
from tests.benchmarks.generated import SIZES, bench_sizes, generated_lake
from tests.benchmarks.memory import peak_mib
from tests.graphdb.neo4j_server import PASSWORD, own_server

pytestmark = pytest.mark.neo4j
PLAIN_BATCH = 10_000
DELTA_ROWS = 100_000
READ_ROWS = 500_000


def silent(*_: object) -> None:
    """Says nothing."""


@pytest.fixture(scope="module", params=bench_sizes())
def size(request):
    return request.param


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = own_server(tmp_path_factory.mktemp("own"), quick=bench_sizes() == ["worm"])
    yield server
    server.end()


@pytest.fixture(scope="module")
def lake(size, tmp_path_factory):
    return generated_lake(tmp_path_factory.mktemp("lake"), size)


@pytest.fixture(scope="module")
def graph(lake, size):
    return dataset_graph(lake, lake.manifest(f"generated/{size}"))


@pytest.fixture(scope="module")
def driver(server):
    with neo4j.GraphDatabase.driver(f"bolt://127.0.0.1:{server.bolt}", auth=("neo4j", PASSWORD)) as driver:
        yield driver


@pytest.fixture
def built(server, lake, graph, tmp_path):
    """A store whose graph is the lake's: as it stands, or built in the way that suits the size."""
    store = server.store(server.admin(tmp_path / "staging") if graph.rows > DELTA_ROWS else None)
    if store.held() != {m.dataset: m.version for m in lake.datasets()}:
        store.load((dataset_graph(lake, m) for m in ordered(lake.datasets())), 1)
    yield store
    store.close()


def test_build_ours(benchmark, server, graph, size, tmp_path):
    """Staging, import, constraints and indexes, counts; the server's stop and start stand in extra_info."""
    benchmark.group = f"Neo4j build {size}"
    admin = server.admin(tmp_path / "staging")
    store = server.store(admin)
    away = 0.0
    spent: dict[str, float] = {}

    def build() -> None:
        nonlocal away
        version = fingerprint([graph.manifest])
        started = time.perf_counter()
        stage(admin, [graph], version, silent)
        spent["staging"] = time.perf_counter() - started
        admin.run_import()
        spent["import"] = time.perf_counter() - started - spent["staging"]

    admin.staging.mkdir(parents=True)
    admin.stop_server()
    benchmark.pedantic(build, rounds=1)
    started = time.perf_counter()
    admin.start_server()
    store._link.wait_until_up(120)
    away = time.perf_counter() - started
    started = time.perf_counter()
    store.load([graph], 1)  # finds the import done, and finishes it
    spent["finish"] = time.perf_counter() - started
    benchmark.extra_info |= {**spent, "start": away, "peak_mib": peak_mib(), "total": sum(spent.values())}
    assert store.held() == {graph.manifest.dataset: graph.manifest.version}
    started = time.perf_counter()
    assert list(store.differences(graph)) == []
    benchmark.extra_info["verify"] = time.perf_counter() - started
    benchmark.extra_info["verify_share"] = benchmark.extra_info["verify"] / benchmark.extra_info["total"]
    store.close()


def test_build_peer_bare_import(benchmark, server, graph, size, tmp_path):
    """neo4j-admin on Parquet that is ready."""
    benchmark.group = f"Neo4j build {size}"
    admin = server.admin(tmp_path / "staging")
    stage(admin, [graph], "bare", silent)
    admin.stop_server()
    benchmark.pedantic(admin.run_import, rounds=1)
    admin.start_server()


def test_verify(benchmark, built, lake, size):
    benchmark.group = f"Neo4j verify {size}"
    found = benchmark.pedantic(lambda: verify(lake, built), rounds=1)
    benchmark.extra_info |= {"rows": found.rows, "peak_mib": peak_mib()}
    assert found.differences == ()


@pytest.fixture
def sample(graph):
    """The dataset's nodes and some of its edges, as a dataset of its own to load over the driver."""
    main = max(graph.relationships, key=lambda part: part.rows)
    rows = min(main.rows, DELTA_ROWS)
    part = type(main)(main.type, main.start, main.end, main.frame.head(rows), rows)
    return type(graph)(graph.manifest, graph.nodes, (part,)), part


def test_delta_ours(benchmark, server, sample, size):
    benchmark.group = f"Neo4j driver load {size}"
    graph, part = sample
    store = server.store()
    store.load([], 0)
    store.load([type(graph)(graph.manifest, graph.nodes)], 1)
    store._driver.execute_query(
        "MATCH (d:Dataset) CREATE (:Loading {uid: d.uid, version: d.version, phase: 'loading', part: $part, rows: 0, "
        "prefix: 0})",
        part=len(graph.nodes),
    )
    benchmark.pedantic(lambda: store.add([graph], 1), rounds=1)
    benchmark.extra_info["rows_per_s"] = part.rows / benchmark.stats.stats.mean if benchmark.stats else None
    assert store.counts()[part.type, graph.manifest.dataset] == part.rows
    store.load([], 0)  # it is not the whole dataset
    store.close()


def test_delta_peer_plain_unwind(benchmark, server, driver, sample, size):
    """Batches of 10,000 maps, ends found by their constraint's index."""
    benchmark.group = f"Neo4j driver load {size}"
    graph, part = sample
    store = server.store()
    store.load([], 0)
    store.load([type(graph)(graph.manifest, graph.nodes)], 1)
    cypher = (
        f"UNWIND $rows AS row MATCH (a:`{part.start}` {{uid: row._start}}) MATCH (b:`{part.end}` {{uid: row._end}}) "
        f"CREATE (a)-[r:`{part.type}`]->(b) SET r = row.properties"
    )
    names = [name for name in part.frame.collect_schema().names() if not name.startswith("_")]

    def load() -> None:
        frame = part.frame.select("_start", "_end", properties=pl.struct(names)).collect()
        for rows in frame.iter_slices(PLAIN_BATCH):
            driver.execute_query(cypher, rows=rows.to_dicts())

    benchmark.pedantic(load, rounds=1)
    benchmark.extra_info["rows_per_s"] = part.rows / benchmark.stats.stats.mean if benchmark.stats else None
    assert store.counts()[part.type, graph.manifest.dataset] == part.rows
    store.load([], 0)  # it is not the whole dataset
    store.close()


def test_read_ours(benchmark, built, graph, size):
    """All relationships of a type as a DataFrame."""
    benchmark.group = f"Neo4j rows to DataFrame {size}"
    part = max(graph.relationships, key=lambda each: each.rows)
    frame = benchmark.pedantic(lambda: built.relationships(part.type, graph.manifest.dataset), rounds=1)
    benchmark.extra_info["rows_per_s"] = frame.height / benchmark.stats.stats.mean if benchmark.stats else None
    assert frame.height == sum(each.rows for each in of_type(graph, part.type))


def test_read_peer_record_iteration(benchmark, driver, built, graph, size):
    """The same columns, at most 500,000 rows, one record each."""
    benchmark.group = f"Neo4j rows to DataFrame {size}"
    part = max(graph.relationships, key=lambda each: each.rows)
    names = [name for name in part.frame.collect_schema().names() if not name.startswith("_")]
    columns = ", ".join(["a.uid AS _start", "b.uid AS _end", *(f"r.`{name}` AS `{name}`" for name in names)])
    cypher = f"MATCH (a)-[r:`{part.type}`]->(b) RETURN {columns} LIMIT {READ_ROWS}"

    def read() -> pl.DataFrame:
        with driver.session() as session:
            rows = [record.data() for record in session.run(cypher)]
        return pl.DataFrame(rows, infer_schema_length=None)

    frame = benchmark.pedantic(read, rounds=1)
    benchmark.extra_info["rows_per_s"] = frame.height / benchmark.stats.stats.mean if benchmark.stats else None
    assert frame.height == min(part.rows, READ_ROWS)


def _point(size: str) -> str:
    label, type_ = ("VesselNode", "VESSEL") if SIZES[size].kind == "vessel" else ("Neuron", "CHEMICAL")
    return f"MATCH (a:{label} {{uid: $uid}})-[r:{type_}]-(b:{label}) RETURN b.name AS name ORDER BY name"


def _uids(graph) -> itertools.cycle:
    frame = max(graph.nodes, key=lambda part: part.rows).frame
    return itertools.cycle(frame.select("uid").head(200).collect().to_series().to_list())


def test_point_query_ours(benchmark, built, graph, size):
    benchmark.group = f"Neo4j point query {size}"
    uids, cypher = _uids(graph), _point(size)
    benchmark(lambda: built.read(cypher, {"uid": next(uids)}))


def test_point_query_of_a_stranger(benchmark, built, graph, size):
    """The same, through every check."""
    benchmark.group = f"Neo4j point query {size}"
    uids, cypher = _uids(graph), _point(size)
    benchmark(lambda: query(built, cypher, {"uid": next(uids)}))


def test_point_query_peer_bare_driver(benchmark, driver, built, graph, size):
    benchmark.group = f"Neo4j point query {size}"
    uids, cypher = _uids(graph), _point(size)

    def ask() -> int:
        with driver.session(default_access_mode="READ") as session:
            return len(list(session.run(cypher, uid=next(uids))))

    benchmark(ask)


def test_migrations_are_nothing_when_done(benchmark, built, size):
    benchmark.group = f"Neo4j migrations {size}"
    assert benchmark(lambda: migrate(built._link)) == ()
