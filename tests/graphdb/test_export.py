"""A bundle holds what was selected, with splits by subject that nothing later changes."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from graphdb import testing
from graphdb.export import Selection, export, split
from graphdb.on_ladybug.store import LadybugStore
from graphdb.sync import rebuild
from schemas import tables
from schemas.bundle import read_bundle, write_bundle
from schemas.errors import LakeError, QueryError, UsageError

BOTH = Selection(activity=("test/activity",), structure=("test/connectome",))


@pytest.fixture
def lake(tmp_path):
    return testing.small_lake(tmp_path / "lake")


@pytest.fixture
def store(tmp_path, lake):
    store = LadybugStore(tmp_path / "graph.lbug", max_bytes=1 << 34)
    rebuild(lake, store)
    yield store
    store.close()


def test_recorded_nodes_with_the_edges_among_them(lake, store):
    bundle = export(BOTH, lake, store)
    assert bundle.node["name"].to_list() == ["AVAL", "AVBL", "RIML"]
    found = bundle.edge.select(pl.col("source", "target").str.split("/").list.last(), "kind", "weight").rows()
    assert set(found) == {
        ("AVAL", "AVAL", "chemical", 1.0),
        ("AVAL", "RIML", "chemical", 12.0),
        ("RIML", "AVAL", "chemical", 2.0),
        ("AVBL", "AVAL", "chemical", 7.0),
        ("AVAL", "AVAL", "gap_junction", 2.0),
        ("AVBL", "RIML", "gap_junction", 1.0),
    }
    assert bundle.trace.height == 4
    assert bundle.mask.filter(~pl.col("measured"))["node"].to_list() == [
        "test/animal/AVBL",
        "test/animal/RIML",
    ]


def test_what_the_animal_did_meanwhile_is_no_recording_to_train_from(lake, store):
    activity = testing.activity()
    calcium = activity.tables["recording"]
    velocity = calcium.head(1).with_columns(uid=pl.col("uid") + ".velocity", modality=pl.lit("behaviour"))
    trace = activity.tables["trace"].head(1)
    trace = trace.with_columns(
        recording=velocity["uid"],
        node=pl.lit(None, pl.String),
        match=pl.lit("unlabelled"),
        raw_label=pl.lit("velocity"),
    )
    more = {"recording": pl.concat([calcium, velocity]), "trace": pl.concat([activity.tables["trace"], trace])}
    lake.publish(replace(activity, tables={**activity.tables, **more}))
    rebuild(lake, store)
    bundle = export(BOTH, lake, store)
    assert bundle.recording["uid"].to_list() == calcium["uid"].to_list()
    assert bundle.split["recording"].to_list() == calcium["uid"].to_list()


def test_the_manifest_names_every_version_behind_it(lake, store):
    manifest = export(BOTH, lake, store).manifest
    names = ("test/activity", "test/cells", "test/connectome")
    assert manifest.datasets == tuple(lake.manifest(n).reference for n in names)
    assert manifest.selection["activity"] == ["test/activity"]
    assert not manifest.simulated


def test_a_written_bundle_reads_back_equal_and_the_same_selection_is_the_same_bundle(lake, store, tmp_path):
    bundle = export(BOTH, lake, store)
    found = read_bundle(write_bundle(bundle, tmp_path / "bundle"))
    assert found.manifest == bundle.manifest
    assert all(found.frames()[name].equals(frame) for name, frame in bundle.frames().items())
    assert export(BOTH, lake, store).manifest.hash == bundle.manifest.hash


def test_conditions_narrow_it(lake, store):
    assert export(replace(BOTH, min_recordings=2), lake, store).node["name"].to_list() == ["AVAL"]
    assert export(replace(BOTH, nodes=("AVB", "RIML")), lake, store).node["name"].to_list() == [
        "AVBL",
        "RIML",
    ]
    assert export(replace(BOTH, kinds=("chemical",)), lake, store).edge["kind"].unique().to_list() == ["chemical"]


@pytest.mark.parametrize(
    ("change", "error", "says"),
    [
        ({"nodes": ("NOPE",)}, QueryError, "nothing is selected"),
        ({"activity": ()}, UsageError, "needs recordings"),
        ({"parts": (0.5, 0.0, 0.1)}, UsageError, "sum to 1"),
        ({"kinds": ("vessel",)}, UsageError, "unknown kind"),
        ({"activity": ("no/such",)}, LakeError, "not in the lake"),
    ],
)
def test_wrong_selections_are_explained(lake, store, change, error, says):
    with pytest.raises(error, match=says):
        export(replace(BOTH, **change), lake, store)


def test_a_graph_behind_the_lake_is_refused(lake, store):
    lake.publish(testing.connectome(scale=2.0))
    with pytest.raises(QueryError, match=r"the graph holds test/connectome@\w+, the lake test/connectome@"):
        export(BOTH, lake, store)


def test_a_bundle_whose_tables_were_changed_is_refused(lake, store, tmp_path):
    folder = write_bundle(export(BOTH, lake, store), tmp_path / "bundle")
    pl.read_parquet(folder / "split.parquet").with_columns(part=pl.lit("train")).head(1).write_parquet(
        folder / "split.parquet"
    )
    with pytest.raises(LakeError, match="do not match the hash"):
        read_bundle(folder)
    (folder / "manifest.json").unlink()
    with pytest.raises(LakeError, match="is not a bundle"):
        read_bundle(folder)


def recordings(per_subject: dict[str, int]) -> pl.DataFrame:
    rows = [
        {
            "uid": f"t/a/{subject}-{n}",
            "node_set": "t/s",
            "subject": f"t/a/{subject}",
            "modality": "calcium",
            "signal": "F",
            "unit": "1",
            "sampling_rate_hz": 1.0,
            "n_samples": 1,
            "time_s": [0.0],
        }
        for subject, count in per_subject.items()
        for n in range(count)
    ]
    return tables.frame("recording", rows)


def test_a_subject_is_never_in_two_parts():
    found = split(recordings({f"s{n}": 1 + n % 4 for n in range(40)}), (0.6, 0.2, 0.2), seed=3)
    assert found.group_by("subject").agg(pl.col("part").n_unique())["part"].max() == 1
    assert dict(found.select("subject", "part").unique()["part"].value_counts().rows()) == {
        "train": 24,
        "validation": 8,
        "test": 8,
    }


def test_the_split_depends_on_the_seed_only_not_on_the_order():
    table = recordings({f"s{n}": 2 for n in range(20)})
    assert split(table, (0.7, 0.0, 0.3), 1).equals(split(table.reverse(), (0.7, 0.0, 0.3), 1))
    assert not split(table, (0.7, 0.0, 0.3), 1).equals(split(table, (0.7, 0.0, 0.3), 2))


@pytest.mark.parametrize(("count", "parts"), [(1, ["train"]), (2, ["test", "train"]), (5, ["test", "train"])])
def test_small_datasets_keep_a_training_part(count, parts):
    found = split(recordings({f"s{n}": 1 for n in range(count)}), (0.75, 0.0, 0.25), 0)
    assert sorted(found["part"].unique().to_list()) == parts
