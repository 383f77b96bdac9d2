"""A stranger's query to a Neo4j server, from its text to its answer, within a time that is ours.

The server's own timeout does not stop everything: some functions never look at it, and some texts keep its parser
busy. So the asynchronous driver runs here in a thread of its own, where a connection can be cut at any moment.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import time
import uuid
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import neo4j
from neo4j.exceptions import DriverError, Neo4jError

from graphdb.answer import Answer
from graphdb.arrow import from_records
from graphdb.limits import Limits, Turnstile
from graphdb.on_neo4j.errors import mapped
from graphdb.on_neo4j.packing import MANY, packed
from graphdb.on_neo4j.plan import check_plan
from graphdb.row_cap import capped, counting
from schemas.errors import QueryTimeoutError

T = TypeVar("T")
_FETCH = 2_000
_TOLD_S = 0.1  # after the time is over: the server is told to stop
_CUT_S = 0.5  # and where it does not listen, the connection is cut
_LATER_S = 5.0
_FIND = "SHOW TRANSACTIONS YIELD transactionId, metaData WHERE metaData.connectome_query = $query RETURN transactionId"
_log = logging.getLogger("connectome.neo4j")


@dataclass
class _Question:
    """One query, and how far it came."""

    cypher: str
    limited: str
    parameters: Mapping[str, object]
    timeout_s: float
    wanted: int
    waited_s: float
    mark: str = field(default_factory=lambda: uuid.uuid4().hex)
    doing: str = "it was still being checked"
    names: list[str] = field(default_factory=list)
    records: list[list[Any]] = field(default_factory=list)

    @property
    def metadata(self) -> dict[str, str]:
        """By which the server's keeper, and we, find its transaction."""
        return {"connectome_query": self.mark}

    def too_late(self) -> QueryTimeoutError:
        came = f"{len(self.records):,} rows had come" if self.records else self.doing
        waited = f" after {self.waited_s:.1f} s in the queue" if self.waited_s >= 0.1 else ""  # noqa: PLR2004
        return QueryTimeoutError(
            f"the query was stopped after {self.timeout_s:g} s{waited}: {came}",
            "ask for less, or allow more time with --timeout",
        )


def _is_stopped(error: Neo4jError) -> bool:
    """Whether the server says that it stopped the query, as it was told to."""
    return "TransactionTimedOut" in (error.code or "") or "Terminated" in (error.code or "")


