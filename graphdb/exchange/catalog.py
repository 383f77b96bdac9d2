"""All exchange formats, and writing one: a folder of data files, `provenance.json`, `CITATION.txt` and `.bib`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from graphdb.exchange.croissant import write_croissant
from graphdb.exchange.folder import new_folder, require_new, write_origins
from graphdb.exchange.ogb import write_ogb
from graphdb.exchange.relmat import write_relmat
from graphdb.exchange.sparse import write_npz
from graphdb.exchange.subgraph import GraphSelection, Subgraph, select
from graphdb.exchange.tabular import write_csv, write_feather, write_parquet, write_pyg
from graphdb.exchange.xml_formats import write_gexf, write_graphml
from graphdb.lake import Lake
from graphdb.versions.provenance import provenance
from schemas.errors import UsageError


@dataclass(frozen=True)
class ExchangeFormat:
    """A format: its name, what reads it, and how it is written."""

    name: str
    title: str
    write: Callable[[Subgraph, Path, Lake], None]


def _plain(write: Callable[[Subgraph, Path], None]) -> Callable[[Subgraph, Path, Lake], None]:
    return lambda graph, folder, _lake: write(graph, folder)


FORMATS = {
    f.name: f
    for f in (
        ExchangeFormat("graphml", "GraphML: networkx, Cytoscape, yEd, Gephi", _plain(write_graphml)),
        ExchangeFormat("gexf", "GEXF: Gephi, networkx", _plain(write_gexf)),
        ExchangeFormat("csv", "lists of nodes, edges and annotations for spreadsheets and R", _plain(write_csv)),
        ExchangeFormat(
            "parquet", "lists of nodes, edges and annotations for Polars, pandas, DuckDB, PyG", _plain(write_parquet)
        ),
        ExchangeFormat("pyg", "the same with a split, for gnn.pyg_graph (PyTorch Geometric)", _plain(write_pyg)),
        ExchangeFormat(
            "feather", "lists of nodes, edges and annotations for pandas, R and Arrow", _plain(write_feather)
        ),
        ExchangeFormat("npz", "scipy sparse matrix of each network, with names", _plain(write_npz)),
        ExchangeFormat("relmat", "dense matrix TSV and JSON sidecar, as fMRI tools write them", _plain(write_relmat)),
        ExchangeFormat("ogb", "Open Graph Benchmark folder, with a split of the nodes", _plain(write_ogb)),
        ExchangeFormat("croissant", "Parquet lists with Croissant JSON-LD", write_croissant),
    )
}


def write(lake: Lake, selection: GraphSelection, format_: str, folder: Path) -> Subgraph:
    """Write a part of the lake; the folder appears whole or not at all.

    Args:
        lake: where it is read from.
        selection: which part.
        format_: name in FORMATS.
        folder: must not exist, or be empty.

    Returns:
        What was written.

    Raises:
        UsageError: the format is unknown, cannot hold the selection, or the folder is not empty.
        LakeError: a dataset is not in the lake.
        QueryError: nothing is selected.
    """
    if format_ not in FORMATS:
        raise UsageError(f"unknown format {format_!r}", f"formats: {', '.join(FORMATS)}")
    require_new(folder)
    graph = select(lake, selection)
    sources = provenance(lake, graph.references)
    with new_folder(folder) as part:
        FORMATS[format_].write(graph, part, lake)
        write_origins(part, _about(graph, format_), sources)
    return graph


def _about(graph: Subgraph, format_: str) -> dict[str, Any]:
    return {
        "format": format_,
        "selection": asdict(graph.selection),
        "nodes": graph.nodes.height,
        "edges": graph.edges.height,
        "annotations": graph.annotations.height,
    }
