"""Which rows of two versions are the same thing: networks by name, nodes through the id maps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from graphdb.lake import Lake, Manifest
from graphdb.versions.id_map import inverse, units
from graphdb.versions.translation import pairs_between
from schemas.errors import LakeError, UsageError

_NO_UNITS = pl.DataFrame(schema={"side": pl.String, "id": pl.String, "unit": pl.String, "members": pl.UInt32})


@dataclass(frozen=True)
class Matching:
    """How the rows of two versions are brought together.

    Args:
        networks: columns kind, old, new (uids) and name, one row per pair of networks; None where each is matched with
            itself.
        node_pairs: what became of the ids of the dataset's own nodes; None where ids stayed.
        units: groups of node ids, of its own and its ancestors' nodes, whose id or number changed.
        undirected: uids of networks whose edges stand once, with source <= target.
        remarks: what a reader of the difference should know.
    """

    networks: pl.DataFrame | None = None
    node_pairs: pl.DataFrame | None = None
    units: pl.DataFrame = field(default_factory=_NO_UNITS.clear)
    undirected: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


def match(lake: Lake, old: Manifest, new: Manifest, networks: Mapping[str, str] | None = None) -> Matching:
    """Match two versions of one dataset, or one version each of two datasets.

    Networks of one dataset are matched by id. Those of two are matched by kind and name, which is the id without the
    dataset's; where both have only one of a kind, these two are matched whatever their names.

    Args:
        lake: that holds both.
        old: the version to start from.
        new: the version to go to.
        networks: names of networks of `old` to those of `new`, to compare these and no others.

    Raises:
        UsageError: two datasets have no networks in common, or `networks` names one that does not exist or cannot be
            compared.
    """
    before, after = _networks(lake, old), _networks(lake, new)
    remarks: list[str] = []
    pairs = _paired(before, after, old, new, networks or {}, remarks)
    if pairs is not None:
        remarks += _comparable(pairs)
    node_pairs, changed = _ids(lake, old, new, remarks)
    undirected = pl.concat([before, after]).filter(~pl.col("directed")).get_column("uid").unique().sort().to_list()
    shown = None if pairs is None else pairs.select("kind", "old", "new", "name")
    return Matching(shown, node_pairs, changed, tuple(undirected), tuple(remarks))


def _networks(lake: Lake, manifest: Manifest) -> pl.DataFrame:
    about = lake.scan(manifest.dataset, "network", manifest.version)
    wanted = ("uid", "kind", "node_set", "directed", "weight_unit")
    return about.select(*wanted, name=pl.col("uid").str.strip_prefix(f"{manifest.dataset}/")).sort("uid").collect()


def _paired(
    before: pl.DataFrame,
    after: pl.DataFrame,
    old: Manifest,
    new: Manifest,
    chosen: Mapping[str, str],
    remarks: list[str],
) -> pl.DataFrame | None:
    if chosen:
        return _chosen(before, after, old, new, chosen)
    if old.dataset == new.dataset:
        return None
    found = []
    for kind in sorted({*before.get_column("kind"), *after.get_column("kind")}):
        one, other = (side.filter(pl.col("kind") == kind) for side in (before, after))
        on = ["name"] if one.height != 1 or other.height != 1 else []
        pairs = one.join(other, on="name", suffix="_new") if on else one.join(other, how="cross", suffix="_new")
        found.append(_named(pairs))
        for side, manifest, column in ((one, old, "old"), (other, new, "new")):
            if rest := side.filter(~pl.col("uid").is_in(found[-1].get_column(column).implode())).height:
                remarks.append(f"{rest} {kind} network(s) of {manifest.reference} have no peer and are left out")
    pairs = pl.concat(found) if found else before.clear()
    if pairs.is_empty():
        raise UsageError(
            f"{old.reference} and {new.reference} have no network of one kind and name in common",
            f"pair some with --networks OLD=NEW; {_list(before, old)}; {_list(after, new)}",
        )
    shown = ", ".join(pairs.get_column("name").head(12)) + (" …" if pairs.height > 12 else "")  # noqa: PLR2004
    remarks.insert(0, f"edges are matched by node pair, kind and network name ({pairs.height} pairs: {shown})")
    return pairs


def _named(pairs: pl.DataFrame) -> pl.DataFrame:
    """Columns old, new and name of each pair, beside those to compare."""
    if "name_new" not in pairs.columns:
        pairs = pairs.with_columns(name_new="name")
    same = pl.col("name") == pl.col("name_new")
    name = pl.when(same).then("name").otherwise(pl.col("name") + "=" + pl.col("name_new"))
    kept = ("kind", "node_set", "node_set_new", "directed", "directed_new", "weight_unit", "weight_unit_new")
    return pairs.select(*kept, name.alias("name"), old="uid", new="uid_new")


def _chosen(
    before: pl.DataFrame, after: pl.DataFrame, old: Manifest, new: Manifest, chosen: Mapping[str, str]
) -> pl.DataFrame:
    found = []
    for first, second in chosen.items():
        sides = []
        for word, side, manifest in ((first, before, old), (second, after, new)):
            rows = side.filter(pl.col("name").is_in([word]) | pl.col("uid").is_in([word]))
            if rows.is_empty():
                raise UsageError(f"{manifest.reference} has no network {word!r}", _list(side, manifest))
            sides.append(rows)
        pair = sides[0].join(sides[1], how="cross", suffix="_new")
        if pair.item(0, "kind") != pair.item(0, "kind_new"):
            text = f"{first!r} is of kind {pair.item(0, 'kind')}, {second!r} of kind {pair.item(0, 'kind_new')}"
            raise UsageError(f"networks of two kinds cannot be compared: {text}", "pair networks of one kind")
        found.append(_named(pair))
    return pl.concat(found)


def _comparable(pairs: pl.DataFrame) -> Iterator[str]:
    apart = pairs.filter(pl.col("node_set") != pl.col("node_set_new"))
    for row in apart.head(1).iter_rows(named=True):
        raise UsageError(
            f"no node in common: {row['old']} is over {row['node_set']}, {row['new']} over {row['node_set_new']}",
            "compare networks over one node set",
        )
    mixed = pairs.filter(pl.col("directed") != pl.col("directed_new"))
    for row in mixed.head(1).iter_rows(named=True):
        which = row["old"] if row["directed"] else row["new"]
        raise UsageError(f"of {row['old']} and {row['new']} only {which} is directed", "compare two of one sort")
    for row in pairs.filter(pl.col("weight_unit").ne_missing(pl.col("weight_unit_new"))).iter_rows(named=True):
        yield f"{row['name']}: weights are in {row['weight_unit']} and in {row['weight_unit_new']}"


def _list(side: pl.DataFrame, manifest: Manifest) -> str:
    names = [f"{name} ({kind})" for name, kind in side.select("name", "kind").head(40).iter_rows()]
    return f"{manifest.dataset} has {', '.join(names) or 'no network'}"


def _ids(lake: Lake, old: Manifest, new: Manifest, remarks: list[str]) -> tuple[pl.DataFrame | None, pl.DataFrame]:
    """The map of the dataset's own nodes, and the units of all nodes that its edges may name."""
    before = {m.dataset: m for m in reversed([old, *lake.ancestors(old)])}
    own: pl.DataFrame | None = None
    found = [_NO_UNITS]
    for dataset, after in {m.dataset: m for m in reversed([new, *lake.ancestors(new)])}.items():
        earlier = before.get(dataset)
        if earlier is None or earlier.version == after.version or "node" not in earlier.files:
            continue
        if dataset != old.dataset:
            remarks.append(f"made from {earlier.reference} and {after.reference}, whose nodes may differ")
        pairs = _either_way(lake, earlier, after, remarks)
        if pairs is None:
            continue
        if dataset == old.dataset == new.dataset:
            own = pairs
        ids = lake.scan(dataset, "node", after.version).select("uid").collect().get_column("uid")
        found.append(_changed_units(pairs, ids))
    return own, pl.concat(found)


