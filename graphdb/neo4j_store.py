"""The graph on a Neo4j 5 server, over Bolt."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar, TypeVar

import neo4j
import polars as pl
from neo4j.exceptions import Neo4jError

from graphdb import compare
from graphdb.answer import Answer
from graphdb.arrow import from_records
from graphdb.graph_counts import counted
from graphdb.graph_model import NODE_TYPES, RELATIONSHIP_TYPES
from graphdb.limits import Limits
from graphdb.neo4j_asking import Asking
from graphdb.neo4j_errors import mapped
from graphdb.neo4j_plan import check_plan
from graphdb.projection import END, START, DatasetGraph
from graphdb.store import DEFAULT_ROW_LIMIT, DEFAULT_TIMEOUT_S, Difference, GraphStore, Report, silent

BATCH = 5_000
T = TypeVar("T")
_ADMINISTRATION_TIMEOUT_S = 3_600.0

# Neo4j Community has no property-existence constraints; uniqueness gives the index that loading needs.
MIGRATIONS = (
    *(
        f"CREATE CONSTRAINT uid_{label.lower()} IF NOT EXISTS FOR (n:`{label}`) REQUIRE n.uid IS UNIQUE"
        for label in NODE_TYPES
    ),
    *(
        f"CREATE INDEX name_{label.lower()} IF NOT EXISTS FOR (n:`{label}`) ON (n.name)"
        for label, node in NODE_TYPES.items()
        if "name" in node.properties
    ),
    *(
        f"CREATE INDEX dataset_{label.lower()} IF NOT EXISTS FOR (n:`{label}`) ON (n.dataset)"
        for label, node in NODE_TYPES.items()
        if "dataset" in node.properties
    ),
)


class Neo4jStore(GraphStore):
    """Graph in the database `neo4j` of a server.

    Args:
        uri: bolt:// or neo4j:// address.
        user, password: login.
        limits: what queries from outside may take.
    """

    dialect: ClassVar[str] = "neo4j"

    def __init__(self, uri: str, user: str, password: str, limits: Limits | None = None) -> None:
        self.uri = uri
        self._asking = Asking(uri, (user, password), limits or Limits())
        # Warnings become errors of ours where they matter (explain_read_only); the log need not repeat them.
        logging.getLogger("neo4j.notifications").setLevel(logging.ERROR)
        with mapped(uri, 0.0):
            self._driver = neo4j.GraphDatabase.driver(
                uri, auth=(user, password), connection_timeout=10, notifications_min_severity="WARNING"
            )

    @property
    def address(self) -> str:
        return self.uri

    def held(self) -> dict[str, str]:
        answer = self.read("MATCH (d:Dataset) RETURN d.uid AS uid, d.version AS version ORDER BY uid")
        return {row["uid"]: row["version"] for row in answer.rows()}

    def load(self, graphs: Iterable[DatasetGraph], total: int, report: Report = silent) -> None:
        self._clear()
        self.add(graphs, total, report)

    def add(self, graphs: Iterable[DatasetGraph], total: int, report: Report = silent) -> None:
        with mapped(self.uri, _ADMINISTRATION_TIMEOUT_S), self._session(neo4j.WRITE_ACCESS) as session:
            for statement in MIGRATIONS:
                session.run(statement).consume()
            session.run("CALL db.awaitIndexes(300)").consume()
            for done, graph in enumerate(graphs):
                report(graph.manifest.dataset, done, total)
                with session.begin_transaction(timeout=_ADMINISTRATION_TIMEOUT_S) as transaction:
                    _insert(transaction, graph)
                    transaction.commit()

    def read(
        self,
        cypher: str,
        parameters: Mapping[str, object] | None = None,
        *,
        timeout_s: float = DEFAULT_TIMEOUT_S,
        row_limit: int = DEFAULT_ROW_LIMIT,
    ) -> Answer:
        started = time.perf_counter()

        def work(transaction: neo4j.Transaction) -> tuple[list[str], list[list[Any]], bool]:
            result = transaction.run(cypher, dict(parameters or {}))
            names = list(result.keys())
            records = [list(record.values()) for record in result.fetch(row_limit + 1)]
            return names, records, len(records) > row_limit

        names, records, truncated = self._reading(cypher, timeout_s, work)
        table = from_records(names, records[:row_limit])
        total = None if truncated else len(records)  # a stream: what lies beyond the limit was not counted
        return Answer(table, truncated, total, time.perf_counter() - started, self.uri, cypher=cypher)

    def remove(self, datasets: Iterable[str], report: Report = silent) -> None:
        raise NotImplementedError

    def counts(self) -> dict[tuple[str, str], int]:
        return counted(self)

    def differences(self, graph: DatasetGraph, report: Report = silent) -> Iterator[Difference]:  # noqa: ARG002
        return compare.differences(self, graph)

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

        check_plan(self._reading(cypher, 10.0, work))

    def nodes(self, label: str, dataset: str) -> pl.DataFrame:
        properties = NODE_TYPES[label].properties
        by = "uid" if label == "Dataset" else "dataset"
        return self._frame(f"MATCH (n:`{label}`) WHERE n.`{by}` = $dataset", "n", dataset, properties, {})

    def relationships(self, type_: str, dataset: str) -> pl.DataFrame:
        properties = RELATIONSHIP_TYPES[type_].properties
        ends = {START: "a.uid", END: "b.uid"}
        return self._frame(f"MATCH (a)-[r:`{type_}`]->(b) WHERE r.`dataset` = $dataset", "r", dataset, properties, ends)

    def close(self) -> None:
        self._asking.close()
        self._driver.close()

    def _frame(
        self,
        match: str,
        variable: str,
        dataset: str,
        properties: Mapping[str, pl.DataType],
        ends: Mapping[str, str],
    ) -> pl.DataFrame:
        # Rows packed in lists: several times faster over Bolt than one record each.
        wanted = [*ends.values(), *(f"{variable}.`{name}`" for name in properties)]
        cypher = (
            f"{match} WITH [{', '.join(wanted)}] AS row WITH collect(row) AS rows "
            "UNWIND range(0, size(rows) - 1, 5000) AS i RETURN rows[i..i + 5000] AS part"
        )

        def work(transaction: neo4j.Transaction) -> list[list[Any]]:
            return [row for record in transaction.run(cypher, {"dataset": dataset}) for row in record["part"]]

        schema = {**dict.fromkeys(ends, pl.String()), **properties}
        return pl.DataFrame(self._reading(cypher, _ADMINISTRATION_TIMEOUT_S, work), schema=schema, orient="row")

    def _reading(self, cypher: str, timeout_s: float, work: Callable[[neo4j.Transaction], T]) -> T:
        # Always with a timeout: the server's own is overridden by the client's, and an unset one never stops.
        with (
            mapped(cypher, timeout_s),
            self._session(neo4j.READ_ACCESS) as session,
            session.begin_transaction(timeout=timeout_s) as transaction,
        ):
            return work(transaction)

    @contextmanager
    def _session(self, access: str) -> Iterator[neo4j.Session]:
        with self._driver.session(database="neo4j", default_access_mode=access) as session:
            yield session

    def _clear(self) -> None:
        with mapped(self.uri, _ADMINISTRATION_TIMEOUT_S), self._session(neo4j.WRITE_ACCESS) as session:
            session.run("MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 10000 ROWS").consume()


def _insert(transaction: neo4j.Transaction, graph: DatasetGraph) -> None:
    for nodes in graph.nodes:
        _batches(transaction, f"UNWIND $rows AS row CREATE (n:`{nodes.label}`) SET n = row", nodes.frame.collect())
    for part in graph.relationships:
        cypher = (
            f"UNWIND $rows AS row MATCH (a:`{part.start}` {{uid: row.{START}}}) "
            f"MATCH (b:`{part.end}` {{uid: row.{END}}}) "
            f"CREATE (a)-[r:`{part.type}`]->(b) SET r = row.properties RETURN count(*) AS made"
        )
        properties = pl.struct(RELATIONSHIP_TYPES[part.type].properties.keys()).alias("properties")
        _batches(transaction, cypher, part.frame.select(START, END, properties).collect())


def _batches(transaction: neo4j.Transaction, cypher: str, frame: pl.DataFrame) -> None:
    for rows in frame.iter_slices(BATCH):
        result = transaction.run(cypher, {"rows": rows.to_dicts()})
        made = result.single()
        if made is not None and made["made"] != rows.height:
            # UNWIND … MATCH skips a row without its ends silently.
            raise Neo4jError(f"{rows.height - made['made']} relationship(s) without their nodes")
