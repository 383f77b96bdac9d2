"""Communities joined with structure: connections inside and between them."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from graphdb.named.aggregate import SIZES, SUMS, densities
from graphdb.named.communities import MODEL
from graphdb.named.connectomes import REFERENCE, Network, networks_of, typed
from graphdb.named.definition import FLAG, REAL, TEXT, WHOLE, Column, NamedQuery, Reader, Statement, edge_type
from graphdb.named.runs import run_of
from graphdb.named.similarity import KINDS
from schemas.errors import QueryError


@dataclass(frozen=True)
class CommunityEdgesCriteria:
    """Criteria of @community-edges."""

    of: str = field(metadata={"help": f"the connectome: {REFERENCE}"})
    kind: str = field(default="chemical", metadata={"help": "kind of edge", "choices": KINDS})
    model: str = field(default=MODEL, metadata={"help": "model whose latest run gives the communities"})
    run: str | None = field(default=None, metadata={"help": "id of a run, instead of the latest"})


def community_edges(criteria: CommunityEdgesCriteria, networks: tuple[Network, ...], run: str) -> Statement:
    """Pairs, autapses and weight from community to community."""
    # One MATCH for each relationship: in one, a membership could not serve both ends of an autapse on every engine;
    # and a WITH between them, because Ladybug loses rows of patterns that go on from a node of several labels.
    cypher = (
        f"MATCH (a)-[r:`{edge_type(criteria.kind)}`]->(b) WHERE r.network IN $networks WITH a, b, r "
        "MATCH (a)-[m:`MEMBER_OF`]->(c:`Community`) WHERE m.run = $run WITH a, b, r, c "
        "MATCH (b)-[o:`MEMBER_OF`]->(d:`Community`) WHERE o.run = $run "
        "RETURN r.network AS network, c.name AS source, d.name AS target, count(*) AS n, "
        "sum(CASE WHEN a.uid = b.uid THEN 1 ELSE 0 END) AS n_autapses, sum(r.weight) AS weight"
    )
    return Statement(cypher, {"networks": [n.uid for n in networks], "run": run})


def community_sizes(criteria: CommunityEdgesCriteria, networks: tuple[Network, ...], run: str) -> Statement:
    """Cells of each community that have a connection of the kind in the network."""
    cypher = (
        f"MATCH (a)-[r:`{edge_type(criteria.kind)}`]-() WHERE r.network IN $networks "
        "WITH DISTINCT r.network AS network, a "
        "MATCH (a)-[m:`MEMBER_OF`]->(c:`Community`) WHERE m.run = $run "
        "RETURN network, c.name AS unit, count(DISTINCT a.uid) AS cells"
    )
    return Statement(cypher, {"networks": [n.uid for n in networks], "run": run})


def _plan(criteria: CommunityEdgesCriteria, reader: Reader) -> pl.DataFrame:
    run = run_of(reader, "Community", criteria.run, criteria.model)
    networks = networks_of(reader, criteria.of, criteria.kind)
    sums = typed(reader.rows(community_edges(criteria, networks, run)), SUMS)
    sizes = typed(reader.rows(community_sizes(criteria, networks, run)), SIZES)
    if sizes.height == 0:
        raise QueryError(
            f"no cell of {criteria.of} with a connection of kind {criteria.kind} is in a community of {run}",
            "choose a run on recordings of the same cells: run=ID; @communities lists the members",
        )
    found = densities(sums, sizes, networks)
    within = pl.col("source") == pl.col("target")
    return found.with_columns(within=within, run=pl.lit(run)).select(c.name for c in _COLUMNS)


_COLUMNS = (
    Column("network", TEXT, "the network"),
    Column("source", TEXT, "community of the source"),
    Column("target", TEXT, "community of the target"),
    Column("within", FLAG, "whether they are one"),
    Column("source_cells", WHOLE, "cells of the source community that have a connection of this kind in the network"),
    Column("target_cells", WHOLE, "the same of the target community"),
    Column("n_pairs", WHOLE, "connected pairs of two different cells"),
    Column("possible_pairs", WHOLE, "pairs of two different cells, one of each community"),
    Column("fraction", REAL, "n_pairs / possible_pairs"),
    Column("n_autapses", WHOLE, "cells connected with themselves, not counted as pairs"),
    Column("weight", REAL, "summed weight, of pairs and autapses"),
    Column("run", TEXT, "the run that found the communities"),
)

COMMUNITY_EDGES = NamedQuery(
    "community-edges",
    "Connections inside and between the communities that a model found",
    CommunityEdgesCriteria,
    lambda criteria, _dialect: community_edges(
        criteria,
        (Network(criteria.of, criteria.of, "", criteria.kind, directed=True, weight_unit=None),),
        criteria.run or "",
    ),
    {"of": "celegans/cook2019"},
    columns=_COLUMNS,
    about="Cells in no community are left out. Where communities overlap, a cell counts in each of its own. "
    "A pair of communities without a connection has no row.",
    plan=_plan,
)
