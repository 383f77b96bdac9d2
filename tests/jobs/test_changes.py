"""Which sources have changed, and in which order they come."""

from __future__ import annotations

import importlib
from dataclasses import replace

import pytest

from ingest.source import sources
from jobs import changes, flow
from jobs.changes import changed_sources
from jobs.revision import code_revision, is_exact
from jobs.workspace import Workspace, workspace_from
from schemas.dataset import Dataset, DatasetInfo, SourceFile


@pytest.fixture
def workspace(tmp_path):
    return Workspace(tmp_path / "w")


def test_nothing_published_nothing_changed(workspace):
    assert changed_sources(workspace) == {}


def test_a_fresh_lake_is_up_to_date_until_a_reader_has_another_version(workspace, monkeypatch):
    flow.ingest_source(workspace, "simulate/celegans")
    assert changed_sources(workspace) == {}
    monkeypatch.setattr(importlib.import_module("ingest.simulate.celegans"), "READER_VERSION", "99")
    assert changed_sources(workspace) == {"simulate/celegans": "its reader has version 99, was 1"}


def test_children_follow_a_new_version_of_their_parent(workspace, monkeypatch):
    flow.ingest_source(workspace, "simulate/celegans")
    monkeypatch.setattr(importlib.import_module("ingest.celegans.cells"), "READER_VERSION", "99")
    flow.ingest_source(workspace, "celegans/cells")
    (why,) = changed_sources(workspace).values()
    assert "its parent celegans/cells@" in why
    flow.ingest_source(workspace, "simulate/celegans")
    assert changed_sources(workspace) == {}


def test_other_checksums_in_the_registry_are_a_change(workspace, monkeypatch):
    spec = sources()["fmri/aal116"]
    files = tuple(SourceFile(f.names[0], f.sha256, f.size_bytes, "local folder") for f in spec.files)
    publish(workspace, spec, files)
    assert changed_sources(workspace) == {}
    newer = replace(spec, files=(replace(spec.files[0], sha256="0" * 64), *spec.files[1:]))
    monkeypatch.setattr(changes, "source", lambda uid: newer if uid == spec.id else sources()[uid])
    assert changed_sources(workspace) == {spec.id: "the registry names other files"}


def test_files_that_a_person_chose_against_the_registry_are_left_alone(workspace):
    spec = sources()["fmri/aal116"]
    chosen = SourceFile(spec.files[0].names[0], "1" * 64, 1, "local folder, checksum not required")
    publish(workspace, spec, (chosen,))
    assert changed_sources(workspace) == {}


def test_files_whose_checksum_the_registry_does_not_know_are_left_alone(workspace, tmp_path):
    spec = sources()["celegans/uzel2022"]
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "Uzel_WT.mat").write_bytes(b"of any checksum")
    assert changed_sources(workspace, folder) == {}
    publish(workspace, spec, (SourceFile("Uzel_WT.mat", "1" * 64, 1, "local folder, checksum not known"),))
    assert changed_sources(workspace, folder) == {}


@pytest.mark.data
def test_files_that_arrive_in_the_folder_are_a_change(workspace, shared_data):
    folder = shared_data / "celegans" / "connectome" / "cook2019"
    of_these = ("cook2019", "cook2019-male", "cook2019-cells", "cook2019-synapses", "cook2019-forms")
    expected = {f"celegans/{name}": "its files arrived in the local folder" for name in of_these}
    assert changed_sources(workspace, folder) == expected


def test_parents_come_before_children():
    order = flow.ingest_order(["fmri/cni-tlc", "celegans/cook2019", "fmri/aal116", "celegans/cells"])
    assert order.index("fmri/aal116") < order.index("fmri/cni-tlc")
    assert order.index("celegans/cells") < order.index("celegans/cook2019")
    assert flow.ingest_order(["celegans/cook2019"]) == ["celegans/cook2019"]


def test_the_environment_names_the_workspace():
    assert workspace_from({}) == Workspace(workspace_from({}).root, None)
    named = workspace_from({"CONNECTOME_WORKSPACE": "/a/b", "CONNECTOME_GRAPH": "neo4j://h"})
    assert (str(named.root), named.graph) == ("/a/b", "neo4j://h")


@pytest.mark.parametrize(
    ("revision", "exact"), [("0123456789ab", True), ("0123456789ab-dirty", False), ("0.1.0", True)]
)
def test_only_a_clean_revision_says_all(revision, exact):
    assert is_exact(revision) is exact


def test_the_revision_of_a_checkout_is_its_commit(repository):
    import subprocess

    if not (repository / ".git").exists():
        pytest.skip("not a checkout")
    head = subprocess.run(
        ["git", "-C", str(repository), "rev-parse", "HEAD"], capture_output=True, text=True, check=True
    ).stdout
    assert code_revision().removesuffix("-dirty") == head[:12]


def publish(workspace, spec, files):
    """The dataset of a source, without rows, as published from these files."""
    from ingest.source import reader

    info = DatasetInfo(
        uid=spec.id,
        modality=spec.modality,
        title=spec.title,
        licence=spec.licence,
        citation=spec.citation,
        reader=spec.reader,
        reader_version=reader(spec).READER_VERSION,
    )
    workspace.lake.publish(Dataset(info, {}, files))
