"""Checks a dataset against FORMAT.md and reports every problem at once."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import cache

import dataframely as dy
import polars as pl

from schemas import tables
from schemas.dataset import Dataset
from schemas.errors import Problem, ValidationError
from schemas.kinds import EDGE_KINDS

# table -> column -> table whose key it must be found in ("node" also among the parents' nodes)
REFERENCES: dict[str, dict[str, str]] = {
    "node": {"node_set": "node_set"},
    "network": {"node_set": "node_set", "subject": "subject"},
    **{kind: {"network": "network", "source": "node", "target": "node"} for kind in EDGE_KINDS},
    "chemical_region": {"network": "network", "source": "node", "target": "node"},
    "matrix": {"network": "network", "node": "node"},
    "recording": {"node_set": "node_set", "subject": "subject"},
    "trace": {"recording": "recording", "node": "node"},
    "event": {"recording": "recording"},
    "metric": {"run": "run"},
    "membership": {"run": "run", "node": "node"},
    "component": {"run": "run"},
    "state": {"run": "run"},
    "inferred_edge": {"run": "run", "source": "node", "target": "node"},
    "embedding": {"run": "run", "node": "node"},
}

_RULES = {
    "nullability": "must not be null",
    "inner_nullability": "holds a null inside the list",
    "nan": "is NaN; missing is null",
    "inner_nan": "holds NaN; missing is null",
    "inf": "is infinite",
    "inner_inf": "holds an infinite value",
    "primary_key": "the key is not unique",
}
_PER_RULE = 1000
_ROW = "__row"


def validate(dataset: Dataset, parent_keys: Mapping[str, Collection[str]] | None = None) -> None:
    """Check every table of a dataset.

    Args:
        dataset: what a reader returned.
        parent_keys: uids of `node`, `node_set` (and, for runs, `recording`) rows that its parents hold.

    Raises:
        ValidationError: with all problems, each with table, column and row (counted from 0).
    """
    problems = list(_problems(dataset, parent_keys or {}))
    if problems:
        raise ValidationError(dataset.info.uid, problems)


def _problems(dataset: Dataset, parent_keys: Mapping[str, Collection[str]]) -> Iterator[Problem]:
    sound: dict[str, pl.DataFrame] = {}
    for name, frame in dataset.tables.items():
        shape_problems = list(_shape(name, frame))
        yield from shape_problems
        if not shape_problems:
            sound[name] = frame
            yield from _rows(name, frame)
    for name, frame in sound.items():
        yield from _references(name, frame, dataset, parent_keys)
    yield from _undirected(sound)
    yield from _lengths(sound)
    yield from _region_sums(sound)


def _shape(name: str, frame: pl.DataFrame) -> Iterator[Problem]:
    if name not in tables.TABLES or name == "dataset":
        yield Problem(name, "*", None, f"not a table that a reader may write; known: {', '.join(tables.TABLES)}")
        return
    expected = tables.columns(name)
    for column, dtype in expected.items():
        if column not in frame.columns:
            yield Problem(name, column, None, "column is missing")
        elif frame.schema[column] != dtype:
            yield Problem(name, column, None, f"has type {frame.schema[column]}, must be {dtype}")
    for column in frame.columns:
        if column not in expected:
            yield Problem(name, column, None, "unknown column")


@cache
def _numbered(name: str) -> type[dy.Schema]:
    """The table's schema with a row number, which survives into the failures."""
    return type(f"Numbered{name}", (tables.TABLES[name],), {"row_": dy.Int64(alias=_ROW)})


def _rows(name: str, frame: pl.DataFrame) -> Iterator[Problem]:
    _, failure = _numbered(name).filter(frame.with_row_index(_ROW).with_columns(pl.col(_ROW).cast(pl.Int64)))
    if len(failure) == 0:
        return
    details = failure.details()
    for rule in (c for c in details.columns if c not in frame.columns and c != _ROW):
        column, _, kind = rule.partition("|")
        shown = column if kind else ", ".join(tables.key(name)) if rule == "primary_key" else "*"
        bad = details.filter(pl.col(rule).cast(pl.String) == "invalid")
        for row in bad.head(_PER_RULE).iter_rows(named=True):
            message = _RULES.get(kind or rule, f"breaks the rule {(kind or rule)!r}")
            value = f" (value {row[column]!r:.80})" if kind and row.get(column) is not None else ""
            yield Problem(name, shown, row[_ROW], message + value)


