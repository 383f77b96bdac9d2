"""Atanas 2023: WormWideWeb files made as theirs are, as JSON and as HDF5."""

from __future__ import annotations

import json

import h5py
import numpy as np
import polars as pl
import pytest

T = 6
TIME = [100 + 0.6 * i for i in range(T)]


def content(**changed):
    whole = {
        "uid": "2022-06-14-01",
        "max_t": T,
        "avg_timestep": 0.01,
        "num_neurons": 3,
        "timestamp_confocal": TIME,
        "velocity": [0.1 * i for i in range(T)],
        "pumping": [None] * T,
        "head_curvature": [0.5, None, 0, 1, 2, 3],
        "reversal_events": [[1, 3], [4, 6]],
        "trace_array": [[float(i + 10 * n) for i in range(T)] for n in range(3)],
        "trace_original": [[0.0] * T] * 3,
        "labeled": {
            "2": {"label": "AVAL", "confidence": 4.0, "LR": "L"},
            "3": {"label": "AIY?", "confidence": 2},
        },
        "ranges": [[1, 3], [4, 6]],
        "tau_vals": [1.0] * 3,
    } | changed
    return {k: v for k, v in whole.items() if v is not ...}


@pytest.fixture
def worm(tmp_path, read):
    """Reads a JSON file."""

    def run(**changed):
        path = tmp_path / "2022-06-14-01.json"
        path.write_text(json.dumps(content(**changed)))
        return read("atanas2023", path)

    return run


def test_calcium(worm):
    tables = worm()
    calcium = tables["recording"].filter(modality="calcium")
    assert calcium["uid"].item() == "celegans/atanas2023/2022-06-14-01"
    np.testing.assert_array_equal(calcium["time_s"].item().to_numpy(), np.array(TIME) - TIME[0])
    traces = tables["trace"].filter(recording=calcium["uid"].item())
    assert traces.select("trace", "raw_label", "match", "confidence").rows() == [
        (0, None, "unlabelled", None),
        (1, "AVAL", "exact", 4.0),
        (2, "AIY?", "ambiguous", 2.0),
    ]
    assert traces["values"][1].to_list() == [10, 11, 12, 13, 14, 15]


def test_behaviour_is_a_recording_for_each_channel_of_the_same_animal(worm):
    tables = worm()
    found = tables["recording"].filter(modality="behaviour")
    assert found["signal"].to_list() == ["velocity", "head_curvature"]
    assert found["subject"].unique().to_list() == tables["subject"]["uid"].to_list()
    traces = tables["trace"].filter(recording="celegans/atanas2023/2022-06-14-01.head_curvature")
    assert traces.select("trace", "node", "raw_label", "values").rows() == [
        (0, None, "head_curvature", [0.5, None, 0, 1, 2, 3])
    ]
    dropped = tables["decision"].filter(action="dropped")
    assert dropped.select("item", "reason").rows() == [("2022-06-14-01 pumping", "no sample was measured")]


def test_reversals_are_events_and_the_count_from_zero_is_on_record(worm):
    for pairs in ([[1, 3], [4, 6]], [[1, 4], [3, 6]]):  # as rows, and as columns
        tables = worm(reversal_events=pairs)
        assert tables["event"].select("label", "kind").rows() == [("reversal", "behaviour")] * 2
        np.testing.assert_allclose(tables["event"]["onset_s"], [0.6, 2.4])
        np.testing.assert_allclose(tables["event"]["duration_s"], [1.2, 0.6])
        assert tables["decision"].filter(action="guessed")["item"].to_list() == ["2022-06-14-01 reversal_events"]
    assert "event" not in worm(reversal_events=[])


def test_the_more_confident_trace_keeps_a_name(worm):
    labeled = {"1": {"label": "AVAL", "confidence": 1}, "3": {"label": "AVAL", "confidence": 3}}
    traces = worm(labeled=labeled)["trace"].filter(pl.col("raw_label") == "AVAL")
    assert traces["match"].to_list() == ["duplicate", "exact"]


