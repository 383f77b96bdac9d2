"""resolve."""

from __future__ import annotations

from typing import Annotated

import typer

from ingest.celegans import cells, male_cells
from ingest.celegans.names import MALE_PARENT, PARENT, CellNames, Resolution
from jobs.cli.formats import ListFormat, write_rows
from jobs.cli.settings import settings
from jobs.cli.sources import ListFormatOption
from jobs.cli.teaching import help_of
from jobs.workspace import Workspace

COLUMNS = ["label", "how", "cell", "candidates", "node_set", "explanation"]
_BUILT_IN = {PARENT: cells, MALE_PARENT: male_cells}


def resolve(
    context: typer.Context,
    name: Annotated[
        list[str], typer.Argument(metavar="NAME...", help="Labels, as a file has them; quote blanks and ?.")
    ],
    kind: ListFormatOption = ListFormat.TABLE,
) -> None:
    """Say which cell of C. elegans a label means to the readers, and how that was found.

    exact, padded (VB01) and alias (AWCON) give one cell. A class (AVA), a label that leaves the side open (AIY?, SMDD)
    and one that names several cells (RMED/RID, DB1/3, AVFL/R) give candidates, none of which is chosen; unknown gives
    names like it. The cells are those of celegans/cells in the lake, then those of celegans/male-cells; where they are
    not there yet, those that come along.

    Example:
      connectome resolve AVAL VB01 AWCON 'AIY?' RMED/RID R1AL
      connectome resolve AVA --format json
    """
    sexes = _names(settings(context).workspace)
    write_rows([_row(label, _resolved(label, sexes)) for label in name], COLUMNS, kind)


def _names(workspace: Workspace) -> list[CellNames]:
    """The cells of the hermaphrodite and of the male."""
    held = {manifest.dataset for manifest in workspace.lake.datasets()}
    return [
        CellNames(workspace.lake.read(parent, "node") if parent in held else made.read({}, {})["node"])
        for parent, made in _BUILT_IN.items()
    ]


def _resolved(label: str, sexes: list[CellNames]) -> Resolution:
    """What the first sex that knows the label makes of it; the hermaphrodite where neither does."""
    found = [names.resolve(label) for names in sexes]
    return next((each for each in found if each.how != "unknown"), found[0])


def _row(label: str, found: Resolution) -> dict[str, object]:
    uids = [found.node] if found.node else list(found.candidates)
    sets, names = zip(*(uid.rsplit("/", 1) for uid in uids), strict=True) if uids else ((), ())
    return {
        "label": label,
        "how": found.how,
        "cell": names[0] if found.node else None,
        "candidates": list(names) if found.candidates else None,
        "node_set": sets[0] if sets else None,
        "explanation": found.explanation,
    }


def register(app: typer.Typer) -> None:
    app.command(help=help_of(resolve))(resolve)
