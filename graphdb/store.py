"""What a graph store is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

import polars as pl

from graphdb.answer import Answer
from graphdb.projection import DatasetGraph

DEFAULT_TIMEOUT_S = 30.0
DEFAULT_ROW_LIMIT = 10_000

Report = Callable[[str, int, int], None]
"""Called as (what, done, total) while long work goes on."""


def silent(_what: str, _done: int, _total: int) -> None:
    """A Report that says nothing."""


@dataclass(frozen=True)
class Difference:
    """One label or type of one dataset that is not the same in lake and graph."""

    dataset: str
    what: str
    lake: str
    graph: str

    def __str__(self) -> str:
        return f"{self.dataset} {self.what}: lake {self.lake}, graph {self.graph}"


class GraphStore(ABC):
    """A property graph that holds datasets of the lake. It can be made again from the lake at any time.

    `load`, `add` and `remove` may be killed at any moment: what `held` then names is whole, and the same call again
    completes the work.
    """

    dialect: ClassVar[str]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    @abstractmethod
    def address(self) -> str:
        """Where it is, for people and logs; no login."""

    def revision(self) -> Hashable:
        """Something that differs when the graph may hold something else than before."""
        return tuple(sorted(self.held().items()))

    @abstractmethod
    def held(self) -> dict[str, str]:
        """Id and version of every dataset that the graph holds whole; empty where there is no graph yet."""

    def is_current(self) -> bool:
        """Whether the graph was made by this version's definitions: an older one's may lack labels and properties."""
        return True

    @abstractmethod
    def load(self, graphs: Iterable[DatasetGraph], total: int, report: Report = silent) -> None:
        """Replace the graph by these datasets, parents before children."""

    @abstractmethod
    def add(self, graphs: Iterable[DatasetGraph], total: int, report: Report = silent) -> None:
        """Add datasets that the graph does not hold whole yet, parents before children; no other row is touched."""

    @abstractmethod
    def remove(self, datasets: Iterable[str], report: Report = silent) -> None:
        """Take datasets out, children before parents; no other row is touched.

        Raises:
            GraphError: nodes of one of them are ends of relationships of a dataset that stays.
        """

    def replace(
        self, datasets: Iterable[str], graphs: Iterable[DatasetGraph], total: int, report: Report = silent
    ) -> None:
        """Take datasets out and put others in; at once, if the store can: then no reader sees the state between."""
        self.remove(datasets, report)
        self.add(graphs, total, report)

    @abstractmethod
    def counts(self) -> dict[tuple[str, str], int]:
        """Rows of every (label or type, dataset) that the graph holds, complete or not; counted by the engine."""

    @abstractmethod
    def differences(self, graph: DatasetGraph, report: Report = silent) -> Iterator[Difference]:
        """Compare a dataset's rows with the lake's by counts and order-free hashes, and narrow a mismatch to rows.

        Memory is bounded whatever the size, and no row passes through Python objects unless it differs.
        """

    @abstractmethod
    def read(
        self,
        cypher: str,
        parameters: Mapping[str, object] | None = None,
        *,
        timeout_s: float = DEFAULT_TIMEOUT_S,
        row_limit: int = DEFAULT_ROW_LIMIT,
    ) -> Answer:
        """Run trusted read-only Cypher in this process; text from users goes through `graphdb.query.query`."""

    @abstractmethod
    def ask(
        self,
        cypher: str,
        parameters: Mapping[str, object],
        *,
        timeout_s: float = DEFAULT_TIMEOUT_S,
        row_limit: int = DEFAULT_ROW_LIMIT,
    ) -> Answer:
        """Run a user's checked text where it can do no harm; `graphdb.query.query` calls this after its check.

        Raises:
            QueryRefusedError: the engine says that it would do more than read; nothing was run.
        """

    @abstractmethod
    def nodes(self, label: str, dataset: str) -> pl.DataFrame:
        """All nodes of a label that a dataset brought, with the label's properties."""

    @abstractmethod
    def relationships(self, type_: str, dataset: str) -> pl.DataFrame:
        """All relationships of a type that a dataset brought: _start, _end and the type's properties."""

    @abstractmethod
    def close(self) -> None:
        """Give back connections, files and worker processes."""
