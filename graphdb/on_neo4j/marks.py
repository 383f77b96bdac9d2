"""What a load, an import or a removal leaves in the graph while it is not finished: `Loading` nodes.

A dataset that has one is not whole. Each batch moves it on in the batch's own transaction, so it always says exactly
what is there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import neo4j

from graphdb.lake import Manifest
from graphdb.on_neo4j.link import Neo4jLink

WHOLE = "*"
LOADING, CLEARING, REMOVING, IMPORTED = "loading", "clearing", "removing", "imported"


@dataclass(frozen=True)
class Mark:
    """How far a piece of work has come.

    Args:
        uid: the dataset, or WHOLE for the graph itself.
        version: version of the dataset, or the fingerprint of all datasets.
        phase: loading, clearing, removing or imported.
        part: part of the dataset that is being loaded.
        rows: rows of that part that are there.
        prefix: hash of those rows.
    """

    uid: str
    version: str
    phase: str
    part: int = 0
    rows: int = 0
    prefix: int = 0


def fingerprint(manifests: Iterable[Manifest]) -> str:
    """One name for a set of dataset versions."""
    return hashlib.sha256("\n".join(sorted(m.reference for m in manifests)).encode()).hexdigest()


def held(link: Neo4jLink) -> dict[str, str]:
    """Datasets without a mark; none while the graph itself is being cleared or is a fresh import."""
    rows = link.rows(
        "OPTIONAL MATCH (l:Loading) WITH collect(CASE WHEN l IS NOT NULL THEN [l.uid, l.phase] END) AS marks "
        f"MATCH (d:Dataset) WHERE none(m IN marks WHERE m[0] = d.uid OR (m[0] = '{WHOLE}' AND m[1] <> '{LOADING}')) "
        "RETURN d.uid, d.version ORDER BY d.uid"
    )
    return {str(uid): str(version) for uid, version in rows}


def mark_of(link: Neo4jLink, uid: str) -> Mark | None:
    """The mark of a dataset or of the graph, if there is one."""
    rows = link.rows(
        "MATCH (l:Loading {uid: $uid}) RETURN l.uid, l.version, l.phase, "
        "coalesce(l.part, 0), coalesce(l.rows, 0), coalesce(l.prefix, 0)",
        {"uid": uid},
    )
    return Mark(*rows[0]) if rows else None


def put(link: Neo4jLink, mark: Mark) -> Mark:
    """Set a mark, whatever stood there."""

    def work(transaction: neo4j.Transaction) -> Mark:
        transaction.run(
            "MERGE (l:Loading {uid: $uid}) SET l.version = $version, l.phase = $phase, "
            "l.part = $part, l.rows = $rows, l.prefix = $prefix",
            mark.__dict__,
        ).consume()
        return mark

    return link.write(work)


def take(link: Neo4jLink, uid: str) -> None:
    """Remove a mark: what it stood for is finished."""
    link.write(lambda transaction: transaction.run("MATCH (l:Loading {uid: $uid}) DELETE l", uid=uid).consume())


def moved(transaction: neo4j.Transaction, before: Mark, after: Mark) -> bool:
    """Move a mark on inside a batch's transaction; False where that batch was committed already."""
    result = transaction.run(
        "MATCH (l:Loading {uid: $uid}) WHERE l.part = $part AND l.rows = $rows "
        "SET l.part = $to_part, l.rows = $to_rows, l.prefix = $to_prefix RETURN count(l) AS moved",
        uid=before.uid,
        part=before.part,
        rows=before.rows,
        to_part=after.part,
        to_rows=after.rows,
        to_prefix=after.prefix,
    )
    record = result.single()
    return record is not None and record["moved"] == 1
