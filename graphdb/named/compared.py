"""Several networks of one kind side by side: the weight of every pair of cells in each, and which cells each holds."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import polars as pl

from graphdb.named.connectomes import (
    PAIR,
    REFERENCE,
    Network,
    edges_of,
    edges_statement,
    member_of,
    networks_of,
    same_node_set,
    total,
    units_of,
)
from graphdb.named.coverage import coverage_of, holding
from graphdb.named.definition import Reader, Statement
from schemas.errors import UsageError
from schemas.kinds import WEIGHTED_KINDS

MOST = 500


@dataclass(frozen=True)
class ComparedCriteria:
    """Criteria that comparisons of several networks share."""

    of: tuple[str, ...] = field(
        metadata={"help": f"what to compare, with commas between; each the {REFERENCE}", "reference": True}
    )
    kind: str = field(default="chemical", metadata={"help": "kind of edge", "choices": WEIGHTED_KINDS})
    min_weight: float | None = field(
        default=None, metadata={"help": "least weight of an edge in a network; a lighter one counts as absent"}
    )


@dataclass(frozen=True)
class ByCriteria(ComparedCriteria):
    """Criteria of comparisons that may take a dataset for one."""

    by: str = field(
        default="network",
        metadata={
            "help": "network: every network counts by itself; dataset: the networks of a dataset are one, an edge's "
            "weight is the mean over them with 0 where it is absent",
            "choices": ("network", "dataset"),
        },
    )


@dataclass(frozen=True)
class Compared:
    """Networks beside each other.

    Args:
        members: what is compared, in order; ids of networks or of datasets.
        units: what the weights of each count, in the same order.
        pairs: source_uid, target_uid, source, target, and a column of weights for each member, null where absent.
        sources: uid, and a column for each member: whether it holds the cell as source.
        targets: likewise as target, of the same cells in the same order.
    """

    members: tuple[str, ...]
    units: tuple[str | None, ...]
    pairs: pl.DataFrame
    sources: pl.DataFrame
    targets: pl.DataFrame

    def held(self) -> pl.DataFrame:
        """For each pair, in order, and each member: whether it holds the pair."""
        ends = [
            self.pairs.select(uid=end).join(cells, on="uid", how="left", maintain_order="left").drop("uid")
            for end, cells in (("source_uid", self.sources), ("target_uid", self.targets))
        ]
        return pl.DataFrame([(ends[0][m] & ends[1][m]).fill_null(value=False) for m in self.members])

    def cells(self) -> pl.DataFrame:
        """For each cell and each member: whether it holds the cell, as source or target."""
        return pl.DataFrame([self.sources[m] | self.targets[m] for m in self.members])


def compared(criteria: ComparedCriteria, reader: Reader, by: str = "network") -> Compared:
    """Read the networks of a comparison; in the order given, those of one reference in the order of their numbers.

    Raises:
        QueryError: a reference is unknown, or the networks have nothing in common.
        UsageError: there are too few or too many, or a dataset's networks count different things.
    """
    networks = comparable(criteria.of, criteria.kind, by, reader)
    edges = edges_of(reader, criteria.kind, networks)
    return side_by_side(edges, networks, coverage_of(reader, networks), by, criteria.min_weight)


def comparable(of: tuple[str, ...], kind: str, by: str, reader: Reader) -> tuple[Network, ...]:
    """The networks of some references, which can be compared; each once.

    Raises:
        QueryError, UsageError: as `compared`.
    """
    found: dict[str, Network] = {}
    for reference in of:
        meant = networks_of(reader, reference, kind)
        found.update((n.uid, n) for n in sorted(meant, key=lambda n: _numbered(n.uid)))
    networks = tuple(found.values())
    same_node_set(networks)
    members = units_of(networks, by)
    if not 2 <= len(members) <= MOST:  # noqa: PLR2004
        raise UsageError(
            f"2 to {MOST} {by}s can be compared, not {len(members)}",
            "give several datasets or networks with commas between, or by=network for the networks of one dataset",
        )
    return networks


def side_by_side(
    edges: pl.DataFrame,
    networks: tuple[Network, ...],
    said: pl.DataFrame,
    by: str = "network",
    min_weight: float | None = None,
) -> Compared:
    """Networks whose edges were read.

    Args:
        edges: network, source_uid, source, target_uid, target, weight; several rows of a pair are summed.
        networks: all that are compared, also those without an edge.
        said: network, uid, as_source, as_target: what the networks' sources say that they cover.
        by: "network" or "dataset", what a member is.
        min_weight: lighter edges are absent, but their cells are held.
    """
    members, units = member_of(networks, by), units_of(networks, by)
    summed = edges.group_by("network", *PAIR).agg(total("weight"))
    heavy = summed if min_weight is None else summed.filter(pl.col("weight") >= min_weight)
    wide = presence(heavy, networks, by).drop("n_found", "n_of").sort("source", "target", "source_uid", "target_uid")
    named = holding(edges, said).with_columns(
        member=pl.col("network").replace_strict(members, return_dtype=pl.String),
    )
    uids = named.select("uid").unique().sort("uid")
    sources, targets = (
        uids.with_columns(
            pl.col("uid").is_in(named.filter(pl.col(flag) & (pl.col("member") == m))["uid"].implode()).alias(m)
            for m in units
        )
        for flag in ("as_source", "as_target")
    )
    return Compared(tuple(units), tuple(units.values()), wide, sources, targets)


def presence(edges: pl.DataFrame, networks: tuple[Network, ...], by: str) -> pl.DataFrame:
    """Pairs with the number of members that have them, and the weight in each.

    Args:
        edges: network, source_uid, source, target_uid, target, weight; several rows of a pair are summed.
        networks: all that are compared, also those without an edge.
        by: "network" or "dataset", what a member is.

    Returns:
        source_uid, target_uid, source, target, n_found, n_of, and a column for every member, null where absent.
    """
    of = member_of(networks, by)
    members = list(dict.fromkeys(of.values()))
    sizes = {member: list(of.values()).count(member) for member in members}
    named = edges.with_columns(member=pl.col("network").replace_strict(of, return_dtype=pl.String))
    weights = named.group_by(*PAIR, "member").agg(total("weight"))
    size = pl.col("member").replace_strict(sizes, return_dtype=pl.Int64)
    mean = weights.with_columns(weight=pl.col("weight") / size)
    wide = mean.pivot(on="member", index=PAIR, values="weight", on_columns=members, aggregate_function="first")
    found = pl.sum_horizontal(pl.col(member).is_not_null().cast(pl.Int64) for member in members)
    counts = (found.alias("n_found"), pl.lit(len(members), pl.Int64).alias("n_of"))
    return wide.select(*PAIR, *counts, *(pl.col(member) for member in members))


def first_statement(criteria: ComparedCriteria, _dialect: str) -> Statement:
    """The statement that reads the edges, as if each reference were a network."""
    named = tuple(Network(of, of, "", criteria.kind, directed=True, weight_unit=None) for of in criteria.of)
    return edges_statement(criteria.kind, named)


def _numbered(uid: str) -> list[tuple[str, int]]:
    """Sorts stage2 before stage10."""
    return [(text, int(number or 0)) for text, number in re.findall(r"(\D+)(\d*)", uid)]
