"""Lake and graph kept equal: project, rebuild and verify."""

from __future__ import annotations

from dataclasses import dataclass

from graphdb.lake import Lake, Manifest, split_reference
from graphdb.on_ladybug.delta_costs import whole_costs_less
from graphdb.projection import dataset_graph
from graphdb.store import Difference, GraphStore, Report, silent

_TIMEOUT_S = 3_600.0


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

    New datasets are added. Those that the lake holds in another version, or no longer, are taken out with all that
    descends from them, and what the lake holds of these is added again; the graph is made whole where that costs
    less, or where an older version's definitions made it.

    Raises:
        LakeError: a file of the lake does not match its manifest; the graph stays as it was.
        GraphError: the graph cannot be built; the old one stays.
    """
    held = store.held()
    wanted = ordered(lake.datasets())
    current = {m.dataset: m.version for m in wanted}
    stale = {dataset for dataset, version in held.items() if current.get(dataset) != version}
    missing = [m for m in wanted if m.dataset not in held]
    if held and not store.is_current():
        return rebuild(lake, store, report)
    if not missing and not stale:
        return Projected((), whole=False)
    gone = _children_first(stale, _descent(store)) if stale else []
    added = [m for m in wanted if m.dataset not in held or m.dataset in gone]
    if not held or (gone and whole_costs_less(store.dialect, store.counts(), gone, added, wanted)):
        return rebuild(lake, store, report)
    for manifest in added:
        lake.check(manifest)
    graphs = (dataset_graph(lake, m) for m in added)
    if gone:
        store.replace(gone, graphs, len(added), report)
    else:
        store.add(graphs, len(added), report)
    return Projected(tuple(m.dataset for m in added), whole=False)


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


def _descent(store: GraphStore) -> set[tuple[str, str]]:
    """Pairs of datasets of the graph: one, and one whose nodes it may name. Asked of the graph itself."""
    derived = "MATCH (a:Dataset)-[:DERIVED_FROM]->(b:Dataset) RETURN a.uid AS child, b.uid AS parent"
    trained = "MATCH (:Run)-[r:TRAINED_ON]->(b:Dataset) RETURN DISTINCT r.dataset AS child, b.uid AS parent"
    answers = (store.read(cypher, timeout_s=_TIMEOUT_S, row_limit=1_000_000) for cypher in (derived, trained))
    return {(row["child"], row["parent"]) for answer in answers for row in answer.rows()}


def _children_first(datasets: set[str], descent: set[tuple[str, str]]) -> list[str]:
    """The datasets and all that descend from them, children before parents."""
    found: list[str] = []

    def visit(dataset: str) -> None:
        if dataset not in found:
            for child, parent in sorted(descent):
                if parent == dataset and child != dataset:
                    visit(child)
            found.append(dataset)

    for dataset in sorted(datasets):
        visit(dataset)
    return found