class Asking:
    """Runs queries with READ access, after a look at their plan.

    Args:
        uri: address of the server.
        auth: user and password.
        limits: how many at once.
    """

    def __init__(self, uri: str, auth: tuple[str, str], limits: Limits) -> None:
        self._uri = uri
        self._auth = auth
        self._limits = limits
        self._turnstile = Turnstile(limits)
        self._guard = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._driver: neo4j.AsyncDriver | None = None
        self._watching: set[asyncio.Task[None]] = set()

    def ask(self, cypher: str, parameters: Mapping[str, object], timeout_s: float, row_limit: int) -> Answer:
        """Run a text.

        Raises:
            QueryRefusedError: it would do more than read; nothing was run.
            QueryError: it is wrong.
            QueryTimeoutError: it took too long; whatever the server does, this comes within a second after.
            StoreBusyError: too many run already.
            StoreUnreachableError: the server is not there.
        """
        started = time.perf_counter()
        with self._turnstile.turn() as waited_s, mapped(cypher, timeout_s):
            limited = capped(cypher, parameters, row_limit).cypher
            question = _Question(cypher, limited, parameters, timeout_s, row_limit + 1, waited_s)
            self._run(self._answered(question))
            cut = len(question.records) > row_limit
            total = self._run(self._counted(question, cypher)) if cut else len(question.records)
        table = from_records(question.names, question.records[:row_limit])
        return Answer(table, cut, total, time.perf_counter() - started, self._uri, cypher=cypher)

    def close(self) -> None:
        """Close the connections and end the thread."""
        with self._guard:
            loop, thread, driver = self._loop, self._thread, self._driver
            self._loop = self._thread = self._driver = None
        if loop is not None and thread is not None and driver is not None:
            asyncio.run_coroutine_threadsafe(self._closed(driver), loop).result()
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        with self._guard:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=self._loop.run_forever, name="neo4j-asking", daemon=True)
                self._thread.start()
            loop = self._loop
        return asyncio.run_coroutine_threadsafe(work, loop).result()

    async def _closed(self, driver: neo4j.AsyncDriver) -> None:
        for task in self._watching:
            task.cancel()
        await asyncio.gather(*self._watching, return_exceptions=True)
        await driver.close()

    def _session(self) -> neo4j.AsyncSession:
        if self._driver is None:
            self._driver = neo4j.AsyncGraphDatabase.driver(
                self._uri, auth=self._auth, connection_timeout=10, notifications_min_severity="WARNING"
            )
        return self._driver.session(database="neo4j", default_access_mode=neo4j.READ_ACCESS)

    async def _answered(self, question: _Question) -> None:
        work = asyncio.create_task(self._read(question))
        done, _ = await asyncio.wait({work}, timeout=question.timeout_s + _TOLD_S)
        if not done:
            await self._tell_to_stop(question)
            done, _ = await asyncio.wait({work}, timeout=_CUT_S - _TOLD_S)
        if not done:
            work.cancel()  # the driver cuts the connection of a cancelled session
            await asyncio.wait({work}, timeout=_TOLD_S)
            self._watch(question)
            raise question.too_late()
        try:
            work.result()
        except Neo4jError as error:
            if _is_stopped(error):
                raise question.too_late() from error
            raise

    async def _read(self, question: _Question) -> None:
        given = dict(question.parameters)
        async with self._session() as session:
            if question.wanted <= MANY or not await self._read_in_parts(session, question, given):
                await self._read_row_by_row(session, question, given)

    async def _read_in_parts(self, session: neo4j.AsyncSession, question: _Question, given: dict[str, Any]) -> bool:
        """Whether it went: row by row a query needs less of the server's memory."""
        begin = session.begin_transaction(question.metadata, question.timeout_s)
        try:
            async with await begin as transaction:
                plan = await transaction.run(f"EXPLAIN {question.cypher}", given)
                question.names = list(plan.keys())
                check_plan(await plan.consume())
                question.doing = "it was still running and no row had come"
                parts = await transaction.run(packed(question.limited, question.names, question.wanted), given)
                async for (part,) in parts:
                    question.records += part
        except Neo4jError as error:
            if _is_stopped(error):
                raise
            question.records.clear()
            return False
        return True

    async def _read_row_by_row(self, session: neo4j.AsyncSession, question: _Question, given: dict[str, Any]) -> None:
        async with await session.begin_transaction(question.metadata, question.timeout_s) as transaction:
            plan = await transaction.run(f"EXPLAIN {question.cypher}", given)
            check_plan(await plan.consume())
            question.doing = "it was still running and no row had come"
            result = await transaction.run(question.limited, given)
            question.names = list(result.keys())
            while len(question.records) < question.wanted:
                part = await result.fetch(min(_FETCH, question.wanted - len(question.records)))
                if not part:
                    break
                question.records += [list(record.values()) for record in part]

    async def _counted(self, question: _Question, cypher: str) -> int | None:
        """Rows in all, where counting them is quick."""
        text = counting(cypher)
        if text is None:
            return None
        short = _Question(text, text, question.parameters, self._limits.counting_s, 1, 0.0)
        try:
            await self._answered(short)
        except (QueryTimeoutError, Neo4jError, DriverError):
            return None
        return int(short.records[0][0])

    async def _tell_to_stop(self, question: _Question) -> None:
        with contextlib.suppress(Neo4jError, DriverError, TimeoutError):
            async with asyncio.timeout(_CUT_S - _TOLD_S):
                await self._terminate(question)

    async def _terminate(self, question: _Question) -> list[str]:
        async with self._session() as session:
            found = await session.run(_FIND, {"query": question.mark})
            ids = [record["transactionId"] async for record in found]
            if ids:
                await (await session.run("TERMINATE TRANSACTIONS $ids", {"ids": ids})).consume()
            return ids

    def _watch(self, question: _Question) -> None:
        """Look later whether the server still runs what was cut off: then nobody but its keeper can stop it."""

        async def look() -> None:
            await asyncio.sleep(_LATER_S)
            with contextlib.suppress(Neo4jError, DriverError):
                if ids := await self._terminate(question):
                    _log.warning("%s still runs %s, which does not stop; restart it", self._uri, ", ".join(ids))

        task = asyncio.get_running_loop().create_task(look())
        self._watching.add(task)
        task.add_done_callback(self._watching.discard)
