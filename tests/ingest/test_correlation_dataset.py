"""From recordings to correlation networks: which pairs become edges, what they say, and the decisions."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest

from ingest.correlation.config import CorrelationConfig, meanings
from ingest.correlation.dataset import Source, correlate, named_traces
from ingest.correlation.pairwise import without_trend
from schemas import tables
from schemas.dataset import Dataset, DatasetInfo
from schemas.errors import UsageError
from schemas.validation import validate

SET = "celegans/hermaphrodite"
UID = "celegans/made-correlation"
CONFIG = CorrelationConfig(min_samples=10, surrogates=500)


def traces_of(*named, seed=1, samples=60):
    """Noise for each name; None is an unidentified neuron."""
    noise = np.random.default_rng(seed).normal(size=(len(named), samples))
    return [(name, noise[i]) for i, name in enumerate(named)]


@pytest.fixture
def made():
    """A dataset of one recording for each (name, [(node name, values)]), some rows of `recording` changed."""

    def make(*recordings, **changed):
        rows, traces = [], []
        for name, values in recordings:
            uid, n = f"celegans/made/{name}", len(values[0][1]) if values else 10
            time = list(map(float, range(n)))
            about = {"uid": uid, "node_set": SET, "subject": None, "modality": "calcium", "signal": "F/F20"}
            clock = {"unit": "1", "sampling_rate_hz": 1.0, "n_samples": n, "time_s": time}
            rows.append({**about, **clock, **changed.get(name, {})})
            for i, (node, trace) in enumerate(values):
                named = {"node": f"{SET}/{node}" if node else None, "match": "exact" if node else "unlabelled"}
                kept = [None if np.isnan(v) else float(v) for v in trace]
                traces.append({"recording": uid, "trace": i, "raw_label": node, **named, "values": kept})
        frames = (tables.frame("recording", rows), tables.frame("trace", traces))
        return Source("celegans/made", "celegans/made@abc", *frames)

    return make


def edges(made, network):
    rows = made["functional"].filter(pl.col("network") == f"{UID}/{network}")
    return {(r["source"].rpartition("/")[2], r["target"].rpartition("/")[2]): r for r in rows.iter_rows(named=True)}


def decided(made):
    return {r["item"]: r["reason"] for r in made["decision"].iter_rows(named=True)}


def test_a_network_for_each_recording_and_one_for_all(made, cell_tables):
    one, two = traces_of("RIML", "AVAL", "AVBL"), traces_of("AVAL", "RIML", None, "RIS", seed=2, samples=70)
    found = correlate(made(("a", one), ("b", two), a={"subject": "celegans/worm"}), UID, CONFIG)
    assert found["network"]["uid"].to_list() == [f"{UID}/a", f"{UID}/b", f"{UID}/pooled"]
    assert found["network"]["subject"].to_list() == ["celegans/worm", None, None]
    assert not found["network"]["directed"].any()
    assert set(found["network"]["weight_unit"]) == {"Pearson r"}
    assert list(edges(found, "a")) == [("AVAL", "AVBL"), ("AVAL", "RIML"), ("AVBL", "RIML")]
    assert list(edges(found, "b")) == [("AVAL", "RIML"), ("AVAL", "RIS"), ("RIML", "RIS")]
    r_one, r_two = (np.corrcoef(a[1], b[1])[0, 1] for a, b in ((one[0], one[1]), (two[0], two[1])))
    assert edges(found, "a")["AVAL", "RIML"]["weight"] == pytest.approx(r_one)
    pooled = edges(found, "pooled")
    assert len(pooled) == 5
    assert pooled["AVAL", "RIML"]["weight"] == pytest.approx((r_one + r_two) / 2)
    assert [row["n_observations"] for row in pooled.values()] == [1, 2, 1, 1, 1]
    assert set(found["functional"].filter(pl.col("network") != f"{UID}/pooled")["n_observations"]) == {1}
    assert found["functional"]["q"].is_between(0, 1).all()
    info = DatasetInfo(UID, "calcium", "made", "none", "nobody", "x", "1")
    subjects = found["network"].with_columns(subject=pl.lit(None, pl.String))
    nodes = cell_tables["celegans/cells"]
    keys = {"node": nodes["node"]["uid"], "node_set": nodes["node_set"]["uid"]}
    validate(Dataset(info, {**found, "network": subjects}), keys)


def test_parameters_say_what_an_edge_is_and_what_an_absent_one_means(made):
    found = correlate(made(("a", traces_of("AVAL", "RIML"))), UID, CONFIG)
    one, pooled = map(json.loads, found["network"]["parameters"])
    assert (one["min_samples"], one["surrogates"], one["detrend"], one["seed"]) == (10, 500, True, 0)
    assert "not observed" in one["keeps"]
    assert "circular shifts" in one["q"]
    assert "recordings" not in one
    assert (pooled["recordings"], pooled["signal"]) == (1, "F/F20")
    assert json.loads(decided(found)["parameters"])["seed"] == 0
    assert meanings().keys() == CorrelationConfig.__dataclass_fields__.keys()


def test_what_has_no_edge_is_a_decision(made):
    values = dict(traces_of("AVAL", "AVBL", "AVDL", "RIML", "RIS"))
    values["AVBL"][:] = 2.5
    values["AVDL"][9:] = np.nan
    values["RIML"][:30] = np.nan
    values["RIS"][30:] = 1.0
    named = [*values.items(), (None, values["AVAL"]), (None, values["RIS"]), ("AVAL", values["AVAL"] + 1)]
    found = correlate(made(("a", named), ("b", traces_of("AVAL", None)), ("c", [])), UID, CONFIG)
    assert list(edges(found, "a")) == [("AVAL", "RIML"), ("AVAL", "RIS")]
    both = ~np.isnan(values["RIML"])
    assert edges(found, "a")["AVAL", "RIML"]["weight"] == pytest.approx(
        np.corrcoef(values["AVAL"][both], values["RIML"][both])[0, 1]
    )
    assert found["network"]["uid"].to_list() == [f"{UID}/a", f"{UID}/pooled"]
    reasons = decided(found)
    assert reasons.pop("parameters")
    assert reasons == {
        "2 trace(s) of a": "not one identified neuron: 2 unlabelled",
        "a trace 7": f"{SET}/AVAL has an earlier trace, which counts",
        "a AVBL": "its trace never changes: r is not defined, it has no edge",
        "3 pair(s) of a": "fewer than 10 common samples (min_samples): no edge; the first is AVAL and AVDL",
        "1 pair(s) of a": "one trace does not change over the common samples: no edge; the first is RIML and RIS",
        "1 trace(s) of b": "not one identified neuron: 1 unlabelled",
        "b": "it has 1 identified neuron(s): no pair",
        "c": "it has 0 identified neuron(s): no pair",
    }
    assert set(found["decision"]["file"]) == {"celegans/made@abc"}


def test_the_least_number_of_common_samples_is_a_setting(made):
    values = dict(traces_of("AVAL", "RIML", "RIS"))
    values["RIML"][12:] = np.nan
    source = made(("a", list(values.items())))
    assert len(edges(correlate(source, UID, CorrelationConfig(12, 0)), "pooled")) == 3
    assert len(edges(correlate(source, UID, CorrelationConfig(13, 0)), "pooled")) == 1
    with pytest.raises(UsageError, match="have 61 samples in common"):
        correlate(source, UID, CorrelationConfig(61, 0))


def test_without_surrogates_there_is_no_q(made):
    found = correlate(made(("a", traces_of("AVAL", "RIML"))), UID, CorrelationConfig(10, 0))
    assert found["functional"]["q"].null_count() == 2
    assert "not computed" in json.loads(found["network"]["parameters"][0])["q"]


def test_a_common_trend_changes_the_weight_and_not_q(made):
    values = traces_of("AVAL", "AVBL", "RIML", samples=300)
    drifting = [(name, trace + 0.02 * np.arange(300)) for name, trace in values]
    plain, kept, removed = (
        edges(correlate(made(("a", each)), UID, CorrelationConfig(10, 500, detrend)), "pooled")
        for each, detrend in ((values, True), (drifting, False), (drifting, True))
    )
    assert min(row["weight"] for row in removed.values()) > 0.5
    assert [row["weight"] for row in removed.values()] == [row["weight"] for row in kept.values()]
    assert [row["q"] for row in removed.values()] == pytest.approx([row["q"] for row in plain.values()])
    assert max(row["q"] for row in kept.values()) < 0.05 < min(row["q"] for row in removed.values())


def test_a_trace_that_is_only_a_trend_has_a_weight_and_no_q(made):
    values = [*traces_of("AVAL"), ("RIML", np.arange(60) / 8)]
    assert not without_trend(values[1][1][None]).any()
    row = edges(correlate(made(("a", values)), UID, CONFIG), "pooled")["AVAL", "RIML"]
    assert row["q"] is None
    assert abs(row["weight"]) < 1


def test_only_named_traces_count_in_the_order_of_neurons(made):
    values = dict(traces_of("RIML", None, "AVAL", "RIS"))
    found = named_traces(made(("a", list(values.items()))).trace, {f"{SET}/AVAL": 0, f"{SET}/RIML": 4})
    assert found.cells.tolist() == [0, 4]
    assert found.values == pytest.approx(np.stack([values["AVAL"], values["RIML"]]), abs=1e-6)


@pytest.mark.parametrize(
    ("recordings", "changed", "message"),
    [
        ((), {}, "has no recording"),
        ((("a", traces_of("AVAL", "RIML")),), {"a": {"modality": "fmri"}}, "only recordings of fmri"),
        ((("pooled", traces_of("AVAL", "RIML")),), {}, "a recording is called pooled"),
        ((("a", traces_of("AVAL", None)),), {}, "no two identified neurons"),
        (
            (("a", traces_of("AVAL", "RIML")), ("b", traces_of("AVAL", "RIML"))),
            {"b": {"node_set": "celegans/male"}},
            "several node sets: celegans/hermaphrodite, celegans/male",
        ),
    ],
)
def test_what_cannot_become_networks_is_refused(made, recordings, changed, message):
    with pytest.raises(UsageError, match=message):
        correlate(made(*recordings, **changed), UID, CONFIG)


def test_behaviour_beside_it_is_left_out(made):
    recordings = ("a", traces_of("AVAL", "RIML")), ("speed", traces_of(None))
    found = correlate(made(*recordings, speed={"modality": "behaviour"}), UID, CONFIG)
    assert decided(found)["speed"] == "it is of behaviour, not of calcium"


@pytest.mark.parametrize(("name", "value"), [("min_samples", 2), ("surrogates", -1), ("seed", -1)])
def test_settings_out_of_range_are_refused(name, value):
    with pytest.raises(UsageError, match=f"{name}={value} is out of range"):
        CorrelationConfig(**{name: value})
