"""Running a named query: cells looked up, statements read within one time limit, the answer in its declared types."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import polars as pl

from graphdb.answer import Answer
from graphdb.named.definition import NamedQuery, Statement, typed
from graphdb.named.resolve import resolved
from graphdb.store import GraphStore
from schemas.errors import QueryError, QueryTimeoutError

PLAN_ROWS = 5_000_000  # what a plan may hold of one statement: some hundred MB
_UNUSED: dict[str, object] = {"_": 0}


def run(store: GraphStore, named: NamedQuery, criteria: Any, *, timeout_s: float, row_limit: int) -> Answer:
    """The answer of a named query to criteria whose cells may not be looked up yet.

    Raises:
        QueryError: a name is unknown, or the query needs more rows than it may hold.
        QueryTimeoutError: all its statements together did not finish in time.
    """
    reader = StoreReader(store, timeout_s, named.name)
    wanted = resolved(store, criteria, timeout_s=timeout_s)
    if named.plan is not None:
        return reader.answer(_declared(named, named.plan(wanted, reader)), row_limit)
    statement = named.build(wanted, store.dialect)
    if named.finish is not None:
        rows = named.finish(reader.rows(statement), wanted)
        return reader.answer(_declared(named, rows), row_limit)
    answer = store.read(statement.cypher, statement.parameters or _UNUSED, timeout_s=reader.left(), row_limit=row_limit)
    return replace(answer, table=_declared(named, answer.to_polars()).to_arrow())


class StoreReader:
    """A `graphdb.named.definition.Reader` over a store."""

    def __init__(self, store: GraphStore, timeout_s: float, name: str) -> None:
        self.dialect = store.dialect
        self._store = store
        self._timeout_s = timeout_s
        self._name = name
        self._started = time.perf_counter()
        self._last: Answer | None = None

    def rows(self, statement: Statement) -> pl.DataFrame:
        answer = self._store.read(
            statement.cypher, statement.parameters or _UNUSED, timeout_s=self.left(), row_limit=PLAN_ROWS
        )
        if answer.truncated:
            raise QueryError(
                f"@{self._name} would have to hold more than {PLAN_ROWS:,} rows of the graph",
                "narrow it: a dataset, a greater min_weight, fewer hops or cells",
            )
        self._last = answer
        return answer.to_polars()

    def check_time(self) -> None:
        self.left()

    def left(self) -> float:
        """Seconds that are left.

        Raises:
            QueryTimeoutError: none.
        """
        left = self._timeout_s - (time.perf_counter() - self._started)
        if left <= 0:
            raise QueryTimeoutError(
                f"@{self._name} was stopped after {self._timeout_s:g} s",
                "narrow it: a dataset, a greater min_weight, fewer hops or cells; or allow more time",
            )
        return left

    def answer(self, frame: pl.DataFrame, row_limit: int) -> Answer:
        """The whole answer, cut to the limit; how many rows there are is known."""
        elapsed = time.perf_counter() - self._started
        truncated = frame.height > row_limit
        table = frame.head(row_limit).to_arrow()
        if self._last is None:
            return Answer(table, truncated, frame.height, elapsed, f"@{self._name}")
        return replace(self._last, table=table, truncated=truncated, total_rows=frame.height, elapsed_s=elapsed)


def _declared(named: NamedQuery, frame: pl.DataFrame) -> pl.DataFrame:
    """The columns in their order and types, then those that come by the data."""
    if not named.columns:
        return frame
    declared = {column.name: column.dtype for column in named.columns}
    added = [name for name in frame.columns if name not in declared] if named.open_columns else []
    return typed(frame, **declared).select(*declared, *added)
