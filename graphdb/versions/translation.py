"""Ids of an older version in a newer one, through every id map between them."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from itertools import pairwise

import polars as pl

from graphdb.lake import Lake, Manifest
from graphdb.versions.id_map import classified, compose, gone_only_alone
from schemas.errors import LakeError, UsageError


def hops(lake: Lake, old: Manifest, new: Manifest) -> list[tuple[str, Manifest]] | None:
    """The way from one version of a dataset to a later one.

    A version that maps ids is reached from the versions that its map names; one that maps none has the ids of the
    version that was published before it.

    Returns:
        (version before, version that says what became of its ids) along the shortest way, or None where there is none.
    """
    versions = lake.versions(old.dataset)
    before = {later.version: earlier.version for earlier, later in pairwise(versions)}
    held = {m.version: m for m in versions}
    ways: dict[str, list[tuple[str, Manifest]]] = {new.version: []}
    waiting = [new.version]
    while waiting and old.version not in ways:
        at = waiting.pop(0)
        for earlier in _reached_from(lake, held.get(at), before):
            if earlier not in ways:
                ways[earlier] = [(earlier, held[at]), *ways[at]]
                waiting.append(earlier)
    return ways.get(old.version)


def pairs_between(lake: Lake, old: Manifest, new: Manifest) -> pl.DataFrame | None:
    """What became of every id of `old` in `new`: columns old and new, as `graphdb.versions.id_map` has them.

    Returns:
        None where no version on the way changed an id.

    Raises:
        LakeError: no id map leads from one to the other.
    """
    way = hops(lake, old, new)
    if way is None:
        raise LakeError(
            f"no id map leads from {old.reference} to {new.version}",
            f"its own ids map from: {', '.join(_since(lake, new)) or 'no version'}",
        )
    found: pl.DataFrame | None = None
    for since, manifest in way:
        if "id_map" in manifest.files:
            one = lake.scan(manifest.dataset, "id_map", manifest.version).filter(pl.col("since") == since)
            step = one.select("old", "new").collect()
            found = step if found is None else compose(found, step)
    if found is None:
        return None
    here = lake.scan(new.dataset, "node", new.version).select("uid").collect().get_column("uid")
    alive = pl.when(pl.col("new").is_in(here.implode())).then("new")  # a version without a map may have dropped some
    return gone_only_alone(found.select("old", alive.alias("new")))


def translate(lake: Lake, old: Manifest, new: Manifest, given: Sequence[str]) -> pl.DataFrame:
    """What became of some ids.

    Args:
        lake: that holds both versions.
        old: version that the ids are of.
        new: version to translate to.
        given: ids, or names that only one node of `old` has.

    Returns:
        given, old, new (null where gone), change; several rows for a split, in the order given.

    Raises:
        UsageError: a word is neither an id nor a name in `old`, or several nodes have that name.
        LakeError: the dataset brings no nodes, or no id map leads from one version to the other.
    """
    if "node" not in old.files:
        parents = ", ".join(old.parents) or "none"
        raise LakeError(f"{old.reference} brings no nodes of its own", f"its nodes are those of: {parents}")
    node = lake.scan(old.dataset, "node", old.version).select("uid", "name").collect()
    wanted = pl.DataFrame({"given": list(given), "old": _uids(node, given, old.reference)}, schema_overrides=_TEXTS)
    between = pairs_between(lake, old, new)
    if between is None:
        held = lake.scan(new.dataset, "node", new.version).select(new="uid").collect() if "node" in new.files else None
        alive = pl.col("old").is_in(held.get_column("new").implode()) if held is not None else pl.lit(value=False)
        between = node.select(old="uid").with_columns(new=pl.when(alive).then("old"))
    return (
        wanted.with_row_index("order")
        .join(classified(between), on="old", how="left", maintain_order="left")
        .sort("order", "part")
        .select("given", "old", "new", "change")
    )


_TEXTS = {"given": pl.String(), "old": pl.String()}


def _uids(node: pl.DataFrame, given: Sequence[str], reference: str) -> list[str]:
    uids = set(node.get_column("uid").to_list())
    named: dict[str, list[str]] = {}
    for uid, name in node.iter_rows():
        named.setdefault(name, []).append(uid)
    found, wrong = [], []
    for word in given:
        of_name = named.get(word, [])
        if word in uids:
            found.append(word)
        elif len(of_name) == 1:
            found.append(of_name[0])
        elif of_name:
            wrong.append(f"{word!r} is the name of {', '.join(of_name)}")
        else:
            wrong.append(f"{word!r} is no id or name" + _nearest(word, [*uids] if "/" in word else [*named]))
    if wrong:
        raise UsageError(f"{reference}: " + "; ".join(wrong), "ids are those of the version that --from names")
    return found


def _nearest(word: str, known: list[str]) -> str:
    if len(known) > _TOO_MANY:
        stem = word[: max(3, len(word) - 3)]
        known = [each for each in known if each.startswith(stem)][:_TOO_MANY]
    near = get_close_matches(word, sorted(known), n=3)
    return f" (did you mean {' or '.join(near)}?)" if near else ""


_TOO_MANY = 20_000  # for a comparison letter by letter


def _since(lake: Lake, manifest: Manifest) -> list[str]:
    if "id_map" not in manifest.files:
        return []
    found = lake.scan(manifest.dataset, "id_map", manifest.version).select(pl.col("since").unique().sort()).collect()
    return found.get_column("since").to_list()


def _reached_from(lake: Lake, manifest: Manifest | None, before: dict[str, str]) -> list[str]:
    if manifest is None:  # a version that was collected: its own map went with it
        return []
    since = _since(lake, manifest)
    return since or [before[manifest.version]] if since or manifest.version in before else []
