"""The answer to a query, whichever engine gave it."""

from __future__ import annotations

import hashlib
import importlib.util
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl
import pyarrow as pa

from graphdb import answer_graph
from graphdb.versions.provenance import Provenance
from schemas.errors import UsageError

if TYPE_CHECKING:
    import networkx as nx


@dataclass(frozen=True)
class Answer:
    """Rows, and what they are worth.

    Args:
        table: the rows. A whole node is a struct of its label and properties; a relationship has the uids of its ends
            as `_start` and `_end` besides (null where the answer does not hold those nodes); a path is its lists of
            `nodes` and `relationships`.
        truncated: whether the row limit cut the answer.
        total_rows: rows without the limit, or None where counting them was not cheap.
        elapsed_s: seconds from asking to the last row.
        store: address of the store that answered.
        datasets: versions of datasets that the rows may come from.
        cypher: the text that was asked, as it was given.
    """

    table: pa.Table
    truncated: bool
    total_rows: int | None
    elapsed_s: float
    store: str
    datasets: tuple[Provenance, ...] = ()
    cypher: str = ""

    @property
    def columns(self) -> list[str]:
        return list(self.table.column_names)

    @property
    def text_hash(self) -> str:
        """SHA-256 of the text: the audit log names it by this."""
        return text_hash(self.cypher)

    def to_polars(self) -> pl.DataFrame:
        frame = pl.from_arrow(self.table)
        assert isinstance(frame, pl.DataFrame)
        return frame

    def to_pandas(self) -> Any:
        """A pandas DataFrame, for those who have pandas.

        Raises:
            UsageError: pandas is not installed.
        """
        if importlib.util.find_spec("pandas") is None:
            raise UsageError("pandas is not installed here", "`pip install pandas`, or use to_polars()")
        return self.table.to_pandas()

    def to_networkx(self) -> nx.MultiDiGraph:
        """The whole nodes, relationships and paths of the rows as one graph, its nodes keyed by uid.

        Raises:
            UsageError: it holds none, or relationships without their nodes.
        """
        return answer_graph.graph_of(self.table)

    def rows(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.table.to_pylist()
        return found

    def _repr_html_(self) -> str:
        from graphdb.answer_html import page  # noqa: PLC0415 - it shows answers

        return page(self)


def text_hash(cypher: str) -> str:
    """SHA-256 of a text, as hexadecimal digits."""
    return hashlib.sha256(cypher.encode()).hexdigest()
