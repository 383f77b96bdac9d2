"""correlate: calcium recordings as functional networks."""

from __future__ import annotations

from typing import Annotated

import polars as pl
import typer

from gnn.config import parse_config
from ingest.correlation.config import CorrelationConfig, meanings
from jobs.cli import parameters
from jobs.cli.derived import print_derived, print_settings
from jobs.cli.progress import bar
from jobs.cli.settings import settings
from jobs.cli.teaching import help_of
from jobs.correlate import correlate_dataset
from jobs.workspace import Workspace
from schemas.errors import UsageError

SIGNIFICANT = 0.05


def correlate(
    context: typer.Context,
    dataset: Annotated[
        str | None, typer.Argument(metavar="[DATASET]", help="Dataset with calcium recordings: id, or id@version.")
    ] = None,
    setting: Annotated[
        list[str] | None,
        typer.Option("-s", "--set", metavar="OPTION=VALUE", help="A setting. Repeatable; see --show-settings."),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option("--as", metavar="ID", help="Id of the new dataset.  [default: DATASET-correlation]"),
    ] = None,
    show_settings: Annotated[
        bool, typer.Option("--show-settings", help="List all settings with their values; nothing is done.")
    ] = False,
) -> None:
    """Correlate the identified neurons of calcium recordings, and publish the networks as a dataset of its own.

    One undirected network for each recording (DATASET-correlation/RECORDING), one of all (DATASET-correlation/pooled).
    The weight is Pearson's r over the samples that both neurons have, or its mean over the recordings that hold both.
    Every observed pair is an edge, so an absent one was not observed. What has no edge is a decision.

    q is a false discovery rate: how many of the pairs with as small a p chance alone would give, where p is the share
    of circular shifts of one trace against the other that correlate as much, after a straight trend was taken out.
    Slow traces alone are so no finding; what else goes with the time since the start of every recording may be one.

    Example:
      connectome correlate celegans/dag2023
      connectome correlate celegans/dag2023-homogenised -s min_samples=600
      connectome correlate celegans/dag2023 -s surrogates=100000 -s seed=2 --as celegans/mine
      connectome correlate --show-settings
    """
    given = settings(context)
    config = parse_config(CorrelationConfig, dict(parameters.pairs(setting or (), "-s")))
    if show_settings:
        print_settings(config, CorrelationConfig(), meanings())
        return
    if dataset is None:
        raise UsageError("no dataset is named", "`connectome datasets` lists them, e.g. celegans/dag2023")
    with bar(given, f"correlating {dataset}") as running:
        made = correlate_dataset(given.workspace, dataset, config, name, running.report)
    manifest = made.manifest
    print_derived(made, summary(given.workspace, manifest.dataset, manifest.version))
    given.say(f"`connectome decisions {manifest.dataset}` says what has no edge; then `connectome project`")


def summary(workspace: Workspace, dataset: str, version: str) -> list[dict[str, object]]:
    """Of each network: neurons, pairs, the mean r and |r|, and how many pairs have q < 0.05."""
    edges = workspace.lake.read(dataset, "functional", version)
    weight, q = pl.col("weight"), pl.col("q")
    counted = edges.group_by("network", maintain_order=True).agg(
        neurons=pl.concat([pl.col("source"), pl.col("target")]).n_unique(),
        pairs=pl.len(),
        mean_r=weight.mean().round(4),
        mean_absolute_r=weight.abs().mean().round(4),
        below=pl.when(q.count() > 0).then((q < SIGNIFICANT).sum()),
    )
    named = counted.with_columns(pl.col("network").str.strip_prefix(f"{dataset}/"))
    return named.rename({"mean_r": "mean r", "mean_absolute_r": "mean |r|", "below": f"q < {SIGNIFICANT}"}).to_dicts()


def register(app: typer.Typer) -> None:
    app.command(help=help_of(correlate))(correlate)
