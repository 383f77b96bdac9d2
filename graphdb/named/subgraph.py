"""The connections among some cells and their neighbours."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import polars as pl

from graphdb.named.anchor import at_cells
from graphdb.named.cells import Cells
from graphdb.named.definition import FLAG, REAL, TEXT, Column, NamedQuery, Reader, Statement, label_of, typed
from graphdb.named.edges import BOTH, EdgeCriteria
from graphdb.named.spread import Front

MAX_HOPS = 3


@dataclass(frozen=True)
class SubgraphCriteria:
    """Criteria of @subgraph."""

    names: Cells = field(metadata={"help": "names, aliases, classes or uids, e.g. AVA,RIML"})
    hops: int = field(default=1, metadata={"help": f"how far from them, 0 to {MAX_HOPS}", "between": (0, MAX_HOPS)})
    kinds: tuple[str, ...] = field(default=("chemical", "gap_junction"), metadata={"help": "kinds of edge"})
    dataset: str | None = field(default=None, metadata={"help": "only edges of this dataset"})
    min_weight: float | None = field(default=None, metadata={"help": "least weight of an edge"})

    @property
    def edges(self) -> EdgeCriteria:
        """The edges that count."""
        return EdgeCriteria(kind=self.kinds, dataset=self.dataset, min_weight=self.min_weight)


def subgraph(criteria: SubgraphCriteria, dialect: str) -> Statement:
    """The edges that leave the cells, each as it is stored."""
    edges = criteria.edges
    result = (
        "RETURN s.uid AS source_uid, s.name AS source, "
        "s.kind AS source_kind, t.uid AS target_uid, t.name AS target, t.kind AS target_kind, "
        f"{label_of('r', dialect)} AS type, r.directed AS directed, r.weight AS weight, r.network AS network"
    )
    return at_cells(
        criteria.names, dialect, "s", f"-[r:{edges.types}]->(t)", edges.conditions(), result, edges.parameters
    )


def among_neighbours(criteria: SubgraphCriteria, reader: Reader) -> pl.DataFrame:
    """Edges among the cells within `hops` of those named, in whatever direction, strongest first."""
    cells = criteria.names
    front = Front.at(cells)
    while front.hops < criteria.hops and front.cells:
        front.advance(criteria.edges, BOTH, reader)
        cells = replace(cells, found=(*cells.found, *front.cells.found))
    rows = typed(reader.rows(subgraph(replace(criteria, names=cells), reader.dialect)), directed=FLAG, weight=REAL)
    return rows.filter(pl.col("target_uid").is_in(cells.uids)).sort(
        "weight",
        "source_uid",
        "target_uid",
        "network",
        "type",
        descending=[True, False, False, False, False],
        nulls_last=True,
    )


SUBGRAPH = NamedQuery(
    "subgraph",
    "Connections among some cells or classes and their neighbours",
    SubgraphCriteria,
    subgraph,
    {"names": "AVA,RIM", "hops": "0", "dataset": "celegans/cook2019"},
    (
        Column("source_uid", TEXT, "id of the pre cell, or of the lesser where the edge is undirected"),
        Column("source", TEXT, "its name"),
        Column("source_kind", TEXT, "its kind"),
        Column("target_uid", TEXT, "id of the post cell"),
        Column("target", TEXT, "its name"),
        Column("target_kind", TEXT, "its kind"),
        Column("type", TEXT, "relationship type"),
        Column("directed", FLAG, "whether source and target differ in meaning"),
        Column("weight", REAL, "strength, in the network's unit"),
        Column("network", TEXT, "network that the edge is of"),
    ),
    about="Neighbours are those over edges that fit, in whatever direction. Every edge is given once, as it is stored.",
    plan=among_neighbours,
)
