"""One worker process, seen from its parent."""

from __future__ import annotations

import json
import os
import pickle
import signal
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

import graphdb
from graphdb.on_ladybug.errors import mapped
from graphdb.workers import frames
from graphdb.workers.request import Opening, Request
from schemas.errors import QueryError, QueryTimeoutError, StoreUnreachableError

_START_S = 60.0
_GRACE_S = 0.5
_RECYCLED_AFTER = 10_000
_SMALL = 1 << 20
_KEPT_VARIABLES = ("LD_LIBRARY_PATH", "SYSTEMROOT", "LANG", "LC_ALL")


@dataclass(frozen=True)
class Reply:
    """What a worker answered.

    Args:
        table: the rows.
        truncated: whether the row limit cut them.
        total: rows in all, or None where they were not counted.
    """

    table: pa.Table
    truncated: bool
    total: int | None


class Retired(Exception):  # noqa: N818 - not an error of anyone: the pool takes another worker
    """The worker had been idle for long enough and ended just before it was asked."""


class Worker:
    """A process that answers requests; not to be used by two threads at once."""

    def __init__(self, opening: Opening) -> None:
        command = [sys.executable, "-P", "-s", "-m", "graphdb.workers.worker", json.dumps(asdict(opening))]
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=_environment()
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._to, self._from = self._process.stdin.fileno(), self._process.stdout.fileno()
        for descriptor in (self._to, self._from):
            os.set_blocking(descriptor, False)
            frames.widen(descriptor)
        self._usable = True
        self._answered = 0
        self.pid = self._process.pid
        self.inode = -1
        self.layers: tuple[str, ...] = ()

    def wait_until_ready(self) -> None:
        """Wait until it has opened the graph.

        Raises:
            StoreUnreachableError: it cannot.
        """
        try:
            said = self._heard(time.monotonic() + _START_S)
        except frames.Late:
            raise StoreUnreachableError(f"a worker did not start within {_START_S:g} s", "try again") from None
        except frames.Gone:
            raise StoreUnreachableError(f"a worker could not start: it {self._ending()}", "try again") from None
        if "failed" in said:
            raise StoreUnreachableError(
                f"the graph file cannot be opened: {said['failed']}", "`connectome rebuild` makes it again"
            )
        self.inode = int(said["ready"])
        self.layers = tuple(map(str, said["layers"]))

    def is_usable(self) -> bool:
        """Whether it can be asked again."""
        return self._usable and self._answered < _RECYCLED_AFTER and self._process.poll() is None

    def run(self, request: Request, waited_s: float, largest: int) -> Reply:
        """Ask, and read the answer.

        Raises:
            QueryError: the engine says that the query is wrong, or ended while running it.
            QueryTimeoutError: it took too long.
            Retired: it was never asked.
        """
        self._usable = False
        self._answered += 1
        progress = _Progress(waited_s)
        until = time.monotonic() + request.timeout_s + _GRACE_S
        try:
            frames.send(self._to, frames.ASK, pickle.dumps(request), until)
            reply = self._answer(request, progress, until, largest)
        except frames.Late:
            raise progress.too_late(request.timeout_s) from None
        except frames.Gone:
            if self._process.wait() == 0:
                raise Retired from None
            raise QueryError(
                f"the engine ended while running this query: it {self._ending()}; nothing is lost",
                "write it another way; the next query runs in a new process",
            ) from None
        except frames.TooLarge:
            raise QueryError(
                f"the answer is larger than {largest >> 20:,} MiB", "ask for fewer rows or columns, or use LIMIT"
            ) from None
        self._usable = True
        return reply

    def end(self) -> None:
        """End it at once."""
        self._usable = False
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None and not stream.closed:
                stream.close()

    def _answer(self, request: Request, progress: _Progress, until: float, largest: int) -> Reply:
        schema: pa.Schema | None = None
        batches: list[pa.RecordBatch] = []
        while True:
            kind, content = frames.receive(self._from, until, largest)
            if kind == frames.SCHEMA:
                schema = pa.ipc.read_schema(pa.py_buffer(content))
            elif kind == frames.ROWS:
                batches.append(_batch(content, schema))
                largest -= content.nbytes
                progress.received += batches[-1].num_rows
            else:
                said = json.loads(bytes(content))
                if "error" in said:
                    self._usable = True
                    raise _error(said["error"], request, progress)
                if "done" in said:
                    return Reply(pa.Table.from_batches(batches, schema), bool(said["cut"]), said["total"])
                progress.found = int(said["rows"])

    def _heard(self, until: float) -> dict[str, Any]:
        _, content = frames.receive(self._from, until, _SMALL)
        said: dict[str, Any] = json.loads(bytes(content))
        return said

    def _ending(self) -> str:
        code = self._process.wait()
        return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"


class _Progress:
    """How far a query came, for the message of a timeout."""

    def __init__(self, waited_s: float) -> None:
        self.waited_s = waited_s
        self.found: int | None = None
        self.received = 0

    def too_late(self, timeout_s: float) -> QueryTimeoutError:
        came = "it was still running and no row had come"
        if self.found is not None:
            came = f"{self.received:,} of {self.found:,} rows had come"
        waited = f" after {self.waited_s:.1f} s in the queue" if self.waited_s >= 0.1 else ""  # noqa: PLR2004
        return QueryTimeoutError(
            f"the query was stopped after {timeout_s:g} s{waited}: {came}",
            "ask for less, or allow more time with --timeout",
        )


def _error(text: str, request: Request, progress: _Progress) -> Exception:
    if text.startswith("Interrupted"):
        return progress.too_late(request.timeout_s)
    try:
        with mapped(request.cypher, request.timeout_s):
            raise RuntimeError(text)
    except QueryError as error:
        return error


def _batch(content: memoryview, schema: pa.Schema | None) -> pa.RecordBatch:
    if schema is None:
        raise frames.Gone
    batch = pa.ipc.read_record_batch(pa.py_buffer(content), schema)
    batch.validate(full=True)  # it comes from a process in which a stranger's text has run
    return batch


def _environment() -> dict[str, str]:
    """What a worker may know of its surroundings: no passwords, no tokens."""
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    # Fewer malloc arenas: each reserves address space, which is limited. One pool of Arrow: freed memory goes back.
    return {
        **kept,
        "PYTHONPATH": str(Path(graphdb.__file__).parent.parent),
        "MALLOC_ARENA_MAX": "2",
        "ARROW_DEFAULT_MEMORY_POOL": "system",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
