"""The bundle: what is exported out of the stores for a model, with its splits fixed. One folder of Parquet and JSON.

node.parquet       rows of the node table
edge.parquet       network, kind, directed, source, target, weight: all kinds of edge among those nodes
recording.parquet  rows of the recording table
trace.parquet      rows of the trace table that have a node of the bundle
mask.parquet       recording, node, measured: true where the recording holds a trace of the node
split.parquet      recording, subject, part: train, validation or test, by subject (or recording), never by window
time_split.parquet recording, block, part, start_s, end_s: contiguous stretches, by the times of first and last sample
event.parquet      rows of the event table: stimuli and behaviour of the recordings
sample_mask.parquet recording, trace, measured: of each trace, per sample, false where it is missing or was guessed
manifest.json      datasets with versions, the selection, seed, counts and hashes
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import polars as pl

from schemas import tables
from schemas.content import combined_hash, content_hash
from schemas.errors import LakeError

EDGE_COLUMNS: dict[str, pl.DataType] = {
    "network": pl.String(),
    "kind": pl.String(),
    "directed": pl.Boolean(),
    "edge": pl.Int64(),
    "source": pl.String(),
    "target": pl.String(),
    "weight": pl.Float64(),
}
MASK_COLUMNS: dict[str, pl.DataType] = {
    "recording": pl.String(),
    "node": pl.String(),
    "measured": pl.Boolean(),
}
SPLIT_COLUMNS: dict[str, pl.DataType] = {
    "recording": pl.String(),
    "subject": pl.String(),
    "part": pl.String(),
}
TIME_SPLIT_COLUMNS: dict[str, pl.DataType] = {
    "recording": pl.String(),
    "block": pl.Int64(),
    "part": pl.String(),
    "start_s": pl.Float64(),
    "end_s": pl.Float64(),
}
SAMPLE_MASK_COLUMNS: dict[str, pl.DataType] = {
    "recording": pl.String(),
    "trace": pl.Int64(),
    "measured": pl.List(pl.Boolean()),
}

COLUMNS: dict[str, Callable[[], dict[str, pl.DataType]]] = {
    "node": lambda: tables.columns("node"),
    "edge": lambda: EDGE_COLUMNS,
    "recording": lambda: tables.columns("recording"),
    "trace": lambda: tables.columns("trace"),
    "mask": lambda: MASK_COLUMNS,
    "split": lambda: SPLIT_COLUMNS,
    "time_split": lambda: TIME_SPLIT_COLUMNS,
    "event": lambda: tables.columns("event"),
    "sample_mask": lambda: SAMPLE_MASK_COLUMNS,
}
KEYS = {
    "node": ["uid"],
    "edge": ["network", "edge"],
    "recording": ["uid"],
    "trace": ["recording", "trace"],
    "mask": ["recording", "node"],
    "split": ["recording"],
    "time_split": ["recording", "block"],
    "event": ["recording", "event"],
    "sample_mask": ["recording", "trace"],
}
_LATER = ("time_split", "event", "sample_mask")  # a bundle from before they came has none of them


@dataclass(frozen=True)
class BundleManifest:
    """Where a bundle came from. `hash` covers every table, so equal hashes mean equal bundles."""

    schema_version: str
    datasets: tuple[str, ...]
    selection: dict[str, Any]
    seed: int
    simulated: bool
    rows: dict[str, int]
    hash: str


@dataclass(frozen=True)
class Bundle:
    """Tables of a bundle with their manifest."""

    node: pl.DataFrame
    edge: pl.DataFrame
    recording: pl.DataFrame
    trace: pl.DataFrame
    mask: pl.DataFrame
    split: pl.DataFrame
    time_split: pl.DataFrame
    event: pl.DataFrame
    sample_mask: pl.DataFrame
    manifest: BundleManifest

    def frames(self) -> dict[str, pl.DataFrame]:
        return {name: getattr(self, name) for name in COLUMNS}


def make_bundle(
    frames: dict[str, pl.DataFrame],
    *,
    datasets: tuple[str, ...],
    selection: dict[str, Any],
    seed: int,
    simulated: bool,
) -> Bundle:
    """Put tables together; types must be those of COLUMNS. Those that came later may be absent: they are empty then."""
    frames = {**_empty(_LATER), **frames}
    for name, columns in COLUMNS.items():
        if dict(frames[name].schema) != columns():
            raise ValueError(f"bundle table {name!r} has schema {frames[name].schema}, must be {columns()}")
    manifest = BundleManifest(
        schema_version=tables.SCHEMA_VERSION,
        datasets=tuple(sorted(datasets)),
        selection=json.loads(json.dumps(selection)),  # as it will be read back
        seed=seed,
        simulated=simulated,
        rows={name: frames[name].height for name in COLUMNS},
        hash=_hash(frames, COLUMNS),
    )
    return Bundle(**{name: frames[name] for name in COLUMNS}, manifest=manifest)


def write_bundle(bundle: Bundle, folder: Path) -> Path:
    """Write a bundle; the manifest comes last, so a folder without one is not a bundle."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in bundle.frames().items():
        table.write_parquet(folder / f"{name}.parquet")
    (folder / "manifest.json").write_text(json.dumps(asdict(bundle.manifest), indent=2) + "\n")
    return folder


def read_bundle(folder: Path) -> Bundle:
    """Read a bundle and check it against its hash.

    Raises:
        LakeError: the manifest is absent, or the tables are not those it was written with.
    """
    path = folder / "manifest.json"
    if not path.is_file():
        raise LakeError(f"{folder} is not a bundle: it has no manifest.json", "make one with `connectome export`")
    try:
        raw = json.loads(path.read_text())
        there = [name for name in COLUMNS if name in raw["rows"] or name not in _LATER]
        frames = {name: pl.read_parquet(folder / f"{name}.parquet") for name in there}
        raw["datasets"] = tuple(raw["datasets"])
        manifest = BundleManifest(**raw)
    except (OSError, ValueError, TypeError, KeyError, pl.exceptions.PolarsError) as error:
        raise LakeError(f"{folder}: cannot be read: {error}", "export it again with `connectome export`") from error
    if _hash(frames, there) != manifest.hash:
        raise LakeError(f"{folder}: its tables do not match the hash in manifest.json", "export it again")
    return Bundle(**{**_empty(_LATER), **frames}, manifest=manifest)


def _empty(names: Iterable[str]) -> dict[str, pl.DataFrame]:
    return {name: pl.DataFrame(schema=COLUMNS[name]()) for name in names}


def _hash(frames: dict[str, pl.DataFrame], names: Iterable[str]) -> str:
    return combined_hash([(name, content_hash(frames[name], KEYS[name])) for name in names])
