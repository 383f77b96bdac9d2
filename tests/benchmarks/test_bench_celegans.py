"""All C. elegans connectomes and recordings from raw files to a published lake, beside cect reading the same files.

The peer reads with its caches off, and stops there: it validates and writes nothing. Only files that both read count,
taken from the peer's own folder and compared with the checksums of our registry. Not among them is the functional
atlas: the peer's reader of it asks a server of WormBase first.

CONNECTOME_BENCH_CECT  a Python that has cect 0.3.5
"""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.benchmarks.celegans_run import (
    CONNECTOMES,
    RECORDINGS,
    SIZES,
    bench_recordings,
    fetched,
    generated_recording,
    published,
)

PEER_VARIABLE = "CONNECTOME_BENCH_CECT"
PEERS = {  # ours: the modules of the peer that read the same files
    "celegans/cook2019": ("Cook2019HermReader",),
    "celegans/cook2020": ("Cook2020DataReader",),
    "celegans/witvliet2021": tuple(f"WitvlietDataReader{stage}" for stage in range(1, 9)),
    "celegans/varshney2011": ("VarshneyDataReader",),
    "celegans/durbin1986": ("DurbinJSHDataReader", "DurbinN2UDataReader"),
    "celegans/openworm": ("SpreadsheetDataReader",),
    "celegans/white1986": ("White_whole", "White_A", "White_L4"),
    "celegans/brittin2021": ("BrittinDataReader",),
    "celegans/bentley2016": ("Bentley2016MAReader", "Bentley2016PepReader"),
    "celegans/ripollsanchez2023": tuple(f"RipollSanchez{reach}RangeReader" for reach in ("Short", "Mid", "Long")),
}
NOT_PEERS = ("formatted", "updated")  # other forms that we compare with, which no reader of the peer opens
ELSEWHERE = {"celegans/white1986": "wormneuroatlas"}  # the peer's copies of these tables are other bytes
_PEER = """
import contextlib, importlib, json, os, sys, time
from importlib.metadata import version
out, sys.stdout = sys.stdout, open(os.devnull, "w")
modules = {name: importlib.import_module("cect.readers." + name) for name in sys.argv[1:]}
packages = {name: importlib.import_module(name) for name in ("cect", "wormneuroatlas")}
folders = {name: os.path.dirname(package.__file__) + "/data" for name, package in packages.items()}
for name in ("whole", "A", "L4"):
    module = modules.get("White_" + name)
    if module:
        module.filename = folders["wormneuroatlas"] + "/aconnectome_white_1986_" + name + ".csv"
def say(**words):
    print(json.dumps(words), file=out, flush=True)
say(version=version("cect"), folders=folders)
for _ in sys.stdin:
    connections, seconds, before = {}, {}, time.process_time()
    for name, module in modules.items():
        started = time.perf_counter()
        connections[name] = len(module.get_instance(from_cache=False).original_connection_infos)
        seconds[name] = round(time.perf_counter() - started, 3)
    with open("/proc/self/status") as status:
        [peak] = [int(line.split()[1]) // 1024 for line in status if line.startswith("VmHWM:")]
    say(connections=connections, seconds=seconds, peak_mib=peak, cpu_s=round(time.process_time() - before, 2))
"""
_OURS = """
import json, sys
from pathlib import Path
from tests.benchmarks.celegans_run import fetched, published
from tests.benchmarks.memory import peak_mib
folders = {name: Path(folder) for name, folder in json.loads(sys.argv[1]).items()}
published(fetched(folders, Path(sys.argv[2])), Path(sys.argv[3]))
print(json.dumps(peak_mib()))
"""


class Peer:
    """A process in which every reader is imported; it reads all files each time it is asked."""

    def __init__(self, python: str) -> None:
        names = [name for group in PEERS.values() for name in group]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self.process = subprocess.Popen([python, "-W", "ignore", "-c", _PEER, *names], **pipes)
        self.about = self._answer()
        self.version = self.about["version"]

    def folder(self, source_id: str) -> Path:
        return Path(self.about["folders"][ELSEWHERE.get(source_id, "cect")])

    def read(self) -> dict:
        self.process.stdin.write("read\n")
        self.process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict:
        line = self.process.stdout.readline()
        assert line, f"the peer ended with exit code {self.process.wait()}"
        return json.loads(line)

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


@pytest.fixture(scope="module")
def peer():
    python = os.environ.get(PEER_VARIABLE)
    if not python:
        pytest.skip(f"no peer: {PEER_VARIABLE} does not name a Python that has cect")
    found = Peer(python)
    yield found
    found.close()


@pytest.fixture(scope="module")
def downloads(tmp_path_factory):
    return tmp_path_factory.mktemp("downloads")


def measure(benchmark, files, tmp_path):
    """Rows published; the least time on the processor goes into the extra info: it tells of a busy machine."""
    numbers, processor = itertools.count(), []

    def run() -> int:
        before = time.process_time()
        rows = published(files, tmp_path / str(next(numbers)))
        processor.append(time.process_time() - before)
        return rows

    rows = benchmark.pedantic(run, rounds=3, warmup_rounds=1)
    benchmark.extra_info.update(rows=rows, cpu_s=round(min(processor), 2))
    return rows


def peak_mib(folders, downloads, tmp_path, repository):
    """Greatest resident memory of a process that only reads and publishes these sources."""
    given = json.dumps({name: str(folder) for name, folder in folders.items()})
    words = [sys.executable, "-c", _OURS, given, str(downloads), str(tmp_path / "alone")]
    return json.loads(subprocess.run(words, cwd=repository, check=True, capture_output=True).stdout)


@pytest.mark.data
@pytest.mark.parametrize(("what", "ids"), [("connectomes", CONNECTOMES), ("recordings", RECORDINGS)])
def test_all_ours(benchmark, shared_data, downloads, tmp_path, repository, what, ids):
    benchmark.group = f"C. elegans, all {what}"
    folders = dict.fromkeys(ids, shared_data)
    rows = measure(benchmark, fetched(folders, downloads), tmp_path)
    assert rows > 500 * len(ids)
    if not benchmark.disabled:
        benchmark.extra_info["peak_mib"] = peak_mib(folders, downloads, tmp_path, repository)


def test_same_files_ours(benchmark, peer, downloads, tmp_path, repository):
    benchmark.group = "C. elegans connectomes that cect reads, too"
    folders = {source_id: peer.folder(source_id) for source_id in PEERS}
    files = {
        source_id: replace(found, files={k: path for k, path in found.files.items() if k not in NOT_PEERS})
        for source_id, found in fetched(folders, downloads).items()
    }
    assert sum(len(found.files) for found in files.values()) == 24
    assert measure(benchmark, files, tmp_path) > 100_000
    benchmark.extra_info["peak_mib"] = peak_mib(folders, downloads, tmp_path, repository)


def test_same_files_peer_cect(benchmark, peer):
    benchmark.group = "C. elegans connectomes that cect reads, too"
    answer = benchmark.pedantic(peer.read, rounds=1)
    assert all(answer["connections"].values())
    benchmark.extra_info.update(answer, version=peer.version)


@pytest.mark.parametrize("size", bench_recordings())
def test_generated_recording_ours(benchmark, tmp_path, size):
    benchmark.group = f"C. elegans, generated recording {size}"
    files = {RECORDINGS[0]: generated_recording(tmp_path, size)}
    assert measure(benchmark, files, tmp_path) > SIZES[size].traces
    path = next(iter((tmp_path / "0" / RECORDINGS[0]).glob("*/trace.parquet")))
    benchmark.extra_info.update(mib_of_traces=round(path.stat().st_size / 2**20, 1))
