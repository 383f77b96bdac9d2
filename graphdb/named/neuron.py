"""What is known about a cell."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from graphdb.named.anchor import at_cells
from graphdb.named.cells import Cells
from graphdb.named.definition import TEXT, Column, NamedQuery, Statement


@dataclass(frozen=True)
class NeuronCriteria:
    """Criteria of @neuron."""

    name: Cells = field(metadata={"help": "names, aliases, classes or uids, e.g. AVAL, VB01, AVA"})


def neuron(criteria: NeuronCriteria, dialect: str) -> Statement:
    """Cells of that name, alias or class with their properties."""
    result = (
        "RETURN n.name AS name, n.kind AS kind, n.`class` AS class, n.type AS type, "
        "n.neurotransmitter AS neurotransmitter, n.hemisphere AS hemisphere, n.node_set AS node_set, n.uid AS uid"
    )
    return at_cells(criteria.name, dialect, "n", "", [], result, {})


def in_order(rows: pl.DataFrame, criteria: NeuronCriteria) -> pl.DataFrame:
    """The cells as they were named."""
    order = {uid: place for place, uid in enumerate(criteria.name.uids)}
    return rows.sort(pl.col("uid").replace_strict(order, default=len(order)), maintain_order=True)


NEURON = NamedQuery(
    "neuron",
    "A cell or region by name, alias or class",
    NeuronCriteria,
    neuron,
    {"name": "AVA"},
    (
        Column("name", TEXT, "name in its node set"),
        Column("kind", TEXT, "neuron, muscle, cell, region, channel or unit"),
        Column("class", TEXT, "class, e.g. AVA for AVAL"),
        Column("type", TEXT, "finer kind, e.g. sensory, inter, motor"),
        Column("neurotransmitter", TEXT, "main transmitter"),
        Column("hemisphere", TEXT, "L, R or M (midline)"),
        Column("node_set", TEXT, "its node set"),
        Column("uid", TEXT, "its id"),
    ),
    finish=in_order,
)
