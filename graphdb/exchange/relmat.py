"""Relationship matrices as fMRI tools write them: a dense TSV with labels, a JSON sidecar, and the list of nodes.

After the proposal BEP017 of the Brain Imaging Data Structure and what functional-connectome workflows write today;
BIDS itself has no such file yet.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from graphdb.exchange.sparse import dense, matrices
from graphdb.exchange.subgraph import Subgraph
from schemas.errors import UsageError

MOST_NODES = 5_000


def write_relmat(graph: Subgraph, folder: Path) -> None:
    """For each network `<name>_relmat.tsv` and `.json`, `nodes.tsv` and `dataset_description.json`.

    Raises:
        UsageError: a dense matrix of so many nodes would be too large.
    """
    if graph.nodes.height > MOST_NODES:
        raise UsageError(
            f"a dense matrix of {graph.nodes.height:,} nodes is too large (at most {MOST_NODES:,})",
            "select nodes with --node, or use npz",
        )
    directed = dict(graph.edges.select("network", "directed").unique().rows())
    names = _distinct(graph.nodes)
    for network, matrix in matrices(graph).items():
        stem = network.replace("/", "_").replace("#", "-")
        _tsv(folder / f"{stem}_relmat.tsv", names, dense(matrix))
        about = {
            "RelationshipMeasure": network,
            "Directed": directed[network.partition("#")[0]],
            "Weighted": True,
            "ValidDiagonal": True,
            "StorageFormat": "Full",
            "NodeFiles": "nodes.tsv",
            "Network": network,
        }
        (folder / f"{stem}_relmat.json").write_text(_json(about), encoding="utf-8")
    listed = graph.nodes.select(index=pl.int_range(pl.len()), label=pl.Series(names), uid="uid", name="name")
    listed.write_csv(folder / "nodes.tsv", separator="\t")
    (folder / "dataset_description.json").write_text(_json(_description(graph)), encoding="utf-8")


def read_relmat(folder: Path) -> tuple[pl.DataFrame, dict[str, np.ndarray[Any, np.dtype[np.float64]]]]:
    """The list of nodes, and the matrix of each network."""
    nodes = pl.read_csv(folder / "nodes.tsv", separator="\t", schema_overrides={"name": pl.String, "label": pl.String})
    found = {}
    for path in sorted(folder.glob("*_relmat.json")):
        about = json.loads(path.read_text(encoding="utf-8"))
        values = pl.read_csv(path.with_suffix(".tsv"), separator="\t", null_values="n/a", infer_schema=False)
        found[about["Network"]] = values.cast(pl.Float64).fill_null(np.nan).to_numpy()
    return nodes, found


def _distinct(nodes: pl.DataFrame) -> list[str]:
    """Column labels: names where they are all different, else uids."""
    column = "name" if nodes.get_column("name").is_unique().all() else "uid"
    return nodes.get_column(column).to_list()


def _tsv(path: Path, names: list[str], values: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> None:
    frame = pl.DataFrame(values, schema=names, orient="row").fill_nan(None)
    frame.write_csv(path, separator="\t", null_value="n/a")


def _description(graph: Subgraph) -> dict[str, object]:
    return {
        "Name": ", ".join(graph.selection.datasets),
        "BIDSVersion": "1.10.0",
        "DatasetType": "derivative",
        "GeneratedBy": [{"Name": "connectome-platform"}],
        "SourceDatasets": [{"URL": reference} for reference in graph.references],
    }


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
