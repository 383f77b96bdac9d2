"""demo: runs it and shows one screen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import polars as pl
import typer

from jobs.cli.datasets import DATASET_COLUMNS, dataset_row
from jobs.cli.formats import plain, print_table
from jobs.cli.progress import Bar, bar
from jobs.cli.settings import Settings, output, settings
from jobs.cli.sources import FromDir
from jobs.cli.teaching import help_of
from jobs.demo import ABOUT, CONNECTOME, QUESTION, DemoReport
from jobs.demo import demo as run_demo
from jobs.runs import metric_rows
from jobs.workspace import DEFAULT_ROOT, Workspace

_ROWS = 12


def demo(context: typer.Context, from_dir: FromDir = None) -> None:
    """Do everything once: ingest, publish, project, verify, export, train, ask.

    Real connectomes come from a published package, activity is simulated. With --from DIR, real recordings, vessels and
    fMRI are taken from a folder as well. Running it again gives the same versions.

    Example:
      connectome demo
      connectome --workspace /tmp/try demo --from ~/connectome-files
    """
    given = settings(context)

    @contextmanager
    def steps(title: str) -> Iterator[Bar]:
        given.say(title)
        with bar(given, title) as running:
            yield running

    show(run_demo(given.workspace, from_dir, steps, given.say), given)


def show(report: DemoReport, given: Settings) -> None:
    """One screen."""
    _show_datasets(report)
    _show_decisions(report)
    _show_answer(report)
    _show_run(report)
    _show_paths(report, given)


def _show_datasets(report: DemoReport) -> None:
    rows = [[plain(v) for v in dataset_row(m).values()] for m in report.datasets]
    print_table(DATASET_COLUMNS, rows, title="Datasets of the lake")
    for line in report.left_out:
        output().print(line)


def _show_decisions(report: DemoReport) -> None:
    lake = report.workspace.lake
    counted = [
        lake.read(m.dataset, "decision")
        .group_by("action")
        .agg(rows=pl.len(), example=pl.first("item") + ": " + pl.first("reason"))
        .with_columns(dataset=pl.lit(m.dataset))
        for m in report.datasets
        if m.decisions
    ]
    if not counted:
        output().print("Decisions of homogenisation: none")
        return
    columns = ["dataset", "action", "rows", "example"]
    rows = pl.concat(counted).sort("dataset", "action").select(columns).iter_rows()
    print_table(columns, [[_short(value) for value in row] for row in rows], title="Decisions of homogenisation")
    output().print("all of them: connectome decisions DATASET")


def _show_answer(report: DemoReport) -> None:
    command = f"connectome query @{QUESTION} -p neuron={ABOUT['neuron']} -p dataset={ABOUT['dataset']}"
    if report.answer is None:
        output().print(f"@{QUESTION} is not asked: {CONNECTOME} is absent")
        return
    rows = [[plain(v) for v in row.values()] for row in report.answer.rows()]
    print_table(report.answer.columns, rows[:_ROWS], title=f"$ {command}")
    if len(rows) > _ROWS:
        output().print(f"… and {len(rows) - _ROWS} more partners")


def _show_run(report: DemoReport) -> None:
    if report.trained is None:
        return
    manifest = report.trained.manifest
    rows = metric_rows(report.workspace.lake, manifest.dataset)
    columns = list(dict.fromkeys(name for row in rows for name in row))
    title = f"{manifest.dataset}{' (simulated)' if manifest.simulated else ''}: the model beside its baselines"
    print_table(columns, [[row.get(name) for name in columns] for row in rows], title=title)


def _show_paths(report: DemoReport, given: Settings) -> None:
    workspace = report.workspace
    rows: list[list[Any]] = [
        ["lake", str(workspace.lake.root)],
        ["graph", workspace.graph_shown],
        ["bundle", str(report.bundle)],
    ]
    print_table(["where", "path"], rows)
    if report.verified is not None:
        output().print(
            f"graph equals lake: {report.verified.datasets} datasets, {report.verified.rows:,} rows compared"
        )
    output().print(f"done in {report.elapsed_s:.1f} s")
    output().print(f"open the dashboard: {_command(given.workspace)} serve")


def _command(workspace: Workspace) -> str:
    folder = "" if str(workspace.root) == DEFAULT_ROOT else f" --workspace {workspace.root}"
    graph = "" if workspace.graph is None else f" --graph {workspace.graph}"
    return f"connectome{folder}{graph}"


def _short(value: object) -> object:
    text = str(value)
    return value if len(text) <= 90 else f"{text[:89]}…"  # noqa: PLR2004 - fits a screen


def register(app: typer.Typer) -> None:
    app.command(help=help_of(demo))(demo)
