"""The Zimmer laboratory's MATLAB 7.3 files: five publications, one container."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

T = 6
TIME = 10 + 0.35 * np.arange(T)
TRACES = np.arange(3.0 * T).reshape(3, T).T / 7  # T x N
# source -> file, structure, and the names of its fields of names, traces and times
CONTAINERS = {
    "kato2015": ("WT_Stim", "WT_Stim", "IDs", "traces", "timeVectorSeconds"),
    "nichols2017": ("npr1_prelet", "npr1_prelet", "IDs", "traces", "timeVectorSeconds"),
    "skora2018": ("WT_fasted", "WT_fasted", "IDs", "traces", "timeVectorSeconds"),
    "kaplan2020": (
        "Neuron2019_Data_SMDhisCl_RIShisCl",
        "SMDhisCl_RIShisCl_Neuron2019",
        "neuron_ID",
        "traces_bleach_corrected",
        "time_vector",
    ),
    "uzel2022": ("Uzel_WT", "Uzel_WT", "IDs", "traces", "tv"),
}


def worms(ids, traces, time):
    """Two worms: names as texts, in cells, and absent."""
    return {
        ids: [["AVAL", ["RIML"], None], [None, [[None, "VB02"]], ["AVA"]]],
        traces: [TRACES, TRACES + 1],
        time: [TIME, TIME[None, :].T],
        "fps": [2.9, 2.9],
    }


@pytest.fixture
def kato(write_mat73, read):
    """Reads a Kato file of two worms in which some fields are others, or absent (None)."""

    def run(name="WT_Stim", **changed):
        content = {k: v for k, v in (worms(*CONTAINERS["kato2015"][2:]) | changed).items() if v is not ...}
        return read("kato2015", write_mat73(f"{name}.mat", {name: content}))

    return run


@pytest.mark.parametrize("source", CONTAINERS)
def test_each_publication_is_read_from_its_own_container(source, write_mat73, read):
    stem, key, *fields = CONTAINERS[source]
    tables = read(source, write_mat73(f"{stem}.mat", {key: worms(*fields)}))
    uids = [f"celegans/{source}/{stem}-{n}" for n in (1, 2)]
    assert tables["recording"]["uid"].to_list() == tables["subject"]["uid"].to_list() == uids
    assert tables["recording"]["n_samples"].to_list() == [T, T]
    np.testing.assert_allclose(tables["recording"]["sampling_rate_hz"], 1 / 0.35)
    np.testing.assert_array_equal(tables["recording"]["time_s"][1].to_numpy(), TIME - 10)
    found = tables["trace"].select(pl.col("recording").str.tail(1), "trace", "raw_label", "node", "match").rows()
    assert found == [
        ("1", 0, "AVAL", "celegans/hermaphrodite/AVAL", "exact"),
        ("1", 1, "RIML", "celegans/hermaphrodite/RIML", "exact"),
        ("1", 2, None, None, "unlabelled"),
        ("2", 0, None, None, "unlabelled"),
        ("2", 1, "VB02", "celegans/hermaphrodite/VB2", "padded"),
        ("2", 2, "AVA", None, "ambiguous"),
    ]
    values = np.array(tables["trace"]["values"].to_list(), np.float32)
    np.testing.assert_array_equal(values, np.concatenate([TRACES.T, TRACES.T + 1]).astype(np.float32))


def test_kato_has_two_names_for_each_field(write_mat73, read):
    content = worms("NeuronNames", "deltaFOverF_bc", "tv")
    tables = read("kato2015", write_mat73("WT_NoStim.mat", {"WT_NoStim": content}))
    assert tables["trace"].height == 6
    assert tables["subject"]["diagnosis"].to_list() == ["not stimulated"] * 2


def test_strain_and_stage_come_from_the_name_of_the_file(write_mat73, read):
    paths = [write_mat73(f"{n}.mat", {n: worms("IDs", "traces", "timeVectorSeconds")}) for n in ("n2_let", "npr1_let")]
    subject = read("nichols2017", *paths)["subject"]
    assert subject["strain"].to_list() == ["N2 background"] * 2 + ["npr-1 background"] * 2
    assert set(subject["stage"]) == {"lethargus"}


def test_a_file_of_one_worm_may_have_no_cells_of_worms(write_mat73, read):
    content = {"IDs": [["AVAL", None, None]], "traces": TRACES, "tv": TIME}
    tables = read("uzel2022", write_mat73("Uzel_WT.mat", {"Uzel_WT": content}))
    assert tables["recording"]["n_samples"].to_list() == [T]


def test_missing_samples_are_null_and_a_trace_without_any_is_a_decision(kato):
    traces = TRACES.copy()
    traces[2, 0], traces[:, 1] = np.nan, np.nan
    tables = kato(traces=[traces, TRACES])
    first = tables["trace"].filter(pl.col("recording").str.ends_with("-1"))
    assert first["trace"].to_list() == [0, 2]
    assert first["values"][0].is_null().to_list() == [False, False, True, False, False, False]
    dropped = tables["decision"].filter(pl.col("action") == "dropped")
    assert dropped.select("item", "reason", "column").rows() == [
        ("WT_Stim-1 RIML", "no sample was measured", "worm 1, trace 1")
    ]


def test_a_trace_without_a_sample_claims_no_name(kato):
    traces = TRACES.copy()
    traces[:, 1] = np.nan
    tables = kato(traces=[traces, TRACES], IDs=[["AVAL", "AVAL", "RIS?"], [None] * 3])
    assert tables["trace"].select("raw_label", "match").rows()[:2] == [("AVAL", "exact"), ("RIS?", "ambiguous")]


def test_of_several_names_of_a_trace_the_first_counts_and_is_on_record(kato):
    tables = kato(IDs=[[["AVAL", "AVAR"], None, None], [None] * 3])
    assert tables["trace"]["raw_label"][0] == "AVAL"
    guessed = tables["decision"].filter(pl.col("action") == "guessed")
    assert "several names (AVAL, AVAR)" in guessed["reason"].item()


def test_one_neuron_for_two_traces_is_no_neuron(kato):
    tables = kato(IDs=[["AVAL", " AVAL\u00a0", "AVAR"], [None] * 3])
    assert tables["trace"]["match"].to_list()[:3] == ["duplicate", "duplicate", "exact"]
    assert tables["decision"]["reason"].str.contains("duplicate of trace").sum() == 2


def test_names_that_are_none_or_no_cell_keep_their_text(kato):
    labels = ["17", "---", "XYZ9"]
    tables = kato(IDs=[labels, ["RMF?", "AVAL/AVAR", "SMDV"]])
    assert tables["trace"].select("raw_label", "node", "match").rows() == [
        *((label, None, "unlabelled") for label in labels),
        *((label, None, "ambiguous") for label in ("RMF?", "AVAL/AVAR", "SMDV")),
    ]
    reasons = dict(tables["decision"].select("item", "reason").rows())
    assert reasons["WT_Stim-1 XYZ9"].startswith("names no cell")
    assert "one of SMDVL, SMDVR" in reasons["WT_Stim-2 SMDV"]
    assert len(reasons) == 4


STIMULUS = {
    "identity": "O2",
    "type": "binary steps",
    "switchtimes": [TIME[2], TIME[4]],
    "initialstate": 2.0,
    "conc": [21.0, 4.0],
    "concunits": "%",
}


def test_stimuli_are_the_intervals_between_switches(kato):
    columns = {k: [v if isinstance(v, str) else np.array(v)] * 2 for k, v in STIMULUS.items()}
    columns["switchtimes"][1] = None
    for stimulus in ([STIMULUS, None], columns):
        events = kato(stimulus=stimulus)["event"]
        assert events["recording"].str.tail(1).to_list() == ["1"] * 3
        assert events["label"].to_list() == ["O2 4 %", "O2 21 %", "O2 4 %"]
        assert set(events["kind"]) == {"stimulus"}
        np.testing.assert_allclose(events["onset_s"], [0, 0.7, 1.4])
        np.testing.assert_allclose(events["duration_s"], [0.7, 0.7, 0.35])


def test_states_are_runs_of_samples(kato):
    states = {"FWD": [1, 1, 0, 0, 1, 1.0], "REV": [0, 0, 1, 1, 0, 0.0], "SLOW": None}
    events = kato(States=[states, None])["event"]
    assert events.select("label", "kind").rows() == [("FWD", "behaviour"), ("REV", "behaviour"), ("FWD", "behaviour")]
    np.testing.assert_allclose(events["onset_s"], [0, 0.7, 1.4])
    np.testing.assert_allclose(events["duration_s"], [0.7, 0.7, 0.35])


# files that deviate


def test_another_structure_or_field(kato, write_mat73, read, refused):
    path = write_mat73("WT_Stim.mat", {"WT_NoStim": worms("IDs", "traces", "tv")})
    refused(lambda: read("kato2015", path), "WT_Stim.mat: has no structure 'WT_Stim'", "it holds: WT_NoStim")
    refused(lambda: kato(IDs=...), "'WT_Stim': has no field 'IDs' or 'NeuronNames'", "it holds: fps, time")
    refused(lambda: kato(traces=...), "has no field 'traces' or 'deltaFOverF_bc'")


def test_truncated_empty_text_or_another_kind_of_file(write_mat73, read, refused, tmp_path):
    path = write_mat73("WT_Stim.mat", {"WT_Stim": worms("IDs", "traces", "tv")})
    whole = path.read_bytes()
    for content, text in [
        (whole[: len(whole) // 2], "cannot be read as HDF5"),
        (b"", "is empty"),
        (b"<html>refused</html>", "is not HDF5"),
        (b"MATLAB 5.0 MAT-file" + bytes(500), "is not HDF5"),
    ]:
        path.write_bytes(content)
        refused(lambda: read("kato2015", path), "WT_Stim.mat", text)
    refused(lambda: read("kato2015", tmp_path / "absent.mat"), "missing")
    refused(lambda: read("kato2015"), "no recording", "WT_NoStim.mat")


def test_parts_of_different_length(kato, refused):
    refused(lambda: kato(IDs=[["AVAL"], [None] * 3]), "3 x 6 values", "1 labels", "worm 1")
    refused(lambda: kato(tv=[TIME, TIME[1:]], timeVectorSeconds=...), "5 times", "worm 2")
    refused(lambda: kato(traces=[TRACES]), "names of 2 worm(s), traces of 1")
    refused(lambda: kato(traces=[TRACES, TRACES.T]), "6 x 3 values")
    refused(lambda: kato(IDs=[], traces=[], timeVectorSeconds=[]), "0 worm(s)")


@pytest.mark.parametrize("at", [0, 2])
@pytest.mark.parametrize("wrong", [np.nan, np.inf, 10.0])
def test_time_that_does_not_increase(kato, refused, at, wrong):
    time = TIME.copy()
    time[at] = wrong
    if at == 0 and wrong == 10.0:
        time[1] = wrong
    refused(lambda: kato(timeVectorSeconds=[time, TIME]), "WT_Stim.mat", "time does not increase at sample")


def test_values_that_are_none(kato, refused):
    infinite = TRACES.copy()
    infinite[3, 1] = 1e39
    refused(lambda: kato(traces=[infinite, TRACES]), "trace 1", "sample 4 is no finite 32-bit number")
    refused(lambda: kato(traces=["text", TRACES]), "traces", "worm 1", "is no array of numbers")
    refused(lambda: kato(traces=[TRACES * np.nan, TRACES]), "no sample of any trace was measured")
    refused(lambda: kato(timeVectorSeconds=[TIME[:1], TIME], traces=[TRACES[:1], TRACES]), "3 traces of 1 samples")
    refused(lambda: kato(IDs=[TIME[:3], [None] * 3]), "is no cell array")
    refused(lambda: kato(IDs=[["AV\ud932L", None, None], [None] * 3]), "worm 1, trace 0: the label", "is no text")
    refused(lambda: kato(timeVectorSeconds=[TRACES, TIME]), "is a matrix of 6 x 3")


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({"initialstate": 0.0}, "the initial state is neither 1 nor 2"),
        ({"conc": [1.0, 2, 3]}, "has 3 level(s)"),
        ({"conc": "high"}, "is no array of numbers"),
        ({"switchtimes": [12.0, 11]}, "do not increase"),
        ({"switchtimes": [11.0, np.nan]}, "do not increase"),
    ],
)
def test_a_stimulus_that_deviates(kato, refused, changed, text):
    refused(lambda: kato(stimulus=[STIMULUS | changed, None]), text, "WT_Stim/stimulus", "worm 1")


def test_a_stimulus_or_state_that_lacks_a_part(kato, refused):
    lacking = {k: v for k, v in STIMULUS.items() if k != "conc"}
    refused(lambda: kato(stimulus=[lacking, None]), "has no field 'conc'", "it holds: concunits")
    refused(lambda: kato(stimulus=[STIMULUS]), "1 cell(s)", "2 worm(s)")
    refused(lambda: kato(States=[{"FWD": [1.0, 0]}, None]), "worm 1, FWD", "has 2 samples, the time vector 6")
