"""A few worker processes for one embedded graph: started when first needed, replaced when they fail."""

from __future__ import annotations

import contextlib
import logging
import os
import threading
import weakref
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from graphdb.limits import Limits, Turnstile
from graphdb.workers.process import Reply, Retired, Worker
from graphdb.workers.request import Opening, Request
from schemas.errors import StoreUnreachableError

_ATTEMPTS = 3
_log = logging.getLogger("connectome.workers")


class WorkerPool:
    """Runs requests in worker processes, one request in each at a time.

    Args:
        path: file of the graph.
        space_bytes: address space that the engine reserves.
        limits: how many, and how much each may take.
    """

    def __init__(self, path: Path, space_bytes: int, limits: Limits) -> None:
        self._path = path
        self._space_bytes = space_bytes
        self._limits = limits
        self._turnstile = Turnstile(limits)
        self._guard = threading.Lock()
        self._idle: list[Worker] = []
        self._owner = os.getpid()
        # A child dies with the *thread* that started it, so one thread that lasts starts them all.
        self._starter = ThreadPoolExecutor(1, "connectome-worker-starter")
        self._closed = False
        # A pool that nobody closed ends its workers when it is collected, or with the interpreter.
        weakref.finalize(self, _end_all, self._idle, self._starter, self._owner)

    def run(self, request: Request) -> Reply:
        """Answer a request.

        Raises:
            QueryError: the engine says that it is wrong, or ended while running it.
            QueryTimeoutError: it took too long; the worker was ended where it did not stop by itself.
            StoreBusyError: too many run and wait already.
            StoreUnreachableError: the graph cannot be opened.
        """
        with self._turnstile.turn() as waited_s:
            while True:
                with contextlib.suppress(Retired), self._worker() as worker:
                    return worker.run(request, waited_s, self._limits.answer_bytes)

    def close(self) -> None:
        """End all workers."""
        with self._guard:
            self._closed = True
            _end_all(self._idle, self._starter, self._owner)

    @contextmanager
    def _worker(self) -> Iterator[Worker]:
        worker = self._taken() or self._started()
        try:
            yield worker
        finally:
            with self._guard:
                kept = not self._closed and worker.is_usable()
                if kept:
                    self._idle.append(worker)
            if not kept:
                worker.end()

    def _taken(self) -> Worker | None:
        """An idle worker that still reads the present file."""
        if os.getpid() != self._owner:
            # A fork of the process that owns them: its pipes are not ours to use.
            raise StoreUnreachableError("the store was opened before this process was forked", "open it again here")
        inode = self._inode()
        while True:
            with self._guard:
                worker = self._idle.pop() if self._idle else None
            if worker is None or (worker.inode == inode and worker.is_usable()):
                return worker
            worker.end()

    def _started(self) -> Worker:
        for attempt in range(_ATTEMPTS):
            inode = self._inode()
            worker = self._starter.submit(Worker, self._opening()).result()
            try:
                worker.wait_until_ready()
            except StoreUnreachableError:
                worker.end()
                # The file may have been swapped between two looks of the worker at it.
                if attempt + 1 == _ATTEMPTS or self._inode() == inode:
                    raise
                continue
            _log.debug("worker %d reads %s inside %s", worker.pid, self._path, ", ".join(worker.layers))
            if not any(layer.startswith("landlock") for layer in worker.layers):
                _warn_once()
            return worker
        raise AssertionError

    def _opening(self) -> Opening:
        return Opening(
            path=str(self._path.absolute()),
            parent=os.getpid(),
            pool_bytes=self._limits.pool_bytes,
            space_bytes=self._space_bytes,
            headroom_bytes=self._limits.headroom_bytes,
            threads=self._limits.threads,
            idle_s=self._limits.idle_s,
        )

    def _inode(self) -> int:
        with contextlib.suppress(FileNotFoundError):
            return self._path.stat().st_ino
        raise StoreUnreachableError(f"there is no graph at {self._path}", "`connectome project` makes it from the lake")


def _end_all(idle: list[Worker], starter: ThreadPoolExecutor, owner: int) -> None:
    if os.getpid() == owner:
        while idle:
            idle.pop().end()
        starter.shutdown()


@cache
def _warn_once() -> None:
    _log.warning(
        "this kernel has no Landlock: queries from outside run in worker processes with resource limits only; "
        "let the server's user read the graph's file and nothing else"
    )
