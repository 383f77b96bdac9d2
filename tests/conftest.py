"""Fixtures that every test may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def repository() -> Path:
    return REPOSITORY


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real files; the test is skipped where it is absent."""
    folder = REPOSITORY.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"no real files: {folder} is absent")
    return folder


@pytest.fixture(scope="session")
def neo4j_login() -> tuple[str, str, str]:
    """Address and login of a server for tests: its database is wiped. In CI its absence is a failure."""
    uri = os.environ.get("NEO4J_URI")
    if not uri:
        message = "no Neo4j server: NEO4J_URI is not set"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return uri, os.environ.get("NEO4J_USER", "neo4j"), os.environ["NEO4J_PASSWORD"]
