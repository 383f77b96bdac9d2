"""Exported structure as PyTorch Geometric has it: names, both directions, features and masks."""

from __future__ import annotations

import polars as pl
import pytest

from gnn.pyg_graph import read_data, read_hetero
from graphdb import testing
from graphdb.exchange.catalog import write
from graphdb.exchange.subgraph import GraphSelection
from schemas.errors import UsageError

torch = pytest.importorskip("torch")


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "pyg"
    write(testing.small_lake(tmp_path / "lake"), GraphSelection(("test/connectome",)), "pyg", folder)
    return folder


def weights(store, names, others=None):
    ends = zip(*store.edge_index.tolist(), strict=True)
    found = {(names[s], (others or names)[t]) for s, t in ends}
    return found, store.edge_weight.tolist()


def test_one_graph_holds_every_edge_and_undirected_ones_twice(folder):
    data = read_data(folder)
    data.validate()
    assert data.name == ["AVAL", "AVAR", "AVBL", "RIML", "dBWML1", "hyp"]
    assert data.edge_kind_names == ["chemical", "gap_junction"]
    # 7 chemical synapses; of 3 gap junctions one is a loop, so 2 * 2 + 1
    assert data.edge_index.shape == (2, 12)
    gap = data.edge_kind == 1
    pairs = {tuple(data.name[i] for i in pair) for pair in data.edge_index[:, gap].T.tolist()}
    assert pairs == {("AVAL", "AVAR"), ("AVAR", "AVAL"), ("AVAL", "AVAL"), ("AVBL", "RIML"), ("RIML", "AVBL")}
    assert data.edge_weight.sum() == 30.0 + 5.0 * 2 + 2.0 + 1.0 * 2
    assert [data.node_kind_names[k] for k in data.node_kind] == ["neuron"] * 4 + ["muscle", "cell"]


def test_the_masks_divide_the_nodes(folder):
    data = read_data(folder)
    masks = torch.stack([data.train_mask, data.val_mask, data.test_mask])
    assert masks.sum(0).tolist() == [1] * 6
    split = dict(pl.read_parquet(folder / "split.parquet").select("uid", "part").rows())
    assert [split[uid] == "train" for uid in data.uid] == data.train_mask.tolist()


def test_kinds_become_types(folder):
    data = read_hetero(folder)
    data.validate()
    assert set(data.node_types) == {"neuron", "muscle", "cell"}
    found, weight = weights(data["neuron", "chemical", "muscle"], data["neuron"].name, data["muscle"].name)
    assert (found, weight) == ({("AVAL", "dBWML1")}, [4.0])
    assert data["neuron", "gap_junction", "neuron"].edge_index.shape == (2, 5)
    assert data.num_nodes == 6


def test_positions_come_where_every_node_has_one(folder):
    assert "pos" not in read_data(folder)
    nodes = pl.read_parquet(folder / "nodes.parquet")
    number = pl.int_range(pl.len()).cast(pl.Float64)
    nodes.with_columns(x_um=number, y_um=number * 2, z_um=number * 3).write_parquet(folder / "nodes.parquet")
    data = read_data(folder)
    assert data.pos_unit == "um"
    assert data.pos[2].tolist() == [2.0, 4.0, 6.0]


def test_an_edge_into_nowhere_and_a_missing_file_are_explained(folder):
    nodes = pl.read_parquet(folder / "nodes.parquet")
    nodes.filter(pl.col("name") != "hyp").write_parquet(folder / "nodes.parquet")
    with pytest.raises(UsageError, match=r"end at no listed node, first 'test/animal/hyp'"):
        read_data(folder)
    (folder / "split.parquet").unlink()
    with pytest.raises(UsageError, match="cannot be read"):
        read_hetero(folder)
