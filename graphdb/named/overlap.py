"""Edges found in n of m connectomes."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from graphdb.named.compared import ByCriteria, comparable, presence
from graphdb.named.connectomes import Network, edges_of, edges_statement, member_of
from graphdb.named.definition import TEXT, WHOLE, Column, NamedQuery, Reader
from schemas.errors import UsageError


@dataclass(frozen=True)
class SharedEdgesCriteria(ByCriteria):
    """Criteria of @shared-edges."""

    min_found: int = field(default=1, metadata={"help": "in how many an edge must be found", "between": (1, None)})


def _plan(criteria: SharedEdgesCriteria, reader: Reader) -> pl.DataFrame:
    networks = comparable(criteria.of, criteria.kind, criteria.by, reader)
    n_of = len(set(member_of(networks, criteria.by).values()))
    if criteria.min_found > n_of:
        raise UsageError(f"min_found {criteria.min_found} is more than the {n_of} compared", "give a lower one")
    edges = edges_of(reader, criteria.kind, networks, criteria.min_weight)
    found = presence(edges, networks, criteria.by).filter(pl.col("n_found") >= criteria.min_found)
    order = ["n_found", "source", "target", "source_uid", "target_uid"]
    first = [c.name for c in _COLUMNS]
    return found.sort(order, descending=[True, *4 * [False]]).select(*first, pl.exclude(first))


_COLUMNS = (
    Column("source", TEXT, "name of the source, or of one end where the kind is undirected"),
    Column("target", TEXT, "name of the target, or of the other end"),
    Column("n_found", WHOLE, "in how many it is found"),
    Column("n_of", WHOLE, "how many are compared"),
    Column("source_uid", TEXT, "id of the source"),
    Column("target_uid", TEXT, "id of the target"),
)

SHARED_EDGES = NamedQuery(
    "shared-edges",
    "Edges found in n of m connectomes, with the weight in each",
    SharedEdgesCriteria,
    lambda criteria, _dialect: edges_statement(
        criteria.kind,
        tuple(Network(of, of, "", criteria.kind, directed=True, weight_unit=None) for of in criteria.of),
        criteria.min_weight,
    ),
    {"of": "celegans/cook2019,celegans/witvliet2021/stage7,celegans/witvliet2021/stage8", "min_found": "2"},
    columns=_COLUMNS,
    open_columns="a column for each that is compared, with the edge's weight there; null where it is absent",
    about="Weights keep their units, which differ between sources. Absent may mean that a cell was not imaged.",
    plan=_plan,
)
