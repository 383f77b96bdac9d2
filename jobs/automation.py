"""When the assets are made: jobs to run by hand, a daily schedule, and a sensor on new versions."""

from __future__ import annotations

from collections.abc import Iterator

import dagster as dg

from jobs.changes import changed_sources
from jobs.resources import TrainingPlan, WorkspaceResource
from jobs.workspace import Workspace

INGEST = "ingest"
PROJECT = "project"
TRAIN = "train"

ingest_job = dg.define_asset_job(
    INGEST,
    dg.AssetSelection.assets("published", "projected"),
    description="One source into the lake, then the graph brought up to date and verified.",
)
project_job = dg.define_asset_job(
    PROJECT,
    dg.AssetSelection.assets("projected"),
    description="The graph brought to the lake's current versions and verified.",
)
train_job = dg.define_asset_job(
    TRAIN,
    dg.AssetSelection.assets("projected", "trained_run"),
    description="A bundle exported, a model fitted, its run published and projected.",
)


@dg.schedule(job=ingest_job, cron_schedule="0 3 * * *", default_status=dg.DefaultScheduleStatus.RUNNING)
def daily_ingest(
    context: dg.ScheduleEvaluationContext, workspace: WorkspaceResource
) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """Every night, the sources whose files, reader or parents have changed since they were published."""
    changed = changed_sources(workspace.workspace(), workspace.from_dir())
    if not changed:
        yield dg.SkipReason("no source has changed: checksums, readers and parents are those of the lake")
    day = context.scheduled_execution_time.date().isoformat()
    for source_id, why in changed.items():
        yield dg.RunRequest(run_key=f"{source_id} {day}", partition_key=source_id, tags={"connectome/why": why})


@dg.sensor(job=train_job, minimum_interval_seconds=60, default_status=dg.DefaultSensorStatus.RUNNING)
def retrain_on_new_version(
    context: dg.SensorEvaluationContext, workspace: WorkspaceResource, plan: TrainingPlan
) -> dg.RunRequest | dg.SkipReason:
    """Train again when a dataset that the plan trains on has a new version; the cursor is the versions trained on."""
    selection = plan.selection()
    wanted = [*selection.activity, *selection.structure]
    versions = _versions(workspace.workspace(), wanted)
    if absent := [dataset for dataset in wanted if dataset not in versions]:
        return dg.SkipReason(f"not in the lake: {', '.join(absent)}")
    present = ",".join(versions[dataset] for dataset in wanted)
    if present == context.cursor:
        return dg.SkipReason(f"trained on {present} already")
    context.update_cursor(present)
    return dg.RunRequest(run_key=present)


def _versions(workspace: Workspace, datasets: list[str]) -> dict[str, str]:
    return {m.dataset: m.reference for m in workspace.lake.datasets() if m.dataset in datasets}
