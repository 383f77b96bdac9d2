"""The slow, obvious comparison of lake and graph: every row in memory, hashed with the lake's own hash."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from graphdb.graph_model import NODE_TYPES, RELATIONSHIP_TYPES
from graphdb.projection import END, START, DatasetGraph, of_type
from graphdb.store import Difference, GraphStore
from schemas.content import content_hash


def differences(store: GraphStore, graph: DatasetGraph) -> Iterator[Difference]:
    """Compare every label and type of one dataset."""
    dataset = graph.manifest.dataset
    for label in NODE_TYPES:
        parts = [part.frame.collect() for part in graph.nodes if part.label == label]
        actual = store.nodes(label, dataset)
        yield from _compare(dataset, label, parts, actual, ["uid"])
    for type_, relationship in RELATIONSHIP_TYPES.items():
        parts = [part.frame.collect() for part in of_type(graph, type_)]
        actual = store.relationships(type_, dataset)
        yield from _compare(dataset, type_, parts, actual, [START, END, *relationship.key])


def _compare(
    dataset: str, what: str, parts: list[pl.DataFrame], actual: pl.DataFrame, key: list[str]
) -> Iterator[Difference]:
    expected = pl.concat(parts) if parts else actual.clear()
    if actual.height != expected.height:
        yield Difference(dataset, what, f"{expected.height} rows", f"{actual.height} rows")
    elif expected.height:
        hashes = content_hash(expected, key), content_hash(actual.select(expected.columns), key)
        if hashes[0] != hashes[1]:
            example = _example(expected, actual)
            yield Difference(dataset, what, f"rows {hashes[0][:12]}", f"rows {hashes[1][:12]}{example}")


def _example(expected: pl.DataFrame, actual: pl.DataFrame) -> str:
    """The first property that differs, to say where to look."""
    for name in expected.columns:
        if sorted(map(str, expected.get_column(name).to_list())) != sorted(map(str, actual.get_column(name).to_list())):
            return f" (they differ in {name!r})"
    return ""
