"""Edges of an edge list: rows of a file as sums over pairs, and over pairs and regions.

Ids become row numbers of the nodes as soon as they are read, so that millions of edges take a few bytes each.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from ingest.frames import complete
from ingest.generic.mapping import EdgeFile
from ingest.generic.nodes import check_ids, replaced
from ingest.generic.table_file import ROW, OpenTable
from schemas.dataset import Decisions
from schemas.errors import Place
from schemas.keys import key_codes
from schemas.kinds import EDGE_KINDS

ENDS = ("pre", "post")
PAIR = list(ENDS)
_FEW = ("region", "transmitter")


@dataclass(frozen=True)
class Edges:
    """Pairs, and their parts by region where the file has regions; ends are row numbers of the nodes."""

    pairs: pl.DataFrame
    parts: pl.DataFrame | None


def unknown_ids(opened: OpenTable, nodes: pl.DataFrame) -> list[tuple[OpenTable, str, pl.DataFrame]]:
    """Ids that edges name and no node has: for each end its ids, each once, with the first row of each."""
    found = []
    for column in ENDS:
        known = nodes.lazy().select(pl.col("id").alias(column))
        distinct = opened.rows().group_by(column).agg(pl.col(ROW).min())
        found.append((opened, column, opened.collect(distinct.join(known, on=column, how="anti"))))
    return found


def read_edges(opened: OpenTable, nodes: pl.DataFrame) -> pl.DataFrame:
    """All rows in their order, ends as row numbers of the nodes, weights checked.

    Raises:
        SourceError: an end is no node, a weight is absent, not finite, zero or negative.
    """
    lookup = nodes.lazy().select("id").with_row_index("node")
    lazy = opened.rows()
    for column in ENDS:
        found = lookup.select(pl.col("id").alias(column), pl.col("node").alias(f"{column}_node"))
        lazy = lazy.join(found, on=column, how="left")
    columns = [pl.col(name) for name in opened.table.columns if name not in ENDS]
    few = pl.selectors.by_name(*_FEW, require_all=False).cast(pl.Categorical)  # 4 bytes a row instead of 16
    ends = [pl.col(f"{column}_node").alias(column) for column in ENDS]
    rows = opened.collect(lazy.select(ROW, *ends, *columns).with_columns(few))
    if not rows[ROW].is_sorted():
        rows = rows.sort(ROW)
    _check_ends(opened, nodes, rows)
    _check_weights(opened, rows)
    return rows


def summed(file: EdgeFile, opened: OpenTable, rows: pl.DataFrame, nodes: pl.DataFrame, decisions: Decisions) -> Edges:
    """Rows of one pair (and region) become one; pairs below `at_least` are left out. Every change is a decision.

    Args:
        file: what the mapping says.
        opened: the file.
        rows: as `read_edges` gives them.
        nodes: as `read_nodes` gives them.
        decisions: told of every change.
    """
    if not EDGE_KINDS[file.kind].directed:
        rows = _undirected(file, opened, rows, nodes, decisions)
    if "region" not in rows.columns:
        pairs = _merged(opened, rows, PAIR, decisions)
        kept = _strong(file, opened, pairs, decisions)
        return Edges(kept, None)
    rows = replaced(rows, file.values, opened, decisions)
    rows = _with_regions(file, opened, rows, decisions)
    parts = _merged(opened, rows, [*PAIR, "region"], decisions)
    pairs, _ = _sums(parts, PAIR)
    kept = _strong(file, opened, pairs, decisions)
    if kept.height < pairs.height:
        parts = parts.join(kept.select(PAIR), on=PAIR, how="semi", maintain_order="left")
    return Edges(kept, parts)


def edge_table(file: EdgeFile, network: str, uids: pl.Series, pairs: pl.DataFrame) -> pl.DataFrame:
    """The table of the edges' kind; uids are gathered, so that they share their bytes with the nodes' table."""
    columns = [name for name in ("weight", "n_contacts") if name in pairs.columns]
    return complete(file.kind, _named(network, uids, pairs).select("network", "source", "target", *columns))


def region_table(network: str, uids: pl.Series, parts: pl.DataFrame) -> pl.DataFrame:
    """Table `chemical_region`."""
    columns = [name for name in ("region", "weight", "transmitter") if name in parts.columns]
    return complete("chemical_region", _named(network, uids, parts).select("network", "source", "target", *columns))


def _named(network: str, uids: pl.Series, frame: pl.DataFrame) -> pl.DataFrame:
    source, target = (uids.gather(frame.get_column(end)) for end in ENDS)
    return frame.with_columns(source.alias("source"), target.alias("target"), pl.lit(network).alias("network"))


def _check_ends(opened: OpenTable, nodes: pl.DataFrame, rows: pl.DataFrame) -> None:
    if not any(rows[column].null_count() for column in ENDS):
        return
    for _, column, unknown in unknown_ids(opened, nodes):
        check_ids(opened, unknown, column)
        hint = "`unknown_nodes: from_edges` in the mapping file makes nodes of them"
        opened.refuse(unknown, column, "is in no node file", hint)


def _check_weights(opened: OpenTable, rows: pl.DataFrame) -> None:
    weight = pl.col("weight")
    opened.refuse(rows.filter(weight.is_null()), "weight", "is empty, a number was expected")
    opened.refuse(rows.filter(~weight.is_finite()), "weight", "is no finite number")
    opened.refuse(rows.filter(weight <= 0), "weight", "is not greater than 0", "leave out edges that are none")
    if "n_contacts" in rows.columns:
        opened.refuse(rows.filter(pl.col("n_contacts") < 1), "n_contacts", "is less than 1", "leave the cell empty")


def _with_regions(file: EdgeFile, opened: OpenTable, rows: pl.DataFrame, decisions: Decisions) -> pl.DataFrame:
    absent = rows.filter(pl.col("region").is_null())
    if absent.height and file.empty_region is None:
        hint = "`empty_region: name` in the mapping file names the region of such rows"
        opened.refuse(absent, "region", "is empty, a region was expected", hint)
    if absent.height == 0:
        return rows
    place = Place(opened.path.name, row=absent[ROW][0], column=opened.wanted["region"])
    item = f"{absent.height} rows without a region"
    decisions.add("renamed", item, f"the mapping file names it {file.empty_region} (first row given)", place)
    named = pl.col("region").cast(pl.String).fill_null(pl.lit(file.empty_region)).cast(pl.Categorical)
    return rows.with_columns(named)


def _merged(opened: OpenTable, rows: pl.DataFrame, by: list[str], decisions: Decisions) -> pl.DataFrame:
    found, again = _sums(rows, by)
    if len(again):
        first = int(again.min())
        item = f"{len(again)} rows whose {', '.join(by)} stand in an earlier row"
        reason = "weights were added; what else they say is the first row's (first such row given)"
        decisions.add("merged", item, reason, Place(opened.path.name, row=int(rows[ROW][first])))
    return found


def _sums(rows: pl.DataFrame, by: list[str]) -> tuple[pl.DataFrame, np.ndarray]:
    """One row for each key, in the order of keys, and the indices of rows that were added to an earlier one.

    Added in the order of rows, so that the last bit of a sum never changes.
    """
    codes = key_codes(rows, by)
    order = np.argsort(codes, kind="stable")
    ordered = codes[order]
    new = np.ones(len(order), dtype=bool)
    new[1:] = ordered[1:] != ordered[:-1]
    starts = np.flatnonzero(new)
    found = rows[order[starts]]
    for name in ("weight", "n_contacts"):
        if name in rows.columns and len(starts) < len(order):
            column = rows[name][order]
            total = np.add.reduceat(column.fill_null(0).to_numpy(), starts)
            found = found.with_columns(pl.Series(name, total).replace(0, None))
    return found, order[~new]


def _strong(file: EdgeFile, opened: OpenTable, pairs: pl.DataFrame, decisions: Decisions) -> pl.DataFrame:
    if file.at_least is None:
        return pairs
    weak = pl.col("weight") < file.at_least
    dropped = pairs.filter(weak)
    if dropped.height:
        place = Place(opened.path.name, row=int(dropped[ROW].to_numpy().min()), column=opened.wanted["weight"])
        item = f"{dropped.height} pairs with a weight below {file.at_least:g}"
        decisions.add("dropped", item, "the mapping file keeps pairs `at_least` so strong (first row given)", place)
    return pairs.filter(~weak)


def _undirected(
    file: EdgeFile, opened: OpenTable, rows: pl.DataFrame, nodes: pl.DataFrame, decisions: Decisions
) -> pl.DataFrame:
    """Each pair with the lesser id first; one that stands in both directions needs the mapping's word."""
    rank = nodes["id"].rank("ordinal")
    ranks = {end: rank.gather(rows[end]) for end in ENDS}
    turned = ranks["pre"] > ranks["post"]
    pre, post = pl.col("pre"), pl.col("post")
    turn = pl.lit(turned)
    rows = rows.with_columns(
        pre=pl.when(turn).then(post).otherwise(pre), post=pl.when(turn).then(pre).otherwise(post), turned=turn
    )
    both = rows.filter(pl.col("turned")).join(rows.filter(~pl.col("turned")), on=PAIR, how="inner", suffix="_other")
    if both.height == 0 or file.mirrored == "sum":
        return rows.drop("turned")
    if file.mirrored is None:
        hint = "say `mirrored: once` (each edge stands twice) or `mirrored: sum` (both parts count) in the mapping file"
        opened.refuse(both.select(ROW), "pre", "the pair stands in the other direction too", hint)
    unequal = both.filter(pl.col("weight") != pl.col("weight_other"))
    opened.refuse(
        unequal, "weight", "differs from the weight in the other direction", "say `mirrored: sum`, or correct it"
    )
    place = Place(opened.path.name, row=int(both[ROW].to_numpy().min()))
    reason = "each edge stands in both directions, with equal weights (first such row given)"
    decisions.add("merged", f"{both.height} rows of the other direction", reason, place)
    return rows.join(both.select(ROW), on=ROW, how="anti", maintain_order="left").drop("turned")
