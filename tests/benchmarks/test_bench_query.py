"""Six questions on generated graphs: trusted, through a worker (or the checked way to the server), and bare.

The embedded graph is measured at every size asked for; a server only where NEO4J_URI names one.
"""

from __future__ import annotations

import itertools

import ladybug
import neo4j
import polars as pl
import pytest

from graphdb.on_ladybug.store import LadybugStore
from graphdb.query import query
from graphdb.sync import rebuild
from tests.benchmarks.generated import bench_sizes, generated_lake
from tests.stores import on_neo4j

SPACE = 1 << 36
ROWS = 500_000
SHORTEST = {
    "ladybug": "MATCH p = (a:Neuron {uid: $uid})-[:CHEMICAL* SHORTEST 1..4]->(b:Neuron {uid: $other}) "
    "RETURN length(p) AS hops",
    "neo4j": "MATCH (a:Neuron {uid: $uid}), (b:Neuron {uid: $other}) "
    "MATCH p = shortestPath((a)-[:CHEMICAL*1..4]->(b)) RETURN length(p) AS hops",
}
QUESTIONS = {
    "point": "MATCH (n:Neuron {uid: $uid}) RETURN n.name AS name, n.type AS type, n.x_um AS x",
    "1-hop": "MATCH (n:Neuron {uid: $uid})-[r:CHEMICAL]->(m:Neuron) RETURN m.uid AS uid, r.weight AS weight",
    "2-hop distinct": "MATCH (n:Neuron {uid: $uid})-[:CHEMICAL]->(:Neuron)-[:CHEMICAL]->(m:Neuron) "
    "RETURN count(DISTINCT m.uid) AS n",
    "weighted 2-hop top 20": "MATCH (n:Neuron {uid: $uid})-[r:CHEMICAL]->(:Neuron)-[s:CHEMICAL]->(m:Neuron) "
    "RETURN m.uid AS uid, sum(r.weight * s.weight) AS strength ORDER BY strength DESC, uid LIMIT 20",
    "3-cycles": "MATCH (n:Neuron {uid: $uid})-[:CHEMICAL]->(m:Neuron)-[:CHEMICAL]->(o:Neuron)-[:CHEMICAL]->(n) "
    "RETURN count(*) AS n",
    "shortest path": None,
}
MANY = (
    f"MATCH (a:Neuron)-[r:CHEMICAL]->(b:Neuron) RETURN a.name AS pre, b.name AS post, r.weight AS weight LIMIT {ROWS}"
)


@pytest.fixture(scope="module", params=[size for size in bench_sizes() if size != "vessel"])
def lake(request, tmp_path_factory):
    return generated_lake(tmp_path_factory.mktemp("lakes"), request.param)


@pytest.fixture(scope="module")
def pairs(lake):
    """Thirty nodes, each with another one."""
    uids = lake.read(lake.datasets()[0].dataset, "node").sample(60, seed=1)["uid"].to_list()
    return list(zip(uids[:30], uids[30:], strict=True))


@pytest.fixture(scope="module")
def embedded(lake, tmp_path_factory):
    store = LadybugStore(tmp_path_factory.mktemp("graph") / "graph.lbug", max_bytes=SPACE)
    rebuild(lake, store)
    yield store
    store.close()


@pytest.fixture(scope="module")
def server(neo4j_login, lake):
    with on_neo4j(lake, neo4j_login) as store:
        yield store


def measure(benchmark, engine, question, lake, pairs, ask):
    """Ask about one pair after the other; every way is warm before the clock starts."""
    text = QUESTIONS[question] or SHORTEST[engine]
    given = itertools.cycle([{"uid": uid, "other": other} for uid, other in pairs])
    benchmark.group = f"{engine} {lake.datasets()[0].dataset} {question}"

    def once() -> object:
        parameters = next(given)
        return ask(text, parameters if "$other" in text else {"uid": parameters["uid"]})

    benchmark.pedantic(once, rounds=120, warmup_rounds=30)


