"""Edge lists by a mapping file: FlyWire's and hemibrain's columns, Parquet and Feather, and a mapping of one's own."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from graphdb.lake import Lake
from graphdb.on_ladybug.store import LadybugStore
from graphdb.query import query
from graphdb.sync import rebuild, verify
from ingest.generic.edgelist import read_edge_list
from ingest.generic.mapping import read_mapping, shipped_mappings
from tests.benchmarks.generated import flywire_files

FLYWIRE, HEMIBRAIN = "fly/flywire783", "fly/hemibrain121"
A, B, C = 720575940596125868, 720575940596125869, 720575940661338497  # the first two are one and the same float
OWN = """
dataset:
  id: fly/own
  title: An own edge list
  licence: CC0
  citation: nobody
  frame: a volume, um
node_kind: neuron
unknown_nodes: {unknown}
nodes:
  - file: cells.csv
    columns: {{id: cell, name: label, type: kind, hemisphere: side}}
    values: {{hemisphere: {{left: L, right: R, "?": null}}}}
    position: {{columns: {position}}}
    repeated: {repeated}
edges:
  - file: links{end}
    columns: {columns}
    weight_unit: synapses
{more}
"""
CELLS = (
    'cell,label,kind,side,x,y,z,xyz\n1,AVAL,inter,left,8,16,24,"[1, 2, 3]"\n2,,motor,?,,,,\n3,,,right,1,1,1,1 -2 3.5\n'
)
LINKS = "from,to,n,where,nt,contacts\n1,2,3,R1,ACH,3\n1,2,4,R2,ACH,4\n2,1,1,R1,GABA,\n3,3,2,R1,,2\n"
PARTS = "{pre: from, post: to, weight: n, region: where, transmitter: nt, n_contacts: contacts}"
WHOLE = "{pre: from, post: to, weight: n, n_contacts: contacts}"


def write(folder: Path, links: str | None = LINKS, cells: str = CELLS, **words: str) -> Path:
    given = {"unknown": "error", "position": "[x, y, z], unit: nm", "repeated": "error", "end": ".csv", "more": ""}
    (folder / "cells.csv").write_text(cells)
    if links is not None:
        (folder / "links.csv").write_text(links)
    path = folder / "own.yaml"
    path.write_text(OWN.format(**{**given, "columns": PARTS, **words}))
    return path


def rows(frame: pl.DataFrame, *columns: str) -> list[tuple]:
    return frame.select(pl.col(columns)).rows()


def short(frame: pl.DataFrame, *more: str) -> list[tuple]:
    ends = [pl.col(end).str.split("/").list.last() for end in ("source", "target")]
    return frame.select(*ends, *more).rows()


@pytest.mark.parametrize("end", [".csv", ".csv.gz"])
def test_flywire_as_codex_writes_it(tmp_path, end):
    count = flywire_files(tmp_path / "files", "worm", end=end)
    dataset = read_edge_list(shipped_mappings()[FLYWIRE], tmp_path / "files")
    connections = pl.read_csv(tmp_path / "files" / f"connections{end}")
    assert dataset.tables["chemical_region"].height == count
    truth = connections.group_by("pre_root_id", "post_root_id").agg(pl.col("syn_count").sum()).sort(pl.all())
    assert short(dataset.tables["chemical"].sort("source", "target"), "weight") == [
        (str(pre), str(post), weight) for pre, post, weight in truth.rows()
    ]
    assert set(dataset.tables["chemical_region"]["transmitter"]) <= {
        "acetylcholine", "GABA", "glutamate", "dopamine", "serotonin", "octopamine",
    }  # fmt: skip
    node = dataset.tables["node"]
    assert node.height == 300
    assert set(node["hemisphere"]) == {"L", "R", "M"}
    assert node["name"].str.starts_with("720575940").all()
    assert [file.name for file in dataset.sources] == [
        "flywire.yaml", *(f"{name}{end}" for name in ("neurons", "classification", "connections")),
    ]  # fmt: skip
    dropped = [row["item"] for row in dataset.tables["decision"].iter_rows(named=True) if row["action"] == "dropped"]
    assert "columns group, nt_type_score" in dropped


def test_the_same_rows_in_another_form_are_the_same_version(tmp_path):
    flywire_files(tmp_path / "plain", "worm")
    flywire_files(tmp_path / "zipped", "worm", end=".csv.gz")
    shuffled = tmp_path / "shuffled" / "deep" / "down"
    shutil.copytree(tmp_path / "plain", shuffled)
    lake = Lake(tmp_path / "lake")
    versions = [
        lake.publish(read_edge_list(shipped_mappings()[FLYWIRE], tmp_path / name)).version
        for name in ("plain", "zipped", "shuffled")
    ]
    assert len(set(versions)) == 1


def test_through_lake_and_graph_to_a_query(tmp_path):
    """The parts by region of every pair sum to its whole, in the graph too; ids come back to the last digit."""
    flywire_files(tmp_path, "worm")
    lake = Lake(tmp_path / "lake")
    manifest = lake.publish(read_edge_list(shipped_mappings()[FLYWIRE], tmp_path))
    lake.check(manifest)
    store = LadybugStore(tmp_path / "graph.lbug", max_bytes=1 << 30)
    rebuild(lake, store)
    assert verify(lake, store).differences == ()

    def edges(cypher: str) -> list[dict]:
        return query(store, cypher).rows()

    whole = edges("MATCH (a:Neuron)-[r:CHEMICAL]->(b:Neuron) RETURN a.uid AS a, b.uid AS b, r.weight AS w")
    parts = edges("MATCH (a:Neuron)-[r:CHEMICAL_IN]->(b:Neuron) RETURN a.uid AS a, b.uid AS b, sum(r.weight) AS w")
    assert sorted((r["a"], r["b"], r["w"]) for r in whole) == sorted((r["a"], r["b"], r["w"]) for r in parts)
    ids = {str(i) for i in pl.read_csv(tmp_path / "neurons.csv")["root_id"]}
    assert {r["a"].rpartition("/")[2] for r in whole} <= ids
    store.close()


def hemibrain(folder: Path, total: int = 9) -> Path:
    (folder / "traced-neurons.csv").write_text(f"bodyId,type,instance\n{A},DA1_lPN,DA1_lPN_R\n{B},KC,\n{C},,\n")
    parts = [(A, B, "CA(R)", 5), (A, B, "NotPrimary", 4), (B, A, "CA(R)", 1), (C, C, "", 2)]
    lines = "".join(f"{pre},{post},{roi},{n}\n" for pre, post, roi, n in parts)
    (folder / "traced-roi-connections.csv").write_text("bodyId_pre,bodyId_post,roi,weight\n" + lines)
    totals = f"bodyId_pre,bodyId_post,weight\n{A},{B},{total}\n{B},{A},1\n{C},{C},2\n{C},{A},7\n"
    (folder / "traced-total-connections.csv").write_text(totals)
    return shipped_mappings()[HEMIBRAIN]


def test_hemibrain_as_neuprint_exports_it(tmp_path):
    tables = read_edge_list(hemibrain(tmp_path), tmp_path).tables
    assert short(tables["chemical"], "weight") == [
        (str(A), str(B), 9.0),
        (str(B), str(A), 1.0),
        (str(C), str(C), 2.0),
        (str(C), str(A), 7.0),
    ]
    assert short(tables["chemical_region"], "region", "weight")[3] == (str(C), str(C), "NotPrimary", 2.0)
    assert rows(tables["node"], "name", "type", "aliases") == [
        ("DA1_lPN_R", "DA1_lPN", [str(A)]),
        (str(B), "KC", []),
        (str(C), None, []),
    ]
    said = {(row["action"], row["item"]) for row in tables["decision"].iter_rows(named=True)}
    assert ("kept", "1 connections without regions") in said
    assert ("renamed", "1 rows without a region") in said
    Lake(tmp_path / "lake").publish(read_edge_list(hemibrain(tmp_path), tmp_path))


def test_totals_that_differ_may_be_a_decision(tmp_path):
    shipped = hemibrain(tmp_path, total=8).read_text()
    mapping = tmp_path / "mine.yaml"
    mapping.write_text(shipped.replace("if_different: error", "if_different: decision"))
    tables = read_edge_list(mapping).tables
    assert short(tables["chemical"], "weight")[0] == (str(A), str(B), 9.0)
    (differs,) = tables["decision"].filter(pl.col("action") == "differs").iter_rows(named=True)
    assert differs["reason"] == "8 here, but the parts sum to 9, which counts (first row given)"
    assert (differs["file"], differs["row"]) == ("traced-total-connections.csv", 2)


def test_a_mapping_of_ones_own(tmp_path):
    tables = read_edge_list(write(tmp_path)).tables
    assert short(tables["chemical"], "weight", "n_contacts") == [
        ("1", "2", 7.0, 7),
        ("2", "1", 1.0, None),
        ("3", "3", 2.0, 2),
    ]
    assert short(tables["chemical_region"], "region", "weight", "transmitter") == [
        ("1", "2", "R1", 3.0, "ACH"),
        ("1", "2", "R2", 4.0, "ACH"),
        ("2", "1", "R1", 1.0, "GABA"),
        ("3", "3", "R1", 2.0, None),
    ]
    assert rows(tables["node"], "name", "aliases", "hemisphere", "x_um", "y_um", "z_um") == [
        ("AVAL", ["1"], "L", 0.008, 0.016, 0.024),
        ("2", [], None, None, None, None),
        ("3", [], "R", 0.001, 0.001, 0.001),
    ]
    Lake(tmp_path / "lake").publish(read_edge_list(tmp_path / "own.yaml"))


def test_a_position_in_one_text_and_in_voxels(tmp_path):
    mapping = write(tmp_path, position="xyz, unit: voxel, voxel_nm: [4, 4, 40]")
    node = read_edge_list(mapping).tables["node"]
    assert rows(node, "x_um", "y_um", "z_um") == [(0.004, 0.008, 0.12), (None, None, None), (0.004, -0.008, 0.14)]


@pytest.mark.parametrize("end", [".parquet", ".feather"])
@pytest.mark.parametrize("dtype", [pl.Int64, pl.UInt64, pl.String, pl.Categorical])
def test_columnar_files_with_ids_of_any_exact_type(tmp_path, end, dtype):
    frame = pl.DataFrame({"from": [A, B, A], "to": [B, A, A], "n": [1, 2, 3], "contacts": [1, 1, 1]})
    through = pl.String if dtype == pl.Categorical else dtype
    frame = frame.with_columns(pl.col("from", "to").cast(through).cast(dtype))
    {".parquet": frame.write_parquet, ".feather": frame.write_ipc}[end](tmp_path / f"links{end}")
    mapping = write(tmp_path, None, f"cell,label,kind,side,x,y,z\n{A},,,,,,\n{B},,,,,,\n", end=end, columns=WHOLE)
    tables = read_edge_list(mapping).tables
    assert short(tables["chemical"], "weight") == [
        (str(A), str(A), 3.0),
        (str(A), str(B), 1.0),
        (str(B), str(A), 2.0),
    ]


def test_rows_of_one_pair_and_region_are_added_and_told(tmp_path):
    tables = read_edge_list(write(tmp_path, LINKS + "1,2,5,R1,GABA,\n1,2,6,R1,,1\n")).tables
    assert short(tables["chemical_region"], "region", "weight", "transmitter")[0] == ("1", "2", "R1", 14.0, "ACH")
    assert short(tables["chemical"], "weight", "n_contacts")[0] == ("1", "2", 18.0, 8)
    (merged,) = tables["decision"].filter(pl.col("action") == "merged").iter_rows(named=True)
    assert (merged["item"], merged["row"]) == ("2 rows whose pre, post, region stand in an earlier row", 6)


def test_ids_that_only_edges_name_may_become_nodes(tmp_path):
    tables = read_edge_list(write(tmp_path, LINKS + "9,1,1,R1,,\n8,10,1,R1,,\n", unknown="from_edges")).tables
    assert tables["node"]["name"].to_list() == ["AVAL", "2", "3", "8", "9", "10"]
    guessed = tables["decision"].filter(pl.col("action") == "guessed")
    assert rows(guessed, "item", "row", "column") == [
        ("2 nodes that only edges name", 6, "from"),
        ("1 nodes that only edges name", 7, "to"),
    ]
    Lake(tmp_path / "lake").publish(read_edge_list(tmp_path / "own.yaml"))


def test_edges_alone_are_enough(tmp_path):
    (tmp_path / "links.tsv").write_text("a\tb\tn\nAVAL\tAVAR\t2\n\nAVAR\tAVAL\t1\n\n")
    about = "dataset: {id: worm/own, title: t, licence: CC0, citation: c}\n"
    edges = "edges:\n- {file: links.tsv, columns: {pre: a, post: b, weight: n}, weight_unit: synapses}\n"
    (tmp_path / "m.yaml").write_text(about + edges)
    tables = read_edge_list(tmp_path / "m.yaml").tables
    assert short(tables["chemical"], "weight") == [("AVAL", "AVAR", 2.0), ("AVAR", "AVAL", 1.0)]
    assert "chemical_region" not in tables


def test_weak_pairs_are_left_out_with_their_parts(tmp_path):
    tables = read_edge_list(write(tmp_path, more="    at_least: 2")).tables
    assert [row[:2] for row in short(tables["chemical"])] == [("1", "2"), ("3", "3")]
    assert tables["chemical_region"].height == 3
    (dropped,) = tables["decision"].filter(pl.col("item").str.contains("below")).iter_rows(named=True)
    assert (dropped["item"], dropped["row"]) == ("1 pairs with a weight below 2", 4)


@pytest.mark.parametrize(
    ("mirrored", "links", "weights"),
    [
        ("once", "2,1,3\n1,2,3\n3,1,5\n", [("1", "2", 3.0), ("1", "3", 5.0)]),
        ("sum", "2,1,3\n1,2,4\n3,1,5\n", [("1", "2", 7.0), ("1", "3", 5.0)]),
    ],
)
def test_gap_junctions_stand_once(tmp_path, mirrored, links, weights):
    columns = "{pre: from, post: to, weight: n}"
    more = f"    kind: gap_junction\n    mirrored: {mirrored}"
    tables = read_edge_list(write(tmp_path, "from,to,n\n" + links, columns=columns, more=more)).tables
    assert short(tables["gap_junction"], "weight") == weights
    assert tables["network"]["directed"].to_list() == [False]
    Lake(tmp_path / "lake").publish(read_edge_list(tmp_path / "own.yaml"))


def test_the_first_of_repeated_nodes_may_count(tmp_path):
    mapping = write(tmp_path, cells=CELLS + "1,other,,left,,,,\n", repeated="first")
    dataset = read_edge_list(mapping)
    assert dataset.tables["node"]["name"].to_list() == ["AVAL", "2", "3"]
    (dropped,) = dataset.tables["decision"].filter(pl.col("item").str.contains("seen before")).iter_rows(named=True)
    assert (dropped["row"], dropped["column"]) == (5, "cell")


@pytest.mark.parametrize("dataset", [FLYWIRE, HEMIBRAIN])
def test_shipped_mappings_say_what_a_dataset_needs(dataset):
    mapping = read_mapping(shipped_mappings()[dataset])
    assert mapping.id == dataset
    assert mapping.species == "Drosophila melanogaster"
    assert replace(mapping).licence.startswith("CC BY")
