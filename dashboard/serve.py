"""Serves the dashboard with a production server."""

from __future__ import annotations

from dataclasses import replace

import waitress

from dashboard.app import create_app
from dashboard.config import DashboardConfig

THREADS = 12


def serve(config: DashboardConfig, host: str = "127.0.0.1", port: int = 8050) -> None:
    """Serve until interrupted; loopback only unless another host is asked for."""
    if host not in config.trusted_hosts:  # reached under names that only its proxy knows
        config = replace(config, trusted_hosts=())
    app = create_app(config)
    waitress.serve(app.server, host=host, port=port, threads=THREADS, ident=None)
