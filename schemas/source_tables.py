"""Tables of what a source saw, where it says so, and what it measured beside the cells."""

from __future__ import annotations

import dataframely as dy
import polars as pl

from schemas.columns import NAME
from schemas.columns import float_column as _float
from schemas.columns import text_column as _text
from schemas.columns import uid_column as _uid


def _name(meaning: str) -> dy.String:
    return dy.String(regex=NAME, primary_key=True, description=meaning)


class CoverageTable(dy.Schema):
    """A node that the source of a network could have seen connected: an absent edge of two such was looked for."""

    network = _uid("its network", primary_key=True)
    node = _uid("the node", primary_key=True)
    as_source = dy.Bool(description="whether its edges as source were looked for; as an end, where undirected")
    as_target = dy.Bool(description="whether its edges as target were looked for; as an end, where undirected")
    basis = _text("what in the source says so, e.g. a name in the margin of the matrix")

    @dy.rule()
    def looked_for_at_all(cls) -> pl.Expr:  # noqa: N805
        return pl.col("as_source") | pl.col("as_target")


class EdgeOriginTable(dy.Schema):
    """An entry of a file that went into an edge. Where an edge has rows here, they are all of its entries."""

    network = _uid("the edge's network", primary_key=True)
    source = _uid("the edge's source", primary_key=True)
    target = _uid("the edge's target", primary_key=True)
    entry = dy.Int64(primary_key=True, min=0, description="index among the entries of the edge, from 0")
    weight = _float("as the entry has it; null where it has none")
    file = _text("source file")
    sheet = _text("sheet or member of the file", nullable=True)
    row = dy.Int64(nullable=True, min=1, description="row in the file, counted from 1")
    column = _text("column", nullable=True)


class BindingTable(dy.Schema):
    """A ligand that activates a receptor, measured apart from the animal: what makes a route between cells possible."""

    ligand = _name("gene of the ligand, as in `peptide`")
    ligand_form = _name("which of the gene's products; the gene where it has one")
    receptor = _name("gene of the receptor, as in `peptide`")
    receptor_form = _name("which isoform of the receptor")
    ec50_molar = dy.Float64(min_exclusive=0, description="concentration of half the greatest activation")
    low_molar = dy.Float64(nullable=True, min_exclusive=0, description="lower end of its confidence interval")
    high_molar = dy.Float64(nullable=True, min_exclusive=0, description="upper end of its confidence interval")
    method = _text("how it was measured")
