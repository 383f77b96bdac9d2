"""The rows in which two tables differ, by key, in bounded memory.

Texts become small integers first, and the ends of an edge one number: a join of numbers is several times faster and
smaller than one of texts, and only the rows that differ are ever turned back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

SAID = "_said"
"""A column of the old rows that says what became of them (renamed, merged, split), whether or not a value differs."""

CHANGES = ("added", "removed", "changed", "renamed", "merged", "split")
_ENDS = ("source", "target")
_PAIR = "_pair"
_NEW = "_new"
_SHIFT = 1 << 32
_SORTED_UP_TO = 1_000_000
_ROWS_AT_ONCE = 20_000_000


@dataclass(frozen=True)
class RowCounts:
    """How many rows differ, by how."""

    added: int = 0
    removed: int = 0
    changed: int = 0
    renamed: int = 0
    merged: int = 0
    split: int = 0
    delta_weight: float | None = None


def write_row_diff(
    old: pl.LazyFrame,
    new: pl.LazyFrame,
    key: Sequence[str],
    target: Path,
    *,
    rows: int = 0,
    rows_at_once: int = _ROWS_AT_ONCE,
) -> RowCounts:
    """Write the rows that are not the same in both as Parquet.

    Args:
        old: unique by key, unless it has SAID; its columns that `new` lacks are carried along.
        new: unique by key.
        key: columns that together identify a row.
        target: file to write: change, the key, what is carried, and of each other column c that both have old_c, new_c
            and, of numbers, delta_c. Sorted by key, unless the rows are very many.
        rows: how many rows the greater of the two has, if known.
        rows_at_once: more than that many are compared in parts, one after the other; only edges are.
    """
    plan = _Plan.of(old, new, key)
    parts = -(-rows // rows_at_once) if plan.packed and rows else 1
    files = [target.with_name(f"{target.name}.{number}") for number in range(max(parts, 1))]
    for number, file in enumerate(files):
        plan.differing(old, new, number, len(files)).sink_parquet(file, engine="streaming")
    found = pl.scan_parquet(files)
    counts = _counts(found)
    if sum(getattr(counts, each) for each in CHANGES) <= _SORTED_UP_TO:
        found = found.sort([*key, *plan.carried])
    found.sink_parquet(target, engine="streaming")
    for file in files:
        file.unlink()
    return counts


@dataclass(frozen=True)
class _Plan:
    key: tuple[str, ...]
    values: tuple[str, ...]
    carried: tuple[str, ...]
    schema: pl.Schema
    said: bool
    categories: pl.Categorical
    codes: pl.Series  # keeps the codes: they are forgotten as soon as no column of that type is left, as in mid-plan

    @classmethod
    def of(cls, old: pl.LazyFrame, new: pl.LazyFrame, key: Sequence[str]) -> _Plan:
        before, after = old.collect_schema(), new.collect_schema()
        values = tuple(name for name in before if name in after and name not in key)
        carried = tuple(name for name in before if name not in after and name != SAID)
        categories = pl.Categorical(pl.Categories.random())
        codes = pl.Series([""], dtype=categories)
        return cls(tuple(key), values, carried, before, SAID in before, categories, codes)

    @property
    def packed(self) -> bool:
        return all(end in self.key for end in _ENDS)

    @property
    def joined_on(self) -> list[str]:
        rest = [name for name in self.key if not self.packed or name not in _ENDS]
        return [_PAIR, *rest] if self.packed else rest

    def differing(self, old: pl.LazyFrame, new: pl.LazyFrame, part: int, parts: int) -> pl.LazyFrame:
        before = self._encoded(old, (*self.values, *self.carried, *((SAID,) if self.said else ())))
        after = self._encoded(new, self.values)
        if parts > 1:
            before, after = (side.filter(pl.col(_PAIR) % parts == part) for side in (before, after))
        on = self.joined_on
        joined = before.join(after, on=on, how="full", coalesce=False, suffix=_NEW)
        first = pl.col(on[0])
        added, removed = first.is_null(), pl.col(on[0] + _NEW).is_null()
        differs = [pl.col(name).ne_missing(pl.col(name + _NEW)) for name in self.values]
        said = pl.col(SAID).is_not_null() if self.said else pl.lit(value=False)
        change = (
            pl.when(added).then(pl.lit("added"))
            .when(removed).then(pl.lit("removed"))
            .otherwise(pl.coalesce(SAID, pl.lit("changed")) if self.said else pl.lit("changed"))
        )  # fmt: skip
        kept = joined.filter(pl.any_horizontal(added, removed, said, *differs))
        return kept.select(change.alias("change"), *self._decoded())

    def _encoded(self, frame: pl.LazyFrame, others: tuple[str, ...]) -> pl.LazyFrame:
        rest = [name for name in self.key if not self.packed or name not in _ENDS]
        found = [self._code(name) for name in (*rest, *others)]
        if self.packed:
            source, target = (self._code(end).cast(pl.UInt64) for end in _ENDS)
            found.append((source * _SHIFT + target).alias(_PAIR))
        return frame.select(found)

    def _code(self, name: str) -> pl.Expr:
        column = pl.col(name)
        textual = self.schema[name] == pl.String and name != SAID
        return column.cast(self.categories).to_physical() if textual else column

    def _text(self, name: str, column: pl.Expr) -> pl.Expr:
        if self.schema[name] == pl.String:
            return column.cast(pl.UInt32).cat.to(self.categories).cast(pl.String)
        return column

    def _decoded(self) -> list[pl.Expr]:
        found = []
        for name in self.key:
            if self.packed and name in _ENDS:
                pair = pl.coalesce(_PAIR, _PAIR + _NEW)
                column = pair // _SHIFT if name == _ENDS[0] else pair % _SHIFT
            else:
                column = pl.coalesce(name, name + _NEW)
            found.append(self._text(name, column).alias(name))
        found += [self._text(name, pl.col(name)).alias(name) for name in self.carried]
        for name in self.values:
            before, after = pl.col(name), pl.col(name + _NEW)
            found += [self._text(name, before).alias(f"old_{name}"), self._text(name, after).alias(f"new_{name}")]
            if self.schema[name].is_numeric():
                found.append((after - before).alias(f"delta_{name}"))
        return found


def _counts(found: pl.LazyFrame) -> RowCounts:
    by_change = found.group_by("change").len().collect(engine="streaming")
    numbers = {change: count for change, count in by_change.iter_rows() if change in CHANGES}
    weighted = "old_weight" in found.collect_schema()
    total = (pl.col("new_weight").sum() - pl.col("old_weight").sum()).alias("delta")
    delta = float(found.select(total).collect(engine="streaming").item()) if weighted else None
    return RowCounts(**numbers, delta_weight=delta)
