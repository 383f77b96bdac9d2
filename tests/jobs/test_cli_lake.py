"""sources, fetch, ingest, datasets, show, decisions, project, verify, rebuild on real and simulated sources."""

from __future__ import annotations

import csv
import io

import pytest

from ingest.source import sources
from jobs.workspace import Workspace


@pytest.fixture
def new(tmp_path):
    return Workspace(tmp_path / "new")


def test_sources_lists_the_registry(connectome, new):
    rows = connectome("sources", "--format", "json", workspace=new).json()
    assert [row["id"] for row in rows] == list(sources())
    by_id = {row["id"]: row for row in rows}
    assert by_id["simulate/vessel"]["files"] == "none: simulated"
    assert by_id["celegans/cook2019"]["files"] == "1 wheel"
    assert by_id["celegans/cook2019"]["in lake"] is None


def test_ingest_brings_parents_and_gives_the_same_version_again(connectome, new):
    first = connectome("ingest", "simulate/celegans", workspace=new)
    assert first.code == 0
    assert [m.dataset for m in new.lake.datasets()] == ["celegans/cells", "simulate/celegans"]
    assert "(simulated)" in first.out
    assert connectome("ingest", "simulate/celegans", workspace=new).out == first.out
    assert len(new.lake.versions("simulate/celegans")) == 1


def test_ingest_needs_a_source(connectome, new):
    result = connectome("ingest", workspace=new)
    assert result.code == 2
    assert "connectome ingest celegans/cook2019" in result.stderr


def test_fetch_of_a_source_without_files_says_so(connectome, new):
    result = connectome("fetch", "simulate/vessel", workspace=new)
    assert result.code == 0
    assert "needs no file" in result.stderr


def test_datasets_counts(connectome, projected):
    rows = connectome("datasets", "--format", "json", workspace=projected).json()
    by_id = {row["dataset"]: row for row in rows}
    assert by_id["test/cells"]["nodes"] == 6
    assert by_id["test/connectome"]["edges"] == 10
    assert by_id["test/activity"]["recordings"] == 2


def test_show_says_where_a_dataset_comes_from(connectome, projected):
    out = connectome("show", "test/connectome", workspace=projected).out
    manifest = projected.lake.manifest("test/connectome")
    assert manifest.reference in out
    assert manifest.parents[0] in out
    assert "Nobody et al. 2026" in out
    assert manifest.hashes["chemical"] in out
    other = connectome("show", manifest.reference, workspace=projected)
    assert other.out == out


@pytest.mark.data
def test_a_real_connectome_from_a_local_folder(connectome, new, shared_data):
    result = connectome(
        "ingest",
        "celegans/cook2019",
        "--from",
        str(shared_data / "celegans" / "connectome" / "cook2019"),
        workspace=new,
    )
    assert result.code == 0
    out = connectome("show", "celegans/cook2019", workspace=new).out
    assert "1f4fdbf84746b69b49a8da0816f52787860ce349b638dce37924ba80f90c70c9" in out
    assert "local folder" in out
    dropped = connectome("decisions", "celegans/cook2019", "--action", "dropped", "--format", "csv", workspace=new)
    rows = list(csv.DictReader(io.StringIO(dropped.out)))
    assert f"{len(rows)} of {new.lake.manifest('celegans/cook2019').decisions} decisions" in dropped.stderr
    assert {row["action"] for row in rows} <= {"dropped"}


def test_decisions_knows_its_actions(connectome, projected):
    result = connectome("decisions", "test/cells", "--action", "eaten", workspace=projected)
    assert result.code == 2
    assert "renamed, merged" in result.stderr


def test_project_then_nothing_to_do_then_verify(connectome, own):
    assert "up to date" in connectome("project", workspace=own).out
    rebuilt = connectome("rebuild", workspace=own).out
    assert "4 datasets (whole)" in rebuilt
    assert "equals the lake: 4 datasets" in connectome("verify", workspace=own).out
