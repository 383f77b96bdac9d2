"""export, models, train, runs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from gnn.config import describe_config
from gnn.model import model, model_names
from graphdb.export import Selection
from graphdb.time_split import TimeSplit
from jobs import flow
from jobs.cli import parameters
from jobs.cli.formats import ListFormat, write_rows
from jobs.cli.progress import bar
from jobs.cli.settings import Settings, output, settings
from jobs.cli.sources import ListFormatOption
from jobs.cli.teaching import help_of
from jobs.runs import RUN_COLUMNS, headline, run_rows
from schemas.bundle import Bundle
from schemas.errors import UsageError
from schemas.kinds import WEIGHTED_KINDS

Activity = Annotated[list[str] | None, typer.Option("--activity", help="Dataset whose recordings to take. Repeatable.")]
Structure = Annotated[
    list[str] | None, typer.Option("--structure", help="Dataset whose connections to take. Repeatable.")
]
Kinds = Annotated[
    list[str] | None,
    typer.Option(
        "--kind",
        help=f"Kind of connection: {', '.join(WEIGHTED_KINDS)}. Repeatable.  [default: chemical, gap_junction]",
    ),
]
Nodes = Annotated[
    list[str] | None,
    typer.Option("--node", help="Only nodes of this name or class. Repeatable.  [default: all recorded]"),
]
MinRecordings = Annotated[int, typer.Option(min=1, help="Only nodes that so many recordings hold.")]
Parts = Annotated[str, typer.Option(help="Shares of train, validation and test, over subjects.")]
TimeParts = Annotated[
    str, typer.Option(help="Shares of train, validation and test along the time of each recording, in this order.")
]
SplitSeed = Annotated[int, typer.Option("--split-seed", help="Seed of the split.")]


def export(
    context: typer.Context,
    activity: Activity = None,
    structure: Structure = None,
    kind: Kinds = None,
    node: Nodes = None,
    min_recordings: MinRecordings = 1,
    parts: Parts = "0.75,0,0.25",
    split_seed: SplitSeed = 0,
    time_parts: TimeParts = "0.75,0,0.25",
    time_blocks: Annotated[int, typer.Option(min=1, help="How often those shares follow each other.")] = 1,
    time_gap: Annotated[float, typer.Option(min=0, help="Seconds left out after each edge between them.")] = 0.0,
    out: Annotated[
        Path | None, typer.Option(help="Folder to write.  [default: bundles/<hash> in the workspace]")
    ] = None,
) -> None:
    """Export a bundle for a model: nodes, connections, traces and events, with its splits fixed.

    One split puts each animal whole into a part, another cuts each recording along time into contiguous blocks.

    Example:
      connectome export --activity simulate/celegans --structure celegans/cook2019 --out bundle
      connectome export --activity simulate/celegans --time-parts 0.6,0.2,0.2 --time-blocks 3 --time-gap 5
    """
    given = settings(context)
    along_time = TimeSplit(_shares("--time-parts", time_parts), time_blocks, time_gap)
    chosen = selection(activity, structure, kind, node, min_recordings, parts, split_seed)
    chosen = replace(chosen, time=along_time)
    with bar(given, "exporting"):
        bundle, folder = flow.export_bundle(given.workspace, chosen, out)
    rows = ", ".join(f"{n:,} {name}" for name, n in bundle.manifest.rows.items())
    output().print(f"{folder}: {rows}; hash {bundle.manifest.hash[:12]}")


def models(context: typer.Context) -> None:
    """List the models, with what each needs and its options.

    Example:
      connectome models
    """
    settings(context)
    for name in model_names():
        known = model(name)
        output().print(f"{known.name} {known.version}: {known.title}")
        output().print(f"    {known.citation}")
        output().print(f"    needs: {', '.join(known.needs)}")
        for option, type_, default in describe_config(known.config):
            output().print(f"    -s {option}=…  {type_} (default {default})")
        output().print(f"    $ connectome train {known.name} --activity simulate/celegans --seed 1\n")


def train(
    context: typer.Context,
    model_name: Annotated[str, typer.Argument(metavar="MODEL", help="Model, as `connectome models` lists them.")],
    bundle: Annotated[
        Path | None, typer.Option(help="Bundle to fit; without one, a selection is exported first.")
    ] = None,
    activity: Activity = None,
    structure: Structure = None,
    kind: Kinds = None,
    node: Nodes = None,
    min_recordings: MinRecordings = 1,
    parts: Parts = "0.75,0,0.25",
    split_seed: SplitSeed = 0,
    setting: Annotated[
        list[str] | None, typer.Option("-s", "--set", metavar="OPTION=VALUE", help="Option of the model. Repeatable.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of the model.  [default: the model's]")] = None,
) -> None:
    """Fit a model, publish its run in the lake, and bring it into the graph.

    Example:
      connectome train ntf-communities --activity simulate/celegans --seed 1
      connectome train ntf-communities --bundle bundle -s rank=6
    """
    given = settings(context)
    values = _model_settings(setting, seed)
    model(model_name)  # an unknown name is told before anything is exported
    if bundle is not None:
        if any((activity, structure, kind, node)):
            raise UsageError("--bundle and a selection are both given", "give one of them")
        fitted_on = flow.load_bundle(bundle)
    else:
        chosen = selection(activity, structure, kind, node, min_recordings, parts, split_seed)
        fitted_on, _ = flow.export_bundle(given.workspace, chosen)
    publish_run(given, model_name, fitted_on, values)


def publish_run(given: Settings, model_name: str, bundle: Bundle, values: dict[str, object]) -> None:
    """Fit, publish, project, and print the run's metrics."""
    with bar(given, f"fitting {model_name}") as running:
        trained = flow.train(given.workspace, model_name, bundle, values, running.share)
    if not trained.fitted:
        given.say("the lake holds this run already: same model, options, bundle and code")
    with bar(given, "projecting") as running:
        flow.project(given.workspace, running.report)
    manifest = trained.manifest
    output().print(f"{manifest.reference}{' (simulated)' if manifest.simulated else ''}")
    metrics = given.workspace.lake.read(manifest.dataset, "metric").sort("part", "name", "of")
    write_rows(list(metrics.iter_rows(named=True)), ["part", "name", "of", "value"], ListFormat.TABLE)


