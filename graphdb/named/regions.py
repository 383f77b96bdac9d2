"""Where synapses lie: totals of every region, and the flow from region to region through cells."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from graphdb.named.connectomes import DIGITS, REFERENCE, networks_of, typed
from graphdb.named.definition import REAL, TEXT, WHOLE, Column, NamedQuery, Reader, Statement
from schemas.errors import QueryError

_REGION: dict[str, pl.DataType] = {
    **dict.fromkeys(("network", "region"), TEXT),
    **dict.fromkeys(("n_connections", "pre_cells", "post_cells"), WHOLE),
    "weight": REAL,
}
_END: dict[str, pl.DataType] = {**dict.fromkeys(("network", "uid", "region"), TEXT), "weight": REAL}


@dataclass(frozen=True)
class RegionsCriteria:
    """Criteria of @regions and @region-flow."""

    of: str = field(metadata={"help": REFERENCE, "reference": True})


def regions(networks: list[str]) -> Statement:
    """Connections, cells and weight in every region, counted by the engine."""
    cypher = (
        "MATCH (a)-[r:`CHEMICAL_IN`]->(b) WHERE r.network IN $networks "
        "RETURN r.network AS network, r.region AS region, count(*) AS n_connections, "
        "count(DISTINCT a.uid) AS pre_cells, count(DISTINCT b.uid) AS post_cells, sum(r.weight) AS weight"
    )
    return Statement(cypher, {"networks": networks})


def region_ends(networks: list[str], end: str) -> Statement:
    """Weight that each cell gives (end "pre") or gets (end "post") in every region."""
    variable = {"pre": "a", "post": "b"}[end]
    cypher = (
        "MATCH (a)-[r:`CHEMICAL_IN`]->(b) WHERE r.network IN $networks "
        f"RETURN r.network AS network, {variable}.uid AS uid, r.region AS region, sum(r.weight) AS weight"
    )
    return Statement(cypher, {"networks": networks})


def flow(inputs: pl.DataFrame, outputs: pl.DataFrame) -> pl.DataFrame:
    """From the region where cells get input to the region where they give output.

    Args:
        inputs: network, uid, region, weight that a cell gets there.
        outputs: the same of the weight that it gives.

    Returns:
        network, source, target, n_cells, weight: every cell's output in the target region counts for the source regions
        in proportion to its input there.
    """
    share = pl.col("weight") / pl.col("weight").sum().over("network", "uid")
    shares = inputs.select("network", "uid", source="region", share=share)
    both = shares.join(outputs.rename({"region": "target"}), on=["network", "uid"])
    return both.group_by("network", "source", "target").agg(
        n_cells=pl.col("uid").n_unique().cast(pl.Int64),
        weight=(pl.col("share") * pl.col("weight")).sum().round_sig_figs(DIGITS),
    )


def _networks(criteria: RegionsCriteria, reader: Reader) -> list[str]:
    return [n.uid for n in networks_of(reader, criteria.of, "chemical")]


def _plan(criteria: RegionsCriteria, reader: Reader) -> pl.DataFrame:
    rows = _some(typed(reader.rows(regions(_networks(criteria, reader))), _REGION), criteria)
    whole = pl.col("weight").sum().over("network")
    found = rows.with_columns(
        pl.col("weight").round_sig_figs(DIGITS), share=(pl.col("weight") / whole).round_sig_figs(DIGITS)
    )
    order = ["network", "weight", "region"]
    return found.sort(order, descending=[False, True, False]).select(c.name for c in _REGIONS)


def _flow_plan(criteria: RegionsCriteria, reader: Reader) -> pl.DataFrame:
    networks = _networks(criteria, reader)
    inputs = _some(typed(reader.rows(region_ends(networks, "post")), _END), criteria)
    # In one order, so that sums have the same last bits on every store.
    frames = [inputs, typed(reader.rows(region_ends(networks, "pre")), _END)]
    inputs, outputs = (frame.sort("network", "uid", "region") for frame in frames)
    order = ["network", "weight", "source", "target"]
    return flow(inputs, outputs).sort(order, descending=[False, True, False, False]).select(c.name for c in _FLOW)


def _some(rows: pl.DataFrame, criteria: RegionsCriteria) -> pl.DataFrame:
    if rows.height == 0:
        raise QueryError(
            f"{criteria.of} does not say in which region its synapses lie", "@aggregate sums by class or type of cell"
        )
    return rows


_REGIONS = (
    Column("network", TEXT, "the network"),
    Column("region", TEXT, "the region (neuropil), as the source names it"),
    Column("n_connections", WHOLE, "pairs of cells connected there"),
    Column("pre_cells", WHOLE, "cells that give output there"),
    Column("post_cells", WHOLE, "cells that get input there"),
    Column("weight", REAL, "summed weight there"),
    Column("share", REAL, "of the whole network's weight"),
)
_FLOW = (
    Column("network", TEXT, "the network"),
    Column("source", TEXT, "region where cells get input"),
    Column("target", TEXT, "region where the same cells give output"),
    Column("n_cells", WHOLE, "cells that do both"),
    Column("weight", REAL, "their output in the target region, in proportion to their input in the source region"),
)
_ABOUT = (
    "Needs a connectome whose source says in which region each synapse lies (edges CHEMICAL_IN), such as FlyWire's."
)

REGIONS = NamedQuery(
    "regions",
    "Connections, cells and weight in every region (neuropil) of a connectome",
    RegionsCriteria,
    lambda criteria, _dialect: regions([criteria.of]),
    {"of": "fly/flywire"},
    columns=_REGIONS,
    about=_ABOUT,
    plan=_plan,
)

REGION_FLOW = NamedQuery(
    "region-flow",
    "Region by region: output of the cells that get their input elsewhere",
    RegionsCriteria,
    lambda criteria, _dialect: region_ends([criteria.of], "pre"),
    {"of": "fly/flywire"},
    columns=_FLOW,
    about=f"{_ABOUT} A cell's output in a region counts for the regions of its input in proportion to its input there "
    "(the projectome of Dorkenwald et al. 2024, Nature 634, 124). Cells without input in the network are left out.",
    plan=_flow_plan,
)
