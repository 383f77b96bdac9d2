"""Which cell is the mirror image of which."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import polars as pl

BY_CELL, BY_CLASS = "cell", "class"
RULE = (
    "Two cells mirror each other if they are of one node set, kind and class, one on the left and one on the right, "
    "and their names differ in one L and R (or l and r, left and right): AVAL and AVAR, dBWML1 and dBWMR1, PreCG.L "
    "and PreCG.R. Where the hemisphere is unknown only the last letter of a name tells the side. A cell without "
    "exactly one such partner counts as in the middle."
)
_WORDS = (("L", "R"), ("l", "r"), ("left", "right"), ("Left", "Right"), ("LEFT", "RIGHT"))
_Key = tuple[str, str, str | None, str]


def sides(nodes: pl.DataFrame, by: str) -> pl.DataFrame:
    """The unit and the side of every cell; mirror images are one unit on two sides.

    Args:
        nodes: uid, node_set, name, kind, class, hemisphere (L, R, M or null).
        by: BY_CELL, a cell and its mirror image are a unit, named with * for the letter that differs; or BY_CLASS, a
            unit is a class (a cell without a class is one by itself), its sides those of its cells.

    Returns:
        uid, name, unit, side (L, R or M), in the order of the nodes.
    """
    if by == BY_CLASS:
        of_class = pl.coalesce("class", "name").alias("unit")
        return nodes.select("uid", "name", of_class, side=pl.col("hemisphere").fill_null("M"))
    pairs = mirror_pairs(nodes)
    found = {}
    for left, right, unit in pairs:
        found[left], found[right] = (unit, "L"), (unit, "R")
    units = [found.get(uid, (name, "M")) for uid, name in nodes.select("uid", "name").iter_rows()]
    return nodes.select("uid", "name").with_columns(
        unit=pl.Series([unit for unit, _ in units], dtype=pl.String),
        side=pl.Series([side for _, side in units], dtype=pl.String),
    )


def mirror_pairs(nodes: pl.DataFrame) -> list[tuple[str, str, str]]:
    """Left uid, right uid and unit of every pair, by `RULE`."""
    known: dict[_Key, tuple[str, str | None]] = {
        (row["node_set"], row["kind"], row["class"], row["name"]): (row["uid"], row["hemisphere"])
        for row in nodes.iter_rows(named=True)
    }
    possible = []
    for (node_set, kind, class_, name), (uid, side) in known.items():
        for other, unit, last in _images(name):
            partner = known.get((node_set, kind, class_, other))
            if partner is None:
                continue
            stated = side == "L" and partner[1] == "R"
            silent = side is None and partner[1] is None and last
            if stated or silent:
                possible.append((uid, partner[0], unit))
    lefts, rights = Counter(left for left, _, _ in possible), Counter(right for _, right, _ in possible)
    return [pair for pair in possible if lefts[pair[0]] == 1 and rights[pair[1]] == 1 and pair[1] not in lefts]


def _images(name: str) -> Iterator[tuple[str, str, bool]]:
    """Names that are this one with one left made right, the unit's name, and whether only the last letter differs."""
    for left, right in _WORDS:
        start = name.find(left)
        while start >= 0:
            end = start + len(left)
            yield f"{name[:start]}{right}{name[end:]}", f"{name[:start]}*{name[end:]}", left == "L" and end == len(name)
            start = name.find(left, start + 1)
