"""The nodes and relationships in an answer, as a graph of networkx."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import networkx as nx
import pyarrow as pa

from graphdb.arrow import END, START
from graphdb.graph_model import RELATIONSHIP_TYPES
from schemas.errors import UsageError

_HINT = "return them whole, e.g. MATCH (a)-[r:CHEMICAL]->(b) RETURN a, r, b"


def graph_of(table: pa.Table) -> nx.MultiDiGraph:
    """Every node once, by uid, with its label and properties; every relationship once, keyed by what identifies it.

    Raises:
        UsageError: the table holds no whole nodes, or relationships whose ends it does not hold.
    """
    columns = [column for column in table.columns if _may_hold(column.type)]
    if not columns:
        raise UsageError("the answer holds no whole nodes, relationships or paths", _HINT)
    graph = nx.MultiDiGraph()
    for column in columns:
        for value in column.to_pylist():
            _add(graph, value)
    return graph


def _may_hold(type_: pa.DataType) -> bool:
    """Whether values of that type are nodes, relationships, paths or lists of them."""
    if pa.types.is_list(type_):
        return _may_hold(type_.value_type)
    names = {field.name for field in type_} if pa.types.is_struct(type_) else set()
    return names >= {"label", "uid"} or names >= {"label", START} or names >= {"nodes", "relationships"}


def _add(graph: nx.MultiDiGraph, value: Any) -> None:
    if isinstance(value, list):
        for each in value:
            _add(graph, each)
    if not isinstance(value, Mapping):
        return
    if value.keys() >= {"nodes", "relationships"}:
        _add(graph, value["nodes"])
        _add(graph, value["relationships"])
    elif value.keys() >= {"label", START, END}:
        _add_relationship(graph, value)
    elif value.get("uid") is not None and "label" in value:
        graph.add_node(value["uid"], **_known(value, "uid"))


def _add_relationship(graph: nx.MultiDiGraph, value: Mapping[str, Any]) -> None:
    start, end = value[START], value[END]
    if start is None or end is None:
        raise UsageError(f"the answer holds a {value['label']} relationship without its nodes", _HINT)
    type_ = RELATIONSHIP_TYPES.get(value["label"])
    identity = tuple(value.get(name) for name in type_.key) if type_ else ()
    graph.add_edge(start, end, key=(value["label"], *identity), **_known(value, START, END))


def _known(value: Mapping[str, Any], *without: str) -> dict[str, Any]:
    """The properties that it has; a missing one is null in a table and absent in a graph."""
    return {name: each for name, each in value.items() if each is not None and name not in without}
