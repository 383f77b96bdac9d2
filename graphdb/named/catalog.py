"""All named queries, and running one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from graphdb.answer import Answer
from graphdb.named.adjacency import ADJACENCY, ADJACENCY_MATRIX
from graphdb.named.aggregate import AGGREGATE
from graphdb.named.agreement import AGREEMENT
from graphdb.named.annotations import ANNOTATIONS
from graphdb.named.bindings import BINDINGS
from graphdb.named.communities import COMMUNITIES, PARTNER_COMMUNITIES
from graphdb.named.community_edges import COMMUNITY_EDGES
from graphdb.named.consensus import CONSENSUS
from graphdb.named.covered_cells import COVERAGE, COVERAGE_COUNTS
from graphdb.named.datasets import DATASETS
from graphdb.named.definition import NamedQuery, Statement
from graphdb.named.degrees import DEGREES
from graphdb.named.development import DEVELOPMENT, DEVELOPMENT_COUNTS
from graphdb.named.difference import EDGE_DIFFERENCE, EDGE_DIFFERENCE_COUNTS
from graphdb.named.function import STRUCTURE_FUNCTION, STRUCTURE_FUNCTION_COUNTS
from graphdb.named.laterality import LEFT_RIGHT, LEFT_RIGHT_CELLS
from graphdb.named.motifs import MOTIFS
from graphdb.named.neighbourhood import NEIGHBOURHOOD
from graphdb.named.neuron import NEURON
from graphdb.named.overlap import SHARED_EDGES
from graphdb.named.partners import PARTNERS
from graphdb.named.present_in import PRESENT_IN, PRESENT_IN_COUNTS
from graphdb.named.ranked_partners import RANKED_PARTNERS
from graphdb.named.reciprocal import RECIPROCAL
from graphdb.named.regions import REGION_FLOW, REGIONS
from graphdb.named.resolve import MANY, resolved
from graphdb.named.rich_club import RICH_CLUB
from graphdb.named.run import run
from graphdb.named.shared_partners import COMMON_PARTNERS
from graphdb.named.shortest_paths import ALL_SHORTEST_PATHS, SHORTEST_PATH
from graphdb.named.similarity import SIMILARITY
from graphdb.named.states import STATE_TIME
from graphdb.named.strongest_path import STRONGEST_PATH
from graphdb.named.subgraph import SUBGRAPH
from graphdb.named.vessel_box import VESSELS_IN_BOX
from graphdb.named.vessel_nearest import NEAREST_VESSEL, NEAREST_VESSEL_NODE
from graphdb.named.vessel_neighbours import VESSEL_NEIGHBOURS
from graphdb.named.vessel_path import VESSEL_PATH
from graphdb.store import DEFAULT_ROW_LIMIT, DEFAULT_TIMEOUT_S, GraphStore
from graphdb.touched import cited
from schemas.errors import UsageError
from schemas.kinds import EDGE_KINDS

NAMED: dict[str, NamedQuery] = {
    q.name: q
    for q in (
        PARTNERS,
        RANKED_PARTNERS,
        COMMON_PARTNERS,
        ADJACENCY,
        ADJACENCY_MATRIX,
        NEURON,
        ANNOTATIONS,
        DATASETS,
        SUBGRAPH,
        COMMUNITIES,
        PARTNER_COMMUNITIES,
        NEIGHBOURHOOD,
        SHORTEST_PATH,
        ALL_SHORTEST_PATHS,
        STRONGEST_PATH,
        MOTIFS,
        RECIPROCAL,
        DEGREES,
        RICH_CLUB,
        LEFT_RIGHT,
        LEFT_RIGHT_CELLS,
        AGGREGATE,
        REGIONS,
        REGION_FLOW,
        SHARED_EDGES,
        EDGE_DIFFERENCE,
        EDGE_DIFFERENCE_COUNTS,
        AGREEMENT,
        PRESENT_IN,
        PRESENT_IN_COUNTS,
        CONSENSUS,
        COVERAGE,
        COVERAGE_COUNTS,
        DEVELOPMENT,
        DEVELOPMENT_COUNTS,
        SIMILARITY,
        STRUCTURE_FUNCTION,
        STRUCTURE_FUNCTION_COUNTS,
        BINDINGS,
        COMMUNITY_EDGES,
        STATE_TIME,
        VESSEL_NEIGHBOURS,
        VESSEL_PATH,
        VESSELS_IN_BOX,
        NEAREST_VESSEL,
        NEAREST_VESSEL_NODE,
    )
}


def named_query(name: str) -> NamedQuery:
    """The named query of that name.

    Raises:
        UsageError: there is none.
    """
    if name not in NAMED:
        raise UsageError(f"there is no named query @{name}", f"there are: {', '.join('@' + n for n in NAMED)}")
    return NAMED[name]


def run_named(
    store: GraphStore,
    name: str,
    parameters: Mapping[str, object] | None = None,
    *,
    timeout_s: float = DEFAULT_TIMEOUT_S,
    row_limit: int = DEFAULT_ROW_LIMIT,
) -> Answer:
    """Run a named query.

    Raises:
        UsageError: no query has that name, or a parameter is wrong.
        QueryError: a cell that a parameter names is not in the graph; the message suggests names.
        QueryTimeoutError: it did not finish in time.
    """
    named = named_query(name)
    criteria = named.parse(parameters or {})
    answer = run(store, named, criteria, timeout_s=timeout_s, row_limit=row_limit)
    return cited(store, answer, _types(criteria), _datasets(store, criteria), named.reads)


def _types(criteria: object) -> frozenset[str] | None:
    """Relationship types that criteria restrict a query to; None where they do not."""
    kinds = getattr(criteria, "kind", getattr(criteria, "kinds", None)) or ()
    return frozenset(EDGE_KINDS[kind].type for kind in ((kinds,) if isinstance(kinds, str) else kinds)) or None


def _datasets(store: GraphStore, criteria: Any) -> frozenset[str] | None:
    """Datasets that criteria restrict a query to, by name or as those of the networks that they name."""
    dataset = getattr(criteria, "dataset", None)
    if dataset is not None:
        return frozenset({dataset})
    named = [getattr(criteria, field.name) for field in fields(criteria) if field.metadata.get("reference")]
    references = [each for value in named for each in ((value,) if isinstance(value, str) else value)]
    if not references:
        return None
    held, found = store.held(), set()
    for reference in references:
        own = {uid for uid in held if f"{reference}/".startswith(f"{uid}/")}
        if not own:  # the beginning of the ids of several datasets
            return None
        found |= own
    return frozenset(found)


def statement_of(
    store: GraphStore, name: str, parameters: Mapping[str, object] | None = None, *, dialect: str | None = None
) -> Statement:
    """The (first) statement of a named query with its cells looked up, as this store would get it or in a dialect."""
    named = named_query(name)
    return named.build(resolved(store, named.parse(parameters or {})), dialect or store.dialect)


def node_names(store: GraphStore) -> list[str]:
    """Names of all cells, regions, channels and units, sorted; vessel nodes have numbers only."""
    names: set[str] = set()
    for label in ("Neuron", "Muscle", "Cell", "Region", "Channel", "Unit"):
        answer = store.read(f"MATCH (n:`{label}`) RETURN DISTINCT n.name AS name", row_limit=MANY)
        names.update(row["name"] for row in answer.rows())
    return sorted(names)
