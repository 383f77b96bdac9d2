"""jobs list, jobs run, jobs serve: what runs unattended, by Dagster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from jobs import server
from jobs.cli.formats import print_table
from jobs.cli.settings import Settings, output, settings
from jobs.cli.teaching import help_of
from jobs.ports import require_free
from schemas.errors import ConnectomeError, UsageError

if TYPE_CHECKING:
    import dagster as dg

PARTITIONED = "ingest"


def jobs() -> None:
    """Run the work unattended: jobs, a nightly schedule, a sensor that retrains.

    Example:
      connectome jobs list
      connectome jobs run ingest --source simulate/celegans
      connectome jobs serve
    """


def list_jobs(context: typer.Context) -> None:
    """List jobs, schedules and sensors.

    Example:
      connectome jobs list
    """
    known = _repository(settings(context))
    rows = [["job", job.name, job.description or ""] for job in _jobs(known)]
    rows += [["schedule", each.name, f"{each.cron_schedule}: runs {each.job_name}"] for each in known.schedule_defs]
    rows += [["sensor", each.name, f"runs {each.job_name}"] for each in known.sensor_defs]
    print_table(["kind", "name", "what"], sorted(rows))


def run(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Job, as `connectome jobs list` names it.")],
    source: Annotated[str | None, typer.Option(help=f"Source, for the job {PARTITIONED!r}.", metavar="ID")] = None,
) -> None:
    """Run a job once, here and now.

    Example:
      connectome jobs run project
      connectome jobs run ingest --source simulate/celegans
    """
    import dagster as dg  # noqa: PLC0415 - slow to import

    found = {job.name: job for job in _jobs(_repository(settings(context)))}
    if name not in found:
        raise UsageError(f"unknown job {name!r}", f"jobs: {', '.join(sorted(found))}")
    _require_source(found[name], source)
    with dg.DagsterInstance.ephemeral() as instance:
        result = found[name].execute_in_process(instance=instance, partition_key=source, raise_on_error=False)
    if not result.success:
        raise ConnectomeError(f"the job {name!r} failed: {_failure(result)}", "its log stands above")
    output().print(f"{name}: done")


def serve(
    context: typer.Context,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port of the web page.", min=1, max=65535)] = 3000,
) -> None:
    """Start Dagster's web page and its daemon, which runs the schedule and the sensor, until Ctrl-C.

    Example:
      connectome jobs serve --port 3001
    """
    given = settings(context)
    require_free(host, port)
    given.say(f"Dagster at http://{host}:{port}, state in {given.workspace.dagster_home}; Ctrl-C stops it")
    server.serve(given.workspace, host, port)


def _repository(given: Settings) -> dg.RepositoryDefinition:
    from jobs.definitions import definitions  # noqa: PLC0415 - slow to import
    from jobs.resources import WorkspaceResource  # noqa: PLC0415

    workspace = given.workspace
    bound = WorkspaceResource(root=str(workspace.root), graph=workspace.graph or "")
    return definitions(workspace=bound).get_repository_def()


def _jobs(known: dg.RepositoryDefinition) -> list[dg.JobDefinition]:
    """Without the one that Dagster adds for all assets."""
    return [job for job in known.get_all_jobs() if not job.name.startswith("__")]


def _require_source(job: dg.JobDefinition, source: str | None) -> None:
    if job.partitions_def is None:
        if source is not None:
            raise UsageError(f"the job {job.name!r} takes no --source", f"it is for {PARTITIONED!r}")
        return
    known = job.partitions_def.get_partition_keys()
    if source not in known:
        what = "needs a source" if source is None else f"knows no source {source!r}"
        raise UsageError(f"the job {job.name!r} {what}", f"--source, one of: {', '.join(known)}")


def _failure(result: dg.ExecuteInProcessResult) -> str:
    """What the failing step or check said."""
    for check in result.get_asset_check_evaluations():
        if not check.passed:
            return check.description or f"the check {check.check_name} did not pass"
    for event in result.all_events:
        if event.is_step_failure:
            failure = event.step_failure_data
            if failure.user_failure_data and failure.user_failure_data.description:
                return failure.user_failure_data.description
            error = failure.error_display_string.strip().splitlines()
            return error[0] if error else "no message"
    return "no step says why"


def register(app: typer.Typer) -> None:
    group = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
    group.command("list", help=help_of(list_jobs))(list_jobs)
    group.command(help=help_of(run))(run)
    group.command(help=help_of(serve))(serve)
    app.add_typer(group, name="jobs", help=help_of(jobs))
