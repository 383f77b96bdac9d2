"""Which cells a connectome imaged: not imaged is kept apart from imaged without an edge."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from graphdb.named.connectomes import REFERENCE, Network, edges_of, networks_meant, typed
from graphdb.named.coverage import COVERED, coverage_statement
from graphdb.named.definition import FLAG, TEXT, WHOLE, Column, NamedQuery, Reader, Statement
from graphdb.named.laterality import nodes_statement
from schemas.errors import QueryError
from schemas.kinds import WEIGHTED_KINDS

IMAGED, NOT_IMAGED, UNKNOWN = "imaged", "not imaged", "not said"
COVERAGES = (IMAGED, NOT_IMAGED, UNKNOWN)
_SAID = {**COVERED, "basis": TEXT}
_NODE = dict.fromkeys(("uid", "node_set", "name", "kind"), TEXT)


@dataclass(frozen=True)
class CoverageCountsCriteria:
    """Criteria of @coverage-counts."""

    of: tuple[str, ...] = field(
        metadata={"help": f"the connectomes, with commas between; each the {REFERENCE}", "reference": True}
    )
    kinds: tuple[str, ...] = field(
        default=("chemical", "gap_junction"), metadata={"help": "kinds of edge", "choices": WEIGHTED_KINDS}
    )


@dataclass(frozen=True)
class CoverageCriteria(CoverageCountsCriteria):
    """Criteria of @coverage."""

    show: tuple[str, ...] = field(default=COVERAGES, metadata={"help": "which cells to list", "choices": COVERAGES})


def covered_cells(networks: pl.DataFrame, nodes: pl.DataFrame, said: pl.DataFrame, ends: pl.DataFrame) -> pl.DataFrame:
    """Every cell of each network's node set.

    Args:
        networks: network, node_set.
        nodes: uid, node_set, name, kind.
        said: network, uid, as_source, as_target, basis.
        ends: network, uid, of each cell that has an edge.

    Returns:
        network, cell, kind, coverage, as_source, as_target, connected, basis, uid; by network and name.
    """
    speaking = pl.col("network").is_in(said.get_column("network").unique().implode())
    connected = ends.unique().with_columns(connected=pl.lit(value=True))
    coverage = (
        pl.when(~speaking)
        .then(pl.lit(UNKNOWN))
        .when(pl.col("as_source").is_null())
        .then(pl.lit(NOT_IMAGED))
        .otherwise(pl.lit(IMAGED))
    )
    return (
        networks.join(nodes, on="node_set", maintain_order="left")
        .join(said, on=["network", "uid"], how="left")
        .join(connected, on=["network", "uid"], how="left")
        .with_columns(pl.col("connected").fill_null(value=False), coverage=coverage)
        .sort("network", "name", "uid")
        .select("network", pl.col("name").alias("cell"), *(c.name for c in _COLUMNS[2:]))
    )


def _found(criteria: CoverageCountsCriteria, reader: Reader) -> pl.DataFrame:
    meant = {n.uid: n for of in criteria.of for n in networks_meant(reader, of) if n.kind in criteria.kinds}
    networks = tuple(meant.values())
    if not networks:
        raise QueryError(
            f"{', '.join(criteria.of)}: no network of kind {', '.join(criteria.kinds)}",
            "give other kinds; @datasets lists what the graph holds",
        )
    about = pl.DataFrame({"network": [n.uid for n in networks], "node_set": [n.node_set for n in networks]})
    nodes = typed(reader.rows(nodes_statement(about["node_set"].unique().sort().to_list())), _NODE)
    said = typed(reader.rows(coverage_statement(networks, basis=True)), _SAID)
    of_kinds = {kind: tuple(n for n in networks if n.kind == kind) for kind in criteria.kinds}
    edges = pl.concat([edges_of(reader, kind, found) for kind, found in of_kinds.items() if found])
    ends = pl.concat([edges.select("network", uid=end) for end in ("source_uid", "target_uid")])
    return covered_cells(about, nodes, said, ends)


def _plan(criteria: CoverageCriteria, reader: Reader) -> pl.DataFrame:
    return _found(criteria, reader).filter(pl.col("coverage").is_in(criteria.show))


def _counts_plan(criteria: CoverageCountsCriteria, reader: Reader) -> pl.DataFrame:
    imaged = pl.col("coverage") == IMAGED
    counted = {
        "n_cells": pl.len(),
        "n_imaged": imaged.sum(),
        "n_unconnected": (imaged & ~pl.col("connected")).sum(),
        "n_not_imaged": (pl.col("coverage") == NOT_IMAGED).sum(),
        "n_not_said": (pl.col("coverage") == UNKNOWN).sum(),
        "n_connected": pl.col("connected").sum(),
    }
    summed = _found(criteria, reader).group_by("network", "kind").agg(**counted)
    return summed.with_columns(pl.col(list(counted)).cast(pl.Int64)).sort("network", "kind")


def _build(criteria: CoverageCountsCriteria, _dialect: str) -> Statement:
    named = tuple(Network(of, of, "", "", directed=True, weight_unit=None) for of in criteria.of)
    return coverage_statement(named, basis=True)


_COLUMNS = (
    Column("network", TEXT, "id of the network"),
    Column("cell", TEXT, "name of the cell"),
    Column("kind", TEXT, "neuron, muscle or cell"),
    Column("coverage", TEXT, f"{', '.join(COVERAGES)} (the source does not say what it covers)"),
    Column("as_source", FLAG, "whether its edges as source were looked for"),
    Column("as_target", FLAG, "whether its edges as target were looked for"),
    Column("connected", FLAG, "whether it has an edge in the network"),
    Column("basis", TEXT, "what in the source says that it is imaged"),
    Column("uid", TEXT, "id of the cell"),
)
_COUNTS = (
    Column("network", TEXT, "id of the network"),
    Column("kind", TEXT, "neuron, muscle or cell"),
    Column("n_cells", WHOLE, "cells of the node set"),
    Column("n_imaged", WHOLE, "of them, imaged"),
    Column("n_unconnected", WHOLE, "imaged, without an edge in what was imaged"),
    Column("n_not_imaged", WHOLE, "not imaged: nothing is known of their edges"),
    Column("n_not_said", WHOLE, "of which the source does not say whether they were imaged"),
    Column("n_connected", WHOLE, "with an edge"),
)
_ABOUT = (
    "Of a connectome that covers a part of the animal, a cell without an edge may be one that was not imaged. Sources "
    "say which cells they looked at in different ways; `basis` tells how. Comparisons (@agreement, @consensus, "
    "@development, @edge-difference with cells=common) rest on it."
)
_EXAMPLE = {"of": "celegans/cook2019,celegans/witvliet2021/stage8"}

COVERAGE = NamedQuery(
    "coverage",
    "Which cells each connectome imaged, and which of those have no edge",
    CoverageCriteria,
    _build,
    {**_EXAMPLE, "kinds": "chemical", "show": NOT_IMAGED},
    columns=_COLUMNS,
    about=_ABOUT,
    plan=_plan,
)

COVERAGE_COUNTS = NamedQuery(
    "coverage-counts",
    "How many cells each connectome imaged, connected or not, and how many it did not",
    CoverageCountsCriteria,
    _build,
    _EXAMPLE,
    columns=_COUNTS,
    about=_ABOUT,
    plan=_counts_plan,
)
