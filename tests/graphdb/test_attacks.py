"""Hostile statements: each is refused with its reason, and leaves no trace on graph, files and network.

Our own list lies beside this file; a longer one is used where it is found.
"""

from __future__ import annotations

import hashlib
import json
import socket
import threading
from pathlib import Path

import neo4j
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from graphdb import testing
from graphdb.limits import Limits
from graphdb.on_ladybug.store import LadybugStore
from graphdb.on_neo4j.store import Neo4jStore
from graphdb.query import query
from graphdb.sync import rebuild, verify
from schemas.errors import ConnectomeError, QueryError

HOSTILE = Path(__file__).parent / "hostile"
SECRET = "sesame-4711"
# What stands among them and does no harm: a plain read, or a text that only looks like more.
HARMLESS = {
    "ladybug": {
        "MATCH (n:Neuron) RETURN n.id ORDER BY n.id",
        "MATCH (a:Neuron)-[:SYN*1..3]->(b) RETURN count(*)",
        "MATCH (n:Neuron) WHERE n.name CONTAINS 'load; copy' RETURN n.id",
    },
    "neo4j": set(),
}

# Plain reads in a dress that only the check of the text refuses, and escapes that stay inside their quotes.
ONLY_READ = ("CYPHER", "EXPLAIN MATCH", "RETURN '")


def statements(path: Path, port: int) -> list[tuple[str, dict[str, object]]]:
    """The statements of a list, with their parameters; port 18099 is the listener's."""
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.startswith("##"):
            continue
        text, _, given = line.removeprefix("@sys ").partition(" @@ ")
        text = text.replace(r"\N", "\n").replace(r"\n", "\n").replace("18099", str(port))
        found.append((text, json.loads(given) if given else {}))
    return found


@pytest.fixture(scope="module")
def listener():
    """A port on loopback that counts who calls."""
    callers: list[object] = []
    server = socket.create_server(("127.0.0.1", 0))

    def count() -> None:
        while True:
            try:
                connection, address = server.accept()
            except OSError:
                return
            callers.append(address)
            connection.close()

    thread = threading.Thread(target=count, daemon=True)
    thread.start()
    yield server.getsockname()[1], callers
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    thread.join()


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    return testing.small_lake(tmp_path_factory.mktemp("lake"))


@pytest.fixture(scope="module")
def ladybug_store(lake, tmp_path_factory):
    folder = tmp_path_factory.mktemp("graph")
    store = LadybugStore(folder / "graph.lbug", max_bytes=1 << 34, limits=Limits(pool_bytes=1 << 27))
    rebuild(lake, store)
    yield store
    store.close()


@pytest.fixture
def canary(tmp_path, monkeypatch):
    """The present folder: files that hold a secret."""
    folder = tmp_path / "canary"
    folder.mkdir()
    for name in ("s.csv", "secret.csv", "more.csv", "in.csv", "j.json", "evil.so", "n.npy"):
        (folder / name).write_text(f"id,secret\n1,{SECRET}\n")
    pq.write_table(pa.table({"id": [SECRET]}), folder / "t.parquet")
    pq.write_table(pa.table({"id": [SECRET]}), folder / "secret.parquet")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def snapshot(*folders: Path) -> dict[str, str]:
    """Every file under the folders, with the hash of what it holds."""
    return {
        str(path): hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder"
        for folder in folders
        for path in sorted(folder.rglob("*"))
    }


def lists(engine: str, request: pytest.FixtureRequest) -> list[Path]:
    longer = request.config.rootpath.parent / "shared" / "reference" / "attacks" / f"{engine}.txt"
    return [HOSTILE / f"{engine}.txt", *([longer] if longer.is_file() else [])]


def outcome(ask, text, parameters):
    """The answer, or the error that was raised instead."""
    try:
        return ask(text, parameters), None
    except ConnectomeError as error:
        return None, error


def answered(ask, texts) -> set[str]:
    """The texts that were answered; whatever is refused has a reason and a hint."""
    found = set()
    for text, parameters in texts:
        answer, error = outcome(ask, text, parameters)
        if error is not None:
            assert error.message, text
            assert error.hint, text
        else:
            found.add(text)
            assert SECRET not in str(answer.rows()), text
            assert "root:" not in str(answer.rows()), text
    return found


def test_the_lists_are_long():
    assert all(len(statements(HOSTILE / f"{engine}.txt", 1)) > 50 for engine in ("ladybug", "neo4j"))


