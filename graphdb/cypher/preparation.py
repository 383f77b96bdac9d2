"""From a user's text to a text that one engine may run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from graphdb import gate


@dataclass(frozen=True)
class Prepared:
    """A checked text.

    Args:
        cypher: what to send to the engine of that dialect.
        parameters: checked values; never empty for Ladybug.
        labels: node labels that its patterns name.
        types: relationship types that its patterns name.
        open_ends: some pattern names no label or type, so it may touch anything.
        datasets: ids of the datasets that it restricts itself to, or None where it does not.
        returns_graph: whether it returns whole nodes, relationships or paths.
        columns: names of the answer's columns, or None where `*` leaves them to the engine.
        limit: its own LIMIT, where that is known.
    """

    cypher: str
    parameters: Mapping[str, object]
    labels: frozenset[str] = frozenset()
    types: frozenset[str] = frozenset()
    open_ends: bool = True
    datasets: frozenset[str] | None = None
    returns_graph: bool = False
    columns: tuple[str, ...] | None = None
    limit: int | None = None


def prepare(cypher: str, parameters: Mapping[str, object], dialect: str) -> Prepared:
    """Check a text and write it for a dialect.

    Args:
        cypher: one reading statement.
        parameters: values of its $names.
        dialect: `ladybug` or `neo4j`.

    Raises:
        QueryRefusedError: it would do more than read, or has no exact form on that store.
        QueryError: it is wrong: syntax, an unknown name, a missing parameter.
    """
    gate.check(cypher, parameters)
    used = dict(parameters)
    if dialect == "ladybug" and not used:
        used = {"_": 0}
    return Prepared(cypher, used)