def _changed_units(pairs: pl.DataFrame, new_ids: pl.Series) -> pl.DataFrame:
    every = units(pairs, new_ids).with_columns(pl.col("members").cast(pl.UInt32))
    touched = every.filter((pl.col("id") != pl.col("unit")) | (pl.col("members") > 1)).get_column("unit").unique()
    return every.filter(pl.col("unit").is_in(touched.implode()))


def _either_way(lake: Lake, earlier: Manifest, after: Manifest, remarks: list[str]) -> pl.DataFrame | None:
    try:
        return pairs_between(lake, earlier, after)
    except LakeError as forward:
        try:
            back = pairs_between(lake, after, earlier)
        except LakeError:
            remarks.append(f"{forward.message}: ids are compared as they are")
            return None
    if back is None:
        return None
    ids = lake.scan(earlier.dataset, "node", earlier.version).select("uid").collect().get_column("uid")
    return inverse(back, ids)


def prepared(frame: pl.LazyFrame, key: Sequence[str], matching: Matching, side: str) -> pl.LazyFrame:
    """The rows under the names that both versions share: those of matched networks and of groups of ids.

    Rows that fall together are one: weights and counts are summed, and of the rest what all have in common stays.
    """
    columns = frame.collect_schema().names()
    networked = "network" in columns
    if matching.networks is not None and networked:
        pairs = matching.networks
        frame = frame.filter(pl.col("network").is_in(pairs.get_column(side).implode()))
    moved = [name for name in ("source", "target", "node") if name in columns]
    own = matching.units.filter(pl.col("side") == side)
    if moved and own.height:
        frame = _in_units(frame, key, moved, own, matching.undirected if networked else ())
    if matching.networks is not None and networked:
        pairs = matching.networks
        names = dict(pairs.select(side, "name").iter_rows())
        frame = frame.with_columns(pl.col("network").replace(names))
    return frame


