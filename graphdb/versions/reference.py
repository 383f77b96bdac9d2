"""From what a person writes to a version: `id`, `id@version`, the beginning of a version, `id@previous`."""

from __future__ import annotations

from difflib import get_close_matches

from graphdb.lake import Lake, Manifest, split_reference
from schemas.errors import LakeError

CURRENT, PREVIOUS = "current", "previous"
_SHORTEST = 4


def resolve(lake: Lake, reference: str) -> Manifest:
    """The version that a reference names.

    Args:
        lake: where to look.
        reference: `id` or `id@current`; `id@version`, or at least four characters of its beginning; `id@previous` for
            the one that was published last before the current one.

    Raises:
        LakeError: there is no such dataset or version; the hint names those that exist.
    """
    uid, version = split_reference(reference)
    current = _current(lake, uid)
    if version in (None, CURRENT, current.version):
        return current
    if version == PREVIOUS:
        return _previous(lake, current)
    return _of_version(lake, current, str(version))


def _current(lake: Lake, uid: str) -> Manifest:
    known = [f"{path.parent.parent.name}/{path.parent.name}" for path in sorted(lake.root.glob("*/*/current"))]
    if uid in known or uid.count("/") != 1:
        return lake.manifest(uid)
    near = get_close_matches(uid, known, n=3, cutoff=0.4)
    hint = f"did you mean {' or '.join(near)}?" if near else f"it holds: {', '.join(known) or 'nothing yet'}"
    raise LakeError(f"dataset {uid!r} is not in the lake", hint)


def _previous(lake: Lake, current: Manifest) -> Manifest:
    others = [m for m in lake.versions(current.dataset) if m.version != current.version]
    before = [m for m in others if (m.published_at, m.version) < (current.published_at, current.version)]
    if before:
        return before[-1]
    shown = f"its others, published later: {_shown(others)}" if others else "it is the only one"
    raise LakeError(f"no version of {current.dataset} was published before the current one", shown)


def _of_version(lake: Lake, current: Manifest, version: str) -> Manifest:
    held = lake.versions(current.dataset)
    found = [m for m in held if m.version == version]
    if not found and len(version) >= _SHORTEST:
        found = [m for m in held if m.version.startswith(version)]
    if len(found) == 1:
        return found[0]
    what = "names several versions" if found else "does not exist"
    raise LakeError(f"{current.dataset}@{version} {what}", f"versions, oldest first: {_shown(found or held)}")


def _shown(manifests: list[Manifest]) -> str:
    return ", ".join(f"{m.version} ({m.published_at[:10]})" for m in manifests)
