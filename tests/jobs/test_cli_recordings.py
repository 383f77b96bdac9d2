"""export-as netcdf and nwb: homogenised or as read, whole or not at all, with versions beside the data."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
import xarray as xr

from jobs import flow
from jobs.homogenise import config_of, homogenise_dataset
from jobs.recordings import RECORDING_FORMATS, export_recordings
from jobs.workspace import Workspace
from schemas.errors import UsageError

SOURCE = "simulate/celegans"
MADE = f"{SOURCE}-homogenised"


@pytest.fixture(scope="module")
def held(tmp_path_factory) -> Workspace:
    """A lake with four simulated recordings and the same homogenised; not to be written to."""
    workspace = Workspace(tmp_path_factory.mktemp("held"))
    flow.ingest_source(workspace, SOURCE)
    homogenise_dataset(workspace, SOURCE, config_of("corrected", {"dt_s": 1.0}))
    return workspace


def test_a_homogenised_dataset_as_netcdf(connectome, held, tmp_path):
    folder = tmp_path / "worms"
    result = connectome("export-as", "netcdf", MADE, "--out", str(folder), workspace=held)
    assert result.code == 0
    assert f"4 recordings of {held.lake.manifest(MADE).reference} in 1 file(s)" in result.out
    assert sorted(p.name for p in folder.iterdir()) == [
        "CITATION.bib",
        "CITATION.txt",
        "celegans-homogenised.nc",
        "provenance.json",
    ]
    told = json.loads((folder / "provenance.json").read_text())
    assert (told["format"], told["recordings"], told["left_out"]) == ("netcdf", 4, [])
    assert [d["dataset"] for d in told["datasets"]] == [MADE]
    with xr.open_datatree(folder / "celegans-homogenised.nc", engine="h5netcdf") as tree:
        assert sorted(tree.children) == [f"recording-{i}" for i in range(1, 5)]
        assert json.loads(tree.attrs["homogenisation"])["dt_s"] == 1.0
        assert tree.attrs["simulated"] == "true"
        assert tree.attrs["origins"].split()[0] == held.lake.manifest(SOURCE).reference
        assert set(np.diff(tree["recording-1"].time_s.to_numpy()).tolist()) == {1.0}


def test_recordings_as_read_as_nwb(connectome, held, tmp_path):
    folder = tmp_path / "worms"
    result = connectome("export-as", "nwb", SOURCE, MADE, "--out", str(folder), workspace=held)
    assert result.code == 0
    names = sorted(p.name for p in folder.glob("*.nwb"))
    assert names == sorted(f"{d}_recording-{i}.nwb" for d in ("celegans", "celegans-homogenised") for i in range(1, 5))


@pytest.mark.parametrize("format_", RECORDING_FORMATS)
@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("celegans/cells",), "has no calcium recording"),
        ((SOURCE, f"{SOURCE}@current"), "named twice"),
        ((SOURCE, "--kind", "chemical"), "leave --kind and --node out"),
    ],
)
def test_what_cannot_be_written_leaves_nothing(connectome, held, tmp_path, format_, words, message):
    folder = tmp_path / "new"
    result = connectome("export-as", format_, *words, "--out", str(folder), workspace=held)
    assert result.code == 2
    assert message in result.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("format_", RECORDING_FORMATS)
def test_a_folder_with_something_in_it_is_left_alone(held, tmp_path, format_):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(UsageError, match="is not empty"):
        export_recordings(held.lake, [SOURCE], format_, tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]


def test_an_export_that_ends_half_way_leaves_nothing(held, tmp_path, monkeypatch):
    def fail(*_):
        raise OSError(28, "no room")

    monkeypatch.setattr("jobs.recordings.write_netcdf", fail)
    with pytest.raises(UsageError, match="cannot be written: no room"):
        export_recordings(held.lake, [SOURCE], "netcdf", tmp_path / "new")
    assert list(tmp_path.iterdir()) == []


def test_the_source_must_be_there_to_say_what_was_measured(held, tmp_path):
    shutil.copytree(held.root, tmp_path / "own")
    own = Workspace(tmp_path / "own")
    shutil.rmtree(own.lake.root / SOURCE)
    from schemas.errors import LakeError

    with pytest.raises(LakeError, match=SOURCE):
        export_recordings(own.lake, [MADE], "netcdf", tmp_path / "new")
