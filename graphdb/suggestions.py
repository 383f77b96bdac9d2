"""The nearest names of labels, types and properties, for error messages."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from functools import cache

from graphdb.graph_model import NODE_TYPES, RELATIONSHIP_TYPES


@cache
def known_names() -> frozenset[str]:
    """Every label, relationship type and property that the graph can hold."""
    of_nodes = {name for node in NODE_TYPES.values() for name in node.properties}
    of_relationships = {name for relationship in RELATIONSHIP_TYPES.values() for name in relationship.properties}
    return frozenset({*NODE_TYPES, *RELATIONSHIP_TYPES, *of_nodes, *of_relationships})


def nearest(name: str) -> str:
    """'did you mean …' over all known names, or the list of labels and types."""
    known = {each.lower(): each for each in sorted(known_names())}
    found = [known[match] for match in get_close_matches(name.lower(), known, n=3)]
    if found:
        return f"did you mean {' or '.join(found)}?"
    return f"labels: {', '.join(NODE_TYPES)}; types: {', '.join(RELATIONSHIP_TYPES)}"


def nearest_of(name: str, known: Iterable[str], what: str) -> str:
    """'did you mean …' over some names, or the first of them."""
    lower = {each.lower(): each for each in sorted(known)}
    found = [lower[match] for match in get_close_matches(name.lower(), lower, n=3)]
    if found:
        return f"did you mean {' or '.join(found)}?"
    return f"{what}: {', '.join(list(lower.values())[:20]) or 'none'}"
