"""Adjacency matrices, one for each network: scipy sparse files with the names of their rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import scipy.sparse as sp

from graphdb.exchange.subgraph import Subgraph
from schemas.errors import UsageError


def matrices(graph: Subgraph) -> dict[str, sp.csr_array]:
    """One square matrix for each network and kind: [i, j] is the weight from node i to node j.

    Args:
        graph: nodes (in the order of rows and columns) and edges; vessels weigh by length_um. An undirected edge
            stands at [i, j] and [j, i], parallel edges are summed.

    Returns:
        `network` or, where a network has parts by region, `network#kind`, to a (nodes, nodes) float64 array.

    Raises:
        UsageError: an edge has neither a weight nor a length.
    """
    place = graph.nodes.select(uid="uid", index=pl.int_range(pl.len(), dtype=pl.Int64))
    size = (graph.nodes.height, graph.nodes.height)
    found = {}
    for (network, kind), group in graph.edges.group_by("network", "kind", maintain_order=True):
        rows = (
            group.with_columns(value=pl.coalesce("weight", "length_um"))
            .join(place.rename({"uid": "source", "index": "i"}), on="source", maintain_order="left")
            .join(place.rename({"uid": "target", "index": "j"}), on="target", maintain_order="left")
        )
        if rows.get_column("value").null_count():
            raise UsageError(f"edges of {network} have no weight: there is no matrix of them", "use csv or parquet")
        turned = rows.filter(~pl.col("directed") & (pl.col("i") != pl.col("j")))
        both = pl.concat([rows.select("i", "j", "value"), turned.select(i="j", j="i", value="value")])
        i, j, value = (both.get_column(c).to_numpy() for c in ("i", "j", "value"))
        name = str(network) if kind != "chemical_region" else f"{network}#{kind}"
        found[name] = sp.coo_array((value, (i, j)), shape=size).tocsr()
    return found


def write_npz(graph: Subgraph, folder: Path) -> None:
    """`matrix-<n>.npz` for each network, `matrices.csv` that names them, `names.csv` for rows and columns."""
    found = matrices(graph)
    for number, matrix in enumerate(found.values()):
        sp.save_npz(folder / f"matrix-{number}.npz", matrix)
    listed = pl.DataFrame({"file": [f"matrix-{n}.npz" for n in range(len(found))], "network": list(found)})
    listed.write_csv(folder / "matrices.csv")
    graph.nodes.select(index=pl.int_range(pl.len()), uid="uid", name="name").write_csv(folder / "names.csv")


def read_npz(folder: Path) -> tuple[pl.DataFrame, dict[str, sp.csr_array]]:
    """Names of rows and columns, and the matrix of each network; nothing in the files is executed."""
    names = pl.read_csv(folder / "names.csv", schema={"index": pl.Int64(), "uid": pl.String(), "name": pl.String()})
    listed = pl.read_csv(folder / "matrices.csv").rows()
    return names, {network: sp.csr_array(sp.load_npz(folder / file)) for file, network in listed}


def dense(matrix: sp.csr_array) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """The matrix with zeros written out."""
    return np.asarray(matrix.todense(), dtype=np.float64)
