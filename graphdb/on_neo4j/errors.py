"""Neo4j's errors, mapped once to ours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from neo4j.exceptions import AuthError, ConfigurationError, DriverError, Neo4jError, ServiceUnavailable

from graphdb.cypher.engine_errors import EXAMPLES, arithmetic_error
from schemas.errors import (
    ConnectomeError,
    GraphError,
    QueryError,
    QueryRefusedError,
    QueryTimeoutError,
    StoreUnreachableError,
)


@contextmanager
def mapped(subject: str, timeout_s: float) -> Iterator[None]:
    """Turn what the driver raises inside into the tree of schemas.errors; `subject` is the text or the address."""
    try:
        yield
    except (Neo4jError, DriverError, ValueError) as error:
        if isinstance(error, ValueError) and not isinstance(error, (Neo4jError, DriverError)):
            raise StoreUnreachableError(f"not an address of Neo4j: {subject}", "use neo4j://host:port") from error
        raise _error(error, subject, timeout_s) from error


def _error(error: Exception, subject: str, timeout_s: float) -> ConnectomeError:  # noqa: C901, PLR0911
    if isinstance(error, AuthError):
        return StoreUnreachableError("Neo4j refuses the login", "set NEO4J_USER and NEO4J_PASSWORD")
    if isinstance(error, (ServiceUnavailable, ConfigurationError)):
        return StoreUnreachableError(
            f"Neo4j cannot be reached: {error}", "is the server running, is the address right?"
        )
    if not isinstance(error, Neo4jError):
        return StoreUnreachableError(f"the connection to Neo4j failed: {error}", "try again")
    code, text = error.code or "", error.message or str(error)
    if "TransactionTimedOut" in code or "TransactionTerminated" in code or "timeout" in text.lower():
        return QueryTimeoutError(
            f"the query was stopped after {timeout_s:g} s", "ask for less, or allow more time with --timeout"
        )
    if "AccessMode" in code:
        return QueryRefusedError("only reading is allowed here", "data enters through `connectome ingest`")
    if "SyntaxError" in code:
        return QueryError(f"syntax error: {_without_explain(text)}", EXAMPLES)
    if match := re.search(r"Expected parameter\(s\): (.+)", text):
        return QueryError(f"parameter ${match[1]} is missing", f"give it with -p {match[1]}=VALUE")
    if "MemoryPoolOutOfMemory" in code or "OutOfMemory" in code:
        return QueryError(
            "the query needs more memory than it may take", "add a condition or LIMIT, or aggregate earlier"
        )
    said = arithmetic_error(text)
    if said is not None:
        return QueryError(*said)
    if code.startswith("Neo.ClientError.Statement"):
        return QueryError(f"Neo4j cannot run this: {text.partition(chr(10))[0]}", EXAMPLES)
    return GraphError(f"Neo4j: {text}", f"while: {subject:.80}")


def _without_explain(text: str) -> str:
    """The message as it would be for the user's own text: the check runs it behind the word EXPLAIN."""
    width = len("EXPLAIN ")
    if '"EXPLAIN ' not in text:
        return text
    text = re.sub(r"\(line 1, column (\d+) \(offset: (\d+)\)\)", _shifted, text).replace('"EXPLAIN ', '"')
    return re.sub(rf"\n {{{width}}}( *\^)", r"\n\1", text)


def _shifted(match: re.Match[str]) -> str:
    width = len("EXPLAIN ")
    return f"(line 1, column {int(match[1]) - width} (offset: {int(match[2]) - width}))"
