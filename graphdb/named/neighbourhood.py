"""Everything within some hops of a cell."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from graphdb.named.anchor import at_cells
from graphdb.named.cells import Cells
from graphdb.named.definition import TEXT, WHOLE, Column, NamedQuery, Reader, Statement, typed
from graphdb.named.edges import BOTH, DIRECTIONS, EdgeCriteria, arrow, incident, one_way
from graphdb.named.spread import Front

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
    """All nodes and their distances where the engine can say it, else the first hop."""
    if not _at_once(criteria, dialect):
        return incident(criteria.neuron, criteria, criteria.direction, dialect)
    said = " AND ".join(criteria.conditions("e"))
    inside = f" (e, n | WHERE {said})" if said else ""
    way = BOTH if criteria.never_directed else criteria.direction
    pattern = arrow(way, "r", f"{criteria.types}* SHORTEST 1..{criteria.hops}{inside}")
    result = (
        "RETURN b.uid AS uid, b.name AS name, b.kind AS kind, b.`class` AS class, b.type AS type, "
        "b.node_set AS node_set, length(r) AS hops"
    )
    return at_cells(criteria.neuron, dialect, "a", f"{pattern}(b)", [], result, criteria.parameters)


def nearest_first(criteria: NeighbourhoodCriteria, reader: Reader) -> pl.DataFrame:
    """Each node once, at its least distance from any of the cells; the cells themselves are not in it."""
    if _at_once(criteria, reader.dialect):
        rows = typed(reader.rows(neighbourhood(criteria, reader.dialect)), hops=WHOLE)
    else:
        rows = _hop_by_hop(criteria, reader)
    started = pl.col("uid").is_in(criteria.neuron.uids)
    return (
        rows.filter(~started)
        .group_by("uid", "name", "kind", "class", "type", "node_set")
        .agg(pl.col("hops").min())
        .with_columns(direction=pl.lit(criteria.direction))
        .sort("hops", "name", "uid")
    )


def _at_once(criteria: NeighbourhoodCriteria, dialect: str) -> bool:
    return dialect == "ladybug" and one_way(criteria, criteria.direction)


def _hop_by_hop(criteria: NeighbourhoodCriteria, reader: Reader) -> pl.DataFrame:
    front = Front.at(criteria.neuron)
    while front.hops < criteria.hops and front.cells:
        front.advance(criteria, criteria.direction, reader)
    rows = pl.concat(front.edges).rename({"partner": "name", "node_kind": "kind"})
    columns = ("uid", "name", "kind", "class", "type", "node_set")
    hops = pl.col("uid").replace_strict(front.distance, default=None, return_dtype=WHOLE)
    return rows.select(pl.col(columns).cast(TEXT), hops.alias("hops")).unique("uid")


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
    plan=nearest_first,
)
