"""Datasets and the state of the stores."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dashboard.stores import Stores
from graphdb.lake import Manifest
from graphdb.versions.deprecation import deprecation
from schemas.errors import ConnectomeError
from schemas.kinds import EDGE_KINDS


@dataclass(frozen=True)
class StoreState:
    """Whether the graph answers, and which datasets it holds in another version than the lake."""

    dialect: str
    problem: str | None
    behind: tuple[str, ...]
    datasets: int


def dataset_rows(stores: Stores) -> list[dict[str, Any]]:
    """One row for each current dataset."""
    return [_row(stores, manifest) for manifest in stores.lake.datasets()]


def _row(stores: Stores, manifest: Manifest) -> dict[str, Any]:
    about = stores.lake.read(manifest.dataset, "dataset", manifest.version).row(0, named=True)
    rows = manifest.rows
    return {
        "dataset": manifest.dataset,
        "version": manifest.version,
        "simulated": "simulated" if manifest.simulated else "",
        "modality": about["modality"],
        "title": about["title"],
        "nodes": rows.get("node", 0),
        "networks": rows.get("network", 0),
        "edges": sum(rows.get(kind, 0) for kind in EDGE_KINDS),
        "recordings": rows.get("recording", 0),
        "traces": rows.get("trace", 0),
        "decisions": manifest.decisions,
        "species": about["species"],
        "licence": about["licence"],
        "citation": about["citation"],
        "published": manifest.published_at[:19].replace("T", " "),
    }


def store_state(stores: Stores) -> StoreState:
    """Compare what the graph holds with the lake's current versions."""
    manifests = stores.lake.datasets()
    try:
        held = stores.graph.held()
    except ConnectomeError as error:
        return StoreState(stores.graph.dialect, str(error), (), len(manifests))
    wanted = {m.dataset: m.version for m in manifests}
    behind = sorted(d for d in {*held, *wanted} if held.get(d) != wanted.get(d))
    return StoreState(stores.graph.dialect, None, tuple(behind), len(manifests))


def deprecated(stores: Stores) -> list[str]:
    """A line for each current version that should not be used any more."""
    found = (deprecation(stores.lake, m.dataset, m.version) for m in stores.lake.datasets())
    return [f"{note.reference} is {note}" for note in found if note is not None]


def decisions(stores: Stores, dataset: str) -> list[dict[str, Any]]:
    """Every decision of a dataset."""
    return stores.lake.read(dataset, "decision").to_dicts()
