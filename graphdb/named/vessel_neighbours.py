"""What a vessel node is joined to."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from graphdb.named.definition import FLAG, REAL, TEXT, Column, NamedQuery, Reader, Statement
from graphdb.named.vessel_place import DATASET_HELP, RADIUS_HELP, VESSEL, VESSEL_COLUMNS, node_of, vessels_of


@dataclass(frozen=True)
class VesselNeighboursCriteria:
    """Criteria of @vessel-neighbours."""

    node: str = field(metadata={"help": "number of the vessel node in its dataset, or its id"})
    dataset: str | None = field(default=None, metadata={"help": DATASET_HELP})
    min_radius_um: float | None = field(default=None, metadata={"help": RADIUS_HELP})


def vessel_neighbours(criteria: VesselNeighboursCriteria, _dialect: str) -> Statement:
    """Vessels at a node, each with the node at its other end."""
    parameters: dict[str, object] = {"node": criteria.node}
    wide = ""
    if criteria.min_radius_um is not None:
        parameters["min_radius_um"] = criteria.min_radius_um
        wide = " WHERE v.radius_um >= $min_radius_um"
    # Distinct, because a vessel that returns to its own node is met once from each end by one engine.
    cypher = (
        f"MATCH (a:`VesselNode` {{uid: $node}})-[v:`VESSEL`]-(b:`VesselNode`){wide} "
        "RETURN DISTINCT a.name AS node, b.name AS neighbour, b.uid AS neighbour_uid, b.x_um AS x_um, b.y_um AS y_um, "
        f"b.z_um AS z_um, {VESSEL}, v.at_border AS at_border ORDER BY neighbour_uid, network, vessel"
    )
    return Statement(cypher, parameters)


def _plan(criteria: VesselNeighboursCriteria, reader: Reader) -> pl.DataFrame:
    vessels = vessels_of(reader, criteria.dataset)
    node = node_of(reader, vessels, criteria.node)
    found = VesselNeighboursCriteria(node.uid, vessels.dataset, criteria.min_radius_um)
    return reader.rows(vessel_neighbours(found, reader.dialect))


VESSEL_NEIGHBOURS = NamedQuery(
    "vessel-neighbours",
    "Vessels at a vessel node, with their properties and the nodes at their other ends",
    VesselNeighboursCriteria,
    vessel_neighbours,
    {"node": "1421", "dataset": "vessel/voreen-sample"},
    columns=(
        Column("node", TEXT, "the node asked about"),
        Column("neighbour", TEXT, "node at the other end; the node itself where the vessel is a loop"),
        Column("neighbour_uid", TEXT, "its id"),
        Column("x_um", REAL, "its position"),
        Column("y_um", REAL, "its position"),
        Column("z_um", REAL, "its position"),
        *VESSEL_COLUMNS,
        Column("at_border", FLAG, "whether an end lies at the border of the imaged volume"),
    ),
    about="One row for each vessel: parallel vessels to one neighbour are several rows, a loop is one.",
    plan=_plan,
)
