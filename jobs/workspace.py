"""The workspace: one folder that holds the lake, the embedded graph, bundles and downloads."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from graphdb.connect import GRAPH_FILE, open_store
from graphdb.lake import Lake
from graphdb.store import GraphStore
from schemas.errors import UsageError

WORKSPACE_VARIABLE = "CONNECTOME_WORKSPACE"
GRAPH_VARIABLE = "CONNECTOME_GRAPH"
DEFAULT_ROOT = "workspace"


@dataclass(frozen=True)
class Workspace:
    """Where everything lies.

    Args:
        root: the folder; it need not exist yet.
        graph: address of the graph, as `graphdb.connect.open_store` takes it; None for the embedded one in `root`.
    """

    root: Path
    graph: str | None = None

    def __post_init__(self) -> None:
        if self.root.exists() and not self.root.is_dir():
            raise UsageError(f"the workspace {self.root} is a file", "give a folder with --workspace")

    @property
    def lake(self) -> Lake:
        return Lake(self.root / "lake")

    @property
    def bundles(self) -> Path:
        return self.root / "bundles"

    @property
    def downloads(self) -> Path:
        return self.root / "downloads"

    @property
    def dagster_home(self) -> Path:
        return self.root / "dagster"

    @property
    def graph_shown(self) -> str:
        """The graph's address as a person reads it."""
        return self.graph or str(self.root / GRAPH_FILE)

    @contextmanager
    def store(self) -> Iterator[GraphStore]:
        """The graph store, closed at the end."""
        opened = open_store(self.graph, self.root)
        try:
            yield opened
        finally:
            opened.close()


def workspace_from(environment: Mapping[str, str] = os.environ) -> Workspace:
    """The workspace that the environment names; where it names none, ./workspace with its own graph."""
    root = environment.get(WORKSPACE_VARIABLE) or DEFAULT_ROOT
    return Workspace(Path(root), environment.get(GRAPH_VARIABLE) or None)
