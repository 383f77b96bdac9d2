"""Constraints and indexes of the graph on Neo4j: numbered steps, each recorded in the database when it is done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import neo4j

from graphdb.on_neo4j.link import Neo4jLink
from schemas.errors import GraphError

AWAIT_S = 3_600


@dataclass(frozen=True)
class Migration:
    """One step. Its statements never change once released; what comes later gets a number of its own."""

    number: int
    name: str
    statements: tuple[str, ...]


def _unique(*labels: str) -> tuple[str, ...]:
    return tuple(
        f"CREATE CONSTRAINT uid_{label.lower()} IF NOT EXISTS FOR (n:`{label}`) REQUIRE n.uid IS UNIQUE"
        for label in labels
    )


def _index(property_: str, *labels: str) -> tuple[str, ...]:
    return tuple(
        f"CREATE INDEX {property_}_{label.lower()} IF NOT EXISTS FOR (n:`{label}`) ON (n.{property_})"
        for label in labels
    )


_CELLS = ("Neuron", "Muscle", "Cell", "Region", "VesselNode", "Channel", "Unit")
_DESCRIBED = ("Subject", "Network", "Recording", "Run", "Community", "State")

# Community has no property-existence constraints. There is no index over `dataset` of relationships: measured, it
# halves the speed of loading and adds a third to a bulk build, and only a search for few of many rows would use it.
MIGRATIONS = (
    Migration(1, "the store's own nodes", _unique("Migration", "Loading", "Builder")),
    Migration(2, "uid unique in each label", _unique("Dataset", *_CELLS, *_DESCRIBED)),
    Migration(3, "find by name", _index("name", *_CELLS, "Community", "State")),
    Migration(4, "find by dataset", _index("dataset", *_CELLS, *_DESCRIBED)),
    Migration(5, "annotations", (*_unique("Annotation"), *_index("dataset", "Annotation"))),
    Migration(6, "bindings", (*_unique("Binding"), *_index("dataset", "Binding"))),
)


def applied(link: Neo4jLink) -> dict[int, str]:
    """Numbers and names of the migrations that the database records."""
    rows = link.rows("MATCH (m:Migration) RETURN m.number, m.name ORDER BY m.number")
    return {int(number): str(name) for number, name in rows}


def migrate(link: Neo4jLink, migrations: tuple[Migration, ...] = MIGRATIONS) -> tuple[int, ...]:
    """Apply what is not recorded yet, wait until every index is filled, and record it.

    Returns:
        The numbers that were applied now.

    Raises:
        GraphError: the database records a migration that this version does not know.
    """
    done = applied(link)
    known = {m.number: m.name for m in migrations}
    unknown = [f"{number} ({name})" for number, name in done.items() if known.get(number) != name]
    if unknown:
        raise GraphError(
            f"the graph on {link.uri} has migrations that this version does not know: {', '.join(unknown)}",
            "a newer version made it: update this installation, or use another database",
        )
    pending = [m for m in migrations if m.number not in done]
    for migration in pending:
        for statement in migration.statements:
            link.run(statement)
    if pending:
        link.run(f"CALL db.awaitIndexes({AWAIT_S})")
        link.write(lambda transaction: _record(transaction, pending))
    return tuple(m.number for m in pending)


def _record(transaction: neo4j.Transaction, migrations: list[Migration]) -> None:
    at = datetime.now(UTC).isoformat(timespec="seconds")
    rows = [{"number": m.number, "name": m.name, "at": at} for m in migrations]
    transaction.run(
        "UNWIND $rows AS row MERGE (m:Migration {uid: toString(row.number)}) "
        "SET m.number = row.number, m.name = row.name, m.applied_at = row.at",
        rows=rows,
    ).consume()
