"""What differs between two connectomes: edges added, removed and changed."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from graphdb.named.connectomes import (
    DIGITS,
    PAIR,
    REFERENCE,
    Network,
    edges_of,
    edges_statement,
    only_network,
    same_node_set,
    total,
)
from graphdb.named.coverage import HOLDS, coverage_of, holding
from graphdb.named.definition import REAL, TEXT, WHOLE, Column, NamedQuery, Reader, Statement
from schemas.kinds import WEIGHTED_KINDS

CHANGES = ("added", "removed", "changed", "same")


@dataclass(frozen=True)
class EdgeDifferenceCriteria:
    """Criteria of @edge-difference and @edge-difference-counts."""

    a: str = field(metadata={"help": f"the first connectome: {REFERENCE}; one network of the kind", "reference": True})
    b: str = field(metadata={"help": "the second, likewise", "reference": True})
    kind: str = field(default="chemical", metadata={"help": "kind of edge", "choices": WEIGHTED_KINDS})
    changes: tuple[str, ...] = field(
        default=("added", "removed", "changed"),
        metadata={
            "help": "added (only in b), removed (only in a), changed (another weight) or same",
            "choices": CHANGES,
        },
    )
    cells: str = field(
        default="all",
        metadata={
            "help": "all; or common: only edges between cells that both hold, so that a cell that one did not image is "
            "no difference",
            "choices": ("all", "common"),
        },
    )
    min_weight: float | None = field(default=None, metadata={"help": "least weight of an edge in either"})
    min_change: float = field(
        default=0.0, metadata={"help": "least absolute change of weight, absent counting as 0", "between": (0.0, None)}
    )


def changes(edges: pl.DataFrame, a: str, b: str, held: pl.DataFrame | None = None) -> pl.DataFrame:
    """Every edge of either network with its weight in both.

    Args:
        edges: network, source_uid, source, target_uid, target, weight; several rows of a pair are summed.
        a: id of the first network.
        b: id of the second.
        held: network, uid, as_source, as_target: only edges that both networks hold count; None for all.

    Returns:
        source_uid, target_uid, source, target, weight_a, weight_b, change, difference (b - a, absent as 0).
    """
    weights = edges.group_by("network", *PAIR).agg(total("weight"))
    of = {name: weights.filter(pl.col("network") == uid) for name, uid in (("weight_a", a), ("weight_b", b))}
    if held is not None:
        for end in ("source", "target"):
            cells = [
                held.filter(f"as_{end}", pl.col("network") == uid).select(pl.col("uid").alias(f"{end}_uid"))
                for uid in (a, b)
            ]
            both = cells[0].join(cells[1], on=f"{end}_uid")
            of = {name: frame.join(both, on=f"{end}_uid", how="semi") for name, frame in of.items()}
    first, second = (frame.select(*PAIR, pl.col("weight").alias(name)) for name, frame in of.items())
    both_weights = first.join(second, on=PAIR, how="full", coalesce=True)
    change = (
        pl.when(pl.col("weight_a").is_null())
        .then(pl.lit("added"))
        .when(pl.col("weight_b").is_null())
        .then(pl.lit("removed"))
        .when(pl.col("weight_a") != pl.col("weight_b"))
        .then(pl.lit("changed"))
        .otherwise(pl.lit("same"))
    )
    difference = (pl.col("weight_b").fill_null(0.0) - pl.col("weight_a").fill_null(0.0)).round_sig_figs(DIGITS)
    return both_weights.with_columns(change=change, difference=difference)


def _found(criteria: EdgeDifferenceCriteria, reader: Reader) -> pl.DataFrame:
    networks = tuple(only_network(reader, of, criteria.kind) for of in (criteria.a, criteria.b))
    same_node_set(networks)
    each = tuple(dict.fromkeys(networks))
    held = None
    if criteria.cells == "common":
        whole = edges_of(reader, criteria.kind, each)
        held = holding(whole, coverage_of(reader, each))
        edges = whole if criteria.min_weight is None else whole.filter(pl.col("weight") >= criteria.min_weight)
    else:
        edges = edges_of(reader, criteria.kind, each, criteria.min_weight)
    found = changes(edges, networks[0].uid, networks[1].uid, held).filter(
        pl.col("change").is_in(criteria.changes) & (pl.col("difference").abs() >= criteria.min_change)
    )
    units = [pl.lit(n.weight_unit, pl.String).alias(f"unit_{name}") for n, name in zip(networks, "ab", strict=True)]
    return found.with_columns(units)


def _plan(criteria: EdgeDifferenceCriteria, reader: Reader) -> pl.DataFrame:
    found = _found(criteria, reader)
    size = pl.col("difference").abs().alias("size")
    keys = [size, pl.col("source"), pl.col("target"), pl.col("source_uid"), pl.col("target_uid")]
    return found.sort(keys, descending=[True, *4 * [False]]).select(c.name for c in _COLUMNS)


def _counts_plan(criteria: EdgeDifferenceCriteria, reader: Reader) -> pl.DataFrame:
    counted = (
        _found(criteria, reader)
        .group_by("change")
        .agg(n_edges=pl.len().cast(pl.Int64), weight_a=total("weight_a"), weight_b=total("weight_b"))
    )
    all_changes = pl.DataFrame({"change": [change for change in CHANGES if change in criteria.changes]})
    zero = pl.col("n_edges", "weight_a", "weight_b").fill_null(0)
    return all_changes.join(counted, on="change", how="left", maintain_order="left").with_columns(zero)


def _build(criteria: EdgeDifferenceCriteria, _dialect: str) -> Statement:
    both = tuple(Network(of, of, "", criteria.kind, directed=True, weight_unit=None) for of in (criteria.a, criteria.b))
    return edges_statement(criteria.kind, both, criteria.min_weight)


_COLUMNS = (
    Column("change", TEXT, "added, removed, changed or same"),
    Column("source", TEXT, "name of the source, or of one end where the kind is undirected"),
    Column("target", TEXT, "name of the target, or of the other end"),
    Column("weight_a", REAL, "weight in a, null where absent"),
    Column("weight_b", REAL, "weight in b, null where absent"),
    Column("difference", REAL, "weight in b - weight in a, absent as 0"),
    Column("unit_a", TEXT, "what a's weights count"),
    Column("unit_b", TEXT, "what b's weights count"),
    Column("source_uid", TEXT, "id of the source"),
    Column("target_uid", TEXT, "id of the target"),
)
_COUNTS = (
    Column("change", TEXT, "added, removed, changed or same"),
    Column("n_edges", WHOLE, "edges"),
    Column("weight_a", REAL, "their summed weight in a"),
    Column("weight_b", REAL, "their summed weight in b"),
)
_ABOUT = (
    "Compares two connectomes of the graph, which holds the current version of each dataset. Two versions of one "
    "dataset are compared in the lake: `connectome diff`. Weights of different units differ without meaning anything. "
    f"{HOLDS}"
)
_EXAMPLE = {"a": "celegans/witvliet2021/stage7", "b": "celegans/witvliet2021/stage8"}

EDGE_DIFFERENCE = NamedQuery(
    "edge-difference",
    "Edges that two connectomes do not have in common or weigh differently, the greatest change first",
    EdgeDifferenceCriteria,
    _build,
    _EXAMPLE,
    columns=_COLUMNS,
    about=_ABOUT,
    plan=_plan,
)

EDGE_DIFFERENCE_COUNTS = NamedQuery(
    "edge-difference-counts",
    "How many edges two connectomes have in common, and how many were added, removed and changed",
    EdgeDifferenceCriteria,
    _build,
    {**_EXAMPLE, "changes": "added,removed,changed,same"},
    columns=_COUNTS,
    about=_ABOUT,
    plan=_counts_plan,
)
