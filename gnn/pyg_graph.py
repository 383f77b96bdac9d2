"""Structure alone for PyTorch Geometric, from exported Parquet lists; a bundle with recordings goes through `gnn.pyg`.

Data.edge_index   (2, edges) int64; an undirected edge stands in both directions, a loop once
    .edge_weight  (edges,) float32: weight, for vessels length_um; NaN where there is neither
    .edge_attr    (edges, features) float32: every number that the kinds have, named by .edge_attr_names
    .pos          (nodes, 3) float32 where every node has a position, in the unit that .pos_unit names
    .uid, .name   lists, in the order of all tensors
    .train_mask, .val_mask, .test_mask   (nodes,) bool
HeteroData holds the same for each kind of node and each kind of edge.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from gnn.pyg import both_ways as _both_ways
from gnn.pyg import import_pyg
from schemas.errors import UsageError

if TYPE_CHECKING:
    from torch_geometric.data import Data, HeteroData

_MASKS = {"train_mask": "train", "val_mask": "validation", "test_mask": "test"}
_NOT_FEATURES = ("source_index", "target_index")


def read_data(folder: Path) -> Data:
    """All nodes and edges as one graph, with kinds as index tensors: node_kind, edge_kind and their *_names.

    Args:
        folder: as `connectome export-as pyg` writes it.

    Raises:
        UsageError: a file is absent, or an edge ends at a node that is not listed.
    """
    nodes, edges = _read(folder)
    nodes = nodes.with_columns(index=pl.int_range(pl.len(), dtype=pl.Int64))
    both = _both_ways(_placed(edges, nodes))
    data = import_pyg().Data()
    _fill_nodes(data, nodes)
    _fill_edges(data, both)
    for target, column in (("node_kind", nodes.get_column("kind")), ("edge_kind", both.get_column("kind"))):
        names = sorted(set(column))
        setattr(data, f"{target}_names", names)
        setattr(
            data, target, _tensor(column.replace_strict(names, range(len(names)), return_dtype=pl.Int64).to_numpy())
        )
    return data


def read_hetero(folder: Path) -> HeteroData:
    """One store for each kind of node, one for each kind of edge and of its ends; otherwise as `read_data`."""
    nodes, edges = _read(folder)
    index = pl.int_range(pl.len(), dtype=pl.Int64).over("kind", mapping_strategy="group_to_rows")
    nodes = nodes.with_columns(index=index)
    data = import_pyg().HeteroData()
    for (kind,), group in nodes.group_by("kind", maintain_order=True):
        _fill_nodes(data[kind], group)
    both = _both_ways(_placed(edges, nodes))
    for key, group in both.group_by("source_kind", "kind", "target_kind", maintain_order=True):
        _fill_edges(data[key], group)
    return data


def _read(folder: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    try:
        nodes, edges, split = (pl.read_parquet(folder / f"{name}.parquet") for name in ("nodes", "edges", "split"))
    except (OSError, pl.exceptions.PolarsError) as error:
        raise UsageError(f"{folder} cannot be read: {error}", "write it with `connectome export-as pyg`") from error
    return nodes.join(split, on="uid", how="left", maintain_order="left"), edges


def _placed(edges: pl.DataFrame, nodes: pl.DataFrame) -> pl.DataFrame:
    for end in ("source", "target"):
        place = nodes.select(pl.col("uid").alias(end), **{f"{end}_kind": "kind", f"{end}_index": "index"})
        edges = edges.join(place, on=end, how="left", maintain_order="left")
        lost = edges.filter(pl.col(f"{end}_index").is_null())
        if lost.height:
            raise UsageError(f"{lost.height} edge(s) end at no listed node, first {lost[end][0]!r}", "export again")
    return edges


def _fill_nodes(store: Any, nodes: pl.DataFrame) -> None:
    store.uid, store.name = nodes.get_column("uid").to_list(), nodes.get_column("name").to_list()
    store.num_nodes = nodes.height
    for unit in ("um", "mm"):
        axes = [f"{axis}_{unit}" for axis in "xyz"]
        if all(a in nodes.columns and not nodes.get_column(a).null_count() for a in axes):
            store.pos, store.pos_unit = _tensor(nodes.select(axes).cast(pl.Float32).to_numpy()), unit
    for name, part in _MASKS.items():
        setattr(store, name, _tensor((nodes.get_column("part") == part).fill_null(value=False).to_numpy()))


def _fill_edges(store: Any, edges: pl.DataFrame) -> None:
    store.edge_index = _tensor(edges.select("source_index", "target_index").to_numpy().T)
    weight = [pl.col(c) for c in ("weight", "length_um") if c in edges.columns]
    store.edge_weight = _tensor(_floats(edges.select(pl.coalesce(weight))).ravel())
    names = [c for c, dtype in edges.schema.items() if dtype.is_numeric() and c not in _NOT_FEATURES]
    store.edge_attr_names = names
    store.edge_attr = _tensor(_floats(edges.select(names)))


def _floats(frame: pl.DataFrame) -> np.ndarray[Any, np.dtype[np.float32]]:
    return frame.cast(pl.Float32).fill_null(float("nan")).to_numpy().reshape(frame.height, frame.width)


def _tensor(values: np.ndarray[Any, Any]) -> Any:
    import torch  # noqa: PLC0415 - a database machine has none

    return torch.from_numpy(np.array(values, order="C"))
