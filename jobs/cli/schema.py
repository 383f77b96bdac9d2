"""schema: what the graph holds."""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from dataclasses import asdict
from typing import Annotated, Any

import typer

from graphdb.described import described, meaning_of
from graphdb.graph_model import NODE_TYPES, RELATIONSHIP_TYPES
from graphdb.suggestions import nearest
from jobs.cli import completion
from jobs.cli.formats import ListFormat, print_table, write_rows
from jobs.cli.settings import settings
from jobs.cli.sources import ListFormatOption
from jobs.cli.teaching import help_of
from schemas.errors import UsageError

_COLUMNS = ["kind", "name", "between", "property", "type", "unit", "meaning"]
Counts = dict[str, dict[str, int]]


def schema(
    context: typer.Context,
    name: Annotated[
        str | None, typer.Argument(metavar="[LABEL|TYPE]", help="Only this one.", autocompletion=completion.name)
    ] = None,
    kind: ListFormatOption = ListFormat.TABLE,
) -> None:
    """Show the labels and relationship types of the graph, with counts.

    What each property means, in which unit, and how many of each there are from each dataset.

    Example:
      connectome schema
      connectome schema CHEMICAL
      connectome schema Neuron --format json
    """
    if name is not None and name not in (*NODE_TYPES, *RELATIONSHIP_TYPES):
        raise UsageError(f"there is no label or relationship type {name!r}", nearest(name))
    given = settings(context)
    counts: Counts = defaultdict(dict)
    with given.workspace.store() as store:
        for (what, dataset), number in sorted(store.counts().items()):
            if name in (None, what):
                counts[what][dataset] = number
    names = [name] if name else [*NODE_TYPES, *RELATIONSHIP_TYPES]
    if kind is ListFormat.JSON:
        sys.stdout.write(json.dumps([_plain(each, counts) for each in names], ensure_ascii=False, indent=1) + "\n")
    elif kind is ListFormat.CSV:
        write_rows([asdict(each) for each in described(name)], _COLUMNS, kind)
    else:
        _show(names, counts, whole=name is not None)


def _plain(name: str, counts: Counts) -> dict[str, Any]:
    rows = [asdict(each) for each in described(name)]
    between = RELATIONSHIP_TYPES[name].between if name in RELATIONSHIP_TYPES else ()
    return {
        "kind": "label" if name in NODE_TYPES else "type",
        "name": name,
        "meaning": meaning_of(name),
        "between": [list(pair) for pair in between],
        "properties": [{key: row[key] for key in ("property", "type", "unit", "meaning")} for row in rows],
        "counts": counts.get(name, {}),
    }


def _show(names: list[str], counts: Counts, *, whole: bool) -> None:
    rows = [
        [
            "label" if name in NODE_TYPES else "type",
            name,
            sum(counts.get(name, {}).values()),
            len(counts.get(name, {})),
            meaning_of(name),
        ]
        for name in names
    ]
    print_table(["kind", "name", "count", "datasets", "meaning"], rows)
    shown = [each for name in names if whole or counts.get(name) for each in described(name)]
    print_table(
        ["of", "property", "type", "unit", "meaning"],
        [[each.name, each.property, each.type, each.unit or None, each.meaning] for each in shown],
        title="Properties" if whole else "Properties of what there is",
    )
    held = [[name, dataset, number] for name in names for dataset, number in counts.get(name, {}).items()]
    if held:
        print_table(["of", "dataset", "count"], held, title="From each dataset")


def register(app: typer.Typer) -> None:
    app.command(help=help_of(schema))(schema)
