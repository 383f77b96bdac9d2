"""Datasets that are made from one dataset of the lake, and published beside it."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from graphdb.lake import Lake, Manifest
from schemas.dataset import Dataset, DatasetInfo
from schemas.errors import UsageError


@dataclass(frozen=True)
class Derived:
    """A dataset and the version that it was made from."""

    manifest: Manifest
    source: Manifest


@dataclass(frozen=True)
class Maker:
    """What makes datasets of a kind: the `reader` that they name, and its version."""

    reader: str
    version: str

    def require_free(self, lake: Lake, uid: str) -> None:
        """Refuse an id that a dataset of another maker has.

        Raises:
            UsageError: it has one.
        """
        taken = [m.reader for m in lake.datasets() if m.dataset == uid and m.reader != self.reader]
        if taken:
            raise UsageError(f"{uid} is a dataset of {taken[0]}", "give another id")

    def publish(self, lake: Lake, source: Manifest, uid: str, what: str, tables: dict[str, pl.DataFrame]) -> Derived:
        """Publish tables as a dataset that names its source as parent, under its source's licence and citation.

        Args:
            lake: that holds the source.
            source: what they were made from.
            uid: of the new dataset.
            what: was done, for the title.
            tables: of the new dataset.
        """
        about = lake.read(source.dataset, "dataset", source.version).row(0, named=True)
        info = DatasetInfo(
            uid=uid,
            modality=about["modality"],
            title=f"{about['title']}; {what}",
            licence=about["licence"],
            citation=about["citation"],
            reader=self.reader,
            reader_version=self.version,
            species=about["species"],
            source_url=about["source_url"],
            simulated=source.simulated,
            parents=(source.reference, *source.parents),
        )
        return Derived(lake.publish(Dataset(info, tables)), source)
