"""sources, fetch, ingest."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from graphdb.lake import Manifest
from graphdb.reconciliation import reconciliation
from ingest.generic.mapping import find_mapping, shipped_mappings
from ingest.source import SourceSpec
from ingest.source import sources as registry
from jobs import flow
from jobs.cli.formats import ListFormat, write_rows
from jobs.cli.progress import bar
from jobs.cli.settings import Settings, output, settings
from jobs.cli.teaching import help_of
from jobs.reconciliation import brief
from schemas.errors import UsageError

FromDir = Annotated[
    Path | None, typer.Option("--from", help="Folder that may hold the files, at any depth, under their usual names.")
]
Unverified = Annotated[
    bool, typer.Option("--unverified", help="Take local files whose checksum is not the registry's, and record so.")
]
ListFormatOption = Annotated[ListFormat, typer.Option("--format", help="How to write the list.")]


def sources(context: typer.Context, kind: ListFormatOption = ListFormat.TABLE) -> None:
    """List the sources that can be ingested, with licence and whether the lake holds them.

    Example:
      connectome sources
      connectome sources --format json
    """
    held = {m.dataset: m.version for m in settings(context).workspace.lake.datasets()}
    rows = [
        {
            "id": spec.id,
            "title": spec.title,
            "modality": spec.modality,
            "simulated": spec.simulated,
            "licence": spec.licence,
            "files": obtained(spec),
            "in lake": held.get(spec.id),
        }
        for spec in registry().values()
    ]
    write_rows(rows, ["id", "title", "modality", "simulated", "licence", "files", "in lake"], kind)
    settings(context).say(
        f"edge lists by a mapping file: {', '.join(shipped_mappings())}; see `connectome ingest --help`"
    )


def fetch(
    context: typer.Context,
    source: Annotated[str, typer.Argument(metavar="ID", help="Source, as `connectome sources` lists it.")],
    from_dir: FromDir = None,
    unverified: Unverified = False,
) -> None:
    """Bring the files of a source and check them; nothing is read yet.

    Example:
      connectome fetch celegans/cook2019
      connectome fetch fmri/aal116 --from ~/atlases
    """
    given = settings(context)
    with bar(given, f"fetching {source}") as running:
        fetched = flow.fetch_source(given.workspace, source, from_dir, verified=not unverified, say=running.say)
    rows = [
        {"key": key, "path": str(path), "sha256": file.sha256, "size_bytes": file.size_bytes, "origin": file.origin}
        for (key, path), file in zip(fetched.files.items(), fetched.provenance, strict=True)
    ]
    if rows:
        write_rows(rows, list(rows[0]), ListFormat.TABLE)
    else:
        given.say(f"{source} needs no file")


def ingest(
    context: typer.Context,
    source: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[ID]...", help="Sources, as `connectome sources` lists them, or mapping files (.yaml)."
        ),
    ] = None,
    from_dir: FromDir = None,
    all_simulated: Annotated[bool, typer.Option("--all-simulated", help="All simulated sources.")] = False,
    unverified: Unverified = False,
    show_mapping: Annotated[
        bool, typer.Option("--show-mapping", help="Print the mapping file of an edge list; nothing is ingested.")
    ] = False,
) -> None:
    """Fetch sources, read them, and publish their tables in the lake; parents come first.

    The same content gives the version that is there already. A few lines on standard error say what became of
    labels and rows; `connectome report` says more.

    Edge lists of any origin (CSV, also gzipped, Feather, Parquet) enter by a mapping file, which says which column of
    which file is what. Two come along, fly/flywire783 and fly/hemibrain121; --show-mapping prints one to start from.

    Example:
      connectome ingest celegans/cook2019
      connectome ingest celegans/dag2023 --from ~/recordings
      connectome ingest --all-simulated
      connectome ingest fly/flywire783 --from ~/flywire
      connectome ingest fly/flywire783 --show-mapping > mine.yaml
      connectome ingest mine.yaml --from ~/edges
    """
    given = settings(context)
    wanted = [*(source or ()), *(flow.simulated_sources() if all_simulated else ())]
    if not wanted:
        raise UsageError("no source is named", "e.g. connectome ingest celegans/cook2019; see `connectome sources`")
    if show_mapping:
        for name in wanted:
            output().print(find_mapping(name).read_text(encoding="utf-8"), end="")
        return
    edge_lists = [name for name in wanted if flow.is_edge_list(name)]
    for source_id in flow.ingest_order(name for name in wanted if name not in edge_lists):
        with bar(given, source_id) as running:
            manifest = flow.ingest_source(
                given.workspace, source_id, from_dir, verified=not unverified, say=running.say
            )
        _tell(given, manifest)
    for mapping in edge_lists:
        with bar(given, mapping) as running:
            manifest = flow.ingest_edge_list(given.workspace, mapping, from_dir, say=running.say)
        _tell(given, manifest)
    given.say("`connectome report` says it in whole; the graph follows with `connectome project`")


def _tell(given: Settings, manifest: Manifest) -> None:
    """What was published, and in a few lines what homogenisation did to it."""
    counts = ", ".join(f"{n:,} {table}" for table, n in manifest.rows.items() if table != "dataset")
    marked = " (simulated)" if manifest.simulated else ""
    output().print(f"{manifest.reference}{marked}: {counts}")
    if not given.quiet:
        for line in brief(reconciliation(given.workspace.lake, manifest)):
            given.say(f"  {line}")


def obtained(spec: SourceSpec) -> str:
    """How many files a source has and how they are obtained."""
    if not spec.files:
        return "none: simulated" if spec.simulated else "none: built in"
    ways = [
        ("wheel", sum(f.wheel is not None for f in spec.files)),
        ("download", sum(f.url is not None and f.wheel is None for f in spec.files)),
        ("--from DIR only", sum(f.url is None and f.wheel is None for f in spec.files)),
    ]
    return ", ".join(f"{n} {way}" for way, n in ways if n)


def register(app: typer.Typer) -> None:
    app.command(help=help_of(sources))(sources)
    app.command(help=help_of(fetch))(fetch)
    app.command(help=help_of(ingest))(ingest)
