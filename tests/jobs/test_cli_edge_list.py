"""`connectome ingest` on edge lists: a shipped mapping, a mapping file, and what goes wrong."""

from __future__ import annotations

import pytest
import yaml

from graphdb.lake import Lake
from jobs.workspace import Workspace
from tests.benchmarks.generated import flywire_files


@pytest.fixture
def new(tmp_path):
    return Workspace(tmp_path / "new")


@pytest.fixture
def release(tmp_path):
    flywire_files(tmp_path / "release", "worm", end=".csv.gz")
    return tmp_path / "release"


def test_a_shipped_mapping_and_a_copy_of_it_give_one_version(connectome, new, release, tmp_path):
    first = connectome("ingest", "fly/flywire783", "--from", str(release), workspace=new)
    assert first.code == 0
    assert "5,000 chemical" in first.out
    shown = connectome("ingest", "fly/flywire783", "--show-mapping", workspace=new)
    assert yaml.safe_load(shown.out)["dataset"]["id"] == "fly/flywire783"
    mine = tmp_path / "mine.yaml"
    mine.write_bytes(shown.stdout)
    assert connectome("ingest", str(mine), "--from", str(release), workspace=new).out == first.out
    assert len(new.lake.versions("fly/flywire783")) == 1
    assert [m.dataset for m in Lake(new.root / "lake").datasets()] == ["fly/flywire783"]


def test_registry_and_edge_lists_may_be_named_together(connectome, new, release):
    result = connectome("ingest", "fly/flywire783", "celegans/cells", "--from", str(release), workspace=new)
    assert result.code == 0
    assert [m.dataset for m in new.lake.datasets()] == ["celegans/cells", "fly/flywire783"]


def test_sources_names_the_shipped_mappings(connectome, new):
    assert "fly/flywire783, fly/hemibrain121" in connectome("sources", workspace=new).stderr


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("absent.yaml",), 1, "absent.yaml: the file is missing"),
        (("fly/flywire783", "--from", "/nowhere"), 1, "/nowhere: is no folder"),
        (("fly/flywire",), 2, "unknown source 'fly/flywire'"),
        (("celegans/cells", "--show-mapping"), 2, "is no mapping"),
    ],
)
def test_what_goes_wrong_is_told(connectome, new, words, code, says):
    result = connectome("ingest", *words, workspace=new)
    assert result.code == code
    assert says in result.stderr


def test_a_missing_file_is_named_with_all_its_names(connectome, new, release):
    (release / "connections.csv.gz").unlink()
    result = connectome("ingest", "fly/flywire783", "--from", str(release), workspace=new)
    assert result.code == 1
    assert "connections.csv.gz or connections.csv" in result.stderr
