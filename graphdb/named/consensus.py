"""Edges that several connectomes agree on, each weight in its own unit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import polars as pl

from graphdb.named.compared import Compared, ComparedCriteria, compared, first_statement
from graphdb.named.connectomes import DIGITS, PAIR, unit_text
from graphdb.named.coverage import HOLDS
from graphdb.named.definition import REAL, TEXT, WHOLE, Column, NamedQuery, Reader
from schemas.errors import UsageError


@dataclass(frozen=True)
class ConsensusCriteria(ComparedCriteria):
    """Criteria of @consensus."""

    min_found: int = field(default=2, metadata={"help": "in how many an edge must be found", "between": (1, None)})
    min_share: float = field(
        default=0.5,
        metadata={
            "help": "in what share of the networks that hold both cells it must be found",
            "between": (0.0, 1.0),
        },
    )


def weighed(found: Compared) -> pl.DataFrame:
    """Every edge with its weights, and their mean over networks that count the same.

    Args:
        found: the networks side by side.

    Returns:
        source_uid, target_uid, source, target, n_found, n_held, n_of, share; `network (unit)` for each network, 0 where
        it holds both cells and has no edge, null where it does not hold them; `mean (unit)` for each unit of two
        networks or more, over those that hold both cells.
    """
    held, names = found.held(), dict(zip(found.members, found.units, strict=True))
    titles = {m: f"{m} ({unit_text(unit)})" for m, unit in names.items()}
    weights = {
        titles[m]: pl.select(pl.when(held[m]).then(found.pairs[m].fill_null(0.0))).to_series() for m in found.members
    }
    frame = found.pairs.select(PAIR).with_columns(
        n_found=found.pairs.select(_count(pl.col(m).is_not_null() for m in found.members)).to_series(),
        n_held=held.select(_count(pl.col(m) for m in found.members)).to_series(),
        n_of=pl.lit(len(found.members), pl.Int64),
        **weights,
    )
    share = (pl.col("n_found") / pl.col("n_held")).round_sig_figs(DIGITS)
    means = {
        f"mean ({unit})": pl.mean_horizontal(titles[m] for m in same).round_sig_figs(DIGITS)
        for unit, same in _of_one_unit(names).items()
    }
    counts = ("n_found", "n_held", "n_of", "share")
    return frame.with_columns(share=share, **means).select(*PAIR, *counts, *weights, *means)


def _count(flags: Iterable[pl.Expr]) -> pl.Expr:
    return pl.sum_horizontal(flag.cast(pl.Int64) for flag in flags)


def _of_one_unit(units: dict[str, str | None]) -> dict[str, list[str]]:
    """Networks by unit, where there are several; those without a unit may count anything."""
    found: dict[str, list[str]] = {}
    for member, unit in units.items():
        if unit is not None:
            found.setdefault(unit, []).append(member)
    return {unit: members for unit, members in found.items() if len(members) > 1}


def _plan(criteria: ConsensusCriteria, reader: Reader) -> pl.DataFrame:
    found = compared(criteria, reader)
    if criteria.min_found > len(found.members):
        raise UsageError(
            f"min_found {criteria.min_found} is more than the {len(found.members)} compared", "give a lower one"
        )
    agreed = weighed(found).filter((pl.col("n_found") >= criteria.min_found) & (pl.col("share") >= criteria.min_share))
    order = ["share", "n_found", "source", "target", "source_uid", "target_uid"]
    first = [c.name for c in _COLUMNS]
    return agreed.sort(order, descending=[True, True, *4 * [False]]).select(*first, pl.exclude(first))


_COLUMNS = (
    Column("source", TEXT, "name of the source, or of one end where the kind is undirected"),
    Column("target", TEXT, "name of the target, or of the other end"),
    Column("n_found", WHOLE, "in how many networks it is found"),
    Column("n_held", WHOLE, "how many hold both cells"),
    Column("n_of", WHOLE, "how many are compared"),
    Column("share", REAL, "n_found / n_held"),
    Column("source_uid", TEXT, "id of the source"),
    Column("target_uid", TEXT, "id of the target"),
)

CONSENSUS = NamedQuery(
    "consensus",
    "Edges that several connectomes agree on, with the weight in each and its unit",
    ConsensusCriteria,
    first_statement,
    {"of": "celegans/cook2019,celegans/witvliet2021/stage7,celegans/witvliet2021/stage8"},
    columns=_COLUMNS,
    open_columns="a column for each network, with its unit: the edge's weight, 0 where the network holds both cells and"
    " has no such edge, null where it does not hold them; and for each unit of several networks the mean over those of "
    "them that hold both cells. Networks that count different things, or do not say what, have no mean",
    about=f"The rule: an edge is agreed on if at least `min_found` networks have it, and at least `min_share` of those "
    f"that hold both its cells. {HOLDS}",
    plan=_plan,
)
