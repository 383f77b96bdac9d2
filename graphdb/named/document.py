"""One Markdown page for each named query, made from its definition and its answer on a real lake.

    python -m graphdb.named.document WORKSPACE

makes the pages anew from the embedded graph of a workspace that holds celegans/cook2019, celegans/witvliet2021,
celegans/wang2024, celegans/openworm-cells and vessel/voreen-sample and nothing else; a test does the same from the
published files and compares.
"""

from __future__ import annotations

import sys
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

import polars as pl

from graphdb.answer import Answer
from graphdb.named.catalog import NAMED, run_named, statement_of
from graphdb.named.definition import NamedQuery
from graphdb.on_ladybug.store import LadybugStore
from graphdb.store import GraphStore
from schemas.errors import QueryError

PAGES = Path(__file__).parent / "docs"
SHOWN_ROWS = 12
NO_ANSWER = "No answer is shown: the data of the documentation"
_DIALECTS = (("ladybug", "Embedded graph"), ("neo4j", "Neo4j"))


def page(named: NamedQuery, store: GraphStore) -> str:
    """The page of a query; its example is answered by the store."""
    parts = [
        f"# @{named.name}",
        f"{named.title}.",
        *([named.about] if named.about else []),
        "## Criteria",
        _criteria(named),
        "## Columns",
        _columns(named),
        "## Example",
        f"```console\n$ {command(named)}\n```",
        *_shown_example(named, store),
    ]
    return "\n\n".join(parts) + "\n"


def index() -> str:
    """The list of all pages."""
    lines = [f"| [@{named.name}]({named.name}.md) | {_cell(named.title)} |" for named in NAMED.values()]
    return "\n".join(
        [
            "# Named queries",
            "",
            "Ask by name: `connectome query @partners -p neuron=AVAL`. The answer is the same on both stores, in",
            "rows, order and types. A cell may be given by its name, an alias, its class or its id, and a list as",
            "pasted text; upper and lower case and zeros before a number (`vb1` for `VB01`) do not matter where no",
            "other cell is called so.",
            "",
            "| query | answers |",
            "|---|---|",
            *lines,
            "",
        ]
    )


def command(named: NamedQuery) -> str:
    """The example as a command line."""
    given = "".join(f" -p {name}={_quoted(value)}" for name, value in named.example.items())
    return f"connectome query @{named.name}{given}"


def write(store: GraphStore, folder: Path = PAGES) -> list[Path]:
    """Write all pages and the index; gives the files."""
    folder.mkdir(exist_ok=True)
    made = {"README": index(), **{named.name: page(named, store) for named in NAMED.values()}}
    files = []
    for name, text in made.items():
        file = folder / f"{name}.md"
        file.write_text(text, encoding="utf-8")
        files.append(file)
    return files


def _shown_example(named: NamedQuery, store: GraphStore) -> list[str]:
    """Answer and texts of the example; for data that the documentation does not hold, only the text without it."""
    held = store.held()
    missing = sorted(_datasets(named) - set(held))
    if missing:
        return [f"{NO_ANSWER} has no {', '.join(missing)}."]
    try:
        answer = _answer(run_named(store, named.name, named.example))
    except QueryError as error:
        answer = f"{NO_ANSWER} gives: {error.message}."
    return [answer, "## Cypher", *_texts(named, store)]


def _datasets(named: NamedQuery) -> set[str]:
    """Datasets that the example names, by themselves or as part of a network's id."""
    words = [word for value in named.example.values() for word in value.split(",")]
    return {"/".join(word.split("/")[:2]) for word in words if "/" in word}


def _criteria(named: NamedQuery) -> str:
    found = sorted(fields(named.criteria), key=lambda f: f.default is not MISSING)
    if not found:
        return "It takes none."
    lines = ["| name | what it is | default |", "|---|---|---|"]
    for field in found:
        said = _cell(str(field.metadata.get("help", "")))
        lines.append(f"| `{field.name}` | {said} | {_default(field.default)} |")
    return "\n".join(lines)


def _columns(named: NamedQuery) -> str:
    lines = ["| column | type | meaning |", "|---|---|---|"]
    lines += [f"| `{c.name}` | {_type(c.dtype)} | {_cell(c.meaning)} |" for c in named.columns]
    if named.open_columns:
        lines.append(f"| … | by the data | {_cell(named.open_columns)} |")
    return "\n".join(lines)


def _answer(answer: Answer) -> str:
    frame = answer.to_polars()
    if frame.is_empty():
        return f"{NO_ANSWER} gives no rows."
    # A version follows the content and the reader: it would make a new page of each change to either.
    frame = frame.with_columns(pl.lit("…").alias(name) for name in frame.columns if name == "version")
    lines = [f"| {' | '.join(frame.columns)} |", f"|{'---|' * frame.width}"]
    lines += [f"| {' | '.join(_shown(value) for value in row)} |" for row in frame.head(SHOWN_ROWS).iter_rows()]
    more = frame.height - SHOWN_ROWS
    note = f"\n\n… and {more:,} rows more." if more > 0 else ""
    return "\n".join(lines) + note


def _texts(named: NamedQuery, store: GraphStore) -> list[str]:
    made = {dialect: statement_of(store, named.name, named.example, dialect=dialect) for dialect, _ in _DIALECTS}
    first, second = made.values()
    intro = "The first of its statements" if named.plan is not None else "The statement"
    if (first.cypher, first.parameters) == (second.cypher, second.parameters):
        return [f"{intro}, on both stores:", _text(first.cypher, first.parameters)]
    blocks = []
    for dialect, title in _DIALECTS:
        blocks += [f"{intro}, {title}:", _text(made[dialect].cypher, made[dialect].parameters)]
    return blocks


def _text(cypher: str, parameters: dict[str, object]) -> str:
    broken = cypher
    for word in ("UNION ALL", "OPTIONAL MATCH", "MATCH", "WHERE", "WITH", "RETURN", "ORDER BY"):
        broken = broken.replace(f" {word} ", f"\n{word} ")
    broken = broken.replace("OPTIONAL\nMATCH", "OPTIONAL MATCH").replace("STARTS\nWITH", "STARTS WITH")
    given = ", ".join(f"`${name}` = `{value!r}`" for name, value in parameters.items())
    return f"```cypher\n{broken}\n```" + (f"\n\nwith {given}" if given else "")


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, list):
        return ", ".join(_shown(each) for each in value)
    return _cell(str(value))


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _quoted(value: str) -> str:
    return value if all(letter.isalnum() or letter in "/,._-" for letter in value) else f"'{value}'"


def _default(value: object) -> str:
    if value is MISSING:
        return "must be given"
    if value is None or value == ():
        return "none"
    if isinstance(value, tuple):
        return f"`{','.join(map(str, value))}`"
    return f"`{getattr(value, 'names', [value])[0]}`"


def _type(dtype: pl.DataType) -> str:
    if isinstance(dtype, pl.List):
        return "list of texts"
    return {"String": "text", "Int64": "whole number", "Float64": "number", "Boolean": "true or false"}[str(dtype)]


if __name__ == "__main__":
    graph = LadybugStore(Path(sys.argv[1]) / "graph" / "connectome.lbug")
    print(*write(graph), sep="\n")  # noqa: T201
    graph.close()
