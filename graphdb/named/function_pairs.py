"""Pairs of cells that are connected, that respond, or both."""

from __future__ import annotations

import polars as pl

from graphdb.named.connectomes import DIGITS, PAIR, Network, total
from graphdb.named.definition import REAL, TEXT, WHOLE, Statement

SIGNIFICANT, WEAK, UNOBSERVED = "significant", "not significant", "not observed"
ANSWERS = (SIGNIFICANT, WEAK, UNOBSERVED)
NONE, NOT_HELD = "none", "not held"
RESPONSE: dict[str, pl.DataType] = {
    **dict.fromkeys(("source_uid", "source", "target_uid", "target"), TEXT),
    "response": REAL,
    "q": REAL,
    "n_observations": WHOLE,
}
_SWAPPED = {"source": "target", "target": "source", "source_uid": "target_uid", "target_uid": "source_uid"}


def responses(network: Network) -> Statement:
    """All pairs that a functional network holds, with weight, q and number of observations."""
    cypher = (
        "MATCH (a)-[r:`FUNCTIONAL`]->(b) WHERE r.network = $network "
        "RETURN a.uid AS source_uid, a.name AS source, b.uid AS target_uid, b.name AS target, r.weight AS response, "
        "r.q AS q, r.n_observations AS n_observations"
    )
    return Statement(cypher, {"network": network.uid})


def joined(
    structure: pl.DataFrame, function: pl.DataFrame, networks: tuple[Network, ...], significant: pl.Expr
) -> pl.DataFrame:
    """Every pair of two different cells that is connected or observed.

    Args:
        structure: network, source_uid, source, target_uid, target, weight; pairs in the sense of the functional
            network.
        function: source_uid, source, target_uid, target, response, q, n_observations.
        networks: those of `structure`, also the ones without an edge.
        significant: whether a row of `function` is.

    Returns:
        source_uid, target_uid, source, target, kinds (text, null where not connected), structure and unit (null where
        several datasets, units, or networks of a kind are behind it), answer (one of the three), response, q,
        n_observations, and the weight in each network, null where absent.
    """
    apart = pl.col("source_uid") != pl.col("target_uid")
    said = {n.uid: (n.kind, n.dataset, n.weight_unit or n.uid) for n in networks}
    named = (
        pl.col("network").replace_strict({uid: each[i] for uid, each in said.items()}, return_dtype=pl.String)
        for i in range(3)
    )
    edges = structure.filter(apart).with_columns(**dict(zip(("kind", "dataset", "unit"), named, strict=True)))
    summed = edges.group_by(*PAIR, "network", "kind", "dataset", "unit").agg(total("weight")).sort("kind")
    alike = (
        (pl.col("unit").n_unique() == 1)
        & (pl.col("dataset").n_unique() == 1)
        & (pl.col("kind").n_unique() == pl.col("network").n_unique())
    )
    connected = summed.group_by(PAIR, maintain_order=True).agg(
        kinds=pl.col("kind").unique(maintain_order=True).str.join(","),
        structure=pl.when(alike).then(total("weight")),
        unit=pl.when(alike).then(pl.col("unit").first()),
    )
    uids = [n.uid for n in networks]
    weights = summed.pivot(on="network", index=PAIR, values="weight", on_columns=uids, aggregate_function="first")
    observed = function.filter(apart).with_columns(
        answer=pl.when(significant).then(pl.lit(SIGNIFICANT)).otherwise(pl.lit(WEAK))
    )
    both = connected.join(weights, on=PAIR).join(observed, on=PAIR, how="full", coalesce=True)
    return both.with_columns(
        pl.col("answer").fill_null(UNOBSERVED), unit=pl.when(~pl.col("unit").is_in(uids)).then("unit")
    )


def undirected(edges: pl.DataFrame) -> pl.DataFrame:
    """The lesser uid first, to compare with a functional network without direction."""
    later = pl.col("source_uid") > pl.col("target_uid")
    return edges.with_columns(pl.when(later).then(pl.col(b)).otherwise(pl.col(a)).alias(a) for a, b in _SWAPPED.items())


def both_ways(edges: pl.DataFrame) -> pl.DataFrame:
    """An undirected edge as one in each direction, to compare with a directed functional network."""
    back = edges.filter(pl.col("source_uid") != pl.col("target_uid")).rename(_SWAPPED)
    return pl.concat([edges, back.select(edges.columns)])


def with_held(pairs: pl.DataFrame, held: pl.DataFrame) -> pl.DataFrame:
    """The pairs with n_held: how many networks hold the pair.

    Args:
        pairs: source_uid, target_uid and more.
        held: network, uid, as_source, as_target, for each cell that the network holds.
    """
    ends = []
    for end, role in (("source_uid", "as_source"), ("target_uid", "as_target")):
        cells = held.filter(role).group_by("uid").agg(networks=pl.col("network"))
        joined_ = pairs.select(uid=end).join(cells, on="uid", how="left", maintain_order="left")
        ends.append(joined_.get_column("networks"))
    both = pl.select(pl.lit(ends[0]).list.set_intersection(pl.lit(ends[1])).list.len().fill_null(0).cast(pl.Int64))
    return pairs.with_columns(both.to_series().alias("n_held"))


def counts_of(pairs: pl.DataFrame) -> pl.DataFrame:
    """Pairs by the kinds that connect them and by the answer.

    Args:
        pairs: kinds, answer, n_held.

    Returns:
        structure, significant, not_significant, not_observed, share; by kinds, then none, then not held.
    """
    unconnected = pl.when(pl.col("n_held") > 0).then(pl.lit(NONE)).otherwise(pl.lit(NOT_HELD))
    named = pairs.with_columns(structure=pl.coalesce("kinds", unconnected))
    last = {NONE: 1, NOT_HELD: 2}
    table = named.group_by("structure").agg(
        *((pl.col("answer") == name).sum().cast(pl.Int64).alias(name.replace(" ", "_")) for name in ANSWERS)
    )
    observed = pl.col("significant") + pl.col("not_significant")
    share = pl.when(observed > 0).then((pl.col("significant") / observed).round_sig_figs(DIGITS))
    # "Not observed" without a connection is every other pair of cells, which is no finding.
    unknown = pl.when(~pl.col("structure").is_in(list(last))).then("not_observed")
    rank = pl.col("structure").replace_strict(last, default=0, return_dtype=pl.Int64)
    return table.with_columns(not_observed=unknown, share=share).sort(rank, "structure")
