"""In how many connectomes a pair of cells is connected, and in which."""

from __future__ import annotations

import polars as pl

from graphdb.named.compared import ByCriteria, Compared, compared, first_statement
from graphdb.named.coverage import HOLDS
from graphdb.named.definition import WHOLE, Column, NamedQuery, Reader

_EDGES = ("n_pairs", "n_held")


def combinations_of(found: Compared) -> pl.DataFrame:
    """Each set of members that have pairs which no other member has.

    Args:
        found: the members side by side.

    Returns:
        n_pairs, n_held, n_found, n_of, and for each member whether it has the pairs; the most pairs first.
    """
    members = list(found.members)
    held = found.held().select(pl.all_horizontal(members).alias("held"))
    flags = found.pairs.select(pl.col(m).is_not_null() for m in members).hstack(held)
    counted = flags.group_by(members).agg(n_pairs=pl.len().cast(pl.Int64), n_held=pl.col("held").sum().cast(pl.Int64))
    n_found = pl.sum_horizontal(pl.col(m).cast(pl.Int64) for m in members)
    whole = counted.with_columns(n_found=n_found, n_of=pl.lit(len(members), pl.Int64))
    order = ["n_pairs", "n_found", *members]
    return whole.sort(order, descending=True).select(*_EDGES, "n_found", "n_of", *members)


def counts_of(found: Compared) -> pl.DataFrame:
    """n_found from all members down to 1, n_of, n_pairs, n_held; 0 where no pair is in so many."""
    sizes = pl.DataFrame({"n_found": range(len(found.members), 0, -1)}, schema={"n_found": pl.Int64})
    summed = combinations_of(found).group_by("n_found").agg(pl.col(_EDGES).sum())
    counted = sizes.join(summed, on="n_found", how="left", maintain_order="left")
    return counted.with_columns(pl.col(_EDGES).fill_null(0), n_of=pl.lit(len(found.members), pl.Int64))


def _plan(criteria: ByCriteria, reader: Reader) -> pl.DataFrame:
    return combinations_of(compared(criteria, reader, criteria.by))


def _counts_plan(criteria: ByCriteria, reader: Reader) -> pl.DataFrame:
    return counts_of(compared(criteria, reader, criteria.by))


_PAIRS = (
    Column("n_pairs", WHOLE, "pairs of cells with an edge in exactly these"),
    Column("n_held", WHOLE, "of them, those whose two cells all that are compared hold"),
)
_COLUMNS = (
    *_PAIRS,
    Column("n_found", WHOLE, "how many these are"),
    Column("n_of", WHOLE, "how many are compared"),
)
_COUNTS = (
    Column("n_found", WHOLE, "in how many"),
    Column("n_of", WHOLE, "of how many"),
    Column("n_pairs", WHOLE, "pairs of cells with an edge in exactly so many"),
    Column("n_held", WHOLE, "of them, those whose two cells all that are compared hold"),
)
_ABOUT = f"{HOLDS} So `n_held` counts where an absent edge is known to be absent. The pairs themselves: @shared-edges."
_EXAMPLE = {"of": "celegans/cook2019,celegans/witvliet2021/stage7,celegans/witvliet2021/stage8"}

PRESENT_IN = NamedQuery(
    "present-in",
    "Which connectomes have pairs of cells in common: the number of pairs for each combination (UpSet)",
    ByCriteria,
    first_statement,
    _EXAMPLE,
    columns=_COLUMNS,
    open_columns="a column for each that is compared: whether it has the pairs",
    about=_ABOUT,
    plan=_plan,
)

PRESENT_IN_COUNTS = NamedQuery(
    "present-in-counts",
    "How many pairs of cells are connected in exactly n of m connectomes",
    ByCriteria,
    first_statement,
    _EXAMPLE,
    columns=_COUNTS,
    about=_ABOUT,
    plan=_counts_plan,
)
