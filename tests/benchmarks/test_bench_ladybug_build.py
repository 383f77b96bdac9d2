"""The embedded graph built from the lake, compared and changed, beside the bare engine on the same staged Parquet.

Peak memory of a build is that of a process of its own, in `extra_info`.
"""

from __future__ import annotations

import itertools
import json
import shutil
import subprocess
import sys
from pathlib import Path

import ladybug
import pytest

from graphdb.on_ladybug.build import quoted, stage, usual_build_bytes
from graphdb.on_ladybug.schema import copy_statement, schema_statements
from graphdb.on_ladybug.store import LadybugStore
from graphdb.projection import dataset_graph
from graphdb.sync import rebuild, verify
from tests.benchmarks.generated import bench_sizes, generated_lake

SPACE = 1 << 36
PEAK = """
import json, sys, time
from pathlib import Path
from graphdb.on_ladybug.store import LadybugStore
from graphdb.lake import Lake
from graphdb.sync import rebuild
from tests.benchmarks.memory import peak_mib
before, started = time.process_time(), time.perf_counter()
rebuild(Lake(Path(sys.argv[1])), LadybugStore(Path(sys.argv[2])))
print(json.dumps({
    "peak_mib": peak_mib(),
    "build_s": round(time.perf_counter() - started, 2),
    "build_cpu_s": round(time.process_time() - before, 2),
}))
"""


@pytest.fixture(scope="module", params=bench_sizes())
def made(request, tmp_path_factory):
    """A size: its lake, and the graph made from it, in a folder."""
    folder = tmp_path_factory.mktemp(f"build-{request.param}")
    lake = generated_lake(folder, request.param)
    store = LadybugStore(folder / "graph.lbug")
    done = subprocess.run(
        [sys.executable, "-c", PEAK, lake.root, store.path], check=True, capture_output=True, text=True
    )
    yield request.param, lake, store, json.loads(done.stdout)
    store.close()
    shutil.rmtree(folder)


def rounds(size):
    return 3 if size in ("worm", "fly") else 1


def bare(path, statements):
    """CREATE, COPY, CHECKPOINT with the engine's own client and nothing else."""
    database = ladybug.Database(path, buffer_pool_size=usual_build_bytes(), max_db_size=SPACE)
    connection = ladybug.Connection(database)
    for statement in (*statements, "CHECKPOINT"):
        connection.execute(statement)
    connection.close()
    database.close()
    return path


def staged(graph, folder: Path):
    """The COPY of every part, staged before the clock starts."""
    statements = []
    for number, part in enumerate((*graph.nodes, *graph.relationships)):
        file = folder / f"{number}.parquet"
        stage(part, file)
        statements.append(copy_statement(part, quoted(file)))
    return statements


def the_graph(lake):
    return dataset_graph(lake, lake.datasets()[0])


def test_build_ours(benchmark, made):
    """Hash of the lake's files, staging, COPY, comparison of every row, swap."""
    size, lake, store, peak = made
    benchmark.group = f"ladybug build {size}"
    benchmark.extra_info.update(peak, rows=the_graph(lake).rows, file_mib=store.path.stat().st_size >> 20)
    done = benchmark.pedantic(rebuild, args=(lake, store), rounds=rounds(size))
    assert done.whole


def test_build_peer_bare_copy(benchmark, made, tmp_path):
    size, lake, _, _ = made
    benchmark.group = f"ladybug build {size}"
    statements = [*schema_statements(), *staged(the_graph(lake), tmp_path)]
    numbers = itertools.count()
    path = benchmark.pedantic(lambda: bare(tmp_path / f"{next(numbers)}.lbug", statements), rounds=rounds(size))
    assert path.stat().st_size > 0


def test_verify(benchmark, made):
    size, lake, store, _ = made
    benchmark.group = f"ladybug build {size}"

    def run():
        store.close()  # nothing is remembered from the last time
        return verify(lake, store)

    found = benchmark.pedantic(run, rounds=rounds(size))
    assert found.differences == ()
    assert found.rows == the_graph(lake).rows


@pytest.fixture(scope="module")
def little(tmp_path_factory):
    """A dataset of the size of a worm, to add to a graph of any size and to remove from it."""
    return the_graph(generated_lake(tmp_path_factory.mktemp("little"), "little"))


@pytest.fixture
def others(made, little, tmp_path):
    """A graph of that size without the little dataset."""
    size, _, store, _ = made
    shutil.copyfile(store.path, tmp_path / "graph.lbug")
    found = LadybugStore(tmp_path / "graph.lbug")
    yield size, found
    found.close()


def test_delta_add_ours(benchmark, others, little):
    size, store = others
    benchmark.group = f"ladybug delta {size}"
    benchmark.pedantic(lambda: store.add([little], 1), rounds=1)
    assert little.manifest.dataset in store.held()


def test_delta_remove_ours(benchmark, others, little):
    size, store = others
    benchmark.group = f"ladybug delta {size}"
    store.add([little], 1)
    benchmark.pedantic(lambda: store.remove([little.manifest.dataset]), rounds=1)
    assert little.manifest.dataset not in store.held()


def test_delta_add_peer_bare_copy(benchmark, others, little, tmp_path):
    """On a copy that was made before the clock starts, and compared with nothing."""
    size, store = others
    benchmark.group = f"ladybug delta {size}"
    statements = staged(little, tmp_path)
    before = store.path.stat().st_size
    benchmark.pedantic(lambda: bare(store.path, statements), rounds=1)
    assert store.path.stat().st_size >= before
