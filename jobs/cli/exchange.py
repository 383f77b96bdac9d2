"""export-as."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from graphdb.exchange.catalog import FORMATS, write
from graphdb.exchange.subgraph import KINDS, GraphSelection
from jobs.cli.progress import bar
from jobs.cli.settings import output, settings
from jobs.cli.teaching import help_of


def export_as(
    context: typer.Context,
    format_: Annotated[str, typer.Argument(metavar="FORMAT", help=f"One of {', '.join(FORMATS)}.")],
    dataset: Annotated[list[str], typer.Argument(metavar="DATASET...", help="Ids, or id@version.")],
    out: Annotated[Path, typer.Option(help="Folder to write; it must be new or empty.")],
    kind: Annotated[
        list[str] | None,
        typer.Option("--kind", help=f"Only this kind of edge: {', '.join(KINDS)}. Repeatable.  [default: all]"),
    ] = None,
    node: Annotated[
        list[str] | None, typer.Option("--node", help="Only nodes of this name, class or uid. Repeatable.")
    ] = None,
) -> None:
    """Write datasets in a format that other programs read, with their versions and what to cite.

    Nodes and edges come from the lake, so no graph is needed. Beside the data stand provenance.json and CITATION.txt.

    Example:
      connectome export-as graphml celegans/cook2019 --out cook
      connectome export-as npz celegans/cook2019 --kind chemical --out matrices
      connectome export-as croissant vessel/voreen-sample --out vessels
    """
    given = settings(context)
    chosen = GraphSelection(tuple(dataset), tuple(kind or ()), tuple(node or ()))
    with bar(given, "exporting"):
        graph = write(given.workspace.lake, chosen, format_, out)
    output().print(
        f"{out}: {graph.nodes.height:,} nodes, {graph.edges.height:,} edges of {', '.join(graph.references)}"
    )


def register(app: typer.Typer) -> None:
    app.command("export-as", help=help_of(export_as))(export_as)