def _in_units(
    frame: pl.LazyFrame, key: Sequence[str], moved: Sequence[str], own: pl.DataFrame, undirected: tuple[str, ...]
) -> pl.LazyFrame:
    renamed = own.filter(pl.col("id") != pl.col("unit"))
    if renamed.height:
        ids = (renamed.get_column("id"), renamed.get_column("unit"))
        frame = frame.with_columns(pl.col(name).replace(*ids) for name in moved)
        if undirected and "target" in moved:
            turned = pl.col("network").is_in(list(undirected)) & (pl.col("source") > pl.col("target"))
            frame = frame.with_columns(
                source=pl.when(turned).then("target").otherwise("source"),
                target=pl.when(turned).then("source").otherwise("target"),
            )
    grouped = own.filter(pl.col("members") > 1).get_column("unit").unique()
    if grouped.is_empty() or not any(name in key for name in moved):
        return frame
    touched = pl.any_horizontal(pl.col(name).is_in(grouped.implode()) for name in moved if name in key)
    return pl.concat([frame.filter(~touched), _summed(frame.filter(touched), key)])


_SUMMED = ("weight", "n_contacts", "n_observations")


def _summed(frame: pl.LazyFrame, key: Sequence[str]) -> pl.LazyFrame:
    columns = frame.collect_schema().names()
    found = []
    for name in (each for each in columns if each not in key):
        column = pl.col(name)
        if name in _SUMMED:
            found.append(pl.when(column.count() > 0).then(column.sum()).alias(name))
        else:
            found.append(pl.when(column.n_unique() == 1).then(column.first()).alias(name))
    return frame.group_by(list(key)).agg(found).select(columns)
