"""The source registry (`sources.yaml`) and what a reader is."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files as package_files
from pathlib import Path
from typing import Any, Protocol, cast

import polars as pl
import yaml

from schemas.dataset import Tables
from schemas.errors import UsageError


@dataclass(frozen=True)
class WheelMember:
    """A file inside a published wheel: data for us, never imported."""

    requirement: str
    sha256: str
    member: str


@dataclass(frozen=True)
class FileSpec:
    """A file of a source, by its checksum; from a URL, a wheel, or a local folder under any of its names.

    An optional file is one that the reader can do without, as there are others like it (one per animal, or
    another form of the same content).

    Where `sha256` is None the checksum is not known here: the names are then patterns ('*_t.txt', '?' and '*' as in a
    shell), what the local folder holds under them is taken as it is, and its checksum is recorded. `many` says that
    every file of these names belongs to the source (one per animal, say); each has the key `key/name`.
    """

    key: str
    names: tuple[str, ...]
    sha256: str | None = None
    size_bytes: int | None = None
    url: str | None = None
    wheel: WheelMember | None = None
    optional: bool = False
    many: bool = False

    def is_key(self, key: str) -> bool:
        """Whether a file of that key is of this entry."""
        return key.startswith(f"{self.key}/") if self.many else key == self.key


@dataclass(frozen=True)
class SourceSpec:
    """One entry of the registry; its id is the id of the dataset that it becomes."""

    id: str
    title: str
    modality: str
    licence: str
    citation: str
    reader: str
    species: str | None = None
    url: str | None = None
    simulated: bool = False
    parents: tuple[str, ...] = ()
    files: tuple[FileSpec, ...] = ()


class Reader(Protocol):
    """A module that turns the files of a source into tables.

    `files` maps the registry's key of each file to its local path (`key/name` where one entry stands for many files),
    `parents` the id of each parent dataset to its
    tables (as published). Raises SourceError, with the place, where a file is not what it should be; nothing that
    is left out goes without a row in the `decision` table.
    """

    READER_VERSION: str

    def read(self, files: Mapping[str, Path], parents: Mapping[str, Tables]) -> dict[str, pl.DataFrame]: ...


@cache
def sources() -> dict[str, SourceSpec]:
    """All registered sources by id."""
    entries = yaml.safe_load((package_files("ingest") / "sources.yaml").read_text(encoding="utf-8"))
    return {entry["id"]: _source(entry) for entry in entries}


def source(source_id: str) -> SourceSpec:
    """One source.

    Raises:
        UsageError: there is none with that id; the message lists those that exist.
    """
    try:
        return sources()[source_id]
    except KeyError:
        raise UsageError(f"unknown source {source_id!r}", f"known sources: {', '.join(sources())}") from None


def reader(spec: SourceSpec) -> Reader:
    """The reader module that the registry names."""
    return cast("Reader", importlib.import_module(spec.reader))


def _source(entry: dict[str, Any]) -> SourceSpec:
    file_specs = tuple(
        FileSpec(
            key=f["key"],
            names=tuple(f["names"]),
            sha256=f.get("sha256"),
            size_bytes=f.get("size_bytes"),
            url=f.get("url"),
            wheel=WheelMember(**f["wheel"]) if "wheel" in f else None,
            optional=f.get("optional", False),
            many=f.get("many", False),
        )
        for f in entry.pop("files", ())
    )
    return SourceSpec(**{**entry, "parents": tuple(entry.get("parents", ())), "files": file_specs})
