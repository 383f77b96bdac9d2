"""counts."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from graphdb.counts import ACTIONS, NetworkCounts, network_counts
from graphdb.lake import Lake
from graphdb.versions.reference import resolve
from ingest.celegans import cells
from jobs.cli.formats import ListFormat, write_rows
from jobs.cli.settings import settings
from jobs.cli.sources import ListFormatOption
from jobs.cli.teaching import help_of
from schemas.errors import LakeError

_SHOWN = ["dataset", "network", "kind", "nodes", "edges", "pairs", "weight", "unit", "loops", "loop_weight"]
_WRITTEN = ["dataset", "version", "network", "kind", "directed", "nodes", "edges", "pairs", "weight", "unit"]
_WRITTEN += ["contacts", "loops", "loop_weight", *ACTIONS]
_CELLS = "celegans/cells"


def counts(
    context: typer.Context,
    dataset: Annotated[
        list[str] | None, typer.Argument(metavar="[DATASET]...", help="Ids, or id@version.  [default: all of the lake]")
    ] = None,
    canonical: Annotated[
        bool,
        typer.Option(
            "--canonical",
            help="Only edges between the 300 neurons of C. elegans: the hermaphrodite's without CANL, CANR.",
        ),
    ] = False,
    kind: ListFormatOption = ListFormat.TABLE,
) -> None:
    """Count what every network holds: nodes with an edge, edges, pairs, summed weights, self-loops, decisions.

    An undirected edge counts once: a file that lists each in both directions holds twice the weight, less that of the
    loops. Decisions are those of the dataset, so they repeat on each of its networks; CSV and JSON have a column for
    each action, and the version. Only the lake is read, no graph.

    Example:
      connectome counts
      connectome counts celegans/cook2019 celegans/white1986 --canonical
      connectome counts --format csv > counts.csv
    """
    given = settings(context)
    lake = given.workspace.lake
    manifests = [resolve(lake, reference) for reference in dataset or ()] or lake.datasets()
    among = canonical_neurons(lake) if canonical else None
    rows = [_row(each) for each in network_counts(lake, manifests, among)]
    write_rows(rows, [*_SHOWN, "decisions"] if kind is ListFormat.TABLE else _WRITTEN, kind)
    if not rows:
        which = "of the C. elegans neurons " if canonical else ""
        given.say(f"no network {which}among {len(manifests)} dataset(s)")


def canonical_neurons(lake: Lake) -> list[str]:
    """Uids of the 300 neurons in every node set of C. elegans that the lake holds, by their names.

    Raises:
        LakeError: the lake does not hold `celegans/cells`.
    """
    if not any(manifest.dataset == _CELLS for manifest in lake.datasets()):
        raise LakeError(f"the lake does not hold {_CELLS}, which names the neurons", f"`connectome ingest {_CELLS}`")
    hermaphrodite = lake.read(_CELLS, "node")
    neurons = hermaphrodite.filter(hermaphrodite["kind"] == "neuron", ~hermaphrodite["name"].is_in(cells.NOT_CANONICAL))
    names = set(neurons["name"])
    found: list[str] = []
    for manifest in lake.datasets():
        if manifest.dataset.startswith("celegans/"):
            nodes = lake.scan(manifest.dataset, "node", manifest.version).select("uid", "name", "kind").collect()
            found += [uid for uid, name, kind in nodes.iter_rows() if kind == "neuron" and name in names]
    return found


def _row(counted: NetworkCounts) -> dict[str, object]:
    numbers = asdict(counted)
    taken = numbers.pop("decisions")
    shown = ", ".join(f"{n} {action}" for action, n in taken.items() if n)
    return {**numbers, **taken, "decisions": shown or "none"}


def register(app: typer.Typer) -> None:
    app.command(help=help_of(counts))(counts)
