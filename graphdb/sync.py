"""Lake and graph kept equal: project, rebuild and verify."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import polars as pl

from graphdb.graph_model import NODE_TYPES, RELATIONSHIP_TYPES
from graphdb.lake import Lake, Manifest, split_reference
from graphdb.projection import END, START, DatasetGraph, dataset_graph
from graphdb.store import GraphStore, Report, silent
from schemas.content import content_hash


@dataclass(frozen=True)
class Projected:
    """What projecting did: the datasets it wrote, and whether the graph was made whole again."""

    written: tuple[str, ...]
    whole: bool


@dataclass(frozen=True)
class Difference:
    """One label or type of one dataset that is not the same in lake and graph."""

    dataset: str
    what: str
    lake: str
    graph: str

    def __str__(self) -> str:
        return f"{self.dataset} {self.what}: lake {self.lake}, graph {self.graph}"


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
    """Compare the graph with the lake: counts of every label and type, then content hashes of their rows."""
    manifests = ordered(lake.datasets())
    held = store.held()
    counts = _graph_counts(store)
    found: list[Difference] = []
    rows = 0
    for done, manifest in enumerate(manifests):
        report(manifest.dataset, done, len(manifests))
        lake.check(manifest)
        if held.get(manifest.dataset) != manifest.version:
            found.append(
                Difference(manifest.dataset, "version", manifest.version, held.get(manifest.dataset, "absent"))
            )
            continue
        graph = dataset_graph(lake, manifest)
        for what, kind, expected in _parts(graph):
            rows += expected.height
            found.extend(_compare(store, manifest.dataset, what, kind, expected, counts))
    known = {m.dataset for m in manifests}
    for (what, dataset), count in counts.items():
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


Kind = Literal["node", "relationship"]


def _parts(graph: DatasetGraph) -> Iterator[tuple[str, Kind, pl.DataFrame]]:
    for label, node_type in NODE_TYPES.items():
        yield label, "node", graph.nodes.get(label, pl.DataFrame(schema=node_type.properties))
    for type_ in RELATIONSHIP_TYPES:
        yield type_, "relationship", graph.of_type(type_)


def _compare(
    store: GraphStore,
    dataset: str,
    what: str,
    kind: Kind,
    expected: pl.DataFrame,
    counts: dict[tuple[str, str], int],
) -> Iterator[Difference]:
    count = counts.get((what, dataset), 0)
    if count != expected.height:
        yield Difference(dataset, what, f"{expected.height} rows", f"{count} rows")
    elif expected.height:
        actual = store.nodes(what, dataset) if kind == "node" else store.relationships(what, dataset)
        key = ["uid"] if kind == "node" else [START, END, *RELATIONSHIP_TYPES[what].key]
        hashes = content_hash(expected, key), content_hash(actual.select(expected.columns), key)
        if hashes[0] != hashes[1]:
            yield Difference(
                dataset, what, f"rows {hashes[0][:12]}", f"rows {hashes[1][:12]}{_example(expected, actual)}"
            )


def _example(expected: pl.DataFrame, actual: pl.DataFrame) -> str:
    """The first property that differs, to say where to look."""
    for name in expected.columns:
        if sorted(map(str, expected.get_column(name).to_list())) != sorted(map(str, actual.get_column(name).to_list())):
            return f" (they differ in {name!r})"
    return ""


def _graph_counts(store: GraphStore) -> dict[tuple[str, str], int]:
    counts: dict[tuple[str, str], int] = {}
    for label in NODE_TYPES:
        dataset = "uid" if label == "Dataset" else "dataset"
        answer = store.read(f"MATCH (n:`{label}`) RETURN n.`{dataset}` AS dataset, count(*) AS n", timeout_s=600.0)
        counts.update({(label, row["dataset"]): row["n"] for row in answer.rows()})
    for type_ in RELATIONSHIP_TYPES:
        answer = store.read(f"MATCH ()-[r:`{type_}`]->() RETURN r.`dataset` AS dataset, count(*) AS n", timeout_s=600.0)
        counts.update({(type_, row["dataset"]): row["n"] for row in answer.rows()})
    return counts
