"""The answer to a query, whichever engine gave it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl
import pyarrow as pa


@dataclass(frozen=True)
class Answer:
    """Rows, and what they are worth.

    Args:
        table: the rows.
        truncated: whether the row limit cut the answer.
        total_rows: rows without the limit, or None where counting them was not cheap.
        elapsed_s: seconds from asking to the last row.
        store: address of the store that answered.
    """

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
        assert isinstance(frame, pl.DataFrame)
        return frame

    def rows(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.table.to_pylist()
        return found
