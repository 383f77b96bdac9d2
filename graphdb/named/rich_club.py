"""Whether a network's hubs connect to each other more than their degrees alone would have it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import polars as pl

from graphdb.named.anchor import where
from graphdb.named.definition import REAL, WHOLE, Column, NamedQuery, Reader, Statement, label_of
from graphdb.named.edges import KIND_OF_TYPE, EdgeCriteria
from graphdb.named.partners import EDGE_COLUMNS
from schemas.errors import QueryError

MOST_EDGES = 200_000
_SWAPS_BETWEEN_CHECKS = 50_000
Edges = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class RichClubCriteria(EdgeCriteria):
    """Criteria of @rich-club."""

    samples: int = field(default=20, metadata={"help": "rewired networks to compare with", "between": (1, 1000)})
    swaps: int = field(default=10, metadata={"help": "swaps tried per edge and network", "between": (1, 100)})
    seed: int = field(default=1, metadata={"help": "of the rewiring", "between": (0, 2**32 - 1)})


def rich_club(criteria: RichClubCriteria, dialect: str) -> Statement:
    """Every edge between two nodes, once for each network."""
    said = [*criteria.conditions("r"), "a.uid <> b.uid"]
    cypher = (
        f"MATCH (a)-[r:{criteria.types}]->(b){where(said)} "
        f"RETURN a.uid AS source, b.uid AS target, {label_of('r', dialect)} AS edge, r.network AS network, "
        "r.dataset AS dataset"
    )
    return Statement(cypher, criteria.parameters)


def per_network(criteria: RichClubCriteria, reader: Reader) -> pl.DataFrame:
    """The coefficient of every degree of every network, beside that of rewired networks."""
    rows = reader.rows(rich_club(criteria, reader.dialect))
    kind = pl.col("edge").replace_strict(KIND_OF_TYPE, default=None, return_dtype=pl.String)
    ends = {
        "low": pl.min_horizontal("source", "target"),
        "high": pl.max_horizontal("source", "target"),
    }
    pairs = rows.with_columns(edge=kind, **ends).unique(["network", "edge", "low", "high"])
    found = []
    for (network, edge, dataset), block in pairs.sort("network", "edge", "low", "high").group_by(
        "network", "edge", "dataset", maintain_order=True
    ):
        said = {"network": network, "edge": edge, "dataset": dataset}
        found.append(
            _of_one(block, criteria, reader, str(network)).with_columns(**{k: pl.lit(v) for k, v in said.items()})
        )
    return pl.concat(found) if found else pl.DataFrame(schema={c.name: c.dtype for c in RICH_CLUB.columns})


def _of_one(block: pl.DataFrame, criteria: RichClubCriteria, reader: Reader, network: str) -> pl.DataFrame:
    if block.height > MOST_EDGES:
        raise QueryError(
            f"@rich-club rewires networks of up to {MOST_EDGES:,} pairs; {network} has {block.height:,}",
            "keep the strong ones with min_weight, or take the network from an export",
        )
    uids = pl.concat([block["low"], block["high"]]).unique().sort()
    place = pl.DataFrame({"uid": uids, "place": np.arange(len(uids))})
    ends = [
        block.select(pl.col(end).alias("uid"))
        .join(place, on="uid", how="left", maintain_order="left")["place"]
        .to_numpy()
        for end in ("low", "high")
    ]
    edges = np.stack(ends, axis=1)
    degree = np.bincount(edges.ravel(), minlength=len(uids))
    observed, n_nodes, n_edges = coefficients(edges, degree)
    random = np.random.default_rng(criteria.seed)
    samples = []
    for _ in range(criteria.samples):
        rewired_edges = rewired(edges, criteria.swaps * len(edges), random, reader.check_time)
        samples.append(coefficients(rewired_edges, degree)[0])
    rewired_phi = np.array(samples)
    mean = rewired_phi.mean(axis=0)
    normalised = np.divide(observed, mean, out=np.full_like(observed, np.nan), where=mean > 0)
    as_great = (rewired_phi >= observed - 1e-12).mean(axis=0)
    return pl.DataFrame(
        {
            "k": np.arange(len(observed)),
            "n_nodes": n_nodes,
            "n_edges": n_edges,
            "phi": observed,
            "phi_random": mean,
            "phi_normalised": normalised,
            "as_great": as_great,
        }
    ).with_columns(pl.col("phi_normalised").fill_nan(None))


def coefficients(edges: Edges, degree: Edges) -> tuple[npt.NDArray[np.float64], Edges, Edges]:
    """Rich-club coefficient of every k: the share of possible edges that exist among nodes of degree above k.

    Args:
        edges: pairs of node numbers, each pair once, no loops; (n_edges, 2).
        degree: degree of each node; (n_nodes,).

    Returns:
        Coefficient, nodes and edges for k = 0, 1, … while two nodes have a greater degree. Colizza et al. 2006.
    """
    poorer = np.minimum(degree[edges[:, 0]], degree[edges[:, 1]])
    ks = np.arange(np.sort(degree)[-2] if len(degree) > 1 else 0)
    n_nodes = np.array([(degree > k).sum() for k in ks], dtype=np.int64)
    n_edges = np.array([(poorer > k).sum() for k in ks], dtype=np.int64)
    return 2.0 * n_edges / (n_nodes * (n_nodes - 1.0)), n_nodes, n_edges


def rewired(edges: Edges, tries: int, random: np.random.Generator, check: Callable[[], None]) -> Edges:
    """The same degrees, other edges: two edges a-b, c-d become a-d, c-b where that makes no loop and no second edge.

    Maslov and Sneppen 2002. Node degrees are kept exactly; what a try would break is left as it was.
    """
    pairs = [(int(a), int(b)) for a, b in edges]
    taken = {(a, b) if a < b else (b, a) for a, b in pairs}
    done = 0
    while done < tries:
        check()
        n = min(_SWAPS_BETWEEN_CHECKS, tries - done)
        firsts, seconds = random.integers(0, len(pairs), (2, n)).tolist()
        flips = (random.random(n) < 0.5).tolist()  # noqa: PLR2004
        for first, second, flip in zip(firsts, seconds, flips, strict=True):
            _swap(pairs, taken, first, second, flip=flip)
        done += n
    return np.array(pairs, dtype=np.int64)


def _swap(pairs: list[tuple[int, int]], taken: set[tuple[int, int]], first: int, second: int, *, flip: bool) -> None:
    a, b = pairs[first]
    c, d = pairs[second]
    if flip:
        c, d = d, c
    if a == d or c == b:
        return
    one = (a, d) if a < d else (d, a)
    other = (c, b) if c < b else (b, c)
    if one == other or one in taken or other in taken:
        return
    taken -= {(a, b) if a < b else (b, a), (c, d) if c < d else (d, c)}
    taken |= {one, other}
    pairs[first], pairs[second] = one, other


RICH_CLUB = NamedQuery(
    "rich-club",
    "Rich-club coefficient of each network, beside networks rewired with the same degrees",
    RichClubCriteria,
    rich_club,
    {"dataset": "celegans/cook2019", "kind": "gap_junction", "min_weight": "5"},
    (
        Column("k", WHOLE, "the club: nodes of a degree above k"),
        Column("n_nodes", WHOLE, "nodes in the club"),
        Column("n_edges", WHOLE, "pairs of them that are joined"),
        Column("phi", REAL, "joined pairs over all pairs in the club"),
        Column("phi_random", REAL, "mean of phi over the rewired networks"),
        Column("phi_normalised", REAL, "phi over phi_random; above 1 where the rich join more than their degrees say"),
        Column("as_great", REAL, "share of the rewired networks whose phi is at least as great"),
        *EDGE_COLUMNS,
    ),
    about=(
        "Direction, weight and edges of a cell with itself are left out: two cells are joined or not. Rewiring swaps "
        "ends of random pairs of edges and keeps every degree; the seed fixes it. "
        f"Networks of up to {MOST_EDGES:,} pairs."
    ),
    plan=per_network,
)
