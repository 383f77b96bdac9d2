"""versions, diff, idmap, deprecate, cite."""

from __future__ import annotations

import csv
import json
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from graphdb.lake import Lake, split_reference
from graphdb.named.catalog import run_named
from graphdb.versions import deprecation as notes
from graphdb.versions.citation import citation_bibtex, citation_cff, citation_text
from graphdb.versions.diff import TOTALS_COLUMNS, VersionDiff
from graphdb.versions.diff import diff as compare
from graphdb.versions.holders import pointed_to
from graphdb.versions.id_map import classified
from graphdb.versions.listing import LINE_COLUMNS, lines
from graphdb.versions.provenance import Provenance, deprecated_among, with_origins
from graphdb.versions.reference import resolve
from graphdb.versions.translation import pairs_between, translate
from jobs.cli import parameters
from jobs.cli.datasets import DatasetArgument, dataset_row, deprecated
from jobs.cli.formats import ListFormat, cell, plain, print_table, write_rows
from jobs.cli.progress import bar
from jobs.cli.settings import Settings, output, settings
from jobs.cli.sources import ListFormatOption
from jobs.cli.teaching import help_of
from jobs.collection import holders
from schemas.errors import UsageError

VersionArgument = Annotated[
    str, typer.Argument(metavar="VERSION", help="id@version, id (the current one) or id@previous.")
]
VERSION_COLUMNS = ["version", "published", "current", "edges", "nodes", "held by", "deprecated"]


class CitationFormat(StrEnum):
    """How citations are written."""

    TEXT = "text"
    BIBTEX = "bibtex"
    CFF = "cff"
    JSON = "json"


def versions(context: typer.Context, dataset: DatasetArgument, kind: ListFormatOption = ListFormat.TABLE) -> None:
    """List the versions of a dataset, oldest first: what points to each, and which should not be used.

    Example:
      connectome versions celegans/cook2019
    """
    workspace = settings(context).workspace
    lake = workspace.lake
    current = resolve(lake, split_reference(dataset)[0])
    held = pointed_to(lake, holders(workspace)())
    rows = [
        {
            **dataset_row(m),
            "current": m.version == current.version,
            "held by": held.get(m.reference),
            "deprecated": deprecated(lake, m),
        }
        for m in lake.versions(current.dataset)
    ]
    write_rows(rows, VERSION_COLUMNS, kind)


def diff(
    context: typer.Context,
    old: VersionArgument,
    new: Annotated[str, typer.Argument(metavar="VERSION", help="The one to compare with; may be of another dataset.")],
    networks: Annotated[
        list[str] | None,
        typer.Option(metavar="OLD=NEW", help="Compare these networks, by name, and no other table. Repeatable."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="New folder for all that differs: one Parquet file per table.")
    ] = None,
    kind: ListFormatOption = ListFormat.TABLE,
    limit: Annotated[int, typer.Option(min=0, help="Rows of each table that --format table shows.")] = 20,
) -> None:
    """Show what differs between two versions: nodes and edges added, removed and changed, with totals.

    Ids that a dataset's id map renames, merges or splits are followed, and their edges with them. Two datasets are
    compared by the edges between the same nodes: networks of the same kind and name, or the only ones of a kind.

    Example:
      connectome diff celegans/cook2019@previous celegans/cook2019
      connectome diff celegans/cook2019 celegans/witvliet2021 --networks chemical=stage8/chemical
      connectome diff celegans/cook2019@previous celegans/cook2019 --format csv > changes.csv
      connectome diff celegans/cook2019@previous celegans/cook2019 --out changes
    """
    given = settings(context)
    lake = given.workspace.lake
    before, after = resolve(lake, old), resolve(lake, new)
    chosen = parameters.pairs(networks or (), "--networks")
    with tempfile.TemporaryDirectory(prefix="connectome-diff-") as scratch:
        with bar(given, "comparing") as running:
            found = compare(lake, before, after, out or Path(scratch) / "diff", networks=chosen, report=running.report)
        for manifest in (before, after):
            if why := deprecated(lake, manifest):
                given.say(f"{manifest.reference} is deprecated: {why}")
        for remark in found.remarks:
            given.say(remark)
        _write_diff(given, found, kind, limit)
    if out is not None:
        given.say(f"written to {out}")


def _write_diff(given: Settings, found: VersionDiff, kind: ListFormat, limit: int) -> None:
    if kind is not ListFormat.TABLE:
        _stream(lines(found), LINE_COLUMNS, kind)
        return
    totals = [[plain(value) for value in total.row().values()] for total in found.totals]
    print_table(TOTALS_COLUMNS, totals, title=f"{found.old} to {found.new}")
    shown = [[plain(line.get(name)) for name in LINE_COLUMNS] for line in lines(found, largest=limit)] if limit else []
    if shown:
        print_table(LINE_COLUMNS, shown, title=f"The largest changes, at most {limit} rows of each table")
    if found.same:
        given.say("no difference")


