"""The path of least resistance: an edge's length is one over its weight."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from graphdb.named.definition import REAL, Column, NamedQuery, Reader, Statement
from graphdb.named.edges import incident
from graphdb.named.path_edges import MAX_HOPS, STEP_COLUMNS, PathCriteria, along, steps, strongest
from graphdb.named.spread import Front

Lengths = npt.NDArray[np.float64]


def first_hop(criteria: PathCriteria, dialect: str) -> Statement:
    """The edges that leave the sources."""
    return incident(criteria.source, criteria, criteria.way("source"), dialect)


def strongest_path(criteria: PathCriteria, reader: Reader) -> pl.DataFrame:
    """The path of at most `max_hops` edges whose lengths sum to the least."""
    criteria.check()
    # Of a path of h edges the first half lies near the sources, the second near the targets: no other edge matters.
    ahead = (criteria.max_hops + 1) // 2
    found = [
        *_within(criteria, "source", ahead, reader),
        *_within(criteria, "target", criteria.max_hops - ahead, reader),
    ]
    edges = strongest(pl.concat(found))
    usable = edges.filter(pl.col("weight") > 0)
    path = least(usable, criteria.source.uids, criteria.target.uids, criteria.max_hops)
    length = 1.0 / pl.col("weight")
    return steps(usable, [path] if path else []).with_columns(length=length, total_length=length.cum_sum())


def _within(criteria: PathCriteria, end: str, hops: int, reader: Reader) -> list[pl.DataFrame]:
    """The edges of the first hops from one end."""
    front = Front.at(criteria.source if end == "source" else criteria.target)
    while front.hops < hops and front.cells:
        front.advance(criteria, criteria.way(end), reader)
    return [along(edges, end) for edges in front.edges]


def least(edges: pl.DataFrame, sources: list[str], targets: list[str], max_hops: int) -> list[str]:
    """Uids of the shortest path's nodes; empty where there is none.

    Bellman and Ford's recursion over the number of edges, so that the bound holds exactly. Of equal paths the one of
    fewer edges, then the first by ids, is taken.

    Args:
        edges: source, target, weight > 0; one row for each source and target.
        sources: where the path may start.
        targets: where it may end.
        max_hops: edges at most.
    """
    uids = sorted({*edges["source"], *edges["target"], *sources, *targets})
    place = {uid: number for number, uid in enumerate(uids)}
    tail = np.array([place[uid] for uid in edges["source"]], dtype=np.int64)
    head = np.array([place[uid] for uid in edges["target"]], dtype=np.int64)
    length = 1.0 / edges["weight"].to_numpy()
    left = np.full(len(uids), np.inf)
    left[[place[uid] for uid in targets]] = 0.0
    layers = [left]
    for _ in range(max_hops):
        layer = layers[-1].copy()
        np.minimum.at(layer, tail, length + layers[-1][head])
        layers.append(layer)
    starts = [place[uid] for uid in sorted(sources)]
    start = min(starts, key=lambda node: (layers[-1][node], _fewest(node, layers)))
    if not np.isfinite(layers[-1][start]):
        return []
    return [uids[node] for node in _follow(start, layers, tail, head, length)]


def _fewest(node: int, layers: list[Lengths]) -> int:
    return next(hops for hops, layer in enumerate(layers) if layer[node] == layers[-1][node])


def _follow(
    start: int, layers: list[Lengths], tail: npt.NDArray[np.int64], head: npt.NDArray[np.int64], length: Lengths
) -> list[int]:
    path, hops = [start], len(layers) - 1
    while layers[0][path[-1]] > 0:
        node = path[-1]
        while layers[hops - 1][node] == layers[hops][node]:
            hops -= 1
        leaving = np.flatnonzero(tail == node)
        fits = leaving[length[leaving] + layers[hops - 1][head[leaving]] == layers[hops][node]]
        path.append(int(head[fits].min()))
        hops -= 1
    return path


STRONGEST_PATH = NamedQuery(
    "strongest-path",
    "The path between two cells of the least length, where a connection of weight w is 1/w long",
    PathCriteria,
    first_hop,
    {"source": "ASHL", "target": "VB5", "dataset": "celegans/cook2019"},
    (
        *STEP_COLUMNS,
        Column("length", REAL, "1 / weight"),
        Column("total_length", REAL, "sum of the lengths up to this step"),
    ),
    about=(
        f"Paths of at most `max_hops` edges, {MAX_HOPS} at the most, and the bound is exact: a shorter path of more "
        "edges is not found. Edges without a positive weight have no length and are left out. Weights of several "
        "networks are compared as they are, so give a dataset or network. Of equal paths the one of fewer edges, then "
        "the first by the ids of its nodes, is given. Several sources or targets stand for the nearest pair."
    ),
    plan=strongest_path,
)