@pytest.mark.parametrize("question", QUESTIONS)
class TestEmbedded:
    def test_ours_trusted(self, benchmark, embedded, lake, pairs, question):
        measure(benchmark, "ladybug", question, lake, pairs, lambda text, given: embedded.read(text, given).table)

    def test_ours_in_a_worker(self, benchmark, embedded, lake, pairs, question):
        measure(benchmark, "ladybug", question, lake, pairs, lambda text, given: query(embedded, text, given).table)

    def test_peer_bare_engine(self, benchmark, embedded, lake, pairs, question):
        database = ladybug.Database(embedded.path, read_only=True, buffer_pool_size=1 << 29, max_db_size=SPACE)
        connection = ladybug.Connection(database)
        bare = lambda text, given: connection.execute(text, given).get_as_arrow(100_000)  # noqa: E731
        measure(benchmark, "ladybug", question, lake, pairs, bare)
        connection.close()
        database.close()


@pytest.mark.neo4j
@pytest.mark.parametrize("question", QUESTIONS)
class TestServer:
    def test_ours_trusted(self, benchmark, server, lake, pairs, question):
        measure(benchmark, "neo4j", question, lake, pairs, lambda text, given: server.read(text, given).table)

    def test_ours_checked(self, benchmark, server, lake, pairs, question):
        measure(benchmark, "neo4j", question, lake, pairs, lambda text, given: query(server, text, given).table)

    def test_peer_bare_driver(self, benchmark, server, neo4j_login, lake, pairs, question):  # noqa: ARG002
        with neo4j.GraphDatabase.driver(neo4j_login[0], auth=neo4j_login[1:]) as driver:

            def bare(text, given):
                with driver.session(database="neo4j", default_access_mode=neo4j.READ_ACCESS) as session:
                    return [record.values() for record in session.run(text, given)]

            measure(benchmark, "neo4j", question, lake, pairs, bare)


def test_many_rows_ours_trusted(benchmark, embedded, lake):
    benchmark.group = f"ladybug {lake.datasets()[0].dataset} many rows to a DataFrame"
    frame = benchmark.pedantic(lambda: embedded.read(MANY, row_limit=ROWS).to_polars(), rounds=3, warmup_rounds=1)
    assert frame.height > 1_000


def test_many_rows_ours_in_a_worker(benchmark, embedded, lake):
    benchmark.group = f"ladybug {lake.datasets()[0].dataset} many rows to a DataFrame"
    frame = benchmark.pedantic(lambda: query(embedded, MANY, row_limit=ROWS).to_polars(), rounds=3, warmup_rounds=1)
    assert frame.height > 1_000


def test_many_rows_peer_bare_arrow(benchmark, embedded, lake):
    benchmark.group = f"ladybug {lake.datasets()[0].dataset} many rows to a DataFrame"
    database = ladybug.Database(embedded.path, read_only=True, buffer_pool_size=1 << 29, max_db_size=SPACE)
    connection = ladybug.Connection(database)
    frame = benchmark.pedantic(
        lambda: pl.from_arrow(connection.execute(MANY).get_as_arrow(100_000)), rounds=3, warmup_rounds=1
    )
    assert frame.height > 1_000
    connection.close()
    database.close()


@pytest.mark.neo4j
class TestManyRowsOfTheServer:
    def test_ours_trusted(self, benchmark, server, lake):
        self.measure(benchmark, lake, lambda: server.read(MANY, row_limit=ROWS).to_polars())

    def test_ours_checked(self, benchmark, server, lake):
        self.measure(benchmark, lake, lambda: query(server, MANY, row_limit=ROWS).to_polars())

    def test_peer_record_iteration(self, benchmark, server, neo4j_login, lake):  # noqa: ARG002
        with (
            neo4j.GraphDatabase.driver(neo4j_login[0], auth=neo4j_login[1:]) as driver,
            driver.session(database="neo4j", default_access_mode=neo4j.READ_ACCESS) as session,
        ):
            self.measure(benchmark, lake, lambda: pl.DataFrame([record.data() for record in session.run(MANY)]))

    def measure(self, benchmark, lake, read):
        benchmark.group = f"neo4j {lake.datasets()[0].dataset} many rows to a DataFrame"
        frame = benchmark.pedantic(read, rounds=3, warmup_rounds=1)
        assert frame.height > 1_000
