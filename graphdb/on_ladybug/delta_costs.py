"""Whether a graph is brought up to date by taking rows out and putting rows in, or made whole: what each costs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from graphdb.graph_model import RELATIONSHIP_TYPES
from graphdb.lake import Manifest


@dataclass(frozen=True)
class Costs:
    """Microseconds of one row.

    Args:
        make_us: writing and verifying a row that is new.
        remove_us: taking a row out.
        stay_us: a row that stays, of a label or type that a removal and an addition touch.
        clear_us: a row of the old graph, where the graph is made whole.
    """

    make_us: float
    remove_us: float
    stay_us: float
    clear_us: float


# Measured at 2.7 million relationships; only the ratios matter. The embedded engine rewrites whatever a checkpoint
# touches, and builds a new file beside the old one. The server touches only the rows, and has to be emptied.
COSTS = {"ladybug": Costs(6.0, 22.0, 3.3, 0.0), "neo4j": Costs(90.0, 30.0, 0.0, 30.0)}


def whole_costs_less(
    dialect: str,
    counts: Mapping[tuple[str, str], int],
    removed: Iterable[str],
    added: Iterable[Manifest],
    wanted: Iterable[Manifest],
) -> bool:
    """Whether making the graph whole costs less than removing some datasets and adding some.

    Args:
        dialect: of the store.
        counts: rows of every (label or type, dataset) that the graph holds.
        removed: datasets to take out.
        added: versions to put in.
        wanted: all versions that the graph is to hold.
    """
    costs, gone = COSTS[dialect], set(removed)
    touched = {what for what, dataset in counts if dataset in gone}
    left = {what for what, dataset in counts if dataset not in gone}
    out = staying = 0
    for (what, dataset), rows in counts.items():
        if dataset not in gone:
            staying += rows if what in touched else 0
        elif dialect != "ladybug" or what not in RELATIONSHIP_TYPES or what in left:
            out += rows  # else all rows of the type go, and the embedded engine drops its table at no cost
    delta = costs.remove_us * out + costs.stay_us * staying + costs.make_us * _rows(added)
    return costs.make_us * _rows(wanted) + costs.clear_us * sum(counts.values()) < delta


def _rows(manifests: Iterable[Manifest]) -> int:
    return sum(sum(manifest.rows.values()) for manifest in manifests)
