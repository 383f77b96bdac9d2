"""gc."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from graphdb.connect import GRAPH_FILE
from graphdb.versions.collection import Collectable, collect, collectable
from jobs.cli.formats import ListFormat, write_rows
from jobs.cli.settings import output, settings
from jobs.cli.sources import ListFormatOption
from jobs.cli.teaching import help_of
from jobs.collection import holders
from schemas.errors import UsageError

COLUMNS = ["kind", "what", "size_bytes", "why"]


def gc(
    context: typer.Context,
    yes: Annotated[bool, typer.Option("--yes", help="Delete without asking.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show; neither ask nor delete.")] = False,
    min_age: Annotated[
        float, typer.Option(min=0, metavar="MINUTES", help="Unfinished work counts as killed when so old.")
    ] = 60.0,
    kind: ListFormatOption = ListFormat.TABLE,
) -> None:
    """Show what nothing points to, with sizes, and delete it if told to.

    A version stays that is current, or that a version or run made from it, an id map, a bundle of the workspace, a
    graph or a deprecation's pointer holds. The rests of killed work go when nothing in them changed for a while.

    Example:
      connectome gc
      connectome gc --yes
    """
    given = settings(context)
    workspace = given.workspace
    asked = holders(workspace)
    graph = workspace.root / GRAPH_FILE
    found = collectable(workspace.lake, asked, bundles=workspace.bundles, graph=graph, min_age_s=60.0 * min_age)
    if not found:
        given.say("nothing to collect: something points to all that the workspace holds")
    if found or kind is not ListFormat.TABLE:
        write_rows([_row(each) for each in found], COLUMNS, kind)
    if not found or dry_run or not (yes or _agreed(found)):
        return
    done = collect(workspace.lake, found, asked)
    size = sum(each.size_bytes for each in done)
    given.say(f"deleted {len(done)} of {len(found)}, {size:,} bytes")


def _agreed(found: list[Collectable]) -> bool:
    if not (sys.stdin.isatty() and output().is_terminal):
        raise UsageError(
            "nothing is deleted without being asked, and there is no terminal", "--yes deletes, --dry-run shows"
        )
    size = sum(each.size_bytes for each in found)
    return typer.confirm(f"Delete these {len(found)}, {size:,} bytes?", err=True)


def _row(each: Collectable) -> dict[str, object]:
    what = each.reference or str(each.path)
    return {"kind": each.kind, "what": what, "size_bytes": each.size_bytes, "why": each.why}


def register(app: typer.Typer) -> None:
    app.command(help=help_of(gc))(gc)
