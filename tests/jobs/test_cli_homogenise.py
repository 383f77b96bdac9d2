"""connectome homogenise: a dataset of its own, its table, its settings, and errors that say what to do."""

from __future__ import annotations

import shutil

import polars as pl
import pytest

from graphdb.export import Selection
from ingest.homogenise.config import meanings
from ingest.homogenise.published_table import COLUMNS
from jobs import flow
from jobs.homogenise import config_of, homogenise_dataset, homogenised_uid, table_of
from jobs.workspace import Workspace
from schemas.errors import LakeError, UsageError

SOURCE = "simulate/celegans"
MADE = f"{SOURCE}-homogenised"


@pytest.fixture
def own(simulated, tmp_path) -> Workspace:
    shutil.copytree(simulated.root, tmp_path / "own")
    return Workspace(tmp_path / "own")


def test_it_is_published_beside_its_source(connectome, own):
    result = connectome("homogenise", SOURCE, workspace=own)
    assert result.code == 0
    assert f"{MADE}@" in result.out
    assert "(simulated)" in result.out
    assert f"`connectome decisions {MADE}` says why" in result.stderr
    manifest, source = own.lake.manifest(MADE), own.lake.manifest(SOURCE)
    assert manifest.parents == (source.reference, own.lake.manifest("celegans/cells").reference)
    assert manifest.simulated
    recording = own.lake.read(MADE, "recording")
    assert recording["uid"].to_list() == [f"{MADE}/recording-{i}" for i in range(1, 5)]
    assert recording["subject"].to_list() == own.lake.read(SOURCE, "recording").sort("uid")["subject"].to_list()
    assert manifest.rows["trace"] == source.rows["trace"]
    assert manifest.rows["event"] == source.rows["event"]


def test_the_same_settings_give_the_same_version_and_others_another(own):
    first = homogenise_dataset(own, SOURCE, config_of("corrected", {})).manifest
    assert homogenise_dataset(own, first.parents[0], config_of("corrected", {"dt_s": 0.333})).manifest == first
    other = homogenise_dataset(own, SOURCE, config_of("corrected", {"dt_s": "0.5"})).manifest
    assert (other.dataset, len(own.lake.versions(MADE))) == (MADE, 2)


def test_profile_and_signal_have_datasets_of_their_own():
    assert homogenised_uid("a/b", config_of("corrected", {"dt_s": 1})) == "a/b-homogenised"
    assert homogenised_uid("a/b", config_of("simeon2024", {})) == "a/b-homogenised-simeon2024"
    residual = config_of("simeon2024", {"signal": "residual"})
    assert homogenised_uid("a/b", residual) == "a/b-homogenised-simeon2024-residual"


def test_the_table_is_written_with_its_versions(connectome, own, tmp_path):
    file = tmp_path / "new" / "worms.parquet"
    words = ("--profile", "simeon2024", "--as", "simulate/mine", "--parquet", str(file))
    result = connectome("homogenise", SOURCE, *words, workspace=own)
    assert result.code == 0
    table = pl.read_parquet(file)
    assert f"{file}: {table.height:,} rows" in result.out
    assert dict(table.schema) == COLUMNS
    assert table["worm"].unique().sort().to_list() == ["worm0", "worm1", "worm2", "worm3"]
    assert [p.name for p in file.parent.iterdir()] == ["worms.parquet"]
    references = pl.read_parquet_metadata(file)["connectome.datasets"].split(",")
    assert references[:2] == [own.lake.manifest("simulate/mine").reference, own.lake.manifest(SOURCE).reference]


def test_a_file_that_exists_is_left_alone_and_nothing_is_published(connectome, own, tmp_path):
    file = tmp_path / "mine.parquet"
    file.write_text("mine")
    result = connectome("homogenise", SOURCE, "--parquet", str(file), workspace=own)
    assert (result.code, file.read_text()) == (2, "mine")
    assert "exists" in result.stderr
    assert not flow.holds(own, MADE)


def test_all_settings_are_shown_and_nothing_is_done(connectome, simulated):
    words = ("--show-settings", "--profile", "simeon2024", "--dt", "0.5", "-s", "max_gap_s=1")
    result = connectome("homogenise", *words, workspace=simulated)
    assert result.code == 0
    shown = {line.split()[0]: line for line in result.out.splitlines() if line.strip()}
    assert set(meanings()) <= set(shown)
    assert shown["dt_s"].split()[1:3] == ["0.5", "yes"]
    assert shown["half_window"].split()[1] == "true"
    assert not flow.holds(simulated, MADE)


def test_decisions_show_the_parameters(connectome, own):
    connectome("homogenise", SOURCE, "--dt", "0.25", workspace=own)
    (row,) = connectome("decisions", MADE, "--format", "json", workspace=own).json()
    assert row["item"] == "parameters"
    assert '"dt_s": 0.25' in row["reason"]
    assert row["file"] == own.lake.manifest(SOURCE).reference


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "no dataset is named"),
        ((SOURCE, "--profile", "other"), "profiles: corrected, simeon2024"),
        ((SOURCE, "-s", "smooting=none"), "unknown option 'smooting'"),
        ((SOURCE, "-s", "smoothing=median"), "one of none, gaussian, exponential, moving"),
        ((SOURCE, "-s", "smoothing"), "is not name=value"),
        ((SOURCE, "-s", "profile=simeon2024"), "give --profile"),
        ((SOURCE, "--dt", "0.5", "-s", "dt_s=1"), "given twice"),
        ((SOURCE, "--dt", "0"), "dt_s must be a number above 0"),
        ((SOURCE, "--dt", "nan"), "dt_s must be a number above 0"),
        ((SOURCE, "-s", "max_gap_s=0.1"), "gaps above max_gap_s=0.1 are not bridged"),
        ((SOURCE, "-s", "min_samples=801"), "it has 800 samples, 801 are needed"),
        ((SOURCE, "--as", "celegans/cells"), "celegans/cells is a dataset of ingest.celegans.cells"),
        (("celegans/cells",), "has no recording"),
    ],
)
def test_wrong_words_are_told_and_publish_nothing(connectome, simulated, words, message):
    held = [m.reference for m in simulated.lake.datasets()]
    result = connectome("homogenise", *words, workspace=simulated)
    assert result.code == 2
    assert message in result.stderr
    assert [m.reference for m in simulated.lake.datasets()] == held


def test_an_unknown_dataset_suggests_one_that_is_like_it(connectome, simulated):
    result = connectome("homogenise", "simulate/celegan", workspace=simulated)
    assert result.code == 1
    assert "did you mean simulate/celegans" in result.stderr


def test_what_is_homogenised_is_not_homogenised_again(own):
    homogenise_dataset(own, SOURCE, config_of("corrected", {}))
    with pytest.raises(UsageError, match="is homogenised already"):
        homogenise_dataset(own, MADE, config_of("corrected", {}))


def test_only_a_homogenised_dataset_has_the_table(own):
    with pytest.raises(LakeError, match="no homogenisation parameters"):
        table_of(own.lake, own.lake.manifest(SOURCE))


def test_the_graph_and_a_bundle_take_it_like_any_recording(own):
    homogenise_dataset(own, SOURCE, config_of("corrected", {"dt_s": 1.0}))
    flow.project(own)
    flow.verify(own)
    bundle, _ = flow.export_bundle(own, Selection(activity=(MADE,)))
    assert bundle.recording.height == 4
    assert bundle.trace["values"].list.len().unique().to_list() == bundle.recording["n_samples"].unique().to_list()
    assert set(bundle.split["part"]) == {"train", "test"}
    assert bundle.node.height > 40
