"""The app: its common options, and the order in which help shows its commands."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from graphdb.audit import LOGGER, log_to
from jobs.cli import (
    collection,
    compare,
    correlate,
    counts,
    datasets,
    demo,
    exchange,
    graph,
    homogenise,
    models,
    query,
    report,
    resolve,
    scheduled,
    schema,
    serve,
    sources,
    versions,
)
from jobs.cli.settings import Settings
from jobs.cli.teaching import help_of
from jobs.workspace import DEFAULT_ROOT, GRAPH_VARIABLE, WORKSPACE_VARIABLE, Workspace

AUDIT_VARIABLE = "CONNECTOME_AUDIT"
EPILOG = "--workspace, --graph, --audit, --quiet and --debug may stand before or after the command."

app = typer.Typer(
    name="connectome",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    add_completion=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog=EPILOG,
)


def common(
    context: typer.Context,
    workspace: Annotated[
        Path,
        typer.Option(envvar=WORKSPACE_VARIABLE, help="Folder of lake, graph, bundles and downloads."),
    ] = Path(DEFAULT_ROOT),
    graph: Annotated[
        str | None,
        typer.Option(
            envvar=GRAPH_VARIABLE,
            help="Graph: neo4j://host:port (login from NEO4J_USER, NEO4J_PASSWORD), or a file.  "
            "[default: the embedded graph of the workspace]",
        ),
    ] = None,
    audit: Annotated[
        Path | None,
        typer.Option(envvar=AUDIT_VARIABLE, help="File that gets a line for every query: who, when, how it went."),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress, no remarks; only results.")] = False,
    debug: Annotated[  # noqa: ARG001 - the entry point looks for it, before there is a context
        bool, typer.Option("--debug", help="Show the traceback of an error.")
    ] = False,
) -> None:
    """One validated home for neural connectivity: tables, graph, models.

    Example:
      connectome demo                             everything once
      connectome ingest celegans/cook2019         bring a dataset into the lake
      connectome project                          bring the graph up to date
      connectome query @partners -p neuron=AVAL   ask
      connectome serve                            look
    """
    context.obj = Settings(Workspace(workspace, graph or None), quiet)
    if audit is not None:
        handler = log_to(audit)
        context.call_on_close(handler.close)
        context.call_on_close(lambda: LOGGER.removeHandler(handler))


app.callback(help=help_of(common))(common)
for _module in (
    sources,
    resolve,
    homogenise,
    correlate,
    datasets,
    report,
    counts,
    compare,
    versions,
    collection,
    graph,
    query,
    schema,
    exchange,
    models,
    serve,
    demo,
    scheduled,
):
    _module.register(app)
