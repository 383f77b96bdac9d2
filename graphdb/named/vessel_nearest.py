"""The vessel nodes and vessels nearest to a point."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from graphdb.named.connectomes import typed
from graphdb.named.definition import REAL, TEXT, Column, NamedQuery, Reader, Statement
from graphdb.named.vessel_box import END_COLUMNS, END_VALUES
from graphdb.named.vessel_place import (
    CLOSED,
    DATASET_HELP,
    VESSEL,
    VESSEL_COLUMNS,
    Vessels,
    cube,
    vessels_of,
    within,
)

_FIRST_UM = 50.0
_GROWTH = 4.0
_ROUNDING = 1 + 1e-9  # so that rounding in a bound itself loses nobody
_NODE: dict[str, pl.DataType] = {
    **dict.fromkeys(("name", "uid"), TEXT),
    **dict.fromkeys(("x_um", "y_um", "z_um", "squared"), REAL),
}
_ENDING: dict[str, pl.DataType] = {
    **dict.fromkeys((f"{end}_{axis}_um" for end in ("source", "target") for axis in "xyz"), REAL),
    **dict.fromkeys(("network", "vessel"), TEXT),
}
_SQUARED = "(n.x_um - $x) * (n.x_um - $x) + (n.y_um - $y) * (n.y_um - $y) + (n.z_um - $z) * (n.z_um - $z)"


@dataclass(frozen=True)
class NearestVesselCriteria:
    """Criteria of @nearest-vessel and @nearest-vessel-node."""

    x_um: float = field(metadata={"help": "the point"})
    y_um: float = field(metadata={"help": "the point"})
    z_um: float = field(metadata={"help": "the point"})
    dataset: str | None = field(default=None, metadata={"help": DATASET_HELP})
    k: int = field(default=1, metadata={"help": "how many, nearest first", "between": (1, 1000)})

    @property
    def point(self) -> tuple[float, float, float]:
        return self.x_um, self.y_um, self.z_um


def nodes_in_cube(vessels: Vessels, criteria: NearestVesselCriteria, half: float) -> Statement:
    """The k nodes of a cube about the point that are nearest to it."""
    inside = " AND ".join(within("n", CLOSED))
    cypher = (
        f"MATCH (n:`VesselNode`) WHERE n.node_set IN $node_sets AND {inside} "
        f"WITH n.uid AS uid, n.name AS name, n.x_um AS x_um, n.y_um AS y_um, n.z_um AS z_um, {_SQUARED} AS squared "
        "ORDER BY squared, uid LIMIT $k RETURN name, uid, x_um, y_um, z_um, squared ORDER BY squared, uid"
    )
    x, y, z = criteria.point
    near = {"x": x, "y": y, "z": z, "k": criteria.k}
    return Statement(cypher, {"node_sets": list(vessels.node_sets), **cube(x, y, z, half), **near})


def ending_in_cube(vessels: Vessels, criteria: NearestVesselCriteria, half: float) -> Statement:
    """Vessels with an end in a cube about the point."""
    inside = " AND ".join(within("n", CLOSED))
    # From the nodes outwards, so that only nodes are scanned; which end is which does not matter for a distance.
    cypher = (
        f"MATCH (n:`VesselNode`)-[v:`VESSEL`]-(m:`VesselNode`) WHERE n.node_set IN $node_sets AND {inside} "
        "RETURN n.x_um AS source_x_um, n.y_um AS source_y_um, n.z_um AS source_z_um, m.x_um AS target_x_um, "
        "m.y_um AS target_y_um, m.z_um AS target_z_um, v.network AS network, v.vessel AS vessel"
    )
    return Statement(cypher, {"node_sets": list(vessels.node_sets), **cube(*criteria.point, half)})


def touching_cube(vessels: Vessels, criteria: NearestVesselCriteria, half: float) -> Statement:
    """Vessels whose own box, that of their two ends, meets a cube about the point."""
    meets = " AND ".join(
        f"(a.{axis}_um >= ${axis}_low OR b.{axis}_um >= ${axis}_low) AND "
        f"(a.{axis}_um <= ${axis}_high OR b.{axis}_um <= ${axis}_high)"
        for axis in "xyz"
    )
    cypher = (
        f"MATCH (a:`VesselNode`)-[v:`VESSEL`]->(b:`VesselNode`) WHERE v.dataset = $dataset AND {meets} "
        f"RETURN {END_VALUES}, {VESSEL}"
    )
    return Statement(cypher, {"dataset": vessels.dataset, **cube(*criteria.point, half)})


def extent(vessels: Vessels) -> Statement:
    """The box of all nodes."""
    ends = ", ".join(f"{side}(n.{axis}_um) AS {axis}_{side}" for axis in "xyz" for side in ("min", "max"))
    cypher = f"MATCH (n:`VesselNode`) WHERE n.node_set IN $node_sets RETURN {ends}"
    return Statement(cypher, {"node_sets": list(vessels.node_sets)})


def nearest_nodes(reader: Reader, vessels: Vessels, criteria: NearestVesselCriteria) -> pl.DataFrame:
    """The k nearest nodes, exactly: a cube of half the edge h holds every node nearer than h.

    Args:
        reader: what a plan reads with.
        vessels: whose nodes.
        criteria: the point and k.

    Returns:
        name, uid, x_um, y_um, z_um, distance_um; fewer than k where there are fewer.
    """
    half, limit = _FIRST_UM, math.inf
    while True:
        found = typed(reader.rows(nodes_in_cube(vessels, criteria, half)), _NODE)
        farthest = math.sqrt(found.get_column("squared").max()) if found.height else math.inf  # type: ignore[arg-type]
        enough = found.height >= criteria.k
        if (enough and farthest <= half) or half >= limit:
            return found.with_columns(distance_um=pl.col("squared").sqrt()).drop("squared")
        if limit == math.inf and not enough:
            limit = _reach(reader, vessels, criteria)
        half = farthest * _ROUNDING if enough else min(half * _GROWTH, limit)


def nearest_vessels(reader: Reader, vessels: Vessels, criteria: NearestVesselCriteria) -> pl.DataFrame:
    """The k vessels nearest to the point by the straight line between their ends, exactly.

    Vessels that end near the point bound the distance of the k-th from above; a vessel nearer than that has a piece
    inside the cube of that size, and so its own box meets the cube.
    """
    half, limit = _FIRST_UM, math.inf
    while True:
        ending = typed(reader.rows(ending_in_cube(vessels, criteria, half)), _ENDING).unique(["network", "vessel"])
        away = np.sort(_distances(ending, criteria.point))  # nan, of ends without a position, comes last
        if np.isfinite(away).sum() >= criteria.k:
            bound = float(away[criteria.k - 1])
            break
        if limit == math.inf:
            limit = _reach(reader, vessels, criteria)
        if half >= limit:
            bound = limit
            break
        half = min(half * _GROWTH, limit)
    declared = {column.name: column.dtype for column in (*END_COLUMNS, *VESSEL_COLUMNS)}
    rows = typed(reader.rows(touching_cube(vessels, criteria, bound * _ROUNDING)), declared)
    near = rows.with_columns(away_um=pl.Series(_distances(rows, criteria.point), dtype=pl.Float64))
    return near.filter(pl.col("away_um").is_not_nan()).sort("away_um", "network", "vessel").head(criteria.k)


def _reach(reader: Reader, vessels: Vessels, criteria: NearestVesselCriteria) -> float:
    """Half the edge of the cube about the point that holds every node."""
    box = reader.rows(extent(vessels)).row(0, named=True)
    if box["x_min"] is None:
        return 0.0
    at = dict(zip("xyz", criteria.point, strict=True))
    away = [abs(box[f"{axis}_{side}"] - at[axis]) for axis in "xyz" for side in ("min", "max")]
    return float(max(away)) * _ROUNDING


def _distances(rows: pl.DataFrame, point: tuple[float, float, float]) -> np.ndarray:
    """Distance of a point to the segments between the ends, shape (n,), um; nan where an end has no position."""
    start, end = (
        rows.select(f"{name}_{axis}_um" for axis in "xyz").cast(pl.Float64).fill_null(np.nan).to_numpy()
        for name in ("source", "target")
    )
    along, towards = end - start, np.asarray(point) - start
    squared = (along**2).sum(axis=1)
    share = np.divide((towards * along).sum(axis=1), squared, out=np.zeros(len(squared)), where=squared > 0)
    nearest = np.clip(share, 0.0, 1.0)[:, None] * along - towards
    found: np.ndarray = np.sqrt((nearest**2).sum(axis=1))
    return found


def _nodes_plan(criteria: NearestVesselCriteria, reader: Reader) -> pl.DataFrame:
    return nearest_nodes(reader, vessels_of(reader, criteria.dataset), criteria)


def _vessels_plan(criteria: NearestVesselCriteria, reader: Reader) -> pl.DataFrame:
    found = nearest_vessels(reader, vessels_of(reader, criteria.dataset), criteria)
    return found.select("away_um", *(c.name for c in (*END_COLUMNS, *VESSEL_COLUMNS)))


def _meant(criteria: NearestVesselCriteria) -> Vessels:
    dataset = criteria.dataset or ""
    return Vessels(dataset, (), (dataset,))


_EXAMPLE = {"x_um": "-500", "y_um": "-500", "z_um": "300", "k": "3", "dataset": "vessel/voreen-sample"}

NEAREST_VESSEL_NODE = NamedQuery(
    "nearest-vessel-node",
    "The vessel nodes nearest to a point",
    NearestVesselCriteria,
    lambda criteria, _dialect: nodes_in_cube(_meant(criteria), criteria, _FIRST_UM),
    _EXAMPLE,
    columns=(
        Column("name", TEXT, "number of the node"),
        Column("uid", TEXT, "its id"),
        Column("x_um", REAL, "its position"),
        Column("y_um", REAL, "its position"),
        Column("z_um", REAL, "its position"),
        Column("distance_um", REAL, "its distance from the point"),
    ),
    about="Exact: a cube about the point grows until it holds the k-th nearest node and all that could be nearer. "
    "Nodes at the same distance come in the order of their ids.",
    plan=_nodes_plan,
)

NEAREST_VESSEL = NamedQuery(
    "nearest-vessel",
    "The vessels nearest to a point",
    NearestVesselCriteria,
    lambda criteria, _dialect: touching_cube(_meant(criteria), criteria, _FIRST_UM),
    _EXAMPLE,
    columns=(Column("away_um", REAL, "distance of the point from the vessel's chord"), *END_COLUMNS, *VESSEL_COLUMNS),
    about="Exact for the chord, the straight line between a vessel's ends: the graph holds no centreline, from which a "
    "curved vessel's distance may differ by as much as it bends away from its chord. A vessel that returns to its own "
    "node counts as that point.",
    plan=_vessels_plan,
)
