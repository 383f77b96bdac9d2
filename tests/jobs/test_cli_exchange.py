"""export-as writes what other programs read, and says whom to cite."""

from __future__ import annotations

import networkx as nx

from graphdb.exchange.catalog import FORMATS


def test_a_dataset_as_graphml_that_networkx_reads(connectome, projected, tmp_path):
    folder = tmp_path / "cook"
    result = connectome("export-as", "graphml", "test/connectome", "--out", str(folder), workspace=projected)
    assert result.code == 0
    assert "6 nodes, 10 edges of test/cells@" in result.out
    graph = nx.read_graphml(folder / "graph.graphml", force_multigraph=True)
    assert graph.nodes["test/animal/AVAL"]["class"] == "AVA"
    assert (graph.number_of_nodes(), graph.number_of_edges()) == (6, 10)
    assert "Nobody et al. 2026" in (folder / "CITATION.txt").read_text()


def test_kinds_and_nodes_narrow_it(connectome, projected, tmp_path):
    words = ("test/connectome", "--kind", "gap_junction", "--node", "AVA", "--out", str(tmp_path / "x"))
    assert "2 nodes, 2 edges" in connectome("export-as", "csv", *words, workspace=projected).out


def test_an_unknown_format_lists_those_that_there_are(connectome, projected, tmp_path):
    result = connectome("export-as", "xls", "test/connectome", "--out", str(tmp_path / "x"), workspace=projected)
    assert result.code == 2
    assert all(name in result.stderr for name in FORMATS)
    assert not (tmp_path / "x").exists()


def test_a_folder_with_something_in_it_is_left_alone(connectome, projected, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    result = connectome("export-as", "csv", "test/connectome", "--out", str(tmp_path), workspace=projected)
    assert (result.code, [p.name for p in tmp_path.iterdir()]) == (2, ["mine.txt"])
