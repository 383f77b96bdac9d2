"""Witvliet et al. 2021: the numbers of each stage, and whether its two forms agree."""

from __future__ import annotations

import json

import polars as pl
import pytest

from ingest.celegans import witvliet2021
from ingest.celegans.nemanode import read_connections
from ingest.celegans.nemanode_forms import differences
from ingest.celegans.witvliet2021 import STAGES, read_xlsx_form
from schemas.dataset import Decisions
from schemas.errors import SourceError

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
# stage -> rows of the text, of them gap junctions; among the 300: chemical edges, weight, gap junction pairs, weight
TEXTS = {7: (2500, 296, 1944, 6587, 268, 371), 8: (2504, 310, 1936, 7108, 304, 424)}
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
    found |= {f"stage{n}_xlsx": folder / name for n, name in tables.items()}
    return found | {f"stage{n}_tsv": folder / f"aconnectome_witvliet_2020_{n}.csv" for n in TEXTS}


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
    one_way = here.filter(pl.col("action") == "differs", pl.col("reason").str.contains("direction"))
    assert one_way.height == alone


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
    workbook = read_xlsx_form(files[f"stage{stage}_xlsx"], Decisions())
    found = differences(read_connections(files[f"stage{stage}_json"]), workbook.entries)
    expected = FRAGMENTS.get(stage, set())
    assert {tuple(row) for row in found.select("pre", "post").iter_rows()} == expected
    assert found["second"].null_count() == len(expected)
    assert set(found["kind"]) <= {"gap_junction"}


@pytest.mark.data
def test_differences_of_the_forms_are_decisions_with_their_rows(files, tables):
    differs = tables["decision"].filter(pl.col("action") == "differs", pl.col("reason").str.contains("the workbook"))
    assert set(differs["item"]) == {f"stage8 gap_junction {a} - {b}" for a, b in FRAGMENTS[8]}
    assert set(differs["reason"]) == {"the JSON holds 1, the workbook nothing; the JSON counts"}
    records = json.loads(files["stage8_json"].read_text())
    named = [{records[row - 1]["pre"], records[row - 1]["post"]} for row in differs["row"]]
    assert named == [set(item.removeprefix("stage8 gap_junction ").split(" - ")) for item in differs["item"]]


@pytest.mark.data
@pytest.mark.parametrize(("stage", "n", "chemical", "lacking"), [(7, 14, 5, 3), (8, 76, 72, 11)])
def test_the_text_of_an_adult_differs_from_the_json_where_decisions_say(stage, n, chemical, lacking, files, tables):
    differs = tables["decision"].filter(
        pl.col("item").str.starts_with(f"stage{stage} "), pl.col("reason").str.contains(", the table")
    )
    assert (differs.height, differs["item"].str.contains(" chemical ").sum()) == (n, chemical)
    absent = differs["reason"].str.contains("the table nothing")
    assert absent.sum() == lacking
    assert set(differs.filter(absent)["file"]) == {f"witvliet_2020_{stage}.json"}
    lines = files[f"stage{stage}_tsv"].read_text().splitlines()
    for item, row in differs.filter(~absent).select("item", "row").iter_rows():
        assert set(lines[row - 1].split("\t")[:2]) == set(item.split(" ", 2)[2].split(" - "))


@pytest.mark.data
@pytest.mark.parametrize("stage", TEXTS)
def test_the_text_alone_gives_its_own_counts(stage, files, cell_tables, canonical, check_tables):
    rows, gaps, edges, weight, pairs, gap_weight = TEXTS[stage]
    lines = files[f"stage{stage}_tsv"].read_text().splitlines()[1:]
    assert (len(lines), sum("\telectrical\t" in line for line in lines)) == (rows, gaps)
    alone = witvliet2021.read({f"stage{stage}_tsv": files[f"stage{stage}_tsv"]}, cell_tables)
    check_tables(alone)
    assert alone["chemical"].height + alone["gap_junction"].height == rows
    found = among(alone["chemical"], f"stage{stage}/chemical", canonical)
    assert (found.height, found["weight"].sum()) == (edges, weight)
    gap = among(alone["gap_junction"], f"stage{stage}/gap_junction", canonical)
    assert (gap.height, gap["weight"].sum()) == (pairs, gap_weight)


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


LIST = "pre\tpost\ttype\tsynapses\n"
RECORDS = [{"pre": "AVAL", "post": "AVAR", "typ": 0, "syn": [2]}, {"pre": "AVAL", "post": "RIML", "typ": 0, "syn": [1]}]


@pytest.fixture
def read_forms(tmp_path, write_xlsx, cell_tables):
    """Reads stage 7 from a JSON of two records or a workbook of their rows, and a text."""

    def read(text, first="json"):
        files = {"stage7_tsv": tmp_path / "s.csv"}
        files["stage7_tsv"].write_text(text)
        if first == "json":
            files["stage7_json"] = tmp_path / "s.json"
            files["stage7_json"].write_text(json.dumps(RECORDS))
        elif first == "xlsx":
            rows = [["pre", "post", "type", "synapses"]]
            rows += [[r["pre"], r["post"], "chemical", sum(r["syn"])] for r in RECORDS]
            files["stage7_xlsx"] = write_xlsx("s.xlsx", {"s": rows})
        return witvliet2021.read(files, cell_tables)

    return read


@pytest.mark.parametrize(("first", "said", "row"), [("json", "the JSON", 2), ("xlsx", "the workbook", 3)])
def test_a_text_beside_another_form_is_only_compared(read_forms, first, said, row):
    found = read_forms(LIST + "AVAL\tAVAR\tchemical\t3\nRIML\tAVAL\telectrical\t1\n", first)
    assert found["chemical"]["weight"].to_list() == [2, 1]
    assert found["gap_junction"].is_empty()
    differs = found["decision"].filter(pl.col("action") == "differs").sort("item")
    assert differs.select("item", "reason", "file", "row").rows() == [
        ("stage7 chemical AVAL - AVAR", f"{said} holds 2, the table 3; {said} counts", "s.csv", 2),
        ("stage7 chemical AVAL - RIML", f"{said} holds 1, the table nothing; {said} counts", f"s.{first}", row),
        ("stage7 gap_junction AVAL - RIML", f"{said} holds nothing, the table 1; {said} counts", "s.csv", 3),
    ]


@pytest.mark.parametrize("first", ["json", "xlsx", None])
@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "s.csv: the file is empty"),
        (LIST, "s.csv: lists no connection"),
        (LIST.replace("type", "kind") + "AVAL\tAVAR\tchemical\t3\n", "s.csv"),
        (LIST + "AVAL\tAVAR\tglia\t3\n", "s.csv, row 2, column type: holds 'glia'"),
        (LIST + "AVAL\tAVAR\tchemical\t0\n", "s.csv, row 2, column synapses: holds 0"),
        (LIST + "AVAL\tAVAR\tchemical\tmany\n", "s.csv, row 2, column synapses"),
    ],
)
def test_a_text_that_is_none_is_refused_whatever_counts(read_forms, first, text, says):
    with pytest.raises(SourceError) as caught:
        read_forms(text, first)
    assert says in str(caught.value)
    assert caught.value.hint


def test_an_unknown_cell_of_a_text_that_counts(read_forms):
    with pytest.raises(SourceError, match=r"s\.csv, row 2, column pre: 'AVAX'"):
        read_forms(LIST + "AVAX\tAVAR\tchemical\t1\n", None)
