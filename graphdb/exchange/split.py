"""A split of nodes into train, validation and test that keeps together what is alike: blocks of space, else classes."""

from __future__ import annotations

import hashlib
from enum import StrEnum

import polars as pl

PARTS = ("train", "validation", "test")
_BLOCKS = 8
_AXES = ("x", "y", "z")


class SplitRule(StrEnum):
    """What stays together."""

    SPACE = "space"
    CLASS = "class"
    NODE = "node"


def node_split(
    nodes: pl.DataFrame, shares: tuple[float, float, float] = (0.8, 0.1, 0.1), seed: int = 0
) -> tuple[SplitRule, pl.DataFrame]:
    """Put whole groups of nodes into parts, in the order of a seeded hash of the group.

    Nodes with positions are grouped by blocks of space (8 along the longest axis), since neighbours share vessels and
    synapses; else by class, so that left and right twins stay together; else each stands alone.

    Args:
        nodes: rows of the node table.
        shares: of train, validation, test; parts are filled in this order, whole groups at a time.
        seed: of the order.

    Returns:
        The rule used; uid and part, sorted by uid.
    """
    rule, group = _groups(nodes)
    grouped = nodes.select("uid", group.alias("group"))
    sizes = grouped.group_by("group").len("n").sort("group")
    order = [hashlib.sha256(f"{seed}/{name}".encode()).digest() for name in sizes.get_column("group").to_list()]
    sizes = sizes.with_columns(order=pl.Series(order, dtype=pl.Binary)).sort("order")
    before = sizes.get_column("n").cum_sum() - sizes.get_column("n")
    position = before / max(nodes.height, 1)
    part = (
        pl.when(position < shares[0])
        .then(pl.lit(PARTS[0]))
        .when(position < shares[0] + shares[1])
        .then(pl.lit(PARTS[1]))
        .otherwise(pl.lit(PARTS[2]))
    )
    assigned = sizes.with_columns(part=part).select("group", "part")
    return rule, grouped.join(assigned, on="group").select("uid", "part").sort("uid")


def _groups(nodes: pl.DataFrame) -> tuple[SplitRule, pl.Expr]:
    for unit in ("um", "mm"):
        columns = [f"{axis}_{unit}" for axis in _AXES]
        if nodes.height and not any(nodes.get_column(c).null_count() for c in columns):
            return SplitRule.SPACE, _blocks(nodes, columns)
    if nodes.get_column("class").null_count() < nodes.height:
        return SplitRule.CLASS, pl.coalesce("class", "uid")
    return SplitRule.NODE, pl.col("uid")


def _blocks(nodes: pl.DataFrame, columns: list[str]) -> pl.Expr:
    lowest = {c: float(nodes.get_column(c).min()) for c in columns}  # type: ignore[arg-type]
    extent = max(float(nodes.get_column(c).max()) - lowest[c] for c in columns)  # type: ignore[arg-type]
    edge = extent / _BLOCKS or 1.0
    numbers = [((pl.col(c) - lowest[c]) / edge).floor().clip(0, _BLOCKS - 1).cast(pl.Int64) for c in columns]
    return pl.concat_str([n.cast(pl.String) for n in numbers], separator="/")
