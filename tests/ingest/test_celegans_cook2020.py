"""Cook et al. 2020: the numbers of the pharynx's two lists, what is added up, and bad files."""

from __future__ import annotations

import csv
from collections import defaultdict

import polars as pl
import pytest

from ingest.celegans import cook2019, cook2020
from schemas.errors import SourceError

HEADER4, HEADER5 = "Source,Target,Weight,Type", "Source,Target,Weight"
LISTED, COUPLING = f"{HEADER4}\r\nM5,pm7D,8,Chemical", f"{HEADER5}\r\npm1d,pm2d,3"


@pytest.fixture(scope="module")
def files(shared_data):
    folder = shared_data / "celegans/connectome/cook2020"
    return {f"supinfo{n}": folder / f"cne24932-sup-000{n}-supinfo{n}.csv" for n in (4, 5)}


@pytest.fixture(scope="module")
def tables(files, cell_tables):
    return cook2020.read(files, cell_tables)


@pytest.fixture
def read(tmp_path, cell_tables):
    """Reads the two lists from their texts."""

    def written(listed=LISTED, coupling=COUPLING):
        paths = {"supinfo4": tmp_path / "s4.csv", "supinfo5": tmp_path / "s5.csv"}
        for path, text in zip(paths.values(), (listed, coupling), strict=True):
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return cook2020.read(paths, cell_tables)

    return written


def edges(frame, network=None):
    here = frame.filter(pl.col("network").str.ends_with(f"/{network}")) if network else frame
    return {(s[23:], t[23:]): w for s, t, w in here.select("source", "target", "weight").iter_rows()}


def raw(path):
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.mark.data
def test_tables_are_valid(tables, check_tables):
    check_tables(tables)


@pytest.mark.data
def test_there_are_259_chemical_edges_and_246_gap_junctions_both_ways(tables):
    assert (tables["chemical"].height, tables["chemical"]["weight"].sum()) == (259, 1713.0)
    gap = tables["gap_junction"]
    loops = gap.filter(pl.col("source") == pl.col("target")).height
    assert 2 * (gap.height - loops) + loops == 246
    assert {n: len(edges(gap, n)) for n in ("gap_junction", "gap_junction_muscle")} == {
        "gap_junction": 67,
        "gap_junction_muscle": 57,
    }


@pytest.mark.data
def test_weights_are_the_sums_of_the_rows(files, tables):
    found = defaultdict(float)
    for row in raw(files["supinfo4"]):
        if row["Type"] == "Chemical":
            ends = [{"g1P": "g1p"}.get(x, x) for x in (row["Source"], row["Target"])]
            found[tuple(x[:3] + x[3:].upper() if x[:2] in ("pm", "mc") else x for x in ends)] += float(row["Weight"])
    assert edges(tables["chemical"]) == found


@pytest.mark.data
def test_every_row_is_accounted_for(files, tables):
    rows = [row.get("Type", "coupling") for path in files.values() for row in raw(path)]
    assert {kind: rows.count(kind) for kind in rows} == {"Chemical": 295, "Electrical": 67, "coupling": 58}
    merged = tables["decision"].filter(pl.col("action") == "merged")
    assert merged["file"].value_counts(sort=True).rows() == [
        ("cne24932-sup-0004-supinfo4.csv", 36),
        ("cne24932-sup-0005-supinfo5.csv", 1),
    ]
    assert tables["chemical"].height + tables["gap_junction"].height + merged.height == len(rows)


@pytest.mark.data
def test_what_couples_muscles_is_no_count_and_a_network_of_its_own(files, tables):
    assert {row["Weight"] for row in raw(files["supinfo5"])} == {"3"}
    units = dict(tables["network"].select("uid", "weight_unit").iter_rows())
    assert units == {
        "celegans/cook2020/chemical": "EM sections",
        "celegans/cook2020/gap_junction": "EM sections",
        "celegans/cook2020/gap_junction_muscle": "nominal, 3 per row of the file",
    }
    assert dict(tables["network"].select("uid", "directed").iter_rows())["celegans/cook2020/chemical"]
    assert edges(tables["gap_junction"], "gap_junction_muscle")["mc1DR", "pm4VR"] == 6.0  # stands twice


@pytest.mark.data
def test_cells_of_the_epithelium_are_those_of_the_anatomy(tables):
    gap = edges(tables["gap_junction"], "gap_junction")
    assert {pair for pair in gap if any(x.startswith("e2") for x in pair)} == {
        ("e2DR", "e3D"),
        ("e2V", "e3VR"),
        ("e2V", "e3D"),
        ("e2DL", "e3VL"),
    }