def _references(
    name: str, frame: pl.DataFrame, dataset: Dataset, parent_keys: Mapping[str, Collection[str]]
) -> Iterator[Problem]:
    for column, target in REFERENCES.get(name, {}).items():
        known: set[str] = set(parent_keys.get(target, ()))
        own = dataset.tables.get(target)
        if own is not None and "uid" in own.columns:
            known |= set(own.get_column("uid").to_list())
        missing = frame.with_row_index(_ROW).filter(pl.col(column).is_not_null() & ~pl.col(column).is_in(list(known)))
        for row in missing.head(_PER_RULE).iter_rows(named=True):
            yield Problem(name, column, row[_ROW], f"{row[column]!r} is in no {target} table here or of the parents")


def _undirected(sound: dict[str, pl.DataFrame]) -> Iterator[Problem]:
    networks = sound.get("network")
    if networks is None:
        return
    undirected = networks.filter(~pl.col("directed")).get_column("uid").to_list()
    for name in EDGE_KINDS:
        frame = sound.get(name)
        if frame is None:
            continue
        allowed = pl.col("source") <= pl.col("target")
        bad = frame.with_row_index(_ROW).filter(pl.col("network").is_in(undirected) & ~allowed)
        for row in bad.head(_PER_RULE).iter_rows(named=True):
            yield Problem(name, "source", row[_ROW], "an undirected edge must have source <= target")


_SUM_TOLERANCE = 1e-9


def _region_sums(sound: dict[str, pl.DataFrame]) -> Iterator[Problem]:
    """The parts of a connection by region sum to the whole; a connection without any part is not split."""
    whole, parts = sound.get("chemical"), sound.get("chemical_region")
    if parts is None:
        return
    pair = ["network", "source", "target"]
    summed = parts.with_row_index(_ROW).group_by(pair).agg(pl.col("weight").sum(), pl.col(_ROW).min())
    known = pl.DataFrame(schema={**dict.fromkeys(pair, pl.String), "whole": pl.Float64})
    if whole is not None:
        known = whole.select(*pair, whole="weight")
    both = summed.join(known, on=pair, how="left")
    near = (pl.col("weight") - pl.col("whole")).abs() <= _SUM_TOLERANCE * pl.col("whole")
    for row in both.filter(~near.fill_null(value=False)).sort(_ROW).head(_PER_RULE).iter_rows(named=True):
        total = "there is no such row" if row["whole"] is None else f"its weight is {row['whole']:g}"
        text = f"the parts sum to {row['weight']:g}, but in table chemical {total}"
        yield Problem("chemical_region", "weight", row[_ROW], text)


def _lengths(sound: dict[str, pl.DataFrame]) -> Iterator[Problem]:
    traces, recordings = sound.get("trace"), sound.get("recording")
    if traces is not None and recordings is not None:
        wrong = (
            traces.with_row_index(_ROW)
            .select(_ROW, "recording", length=pl.col("values").list.len())
            .join(recordings.select(recording="uid", n="n_samples"), on="recording")
            .filter(pl.col("length") != pl.col("n"))
            .sort(_ROW)
        )
        for row in wrong.head(_PER_RULE).iter_rows(named=True):
            text = f"has {row['length']} values, its recording has {row['n']} samples"
            yield Problem("trace", "values", row[_ROW], text)
    matrix = sound.get("matrix")
    if matrix is not None:
        counted = matrix.with_row_index(_ROW).with_columns(n=pl.len().over("network"))
        for row in counted.filter(pl.col("values").list.len() != pl.col("n")).head(_PER_RULE).iter_rows(named=True):
            yield Problem("matrix", "values", row[_ROW], f"has {len(row['values'])} values for {row['n']} nodes")
