"""Who a cell connects to: edge by edge."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from graphdb.named.cells import Cells
from graphdb.named.definition import REAL, TEXT, Column, NamedQuery, Statement
from graphdb.named.edges import DIRECTIONS, EdgeCriteria, incident, with_direction

EDGE_COLUMNS = (
    Column("edge", TEXT, "kind of edge"),
    Column("network", TEXT, "network that the edge is of"),
    Column("dataset", TEXT, "dataset that the network is of"),
)


@dataclass(frozen=True, kw_only=True)
class PartnersCriteria(EdgeCriteria):
    """Criteria of @partners."""

    neuron: Cells = field(metadata={"help": "cells or regions: names, aliases, classes or uids, e.g. AVAL"})
    direction: str = field(
        default="out", metadata={"help": "out (its targets), in (its sources) or both", "choices": DIRECTIONS}
    )


def partners(criteria: PartnersCriteria, dialect: str) -> Statement:
    """The edges at the cells."""
    return incident(criteria.neuron, criteria, criteria.direction, dialect)


def strongest_first(rows: pl.DataFrame, _criteria: PartnersCriteria) -> pl.DataFrame:
    """One row per edge, strongest first, ties by name and uid."""
    return (
        with_direction(rows)
        .rename({"node_kind": "kind"})
        .sort(
            "weight",
            "partner",
            "uid",
            "network",
            "edge",
            "neuron_uid",
            "direction",
            descending=[True, *[False] * 6],
            nulls_last=True,
        )
    )


PARTNERS = NamedQuery(
    "partners",
    "Partners of a cell, edge by edge, strongest first",
    PartnersCriteria,
    partners,
    {"neuron": "AVAL", "dataset": "celegans/cook2019", "min_weight": "10"},
    (
        Column("neuron", TEXT, "the cell that was asked for"),
        Column("direction", TEXT, "out: neuron is pre; in: neuron is post; undirected"),
        Column("partner", TEXT, "the cell at the other end"),
        Column("kind", TEXT, "kind of the partner: neuron, muscle, …"),
        Column("class", TEXT, "class of the partner"),
        Column("uid", TEXT, "id of the partner"),
        Column("weight", REAL, "strength, in the network's unit"),
        *EDGE_COLUMNS,
        Column("neuron_uid", TEXT, "id of the cell that was asked for"),
    ),
    about="An undirected edge is given once, whatever the direction. A cell that joins itself is its own partner.",
    finish=strongest_first,
)
