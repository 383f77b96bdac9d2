"""Whatever is wrong outside gives one clear message and its code; nothing that was whole is harmed."""

from __future__ import annotations

import fcntl
import os
import shutil

import pytest

from graphdb.connect import GRAPH_FILE
from graphdb.testing import connectome as connectome_dataset
from jobs.workspace import Workspace


@pytest.fixture
def new(tmp_path):
    return Workspace(tmp_path / "new")


def parquet(workspace, dataset, table):
    lake = workspace.lake
    return lake.path(lake.manifest(dataset), table)


def truncate(path):
    path.write_bytes(path.read_bytes()[:-20])


def test_a_missing_file(connectome, new, tmp_path):
    result = connectome("ingest", "fmri/aal116", "--from", str(tmp_path), workspace=new)
    assert result.code == 1
    assert "'centroids_aal.csv'" in result.stderr
    assert str(tmp_path) in result.stderr
    assert "hint: " in result.stderr
    assert new.lake.datasets() == []


def test_a_missing_folder(connectome, new, tmp_path):
    result = connectome("ingest", "fmri/aal116", "--from", str(tmp_path / "absent"), workspace=new)
    assert result.code == 1
    assert "is no folder" in result.stderr


def test_a_file_with_another_checksum(connectome, new, tmp_path):
    (tmp_path / "centroids_aal.csv").write_text("not the atlas\n")
    result = connectome("ingest", "fmri/aal116", "--from", str(tmp_path), workspace=new)
    assert result.code == 1
    assert "SHA-256" in result.stderr
    assert "--unverified" in result.stderr


@pytest.mark.data
def test_a_file_that_is_not_what_it_should_be(connectome, new, tmp_path, shared_data):
    for source in ("centroids_aal.csv", "brainconn_aal116.csv", "aal116_labels_Risk_ROI_List.csv"):
        found = next((shared_data / "fmri").rglob(source))
        shutil.copy(found, tmp_path / source)
    (tmp_path / "brainconn_aal116.csv").write_text("nonsense\n1\n")
    result = connectome("ingest", "fmri/aal116", "--from", str(tmp_path), "--unverified", workspace=new)
    assert result.code == 1
    assert "brainconn_aal116.csv" in result.stderr


def test_no_package_index(connectome, new, no_index):
    result = connectome("fetch", "celegans/cook2019", workspace=new)
    assert result.code == 1
    assert "cect==0.3.5" in result.stderr
    assert "--from" in result.stderr


@pytest.mark.parametrize("command", [("fetch", "no/such"), ("ingest", "no/such")])
def test_an_unknown_source(connectome, new, command):
    result = connectome(*command, workspace=new)
    assert result.code == 2
    assert "celegans/cook2019" in result.stderr


@pytest.mark.parametrize("command", [("show", "no/such"), ("decisions", "no/such"), ("show", "test/cells@0")])
def test_an_unknown_dataset(connectome, projected, command):
    assert connectome(*command, workspace=projected).code == 1


@pytest.mark.parametrize("command", ["verify", "project", "rebuild", "datasets"])
def test_an_absent_manifest(connectome, own, command):
    graph = (own.root / GRAPH_FILE).read_bytes()
    parquet(own, "test/activity", "trace").with_name("manifest.json").unlink()
    result = connectome(command, workspace=own)
    assert result.code == 1
    assert "manifest.json" in result.stderr
    assert (own.root / GRAPH_FILE).read_bytes() == graph


@pytest.mark.parametrize("command", ["verify", "rebuild", "project"])
def test_a_file_that_does_not_match_its_hash(connectome, own, command):
    graph = (own.root / GRAPH_FILE).read_bytes()
    own.lake.publish(connectome_dataset(scale=2.0))  # so that project has something to do
    with parquet(own, "test/connectome", "chemical").open("ab") as file:
        file.write(b"x")
    result = connectome(command, workspace=own)
    assert result.code == 1
    assert "chemical.parquet does not match its hash" in result.stderr
    assert (own.root / GRAPH_FILE).read_bytes() == graph


@pytest.mark.parametrize(
    ("dataset", "table", "command"),
    [
        ("run/ntf-communities-test", "run", ("runs",)),
        ("test/cells", "dataset", ("show", "test/cells")),
        ("test/activity", "trace", ("export", "--activity", "test/activity")),
        ("test/cells", "node", ("verify",)),
    ],
)
def test_truncated_parquet(connectome, own, dataset, table, command):
    path = parquet(own, dataset, table)
    truncate(path)
    result = connectome(*command, workspace=own)
    assert result.code == 1
    assert str(path) in result.stderr


def test_a_graph_that_differs_is_named(connectome, own):
    own.lake.publish(connectome_dataset(scale=2.0))
    result = connectome("verify", workspace=own)
    assert result.code == 1
    assert "test/connectome version: lake" in result.stderr
    assert "connectome rebuild" in result.stderr


def test_a_graph_locked_by_another_writer(connectome, own):
    graph = own.root / GRAPH_FILE
    with graph.with_name(graph.name + ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        result = connectome("rebuild", workspace=own)
    assert result.code == 3
    assert "is locked" in result.stderr
    assert connectome("verify", workspace=own).code == 0


def test_no_graph_yet(connectome, new):
    result = connectome("query", "MATCH (n:Neuron) RETURN n", workspace=new)
    assert result.code == 3
    assert "connectome project" in result.stderr


def test_a_file_that_is_no_graph(connectome, projected, tmp_path):
    (tmp_path / "g.lbug").write_text("nonsense" * 1000)
    result = connectome("--graph", str(tmp_path / "g.lbug"), "query", "RETURN 1 AS one", workspace=projected)
    assert result.code == 3


def test_neo4j_is_down(connectome, projected, monkeypatch):
    monkeypatch.setenv("NEO4J_PASSWORD", "any")
    result = connectome("--graph", "bolt://127.0.0.1:1", "query", "RETURN 1 AS one", workspace=projected)
    assert result.code == 3
    assert "cannot be reached" in result.stderr


def test_neo4j_without_a_password(connectome, projected, monkeypatch):
    monkeypatch.delenv("NEO4J_PASSWORD", raising=False)
    result = connectome("--graph", "bolt://127.0.0.1:1", "verify", workspace=projected)
    assert result.code == 3
    assert "NEO4J_PASSWORD" in result.stderr


def test_an_unknown_kind_of_graph(connectome, projected):
    result = connectome("--graph", "http://127.0.0.1", "verify", workspace=projected)
    assert result.code == 2


@pytest.mark.neo4j
def test_neo4j_refuses_the_login(connectome, projected, monkeypatch):
    address = os.environ.get("NEO4J_URI")
    if address is None:
        if os.environ.get("CI"):
            pytest.fail("NEO4J_URI is not set, though CI is")
        pytest.skip("NEO4J_URI is not set")
    monkeypatch.setenv("NEO4J_USER", "nobody")  # a real user would be locked out for others
    monkeypatch.setenv("NEO4J_PASSWORD", "wrong")
    result = connectome("--graph", address, "query", "RETURN 1 AS one", workspace=projected)
    assert result.code == 3
    assert "refuses the login" in result.stderr
