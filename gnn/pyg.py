"""From a bundle to PyTorch Geometric. torch is imported only when `to_hetero` is called.

data[kind]                 one node type per kind of node (neuron, muscle, region ...)
  .uid                     list of uids, in the order of all tensors
  .node_id                 (nodes,) int64, 0 to nodes - 1, for an embedding table
  .trace                   (nodes, recordings, samples) float32, 0 where not measured
  .trace_mask              the same shape, bool: true where measured
data[source, edge, target] one edge type per kind of edge and of its ends
  .edge_index              (2, edges) int64; an undirected edge stands in both directions, a loop once
  .edge_weight             (edges,) float32, NaN where the bundle holds none
  .network                 (edges,) int64, index into data.networks
data["recording"]
  .uid, .time_s            uids; (recordings, samples) float64, NaN after the recording's end
  .train_mask, .val_mask, .test_mask   (recordings,) bool
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from schemas.errors import UsageError

if TYPE_CHECKING:
    from torch_geometric.data import HeteroData

    from schemas.bundle import Bundle

_MASKS = {"train_mask": "train", "val_mask": "validation", "test_mask": "test"}


def to_hetero(bundle: Bundle) -> HeteroData:
    """Convert a bundle; nothing is dropped but traces without a node.

    Raises:
        UsageError: an edge ends at a node, or a trace lies on a recording, that the bundle does not hold; or
            two traces of one recording have the same node.
    """
    data = import_pyg().HeteroData()
    nodes = bundle.node.sort("uid").with_columns(
        index=pl.int_range(pl.len(), dtype=pl.Int64).over("kind", mapping_strategy="group_to_rows")
    )
    _add_nodes(data, nodes)
    _add_edges(data, bundle, nodes)
    _add_recordings(data, bundle)
    _add_traces(data, bundle, nodes)
    return data


def import_pyg() -> Any:
    """torch_geometric.data, imported only now."""
    with warnings.catch_warnings():
        # torch_geometric uses torch.jit.script, which torch >= 2.12 deprecates
        warnings.filterwarnings("ignore", message=".*torch.jit.script", category=DeprecationWarning)
        from torch_geometric import data  # noqa: PLC0415 - see the module's docstring
    return data


def _add_nodes(data: HeteroData, nodes: pl.DataFrame) -> None:
    import torch  # noqa: PLC0415

    for (kind,), group in nodes.group_by("kind", maintain_order=True):
        data[kind].uid = group["uid"].to_list()
        data[kind].num_nodes = group.height
        data[kind].node_id = torch.arange(group.height)


def _add_edges(data: HeteroData, bundle: Bundle, nodes: pl.DataFrame) -> None:
    import torch  # noqa: PLC0415

    networks = sorted(set(bundle.edge["network"]))
    data.networks = networks
    edges = bundle.edge.sort("network", "edge")
    for end in ("source", "target"):
        place = nodes.select(pl.col("uid").alias(end), **{f"{end}_kind": "kind", f"{end}_index": "index"})
        edges = edges.join(place, on=end, how="left", maintain_order="left")
        _none_missing(edges.filter(pl.col(f"{end}_index").is_null()), "edge", end)
    number = pl.col("network").replace_strict(networks, range(len(networks)), return_dtype=pl.Int64)
    edges = both_ways(edges.with_columns(network_index=number))
    for key, group in edges.group_by("source_kind", "kind", "target_kind", maintain_order=True):
        store = data[key]
        store.edge_index = torch.from_numpy(group.select("source_index", "target_index").to_numpy().T.copy())
        store.edge_weight = torch.from_numpy(group["weight"].fill_null(np.nan).cast(pl.Float32).to_numpy().copy())
        store.network = torch.from_numpy(group["network_index"].to_numpy().copy())


def both_ways(edges: pl.DataFrame) -> pl.DataFrame:
    """The edges, and after them each undirected one that is no loop, turned."""
    turned = edges.filter(~pl.col("directed") & (pl.col("source") != pl.col("target")))
    swap = {
        a + part: b + part for part in ("", "_kind", "_index") for a, b in (("source", "target"), ("target", "source"))
    }
    return pl.concat([edges, turned.rename(swap).select(edges.columns)])


def _add_recordings(data: HeteroData, bundle: Bundle) -> None:
    import torch  # noqa: PLC0415

    recordings = bundle.recording.sort("uid").join(
        bundle.split.select(uid="recording", part="part"), on="uid", how="left", maintain_order="left"
    )
    time_s = np.full((recordings.height, _longest(bundle)), np.nan)
    for w, times in enumerate(recordings["time_s"].to_list()):
        time_s[w, : len(times)] = times
    data.recordings = recordings["uid"].to_list()
    data.time_s = torch.from_numpy(time_s)
    for name, part in _MASKS.items():
        data[name] = torch.tensor([p == part for p in recordings["part"]], dtype=torch.bool)


def _add_traces(data: HeteroData, bundle: Bundle, nodes: pl.DataFrame) -> None:
    import torch  # noqa: PLC0415

    place = {uid: (kind, index) for uid, kind, index in nodes.select("uid", "kind", "index").iter_rows()}
    order = {uid: w for w, uid in enumerate(data.recordings)}
    traces = bundle.trace.filter(pl.col("node").is_not_null()).sort("recording", "trace")
    _none_missing(traces.filter(~pl.col("node").is_in(list(place))), "trace", "node")
    _none_missing(traces.filter(~pl.col("recording").is_in(list(order))), "trace", "recording")
    _none_twice(traces)
    kinds = sorted(set(nodes["kind"]))
    values = {k: np.full((data[k].num_nodes, len(order), _longest(bundle)), np.nan, dtype=np.float32) for k in kinds}
    for row in traces.select("recording", "node", "values").iter_rows(named=True):
        kind, index = place[row["node"]]
        series = np.asarray(row["values"], dtype=np.float32)
        values[kind][index, order[row["recording"]], : series.size] = series
    for kind, found in values.items():
        data[kind].trace = torch.from_numpy(np.nan_to_num(found, nan=0.0))
        data[kind].trace_mask = torch.from_numpy(~np.isnan(found))


def _longest(bundle: Bundle) -> int:
    return max(bundle.recording["n_samples"].to_list(), default=0)


def _none_missing(wrong: pl.DataFrame, table: str, column: str) -> None:
    if wrong.height:
        raise UsageError(
            f"{wrong.height} row(s) of {table!r} have a {column} that the bundle does not hold,"
            f" first {wrong[column][0]!r}",
            "export the bundle again",
        )


def _none_twice(traces: pl.DataFrame) -> None:
    twice = traces.filter(pl.struct("recording", "node").is_duplicated())
    if twice.height:
        raise UsageError(
            f"recording {twice['recording'][0]!r} has more than one trace of {twice['node'][0]!r}",
            "mark the others as duplicates when the recording is read",
        )