def test_hdf5_gives_the_same(worm, read, tmp_path):
    path = tmp_path / "2022-06-14-01.h5"
    with h5py.File(path, "w") as file:
        for name, value in content().items():
            if name == "labeled":
                for index, entry in value.items():
                    for key, inner in entry.items():
                        file[f"labeled/{index}/{key}"] = inner
            else:
                file[name] = np.array(value, float) if isinstance(value, list) else value
    ours = read("atanas2023", path)
    for name, frame in worm().items():
        if name != "decision":
            assert ours[name].equals(frame), name


@pytest.mark.parametrize(
    ("changed", "texts"),
    [
        ({"timestamp_confocal": ...}, ["has no key 'timestamp_confocal'", "it holds: uid, max_t"]),
        ({"trace_array": ...}, ["has no key 'trace_array'"]),
        ({"labeled": ...}, ["'labeled'", "is no table of traces"]),
        ({"labeled": [1]}, ["is no table of traces"]),
        ({"labeled": {"0": {"label": "AVAL"}}}, ["'0' is no trace", "1 to 3"]),
        ({"labeled": {"4": {"label": "AVAL"}}}, ["'4' is no trace"]),
        ({"labeled": {"x": {"label": "AVAL"}}}, ["'x' is no trace"]),
        ({"labeled": {"1": {"label": "AVAL"}, "01": {"label": "AVAR"}}}, ["trace 01: has two entries"]),
        ({"labeled": {"1": {"label": " "}}}, ["trace 1: the entry has no label"]),
        ({"labeled": {"1": 5}}, ["trace 1: the entry has no label"]),
        ({"labeled": {"1": {"label": "AVAL", "confidence": -1}}}, ["confidence is -1"]),
        ({"trace_array": [[1, 2], [3]]}, ["'trace_array'", "is no array of numbers"]),
        ({"trace_array": [["a"] * T] * 3}, ["is no array of numbers"]),
        ({"trace_array": [1.0] * T}, ["has 1 dimension(s), 2 were expected"]),
        ({"trace_array": [[1.0] * 5] * 3, "max_t": 5}, ["3 x 5 values", "6 times"]),
        ({"trace_array": [], "num_neurons": 0}, ["1 dimension(s)"]),
        ({"trace_array": [[float("inf")] * T] * 3}, ["trace 0: sample 1 is no finite"]),
        ({"num_neurons": 4}, ["num_neurons is 4, the traces say 3"]),
        ({"max_t": 7}, ["max_t is 7, the traces say 6"]),
        ({"timestamp_confocal": [1, 2, 3, 3, 4, 5]}, ["time does not increase at sample 4"]),
        ({"timestamp_confocal": [1, 2, None, 3, 4, 5]}, ["time does not increase at sample 3"]),
        ({"velocity": [1.0]}, ["velocity: has 1 values, the recording 6 samples"]),
        ({"velocity": [float("inf")] * T}, ["velocity", "is no finite"]),
        ({"reversal_events": [[1, 9]]}, ["'reversal_events'", "pairs of samples"]),
        ({"reversal_events": [[3, 1]]}, ["pairs of samples"]),
        ({"reversal_events": [[1, 4], [3, 2]]}, ["pairs of samples"]),
        ({"reversal_events": [[-1, 1]]}, ["pairs of samples"]),
        ({"reversal_events": [[0.5, 1]]}, ["pairs of samples"]),
        ({"reversal_events": [[1, 2, 3]]}, ["pairs of samples"]),
    ],
)
def test_a_file_that_deviates(worm, refused, changed, texts):
    refused(lambda: worm(**changed), "2022-06-14-01.json", *texts)


@pytest.mark.parametrize("suffix", ["json", "h5"])
def test_files_of_another_kind(suffix, read, refused, tmp_path):
    path = tmp_path / f"w.{suffix}"
    for written in (b"", b"{", b"[]", b"\xff\xfe"):
        path.write_bytes(written)
        refused(lambda: read("atanas2023", path), f"w.{suffix}")
