"""What a reader returns and publishing takes: a dataset as validated tables with its provenance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import polars as pl

from schemas import tables
from schemas.errors import Place

Tables = Mapping[str, pl.DataFrame]
Action = Literal["renamed", "merged", "guessed", "dropped", "kept", "differs"]


@dataclass(frozen=True)
class SourceFile:
    """A file that a dataset was read from."""

    name: str
    sha256: str
    size_bytes: int
    origin: str


@dataclass(frozen=True)
class DatasetInfo:
    """Who made a dataset and how it may be used. `parents` are dataset ids; publishing adds their versions."""

    uid: str
    modality: str
    title: str
    licence: str
    citation: str
    reader: str
    reader_version: str
    species: str | None = None
    source_url: str | None = None
    simulated: bool = False
    parents: tuple[str, ...] = ()


@dataclass(frozen=True)
class Dataset:
    """Tables of one dataset (without the `dataset` table, which publishing writes) and where they came from."""

    info: DatasetInfo
    tables: Tables
    sources: tuple[SourceFile, ...] = ()


@dataclass
class Decisions:
    """Collects decisions while a reader works."""

    rows: list[dict[str, object]] = field(default_factory=list)

    def add(self, action: Action, item: str, reason: str, place: Place) -> None:
        self.rows.append(
            {
                "decision": len(self.rows),
                "action": action,
                "item": item,
                "reason": reason,
                "file": place.file,
                "sheet": place.sheet,
                "row": place.row,
                "column": place.column,
            }
        )

    def frame(self) -> pl.DataFrame:
        return tables.frame("decision", self.rows)
