"""One line for every query from outside: who, when, which text (by its hash), how it went.

The lines go to the logger `connectome.audit`, as JSON. Neither the text nor the values of parameters are among them.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from graphdb.answer import Answer, text_hash
from schemas.errors import (
    QueryError,
    QueryRefusedError,
    QueryTimeoutError,
    StoreBusyError,
    StoreUnreachableError,
    UsageError,
)

LOGGER = logging.getLogger("connectome.audit")
_OUTCOMES: tuple[tuple[type[Exception], str], ...] = (
    (QueryRefusedError, "refused"),
    (QueryTimeoutError, "timeout"),
    (StoreBusyError, "busy"),
    (QueryError, "wrong"),
    (UsageError, "wrong"),
    (StoreUnreachableError, "unreachable"),
)


@dataclass
class Entry:
    """What is known of one query so far."""

    rows: int | None = None
    outcome: str = "failed"

    def answered(self, answer: Answer) -> None:
        self.rows = answer.table.num_rows
        self.outcome = "cut" if answer.truncated else "answered"


@contextmanager
def recorded(store: str, cypher: str, user: str | None) -> Iterator[Entry]:
    """Write the line when the query has ended, however it ended."""
    entry = Entry()
    at = datetime.now(UTC).isoformat(timespec="milliseconds")
    started = time.perf_counter()
    try:
        yield entry
    except Exception as error:
        entry.outcome = next((said for kind, said in _OUTCOMES if isinstance(error, kind)), "failed")
        raise
    finally:
        line = {
            "time": at,
            "user": user,
            "store": store,
            "text_sha256": text_hash(cypher),
            "outcome": entry.outcome,
            "rows": entry.rows,
            "ms": round((time.perf_counter() - started) * 1000, 1),
        }
        LOGGER.info("%s", json.dumps(line))


def log_to(path: Path) -> logging.Handler:
    """Append the lines to a file from now on; returns the handler, for whoever wants to end it.

    Raises:
        UsageError: the file cannot be written.
    """
    try:
        handler = logging.FileHandler(path, encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"the audit log {path} cannot be written: {error.strerror}", "does its folder exist?"
        ) from None
    handler.setFormatter(logging.Formatter("%(message)s"))
    LOGGER.addHandler(handler)
    LOGGER.setLevel(logging.INFO)
    return handler
