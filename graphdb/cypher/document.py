"""The page about the shared language: `python -m graphdb.cypher.document` writes it anew."""

from __future__ import annotations

from pathlib import Path

from graphdb.cypher.constructs import CONSTRUCTS, ONLY_NEO4J, REFUSED, Construct
from graphdb.cypher.functions import AGGREGATES, FUNCTIONS, SPECIAL
from graphdb.cypher.preparation import prepare

DOCUMENT = Path(__file__).parent.parent / "DIALECT.md"
_HEAD = """# The Cypher that both stores share

A query is openCypher as Neo4j 5 reads it: places count from 0, null is null, a relationship stands at most once in a
MATCH. It is parsed, its names and types are held against the model of the graph, and it is written anew for the store
that runs it, so that the same text gives the same answer. What has no exact form on a store is refused with the form
that works. This page is made from `graphdb/cypher`, and tests run every query on it on both stores.

What no check can promise: the order of rows without ORDER BY, which rows a LIMIT without ORDER BY keeps, which of
several equally short paths `shortestPath` gives, the last binary digit of sums, means and functions like `log`,
capitals of letters like ß, and the order of text with characters beyond the basic plane.
"""


def dialect_document() -> str:
    """The text of DIALECT.md."""
    parts = [
        _HEAD,
        "## What works\n\nOn Neo4j the query runs as it stands; the second text is what Ladybug is given.\n",
    ]
    parts += [_worked(each) for each in CONSTRUCTS]
    parts.append("\n## What is refused, and what works instead\n")
    parts += [f"* **{each.name}**: `{_line(each.query)}` — {each.note}" for each in REFUSED]
    parts.append("\n## What only Neo4j answers\n")
    parts += [f"* **{each.name}**: `{_line(each.query)}` — on the embedded store: {each.note}" for each in ONLY_NEO4J]
    parts.append("\n## Functions\n\n| function | gives | |\n|---|---|---|")
    for ways in FUNCTIONS.values():
        digit = "last digit may differ" if ways[0].last_digit else ""
        parts.append(f"| `{ways[0].name}` | {'; '.join(dict.fromkeys(way.meaning for way in ways))} | {digit} |")
    known = {**SPECIAL, **AGGREGATES}
    parts += [f"| `{name}` | {meaning} | |" for name, meaning in known.items()]
    return "\n".join(parts) + "\n"


def _worked(construct: Construct) -> str:
    note = f" — {construct.note}" if construct.note else ""
    written = prepare(construct.query, {}, "ladybug").cypher.replace("\x01", "\\x01")
    return f"**{construct.name}**{note}\n\n```cypher\n{construct.query}\n```\n```\n{written}\n```\n"


def _line(text: str) -> str:
    return " ".join(text.split())


if __name__ == "__main__":
    DOCUMENT.write_text(dialect_document(), encoding="utf-8")
