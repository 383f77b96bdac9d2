"""Dag et al. 2023: which trace is which neuron, and the table of counts of the recordings."""

from __future__ import annotations

import json

import h5py
import numpy as np
import polars as pl
import pytest

from ingest.celegans import dag2023
from ingest.celegans.neuropal_labels import read_labels

# recording -> traces, labelled, exact canonical names, ambiguous, duplicates, zero-padded names
COUNTS = {
    "2022-07-26-31": (146, 100, 99, 1, 0, 0),
    "2022-07-26-38": (141, 87, 87, 0, 0, 0),
    "2022-07-27-31": (145, 104, 99, 4, 0, 1),
    "2022-07-27-38": (135, 94, 87, 6, 1, 0),
    "2022-07-27-45": (140, 109, 106, 2, 0, 1),
}


@pytest.fixture(scope="module")
def folder(shared_data):
    return shared_data / "celegans/calcium/dag2023_flavell"


@pytest.fixture(scope="module")
def tables(folder, cell_tables):
    files = {uid: folder / f"{uid}-data.h5" for uid in COUNTS}
    return dag2023.read(files | {"labels": folder / "NeuroPAL_labels_dict.jld2"}, cell_tables)


def traces_of(tables, uid):
    return tables["trace"].filter(pl.col("recording") == f"celegans/dag2023/{uid}")


@pytest.mark.data
def test_tables_are_valid(tables, check_tables):
    check_tables(tables)


@pytest.mark.data
@pytest.mark.parametrize("uid", COUNTS)
def test_counts_are_those_of_the_table(uid, tables, canonical):
    traces = traces_of(tables, uid)
    match = traces["match"]
    n_traces, labelled, exact, ambiguous, duplicate, padded = COUNTS[uid]
    assert traces.height == n_traces
    assert traces["raw_label"].drop_nulls().len() == labelled
    found = [(match == kind).sum() for kind in ("exact", "ambiguous", "duplicate", "padded")]
    assert found == [exact, ambiguous, duplicate, padded]
    nodes = traces["node"].drop_nulls()
    assert nodes.n_unique() == len(nodes) == exact + padded
    assert set(nodes) <= set(canonical)


@pytest.mark.data
@pytest.mark.parametrize("uid", COUNTS)
def test_values_and_times_are_those_of_the_file(uid, tables, folder):
    recording = tables["recording"].filter(pl.col("uid") == f"celegans/dag2023/{uid}")
    with h5py.File(folder / f"{uid}-data.h5") as file:
        values, stamps = file["gcamp/traces_array_F_F20"][()], file["timing/timestamp_confocal"][()]
    ours = np.array(traces_of(tables, uid).sort("trace")["values"].to_list(), dtype=np.float32)
    np.testing.assert_array_equal(ours, values.T.astype(np.float32))
    time = np.array(recording["time_s"].item())
    np.testing.assert_array_equal(time, stamps - stamps[0])
    assert 1 / recording["sampling_rate_hz"].item() == pytest.approx(0.600, abs=5e-4)


@pytest.mark.data
def test_a_label_stands_at_its_one_based_trace(tables):
    trace = traces_of(tables, "2022-07-26-31").filter(pl.col("trace") == 5 - 1)
    assert trace.select("raw_label", "node", "match", "confidence").rows() == [
        ("RIAL", "celegans/hermaphrodite/RIAL", "exact", 4.0)
    ]


@pytest.mark.data
def test_the_more_confident_of_two_traces_keeps_the_name(tables):
    found = traces_of(tables, "2022-07-27-38").filter(pl.col("raw_label") == "URADL").sort("trace")
    assert found.select("trace", "confidence", "match").rows() == [(7, 5.0, "exact"), (46, 3.0, "duplicate")]


@pytest.mark.data
def test_every_trace_without_its_own_node_has_a_decision(tables):
    odd = tables["trace"].filter(pl.col("match").is_in(["ambiguous", "duplicate", "padded"])).height
    reasons = tables["decision"]["reason"]
    assert reasons.str.contains("^(ambiguous|duplicate|padded)").sum() == odd == 16


@pytest.mark.data
def test_labels_without_a_recording_are_decisions(tables):
    dropped = tables["decision"].filter(pl.col("action") == "dropped")["item"].to_list()
    assert dropped == ["2022-08-02-31", "2022-08-02-38", "2022-08-03-31"]


@pytest.mark.data
def test_reversals_are_the_runs_of_the_file(tables, folder):
    for uid in COUNTS:
        with h5py.File(folder / f"{uid}-data.h5") as file:
            starts, ends = file["behavior/reversal_events"][()]
            stamps = file["timing/timestamp_confocal"][()]
        events = tables["event"].filter(pl.col("recording") == f"celegans/dag2023/{uid}").sort("event")
        np.testing.assert_allclose(events["onset_s"], stamps[starts] - stamps[0])
        np.testing.assert_allclose(events["duration_s"], stamps[ends] - stamps[starts])


@pytest.mark.data
def test_jld2_and_json_hold_the_same_labels(folder):
    jld2 = read_labels(folder / "NeuroPAL_labels_dict.jld2")
    assert jld2 == read_labels(folder / "NeuroPAL_labels_dict.derived.json")
    assert len(jld2) == 8


@pytest.fixture
def read_worm(tmp_path, cell_tables):
    """A worm of 4 traces and 5 samples with the labels given as (1-based trace, label, confidence)."""

    def read(labels, reversing=(0, 1, 1, 0, 1)):
        recording, table = tmp_path / "w.h5", tmp_path / "labels.json"
        with h5py.File(recording, "w") as file:
            file["gcamp/traces_array_F_F20"] = np.arange(20.0).reshape(5, 4)
            file["timing/timestamp_confocal"] = 100 + 0.5 * np.arange(5)
            file["behavior/reversal_vec"] = np.array(reversing)
        entries = {str(i): {"label": name, "confidence": c, "region": None} for i, name, c in labels}
        table.write_text(json.dumps({"w": [entries, {}]}))
        return dag2023.read({"w": recording, "labels": table}, cell_tables)

    return read


def test_equally_confident_traces_both_lose_the_name(read_worm):
    found = read_worm([(1, "AVAL", 3), (2, "AVAL", 3), (3, "VB02", 1)])["trace"]
    assert found.select("raw_label", "node", "match").rows() == [
        ("AVAL", None, "duplicate"),
        ("AVAL", None, "duplicate"),
        ("VB02", "celegans/hermaphrodite/VB2", "padded"),
        (None, None, "unlabelled"),
    ]


def test_two_spellings_of_one_neuron_are_duplicates(read_worm):
    found = read_worm([(1, "VB2", 5), (2, "VB02", 3)])["trace"]
    assert found["match"].to_list() == ["exact", "duplicate", "unlabelled", "unlabelled"]


def test_no_side_is_invented(read_worm):
    found = read_worm([(2, "AIY?", 5)])["trace"]
    assert found.select("node", "match", "raw_label").row(1) == (None, "ambiguous", "AIY?")


def test_traces_are_columns_of_the_file_and_time_begins_at_zero(read_worm):
    found = read_worm([])
    assert found["trace"]["values"][1].to_list() == [1.0, 5.0, 9.0, 13.0, 17.0]
    assert found["recording"]["time_s"][0].to_list() == [0.0, 0.5, 1.0, 1.5, 2.0]


def test_a_reversal_lasts_to_the_next_sample(read_worm):
    events = read_worm([])["event"]
    assert events.select("label", "onset_s", "duration_s").rows() == [("reversal", 0.5, 1.0), ("reversal", 2.0, 0.0)]
