"""Partners that several cells have in common."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from graphdb.named.cells import Cells
from graphdb.named.definition import REAL, TEXT, TEXTS, WHOLE, Column, NamedQuery, Statement
from graphdb.named.edges import EdgeCriteria, incident, with_direction
from graphdb.named.partners import EDGE_COLUMNS
from schemas.errors import UsageError


@dataclass(frozen=True, kw_only=True)
class CommonPartnersCriteria(EdgeCriteria):
    """Criteria of @common-partners."""

    names: Cells = field(metadata={"help": "cells or regions: names, aliases, classes or uids, e.g. AVAL,AVAR"})
    direction: str = field(
        default="out", metadata={"help": "out (common targets) or in (common sources)", "choices": ("out", "in")}
    )
    of: str = field(default="all", metadata={"help": "how many of the cells: all, any, or a number of them"})


def common_partners(criteria: CommonPartnersCriteria, dialect: str) -> Statement:
    """The edges at all the cells."""
    _least(criteria)
    return incident(criteria.names, criteria, criteria.direction, dialect)


def in_common(rows: pl.DataFrame, criteria: CommonPartnersCriteria) -> pl.DataFrame:
    """Partners of enough of the cells in one network: those of most cells first, then the strongest."""
    order = {uid: place for place, uid in enumerate(criteria.names.uids)}
    edges = with_direction(rows).with_columns(place=pl.col("neuron_uid").replace_strict(order, default=None))
    per_cell = (
        edges.sort("network", "edge", "uid", "place", "weight")
        .group_by(
            "edge",
            "network",
            "dataset",
            "direction",
            "uid",
            "partner",
            "node_kind",
            "class",
            "neuron_uid",
            "neuron",
            maintain_order=True,
        )
        .agg(weight=pl.col("weight").sum())
    )
    found = per_cell.group_by(
        "edge", "network", "dataset", "direction", "uid", "partner", "node_kind", "class", maintain_order=True
    ).agg(
        n_cells=pl.len().cast(pl.Int64),
        cells=pl.col("neuron"),
        weight=pl.col("weight").sum(),
        least_weight=pl.col("weight").min(),
    )
    return (
        found.filter(pl.col("n_cells") >= _least(criteria))
        .with_columns(of=pl.lit(len(order), pl.Int64))
        .rename({"node_kind": "kind"})
        .sort(
            "n_cells",
            "least_weight",
            "weight",
            "partner",
            "uid",
            "network",
            "edge",
            descending=[True, True, True, False, False, False, False],
            nulls_last=True,
        )
    )


def _least(criteria: CommonPartnersCriteria) -> int:
    named = {"all": max(1, len(criteria.names.uids)), "any": 1}
    if criteria.of in named:
        return named[criteria.of]
    if not criteria.of.isdecimal() or int(criteria.of) < 1:
        raise UsageError(f"@common-partners: of={criteria.of!r} is not known", "use all, any or a number, e.g. of=2")
    return int(criteria.of)


COMMON_PARTNERS = NamedQuery(
    "common-partners",
    "Targets or sources that all, any or some of a list of cells have in common",
    CommonPartnersCriteria,
    common_partners,
    {"names": "AVAL,AVAR,AVBL,AVBR", "direction": "in", "dataset": "celegans/cook2019", "min_weight": "3"},
    (
        Column("partner", TEXT, "name of the common target (out) or source (in)"),
        Column("direction", TEXT, "out: the cells are pre; in: they are post; undirected"),
        Column("n_cells", WHOLE, "how many of the cells it is a partner of"),
        Column("of", WHOLE, "how many cells were asked for"),
        Column("cells", TEXTS, "their names, in the order of the list"),
        Column("weight", REAL, "sum over the cells, in the network's unit"),
        Column("least_weight", REAL, "the weakest of the cells' connections to it"),
        Column("kind", TEXT, "kind of the partner"),
        Column("class", TEXT, "class of the partner"),
        *EDGE_COLUMNS,
        Column("uid", TEXT, "id of the partner"),
    ),
    about=(
        "All connections of a row are of one network. A class counts as its cells: of `AVA,RIM` all four must have the "
        "partner. One of the cells may be a partner of the others."
    ),
    finish=in_common,
)
