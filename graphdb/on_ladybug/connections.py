"""Connections to one open embedded database, used again: opening one for every query costs more than a small query."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import ladybug
import pyarrow as pa

_PLANS = 100
_LETTERS = 40_000  # of the texts whose plans a connection keeps: the plan of a long text is large
_KEPT = 8
_CHUNK = 100_000


class Lent:
    """A connection with what is known of its state."""

    def __init__(self, database: Any) -> None:
        self._connection = ladybug.Connection(database)
        self._texts: set[str] = set()
        self._timeout_ms = 0

    def execute(self, cypher: str, parameters: dict[str, Any], timeout_s: float) -> Any:
        """The result of one statement."""
        timeout_ms = max(1, int(timeout_s * 1000))
        if timeout_ms != self._timeout_ms:
            self._connection.set_query_timeout(timeout_ms)
            self._timeout_ms = timeout_ms
        self._texts.add(cypher)
        return self._connection.execute(cypher, parameters)

    def is_fresh(self) -> bool:
        """Whether it may be used again: the engine keeps a plan for every distinct text, until its pool is full."""
        return len(self._texts) < _PLANS and sum(map(len, self._texts)) < _LETTERS

    def close(self) -> None:
        self._connection.close()


class Connections:
    """Lends connections to one caller at a time each."""

    def __init__(self, database: Any) -> None:
        self.database = database
        self._guard = threading.Lock()
        self._idle: list[Lent] = []
        self._closed = False
        self.used = False
        self.full = False  # whether the database's memory was full once: what earlier queries left there stays

    def rows(self, cypher: str, parameters: dict[str, Any], timeout_s: float, row_limit: int) -> tuple[pa.Table, int]:
        """The first rows of an answer, and how many there are."""
        with self.connection() as lent:
            result = lent.execute(cypher, parameters, timeout_s)
            self.used = True
            total = int(result.get_num_tuples())
            table: pa.Table = result.get_as_arrow(_CHUNK)
            result.close()
        return table.slice(0, row_limit), total

    @contextmanager
    def connection(self) -> Iterator[Lent]:
        """One that nobody else uses meanwhile; it stays usable after an error of a query."""
        with self._guard:
            lent = self._idle.pop() if self._idle else None
        if lent is None:
            lent = Lent(self.database)
        try:
            yield lent
        except RuntimeError as error:
            self.full = self.full or "buffer pool is full" in str(error)
            raise
        finally:
            with self._guard:
                kept = not self._closed and not self.full and len(self._idle) < _KEPT and lent.is_fresh()
                if kept:
                    self._idle.append(lent)
            if not kept:
                lent.close()

    def close(self) -> None:
        """Close the idle ones and, at the next return, those that are lent."""
        with self._guard:
            self._closed = True
            idle, self._idle = self._idle, []
        for lent in idle:
            lent.close()
