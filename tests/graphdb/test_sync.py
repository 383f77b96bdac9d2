"""Lake and graph kept equal: what is taken out, what is put in, in which order, and when the graph is made whole."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest

from graphdb import testing
from graphdb.lake import Lake
from graphdb.on_ladybug import delta_costs
from graphdb.on_ladybug.delta_costs import COSTS, Costs, whole_costs_less
from graphdb.on_ladybug.store import LadybugStore
from graphdb.sync import ordered, project, verify
from schemas.errors import LakeError


class WatchedStore(LadybugStore):
    """A real store that notes what it was asked to do."""

    def __init__(self, path):
        super().__init__(path, max_bytes=1 << 34)
        self.work = []

    def load(self, graphs, total, report=lambda *_: None):
        self.work.append(("load", total))
        super().load(graphs, total, report)

    def add(self, graphs, total, report=lambda *_: None):
        graphs = list(graphs)
        self.work.append(("add", [g.manifest.dataset for g in graphs]))
        super().add(graphs, total, report)

    def replace(self, datasets, graphs, total, report=lambda *_: None):
        datasets, graphs = list(datasets), list(graphs)
        self.work.append(("replace", datasets, [g.manifest.dataset for g in graphs]))
        super().replace(datasets, graphs, total, report)


@pytest.fixture
def lake(small_graph, tmp_path):
    shutil.copytree(small_graph / "lake", tmp_path / "lake")
    return Lake(tmp_path / "lake")


@pytest.fixture
def store(small_graph, tmp_path):
    shutil.copyfile(small_graph / "graph.lbug", tmp_path / "graph.lbug")
    store = WatchedStore(tmp_path / "graph.lbug")
    yield store
    store.close()


@pytest.fixture
def deltas(monkeypatch):
    """Making a graph of a few rows whole costs next to nothing; here it costs a lot."""
    monkeypatch.setitem(COSTS, "ladybug", Costs(1.0, 0.1, 0.1, 1000.0))


def second(**more):
    again = testing.connectome()
    tables = {
        name: frame.with_columns(
            frame[c].str.replace("test/connectome", "test/second") for c in ("uid", "network") if c in frame.columns
        )
        for name, frame in again.tables.items()
    }
    return replace(again, info=testing.info("test/second", parents=("test/cells",), **more), tables=tables)


def test_an_empty_graph_is_loaded(lake, tmp_path):
    store = WatchedStore(tmp_path / "new.lbug")
    assert project(lake, store).whole
    assert store.work == [("load", 4)]
    store.close()


def test_nothing_is_done_where_all_is_there(lake, store):
    assert project(lake, store).written == ()
    assert store.work == []


def test_a_mere_new_dataset_is_only_added(lake, store):
    lake.publish(second())
    assert project(lake, store).written == ("test/second",)
    assert store.work == [("add", ["test/second"])]
    assert verify(lake, store).differences == ()


def test_a_new_version_without_children_is_replaced_alone(lake, store, deltas):
    lake.publish(testing.connectome(scale=2.0))
    done = project(lake, store)
    assert (done.written, done.whole) == (("test/connectome",), False)
    assert store.work == [("replace", ["test/connectome"], ["test/connectome"])]
    assert verify(lake, store).differences == ()


def test_descendants_go_first_and_come_back_last(lake, store, deltas):
    activity = testing.activity()
    lake.publish(replace(activity, info=testing.info("test/activity", parents=("test/cells",), title="Another title")))
    project(lake, store)
    run = "run/ntf-communities-test"
    assert store.work == [("replace", [run, "test/activity"], ["test/activity", run])]
    assert verify(lake, store).differences == ()


def test_all_that_stands_on_the_cells_moves_with_them(lake, store, deltas):
    cells = testing.cells()
    lake.publish(replace(cells, info=testing.info("test/cells", title="Another title")))
    lake.publish(second())
    project(lake, store)
    ((kind, gone, back),) = store.work
    assert kind == "replace"
    assert gone[-1] == "test/cells"
    assert gone.index("run/ntf-communities-test") < gone.index("test/activity")
    assert back == [m.dataset for m in ordered(lake.datasets())]
    assert "test/second" not in gone
    assert verify(lake, store).differences == ()


def test_a_dataset_that_left_the_lake_goes_alone(lake, store, deltas):
    (lake.root / "test/connectome/current").unlink()
    project(lake, store)
    assert store.work == [("replace", ["test/connectome"], [])]
    assert verify(lake, store).differences == ()


def test_where_changing_costs_more_the_graph_is_made_whole(lake, store):
    lake.publish(testing.connectome(scale=2.0))
    assert project(lake, store).whole
    assert store.work == [("load", 4)]


def test_a_damaged_file_of_any_dataset_to_add_stops_before_anything_is_removed(lake, store, deltas):
    manifest = lake.publish(testing.connectome(scale=2.0))
    lake.path(manifest, "chemical").write_bytes(b"nothing")
    with pytest.raises(LakeError, match="does not match its hash"):
        project(lake, store)
    assert store.work == []


class Rows:
    """As much of a manifest as costs look at."""

    def __init__(self, rows):
        self.rows = {"chemical": rows}


MILLION = 1_000_000


@pytest.mark.parametrize(
    ("dialect", "counts", "whole"),
    [
        # a small dataset beside a large one of the same type: out and in again
        ("ladybug", {("CHEMICAL", "old"): 20_000, ("CHEMICAL", "stays"): 3 * MILLION}, False),
        # a large one beside a small one: removing row by row costs more than building
        ("ladybug", {("CHEMICAL", "old"): 3 * MILLION, ("CHEMICAL", "stays"): 20_000}, True),
        # all rows of the type go: its table is dropped, the other type is not touched
        ("ladybug", {("CHEMICAL", "old"): 3 * MILLION, ("VESSEL", "stays"): 5 * MILLION}, False),
        # nodes are removed one by one whoever else has some
        ("ladybug", {("VesselNode", "old"): 3 * MILLION, ("CHEMICAL", "stays"): 20_000}, True),
        # a server has to be emptied first, so removing never costs more
        ("neo4j", {("CHEMICAL", "old"): 3 * MILLION, ("CHEMICAL", "stays"): 20_000}, False),
        ("neo4j", {("CHEMICAL", "old"): 20_000, ("CHEMICAL", "stays"): 3 * MILLION}, False),
    ],
)
def test_the_cheaper_way_is_taken(dialect, counts, whole):
    again = Rows(sum(n for (_, d), n in counts.items() if d == "old"))
    stays = Rows(sum(n for (_, d), n in counts.items() if d == "stays"))
    assert whole_costs_less(dialect, counts, ["old"], [again], [again, stays]) == whole


def test_every_store_has_its_costs():
    assert set(delta_costs.COSTS) == {"ladybug", "neo4j"}
