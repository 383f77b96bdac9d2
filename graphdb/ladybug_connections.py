"""Connections to one open embedded database, used again: opening one for every query costs more than a small query."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import ladybug

_PLANS = 100
_KEPT = 8


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
        return len(self._texts) < _PLANS

    def close(self) -> None:
        self._connection.close()


class Connections:
    """Lends connections to one caller at a time each."""

    def __init__(self, database: Any) -> None:
        self.database = database
        self._guard = threading.Lock()
        self._idle: list[Lent] = []
        self._closed = False

    @contextmanager
    def connection(self) -> Iterator[Lent]:
        """One that nobody else uses meanwhile; it stays usable after an error of a query."""
        with self._guard:
            lent = self._idle.pop() if self._idle else None
        if lent is None:
            lent = Lent(self.database)
        try:
            yield lent
        finally:
            with self._guard:
                kept = not self._closed and len(self._idle) < _KEPT and lent.is_fresh()
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
