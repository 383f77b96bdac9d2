"""Checks a dataset against FORMAT.md and reports every problem at once."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from copy import copy
from functools import cache
from itertools import product

import dataframely as dy
import polars as pl

from schemas import tables
from schemas.dataset import Dataset
from schemas.errors import Problem, ValidationError
from schemas.keys import key_codes, repeated
from schemas.kinds import EDGE_KINDS
from schemas.sums import unequal_sums

# table -> column -> table whose key it must be found in ("node" also among the parents' nodes)
REFERENCES: dict[str, dict[str, str]] = {
    "node": {"node_set": "node_set"},
    "network": {"node_set": "node_set", "subject": "subject"},
    **{kind: {"network": "network", "source": "node", "target": "node"} for kind in EDGE_KINDS},
    "chemical_region": {"network": "network", "source": "node", "target": "node"},
    "matrix": {"network": "network", "node": "node"},
    "coverage": {"network": "network", "node": "node"},
    "edge_origin": {"network": "network", "source": "node", "target": "node"},
    "recording": {"node_set": "node_set", "subject": "subject"},
    "trace": {"recording": "recording", "node": "node"},
    "event": {"recording": "recording"},
    "annotation": {"node": "node"},
    "metric": {"run": "run"},
    "membership": {"run": "run", "node": "node"},
    "component": {"run": "run"},
    "state": {"run": "run"},
    "inferred_edge": {"run": "run", "source": "node", "target": "node"},
    "embedding": {"run": "run", "node": "node"},
}

ParentKeys = Mapping[str, Collection[str] | pl.Series]

_RULES = {
    "nullability": "must not be null",
    "inner_nullability": "holds a null inside the list",
    "nan": "is NaN; missing is null",
    "inner_nan": "holds NaN; missing is null",
    "inf": "is infinite",
    "inner_inf": "holds an infinite value",
}
_PER_RULE = 1000
_AT_ONCE = 1_000_000
_ROW = "__row"


def validate(dataset: Dataset, parent_keys: ParentKeys | None = None) -> None:
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


def _problems(dataset: Dataset, parent_keys: ParentKeys) -> Iterator[Problem]:
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
    yield from _any_alone(sound)
    yield from _covered(sound)
    yield from _lengths(sound)
    yield from _region_sums(sound, dataset, parent_keys)


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
def _schema(name: str) -> type[dy.Schema]:
    """The table's schema with a row number, which survives into the failures, and without the key, checked apart."""
    unkeyed = {column: copy(of) for column, of in tables.TABLES[name].columns().items() if of.primary_key}
    for column in unkeyed.values():
        column.primary_key = False
    return type(f"Numbered{name}", (tables.TABLES[name],), {**unkeyed, "row_": dy.Int64(alias=_ROW)})


def _rows(name: str, frame: pl.DataFrame) -> Iterator[Problem]:
    """Rules that concern one row, some rows at a time: memory does not grow with the table."""
    found: dict[str, list[Problem]] = {}
    numbered = _numbered(frame).cast({_ROW: pl.Int64})
    for start in range(0, frame.height, _AT_ONCE):
        part = numbered.slice(start, _AT_ONCE)
        if not _schema(name).is_valid(part):
            for rule, problem in _broken(name, part):
                of_rule = found.setdefault(rule, [])
                if len(of_rule) < _PER_RULE:
                    of_rule.append(problem)
    for problems in found.values():
        yield from problems
    yield from _repeated_keys(name, frame)


def _broken(name: str, part: pl.DataFrame) -> Iterator[tuple[str, Problem]]:
    details = _schema(name).filter(part)[1].details()
    for rule in (c for c in details.columns if c not in part.columns):
        column, _, kind = rule.partition("|")
        bad = details.filter(pl.col(rule).cast(pl.String) == "invalid")
        for row in bad.head(_PER_RULE).iter_rows(named=True):
            message = _RULES.get(kind or rule, f"breaks the rule {(kind or rule)!r}")
            value = f" (value {row[column]!r:.80})" if kind and row.get(column) is not None else ""
            yield rule, Problem(name, column if kind else "*", row[_ROW], message + value)


