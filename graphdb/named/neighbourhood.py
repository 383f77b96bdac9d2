"""Everything within some hops of a cell."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from graphdb.named.anchor import at_cells
from graphdb.named.cells import Cells
from graphdb.named.definition import TEXT, WHOLE, Column, NamedQuery, Statement, typed
from graphdb.named.edges import DIRECTIONS, EdgeCriteria, walks

MAX_HOPS = 4


@dataclass(frozen=True, kw_only=True)
class NeighbourhoodCriteria(EdgeCriteria):
    """Criteria of @neighbourhood."""

    neuron: Cells = field(metadata={"help": "cells or regions to start from"})
    hops: int = field(default=2, metadata={"help": "how far", "between": (1, MAX_HOPS)})
    direction: str = field(
        default="out", metadata={"help": "out (downstream), in (upstream) or both", "choices": DIRECTIONS}
    )


def neighbourhood(criteria: NeighbourhoodCriteria, dialect: str) -> Statement:
    """The nodes at the end of every walk of one to `hops` edges."""
    return reached(criteria.neuron, criteria, criteria.direction, criteria.hops, dialect)


def reached(cells: Cells, criteria: EdgeCriteria, direction: str, hops: int, dialect: str) -> Statement:
    """Nodes that walks of one to `hops` edges from the cells reach, one row for each length."""
    statements = []
    for hop in range(1, hops + 1):
        end = f"n{hop}"
        for walk in walks(criteria, direction, hop, dialect):
            rest = (
                f"{walk} RETURN DISTINCT {end}.uid AS uid, {end}.name AS name, {end}.kind AS kind, "
                f"{end}.`class` AS class, {end}.type AS type, {end}.node_set AS node_set, {hop} AS hops"
            )
            statements.append(at_cells(cells, dialect, "n0", rest, criteria.parameters))
    return Statement(
        " UNION ALL ".join(s.cypher for s in statements),
        {name: value for s in statements for name, value in s.parameters.items()},
    )


def nearest_first(rows: pl.DataFrame, criteria: NeighbourhoodCriteria) -> pl.DataFrame:
    """Each node once, at its least distance from any of the cells; the cells themselves are not in it."""
    started = pl.col("uid").is_in(criteria.neuron.uids)
    return (
        typed(rows, hops=WHOLE)
        .filter(~started)
        .group_by("uid", "name", "kind", "class", "type", "node_set")
        .agg(pl.col("hops").min())
        .with_columns(direction=pl.lit(criteria.direction))
        .sort("hops", "name", "uid")
    )


NEIGHBOURHOOD = NamedQuery(
    "neighbourhood",
    "Cells within some hops of a cell, downstream, upstream or either way",
    NeighbourhoodCriteria,
    neighbourhood,
    {"neuron": "ASHL", "hops": "2", "dataset": "celegans/cook2019", "min_weight": "10"},
    (
        Column("hops", WHOLE, "edges on the shortest way from the nearest of the cells"),
        Column("direction", TEXT, "out: pre to post; in: post to pre; both: either way"),
        Column("name", TEXT, "name of the cell that is reached"),
        Column("kind", TEXT, "its kind"),
        Column("class", TEXT, "its class"),
        Column("type", TEXT, "its finer kind"),
        Column("node_set", TEXT, "its node set"),
        Column("uid", TEXT, "its id"),
    ),
    about=f"At most {MAX_HOPS} hops. Undirected edges are walked both ways. Every edge of a way fits all criteria.",
    finish=nearest_first,
)
