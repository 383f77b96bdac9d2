"""Several networks of one kind side by side: the weight of every pair of cells in each, and which cells each holds."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import polars as pl

from graphdb.named.connectomes import (
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
from graphdb.named.definition import Reader, Statement
from graphdb.named.overlap import MOST, PAIR, presence
from schemas.errors import UsageError
from schemas.kinds import EDGE_KINDS

KINDS = tuple(kind for kind in EDGE_KINDS if kind != "vessel")
HOLDS = (
    "A network holds a cell that has an edge of the kind in it, however light; a cell without one counts as not imaged "
    "there, and its absent edges say nothing."
)


@dataclass(frozen=True)
class ComparedCriteria:
    """Criteria that comparisons of several networks share."""

    of: tuple[str, ...] = field(
        metadata={"help": f"what to compare, with commas between; each the {REFERENCE}", "reference": True}
    )
    kind: str = field(default="chemical", metadata={"help": "kind of edge", "choices": KINDS})
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
        cells: uid, and a column for each member: whether it holds the cell.
    """

    members: tuple[str, ...]
    units: tuple[str | None, ...]
    pairs: pl.DataFrame
    cells: pl.DataFrame

    def held(self) -> pl.DataFrame:
        """For each pair, in order, and each member: whether it holds both cells."""
        ends = [
            self.pairs.select(uid=end).join(self.cells, on="uid", how="left", maintain_order="left").drop("uid")
            for end in ("source_uid", "target_uid")
        ]
        return pl.DataFrame([ends[0][member] & ends[1][member] for member in self.members])


def compared(criteria: ComparedCriteria, reader: Reader, by: str = "network") -> Compared:
    """Read the networks of a comparison; in the order given, those of one reference in the order of their numbers.

    Raises:
        QueryError: a reference is unknown, or the networks have nothing in common.
        UsageError: there are too few or too many, or a dataset's networks count different things.
    """
    networks = _chosen(criteria, reader)
    same_node_set(networks)
    members = tuple(dict.fromkeys(member_of(networks, by).values()))
    if not 2 <= len(members) <= MOST:  # noqa: PLR2004
        raise UsageError(
            f"2 to {MOST} {by}s can be compared, not {len(members)}",
            "give several datasets or networks with commas between, or by=network for the networks of one dataset",
        )
    units = units_of(networks, by)
    edges = edges_of(reader, criteria.kind, networks)
    return side_by_side(edges, networks, by, units, criteria.min_weight)


def side_by_side(
    edges: pl.DataFrame,
    networks: tuple[Network, ...],
    by: str = "network",
    units: dict[str, str | None] | None = None,
    min_weight: float | None = None,
) -> Compared:
    """Networks whose edges were read.

    Args:
        edges: network, source_uid, source, target_uid, target, weight; several rows of a pair are summed.
        networks: all that are compared, also those without an edge.
        by: "network" or "dataset", what a member is.
        units: by member; None to take the networks' own.
        min_weight: lighter edges are absent, but their cells are held.
    """
    members = member_of(networks, by)
    order = tuple(dict.fromkeys(members.values()))
    known = units_of(networks, by) if units is None else units
    summed = edges.group_by("network", *PAIR).agg(total("weight"))
    named = edges.select(
        "source_uid", "target_uid", member=pl.col("network").replace_strict(members, return_dtype=pl.String)
    )
    ends = pl.concat([named.select("member", uid=end) for end in ("source_uid", "target_uid")]).unique()
    uids = ends.select("uid").unique().sort("uid")
    holding = [pl.col("uid").is_in(ends.filter(pl.col("member") == m)["uid"].implode()).alias(m) for m in order]
    heavy = summed if min_weight is None else summed.filter(pl.col("weight") >= min_weight)
    wide = presence(heavy, networks, by).drop("n_found", "n_of").sort("source", "target", "source_uid", "target_uid")
    return Compared(order, tuple(known[m] for m in order), wide, uids.with_columns(holding))


def first_statement(criteria: ComparedCriteria, _dialect: str) -> Statement:
    """The statement that reads the edges, as if each reference were a network."""
    named = tuple(Network(of, of, "", criteria.kind, directed=True, weight_unit=None) for of in criteria.of)
    return edges_statement(criteria.kind, named)


def _chosen(criteria: ComparedCriteria, reader: Reader) -> tuple[Network, ...]:
    found: dict[str, Network] = {}
    for reference in criteria.of:
        meant = networks_of(reader, reference, criteria.kind)
        found.update((n.uid, n) for n in sorted(meant, key=lambda n: _numbered(n.uid)))
    return tuple(found.values())


def _numbered(uid: str) -> list[tuple[str, int]]:
    """Sorts stage2 before stage10."""
    return [(text, int(number or 0)) for text, number in re.findall(r"(\D+)(\d*)", uid)]
