"""The Dagster definitions: `dagster dev -m jobs.definitions`, or `connectome jobs serve`.

The workspace comes from CONNECTOME_WORKSPACE and CONNECTOME_GRAPH; local files of sources from the folder that
CONNECTOME_SOURCES names; what to train on from CONNECTOME_TRAIN_ON.
"""

from __future__ import annotations

import dagster as dg

from jobs.assets import graph_equals_lake, projected, published_asset, trained_run
from jobs.automation import daily_ingest, ingest_job, project_job, retrain_on_new_version, train_job
from jobs.resources import TrainingPlan, WorkspaceResource


def definitions(workspace: WorkspaceResource | None = None, plan: TrainingPlan | None = None) -> dg.Definitions:
    """Everything, bound to a workspace (default: that of the environment)."""
    return dg.Definitions(
        assets=[published_asset(), projected, trained_run],
        asset_checks=[graph_equals_lake],
        jobs=[ingest_job, project_job, train_job],
        schedules=[daily_ingest],
        sensors=[retrain_on_new_version],
        resources={"workspace": workspace or WorkspaceResource(), "plan": plan or TrainingPlan()},
    )


@dg.definitions
def defs() -> dg.Definitions:
    """What Dagster's tools load."""
    return definitions()
