"""The real recordings of Dag et al. 2023 under both profiles: counts, clock, values, and what the guesses do."""

from __future__ import annotations

import h5py
import numpy as np
import polars as pl
import pytest

from ingest.celegans import dag2023
from ingest.homogenise.config import PROFILES, HomogeniseConfig
from ingest.homogenise.dataset import Recorded, homogenise
from ingest.homogenise.labels import canonical_order
from ingest.homogenise.published_table import COLUMNS, published_table

pytestmark = pytest.mark.data

# worm -> traces, labelled, canonical without zero-padding, zero-padded
COUNTS = {
    "2022-07-26-31": (146, 100, 99, 0),
    "2022-07-26-38": (141, 87, 87, 0),
    "2022-07-27-31": (145, 104, 99, 1),
    "2022-07-27-38": (135, 94, 87, 0),
    "2022-07-27-45": (140, 109, 106, 1),
}
UID = "celegans/dag2023-homogenised"
DT = 0.333


@pytest.fixture(scope="module")
def folder(shared_data):
    return shared_data / "celegans/calcium/dag2023_flavell"


@pytest.fixture(scope="module")
def source(folder, cell_tables):
    files = {uid: folder / f"{uid}-data.h5" for uid in COUNTS}
    read = dag2023.read(files | {"labels": folder / "NeuroPAL_labels_dict.derived.json"}, cell_tables)
    nodes = cell_tables["celegans/cells"]["node"]
    return Recorded(
        "celegans/dag2023", "celegans/dag2023@1", *(read[t] for t in ("recording", "trace", "event")), nodes
    )


@pytest.fixture(scope="module")
def made(source):
    return {name: homogenise(source, UID, config) for name, config in PROFILES.items()}


@pytest.fixture(scope="module")
def written(source, made):
    files = [f"{uid}-data.h5" for uid in COUNTS]
    return {name: published_table(source, made[name], config, files) for name, config in PROFILES.items()}


def raw(folder, worm):
    with h5py.File(folder / f"{worm}-data.h5") as file:
        return file["timing/timestamp_confocal"][()], file["gcamp/traces_array_F_F20"][()]


def values_of(tables, worm):
    """Shape (samples, traces)."""
    traces = tables["trace"].filter(pl.col("recording") == f"{UID}/{worm}").sort("trace")
    return np.array(traces["values"].to_list(), dtype=np.float64).T


@pytest.mark.parametrize("name", PROFILES)
@pytest.mark.parametrize("worm", COUNTS)
def test_counts_of_neurons_and_labels(worm, name, made):
    traces = made[name]["trace"].filter(pl.col("recording") == f"{UID}/{worm}")
    n_traces, labelled, exact, padded = COUNTS[worm]
    assert traces.height == n_traces
    assert traces["raw_label"].count() == labelled
    assert traces["node"].count() == traces["node"].drop_nulls().n_unique() == exact + padded


@pytest.mark.parametrize("name", PROFILES)
def test_the_clock(name, made, folder):
    assert made[name]["recording"].height == 5
    for row in made[name]["recording"].iter_rows(named=True):
        stamps, _ = raw(folder, row["uid"].rpartition("/")[2])
        time = np.array(row["time_s"])
        assert time[0] == 0
        assert abs(np.median(np.diff(time)) - DT) < 0.01
        assert np.abs(np.diff(time) - DT).max() < 1e-9
        assert row["n_samples"] == len(time) == int((stamps[-1] - stamps[0]) / DT) + 1 == 1444


@pytest.mark.parametrize("name", PROFILES)
def test_tables_are_valid(name, made, check_tables):
    subjects = pl.concat([made[name]["recording"].select(uid="subject")])
    check_tables({**made[name], "subject": _subject(subjects)})


def _subject(uids):
    from schemas import tables

    return tables.frame("subject", uids.to_dicts())


