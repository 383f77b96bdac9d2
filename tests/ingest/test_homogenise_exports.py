"""NetCDF and NWB: what is written reads back as it was, by xarray, by pynwb with its validator, by our own reader."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pynwb
import pytest
import xarray as xr

from ingest.celegans import dag2023
from ingest.celegans.calcium import nejatbakhsh2020
from ingest.homogenise.config import HomogeniseConfig
from ingest.homogenise.dataset import Recorded, homogenise
from ingest.homogenise.netcdf import write_netcdf
from ingest.homogenise.nwb import write_nwb
from ingest.homogenise.outgoing import About, Before, left_out, outgoing
from schemas import tables

SET = "celegans/hermaphrodite"
ABOUT = About(
    "celegans/made@1", "Made", "CC0", "Nobody 2026", simulated=True, origins=("a/b@2",), parameters='{"a": 1}'
)
N = 40
MODULE = "CalciumActivity"


def recording(uid, modality, unit, first_s=0.0):
    return {
        "uid": uid,
        "node_set": SET,
        "subject": "celegans/made/animal",
        "modality": modality,
        "signal": "F/F20" if modality == "calcium" else "velocity",
        "unit": unit,
        "sampling_rate_hz": 1 / 0.6,
        "n_samples": N,
        "time_s": (first_s + 0.6 * np.arange(N)).tolist(),
    }


def trace(uid, i, name, values, label=None):
    match = "exact" if name else "ambiguous" if label else "unlabelled"
    about = {"node": f"{SET}/{name}" if name else None, "raw_label": label or name, "match": match}
    confidence = 4.0 if name else None
    return {"recording": uid, "trace": i, **about, "confidence": confidence, "values": values}


@pytest.fixture
def made(cell_tables):
    """A worm with gaps, an ambiguous and a nameless trace, velocity, a stimulus and a reversal; one without events."""
    uid = "celegans/made/w"
    rng = np.random.default_rng(0)
    walks = rng.normal(size=(N, 4)).cumsum(axis=0).round(3).T.tolist()
    walks[0][5:8] = [None] * 3
    walks[1][20] = None
    names = [("AVAL", None), ("RIML", None), (None, "AIY?"), (None, None)]
    traces = [trace(uid, i, name, walks[i], label) for i, (name, label) in enumerate(names)]
    traces.append(trace(f"{uid}.velocity", 0, None, [*[0.5] * (N - 1), None], "velocity"))
    traces.append(trace("celegans/made/x", 0, "AVAL", walks[3]))
    rows = [recording(uid, "calcium", "1"), recording(f"{uid}.velocity", "behaviour", "mm/s")]
    events = [
        {"recording": uid, "event": 0, "kind": "stimulus", "label": "NaCl 20 mM", "onset_s": 3.0, "duration_s": 6.0},
        {"recording": uid, "event": 1, "kind": "behaviour", "label": "reversal", "onset_s": 5.0, "duration_s": 0.0},
    ]
    frames = {
        "recording": [*rows, recording("celegans/made/x", "calcium", "1")],
        "trace": traces,
        "event": events,
    }
    found = (tables.frame(name, table) for name, table in frames.items())
    return Recorded("celegans/made", "celegans/made@1", *found, cell_tables["celegans/cells"]["node"])


SUBJECT = tables.frame(
    "subject",
    [{"uid": "celegans/made/animal", "species": "Caenorhabditis elegans", "sex": "hermaphrodite", "age_h": 48.0}],
)


def homogenised(source, config):
    found = homogenise(source, f"{source.uid}-homogenised", config)
    frames = (found[name] for name in ("recording", "trace", "event"))
    return Recorded(f"{source.uid}-homogenised", f"{source.uid}-homogenised@1", *frames, source.node)


def ways(source):
    """The recordings as read, homogenised, and homogenised with imputation."""
    yield list(outgoing(source, SUBJECT))
    for imputation in ("none", "iterative"):
        config = HomogeniseConfig(imputation=imputation)
        yield list(outgoing(homogenised(source, config), SUBJECT, Before(source, config)))


def group(path, name):
    with xr.open_dataset(path, group=name, engine="h5netcdf") as file:
        return file.load()


def same_in_netcdf(found, given):
    assert found.calcium.dtype == np.float32
    assert found.calcium.dims == found.measured.dims == ("neuron", "time")
    assert found.time_s.dtype == np.float64
    np.testing.assert_array_equal(found.calcium, given.values)
    np.testing.assert_array_equal(found.measured, given.measured)
    np.testing.assert_array_equal(found.time_s, given.time)
    assert (found.calcium.attrs["units"], found.time_s.attrs["units"]) == (given.unit, "s")
    assert found.calcium.attrs["long_name"] == given.signal
    for name in ("name", "node", "raw_label", "match"):
        assert found[name].to_numpy().tolist() == given.traces[name].fill_null("").to_list()
    assert found.trace.to_numpy().tolist() == given.traces["trace"].to_list()
    confidence = given.traces["confidence"].cast(float).fill_null(np.nan)
    np.testing.assert_array_equal(found.confidence, confidence)
    for name in ("kind", "label", "onset_s", "duration_s"):
        assert found[f"event_{name}"].to_numpy().tolist() == given.events[name].to_list()


def test_netcdf_holds_each_recording_in_its_group(made, tmp_path):
    for i, recordings in enumerate(ways(made)):
        path = tmp_path / f"{i}.nc"
        write_netcdf(path, ABOUT, iter(recordings))
        assert [each.name for each in recordings] == ["w", "x"]
        with xr.open_datatree(path, engine="h5netcdf") as tree:
            assert set(tree.children) == {"w", "x"}
            assert tree.attrs["dataset"] == "celegans/made@1"
            assert (tree.attrs["simulated"], tree.attrs["origins"]) == ("true", "a/b@2")
        for each in recordings:
            found = group(path, each.name)
            same_in_netcdf(found, each)
            assert found.attrs["subject"] == "celegans/made/animal"
            assert found.attrs["age_h"] == 48.0
        velocity = group(path, "w").behaviour_velocity
        assert velocity.attrs["units"] == "mm/s"
        assert velocity.to_numpy()[:2].tolist() == [0.5, 0.5]
        assert np.isnan(velocity[-1])
        assert "behaviour_velocity" not in group(path, "x")


def test_what_was_measured_stays_apart_from_what_was_guessed(made):
    read, bridged, imputed = ways(made)
    assert (~read[0].measured).sum(axis=1).tolist() == [3, 1, 0, 0]
    assert np.isnan(read[0].values).sum(axis=1).tolist() == [3, 1, 0, 0]
    assert (np.isnan(bridged[0].values)).sum(axis=1).tolist()[1:] == [0, 0, 0]
    for way in (bridged, imputed):
        missed = ~way[0].measured
        assert missed[0].any()
        assert missed[1].sum() == 3  # of 0.333 s, between 11.4 s and 12.6 s
        assert not missed[2:].any()
    assert not np.isnan(imputed[0].values).any()
    np.testing.assert_array_equal(bridged[0].measured, imputed[0].measured)


def test_behaviour_moves_with_the_clock_of_the_recording(made):
    later = made.recording.with_columns(pl.col("time_s").list.eval(pl.element() + 2.0))
    source = replace(made, recording=later)
    config = HomogeniseConfig()
    first = next(outgoing(homogenised(source, config), SUBJECT, Before(source, config)))
    assert first.behaviour[0].time[0] == 0.0
    assert first.events["onset_s"].to_list() == [1.0, 3.0]


def test_recordings_of_other_kinds_are_named(made):
    assert left_out(made) == []
    fmri = made.recording.with_columns(
        modality=pl.when(pl.col("uid").str.ends_with("/x")).then(pl.lit("fmri")).otherwise("modality")
    )
    assert left_out(replace(made, recording=fmri)) == ["celegans/made/x"]
    lone = made.recording.filter(pl.col("uid") != "celegans/made/w")
    assert left_out(replace(made, recording=lone)) == ["celegans/made/w.velocity"]


def same_in_nwb(path, given):
    assert pynwb.validate(path=str(path)) == []
    with pynwb.NWBHDF5IO(path, mode="r") as io:
        file = io.read()
        module = file.processing[MODULE]
        series = module["SignalRawFluor"]["SignalCalciumImResponseSeries"]
        np.testing.assert_array_equal(series.data[()], given.values.T)
        np.testing.assert_array_equal(series.timestamps[()], given.time)
        assert (series.unit, series.description) == (given.unit, given.signal)
        np.testing.assert_array_equal(module["measured"].data[()], given.measured.T)
        rois = series.rois.table
        assert rois["labels"].data[()].tolist() == given.traces["name"].fill_null("").to_list()
        assert rois["raw_label"].data[()].tolist() == given.traces["raw_label"].fill_null("").to_list()
        assert rois.id.data[()].tolist() == given.traces["trace"].to_list()
        assert series.rois.data[()].tolist() == list(range(len(given.values)))
        for kind, name in (("stimulus", "stimuli"), ("behaviour", "behaviour")):
            events = given.events.filter(kind=kind)
            assert (name in (file.intervals or {})) == (events.height > 0)
            if events.height:
                table = file.intervals[name]
                assert table["label"].data[()].tolist() == events["label"].to_list()
                assert table["start_time"].data[()].tolist() == events["onset_s"].to_list()
                ends = (events["onset_s"] + events["duration_s"]).to_list()
                assert table["stop_time"].data[()].tolist() == ends
        if given.behaviour:
            kept = file.processing["behavior"]["BehavioralTimeSeries"]["velocity"]
            np.testing.assert_array_equal(kept.data[()], given.behaviour[0].values)
            assert kept.unit == "mm/s"
        return file.subject.sex, file.subject.species, file.subject.age, file.identifier


def test_nwb_is_valid_and_holds_each_recording(made, tmp_path):
    for i, recordings in enumerate(ways(made)):
        for each in recordings:
            path = tmp_path / f"{i}-{each.name}.nwb"
            write_nwb(path, ABOUT, each)
            said = same_in_nwb(path, each)
            assert said == ("XX", "Caenorhabditis elegans", "PT48H", f"celegans/made@1/{each.name}")


def test_a_recording_of_an_unknown_animal_is_valid_too(made, tmp_path):
    given = replace(next(outgoing(made, tables.frame("subject", []))), events=made.event.clear(), behaviour=())
    write_nwb(tmp_path / "w.nwb", ABOUT, given)
    assert same_in_nwb(tmp_path / "w.nwb", given)[:3] == ("U", None, None)


def test_our_own_reader_of_nwb_reads_it(made, tmp_path, cell_tables, check_tables):
    given = next(outgoing(made, SUBJECT))
    path = tmp_path / "w.nwb"
    write_nwb(path, ABOUT, given)
    found = nejatbakhsh2020.read({"recordings/w.nwb": path}, cell_tables)
    check_tables(found)
    assert found["recording"]["time_s"].item().to_list() == given.time.tolist()
    assert found["trace"]["node"].to_list() == given.traces["node"].to_list()
    kept = np.array(found["trace"]["values"].to_list(), dtype=np.float32)
    np.testing.assert_array_equal(kept, given.values)


@pytest.fixture(scope="module")
def dag(shared_data, cell_tables):
    folder = shared_data / "celegans/calcium/dag2023_flavell"
    files = {path.name.removesuffix("-data.h5"): path for path in folder.glob("2022-07-2*-data.h5")}
    read = dag2023.read(files | {"labels": folder / "NeuroPAL_labels_dict.derived.json"}, cell_tables)
    frames = (read[name] for name in ("recording", "trace", "event"))
    source = Recorded("celegans/dag2023", "celegans/dag2023@1", *frames, cell_tables["celegans/cells"]["node"])
    config = HomogeniseConfig()
    return list(outgoing(homogenised(source, config), read["subject"], Before(source, config)))


@pytest.mark.data
def test_real_recordings_go_to_netcdf_and_back(dag, tmp_path):
    write_netcdf(tmp_path / "dag.nc", ABOUT, dag)
    for each in dag:
        found = group(tmp_path / "dag.nc", each.name)
        same_in_netcdf(found, each)
        assert found.measured.all()
        assert found.sizes["time"] == 1444
        assert found.attrs["strain"] == "SWF702"
    assert sum((each.traces["name"].is_not_null()).sum() for each in dag) == 480
    assert sum(each.events.height for each in dag) == 138


@pytest.mark.data
def test_real_recordings_go_to_nwb_and_back(dag, tmp_path):
    for each in dag:
        write_nwb(tmp_path / f"{each.name}.nwb", ABOUT, each)
        assert same_in_nwb(tmp_path / f"{each.name}.nwb", each)[0] == "XX"
