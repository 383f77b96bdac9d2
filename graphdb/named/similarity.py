"""How alike the partners of two cells are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import polars as pl

from graphdb.named.anchor import at_cells, where
from graphdb.named.cells import Cells
from graphdb.named.connectomes import DIGITS, REFERENCE, Network, networks_of, typed
from graphdb.named.definition import REAL, TEXT, WHOLE, Column, NamedQuery, Reader, Statement, edge_type
from schemas.errors import QueryError, UsageError
from schemas.kinds import EDGE_KINDS

# Only kinds of which one edge joins a pair in a network: the vectors have one entry for each partner.
KINDS = ("chemical", "gap_junction", "functional", "contact", "structural")
_ARROWS = {"out": (("-", "->"), ("<-", "-")), "in": (("<-", "-"), ("-", "->")), "any": (("-", "-"), ("-", "-"))}


@dataclass(frozen=True)
class SimilarityCriteria:
    """Criteria of @similarity."""

    cells: Cells = field(metadata={"help": "one cell, or a list or class of cells"})
    of: str = field(metadata={"help": REFERENCE, "reference": True})
    kinds: tuple[str, ...] = field(default=("chemical",), metadata={"help": "kinds of edge", "choices": KINDS})
    direction: str = field(
        default="both",
        metadata={
            "help": "out: alike in their targets; in: in their sources; both. Undirected kinds have one direction",
            "choices": ("out", "in", "both"),
        },
    )
    against: str = field(
        default="all",
        metadata={
            "help": "all: with every cell that shares a partner; list: among the cells given",
            "choices": ("all", "list"),
        },
    )
    measure: str = field(default="cosine", metadata={"help": "what to order by", "choices": ("cosine", "jaccard")})
    min_similarity: float | None = field(
        default=None, metadata={"help": "least value of the measure that orders", "between": (-1.0, 1.0)}
    )


def middles(kind: str, dialect: str) -> tuple[str, ...]:
    """What to write after the shared partner, one statement for each.

    Ladybug loses rows and conditions of a pattern that goes on from a node of several possible labels.
    """
    if dialect == "neo4j":
        return ("",)
    return tuple(f":`{label}`" for label in sorted({label for pair in EDGE_KINDS[kind].between for label in pair}))


def common(
    criteria: SimilarityCriteria, networks: tuple[Network, ...], way: str, dialect: str, middle: str = ""
) -> Statement:
    """Products of weights and counts over the partners that a cell shares with others.

    Args:
        criteria: the cells, and whether to compare them with all or among themselves.
        networks: of one kind; a partner in one network is another than the same cell in the next.
        way: out, in, or any for undirected edges.
        dialect: "ladybug" or "neo4j".
        middle: label of the partner, as `middles` writes it.
    """
    type_ = edge_type(networks[0].kind)
    there, back = _ARROWS[way]
    parameters: dict[str, object] = {"networks": [n.uid for n in networks]}
    pattern = f"{there[0]}[r:`{type_}`]{there[1]}(p{middle}){back[0]}[s:`{type_}`]{back[1]}(y)"
    said = ["r.network IN $networks", "s.network = r.network", "p.uid <> x.uid", "y.uid <> x.uid", "p.uid <> y.uid"]
    if criteria.against == "list":
        parameters["others"] = criteria.cells.uids
        said += ["y.uid IN $others", "x.uid < y.uid"]
    result = "RETURN x.uid AS uid, y.uid AS other_uid, sum(r.weight * s.weight) AS product, count(*) AS n_shared"
    return at_cells(criteria.cells, dialect, "x", pattern, said, result, parameters)


def sizes(criteria: SimilarityCriteria, networks: tuple[Network, ...], way: str, dialect: str) -> Statement:
    """Name, squared length and number of partners of every cell, or of those given where only they are compared."""
    start, end = _ARROWS[way][0]
    pattern = f"{start}[s:`{edge_type(networks[0].kind)}`]{end}(p)"
    said = ["s.network IN $networks", "p.uid <> y.uid"]
    result = "RETURN y.uid AS uid, y.name AS name, sum(s.weight * s.weight) AS square, count(*) AS n"
    parameters: dict[str, object] = {"networks": [n.uid for n in networks]}
    if criteria.against == "list":
        return at_cells(criteria.cells, dialect, "y", pattern, said, result, parameters)
    return Statement(f"MATCH (y){pattern}{where(said)} {result}", parameters)


def alike(pairs: pl.DataFrame, shared: pl.DataFrame, lengths: pl.DataFrame) -> pl.DataFrame:
    """Both measures for each pair.

    Args:
        pairs: uid, other_uid of the pairs to compare.
        shared: uid, other_uid, product, n_shared; rows of a pair, one for each kind and direction, are summed.
        lengths: uid, square, n; likewise.

    Returns:
        uid, other_uid, cosine, jaccard, n_shared, n, n_other; the measures are null where a cell has no partner.
    """
    key = ["uid", "other_uid"]
    sums = shared.group_by(key).agg(pl.col("product").sum(), pl.col("n_shared").sum())
    each = lengths.group_by("uid").agg(pl.col("square").sum(), pl.col("n").sum())
    other = each.rename({"uid": "other_uid", "square": "other_square", "n": "n_other"})
    joined = (
        pairs.join(sums, on=key, how="left")
        .join(each, on="uid", how="left")
        .join(other, on="other_uid", how="left")
        .with_columns(pl.col("product", "square", "other_square").fill_null(0.0))
        .with_columns(pl.col("n_shared", "n", "n_other").fill_null(0).cast(pl.Int64))
    )
    some = (pl.col("n") > 0) & (pl.col("n_other") > 0)
    cosine = pl.col("product") / (pl.col("square").sqrt() * pl.col("other_square").sqrt())
    jaccard = pl.col("n_shared") / (pl.col("n") + pl.col("n_other") - pl.col("n_shared"))
    return joined.with_columns(
        cosine=pl.when(some).then(cosine.round_sig_figs(DIGITS)),
        jaccard=pl.when(some).then(jaccard.round_sig_figs(DIGITS)),
    )


def _plan(criteria: SimilarityCriteria, reader: Reader) -> pl.DataFrame:
    uids = criteria.cells.uids
    if criteria.against == "list" and len(uids) < 2:  # noqa: PLR2004
        raise UsageError("one cell cannot be compared in itself", "give several cells, or against=all")
    shared, lengths = [], []
    for networks, way in _ways(criteria, reader):
        for middle in middles(networks[0].kind, reader.dialect):
            statement = common(criteria, networks, way, reader.dialect, middle)
            shared.append(typed(reader.rows(statement), _SHARED))
        lengths.append(typed(reader.rows(sizes(criteria, networks, way, reader.dialect)), _LENGTHS))
    length, found = pl.concat(lengths), pl.concat(shared)
    if not set(uids) & set(length.get_column("uid")):
        raise QueryError(
            f"{', '.join(criteria.cells.names)}: no partner in {criteria.of}", "choose other kinds, or another dataset"
        )
    listed = pl.DataFrame({"uid": sorted(uids)}, schema={"uid": pl.String})
    pairs = found.select("uid", "other_uid").unique()
    if criteria.against == "list":
        pairs = listed.join(listed.rename({"uid": "other_uid"}), how="cross").filter(
            pl.col("uid") < pl.col("other_uid")
        )
    names = {cell.uid: cell.name for cell in criteria.cells.found} | dict(length.select("uid", "name").iter_rows())
    named = alike(pairs, found, length).with_columns(
        pl.col(uid).replace_strict(names, default=None, return_dtype=pl.String).alias(name)
        for name, uid in (("cell", "uid"), ("other", "other_uid"))
    )
    least = criteria.min_similarity
    kept = named if least is None else named.filter(pl.col(criteria.measure) >= least)
    order = [criteria.measure, "cell", "other", "uid", "other_uid"]
    return kept.sort(order, descending=[True, *4 * [False]], nulls_last=True).select(c.name for c in _COLUMNS)


def _ways(criteria: SimilarityCriteria, reader: Reader) -> Iterator[tuple[tuple[Network, ...], str]]:
    for kind in criteria.kinds:
        networks = networks_of(reader, criteria.of, kind)
        for directed in sorted({n.directed for n in networks}):
            both = ("out", "in") if criteria.direction == "both" else (criteria.direction,)
            for way in both if directed else ("any",):
                yield tuple(n for n in networks if n.directed is directed), way


_SHARED: dict[str, pl.DataType] = {"uid": TEXT, "other_uid": TEXT, "product": REAL, "n_shared": WHOLE}
_LENGTHS: dict[str, pl.DataType] = {"uid": TEXT, "name": TEXT, "square": REAL, "n": WHOLE}
_COLUMNS = (
    Column("cell", TEXT, "one of the cells asked about"),
    Column("other", TEXT, "the cell that it is compared with"),
    Column("cosine", REAL, "of the two vectors of weights; null where one has no partner"),
    Column("jaccard", REAL, "partners of both / partners of either"),
    Column("n_shared", WHOLE, "partners of both"),
    Column("n", WHOLE, "partners of the cell"),
    Column("n_other", WHOLE, "partners of the other"),
    Column("uid", TEXT, "id of the cell"),
    Column("other_uid", TEXT, "id of the other"),
)

SIMILARITY = NamedQuery(
    "similarity",
    "Cells whose partners are most like those of a cell, by cosine or Jaccard",
    SimilarityCriteria,
    lambda criteria, dialect: common(
        criteria,
        (Network(criteria.of, criteria.of, "", criteria.kinds[0], directed=True, weight_unit=None),),
        {"both": "out"}.get(criteria.direction, criteria.direction),
        dialect,
        middles(criteria.kinds[0], dialect)[-1],
    ),
    {"cells": "AVAL", "of": "celegans/cook2019", "direction": "in"},
    columns=_COLUMNS,
    about="A cell is the vector of its weights with every partner, for each network, kind and direction asked for, one "
    "after the other; its connection with itself is left out. So a partner counts once as a target and once as a "
    "source, and once in each network. Compared with all, only cells that share a partner are listed.",
    plan=_plan,
)
