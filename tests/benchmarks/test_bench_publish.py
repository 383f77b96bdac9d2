"""Files of a FlyWire release to a published version, beside a bare reading of the same file.

The peer parses every cell of `connections.csv` and stops there: nothing looked up, summed, checked, hashed or written.
"""

from __future__ import annotations

import shutil

import polars as pl
import pytest

from graphdb.lake import Lake
from ingest.generic.edgelist import read_edge_list
from ingest.generic.mapping import shipped_mappings
from schemas import tables
from schemas.content import content_hash
from schemas.validation import validate
from tests.benchmarks.generated import SIZES, bench_sizes, flywire_files, generated_dataset

NEURONS = [size for size in bench_sizes() if SIZES[size].kind == "chemical"]
MAPPING = shipped_mappings()["fly/flywire783"]


@pytest.fixture(scope="module", params=NEURONS)
def release(request, tmp_path_factory):
    """The folder of a release, and how many rows its connections have."""
    folder = tmp_path_factory.mktemp(request.param)
    yield request.param, folder, flywire_files(folder, request.param)
    shutil.rmtree(folder)


@pytest.fixture(scope="module", params=bench_sizes())
def dataset(request):
    return request.param, generated_dataset(request.param)


def test_edge_list_ours_reader(benchmark, release):
    size, folder, rows = release
    benchmark.group = f"edge list {size}"
    read = benchmark.pedantic(lambda: read_edge_list(MAPPING, folder), rounds=3)
    assert read.tables["chemical_region"].height == rows


def test_edge_list_ours_reader_and_publish(benchmark, release, tmp_path):
    size, folder, rows = release
    benchmark.group = f"edge list {size}"
    numbers = iter(range(100))

    def run():
        return Lake(tmp_path / str(next(numbers))).publish(read_edge_list(MAPPING, folder))

    assert benchmark.pedantic(run, rounds=3).rows["chemical_region"] == rows


def test_edge_list_peer_bare_polars(benchmark, release):
    size, folder, rows = release
    benchmark.group = f"edge list {size}"
    read = benchmark.pedantic(lambda: pl.read_csv(folder / "connections.csv"), rounds=3)
    assert read.height == rows


def test_publish_ours(benchmark, dataset, tmp_path):
    size, given = dataset
    benchmark.group = f"publish {size}"
    numbers = iter(range(100))
    done = benchmark.pedantic(lambda: Lake(tmp_path / str(next(numbers))).publish(given), rounds=3)
    assert done.rows[SIZES[size].kind] == SIZES[size].edges


def test_publish_of_which_validation(benchmark, dataset):
    size, given = dataset
    benchmark.group = f"publish {size}"
    benchmark.pedantic(validate, (given,), rounds=3)


def test_publish_of_which_hash(benchmark, dataset):
    size, given = dataset
    benchmark.group = f"publish {size}"
    kind = SIZES[size].kind
    assert len(benchmark.pedantic(content_hash, (given.tables[kind], tables.key(kind)), rounds=3)) == 64


def test_publish_peer_bare_parquet(benchmark, dataset, tmp_path):
    size, given = dataset
    benchmark.group = f"publish {size}"

    def run() -> int:
        for name, frame in given.tables.items():
            frame.write_parquet(tmp_path / f"{name}.parquet")
        return len(given.tables)

    assert benchmark.pedantic(run, rounds=3) > 0
