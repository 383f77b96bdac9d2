"""The vessels inside a box."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from graphdb.named.definition import REAL, TEXT, Column, NamedQuery, Reader, Statement
from graphdb.named.vessel_place import (
    DATASET_HELP,
    RADIUS_HELP,
    VESSEL,
    VESSEL_COLUMNS,
    Vessels,
    vessels_of,
    within,
)
from schemas.errors import UsageError

END_COLUMNS = (
    Column("source", TEXT, "node at one end: the one with the lesser id"),
    Column("source_x_um", REAL, "its position"),
    Column("source_y_um", REAL, "its position"),
    Column("source_z_um", REAL, "its position"),
    Column("target", TEXT, "node at the other end"),
    Column("target_x_um", REAL, "its position"),
    Column("target_y_um", REAL, "its position"),
    Column("target_z_um", REAL, "its position"),
)
END_VALUES = ", ".join(
    f"{variable}.{prop} AS {name}"
    for variable, name_of in (("a", "source"), ("b", "target"))
    for prop, name in (("name", name_of), *((f"{axis}_um", f"{name_of}_{axis}_um") for axis in "xyz"))
)


@dataclass(frozen=True)
class VesselsInBoxCriteria:
    """Criteria of @vessels-in-box; a bound that is left out is open."""

    dataset: str | None = field(default=None, metadata={"help": DATASET_HELP})
    x_min_um: float | None = field(default=None, metadata={"help": "lower bound of x"})
    x_max_um: float | None = field(default=None, metadata={"help": "upper bound of x"})
    y_min_um: float | None = field(default=None, metadata={"help": "lower bound of y"})
    y_max_um: float | None = field(default=None, metadata={"help": "upper bound of y"})
    z_min_um: float | None = field(default=None, metadata={"help": "lower bound of z"})
    z_max_um: float | None = field(default=None, metadata={"help": "upper bound of z"})
    ends: str = field(
        default="both",
        metadata={
            "help": "both: vessels with both ends in the box; any: with at least one",
            "choices": ("both", "any"),
        },
    )
    min_radius_um: float | None = field(default=None, metadata={"help": RADIUS_HELP})


def bounds(criteria: VesselsInBoxCriteria) -> tuple[dict[str, tuple[bool, bool]], dict[str, object]]:
    """Which axes of the box are bounded, and the bounds as parameters.

    Raises:
        UsageError: no bound is given, or a lower one lies above its upper one.
    """
    axes: dict[str, tuple[bool, bool]] = {}
    parameters: dict[str, object] = {}
    for axis in "xyz":
        low: float | None = getattr(criteria, f"{axis}_min_um")
        high: float | None = getattr(criteria, f"{axis}_max_um")
        if low is not None and high is not None and low > high:
            raise UsageError(f"{axis}_min_um {low} is above {axis}_max_um {high}", "exchange the two")
        axes[axis] = (low is not None, high is not None)
        parameters.update({f"{axis}_{side}": b for side, b in (("low", low), ("high", high)) if b is not None})
    if not parameters:
        raise UsageError("the box has no bounds", "e.g. x_min_um=-600 x_max_um=-500 y_min_um=0; open sides are allowed")
    return axes, parameters


def vessels_in_box(criteria: VesselsInBoxCriteria, _dialect: str) -> Statement:
    """Vessels of one dataset by the positions of their ends."""
    axes, parameters = bounds(criteria)
    given: dict[str, object] = {"dataset": criteria.dataset or "", **parameters}
    kept = ["v.dataset = $dataset"]
    if criteria.min_radius_um is not None:
        given["min_radius_um"] = criteria.min_radius_um
        kept.append("v.radius_um >= $min_radius_um")
    of_source, of_target = (" AND ".join(within(variable, axes)) for variable in ("a", "b"))
    kept.append(f"{of_source} AND {of_target}" if criteria.ends == "both" else f"({of_source} OR {of_target})")
    cypher = (
        f"MATCH (a:`VesselNode`)-[v:`VESSEL`]->(b:`VesselNode`) WHERE {' AND '.join(kept)} "
        f"RETURN {END_VALUES}, {VESSEL} ORDER BY network, vessel"
    )
    return Statement(cypher, given)


def _plan(criteria: VesselsInBoxCriteria, reader: Reader) -> pl.DataFrame:
    bounds(criteria)
    vessels: Vessels = vessels_of(reader, criteria.dataset)
    named = {f: getattr(criteria, f) for f in criteria.__dataclass_fields__}
    return reader.rows(vessels_in_box(VesselsInBoxCriteria(**{**named, "dataset": vessels.dataset}), reader.dialect))


VESSELS_IN_BOX = NamedQuery(
    "vessels-in-box",
    "Vessels inside a box, with their properties and the positions of their ends",
    VesselsInBoxCriteria,
    vessels_in_box,
    {
        "dataset": "vessel/voreen-sample",
        "x_min_um": "-600",
        "x_max_um": "-400",
        "y_min_um": "-600",
        "y_max_um": "-400",
        "z_min_um": "0",
        "z_max_um": "600",
    },
    columns=(*END_COLUMNS, *VESSEL_COLUMNS),
    about="Positions are those of the ends: the graph holds no centreline, so a vessel that only passes through the "
    "box between two ends outside is not found. The bounds themselves belong to the box.",
    plan=_plan,
)
