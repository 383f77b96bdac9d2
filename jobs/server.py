"""Dagster's webserver and daemon as child processes, until told to stop."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from jobs.workspace import GRAPH_VARIABLE, WORKSPACE_VARIABLE, Workspace
from schemas.errors import ConnectomeError

CONFIGURATION = """\
# Written by `connectome jobs serve` where absent; change it as you like.
telemetry:
  enabled: false
concurrency:
  runs:
    max_concurrent_runs: 1  # runs write the same lake and graph
"""
_MODULE = ("-m", "jobs.definitions")
_POLL_S = 0.2
_GRACE_S = 20.0


def serve(workspace: Workspace, host: str, port: int) -> None:
    """Run both until one ends or this process gets SIGINT or SIGTERM; then stop both.

    Raises:
        ConnectomeError: one of them ended by itself.
    """
    environment = prepared_environment(workspace)
    _make_storage(workspace)
    commands = {
        "webserver": ["dagster_webserver", "--host", host, "--port", str(port), *_MODULE],
        "daemon": ["dagster._daemon", "run", *_MODULE],
    }
    with _stoppable(), _children(commands, environment) as children:
        while True:
            for name, child in children.items():
                code = child.poll()
                if code is not None:
                    raise ConnectomeError(f"Dagster's {name} ended with code {code}", "its messages stand above")
            time.sleep(_POLL_S)


def prepared_environment(workspace: Workspace) -> dict[str, str]:
    """Make DAGSTER_HOME in the workspace, and return the environment that the children get."""
    home = workspace.dagster_home.resolve()
    home.mkdir(parents=True, exist_ok=True)
    file = home / "dagster.yaml"
    if not file.exists():
        file.write_text(CONFIGURATION)
    graph = {GRAPH_VARIABLE: _absolute(workspace.graph)} if workspace.graph else {}
    return {
        **os.environ,
        **graph,
        "DAGSTER_HOME": str(home),
        "DAGSTER_DISABLE_TELEMETRY": "yes",
        WORKSPACE_VARIABLE: str(workspace.root.resolve()),
    }


def _make_storage(workspace: Workspace) -> None:
    """Create Dagster's databases: the two programs, started at once, would race for it."""
    from dagster import DagsterInstance  # noqa: PLC0415 - slow to import

    with DagsterInstance.from_config(str(workspace.dagster_home.resolve())):
        pass


def _absolute(address: str) -> str:
    return address if "://" in address else str(Path(address).resolve())


@contextmanager
def _stoppable() -> Iterator[None]:
    """Let SIGTERM end the block as Ctrl-C does."""

    def stop(_signal: int, _frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    except KeyboardInterrupt:
        pass  # asked to stop: that is how it ends
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _children(
    commands: Mapping[str, list[str]], environment: Mapping[str, str]
) -> Iterator[dict[str, subprocess.Popen[bytes]]]:
    """Started in sessions of their own, so that only this process gets Ctrl-C and stops them in order."""
    running: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for name, words in commands.items():
            command = [sys.executable, "-m", *words]
            running[name] = subprocess.Popen(command, env=dict(environment), start_new_session=True)  # noqa: S603
        yield running
    finally:
        for child in running.values():
            _signal_group(child, signal.SIGTERM)
        deadline = time.monotonic() + _GRACE_S
        for child in running.values():
            try:
                child.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                _signal_group(child, signal.SIGKILL)
                child.wait()


def _signal_group(child: subprocess.Popen[bytes], what: signal.Signals) -> None:
    """To the child and the code servers that it started."""
    with suppress(ProcessLookupError):  # it has ended already
        os.killpg(child.pid, what)
