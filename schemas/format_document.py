"""Keeps the tables of FORMAT.md equal to the code: `python -m schemas.format_document` writes them anew."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import dataframely as dy

from schemas import tables
from schemas.annotations import ATTRIBUTE, ATTRIBUTES
from schemas.columns import NAME, UID
from schemas.kinds import EDGE_KINDS, NODE_KINDS
from schemas.validation import REFERENCES

BEGIN, END = "<!-- tables: begin -->", "<!-- tables: end -->"
DOCUMENT = Path(__file__).with_name("FORMAT.md")
_BOUNDS = (("min", "≥"), ("min_exclusive", ">"), ("max", "≤"), ("max_exclusive", "<"))


def rendered() -> str:
    """The part of FORMAT.md that follows from the code."""
    return "\n".join(_lines()).rstrip() + "\n"


def written(document: str) -> str:
    """That part as a document has it."""
    return document.split(BEGIN, 1)[1].split(END, 1)[0].strip() + "\n"


def update(document: str) -> str:
    """The document with that part made anew."""
    head, _, rest = document.partition(BEGIN)
    return f"{head}{BEGIN}\n\n{rendered()}\n{END}{rest.partition(END)[2]}"


def _lines() -> Iterator[str]:
    yield "### Kinds of node\n"
    yield "| kind | graph label | meaning |\n|---|---|---|"
    yield from (f"| `{k.name}` | `{k.label}` | {k.meaning} |" for k in NODE_KINDS.values())
    yield "\n### Kinds of edge\n"
    yield "| kind and table | graph type | direction | meaning |\n|---|---|---|---|"
    for kind in EDGE_KINDS.values():
        direction = "directed" if kind.directed else "undirected, unless its network is directed"
        yield f"| `{kind.name}` | `{kind.type}` | {direction} | {kind.meaning} |"
    yield "\n### Attributes of an annotation\n"
    yield "| attribute | values | meaning |\n|---|---|---|"
    for attribute in ATTRIBUTES.values():
        values = "number" if attribute.numeric else "free text" if attribute.free else "text"
        yield f"| `{attribute.name}` | {'one' if attribute.single else 'any number'}, {values} | {attribute.meaning} |"
    for name, schema in tables.TABLES.items():
        yield f"\n### `{name}`\n"
        yield f"{(schema.__doc__ or '').strip()} Key: {', '.join(f'`{k}`' for k in tables.key(name))}.\n"
        yield "| column | type | null | it MUST be | meaning |\n|---|---|---|---|---|"
        for column, definition in schema.columns().items():
            null = "yes" if definition.nullable else "no"
            rules = "; ".join(_rules(name, column, definition))
            yield f"| `{column}` | {definition.dtype} | {null} | {rules} | {definition.description} |"
        rules_of_rows = [r.replace("_", " ") for r in schema._schema_validation_rules()]  # noqa: SLF001
        if rules_of_rows:
            yield f"\nEvery row MUST keep: {', '.join(rules_of_rows)}."


def _rules(table: str, column: str, definition: dy.Column) -> Iterator[str]:
    target = REFERENCES.get(table, {}).get(column)
    if target is not None:
        yield f"a key of `{target}`"
    regex = getattr(definition, "regex", None)
    if regex == UID:
        yield "an id"
    elif regex == NAME:
        yield "without blanks"
    elif regex == ATTRIBUTE:
        yield "lower-case letters, digits and `_`, a letter first"
    elif regex:
        yield "one of " + ", ".join(regex.strip("^$()").split("|"))
    if getattr(definition, "min_length", None):
        yield "not empty"
    for bound, sign in _BOUNDS:
        value = getattr(definition, bound, None)
        if value is not None:
            yield f"{sign} {value:g}"
    if isinstance(definition, (dy.Float32, dy.Float64)):
        yield "finite"


if __name__ == "__main__":
    DOCUMENT.write_text(update(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
