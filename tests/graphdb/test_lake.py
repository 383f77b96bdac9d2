"""Publishing is atomic, content-derived and checked; reading says what is wrong and where."""

from __future__ import annotations

import json
from dataclasses import replace

import polars as pl
import pytest

from graphdb import testing
from graphdb.lake import Lake, split_reference
from schemas import tables
from schemas.errors import LakeError, ValidationError


@pytest.fixture
def lake(tmp_path):
    return testing.small_lake(tmp_path / "lake")


def test_the_same_content_is_the_same_version_in_any_lake_and_order(lake, tmp_path):
    other = Lake(tmp_path / "other")
    shuffled = testing.connectome()
    shuffled = replace(shuffled, tables={n: f.reverse() for n, f in reversed(shuffled.tables.items())})
    other.publish(testing.cells())
    assert other.publish(shuffled).version == lake.manifest("test/connectome").version


def test_other_content_is_another_version_and_the_old_one_stays(lake):
    first = lake.manifest("test/connectome")
    second = lake.publish(testing.connectome(scale=2.0))
    assert first.version != second.version
    assert [m.version for m in lake.versions("test/connectome")] == [first.version, second.version]
    assert lake.read("test/connectome", "chemical", first.version)["weight"].sum() == 30.0
    assert lake.read("test/connectome", "chemical")["weight"].sum() == 60.0


def test_publishing_an_old_version_again_makes_it_current(lake):
    first = lake.manifest("test/connectome")
    lake.publish(testing.connectome(scale=2.0))
    assert lake.publish(testing.connectome()).version == first.version
    assert lake.manifest("test/connectome") == first


def test_another_licence_or_parent_version_is_another_version(lake):
    first = lake.manifest("test/connectome").version
    relicensed = testing.connectome()
    relicensed = replace(relicensed, info=replace(relicensed.info, licence="CC BY 4.0"))
    assert lake.publish(relicensed).version != first
    grown = testing.cells()
    lake.publish(replace(grown, info=replace(grown.info, title="New title")))
    assert lake.publish(testing.connectome()).version != first


def test_a_manifest_says_what_is_there(lake):
    manifest = lake.manifest("test/connectome")
    rows = {"dataset": 1, "network": 2, "chemical": 7, "gap_junction": 3, "annotation": 5, "coverage": 12, "binding": 2}
    assert manifest.rows == rows
    assert manifest.schema_version == tables.SCHEMA_VERSION
    assert manifest.parents == (lake.manifest("test/cells").reference,)
    metadata = pl.read_parquet_metadata(lake.path(manifest, "chemical"))
    assert metadata["connectome.table"] == "chemical"
    assert [m.dataset for m in lake.ancestors(lake.manifest("run/ntf-communities-test"))] == [
        "test/activity",
        "test/cells",
    ]


def test_wrong_tables_publish_nothing(lake):
    wrong = testing.connectome()
    wrong = replace(
        wrong,
        info=replace(wrong.info, uid="test/wrong"),
        tables={**wrong.tables, "chemical": wrong.tables["chemical"].with_columns(weight=pl.lit(-1.0))},
    )
    with pytest.raises(ValidationError):
        lake.publish(wrong)
    assert not (lake.root / "test" / "wrong").exists()
    assert [p for p in lake.root.iterdir() if p.name.startswith(".")] == []


def test_an_unpublished_parent_is_named(tmp_path):
    with pytest.raises(LakeError, match="'test/cells' is not in the lake"):
        Lake(tmp_path).publish(testing.connectome())


def test_a_write_that_fails_half_way_leaves_nothing(lake, monkeypatch):
    def full_disk(*_args: object, **_more: object) -> None:
        raise OSError(28, "No space left on device")

    before = lake.datasets()
    monkeypatch.setattr("graphdb.lake._sync", full_disk)
    with pytest.raises(OSError, match="No space"):
        lake.publish(testing.connectome(scale=5.0))
    monkeypatch.undo()
    assert lake.datasets() == before
    assert len(lake.versions("test/connectome")) == 1
    assert [p for p in lake.root.iterdir() if p.name.startswith(".")] == []


def test_a_folder_without_a_manifest_is_not_a_version(lake):
    manifest = lake.manifest("test/connectome")
    folder = lake.root / "test" / "connectome" / manifest.version
    (folder / "manifest.json").unlink()
    with pytest.raises(LakeError, match="does not exist"):
        lake.manifest("test/connectome")
    assert lake.publish(testing.connectome()).version == manifest.version
    lake.check(lake.manifest("test/connectome"))


@pytest.mark.parametrize("text", ["", "{", "[]", '{"dataset": 1}'])
def test_a_manifest_that_is_none_is_said(lake, text):
    manifest = lake.manifest("test/connectome")
    (lake.root / "test" / "connectome" / manifest.version / "manifest.json").write_text(text)
    with pytest.raises(LakeError, match="is not a manifest"):
        lake.manifest("test/connectome")


def test_truncated_absent_and_exchanged_files_are_all_named(lake):
    manifest = lake.manifest("test/connectome")
    chemical, gap = lake.path(manifest, "chemical"), lake.path(manifest, "gap_junction")
    chemical.write_bytes(chemical.read_bytes()[:-20])
    gap.unlink()
    with pytest.raises(LakeError) as caught:
        lake.check(manifest)
    assert "chemical.parquet does not match its hash" in str(caught.value)
    assert "gap_junction.parquet is absent" in str(caught.value)
    with pytest.raises(LakeError, match=r"chemical\.parquet cannot be read"):
        lake.read("test/connectome", "chemical")


@pytest.mark.parametrize("uid", ["nope", "../x", "a/b/c", "test/.."])
def test_an_id_cannot_leave_the_lake(lake, uid):
    with pytest.raises(LakeError, match="not a dataset id"):
        lake.manifest(uid)


def test_an_unknown_dataset_lists_those_that_exist(lake):
    with pytest.raises(LakeError, match="'test/none' is not in the lake") as caught:
        lake.manifest("test/none")
    assert "test/connectome" in caught.value.hint


def test_references():
    assert split_reference("a/b@c") == ("a/b", "c")
    assert split_reference("a/b") == ("a/b", None)


def test_a_manifest_is_plain_json(lake):
    path = lake.root / "test" / "cells" / lake.manifest("test/cells").version / "manifest.json"
    assert json.loads(path.read_text())["dataset"] == "test/cells"
