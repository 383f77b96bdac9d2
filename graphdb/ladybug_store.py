"""The embedded graph: one Ladybug file, built beside the old one and swapped in whole."""

from __future__ import annotations

import fcntl
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import ladybug
import polars as pl
import pyarrow as pa

from graphdb import compare
from graphdb.answer import Answer
from graphdb.arrow import normalised
from graphdb.graph_counts import counted
from graphdb.graph_model import NODE_TYPES, RELATIONSHIP_TYPES
from graphdb.ladybug_connections import Connections
from graphdb.ladybug_errors import mapped
from graphdb.limits import Limits
from graphdb.projection import END, START, DatasetGraph
from graphdb.store import DEFAULT_ROW_LIMIT, DEFAULT_TIMEOUT_S, Difference, GraphStore, Report, silent
from graphdb.workers.asking import Asking
from schemas.errors import StoreUnreachableError

_TYPES: dict[pl.DataType, str] = {
    pl.String(): "STRING",
    pl.Int64(): "INT64",
    pl.Float64(): "DOUBLE",
    pl.Boolean(): "BOOL",
    pl.List(pl.String()): "STRING[]",
}
_CHUNK = 100_000
_UNUSED: Mapping[str, object] = {"_": 0}  # with no parameters at all the engine runs several statements, and null ones


class LadybugStore(GraphStore):
    """Graph in a file. Readers open it read-only and find a new file at their next query.

    Args:
        path: the file; it need not exist yet.
        build_bytes: buffer pool while building; a build that needs more fails and leaves the old file.
        read_bytes: buffer pool of readers, the memory that one query may take.
        max_bytes: address space to reserve.
        limits: what queries from outside may take.
    """

    dialect: ClassVar[str] = "ladybug"

    def __init__(
        self,
        path: Path,
        *,
        build_bytes: int = 1 << 30,
        read_bytes: int = 1 << 29,
        max_bytes: int = 1 << 36,
        limits: Limits | None = None,
    ) -> None:
        self.path = path
        self._build_bytes = build_bytes
        self._read_bytes = read_bytes
        self._max_bytes = max_bytes
        self._guard = threading.Lock()
        self._open: tuple[int, Connections] | None = None
        self._asking = Asking(path, max_bytes, limits or Limits())

    def held(self) -> dict[str, str]:
        if not self.path.is_file():
            return {}
        answer = self.read("MATCH (d:Dataset) RETURN d.uid AS uid, d.version AS version ORDER BY uid")
        return {row["uid"]: row["version"] for row in answer.rows()}

    def load(self, graphs: Iterable[DatasetGraph], total: int, report: Report = silent) -> None:
        with self._writing():
            fresh = self.path.with_name(self.path.name + ".building")
            _remove(fresh)
            try:
                self._build(fresh, graphs, total, report)
                fresh.replace(self.path)
            finally:
                _remove(fresh)

    def add(self, graphs: Iterable[DatasetGraph], total: int, report: Report = silent) -> None:
        raise NotImplementedError("the embedded graph is built whole: use load with every dataset")

    def remove(self, datasets: Iterable[str], report: Report = silent) -> None:
        raise NotImplementedError("the embedded graph is built whole: use load with every dataset")

    def read(
        self,
        cypher: str,
        parameters: Mapping[str, object] | None = None,
        *,
        timeout_s: float = DEFAULT_TIMEOUT_S,
        row_limit: int = DEFAULT_ROW_LIMIT,
    ) -> Answer:
        started = time.perf_counter()
        with self._connections().connection() as connection, mapped(cypher, timeout_s):
            connection.set_query_timeout(max(1, int(timeout_s * 1000)))
            result: Any = connection.execute(cypher, dict(parameters or _UNUSED))
            total = int(result.get_num_tuples())
            table = _first_rows(result, row_limit)
            result.close()
        elapsed = time.perf_counter() - started
        return Answer(normalised(table), total > row_limit, total, elapsed, f"ladybug:{self.path}")

    def ask(
        self,
        cypher: str,
        parameters: Mapping[str, object],
        *,
        timeout_s: float = DEFAULT_TIMEOUT_S,
        row_limit: int = DEFAULT_ROW_LIMIT,
    ) -> Answer:
        return self._asking.ask(cypher, parameters, timeout_s, row_limit)

    def counts(self) -> dict[tuple[str, str], int]:
        return counted(self)

    def differences(self, graph: DatasetGraph, report: Report = silent) -> Iterator[Difference]:  # noqa: ARG002
        return compare.differences(self, graph)

    def nodes(self, label: str, dataset: str) -> pl.DataFrame:
        node_type = NODE_TYPES[label]
        wanted = ", ".join(f"n.`{name}` AS `{name}`" for name in node_type.properties)
        by = "uid" if label == "Dataset" else "dataset"
        return self._frame(
            f"MATCH (n:`{label}`) WHERE n.`{by}` = $dataset RETURN {wanted}", dataset, node_type.properties
        )

    def relationships(self, type_: str, dataset: str) -> pl.DataFrame:
        properties = RELATIONSHIP_TYPES[type_].properties
        wanted = "".join(f", r.`{name}` AS `{name}`" for name in properties)
        cypher = (
            f"MATCH (a)-[r:`{type_}`]->(b) WHERE r.`dataset` = $dataset "
            f"RETURN a.`uid` AS `{START}`, b.`uid` AS `{END}`{wanted}"
        )
        return self._frame(cypher, dataset, {START: pl.String(), END: pl.String(), **properties})

    def close(self) -> None:
        self._asking.close()
        with self._guard:
            if self._open is not None:
                self._open[1].close()
                self._open[1].database.close()
                self._open = None

    def _frame(self, cypher: str, dataset: str, schema: Mapping[str, pl.DataType]) -> pl.DataFrame:
        answer = self.read(cypher, {"dataset": dataset}, timeout_s=600.0, row_limit=1 << 40)
        if answer.table.num_rows == 0:
            return pl.DataFrame(schema=dict(schema))
        return answer.to_polars().select(pl.col(name).cast(dtype) for name, dtype in schema.items())

    def _connections(self) -> Connections:
        with self._guard:
            if not self.path.is_file():
                raise StoreUnreachableError(
                    f"there is no graph at {self.path}", "`connectome project` makes it from the lake"
                )
            inode = self.path.stat().st_ino
            if self._open is None or self._open[0] != inode:
                if self._open is not None:
                    # The old Database is left to its last reader, who still holds the old file.
                    self._open[1].close()
                with mapped("", 0.0):
                    opened = ladybug.Database(
                        self.path,
                        read_only=True,
                        buffer_pool_size=self._read_bytes,
                        max_db_size=self._max_bytes,
                    )
                self._open = (inode, Connections(opened))
            return self._open[1]

    @contextmanager
    def _writing(self) -> Iterator[None]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.with_name(self.path.name + ".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise StoreUnreachableError(
                    f"{self.path} is locked: another process is building it", "try again when it has finished"
                ) from None
            yield

    def _build(self, path: Path, graphs: Iterable[DatasetGraph], total: int, report: Report) -> None:
        database = ladybug.Database(path, buffer_pool_size=self._build_bytes, max_db_size=self._max_bytes)
        connection = ladybug.Connection(database)
        try:
            with mapped("", 0.0), tempfile.TemporaryDirectory(prefix="connectome-") as staging:
                for statement in schema_statements():
                    connection.execute(statement)
                for done, graph in enumerate(graphs):
                    report(graph.manifest.dataset, done, total)
                    _copy(connection, graph, Path(staging))
                connection.execute("CHECKPOINT")
        finally:
            connection.close()
            database.close()


