"""datasets, show, decisions."""

from __future__ import annotations

from typing import Annotated, get_args

import typer

from graphdb.lake import Lake, Manifest
from graphdb.versions.deprecation import deprecation
from graphdb.versions.reference import resolve
from jobs.cli.formats import ListFormat, print_table, write_rows
from jobs.cli.settings import settings
from jobs.cli.sources import ListFormatOption
from jobs.cli.teaching import help_of
from jobs.workspace import Workspace
from schemas.dataset import Action
from schemas.errors import UsageError

DatasetArgument = Annotated[
    str, typer.Argument(metavar="DATASET", help="Id, or id@version for another than the current version.")
]
_COUNTED = ("node", "network", "recording", "trace", "decision")


def datasets(context: typer.Context, kind: ListFormatOption = ListFormat.TABLE) -> None:
    """List the datasets of the lake: their current versions with what they hold.

    Example:
      connectome datasets
      connectome datasets --format csv
    """
    given = settings(context)
    manifests = given.workspace.lake.datasets()
    if not manifests:
        given.say(f"the lake {given.workspace.lake.root} is empty: `connectome ingest --all-simulated` fills it")
    rows = [{**dataset_row(m), "deprecated": deprecated(given.workspace.lake, m)} for m in manifests]
    write_rows(rows, [*DATASET_COLUMNS, "deprecated"], kind)


DATASET_COLUMNS = ["dataset", "version", "simulated", *(f"{t}s" for t in _COUNTED), "edges", "published"]
_NOT_EDGES = {"dataset", "subject", "node_set", "matrix", "event", "run", "metric", "membership", "component", "state"}
_NOT_EDGES |= {"annotation", "binding", "coverage", "edge_origin", "inferred_edge", "embedding", *_COUNTED}


def dataset_row(manifest: Manifest) -> dict[str, object]:
    """Counts of a version."""
    rows = manifest.rows
    return {
        "dataset": manifest.dataset,
        "version": manifest.version,
        "simulated": manifest.simulated,
        **{f"{table}s": rows.get(table, 0) for table in _COUNTED},
        "edges": sum(n for table, n in rows.items() if table not in _NOT_EDGES),
        "published": manifest.published_at[:19],
    }


def deprecated(lake: Lake, manifest: Manifest) -> str | None:
    """Why a version should not be used, where it should not."""
    note = deprecation(lake, manifest.dataset, manifest.version)
    return str(note).removeprefix("deprecated: ") if note else None


def show(context: typer.Context, dataset: DatasetArgument) -> None:
    """Show one dataset: citation, licence, tables, source files with checksums, parents and versions.

    Example:
      connectome show celegans/cook2019
    """
    workspace = settings(context).workspace
    manifest = _manifest(workspace, dataset)
    about = workspace.lake.read(manifest.dataset, "dataset", manifest.version).row(0, named=True)
    facts = ("title", "modality", "species", "licence", "citation", "source_url", "simulated")
    print_table(
        [manifest.reference, ""],
        [
            *([name, about[name]] for name in facts if about[name] is not None),
            *([["DEPRECATED", why]] if (why := deprecated(workspace.lake, manifest)) else []),
            ["published", manifest.published_at],
            ["reader", f"{manifest.reader} {manifest.reader_version}"],
            ["parents", ", ".join(manifest.parents) or "none"],
            ["decisions", f"{manifest.decisions} (see `connectome decisions {manifest.dataset}`)"],
            ["versions", _versions(workspace, manifest)],
        ],
    )
    tables = [[name, n, manifest.hashes[name]] for name, n in manifest.rows.items()]
    print_table(["table", "rows", "content sha256"], tables)
    if manifest.sources:
        files = [[f.name, f.size_bytes, f.sha256, f.origin] for f in manifest.sources]
        print_table(["source file", "bytes", "sha256", "origin"], files)


def decisions(
    context: typer.Context,
    dataset: DatasetArgument,
    action: Annotated[str | None, typer.Option(help=f"Only this action: {', '.join(get_args(Action))}.")] = None,
    kind: ListFormatOption = ListFormat.TABLE,
) -> None:
    """List what homogenisation did to a dataset: every row renamed, merged, guessed or dropped, and why.

    Example:
      connectome decisions celegans/cook2019 --action dropped
      connectome decisions celegans/cook2019 --format csv > decisions.csv
    """
    given = settings(context)
    if action is not None and action not in get_args(Action):
        raise UsageError(f"unknown action {action!r}", f"actions: {', '.join(get_args(Action))}")
    manifest = _manifest(given.workspace, dataset)
    frame = given.workspace.lake.read(manifest.dataset, "decision", manifest.version)
    rows = [row for row in frame.iter_rows(named=True) if action in (None, row["action"])]
    write_rows(rows, frame.columns, kind)
    given.say(f"{len(rows)} of {frame.height} decisions of {manifest.reference}")


def _manifest(workspace: Workspace, reference: str) -> Manifest:
    return resolve(workspace.lake, reference)


def _versions(workspace: Workspace, manifest: Manifest) -> str:
    lake = workspace.lake
    return ", ".join(
        m.version + (" (deprecated)" if deprecation(lake, m.dataset, m.version) else "")
        for m in lake.versions(manifest.dataset)
    )


def register(app: typer.Typer) -> None:
    app.command(help=help_of(datasets))(datasets)
    app.command(help=help_of(show))(show)
    app.command(help=help_of(decisions))(decisions)
