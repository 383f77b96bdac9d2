"""How many rows of each dataset stand under each label and type, counted by the engine."""

from __future__ import annotations

from graphdb.graph_model import NODE_TYPES, RELATIONSHIP_TYPES
from graphdb.store import GraphStore

_TIMEOUT_S = 3_600.0


def counted(store: GraphStore) -> dict[tuple[str, str], int]:
    """Rows of every (label or type, dataset) that there are; (what, '') where a row names no dataset."""
    counts: dict[tuple[str, str], int] = {}
    for label in NODE_TYPES:
        dataset = "uid" if label == "Dataset" else "dataset"
        counts.update(_groups(store, label, f"MATCH (n:`{label}`) RETURN n.`{dataset}` AS dataset, count(*) AS n"))
    for type_ in RELATIONSHIP_TYPES:
        counts.update(_groups(store, type_, f"MATCH ()-[r:`{type_}`]->() RETURN r.dataset AS dataset, count(*) AS n"))
    return counts


def _groups(store: GraphStore, what: str, cypher: str) -> dict[tuple[str, str], int]:
    answer = store.read(cypher, timeout_s=_TIMEOUT_S, row_limit=1_000_000)
    return {(what, row["dataset"] or ""): row["n"] for row in answer.rows()}