def _stream(rows: Iterable[Mapping[str, Any]], columns: list[str], kind: ListFormat) -> None:
    """As `write_rows`, for lists that may be too long to hold."""
    if kind is ListFormat.CSV:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([cell(plain(row.get(name))) for name in columns] for row in rows)
        return
    texts = (json.dumps({c: plain(row.get(c)) for c in columns}, ensure_ascii=False, allow_nan=False) for row in rows)
    first = next(texts, None)
    sys.stdout.write("[]\n" if first is None else "[\n" + first)
    if first is not None:
        sys.stdout.writelines(f",\n{text}" for text in texts)
        sys.stdout.write("\n]\n")


def idmap(
    context: typer.Context,
    dataset: DatasetArgument,
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="[ID]...", help="Ids or names.  [default: all that changed]")
    ] = None,
    since: Annotated[
        str, typer.Option("--from", metavar="VERSION", help="Version that the ids are of, or previous.")
    ] = "previous",
    kind: ListFormatOption = ListFormat.TABLE,
) -> None:
    """Translate ids of an older version of a dataset, through every id map since.

    Example:
      connectome idmap flywire/fafb --from previous 720575940623626358
      connectome idmap flywire/fafb@current --format csv > changed.csv
    """
    given = settings(context)
    lake = given.workspace.lake
    new = resolve(lake, dataset)
    old = resolve(lake, f"{new.dataset}@{since.removeprefix(f'{new.dataset}@')}")
    if ids:
        found = translate(lake, old, new, ids)
    else:
        between = pairs_between(lake, old, new)
        found = translate(lake, old, new, []) if between is None else classified(between)
        found = found.filter(found.get_column("change") != "same")
    columns = [name for name in ("given", "old", "new", "change") if name in found.columns]
    write_rows(found.to_dicts(), columns, kind)
    given.say(f"from {old.reference} to {new.reference}")


def deprecate(
    context: typer.Context,
    version: VersionArgument,
    reason: Annotated[str, typer.Option(help="Why it should not be used.")] = "",
    replaced_by: Annotated[str | None, typer.Option(metavar="VERSION", help="What to use instead.")] = None,
    undo: Annotated[bool, typer.Option("--undo", help="Take the note away.")] = False,
) -> None:
    """Note that a version should not be used, and what to use instead; the version itself stays as it is.

    Example:
      connectome deprecate celegans/cook2019@previous --reason "weights twice" --replaced-by celegans/cook2019
      connectome deprecate celegans/cook2019@previous --undo
    """
    given = settings(context)
    lake = given.workspace.lake
    manifest = resolve(lake, version)
    if undo:
        if reason or replaced_by:
            raise UsageError("--undo takes no reason and no replacement", "give either")
        was = notes.undeprecate(lake, manifest)
        output().print(f"{manifest.reference} is {'no longer' if was else 'not'} deprecated")
        return
    note = notes.deprecate(lake, manifest, reason, resolve(lake, replaced_by) if replaced_by else None)
    output().print(f"{note.reference} is {note}")


def cite(
    context: typer.Context,
    what: Annotated[
        list[str] | None,
        typer.Argument(metavar="[DATASET|@QUERY]...", help="Versions, or named queries.  [default: all of the lake]"),
    ] = None,
    parameter: Annotated[
        list[str] | None, typer.Option("-p", "--parameter", metavar="NAME=VALUE", help="Parameter of the query.")
    ] = None,
    kind: Annotated[CitationFormat, typer.Option("--format", help="How to write them.")] = CitationFormat.TEXT,
) -> None:
    """Print what to cite for datasets, or for the answer of a query: the versions used and all they were made from.

    Example:
      connectome cite celegans/cook2019
      connectome cite @partners -p neuron=AVAL --format bibtex
    """
    given = settings(context)
    lake = given.workspace.lake
    values = parameters.pairs(parameter or (), "-p")
    if values and not any(word.startswith("@") for word in what or ()):
        raise UsageError(
            "-p is a parameter of a query, and none is given", "e.g. connectome cite @partners -p neuron=AVAL"
        )
    found = with_origins(lake, _cited(given, lake, what or [], values))
    for warning in deprecated_among(found):
        given.say(warning)
    sys.stdout.write(_citations(found, kind))


def _cited(given: Settings, lake: Lake, what: list[str], values: dict[str, str]) -> Iterator[str]:
    if not what:
        yield from (m.reference for m in lake.datasets())
    for word in what:
        if not word.startswith("@"):
            yield word
            continue
        with given.workspace.store() as store:
            words = {name: parameters.words(value) for name, value in values.items()}
            answer = run_named(store, word.removeprefix("@"), words)
        yield from (each.reference for each in answer.datasets)


def _citations(found: tuple[Provenance, ...], kind: CitationFormat) -> str:
    if kind is CitationFormat.JSON:
        return json.dumps([each.plain() for each in found], indent=2, ensure_ascii=False) + "\n"
    writers = {
        CitationFormat.TEXT: citation_text,
        CitationFormat.BIBTEX: citation_bibtex,
        CitationFormat.CFF: citation_cff,
    }
    return writers[kind](found)


def register(app: typer.Typer) -> None:
    for command in (versions, diff, idmap, deprecate, cite):
        app.command(help=help_of(command))(command)
