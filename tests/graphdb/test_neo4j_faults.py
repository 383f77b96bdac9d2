"""Imports and loads that are killed, servers that go away, rows that are bad: each on a real server of its own."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from graphdb import testing
from graphdb.lake import Lake
from graphdb.on_neo4j.admin import Neo4jAdmin, by_hand
from graphdb.on_neo4j.load import statement
from graphdb.projection import dataset_graph
from graphdb.sync import project, rebuild, verify
from schemas.errors import GraphError, StoreUnreachableError
from tests.benchmarks.generated import SIZES, Size, generated_dataset
from tests.graphdb.neo4j_server import own_server

pytestmark = pytest.mark.neo4j


@pytest.fixture(scope="module")
def one_server(tmp_path_factory):
    server = own_server(tmp_path_factory.mktemp("own"))
    yield server
    server.end()


@pytest.fixture
def server(one_server):
    """It is up, also where the test before has left it stopped."""
    one_server.up()
    return one_server


@pytest.fixture(scope="module")
def big_lake(tmp_path_factory):
    """Some batches of edges, and the small datasets beside them."""
    patch = pytest.MonkeyPatch()
    patch.setitem(SIZES, "batches", Size(2_000, 60_000))
    lake = testing.small_lake(tmp_path_factory.mktemp("big") / "lake")
    lake.publish(generated_dataset("batches"))
    patch.undo()
    return lake


@pytest.fixture
def small_lake(tmp_path):
    return testing.small_lake(tmp_path / "lake")


@pytest.fixture
def store(server, tmp_path):
    """A store that builds with the import tool."""
    store = server.store(server.admin(tmp_path / "staging"))
    yield store
    store.close()


def test_a_bulk_import_builds_the_whole_graph(server, store, big_lake, tmp_path):
    done = rebuild(big_lake, store)
    assert done.whole
    assert verify(big_lake, store).differences == ()
    assert server.raw("MATCH (m:Migration) RETURN collect(m.number)") == [[[1, 2, 3, 4, 5, 6]]]
    assert server.raw("SHOW INDEXES YIELD state WHERE state <> 'ONLINE' RETURN count(*)") == [[0]]
    assert server.raw("MATCH (l:Loading) RETURN count(l)") == [[0]]
    assert list(tmp_path.glob("staging*")) == []
    assert project(big_lake, store).written == ()


def test_a_bad_row_of_an_import_is_named_and_a_rerun_repairs_the_database(server, store, small_lake, tmp_path):
    """The tool leaves an unusable database behind; that is said, and the next projection makes it new."""
    graph = {m.dataset: dataset_graph(small_lake, m) for m in small_lake.datasets()}
    cells, connectome = graph["test/cells"], graph["test/connectome"]
    neurons = next(part for part in cells.nodes if part.label == "Neuron")
    fewer = replace(neurons, frame=neurons.frame.filter(pl.col("name") != "RIML"), rows=neurons.rows - 1)
    lacking = replace(cells, nodes=tuple(fewer if part is neurons else part for part in cells.nodes))
    for wrong, says in (
        ([lacking, connectome], "referring to missing node test/animal/RIML"),
        ([cells, cells], "is defined more than once"),
    ):
        with pytest.raises(GraphError, match=says) as caught:
            store.load(wrong, len(wrong))
        assert "left the database unusable; the server stays stopped" in caught.value.message
    plain = server.store()
    server.run("start")
    with pytest.raises(StoreUnreachableError, match="is unavailable"):
        plain.held()
    assert store.held() == {}
    project(small_lake, store)
    assert verify(small_lake, plain).differences == ()
    plain.close()


def test_an_import_that_is_killed_is_repaired_by_the_next(server, store, small_lake, big_lake, tmp_path):
    """Killed with the server stopped and the database half made: the same staging folder tells the next run."""
    staging = tmp_path / "staging"
    code = (
        "from graphdb.on_neo4j.admin import Neo4jAdmin\n"
        "import os\n"
        "tool, server = os.environ['NEO4J_ADMIN'], os.environ['NEO4J_SERVER']\n"
        "store._admin = Neo4jAdmin(Path(sys.argv[2]), (tool,), (server, 'stop'), (server, 'start'), "
        f"environment={server.environment!r})\n"
        "rebuild(lake, store, lambda what, *_: print(what, flush=True))\n"
    )
    process = server.python(code, big_lake.root, staging)
    while "importing" not in (line := process.stdout.readline()):
        assert line, process.stderr.read()
    time.sleep(3.0)
    process.kill()
    process.communicate()
    _end_children_of(staging)
    assert (tmp_path / "staging.stopped").is_file()
    assert store.held() == {}
    assert project(big_lake, store).whole
    assert verify(big_lake, store).differences == ()


def test_by_hand_the_exact_command_is_shown_and_the_next_run_finishes(server, small_lake, tmp_path):
    admin = server.admin(tmp_path / "staging")
    manual = Neo4jAdmin(admin.staging, admin.tool, environment=admin.environment)
    assert by_hand(tmp_path / "staging").by_hand
    store = server.store(manual)
    with pytest.raises(GraphError, match="staged in") as caught:
        rebuild(small_lake, store)
    command = f"{admin.tool[0]} database import full neo4j @{admin.staging}/import.args"
    assert command in caught.value.hint
    server.end()
    manual.run_import()
    server.run("start")
    assert project(small_lake, store).whole
    assert verify(small_lake, store).differences == ()
    store.close()


def test_a_load_that_is_killed_goes_on_where_it_was(server, big_lake):
    """kill -9 of the loading process at random moments: what is held is whole, and the same call completes it."""
    chosen = random.Random(7)
    store = server.store()
    store.load([], 0)
    for _ in range(4):
        process = server.python("print('up', flush=True); project(lake, store)", big_lake.root)
        process.stdout.readline()
        time.sleep(chosen.uniform(0.2, 2.5))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        held = store.held()
        for dataset in held:
            graph = dataset_graph(big_lake, big_lake.manifest(dataset))
            assert list(store.differences(graph)) == []
    _project_when_free(big_lake, store)
    assert verify(big_lake, store).differences == ()
    assert server.raw("MATCH (l:Loading) RETURN count(l)") == [[0]]
    store.close()


def test_a_removal_that_is_killed_is_completed(server, big_lake):
    store = server.store()
    store.load([], 0)
    _project_when_free(big_lake, store)
    process = server.python("print('up', flush=True); store.remove(['generated/batches'])", big_lake.root)
    process.stdout.readline()
    time.sleep(0.6)
    process.kill()
    process.communicate()
    _when_free(lambda: store.remove(["generated/batches"]))
    assert server.raw("MATCH (n {dataset: 'generated/batches'}) RETURN count(n)") == [[0]]
    assert server.raw("MATCH ()-[r {dataset: 'generated/batches'}]->() RETURN count(r)") == [[0]]
    assert project(big_lake, store).written == ("generated/batches",)
    assert verify(big_lake, store).differences == ()
    store.close()


def test_a_server_that_stops_is_said_and_the_store_works_again_after_its_return(server, big_lake):
    """Stopped in the middle of a load and of a query."""
    store = server.store()
    store.load([], 0)
    said: list[Exception] = []

    def attempt(work):
        try:
            work()
        except (StoreUnreachableError, GraphError) as error:
            said.append(error)

    slow = "UNWIND range(1, 100000) AS x UNWIND range(1, 100000) AS y WITH x, y WHERE x + y < 0 RETURN count(*)"
    asked = server.store()
    works = (lambda: project(big_lake, store), lambda: asked.read(slow, timeout_s=100.0))
    threads = [threading.Thread(target=attempt, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    time.sleep(1.5)
    server.run("stop")
    for thread in threads:
        thread.join(timeout=120)
    assert len(said) == 2
    assert all(isinstance(error, StoreUnreachableError) and error.hint for error in said), said
    server.run("start")
    assert asked.read("RETURN 1 AS one").rows() == [{"one": 1}]
    asked.close()
    _project_when_free(big_lake, store)
    assert verify(big_lake, store).differences == ()
    store.close()


def test_two_builders_at_once_are_refused(server, small_lake):
    first, second = server.store(), server.store()
    first.load([], 0)
    with first._link.building(), pytest.raises(StoreUnreachableError, match="another process is building"):
        project(small_lake, second)
    project(small_lake, second)
    assert verify(small_lake, first).differences == ()
    first.close()
    second.close()


def test_an_end_that_is_missing_and_a_key_that_is_there_are_named(server, small_lake):
    store = server.store()
    store.load([], 0)
    connectome = dataset_graph(small_lake, small_lake.manifest("test/connectome"))
    with pytest.raises(GraphError, match=r"CHEMICAL .*: there is no \w+ 'test/animal/\w+' in the graph"):
        store.add([connectome], 1)
    assert store.held() == {}
    cells = dataset_graph(small_lake, small_lake.manifest("test/cells"))
    part = cells.nodes[1]
    rows = pl.concat([part.frame, part.frame]).collect()
    cypher, parameters = statement(part, rows)
    with pytest.raises(GraphError, match="already exists with label"):
        store._link.write(lambda transaction: transaction.run(cypher, parameters).consume())
    store.load([], 0)
    project(small_lake, store)
    assert verify(small_lake, store).differences == ()
    store.close()


def test_a_migration_that_this_version_does_not_know_is_refused(server, small_lake):
    store = server.store()
    store.load([], 0)
    server.raw("CREATE (:Migration {uid: '99', number: 99, name: 'of the future'})")
    with pytest.raises(GraphError, match=r"99 \(of the future\)"):
        project(small_lake, store)
    server.raw("MATCH (m:Migration {number: 99}) DELETE m")
    project(small_lake, store)
    assert verify(small_lake, store).differences == ()
    store.close()


def _project_when_free(lake: Lake, store) -> None:
    _when_free(lambda: project(lake, store))


def _when_free(work) -> None:
    """The server notices within seconds that the connection of a killed builder is gone."""
    until = time.monotonic() + 60
    while True:
        try:
            work()
        except StoreUnreachableError as error:
            if "another process is building" not in error.message or time.monotonic() > until:
                raise
        else:
            return


def _end_children_of(staging: Path) -> None:
    """The import tool outlives its parent's kill: end it too, as a power cut would."""
    for entry in Path("/proc").iterdir():
        command = entry / "cmdline"
        if entry.name.isdigit() and command.exists() and f"@{staging}/import.args" in command.read_text():
            os.kill(int(entry.name), signal.SIGKILL)
