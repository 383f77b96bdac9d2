"""homogenise: calcium recordings on one clock and scale."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import polars as pl
import typer

from ingest.homogenise.config import PROFILES, HomogeniseConfig, meanings, profile
from jobs.cli import parameters
from jobs.cli.derived import print_derived, print_settings
from jobs.cli.progress import bar
from jobs.cli.settings import output, settings
from jobs.cli.teaching import help_of
from jobs.homogenise import config_of, homogenise_dataset, write_table
from jobs.workspace import Workspace
from schemas.errors import UsageError


def homogenise(
    context: typer.Context,
    dataset: Annotated[
        str | None, typer.Argument(metavar="[DATASET]", help="Dataset with calcium recordings: id, or id@version.")
    ] = None,
    profile_name: Annotated[
        str, typer.Option("--profile", help=f"Where the settings start from: {' or '.join(PROFILES)}.")
    ] = HomogeniseConfig.profile,
    dt: Annotated[float | None, typer.Option(help="Step of the common clock in seconds.  [default: 0.333]")] = None,
    setting: Annotated[
        list[str] | None,
        typer.Option("-s", "--set", metavar="OPTION=VALUE", help="Another setting. Repeatable; see --show-settings."),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option(
            "--as", metavar="ID", help="Id of the new dataset.  [default: DATASET-homogenised, with profile and signal]"
        ),
    ] = None,
    parquet: Annotated[
        Path | None,
        typer.Option(help="Also write the 15-column table of the published data: a row for each neuron of each worm."),
    ] = None,
    show_settings: Annotated[
        bool, typer.Option("--show-settings", help="List all settings with their values; nothing is done.")
    ] = False,
) -> None:
    """Bring calcium recordings to one clock and scale, and publish them as a dataset of its own.

    Steps: seconds from the first sample; derivative (-s signal=residual); causal smoothing; resampling, with fast
    signals kept out where that slows a recording down; normalisation. What is missing stays missing, unless it is
    imputed (-s imputation=iterative), and gaps longer than max_gap_s are not bridged. Parameters and all that was left
    out, imputed, bridged or kept missing are decisions.

    The profile `corrected` does this soundly; `simeon2024` does what the published pipeline of Simeon et al. does, with
    its faults, so that both can be compared. ingest/homogenise/HOMOGENISE.md explains every setting and difference.

    Example:
      connectome homogenise celegans/dag2023
      connectome homogenise celegans/dag2023 --dt 0.5 -s smoothing=gaussian -s sigma_samples=3
      connectome homogenise celegans/dag2023 -s signal=residual -s normalisation=robust
      connectome homogenise celegans/dag2023 --profile simeon2024 --parquet worms.parquet
      connectome homogenise --profile simeon2024 --show-settings
    """
    given = settings(context)
    values: dict[str, object] = dict(parameters.pairs(setting or (), "-s"))
    if "profile" in values:
        raise UsageError("the profile is not a setting", "give --profile")
    if dt is not None:
        if "dt_s" in values:
            raise UsageError("the step is given twice", "give --dt or -s dt_s=…")
        values["dt_s"] = dt
    config = config_of(profile_name, values)
    if show_settings:
        print_settings(config, profile(config.profile), meanings())
        return
    if dataset is None:
        raise UsageError("no dataset is named", "`connectome datasets` lists them, e.g. celegans/dag2023")
    if parquet is not None and parquet.exists():
        raise UsageError(f"{parquet} exists", "give another file, or remove it")
    with bar(given, f"homogenising {dataset}") as running:
        made = homogenise_dataset(given.workspace, dataset, config, name, running.report)
    manifest = made.manifest
    print_derived(made, summary(given.workspace, manifest.dataset, manifest.version))
    if parquet is not None:
        table = write_table(given.workspace.lake, manifest, parquet)
        output().print(f"{parquet}: {table.height:,} rows")
    given.say(f"`connectome decisions {manifest.dataset}` says why; the graph follows with `connectome project`")


def summary(workspace: Workspace, dataset: str, version: str) -> list[dict[str, object]]:
    """Of each homogenised recording: samples, seconds, traces, those with a neuron, and the share that is missing."""
    recording = workspace.lake.read(dataset, "recording", version).sort("uid")
    trace = workspace.lake.read(dataset, "trace", version)
    counted = trace.group_by("recording").agg(
        traces=pl.len(),
        neurons=pl.col("node").count(),
        missing=pl.col("values").list.eval(pl.element().is_null()).list.mean().mean(),
    )
    rows = recording.join(counted, left_on="uid", right_on="recording", maintain_order="left").iter_rows(named=True)
    return [
        {
            "recording": row["uid"].removeprefix(f"{dataset}/"),
            "samples": row["n_samples"],
            "seconds": round(row["time_s"][-1], 1),
            "traces": row["traces"],
            "neurons": row["neurons"],
            "missing %": round(100 * row["missing"], 2),
        }
        for row in rows
    ]


def register(app: typer.Typer) -> None:
    app.command(help=help_of(homogenise))(homogenise)
