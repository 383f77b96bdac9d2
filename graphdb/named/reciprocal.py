"""Pairs of cells that connect to each other both ways."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from graphdb.named.anchor import at_cells
from graphdb.named.cells import Cells
from graphdb.named.definition import REAL, TEXT, Column, NamedQuery, Statement, label_of, typed
from graphdb.named.edges import KIND_OF_TYPE, EdgeCriteria, kept
from graphdb.named.partners import EDGE_COLUMNS
from schemas.errors import UsageError

_SIDES = ("uid", "name", "class")


@dataclass(frozen=True, kw_only=True)
class ReciprocalCriteria(EdgeCriteria):
    """Criteria of @reciprocal."""

    names: Cells | None = field(default=None, metadata={"help": "only pairs with one of these cells"})


def reciprocal(criteria: ReciprocalCriteria, dialect: str) -> Statement:
    """Two edges of one network, the one back from where the other leads."""
    if criteria.never_directed:
        raise UsageError(
            f"@reciprocal: edges of kind {', '.join(criteria.kind)} have no direction", "e.g. kind=chemical"
        )
    said = [*criteria.conditions("r"), *criteria.conditions("q"), "r.network = q.network", "r.directed = true"]
    columns = (
        "RETURN a.uid AS a_uid, a.name AS a_name, a.`class` AS a_class, b.uid AS b_uid, b.name AS b_name, "
        f"b.`class` AS b_class, {label_of('r', dialect)} AS edge, r.weight AS forth, q.weight AS back, "
        "r.network AS network, r.dataset AS dataset"
    )
    pattern = f"-[r:{criteria.types}]->(b), (b)-[q:{criteria.types}]->(a)"
    if criteria.names is None:
        return Statement(f"MATCH (a){kept(pattern, [*said, 'a.uid < b.uid'], dialect)} {columns}", criteria.parameters)
    rest = kept("", [*said, "a.uid <> b.uid"], dialect).strip()
    return at_cells(criteria.names, dialect, "a", pattern, [], f"{rest} {columns}", criteria.parameters)


def strongest_pairs(rows: pl.DataFrame, _criteria: ReciprocalCriteria) -> pl.DataFrame:
    """Each pair once, lesser uid first; the pair whose weaker side is strongest comes first."""
    turned = pl.col("a_uid") > pl.col("b_uid")
    ends = [
        pl.when(turned).then(f"{theirs}_{column}").otherwise(f"{ours}_{column}").alias(f"{ours}_{column}")
        for column in _SIDES
        for ours, theirs in (("a", "b"), ("b", "a"))
    ]
    weights = [
        pl.when(turned).then("back").otherwise("forth").cast(pl.Float64).alias("weight_a_to_b"),
        pl.when(turned).then("forth").otherwise("back").cast(pl.Float64).alias("weight_b_to_a"),
    ]
    weaker = pl.min_horizontal("weight_a_to_b", "weight_b_to_a")
    stronger = pl.max_horizontal("weight_a_to_b", "weight_b_to_a")
    kind = pl.col("edge").replace_strict(KIND_OF_TYPE, default=None, return_dtype=pl.String)
    return (
        typed(rows, forth=REAL, back=REAL)
        .with_columns(*ends, *weights, edge=kind)
        .unique(["a_uid", "b_uid", "network", "edge", "weight_a_to_b", "weight_b_to_a"])
        .with_columns(weaker=weaker, stronger=stronger)
        .with_columns(balance=pl.when(pl.col("stronger") > 0).then(pl.col("weaker") / pl.col("stronger")))
        .sort(
            "weaker",
            "stronger",
            "a_uid",
            "b_uid",
            "network",
            "weight_a_to_b",
            descending=[True, True, False, False, False, False],
            nulls_last=True,
        )
        .rename({"a_name": "a", "b_name": "b"})
    )


RECIPROCAL = NamedQuery(
    "reciprocal",
    "Pairs of cells that connect to each other both ways in one network",
    ReciprocalCriteria,
    reciprocal,
    {"dataset": "celegans/cook2019", "min_weight": "20"},
    (
        Column("a", TEXT, "the cell of lesser id"),
        Column("b", TEXT, "the cell of greater id"),
        Column("weight_a_to_b", REAL, "strength with a pre and b post, in the network's unit"),
        Column("weight_b_to_a", REAL, "strength with b pre and a post"),
        Column("balance", REAL, "the weaker over the stronger, 0 to 1"),
        Column("a_class", TEXT, "class of a"),
        Column("b_class", TEXT, "class of b"),
        *EDGE_COLUMNS,
        Column("a_uid", TEXT, "id of a"),
        Column("b_uid", TEXT, "id of b"),
    ),
    about="Both directions fit all criteria. A cell that connects to itself is no pair.",
    finish=strongest_pairs,
)
