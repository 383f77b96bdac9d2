"""How connected the cells of a network are, and which of them are hubs."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from graphdb.named.anchor import where
from graphdb.named.cells import Cells
from graphdb.named.definition import FLAG, REAL, TEXT, WHOLE, Column, NamedQuery, Statement, label_of, typed
from graphdb.named.edges import KIND_OF_TYPE, EdgeCriteria
from graphdb.named.partners import EDGE_COLUMNS

MEASURES = ("degree", "in_degree", "out_degree", "strength", "in_strength", "out_strength")
_DIGITS = 12  # of a sum: the engines add up in their own order, which changes the last digits
_NODE = ("uid", "name", "kind", "class", "network", "dataset", "edge", "directed")


@dataclass(frozen=True, kw_only=True)
class DegreesCriteria(EdgeCriteria):
    """Criteria of @degrees."""

    names: Cells | None = field(default=None, metadata={"help": "show only these cells; ranks are among all"})
    by: str = field(default="degree", metadata={"help": "what ranks them", "choices": MEASURES})
    hub_z: float = field(default=2.0, metadata={"help": "a hub lies at least so many deviations above the mean"})
    hubs_only: bool = field(default=False, metadata={"help": "show only hubs"})
    top: int = field(default=1_000_000, metadata={"help": "the first so many of each network", "between": (1, None)})


def degrees(criteria: DegreesCriteria, dialect: str) -> Statement:
    """Edges and their weights, counted at their sources and at their targets."""
    parts = [
        f"MATCH (n){left}[r:{criteria.types}]{right}(m){where(criteria.conditions('r'))} "
        f"RETURN n.uid AS uid, n.name AS name, n.kind AS kind, n.`class` AS class, '{way}' AS way, "
        f"{label_of('r', dialect)} AS edge, r.directed AS directed, r.network AS network, r.dataset AS dataset, "
        "count(*) AS edges, sum(r.weight) AS weight, "
        "sum(CASE WHEN n.uid = m.uid THEN 1 ELSE 0 END) AS loops, "
        "sum(CASE WHEN n.uid = m.uid THEN r.weight ELSE 0.0 END) AS loop_weight"
        for way, left, right in (("out", "-", "->"), ("in", "<-", "-"))
    ]
    return Statement(" UNION ALL ".join(parts), criteria.parameters)


def most_connected_first(rows: pl.DataFrame, criteria: DegreesCriteria) -> pl.DataFrame:
    """One row per cell and network, ranked within its network."""
    found = _per_node(rows).sort("network", "edge", "uid")
    of = ("network", "edge")
    value = pl.col(criteria.by).cast(pl.Float64)
    # The deviation of the whole population: these are all nodes of the network, not a sample.
    spread = value.std(ddof=0).over(of)
    ranked = found.with_columns(
        z=pl.when(spread > 0).then((value - value.mean().over(of)) / spread).round_sig_figs(_DIGITS),
        rank=value.rank("min", descending=True).over(of).cast(pl.Int64),
    ).with_columns(hub=(pl.col("z") >= criteria.hub_z).fill_null(value=False))
    ranked = ranked.sort("network", "edge", "rank", "name", "uid", nulls_last=True)
    if criteria.names is not None:
        ranked = ranked.filter(pl.col("uid").is_in(criteria.names.uids))
    if criteria.hubs_only:
        ranked = ranked.filter("hub")
    return ranked.group_by(of, maintain_order=True).head(criteria.top).select(ranked.columns)


def _per_node(rows: pl.DataFrame) -> pl.DataFrame:
    """Degrees and strengths of each node; null where an undirected network has no such thing."""
    kind = pl.col("edge").replace_strict(KIND_OF_TYPE, default=None, return_dtype=pl.String)
    counted = typed(rows, directed=FLAG, edges=WHOLE, loops=WHOLE, weight=REAL, loop_weight=REAL)
    counted = counted.with_columns(edge=kind)
    ways = []
    for way in ("in", "out"):
        one = counted.filter(pl.col("way") == way).select(
            *_NODE,
            pl.col("edges").alias(f"{way}_edges"),
            pl.col("weight").alias(f"{way}_weight"),
            pl.col("loops").alias(f"{way}_loops"),
            pl.col("loop_weight").alias(f"{way}_loop_weight"),
        )
        ways.append(one)
    both = ways[0].join(ways[1], on=list(_NODE), how="full", coalesce=True, nulls_equal=True).fill_null(0)
    directed = pl.col("directed")
    edges = pl.col("in_edges") + pl.col("out_edges")
    weight = pl.col("in_weight") + pl.col("out_weight")
    # A loop is at both ends of itself; without direction it counts once.
    return both.with_columns(
        degree=edges - pl.when(directed).then(0).otherwise(pl.col("out_loops")),
        in_degree=pl.when(directed).then("in_edges"),
        out_degree=pl.when(directed).then("out_edges"),
        strength=(weight - pl.when(directed).then(0.0).otherwise(pl.col("out_loop_weight"))).round_sig_figs(_DIGITS),
        in_strength=pl.when(directed).then(pl.col("in_weight").round_sig_figs(_DIGITS)),
        out_strength=pl.when(directed).then(pl.col("out_weight").round_sig_figs(_DIGITS)),
    )


DEGREES = NamedQuery(
    "degrees",
    "Degree and strength of the cells of each network, and its hubs",
    DegreesCriteria,
    degrees,
    {"dataset": "celegans/cook2019", "kind": "chemical", "top": "10"},
    (
        Column("rank", WHOLE, "place in the network by the measure asked for; equals share the best"),
        Column("name", TEXT, "name of the cell"),
        Column("degree", WHOLE, "edges at the cell"),
        Column("in_degree", WHOLE, "edges with the cell as post; none in an undirected network"),
        Column("out_degree", WHOLE, "edges with the cell as pre; none in an undirected network"),
        Column("strength", REAL, "sum of the weights at the cell, in the network's unit"),
        Column("in_strength", REAL, "sum of the weights with the cell as post"),
        Column("out_strength", REAL, "sum of the weights with the cell as pre"),
        Column("z", REAL, "deviations of the measure above the network's mean"),
        Column("hub", FLAG, "whether z is at least hub_z"),
        Column("kind", TEXT, "kind of the cell"),
        Column("class", TEXT, "class of the cell"),
        *EDGE_COLUMNS,
        Column("uid", TEXT, "id of the cell"),
    ),
    about=(
        "Mean and deviation are over the cells that have an edge in the network and fit the criteria. In a directed "
        "network a cell that connects to itself counts once in and once out; in an undirected one once. Sums are given "
        f"to {_DIGITS} digits."
    ),
    finish=most_connected_first,
)
