"""White et al. 1986: the numbers of each series, where its two forms disagree, and bad files."""

from __future__ import annotations

import json
from dataclasses import replace

import polars as pl
import pytest

from ingest.celegans import white1986
from ingest.fetch import fetch
from ingest.source import source
from schemas.errors import SourceError

# series -> records; among the 300: chemical edges, their weight, gap junction pairs, their weight both ways
COUNTS = {
    "whole": (3549, 2266, 6509, 569, 1916),
    "n2u": (2167, 1414, 3740, 264, 660),
    "jsh": (2056, 1291, 3702, 286, 1510),
    "jse": (104, 94, 261, 0, 0),
}
TABLES = {"whole": "whole", "n2u": "A", "jsh": "L4"}
HEADER = "pre\tpost\ttype\tsynapses"
GOOD = {"pre": "AVAL", "post": "AVAR", "typ": 0, "syn": [1, 1]}


@pytest.fixture(scope="module")
def files(shared_data):
    folder = shared_data / "celegans/connectome/white1986"
    found = {f"{series}_json": folder / f"white_1986_{series}.json" for series in COUNTS}
    return found | {f"{s}_tsv": folder / f"aconnectome_white_1986_{name}.csv" for s, name in TABLES.items()}


@pytest.fixture(scope="module")
def tables(files, cell_tables):
    return white1986.read(files, cell_tables)


def of_series(frame, series, kind):
    return frame.filter(pl.col("network") == f"celegans/white1986/{series}/{kind}")


def among(frame, nodes):
    return frame.filter(pl.col("source").is_in(nodes), pl.col("target").is_in(nodes))


def both_ways(gap):
    """The weight of undirected edges as a symmetric matrix holds it."""
    return (
        gap.select(pl.when(pl.col("source") == pl.col("target")).then(1).otherwise(2) * pl.col("weight")).sum().item()
    )


@pytest.mark.data
def test_tables_are_valid(tables, check_tables):
    check_tables(tables)


@pytest.mark.data
@pytest.mark.parametrize("series", COUNTS)
def test_edges_among_the_300_are_those_of_the_files(series, files, tables, canonical):
    records, edges, weight, pairs, gap_weight = COUNTS[series]
    assert len(json.loads(files[f"{series}_json"].read_text())) == records
    chemical = among(of_series(tables["chemical"], series, "chemical"), canonical)
    assert (chemical.height, chemical["weight"].sum()) == (edges, weight)
    gap = among(of_series(tables["gap_junction"], series, "gap_junction"), canonical)
    assert (gap.height, both_ways(gap)) == (pairs, gap_weight)


@pytest.mark.data
def test_gap_junctions_count_once_as_in_the_table(tables, canonical):
    """The JSON's 1,916 are the table's 965: pairs twice, loops once."""
    gap = among(of_series(tables["gap_junction"], "whole", "gap_junction"), canonical)
    assert gap["weight"].sum() == 965


@pytest.mark.data
@pytest.mark.parametrize("series", COUNTS)
def test_every_record_is_accounted_for(series, files, tables):
    records = len(json.loads(files[f"{series}_json"].read_text()))
    chemical = of_series(tables["chemical"], series, "chemical").height
    gap = of_series(tables["gap_junction"], series, "gap_junction")
    loops = gap.filter(pl.col("source") == pl.col("target")).height
    here = tables["decision"].filter(pl.col("file") == f"white_1986_{series}.json")
    merged = here.filter(pl.col("action") == "merged", pl.col("row").is_not_null()).height
    dropped = here.filter(pl.col("action") == "dropped", pl.col("row").is_not_null()).height
    assert chemical + merged + 2 * (gap.height - loops) + loops + dropped == records


@pytest.mark.data
def test_only_groups_of_cells_are_left_out(files, tables):
    dropped = tables["decision"].filter(pl.col("action") == "dropped", pl.col("row").is_not_null())
    assert set(dropped["file"]) == {"white_1986_whole.json"}
    records = json.loads(files["whole_json"].read_text())
    assert {(r["pre"], r["post"]) for r in records if {r["pre"], r["post"]} & set(white1986.GROUPS)} == {
        tuple(item.split(" -> ")) for item in dropped["item"]
    }
    assert dropped.height == 138
    assert dropped.filter(pl.col("item").str.ends_with("LegacyBodyWallMuscles")).height == 114
    row = dropped.row(0, named=True)
    assert row["item"] == "{pre} -> {post}".format(**records[row["row"] - 1])


