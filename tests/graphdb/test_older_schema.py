"""A lake and a graph of schema version 1, which knew fewer tables and columns: they are read and brought up to date.

`golden/schema1` was written by the code of that version. Its datasets are those of `graphdb.testing`, and
`test/responses`, a network of responses.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import ladybug
import polars as pl
import pytest

from graphdb import testing
from graphdb.lake import Lake
from graphdb.on_ladybug.store import LadybugStore
from graphdb.projection import dataset_graph
from graphdb.sync import project, rebuild, verify
from graphdb.versions.diff import diff
from schemas import tables

ADDED = {"functional": "q_eq"}
GOLDEN = Path(__file__).parent / "golden" / "schema1"


@pytest.fixture
def older(tmp_path):
    return Lake(Path(shutil.copytree(GOLDEN, tmp_path / "older")))


@pytest.fixture
def store(tmp_path):
    opened = LadybugStore(tmp_path / "graph.lbug", max_bytes=1 << 34)
    yield opened
    opened.close()


def test_files_of_an_earlier_version_have_its_number_and_pass_their_hashes(older):
    for manifest in older.datasets():
        assert manifest.schema_version == "1"
        older.check(manifest)


def test_a_column_that_came_later_is_null(older):
    raw = pl.read_parquet(older.path(older.manifest("test/responses"), "functional"))
    for found in (older.read("test/responses", "functional"), older.scan("test/responses", "functional").collect()):
        assert dict(found.schema) == tables.columns("functional")
        assert found["q_eq"].null_count() == found.height == 2
        assert found.drop("q_eq").equals(raw)


def test_a_table_that_came_later_is_empty(older):
    assert older.read("test/connectome", "coverage").equals(tables.frame("coverage", []))


def test_an_earlier_lake_becomes_a_graph_that_verifies(older, store):
    project(older, store)
    assert verify(older, store).differences == ()
    rows = store.read("MATCH ()-[r:FUNCTIONAL]->() RETURN r.q AS q, r.q_eq AS q_eq").rows()
    assert sorted(rows, key=str) == [{"q": 0.01, "q_eq": None}, {"q": None, "q_eq": None}]


def test_the_same_content_published_again_is_a_version_of_the_new_schema(older):
    before = older.manifest("test/cells")
    after = older.publish(testing.cells())
    assert (before.schema_version, after.schema_version) == ("1", tables.SCHEMA_VERSION)
    assert before.version != after.version
    assert before.hashes["node"] == after.hashes["node"]


def test_a_difference_shows_what_the_new_column_brings(older, tmp_path):
    before = older.manifest("test/responses")
    held = {name: older.read("test/responses", name) for name in before.files if name != "dataset"}
    held["functional"] = held["functional"].with_columns(q_eq=pl.lit(0.5))
    after = older.publish(older_dataset(held))
    found = diff(older, before, after, tmp_path / "out")
    changed = found.scan("functional").select("old_q_eq", "new_q_eq").collect()
    assert changed.rows() == [(None, 0.5)] * 2


def test_a_graph_of_an_earlier_version_gets_the_columns_that_it_lacks(older, store):
    rebuild(older, store)
    store.close()
    without(store, "ALTER TABLE `FUNCTIONAL` DROP `q_eq`", "DROP TABLE `COVERED_BY`", "DROP TABLE `Binding`")
    manifest = older.publish(testing.connectome())
    store.replace(["test/connectome"], [dataset_graph(older, manifest)], 1)
    assert verify(older, store).differences == ()
    assert store.read("MATCH ()-[r:FUNCTIONAL]->() RETURN r.q_eq AS q_eq").rows() == [{"q_eq": None}] * 2


def test_projecting_makes_an_outdated_graph_anew(older, store):
    """Its datasets are those of the lake, so that nothing else would bring the columns."""
    project(older, store)
    assert store.is_current()
    store.close()
    without(store, "ALTER TABLE `FUNCTIONAL` DROP `q_eq`")
    assert not store.is_current()
    assert project(older, store).whole
    assert store.is_current()
    assert verify(older, store).differences == ()


def without(store, *statements):
    database = ladybug.Database(store.path, max_db_size=1 << 34)
    connection = ladybug.Connection(database)
    for statement in statements:
        connection.execute(statement)
    connection.close()
    database.close()


def older_dataset(held):
    made = testing.connectome()
    return replace(made, info=replace(made.info, uid="test/responses"), tables=held)
