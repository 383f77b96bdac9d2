"""Witvliet et al. 2021: the numbers of each stage, and whether its two forms agree."""

from __future__ import annotations

import json

import polars as pl
import pytest

from ingest.celegans import witvliet2021
from ingest.celegans.nemanode import differences, read_connections
from ingest.celegans.witvliet2021 import STAGES, read_xlsx_stage

# stage -> records, chemical edges among the 300, their weight, gap junction pairs among the 300
COUNTS = {
    1: (939, 675, 1152, 83),
    2: (1231, 865, 1687, 121),
    3: (1198, 887, 1884, 94),
    4: (1551, 1011, 2521, 205),
    6: (1952, 1314, 3893, 212),
    7: (2781, 1944, 6587, 267),
    8: (2802, 1933, 7099, 304),
}
FRAGMENTS = {
    6: {("AIAL", "NR_fragment")},
    7: {("AQR", "NR_fragment"), ("ASJL", "vncfrag"), ("SMDVR", "vncfrag")},
    8: {("AVJL", "Fragment"), ("Fragment", "SIBVR"), ("Fragment", "URXR"), ("SMDVR", "VAn")},
}


@pytest.fixture(scope="module")
def files(shared_data):
    folder = shared_data / "celegans/connectome/witvliet2021"
    found = {f"stage{n}_json": folder / f"witvliet_2020_{n}.json" for n in COUNTS}
    tables = {1: "witvliet_2020_1 L1.xlsx", 8: "witvliet_2020_8 adult.xlsx"}
    return found | {f"stage{n}_xlsx": folder / name for n, name in tables.items()}


@pytest.fixture(scope="module")
def tables(files, cell_tables):
    return witvliet2021.read(files, cell_tables)


def among(frame, network, nodes):
    here = frame.filter(pl.col("network") == f"celegans/witvliet2021/{network}")
    return here.filter(pl.col("source").is_in(nodes), pl.col("target").is_in(nodes))


@pytest.mark.data
def test_tables_are_valid(tables, check_tables):
    check_tables(tables)


@pytest.mark.data
@pytest.mark.parametrize("stage", COUNTS)
def test_edges_among_the_300_are_those_of_the_files(stage, files, tables, canonical):
    records, edges, weight, pairs = COUNTS[stage]
    assert len(json.loads(files[f"stage{stage}_json"].read_text())) == records
    chemical = among(tables["chemical"], f"stage{stage}/chemical", canonical)
    assert (chemical.height, chemical["weight"].sum()) == (edges, weight)
    assert among(tables["gap_junction"], f"stage{stage}/gap_junction", canonical).height == pairs


@pytest.mark.data
@pytest.mark.parametrize("stage", COUNTS)
def test_every_record_is_accounted_for(stage, files, tables):
    records = len(json.loads(files[f"stage{stage}_json"].read_text()))
    chemical = tables["chemical"].filter(pl.col("network").str.contains(f"/stage{stage}/")).height
    gap = tables["gap_junction"].filter(pl.col("network").str.contains(f"/stage{stage}/"))
    here = tables["decision"].filter(pl.col("file") == f"witvliet_2020_{stage}.json")
    dropped = here.filter(pl.col("action") == "dropped").height
    merged = here.filter(pl.col("action") == "merged")["reason"].item()
    both = int(merged.split(" pairs stand in both directions")[0])
    assert chemical + gap.height + both + dropped == records
    alone = gap.height - both - gap.filter(pl.col("source") == pl.col("target")).height
    assert here.filter(pl.col("action") == "differs").height == alone


@pytest.mark.data
def test_only_fragments_are_left_out(tables):
    dropped = tables["decision"].filter(pl.col("action") == "dropped", pl.col("file").str.ends_with(".json"))
    assert sorted(dropped["item"]) == [
        "AIAL -> NR_fragment",
        "AQR -> NR_fragment",
        "ASJL -> vncfrag",
        "AVJL -> Fragment",
        "SIBVR -> Fragment",
        "SMDVR -> VAn",
        "SMDVR -> vncfrag",
        "URXR -> Fragment",
    ]


@pytest.mark.data
def test_a_stage_without_a_file_is_a_decision_not_an_empty_network(tables):
    absent = tables["decision"].filter(pl.col("action") == "dropped", pl.col("reason").str.contains("no file"))
    assert absent["item"].to_list() == ["stage5"]
    assert not tables["network"]["uid"].str.contains("stage5").any()


