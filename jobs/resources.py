"""What the Dagster assets are given: the workspace and what to train, both from the environment."""

from __future__ import annotations

import os
from pathlib import Path

import dagster as dg

from graphdb.export import Selection
from graphdb.named.communities import MODEL
from jobs.demo import SEED, SIMULATED_ACTIVITY
from jobs.workspace import Workspace, workspace_from

SOURCES_VARIABLE = "CONNECTOME_SOURCES"
TRAIN_ON_VARIABLE = "CONNECTOME_TRAIN_ON"


class WorkspaceResource(dg.ConfigurableResource):  # type: ignore[type-arg]
    """The workspace; what is empty here comes from CONNECTOME_WORKSPACE, CONNECTOME_GRAPH and CONNECTOME_SOURCES.

    Attributes:
        root: folder of the workspace.
        graph: address of the graph.
        sources: local folder that may hold files of sources.
    """

    root: str = ""
    graph: str = ""
    sources: str = ""

    def workspace(self) -> Workspace:
        default = workspace_from()
        return Workspace(Path(self.root) if self.root else default.root, self.graph or default.graph)

    def from_dir(self) -> Path | None:
        folder = self.sources or os.environ.get(SOURCES_VARIABLE, "")
        return Path(folder) if folder else None


class TrainingPlan(dg.ConfigurableResource):  # type: ignore[type-arg]
    """What the asset `trained_run` fits, and the sensor watches.

    Attributes:
        model: name in the registry of models.
        activity: datasets whose recordings are taken; empty for those of CONNECTOME_TRAIN_ON, separated by commas.
        structure: datasets whose connections are taken.
        seed: of the model.
        options: further options of the model.
    """

    model: str = MODEL
    activity: list[str] = []  # noqa: RUF012 - copied for each instance
    structure: list[str] = []  # noqa: RUF012 - copied for each instance
    seed: int = SEED
    options: dict[str, str] = {}  # noqa: RUF012 - copied for each instance

    def selection(self) -> Selection:
        named = os.environ.get(TRAIN_ON_VARIABLE, "").split(",")
        activity = self.activity or [name.strip() for name in named if name.strip()] or [SIMULATED_ACTIVITY]
        return Selection(activity=tuple(activity), structure=tuple(self.structure))

    def settings(self) -> dict[str, object]:
        return {**self.options, "seed": self.seed}
