"""project, verify, rebuild."""

from __future__ import annotations

import typer

from graphdb.sync import Projected
from jobs import flow
from jobs.cli.progress import bar
from jobs.cli.settings import Settings, output, settings
from jobs.cli.teaching import help_of


def project(context: typer.Context) -> None:
    """Bring the graph to the current versions of the lake.

    Example:
      connectome project
      connectome --graph neo4j://localhost:7687 project
    """
    given = settings(context)
    with bar(given, "projecting") as running:
        projected = flow.project(given.workspace, running.report)
    _say_projected(given, projected)


def rebuild(context: typer.Context) -> None:
    """Make the graph again from the lake; the old one answers until the new one is whole.

    Example:
      connectome rebuild
    """
    given = settings(context)
    with bar(given, "rebuilding") as running:
        projected = flow.rebuild(given.workspace, running.report)
    _say_projected(given, projected)


def verify(context: typer.Context) -> None:
    """Compare the graph with the lake: counts first, then the content of every label and type.

    Ends with code 1 and the names of all differences where they are not the same.

    Example:
      connectome verify
    """
    given = settings(context)
    with bar(given, "verifying") as running:
        verified = flow.verify(given.workspace, running.report)
    output().print(
        f"{given.workspace.graph_shown} equals the lake: {verified.datasets} datasets, {verified.rows:,} rows compared"
    )


def _say_projected(given: Settings, projected: Projected) -> None:
    where = given.workspace.graph_shown
    if not projected.written:
        output().print(f"{where} is up to date")
        return
    how = "whole" if projected.whole else "added"
    output().print(f"{where}: {len(projected.written)} datasets ({how})")
    for dataset in projected.written:
        output().print(f"  {dataset}")


def register(app: typer.Typer) -> None:
    app.command(help=help_of(project))(project)
    app.command(help=help_of(verify))(verify)
    app.command(help=help_of(rebuild))(rebuild)
