"""The graph on a Neo4j 5 server, over Bolt."""

from __future__ import annotations

import time
from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import ClassVar

import neo4j
import polars as pl

from graphdb.answer import Answer
from graphdb.arrow import from_records
from graphdb.graph_counts import counted
from graphdb.limits import Limits
from graphdb.on_neo4j import bulk_import, load, marks, read
from graphdb.on_neo4j.admin import Neo4jAdmin
from graphdb.on_neo4j.asking import Asking
from graphdb.on_neo4j.link import Neo4jLink
from graphdb.on_neo4j.plan import check_plan
from graphdb.on_neo4j.verify import Verifier
from graphdb.projection import DatasetGraph
from graphdb.store import DEFAULT_ROW_LIMIT, DEFAULT_TIMEOUT_S, Difference, GraphStore, Report, silent
from schemas.errors import StoreUnreachableError


class Neo4jStore(GraphStore):
    """Graph in the database `neo4j` of a server.

    Args:
        uri: bolt:// or neo4j:// address.
        user, password: login.
        limits: what queries from outside may take.
        admin: how to build the whole graph with the import tool; None to load it over the driver.
    """

    dialect: ClassVar[str] = "neo4j"

    def __init__(
        self,
        uri: str,
        user: str,
        password: str,
        limits: Limits | None = None,
        *,
        admin: Neo4jAdmin | None = None,
    ) -> None:
        self.uri = uri
        self._asking = Asking(uri, (user, password), limits or Limits())
        self._link = Neo4jLink(uri, user, password)
        self._driver = self._link.driver
        self._admin = admin
        self._verifier: tuple[Hashable, Verifier] | None = None

    @property
    def address(self) -> str:
        return self.uri

    def revision(self) -> Hashable:
        return self._link.last_transaction()

    def held(self) -> dict[str, str]:
        try:
            return marks.held(self._link)
        except StoreUnreachableError as error:
            # What an import left behind: a server that we stopped, or a database that only an import can repair.
            if self._admin is None or not bulk_import.left_behind(self._admin, error):
                raise
        return {}

    def load(self, graphs: Iterable[DatasetGraph], total: int, report: Report = silent) -> None:
        if self._admin is None:
            load.load(self._link, graphs, total, report)
        else:
            bulk_import.load(self._link, self._admin, graphs, total, report)

    def add(self, graphs: Iterable[DatasetGraph], total: int, report: Report = silent) -> None:
        load.add(self._link, graphs, total, report)

    def remove(self, datasets: Iterable[str], report: Report = silent) -> None:
        load.remove(self._link, datasets, report)

    def counts(self) -> dict[tuple[str, str], int]:
        return counted(self)

    def differences(self, graph: DatasetGraph, report: Report = silent) -> Iterator[Difference]:
        # Counts and internal ids are read once for as long as nothing is written.
        revision = self.revision()
        if self._verifier is None or self._verifier[0] != revision:
            self._verifier = (revision, Verifier(self._link, self.counts()))
        return self._verifier[1].differences(graph, report)

    def read(
        self,
        cypher: str,
        parameters: Mapping[str, object] | None = None,
        *,
        timeout_s: float = DEFAULT_TIMEOUT_S,
        row_limit: int = DEFAULT_ROW_LIMIT,
    ) -> Answer:
        started = time.perf_counter()
        given = dict(parameters or {})
        names, records = read.rows(self._link, cypher, given, timeout_s, row_limit + 1)
        truncated = len(records) > row_limit
        table = from_records(names, records[:row_limit])
        total = None if truncated else len(records)  # what lies beyond the limit was not counted
        return Answer(table, truncated, total, time.perf_counter() - started, self.uri, cypher=cypher)

    def ask(
        self,
        cypher: str,
        parameters: Mapping[str, object],
        *,
        timeout_s: float = DEFAULT_TIMEOUT_S,
        row_limit: int = DEFAULT_ROW_LIMIT,
    ) -> Answer:
        return self._asking.ask(cypher, parameters, timeout_s, row_limit)

    def explain_read_only(self, cypher: str, parameters: Mapping[str, object]) -> None:
        def work(transaction: neo4j.Transaction) -> neo4j.ResultSummary:
            return transaction.run(f"EXPLAIN {cypher}", dict(parameters)).consume()

        check_plan(self._link.reading(cypher, 10.0, work))

    def nodes(self, label: str, dataset: str) -> pl.DataFrame:
        return read.nodes(self._link, label, dataset)

    def relationships(self, type_: str, dataset: str) -> pl.DataFrame:
        return read.relationships(self._link, type_, dataset)

    def close(self) -> None:
        self._asking.close()
        self._link.close()
