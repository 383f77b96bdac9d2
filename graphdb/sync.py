"""Lake and graph kept equal: project, rebuild and verify."""

from __future__ import annotations

from dataclasses import dataclass

from graphdb.lake import Lake, Manifest, split_reference
from graphdb.projection import dataset_graph
from graphdb.store import Difference, GraphStore, Report, silent


@dataclass(frozen=True)
class Projected:
    """What projecting did: the datasets it wrote, and whether the graph was made whole again."""

    written: tuple[str, ...]
    whole: bool


@dataclass(frozen=True)
class Verified:
    """What verifying compared and found."""

    datasets: int
    rows: int
    differences: tuple[Difference, ...]


def project(lake: Lake, store: GraphStore, report: Report = silent) -> Projected:
    """Bring the graph to the current versions of the lake; nothing is done where it holds them already.

    Raises:
        LakeError: a file of the lake does not match its manifest; the graph stays as it was.
        GraphError: the graph cannot be built; the old one stays.
    """
    held = store.held()
    wanted = ordered(lake.datasets())
    missing = [m for m in wanted if m.dataset not in held]
    stale = set(held) - {m.dataset for m in wanted if held.get(m.dataset) == m.version}
    if not missing and not stale:
        return Projected((), whole=False)
    if stale or not held or store.dialect == "ladybug":
        return rebuild(lake, store, report)
    for manifest in missing:
        lake.check(manifest)
    store.add((dataset_graph(lake, m) for m in missing), len(missing), report)
    return Projected(tuple(m.dataset for m in missing), whole=False)


def rebuild(lake: Lake, store: GraphStore, report: Report = silent) -> Projected:
    """Make the graph again from the lake."""
    wanted = ordered(lake.datasets())
    for manifest in wanted:
        lake.check(manifest)
    store.load((dataset_graph(lake, m) for m in wanted), len(wanted), report)
    return Projected(tuple(m.dataset for m in wanted), whole=True)


def verify(lake: Lake, store: GraphStore, report: Report = silent) -> Verified:
    """Compare the graph with the lake: datasets and versions, then every label and type of each."""
    manifests = ordered(lake.datasets())
    held = store.held()
    found: list[Difference] = []
    rows = 0
    for done, manifest in enumerate(manifests):
        report(manifest.dataset, done, len(manifests))
        lake.check(manifest)
        version = held.get(manifest.dataset, "absent")
        if version != manifest.version:
            found.append(Difference(manifest.dataset, "version", manifest.version, version))
            continue
        graph = dataset_graph(lake, manifest)
        rows += graph.rows
        found.extend(store.differences(graph, report))
    known = {m.dataset for m in manifests}
    for (what, dataset), count in store.counts().items():
        if dataset not in known:
            found.append(Difference(dataset, what, "absent", f"{count} rows"))
    return Verified(len(manifests), rows, tuple(found))


def ordered(manifests: list[Manifest]) -> list[Manifest]:
    """Parents before children."""
    waiting = {m.dataset: m for m in manifests}
    found: dict[str, Manifest] = {}

    def visit(manifest: Manifest) -> None:
        if manifest.dataset in found:
            return
        for reference in manifest.parents:
            parent = waiting.get(split_reference(reference)[0])
            if parent is not None:
                visit(parent)
        found[manifest.dataset] = manifest

    for manifest in manifests:
        visit(manifest)
    return list(found.values())
