"""The graph's tables and their bulk loading, in the embedded engine's own language."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

import polars as pl

from graphdb.graph_model import NODE_TYPES, RELATIONSHIP_TYPES, NodeType, RelationshipType
from graphdb.projection import Nodes, Relationships

_TYPES: dict[pl.DataType, str] = {
    pl.String(): "STRING",
    pl.Int64(): "INT64",
    pl.Float64(): "DOUBLE",
    pl.Boolean(): "BOOL",
    pl.List(pl.String()): "STRING[]",
}


def schema_statements(there: Mapping[str, Collection[str]] | None = None) -> Iterator[str]:
    """Make every table of the graph, or what an older version's file lacks.

    Args:
        there: the columns of each table that is there already.
    """
    held = there or {}
    types: dict[str, NodeType | RelationshipType] = {**NODE_TYPES, **RELATIONSHIP_TYPES}
    for name, found in types.items():
        if name in held:
            absent = ((n, t) for n, t in found.properties.items() if n not in held[name])
            yield from (f"ALTER TABLE `{name}` ADD `{column}` {_TYPES[dtype]}" for column, dtype in absent)
        else:
            yield node_table(found) if isinstance(found, NodeType) else relationship_table(found)


def node_table(node: NodeType) -> str:
    """Make the table of a label."""
    columns = ", ".join(f"`{name}` {_TYPES[dtype]}" for name, dtype in node.properties.items())
    return f"CREATE NODE TABLE `{node.label}`({columns}, PRIMARY KEY(`uid`))"


def relationship_table(relationship: RelationshipType) -> str:
    """Make the table of a relationship type."""
    pairs = ", ".join(f"FROM `{start}` TO `{end}`" for start, end in relationship.between)
    columns = "".join(f", `{name}` {_TYPES[dtype]}" for name, dtype in relationship.properties.items())
    return f"CREATE REL TABLE `{relationship.type}`({pairs}{columns})"


def copy_statement(part: Nodes | Relationships, file: str) -> str:
    """Load a part from a file. COPY goes by position and casts silently, so the columns are named.

    Args:
        part: what the file holds.
        file: quoted name of a Parquet file with the part's columns in their order.
    """
    if isinstance(part, Nodes):
        return f"COPY `{part.label}`({_names(NODE_TYPES[part.label].properties)}) FROM {file}"
    found = RELATIONSHIP_TYPES[part.type]
    options = f" (from='{part.start}', to='{part.end}')" if len(found.between) > 1 else ""
    return f"COPY `{part.type}`({_names(found.properties)}) FROM {file}{options}"


def _names(properties: dict[str, pl.DataType]) -> str:
    return ", ".join(f"`{name}`" for name in properties)
