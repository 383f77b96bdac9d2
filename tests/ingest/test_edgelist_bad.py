"""Whatever is wrong with a mapping file or a file it names is an error that says where, and what to do."""

from __future__ import annotations

import gzip
from pathlib import Path

import polars as pl
import pytest

from ingest.generic.edgelist import read_edge_list
from ingest.generic.mapping import find_mapping
from schemas.errors import SourceError, UsageError

MAPPING = """dataset:
  id: fly/own
  title: t
  licence: CC0
  citation: c
nodes:
  - file: cells.csv
    columns: {id: cell, hemisphere: side}
    position: {columns: [x, y, z]}
edges:
  - file: [links.csv, links.csv.gz, links.parquet]
    columns: {pre: from, post: to, weight: n, region: where}
    weight_unit: synapses
"""
CELLS = "cell,side,x,y,z\n1,L,0,0,0\n2,R,1,1,1\n"
LINKS = "from,to,n,where\n1,2,3,R1\n2,1,1,R1\n"


def read(folder: Path, mapping: str = MAPPING, links: str | None = LINKS, cells: str = CELLS) -> str:
    (folder / "m.yaml").write_text(mapping)
    (folder / "cells.csv").write_text(cells)
    if links is not None:
        (folder / "links.csv").write_text(links)
    with pytest.raises(SourceError) as caught:
        read_edge_list(folder / "m.yaml")
    return str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("title: t", "titel: t", "m.yaml, row 3: dataset: unknown key 'titel'\n  hint: did you mean 'title'?"),
        ("  title: t\n", "", "m.yaml, row 2: dataset: 'title' is missing"),
        ("title: t", "title: 7", "m.yaml, row 3: dataset: 'title' must be a text, not 7"),
        ("title: t", "title: t\n  title: u", "m.yaml, row 4: 'title' stands twice"),
        ("id: fly/own", "id: own", "m.yaml, row 2: dataset: 'own' is no id of a dataset"),
        ("weight: n,", "weigth: n,", "m.yaml, row 12: edges[0].columns: unknown key 'weigth'"),
        ("weight: n,", "", "m.yaml, row 12: edges[0].columns: 'weight' is missing"),
        ("weight_unit: synapses", "", "m.yaml, row 11: edges[0]: 'weight_unit' is missing"),
        ("weight_unit: synapses", "weight_unit: s\n    kind: chem", "m.yaml, row 14: edges[0]: 'kind' is 'chem'"),
        ("region: where", "transmitter: where", "edges[0]: 'transmitter' without 'region'"),
        ("[x, y, z]", "[x, y]", "nodes[0].position: 'columns' names x, y and z, or one column"),
        ("[x, y, z]", "[x, y, z], unit: voxel", "'voxel_nm' belongs to `unit: voxel`"),
        ("licence: CC0", "licence: [CC0", "m.yaml, row 5: is not YAML"),
        ("synapses\n", "synapses\nunknown_nodes: yes\n", "'unknown_nodes' must be a text, not True"),
        ("synapses\n", "synapses\n    at_least: '5'\n", "'at_least' must be a number, not '5'"),
        ("synapses\n", "synapses\n    kind: gap_junction\n", "an edge of kind gap_junction has no regions"),
        ("synapses\n", "synapses\n    mirrored: once\n", "'mirrored' is once or sum, and only for undirected kinds"),
    ],
)
def test_a_wrong_mapping_is_named_with_its_line(tmp_path, old, new, says):
    assert old in MAPPING
    assert says in read(tmp_path, MAPPING.replace(old, new, 1))


@pytest.mark.parametrize("text", ["", "just words\n", "- a\n- b\n"])
def test_a_file_that_is_no_mapping(tmp_path, text):
    assert read(tmp_path, text).startswith(("m.yaml", str(tmp_path)))


def test_a_mapping_that_is_not_there(tmp_path):
    with pytest.raises(SourceError, match="missing"):
        read_edge_list(tmp_path / "absent.yaml")
    with pytest.raises(UsageError, match="fly/flywire783"):
        find_mapping("fly/nonsense")


def test_an_unknown_column_is_named_with_file_its_columns_and_the_nearest(tmp_path):
    said = read(tmp_path, MAPPING.replace("region: where", "region: wher"))
    assert "links.csv, row 1: has no column 'wher', which m.yaml takes as 'region'" in said
    assert "did you mean 'where'? its columns: from, to, n, where" in said


