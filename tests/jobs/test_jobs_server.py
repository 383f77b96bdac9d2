"""`connectome jobs serve`: both children come up, and all processes end when it is told to stop."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
import yaml

from jobs.server import prepared_environment
from jobs.workspace import Workspace

WAIT_S = 90


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def answers(address):
    try:
        with urllib.request.urlopen(address, timeout=5) as response:
            return response.status == 200
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def until(condition):
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.3)
    return False


def processes_with(text):
    """Process ids whose environment holds the text: the children inherit DAGSTER_HOME."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if text.encode() in (entry / "environ").read_bytes():
                found.append(int(entry.name))
        except OSError:
            continue  # it ended, or is another user's
    return found


def test_dagster_home_lies_in_the_workspace_without_telemetry(tmp_path):
    workspace = Workspace(tmp_path / "w")
    environment = prepared_environment(workspace)
    home = Path(environment["DAGSTER_HOME"])
    assert home == (tmp_path / "w" / "dagster").resolve()
    assert environment["CONNECTOME_WORKSPACE"] == str((tmp_path / "w").resolve())
    settings = yaml.safe_load((home / "dagster.yaml").read_text())
    assert settings["telemetry"] == {"enabled": False}
    (home / "dagster.yaml").write_text("telemetry:\n  enabled: false\n# mine\n")
    prepared_environment(workspace)
    assert "# mine" in (home / "dagster.yaml").read_text()


def test_it_serves_and_stops_everything_that_it_started(tmp_path):
    workspace, port = Workspace(tmp_path / "w"), free_port()
    home = f"DAGSTER_HOME={workspace.dagster_home.resolve()}"
    words = ["--workspace", str(workspace.root), "jobs", "serve", "--port", str(port)]
    with (tmp_path / "log").open("wb") as log:
        server = subprocess.Popen([sys.executable, "-m", "jobs.cli", *words], stdout=log, stderr=log)
    try:
        assert until(lambda: answers(f"http://127.0.0.1:{port}/server_info")), (tmp_path / "log").read_text()
        assert until(lambda: len(processes_with(home)) >= 2)
    finally:
        server.send_signal(signal.SIGTERM)
        code = server.wait(WAIT_S)
    assert code == 0, (tmp_path / "log").read_text()
    assert until(lambda: processes_with(home) == [])
    assert not answers(f"http://127.0.0.1:{port}/server_info")


@pytest.mark.parametrize("command", [("jobs", "serve"), ("serve",)], ids=" ".join)
def test_a_port_in_use_is_told(connectome, tmp_path, command):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = connectome("--workspace", str(tmp_path / "w"), *command, "--port", str(port))
    assert result.code == 2
    assert f"port {port} of 127.0.0.1 cannot be used" in result.stderr
    assert not (tmp_path / "w").exists()


def test_the_dashboard_answers_from_the_workspace(projected, tmp_path):
    port = free_port()
    words = ["--workspace", str(projected.root), "serve", "--port", str(port)]
    with (tmp_path / "log").open("wb") as log:
        server = subprocess.Popen([sys.executable, "-m", "jobs.cli", *words], stdout=log, stderr=log)
    try:
        assert until(lambda: answers(f"http://127.0.0.1:{port}/ready")), (tmp_path / "log").read_text()
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/ready", timeout=10) as response:
            assert json.load(response)["datasets"] == 4
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(WAIT_S)
    assert "Traceback" not in (tmp_path / "log").read_text()
