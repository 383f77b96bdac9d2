"""Structure against function: which connected pairs respond, and which responding pairs are connected."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from graphdb.named.connectomes import (
    DIGITS,
    REFERENCE,
    Network,
    edges_of,
    only_network,
    same_node_set,
    total,
    typed,
)
from graphdb.named.definition import FLAG, REAL, TEXT, WHOLE, Column, NamedQuery, Reader, Statement
from schemas.errors import QueryError

STRUCTURE = ("chemical", "gap_junction", "monoamine", "peptide", "contact", "structural")
SIGNIFICANT, WEAK, UNOBSERVED = "significant", "not significant", "not observed"
_PAIR = ["source_uid", "target_uid"]
_RESPONSE: dict[str, pl.DataType] = {
    **dict.fromkeys(("source_uid", "source", "target_uid", "target"), TEXT),
    "response": REAL,
    "q": REAL,
    "n_observations": WHOLE,
}
_RESPONSES = (SIGNIFICANT, WEAK, UNOBSERVED)


@dataclass(frozen=True)
class StructureFunctionCriteria:
    """Criteria of @structure-function and @structure-function-counts."""

    structure: str = field(metadata={"help": f"the connectome: {REFERENCE}; one network of each kind"})
    function: str = field(metadata={"help": "the functional network, likewise"})
    kinds: tuple[str, ...] = field(
        default=("chemical", "gap_junction"),
        metadata={"help": "kinds of edge that make a pair connected", "choices": STRUCTURE},
    )
    max_q: float | None = field(
        default=None,
        metadata={
            "help": "a response is significant with at most this false discovery rate; by default 0.05 where no least "
            "weight is given either",
            "between": (0.0, 1.0),
        },
    )
    min_abs_weight: float | None = field(
        default=None,
        metadata={"help": "a response is significant with at least this absolute weight", "between": (0.0, None)},
    )
    min_weight: float | None = field(default=None, metadata={"help": "least weight of a structural edge"})
    rows: tuple[str, ...] = field(
        default=_RESPONSES, metadata={"help": "which responses to list", "choices": _RESPONSES}
    )

    @property
    def q_limit(self) -> float | None:
        """The limit of q that applies."""
        return 0.05 if self.max_q is None and self.min_abs_weight is None else self.max_q


def responses(network: Network) -> Statement:
    """All pairs that a functional network holds, with weight, q and number of observations."""
    cypher = (
        "MATCH (a)-[r:`FUNCTIONAL`]->(b) WHERE r.network = $network "
        "RETURN a.uid AS source_uid, a.name AS source, b.uid AS target_uid, b.name AS target, r.weight AS response, "
        "r.q AS q, r.n_observations AS n_observations"
    )
    return Statement(cypher, {"network": network.uid})


def joined(structure: pl.DataFrame, function: pl.DataFrame, significant: pl.Expr) -> pl.DataFrame:
    """Every pair of two different cells that is connected or observed.

    Args:
        structure: source_uid, source, target_uid, target, kind, weight; pairs in the sense of the functional network.
        function: source_uid, source, target_uid, target, response, q, n_observations.
        significant: whether a row of `function` is.

    Returns:
        source_uid, target_uid, source, target, kinds (text, null where not connected), structure, n_kinds, observed,
        answer (one of the three), response, q, n_observations.
    """
    apart = pl.col("source_uid") != pl.col("target_uid")
    connected = (
        structure.filter(apart)
        .group_by(*_PAIR, "source", "target", "kind")
        .agg(total("weight"))
        .sort("kind")
        .group_by(*_PAIR, "source", "target", maintain_order=True)
        .agg(kinds=pl.col("kind").str.join(","), structure=total("weight"))
    )
    observed = function.filter(apart).with_columns(
        answer=pl.when(significant).then(pl.lit(SIGNIFICANT)).otherwise(pl.lit(WEAK))
    )
    both = connected.join(observed, on=[*_PAIR, "source", "target"], how="full", coalesce=True)
    return both.with_columns(pl.col("answer").fill_null(UNOBSERVED))


def undirected(edges: pl.DataFrame) -> pl.DataFrame:
    """The lesser uid first, to compare with a functional network without direction."""
    later = pl.col("source_uid") > pl.col("target_uid")
    swapped = {"source": "target", "target": "source", "source_uid": "target_uid", "target_uid": "source_uid"}
    return edges.with_columns(pl.when(later).then(pl.col(b)).otherwise(pl.col(a)).alias(a) for a, b in swapped.items())


def both_ways(edges: pl.DataFrame) -> pl.DataFrame:
    """An undirected edge as one in each direction, to compare with a directed functional network."""
    swapped = {"source": "target", "target": "source", "source_uid": "target_uid", "target_uid": "source_uid"}
    back = edges.filter(pl.col("source_uid") != pl.col("target_uid")).rename(swapped)
    return pl.concat([edges, back.select(edges.columns)])


def _pairs(criteria: StructureFunctionCriteria, reader: Reader) -> pl.DataFrame:
    function = only_network(reader, criteria.function, "functional")
    parts = []
    for kind in criteria.kinds:
        network = only_network(reader, criteria.structure, kind)
        same_node_set((Network(**{**vars(network), "directed": function.directed}), function))
        edges = edges_of(reader, kind, (network,), criteria.min_weight).drop("network")
        if not function.directed:
            edges = undirected(edges)
        elif not network.directed:
            edges = both_ways(edges)
        parts.append(edges.with_columns(kind=pl.lit(kind)))
    rows = typed(reader.rows(responses(function)), _RESPONSE)
    return joined(pl.concat(parts), rows, _significant(criteria, function, rows))


def _significant(criteria: StructureFunctionCriteria, function: Network, rows: pl.DataFrame) -> pl.Expr:
    said = pl.lit(value=True)
    if criteria.q_limit is not None:
        if rows.height and rows.get_column("q").null_count() == rows.height:
            raise QueryError(f"{function.uid} has no false discovery rates (q)", "give min_abs_weight instead of max_q")
        said &= (pl.col("q") <= criteria.q_limit).fill_null(value=False)
    if criteria.min_abs_weight is not None:
        said &= pl.col("response").abs() >= criteria.min_abs_weight
    return said


def _plan(criteria: StructureFunctionCriteria, reader: Reader) -> pl.DataFrame:
    found = _pairs(criteria, reader).filter(pl.col("answer").is_in(criteria.rows))
    rank = pl.col("answer").replace_strict({name: n for n, name in enumerate(_RESPONSES)}, return_dtype=pl.Int64)
    keys = [
        rank.alias("rank"),
        pl.col("response").abs().alias("size"),
        *(pl.col(c) for c in ("source", "target", *_PAIR)),
    ]
    ordered = found.sort(keys, descending=[False, True, *4 * [False]], nulls_last=True)
    return ordered.with_columns(connected=pl.col("kinds").is_not_null()).select(c.name for c in _COLUMNS)


def _counts_plan(criteria: StructureFunctionCriteria, reader: Reader) -> pl.DataFrame:
    found = _pairs(criteria, reader)
    if found.height == 0:
        raise QueryError("no pair is connected or observed", "lower min_weight")
    by_kinds = found.group_by("kinds", "answer").agg(n=pl.len().cast(pl.Int64))
    table = by_kinds.group_by("kinds").agg(
        *(pl.col("n").filter(pl.col("answer") == name).sum().alias(name.replace(" ", "_")) for name in _RESPONSES)
    )
    observed = pl.col("significant") + pl.col("not_significant")
    share = pl.when(observed > 0).then((pl.col("significant") / observed).round_sig_figs(DIGITS))
    # "Not observed" without a connection is every other pair of cells, which is no finding.
    unknown = pl.when(pl.col("kinds").is_not_null()).then("not_observed")
    whole = table.with_columns(structure=pl.col("kinds").fill_null("none"), not_observed=unknown, share=share)
    return whole.sort("kinds", nulls_last=True).select(c.name for c in _COUNTS)


_COLUMNS = (
    Column("source", TEXT, "pre, or stimulated; one end where the functional network is undirected"),
    Column("target", TEXT, "post, or responding; the other end"),
    Column("connected", FLAG, "whether an edge of the kinds joins them"),
    Column("kinds", TEXT, "the kinds that do; null for none"),
    Column("structure", REAL, "their summed weight"),
    Column("answer", TEXT, "significant, not significant or not observed"),
    Column("response", REAL, "weight of the functional edge; null where not observed"),
    Column("q", REAL, "its false discovery rate"),
    Column("n_observations", WHOLE, "how often the pair was observed"),
    Column("source_uid", TEXT, "id of the source"),
    Column("target_uid", TEXT, "id of the target"),
)
_COUNTS = (
    Column("structure", TEXT, "kinds that connect the pairs; none where observed without structure"),
    Column("significant", WHOLE, "pairs with a significant response"),
    Column("not_significant", WHOLE, "pairs observed without one"),
    Column("not_observed", WHOLE, "connected pairs that the functional network does not hold; null for none"),
    Column("share", REAL, "significant / observed"),
)
_ABOUT = (
    "A pair is connected from source to target; an undirected edge connects both ways. Where the functional network is "
    "undirected, pairs have no direction. Cells with themselves are left out. The graph holds the functional edges "
    "that their network's rule keeps (its parameters say it), so not observed means: not there. Weights of several "
    "kinds are summed in their own units. Needs a functional network over the connectome's own cells, such as a "
    "signal propagation atlas."
)
_EXAMPLE = {"structure": "celegans/cook2019", "function": "lab/responses"}


def _build(criteria: StructureFunctionCriteria, _dialect: str) -> Statement:
    return responses(Network(criteria.function, "", "", "functional", directed=True, weight_unit=None))


STRUCTURE_FUNCTION = NamedQuery(
    "structure-function",
    "Pairs of cells that are connected or respond, with the connection beside the response",
    StructureFunctionCriteria,
    _build,
    _EXAMPLE,
    columns=_COLUMNS,
    about=_ABOUT,
    plan=_plan,
)

STRUCTURE_FUNCTION_COUNTS = NamedQuery(
    "structure-function-counts",
    "How many connected and unconnected pairs of cells have a significant functional response",
    StructureFunctionCriteria,
    _build,
    _EXAMPLE,
    columns=_COUNTS,
    about=_ABOUT,
    plan=_counts_plan,
)
