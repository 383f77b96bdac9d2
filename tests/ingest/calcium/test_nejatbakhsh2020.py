"""Nejatbakhsh 2020: NWB files made as theirs are."""

from __future__ import annotations

import h5py
import numpy as np
import pytest

T = 5
SERIES = "processing/CalciumActivity/SignalRawFluor/SignalCalciumImResponseSeries"
LABELS = "processing/CalciumActivity/NeuronIDs/labels"


@pytest.fixture
def nwb(tmp_path, read):
    """Reads a file of 3 traces and 5 samples; `change` may alter it first."""

    def run(change=lambda _file: None):
        path = tmp_path / "sub-1_ses-2_ophys.nwb"
        with h5py.File(path, "w") as file:
            values = np.arange(3.0 * T).reshape(T, 3)
            values[:, 1], values[2, 0] = np.nan, np.nan
            file[f"{SERIES}/data"] = values
            file[f"{SERIES}/data"].attrs["unit"] = "au"
            file[LABELS] = ["AVAL", "AVAR", "OLQDL?"]
            change(file)
        return read("nejatbakhsh2020", path)

    return run


def put(name, value):
    """A change that replaces what stands at a name."""

    def change(file):
        if name in file:
            del file[name]
        if value is not None:
            file[name] = value

    return change


def rate(value):
    def change(file):
        file[f"{SERIES}/starting_time"] = 3.0
        file[f"{SERIES}/starting_time"].attrs["rate"] = value

    return change


def test_traces_are_columns_and_one_without_a_sample_is_a_decision(nwb):
    tables = nwb()
    assert tables["trace"].select("trace", "raw_label", "match").rows() == [
        (0, "AVAL", "exact"),
        (2, "OLQDL?", "ambiguous"),
    ]
    assert tables["trace"]["values"][0].to_list() == [0, 3, None, 9, 12]
    assert tables["recording"]["unit"].item() == "au"
    assert "no sample was measured" in tables["decision"]["reason"].to_list()


def test_times_are_those_of_the_file_or_as_published(nwb):
    assumed = nwb()
    assert assumed["recording"]["time_s"].item().to_list() == [0, 0.25, 0.5, 0.75, 1]
    assert "4 Hz, as published" in assumed["decision"]["reason"][0]
    stamped = nwb(put(f"{SERIES}/timestamps", 10 + 0.5 * np.arange(T)))
    assert stamped["recording"]["time_s"].item().to_list() == [0, 0.5, 1, 1.5, 2]
    agreed = nwb(rate(4.0))
    assert agreed["recording"]["sampling_rate_hz"].item() == 4
    assert not agreed["decision"]["item"].str.contains("time").any()
    differs = nwb(rate(2.0))
    assert differs["recording"]["sampling_rate_hz"].item() == 2
    assert differs["decision"].filter(action="differs")["reason"].item().startswith("the file says 2 Hz")


@pytest.mark.parametrize(
    ("change", "texts"),
    [
        (put(f"{SERIES}/data", None), ["has no data set", f"{SERIES}/data"]),
        (put(f"{SERIES}/data", np.ones(T)), ["1 dimension(s)"]),
        (put(f"{SERIES}/data", np.ones((3, T))), ["5 x 3 values", "3 labels"]),
        (put(f"{SERIES}/data", np.ones((T, 4))), ["4 x 5 values", "3 labels"]),
        (put(f"{SERIES}/data", np.empty((0, 3))), ["3 traces of 0 samples"]),
        (put(LABELS, None), ["has no list of labels", LABELS]),
        (put(LABELS, [1.0, 2, 3]), ["has no list of labels"]),
        (put(LABELS, np.array([b"AVAL", b"\xff\xfe", b"x"])), ["not UTF-8"]),
        (put(f"{SERIES}/timestamps", np.array([0, 1, 1, 2, 3.0])), ["time does not increase at sample 3"]),
        (rate(-1.0), ["starting_time", "above 0"]),
        (rate(np.nan), ["above 0"]),
        (rate("4 Hz"), ["the rate is '4 Hz'"]),
    ],
)
def test_a_file_that_deviates(nwb, refused, change, texts):
    refused(lambda: nwb(change), "sub-1_ses-2_ophys.nwb", *texts)


def test_truncated_or_another_kind_of_file(nwb, read, refused, tmp_path):
    nwb()
    path = tmp_path / "sub-1_ses-2_ophys.nwb"
    whole = path.read_bytes()
    for content, text in [(whole[:1000], "cannot be read as HDF5"), (b"", "is empty"), (b"PK\x03\x04", "is not HDF5")]:
        path.write_bytes(content)
        refused(lambda: read("nejatbakhsh2020", path), text)
