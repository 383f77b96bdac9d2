"""Who points to a version of the lake: current pointers, descendants, runs, id maps, bundles, graphs, deprecations."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import polars as pl

from graphdb.lake import Lake, Manifest, split_reference
from graphdb.store import GraphStore
from graphdb.versions.deprecation import deprecations
from schemas.errors import LakeError

Holders = Callable[[], Mapping[str, str]]
"""Says, whenever it is asked, which versions something outside the lake points to: reference to what does."""


def held_by_bundles(folder: Path) -> dict[str, str]:
    """Versions that the bundles in a folder were made from.

    Raises:
        LakeError: a manifest cannot be read, so that no one knows what it points to.
    """
    found: dict[str, str] = {}
    for path in sorted(folder.glob("*/manifest.json")):
        try:
            references = json.loads(path.read_text())["datasets"]
            found.update({str(each): f"bundle {path.parent.name}" for each in references})
        except (ValueError, TypeError, KeyError) as error:
            raise LakeError(f"{path} is not the manifest of a bundle: {error}", "remove or export it again") from error
    return found


def held_by_graph(store: GraphStore, name: str) -> dict[str, str]:
    """Versions that a graph holds."""
    return {f"{uid}@{version}": f"graph {name}" for uid, version in store.held().items()}


def versions_of(lake: Lake) -> dict[str, Manifest]:
    """Every version in the lake by its reference, also of datasets without a current one.

    Raises:
        LakeError: a manifest cannot be read.
    """
    uids = sorted({f"{p.parent.parent.parent.name}/{p.parent.parent.name}" for p in _manifests(lake)})
    return {m.reference: m for uid in uids for m in lake.versions(uid)}


def current_of(lake: Lake) -> dict[str, str]:
    """References that the current pointers name, whether or not they exist."""
    found = {}
    for path in sorted(lake.root.glob("*/*/current")):
        uid = f"{path.parent.parent.name}/{path.parent.name}"
        found[f"{uid}@{path.read_text().strip()}"] = "current"
    return found


def pointed_to(lake: Lake, held: Mapping[str, str]) -> dict[str, str]:
    """Every reference that must stay, with what holds it: the roots, and all that they were made from."""
    versions = versions_of(lake)
    found = {**held, **current_of(lake)}
    for note in deprecations(lake):
        if note.replaced_by is not None:
            found.setdefault(note.replaced_by, f"replacement of {note.reference}")
    waiting = list(found)
    while waiting:
        manifest = versions.get(waiting.pop())
        for reference, why in _points(lake, manifest) if manifest else ():
            if reference not in found:
                found[reference] = why
                waiting.append(reference)
    return found


def _points(lake: Lake, manifest: Manifest) -> Iterator[tuple[str, str]]:
    for reference in manifest.parents:
        yield reference, f"made into {manifest.reference}"
    if "run" in manifest.files:
        for trained_on in lake.read(manifest.dataset, "run", manifest.version).get_column("trained_on"):
            for reference in trained_on:
                if split_reference(reference)[1]:
                    yield reference, f"run {manifest.reference}"
    if "id_map" in manifest.files:
        table = lake.scan(manifest.dataset, "id_map", manifest.version)
        for since in table.select(pl.col("since").unique()).collect().get_column("since"):
            yield f"{manifest.dataset}@{since}", f"ids mapped by {manifest.reference}"


def _manifests(lake: Lake) -> Iterator[Path]:
    return (p for p in lake.root.glob("*/*/*/manifest.json") if not p.relative_to(lake.root).parts[0].startswith("."))
