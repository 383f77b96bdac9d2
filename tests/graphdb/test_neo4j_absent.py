"""A server that is not there is named, without a traceback of the driver."""

from __future__ import annotations

import pytest

from graphdb.connect import open_store
from graphdb.on_neo4j.store import Neo4jStore
from schemas.errors import StoreUnreachableError, UsageError


def test_a_server_that_is_down_is_said():
    store = Neo4jStore("bolt://127.0.0.1:1", "neo4j", "x")
    with pytest.raises(StoreUnreachableError, match="cannot be reached"):
        store.held()
    store.close()


def test_an_address_of_no_known_kind_is_refused(tmp_path):
    with pytest.raises(UsageError, match="unknown graph address"):
        open_store("http://localhost:7474", tmp_path)


def test_a_missing_password_is_said(tmp_path, monkeypatch):
    monkeypatch.delenv("NEO4J_PASSWORD", raising=False)
    with pytest.raises(StoreUnreachableError, match="NEO4J_PASSWORD is not set"):
        open_store("neo4j://127.0.0.1:7687", tmp_path)
