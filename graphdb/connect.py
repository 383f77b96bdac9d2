"""From an address to a store."""

from __future__ import annotations

import os
from pathlib import Path

from graphdb.limits import Limits, limits_from
from graphdb.on_ladybug.store import READ_BYTES, LadybugStore
from graphdb.on_neo4j.admin import admin_from
from graphdb.on_neo4j.store import Neo4jStore
from graphdb.store import GraphStore
from schemas.errors import StoreUnreachableError, UsageError

STAGING = Path("graph") / "neo4j-import"
GRAPH_FILE = Path("graph") / "connectome.lbug"


def open_store(address: str | None, workspace: Path) -> GraphStore:
    """The graph store at an address.

    Args:
        address: None for the embedded graph of the workspace, a path to a file of one, or neo4j://host:port
            (also neo4j+s://, bolt://, bolt+s://) with login from NEO4J_USER and NEO4J_PASSWORD; how the whole graph
            is built there says CONNECTOME_NEO4J_IMPORT (see graphdb.on_neo4j.admin). What queries may take says
            CONNECTOME_LIMITS (see graphdb.limits).
        workspace: folder that holds lake and graph.

    Raises:
        UsageError: the address is of no known kind, or one of the variables says nothing known.
        StoreUnreachableError: no password is set.
    """
    limits = limits_from(os.environ)
    if address is None:
        return _embedded(workspace / GRAPH_FILE, limits)
    scheme, separator, _ = address.partition("://")
    if not separator:
        return _embedded(Path(address), limits)
    if scheme.partition("+")[0] not in ("neo4j", "bolt"):
        raise UsageError(f"unknown graph address {address!r}", "use neo4j://host:port, or a path to an embedded graph")
    password = os.environ.get("NEO4J_PASSWORD")
    if not password:
        raise StoreUnreachableError("NEO4J_PASSWORD is not set", "export NEO4J_USER and NEO4J_PASSWORD")
    admin = admin_from(os.environ, workspace / STAGING)
    return Neo4jStore(address, os.environ.get("NEO4J_USER", "neo4j"), password, admin=admin, limits=limits)


def _embedded(path: Path, limits: Limits) -> LadybugStore:
    return LadybugStore(path, read_bytes=max(READ_BYTES, limits.pool_bytes), limits=limits)
