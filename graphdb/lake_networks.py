"""Networks of the lake by what a person calls them, and which of them can be put side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import combinations, product

import polars as pl

from graphdb.lake import Lake, Manifest
from graphdb.side_by_side import Side
from graphdb.versions.reference import resolve
from schemas.errors import UsageError
from schemas.kinds import WEIGHTED_KINDS

_SHOWN = 8
_DATASET_PARTS = 2  # modality/name


@dataclass(frozen=True)
class Meant:
    """A network of a version; `label` is its uid, with the version where that is not the current one."""

    manifest: Manifest
    label: str
    uid: str
    kind: str
    node_set: str
    directed: bool
    unit: str | None


def networks_meant(lake: Lake, reference: str) -> list[Meant]:
    """The networks that a reference stands for, in the order of their table.

    Args:
        lake: where they are.
        reference: id of a dataset (all its networks), of a network, or the beginning of its networks' ids up to a /;
            the dataset may have a version (`celegans/cook2019@previous/chemical`).

    Raises:
        LakeError: there is no such dataset or version.
        UsageError: it has no such network; the hint names some that it has.
    """
    parts = reference.strip("/").split("/")
    manifest = resolve(lake, "/".join(parts[:_DATASET_PARTS]))
    known = lake.read(manifest.dataset, "network", manifest.version)
    start = "/".join([manifest.dataset, *parts[_DATASET_PARTS:]])
    found = known.filter((pl.col("uid") == start) | pl.col("uid").str.starts_with(f"{start}/"))
    if found.is_empty():
        ids = known["uid"].to_list()
        near = get_close_matches(start, ids, n=3, cutoff=0.5) or ids[:_SHOWN]
        hint = f"it has: {', '.join(near)}" if near else "`connectome counts` lists the networks of the lake"
        raise UsageError(f"{manifest.dataset} has no network {reference!r}", hint)
    current = lake.manifest(manifest.dataset).version == manifest.version
    versioned = manifest.dataset if current else manifest.reference
    rows = found.select("uid", "kind", "node_set", "directed", "weight_unit").iter_rows()
    return [Meant(manifest, versioned + uid.removeprefix(manifest.dataset), uid, *rest) for uid, *rest in rows]


def to_compare(
    lake: Lake, references: Sequence[str], kinds: Sequence[str] = ()
) -> tuple[list[tuple[Meant, Meant]], list[str]]:
    """Every network of a reference with every one of each later reference: of one kind and node set, once each.

    Args:
        lake: where they are.
        references: two or more, as `networks_meant` takes them.
        kinds: the kinds of edge wanted; all by default.

    Returns:
        The pairs, by kind; and remarks on kinds that cannot be compared.

    Raises:
        LakeError: as `networks_meant`.
        UsageError: as `networks_meant`; fewer than two references; a kind that is none; nothing to compare.
    """
    if len(references) < 2:  # noqa: PLR2004
        raise UsageError("two references are needed", "e.g. celegans/cook2019 celegans/witvliet2021/stage8")
    for kind in kinds:
        if kind not in WEIGHTED_KINDS:
            raise UsageError(f"no weights can be compared of kind {kind!r}", f"kinds: {', '.join(WEIGHTED_KINDS)}")
    meant = {reference: networks_meant(lake, reference) for reference in references}
    pairs: dict[frozenset[str], tuple[Meant, Meant]] = {}
    remarks = []
    for kind in kinds or WEIGHTED_KINDS:
        held = {reference: [n for n in found if n.kind == kind] for reference, found in meant.items()}
        holding = [found for found in held.values() if found]
        two = [pair for a, b in combinations(holding, 2) for pair in product(a, b) if _comparable(*pair)]
        for pair in two:
            pairs.setdefault(frozenset(network.label for network in pair), pair)
        if holding and not two:
            remarks.append(f"{kind} is not compared: {_why_not(held)}")
    if not pairs:
        raise UsageError("nothing can be compared", "; ".join(remarks) or "they hold no network with weights")
    return list(pairs.values()), remarks


def side(lake: Lake, meant: Meant) -> Side:
    """A network read from the lake; several edges of a pair, which differ in receptor or the like, are summed."""
    edges = _of_network(lake, meant, meant.kind).group_by("source", "target").agg(pl.col("weight").sum())
    coverage, origins = (_of_network(lake, meant, table).drop("network") for table in ("coverage", "edge_origin"))
    read = pl.collect_all([edges, coverage, origins])
    return Side(meant.label, meant.kind, meant.node_set, meant.directed, meant.unit, *read)


def _comparable(first: Meant, second: Meant) -> bool:
    same = (first.node_set, first.directed) == (second.node_set, second.directed)
    return same and first.label != second.label


def _of_network(lake: Lake, meant: Meant, table: str) -> pl.LazyFrame:
    found = lake.scan(meant.manifest.dataset, table, meant.manifest.version)
    return found.filter(pl.col("network") == meant.uid)


def _why_not(held: dict[str, list[Meant]]) -> str:
    without = [reference for reference, found in held.items() if not found]
    if without:
        return f"{', '.join(without)} {'has' if len(without) == 1 else 'have'} none"
    found = [n for networks in held.values() for n in networks]
    sets = sorted({n.node_set for n in found})
    if len(sets) > 1:
        return f"the networks are over different node sets ({', '.join(sets)})"
    return "some networks are directed, others not, or they are one and the same"
