"""What the networks of the lake hold, counted from its Parquet files: nodes, edges, weights, loops, decisions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import get_args

import polars as pl

from graphdb.lake import Lake, Manifest
from schemas import tables
from schemas.dataset import Action
from schemas.kinds import EDGE_KINDS

ACTIONS: tuple[str, ...] = get_args(Action)
_EDGE = ["network", "source", "target"]


@dataclass(frozen=True)
class NetworkCounts:
    """One network of a version.

    `nodes` are those with an edge, `pairs` pairs of nodes with one (fewer than edges where a kind has several edges
    between two nodes), `loops` edges of a node with itself; weights are sums, in `unit`, and `contacts` the sum of
    n_contacts: null where no edge has one. An undirected edge counts once, so a file that lists it in both directions
    holds 2 * edges - loops entries and 2 * weight - loop_weight.
    `decisions` are those of the whole dataset, by action.
    """

    dataset: str
    version: str
    network: str
    kind: str
    directed: bool
    unit: str | None
    nodes: int
    edges: int
    pairs: int
    weight: float | None
    contacts: int | None
    loops: int
    loop_weight: float | None
    decisions: dict[str, int]


def network_counts(
    lake: Lake, manifests: Iterable[Manifest], among: Sequence[str] | None = None
) -> Iterator[NetworkCounts]:
    """Counts of every network of some versions, in the order of the versions and of their network tables.

    Args:
        lake: where they are; files are read column by column, where needed.
        manifests: the versions.
        among: uids of nodes; only edges between two of them count, and networks over other node sets are left out.
    """
    sets = None if among is None else {uid.rpartition("/")[0] for uid in among}
    for manifest in manifests:
        networks = lake.read(manifest.dataset, "network", manifest.version)
        if sets is not None:
            networks = networks.filter(pl.col("node_set").is_in(list(sets)))
        if networks.is_empty():
            continue
        decisions = _decisions(lake, manifest)
        counted = {kind: _counted(lake, manifest, kind, among) for kind in networks.get_column("kind").unique()}
        for network in networks.iter_rows(named=True):
            numbers = counted[network["kind"]].get(network["uid"], _NOTHING)
            yield NetworkCounts(
                dataset=manifest.dataset,
                version=manifest.version,
                network=network["uid"].removeprefix(f"{manifest.dataset}/"),
                kind=network["kind"],
                directed=network["directed"],
                unit=network["weight_unit"],
                decisions=decisions,
                **numbers,
            )


_NOTHING = {"nodes": 0, "edges": 0, "pairs": 0, "weight": None, "contacts": None, "loops": 0, "loop_weight": None}


def _counted(lake: Lake, manifest: Manifest, kind: str, among: Sequence[str] | None) -> dict[str, dict[str, int]]:
    """The numbers of each network of a kind, by its uid."""
    edges = lake.scan(manifest.dataset, EDGE_KINDS[kind].name, manifest.version)
    if among is not None:
        edges = edges.filter(pl.col("source").is_in(list(among)), pl.col("target").is_in(list(among)))
    held, loop = tables.columns(kind), pl.col("source") == pl.col("target")
    weight, contacts = (pl.col(c) if c in held else pl.lit(None, pl.Float64) for c in ("weight", "n_contacts"))
    of_loops = weight.filter(loop) if "weight" in held else weight
    sums = edges.group_by("network").agg(
        edges=pl.len(), weight=_sum(weight), contacts=_sum(contacts), loops=loop.sum(), loop_weight=_sum(of_loops)
    )
    ends = pl.concat([edges.select("network", node=end) for end in ("source", "target")])
    found = [sums, _distinct(ends, "nodes")]
    if tables.key(kind) != _EDGE:
        found.append(_distinct(edges.select(_EDGE), "pairs"))
    first, *others = pl.collect_all(found, engine="streaming")
    for other in others:
        first = first.join(other, on="network")
    if "pairs" not in first.columns:
        first = first.with_columns(pairs="edges")
    return {row.pop("network"): row for row in first.to_dicts()}


def _sum(values: pl.Expr) -> pl.Expr:
    """A sum that is null where there is nothing to add."""
    return pl.when(values.count() > 0).then(values.sum())


def _distinct(rows: pl.LazyFrame, name: str) -> pl.LazyFrame:
    return rows.unique().group_by("network").agg(pl.len().alias(name))


def _decisions(lake: Lake, manifest: Manifest) -> dict[str, int]:
    taken = lake.scan(manifest.dataset, "decision", manifest.version).group_by("action").agg(pl.len()).collect()
    found = dict(taken.iter_rows())
    return {action: found.get(action, 0) for action in ACTIONS}
