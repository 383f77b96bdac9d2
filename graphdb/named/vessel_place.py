"""Places in a vessel graph: its networks, its nodes by number or id, and points in um."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches

import polars as pl

from graphdb.named.connectomes import networks_statement
from graphdb.named.definition import REAL, TEXT, Column, Reader, Statement
from schemas.errors import QueryError

DATASET_HELP = "dataset of the vessels; may be left out where the graph holds only one with vessels"
RADIUS_HELP = "only vessels of at least this mean radius; a vessel without a radius is left out then"
VESSEL_COLUMNS = (
    Column("vessel", TEXT, "id of the vessel in its source"),
    Column("network", TEXT, "its network"),
    Column("length_um", REAL, "arc length of the centreline"),
    Column("distance_um", REAL, "distance of the two ends"),
    Column("radius_um", REAL, "mean radius"),
    Column("curveness", REAL, "length / distance; null for a loop"),
    Column("volume_um3", REAL, "volume"),
)
VESSEL = ", ".join(f"v.{column.name} AS {column.name}" for column in VESSEL_COLUMNS)
_SHOWN = 8


@dataclass(frozen=True)
class Vessels:
    """The vessel networks that a question is about."""

    dataset: str
    networks: tuple[str, ...]
    node_sets: tuple[str, ...]


@dataclass(frozen=True)
class Node:
    """A vessel node; positions are null where the source has none."""

    uid: str
    name: str
    x_um: float | None
    y_um: float | None
    z_um: float | None


def vessels_of(reader: Reader, dataset: str | None) -> Vessels:
    """The vessel networks of a dataset, or of the only dataset that has any.

    Raises:
        QueryError: no dataset of that id has vessels, or none is named and there are several.
    """
    known = reader.rows(networks_statement()).filter(pl.col("kind") == "vessel")
    datasets = known.get_column("dataset").unique().sort().to_list()
    if dataset is None and len(datasets) != 1:
        listed = ", ".join(datasets[:_SHOWN]) or "none: the graph holds no vessels"
        raise QueryError("which dataset of vessels is meant?", f"give dataset, one of: {listed}")
    wanted = datasets[0] if dataset is None else dataset
    if wanted not in datasets:
        near = get_close_matches(wanted, datasets, n=3, cutoff=0.4) or datasets[:_SHOWN]
        raise QueryError(
            f"no dataset with vessels is called {wanted!r}",
            f"did you mean {' or '.join(near) or 'none: there is none'}?",
        )
    of = known.filter(pl.col("dataset") == wanted)
    sets = tuple(of.get_column("node_set").unique().sort())
    return Vessels(wanted, tuple(of.get_column("uid").sort()), sets)


def nodes_statement(uids: list[str]) -> Statement:
    """Vessel nodes by id; a look-up by key for each."""
    cypher = (
        "UNWIND $uids AS uid MATCH (n:`VesselNode` {uid: uid}) "
        "RETURN n.uid AS uid, n.name AS name, n.x_um AS x_um, n.y_um AS y_um, n.z_um AS z_um"
    )
    return Statement(cypher, {"uids": uids})


def some_nodes_statement(vessels: Vessels) -> Statement:
    """A few nodes, to say in an error what nodes are called."""
    cypher = "MATCH (n:`VesselNode`) WHERE n.node_set IN $node_sets RETURN n.name AS name LIMIT 3"
    return Statement(cypher, {"node_sets": list(vessels.node_sets)})


def candidates(vessels: Vessels, text: str) -> list[str]:
    """Ids that a number or id may stand for."""
    return [text, *(f"{node_set}/{text}" for node_set in vessels.node_sets)]


def node_of(reader: Reader, vessels: Vessels, text: str) -> Node:
    """The vessel node of that number or id.

    Raises:
        QueryError: there is none, or several node sets of the dataset have that number.
    """
    rows = reader.rows(nodes_statement(candidates(vessels, text)))
    inside = [
        Node(**row)
        for row in rows.sort("uid").iter_rows(named=True)
        if any(row["uid"] == f"{node_set}/{row['name']}" for node_set in vessels.node_sets)
    ]
    if not inside:
        some = ", ".join(sorted(reader.rows(some_nodes_statement(vessels)).get_column("name")))
        raise QueryError(f"{vessels.dataset} has no vessel node {text!r}", f"its nodes are called like {some}")
    if len(inside) > 1:
        raise QueryError(
            f"{text!r} is a node of several node sets of {vessels.dataset}",
            f"give its id: {' or '.join(node.uid for node in inside)}",
        )
    return inside[0]


def within(variable: str, axes: dict[str, tuple[bool, bool]]) -> list[str]:
    """Conditions that keep a node inside a box.

    Args:
        variable: the node.
        axes: for x, y and z, whether the box has a lower and an upper bound there.
    """
    found = []
    for axis, (low, high) in axes.items():
        found += [f"{variable}.{axis}_um >= ${axis}_low"] * low + [f"{variable}.{axis}_um <= ${axis}_high"] * high
    return found


CLOSED = dict.fromkeys(("x", "y", "z"), (True, True))


def cube(x: float, y: float, z: float, half: float) -> dict[str, object]:
    """Bounds of a cube about a point as parameters."""
    found: dict[str, object] = {}
    for axis, middle in (("x", x), ("y", y), ("z", z)):
        found[f"{axis}_low"] = middle - half
        found[f"{axis}_high"] = middle + half
    return found
