"""Connections summed over groups of cells: class by class, type by type, transmitter by transmitter."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from graphdb.named.connectomes import DIGITS, REFERENCE, Network, networks_of, total, typed
from graphdb.named.definition import REAL, TEXT, WHOLE, Column, NamedQuery, Reader, Statement, edge_type
from schemas.kinds import WEIGHTED_KINDS

_SEVERAL = ("monoamine", "peptide")  # several edges may join one pair, by different messengers
SUMS: dict[str, pl.DataType] = {
    **dict.fromkeys(("network", "source", "target"), TEXT),
    **dict.fromkeys(("n", "n_autapses"), WHOLE),
    "weight": REAL,
}
SIZES: dict[str, pl.DataType] = {"network": TEXT, "unit": TEXT, "cells": WHOLE}
_GROUPS = ("class", "type", "neurotransmitter", "hemisphere", "kind")


@dataclass(frozen=True)
class AggregateCriteria:
    """Criteria of @aggregate."""

    of: str = field(metadata={"help": REFERENCE, "reference": True})
    kind: str = field(default="chemical", metadata={"help": "kind of edge", "choices": WEIGHTED_KINDS})
    by: str = field(default="class", metadata={"help": "what makes cells a group", "choices": _GROUPS})
    min_weight: float | None = field(default=None, metadata={"help": "least weight of an edge"})


def aggregate(criteria: AggregateCriteria, networks: tuple[Network, ...]) -> Statement:
    """Pairs of cells, autapses and weight for each pair of groups, summed by the engine."""
    parameters: dict[str, object] = {"networks": [n.uid for n in networks]}
    heavier = ""
    if criteria.min_weight is not None:
        parameters["min_weight"] = criteria.min_weight
        heavier = " AND r.weight >= $min_weight"
    match = f"MATCH (a)-[r:`{edge_type(criteria.kind)}`]->(b) WHERE r.network IN $networks{heavier} "
    weight = "coalesce(r.weight, 0.0)"
    if criteria.kind in _SEVERAL:
        match += f"WITH r.network AS network, a, b, sum({weight}) AS weight "
        network, weight = "network", "weight"
    else:
        network = "r.network"
    cypher = (
        f"{match}RETURN {network} AS network, a.`{criteria.by}` AS source, b.`{criteria.by}` AS target, "
        f"count(*) AS n, sum(CASE WHEN a.uid = b.uid THEN 1 ELSE 0 END) AS n_autapses, sum({weight}) AS weight"
    )
    return Statement(cypher, parameters)


def group_sizes(criteria: AggregateCriteria, networks: tuple[Network, ...]) -> Statement:
    """Cells of each group that have a connection of the kind in the network."""
    cypher = (
        f"MATCH (a)-[r:`{edge_type(criteria.kind)}`]-() WHERE r.network IN $networks "
        f"RETURN r.network AS network, a.`{criteria.by}` AS unit, count(DISTINCT a.uid) AS cells"
    )
    return Statement(cypher, {"networks": [n.uid for n in networks]})


def densities(sums: pl.DataFrame, sizes: pl.DataFrame, networks: tuple[Network, ...]) -> pl.DataFrame:
    """Sums over groups with the share of possible pairs that is connected.

    Args:
        sums: network, source, target, n, n_autapses, weight.
        sizes: network, unit, cells.
        networks: whose; the two orders of a pair of groups are one where a network is undirected.
    """
    directed = pl.DataFrame(
        {"network": [n.uid for n in networks], "directed": [n.directed for n in networks]},
        schema={"network": pl.String, "directed": pl.Boolean},
    )
    joined = sums.join(directed, on="network")
    turned = ~pl.col("directed") & (pl.col("source").fill_null("") > pl.col("target").fill_null(""))
    ordered = joined.with_columns(
        pl.when(turned).then("target").otherwise("source").alias("source"),
        pl.when(turned).then("source").otherwise("target").alias("target"),
    )
    keys = ["network", "source", "target"]
    summed = ordered.group_by(*keys, "directed").agg(pl.col("n", "n_autapses").sum(), total("weight"))
    for end in ("source", "target"):
        size = sizes.rename({"unit": end, "cells": f"{end}_cells"})
        summed = summed.join(size, on=["network", end], how="left", nulls_equal=True)
    same = pl.col("source").eq_missing(pl.col("target"))
    own = pl.col("source_cells") * (pl.col("source_cells") - 1)
    possible = (
        pl.when(same & pl.col("directed"))
        .then(own)
        .when(same)
        .then(own // 2)
        .otherwise(pl.col("source_cells") * pl.col("target_cells"))
    )
    found = summed.with_columns(n_pairs=pl.col("n") - pl.col("n_autapses"), possible_pairs=possible)
    share = (pl.col("n_pairs") / pl.col("possible_pairs")).round_sig_figs(DIGITS)
    return found.with_columns(fraction=pl.when(pl.col("possible_pairs") > 0).then(share)).sort(
        "network", "weight", "source", "target", descending=[False, True, False, False], nulls_last=True
    )


def _plan(criteria: AggregateCriteria, reader: Reader) -> pl.DataFrame:
    networks = networks_of(reader, criteria.of, criteria.kind)
    sums = typed(reader.rows(aggregate(criteria, networks)), SUMS)
    sizes = typed(reader.rows(group_sizes(criteria, networks)), SIZES)
    return densities(sums, sizes, networks).select(c.name for c in _COLUMNS)


_COLUMNS = (
    Column("network", TEXT, "the network"),
    Column("source", TEXT, "group of the source; null for cells without one"),
    Column("target", TEXT, "group of the target"),
    Column("source_cells", WHOLE, "cells of the source group that have a connection of this kind in the network"),
    Column("target_cells", WHOLE, "the same of the target group"),
    Column("n_pairs", WHOLE, "connected pairs of two different cells"),
    Column("possible_pairs", WHOLE, "pairs of two different cells, one of each group"),
    Column("fraction", REAL, "n_pairs / possible_pairs; null where no pair is possible"),
    Column("n_autapses", WHOLE, "cells connected with themselves, not counted as pairs"),
    Column("weight", REAL, "summed weight, of pairs and autapses"),
)

AGGREGATE = NamedQuery(
    "aggregate",
    "Connections summed over classes, types, transmitters or sides of cells",
    AggregateCriteria,
    lambda criteria, _dialect: aggregate(criteria, (_named(criteria),)),
    {"of": "celegans/cook2019", "by": "type"},
    columns=_COLUMNS,
    about="Only cells with at least one connection of the kind in the network count as possible partners: a cell "
    "that was not imaged is not one that has no connections. A pair joined by several messengers is one pair. Where "
    "the network is undirected, the two orders of a pair of groups are one row.",
    plan=_plan,
)


def _named(criteria: AggregateCriteria) -> Network:
    return Network(criteria.of, criteria.of, "", criteria.kind, directed=True, weight_unit=None)
