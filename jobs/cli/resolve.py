"""resolve."""

from __future__ import annotations

from typing import Annotated

import typer

from ingest.celegans import cells
from ingest.celegans.names import PARENT, CellNames, Resolution
from jobs.cli.formats import ListFormat, write_rows
from jobs.cli.settings import settings
from jobs.cli.sources import ListFormatOption
from jobs.cli.teaching import help_of
from jobs.workspace import Workspace

COLUMNS = ["label", "how", "cell", "candidates", "explanation"]


def resolve(
    context: typer.Context,
    name: Annotated[
        list[str], typer.Argument(metavar="NAME...", help="Labels, as a file has them; quote blanks and ?.")
    ],
    kind: ListFormatOption = ListFormat.TABLE,
) -> None:
    """Say which cell of C. elegans a label means to the readers, and how that was found.

    exact, padded (VB01) and alias (AWCON) give one cell. A class (AVA), a label that leaves the side open (AIY?, SMDD)
    and one that names several cells (RMED/RID) give candidates, none of which is chosen; unknown gives names like it.
    The cells are those of celegans/cells in the lake; where it is not there yet, those that come along.

    Example:
      connectome resolve AVAL VB01 AWCON 'AIY?' RMED/RID
      connectome resolve AVA --format json
    """
    names, known = _names(settings(context).workspace)
    write_rows([_row(label, names.resolve(label), known) for label in name], COLUMNS, kind)


def _names(workspace: Workspace) -> tuple[CellNames, dict[str, str]]:
    """The cells, and the name of each by its id."""
    held = {manifest.dataset for manifest in workspace.lake.datasets()}
    nodes = workspace.lake.read(PARENT, "node") if PARENT in held else cells.read({}, {})["node"]
    return CellNames(nodes), dict(nodes.select("uid", "name").iter_rows())


def _row(label: str, found: Resolution, known: dict[str, str]) -> dict[str, object]:
    return {
        "label": label,
        "how": found.how,
        "cell": known.get(found.node or ""),
        "candidates": [known[uid] for uid in found.candidates] or None,
        "explanation": found.explanation,
    }


def register(app: typer.Typer) -> None:
    app.command(help=help_of(resolve))(resolve)
