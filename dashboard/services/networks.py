"""What the graph says of the networks and cells of an answer: units of weights, types of cells."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

import polars as pl

from dashboard.figures.adjacency import About
from graphdb.store import GraphStore

_MOST = 5_000


def about(graph: GraphStore, frame: pl.DataFrame) -> About:
    """Units of the networks that an answer has in a column or as columns, and types of its sources and targets.

    Raises:
        ConnectomeError: the graph cannot be read.
    """
    networks = _networks(frame)
    rows = _read(
        graph,
        "MATCH (n:Network) WHERE n.uid IN $uids RETURN n.uid AS uid, n.node_set AS node_set, n.weight_unit AS unit",
        {"uids": networks},
    )
    units = {row["uid"]: row["unit"] for row in rows if row["unit"]}
    ends = [frame[end].drop_nulls() for end in ("source", "target") if end in frame.columns]
    named = {name for end in ends for name in end} | (set(frame.columns) if "target" not in frame.columns else set())
    names = sorted({name.rpartition("/")[2] for name in named})
    if not rows or not names or "network" not in frame.columns:
        return About(units)
    return About(units, _types(graph, sorted({row["node_set"] for row in rows}), names))


def _networks(frame: pl.DataFrame) -> list[str]:
    """Uids of networks: the values of a column of that name, and columns that are called by one."""
    held = frame.get_column("network").unique().drop_nulls().to_list() if "network" in frame.columns else []
    return sorted({*held, *(name for name in frame.columns if "/" in name)})


def _types(graph: GraphStore, node_sets: list[str], names: list[str]) -> dict[str, str]:
    """The type of each cell by its name; of a class the one that most of its cells have."""
    rows = _read(
        graph,
        "MATCH (a) WHERE a.node_set IN $sets AND (a.name IN $names OR a.`class` IN $names) AND a.type IS NOT NULL "
        "RETURN a.name AS name, a.`class` AS class, a.type AS type",
        {"sets": node_sets, "names": names},
    )
    of_class: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        of_class[row["class"]][row["type"]] += 1
    types = {name: counted.most_common(1)[0][0] for name, counted in of_class.items() if name}
    return types | {row["name"]: row["type"] for row in rows}


def _read(graph: GraphStore, cypher: str, parameters: dict[str, Any]) -> list[dict[str, Any]]:
    return graph.read(cypher, parameters, row_limit=_MOST).rows()