def published(time, values):
    """The published steps, in plain loops: window of 8, np.interp on 32-bit times from the first, StandardScaler."""
    time = time.astype(np.float32)
    time = time - time[0]
    smooth = np.array([values[max(t - 15 // 2, 0) : t + 1].mean(axis=0) for t in range(len(values))])
    at = np.arange(float(time.min()), float(time.max()), DT)
    resampled = np.column_stack([np.interp(at, time, column) for column in smooth.T])
    return (resampled - resampled.mean(axis=0)) / resampled.std(axis=0)


@pytest.mark.parametrize("worm", COUNTS)
def test_the_published_values_come_out_of_the_compatibility_profile(worm, made, folder):
    stamps, raw_values = raw(folder, worm)
    expected = published(stamps - stamps[0], raw_values)
    np.testing.assert_allclose(values_of(made["simeon2024"], worm), expected, atol=1e-4)


@pytest.mark.parametrize("worm", COUNTS)
def test_stamps_of_a_long_session_do_not_survive_32_bits_and_the_lake_keeps_64(worm, source, made, folder):
    """The published pipeline rounds 1.2 million s to 32 bits (0.125 s) before it takes the first off."""
    stamps, raw_values = raw(folder, worm)
    rounded = stamps.astype(np.float32)
    assert set(np.unique(np.diff(rounded)).tolist()) <= {0.5, 0.625, 0.75}
    assert np.abs((rounded - rounded[0]) - (stamps - stamps[0])).max() > 0.08
    ours = source.recording.filter(pl.col("uid") == f"{source.uid}/{worm}")["time_s"].item().to_numpy()
    assert np.abs(ours - (stamps - stamps[0])).max() == 0
    theirs, kept = published(stamps, raw_values), values_of(made["simeon2024"], worm)
    difference = np.abs(theirs - kept[: len(theirs)])
    assert 0.1 < difference.max() < 1.0
    assert difference.mean() < 0.02


@pytest.mark.parametrize("worm", COUNTS)
def test_corrected_values_are_the_raw_ones_between_samples(worm, made, folder):
    stamps, raw_values = raw(folder, worm)
    at = DT * np.arange(1444)
    resampled = np.column_stack([np.interp(at, stamps - stamps[0], column) for column in raw_values.T])
    expected = (resampled - resampled.mean(axis=0)) / resampled.std(axis=0)
    np.testing.assert_allclose(values_of(made["corrected"], worm), expected, atol=1e-4)


def test_the_published_smoothing_delays_every_worm_by_two_seconds(made):
    lags = np.arange(-5, 20)
    for worm in COUNTS:
        ours, theirs = (values_of(made[name], worm) for name in ("corrected", "simeon2024"))
        alike = [(ours[20:-20] * np.roll(theirs, -lag, axis=0)[20:-20]).mean() for lag in lags]
        assert 1.5 < lags[int(np.argmax(alike))] * DT < 2.7


@pytest.mark.parametrize("name", PROFILES)
def test_nothing_is_missing_as_nothing_was(name, made):
    assert made[name]["trace"]["values"].list.eval(pl.element().is_null()).list.sum().sum() == 0
    assert made[name]["event"].height == 138


def test_corrected_has_nothing_to_decide_but_its_parameters(made):
    assert made["corrected"]["decision"]["item"].to_list() == ["parameters"]


def test_what_the_published_guesses_do_to_labels(made):
    decisions = made["simeon2024"]["decision"]
    assert decisions.filter(pl.col("action") == "guessed").height == 14
    differing = decisions.filter(pl.col("action") == "differs").select("item", "reason").rows()
    taken = [(item, reason.partition("takes it for ")[2].partition(",")[0]) for item, reason in differing]
    assert taken == [
        ("2022-07-27-31 VB02", "VA12"),
        ("2022-07-27-38 URADR", "URAVR"),
        ("2022-07-27-45 VB02", "VA12"),
    ]
    nodes = [made[name]["trace"]["node"].to_list() for name in PROFILES]
    assert nodes[0] == nodes[1]


@pytest.mark.parametrize("name", PROFILES)
def test_the_fifteen_columns(name, written):
    table = written[name]
    assert dict(table.schema) == COLUMNS
    assert len(COLUMNS) == 15
    assert table.height == sum(n for n, *_ in COUNTS.values()) == 707
    assert table.group_by("source_dataset", "worm").len().height == 5
    assert table["raw_data_file"].unique().sort().to_list() == [f"{uid}-data.h5" for uid in COUNTS]
    lengths = table.select(pl.col(pl.List(pl.Float32)).list.len()).unique().row(0, named=True)
    assert lengths == {
        "original_calcium_data": 800,
        "calcium_data": 1444,
        "original_time_in_seconds": 800,
        "time_in_seconds": 1444,
    }
    assert table.select("original_max_timesteps", "max_timesteps").unique().rows() == [(800, 1444)]


def test_slots_are_places_among_the_300_where_a_neuron_is_labelled(written, cell_tables):
    order = canonical_order(cell_tables["celegans/cells"]["node"])
    for name, table in written.items():
        labelled = table.filter("is_labeled_neuron")
        assert [order[slot] for slot in labelled["slot"]] == labelled["neuron"].to_list()
        assert (table.filter(~pl.col("is_labeled_neuron"))["slot"].null_count() > 0) == (name == "corrected")
    counts = {name: written[name].filter("is_labeled_neuron").height for name in PROFILES}
    assert counts == {"corrected": 480, "simeon2024": 494}
    worms = written["simeon2024"].group_by("worm").agg(pl.col("slot").n_unique() == pl.len())
    assert worms["slot"].all()


def test_sixteen_bits_would_lose_the_clock_and_we_do_not_use_them(made, written):
    """Point 6: at 256 s to 512 s a 16-bit time is a multiple of 0.25 s, so that 0.333 s becomes 0.25 or 0.5."""
    time = np.array(made["corrected"]["recording"]["time_s"][0])
    halves = time.astype(np.float16).astype(np.float64)
    steps = np.unique(np.diff(halves[time > 257]))
    assert set(steps.tolist()) == {0.25, 0.5}
    for table in written.values():
        kept = np.array(table["time_in_seconds"][0].to_list(), dtype=np.float64)
        assert np.abs(np.diff(kept) - DT).max() < 1e-4
        values = table["calcium_data"].explode().to_numpy().astype(np.float32)
        assert (values != values.astype(np.float16).astype(np.float32)).mean() > 0.9


def test_residuals_use_the_true_times(source, folder):
    config = HomogeniseConfig(signal="residual", normalisation="none")
    found = homogenise(source, UID, config)
    stamps, raw_values = raw(folder, "2022-07-26-31")
    slope = np.gradient(raw_values[:, 3], stamps - stamps[0])
    expected = np.interp(DT * np.arange(1444), stamps - stamps[0], slope)
    np.testing.assert_allclose(values_of(found, "2022-07-26-31")[:, 3], expected, atol=1e-5)
    even = np.interp(DT * np.arange(1444), stamps - stamps[0], np.gradient(raw_values[:, 3], 0.6))
    assert np.abs(even - expected).max() > 1e-3
