"""Paths of the fewest edges: a search from both ends, the same on every store and with ties broken by id.

Shortest-path functions of the engines choose among equals as they like, and take no condition in common.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from graphdb.named.definition import WHOLE, Column, NamedQuery, Reader, Statement
from graphdb.named.edges import incident
from graphdb.named.path_edges import MAX_HOPS, STEP_COLUMNS, PathCriteria, along, steps, strongest
from graphdb.named.spread import Front

MOST_PATHS = 10_000


@dataclass(frozen=True, kw_only=True)
class AllShortestCriteria(PathCriteria):
    """Criteria of @all-shortest-paths."""

    paths: int = field(default=100, metadata={"help": "paths to show at most", "between": (1, MOST_PATHS)})


def first_hop(criteria: PathCriteria, dialect: str) -> Statement:
    """The edges that leave the sources."""
    return incident(criteria.source, criteria, criteria.way("source"), dialect)


def search(criteria: PathCriteria, reader: Reader) -> pl.DataFrame | None:
    """The edges of all shortest paths, as a graph without cycles; None where no path is short enough."""
    criteria.check()
    ahead, back = Front.at(criteria.source), Front.at(criteria.target)
    while ahead.hops + back.hops < criteria.max_hops:
        end, front = ("source", ahead) if len(ahead.cells.found) <= len(back.cells.found) else ("target", back)
        front.advance(criteria, criteria.way(end), reader)
        if not front.cells:
            return None
        meeting = {cell.uid for cell in ahead.cells.found} & {cell.uid for cell in back.cells.found}
        if meeting:
            sides = [(end, front) for end, front in (("source", ahead), ("target", back)) if front.hops]
            return strongest(pl.concat([along(_back_to_start(front, meeting), end) for end, front in sides]))
    return None


def _back_to_start(front: Front, meeting: set[str]) -> pl.DataFrame:
    """The edges by which a search came to where both met."""
    wanted, came = meeting, []
    for hop in range(front.hops, 0, -1):
        edges = front.edges[hop - 1]
        used = edges.filter(pl.col("uid").is_in(list(wanted)))
        came.append(used)
        wanted = set(used["neuron_uid"])
    return pl.concat(came)


def in_order(edges: pl.DataFrame, sources: list[str], most: int) -> tuple[list[list[str]], int]:
    """The first paths by the ids of their nodes, and how many there are in all.

    Args:
        edges: source and target of the edges of all shortest paths; no cycle, no dead end.
        sources: where paths may start.
        most: paths to list.
    """
    after: dict[str, list[str]] = {}
    for a, b in edges.select("source", "target").sort("source", "target").iter_rows():
        after.setdefault(a, []).append(b)
    numbers: dict[str, int] = {}

    def number(uid: str) -> int:
        if uid not in numbers:
            numbers[uid] = sum(number(each) for each in after[uid]) if uid in after else 1
        return numbers[uid]

    starts = sorted(uid for uid in set(sources) if uid in after)
    total = sum(number(uid) for uid in starts)
    paths: list[list[str]] = []
    waiting = [[uid] for uid in reversed(starts)]
    while waiting and len(paths) < most:
        path = waiting.pop()
        if path[-1] in after:
            waiting += [[*path, following] for following in reversed(after[path[-1]])]
        else:
            paths.append(path)
    return paths, total


def one(criteria: PathCriteria, reader: Reader) -> pl.DataFrame:
    """The first of the shortest paths by the ids of its nodes."""
    return _rows(criteria, reader, 1)


def every(criteria: AllShortestCriteria, reader: Reader) -> pl.DataFrame:
    """All shortest paths in the order of the ids of their nodes."""
    return _rows(criteria, reader, criteria.paths)


def _rows(criteria: PathCriteria, reader: Reader, most: int) -> pl.DataFrame:
    edges = search(criteria, reader)
    if edges is None:
        return pl.DataFrame(schema={column.name: column.dtype for column in ALL_SHORTEST_PATHS.columns})
    paths, total = in_order(edges, criteria.source.uids, most)
    return steps(edges, paths).with_columns(length=pl.lit(len(paths[0]) - 1, pl.Int64), n_paths=pl.lit(total, pl.Int64))


_ABOUT = (
    f"Paths of at most `max_hops` edges, {MAX_HOPS} at the most; no rows where there is none. Undirected edges are "
    "walked both ways, directed ones from pre to post unless directed=false. Every edge fits all criteria. A path may "
    "change from one network to another, so give a dataset or network where that makes no sense. Several sources or "
    "targets stand for the nearest pair."
)
SHORTEST_PATH = NamedQuery(
    "shortest-path",
    "A path of the fewest connections from one cell to another",
    PathCriteria,
    first_hop,
    {"source": "ASHL", "target": "VB5", "dataset": "celegans/cook2019", "min_weight": "5"},
    (
        Column("length", WHOLE, "edges of the path"),
        *STEP_COLUMNS,
        Column("n_paths", WHOLE, "how many paths are as short"),
    ),
    about=f"{_ABOUT} Of several paths this is the first by the ids of its nodes.",
    plan=one,
)
ALL_SHORTEST_PATHS = NamedQuery(
    "all-shortest-paths",
    "All paths of the fewest connections from one cell to another",
    AllShortestCriteria,
    first_hop,
    {"source": "ASHL", "target": "VB5", "dataset": "celegans/cook2019", "min_weight": "5", "paths": "4"},
    (
        Column("path", WHOLE, "number of the path, from 1, by the ids of its nodes"),
        Column("length", WHOLE, "edges of each path"),
        *STEP_COLUMNS,
        Column("n_paths", WHOLE, "how many paths there are, shown or not"),
    ),
    about=_ABOUT,
    plan=every,
)
