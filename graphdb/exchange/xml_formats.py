"""GraphML and GEXF through networkx: for Gephi, Cytoscape, yEd and whoever reads XML.

Both know one kind of arrow for a whole graph, so an undirected edge stands once, from the lesser to the greater uid,
with the attribute `directed` false.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import networkx as nx
import polars as pl

from graphdb.exchange.compact import compact, edge_frame, node_frame, scalars
from graphdb.exchange.subgraph import Subgraph
from schemas.errors import UsageError

MOST_EDGES = 2_000_000
_RETURN = "\ue00d"  # stands for a carriage return until the file is written, where XML needs a reference
_NOT_XML = re.compile(f"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff{_RETURN}]")


def write_graphml(graph: Subgraph, folder: Path) -> None:
    """`graph.graphml`: typed attributes, edges keyed by their index."""
    lines = nx.generate_graphml(to_networkx(graph, returns=_RETURN), encoding="utf-8", named_key_ids=True)
    with (folder / "graph.graphml").open("w", encoding="utf-8", newline="\n") as file:
        file.write('<?xml version="1.0" encoding="utf-8"?>\n')
        file.writelines(_returned(line) + "\n" for line in lines)


def _returned(line: str) -> str:
    """The stand-in as a reference to a carriage return; networkx may have written it as a reference itself."""
    return line.replace(_RETURN, "&#13;").replace(f"&#{ord(_RETURN)};", "&#13;")


def read_graphml(folder: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Nodes and edges of `graph.graphml`."""
    return _frames(nx.read_graphml(folder / "graph.graphml", force_multigraph=True))


def write_gexf(graph: Subgraph, folder: Path) -> None:
    """`graph.gexf`, version 1.2draft; node labels are names."""
    nx.write_gexf(to_networkx(graph, label=True), folder / "graph.gexf", encoding="utf-8")


def read_gexf(folder: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Nodes and edges of `graph.gexf`."""
    return _frames(nx.read_gexf(folder / "graph.gexf"))


def to_networkx(graph: Subgraph, *, label: bool = False, returns: str = "\r") -> nx.MultiDiGraph:
    """A MultiDiGraph keyed by uid; what is null is no attribute, a list is JSON text.

    Args:
        graph: nodes and edges.
        label: whether nodes also get the attribute `label`, their name, which Gephi shows.
        returns: what stands for a carriage return in texts.

    Raises:
        UsageError: a text holds a control character that XML cannot hold, or the graph is too large for XML.
    """
    if graph.edges.height > MOST_EDGES:
        raise UsageError(
            f"{graph.edges.height:,} edges are too many for XML (at most {MOST_EDGES:,})", "use parquet, csv or npz"
        )
    found = nx.MultiDiGraph()
    for row in scalars(compact(graph.nodes)).iter_rows(named=True):
        attributes = _attributes(row, returns)
        if label:
            attributes["label"] = attributes["name"]
        found.add_node(attributes.pop("uid"), **attributes)
    for number, row in enumerate(scalars(compact(graph.edges)).iter_rows(named=True)):
        attributes = _attributes(row, returns)
        found.add_edge(attributes.pop("source"), attributes.pop("target"), key=str(number), **attributes)
    return found


def _attributes(row: dict[str, Any], returns: str) -> dict[str, Any]:
    return {name: _text(value, returns) for name, value in row.items() if value is not None}


def _text(value: Any, returns: str) -> Any:
    if not isinstance(value, str):
        return value
    if bad := _NOT_XML.search(value):
        raise UsageError(f"{value!r:.80} holds the character {bad[0]!r}, which XML cannot hold", "use csv or parquet")
    return value.replace("\r", returns)


def _frames(found: nx.MultiDiGraph) -> tuple[pl.DataFrame, pl.DataFrame]:
    nodes = node_frame({**attributes, "uid": uid} for uid, attributes in found.nodes(data=True))
    edges = edge_frame({**a, "source": s, "target": t} for s, t, a in found.edges(data=True))
    return nodes, edges
