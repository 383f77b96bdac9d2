"""What the path queries share: criteria, the edges between two nodes, and rows of steps."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import polars as pl

from graphdb.named.cells import Cells
from graphdb.named.definition import FLAG, REAL, TEXT, WHOLE, Column
from graphdb.named.edges import BOTH, IN, KIND_OF_TYPE, OUT, EdgeCriteria
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

    def way(self, end: str) -> str:
        """Direction of a search that starts at the sources or, backwards, at the targets."""
        return BOTH if not self.directed else OUT if end == "source" else IN


def along(edges: pl.DataFrame, end: str) -> pl.DataFrame:
    """Edges of a search, as `incident` gives them, with source and target in the direction of the path."""
    near, far = ("source", "target") if end == "source" else ("target", "source")
    columns = {"neuron_uid": near, "neuron": f"{near}_name", "uid": far, "partner": f"{far}_name"}
    kept = ("edge", "directed", "weight", "network", "dataset")
    ordered = ("source", "source_name", "target", "target_name", *kept)
    text = pl.col([name for name in ordered if name not in ("directed", "weight")]).cast(TEXT)
    return edges.rename(columns).select(ordered).with_columns(text)


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
