from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
import torch

from gnn.pyg import to_hetero
from schemas import tables
from schemas.bundle import EDGE_COLUMNS
from schemas.errors import UsageError

SET = "celegans/planted"


@pytest.fixture(scope="module")
def mixed(planted):
    """The planted bundle with a muscle and edges of three kinds."""
    muscle = {"uid": f"{SET}/A-muscle", "node_set": SET, "name": "A-muscle", "kind": "muscle", "aliases": []}
    rows = [
        ("w/chem", "chemical", True, 0, "N00", "N01", 3.0),
        ("w/chem", "chemical", True, 1, "N01", "N00", 1.0),
        ("w/chem", "chemical", True, 2, "N02", "A-muscle", 2.0),
        ("v/chem", "chemical", True, 0, "N00", "N01", 5.0),
        ("w/gap", "gap_junction", False, 0, "N01", "N02", 4.0),
        ("w/gap", "gap_junction", False, 1, "N03", "N03", None),
    ]
    edges = [(n, k, d, e, f"{SET}/{a}", f"{SET}/{b}", w) for n, k, d, e, a, b, w in rows]
    return replace(
        planted.bundle,
        node=pl.concat([planted.bundle.node, tables.frame("node", [muscle])]),
        edge=pl.DataFrame(edges, schema=EDGE_COLUMNS, orient="row"),
    )


def listed(data, kind: tuple[str, str, str]) -> list[tuple[str, str, float, str]]:
    store = data[kind]
    ends = [(data[kind[0]].uid[a], data[kind[2]].uid[b]) for a, b in store.edge_index.T.tolist()]
    names = [data.networks[n] for n in store.network.tolist()]
    return sorted(
        (a.removeprefix(SET + "/"), b.removeprefix(SET + "/"), w, n)
        for (a, b), w, n in zip(ends, store.edge_weight.tolist(), names, strict=True)
    )


def test_edges_keep_direction_weight_and_network(mixed):
    data = to_hetero(mixed)
    assert listed(data, ("neuron", "chemical", "neuron")) == [
        ("N00", "N01", 3.0, "w/chem"),
        ("N00", "N01", 5.0, "v/chem"),
        ("N01", "N00", 1.0, "w/chem"),
    ]
    assert listed(data, ("neuron", "chemical", "muscle")) == [("N02", "A-muscle", 2.0, "w/chem")]
    assert len(data.edge_types) == 3


def test_undirected_edges_stand_both_ways_and_loops_once(mixed):
    found = listed(to_hetero(mixed), ("neuron", "gap_junction", "neuron"))
    assert [row[:2] for row in found] == [("N01", "N02"), ("N02", "N01"), ("N03", "N03")]
    assert [row[2] for row in found[:2]] == [4.0, 4.0]
    assert np.isnan(found[2][2])


def test_nodes_by_kind(mixed):
    data = to_hetero(mixed)
    assert data["muscle"].uid == [f"{SET}/A-muscle"]
    assert data["neuron"].uid == sorted(mixed.node.filter(kind="neuron")["uid"])
    assert data["neuron"].node_id.tolist() == list(range(26))
    assert data.validate(raise_on_error=True)


def test_traces_and_their_mask(mixed):
    data = to_hetero(mixed)
    trace, mask = data["neuron"].trace, data["neuron"].trace_mask
    recordings = data.recordings
    assert trace.shape == mask.shape == (26, 4, max(mixed.recording["n_samples"]))
    assert trace.dtype == torch.float32
    assert int(mask.any(dim=2).sum()) == mixed.trace.height
    for row in mixed.trace.sample(8, seed=0).iter_rows(named=True):
        found = trace[data["neuron"].uid.index(row["node"]), recordings.index(row["recording"])]
        np.testing.assert_array_equal(found[: len(row["values"])].numpy(), np.float32(row["values"]))
        assert not found[len(row["values"]) :].any()
    assert not trace[~mask].any()
    assert not data["muscle"].trace_mask.any()


def test_missing_samples_are_masked(mixed):
    trace = mixed.trace.with_columns(
        values=pl.concat_list(pl.lit(None, dtype=pl.Float32), pl.col("values").list.slice(1))
    )
    data = to_hetero(replace(mixed, trace=trace))
    assert not data["neuron"].trace_mask[:, :, 0].any()
    assert int(data["neuron"].trace_mask[:, :, 1].sum()) == mixed.trace.height


def test_parts_and_time(mixed):
    store = to_hetero(mixed)
    assert store.train_mask.tolist() == [True, True, True, False]
    assert store.test_mask.tolist() == [False, False, False, True]
    assert not store.val_mask.any()
    assert store.time_s.dtype == torch.float64
    assert (~torch.isnan(store.time_s)).sum(dim=1).tolist() == mixed.recording.sort("uid")["n_samples"].to_list()


def test_a_bundle_without_recordings(mixed):
    bare = replace(mixed, recording=mixed.recording.clear(), trace=mixed.trace.clear(), split=mixed.split.clear())
    data = to_hetero(bare)
    assert data["neuron"].trace.shape == (26, 0, 0)
    assert data.recordings == []
    assert data.time_s.shape == (0, 0)


def test_what_does_not_fit_together_is_refused(mixed):
    with pytest.raises(UsageError, match="'edge' have a source that the bundle does not hold"):
        to_hetero(replace(mixed, node=mixed.node.filter(pl.col("name") != "N00")))
    stray = mixed.trace.with_columns(recording=pl.lit("x/y"))
    with pytest.raises(UsageError, match="'trace' have a recording"):
        to_hetero(replace(mixed, trace=stray))
    twice = pl.concat([mixed.trace, mixed.trace.head(1).with_columns(trace=pl.lit(999, dtype=pl.Int64))])
    with pytest.raises(UsageError, match="more than one trace"):
        to_hetero(replace(mixed, trace=twice))
