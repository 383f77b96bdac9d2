"""Difference of two versions beside the plain way: both files in memory, one full outer join on the key.

The versions differ in one edge of a hundred. The peer finds the rows and stops; ours also checks the files against the
manifest, compares every other table, writes the rows with their old and new values, and counts them. The peak memory of
each way, in a process of its own, goes into the benchmark's extra info.
"""

from __future__ import annotations

import itertools
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from graphdb.lake import Lake
from graphdb.versions.diff import diff
from tests.benchmarks.generated import bench_sizes, generated_dataset

KEYS = {"chemical": ["network", "source", "target"], "vessel": ["network", "vessel"]}
VALUES = {"chemical": "weight", "vessel": "length_um"}
ROUNDS = 3


@pytest.fixture(scope="module", params=bench_sizes())
def versions(request, tmp_path_factory):
    """A lake with two versions of a generated graph, its edge table, and how many rows differ."""
    first = generated_dataset(request.param)
    kind = "vessel" if "vessel" in first.tables else "chemical"
    lake = Lake(tmp_path_factory.mktemp("lake"))
    before = lake.publish(first)
    second, planted = _altered(first.tables[kind], VALUES[kind])
    after = lake.publish(replace(first, tables={**first.tables, kind: second}))
    return lake, before, after, kind, planted


def _altered(edges: pl.DataFrame, value: str) -> tuple[pl.DataFrame, int]:
    """One in two hundred gone, one in two hundred with another value; the rows in another order."""
    order = np.random.default_rng(7).permutation(edges.height)
    few = max(1, edges.height // 200)
    changed = pl.int_range(pl.len()) < few
    shuffled = edges[order[few:]].with_columns(pl.when(changed).then(pl.col(value) + 1).otherwise(value).alias(value))
    return shuffled, 2 * few


def test_ours(benchmark, versions, tmp_path, repository):
    lake, before, after, kind, planted = versions
    benchmark.group = f"diff of {max(before.rows[kind], after.rows[kind]):,} edges"
    numbers = itertools.count()

    def run() -> int:
        found = diff(lake, before, after, tmp_path / str(next(numbers)))
        return sum(total.differing for total in found.totals)

    assert benchmark.pedantic(run, rounds=ROUNDS) == planted
    benchmark.extra_info["peak_mib"] = _peak(_OURS, [lake.root, before.dataset, tmp_path / "alone"], repository)


def test_peer_eager_full_join(benchmark, versions, repository):
    lake, before, after, kind, planted = versions
    benchmark.group = f"diff of {max(before.rows[kind], after.rows[kind]):,} edges"
    files = lake.path(before, kind), lake.path(after, kind)

    def run() -> int:
        old, new = (pl.read_parquet(path) for path in files)
        joined = old.join(new, on=KEYS[kind], how="full", coalesce=True, suffix="_new")
        values = [name for name in old.columns if name not in KEYS[kind]]
        return joined.filter(pl.any_horizontal(pl.col(n).ne_missing(pl.col(n + "_new")) for n in values)).height

    assert benchmark.pedantic(run, rounds=ROUNDS) == planted
    benchmark.extra_info["peak_mib"] = _peak(_PEER, [*files, ",".join(KEYS[kind])], repository)


_OURS = """
import sys
from pathlib import Path
from graphdb.lake import Lake
from graphdb.versions.diff import diff
lake = Lake(Path(sys.argv[1]))
diff(lake, *lake.versions(sys.argv[2]), Path(sys.argv[3]))
"""
_PEER = """
import sys
import polars as pl
old, new = (pl.read_parquet(path) for path in sys.argv[1:3])
key = sys.argv[3].split(",")
joined = old.join(new, on=key, how="full", coalesce=True, suffix="_new")
values = [name for name in old.columns if name not in key]
joined.filter(pl.any_horizontal(pl.col(n).ne_missing(pl.col(n + "_new")) for n in values)).height
"""
_MEASURED = "\nfrom tests.benchmarks.memory import peak_mib\nprint(peak_mib())"


def _peak(code: str, arguments: list[object], repository: Path) -> int:
    """Greatest resident memory of a process that runs only this, in MiB."""
    words = [sys.executable, "-c", code + _MEASURED, *map(str, arguments)]
    done = subprocess.run(words, cwd=repository, check=True, capture_output=True)
    return int(done.stdout)
