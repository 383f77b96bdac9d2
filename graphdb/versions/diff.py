"""The difference of two dataset versions: rows added, removed, changed, renamed, merged and split, by table."""

from __future__ import annotations

import json
import os
import shutil
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import polars as pl

from graphdb.lake import Lake, Manifest
from graphdb.store import Report, silent
from graphdb.versions.id_map import classified
from graphdb.versions.matching import Matching, match, prepared
from graphdb.versions.provenance import content_hash_of
from graphdb.versions.row_diff import CHANGES, SAID, RowCounts, write_row_diff
from schemas import tables
from schemas.errors import UsageError
from schemas.kinds import EDGE_KINDS

SUMMARY = "diff.json"
EDGE_TABLES = (*EDGE_KINDS, "chemical_region")
_NEVER = ("dataset", "decision", "edge_origin", "id_map")  # what a version says about itself
_GONE = "_gone"


@dataclass(frozen=True)
class TableDiff:
    """One table: rows in each version, how many differ and how, and how much weight that is."""

    table: str
    old_rows: int
    new_rows: int
    counts: RowCounts

    @property
    def differing(self) -> int:
        return sum(getattr(self.counts, change) for change in CHANGES)

    def row(self) -> dict[str, Any]:
        """As a list shows it."""
        rows = {"table": self.table, "old_rows": self.old_rows, "new_rows": self.new_rows}
        return {**rows, **asdict(self.counts)}


TOTALS_COLUMNS = ["table", "old_rows", "new_rows", *CHANGES, "delta_weight"]


@dataclass(frozen=True)
class VersionDiff:
    """The difference of two versions; the rows themselves lie in `folder`, one Parquet file per table that differs."""

    old: str
    new: str
    totals: tuple[TableDiff, ...]
    remarks: tuple[str, ...]
    folder: Path

    @property
    def same(self) -> bool:
        return all(total.differing == 0 for total in self.totals)

    def scan(self, table: str) -> pl.LazyFrame:
        """The differing rows of a table that has some."""
        return pl.scan_parquet(self.folder / f"{table}.parquet")


def diff(
    lake: Lake,
    old: Manifest,
    new: Manifest,
    folder: Path,
    *,
    networks: Mapping[str, str] | None = None,
    report: Report = silent,
) -> VersionDiff:
    """Compare two versions of a dataset, or of two datasets over the same nodes, and write what differs.

    Nodes are followed through the id maps of the dataset and of those it was made from. Where ids merged or split,
    their edges are compared as one: weights are summed over the group, under the name of one of its ids.
    Of two datasets only nodes and edges are compared; `graphdb.versions.matching` says which with which.

    Args:
        lake: that holds both.
        old: the version to start from.
        new: the version to go to.
        folder: to be made; it holds `diff.json` and one Parquet file for each table that differs.
        networks: names of networks of `old` to those of `new`, to compare these edges and no others.
        report: told of each table.

    Raises:
        LakeError: a file of one of them is absent or is not what its manifest says.
        UsageError: the two cannot be compared, or the folder exists.
    """
    if folder.exists():
        raise UsageError(f"{folder} exists", "give a folder that does not, so that nothing is overwritten")
    for manifest in {old.reference: old, new.reference: new}.values():
        lake.check(manifest)
    matching = match(lake, old, new, networks)
    temporary = folder.with_name(f".{folder.name}-{uuid.uuid4().hex}")
    try:
        temporary.mkdir(parents=True)
        wanted = _tables(old, new, matching, only_edges=bool(networks))
        totals = []
        for done, table in enumerate(wanted):
            report(table, done, len(wanted))
            totals.append(_Sides(lake, old, new, matching).diff(table, temporary))
        remarks = (*matching.remarks, *_unshared(lake, old, new, wanted))
        found = VersionDiff(old.reference, new.reference, tuple(totals), remarks, folder)
        (temporary / SUMMARY).write_text(json.dumps(_summary(found, old, new), indent=2) + "\n")
        os.rename(temporary, folder)  # noqa: PTH104 - fails where the folder has appeared meanwhile and holds something
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return found


