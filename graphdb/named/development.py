"""Edges over ordered networks, such as the stages of development: the weight at each, and what becomes of it."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from graphdb.named.compared import Compared, ComparedCriteria, compared, first_statement
from graphdb.named.connectomes import DIGITS, PAIR, total, unit_text
from graphdb.named.coverage import HOLDS
from graphdb.named.definition import REAL, TEXT, WHOLE, Column, NamedQuery, Reader
from schemas.errors import UsageError

STABLE, VARIABLE, GROWING, SHRINKING, APPEARING = "stable", "variable", "growing", "shrinking", "appearing"
UNCLASSIFIED = "unclassified"
COURSES = (STABLE, GROWING, APPEARING, SHRINKING, VARIABLE, UNCLASSIFIED)
LEAST_STAGES = 3
_STAY = 2  # stages that an appearing edge must be found in
RULE = (
    f"An edge is judged by the stages that hold both its cells, with 0 where it is absent, and is: {UNCLASSIFIED}, if "
    f"they are fewer than {LEAST_STAGES}; else {APPEARING}, if it is absent from at least the first `min_before` of "
    f"them and found in each one after its first, {_STAY} or more; else {GROWING} or {SHRINKING}, if the rank "
    f"correlation of weight and stage is at least `min_trend`, or at most -`min_trend`; else {STABLE}, if it is found "
    f"in each; else {VARIABLE}."
)


@dataclass(frozen=True)
class DevelopmentCriteria(ComparedCriteria):
    """Criteria of @development and @development-counts."""

    measure: str = field(
        default="weight",
        metadata={
            "help": "what is followed: weight, in the unit that all stages share; share: of the whole weight of its "
            "stage, so that an edge that grows as the whole does not grow",
            "choices": ("weight", "share"),
        },
    )
    min_trend: float = field(
        default=0.7,
        metadata={"help": "least rank correlation of a growing edge", "between": (0.0, 1.0)},
    )
    min_before: int = field(
        default=2, metadata={"help": "least number of first stages without an appearing edge", "between": (1, None)}
    )
    development: tuple[str, ...] = field(default=COURSES, metadata={"help": "which to list", "choices": COURSES})


def courses(found: Compared, criteria: DevelopmentCriteria) -> pl.DataFrame:
    """Every edge with what becomes of it.

    Args:
        found: the stages side by side, in their order.
        criteria: measure and limits of the rule.

    Returns:
        source_uid, target_uid, source, target, development, trend, n_found, n_stages, and for each stage the measure:
        0 where it holds both cells and has no edge, null where it does not.
    """
    stages = list(found.members)
    values = found.pairs.select(stages)
    if criteria.measure == "share":
        values = values.select((pl.col(s) / pl.col(s).sum()).round_sig_figs(DIGITS) for s in stages)
    present, held = values.select(pl.all().is_not_null()), found.held()
    filled = pl.DataFrame(
        [pl.select(pl.when(held[s]).then(values[s].fill_null(0.0)).alias(s)).to_series() for s in stages]
    )
    judged = _judged(filled, present, criteria)
    return found.pairs.select(PAIR).hstack(judged).hstack(filled)


def _judged(filled: pl.DataFrame, present: pl.DataFrame, criteria: DevelopmentCriteria) -> pl.DataFrame:
    """development, trend, n_found and n_stages of each row; only stages where `filled` is not null count."""
    stages = filled.columns
    seen = pl.concat(
        [
            pl.DataFrame({"edge": range(filled.height), "stage": number, "value": filled[s], "found": present[s]})
            for number, s in enumerate(stages)
        ]
    ).drop_nulls("value")
    ranked = seen.with_columns(pl.col("stage", "value").rank("average").over("edge"))
    after_first = pl.col("found").sort_by("stage").cum_max()
    summed = ranked.group_by("edge").agg(
        n_stages=pl.len().cast(pl.Int64),
        n_found=pl.col("found").sum().cast(pl.Int64),
        before=(~after_first).sum().cast(pl.Int64),
        trend=pl.when(pl.col("value").n_unique() > 1).then(pl.corr("stage", "value")).round_sig_figs(DIGITS),
    )
    always = pl.col("n_found") == pl.col("n_stages") - pl.col("before")
    appearing = always & (pl.col("before") >= criteria.min_before) & (pl.col("n_found") >= _STAY)
    trend = pl.col("trend").fill_null(0.0)
    some = trend.abs() > 0
    development = (
        pl.when(pl.col("n_stages") < LEAST_STAGES)
        .then(pl.lit(UNCLASSIFIED))
        .when(appearing)
        .then(pl.lit(APPEARING))
        .when(some & (trend >= criteria.min_trend))
        .then(pl.lit(GROWING))
        .when(some & (trend <= -criteria.min_trend))
        .then(pl.lit(SHRINKING))
        .when(always & (pl.col("before") == 0))
        .then(pl.lit(STABLE))
        .otherwise(pl.lit(VARIABLE))
    )
    return summed.sort("edge").select("n_found", "n_stages", "trend", development=development)


def _found(criteria: DevelopmentCriteria, reader: Reader) -> tuple[pl.DataFrame, tuple[str, ...]]:
    found = compared(criteria, reader)
    if len(found.members) < LEAST_STAGES:
        raise UsageError(
            f"{len(found.members)} stages are no development", f"give {LEAST_STAGES} networks or more, in order"
        )
    if criteria.measure == "weight" and len(set(found.units)) > 1:
        said = ", ".join(sorted({unit_text(unit) for unit in found.units}))
        raise UsageError(f"the stages' weights count different things: {said}", "use measure=share, or other networks")
    edges = courses(found, criteria).filter(pl.col("development").is_in(criteria.development))
    return edges, found.members


def _plan(criteria: DevelopmentCriteria, reader: Reader) -> pl.DataFrame:
    edges, stages = _found(criteria, reader)
    rank = pl.col("development").replace_strict({c: n for n, c in enumerate(COURSES)}, return_dtype=pl.Int64)
    whole = pl.sum_horizontal(pl.col(stage).fill_null(0.0) for stage in stages).round_sig_figs(DIGITS)
    keys = [rank.alias("rank"), whole.alias("whole"), *(pl.col(c) for c in ("source", "target", *PAIR[:2]))]
    ordered = edges.sort(keys, descending=[False, True, *4 * [False]])
    return ordered.select(*(c.name for c in _COLUMNS), *stages)


def _counts_plan(criteria: DevelopmentCriteria, reader: Reader) -> pl.DataFrame:
    edges, stages = _found(criteria, reader)
    summed = edges.group_by("development").agg(
        n_edges=pl.len().cast(pl.Int64), **{stage: total(stage) for stage in stages}
    )
    all_courses = pl.DataFrame({"development": [c for c in COURSES if c in criteria.development]})
    counted = all_courses.join(summed, on="development", how="left", maintain_order="left").with_columns(
        pl.col("n_edges", *stages).fill_null(0)
    )
    whole = pl.col("n_edges").sum()
    share = pl.when(whole > 0).then((pl.col("n_edges") / whole).round_sig_figs(DIGITS))
    return counted.with_columns(share=share).select(*(c.name for c in _COUNTS), *stages)


_COLUMNS = (
    Column("source", TEXT, "name of the source, or of one end where the kind is undirected"),
    Column("target", TEXT, "name of the target, or of the other end"),
    Column("development", TEXT, ", ".join(COURSES)),
    Column(
        "trend",
        REAL,
        "Spearman's rank correlation of measure and stage, ties averaged; null where all values are the same",
    ),
    Column("n_found", WHOLE, "stages with the edge"),
    Column("n_stages", WHOLE, "stages that hold both cells"),
    Column("source_uid", TEXT, "id of the source"),
    Column("target_uid", TEXT, "id of the target"),
)
_COUNTS = (
    Column("development", TEXT, ", ".join(COURSES)),
    Column("n_edges", WHOLE, "edges"),
    Column("share", REAL, "of the edges listed"),
)
_ABOUT = f"The stages stand in the order of `of`, those of one dataset in the order of their numbers. {HOLDS} {RULE}"
_EXAMPLE = {"of": "celegans/witvliet2021"}

DEVELOPMENT = NamedQuery(
    "development",
    "Edges over ordered networks: the weight at each, and whether it is stable, grows, shrinks, appears or varies",
    DevelopmentCriteria,
    first_statement,
    _EXAMPLE,
    columns=_COLUMNS,
    open_columns="a column for each stage: the measure there; 0 where the stage holds both cells and has no such edge, "
    "null where it does not hold them",
    about=_ABOUT,
    plan=_plan,
)

DEVELOPMENT_COUNTS = NamedQuery(
    "development-counts",
    "How many edges are stable, grow, shrink, appear or vary over ordered networks",
    DevelopmentCriteria,
    first_statement,
    _EXAMPLE,
    columns=_COUNTS,
    open_columns="a column for each stage: the measure there, summed over the edges",
    about=_ABOUT,
    plan=_counts_plan,
)
