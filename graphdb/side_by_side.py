"""Two networks of one kind beside each other: what each says of every pair of nodes, and where that stands in its file.

No edge has two meanings: the source looked there and found none, or it could not have seen an end (`coverage`). Only
the first is a disagreement. A network that does not state its coverage leaves open which of them holds.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

EDGE, COVERED, NOT_IMAGED, NOT_STATED = "edge", "covered, no entry", "not imaged", "coverage not stated"
SIDES = ("first", "second")
_UNSTATED = "not stated"  # as in "membrane contact area, unit not stated"
_PAIR = ["source", "target"]
_PLACE = ["file", "sheet", "rows", "columns"]


@dataclass(frozen=True)
class Side:
    """One network of the lake.

    Args:
        network: its uid, with the version of its dataset where that is not the current one.
        kind: of its edges.
        node_set: that they join.
        directed: whether (a, b) is another pair than (b, a).
        unit: of the weights; None where none is stated.
        edges: source, target, weight; each pair once.
        coverage: node, as_source, as_target; empty where the network does not state it.
        origins: source, target, entry, file, sheet, row, column; empty where nothing is told.
    """

    network: str
    kind: str
    node_set: str
    directed: bool
    unit: str | None
    edges: pl.DataFrame
    coverage: pl.DataFrame
    origins: pl.DataFrame


@dataclass(frozen=True)
class Comparison:
    """Two networks and their pairs.

    Args:
        first: one network.
        second: the other.
        pairs: source, target; `first` and `second`: weights, null where there is no edge; `first_found` and
            `second_found`: EDGE, COVERED, NOT_IMAGED or NOT_STATED; `difference`: 0 or more, see `compare`, null where
            the pair cannot be compared.
    """

    first: Side
    second: Side
    pairs: pl.DataFrame

    @property
    def same_unit(self) -> bool:
        return same_unit(self.first, self.second)

    def totals(self) -> dict[str, object]:
        """One row: what is compared, how many pairs are where, and how the weights of common pairs go together.

        `both` pairs have an edge on both sides (`equal` of them the same weight, null where the units differ). `only_…`
        pairs have one there, and the other side covers both ends and has none. `not_imaged_in_…` and `not_stated_in_…`
        pairs have an edge on the other side only, and that side did not cover an end, or does not say.
        """
        both = self.pairs.filter(pl.col("first_found") == EDGE, pl.col("second_found") == EDGE)
        return {
            "kind": self.first.kind,
            "first": self.first.network,
            "second": self.second.network,
            "both": both.height,
            "equal": both.filter(pl.col("first") == pl.col("second")).height if self.same_unit else None,
            "only_first": self._found("second", COVERED),
            "only_second": self._found("first", COVERED),
            "not_imaged_in_first": self._found("first", NOT_IMAGED),
            "not_imaged_in_second": self._found("second", NOT_IMAGED),
            "not_stated_in_first": self._found("first", NOT_STATED),
            "not_stated_in_second": self._found("second", NOT_STATED),
            "rank_correlation": rank_correlation(both["first"], both["second"]),
            "first_unit": self.first.unit,
            "second_unit": self.second.unit,
            "differ_by": "weight" if self.same_unit else "rank",
        }

    def disagreements(self, limit: int | None = None) -> pl.DataFrame:
        """Pairs that the networks do not agree on, those that differ most first, with the places on both sides.

        Pairs that cannot be compared stand behind the others, heaviest first.

        Args:
            limit: most rows; None for all.

        Returns:
            kind, source, target (names), difference, and of each side `…_weight`, `…_found`, `…_file`, `…_sheet` (of an
            absent edge those of the whole network), `…_rows`, `…_columns` (lists, one item for each entry).
        """
        apart = self.pairs.filter(pl.col("difference").is_null() | (pl.col("difference") > 0))
        heaviest = pl.max_horizontal("first", "second")
        rows = apart.sort("difference", heaviest, *_PAIR, descending=[True, True, False, False], nulls_last=True)
        rows = rows if limit is None else rows.head(limit)
        for name, side in zip(SIDES, (self.first, self.second), strict=True):
            rows = _with_places(rows, name, side.origins)
        names = [pl.col(end).str.split("/").list.last() for end in _PAIR]
        both = [f"{side}_{name}" for name in ("weight", "found") for side in SIDES]
        places = [f"{side}_{name}" for side in SIDES for name in _PLACE]
        renamed = rows.rename({side: f"{side}_weight" for side in SIDES})
        return renamed.select(pl.lit(self.first.kind).alias("kind"), *names, *both, "difference", *places)

    def _found(self, side: str, word: str) -> int:
        return self.pairs.filter(pl.col(f"{side}_found") == word).height


def compare(first: Side, second: Side) -> Comparison:
    """Put two networks of one kind over one node set side by side.

    A pair can be compared where each side has an edge or covers both ends. `difference` is then that of the weights,
    none counting 0. Weights of different units have no difference: there it is that of the ranks, each as a share of
    the side's edges among the pairs that can be compared (1 is the heaviest, equal weights share their mean rank).
    """
    wide = first.edges.rename({"weight": "first"}).join(
        second.edges.rename({"weight": "second"}), on=_PAIR, how="full", coalesce=True
    )
    for name, side in zip(SIDES, (first, second), strict=True):
        wide = _with_state(wide, name, side.coverage)
    comparable = pl.all_horizontal(pl.col(f"{name}_found").is_in([EDGE, COVERED]) for name in SIDES)
    size = pl.col if same_unit(first, second) else _rank_share
    wide = wide.sort(_PAIR)
    sizes = wide.filter(comparable).select(*_PAIR, **{name: size(name).fill_null(0.0) for name in SIDES})
    apart = sizes.select(*_PAIR, difference=(pl.col("first") - pl.col("second")).abs())
    return Comparison(first, second, wide.join(apart, on=_PAIR, how="left", maintain_order="left"))


def same_unit(first: Side, second: Side) -> bool:
    """Whether weights may be subtracted: both state the same unit, and not that their sources state none."""
    return first.unit is not None and first.unit == second.unit and _UNSTATED not in first.unit


def rank_correlation(first: pl.Series, second: pl.Series) -> float | None:
    """Spearman's: Pearson's of the ranks, equal values with their mean rank; None where it is not defined."""
    ranks = pl.DataFrame({"first": first.rank("average"), "second": second.rank("average")})
    if ranks.height < 2 or 1 in (first.n_unique(), second.n_unique()):  # noqa: PLR2004
        return None
    return float(ranks.select(pl.corr("first", "second")).item())


def _with_state(wide: pl.DataFrame, name: str, coverage: pl.DataFrame) -> pl.DataFrame:
    """Adds `<name>_found`."""
    if coverage.is_empty():
        absent = pl.lit(NOT_STATED)
    else:
        seen = [pl.col(end).is_in(coverage.filter(f"as_{end}")["node"].implode()) for end in _PAIR]
        absent = pl.when(pl.all_horizontal(seen)).then(pl.lit(COVERED)).otherwise(pl.lit(NOT_IMAGED))
    found = pl.when(pl.col(name).is_not_null()).then(pl.lit(EDGE)).otherwise(absent)
    return wide.with_columns(found.alias(f"{name}_found"))


def _rank_share(name: str) -> pl.Expr:
    return pl.col(name).rank("average") / pl.col(name).count()


def _with_places(rows: pl.DataFrame, name: str, origins: pl.DataFrame) -> pl.DataFrame:
    """Adds `<name>_file`, `…_sheet`, `…_rows`, `…_columns`."""
    wanted = origins.join(rows.select(_PAIR), on=_PAIR, how="semi").sort(*_PAIR, "entry")
    places = wanted.group_by(_PAIR, maintain_order=True).agg(
        _distinct("file"), _distinct("sheet"), rows=pl.col("row"), columns=pl.col("column")
    )
    whole = origins.select(_distinct("file"), _distinct("sheet"))
    joined = rows.join(places, on=_PAIR, how="left", maintain_order="left")
    absent = pl.col(name).is_null()
    joined = joined.with_columns(
        pl.when(absent).then(pl.lit(whole[column].item(), pl.String)).otherwise(column).alias(column)
        for column in ("file", "sheet")
    )
    return joined.rename({column: f"{name}_{column}" for column in _PLACE})


def _distinct(column: str) -> pl.Expr:
    """Its values with commas between; null where there are none."""
    text = pl.col(column).drop_nulls().unique(maintain_order=True).str.join(", ")
    return pl.when(pl.col(column).count() > 0).then(text).alias(column)
