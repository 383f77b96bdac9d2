"""Which rows of two tables are not the same, in words: the first few of each sort and how many there are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import polars as pl

from graphdb.row_hash import row_hash

_SHOWN = 3
_NTH, _ROW = "_nth", "_row"


@dataclass(frozen=True)
class RowDifferences:
    """Rows by how they differ: what is said of the first few, and how many there are.

    Args:
        rows: sort of difference to (number of rows, examples).
        whole: whether all differing rows were looked at; else the numbers are lower bounds.
    """

    rows: dict[str, tuple[int, tuple[str, ...]]] = field(default_factory=dict)
    whole: bool = True

    def __str__(self) -> str:
        least = "" if self.whole else "at least "
        return "; ".join(
            f"{least}{count} {sort}: {', '.join(examples)}{', …' if count > len(examples) else ''}"
            for sort, (count, examples) in self.rows.items()
        )


def together(found: Iterable[RowDifferences]) -> RowDifferences:
    """The differences of several parts as one."""
    rows: dict[str, tuple[int, tuple[str, ...]]] = {}
    whole = True
    for each in found:
        whole = whole and each.whole
        for sort, (count, examples) in each.rows.items():
            before, shown = rows.get(sort, (0, ()))
            rows[sort] = (before + count, (*shown, *examples)[:_SHOWN])
    return RowDifferences(rows, whole)


def row_differences(lake: pl.DataFrame, graph: pl.DataFrame, key: Sequence[str], *, whole: bool) -> RowDifferences:
    """Pair the rows of lake and graph by their key and name what is missing, foreign or changed.

    Args:
        lake: rows that should be there.
        graph: rows that are there, with the same columns and types.
        key: columns that identify a row; where several rows share a key, they are paired in some order.
        whole: whether these are all the rows that may differ.
    """
    names = lake.columns
    alone = [_without(a, b, names) for a, b in ((lake, graph), (graph, lake))]
    ours, theirs = (frame.with_columns(pl.int_range(pl.len()).over(key).alias(_NTH)) for frame in alone)
    paired = [*key, _NTH]
    rows: dict[str, tuple[int, tuple[str, ...]]] = {}
    both = ours.join(theirs, on=paired, how="inner", nulls_equal=True, suffix="_graph")
    for name in names:
        if name not in key:
            changed = both.filter(pl.col(name).hash() != pl.col(f"{name}_graph").hash())
            _note(rows, f"differ in {name!r}", changed, key, name)
    _note(rows, "missing", ours.join(theirs, on=paired, how="anti", nulls_equal=True), key)
    _note(rows, "not in the lake", theirs.join(ours, on=paired, how="anti", nulls_equal=True), key)
    return RowDifferences(rows, whole)


def _without(frame: pl.DataFrame, other: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    """Rows of a frame that the other does not hold as often."""
    hashed = [
        f.with_columns(row_hash([], names).alias(_ROW)).with_columns(pl.int_range(pl.len()).over(_ROW).alias(_NTH))
        for f in (frame, other)
    ]
    return hashed[0].join(hashed[1], on=[_ROW, _NTH], how="anti").select(names)


def _note(
    rows: dict[str, tuple[int, tuple[str, ...]]],
    sort: str,
    frame: pl.DataFrame,
    key: Sequence[str],
    changed: str | None = None,
) -> None:
    if frame.height:
        first = frame.sort(list(key)).head(_SHOWN).to_dicts()
        rows[sort] = (frame.height, tuple(_words(row, key, changed) for row in first))


def _words(row: dict[str, object], key: Sequence[str], changed: str | None) -> str:
    ends = " -> ".join(str(row[name]) for name in key[:2]) if len(key) > 1 else str(row[key[0]])
    more = "".join(f" {name} {row[name]}" for name in key[2:] if row[name] is not None)
    return f"{ends}{more}" + (f" ({row[f'{changed}_graph']!r} for {row[changed]!r})" if changed else "")
