"""Which networks a question is about: a dataset, a part of one, or a single network, by their ids."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches

import polars as pl

from graphdb.named.definition import REAL, TEXT, Reader, Statement, edge_type
from schemas.errors import QueryError, UsageError

REFERENCE = "id of a dataset (all its networks), of a network, or the beginning of its networks' ids up to a /"
DIGITS = 12  # of a sum of weights: engines add in different orders, which moves the last bits
PAIR = ["source_uid", "target_uid", "source", "target"]
_SHOWN = 8


@dataclass(frozen=True)
class Network:
    """A network as the graph describes it."""

    uid: str
    dataset: str
    node_set: str
    kind: str
    directed: bool
    weight_unit: str | None


def networks_statement() -> Statement:
    """All networks of the graph."""
    return Statement(
        "MATCH (n:`Network`) RETURN n.uid AS uid, n.dataset AS dataset, n.node_set AS node_set, n.kind AS kind, "
        "n.directed AS directed, n.weight_unit AS weight_unit ORDER BY uid",
        {},
    )


def datasets_statement() -> Statement:
    """Ids of all datasets of the graph."""
    return Statement("MATCH (d:`Dataset`) RETURN d.uid AS uid ORDER BY uid", {})


def networks_of(reader: Reader, reference: str, kind: str) -> tuple[Network, ...]:
    """The networks of one kind that a reference stands for, by id.

    Args:
        reader: what a plan reads with.
        reference: id of a dataset or of a network, or the beginning of networks' ids.
        kind: kind of edge.

    Raises:
        QueryError: nothing has that id, or nothing of it is of that kind; the hint says what there is.
    """
    return of_kind(networks_meant(reader, reference), reference, kind)


def of_kind(meant: tuple[Network, ...], reference: str, kind: str) -> tuple[Network, ...]:
    """Those of one kind of the networks that a reference stands for.

    Raises:
        QueryError: none is of that kind; the hint says which kinds there are.
    """
    found = tuple(n for n in meant if n.kind == kind)
    if not found:
        kinds = ", ".join(sorted({n.kind for n in meant}))
        raise QueryError(f"{reference} has no network of kind {kind}", f"it has: {kinds}")
    return found


def networks_meant(reader: Reader, reference: str) -> tuple[Network, ...]:
    """The networks of every kind that a reference stands for, by id.

    Raises:
        QueryError: nothing has that id.
    """
    known = [Network(**row) for row in reader.rows(networks_statement()).iter_rows(named=True)]
    meant = tuple(n for n in known if reference in (n.dataset, n.uid) or n.uid.startswith(f"{reference}/"))
    if not meant:
        raise _unknown(reader, reference, known)
    return meant


def only_network(reader: Reader, reference: str, kind: str) -> Network:
    """The one network of a kind that a reference stands for.

    Raises:
        QueryError: as `networks_of`, or there are several.
    """
    return only(networks_of(reader, reference, kind), reference)


def only(found: tuple[Network, ...], reference: str) -> Network:
    """The one of a reference's networks of one kind.

    Raises:
        QueryError: there are several.
    """
    if len(found) > 1:
        kind = found[0].kind
        listed = ", ".join(n.uid for n in found[:_SHOWN])
        more = f" … and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        raise QueryError(f"{reference} has {len(found)} networks of kind {kind}", f"name one of them: {listed}{more}")
    return found[0]


def same_node_set(networks: tuple[Network, ...]) -> None:
    """Networks over different node sets share no cell, and no pair of cells could be in two of them.

    Raises:
        QueryError: the node sets differ, or some networks are directed and others not.
    """
    sets = sorted({n.node_set for n in networks})
    if len(sets) > 1:
        raise QueryError(
            f"these networks have no cell in common: they are over {', '.join(sets)}",
            "compare networks over one node set; @datasets lists what the graph holds",
        )
    if len({n.directed for n in networks}) > 1:
        one, other = (next(n.uid for n in networks if n.directed is said) for said in (True, False))
        raise QueryError(f"{one} is directed and {other} is not", "compare networks that agree in this")


def member_of(networks: tuple[Network, ...], by: str) -> dict[str, str]:
    """What each network (id) counts as where networks are compared by "network" or by "dataset"."""
    return {n.uid: n.uid if by == "network" else n.dataset for n in networks}


def units_of(networks: tuple[Network, ...], by: str) -> dict[str, str | None]:
    """What the weights of each member of `member_of` count.

    Raises:
        UsageError: the networks of a dataset, which would be averaged, count different things.
    """
    units: dict[str, str | None] = {}
    for network, member in zip(networks, member_of(networks, by).values(), strict=True):
        if units.setdefault(member, network.weight_unit) != network.weight_unit:
            raise UsageError(
                f"{member} has networks in {unit_text(units[member])} and in {unit_text(network.weight_unit)}",
                "their mean has no meaning; use by=network, or name the networks",
            )
    return units


def unit_text(unit: str | None) -> str:
    """A unit in words."""
    return unit or "no unit given"


def edges_statement(kind: str, networks: tuple[Network, ...], min_weight: float | None = None) -> Statement:
    """All edges of some networks of one kind, with the names of their ends."""
    parameters: dict[str, object] = {"networks": [n.uid for n in networks]}
    heavier = ""
    if min_weight is not None:
        parameters["min_weight"] = min_weight
        heavier = " AND r.weight >= $min_weight"
    cypher = (
        f"MATCH (a)-[r:`{edge_type(kind)}`]->(b) WHERE r.network IN $networks{heavier} "
        "RETURN r.network AS network, a.uid AS source_uid, a.name AS source, b.uid AS target_uid, b.name AS target, "
        "r.weight AS weight"
    )
    return Statement(cypher, parameters)


EDGE: dict[str, pl.DataType] = {
    "network": TEXT,
    "source_uid": TEXT,
    "source": TEXT,
    "target_uid": TEXT,
    "target": TEXT,
    "weight": REAL,
}


def edges_of(reader: Reader, kind: str, networks: tuple[Network, ...], min_weight: float | None = None) -> pl.DataFrame:
    """The rows of `edges_statement`."""
    return typed(reader.rows(edges_statement(kind, networks, min_weight)), EDGE)


def typed(rows: pl.DataFrame, schema: Mapping[str, pl.DataType]) -> pl.DataFrame:
    """The columns in their order and types: a column without a value has none of its own on either store."""
    if rows.height == 0:
        return pl.DataFrame(schema=dict(schema))
    return rows.select(pl.col(name).cast(dtype) for name, dtype in schema.items())


def total(column: str) -> pl.Expr:
    """A sum that is the same whatever order the rows came in."""
    return pl.col(column).sum().round_sig_figs(DIGITS)


def _unknown(reader: Reader, reference: str, networks: list[Network]) -> QueryError:
    datasets = reader.rows(datasets_statement()).get_column("uid").to_list()
    if reference in datasets:
        return QueryError(f"{reference} holds no network", "@datasets lists what the graph holds")
    ids = sorted({n.dataset for n in networks} | {n.uid for n in networks})
    near = get_close_matches(reference, ids, n=3, cutoff=0.5)
    having = ", ".join(sorted({n.dataset for n in networks})[:_SHOWN]) or "none"
    hint = f"did you mean {' or '.join(near)}?" if near else f"datasets with networks: {having}"
    return QueryError(f"no dataset or network is called {reference!r}", hint)