@pytest.mark.data
def test_where_the_forms_disagree_there_is_a_decision_with_its_row(files, tables):
    differs = tables["decision"].filter(pl.col("action") == "differs")
    lacking = differs.filter(pl.col("file") == "white_1986_whole.json")
    assert lacking.height == 2405 - 2386
    assert lacking["reason"].str.contains("the table nothing").all()
    records = json.loads(files["whole_json"].read_text())
    assert [
        f"whole chemical {records[row - 1]['pre']} - {records[row - 1]['post']}" for row in lacking["row"]
    ] == lacking["item"].to_list()
    other = differs.filter(pl.col("file") == "aconnectome_white_1986_A.csv")
    assert other.select("item", "row").rows() == [
        ("n2u chemical RIVL - BWM-VR07", 1417),
        ("n2u chemical RMDVL - BWM-VR02", 1502),
        ("n2u chemical RMDVR - BWM-VR03", 1516),
    ]
    assert lacking.height + other.height == differs.height
    line = files["n2u_tsv"].read_text().splitlines()[1416]
    assert line == "RIVL\tBWM-VR07\tchemical\t8"
    assert other["reason"][0] == "the JSON holds 9, the table 8; the JSON counts"


@pytest.mark.data
@pytest.mark.parametrize("series", TABLES)
def test_the_table_alone_gives_the_same_neurons_edges(series, files, tables, cell_tables, canonical):
    alone = white1986.read({f"{series}_tsv": files[f"{series}_tsv"]}, cell_tables)
    for kind in ("chemical", "gap_junction"):
        key = ["source", "target"]
        first = among(of_series(tables[kind], series, kind), canonical).sort(key)
        assert among(alone[kind], canonical).sort(key).equals(first)
    dropped = alone["decision"].filter(pl.col("reason").str.contains("no file"))
    assert set(dropped["item"]) == set(COUNTS) - {series}


@pytest.mark.data
def test_series_of_one_animal_have_a_subject_and_the_tail_no_gap_junctions(tables):
    subjects = tables["subject"].select("uid", "stage", "sex").sort("uid").rows()
    assert subjects == [
        ("celegans/white1986/jse", "adult", "hermaphrodite"),
        ("celegans/white1986/jsh", "L4", "hermaphrodite"),
        ("celegans/white1986/n2u", "adult", "hermaphrodite"),
    ]
    network = tables["network"]
    assert network.filter(pl.col("subject").is_null())["uid"].str.contains("/whole/").sum() == 2
    assert network.height == 7
    assert not network["uid"].str.contains("jse/gap_junction").any()
    absent = tables["decision"].filter(pl.col("item") == "jse/gap_junction")
    assert "not the same as absent" in absent["reason"].item()
    assert set(network["weight_unit"]) == {"synapses"}


@pytest.fixture
def tsv(tmp_path, cell_tables):
    """Reads a table of the series N2U from its text."""

    def read(text, **more):
        path = tmp_path / "t.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return white1986.read({"n2u_tsv": path, **more}, cell_tables)

    return read


@pytest.fixture
def records(tmp_path):
    def write(*content):
        path = tmp_path / "s.json"
        path.write_text(json.dumps(content))
        return path

    return write


def refused(call, *parts):
    """The error says all of these and what to do."""
    with pytest.raises(SourceError) as caught:
        call()
    for part in parts:
        assert part in str(caught.value), str(caught.value)
    assert caught.value.hint


def edges(tables, kind):
    return [(s[23:], t[23:], w) for s, t, w in tables[kind].select("source", "target", "weight").iter_rows()]


def test_a_header_separated_by_blanks_is_read_as_it_is_meant(tsv):
    rows = "AVAL\tVB01\tchemical\t3\nAVAL\tAVAR\telectrical\t2\n"
    odd, plain = tsv(f"pre post  type synapses\n{rows}"), tsv(f"{HEADER}\n{rows}")
    for kind in ("chemical", "gap_junction"):
        assert odd[kind].equals(plain[kind])
    assert edges(odd, "chemical") == [("AVAL", "VB1", 3.0)]
    kept = odd["decision"].filter(pl.col("action") == "kept")
    assert kept.select("item", "file", "row").rows() == [("header", "t.csv", 1)]
    assert plain["decision"].filter(pl.col("action") == "kept").is_empty()
    refused(lambda: tsv("pre post type synapses\nAVAL\tAVAR\tchemical\tfew\n"), "t.csv, row 2, column synapses")
    refused(lambda: tsv("pre post type synapses\nAVAL\tAVAR\tchemical\t1\t1\n"), "t.csv: the rows are not 4 cells")


def test_blanks_also_non_breaking_and_two_labels_of_one_cell(tsv):
    found = tsv(f"{HEADER}\n AVAL\u00a0\tVB01 \tchemical\t2\nAVAL\tVB1\tchemical\t3\n")
    assert edges(found, "chemical") == [("AVAL", "VB1", 5.0)]
    merged = found["decision"].filter(pl.col("action") == "merged")
    assert merged.select("item", "file", "row").rows() == [("AVAL -> VB1", "t.csv", 3)]


