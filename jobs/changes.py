"""Which sources have changed since they were published, by checksums and reader versions alone."""

from __future__ import annotations

from pathlib import Path

from graphdb.lake import Manifest
from ingest.files import sha256
from ingest.source import SourceSpec, reader, source, sources
from jobs.flow import ingest_order
from jobs.workspace import Workspace

UNVERIFIED = "checksum not required"


def changed_sources(workspace: Workspace, from_dir: Path | None = None) -> dict[str, str]:
    """Sources to ingest again, parents before children, each with what changed.

    A published source has changed when its reader or a parent has another version, when the registry names other files,
    or when the local folder now holds a file of the registry that it was published without. A source that was never
    published counts as changed once the local folder holds all the files that it cannot do without.
    """
    held = {m.dataset: m for m in workspace.lake.datasets()}
    current = {m.reference for m in held.values()}
    local = _checksums(from_dir)
    found: dict[str, str] = {}
    for spec in map(source, ingest_order(sources())):
        manifest = held.get(spec.id)
        why = _new(spec, local) if manifest is None else _changed(spec, manifest, current, local)
        if why:
            found[spec.id] = why
    return found


def _changed(spec: SourceSpec, manifest: Manifest, current: set[str], local: set[str]) -> str | None:
    version = reader(spec).READER_VERSION
    if manifest.reader_version != version:
        return f"its reader has version {version}, was {manifest.reader_version}"
    if stale := [parent for parent in manifest.parents if parent not in current]:
        return f"its parent {stale[0]} has a new version"
    if any(file.origin.endswith(UNVERIFIED) for file in manifest.sources):
        return None  # a person chose these files against the registry
    if any(file.sha256 is None for file in spec.files):
        return None  # the registry knows no checksum: which files of these names count, only a person can say
    published = {file.sha256 for file in manifest.sources}
    known = {file.sha256 for file in spec.files if file.sha256}
    required = {file.sha256 for file in spec.files if file.sha256 and not file.optional}
    if published - known or required - published:
        return "the registry names other files"
    arrived = (known & local) - published
    return f"{len(arrived)} file(s) arrived in the local folder" if arrived else None


def _new(spec: SourceSpec, local: set[str]) -> str | None:
    """A source without files is asked for by name: nothing arrives that could bring it."""
    required = [file for file in spec.files if not file.optional] or list(spec.files)
    if required and all(file.sha256 in local for file in required):
        return "its files arrived in the local folder"
    return None


def _checksums(folder: Path | None) -> set[str]:
    """Checksums of the files below the folder whose name the registry knows."""
    if folder is None or not folder.is_dir():
        return set()
    names = {name for spec in sources().values() for file in spec.files for name in file.names}
    found = (path for path in folder.rglob("*") if path.name in names and path.is_file())
    return {sha256(path) for path in found if path.stat().st_size}