def _tables(old: Manifest, new: Manifest, matching: Matching, *, only_edges: bool) -> list[str]:
    held = {*old.files, *new.files} - set(_NEVER)
    if matching.networks is not None:
        kinds = set(matching.networks.get_column("kind"))
        edges = {table for table in EDGE_TABLES if table.removesuffix("_region") in kinds}
        both_have_nodes = not only_edges and "node" in old.files and "node" in new.files
        held &= edges | ({"node"} if both_have_nodes else set())
    return [name for name in tables.TABLES if name in held]


def _unshared(lake: Lake, old: Manifest, new: Manifest, wanted: list[str]) -> Iterator[str]:
    """Columns that only one version has, as after a change of FORMAT.md: they are not compared."""
    for table in wanted:
        if table in old.files and table in new.files:
            columns = [set(lake.scan(m.dataset, table, m.version).collect_schema()) for m in (old, new)]
            if names := sorted(columns[0] ^ columns[1]):
                yield f"{table}: only one of the versions has {', '.join(names)}, not compared"


@dataclass(frozen=True)
class _Sides:
    lake: Lake
    old: Manifest
    new: Manifest
    matching: Matching

    def diff(self, table: str, folder: Path) -> TableDiff:
        rows = self.old.rows.get(table, 0), self.new.rows.get(table, 0)
        if self._equal(table):
            return TableDiff(table, *rows, RowCounts(delta_weight=0.0 if "weight" in tables.columns(table) else None))
        before = self.lake.scan(self.old.dataset, table, self.old.version)
        after = self.lake.scan(self.new.dataset, table, self.new.version)
        shared = [name for name in before.collect_schema() if name in after.collect_schema()]
        before, after, key = before.select(shared), after.select(shared), tables.key(table)
        target = folder / f"{table}.parquet"
        if table == "node":
            counts = self._nodes(before, after, target)
        else:
            if self.matching.networks is not None:
                rows = self._matched(before, "old"), self._matched(after, "new")
            before = prepared(before, key, self.matching, "old")
            after = prepared(after, key, self.matching, "new")
            counts = write_row_diff(before, after, key, target, rows=max(rows))
        found = TableDiff(table, *rows, counts)
        if found.differing == 0:
            target.unlink()
        return found

    def _matched(self, frame: pl.LazyFrame, side: str) -> int:
        """How many rows are of networks that are compared."""
        assert self.matching.networks is not None
        wanted = pl.col("network").is_in(self.matching.networks.get_column(side).implode())
        return int(frame.select(wanted.sum()).collect(engine="streaming").item())

    def _equal(self, table: str) -> bool:
        """The same content under the same ids: nothing need be read."""
        hashes = self.old.hashes.get(table), self.new.hashes.get(table)
        same_ids = self.matching.networks is None and self.matching.units.is_empty()
        return hashes[0] == hashes[1] and same_ids and (table != "node" or self.matching.node_pairs is None)

    def _nodes(self, before: pl.LazyFrame, after: pl.LazyFrame, target: Path) -> RowCounts:
        pairs = self.matching.node_pairs
        before = before.with_columns(old_uid=pl.col("uid"))
        if pairs is None:
            return write_row_diff(before, after, ["uid"], target)
        became = _became(pairs).lazy()
        moved = before.join(became, on="old_uid", how="left").with_columns(
            uid=pl.coalesce("new", "uid"), **{_GONE: pl.col("new").is_null()}
        )
        key = ["uid", _GONE]
        after = after.with_columns(pl.lit(value=False).alias(_GONE))
        counts = write_row_diff(moved.drop("new"), after, key, target)
        pl.read_parquet(target).drop(_GONE).write_parquet(target)
        return counts


def _became(pairs: pl.DataFrame) -> pl.DataFrame:
    """Pairs with what to say of each; nothing of ids that stayed or went."""
    said = pl.col("change")
    spoken = pl.when(said.is_in(["renamed", "merged", "split"])).then(said).alias(SAID)
    return classified(pairs).select(pl.col("old").alias("old_uid"), "new", spoken)


def _summary(found: VersionDiff, old: Manifest, new: Manifest) -> dict[str, Any]:
    return {
        "old": {"reference": found.old, "content_hash": content_hash_of(old)},
        "new": {"reference": found.new, "content_hash": content_hash_of(new)},
        "totals": [total.row() for total in found.totals],
        "remarks": list(found.remarks),
    }
