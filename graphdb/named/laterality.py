"""Left and right: which cell mirrors which, and how alike the connections of the two sides are."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from graphdb.named.connectomes import (
    DIGITS,
    REFERENCE,
    Network,
    edges_of,
    edges_statement,
    networks_of,
    total,
    typed,
)
from graphdb.named.definition import REAL, TEXT, WHOLE, Column, NamedQuery, Reader, Statement
from graphdb.named.mirror import BY_CELL, BY_CLASS, RULE, sides
from schemas.kinds import WEIGHTED_KINDS

_MIRROR = {"L": "R", "R": "L", "M": "M"}
_NODE = dict.fromkeys(("uid", "node_set", "name", "kind", "class", "hemisphere"), TEXT)
_ENDS = ("source", "source_side", "target", "target_side")


@dataclass(frozen=True)
class LeftRightCriteria:
    """Criteria of @left-right and @left-right-cells."""

    of: str = field(metadata={"help": REFERENCE, "reference": True})
    kind: str = field(default="chemical", metadata={"help": "kind of edge", "choices": WEIGHTED_KINDS})
    by: str = field(
        default=BY_CELL,
        metadata={
            "help": "cell: a cell and its mirror cell; class: all left and all right cells of a class",
            "choices": (BY_CELL, BY_CLASS),
        },
    )
    min_weight: float | None = field(default=None, metadata={"help": "least weight of an edge"})


def nodes_statement(node_sets: list[str]) -> Statement:
    """All cells and regions of some node sets, with what says their side."""
    cypher = (
        "MATCH (n:`Neuron`|`Muscle`|`Cell`|`Region`|`Channel`|`Unit`) WHERE n.node_set IN $node_sets "
        "RETURN n.uid AS uid, n.node_set AS node_set, n.name AS name, n.kind AS kind, n.`class` AS class, "
        "n.hemisphere AS hemisphere"
    )
    return Statement(cypher, {"node_sets": node_sets})


def mirrored_edges(edges: pl.DataFrame, units: pl.DataFrame, *, directed: bool) -> pl.DataFrame:
    """Each connection beside its mirror image.

    Args:
        edges: network, source_uid, target_uid, weight.
        units: uid, unit, side of every cell, from `graphdb.named.mirror.sides`.
        directed: whether source and target differ in meaning.

    Returns:
        network, source, target, relation, left, right, directed: the units, and the summed weights of a connection and
        of its mirror image (null where absent). Left is the one whose source, or target where the source is in the
        middle, is on the left. Connections that are their own mirror image (middle to middle; a cell with its mirror
        cell, where undirected) are left out.
    """
    plain = units.select("uid", "unit", "side")
    placed = (
        edges.select("network", "source_uid", "target_uid", "weight")
        .join(plain.rename({"uid": "source_uid", "unit": "source", "side": "source_side"}), on="source_uid")
        .join(plain.rename({"uid": "target_uid", "unit": "target", "side": "target_side"}), on="target_uid")
    )
    if not directed:
        placed = _lesser_first(placed)
    summed = placed.group_by("network", *_ENDS).agg(weight=total("weight"))
    image = summed.with_columns(pl.col("source_side", "target_side").replace_strict(_MIRROR, return_dtype=pl.String))
    if not directed:
        image = _lesser_first(image)
    both = summed.join(image.rename({"weight": "image"}), on=["network", *_ENDS], how="full", coalesce=True)
    # Each pair of images stands there twice, once from each; the left one is kept.
    first = pl.when(pl.col("source_side") != "M").then("source_side").otherwise("target_side")
    apart = pl.col("source_side") != pl.col("target_side")
    own = (pl.col("source") == pl.col("target")) & apart & (pl.lit(not directed))
    relation = (
        pl.when((pl.col("source_side") == "M") | (pl.col("target_side") == "M"))
        .then(pl.lit("midline"))
        .when(apart)
        .then(pl.lit("contralateral"))
        .otherwise(pl.lit("ipsilateral"))
    )
    return both.filter((first == "L") & ~own).select(
        "network", "source", "target", relation=relation, left="weight", right="image", directed=pl.lit(directed)
    )


def _lesser_first(frame: pl.DataFrame) -> pl.DataFrame:
    """The lesser unit first, so that an undirected pair has one form; of one unit, left before right."""
    later = (pl.col("source") > pl.col("target")) | (
        (pl.col("source") == pl.col("target")) & (pl.col("source_side") > pl.col("target_side"))
    )
    swapped = {"source": "target", "target": "source", "source_side": "target_side", "target_side": "source_side"}
    return frame.with_columns(pl.when(later).then(pl.col(b)).otherwise(pl.col(a)).alias(a) for a, b in swapped.items())


def asymmetry(left: pl.Expr, right: pl.Expr) -> pl.Expr:
    """(left - right) / (left + right), absent as 0: 1 only on the left, -1 only on the right; null where both are 0."""
    one, other = left.fill_null(0.0), right.fill_null(0.0)
    whole = one.abs() + other.abs()
    return pl.when(whole > 0).then(((one - other) / whole).round_sig_figs(DIGITS))


def _sided(criteria: LeftRightCriteria, reader: Reader) -> tuple[pl.DataFrame, pl.DataFrame]:
    networks = networks_of(reader, criteria.of, criteria.kind)
    nodes = typed(reader.rows(nodes_statement(sorted({n.node_set for n in networks}))), _NODE)
    units = sides(nodes, criteria.by)
    parts = []
    for directed in sorted({n.directed for n in networks}):
        some = tuple(n for n in networks if n.directed is directed)
        edges = edges_of(reader, criteria.kind, some, criteria.min_weight)
        parts.append(mirrored_edges(edges, units, directed=directed))
    return pl.concat(parts), units


def _plan(criteria: LeftRightCriteria, reader: Reader) -> pl.DataFrame:
    found, _ = _sided(criteria, reader)
    both = pl.col("left").is_not_null() & pl.col("right").is_not_null()
    present = pl.when(both).then(pl.lit("both")).when(pl.col("left").is_null()).then(pl.lit("right"))
    answer = found.with_columns(
        present=present.otherwise(pl.lit("left")), asymmetry=asymmetry(pl.col("left"), pl.col("right"))
    )
    # One name before and after: those with the greatest weight on one side only come first.
    apart = (pl.col("left").fill_null(0.0) - pl.col("right").fill_null(0.0)).abs()
    return answer.sort(
        apart.alias("apart"), "source", "target", "relation", "network", descending=[True, False, False, False, False]
    ).select(c.name for c in _CONNECTIONS)


def _cells_plan(criteria: LeftRightCriteria, reader: Reader) -> pl.DataFrame:
    found, units = _sided(criteria, reader)
    lateral = units.filter(pl.col("side") != "M")
    cells = lateral.group_by("unit").agg(
        pl.col("name").filter(pl.col("side") == side).sort().str.join(",").alias(f"{word}_cells")
        for side, word in (("L", "left"), ("R", "right"))
    )
    left, right = pl.col("left").fill_null(0.0), pl.col("right").fill_null(0.0)
    if found.height == 0:
        return pl.DataFrame(schema={c.name: c.dtype for c in _CELLS})
    counted = (
        pl.concat([_by_end(part, directed=directed) for (directed,), part in found.group_by("directed")])
        .group_by("network", "unit", "direction")
        .agg(
            both=_rows(pl.col("left").is_not_null() & pl.col("right").is_not_null()),
            left_only=_rows(pl.col("right").is_null()),
            right_only=_rows(pl.col("left").is_null()),
            left_weight=total("left"),
            right_weight=total("right"),
            apart=(left - right).abs().sum(),
            whole=(left.abs() + right.abs()).sum(),
        )
    )
    answer = counted.join(cells, on="unit").with_columns(
        asymmetry=asymmetry(pl.col("left_weight"), pl.col("right_weight")),
        difference=pl.when(pl.col("whole") > 0).then((pl.col("apart") / pl.col("whole")).round_sig_figs(DIGITS)),
    )
    return answer.sort("unit", "direction", "network").select(c.name for c in _CELLS)


def _by_end(found: pl.DataFrame, *, directed: bool) -> pl.DataFrame:
    """Connections from the view of each unit at an end: left and right are then the sides of that unit."""
    kept = ("network", "unit", "left", "right", "direction")
    crossed = pl.col("relation") == "contralateral"
    # Left is where the source is left; in a crossed connection the target is then on the right.
    turned = (
        pl.when(crossed).then("right").otherwise("left").alias("left"),
        pl.when(crossed).then("left").otherwise("right").alias("right"),
    )
    out = found.with_columns(unit="source", direction=pl.lit("out" if directed else "any")).select(kept)
    into = found if directed else found.filter(pl.col("source") != pl.col("target"))
    return pl.concat(
        [
            out,
            into.with_columns(unit="target", direction=pl.lit("in" if directed else "any"))
            .with_columns(*turned)
            .select(kept),
        ]
    )


def _rows(which: pl.Expr) -> pl.Expr:
    return which.sum().cast(pl.Int64)


_ASYMMETRY = "(left - right) / (left + right): 1 only on the left, -1 only on the right"
_CONNECTIONS = (
    Column("network", TEXT, "the network"),
    Column("source", TEXT, "the pair or class at the source, * for L or R; or a cell without a mirror cell"),
    Column("target", TEXT, "that at the target"),
    Column(
        "relation", TEXT, "ipsilateral (L-L and R-R), contralateral (L-R and R-L) or midline (one end in the middle)"
    ),
    Column("left", REAL, "weight where the source, or the target if the source is in the middle, is on the left"),
    Column("right", REAL, "weight of the mirror image"),
    Column("present", TEXT, "both, or left or right where it is on one side only"),
    Column("asymmetry", REAL, _ASYMMETRY),
)
_CELLS = (
    Column("network", TEXT, "the network"),
    Column("unit", TEXT, "the pair, * for L or R, or the class"),
    Column("direction", TEXT, "out, in, or any where the kind is undirected"),
    Column("left_cells", TEXT, "its cells on the left"),
    Column("right_cells", TEXT, "its cells on the right"),
    Column("both", WHOLE, "connections that have their mirror image"),
    Column("left_only", WHOLE, "connections of the left side alone"),
    Column("right_only", WHOLE, "connections of the right side alone"),
    Column("left_weight", REAL, "summed weight of the left side"),
    Column("right_weight", REAL, "summed weight of the right side"),
    Column("asymmetry", REAL, f"of the summed weights, {_ASYMMETRY}"),
    Column("difference", REAL, "sum of |left - right| over sum of left + right, connection by connection: 0 to 1"),
)
_ABOUT = (
    f"{RULE} By class, the sides are those of the cells' hemispheres. A connection between two cells in the middle "
    "has no mirror image and is left out, as is an undirected one of a cell with its own mirror cell."
)

LEFT_RIGHT = NamedQuery(
    "left-right",
    "Each connection beside its mirror image, the most different first",
    LeftRightCriteria,
    lambda criteria, _dialect: _all_edges(criteria),
    {"of": "celegans/cook2019"},
    columns=_CONNECTIONS,
    about=_ABOUT,
    plan=_plan,
)

LEFT_RIGHT_CELLS = NamedQuery(
    "left-right-cells",
    "Left-right pairs of cells, with how many connections the two share and how far their weights differ",
    LeftRightCriteria,
    lambda criteria, _dialect: _all_edges(criteria),
    {"of": "celegans/cook2019"},
    columns=_CELLS,
    about=_ABOUT,
    plan=_cells_plan,
)


def _all_edges(criteria: LeftRightCriteria) -> Statement:
    meant = Network(criteria.of, criteria.of, "", criteria.kind, directed=True, weight_unit=None)
    return edges_statement(criteria.kind, (meant,), criteria.min_weight)
