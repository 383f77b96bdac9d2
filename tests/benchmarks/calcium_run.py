"""Worms in the layout of Dag 2023, real or generated: from raw files to a lake, and on to a homogenised dataset.

    python -m tests.benchmarks.calcium_run read|homogenise FILES WORKSPACE   # prints seconds and peak MiB

CONNECTOME_BENCH_WORMS  comma list of the sizes to measure; only the usual one where it is not set
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
import polars as pl

from graphdb.lake import Lake
from ingest.fetch import Fetched
from ingest.run import ingest
from ingest.source import source
from jobs.homogenise import config_of, homogenise_dataset
from jobs.workspace import Workspace
from schemas.errors import UsageError
from tests.benchmarks.celegans_run import published
from tests.benchmarks.memory import peak_mib

SOURCE = "celegans/dag2023"
SIZES_VARIABLE = "CONNECTOME_BENCH_WORMS"
_INTERVAL_S = 0.6


@dataclass(frozen=True)
class Worms:
    """How many animals, and how much of each."""

    worms: int = 5
    samples: int = 800
    traces: int = 140


SIZES = {
    "1": Worms(),
    "worms10": Worms(worms=50),
    "time10": Worms(samples=8_000),
    "worms100": Worms(worms=500),
    "time100": Worms(samples=80_000),
}


def bench_worms() -> list[str]:
    """The sizes that the environment asks for; only the usual one where it asks for none."""
    asked = [name.strip() for name in os.environ.get(SIZES_VARIABLE, "1").split(",") if name.strip()]
    unknown = sorted(set(asked) - set(SIZES))
    if unknown:
        raise UsageError(f"{SIZES_VARIABLE} names unknown sizes: {', '.join(unknown)}", f"sizes: {', '.join(SIZES)}")
    return [name for name in SIZES if name in asked]


def generated_worms(folder: Path, size: str, *, seed: int = 0) -> Fetched:
    """Recordings of random walks and their labels, all animals with the same neurons.

    Args:
        folder: where the files go.
        size: one of SIZES.
        seed: of the random numbers.
    """
    wanted, rng = SIZES[size], np.random.default_rng(seed)
    names = _neurons()[: wanted.traces]
    labels = {str(i): {"label": name, "confidence": 4, "region": ""} for i, name in enumerate(names, start=1)}
    files = {"labels": folder / "labels.json"}
    told = {}
    for worm in range(wanted.worms):
        uid = f"2022-01-01-{worm:04d}"
        files[uid] = folder / f"{uid}-data.h5"
        told[uid] = [labels, {}]
        with h5py.File(files[uid], "w") as file:
            steps = rng.normal(0, 0.05, (wanted.samples, wanted.traces))
            file["gcamp/traces_array_F_F20"] = 1 + np.abs(np.cumsum(steps, axis=0))
            file["timing/timestamp_confocal"] = 1_000 + _INTERVAL_S * np.arange(wanted.samples)
            file["behavior/reversal_vec"] = (np.arange(wanted.samples) // 50) % 2
    files["labels"].write_text(json.dumps(told))
    return Fetched(files, ())


def read_worms(files: Fetched, root: Path) -> int:
    """Raw files to a published lake, in a workspace; rows of all tables."""
    return published({SOURCE: files}, Workspace(root).lake.root)


def homogenise_worms(root: Path) -> int:
    """The lake's recordings to a homogenised dataset beside them; rows of all tables."""
    return sum(homogenise_dataset(Workspace(root), SOURCE, config_of("corrected", {})).manifest.rows.values())


def _neurons() -> Sequence[str]:
    node = ingest(source("celegans/cells"), {}, {}, ()).tables["node"]
    return node.filter(pl.col("kind") == "neuron").get_column("name").to_list()


def traces_mib(root: Path, dataset: str) -> float:
    """Size of the traces of a dataset in the lake."""
    lake = Lake(Workspace(root).lake.root)
    return round(lake.path(lake.manifest(dataset), "trace").stat().st_size / 2**20, 1)


def main(step: str, files: str, root: str) -> None:
    """One step in a process of its own, for its peak of memory."""
    paths = {key: Path(path) for key, path in json.loads(Path(files).read_text()).items()}
    started = time.perf_counter()
    if step == "read":
        read_worms(Fetched(paths, ()), Path(root))
    else:
        homogenise_worms(Path(root))
    seconds = round(time.perf_counter() - started, 2)
    processor = round(time.process_time(), 2)
    sys.stdout.write(json.dumps({"seconds": seconds, "cpu_s": processor, "peak_mib": peak_mib()}) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
