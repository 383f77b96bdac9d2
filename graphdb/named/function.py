"""Structure against function: which connected pairs respond, and which responding pairs are connected."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import polars as pl

from graphdb.named.connectomes import (
    PAIR,
    REFERENCE,
    Network,
    edges_of,
    networks_meant,
    of_kind,
    only,
    only_network,
    same_node_set,
    typed,
)
from graphdb.named.coverage import HOLDS, coverage_of, holding
from graphdb.named.definition import FLAG, REAL, TEXT, WHOLE, Column, NamedQuery, Reader, Statement
from graphdb.named.function_pairs import (
    ANSWERS,
    NONE,
    NOT_HELD,
    RESPONSE,
    both_ways,
    counts_of,
    joined,
    responses,
    undirected,
    with_held,
)
from schemas.errors import QueryError, UsageError

USUAL = ("chemical", "gap_junction", "monoamine", "peptide")
STRUCTURE = ("chemical", "gap_junction", "monoamine", "peptide", "contact", "structural")
TOGETHER, EACH = "together", "each"


@dataclass(frozen=True)
class StructureFunctionCriteria:
    """Criteria that @structure-function and @structure-function-counts share."""

    structure: tuple[str, ...] = field(
        metadata={
            "help": "the connectomes, with commas between; each the "
            f"{REFERENCE}; one network of each kind. Synapses, monoamines and peptides may come from several",
            "reference": True,
        }
    )
    function: str = field(
        metadata={"help": f"the functional network: {REFERENCE}; one of kind functional", "reference": True}
    )
    kinds: tuple[str, ...] | None = field(
        default=None,
        metadata={
            "help": f"kinds of edge that make a pair connected; by default those of {', '.join(USUAL)} that there are",
            "choices": STRUCTURE,
        },
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

    @property
    def q_limit(self) -> float | None:
        """The limit of q that applies."""
        return 0.05 if self.max_q is None and self.min_abs_weight is None else self.max_q


@dataclass(frozen=True)
class StructureFunctionRowsCriteria(StructureFunctionCriteria):
    """Criteria of @structure-function."""

    rows: tuple[str, ...] = field(default=ANSWERS, metadata={"help": "which responses to list", "choices": ANSWERS})


@dataclass(frozen=True)
class StructureFunctionCountsCriteria(StructureFunctionCriteria):
    """Criteria of @structure-function-counts."""

    by: str = field(
        default=TOGETHER,
        metadata={
            "help": f"{TOGETHER}: a pair is connected where any of the connectomes connects it; {EACH}: a table for "
            "each connectome, such as each stage",
            "choices": (TOGETHER, EACH),
        },
    )


def structure_of(
    references: tuple[str, ...], kinds: tuple[str, ...] | None, function: Network, reader: Reader
) -> tuple[Network, ...]:
    """The structural networks, one of each kind for each reference.

    Raises:
        QueryError: a reference is unknown, has none of the kinds or several networks of one, or is over other cells.
        UsageError: no reference has one of the kinds that are asked for.
    """
    found: dict[str, Network] = {}
    missing = set(kinds or ())
    for reference in references:
        meant = networks_meant(reader, reference)
        having = {n.kind for n in meant}
        wanted = [kind for kind in kinds or USUAL if kind in having]
        if not wanted:
            raise QueryError(
                f"{reference} has no network of kind {', '.join(kinds or USUAL)}",
                f"it has: {', '.join(sorted(having))}",
            )
        missing -= having
        found.update((n.uid, n) for n in (only(of_kind(meant, reference, kind), reference) for kind in wanted))
    if missing:
        raise UsageError(
            f"none of {', '.join(references)} has a network of kind {', '.join(sorted(missing))}", "leave it out"
        )
    for network in found.values():
        same_node_set((replace(network, directed=function.directed), function))
    return tuple(found.values())


@dataclass(frozen=True)
class _Function:
    """The functional network, its responses, and which of them are significant."""

    network: Network
    rows: pl.DataFrame
    significant: pl.Expr


def _function(criteria: StructureFunctionCriteria, reader: Reader) -> _Function:
    network = only_network(reader, criteria.function, "functional")
    rows = typed(reader.rows(responses(network)), RESPONSE)
    return _Function(network, rows, _significant(criteria, network, rows))


def _pairs(
    criteria: StructureFunctionCriteria, networks: tuple[Network, ...], function: _Function, reader: Reader
) -> pl.DataFrame:
    """The rows of `joined` with n_held."""
    directed = function.network.directed
    parts, held, said = [], [], coverage_of(reader, networks)
    for network in networks:
        edges = edges_of(reader, network.kind, (network,))
        held.append(holding(edges, said.filter(pl.col("network") == network.uid)))
        if criteria.min_weight is not None:
            edges = edges.filter(pl.col("weight") >= criteria.min_weight)
        if not directed:
            edges = undirected(edges)
        elif not network.directed:
            edges = both_ways(edges)
        parts.append(edges)
    cells = pl.concat(held)
    if not directed:
        either = pl.col("as_source") | pl.col("as_target")
        cells = cells.with_columns(as_source=either, as_target=either)
    return with_held(joined(pl.concat(parts), function.rows, networks, function.significant), cells)


def _significant(criteria: StructureFunctionCriteria, function: Network, rows: pl.DataFrame) -> pl.Expr:
    said = pl.lit(value=True)
    if criteria.q_limit is not None:
        if rows.height and rows.get_column("q").null_count() == rows.height:
            raise QueryError(f"{function.uid} has no false discovery rates (q)", "give min_abs_weight instead of max_q")
        said &= (pl.col("q") <= criteria.q_limit).fill_null(value=False)
    if criteria.min_abs_weight is not None:
        said &= pl.col("response").abs() >= criteria.min_abs_weight
    return said


def _plan(criteria: StructureFunctionRowsCriteria, reader: Reader) -> pl.DataFrame:
    function = _function(criteria, reader)
    networks = structure_of(criteria.structure, criteria.kinds, function.network, reader)
    pairs = _pairs(criteria, networks, function, reader)
    found = pairs.filter(pl.col("answer").is_in(criteria.rows))
    rank = pl.col("answer").replace_strict({name: n for n, name in enumerate(ANSWERS)}, return_dtype=pl.Int64)
    keys = [
        rank.alias("rank"),
        pl.col("response").abs().alias("size"),
        *(pl.col(c) for c in ("source", "target", *PAIR[:2])),
    ]
    ordered = found.sort(keys, descending=[False, True, *4 * [False]], nulls_last=True)
    first = [c.name for c in _COLUMNS]
    return ordered.with_columns(connected=pl.col("kinds").is_not_null()).select(*first, *(n.uid for n in networks))


def _counts_plan(criteria: StructureFunctionCountsCriteria, reader: Reader) -> pl.DataFrame:
    function = _function(criteria, reader)
    asked = [criteria.structure] if criteria.by == TOGETHER else [(each,) for each in dict.fromkeys(criteria.structure)]
    parts = []
    for references in asked:
        networks = structure_of(references, criteria.kinds, function.network, reader)
        counted = counts_of(_pairs(criteria, networks, function, reader))
        parts.append(counted.with_columns(of=pl.lit(",".join(references))))
    whole = pl.concat(parts)
    if whole.height == 0:
        raise QueryError("no pair is connected or observed", "lower min_weight")
    return whole.select(c.name for c in _COUNTS)


_COLUMNS = (
    Column("source", TEXT, "pre, or stimulated; one end where the functional network is undirected"),
    Column("target", TEXT, "post, or responding; the other end"),
    Column("connected", FLAG, "whether an edge of the kinds joins them"),
    Column("kinds", TEXT, "the kinds that do; null for none"),
    Column(
        "structure",
        REAL,
        "their summed weight; null where several datasets, units, or networks of a kind are behind it",
    ),
    Column("unit", TEXT, "what it counts"),
    Column("answer", TEXT, "significant, not significant or not observed"),
    Column("response", REAL, "weight of the functional edge; null where not observed"),
    Column("q", REAL, "its false discovery rate"),
    Column("n_observations", WHOLE, "how often the pair was observed"),
    Column("n_held", WHOLE, "how many of the structural networks hold the pair: 0 where they say nothing of it"),
    Column("source_uid", TEXT, "id of the source"),
    Column("target_uid", TEXT, "id of the target"),
)
_COUNTS = (
    Column("of", TEXT, "the connectomes that count"),
    Column(
        "structure",
        TEXT,
        f"kinds that connect the pairs; {NONE} where observed without a connection, {NOT_HELD} where no structural "
        "network holds the pair",
    ),
    Column("significant", WHOLE, "pairs with a significant response"),
    Column("not_significant", WHOLE, "pairs observed without one"),
    Column("not_observed", WHOLE, "connected pairs that the functional network does not hold; else null"),
    Column("share", REAL, "significant / observed"),
)
_ABOUT = (
    "A pair is connected from source to target; an undirected edge connects both ways. Where the functional network is "
    "undirected, pairs have no direction. Cells with themselves are left out. The graph holds the functional edges "
    f"that their network's rule keeps (its parameters say it), so not observed means: not there. {HOLDS} Where the "
    "functional network is undirected, a cell that a structural network holds in one direction counts as held in both. "
    "Weights that count different things are not added. Needs a functional network over the connectomes' own cells, "
    "such as a signal propagation atlas, or correlations of recordings (`connectome correlate`)."
)
_EXAMPLE = {"structure": "celegans/cook2019,celegans/bentley2016", "function": "celegans/randi2023/wt"}


def _build(criteria: StructureFunctionCriteria, _dialect: str) -> Statement:
    return responses(Network(criteria.function, "", "", "functional", directed=True, weight_unit=None))


STRUCTURE_FUNCTION = NamedQuery(
    "structure-function",
    "Pairs of cells that are connected or respond, with the connection beside the response",
    StructureFunctionRowsCriteria,
    _build,
    _EXAMPLE,
    columns=_COLUMNS,
    open_columns="a column for each structural network: the weight there; null where absent",
    about=_ABOUT,
    plan=_plan,
)

STRUCTURE_FUNCTION_COUNTS = NamedQuery(
    "structure-function-counts",
    "How many connected and unconnected pairs of cells have a significant functional response",
    StructureFunctionCountsCriteria,
    _build,
    _EXAMPLE,
    columns=_COUNTS,
    about=_ABOUT,
    plan=_counts_plan,
)
