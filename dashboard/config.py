"""What the dashboard is told at start."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class DashboardConfig:
    """Settings of one dashboard.

    Args:
        workspace: folder that holds lake and graph.
        graph: address of the graph, or None for the embedded graph of the workspace.
        timeout_s: seconds after which a query is stopped.
        row_cap: rows that an answer holds at most.
        trusted_hosts: host names that requests may be addressed to (against DNS rebinding); empty trusts every name.
    """

    workspace: Path
    graph: str | None = None
    timeout_s: float = 30.0
    row_cap: int = 100_000
    trusted_hosts: tuple[str, ...] = field(default=("127.0.0.1", "localhost", "[::1]"))
