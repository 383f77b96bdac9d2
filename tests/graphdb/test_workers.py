"""Workers: shut off, replaced when they fail, gone with their parent, and as many as allowed."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from graphdb import testing
from graphdb.limits import Limits, Turnstile
from graphdb.on_ladybug.store import LadybugStore
from graphdb.sync import rebuild
from graphdb.workers.pool import WorkerPool
from graphdb.workers.request import Request
from schemas.errors import QueryError, QueryTimeoutError, StoreBusyError, StoreUnreachableError

SPACE = 1 << 34
COUNT = "MATCH (n:Neuron) RETURN count(*) AS n"
SLOW = (
    "UNWIND range(1, 10000) AS x UNWIND range(1, 10000) AS y UNWIND range(1, 10000) AS z "
    "WITH x, y, z WHERE x + y + z < 0 RETURN count(*) AS n"
)
CRASH = "CALL READ_PARQUET('x') RETURN *"


@pytest.fixture(scope="module")
def graph(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("graph")
    store = LadybugStore(folder / "graph.lbug", max_bytes=SPACE)
    rebuild(testing.small_lake(folder / "lake"), store)
    store.close()
    return store.path


@pytest.fixture
def pool(graph):
    pool = WorkerPool(graph, SPACE, Limits(pool_bytes=1 << 27, at_once=1, waiting=1, wait_s=20))
    yield pool
    pool.close()


def request_of(cypher, timeout_s=20.0, **more) -> Request:
    return Request(cypher, {"_": 0}, timeout_s, 10, **more)


def rows(pool, cypher, **more):
    return pool.run(request_of(cypher, **more)).table.to_pylist()


def ended(pid: int) -> bool:
    """Whether a process ends; it may still wait for its parent to take note of it."""
    for _ in range(2000):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state == "Z":
            return True
        time.sleep(0.01)
    return False


@pytest.mark.skipif(sys.platform != "linux", reason="the layers are Linux's")
def test_these_layers_hold(pool):
    assert rows(pool, COUNT) == [{"n": 4}]
    (worker,) = pool._idle
    landlock = [layer for layer in worker.layers if layer.startswith("landlock")]
    sys.stdout.write(f"layers of a worker: {', '.join(worker.layers)}\n")
    assert [*worker.layers] == ["no-writing", "no-new-privileges", *landlock, "no-descriptors", "memory"]
    limits = Path(f"/proc/{worker.pid}/limits").read_text()
    assert "unlimited" not in next(line for line in limits.splitlines() if line.startswith("Max address space"))


def test_a_worker_knows_no_secret_of_its_parent(graph, monkeypatch):
    monkeypatch.setenv("NEO4J_PASSWORD", "sesame")
    from graphdb.workers import process

    assert "NEO4J_PASSWORD" not in process._environment()


def test_a_worker_is_used_again(pool):
    rows(pool, COUNT)
    (first,) = pool._idle
    rows(pool, COUNT)
    assert pool._idle == [first]


def test_settings_of_one_query_end_with_it(pool):
    pool.run(request_of("CALL timeout=1"))
    pool.run(request_of("CALL threads=1"))
    assert pool.run(request_of("CALL current_setting('threads') RETURN *")).table.to_pylist() != [{"threads": "1"}]


def test_a_query_that_ends_its_worker_says_so_and_the_next_one_answers(pool):
    with pytest.raises(QueryError, match=r"the engine ended while running this query.*SIGSEGV.*nothing is lost"):
        rows(pool, CRASH)
    assert rows(pool, COUNT) == [{"n": 4}]


def test_a_query_that_does_not_stop_is_stopped_with_its_worker(pool):
    rows(pool, COUNT)
    (worker,) = pool._idle
    nested = "RETURN " + "(" * 2400 + "1" + ")" * 2400 + " AS n"  # its parsing heeds no timeout
    with pytest.raises(QueryError):
        rows(pool, nested, timeout_s=0.2)
    assert rows(pool, COUNT) == [{"n": 4}]
    assert ended(worker.pid) or pool._idle == [worker]


def test_a_timeout_says_how_far_it_came(pool):
    with pytest.raises(QueryTimeoutError, match=r"stopped after 0\.3 s: it was still running and no row had come"):
        rows(pool, SLOW, timeout_s=0.3)
    assert rows(pool, COUNT) == [{"n": 4}]


def test_memory_is_bounded_and_comes_back(pool):
    with pytest.raises(QueryError, match="memory"):
        rows(pool, "RETURN size(range(1, 1000000000)) AS n")
    (worker,) = pool._idle
    held = Path(f"/proc/{worker.pid}/status").read_text()
    resident_kib = int(next(line for line in held.splitlines() if line.startswith("VmRSS")).split()[1])
    assert resident_kib < 400_000
    assert rows(pool, COUNT) == [{"n": 4}]


def test_an_answer_larger_than_allowed_is_an_error(graph):
    pool = WorkerPool(graph, SPACE, Limits(pool_bytes=1 << 27, answer_bytes=10_000))
    with pytest.raises(QueryError, match="larger than"):
        pool.run(Request("UNWIND range(1, 10000) AS x RETURN x", {"_": 0}, 20.0, 10_000))
    assert rows(pool, COUNT) == [{"n": 4}]
    pool.close()


def test_a_cut_answer_is_counted(pool):
    reply = pool.run(
        request_of(
            "UNWIND range(1, 100) AS x RETURN x LIMIT 11",
            counting="UNWIND range(1, 100) AS x RETURN count(*)",
            counting_s=5.0,
        )
    )
    assert (reply.table.num_rows, reply.truncated, reply.total) == (10, True, 100)


def test_a_new_file_is_found_at_the_next_query(tmp_path):
    lake = testing.small_lake(tmp_path / "lake")
    store = LadybugStore(tmp_path / "graph.lbug", max_bytes=SPACE)
    rebuild(lake, store)
    total = "MATCH ()-[r:CHEMICAL]->() RETURN sum(r.weight) AS w"
    assert store.ask(total, {"_": 0}).rows() == [{"w": 30.0}]
    lake.publish(testing.connectome(scale=2.0))
    rebuild(lake, store)
    assert store.ask(total, {"_": 0}).rows() == [{"w": 60.0}]
    store.close()


def test_no_graph_is_said_to_be_none(tmp_path):
    pool = WorkerPool(tmp_path / "no.lbug", SPACE, Limits())
    with pytest.raises(StoreUnreachableError, match="there is no graph"):
        rows(pool, COUNT)
    (tmp_path / "no.lbug").write_bytes(b"not a graph" * 1000)
    with pytest.raises(StoreUnreachableError, match="cannot be opened"):
        rows(pool, COUNT)
    pool.close()


def test_one_too_many_is_told_that_the_store_is_busy(pool):
    rows(pool, COUNT)
    outcomes: list[object] = []

    def ask(timeout_s: float) -> None:
        try:
            outcomes.append(rows(pool, SLOW, timeout_s=timeout_s))
        except QueryError as error:
            outcomes.append(error)

    threads = [threading.Thread(target=ask, args=(timeout_s,)) for timeout_s in (3.0, 0.1)]
    threads[0].start()
    while not pool._turnstile._inside:
        time.sleep(0.001)
    threads[1].start()
    while not pool._turnstile._queue:
        time.sleep(0.001)
    with pytest.raises(StoreBusyError, match="1 queries run and 1 already wait") as caught:
        rows(pool, COUNT)
    assert caught.value.exit_code == 3
    for thread in threads:
        thread.join()
    assert [type(each) for each in outcomes] == [QueryTimeoutError, QueryTimeoutError]
    assert "in the queue" in str(outcomes[1])
    assert rows(pool, COUNT) == [{"n": 4}]


def test_waiting_has_an_end():
    turnstile = Turnstile(Limits(at_once=1, wait_s=0.05))
    with turnstile.turn(), pytest.raises(StoreBusyError, match=r"this one for 0\.05 s"), turnstile.turn():
        pass
    with turnstile.turn() as waited:
        assert waited >= 0


def test_turns_come_in_order():
    turnstile = Turnstile(Limits(at_once=1, waiting=50))
    order: list[int] = []

    def take(number: int) -> None:
        with turnstile.turn():
            order.append(number)

    threads = [threading.Thread(target=take, args=(number,)) for number in range(20)]
    with turnstile.turn():
        for number, thread in enumerate(threads):
            thread.start()
            while len(turnstile._queue) != number + 1:
                time.sleep(0.001)
    for thread in threads:
        thread.join()
    assert order == list(range(20))


def test_many_threads_get_their_own_answers(graph):
    store = LadybugStore(graph, max_bytes=SPACE, limits=Limits(pool_bytes=1 << 27, at_once=2, waiting=40))
    found: dict[int, object] = {}

    def ask(number: int) -> None:
        found[number] = store.ask("RETURN $x + 0 AS x", {"x": number}).rows()

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {number: [{"x": number}] for number in range(30)}
    assert len(store._asking._pool._idle) <= 2
    store.close()


def test_closing_ends_the_workers(graph):
    pool = WorkerPool(graph, SPACE, Limits(pool_bytes=1 << 27))
    rows(pool, COUNT)
    pid = pool._idle[0].pid
    pool.close()
    assert ended(pid)


def test_an_idle_worker_ends_by_itself_and_is_replaced(graph):
    pool = WorkerPool(graph, SPACE, Limits(pool_bytes=1 << 27, idle_s=0.05))
    rows(pool, COUNT)
    first = pool._idle[0].pid
    assert ended(first)
    assert rows(pool, COUNT) == [{"n": 4}]
    assert pool._idle[0].pid != first
    pool.close()


def test_workers_die_with_their_parent(graph, repository):
    """Also where it is killed and can close nothing, and where the thread that asked is long gone."""
    code = f"""
import sys, threading, time
from pathlib import Path
from graphdb.limits import Limits
from graphdb.workers.pool import WorkerPool
from graphdb.workers.request import Request
pool = WorkerPool(Path({str(graph)!r}), {SPACE}, Limits(pool_bytes=1 << 27))
ask = lambda: pool.run(Request({COUNT!r}, {{"_": 0}}, 20.0, 10))
thread = threading.Thread(target=ask); thread.start(); thread.join()
ask()
print(pool._idle[0].pid, len(pool._idle), flush=True)
time.sleep(600)
"""
    parent = subprocess.Popen([sys.executable, "-c", code], cwd=repository, stdout=subprocess.PIPE, text=True)
    pid, idle = map(int, parent.stdout.readline().split())
    assert idle == 1
    assert Path(f"/proc/{pid}").exists()
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert ended(pid)


def test_a_fork_does_not_use_the_pipes_of_its_parent(pool):
    rows(pool, COUNT)
    pool._owner = os.getpid() + 1  # as a fork sees it
    with pytest.raises(StoreUnreachableError, match="forked"):
        rows(pool, COUNT)
    pool._owner = os.getpid()
