"""Ladybug's errors, mapped once to ours. The engine raises RuntimeError only; its message says which."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from graphdb.cypher.engine_errors import EXAMPLES, arithmetic_error
from graphdb.suggestions import nearest
from schemas.errors import (
    ConnectomeError,
    GraphError,
    QueryError,
    QueryRefusedError,
    QueryTimeoutError,
    StoreUnreachableError,
)


@contextmanager
def mapped(cypher: str, timeout_s: float) -> Iterator[None]:
    """Turn what the engine raises inside into the tree of schemas.errors."""
    try:
        yield
    except RuntimeError as error:
        raise _error(str(error), cypher, timeout_s) from error


def _error(text: str, cypher: str, timeout_s: float) -> ConnectomeError:  # noqa: PLR0911
    if text.startswith("Interrupted"):
        return QueryTimeoutError(
            f"the query was stopped after {timeout_s:g} s", "ask for less, or allow more time with --timeout"
        )
    if "read-only database" in text or "read only" in text.lower():
        return QueryRefusedError("only reading is allowed here", "data enters through `connectome ingest`")
    if "buffer pool is full" in text or "bad_alloc" in text:
        return QueryError(
            "the query needs more memory than it may take", "add a condition or LIMIT, or aggregate earlier"
        )
    if "not a valid Lbug database" in text or "checksum" in text.lower() or "WAL" in text:
        return StoreUnreachableError(f"the graph file cannot be opened: {text}", "`connectome rebuild` makes it again")
    if "lock" in text.lower() and "Could not set" in text:
        return StoreUnreachableError("the graph file is locked by another writer", "try again when it has finished")
    if not cypher:
        return GraphError(f"the graph could not be built: {text}", "`connectome rebuild` makes it again from the lake")
    return QueryError(*_explained(text))


def _explained(text: str) -> tuple[str, str]:
    """What the engine says of a text that passed the check, or that was never checked, without its own words."""
    said = arithmetic_error(text)
    if said is not None:
        return said
    if match := re.search(r"Table (\S+) does not exist", text):
        return f"there is no label or relationship type {match[1]!r}", nearest(match[1])
    if match := re.search(r"Cannot find property (\S+) for (\w+)", text):
        return f"{match[2]!r} has no property {match[1]!r}", nearest(match[1])
    if match := re.match(r"Parameter (\S+) not found", text):
        return f"parameter ${match[1]} is missing", f"give it with -p {match[1]}=VALUE"
    first = text.partition("\n")[0]
    if text.startswith("Parser exception"):
        return f"syntax error: {first.removeprefix('Parser exception: ')}", EXAMPLES
    return f"the embedded store cannot run this: {re.sub(r'^[A-Z][a-z]+ exception: ', '', first)}", EXAMPLES
