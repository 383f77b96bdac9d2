"""Edges found in n of m connectomes."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from graphdb.named.connectomes import (
    REFERENCE,
    Network,
    edges_of,
    edges_statement,
    member_of,
    networks_of,
    same_node_set,
    total,
    units_of,
)
from graphdb.named.definition import TEXT, WHOLE, Column, NamedQuery, Reader
from schemas.errors import UsageError
from schemas.kinds import EDGE_KINDS

MOST = 500
_KINDS = tuple(kind for kind in EDGE_KINDS if kind != "vessel")
PAIR = ["source_uid", "target_uid", "source", "target"]


@dataclass(frozen=True)
class SharedEdgesCriteria:
    """Criteria of @shared-edges."""

    of: tuple[str, ...] = field(
        metadata={"help": f"what to compare, with commas between; each the {REFERENCE}", "reference": True}
    )
    kind: str = field(default="chemical", metadata={"help": "kind of edge", "choices": _KINDS})
    min_found: int = field(default=1, metadata={"help": "in how many an edge must be found", "between": (1, None)})
    by: str = field(
        default="network",
        metadata={
            "help": "network: every network counts by itself; dataset: the networks of a dataset are one, an edge's "
            "weight is the mean over them with 0 where it is absent",
            "choices": ("network", "dataset"),
        },
    )
    min_weight: float | None = field(default=None, metadata={"help": "least weight of an edge in a network"})


def presence(edges: pl.DataFrame, networks: tuple[Network, ...], by: str) -> pl.DataFrame:
    """Pairs with the number of members that have them, and the weight in each.

    Args:
        edges: network, source_uid, source, target_uid, target, weight; several rows of a pair are summed.
        networks: all that are compared, also those without an edge.
        by: "network" or "dataset", what a member is.

    Returns:
        source_uid, target_uid, source, target, n_found, n_of, and a column for every member, null where absent.
    """
    of = member_of(networks, by)
    members = list(dict.fromkeys(of.values()))
    sizes = {member: list(of.values()).count(member) for member in members}
    named = edges.with_columns(member=pl.col("network").replace_strict(of, return_dtype=pl.String))
    weights = named.group_by(*PAIR, "member").agg(total("weight"))
    size = pl.col("member").replace_strict(sizes, return_dtype=pl.Int64)
    mean = weights.with_columns(weight=pl.col("weight") / size)
    wide = mean.pivot(on="member", index=PAIR, values="weight", on_columns=members, aggregate_function="first")
    found = pl.sum_horizontal(pl.col(member).is_not_null().cast(pl.Int64) for member in members)
    counts = (found.alias("n_found"), pl.lit(len(members), pl.Int64).alias("n_of"))
    return wide.select(*PAIR, *counts, *(pl.col(member) for member in members))


def _plan(criteria: SharedEdgesCriteria, reader: Reader) -> pl.DataFrame:
    each = [network for of in criteria.of for network in networks_of(reader, of, criteria.kind)]
    networks = tuple(dict.fromkeys(each))
    same_node_set(networks)
    members = units_of(networks, criteria.by)
    if not 2 <= len(members) <= MOST:  # noqa: PLR2004
        raise UsageError(
            f"@shared-edges compares 2 to {MOST} {criteria.by}s, not {len(members)}",
            "give several datasets or networks with commas between, or by=network for the networks of one dataset",
        )
    if criteria.min_found > len(members):
        raise UsageError(f"min_found {criteria.min_found} is more than the {len(members)} compared", "give a lower one")
    edges = edges_of(reader, criteria.kind, networks, criteria.min_weight)
    found = presence(edges, networks, criteria.by).filter(pl.col("n_found") >= criteria.min_found)
    order = ["n_found", "source", "target", "source_uid", "target_uid"]
    first = [c.name for c in _COLUMNS]
    return found.sort(order, descending=[True, *4 * [False]]).select(*first, pl.exclude(first))


_COLUMNS = (
    Column("source", TEXT, "name of the source, or of one end where the kind is undirected"),
    Column("target", TEXT, "name of the target, or of the other end"),
    Column("n_found", WHOLE, "in how many it is found"),
    Column("n_of", WHOLE, "how many are compared"),
    Column("source_uid", TEXT, "id of the source"),
    Column("target_uid", TEXT, "id of the target"),
)

SHARED_EDGES = NamedQuery(
    "shared-edges",
    "Edges found in n of m connectomes, with the weight in each",
    SharedEdgesCriteria,
    lambda criteria, _dialect: edges_statement(
        criteria.kind,
        tuple(Network(of, of, "", criteria.kind, directed=True, weight_unit=None) for of in criteria.of),
        criteria.min_weight,
    ),
    {"of": "celegans/cook2019,celegans/witvliet2021/stage7,celegans/witvliet2021/stage8", "min_found": "2"},
    columns=_COLUMNS,
    open_columns="a column for each that is compared, with the edge's weight there; null where it is absent",
    about="Weights keep their units, which differ between sources. Absent may mean that a cell was not imaged.",
    plan=_plan,
)
