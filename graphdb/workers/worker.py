"""The worker process: opens the graph read-only inside its sandbox and answers one request after the other."""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import re
import sys
import time
from importlib.abc import MetaPathFinder
from pathlib import Path
from typing import Any

import ladybug
import pyarrow as pa

from graphdb.arrow_sound import sound
from graphdb.workers import frames
from graphdb.workers.request import Opening, Request
from graphdb.workers.sandbox import Sandbox, die_with

_CHUNK = 65_536
_LARGEST_REQUEST = 1 << 30
_PLANS = 50  # the engine keeps one for each distinct text of a connection, until its pool is full
_LEAVES_A_TRACE = re.compile(
    r"[;\\]|\b(call|begin|commit|rollback|setseed|project|use|attach|load|install)", re.IGNORECASE
)
_SIDECARS = ("", ".wal", ".shadow", ".tmp")


class _NoPandas(MetaPathFinder):
    """Arrow looks for pandas when it feels like it, which may be when no file can be read any more."""

    def find_spec(self, fullname: str, path: object, target: object = None) -> None:  # noqa: ARG002
        if fullname == "pandas":
            raise ModuleNotFoundError(fullname, name=fullname)


def main() -> None:
    """Open, say so, and serve until the parent is gone or nothing is asked for long enough."""
    sys.meta_path.insert(0, _NoPandas())
    opening = Opening(**json.loads(sys.argv[1]))
    die_with(opening.parent)
    inbox, outbox = _own_pipes()
    try:
        database, about = _opened(opening)
    except (RuntimeError, OSError, MemoryError) as error:
        _say(outbox, failed=str(error) or type(error).__name__)
        return
    _say(outbox, **about)
    with contextlib.suppress(frames.Gone, frames.Late):
        connection, texts = ladybug.Connection(database), set[str]()
        while True:
            until = time.monotonic() + opening.idle_s
            _, asked = frames.receive(inbox, until, _LARGEST_REQUEST)
            request: Request = pickle.loads(asked)  # noqa: S301 - it comes from the parent
            _serve(connection, outbox, request)
            texts.add(request.cypher)
            if len(texts) >= _PLANS or _LEAVES_A_TRACE.search(request.cypher):
                # A new connection for the next one: settings that a text may have changed, and plans, end with it.
                connection.close()
                connection, texts = ladybug.Connection(database), set()


def _own_pipes() -> tuple[int, int]:
    """The pipes under numbers of their own; what the engine prints goes nowhere."""
    inbox, outbox = os.dup(0), os.dup(1)
    os.set_blocking(inbox, False)
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    return inbox, outbox


def _opened(opening: Opening) -> tuple[Any, dict[str, object]]:
    path = Path(opening.path)
    sandbox = Sandbox()
    _warm_up()
    inode = path.stat().st_ino
    sandbox.before_opening(path.with_name(path.name + suffix) for suffix in _SIDECARS)
    database = ladybug.Database(
        path,
        read_only=True,
        buffer_pool_size=opening.pool_bytes,
        max_db_size=opening.space_bytes,
        max_num_threads=opening.threads,
    )
    _first_query(database)
    sandbox.after_opening(opening.headroom_bytes)
    return database, {"ready": inode, "layers": sandbox.layers}


def _warm_up() -> None:
    """Let the engine's client and Arrow load what they load only when first used: soon no file can be read."""
    database = ladybug.Database(buffer_pool_size=1 << 26, max_db_size=1 << 28, max_num_threads=1)
    _first_query(database)
    database.close()


def _first_query(database: Any) -> None:
    connection = ladybug.Connection(database)
    result: Any = connection.execute("UNWIND [1] AS x RETURN x, 'text' AS y, {a: [x], b: ['']} AS z", {"_": 0})
    for batch in sound(result.get_as_arrow(1)).to_batches():
        batch.serialize()
    connection.close()


def _serve(connection: Any, outbox: int, request: Request) -> None:
    started = time.monotonic()
    connection.set_query_timeout(max(1, int(request.timeout_s * 1000)))
    try:
        result = connection.execute(request.cypher, dict(request.parameters))
        total = int(result.get_num_tuples())
        _say(outbox, rows=total)
        table: pa.Table = result.get_as_arrow(_CHUNK).slice(0, request.row_limit)
        result.close()
        _send_table(outbox, table)
    except (RuntimeError, MemoryError, OSError, pa.ArrowException) as error:
        _say(outbox, error=str(error) or "bad_alloc")
        return
    cut = total > request.row_limit
    if cut and request.counting is not None:
        counted = _counted(connection, request, min(request.counting_s, started + request.timeout_s - time.monotonic()))
        _say(outbox, done=True, cut=cut, total=counted)
    else:
        _say(outbox, done=True, cut=cut, total=None if cut else total)


def _send_table(outbox: int, table: pa.Table) -> None:
    frames.send(outbox, frames.SCHEMA, memoryview(table.schema.serialize()))
    for batch in sound(table).to_batches(max_chunksize=_CHUNK):
        frames.send(outbox, frames.ROWS, memoryview(batch.serialize()))


def _counted(connection: Any, request: Request, budget_s: float) -> int | None:
    """Rows in all, where counting them is quick."""
    if budget_s <= 0:
        return None
    connection.set_query_timeout(max(1, int(budget_s * 1000)))
    try:
        result = connection.execute(request.counting, dict(request.parameters))
        return int(result.get_next()[0])
    except (RuntimeError, MemoryError):
        return None


def _say(outbox: int, **words: object) -> None:
    frames.send(outbox, frames.SAY, json.dumps(words).encode())


if __name__ == "__main__":
    main()
