"""Collection of what nothing points to: shown first, then moved aside, checked once more, and only then deleted.

A version goes to `<root>/.trash/<modality>/<name>/<version>` by one rename, descendants before what they were made
from, so a kill at any moment leaves whole versions only; the next collection goes on from there. What has come to be
pointed to meanwhile is put back.
"""

from __future__ import annotations

import fcntl
import shutil
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from graphdb.lake import Lake
from graphdb.versions.holders import Holders, pointed_to, versions_of
from schemas.errors import LakeError

TRASH = ".trash"
MIN_AGE_S = 3600.0
Kind = Literal["version", "unfinished", "trash"]


@dataclass(frozen=True)
class Collectable:
    """Something that nothing points to.

    Args:
        kind: a version; the rest of work that was killed (unfinished); what an earlier collection moved aside (trash).
        path: its folder or file.
        size_bytes: of all its files.
        why: what is known of it.
        reference: `id@version` of a version.
        changed_at: when something in it changed last, seconds since 1970.
    """

    kind: Kind
    path: Path
    size_bytes: int
    why: str
    reference: str | None = None
    changed_at: float = 0.0


def collectable(
    lake: Lake,
    holders: Holders,
    *,
    bundles: Path | None = None,
    graph: Path | None = None,
    min_age_s: float = MIN_AGE_S,
) -> list[Collectable]:
    """What may be deleted; nothing is.

    A version may go that is not current and that nothing that stays points to: no version, run, id map, bundle, graph
    or deprecation.

    Args:
        lake: to look through.
        holders: asked which versions bundles and graphs hold.
        bundles: folder of bundles, of which unfinished ones are found.
        graph: file of an embedded graph, of whose killed builds the rests are found.
        min_age_s: what is unfinished counts as killed only when nothing in it changed for so long.

    Raises:
        LakeError: a manifest cannot be read: what it points to is unknown, so nothing may go.
    """
    restore(lake, holders)
    held = pointed_to(lake, holders())
    versions = [m for reference, m in versions_of(lake).items() if reference not in held]
    versions.sort(key=lambda m: (m.published_at, m.version), reverse=True)
    found = [
        Collectable("version", path, _size(path), f"published {m.published_at[:10]}, not current", m.reference)
        for m in versions
        for path in [lake.root / m.dataset / m.version]
    ]
    rests = [*_of_lake(lake), *_of_bundles(bundles), *(_of_graph(graph) if graph else ())]
    young = time.time() - min_age_s
    aged = [(p, why, _changed(p)) for p, why in rests]
    found += [Collectable("unfinished", p, _size(p), why, None, at) for p, why, at in aged if at <= young]
    trash = lake.root / TRASH
    if trash.is_dir():
        found.append(Collectable("trash", trash, _size(trash), "moved aside by a collection that did not finish"))
    return found


def collect(lake: Lake, found: Iterable[Collectable], holders: Holders) -> list[Collectable]:
    """Delete what `collectable` found.

    Args:
        lake: that holds it.
        found: what to delete.
        holders: asked again, so that what something has come to point to stays.

    Returns:
        What was deleted.

    Raises:
        LakeError: something cannot be moved or deleted.
    """
    given = list(found)
    held = pointed_to(lake, holders())
    done = [each for each in given if each.reference is None or each.reference not in held]
    try:
        for each in done:
            if each.kind == "version":
                _move_aside(lake, each.path)
        kept = set(restore(lake, holders))
        for each in done:
            if each.kind == "unfinished" and each.path.exists() and _changed(each.path) == each.changed_at:
                _delete(each.path)
        if any(each.kind != "unfinished" for each in done):
            _delete(lake.root / TRASH)
    except OSError as error:
        raise LakeError(f"{error.filename} cannot be deleted: {error.strerror}", "run `connectome gc` again") from error
    return [each for each in done if each.reference not in kept]


def restore(lake: Lake, holders: Holders) -> list[str]:
    """Put back from the trash what something points to; references of what was put back."""
    found: list[str] = []
    while True:
        held = pointed_to(lake, holders())
        back = [p for p in (lake.root / TRASH).glob("*/*/*") if (p / "manifest.json").is_file() and _named(p) in held]
        missing = [p for p in back if not _home(lake, p).exists()]
        if not missing:
            return found
        for path in missing:  # its own manifest may point to others: look again
            path.rename(_home(lake, path))
            found.append(_named(path))


def _move_aside(lake: Lake, path: Path) -> None:
    target = lake.root / TRASH / path.relative_to(lake.root)
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists():
        shutil.rmtree(target)
    path.rename(target)


def _named(path: Path) -> str:
    """`id@version` of a folder in the trash."""
    modality, name, version = path.parts[-3:]
    return f"{modality}/{name}@{version}"


def _home(lake: Lake, path: Path) -> Path:
    return lake.root.joinpath(*path.parts[-3:])


def _of_lake(lake: Lake) -> Iterator[tuple[Path, str]]:
    for path in sorted(lake.root.glob(".publishing-*")):
        yield path, "publishing that was killed"
    for path in sorted(lake.root.glob("*/*/*")):
        if path.relative_to(lake.root).parts[0].startswith("."):
            continue
        if path.is_dir() and not (path / "manifest.json").is_file():
            yield path, "folder of tables without a manifest"
        elif path.is_file() and path.name.startswith("."):
            yield path, "writing that was killed"


def _of_bundles(folder: Path | None) -> Iterator[tuple[Path, str]]:
    for path in sorted(folder.glob("*")) if folder else ():
        if path.is_dir() and not (path / "manifest.json").is_file():
            yield path, "bundle without a manifest"


def _of_graph(graph: Path) -> Iterator[tuple[Path, str]]:
    rests = sorted({*graph.parent.glob(f"{graph.name}.building*"), *graph.parent.glob(f"{graph.name}.staging*")})
    if rests and not _being_built(graph):
        for path in rests:
            yield path, "building of the graph that was killed"


def _being_built(graph: Path) -> bool:
    lock = graph.with_name(f"{graph.name}.lock")
    if not lock.is_file():
        return False
    with lock.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _files(path: Path) -> Iterator[Path]:
    yield path
    if path.is_dir() and not path.is_symlink():
        yield from path.rglob("*")


def _size(path: Path) -> int:
    return sum(p.lstat().st_size for p in _files(path) if not p.is_dir())


def _changed(path: Path) -> float:
    return max(p.lstat().st_mtime for p in _files(path))


def _delete(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
