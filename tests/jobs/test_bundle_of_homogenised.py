"""A bundle of a homogenised dataset: traces, masks, stimuli, structure among the same neurons, both splits."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest

from gnn.windows import windows
from graphdb.export import Selection
from graphdb.lake import Lake
from graphdb.time_split import TimeSplit
from jobs import flow
from jobs.homogenise import config_of, homogenise_dataset, sample_mask
from jobs.workspace import Workspace
from schemas.bundle import COLUMNS, read_bundle
from schemas.dataset import Dataset, DatasetInfo

MADE = "celegans/lin2023"  # a source that the published profile imputes
DONE = f"{MADE}-homogenised-simeon2024"


@pytest.fixture(scope="module")
def held(tmp_path_factory) -> Workspace:
    """The simulated worms with gaps and stimuli as a dataset of that name, homogenised with imputation, in a graph."""
    workspace = Workspace(tmp_path_factory.mktemp("held"))
    flow.ingest_source(workspace, "simulate/celegans")
    found = workspace.lake.tables("simulate/celegans")
    renamed = {name: _renamed(frame) for name, frame in found.items() if name in ("recording", "subject", "event")}
    rng = np.random.default_rng(0)
    kept = found["trace"].filter(pl.col("trace") < 12)
    values = [[None if rng.random() < 0.02 else v for v in trace] for trace in kept["values"]]
    renamed["trace"] = _renamed(kept.with_columns(pl.Series("values", values, pl.List(pl.Float32))))
    parents = ("celegans/cells",)
    info = DatasetInfo(MADE, "celegans", "Made", "CC0", "Nobody", "tests", "1", simulated=True, parents=parents)
    workspace.lake.publish(Dataset(info, renamed))
    homogenise_dataset(workspace, MADE, config_of("simeon2024", {"dt_s": 1.0, "min_samples": 2}))
    flow.project(workspace)
    return workspace


def _renamed(frame):
    text = [name for name, dtype in frame.schema.items() if dtype == pl.String and name != "node"]
    return frame.with_columns(pl.col(text).str.replace("simulate/celegans/", f"{MADE}/", literal=True))


@pytest.fixture(scope="module")
def bundle(held):
    rule = TimeSplit((0.6, 0.2, 0.2), blocks=2, gap_s=5.0)
    return flow.export_bundle(held, Selection(activity=(DONE,), time=rule))[0]


def test_what_was_imputed_is_not_measured(held, bundle):
    assert bundle.trace["values"].list.eval(pl.element().is_null()).list.any().sum() == 0
    mask = bundle.sample_mask.join(bundle.trace, on=["recording", "trace"], how="inner")
    assert mask.height == bundle.trace.height == bundle.sample_mask.height
    assert (mask["measured"].list.len() == mask["values"].list.len()).all()
    share = mask["measured"].list.mean().mean()
    assert 0.5 < share < 0.99
    manifest = held.lake.manifest(DONE)
    assert bundle.sample_mask.sort("recording", "trace").equals(
        sample_mask(held.lake, manifest)
        .join(bundle.trace, on=["recording", "trace"], how="semi")
        .sort("recording", "trace")
    )
    assert sample_mask(held.lake, held.lake.manifest(MADE)) is None


def test_recordings_as_read_are_measured_where_they_have_a_value(held):
    found, _ = flow.export_bundle(held, Selection(activity=(MADE,)))
    there = found.trace.sort("recording", "trace")["values"].list.eval(pl.element().is_not_null())
    assert found.sample_mask["measured"].to_list() == there.to_list()
    assert not all(all(each) for each in there.to_list())


def test_stimuli_come_with_their_recordings(held, bundle):
    assert bundle.event.height == held.lake.read(DONE, "event").height > 0
    assert set(bundle.event["recording"]) <= set(bundle.recording["uid"])


def test_both_splits_are_there_and_no_window_crosses(bundle):
    assert set(bundle.split["recording"]) == set(bundle.time_split["recording"]) == set(bundle.recording["uid"])
    for uid, time in bundle.recording.select("uid", "time_s").iter_rows():
        parts = bundle.time_split.filter(recording=uid).sort("block")["part"].to_list()
        assert parts == ["train", "validation", "test"] * 2
        seen = {}
        for part in ("train", "validation", "test"):
            for window in windows(bundle, uid, part, 10):
                seen.update({i: seen.get(i, set()) | {part} for i in range(window.start, window.stop)})
        assert {len(each) for each in seen.values()} == {1}
        assert 0.5 < len(seen) / len(time) < 1


def test_it_is_written_and_read_with_all_its_tables(bundle, held, tmp_path):
    rule = TimeSplit((0.6, 0.2, 0.2), blocks=2, gap_s=5.0)
    _, folder = flow.export_bundle(held, Selection(activity=(DONE,), time=rule), tmp_path / "b")
    found = read_bundle(folder)
    assert found.manifest == bundle.manifest
    assert found.manifest.selection["time"] == {"parts": [0.6, 0.2, 0.2], "blocks": 2, "gap_s": 5.0}
    assert all(found.frames()[name].equals(bundle.frames()[name]) for name in COLUMNS)


def test_a_bundle_from_before_these_tables_can_be_read(bundle, tmp_path):
    from dataclasses import asdict

    from schemas.bundle import KEYS
    from schemas.content import combined_hash, content_hash

    older = [name for name in COLUMNS if name not in ("time_split", "event", "sample_mask")]
    for name in older:
        bundle.frames()[name].write_parquet(tmp_path / f"{name}.parquet")
    rows = {name: bundle.frames()[name].height for name in older}
    hashed = combined_hash([(name, content_hash(bundle.frames()[name], KEYS[name])) for name in older])
    (tmp_path / "manifest.json").write_text(json.dumps({**asdict(bundle.manifest), "rows": rows, "hash": hashed}))
    found = read_bundle(tmp_path)
    assert found.trace.equals(bundle.trace)
    assert found.event.is_empty()
    assert found.time_split.is_empty()


def test_the_command_cuts_along_time(connectome, held, tmp_path):
    words = ("--time-parts", "0.5,0.25,0.25", "--time-blocks", "2", "--time-gap", "3", "--out", str(tmp_path / "b"))
    result = connectome("export", "--activity", DONE, *words, workspace=held)
    assert result.code == 0
    assert "time_split" in result.out
    assert read_bundle(tmp_path / "b").time_split.group_by("recording").len()["len"].to_list() == [6] * 4
    wrong = connectome("export", "--activity", DONE, "--time-parts", "1,1,1", workspace=held)
    assert (wrong.code, "do not sum to 1" in wrong.stderr) == (2, True)
    wrong = connectome("export", "--activity", DONE, "--time-parts", "half", workspace=held)
    assert (wrong.code, "--time-parts 'half' is not three numbers" in wrong.stderr) == (2, True)


@pytest.mark.data
def test_real_worms_with_the_structure_of_cook(shared_data, tmp_path):
    workspace = Workspace(tmp_path / "real")
    for source_id in ("celegans/dag2023", "celegans/cook2019"):
        flow.ingest_source(workspace, source_id, shared_data)
    homogenise_dataset(workspace, "celegans/dag2023", config_of("corrected", {}))
    flow.project(workspace)
    done = "celegans/dag2023-homogenised"
    selection = Selection(activity=(done,), structure=("celegans/cook2019",))
    bundle, _ = flow.export_bundle(workspace, selection)
    assert (bundle.recording.height, bundle.trace.height, bundle.event.height) == (5, 480, 138)
    assert bundle.trace["values"].list.len().unique().to_list() == [1444]
    assert bundle.node.height == bundle.trace["node"].n_unique()
    assert bundle.mask.filter("measured").height == 480
    assert bundle.sample_mask["measured"].list.all().all()
    assert sorted(bundle.split["part"]) == ["test", *["train"] * 4]
    edges = bundle.time_split.select("part", "start_s", "end_s").unique().sort("start_s").rows()
    assert [part for part, _, _ in edges] == ["train", "test"]
    assert edges[0][1:] == pytest.approx((0.0, 0.333 * 1082))
    assert edges[1][1:] == pytest.approx((0.333 * 1083, 0.333 * 1443))
    nodes = set(bundle.node["uid"])
    for kind in ("chemical", "gap_junction"):
        assert _edges(workspace.lake, kind, nodes) == {
            (s, t): w for s, t, w in bundle.edge.filter(kind=kind).select("source", "target", "weight").iter_rows()
        }


def _edges(lake: Lake, kind: str, nodes: set[str]) -> dict[tuple[str, str], float]:
    """Straight from the lake, without the graph."""
    rows = lake.read("celegans/cook2019", kind).select("source", "target", "weight").iter_rows()
    found = {(s, t): w for s, t, w in rows if s in nodes and t in nodes}
    assert len(found) > 200
    return found
