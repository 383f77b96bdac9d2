"""A stranger's query to the embedded graph, from its text to its answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from pathlib import Path

from graphdb.answer import Answer
from graphdb.arrow import normalised
from graphdb.limits import Limits
from graphdb.row_cap import capped, counting
from graphdb.workers.pool import WorkerPool
from graphdb.workers.request import Request
from schemas.errors import QueryError

_UNUSED: Mapping[str, object] = {"_": 0}


class Asking:
    """Runs queries in worker processes, which start with the first one.

    Args:
        path: file of the graph.
        space_bytes: address space that the engine reserves.
        limits: what the queries may take.
    """

    def __init__(self, path: Path, space_bytes: int, limits: Limits) -> None:
        self._path = path
        self._space_bytes = space_bytes
        self._limits = limits
        self._guard = threading.Lock()
        self._pool: WorkerPool | None = None

    def ask(self, cypher: str, parameters: Mapping[str, object], timeout_s: float, row_limit: int) -> Answer:
        """Run a text.

        Raises:
            QueryError: the text is wrong, or the engine ended while running it.
            QueryTimeoutError: it took too long.
            StoreBusyError: too many run already.
            StoreUnreachableError: there is no graph.
        """
        started = time.perf_counter()
        limited = capped(cypher, parameters, row_limit)
        request = Request(
            limited.cypher,
            dict(parameters or _UNUSED),
            timeout_s,
            row_limit,
            counting(cypher),
            self._limits.counting_s,
        )
        try:
            reply = self._workers().run(request)
        except QueryError as error:
            if limited.added and limited.added.strip() in error.message:
                error.args = (error.message.replace(limited.added, ""),)
                error.message = error.args[0]
            raise
        elapsed = time.perf_counter() - started
        where = f"ladybug:{self._path}"
        return Answer(normalised(reply.table), reply.truncated, reply.total, elapsed, where, cypher=cypher)

    def close(self) -> None:
        """End the worker processes."""
        with self._guard:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.close()

    def _workers(self) -> WorkerPool:
        with self._guard:
            if self._pool is None:
                self._pool = WorkerPool(self._path, self._space_bytes, self._limits)
            return self._pool