def runs(context: typer.Context, kind: ListFormatOption = ListFormat.TABLE) -> None:
    """List the runs of the lake: model, data, seed and main metrics.

    Example:
      connectome runs
    """
    given = settings(context)
    rows = run_rows(given.workspace.lake)
    if kind is ListFormat.TABLE:
        rows = [{**row, "metrics": headline(row["metrics"])} for row in rows]
    write_rows(rows, RUN_COLUMNS, kind)


def selection(
    activity: list[str] | None,
    structure: list[str] | None,
    kinds: list[str] | None,
    nodes: list[str] | None,
    min_recordings: int,
    parts: str,
    split_seed: int,
) -> Selection:
    """A selection from options.

    Raises:
        UsageError: no activity is named, or the shares are not three numbers.
    """
    if not activity:
        raise UsageError("nothing is selected", "name recordings, e.g. --activity simulate/celegans, or give --bundle")
    return Selection(
        activity=tuple(activity),
        structure=tuple(structure or ()),
        kinds=tuple(kinds or Selection.kinds),
        nodes=tuple(nodes or ()),
        min_recordings=min_recordings,
        parts=_shares("--parts", parts),
        seed=split_seed,
    )


def _shares(option: str, text: str) -> tuple[float, float, float]:
    try:
        train_share, validation_share, test_share = (float(share) for share in text.split(","))
    except ValueError:
        raise UsageError(f"{option} {text!r} is not three numbers", f"e.g. {option} 0.75,0,0.25") from None
    return train_share, validation_share, test_share


def _model_settings(setting: list[str] | None, seed: int | None) -> dict[str, object]:
    values: dict[str, object] = dict(parameters.pairs(setting or (), "-s"))
    if seed is not None:
        if "seed" in values:
            raise UsageError("the seed is given twice", "give --seed or -s seed=…")
        values["seed"] = seed
    return values


def register(app: typer.Typer) -> None:
    app.command(help=help_of(export))(export)
    app.command(help=help_of(models))(models)
    app.command(help=help_of(train))(train)
    app.command(help=help_of(runs))(runs)
