"""export-as."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from graphdb.exchange.catalog import FORMATS, write
from graphdb.exchange.subgraph import KINDS, GraphSelection
from jobs.cli.progress import bar
from jobs.cli.settings import output, settings
from jobs.cli.teaching import help_of
from jobs.recordings import RECORDING_FORMATS, export_recordings
from schemas.errors import UsageError

_NAMES = (*FORMATS, *RECORDING_FORMATS)


def export_as(
    context: typer.Context,
    format_: Annotated[str, typer.Argument(metavar="FORMAT", help=f"One of {', '.join(_NAMES)}.")],
    dataset: Annotated[list[str], typer.Argument(metavar="DATASET...", help="Ids, or id@version.")],
    out: Annotated[Path, typer.Option(help="Folder to write; it must be new or empty.")],
    kind: Annotated[
        list[str] | None,
        typer.Option("--kind", help=f"Only this kind of edge: {', '.join(KINDS)}. Repeatable.  [default: all]"),
    ] = None,
    node: Annotated[
        list[str] | None, typer.Option("--node", help="Only nodes of this name, class or uid. Repeatable.")
    ] = None,
) -> None:
    """Write datasets in a format that other programs read, with their versions and what to cite.

    Nodes and edges come from the lake, so no graph is needed. Beside the data stand provenance.json and CITATION.txt.
    netcdf and nwb hold recordings of calcium instead: traces with their labels, what was measured and what is missing
    or guessed, stimuli and behaviour; one NetCDF file for a dataset, one NWB file for a recording.

    Example:
      connectome export-as graphml celegans/cook2019 --out cook
      connectome export-as npz celegans/cook2019 --kind chemical --out matrices
      connectome export-as croissant vessel/voreen-sample --out vessels
      connectome export-as netcdf celegans/dag2023-homogenised --out worms
    """
    given = settings(context)
    if format_ in RECORDING_FORMATS:
        if kind or node:
            raise UsageError(f"{format_} holds recordings whole", "leave --kind and --node out")
        with bar(given, "exporting"):
            written = export_recordings(given.workspace.lake, dataset, format_, out)
        of = ", ".join(written.references)
        output().print(f"{out}: {written.recordings:,} recordings of {of} in {len(written.files):,} file(s)")
        if written.left_out:
            given.say(f"{len(written.left_out)} recording(s) of other kinds are left out; provenance.json names them")
        return
    if format_ not in FORMATS:
        raise UsageError(f"unknown format {format_!r}", f"formats: {', '.join(_NAMES)}")
    chosen = GraphSelection(tuple(dataset), tuple(kind or ()), tuple(node or ()))
    with bar(given, "exporting"):
        graph = write(given.workspace.lake, chosen, format_, out)
    output().print(
        f"{out}: {graph.nodes.height:,} nodes, {graph.edges.height:,} edges of {', '.join(graph.references)}"
    )


def register(app: typer.Typer) -> None:
    app.command("export-as", help=help_of(export_as))(export_as)
