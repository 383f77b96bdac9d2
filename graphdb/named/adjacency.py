"""The connections among a list of cells, as rows or as a matrix."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from graphdb.named.cells import Cell, Cells
from graphdb.named.definition import FLAG, REAL, TEXT, WHOLE, Column, NamedQuery, Statement
from graphdb.named.edges import OUT, EdgeCriteria, incident, with_direction
from graphdb.named.partners import EDGE_COLUMNS

_OF = ("edge", "network", "dataset")
_FIXED = ("network", "edge", "source")


@dataclass(frozen=True, kw_only=True)
class AdjacencyCriteria(EdgeCriteria):
    """Criteria of @adjacency and @adjacency-matrix."""

    names: Cells = field(metadata={"help": "cells or regions, e.g. pasted: names, aliases, classes or uids"})
    targets: Cells | None = field(default=None, metadata={"help": "the targets, where they are not the same cells"})
    by: str = field(default="cell", metadata={"help": "what a row and a column is", "choices": ("cell", "class")})


def adjacency(criteria: AdjacencyCriteria, dialect: str) -> Statement:
    """Edges from the names to the targets; undirected ones from each end that is a name."""
    made = incident(criteria.names, criteria, OUT, dialect, more="b.uid IN $targets")
    return Statement(made.cypher, {**made.parameters, "targets": (criteria.targets or criteria.names).uids})


def long_form(rows: pl.DataFrame, criteria: AdjacencyCriteria) -> pl.DataFrame:
    """One row per source, target and network, in the order of the names."""
    by_class = criteria.by == "class"
    edges = with_direction(rows).with_columns(
        source=pl.coalesce("neuron_class", "neuron") if by_class else pl.col("neuron"),
        target=pl.coalesce("class", "partner") if by_class else pl.col("partner"),
        source_uid=pl.lit(None, pl.String) if by_class else pl.col("neuron_uid"),
        target_uid=pl.lit(None, pl.String) if by_class else pl.col("uid"),
    )
    edges = edges.with_columns(
        place_of_source=_place("neuron_uid", criteria.names),
        place_of_target=_place("uid", criteria.targets or criteria.names),
    ).sort(*_OF, "place_of_source", "place_of_target", "weight")
    if by_class:
        edges = _once_within(edges)
    ends = ("source", "source_uid", "target", "target_uid")
    summed = edges.group_by(*_OF, *ends, maintain_order=True).agg(
        directed=pl.col("directed").first(),
        n_edges=pl.len().cast(pl.Int64),
        weight=pl.col("weight").sum(),
        rows=pl.col("place_of_source").min(),
        columns=pl.col("place_of_target").min(),
    )
    return summed.sort("network", "edge", "rows", "columns", "source", "target")


def matrix(rows: pl.DataFrame, criteria: AdjacencyCriteria) -> pl.DataFrame:
    """A block of rows per network: a row per source, a column per target; 0 where there is no edge."""
    found = long_form(rows, criteria)
    by_class = criteria.by == "class"
    sources = _titles(criteria.names.found, by_class=by_class)
    targets = _titles((criteria.targets or criteria.names).found, by_class=by_class)
    end = ("source", "target") if by_class else ("source_uid", "target_uid")
    blocks = []
    for (network, edge), block in found.group_by("network", "edge", maintain_order=True):
        cells = dict(zip(zip(block[end[0]], block[end[1]], strict=True), block["weight"], strict=True))
        columns: dict[str, list[object]] = {name: [] for name in (*_FIXED, *targets.values())}
        for source, title in sources.items():
            for name, value in zip(_FIXED, (network, edge, title), strict=True):
                columns[name].append(value)
            for target, column in targets.items():
                columns[column].append(float(cells.get((source, target), 0.0)))
        blocks.append(pl.DataFrame(columns))
    empty = {**dict.fromkeys(_FIXED, TEXT), **dict.fromkeys(targets.values(), REAL)}
    return pl.concat(blocks) if blocks else pl.DataFrame(schema=empty)


def _once_within(edges: pl.DataFrame) -> pl.DataFrame:
    """Without the second end of an undirected edge between two cells of one class."""
    pair = [pl.min_horizontal("neuron_uid", "uid"), pl.max_horizontal("neuron_uid", "uid")]
    again = pl.struct(*_OF, *(each.alias(f"end_{n}") for n, each in enumerate(pair))).is_first_distinct()
    return edges.filter(pl.col("directed") | (pl.col("source") != pl.col("target")) | again)


def _place(column: str, cells: Cells) -> pl.Expr:
    return pl.col(column).replace_strict({uid: n for n, uid in enumerate(cells.uids)}, default=None)


def _titles(cells: tuple[Cell, ...], *, by_class: bool) -> dict[str, str]:
    """What rows or columns are called, by uid (or by class): the name, or the uid where two have the same name."""
    if by_class:
        return {cell.cell_class or cell.name: cell.cell_class or cell.name for cell in cells}
    names = [cell.name for cell in cells]
    taken = {name for name in names if names.count(name) > 1} | set(_FIXED)
    return {cell.uid: cell.uid if cell.name in taken else cell.name for cell in cells}


ADJACENCY = NamedQuery(
    "adjacency",
    "Connections among a list of cells, classes or regions, a row for each",
    AdjacencyCriteria,
    adjacency,
    {"names": "AVA,AVB,AVD,AVE,PVC", "by": "class", "dataset": "celegans/cook2019"},
    (
        Column("source", TEXT, "pre: name or class"),
        Column("target", TEXT, "post: name or class"),
        Column("weight", REAL, "strength, in the network's unit; summed over the cells of a class"),
        Column("n_edges", WHOLE, "edges behind it"),
        Column("directed", FLAG, "false where source and target do not differ; such an edge is given from both ends"),
        *EDGE_COLUMNS,
        Column("source_uid", TEXT, "id of the source, where it is one cell"),
        Column("target_uid", TEXT, "id of the target, where it is one cell"),
    ),
    about="Rows and columns keep the order of the list. A cell without a class stands for itself.",
    finish=long_form,
)

ADJACENCY_MATRIX = NamedQuery(
    "adjacency-matrix",
    "Connections among a list of cells, classes or regions, as a matrix of weights",
    AdjacencyCriteria,
    adjacency,
    {"names": "AVA,AVB,AVD,AVE,PVC", "by": "class", "dataset": "celegans/cook2019"},
    (
        Column("network", TEXT, "network of this block of rows"),
        Column("edge", TEXT, "kind of edge"),
        Column("source", TEXT, "pre: name or class"),
    ),
    open_columns="one for each target (post): the weight, in the network's unit",
    about=(
        "Each network with an edge among the cells is a block of rows. 0 means that the network has no such edge. "
        "Rows and columns keep the order of the list; two cells of one name are called by their ids."
    ),
    finish=matrix,
)