@pytest.mark.data
def test_the_e2_cells_have_the_same_gap_junctions_in_2019_by_their_other_names(tables, shared_data, cell_tables):
    """What makes e2D of the matrices e2DR, e2VL e2DL and e2VR e2V: no other three names would give these weights."""
    path = shared_data / "celegans/connectome/cook2019/SI5_adjacency_corrected_July2020.xlsx"
    matrices = cook2019.read({"si5": path}, cell_tables)
    of_e2 = [
        {pair: w for pair, w in found.items() if any(end.startswith("e2") for end in pair)}
        for found in (edges(tables["gap_junction"], "gap_junction"), edges(matrices["gap_junction"]))
    ]
    assert of_e2[0] == of_e2[1]
    assert sorted(of_e2[0].values()) == [1.0, 1.0, 1.0, 2.0]
    renamed = matrices["decision"].filter(pl.col("item").str.starts_with("e2"))
    assert dict(renamed.select("item", "row").iter_rows()) == {"e2D": 53, "e2VL": 54, "e2VR": 55}


def test_direction_is_source_to_target_and_a_loop_is_kept(read):
    tables = read(f"{HEADER4}\nM4,I5,0.5,Chemical\nM4,M4,2,Chemical\nM5,M4,1,Electrical\nM5,M5,1,Electrical\n")
    assert edges(tables["chemical"]) == {("M4", "I5"): 0.5, ("M4", "M4"): 2.0}
    assert edges(tables["gap_junction"], "gap_junction") == {("M4", "M5"): 1.0, ("M5", "M5"): 1.0}


def test_parts_of_pm1_are_one_cell(read):
    tables = read(coupling=f"{HEADER5}\npm1d,pm2d,3\npm1vl,pm2d,3\npm1vl,pm2vl,3\n")
    assert edges(tables["gap_junction"]) == {("pm1", "pm2D"): 6.0, ("pm1", "pm2VL"): 3.0}
    renamed = tables["decision"].filter(pl.col("reason").str.starts_with("a part of one cell: it is pm1"))
    assert renamed.select("item", "file", "row", "column").rows() == [
        ("pm1d", "s5.csv", 2, "Source"),
        ("pm1vl", "s5.csv", 3, "Source"),
    ]


def test_blanks_also_non_breaking_and_two_labels_of_one_cell(read):
    tables = read(f"{HEADER4}\n M5\u00a0,g1P ,2, Chemical \nM5,g1p,3,Chemical\n")
    assert edges(tables["chemical"]) == {("M5", "g1p"): 5.0}
    merged = tables["decision"].filter(pl.col("action") == "merged")
    assert merged.select("item", "file", "row").rows() == [("M5 -> g1p", "s4.csv", 3)]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", ["s4.csv", "the file is empty"]),
        (HEADER4, ["s4.csv: lists no connection"]),
        (b"PK\x03\x04\xff\xfe", ["s4.csv: is not UTF-8 text", "zip archive"]),
        (f"\n{HEADER4}\nM5,pm7D,8,Chemical\n", ["s4.csv, row 1: has no column 'Source'"]),
        ("Source,Target,Type\nM5,pm7D,Chemical\n", ["s4.csv, row 1: has no column 'Weight'", "Source, Target, Type"]),
        (f"{HEADER4}\nM5,pm7D,8,Chemical\nM5,pm", ["s4.csv, row 3, column Type: is empty", "column Weight: is empty"]),
        (f"{HEADER4}\nM5,pm7D,many,Chemical\n", ["s4.csv, row 2, column Weight: holds 'many', a number was expected"]),
        (f"{HEADER4}\nM5,pm7D,nan,Chemical\n", ["s4.csv, row 2, column Weight"]),
        (f"{HEADER4}\nM5,pm7D,-1,Chemical\n", ["s4.csv, row 2, column Weight: holds -1, a weight is greater than 0"]),
        (f"{HEADER4}\nM5,pm7D,0,Chemical\n", ["column Weight: holds 0"]),
        (f"{HEADER4}\nM5,pm7D,inf,Chemical\n", ["column Weight: holds inf"]),
        (f"{HEADER4}\nM5,pm7D,1,Gap\n", ["s4.csv, row 2, column Type: holds 'Gap'", "Chemical, Electrical"]),
        (f"{HEADER4}\nM5,pm9,1,Chemical\n", ["s4.csv, row 2, column Target: 'pm9' (like ", "cells.yaml"]),
        (f"{HEADER4}\nM5,pm7D,1,Chemical,x\n", ["s4.csv, row 2: has more cells than the header"]),
    ],
)
def test_bad_lists(read, text, says):
    with pytest.raises(SourceError) as caught:
        read(text)
    for part in says:
        assert part in str(caught.value), str(caught.value)
    assert caught.value.hint


def test_bad_list_of_couplings(read):
    with pytest.raises(SourceError, match=r"s5\.csv, row 2, column Source: 'pm1x'"):
        read(coupling=f"{HEADER5}\npm1x,pm2d,3\n")
    with pytest.raises(SourceError, match=r"s5\.csv: lists no connection"):
        read(coupling=HEADER5)
