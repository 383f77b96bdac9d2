"""Every exchange format is read back by its own library and holds what the lake holds, awkward values included."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from graphdb import testing
from graphdb.exchange import catalog
from graphdb.exchange.ogb import read_ogb
from graphdb.exchange.relmat import read_relmat, write_relmat
from graphdb.exchange.sparse import matrices, read_npz
from graphdb.exchange.split import SplitRule, node_split
from graphdb.exchange.subgraph import GraphSelection, Subgraph, edge_columns, select
from graphdb.exchange.tabular import read_csv, read_feather, read_parquet, write_csv, write_feather, write_parquet
from graphdb.exchange.xml_formats import read_gexf, read_graphml, write_gexf, write_graphml
from schemas import tables
from schemas.errors import LakeError, QueryError, UsageError

AWKWARD = "a,\"b\";\té✓ <&> 'c'\r\nline two\n x, "
BOTH = GraphSelection(("test/connectome",))
LISTS = {
    "graphml": (write_graphml, read_graphml),
    "gexf": (write_gexf, read_gexf),
    "csv": (write_csv, read_csv),
    "parquet": (write_parquet, read_parquet),
    "feather": (write_feather, read_feather),
}


@pytest.fixture
def lake(tmp_path):
    return testing.small_lake(tmp_path / "lake")


@pytest.fixture
def awkward(lake):
    """A graph whose texts, numbers and lists try a format: quotes, line breaks, NaN, 64-bit numbers, one parallel."""
    graph = select(lake, BOTH)
    names = [AWKWARD, "720575940600000001", "NaN", "null", "=1+1", " padded "][: graph.nodes.height]
    nodes = graph.nodes.with_columns(
        pl.Series("name", names),
        pl.Series("type", ["true", None, "1.0", AWKWARD, "ünï", None]),
        pl.Series("aliases", [["x,y", AWKWARD], [], ["é"], [], [], []]),
        pl.Series("x_um", [math.nan, 0.1, -1e-300, 1e300, None, 1 / 3]),
        pl.Series("at_border", [True, False, None, None, None, True]),
    )
    edges = graph.edges.with_columns(
        n_contacts=pl.when(pl.col("weight") > 4).then(pl.lit(2**63 - 1)),
        q=pl.when(pl.col("weight") == 3.0).then(pl.lit(math.nan)),
    )
    return replace(graph, nodes=nodes, edges=edges)


def sorted_edges(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.sort("network", "source", "target", "weight")


@pytest.mark.parametrize("name", LISTS)
def test_lists_come_back_equal_to_the_bit(awkward, tmp_path, name):
    write, read = LISTS[name]
    write(awkward, tmp_path)
    nodes, edges = read(tmp_path)
    assert nodes.sort("uid").equals(awkward.nodes)
    assert sorted_edges(edges).equals(sorted_edges(awkward.edges))


@pytest.mark.parametrize("name", LISTS)
def test_a_graph_without_edges_is_a_graph(lake, tmp_path, name):
    write, read = LISTS[name]
    graph = select(lake, GraphSelection(("test/cells",)))
    assert (graph.nodes.height, graph.edges.height) == (6, 0)
    write(graph, tmp_path)
    nodes, edges = read(tmp_path)
    assert nodes.sort("uid").equals(graph.nodes)
    assert edges.is_empty()
    assert dict(edges.schema) == edge_columns()


@pytest.mark.parametrize("write", [write_graphml, write_gexf])
def test_what_xml_cannot_hold_is_refused_and_not_dropped(awkward, tmp_path, write):
    broken = replace(awkward, nodes=awkward.nodes.with_columns(name=pl.lit("bell\x07")))
    with pytest.raises(UsageError, match=r"'bell\\x07' holds the character '\\x07'"):
        write(broken, tmp_path)


def test_the_selection_holds_edges_among_the_named_nodes(lake):
    graph = select(lake, GraphSelection(("test/connectome",), ("chemical",), ("AVA", "test/animal/RIML")))
    assert graph.nodes["name"].to_list() == ["AVAL", "AVAR", "RIML"]
    assert sorted(graph.edges["weight"].to_list()) == [1.0, 2.0, 3.0, 12.0]
    assert set(graph.edges["kind"]) == {"chemical"}
    assert graph.references == tuple(lake.manifest(d).reference for d in ("test/cells", "test/connectome"))


@pytest.mark.parametrize(
    ("selection", "error", "says"),
    [
        (GraphSelection(()), UsageError, "at least one dataset"),
        (GraphSelection(("no/such",)), LakeError, "not in the lake"),
        (GraphSelection(("test/connectome",), ("chemcal",)), UsageError, "unknown kind 'chemcal'"),
        (GraphSelection(("test/connectome",), (), ("AVAX",)), QueryError, "called 'AVAX'"),
        (GraphSelection(("run/ntf-communities-test",)), QueryError, "nothing is selected"),
    ],
)
def test_wrong_selections_are_explained(lake, selection, error, says):
    with pytest.raises(error, match=says) as caught:
        select(lake, selection)
    assert caught.value.hint


def test_matrices_are_square_symmetric_where_undirected_and_read_back(lake, tmp_path):
    folder = tmp_path / "npz"
    graph = catalog.write(lake, BOTH, "npz", folder)
    names, found = read_npz(folder)
    assert names["uid"].to_list() == graph.nodes["uid"].to_list()
    index = {name: number for number, name in enumerate(names["name"])}
    chemical, gap = (found[f"test/connectome/{kind}"].toarray() for kind in ("chemical", "gap_junction"))
    assert chemical[index["AVAL"], index["RIML"]] == 12.0
    assert chemical[index["RIML"], index["AVAL"]] == 2.0
    assert chemical.sum() == 30.0
    assert (gap == gap.T).all()
    assert gap[index["AVAL"], index["AVAL"]] == 2.0
    assert gap.sum() == 5.0 * 2 + 2.0 + 1.0 * 2
    assert all((matrix != found[network]).nnz == 0 for network, matrix in matrices(graph).items())


def test_relmat_says_what_it_measures_and_comes_back(lake, tmp_path):
    folder = tmp_path / "relmat"
    graph = catalog.write(lake, BOTH, "relmat", folder)
    nodes, found = read_relmat(folder)
    assert nodes["uid"].to_list() == graph.nodes["uid"].to_list()
    for network, matrix in matrices(graph).items():
        assert np.array_equal(found[network], matrix.toarray())
    about = json.loads((folder / "test_connectome_chemical_relmat.json").read_text())
    assert (about["Directed"], about["Network"]) == (True, "test/connectome/chemical")
    header = (folder / "test_connectome_chemical_relmat.tsv").read_text().splitlines()[0]
    assert header.split("\t") == nodes["label"].to_list()
    assert json.loads((folder / "dataset_description.json").read_text())["DatasetType"] == "derivative"


def test_relmat_of_awkward_names_keeps_labels_apart(awkward, tmp_path):
    write_relmat(replace(awkward, nodes=awkward.nodes.with_columns(name=pl.lit(AWKWARD))), tmp_path)
    nodes, found = read_relmat(tmp_path)
    assert set(nodes["name"]) == {AWKWARD}
    assert nodes["label"].to_list() == awkward.nodes["uid"].to_list()
    assert {m.shape for m in found.values()} == {(6, 6)}


def test_a_matrix_too_large_to_be_dense_is_refused(lake, tmp_path):
    graph = select(lake, BOTH)
    many = pl.concat([graph.nodes] * 1_000).with_columns(uid=pl.int_range(pl.len()).cast(pl.String))
    with pytest.raises(UsageError, match="too large"):
        write_relmat(replace(graph, nodes=many), tmp_path)


def test_the_ogb_folder_comes_back(awkward, tmp_path):
    from graphdb.exchange.ogb import write_ogb

    write_ogb(awkward, tmp_path)
    nodes, edges, split = read_ogb(tmp_path)
    assert nodes["uid"].to_list() == awkward.nodes["uid"].to_list()
    assert nodes["x_um"].equals(awkward.nodes["x_um"], null_equal=True)
    for column in ("kind", "directed", "network", "weight", "n_contacts", "q"):
        assert edges[column].equals(awkward.edges[column], null_equal=True), column
    uids = nodes["uid"]
    assert uids.gather(edges["from"]).to_list() == awkward.edges["source"].to_list()
    assert uids.gather(edges["to"]).to_list() == awkward.edges["target"].to_list()
    assert sorted(i for part in split.values() for i in part) == list(range(6))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the validator about its own libraries
def test_croissant_is_valid_and_its_records_are_the_rows(lake, tmp_path):
    mlcroissant = pytest.importorskip("mlcroissant")
    folder = tmp_path / "croissant"
    graph = catalog.write(lake, BOTH, "croissant", folder)
    described = mlcroissant.Dataset(jsonld=folder / "croissant.json")
    assert described.metadata.issues.errors == set()
    records = list(described.records(record_set="edges"))
    assert len(records) == graph.edges.height == 10
    assert sorted(r["edges/weight"] for r in records) == sorted(graph.edges["weight"].to_list())
    assert {r["nodes/uid"].decode() for r in described.records(record_set="nodes")} == set(graph.nodes["uid"])


@pytest.mark.parametrize("name", catalog.FORMATS)
def test_every_folder_says_where_it_came_from_and_whom_to_cite(lake, tmp_path, name):
    folder = tmp_path / "out"
    catalog.write(lake, BOTH, name, folder)
    about = json.loads((folder / "provenance.json").read_text())
    assert [d["dataset"] for d in about["datasets"]] == ["test/cells", "test/connectome"]
    assert all(len(d["content_hash"]) == 64 for d in about["datasets"])
    assert about["selection"]["datasets"] == ["test/connectome"]
    assert "Nobody et al. 2026" in (folder / "CITATION.txt").read_text()
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []
    with pytest.raises(UsageError, match="not empty"):
        catalog.write(lake, BOTH, name, folder)


def test_a_failing_export_leaves_nothing(lake, tmp_path, monkeypatch):
    folder = tmp_path / "out"
    with pytest.raises(UsageError, match="unknown format 'xls'"):
        catalog.write(lake, BOTH, "xls", folder)
    monkeypatch.setattr("graphdb.exchange.relmat.MOST_NODES", 2)
    with pytest.raises(UsageError, match="too large"):
        catalog.write(lake, BOTH, "relmat", folder)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["lake"]


def nodes_like(**columns: object) -> pl.DataFrame:
    count = len(next(iter(columns.values())))  # type: ignore[arg-type]
    rows = tables.frame("node", [{"uid": f"s/n/{i}", "name": str(i), "kind": "neuron"} for i in range(count)])
    return rows.with_columns(pl.Series(name, values) for name, values in columns.items())


def test_a_split_keeps_blocks_of_space_together_and_is_repeatable():
    rng = np.random.default_rng(3)
    position = rng.uniform(0, 800, (4_000, 3))
    nodes = nodes_like(x_um=position[:, 0], y_um=position[:, 1], z_um=position[:, 2])
    rule, split = node_split(nodes, (0.6, 0.2, 0.2), seed=4)
    assert rule is SplitRule.SPACE
    assert split.equals(node_split(nodes.sample(fraction=1.0, shuffle=True, seed=1), (0.6, 0.2, 0.2), seed=4)[1])
    assert not split.equals(node_split(nodes, (0.6, 0.2, 0.2), seed=5)[1])
    shares = dict(split.group_by("part").len().rows())
    assert abs(shares["train"] / 4_000 - 0.6) < 0.05
    assert abs(shares["test"] / 4_000 - 0.2) < 0.05
    edge = (position.max(0) - position.min(0)).max() / 8
    blocks = np.minimum(((position - position.min(0)) / edge).astype(int), 7)
    joined = split.join(pl.DataFrame({"uid": nodes["uid"], "b": [str(tuple(b)) for b in blocks]}), on="uid")
    assert joined.group_by("b").agg(pl.col("part").n_unique())["part"].max() == 1


def test_twins_stay_together_where_there_are_classes_and_else_each_node_stands_alone():
    nodes = nodes_like(**{"class": [f"C{i // 2}" for i in range(300)]})
    rule, split = node_split(nodes)
    assert rule is SplitRule.CLASS
    twins = split.join(nodes.select("uid", "class"), on="uid").group_by("class").agg(pl.col("part").n_unique())
    assert twins["part"].max() == 1
    assert node_split(nodes_like(x_um=[None, 1.0]))[0] is SplitRule.NODE


def test_an_edge_without_weight_has_no_matrix(lake):
    graph = select(lake, BOTH)
    broken = Subgraph(graph.nodes, graph.edges.with_columns(weight=None), graph.references, graph.selection)
    with pytest.raises(UsageError, match="no weight"):
        matrices(broken)
