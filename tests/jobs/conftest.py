"""A command line to call in process, and workspaces to call it on."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from graphdb.testing import small_lake
from jobs import flow
from jobs.cli import main
from jobs.workspace import Workspace


@dataclass(frozen=True)
class Result:
    code: int
    stdout: bytes
    stderr: str

    @property
    def out(self) -> str:
        return self.stdout.decode()

    def json(self) -> Any:
        return json.loads(self.stdout)


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch):
    for name in (
        "CONNECTOME_WORKSPACE",
        "CONNECTOME_GRAPH",
        "CONNECTOME_SOURCES",
        "CONNECTOME_TRAIN_ON",
        "DAGSTER_HOME",
    ):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def no_index(monkeypatch, tmp_path):
    """No package index: pip has nowhere to look."""
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    monkeypatch.setenv("PIP_CACHE_DIR", str(tmp_path / "pip-cache"))


@pytest.fixture(scope="session")
def projected(tmp_path_factory) -> Workspace:
    """The small lake with its graph; not to be written to."""
    workspace = Workspace(tmp_path_factory.mktemp("projected"))
    small_lake(workspace.lake.root)
    flow.project(workspace)
    return workspace


@pytest.fixture
def own(projected, tmp_path) -> Workspace:
    """A copy of `projected` for a test that writes."""
    root = tmp_path / "own"
    shutil.copytree(projected.root, root)
    return Workspace(root)


@pytest.fixture(scope="session")
def simulated(tmp_path_factory) -> Workspace:
    """A lake with four simulated recordings; not to be written to."""
    workspace = Workspace(tmp_path_factory.mktemp("simulated"))
    flow.ingest_source(workspace, "simulate/celegans")
    return workspace


@pytest.fixture
def connectome(capfdbinary) -> Callable[..., Result]:
    """Call the command line; its error messages must never show a traceback unless asked."""

    def call(*words: str, workspace: Workspace | None = None) -> Result:
        given = ["--workspace", str(workspace.root)] if workspace else []
        capfdbinary.readouterr()
        with pytest.raises(SystemExit) as exit_:
            main([*given, *words])
        captured = capfdbinary.readouterr()
        result = Result(int(exit_.value.code or 0), captured.out, captured.err.decode())
        assert ("Traceback" in result.stderr) == ("--debug" in words and result.code != 0)
        return result

    return call


@pytest.fixture
def file_tree() -> Callable[[Path], dict[str, bytes]]:
    return lambda root: {str(p.relative_to(root)): p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file()}
