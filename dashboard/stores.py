"""The stores of one app. They hang on its server, so several apps with different stores live in one process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import flask

from dashboard.config import DashboardConfig
from dashboard.services.results import Results
from graphdb.connect import open_store
from graphdb.lake import Lake
from graphdb.store import GraphStore

_KEY = "CONNECTOME_STORES"


@dataclass(frozen=True)
class Stores:
    """Lake, graph, and the results that the Cypher console keeps."""

    config: DashboardConfig
    lake: Lake
    graph: GraphStore
    results: Results


def open_stores(config: DashboardConfig) -> Stores:
    """Open what a configuration names.

    Raises:
        UsageError: the graph's address is of no known kind.
        StoreUnreachableError: its login is not set.
    """
    graph = open_store(config.graph, config.workspace)
    return Stores(config, Lake(config.workspace / "lake"), graph, Results())


def attach(server: flask.Flask, stores: Stores) -> None:
    server.config[_KEY] = stores


def current() -> Stores:
    """The stores of the app that answers the present request."""
    return cast("Stores", flask.current_app.config[_KEY])
