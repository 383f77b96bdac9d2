"""What a graph store is, and what an answer is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import polars as pl
import pyarrow as pa

from graphdb.projection import DatasetGraph

DEFAULT_TIMEOUT_S = 30.0
DEFAULT_ROW_LIMIT = 10_000

Report = Callable[[str, int, int], None]
"""Called as (what, done, total) while long work goes on."""


def silent(_what: str, _done: int, _total: int) -> None:
    """A Report that says nothing."""


@dataclass(frozen=True)
class Answer:
    """The answer to a query. `total_rows` is null where the store did not count what lies beyond the limit."""

    table: pa.Table
    truncated: bool
    total_rows: int | None
    elapsed_s: float
    store: str

    @property
    def columns(self) -> list[str]:
        return list(self.table.column_names)

    def to_polars(self) -> pl.DataFrame:
        frame = pl.from_arrow(self.table)
        if not isinstance(frame, pl.DataFrame):
            raise TypeError(f"expected a table, got {type(frame)}")
        return frame

    def rows(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.table.to_pylist()
        return found


class GraphStore(ABC):
    """A property graph that holds datasets of the lake. It can be made again from the lake at any time."""

    dialect: ClassVar[str]

    @abstractmethod
    def held(self) -> dict[str, str]:
        """Id and version of every dataset in the graph; empty where there is no graph yet."""

    @abstractmethod
    def load(self, graphs: Iterable[DatasetGraph], total: int, report: Report = silent) -> None:
        """Replace the graph by these datasets, parents before children; on an error the old graph stays."""

    @abstractmethod
    def add(self, graphs: Iterable[DatasetGraph], total: int, report: Report = silent) -> None:
        """Add datasets that the graph does not hold yet; on an error nothing of the failing dataset stays."""

    @abstractmethod
    def read(
        self,
        cypher: str,
        parameters: Mapping[str, object] | None = None,
        *,
        timeout_s: float = DEFAULT_TIMEOUT_S,
        row_limit: int = DEFAULT_ROW_LIMIT,
    ) -> Answer:
        """Run trusted read-only Cypher; text from users goes through `graphdb.query.query`, which checks it first."""

    @abstractmethod
    def nodes(self, label: str, dataset: str) -> pl.DataFrame:
        """All nodes of a label that a dataset brought, with the label's properties."""

    @abstractmethod
    def relationships(self, type_: str, dataset: str) -> pl.DataFrame:
        """All relationships of a type that a dataset brought: _start, _end and the type's properties."""

    @abstractmethod
    def explain_read_only(self, cypher: str, parameters: Mapping[str, object]) -> None:
        """Let the engine say, without running it, that a text only reads; QueryRefusedError where it does not."""

    @abstractmethod
    def close(self) -> None:
        """Give back connections and files."""
