"""Which hops the graph can hold at all: from a label, by a type, to a label.

The embedded engine answers wrongly, without an error, where a pattern inside EXISTS { }, COUNT { } or OPTIONAL MATCH
cannot exist; so every hop is held against the model of the graph first, and the labels at its ends are narrowed.
"""

from __future__ import annotations

from functools import cache

from graphdb.cypher.types import ALL_LABELS
from graphdb.graph_model import RELATIONSHIP_TYPES

Pairs = frozenset[tuple[str, str]]
Labels = frozenset[str]


@cache
def one_hop(types: frozenset[str], direction: str) -> Pairs:
    """Pairs of labels that a relationship of one of these types may join, read from left to right."""
    forward = frozenset(pair for name in types for pair in RELATIONSHIP_TYPES[name].between)
    backward = frozenset((b, a) for a, b in forward)
    return {"->": forward, "<-": backward}.get(direction, forward | backward)


@cache
def many_hops(types: frozenset[str], direction: str, low: int, high: int) -> Pairs:
    """Pairs of labels that a chain of low to high hops may join."""
    step = one_hop(types, direction)
    reached: Pairs = frozenset((label, label) for label in ALL_LABELS)
    found: set[tuple[str, str]] = set(reached) if low == 0 else set()
    for count in range(1, high + 1):
        reached = frozenset((a, d) for a, b in reached for c, d in step if b == c)
        if count >= low:
            found |= reached
    return frozenset(found)


@cache
def narrowed(pairs: Pairs, left: Labels, right: Labels) -> tuple[Labels, Labels]:
    """The labels at either end for which there is a label at the other."""
    fitting = [(a, b) for a, b in pairs if a in left and b in right]
    return frozenset(a for a, _ in fitting), frozenset(b for _, b in fitting)


@cache
def types_between(types: frozenset[str], direction: str, left: Labels, right: Labels) -> frozenset[str]:
    """Those of the types that may join these labels."""
    return frozenset(
        name for name in types if any(a in left and b in right for a, b in one_hop(frozenset((name,)), direction))
    )


def may_loop(types: frozenset[str], labels: Labels) -> bool:
    """Whether a relationship of these types may begin and end at one node with one of these labels."""
    return any((label, label) in RELATIONSHIP_TYPES[name].between for name in types for label in labels)


def said(name: str) -> str:
    """The pairs of labels that a type joins, in words."""
    pairs = [f"{a} to {b}" for a, b in RELATIONSHIP_TYPES[name].between]
    more = f" and {len(pairs) - 5} more" if len(pairs) > 5 else ""  # noqa: PLR2004
    return f"{name} joins {', '.join(pairs[:5])}{more}"
