"""From tables to homogenised tables: what is kept, what is left out, and the decision that says so."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from ingest.homogenise.config import PROFILES, SIMEON2024, HomogeniseConfig, meanings, profile, recorded
from ingest.homogenise.dataset import Recorded, homogenise, trace_values
from ingest.homogenise.document import BEGIN, DOCUMENT, END, rendered
from ingest.homogenise.labels import canonical_order, nearest, published_names
from ingest.homogenise.published_table import COLUMNS, published_table
from schemas import tables
from schemas.errors import LakeError, UsageError

SET = "celegans/hermaphrodite"
UID = "celegans/made-homogenised"


@pytest.fixture
def made(cell_tables):
    """A dataset of one recording for each (name, times, {(raw label, node name): values})."""

    def make(*recordings, uid="celegans/made", modality="calcium", events=()):
        rows, traces = [], []
        for name, time, values in recordings:
            rows.append(
                {
                    "uid": f"{uid}/{name}",
                    "node_set": SET,
                    "subject": f"{uid}/{name}",
                    "modality": modality,
                    "signal": "F/F20",
                    "unit": "1",
                    "sampling_rate_hz": 1.0,
                    "n_samples": len(time),
                    "time_s": list(map(float, time)),
                }
            )
            for i, ((label, node), trace) in enumerate(values.items()):
                traces.append(
                    {
                        "recording": f"{uid}/{name}",
                        "trace": i,
                        "node": f"{SET}/{node}" if node else None,
                        "raw_label": label,
                        "match": "exact" if node else "unlabelled",
                        "confidence": None,
                        "values": [None if v is None or np.isnan(v) else float(v) for v in trace],
                    }
                )
        found = [{"recording": f"{uid}/{r}", "event": i, "kind": "stimulus", **e} for i, (r, e) in enumerate(events)]
        nodes = cell_tables["celegans/cells"]["node"]
        frames = (tables.frame(t, f) for t, f in (("recording", rows), ("trace", traces), ("event", found)))
        return Recorded(uid, f"{uid}@abc", *frames, nodes)

    return make


def ramp(n):
    return np.arange(n, dtype=np.float64)


def reasons(found, action):
    return found["decision"].filter(pl.col("action") == action).select("item", "reason").rows()


def test_tables_are_valid_and_keep_labels_subjects_and_units(made, check_tables):
    source = made(("w", ramp(20) / 2, {("AVAL", "AVAL"): ramp(20), (None, None): ramp(20) ** 2}))
    found = homogenise(source, UID, HomogeniseConfig(smoothing="gaussian", dt_s=0.25))
    subjects = tables.frame("subject", [{"uid": "celegans/made/w"}])
    check_tables({**found, "subject": subjects})
    row = found["recording"].row(0, named=True)
    assert (row["uid"], row["subject"]) == (f"{UID}/w", "celegans/made/w")
    assert row["signal"] == "F/F20; causal gaussian (sigma 5 samples); z-score"
    assert (row["unit"], row["sampling_rate_hz"], row["n_samples"]) == ("1", 4.0, 39)
    traces = found["trace"].select("recording", "trace", "node", "raw_label", "match").rows()
    assert traces == [(f"{UID}/w", 0, f"{SET}/AVAL", "AVAL", "exact"), (f"{UID}/w", 1, None, None, "unlabelled")]


@pytest.mark.parametrize(
    ("config", "signal", "unit"),
    [
        (HomogeniseConfig(signal="residual", normalisation="none"), "F/F20; derivative", "1/s"),
        (HomogeniseConfig(signal="residual", normalisation="robust"), "F/F20; derivative; robust z-score", "1"),
        (SIMEON2024, "F/F20; causal moving average (published 15 samples); z-score", "1"),
        (HomogeniseConfig(smoothing="exponential"), "F/F20; exponential (alpha 0.5); z-score", "1"),
        (HomogeniseConfig(normalisation="causal"), "F/F20; causal z-score", "1"),
    ],
)
def test_a_recording_says_what_its_values_are(made, config, signal, unit):
    source = made(("w", ramp(700) / 2, {("AVAL", "AVAL"): np.sin(ramp(700))}))
    row = homogenise(source, UID, config)["recording"].row(0, named=True)
    assert (row["signal"], row["unit"]) == (signal, unit)


def test_the_parameters_are_on_record_and_can_be_read_again(made):
    source = made(("w", ramp(700), {("AVAL", "AVAL"): ramp(700)}))
    for config in (*PROFILES.values(), HomogeniseConfig(max_gap_s=None, dt_s=0.1)):
        assert recorded(homogenise(source, UID, config)["decision"]) == config
    with pytest.raises(LakeError, match="no homogenisation parameters"):
        recorded(tables.frame("decision", []))


def test_parameters_of_another_version_are_an_error(made):
    found = homogenise(made(("w", ramp(9), {("AVAL", "AVAL"): ramp(9)})), UID, HomogeniseConfig())["decision"]
    older = found.with_columns(pl.col("reason").str.replace('"seed": 0', '"sead": 0'))
    with pytest.raises(LakeError, match="another version"):
        recorded(older)


def test_missing_stays_missing_and_what_is_bridged_is_said(made):
    short, long = ramp(20), ramp(20)
    short[5:7] = np.nan
    long[5:10] = np.nan
    source = made(("w", ramp(20) / 2, {("AVAL", "AVAL"): short, ("AVAR", "AVAR"): long}))
    found = homogenise(source, UID, HomogeniseConfig(dt_s=0.5, normalisation="none"))
    assert found["trace"]["values"][0].to_list() == ramp(20).tolist()
    assert found["trace"]["values"][1].to_list() == [*range(5), *[None] * 5, *range(10, 20)]
    assert reasons(found, "guessed") == [("w AVAL", "2 missing sample(s) interpolated, gaps of at most 2 s")]
    assert reasons(found, "kept")[1:] == [("w AVAR", "5 of 20 samples are missing: at an end, or in a gap not bridged")]


def test_a_pause_of_the_clock_is_not_bridged(made):
    time = np.concatenate([ramp(10), 30 + ramp(10)])
    source = made(("w", time, {("AVAL", "AVAL"): ramp(20)}))
    found = homogenise(source, UID, HomogeniseConfig(dt_s=1.0, normalisation="none"))
    assert found["trace"]["values"][0].to_list() == [*range(10), *[None] * 20, *range(10, 20)]
    assert ("w", "1 pause(s) between samples, the longest 21 s, are not bridged") in reasons(found, "kept")


def test_the_published_gate(made):
    traces = {("AVAL", "AVAL"): ramp(600)}
    source = made(
        ("long", ramp(600), traces),
        ("short", ramp(599), {("AVAL", "AVAL"): ramp(599)}),
        ("nameless", ramp(600), {(None, None): ramp(600)}),
    )
    found = homogenise(source, UID, SIMEON2024)
    assert found["recording"]["uid"].to_list() == [f"{UID}/long"]
    assert reasons(found, "dropped") == [
        ("nameless", "none of its traces is an identified neuron"),
        ("short", "it has 599 samples, 600 are needed"),
    ]
    assert homogenise(source, UID, HomogeniseConfig())["recording"].height == 3


def test_a_recording_without_traces_or_shorter_than_a_step_is_dropped(made):
    whole = ("whole", ramp(9), {("AVAL", "AVAL"): ramp(9)})
    source = made(whole, ("empty", ramp(9), {}), ("one", ramp(1), {("AVAL", "AVAL"): ramp(1)}))
    found = homogenise(source, UID, HomogeniseConfig())
    assert [reason for _, reason in reasons(found, "dropped")] == ["it has no trace", "it has 1 samples, 2 are needed"]
    brief = made(whole, ("brief", ramp(3) / 100, {("AVAL", "AVAL"): ramp(3)}))
    found = homogenise(brief, UID, replace(SIMEON2024, min_samples=2))
    assert reasons(found, "dropped") == [("brief", "it lasts 0.02 s, less than a step")]


def test_nothing_left_is_an_error_that_says_why(made):
    with pytest.raises(UsageError, match="no recording of celegans/made@abc is left: it has 9 samples, 600 are needed"):
        homogenise(made(("w", ramp(9), {("AVAL", "AVAL"): ramp(9)})), UID, SIMEON2024)


def test_a_limit_of_gaps_below_the_step_of_the_recording_is_an_error(made):
    with pytest.raises(UsageError, match="its samples lie 5 s apart") as error:
        homogenise(made(("w", 5 * ramp(9), {("AVAL", "AVAL"): ramp(9)})), UID, HomogeniseConfig())
    assert "max_gap_s=10" in error.value.hint


@pytest.mark.parametrize(("recordings", "modality"), [((), "calcium"), ((("w", ramp(9), {}),), "fmri")])
def test_only_calcium_is_homogenised(made, recordings, modality):
    with pytest.raises(UsageError, match=r"has (no recording|only recordings of fmri)"):
        homogenise(made(*recordings, modality=modality), UID, HomogeniseConfig())


def test_recordings_of_behaviour_beside_the_calcium_stay_behind_and_are_named(made):
    source = made(*((name, ramp(9), {("AVAL", "AVAL"): ramp(9)}) for name in ("velocity", "w")))
    modality = pl.when(pl.col("uid").str.ends_with("velocity")).then(pl.lit("behaviour")).otherwise("modality")
    mixed = replace(source, recording=source.recording.with_columns(modality=modality))
    found = homogenise(mixed, UID, HomogeniseConfig())
    assert found["recording"]["uid"].to_list() == [f"{UID}/w"]
    assert ("velocity", "it is of behaviour, not of calcium; it stays in celegans/made@abc") in reasons(
        found, "dropped"
    )


def test_a_constant_trace_is_said_to_be_one(made):
    found = homogenise(made(("w", ramp(9), {("AVAL", "AVAL"): np.ones(9)})), UID, HomogeniseConfig())
    assert set(found["trace"]["values"][0]) == {0.0}
    assert ("w AVAL", "constant: its normalised values are 0") in reasons(found, "kept")


def test_events_move_with_the_clock(made):
    told = [
        ("w", {"label": "gone", "onset_s": 1.0, "duration_s": 2.0}),
        ("w", {"label": "cut", "onset_s": 3.0, "duration_s": 4.0}),
        ("w", {"label": "later", "onset_s": 9.0, "duration_s": 0.5}),
    ]
    source = made(("w", 5 + ramp(9), {("AVAL", "AVAL"): ramp(9)}), events=told)
    found = homogenise(source, UID, HomogeniseConfig())
    rows = found["event"].select("recording", "event", "label", "onset_s", "duration_s").rows()
    assert rows == [(f"{UID}/w", 1, "cut", 0.0, 2.0), (f"{UID}/w", 2, "later", 4.0, 0.5)]
    assert reasons(found, "dropped") == [("gone", "it began 4 s before the first sample")]
    assert ("w", "its first sample, at 5 s, is the new 0 s") in reasons(found, "kept")


def test_values_come_out_as_samples_by_traces(made):
    source = made(("w", ramp(3), {("AVAL", "AVAL"): [1, 2, np.nan], ("AVAR", "AVAR"): [4, 5, 6]}))
    np.testing.assert_array_equal(trace_values(source.trace, 3), [[1, 4], [2, 5], [np.nan, 6]])


def test_progress_is_told(made):
    told = []
    source = made(*((name, ramp(9), {("AVAL", "AVAL"): ramp(9)}) for name in "ab"))
    homogenise(source, UID, HomogeniseConfig(), lambda *words: told.append(words))
    assert told == [("homogenising a", 0, 2), ("homogenising b", 1, 2), ("homogenised", 2, 2)]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[(n, "x") for n in ("signal", "smoothing", "slow_down", "grid", "normalisation", "labels")],
        *[(n, bad) for n in ("dt_s", "sigma_samples", "variance_floor") for bad in (0.0, -1.0, float("nan"), np.inf)],
        *[("alpha", bad) for bad in (0.0, 1.5)],
        *[("window_samples", 0), ("min_samples", 1), ("max_gap_s", 0.0), ("seed", -1)],
    ],
)
def test_a_setting_out_of_range_is_named(name, value):
    with pytest.raises(UsageError, match=f"option {name}="):
        HomogeniseConfig(**{name: value})


def test_an_unknown_profile_lists_those_that_there_are():
    with pytest.raises(UsageError) as error:
        profile("other")
    assert error.value.hint == "profiles: corrected, simeon2024"


def test_the_canonical_order_is_that_of_texts(cell_tables, canonical):
    order = canonical_order(cell_tables["celegans/cells"]["node"])
    assert len(order) == 300
    assert {f"{SET}/{name}" for name in order} == set(canonical)
    assert (order[0], order[-1]) == ("ADAL", "VD9")
    assert [name for name in order if name.startswith("AS") and name[2].isdigit()][:4] == ["AS1", "AS10", "AS11", "AS2"]


def test_nearest_counts_equal_letters_place_by_place():
    order = ["AIYL", "AIYR", "RMFL", "VA12", "VB1", "VB2"]
    assert [nearest(label, order) for label in ("AIY?", "RMF?", "VB2", "VB02")] == ["AIYL", "RMFL", "VB2", "VA12"]


def test_published_names_guess_take_and_lose(cell_tables):
    order = canonical_order(cell_tables["celegans/cells"]["node"])
    labels = ["AIY?", "AIYL", None, "VB02", "7"]
    assert published_names(labels, order, guess=True) == ["AIYL", "AIAL", "0", "VA12", "1"]
    plain = ["AVAL", "AVAL", "VB02", "merge", "AIY?", None, "VB10", "VB2"]
    assert published_names(plain, order, guess=False) == ["AVAL", None, None, "6", "1", "0", "VB10", "VB2"]


def test_the_table_has_the_published_columns_and_no_invented_slot(made):
    labels = (("AVAL", "AVAL"), (None, None), ("CAN?", None), ("CANL", "CANL"))
    source = made(("w", ramp(20) / 2, dict.fromkeys(labels, ramp(20))))
    config = HomogeniseConfig()
    table = published_table(source, homogenise(source, UID, config), config, ["w-data.h5", "labels"])
    assert dict(table.schema) == COLUMNS
    assert table.select("neuron", "slot", "is_labeled_neuron").rows() == [
        ("AVAL", 53, True),
        ("1", None, False),
        ("CAN?", None, False),
        ("CANL", None, False),
    ]
    words = ("source_dataset", "raw_data_file", "worm", "smooth_method", "interpolate_method", "normalization_method")
    assert table.select(words).unique().rows() == [
        ("celegans/made", "w-data.h5", "w", "none", "linear", "standard"),
    ]
    assert table["original_calcium_data"][0].to_list() == list(range(20))
    assert table.select("original_max_timesteps", "max_timesteps").row(0) == (20, 29)
    assert table["time_in_seconds"][0].len() == table["calcium_data"][0].len() == 29


def test_the_published_table_draws_slots_by_seed_and_drops_zeros(made):
    n = 700
    nameless = {(f"x{i}", None): np.sin(ramp(n) + i) for i in range(3)}
    source = made(("w", ramp(n) / 2, {("AVAL", "AVAL"): np.sin(ramp(n)), ("AVAR", "AVAR"): np.ones(n), **nameless}))
    made_tables = homogenise(source, UID, SIMEON2024)
    table, again = (published_table(source, made_tables, SIMEON2024) for _ in range(2))
    assert table.equals(again)
    assert table["worm"].unique().to_list() == ["worm0"]
    assert table["source_dataset"].unique().to_list() == ["Made"]
    assert table["neuron"].to_list() == ["AVAL", "2", "3", "4"]  # AVAR is 0 throughout
    assert table["is_labeled_neuron"].to_list() == [True, False, False, False]
    drawn = set(table["slot"].to_list()[1:])
    assert len(drawn) == 3
    assert not drawn & {53, 54}  # of AVAL and AVAR
    other = published_table(source, made_tables, replace(SIMEON2024, seed=1))
    assert other["slot"].to_list() != table["slot"].to_list()


def test_the_document_names_every_setting_with_its_values():
    text = DOCUMENT.read_text(encoding="utf-8")
    assert text.partition(BEGIN)[2].partition(END)[0].strip() == rendered().strip()
    explained = text.partition("## Where the profiles differ")[2]
    for field in meanings():
        assert f"`{field}`" in explained, f"{field} is not explained"
    assert set(meanings()) == set(HomogeniseConfig.__dataclass_fields__)
