"""Who a cell connects to, and how much of its input or output that is."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from graphdb.named.cells import Cells
from graphdb.named.definition import REAL, TEXT, WHOLE, Column, NamedQuery, Statement
from graphdb.named.edges import DIRECTIONS, EdgeCriteria, incident, with_direction
from graphdb.named.partners import EDGE_COLUMNS

BY = {"partner": "partner", "class": "class", "kind": "node_kind", "type": "type", "dataset": "dataset"}
_OF = ("neuron_uid", "neuron", "direction", "edge", "network", "dataset")


@dataclass(frozen=True, kw_only=True)
class RankedPartnersCriteria(EdgeCriteria):
    """Criteria of @ranked-partners."""

    neuron: Cells = field(metadata={"help": "cells or regions: names, aliases, classes or uids, e.g. AVAL"})
    direction: str = field(
        default="both", metadata={"help": "out (its targets), in (its sources) or both", "choices": DIRECTIONS}
    )
    by: str = field(default="partner", metadata={"help": "what makes a row of the partners", "choices": tuple(BY)})
    min_percent: float = field(default=0.0, metadata={"help": "least share of a row", "between": (0, 100)})


def ranked_partners(criteria: RankedPartnersCriteria, dialect: str) -> Statement:
    """All edges at the cells: the share of the weak ones is part of the whole."""
    whole = EdgeCriteria(kind=criteria.kind, dataset=criteria.dataset, network=criteria.network)
    return incident(criteria.neuron, whole, criteria.direction, dialect)


def ranked(rows: pl.DataFrame, criteria: RankedPartnersCriteria) -> pl.DataFrame:
    """Rows with their share of all that the cell gives or receives in the same network, greatest first."""
    edges = with_direction(rows).with_columns(group=pl.col(BY[criteria.by]), weight=pl.col("weight").fill_null(0.0))
    # Added up in one order, so that the last bits are the same on every store.
    edges = edges.sort("neuron_uid", "direction", "edge", "network", "uid", "weight")
    alone = pl.col("uid") if criteria.by == "partner" else pl.lit(None, pl.String)
    edges = edges.with_columns(partner_uid=alone)
    kept = edges if criteria.min_weight is None else edges.filter(pl.col("weight") >= criteria.min_weight)
    total = edges.group_by(_OF, maintain_order=True).agg(total=pl.col("weight").sum())
    found = kept.group_by(*_OF, "group", "partner_uid", maintain_order=True).agg(
        n_partners=pl.col("uid").n_unique().cast(pl.Int64),
        n_edges=pl.len().cast(pl.Int64),
        weight=pl.col("weight").sum(),
    )
    percent = pl.when(pl.col("total") > 0).then(100.0 * pl.col("weight") / pl.col("total"))
    shares = found.join(total, on=_OF, how="left", maintain_order="left").with_columns(percent=percent)
    order = ["neuron", "neuron_uid", "direction", "edge", "network", "weight", "group", "partner_uid"]
    return (
        shares.filter((pl.col("percent") >= criteria.min_percent) | (criteria.min_percent == 0))
        .sort(order, descending=[name == "weight" for name in order], nulls_last=True)
        .with_columns(rank=(pl.int_range(pl.len()).over("neuron_uid", "direction", "edge", "network") + 1))
        .rename({"group": "partner"})
    )


RANKED_PARTNERS = NamedQuery(
    "ranked-partners",
    "Partners of a cell ranked by their share of its input and output, one by one or by class, kind, type or dataset",
    RankedPartnersCriteria,
    ranked_partners,
    {"neuron": "AVAL", "direction": "in", "by": "class", "dataset": "celegans/cook2019", "min_percent": "3"},
    (
        Column("neuron", TEXT, "the cell that was asked for"),
        Column("direction", TEXT, "out: neuron is pre; in: neuron is post; undirected"),
        Column("rank", WHOLE, "1 is the greatest of this neuron, direction and network"),
        Column("partner", TEXT, "name, class, kind, type or dataset of the partners"),
        Column("n_partners", WHOLE, "partners in this row"),
        Column("n_edges", WHOLE, "edges in this row"),
        Column("weight", REAL, "sum of their weights, in the network's unit"),
        Column("percent", REAL, "100 * weight over all that the neuron gives (out) or receives (in) in the network"),
        *EDGE_COLUMNS,
        Column("neuron_uid", TEXT, "id of the cell that was asked for"),
        Column("partner_uid", TEXT, "id of the partner, where a row is one"),
    ),
    about=(
        "Shares are of one network and one kind of edge, for weights of two networks have no common unit. `min_weight` "
        "hides weak edges and leaves the whole that percents are of as it is."
    ),
    finish=ranked,
)
