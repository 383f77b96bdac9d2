"""Queries from users: checked, read-only, limited in time and rows."""

from __future__ import annotations

from collections.abc import Mapping

from graphdb import gate
from graphdb.answer import Answer
from graphdb.store import DEFAULT_ROW_LIMIT, DEFAULT_TIMEOUT_S, GraphStore
from schemas.errors import UsageError


def query(
    store: GraphStore,
    cypher: str,
    parameters: Mapping[str, object] | None = None,
    *,
    timeout_s: float = DEFAULT_TIMEOUT_S,
    row_limit: int = DEFAULT_ROW_LIMIT,
) -> Answer:
    """Run a user's Cypher.

    Args:
        store: the graph.
        cypher: one reading statement; values belong into parameters.
        parameters: values of its $names.
        timeout_s: seconds after which it is stopped.
        row_limit: rows to return at most; the answer says whether there were more.

    Raises:
        QueryRefusedError: the text would do more than read; nothing was run.
        QueryError: the text or a parameter is wrong.
        QueryTimeoutError: it took too long.
        StoreUnreachableError: the store is not there.
    """
    if timeout_s <= 0 or row_limit <= 0:
        raise UsageError("the time and row limits must be positive", "e.g. --timeout 30 --limit 1000")
    given = dict(parameters or {})
    gate.check(cypher, given)
    used = given or {"_": 0}
    return store.ask(cypher, used, timeout_s=timeout_s, row_limit=row_limit)
