"""Connections to one open embedded database, used again: opening one for every query costs more than a small query."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import ladybug

_PLANS = 100
_KEPT = 8


class Connections:
    """Lends connections to one caller at a time each.

    The engine keeps a plan for every distinct text of a connection and never lets go of it, until the buffer pool is
    full; so a connection is closed after a hundred uses.
    """

    def __init__(self, database: Any) -> None:
        self.database = database
        self._guard = threading.Lock()
        self._idle: list[tuple[Any, int]] = []
        self._closed = False

    @contextmanager
    def connection(self) -> Iterator[Any]:
        """One that nobody else uses meanwhile; it stays usable after an error of a query."""
        with self._guard:
            lent, uses = self._idle.pop() if self._idle else (None, 0)
        if lent is None:
            lent = ladybug.Connection(self.database)
        try:
            yield lent
        finally:
            with self._guard:
                kept = not self._closed and uses + 1 < _PLANS and len(self._idle) < _KEPT
                if kept:
                    self._idle.append((lent, uses + 1))
            if not kept:
                lent.close()

    def close(self) -> None:
        """Close the idle ones and, at the next return, those that are lent."""
        with self._guard:
            self._closed = True
            idle, self._idle = self._idle, []
        for connection, _ in idle:
            connection.close()
