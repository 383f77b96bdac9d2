"""The simulated vessel graph: valid, seeded, connected, and true to Murray's law."""

from __future__ import annotations

from dataclasses import replace

import networkx as nx
import numpy as np
import polars as pl
import pytest

from ingest.simulate import vessel
from schemas.content import content_hash
from schemas.dataset import Dataset, DatasetInfo
from schemas.tables import key
from schemas.validation import validate

CONFIG = vessel.VesselConfig()
INFO = DatasetInfo("simulate/vessel", "vessel", "t", "generated", "c", "r", "1", simulated=True)


@pytest.fixture(scope="module")
def found():
    return vessel.read({}, {})


@pytest.fixture(scope="module")
def graph(found) -> nx.MultiGraph:
    graph = nx.MultiGraph()
    for uid, kind in found["node"].select("uid", "type").iter_rows():
        graph.add_node(uid, kind=kind)
    for a, b, radius in found["vessel"].select("source", "target", "radius_um").iter_rows():
        graph.add_edge(a, b, radius=radius)
    return graph


def test_it_is_valid(found) -> None:
    validate(Dataset(INFO, found))


def test_shape(found, graph) -> None:
    assert found["node"]["type"].value_counts(sort=True).rows() == [
        ("capillary", 344), ("arterial", 128), ("venous", 128),
    ]  # fmt: skip
    assert nx.is_connected(graph)
    assert nx.number_of_selfloops(graph) == 0
    assert graph.number_of_edges() - nx.Graph(graph).number_of_edges() == CONFIG.n_parallel
    assert found["node"]["at_border"].sum() == 2
    assert 2.8 < 2 * graph.number_of_edges() / graph.number_of_nodes() < 3.4


def test_blood_must_cross_the_capillaries(graph) -> None:
    wide = graph.subgraph(n for n, kind in graph.nodes(data="kind") if kind != "capillary")
    assert nx.number_connected_components(wide) == 2


@pytest.mark.parametrize("first", [0, 128])
def test_murrays_law_at_every_branch(graph, first) -> None:
    """The cube of a parent's radius is the sum of the cubes of its children's; 2i, 2i + 1 are children of i."""
    node = [f"simulate/vessel-nodes/v{first + i:04d}" for i in range(128)]
    for i in range(1, 64):
        parent, left, right = (
            graph.edges[node[a], node[b], 0]["radius"] for a, b in ((i // 2, i), (i, 2 * i), (i, 2 * i + 1))
        )
        assert parent**3 == pytest.approx(left**3 + right**3)


def test_measures_agree_with_each_other(found) -> None:
    nodes = found["node"].select("uid", "x_um", "y_um", "z_um")
    both = found["vessel"].join(nodes, left_on="source", right_on="uid")
    both = both.join(nodes, left_on="target", right_on="uid", suffix="_b")
    assert both.height == found["vessel"].height
    a, b = (both.select(f"{axis}_um{s}" for axis in "xyz").to_numpy() for s in ("", "_b"))
    distance = np.linalg.norm(a - b, axis=1)
    length, radius = both["length_um"].to_numpy(), both["radius_um"].to_numpy()
    assert np.allclose(both["distance_um"].to_numpy(), distance)
    assert np.allclose(length, distance * both["curveness"].to_numpy())
    assert np.allclose(both["volume_um3"].to_numpy(), np.pi * radius**2 * length)
    assert (both["curveness"] >= 1).all()


def test_truth_is_the_type_of_each_node(found) -> None:
    both = found["node"].join(found["membership"], left_on="uid", right_on="node")
    assert both.height == 600
    assert (both["type"] == both["community"]).all()


def test_same_seed_same_tables_another_seed_others() -> None:
    small = replace(CONFIG, generations=3, n_capillary=40)
    first, again, other = (vessel.simulate(c) for c in (small, small, replace(small, seed=1)))
    hashes = [{n: content_hash(f, key(n)) for n, f in t.items()} for t in (first, again, other)]
    assert hashes[0] == hashes[1]
    assert hashes[0]["vessel"] != hashes[2]["vessel"]


def test_a_vessel_wider_in_the_trunk_than_in_the_twigs(found) -> None:
    tree = found["vessel"].head(254)
    assert tree["radius_um"].max() == pytest.approx(CONFIG.twig_um * 64 ** (1 / 3), rel=0.1)
    assert found["vessel"].slice(254).select(pl.col("radius_um").mean()).item() < 3
