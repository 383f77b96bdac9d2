"""Weights of whole connections beside their parts by region: compared, and never silently different."""

from __future__ import annotations

import polars as pl

from ingest.generic.edges import PAIR, Edges, read_edges
from ingest.generic.mapping import EdgeFile
from ingest.generic.table_file import ROW, OpenTable
from schemas.dataset import Decisions
from schemas.errors import Place

_TOLERANCE = 1e-9


def compared(file: EdgeFile, opened: OpenTable, edges: Edges, nodes: pl.DataFrame, decisions: Decisions) -> Edges:
    """The edges, after a look at the source's own totals; the sum of the parts counts where they differ.

    A pair that has a total and no part is an edge without parts.

    Raises:
        SourceError: a total differs, or is absent, and the mapping calls that an error; or a pair stands twice.
    """
    totals = read_edges(opened, nodes)
    if file.at_least is not None:
        totals = totals.filter(pl.col("weight") >= file.at_least)
    again = totals.filter(~pl.struct(PAIR).is_first_distinct()).select(ROW)
    opened.refuse(again, "pre", "the pair of this row stands in an earlier row too")
    both = totals.join(edges.pairs.select(*PAIR, parts="weight"), on=PAIR, how="left", maintain_order="left")
    _compare(file, opened, both, decisions)
    _missing(file, opened, edges, totals, decisions)
    whole = both.filter(pl.col("parts").is_null())
    if whole.height == 0:
        return edges
    place = Place(opened.path.name, row=int(whole[ROW][0]))
    reason = "they have a total and no part in any region (first row given)"
    decisions.add("kept", f"{whole.height} connections without regions", reason, place)
    pairs = pl.concat([edges.pairs.select(*PAIR, "weight"), whole.select(*PAIR, "weight")])
    return Edges(pairs, edges.parts)


def _compare(file: EdgeFile, opened: OpenTable, both: pl.DataFrame, decisions: Decisions) -> None:
    far = (pl.col("weight") - pl.col("parts")).abs() > _TOLERANCE * pl.col("weight")
    wrong = both.filter(far)
    if wrong.height == 0:
        return
    first = wrong.row(0, named=True)
    said = f"is not the sum of the parts by region, {first['parts']:g} in the first such row"
    if file.if_totals_differ == "error":
        hint = "`if_different: decision` under `totals` in the mapping file takes the sums"
        opened.refuse(wrong, "weight", said, hint)
    place = Place(opened.path.name, row=int(first[ROW]), column=opened.wanted["weight"])
    reason = f"{first['weight']:g} here, but the parts sum to {first['parts']:g}, which counts (first row given)"
    decisions.add("differs", f"{wrong.height} totals", reason, place)


def _missing(file: EdgeFile, opened: OpenTable, edges: Edges, totals: pl.DataFrame, decisions: Decisions) -> None:
    without = edges.pairs.join(totals.select(PAIR), on=PAIR, how="anti")
    if without.height == 0:
        return
    if file.if_totals_differ == "error":
        hint = "`if_different: decision` under `totals` in the mapping file takes the sums of the parts"
        said = f"{without.height} pairs of {file.table.names[0]} have no total here"
        opened.refuse(without.select(pl.lit(1).alias(ROW)).head(1), "pre", said, hint)
    item = f"{without.height} connections without a total"
    decisions.add("differs", item, "the parts by region count", Place(opened.path.name))
