"""The connection to a Neo4j server: sessions, transactions that are tried again, and one builder at a time."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

import neo4j
from neo4j.exceptions import DriverError, Neo4jError

from graphdb.on_neo4j.errors import mapped
from schemas.errors import StoreUnreachableError

T = TypeVar("T")
LONG_S = 3_600.0
_ATTEMPTS = 6
_FIRST_PAUSE_S = 0.25
_LOCK_WAIT_S = 3.0


class Neo4jLink:
    """A driver and the ways in which the store uses it.

    Args:
        uri: bolt:// or neo4j:// address.
        user, password: login.
    """

    def __init__(self, uri: str, user: str, password: str) -> None:
        self.uri = uri
        # Warnings become errors of ours where they matter (explain_read_only); the log need not repeat them.
        logging.getLogger("neo4j.notifications").setLevel(logging.ERROR)
        with mapped(uri, 0.0):
            self.driver = neo4j.GraphDatabase.driver(
                uri, auth=(user, password), connection_timeout=10, notifications_min_severity="WARNING"
            )

    @contextmanager
    def session(self, access: str) -> Iterator[neo4j.Session]:
        """A session; a database that a broken import left behind is named as such."""
        try:
            with self.driver.session(database="neo4j", default_access_mode=access) as session:
                yield session
        except Neo4jError as error:
            if "DatabaseUnavailable" in (error.code or "") or "DatabaseNotFound" in (error.code or ""):
                raise StoreUnreachableError(
                    f"the database on {self.uri} is unavailable: the server is still starting, or an import broke off",
                    "wait a little; if it stays so, `connectome project` imports again",
                ) from error
            raise

    def reading(self, subject: str, timeout_s: float, work: Callable[[neo4j.Transaction], T]) -> T:
        """Do read-only work in one transaction; `subject` names it in errors."""
        # Always with a timeout: the server's own is overridden by the client's, and an unset one never stops.
        with (
            mapped(subject, timeout_s),
            self.session(neo4j.READ_ACCESS) as session,
            session.begin_transaction(timeout=timeout_s) as transaction,
        ):
            return work(transaction)

    def rows(
        self, cypher: str, parameters: Mapping[str, object] | None = None, timeout_s: float = LONG_S
    ) -> list[list[Any]]:
        """All rows of a trusted reading text."""

        def work(transaction: neo4j.Transaction) -> list[list[Any]]:
            return [list(record.values()) for record in transaction.run(cypher, dict(parameters or {}))]

        return self.reading(cypher, timeout_s, work)

    def run(self, cypher: str, parameters: Mapping[str, object] | None = None) -> neo4j.SummaryCounters:
        """Run a text that makes its own transactions (indexes, IN TRANSACTIONS); it must be safe to run twice."""

        def once() -> neo4j.SummaryCounters:
            with self.session(neo4j.WRITE_ACCESS) as session:
                return session.run(neo4j.Query(cypher, timeout=LONG_S), dict(parameters or {})).consume().counters

        return self._retried(once)

    def write(self, work: Callable[[neo4j.Transaction], T]) -> T:
        """Do writing work in one transaction, and do it again after an error that passes.

        A commit whose answer was lost may have happened: `work` must see that and do nothing the second time.
        """

        def once() -> T:
            with (
                self.session(neo4j.WRITE_ACCESS) as session,
                session.begin_transaction(timeout=LONG_S) as transaction,
            ):
                found = work(transaction)
                transaction.commit()
                return found

        return self._retried(once)

    @contextmanager
    def building(self) -> Iterator[None]:
        """Keep other builders out for as long as this lasts; the server frees the place of one that died.

        Raises:
            StoreUnreachableError: another process is building.
        """
        self.write(lambda t: t.run("MERGE (w:Builder {uid: 'builder'}) ON CREATE SET w.turns = 0").consume())
        with self.session(neo4j.WRITE_ACCESS) as session:
            self._await_turn()
            # The lock lives in a transaction that stays open, so it ends with this process whatever ends that.
            transaction = session.begin_transaction(timeout=0)
            try:
                with mapped(self.uri, LONG_S):
                    transaction.run("MATCH (w:Builder) SET w.turns = w.turns + 1").consume()
                yield
            finally:
                transaction.close()

    def wait_until_up(self, limit_s: float) -> None:
        """Return when the database answers.

        Raises:
            StoreUnreachableError: it does not within `limit_s`.
        """
        until = time.monotonic() + limit_s
        while True:
            try:
                self.rows("RETURN 1", timeout_s=10.0)
            except StoreUnreachableError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.5)
            else:
                return

    def last_transaction(self) -> str:
        """Names the last transaction that wrote: the same for as long as nothing is written."""
        with mapped(self.uri, LONG_S), self.session(neo4j.READ_ACCESS) as session:
            session.run("RETURN 1").consume()
            return " ".join(sorted(session.last_bookmarks().raw_values))

    def close(self) -> None:
        self.driver.close()

    def _await_turn(self) -> None:
        try:
            with (
                self.driver.session(database="neo4j") as session,
                session.begin_transaction(timeout=_LOCK_WAIT_S) as transaction,
            ):
                transaction.run("MATCH (w:Builder) SET w.turns = w.turns").consume()
        except Neo4jError as error:
            if (error.code or "").endswith(("LockClientStopped", "Terminated", "TransactionTimedOut")):
                raise StoreUnreachableError(
                    f"another process is building the graph on {self.uri}", "try again when it has finished"
                ) from error
            raise

    def _retried(self, once: Callable[[], T]) -> T:
        with mapped(self.uri, LONG_S):
            for attempt in range(_ATTEMPTS):
                try:
                    return once()
                except (Neo4jError, DriverError) as error:
                    if attempt + 1 == _ATTEMPTS or not error.is_retryable():
                        raise
                    time.sleep(_FIRST_PAUSE_S * 2**attempt * random.uniform(0.8, 1.2))  # noqa: S311 - not a secret
        raise AssertionError("unreachable")
