"""The embedded graph: one Ladybug file, built beside the old one and swapped in whole."""

from __future__ import annotations

import os
import stat
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

import ladybug
import polars as pl
import pyarrow as pa

from graphdb.answer import Answer
from graphdb.arrow import normalised
from graphdb.graph_model import NODE_TYPES, RELATIONSHIP_TYPES
from graphdb.limits import Limits
from graphdb.on_ladybug.build import LadybugBuilder, usual_build_bytes
from graphdb.on_ladybug.connections import Connections
from graphdb.on_ladybug.errors import mapped
from graphdb.on_ladybug.schema import schema_statements
from graphdb.on_ladybug.verify import LadybugSnapshot
from graphdb.projection import END, START, DatasetGraph
from graphdb.store import DEFAULT_ROW_LIMIT, DEFAULT_TIMEOUT_S, Difference, GraphStore, Report, silent
from graphdb.workers.asking import Asking
from schemas.errors import StoreUnreachableError

READ_BYTES = 1 << 30
_UNUSED: Mapping[str, object] = {"_": 0}  # with no parameters at all the engine runs several statements, and null ones


class LadybugStore(GraphStore):
    """Graph in a file. Readers open it read-only and find a new file at their next query.

    Args:
        path: the file; it need not exist yet.
        build_bytes: buffer pool while building, by default `usual_build_bytes`; where rows do not fit they are
            copied in pieces, which takes longer.
        read_bytes: buffer pool of readers, the memory that named queries and the like may take together.
        max_bytes: address space to reserve.
        limits: what queries from outside may take.
    """

    dialect: ClassVar[str] = "ladybug"

    def __init__(
        self,
        path: Path,
        *,
        build_bytes: int | None = None,
        read_bytes: int = READ_BYTES,
        max_bytes: int = 1 << 36,
        limits: Limits | None = None,
    ) -> None:
        self.path = path
        self._address = f"ladybug:{path}"
        self._builder = LadybugBuilder(path, build_bytes or usual_build_bytes(), read_bytes, max_bytes)
        self._read_bytes = read_bytes
        self._max_bytes = max_bytes
        self._guard = threading.Lock()
        self._open: tuple[int, Connections] | None = None
        self._compared: tuple[Connections, LadybugSnapshot] | None = None
        self._asking = Asking(path, max_bytes, limits or Limits())

    @property
    def address(self) -> str:
        return self._address

    def revision(self) -> tuple[int, int, int]:
        found = self._present()
        return found.st_ino, found.st_mtime_ns, found.st_size

    def held(self) -> dict[str, str]:
        if not self.path.is_file():
            return {}
        answer = self.read("MATCH (d:Dataset) RETURN d.uid AS uid, d.version AS version ORDER BY uid")
        return {row["uid"]: row["version"] for row in answer.rows()}

    def is_current(self) -> bool:
        return not any(schema_statements(self._snapshot().columns()))

    def load(self, graphs: Iterable[DatasetGraph], total: int, report: Report = silent) -> None:
        self._builder.load(graphs, total, report)

    def add(self, graphs: Iterable[DatasetGraph], total: int, report: Report = silent) -> None:
        self._builder.change((), graphs, total, report)

    def remove(self, datasets: Iterable[str], report: Report = silent) -> None:
        self._builder.change(datasets, (), 0, report)

    def replace(
        self, datasets: Iterable[str], graphs: Iterable[DatasetGraph], total: int, report: Report = silent
    ) -> None:
        self._builder.change(datasets, graphs, total, report)

    def read(
        self,
        cypher: str,
        parameters: Mapping[str, object] | None = None,
        *,
        timeout_s: float = DEFAULT_TIMEOUT_S,
        row_limit: int = DEFAULT_ROW_LIMIT,
    ) -> Answer:
        started = time.perf_counter()
        with mapped(cypher, timeout_s):
            table, total = self._rows(cypher, dict(parameters or _UNUSED), timeout_s, row_limit)
        elapsed = time.perf_counter() - started
        return Answer(normalised(table), total > row_limit, total, elapsed, self.address, cypher=cypher)

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
        counts: dict[tuple[str, str], int] = {}
        for (what, _, _, dataset), rows in self._snapshot().counts().items():
            counts[what, dataset] = counts.get((what, dataset), 0) + rows
        return counts

    def differences(self, graph: DatasetGraph, report: Report = silent) -> Iterator[Difference]:  # noqa: ARG002
        return self._snapshot().differences(graph)

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
                self._open = self._compared = None

    def _rows(self, cypher: str, parameters: dict[str, Any], timeout_s: float, row_limit: int) -> tuple[pa.Table, int]:
        """The first rows and how many there are; once more in fresh memory, where earlier queries had filled it."""
        opened = self._connections()
        used = opened.used
        try:
            return opened.rows(cypher, parameters, timeout_s, row_limit)
        except RuntimeError:
            if not opened.full or not used:
                raise
        return self._connections().rows(cypher, parameters, timeout_s, row_limit)

    def _frame(self, cypher: str, dataset: str, schema: Mapping[str, pl.DataType]) -> pl.DataFrame:
        answer = self.read(cypher, {"dataset": dataset}, timeout_s=600.0, row_limit=1 << 40)
        if answer.table.num_rows == 0:
            return pl.DataFrame(schema=dict(schema))
        return answer.to_polars().select(pl.col(name).cast(dtype) for name, dtype in schema.items())

    def _snapshot(self) -> LadybugSnapshot:
        """The file of now; its counts are kept until there is another."""
        opened = self._connections()
        with self._guard:
            if self._compared is None or self._compared[0] is not opened:
                self._compared = opened, LadybugSnapshot(opened.database)
            return self._compared[1]

    def _connections(self) -> Connections:
        with self._guard:
            inode = self._present().st_ino
            if self._open is None or self._open[0] != inode or self._open[1].full:
                if self._open is not None:
                    # The old Database is left to its last reader, who still holds the old file.
                    self._open[1].close()
                self._open = (inode, Connections(self._opened()))
            return self._open[1]

    def _opened(self) -> Any:
        try:
            return ladybug.Database(
                self.path, read_only=True, buffer_pool_size=self._read_bytes, max_db_size=self._max_bytes
            )
        except RuntimeError as error:
            raise StoreUnreachableError(
                f"the graph file {self.path} cannot be opened: {error}", "`connectome rebuild` makes it again"
            ) from error

    def _present(self) -> os.stat_result:
        try:
            found = os.stat(self.path)  # noqa: PTH116 - on the way of every query
        except FileNotFoundError:
            found = None
        if found is None or not stat.S_ISREG(found.st_mode):
            raise StoreUnreachableError(
                f"there is no graph at {self.path}", "`connectome project` makes it from the lake"
            )
        if not found.st_size:  # the engine takes an empty file for a new database
            raise StoreUnreachableError(f"the graph file {self.path} is empty", "`connectome rebuild` makes it again")
        return found
