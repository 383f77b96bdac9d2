"""What may go wrong while an embedded graph is built: the old one stays, and the next build completes."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace

import ladybug
import polars as pl
import pytest

from graphdb import testing
from graphdb.lake import Lake
from graphdb.on_ladybug.build import usual_build_bytes
from graphdb.on_ladybug.schema import copy_statement
from graphdb.on_ladybug.store import LadybugStore
from graphdb.projection import dataset_graph
from graphdb.sync import project, rebuild, verify
from schemas.errors import GraphError, LakeError, StoreUnreachableError

SPACE = 1 << 34
KILLS = 20
CELLS = 400
# Waits for a line, forks, and lets the child build: imports would take longer than building.
BUILDER = """
import os, sys
from pathlib import Path
from graphdb.on_ladybug.store import LadybugStore
from graphdb.lake import Lake
from graphdb.sync import project
for _ in sys.stdin:
    child = os.fork()
    if not child:
        project(Lake(Path(sys.argv[1])), LadybugStore(Path(sys.argv[2]), max_bytes=1 << 34))
        os._exit(0)
    print(child, flush=True)
    print(os.waitpid(child, 0)[1], flush=True)
"""


def some_lake(root, scale=1.0):
    """A lake of more cells than a build can write in an instant."""
    lake = Lake(root)
    cells = testing.cells()
    node = cells.tables["node"]
    more = [f"N{i}" for i in range(CELLS)]
    like = pl.concat([node[2:3]] * CELLS)
    extra = like.with_columns(uid=pl.Series([f"{testing.NODE_SET}/{m}" for m in more]), name=pl.Series(more))
    lake.publish(replace(cells, tables={**cells.tables, "node": pl.concat([node, extra])}))
    publish_edges(lake, scale)
    return lake


def publish_edges(lake, scale):
    connectome = testing.connectome(scale)
    chemical = connectome.tables["chemical"]
    rng = random.Random(1)
    pairs = rng.sample(range(CELLS * CELLS), 20_000)
    extra = pl.DataFrame(
        {
            "network": [chemical["network"][0]] * len(pairs),
            "source": [f"{testing.NODE_SET}/N{p // CELLS}" for p in pairs],
            "target": [f"{testing.NODE_SET}/N{p % CELLS}" for p in pairs],
            "weight": [scale * (1 + p % 7) for p in pairs],
        }
    ).with_columns(n_contacts=pl.lit(None, pl.Int64))
    tables = {**connectome.tables, "chemical": pl.concat([chemical, extra.select(chemical.columns)])}
    del tables["coverage"]  # it covers the few cells only
    return lake.publish(replace(connectome, tables=tables))


def total_weight(path):
    """Asked of the engine, past the store."""
    database = ladybug.Database(path, read_only=True, max_db_size=SPACE)
    connection = ladybug.Connection(database)
    ((found,),) = connection.execute("MATCH ()-[r:CHEMICAL]->() RETURN sum(r.weight)").get_all()
    connection.close()
    database.close()
    return found


def beside(path):
    return {p.name for p in path.parent.iterdir() if p.name.startswith(path.name)}


@pytest.fixture
def store(tmp_path):
    store = LadybugStore(tmp_path / "graph" / "graph.lbug", max_bytes=SPACE)
    yield store
    store.close()


@pytest.fixture
def full(store, tmp_path, small_graph):
    store.path.parent.mkdir()
    shutil.copyfile(small_graph / "graph.lbug", store.path)
    shutil.copytree(small_graph / "lake", tmp_path / "lake")
    return store, Lake(tmp_path / "lake")


class Builder:
    """A process that projects the lake when told to."""

    def __init__(self, lake, path):
        self.process = subprocess.Popen(
            [sys.executable, "-c", BUILDER, str(lake.root), str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def build(self, kill_after_s=None):
        """Seconds until it ended, and its status: 0, or the signal."""
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        child, started = int(self.process.stdout.readline()), time.perf_counter()
        if kill_after_s is not None:
            time.sleep(kill_after_s)
            try:
                os.kill(child, signal.SIGKILL)
            except ProcessLookupError:
                kill_after_s = None  # it had finished
        status = int(self.process.stdout.readline())
        return time.perf_counter() - started, status

    def close(self):
        self.process.stdin.close()
        self.process.wait(timeout=30)
        self.process.stdout.close()


def test_killed_at_twenty_moments_the_old_graph_stays_and_a_rerun_completes(store, tmp_path):
    lake = some_lake(tmp_path / "lake")
    rebuild(lake, store)
    old = total_weight(store.path)
    publish_edges(lake, 2.0)
    builder = Builder(lake, store.path)
    kept = store.path.read_bytes()
    duration_s, status = builder.build()
    assert status == 0
    new = total_weight(store.path)
    assert new == 2 * old
    moments = random.Random(7)
    killed = 0
    for number in range(KILLS):
        store.path.write_bytes(kept)
        _, status = builder.build(kill_after_s=moments.uniform(0.0, duration_s))
        killed += status == signal.SIGKILL
        assert total_weight(store.path) in ((old, new) if status else (new,))
        if number % 10 == 9:
            assert builder.build()[1] == 0
            assert verify(lake, store).differences == ()
            assert beside(store.path) == {"graph.lbug", "graph.lbug.lock"}
    builder.close()
    assert killed > KILLS // 2


@pytest.mark.parametrize("work", ["remove", "add"])
def test_a_killed_delta_leaves_the_graph_and_can_be_repeated(full, monkeypatch, work):
    """The last step before the swap fails as a kill would leave it: with the new file beside the old one."""
    store, lake = full
    if work == "add":
        store.remove(["test/connectome"])
    before = store.counts()
    graph = dataset_graph(lake, lake.manifest("test/connectome"))

    def delta():
        if work == "add":
            store.add([graph], 1)
        else:
            store.remove(["test/connectome"])

    with monkeypatch.context() as patched:
        patched.setattr("graphdb.on_ladybug.build._durable", lambda _path: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            delta()
    assert store.counts() == before
    delta()
    assert (("CHEMICAL", "test/connectome") in store.counts()) == (work == "add")
    project(lake, store)
    assert verify(lake, store).differences == ()


@pytest.fixture
def small_disk(tmp_path):
    """A disk of a few megabytes; what is on it may not be read after the test."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", folder], check=False, capture_output=True, text=True
    )
    if mounted.returncode:
        pytest.skip(f"no small disk can be made here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


@pytest.mark.parametrize("room_kb", [0, 300, 1000, 5000, 6000])
def test_a_full_disk_is_said_and_the_old_graph_stays(small_disk, tmp_path, room_kb):
    store = LadybugStore(small_disk / "graph.lbug", max_bytes=SPACE)
    lake = testing.small_lake(tmp_path / "lake")
    rebuild(lake, store)
    lake.publish(testing.connectome(scale=2.0))
    free = os.statvfs(small_disk).f_bavail * os.statvfs(small_disk).f_frsize
    (small_disk / "ballast").write_bytes(b"\0" * (free - room_kb * 1024))
    with pytest.raises(GraphError, match=r"the disk of .*disk is full") as caught:
        project(lake, store)
    assert "free some space" in caught.value.hint
    assert total_weight(store.path) == 30.0
    (small_disk / "ballast").unlink()
    project(lake, store)
    assert verify(lake, store).differences == ()
    assert beside(store.path) == {"graph.lbug", "graph.lbug.lock"}
    store.close()


def test_of_two_builders_at_once_the_second_is_told_so(full):
    store, lake = full
    inside, finish = threading.Event(), threading.Event()

    def slow():
        for manifest in (lake.manifest("test/cells"),):
            inside.set()
            finish.wait(30)
            yield dataset_graph(lake, manifest)

    first = threading.Thread(target=lambda: store.load(slow(), 1))
    first.start()
    assert inside.wait(30)
    other = LadybugStore(store.path, max_bytes=SPACE)
    started = time.perf_counter()
    for work in (lambda: rebuild(lake, other), lambda: other.remove(["test/connectome"])):
        with pytest.raises(StoreUnreachableError, match="locked") as caught:
            work()
        assert caught.value.hint == "try again when it has finished"
    assert time.perf_counter() - started < 20
    finish.set()
    first.join(60)
    assert list(store.held()) == ["test/cells"]


def test_a_reader_that_is_open_during_the_swap_reads_on(full):
    store, lake = full
    database = ladybug.Database(store.path, read_only=True, max_db_size=SPACE)
    reader = ladybug.Connection(database)
    total = "MATCH ()-[r:CHEMICAL]->() RETURN sum(r.weight)"
    assert reader.execute(total).get_all() == [[30.0]]
    lake.publish(testing.connectome(scale=2.0))
    project(lake, store)
    assert reader.execute(total).get_all() == [[30.0]]
    assert store.read(f"{total} AS w").rows() == [{"w": 60.0}]
    reader.close()
    database.close()


def test_a_missing_end_is_named(full):
    store, lake = full
    with pytest.raises(GraphError, match=r"test/connectome CHEMICAL: .*test/animal/"):
        store.load([dataset_graph(lake, lake.manifest("test/connectome"))], 1)
    assert total_weight(store.path) == 30.0


def test_a_node_that_two_datasets_bring_is_named(full):
    store, lake = full
    graph = dataset_graph(lake, lake.manifest("test/cells"))
    twice = replace(graph, manifest=replace(graph.manifest, dataset="test/again"), relationships=())
    with pytest.raises(GraphError, match=r"test/again Dataset: .*duplicated primary key"):
        store.add([twice], 1)
    assert verify(lake, store).differences == ()


def test_another_version_must_be_removed_before_it_is_added(full):
    store, lake = full
    manifest = lake.publish(testing.connectome(scale=2.0))
    with pytest.raises(GraphError, match="holds test/connectome in version"):
        store.add([dataset_graph(lake, manifest)], 1)
    assert total_weight(store.path) == 30.0


def test_a_lake_file_that_was_altered_after_publishing_is_named(full):
    store, lake = full
    path = lake.path(lake.manifest("test/connectome"), "chemical")
    pl.read_parquet(path).with_columns(pl.col("weight") + 1).write_parquet(path)
    for work in (rebuild, verify):
        with pytest.raises(LakeError, match=r"chemical\.parquet does not match its hash"):
            work(lake, store)
    assert total_weight(store.path) == 30.0


def test_rows_that_changed_while_they_were_loaded_do_not_reach_the_graph(full, monkeypatch):
    """What was staged is not what the lake holds: the comparison before the swap finds it."""
    store, lake = full
    from graphdb.on_ladybug import build

    def altered(part, path, stage=build.stage):
        frame = part.frame
        if getattr(part, "type", "") == "GAP_JUNCTION":
            frame = frame.with_columns(pl.col("weight") + 1)
        stage(replace(part, frame=frame), path)

    monkeypatch.setattr("graphdb.on_ladybug.build.stage", altered)
    with pytest.raises(GraphError, match=r"not what the lake holds: test/connectome GAP_JUNCTION.*differ in 'weight'"):
        rebuild(lake, store)
    monkeypatch.undo()
    assert verify(lake, store).differences == ()


def test_rows_that_do_not_fit_at_once_are_copied_in_pieces(tmp_path, monkeypatch):
    lake = some_lake(tmp_path / "lake")
    store = LadybugStore(tmp_path / "graph.lbug", max_bytes=SPACE)
    said = []
    monkeypatch.setattr("graphdb.on_ladybug.build._ROW_BYTES", usual_build_bytes() // 700)
    monkeypatch.setattr("graphdb.on_ladybug.build.copy_statement", lambda *w: said.append(w[1]) or copy_statement(*w))
    assert project(lake, store).whole
    assert sum("piece.parquet" in each for each in said) > 1
    assert verify(lake, store).differences == ()
    store.close()


def test_too_small_a_pool_is_said(tmp_path):
    lake = some_lake(tmp_path / "lake")
    store = LadybugStore(tmp_path / "graph.lbug", build_bytes=1 << 23, max_bytes=SPACE)
    with pytest.raises(GraphError, match="more memory than its 8 MiB") as caught:
        rebuild(lake, store)
    assert "build_bytes" in caught.value.hint
    assert beside(store.path) == {"graph.lbug.lock"}


@pytest.mark.parametrize("kept", [0, 10, 5000, 100_000])
def test_a_cut_graph_file_is_said_and_made_again(full, kept):
    store, lake = full
    store.close()
    store.path.write_bytes(store.path.read_bytes()[:kept])
    with pytest.raises(StoreUnreachableError, match=r"cannot be opened|is empty") as caught:
        store.held()
    assert "connectome rebuild" in caught.value.hint
    rebuild(lake, store)
    assert verify(lake, store).differences == ()