def test_ladybug_refuses_every_statement(request, ladybug_store, lake, canary, listener):
    port, callers = listener
    before = snapshot(canary, ladybug_store.path.parent)
    for path in lists("ladybug", request):
        texts = statements(path, port)
        found = answered(lambda text, given: query(ladybug_store, text, given, timeout_s=5), texts)
        assert found <= HARMLESS["ladybug"]
    assert snapshot(canary, ladybug_store.path.parent) == before
    assert callers == []
    assert verify(lake, ladybug_store).differences == ()


def test_the_sandbox_alone_leaves_no_trace(request, ladybug_store, lake, canary, listener):
    """Past every check of the text: some statements run, some end their worker, none reaches a file."""
    port, callers = listener
    before = snapshot(canary, ladybug_store.path.parent)
    for path in lists("ladybug", request):
        answered(lambda text, given: ladybug_store.ask(text, given or {"_": 0}, timeout_s=5), statements(path, port))
    assert snapshot(canary, ladybug_store.path.parent) == before
    assert not Path("/dev/shm/stolen.csv").exists()
    assert callers == []
    assert verify(lake, ladybug_store).differences == ()
    assert ladybug_store.ask("MATCH (n:Neuron) RETURN count(*) AS n", {"_": 0}).rows() == [{"n": 4}]


@pytest.fixture
def neo4j_store(neo4j_login, lake):
    store = Neo4jStore(*neo4j_login)
    rebuild(lake, store)
    yield store
    store.load([], 0)
    store.close()


@pytest.mark.neo4j
@pytest.mark.parametrize("checked", [True, False], ids=["whole", "plan-alone"])
def test_neo4j_refuses_every_statement(request, neo4j_store, neo4j_login, lake, canary, listener, checked):
    port, callers = listener
    before = snapshot(canary)
    users = _users(neo4j_login)

    def ask(text, given):
        if checked:
            return query(neo4j_store, text, given, timeout_s=5)
        return neo4j_store.ask(text, given, timeout_s=5)

    for path in lists("neo4j", request):
        found = answered(ask, statements(path, port))
        assert {text for text in found if checked or not text.startswith(ONLY_READ)} == set()
    assert snapshot(canary) == before
    assert callers == []
    assert _users(neo4j_login) == users
    assert verify(lake, neo4j_store).differences == ()


def _users(login) -> list[str]:
    with neo4j.GraphDatabase.driver(login[0], auth=login[1:]) as driver:
        records, _, _ = driver.execute_query("SHOW USERS YIELD user RETURN user ORDER BY user", database_="system")
        return [record["user"] for record in records]


LADYBUG_BOMBS = {
    "a list of a billion": "RETURN size(range(1, 1000000000)) AS n",
    "a list of a hundred million": "UNWIND range(1, 100000000) AS x RETURN sum(x) AS n",
    "a long text": "RETURN size(repeat('x', 2000000000)) AS n",
    "a product in order": "UNWIND range(1, 9000) AS x UNWIND range(1, 9000) AS y RETURN x, y ORDER BY y * x, x",
    "every walk": "MATCH p = (a)-[r*1..25]-(b) RETURN count(*) AS n",
    "deep nesting": "RETURN " + "(" * 3000 + "1" + ")" * 3000 + " AS n",
}


@pytest.mark.parametrize("cypher", LADYBUG_BOMBS.values(), ids=LADYBUG_BOMBS)
def test_a_bomb_ends_in_its_worker(ladybug_store, cypher):
    with pytest.raises(QueryError):
        ladybug_store.ask(cypher, {"_": 0}, timeout_s=1)
    assert ladybug_store.ask("MATCH (n:Neuron) RETURN count(*) AS n", {"_": 0}).rows() == [{"n": 4}]


NEO4J_BOMBS = {
    "a fold over many": "RETURN reduce(a = 0, x IN range(1, 30000000) | a + x) AS n",
    "a product in order": "UNWIND range(1, 90000) AS x UNWIND range(1, 90000) AS y RETURN x, y ORDER BY y * x, x",
    "every path": "MATCH (a), (b), (c), (d), (e), (f), (g), (h), (i), (j) RETURN count(*) AS n",
}


@pytest.mark.neo4j
@pytest.mark.parametrize("cypher", NEO4J_BOMBS.values(), ids=NEO4J_BOMBS)
def test_a_bomb_on_the_server_does_not_hold_us(neo4j_store, cypher):
    with pytest.raises(QueryError, match=r"stopped after 0\.5 s"):
        neo4j_store.ask(cypher, {}, timeout_s=0.5)
    assert query(neo4j_store, "MATCH (n:Neuron) RETURN count(*) AS n").rows() == [{"n": 4}]