def _repeated_keys(name: str, frame: pl.DataFrame) -> Iterator[Problem]:
    key = tables.key(name)
    codes = key_codes(frame, key)
    if repeated(codes):
        rows = pl.Series(codes).is_duplicated().arg_true().head(_PER_RULE)
        yield from (Problem(name, ", ".join(key), row, "the key is not unique") for row in rows)


def _references(name: str, frame: pl.DataFrame, dataset: Dataset, parent_keys: ParentKeys) -> Iterator[Problem]:
    for column, target in REFERENCES.get(name, {}).items():
        known = _known(column, target, dataset, parent_keys)
        given = _numbered(frame.select(column)).drop_nulls()
        missing = given.join(known.to_frame(), on=column, how="anti", maintain_order="left")
        for row in missing.head(_PER_RULE).iter_rows(named=True):
            yield Problem(name, column, row[_ROW], f"{row[column]!r} is in no {target} table here or of the parents")


def _known(column: str, target: str, dataset: Dataset, parent_keys: ParentKeys) -> pl.Series:
    """Uids of a table, here and of the parents, under the name of the column that refers to them."""
    given = parent_keys.get(target, ())
    known = [pl.Series(column, given if isinstance(given, pl.Series) else list(given), pl.String)]
    own = dataset.tables.get(target)
    if own is not None and own.schema.get("uid") == pl.String:
        known.append(own.get_column("uid").alias(column))
    return pl.concat(known)


def _numbered(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_row_index(_ROW)


def _undirected(sound: dict[str, pl.DataFrame]) -> Iterator[Problem]:
    networks = sound.get("network")
    if networks is None:
        return
    undirected = networks.filter(~pl.col("directed")).get_column("uid").implode()
    for name in EDGE_KINDS:
        if name in sound and len(undirected[0]):
            ends = _numbered(sound[name].select("network", "source", "target"))
            bad = ends.filter((pl.col("source") > pl.col("target")) & pl.col("network").is_in(undirected))
            for row in bad.head(_PER_RULE).iter_rows(named=True):
                yield Problem(name, "source", row[_ROW], "an undirected edge must have source <= target")


def _any_alone(sound: Mapping[str, pl.DataFrame]) -> Iterator[Problem]:
    """A route that counts its pairs of ligand and receptor unnamed stands for all of them: no other is beside it."""
    for name, ligand in (("monoamine", "transmitter"), ("peptide", "peptide")):
        if name not in sound:
            continue
        unnamed = pl.col(ligand) == tables.ANY
        several = pl.len().over("network", "source", "target") > 1
        bad = _numbered(sound[name]).filter(unnamed & several)
        for row in bad.head(_PER_RULE).iter_rows(named=True):
            text = f"'{tables.ANY}' counts all pairs, but others from this source to this target stand beside it"
            yield Problem(name, ligand, row[_ROW], text)


def _covered(sound: Mapping[str, pl.DataFrame]) -> Iterator[Problem]:
    """An edge of a network that says what it covers joins nodes that it covers."""
    coverage = sound.get("coverage")
    if coverage is None:
        return
    covering = pl.col("network").is_in(coverage.get_column("network").unique().implode())
    for name, end in product(EDGE_KINDS, ("source", "target")):
        if name in sound:
            edges = _numbered(sound[name].select("network", end)).filter(covering)
            seen = coverage.filter(pl.col(f"as_{end}")).select("network", pl.col("node").alias(end))
            bad = edges.join(seen, on=["network", end], how="anti", maintain_order="left")
            for row in bad.head(_PER_RULE).iter_rows(named=True):
                yield Problem(name, end, row[_ROW], f"{row[end]!r} is not in coverage of {row['network']} as {end}")


def _region_sums(sound: Mapping[str, pl.DataFrame], dataset: Dataset, parent_keys: ParentKeys) -> Iterator[Problem]:
    """The parts of a connection by region sum to the whole; a connection without any part is not split."""
    parts = sound.get("chemical_region")
    if parts is None:
        return
    known = {column: _known(column, target, dataset, parent_keys) for column, target in REFERENCES["chemical"].items()}
    whole = sound.get("chemical", tables.frame("chemical", []))
    for row, total, summed in unequal_sums(parts, whole, known).head(_PER_RULE).iter_rows():
        said = "there is no such row" if total is None else f"its weight is {total:g}"
        text = f"the parts sum to {summed:g}, but in table chemical {said}"
        yield Problem("chemical_region", "weight", row, text)


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
