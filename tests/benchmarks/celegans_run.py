"""The C. elegans sources from raw files to a published lake, and generated recordings in the layout of a real one.

    from tests.benchmarks.celegans_run import bench_recordings, published

CONNECTOME_BENCH_RECORDINGS  comma list of the recordings to measure; only that of the usual size where it is not set
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
import polars as pl

from graphdb.lake import Lake
from ingest.fetch import Fetched, fetch
from ingest.run import ingest
from ingest.source import source
from schemas.errors import UsageError

CELLS = "celegans/cells"
CONNECTOMES = tuple(
    f"celegans/{name}"
    for name in (
        "cook2019",
        "cook2020",
        "witvliet2021",
        "witvliet2021-contact",
        "varshney2011",
        "durbin1986",
        "openworm",
        "white1986",
        "brittin2021",
        "bentley2016",
        "ripollsanchez2023",
        "randi2023",
        "fenyves2020",
        "simeon2024-consensus",
    )
)
RECORDINGS = ("celegans/dag2023",)
RECORDINGS_VARIABLE = "CONNECTOME_BENCH_RECORDINGS"
_UID = "2022-07-26-31"
_INTERVAL_S = 0.6


@dataclass(frozen=True)
class Recorded:
    """How much is recorded: samples and traces of one worm."""

    samples: int = 800
    traces: int = 140


SIZES = {
    "1": Recorded(),
    "time10": Recorded(samples=8_000),
    "traces10": Recorded(traces=1_400),
    "time100": Recorded(samples=80_000),
    "traces100": Recorded(traces=14_000),
}


def bench_recordings() -> list[str]:
    """The sizes that the environment asks for; only the usual one where it asks for none."""
    asked = [name.strip() for name in os.environ.get(RECORDINGS_VARIABLE, "1").split(",") if name.strip()]
    unknown = sorted(set(asked) - set(SIZES))
    if unknown:
        text = f"{RECORDINGS_VARIABLE} names unknown sizes: {', '.join(unknown)}"
        raise UsageError(text, f"sizes: {', '.join(SIZES)}")
    return [name for name in SIZES if name in asked]


def fetched(folders: Mapping[str, Path], downloads: Path) -> dict[str, Fetched]:
    """The files of each source, from its folder, checksums compared; before any clock starts."""
    return {source_id: fetch(source(source_id), downloads, from_dir=folder) for source_id, folder in folders.items()}


def published(files: Mapping[str, Fetched], root: Path) -> int:
    """Read and publish the cells and each source into a new lake; rows of all tables."""
    lake = Lake(root)
    lake.publish(ingest(source(CELLS), {}, {}, ()))
    return sum(_published(lake, source_id, found) for source_id, found in files.items())


def _published(lake: Lake, source_id: str, found: Fetched) -> int:
    spec = source(source_id)
    parents = {parent: lake.tables(parent) for parent in spec.parents}
    return sum(lake.publish(ingest(spec, found.files, parents, found.provenance)).rows.values())


def generated_recording(folder: Path, size: str, *, seed: int = 0) -> Fetched:
    """A recording and its labels in the layout of Dag et al. 2023, random walks for traces.

    Args:
        folder: where the two files go.
        size: one of SIZES.
        seed: of the random numbers.
    """
    wanted, rng = SIZES[size], np.random.default_rng(seed)
    recording, labels = folder / f"{_UID}-data.h5", folder / "labels.json"
    with h5py.File(recording, "w") as file:
        steps = rng.normal(0, 0.05, (wanted.samples, wanted.traces))
        file["gcamp/traces_array_F_F20"] = 1 + np.abs(np.cumsum(steps, axis=0))
        file["timing/timestamp_confocal"] = 1_000 + _INTERVAL_S * np.arange(wanted.samples)
        file["behavior/reversal_vec"] = (np.arange(wanted.samples) // 50) % 2
    labels.write_text(json.dumps({_UID: [_labels(wanted.traces), {}]}))
    return Fetched({"labels": labels, _UID: recording}, ())


def _labels(traces: int) -> dict[str, dict[str, object]]:
    names = _neurons()[:traces]
    return {str(i): {"label": name, "confidence": 4, "region": ""} for i, name in enumerate(names, start=1)}


def _neurons() -> Sequence[str]:
    node = ingest(source(CELLS), {}, {}, ()).tables["node"]
    return node.filter(pl.col("kind") == "neuron").get_column("name").to_list()
