"""The edges that paths between two sets of cells may use, fetched hop by hop from both ends."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import polars as pl

from graphdb.named.anchor import at_cells
from graphdb.named.cells import Cells
from graphdb.named.definition import FLAG, REAL, TEXT, WHOLE, Column, Reader, Statement, label_of, typed
from graphdb.named.edges import BOTH, IN, KIND_OF_TYPE, OUT, EdgeCriteria, walks
from schemas.errors import UsageError

MAX_HOPS = 6


@dataclass(frozen=True, kw_only=True)
class PathCriteria(EdgeCriteria):
    """Criteria that all path queries share."""

    source: Cells = field(metadata={"help": "where paths start: one cell, or several and the nearest counts"})
    target: Cells = field(metadata={"help": "where paths end: one cell, or several and the nearest counts"})
    directed: bool = field(default=True, metadata={"help": "false: walk every edge both ways"})
    max_hops: int = field(default=4, metadata={"help": "edges of a path at most", "between": (1, MAX_HOPS)})

    def check(self) -> None:
        """Raise UsageError where a cell is both source and target."""
        both = set(self.source.uids) & set(self.target.uids)
        if both:
            raise UsageError(f"{min(both)} is both source and target", "a path joins two cells; see @motifs for cycles")


def hop_edges(criteria: PathCriteria, end: str, hop: int, dialect: str) -> Statement:
    """The edges that are the given hop of a walk from the sources, or of one back from the targets.

    Columns: source, target (uids, in the direction of the path), their names, and those of the edge.

    Args:
        criteria: the paths that are asked for.
        end: "source" or "target": where the walk starts.
        hop: which edge of the walk, from 1.
        dialect: "ladybug" or "neo4j".
    """
    cells, way = (criteria.source, OUT) if end == "source" else (criteria.target, IN)
    near, far, edge = f"n{hop - 1}", f"n{hop}", f"r{hop}"
    first, second = (near, far) if end == "source" else (far, near)
    statements = []
    for walk in walks(criteria, way if criteria.directed else BOTH, hop, dialect):
        rest = (
            f"{walk} RETURN DISTINCT {first}.uid AS source, {first}.name AS source_name, {second}.uid AS target, "
            f"{second}.name AS target_name, {label_of(edge, dialect)} AS edge, {edge}.directed AS directed, "
            f"{edge}.weight AS weight, {edge}.network AS network, {edge}.dataset AS dataset"
        )
        statements.append(at_cells(cells, dialect, "n0", rest, criteria.parameters))
    return Statement(
        " UNION ALL ".join(s.cypher for s in statements),
        {name: value for s in statements for name, value in s.parameters.items()},
    )


def read_hop(criteria: PathCriteria, end: str, hop: int, reader: Reader) -> pl.DataFrame:
    """The rows of `hop_edges`."""
    return typed(reader.rows(hop_edges(criteria, end, hop, reader.dialect)), directed=FLAG, weight=REAL)


def strongest(edges: pl.DataFrame) -> pl.DataFrame:
    """One edge for each source and target: the strongest, and how many run beside it."""
    kind = pl.col("edge").replace_strict(KIND_OF_TYPE, default=None, return_dtype=pl.String)
    return (
        edges.with_columns(edge=kind)
        .unique()
        .sort(
            "source",
            "target",
            "weight",
            "network",
            "edge",
            descending=[False, False, True, False, False],
            nulls_last=True,
        )
        .with_columns(n_parallel=pl.len().over("source", "target").cast(pl.Int64))
        .unique(["source", "target"], keep="first", maintain_order=True)
    )


STEP_COLUMNS = (
    Column("step", WHOLE, "number of the edge in the path, from 1"),
    Column("source", TEXT, "where the step starts"),
    Column("target", TEXT, "where the step ends"),
    Column("weight", REAL, "strength of the edge, in its network's unit"),
    Column("edge", TEXT, "kind of edge"),
    Column("directed", FLAG, "whether the edge has a direction: pre is source, if directed=true was asked"),
    Column("n_parallel", WHOLE, "edges that fit between the two; the strongest is shown"),
    Column("network", TEXT, "network that the edge is of"),
    Column("dataset", TEXT, "dataset that the network is of"),
    Column("source_uid", TEXT, "id of the step's source"),
    Column("target_uid", TEXT, "id of the step's target"),
)


def steps(edges: pl.DataFrame, paths: list[list[str]]) -> pl.DataFrame:
    """Rows of paths: for each path its steps, with the edge of each.

    Args:
        edges: one row for each source and target, as `strongest` gives them.
        paths: uids of each path's nodes.
    """
    rows = [
        (number, step, a, b)
        for number, path in enumerate(paths, start=1)
        for step, (a, b) in enumerate(pairwise(path), start=1)
    ]
    schema = {"path": pl.Int64, "step": pl.Int64, "source": pl.String, "target": pl.String}
    walked = pl.DataFrame(rows, schema=schema, orient="row")
    found = walked.join(edges, on=["source", "target"], how="left", maintain_order="left")
    named = {"source": "source_uid", "target": "target_uid", "source_name": "source", "target_name": "target"}
    return found.rename(named)