@pytest.mark.data
@pytest.mark.parametrize("stage", [1, 8])
def test_the_two_forms_of_a_stage_agree_except_for_fragments(stage, files):
    found = differences(read_connections(files[f"stage{stage}_json"]), read_xlsx_stage(files[f"stage{stage}_xlsx"]))
    expected = FRAGMENTS.get(stage, set())
    assert {tuple(row) for row in found.select("pre", "post").iter_rows()} == expected
    assert found["second"].null_count() == len(expected)
    assert set(found["kind"]) <= {"gap_junction"}


@pytest.mark.data
def test_differences_of_the_forms_are_decisions(tables):
    differs = tables["decision"].filter(pl.col("action") == "differs", pl.col("file").str.ends_with(".xlsx"))
    assert set(differs["item"]) == {f"stage8 gap_junction {a} - {b}" for a, b in FRAGMENTS[8]}
    assert set(differs["reason"]) == {"the JSON holds 1, the table nothing; the JSON counts"}


@pytest.mark.data
def test_the_table_alone_gives_the_same_edges(files, cell_tables):
    for stage in (1, 8):
        json_form = witvliet2021.read({f"stage{stage}_json": files[f"stage{stage}_json"]}, cell_tables)
        xlsx_form = witvliet2021.read({f"stage{stage}_xlsx": files[f"stage{stage}_xlsx"]}, cell_tables)
        for kind in ("chemical", "gap_junction"):
            first, second = (t[kind].sort("source", "target") for t in (json_form, xlsx_form))
            assert first.equals(second)


@pytest.mark.data
def test_subjects_carry_stage_and_age(tables):
    subjects = tables["subject"].sort("uid")
    assert subjects["age_h"].to_list() == [0, 5, 8, 16, 27, 50, 50]
    assert subjects["stage"].to_list() == ["L1", "L1", "L1", "L1", "L3", "adult", "adult"]


def test_ages_of_all_eight_are_those_of_the_paper():
    assert [s.age_h for s in STAGES] == [0, 5, 8, 16, 23, 27, 50, 50]


def test_repeated_entries_are_summed_with_a_decision(write_xlsx, cell_tables):
    rows = [["pre", "post", "type", "synapses"], ["AVAL", "VB01", "chemical", 2], ["AVAL", "VB1", "chemical", 3]]
    path = write_xlsx("s.xlsx", {"s": rows})
    found = witvliet2021.read({"stage1_xlsx": path}, cell_tables)
    assert found["chemical"]["weight"].to_list() == [5.0]
    merged = found["decision"].filter(pl.col("action") == "merged")
    assert merged.select("item", "file", "row").rows() == [("AVAL -> VB1", "s.xlsx", 3)]
    assert merged["reason"].item() == "repeats the entry at s.xlsx, sheet 's', row 2; weights 2 and 3 are added"


def test_a_gap_junction_given_in_both_directions_is_not_added_up(write_xlsx, cell_tables):
    rows = [["pre", "post", "type", "synapses"], ["AVAR", "AVAL", "electrical", 2], ["AVAL", "AVAR", "electrical", 2]]
    found = witvliet2021.read({"stage1_xlsx": write_xlsx("s.xlsx", {"s": rows})}, cell_tables)
    assert found["gap_junction"].select("source", "target", "weight").rows() == [
        ("celegans/hermaphrodite/AVAL", "celegans/hermaphrodite/AVAR", 2.0)
    ]


def test_differences_name_both_weights():
    columns = ["pre", "post", "kind", "weight", "row"]
    first = pl.DataFrame(
        [("A", "B", "chemical", 1.0, 1), ("B", "A", "gap_junction", 2.0, 2), ("A", "B", "gap_junction", 2.0, 3)],
        schema=columns,
        orient="row",
    )
    second = pl.DataFrame(
        [("A", "B", "chemical", 3.0, 2), ("A", "B", "gap_junction", 2.0, 3), ("C", "C", "chemical", 1.0, 4)],
        schema=columns,
        orient="row",
    )
    assert differences(first, second).rows() == [("chemical", "A", "B", 1.0, 3.0), ("chemical", "C", "C", None, 1.0)]
