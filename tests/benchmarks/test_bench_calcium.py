"""Calcium recordings from raw files to a published lake and on to a homogenised dataset, and how both grow.

More worms and longer recordings, ten and a hundred times as many; each step also alone in a process, for its peak of
memory. Time and memory should grow no faster than the recordings do.
"""

from __future__ import annotations

import itertools
import json
import shutil
import subprocess
import sys

import pytest

from ingest.source import source
from tests.benchmarks.calcium_run import (
    SIZES,
    SOURCE,
    bench_worms,
    generated_worms,
    homogenise_worms,
    read_worms,
    traces_mib,
)
from tests.benchmarks.celegans_run import fetched

MADE = f"{SOURCE}-homogenised"


@pytest.fixture(scope="module", params=["real", *bench_worms()])
def worms(request, tmp_path_factory):
    """A name, the raw files, how many worms there are, and a folder that goes away."""
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "real":
        shared = request.getfixturevalue("shared_data")
        files = fetched({SOURCE: shared}, folder / "downloads")[SOURCE]
    else:
        files = generated_worms(folder, request.param)
    yield request.param, files, len(files.files) - 1, folder
    shutil.rmtree(folder)


def alone(step, files, root, folder, repository):
    """Seconds, processor time and peak MiB of one step in a process of its own."""
    named = folder / "files.json"
    named.write_text(json.dumps({key: str(path) for key, path in files.files.items()}))
    words = [sys.executable, "-m", "tests.benchmarks.calcium_run", step, str(named), str(root)]
    return json.loads(subprocess.run(words, cwd=repository, check=True, capture_output=True).stdout)


@pytest.mark.data
def test_the_real_ones_are_all_that_the_registry_names():
    assert sum(spec.key != "labels" for spec in source(SOURCE).files) >= 5


def test_read_and_publish_ours(benchmark, worms, repository):
    name, files, count, folder = worms
    benchmark.group = f"calcium {name}: raw files to lake"
    numbers = itertools.count()
    rows = benchmark.pedantic(lambda: read_worms(files, folder / f"read{next(numbers)}"), rounds=1)
    assert rows > count * 100
    if not benchmark.disabled:
        benchmark.extra_info.update(alone("read", files, folder / "alone", folder, repository))
        benchmark.extra_info.update(worms=count, mib_of_traces=traces_mib(folder / "alone", SOURCE))


def test_homogenise_and_publish_ours(benchmark, worms, repository):
    name, files, count, folder = worms
    benchmark.group = f"calcium {name}: lake to homogenised"
    root = folder / "lake"
    read_worms(files, root)
    rows = benchmark.pedantic(lambda: homogenise_worms(root), rounds=1)
    assert rows > count * 100
    if name in SIZES:
        assert rows > SIZES[name].worms * SIZES[name].traces
    if not benchmark.disabled:
        shutil.rmtree(root / "lake" / MADE)
        benchmark.extra_info.update(alone("homogenise", files, root, folder, repository))
        benchmark.extra_info.update(worms=count, mib_of_traces=traces_mib(root, MADE))
