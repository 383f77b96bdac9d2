"""See Elegans: the real file's counts, and files that deviate from it."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy.io import loadmat

from ingest import run
from ingest.celegans.calcium import seeelegans2024
from ingest.fetch import fetch
from ingest.source import source

NAMES = "RMED/RID RIBL AVAR AIBL RIML AVEL AVAL RMEV AVER AIBR RIMR RIBR".split()
NUMBERS = [24, 36, 40, 68, 71, 76, 77, 85, 89, 90, 111, 31]


@pytest.fixture(scope="module")
def real(shared_data):
    return shared_data / "celegans/calcium/seeelegans2024/Dataset2.mat"


@pytest.fixture
def rate(tmp_path):
    path = tmp_path / "Dataset2.frame_rate_hz.txt"
    path.write_text("4\n")
    return path


@pytest.mark.data
def test_counts_of_the_real_file(real, rate, cell_tables, check_tables):
    tables = seeelegans2024.read({"dataset2": real, "frame_rate": rate}, cell_tables)
    check_tables(tables)
    traces = tables["trace"]
    assert traces.height == 118
    assert tables["recording"]["n_samples"].item() == 1161
    assert traces["values"].explode().null_count() == 288
    named = traces.filter(pl.col("raw_label").is_not_null())
    labels = sorted(zip(NUMBERS, NAMES, strict=True))
    assert named.select(pl.col("trace") + 1, "raw_label").rows() == labels
    assert named.filter(pl.col("match") == "exact").height == 11
    assert named.filter(pl.col("match") == "ambiguous").select("raw_label", "node").rows() == [("RMED/RID", None)]
    values = np.array(traces["values"].to_list(), np.float32)
    coords = [neuron["coords"] for neuron in loadmat(real)["neurons_cleaned"].ravel()]
    np.testing.assert_array_equal(values, np.array([c[:, 4] for c in coords]).astype(np.float32))


@pytest.mark.data
def test_fetched_and_read_with_the_rate_that_the_user_writes(real, tmp_path, cell_tables, check_tables):
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / real.name).write_bytes(real.read_bytes())
    (folder / "Dataset2.frame_rate_hz.txt").write_text("2.5")
    spec = source("celegans/seeelegans2024")
    got = fetch(spec, tmp_path / "downloads", from_dir=folder)
    dataset = run.ingest(spec, got.files, cell_tables, got.provenance)
    check_tables(dataset.tables)
    assert dataset.tables["recording"]["time_s"].item()[-1] == 1160 / 2.5
    reasons = dataset.tables["decision"].select("file", "reason").rows()
    assert (
        "Dataset2.mat",
        "the file holds no times: frame i is at (i - 1) / 2.5 s, by the rate given in Dataset2.frame_rate_hz.txt",
    ) in reasons
    assert sum("does not know the checksum" in reason for _, reason in reasons) == 1
    assert [s.origin for s in dataset.sources] == ["local folder", "local folder, checksum not known"]


T = 4


@pytest.fixture
def worm(write_mat5, rate, cell, cell_tables, check_tables):
    """Reads a made file of 3 traces and 4 frames."""

    def read(coords=None, ids=(3, 1), names=("AVAL", "AVA"), given="4\n", **changed):
        frames = np.column_stack([np.ones((T, 3)), np.arange(1, T + 1), np.arange(T) + 0.5])
        each = coords or [frames, frames + np.array([0, 0, 0, 0, 10]), frames * np.array([1, 1, 1, 1, np.nan])]
        neurons = np.empty((1, len(each)), [("coords", object)])
        for i, one in enumerate(each):
            neurons[0, i]["coords"] = one
        identified = {"id": np.array([ids], np.uint8), "name": cell(*(cell(name) for name in names))}
        content = {"neurons_cleaned": neurons, "neurons_identified": identified} | changed
        path = write_mat5("Dataset2.mat", {k: v for k, v in content.items() if v is not None})
        rate.write_text(given)
        tables = seeelegans2024.read({"dataset2": path, "frame_rate": rate}, cell_tables)
        check_tables(tables)
        return tables

    return read


def test_numbers_count_from_one_and_names_follow_their_order(worm):
    found = worm(ids=(2, 1))["trace"]
    assert found.select("trace", "raw_label", "match").rows() == [(0, "AVA", "ambiguous"), (1, "AVAL", "exact")]
    assert found["values"].to_list() == [[0.5, 1.5, 2.5, 3.5], [10.5, 11.5, 12.5, 13.5]]


def test_a_trace_without_a_sample_is_a_decision(worm):
    tables = worm()
    assert tables["trace"].height == 2
    assert ("Dataset2 AVAL", "no sample was measured") in tables["decision"].select("item", "reason").rows()


def test_times_follow_from_the_rate(worm):
    assert worm(given="8 \n")["recording"]["time_s"].item().to_list() == [0, 0.125, 0.25, 0.375]


FRAMES = np.column_stack([np.ones((T, 3)), np.arange(1, T + 1), np.arange(T)])


@pytest.mark.parametrize(
    ("changed", "texts"),
    [
        ({"ids": (4, 1)}, ["names trace 4 'AVAL'", "traces 1 to 3"]),
        ({"ids": (0, 1)}, ["names trace 0 'AVAL'"]),
        ({"ids": (1, 1)}, ["names trace 1 twice"]),
        ({"ids": (1,)}, ["1 numbers and 2 names"]),
        ({"names": ("AVAL", 5.0)}, ["is no text"]),
        ({"neurons_identified": None}, ["Dataset2.mat: has no variable 'neurons_identified'", "neurons_cleaned"]),
        ({"neurons_identified": {"id": 1.0}}, ["has no field 'name'", "it holds: id"]),
        ({"neurons_identified": 1.0}, ["is no structure"]),
        ({"neurons_cleaned": {"xyz": FRAMES}}, ["has no field 'coords'"]),
        ({"coords": [FRAMES[:, :4]]}, ["trace 0", "coords is 4 x 4", "five columns"]),
        ({"coords": [FRAMES, FRAMES[::-1]]}, ["trace 1", "frames are not counted"]),
        ({"coords": [FRAMES, FRAMES[:3]]}, ["traces have 3, 4 frames"]),
        ({"coords": [FRAMES, "text"]}, ["trace 1", "is no array of numbers"]),
        ({"coords": [FRAMES + np.inf]}, ["frames are not counted"]),
        ({"given": "fast\n"}, ["frame_rate_hz.txt, row 1: holds 'fast'"]),
        ({"given": "0\n"}, ["above 0"]),
        ({"given": "-4\n"}, ["above 0"]),
        ({"given": "nan\n"}, ["a number was expected"]),
        ({"given": "4\n5\n"}, ["nothing else"]),
        ({"given": "4\t5\n"}, ["has 2 cell(s)"]),
    ],
)
def test_a_file_that_deviates(worm, refused, changed, texts):
    refused(lambda: worm(**changed), *texts)


def test_files_that_are_absent_or_damaged(worm, rate, cell_tables, refused, tmp_path):
    path = tmp_path / "Dataset2.mat"
    worm()

    def read():
        return seeelegans2024.read({"dataset2": path, "frame_rate": rate}, cell_tables)

    refused(lambda: seeelegans2024.read({"frame_rate": rate}, cell_tables), "the recording is missing")
    refused(
        lambda: seeelegans2024.read({"dataset2": path}, cell_tables),
        "holds no times, and no frame rate was given",
        "Dataset2.frame_rate_hz.txt",
    )
    whole = path.read_bytes()
    for content, text in [
        (whole[: len(whole) // 2], "Dataset2.mat"),
        (b"", "is empty"),
        (b"<html>refused</html>" * 20, "cannot be read as MATLAB 5"),
        (b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM" + bytes(400), "is of MATLAB 7.3"),
    ]:
        path.write_bytes(content)
        refused(read, "Dataset2.mat", text)
