"""serve: the dashboard."""

from __future__ import annotations

from typing import Annotated

import typer

from jobs.cli.settings import settings
from jobs.cli.teaching import help_of
from jobs.ports import require_free


def serve(
    context: typer.Context,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65535)] = 8050,
) -> None:
    """Open the dashboard of the workspace, until Ctrl-C.

    Example:
      connectome serve
      connectome --graph neo4j://localhost:7687 serve --port 8080
    """
    from dashboard.config import DashboardConfig  # noqa: PLC0415 - slow to import
    from dashboard.serve import serve as serve_dashboard  # noqa: PLC0415

    given = settings(context)
    require_free(host, port)
    config = DashboardConfig(workspace=given.workspace.root, graph=given.workspace.graph)
    given.say(f"dashboard at http://{host}:{port}; Ctrl-C stops it")
    serve_dashboard(config, host=host, port=port)


def register(app: typer.Typer) -> None:
    app.command(help=help_of(serve))(serve)
