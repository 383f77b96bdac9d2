"""report."""

from __future__ import annotations

from typing import Annotated

import typer

from graphdb.reconciliation import Reconciliation, reconciliation
from graphdb.versions.reference import resolve
from jobs.cli.formats import ListFormat, plain, print_table, write_rows
from jobs.cli.settings import output, settings
from jobs.cli.sources import ListFormatOption
from jobs.cli.teaching import help_of
from jobs.reconciliation import NOTHING, parts

_WRITTEN = ["dataset", "version", "part", "name", "n", "kind", "weight", "unit", "network", "agree", "differ"]
_WRITTEN += ["only_here", "only_there", "reason", "item", "file", "sheet", "row", "column"]
_HEADS = {
    ("network", "name"): "network",
    ("network", "n"): "edges",
    ("label", "name"): "how",
    ("trace", "name"): "match",
    ("comparison", "name"): "form",
    ("comparison", "network"): "compared with",
    ("decision", "name"): "action",
}


def report(
    context: typer.Context,
    dataset: Annotated[
        list[str] | None, typer.Argument(metavar="[DATASET]...", help="Ids, or id@version.  [default: all of the lake]")
    ] = None,
    kind: ListFormatOption = ListFormat.TABLE,
) -> None:
    """Report what homogenisation did to a dataset, in whole: what `connectome ingest` says in a few lines.

    Networks with edges and summed weights; how labels became cells (exact: cells with an edge or statement that no
    other spelling named; padded, alias, renamed, guessed: labels); traces by how they were matched; forms of a source
    compared pair by pair; and every decision by action and wording, with the first place of each. `connectome
    decisions` lists them row by row. Only the lake is read, no graph.

    Example:
      connectome report celegans/cook2019
      connectome report celegans/cook2019-forms --format csv > report.csv
    """
    lake = settings(context).workspace.lake
    manifests = [resolve(lake, reference) for reference in dataset or ()] or lake.datasets()
    reports = (reconciliation(lake, manifest) for manifest in manifests)
    if kind is ListFormat.TABLE:
        for each in reports:
            _print(each)
    else:
        write_rows([row for each in reports for row in _rows(each)], _WRITTEN, kind)
    if not manifests:
        settings(context).say(f"the lake {lake.root} is empty: `connectome ingest --all-simulated` fills it")


def _rows(made: Reconciliation) -> list[dict[str, object]]:
    """Every part in one list."""
    about = {"dataset": made.dataset, "version": made.version}
    return [{**about, "part": part.name, **row} for part in parts(made) for row in part.rows]


def _print(made: Reconciliation) -> None:
    """The tables of one dataset, under its name."""
    output().print(f"{made.dataset}@{made.version}: {f'{made.decisions:,} decisions' if made.decisions else NOTHING}")
    for part in parts(made):
        heads = [_HEADS.get((part.name, name), name.replace("_", " ")) for name in part.columns]
        print_table(heads, [[plain(row.get(name)) for name in part.columns] for row in part.rows], part.title)


def register(app: typer.Typer) -> None:
    app.command(help=help_of(report))(report)