def schema_statements() -> Iterator[str]:
    """The tables of the graph, as Ladybug's DDL."""
    for node in NODE_TYPES.values():
        columns = ", ".join(f"`{name}` {_TYPES[dtype]}" for name, dtype in node.properties.items())
        yield f"CREATE NODE TABLE `{node.label}`({columns}, PRIMARY KEY(`uid`))"
    for relationship in RELATIONSHIP_TYPES.values():
        pairs = ", ".join(f"FROM `{start}` TO `{end}`" for start, end in relationship.between)
        columns = "".join(f", `{name}` {_TYPES[dtype]}" for name, dtype in relationship.properties.items())
        yield f"CREATE REL TABLE `{relationship.type}`({pairs}{columns})"


def copy_statements(graph: DatasetGraph, staging: Path) -> Iterator[str]:
    """Stage the rows as Parquet, in the order of the tables' columns, and yield the COPY of each file."""
    for nodes in graph.nodes:
        yield f"COPY `{nodes.label}` FROM '{_stage(nodes.frame, staging / f'{nodes.label}.parquet')}'"
    for number, part in enumerate(graph.relationships):
        file = _stage(part.frame, staging / f"{part.type}-{number}.parquet")
        options = f" (from='{part.start}', to='{part.end}')" if len(RELATIONSHIP_TYPES[part.type].between) > 1 else ""
        yield f"COPY `{part.type}` FROM '{file}'{options}"


def _copy(connection: Any, graph: DatasetGraph, staging: Path) -> None:
    for statement in copy_statements(graph, staging):
        connection.execute(statement)


def _stage(frame: pl.LazyFrame, path: Path) -> Path:
    frame.sink_parquet(path)
    return path


def _first_rows(result: Any, limit: int) -> pa.Table:
    table: pa.Table = result.get_as_arrow(_CHUNK)
    return table.slice(0, limit)


def _remove(path: Path) -> None:
    for suffix in ("", ".wal", ".shadow", ".tmp"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
