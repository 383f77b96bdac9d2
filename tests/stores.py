"""Stores that hold a lake for as long as a test or a module needs them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from graphdb.lake import Lake
from graphdb.on_ladybug.store import LadybugStore
from graphdb.on_neo4j.store import Neo4jStore
from graphdb.sync import rebuild

SPACE = 1 << 34  # address space of one embedded graph


@contextmanager
def on_ladybug(lake: Lake, path: Path) -> Iterator[LadybugStore]:
    """A graph file at a path, made from a lake."""
    with LadybugStore(path, max_bytes=SPACE) as store:
        rebuild(lake, store)
        yield store


@contextmanager
def on_neo4j(lake: Lake, login: tuple[str, str, str]) -> Iterator[Neo4jStore]:
    """The server's graph, made from a lake; emptied afterwards, as the next test shares the server."""
    with Neo4jStore(*login) as store:
        rebuild(lake, store)
        try:
            yield store
        finally:
            store.load([], 0)
