"""Recordings of the lake in formats that other programs read: a folder of files with their versions and citations."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import polars as pl

from graphdb.exchange.folder import new_folder, require_new, write_origins
from graphdb.lake import Lake, Manifest
from graphdb.versions.provenance import of_manifests
from graphdb.versions.reference import resolve
from ingest.homogenise.netcdf import write_netcdf
from ingest.homogenise.nwb import write_nwb
from ingest.homogenise.outgoing import About, Before, Outgoing, calcium, left_out, outgoing
from jobs.homogenise import made_from, recorded_dataset
from schemas import tables
from schemas.errors import UsageError


@dataclass(frozen=True)
class RecordingFormat:
    """A format of recordings: its name, what reads it, and how the recordings of a dataset are written to a folder."""

    name: str
    title: str
    write: Callable[[Path, str, About, Iterable[Outgoing]], None]


@dataclass(frozen=True)
class Written:
    """What an export holds; `left_out` are recordings that are neither calcium nor behaviour beside it."""

    references: tuple[str, ...]
    files: tuple[str, ...]
    recordings: int
    left_out: tuple[str, ...]


def _netcdf(folder: Path, name: str, about: About, recordings: Iterable[Outgoing]) -> None:
    write_netcdf(folder / f"{name}.nc", about, recordings)


def _nwb(folder: Path, name: str, about: About, recordings: Iterable[Outgoing]) -> None:
    for recording in recordings:
        write_nwb(folder / f"{name}_{recording.name}.nwb", about, recording)


RECORDING_FORMATS = {
    f.name: f
    for f in (
        RecordingFormat("netcdf", "NetCDF, a group for each recording: xarray, MATLAB, R, Julia", _netcdf),
        RecordingFormat("nwb", "Neurodata Without Borders, a file for each recording: pynwb, MatNWB", _nwb),
    )
}


def export_recordings(lake: Lake, references: Sequence[str], format_: str, folder: Path) -> Written:
    """Write the calcium recordings of datasets, homogenised or as read; the folder appears whole or not at all.

    Args:
        lake: where they are read from.
        references: ids, or id@version.
        format_: name in RECORDING_FORMATS.
        folder: must not exist, or be empty.

    Raises:
        UsageError: the folder is not empty, a dataset has no calcium recording, or two of them have one name.
        LakeError: a dataset, or what it was homogenised from, is not in the lake.
    """
    require_new(folder)
    manifests = {m.dataset: m for m in (resolve(lake, each) for each in references)}
    if len(manifests) < len(references):
        raise UsageError("a dataset is named twice", "export each of its versions to a folder of its own")
    left: list[str] = []
    count = 0
    with new_folder(folder) as part:
        for manifest in manifests.values():
            dataset = recorded_dataset(lake, manifest)
            if calcium(dataset).is_empty():
                raise UsageError(f"{manifest.reference} has no calcium recording", "give a dataset that has some")
            name, before = manifest.dataset.rpartition("/")[2], made_from(lake, manifest)
            found = outgoing(dataset, _subjects(lake, manifest), before)
            RECORDING_FORMATS[format_].write(part, name, _about(lake, manifest, before), found)
            count += calcium(dataset).height
            left += left_out(dataset)
        files = tuple(sorted(path.name for path in part.iterdir()))
        told = {"format": format_, "recordings": count, "left_out": left}
        write_origins(part, told, of_manifests(lake, manifests.values()))
    return Written(tuple(m.reference for m in manifests.values()), files, count, tuple(left))


def _subjects(lake: Lake, manifest: Manifest) -> pl.DataFrame:
    held = [m for m in (manifest, *lake.ancestors(manifest)) if "subject" in m.files]
    return pl.concat([tables.frame("subject", []), *(lake.read(m.dataset, "subject", m.version) for m in held)])


def _about(lake: Lake, manifest: Manifest, before: Before | None) -> About:
    told = lake.read(manifest.dataset, "dataset", manifest.version).row(0, named=True)
    return About(
        reference=manifest.reference,
        title=told["title"],
        licence=told["licence"],
        citation=told["citation"],
        simulated=manifest.simulated,
        origins=tuple(m.reference for m in lake.ancestors(manifest)),
        parameters=json.dumps(asdict(before.config)) if before else "",
    )
