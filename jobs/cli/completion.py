"""What a shell offers for the words of `connectome query`: named queries, their parameters, labels and types."""

from __future__ import annotations

import re
from dataclasses import fields

import typer

from graphdb.graph_model import NODE_TYPES, RELATIONSHIP_TYPES
from graphdb.named.catalog import NAMED

_LAST_WORD = re.compile(r"[:|]\s*`?(\w*)$")


def text(incomplete: str) -> list[str]:
    """Named queries behind @; behind a colon in Cypher, labels in round brackets and types in square ones."""
    if incomplete.startswith("@") or not incomplete:
        return [f"@{name}" for name in NAMED if name.startswith(incomplete[1:])]
    match = _LAST_WORD.search(incomplete)
    if match is None:
        return []
    typed = match[1]
    inside = incomplete.rfind("[") > incomplete.rfind("(")
    names = RELATIONSHIP_TYPES if inside else NODE_TYPES
    head = incomplete[: len(incomplete) - len(typed)]
    return [f"{head}{name}" for name in names if name.lower().startswith(typed.lower())]


def parameter(context: typer.Context, incomplete: str) -> list[str]:
    """The parameters of the named query that the line asks."""
    # An option that waits for its value leaves the words before it unread.
    asked = [str(context.params.get("text") or ""), *context.args]
    named = next((NAMED[word[1:]] for word in asked if word.startswith("@") and word[1:] in NAMED), None)
    if named is None:
        return []
    return [f"{field.name}=" for field in fields(named.criteria) if field.name.startswith(incomplete)]


def name(incomplete: str) -> list[str]:
    """Labels and types."""
    known = [*NODE_TYPES, *RELATIONSHIP_TYPES]
    return [each for each in known if each.lower().startswith(incomplete.lower())]
