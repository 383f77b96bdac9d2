"""Yemini 2021 and Lin 2023: MATLAB 5 files made as theirs are."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy.io import savemat

T = 5
NAN = np.nan


def column(*values):
    return np.array(values, float)[:, None]


# Yemini: two worms


@pytest.fixture
def yemini(write_mat5, cell, read):
    """Reads a file of AVA (a pair, no right one in worm 2) and AVG (unpaired), parts of it others or absent (None)."""
    ramp = np.arange(1.0, T + 1)

    def run(**changed):
        content = {
            "fps": 4.1,
            "files": cell("worm a", "worm b"),
            "neurons": cell("AVA", "AVG"),
            "is_L": cell(column(1, 1, 0, 0), column(NAN, NAN)),
            "norm_traces": cell(cell(column(*ramp), 2 * ramp, 3 * ramp, np.empty((0, 0))), cell(4 * ramp, 5 * ramp)),
        } | changed
        name = "Head_Activity_OH16230.mat"
        return read("yemini2021", write_mat5(name, {k: v for k, v in content.items() if v is not None}))

    return run


def test_sides_are_halves_of_is_l(yemini):
    tables = yemini()
    found = tables["trace"].select(pl.col("recording").str.tail(1), "trace", "raw_label", "match", first="values")
    assert [(*row[:4], row[4][0]) for row in found.rows()] == [
        ("1", 0, "AVAL", "exact", 1.0),
        ("1", 1, "AVAR", "exact", 3.0),
        ("1", 2, "AVG", "exact", 4.0),
        ("2", 0, "AVAL", "exact", 2.0),
        ("2", 2, "AVG", "exact", 5.0),
    ]
    assert set(tables["subject"]["strain"]) == {"OH16230"}


def test_times_follow_from_fps_and_that_is_on_record(yemini):
    tables = yemini()
    np.testing.assert_allclose(tables["recording"]["time_s"][1].to_list(), np.arange(T) / 4.1)
    assert tables["decision"]["reason"].str.contains("by its fps").sum() == 2


def test_leading_zeros_of_all_traces_are_missing_samples(yemini, cell):
    traces = cell(cell(*[np.array([0.0, 0, 3, 0, 5])] * 4), cell(*[np.array([0.0, 2, 3, 4, NAN])] * 2))
    tables = yemini(norm_traces=traces)
    assert tables["trace"]["values"][0].to_list() == [None, 0, 3, 0, 5]
    assert tables["trace"]["values"][2].to_list() == [None, 2, 3, 4, None]
    dropped = tables["decision"].filter(pl.col("action") == "dropped")
    assert dropped["reason"].str.contains(r"the first 1 sample\(s\) are 0").to_list() == [True, True]


def test_a_neuron_of_one_side_only(yemini, cell):
    assert yemini(is_L=cell(column(1, 1, 0, 0), column(0, 1)))["trace"]["raw_label"].to_list()[2] == "AVGR"


@pytest.mark.parametrize("variable", ["fps", "files", "neurons", "is_L", "norm_traces"])
def test_yemini_lacks_a_variable(yemini, refused, variable):
    refused(lambda: yemini(**{variable: None}), f"OH16230.mat: has no variable '{variable}'", "it holds:")


def test_yemini_that_deviates(yemini, cell, refused):
    nothing = np.empty((0, 0))
    for changed, texts in [
        ({"is_L": cell(column(0, 0, 1, 1), column(NAN, NAN))}, ["neuron 1", "AVA: is_L has 4 values for 2 worm(s)"]),
        ({"is_L": cell(column(1, 1, 0), column(NAN, NAN))}, ["AVA: is_L has 3 values"]),
        ({"is_L": cell(column(1, 1, 0, 0))}, ["2 neurons, is_L of 1"]),
        ({"is_L": cell(column(1, 1, 0, 0), "x")}, ["neuron 2", "is no array of numbers"]),
        ({"files": cell("a")}, ["AVA: is_L has 4 values for 1 worm(s)"]),
        ({"fps": 0.0}, ["'fps'", "above 0"]),
        ({"fps": "4.1"}, ["is no array of numbers"]),
        ({"neurons": cell("AVA", 5.0)}, ["neuron 2", "is no text"]),
        ({"neurons": "AVA"}, ["is no cell array"]),
        ({"norm_traces": cell(cell(*[np.ones(T)] * 3), cell(*[np.ones(T)] * 2))}, ["3 traces, but is_L has 4"]),
        ({"norm_traces": cell(cell(*[np.ones(T)] * 4), cell(*[np.ones(4)] * 2))}, ["worm 1", "4, 5 samples"]),
        ({"norm_traces": cell(cell(*[nothing] * 4), cell(*[nothing] * 2))}, ["worm 1", "traces have no samples"]),
        ({"norm_traces": cell(cell(*[np.ones((T, 2))] * 4), cell(*[np.ones(T)] * 2))}, ["is a matrix of 5 x 2"]),
        ({"norm_traces": cell(cell(*[np.zeros(T)] * 4), cell(*[np.zeros(T)] * 2))}, ["no sample of any trace"]),
    ]:
        refused(lambda changed=changed: yemini(**changed), "Head_Activity_OH16230.mat", *texts)


# Lin: one worm


@pytest.fixture
def lin(write_mat5, cell, read):
    values = np.arange(4.0 * T).reshape(4, T)
    values[:, 0] = NAN

    def run(**changed):
        content = {
            "use_flag": column(1, 0, 1, 1),
            "proofread_neurons": cell("ASEL", "AWCL", "AWA?", "").T,
            "times": {"fps": 2.0, "seconds": 7 + 0.5 * np.arange(T)},
            "corrected_F": values,
            "F_0": np.ones((4, T)),
        } | changed
        path = write_mat5("worm 1 run2.mat", {k: v for k, v in content.items() if v is not None})
        return read("lin2023", path)

    return run


def test_only_traces_that_the_source_would_use_and_the_rest_on_record(lin):
    tables = lin()
    assert tables["recording"]["uid"].item() == "celegans/lin2023/worm_1_run2"
    assert tables["trace"].select("trace", "raw_label", "match").rows() == [
        (0, "ASEL", "exact"),
        (2, "AWA?", "ambiguous"),
        (3, None, "unlabelled"),
    ]
    reasons = tables["decision"]["reason"].to_list()
    assert any("1 trace(s) as not to be used (counted from 0): 1" in reason for reason in reasons)


def test_the_first_sample_stays_missing(lin):
    tables = lin()
    assert tables["trace"]["values"][1].to_list() == [None, 11, 12, 13, 14]
    assert any("the first sample of 3 trace(s) is missing" in reason for reason in tables["decision"]["reason"])


def test_times_are_a_vector_or_the_last_field_of_a_structure(lin):
    for times in (7 + 0.5 * np.arange(T), {"fps": 2.0, "seconds": 7 + 0.5 * np.arange(T)}):
        assert lin(times=times)["recording"]["time_s"].item().to_list() == [0, 0.5, 1, 1.5, 2]


@pytest.mark.parametrize(
    ("changed", "texts"),
    [
        ({"use_flag": None}, ["has no variable 'use_flag'"]),
        ({"F_0": np.ones((3, 1))}, ["numbers of neurons differ", "F_0 3"]),
        ({"use_flag": column(1, 1)}, ["use_flag 2"]),
        ({"use_flag": column(0, 0, 0, NAN)}, ["0 traces of 5 samples"]),
        ({"corrected_F": np.ones((4, 3))}, ["3 x 3 values", "5 times"]),
        ({"corrected_F": "text"}, ["is no array of numbers"]),
        ({"corrected_F": np.full((4, T), NAN)}, ["no sample of any trace"]),
        ({"times": np.array([1.0, 2, 2, 3, 4])}, ["time does not increase at sample 3"]),
        ({"times": {"seconds": "soon"}}, ["times.seconds", "is no array of numbers"]),
        ({"proofread_neurons": "ASEL"}, ["is no cell array"]),
    ],
)
def test_lin_that_deviates(lin, refused, changed, texts):
    refused(lambda: lin(**changed), "worm 1 run2.mat", *texts)


@pytest.mark.parametrize("source", ["yemini2021", "lin2023"])
def test_files_that_are_no_matlab_5(source, read, refused, tmp_path):
    path = tmp_path / "w.mat"
    for content, text in [(b"", "is empty"), (b"x" * 300, "as MATLAB 5"), (b"\x89HDF\r\n\x1a\n" * 40, "MATLAB")]:
        path.write_bytes(content)
        refused(lambda: read(source, path), "w.mat", text)
    refused(lambda: read(source, tmp_path / "absent.mat"), "is missing")
    refused(lambda: read(source), "there is no recording")


def test_two_files_of_one_name(lin, read, refused, tmp_path):
    lin()
    first = tmp_path / "worm 1 run2.mat"
    second = tmp_path / "worm_1_run2.mat"
    second.write_bytes(first.read_bytes())
    refused(lambda: read("lin2023", first, second), "several recordings have the name 'celegans/lin2023/worm_1_run2'")


def test_a_file_without_variables(read, refused, tmp_path):
    savemat(tmp_path / "w.mat", {})
    refused(lambda: read("lin2023", tmp_path / "w.mat"), "has no variable 'use_flag'", "it holds: nothing")
