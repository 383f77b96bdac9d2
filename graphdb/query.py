"""Queries from users: checked, read-only, limited in time and rows, and written down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from graphdb import audit
from graphdb.answer import Answer
from graphdb.cypher import Prepared, prepare
from graphdb.store import DEFAULT_ROW_LIMIT, DEFAULT_TIMEOUT_S, GraphStore
from graphdb.touched import cited
from schemas.errors import UsageError


def query(
    store: GraphStore,
    cypher: str,
    parameters: Mapping[str, object] | None = None,
    *,
    timeout_s: float = DEFAULT_TIMEOUT_S,
    row_limit: int = DEFAULT_ROW_LIMIT,
    user: str | None = None,
) -> Answer:
    """Run a user's Cypher.

    Args:
        store: the graph.
        cypher: one reading statement; values belong into parameters.
        parameters: values of its $names.
        timeout_s: seconds after which it is stopped, from when its turn comes.
        row_limit: rows to return at most; the answer says whether there were more.
        user: who asks, for the audit log.

    Returns:
        the rows, whether they are all, and the versions of datasets that they may come from.

    Raises:
        QueryRefusedError: the text would do more than read; nothing was run.
        QueryError: the text or a parameter is wrong.
        QueryTimeoutError: it took too long; the message says how far it came.
        StoreBusyError: too many queries run and wait already.
        StoreUnreachableError: the store is not there.
    """
    with audit.recorded(store.address, cypher, user) as entry:
        if timeout_s <= 0 or row_limit <= 0:
            raise UsageError("the time and row limits must be positive", "e.g. --timeout 30 --limit 1000")
        prepared = prepare(cypher, dict(parameters or {}), store.dialect)
        answer = store.ask(prepared.cypher, prepared.parameters, timeout_s=timeout_s, row_limit=row_limit)
        entry.answered(answer)
        return replace(cited(store, answer, _names(prepared), prepared.datasets), cypher=cypher)


def _names(prepared: Prepared) -> frozenset[str] | None:
    """Labels and types that the text may touch; None for anything."""
    return None if prepared.open_ends else prepared.labels | prepared.types
