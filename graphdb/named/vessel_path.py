"""The shortest way between two vessel nodes along the vessels, in um."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import polars as pl
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from graphdb.named.connectomes import typed
from graphdb.named.definition import FLAG, REAL, TEXT, WHOLE, Column, NamedQuery, Reader, Statement
from graphdb.named.vessel_nearest import NearestVesselCriteria, nearest_nodes
from graphdb.named.vessel_place import (
    CLOSED,
    DATASET_HELP,
    RADIUS_HELP,
    Node,
    Vessels,
    cube,
    node_of,
    nodes_statement,
    vessels_of,
    within,
)
from schemas.errors import QueryError, UsageError

_ROUNDING = 1 + 1e-6  # sources write lengths with few digits, so that a straight vessel may be a little too short
_VESSEL: dict[str, pl.DataType] = {
    **dict.fromkeys(("source", "target", "network", "vessel"), TEXT),
    **dict.fromkeys(("length_um", "radius_um"), REAL),
}
_AXES = ("x", "y", "z")


@dataclass(frozen=True)
class VesselPathCriteria:
    """Criteria of @vessel-path."""

    start: str = field(
        metadata={"help": "number or id of a vessel node, or a point x,y,z in um (then the node nearest to it)"}
    )
    end: str = field(metadata={"help": "the same"})
    dataset: str | None = field(default=None, metadata={"help": DATASET_HELP})
    longest_um: float | None = field(
        default=None,
        metadata={
            "help": "no longer way is looked for; by default 1,000 um and four times the straight distance",
            "between": (0.0, None),
        },
    )
    min_radius_um: float | None = field(default=None, metadata={"help": RADIUS_HELP})


@dataclass(frozen=True)
class Way:
    """A way along vessels.

    Args:
        nodes: ids, from start to end.
        vessels: network, id and radius of the vessel between each and the next.
        lengths_um: length of the way up to each node.
    """

    nodes: tuple[str, ...]
    vessels: tuple[tuple[str, str, float | None], ...]
    lengths_um: tuple[float, ...]


def vessels_about(
    criteria: VesselPathCriteria, vessels: Vessels, ends: tuple[Node, Node], longest_um: float
) -> Statement:
    """Vessels that a way between two nodes of at most some length can use.

    Every node p of such a way has |start p| + |p end| <= longest, for a vessel is no shorter than its chord. That is
    an ellipsoid with the two nodes as foci, inside the cube about their middle with half the edge longest / 2.
    """
    parameters: dict[str, object] = {"dataset": vessels.dataset, "longest": longest_um}
    kept = ["v.dataset = $dataset"]
    if criteria.min_radius_um is not None:
        parameters["min_radius_um"] = criteria.min_radius_um
        kept.append("v.radius_um >= $min_radius_um")
    start, end = (position(node) for node in ends)
    x, y, z = ((p + q) / 2 for p, q in zip(start, end, strict=True))
    parameters.update(cube(x, y, z, longest_um / 2))
    parameters.update(
        {f"{axis}{n}": value for n, at in ((1, start), (2, end)) for axis, value in zip(_AXES, at, strict=True)}
    )
    for variable in ("a", "b"):
        kept += [*within(variable, CLOSED), f"{_away(variable, 1)} + {_away(variable, 2)} <= $longest"]
    cypher = (
        f"MATCH (a:`VesselNode`)-[v:`VESSEL`]->(b:`VesselNode`) WHERE {' AND '.join(kept)} "
        "RETURN a.uid AS source, b.uid AS target, v.network AS network, v.vessel AS vessel, "
        "coalesce(v.length_um, v.distance_um) AS length_um, v.radius_um AS radius_um"
    )
    return Statement(cypher, parameters)


def shortest_way(rows: pl.DataFrame, start: str, end: str) -> Way | None:
    """Dijkstra's shortest way over some vessels; the same for rows in any order.

    Args:
        rows: source, target, network, vessel, length_um, radius_um; rows without a length are not used.
        start: id of a node.
        end: id of another.

    Returns:
        The way, or None where none leads there. Of several vessels between two nodes it takes the shortest.
    """
    used = (
        rows.filter(pl.col("length_um").is_not_null() & (pl.col("source") != pl.col("target")))
        .with_columns(low=pl.min_horizontal("source", "target"), high=pl.max_horizontal("source", "target"))
        .sort("low", "high", "length_um", "network", "vessel")
        .unique(["low", "high"], keep="first", maintain_order=True)
    )
    names = pl.concat([used["low"], used["high"], pl.Series([start, end])]).unique().sort()
    numbers = {name: number for number, name in enumerate(names)}
    low, high = (used.get_column(c).replace_strict(numbers, return_dtype=pl.Int64).to_numpy() for c in ("low", "high"))
    lengths = used.get_column("length_um").to_numpy()
    matrix = csr_array((lengths, (low, high)), shape=(len(numbers), len(numbers)))
    reached, before = dijkstra(matrix, directed=False, indices=numbers[start], return_predecessors=True)
    at = numbers[end]
    if not math.isfinite(reached[at]):
        return None
    order = [at]
    while order[-1] != numbers[start]:
        order.append(int(before[order[-1]]))
    order.reverse()
    rest = used.select("network", "vessel", "radius_um").iter_rows()
    between = {(a, b): vessel for a, b, vessel in zip(low, high, rest, strict=True)}
    steps = [between[min(pair), max(pair)] for pair in pairwise(order)]
    return Way(tuple(names[n] for n in order), tuple(steps), tuple(float(reached[n]) for n in order))


def search(reader: Reader, criteria: VesselPathCriteria, vessels: Vessels, ends: tuple[Node, Node]) -> tuple[Way, bool]:
    """The shortest way, and whether no shorter one exists anywhere.

    Looks in ellipsoids that double until one holds a way; a last look, as large as that way is long, makes it certain.

    Raises:
        QueryError: there is none of at most the longest length allowed.
    """
    straight = math.dist(position(ends[0]), position(ends[1]))
    longest = 4 * straight + 1000.0 if criteria.longest_um is None else criteria.longest_um
    looked = min(longest, 1.25 * straight + 100.0)
    while True:
        reader.check_time()
        rows = typed(reader.rows(vessels_about(criteria, vessels, ends, looked)), _VESSEL)
        way = shortest_way(rows, ends[0].uid, ends[1].uid)
        length = way.lengths_um[-1] if way is not None else math.inf
        if way is not None and (length * _ROUNDING <= looked or looked >= longest):
            return way, length * _ROUNDING <= looked
        if looked >= longest:
            raise QueryError(
                f"no way of at most {longest:,.0f} um leads from {ends[0].name} to {ends[1].name} along the vessels",
                f"they are {straight:,.0f} um apart; raise longest_um, or they lie in parts that are not joined",
            )
        looked = min(longest, length * _ROUNDING * _ROUNDING if way is not None else 2 * looked)


def position(node: Node) -> tuple[float, float, float]:
    """Where a node is, um.

    Raises:
        QueryError: its source gives no position.
    """
    if node.x_um is None or node.y_um is None or node.z_um is None:
        raise QueryError(
            f"vessel node {node.name} has no position", "choose a node with one: the search is bounded by it"
        )
    return node.x_um, node.y_um, node.z_um


def place(reader: Reader, vessels: Vessels, text: str) -> Node:
    """The node of that number or id, or the one nearest to a point x,y,z.

    Raises:
        UsageError: it looks like a point and is none.
        QueryError: there is no such node, or no node at all.
    """
    if "," not in text:
        return node_of(reader, vessels, text)
    try:
        x, y, z = (float(part) for part in text.split(","))
    except ValueError:
        raise UsageError(f"{text!r} is not a point", "write x,y,z in um, e.g. -500,-500,300") from None
    found = nearest_nodes(reader, vessels, NearestVesselCriteria(x, y, z, vessels.dataset))
    if found.height == 0:
        raise QueryError(f"{vessels.dataset} has no vessel node with a position", "name nodes instead of points")
    row = found.row(0, named=True)
    return Node(**{name: row[name] for name in ("uid", "name", "x_um", "y_um", "z_um")})


def _away(variable: str, which: int) -> str:
    squares = (f"({variable}.{axis}_um - ${axis}{which}) * ({variable}.{axis}_um - ${axis}{which})" for axis in _AXES)
    return f"sqrt({' + '.join(squares)})"


def _plan(criteria: VesselPathCriteria, reader: Reader) -> pl.DataFrame:
    vessels = vessels_of(reader, criteria.dataset)
    ends = place(reader, vessels, criteria.start), place(reader, vessels, criteria.end)
    if ends[0].uid == ends[1].uid:
        raise QueryError(
            f"start and end are the same vessel node, {ends[0].name}", "choose two nodes, or points further apart"
        )
    way, certain = search(reader, criteria, vessels, ends)
    return _answer(way, certain, reader)


def _answer(way: Way, certain: bool, reader: Reader) -> pl.DataFrame:
    nodes = reader.rows(nodes_statement(list(way.nodes)))
    steps = pl.DataFrame(
        {
            "step": range(len(way.nodes)),
            "uid": way.nodes,
            "network": [None, *(network for network, _, _ in way.vessels)],
            "vessel": [None, *(vessel for _, vessel, _ in way.vessels)],
            "radius_um": [None, *(radius for _, _, radius in way.vessels)],
            "total_um": way.lengths_um,
            "length_um": [None, *np.diff(way.lengths_um)],
        },
        schema_overrides={"network": pl.String, "vessel": pl.String, "length_um": pl.Float64, "radius_um": pl.Float64},
    )
    return (
        steps.join(nodes, on="uid", how="left")
        .sort("step")
        .with_columns(shortest=pl.lit(certain))
        .select(c.name for c in _COLUMNS)
    )


_COLUMNS = (
    Column("step", WHOLE, "0 at the start"),
    Column("name", TEXT, "number of the node"),
    Column("uid", TEXT, "its id"),
    Column("x_um", REAL, "its position"),
    Column("y_um", REAL, "its position"),
    Column("z_um", REAL, "its position"),
    Column("vessel", TEXT, "vessel that leads here from the node before"),
    Column("network", TEXT, "its network"),
    Column("length_um", REAL, "its length: that of the centreline or, where that is missing, the distance of its ends"),
    Column("radius_um", REAL, "its mean radius"),
    Column("total_um", REAL, "length of the way up to here"),
    Column("shortest", FLAG, "true where no shorter way exists; false where longest_um cut the search"),
)

VESSEL_PATH = NamedQuery(
    "vessel-path",
    "The shortest way between two points along the vessels",
    VesselPathCriteria,
    lambda criteria, _dialect: vessels_about(
        criteria,
        Vessels(criteria.dataset or "", (), ()),
        (Node("", "", 0.0, 0.0, 0.0), Node("", "", 0.0, 0.0, 0.0)),
        criteria.longest_um or 0.0,
    ),
    {"start": "1421", "end": "44", "dataset": "vessel/voreen-sample"},
    columns=_COLUMNS,
    about="Length is that along the centrelines. The search looks only where a way of at most longest_um can run: at "
    "points whose distances from the two ends sum to no more. A way found is the shortest of all, unless `shortest` is "
    "false: then one that leaves this part may be shorter. Where none is found, one longer than longest_um may exist. "
    "Vessels without length and distance are not used. Of ways of one length it takes one, the same on every store.",
    plan=_plan,
)