def test_forms_are_compared_pair_by_pair(tsv, records):
    json_form = records(
        GOOD,
        {"pre": "AVBL", "post": "AVAL", "typ": 2, "syn": [2]},
        {"pre": "AVAL", "post": "AVBL", "typ": 2, "syn": [2]},
    )
    text = f"{HEADER}\nAVAL\tAVAR\tchemical\t2\nAVBL\tAVAL\telectrical\t3\nAVBL\tAVBR\tchemical\t1\n"
    found = tsv(text, n2u_json=json_form)
    differs = found["decision"].filter(pl.col("action") == "differs")
    assert differs.select("item", "file", "row", "reason").rows() == [
        ("n2u chemical AVBL - AVBR", "t.csv", 4, "the JSON holds nothing, the table 1; the JSON counts"),
        ("n2u gap_junction AVAL - AVBL", "t.csv", 3, "the JSON holds 2, the table 3; the JSON counts"),
    ]
    assert edges(found, "chemical") == [("AVAL", "AVAR", 2.0)]
    assert edges(found, "gap_junction") == [("AVAL", "AVBL", 2.0)]


def test_a_group_of_cells_is_a_decision(tsv):
    found = tsv(f"{HEADER}\nVB1\tLegacyBodyWallMuscles\tchemical\t4\nAVAL\tAVAR\tchemical\t1\n")
    assert edges(found, "chemical") == [("AVAL", "AVAR", 1.0)]
    dropped = found["decision"].filter(pl.col("row").is_not_null())
    assert dropped.select("action", "item", "row").rows() == [("dropped", "VB1 -> LegacyBodyWallMuscles", 2)]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", ["t.csv", "the file is empty"]),
        (b"\x1f\x8b\xff\xfe\x00", ["t.csv: is not UTF-8 text", "gzip"]),
        (f"\n{HEADER}\nAVAL\tAVAR\tchemical\t1\n", ["t.csv, row 1: has no column 'pre'"]),
        ("pre,post,type,synapses\nAVAL,AVAR,chemical,1\n", ["t.csv, row 1: has no column 'pre'"]),
        ("pre\tpost\tsynapses\nAVAL\tAVAR\t1\n", ["row 1: has no column 'type'"]),
        (f"{HEADER}\nAVAL\tAVAR\tchem", ["t.csv, row 2, column synapses: is empty"]),
        (
            f"{HEADER}\nAVAL\tAVAR\tchemical\tfew\n",
            ["row 2, column synapses: holds 'few', a whole number was expected"],
        ),
        (f"{HEADER}\nAVAL\tAVAR\tchemical\tnan\n", ["row 2, column synapses"]),
        (f"{HEADER}\nAVAL\tAVAR\tchemical\t-2\n", ["row 2, column synapses: holds -2"]),
        (f"{HEADER}\nAVAL\tAVAR\tglia\t2\n", ["row 2, column type: holds 'glia'"]),
        (f"{HEADER}\nAVAL\tAVAX\tchemical\t2\n", ["t.csv, row 2, column post: 'AVAX' (like ", "cells.yaml"]),
        (f"{HEADER}\nAVAL\tAVAR\tchemical\t2\t7\n", ["t.csv, row 2: has more cells than the header"]),
    ],
)
def test_bad_tables(tsv, text, says):
    refused(lambda: tsv(text), *says)


def test_bad_records(tmp_path, records, cell_tables):
    read = lambda path: white1986.read({"jsh_json": path}, cell_tables)  # noqa: E731
    refused(lambda: read(records(GOOD, GOOD | {"syn": [-1]})), "s.json, row 2: syn is [-1]")
    refused(lambda: read(records(GOOD | {"syn": [float("nan")]})), "s.json, row 1: syn is [nan]")
    refused(lambda: read(records(GOOD | {"syn": [float("inf")]})), "s.json, row 1: syn is [inf]")
    refused(lambda: read(records({"pre": "AVAL", "post": "AVAR", "syn": [1]})), "s.json, row 1: record has no 'typ'")
    refused(lambda: read(records(GOOD | {"post": "QQQ"})), "s.json, row 1, column post: 'QQQ'")
    cut = tmp_path / "cut.json"
    cut.write_text(json.dumps([GOOD, GOOD], indent=1)[:-20])
    refused(lambda: read(cut), "cut.json, row ", "is not JSON")
    refused(lambda: white1986.read({}, cell_tables), "no file of any series")


@pytest.mark.data
@pytest.mark.parametrize(("series", "name"), [("n2u", "A"), ("jsh", "L4")])
def test_a_table_is_known_by_its_other_name(series, name, files, tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / f"white_1986_{series}.csv").write_bytes(files[f"{series}_tsv"].read_bytes())
    spec = source("celegans/white1986")
    (file,) = (f for f in spec.files if f.key == f"{series}_tsv")
    got = fetch(replace(spec, files=(file,)), tmp_path / "downloads", from_dir=folder)
    assert file.names[0] == f"aconnectome_white_1986_{name}.csv"
    assert [each.sha256 for each in got.provenance] == [file.sha256]


@pytest.mark.network
def test_three_tables_come_out_of_real_wheels(wheel_files, cell_tables, check_tables, canonical):
    files = wheel_files("celegans/white1986")
    assert set(files) == {"whole_tsv", "n2u_tsv", "jsh_tsv"}
    found = white1986.read(files, cell_tables)
    check_tables(found)
    for series in TABLES:
        chemical = among(of_series(found["chemical"], series, "chemical"), canonical)
        assert (chemical.height, chemical["weight"].sum()) == COUNTS[series][1:3]