@pytest.mark.parametrize(
    ("links", "says"),
    [
        ("from,to,n,where\n1,2,3,R1,9\n", "links.csv, row 2: has 5 cells, the header has 4"),
        ("from,to,n,where\n1,2,3,R1\n2,1,four,R1\n", "links.csv, row 3, column n: 'four' is no number"),
        ("from,to,n,where\n1,2,0,R1\n", "links.csv, row 2, column n: 0.0 is not greater than 0"),
        ("from,to,n,where\n1,2,-4,R1\n", "links.csv, row 2, column n: -4.0 is not greater than 0"),
        ("from,to,n,where\n1,2,NaN,R1\n", "links.csv, row 2, column n: nan is no finite number"),
        ("from,to,n,where\n1,2,inf,R1\n", "links.csv, row 2, column n: inf is no finite number"),
        ("from,to,n,where\n1,2,,R1\n", "links.csv, row 2, column n: is empty, a number was expected"),
        ("from,to,n,where\n1,2,3,\n", "links.csv, row 2, column where: is empty, a region was expected"),
        ("from,to,n,where\n1,,3,R1\n", "links.csv, row 2, column to: is empty, an id was expected"),
        ("from,to,n,where\n1,2,3,R1\n1,7,3,R1\n", "links.csv, row 3, column to: '7' is in no node file"),
        ("from,to,n,where\n1,2.0,3,R1\n", "links.csv, row 2, column to: '2.0' was a float, which is no id"),
        ("from,to,n,where\n1,7.2e17,3,R1\n", "column to: '7.2e17' was a float"),
        ("from,to,n,where\n1,2 b,3,R1\n", "column to: '2 b' holds a blank or '/'"),
        ("from,to,n,n,where\n1,2,3,3,R1\n", "links.csv, row 1: has column 'n' more than once"),
        ("", "the file is empty"),
    ],
)
def test_a_wrong_edge_file_is_named_with_row_and_column(tmp_path, links, says):
    assert says in read(tmp_path, links=links)


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        ("cell,side,x,y,z\n1,L,0,0,0\n1,L,0,0,0\n", "cells.csv, row 3, column cell: '1' stands in an earlier row too"),
        ("cell,side,x,y,z\n1,left,0,0,0\n2,R,,,\n", "cells.csv, row 2, column side: 'left' is no hemisphere"),
        ("cell,side,x,y,z\n1,L,0,zero,0\n", "cells.csv, row 2, column y: 'zero' is no number"),
        ("cell,side,x,y,z\n,L,0,0,0\n", "cells.csv, row 2, column cell: is empty, an id was expected"),
    ],
)
def test_a_wrong_node_file_is_named_with_row_and_column(tmp_path, cells, says):
    assert says in read(tmp_path, cells=cells)


def test_all_wrong_cells_are_named_at_once(tmp_path):
    lines = "".join(f"1,2,{-n},R{n}\n" for n in range(30))
    said = read(tmp_path, links="from,to,n,where\n" + lines)
    assert said.count("is not greater than 0") == 20
    assert "… and 10 more" in said


@pytest.mark.parametrize("dtype", [pl.Float64, pl.Float32, pl.Boolean])
def test_ids_in_a_column_of_floats_are_refused(tmp_path, dtype):
    frame = pl.DataFrame({"from": [1, 2], "to": [2, 1], "n": [1, 1], "where": ["a", "b"]})
    frame.with_columns(pl.col("to").cast(dtype)).write_parquet(tmp_path / "links.parquet")
    said = read(tmp_path, links=None)
    assert f"links.parquet, column to: holds ids as {dtype}" in said
    assert "53 bits" in said


def test_weights_in_a_column_of_texts_are_refused(tmp_path):
    frame = pl.DataFrame({"from": [1], "to": [2], "n": ["1"], "where": ["a"]})
    frame.write_parquet(tmp_path / "links.parquet")
    assert "links.parquet, column n: has type String, numbers of type Float64" in read(tmp_path, links=None)


def test_missing_damaged_and_ambiguous_files(tmp_path):
    said = read(tmp_path, links=None)
    assert "are not in" in said
    assert "links.csv or links.csv.gz or links.parquet" in said
    whole = gzip.compress(LINKS.encode())
    (tmp_path / "links.csv.gz").write_bytes(whole[:-12])
    assert "links.csv.gz" in read(tmp_path, links=None)
    (tmp_path / "links.csv.gz").write_bytes(LINKS.encode())
    assert "links.csv.gz: is not gzipped UTF-8 text" in read(tmp_path, links=None)
    (tmp_path / "links.csv.gz").unlink()
    (tmp_path / "links.parquet").write_bytes(b"PAR1 nothing")
    assert "links.parquet: cannot be read" in read(tmp_path, links=None)
    (tmp_path / "links.parquet").unlink()
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "links.csv").write_text(LINKS)
    assert "holds links.csv more than once: one/links.csv, two/links.csv" in read(tmp_path, links=None)


def test_pairs_in_both_directions_of_an_undirected_kind_need_a_word(tmp_path):
    mapping = MAPPING.replace(", region: where", "") + "    kind: gap_junction\n"
    assert "the pair stands in the other direction too" in read(tmp_path, mapping)
    once = read(tmp_path, mapping + "    mirrored: once\n")
    assert "links.csv, row 3, column n: 1.0 differs from the weight in the other direction" in once


@pytest.mark.parametrize(
    ("totals", "says"),
    [
        ("1,2,4\n2,1,1\n", "totals.csv, row 2, column n: 4.0 is not the sum of the parts by region, 3"),
        ("1,2,3\n", "1 pairs of links.csv have no total here"),
        ("1,2,3\n1,2,3\n2,1,1\n", "totals.csv, row 3, column from: the pair of this row stands in an earlier row too"),
    ],
)
def test_totals_that_differ_are_an_error_unless_the_mapping_says_otherwise(tmp_path, totals, says):
    (tmp_path / "totals.csv").write_text("from,to,n\n" + totals)
    more = "    totals: {file: totals.csv, columns: {pre: from, post: to, weight: n}}\n"
    assert says in read(tmp_path, MAPPING + more)
