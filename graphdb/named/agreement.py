"""How far connectomes agree, two by two: which pairs of cells they share, and whether they rank them alike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np
import polars as pl

from graphdb.named.compared import ByCriteria, Compared, compared, first_statement
from graphdb.named.connectomes import DIGITS
from graphdb.named.coverage import HOLDS
from graphdb.named.definition import REAL, TEXT, WHOLE, Column, NamedQuery, Reader
from graphdb.side_by_side import rank_correlation


@dataclass(frozen=True)
class AgreementCriteria(ByCriteria):
    """Criteria of @agreement."""

    cells: str = field(
        default="common",
        metadata={
            "help": "common: only edges between cells that both hold, so that a cell that one did not image is no "
            "disagreement; all: every edge",
            "choices": ("common", "all"),
        },
    )


def agreements(found: Compared, cells: str, reader: Reader) -> Iterator[dict[str, object]]:
    """A row for every two members.

    Args:
        found: the members side by side.
        cells: "common" or "all".
        reader: says when the time is over.
    """
    size = len(found.members)
    present = _matrix(found.pairs.select(pl.col(m).is_not_null() for m in found.members), size)
    known, held = (_matrix(frame, size) for frame in (found.held(), found.cells()))
    all_cells, shared_cells = held.sum(axis=0), held.T @ held
    if cells == "all":  # as if each network held the cells of both
        known = np.ones_like(known)
        shared_cells = all_cells[:, None] + all_cells[None, :] - shared_cells
    both, inside, whole = present.T @ present, present.T @ known, present.sum(axis=0)
    for i, j in combinations(range(size), 2):
        reader.check_time()
        a, b = found.members[i], found.members[j]
        either = inside[i, j] + inside[j, i] - both[i, j]
        pairs = found.pairs.select(a, b).drop_nulls()
        yield {
            "a": a,
            "b": b,
            "both": both[i, j],
            "only_a": inside[i, j] - both[i, j],
            "only_b": inside[j, i] - both[i, j],
            "jaccard": both[i, j] / either if either else None,
            "rank_correlation": rank_correlation(pairs[a], pairs[b]),
            "n_cells": shared_cells[i, j],
            "cells_left_out_a": max(0.0, all_cells[i] - shared_cells[i, j]),
            "cells_left_out_b": max(0.0, all_cells[j] - shared_cells[i, j]),
            "edges_left_out_a": whole[i] - inside[i, j],
            "edges_left_out_b": whole[j] - inside[j, i],
            "unit_a": found.units[i],
            "unit_b": found.units[j],
        }


def _matrix(flags: pl.DataFrame, width: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Flags as 0 and 1: products of such matrices count rows, exactly up to 2^53."""
    return flags.cast(pl.Float64).to_numpy().reshape(-1, width)


def _plan(criteria: AgreementCriteria, reader: Reader) -> pl.DataFrame:
    rows = list(agreements(compared(criteria, reader, criteria.by), criteria.cells, reader))
    frame = pl.DataFrame(rows, schema={c.name: pl.Float64() if c.dtype == WHOLE else c.dtype for c in _COLUMNS})
    return frame.with_columns(
        *(pl.col(c.name).cast(pl.Int64) for c in _COLUMNS if c.dtype == WHOLE),
        pl.col("jaccard", "rank_correlation").round_sig_figs(DIGITS),
    )


_COLUMNS = (
    Column("a", TEXT, "the one network, or dataset"),
    Column("b", TEXT, "the other"),
    Column("both", WHOLE, "pairs of cells with an edge in both"),
    Column("only_a", WHOLE, "pairs with an edge in a, not in b"),
    Column("only_b", WHOLE, "pairs with an edge in b, not in a"),
    Column("jaccard", REAL, "both / (both + only_a + only_b); null where there is no edge"),
    Column(
        "rank_correlation",
        REAL,
        "Spearman's, of the weights of the pairs in both, ties averaged; null for fewer than two different weights",
    ),
    Column("n_cells", WHOLE, "cells that count: those that both hold, or with cells=all that either holds"),
    Column("cells_left_out_a", WHOLE, "cells that a holds and b does not"),
    Column("cells_left_out_b", WHOLE, "cells that b holds and a does not"),
    Column("edges_left_out_a", WHOLE, "edges of a that touch a cell that b does not hold"),
    Column("edges_left_out_b", WHOLE, "edges of b that touch a cell that a does not hold"),
    Column("unit_a", TEXT, "what a's weights count"),
    Column("unit_b", TEXT, "what b's weights count"),
)

AGREEMENT = NamedQuery(
    "agreement",
    "How far connectomes agree, two by two: pairs of cells in both or one, Jaccard, rank correlation of weights",
    AgreementCriteria,
    first_statement,
    {"of": "celegans/cook2019,celegans/witvliet2021/stage7,celegans/witvliet2021/stage8"},
    columns=_COLUMNS,
    about=f"{HOLDS} So what touches a cell that only one holds is left out, and counted. A rank correlation asks only "
    "for the order of the weights: it may be taken of networks that count different things. The edges themselves: "
    "@shared-edges, @edge-difference.",
    plan=_plan,
)
