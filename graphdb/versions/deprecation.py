"""A version that should not be used any more says so, and by what it is replaced; it stays as it is.

The note lies beside the version, `<modality>/<name>/<version>.deprecated.json`, so that the version's own files and
hashes stay valid, and so that publishing the same content again does not make it good.
"""

from __future__ import annotations

import json
import os
import uuid
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from graphdb.lake import Lake, Manifest, split_reference
from schemas.errors import LakeError, UsageError

SUFFIX = ".deprecated.json"


@dataclass(frozen=True)
class Deprecation:
    """Why a version should not be used, and what to use instead."""

    dataset: str
    version: str
    reason: str
    replaced_by: str | None
    deprecated_at: str

    @property
    def reference(self) -> str:
        return f"{self.dataset}@{self.version}"

    def __str__(self) -> str:
        instead = f"; replaced by {self.replaced_by}" if self.replaced_by else ""
        return f"deprecated: {self.reason}{instead}"


def deprecate(lake: Lake, manifest: Manifest, reason: str, replaced_by: Manifest | None = None) -> Deprecation:
    """Note that a version should not be used; a note that it has already is replaced.

    Raises:
        UsageError: there is no reason, or the pointer would lead back to the version itself.
    """
    if not reason.strip():
        raise UsageError("a deprecation needs a reason", 'e.g. --reason "weights were counted twice"')
    if replaced_by is not None:
        _leads_away(lake, manifest, replaced_by)
    note = Deprecation(
        manifest.dataset,
        manifest.version,
        reason.strip(),
        replaced_by.reference if replaced_by else None,
        datetime.now(UTC).isoformat(timespec="seconds"),
    )
    _write(_path(lake, manifest.dataset, manifest.version), json.dumps(asdict(note), indent=2) + "\n")
    return note


def undeprecate(lake: Lake, manifest: Manifest) -> bool:
    """Take the note away; False where there was none."""
    path = _path(lake, manifest.dataset, manifest.version)
    was = path.is_file()
    path.unlink(missing_ok=True)
    return was


def deprecation(lake: Lake, uid: str, version: str) -> Deprecation | None:
    """The note of a version, which may itself be gone.

    Raises:
        LakeError: the note cannot be read.
    """
    path = _path(lake, uid, version)
    if not path.is_file():
        return None
    try:
        found = Deprecation(**json.loads(path.read_text()))
    except (ValueError, TypeError) as error:
        raise LakeError(f"{path} is not a deprecation: {error}", "deprecate the version again") from error
    if (found.dataset, found.version) != (uid, version) or not isinstance(found.reason, str):
        raise LakeError(f"{path} speaks of {found.dataset}@{found.version}", "deprecate the version again")
    return found


def deprecations(lake: Lake) -> list[Deprecation]:
    """Every note in the lake, by dataset and version."""
    found = []
    for path in sorted(lake.root.glob(f"*/*/*{SUFFIX}")):
        uid = f"{path.parent.parent.name}/{path.parent.name}"
        note = deprecation(lake, uid, path.name.removesuffix(SUFFIX))
        if note is not None:
            found.append(note)
    return found


def replacement(lake: Lake, note: Deprecation) -> str | None:
    """Where the pointers end: the last version of the chain, or None where nothing replaces it."""
    last = note.replaced_by
    while last is not None:
        following = deprecation(lake, *_exact(last))
        if following is None or following.replaced_by is None:
            return last
        last = following.replaced_by
    return None


def _leads_away(lake: Lake, manifest: Manifest, replaced_by: Manifest) -> None:
    at: str | None = replaced_by.reference
    while at is not None:
        if at == manifest.reference:
            through = "itself" if replaced_by == manifest else f"{replaced_by.reference}, which leads back to it"
            raise UsageError(f"{manifest.reference} cannot be replaced by {through}", "point to a version to be used")
        note = deprecation(lake, *_exact(at))
        at = note.replaced_by if note else None


def _exact(reference: str) -> tuple[str, str]:
    uid, version = split_reference(reference)
    if version is None:
        raise LakeError(f"{reference!r} in a deprecation names no version", "deprecate the version again")
    return uid, version


def _path(lake: Lake, uid: str, version: str) -> Path:
    return lake.root / uid / f"{version}{SUFFIX}"


def _write(path: Path, text: str) -> None:
    """Whole or not at all, whenever it is interrupted."""
    temporary = path.with_name(f".{path.name}-{uuid.uuid4().hex}")
    try:
        with temporary.open("w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
