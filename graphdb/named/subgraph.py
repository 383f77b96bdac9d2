"""The connections among some cells and their neighbours."""

from __future__ import annotations

from dataclasses import dataclass, field

from graphdb.named.definition import NamedQuery, Statement, edge_type, label_of
from schemas.errors import UsageError

MAX_HOPS = 3


@dataclass(frozen=True)
class SubgraphCriteria:
    """Criteria of @subgraph."""

    names: tuple[str, ...] = field(metadata={"help": "names or classes, e.g. AVA,RIML"})
    hops: int = field(default=1, metadata={"help": f"how far from them, 0 to {MAX_HOPS}"})
    kinds: tuple[str, ...] = field(default=("chemical", "gap_junction"), metadata={"help": "kinds of edge"})
    dataset: str | None = field(default=None, metadata={"help": "only edges of this dataset"})
    min_weight: float = field(default=0.0, metadata={"help": "least weight of an edge"})


def subgraph(criteria: SubgraphCriteria, dialect: str) -> Statement:
    """Edges among the cells within `hops` of those named, over edges of those kinds, in whatever direction."""
    if not 0 <= criteria.hops <= MAX_HOPS:
        raise UsageError(f"hops must be 0 to {MAX_HOPS}, not {criteria.hops}", "a larger part is an export")
    types = "|".join(f"`{edge_type(kind)}`" for kind in criteria.kinds)
    of_dataset = "" if criteria.dataset is None else " AND {0}.dataset = $dataset"
    kept = "{0}.weight >= $min_weight" + of_dataset
    near = "MATCH (a) WHERE a.name IN $names OR a.`class` IN $names WITH collect(DISTINCT a.uid) AS uids "
    # One step at a time: Ladybug takes no parameter inside a condition on the edges of a path.
    near += criteria.hops * (
        f"OPTIONAL MATCH (a)-[r:{types}]-(b) WHERE a.uid IN uids AND {kept.format('r')} "
        "WITH uids, collect(DISTINCT b.uid) AS further WITH uids + further AS uids "
    )
    cypher = (
        f"{near}MATCH (s)-[r:{types}]->(t) WHERE s.uid IN uids AND t.uid IN uids AND {kept.format('r')} "
        f"RETURN s.uid AS source_uid, s.name AS source, s.kind AS source_kind, "
        f"t.uid AS target_uid, t.name AS target, t.kind AS target_kind, "
        f"{label_of('r', dialect)} AS type, r.directed AS directed, r.weight AS weight, r.network AS network "
        "ORDER BY weight DESC, source_uid, target_uid, network"
    )
    parameters: dict[str, object] = {"names": list(criteria.names), "min_weight": criteria.min_weight}
    if criteria.dataset is not None:
        parameters["dataset"] = criteria.dataset
    return Statement(cypher, parameters)


SUBGRAPH = NamedQuery(
    "subgraph",
    "Connections among some cells or classes and their neighbours",
    SubgraphCriteria,
    subgraph,
    {"names": "AVA,RIM", "hops": "0", "dataset": "celegans/cook2019"},
)
