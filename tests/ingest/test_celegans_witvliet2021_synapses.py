"""Witvliet et al. 2021, synapse list: contacts regrouped to synapses, and compared with NemaNode's lists."""

from __future__ import annotations

import csv
import json
from collections import Counter, defaultdict

import polars as pl
import pytest

from ingest.celegans import witvliet2021
from ingest.celegans import witvliet2021_synapses as synapses
from ingest.celegans.names import CellNames
from schemas.errors import SourceError

DATASET = synapses.DATASET
HEADER = "dataset,pre,post,syn_id,sections,size,post_is_branch"
# stage -> rows of the list, synapses, pairs of cells, synapses summed over the pairs
COUNTS = {
    1: (1296, 608, 775, 1295),
    2: (1895, 817, 986, 1888),
    3: (2128, 949, 1012, 2117),
    4: (2777, 1296, 1136, 2759),
    5: (4116, 1887, 1515, 4090),
    6: (4456, 2016, 1525, 4426),
    7: (7467, 3562, 2202, 7396),
    8: (7970, 3674, 2186, 7884),
}
OTHER_STAGES = [1, 2, 3, 4, 6, 7, 8]  # those whose JSON is at hand
GOOD = f"""{HEADER}
Dataset1,AVAL,AVBL,7,3.0,100,no
Dataset1,AVAL,VB01,7,3.0,200,yes
Dataset1,AVAL,AVBL,7,3.0,100,unknown
Dataset1,AVAL,AVBL,8,,-1,no
Dataset8,AVAL,AVBL,7,1.0,50,no
"""
OTHER = [["pre", "post", "type", "synapses"], ["AVAL", "AVBL", "chemical", 3], ["AVAL", "VB1", "chemical", 1]]


@pytest.fixture(scope="module")
def folder(shared_data):
    return shared_data / "celegans/connectome/witvliet2021"


@pytest.fixture(scope="module")
def raw(folder):
    with (folder / "nature2021_synapse_list.csv").open(newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def other(folder, cell_tables):
    files = {f"stage{n}_json": folder / f"witvliet_2020_{n}.json" for n in OTHER_STAGES}
    return witvliet2021.read(files, cell_tables)


@pytest.fixture(scope="module")
def tables(folder, cell_tables, other):
    parents = {**cell_tables, witvliet2021.DATASET: other}
    return synapses.read({"synapses": folder / "nature2021_synapse_list.csv"}, parents)


@pytest.fixture
def read(tmp_path, write_xlsx, cell_tables):
    def written(text, rows=OTHER):
        path = tmp_path / "list.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        stage1 = witvliet2021.read({"stage1_xlsx": write_xlsx("w.xlsx", {"w": rows})}, cell_tables)
        return synapses.read({"synapses": path}, {**cell_tables, witvliet2021.DATASET: stage1})

    return written


def edges(tables, stage):
    here = tables["chemical"].filter(pl.col("network") == f"{DATASET}/stage{stage}/chemical")
    rows = here.select("source", "target", "weight", "n_contacts").iter_rows()
    return {(s[23:], t[23:]): (w, n) for s, t, w, n in rows}


def decided(tables, action):
    return tables["decision"].filter(pl.col("action") == action).select("item", "reason", "row").rows()


@pytest.mark.data
def test_tables_are_valid(tables, check_tables):
    check_tables(tables)


@pytest.mark.data
@pytest.mark.parametrize("stage", COUNTS)
def test_counts_of_each_animal(stage, raw, tables):
    found = edges(tables, stage)
    rows = [row for row in raw if row["dataset"] == f"Dataset{stage}"]
    network = tables["network"].filter(pl.col("uid") == f"{DATASET}/stage{stage}/chemical")
    said = json.loads(network["parameters"].item())
    counted = (len(rows), len({r["syn_id"] for r in rows}), len(found), sum(w for w, _ in found.values()))
    assert counted == COUNTS[stage]
    assert (said["contacts"], said["synapses"]) == COUNTS[stage][:2]
    assert sum(n for _, n in found.values()) == len(rows)


@pytest.mark.data
def test_every_row_of_the_list_is_in_an_edge(raw, tables, cell_tables):
    assert len(raw) == 32105
    names = CellNames.of(cell_tables)
    ids, rows = defaultdict(set), Counter()
    for row in raw:
        pair = (row["dataset"][-1], *(names.resolve(row[end]).node[23:] for end in ("pre", "post")))
        ids[pair].add(row["syn_id"])
        rows[pair] += 1
    expected = {pair: (float(len(found)), rows[pair]) for pair, found in ids.items()}
    assert {(str(n), *pair): values for n in COUNTS for pair, values in edges(tables, n).items()} == expected


@pytest.mark.data
def test_a_further_contact_with_the_same_cell_is_a_decision(raw, tables):
    merged = decided(tables, "merged")
    distinct = {(r["dataset"], r["pre"], r["post"], r["syn_id"]) for r in raw}
    assert len(merged) == len(raw) - len(distinct) == 250
    assert merged[0] == (
        "ASER -> AIYR",
        "another contact of synapse 7051187 with the same cell, as in row 268; the synapse counts once",
        269,
    )


@pytest.mark.data
def test_the_contacts_are_what_nemanode_counts_and_only_regrouping_differs(tables, other):
    ours = tables["chemical"].with_columns(pl.col("network").str.replace(DATASET, witvliet2021.DATASET))
    joined = ours.join(other["chemical"], on=["network", "source", "target"], how="full", suffix="_other")
    joined = joined.filter(~pl.col("network").fill_null("").str.contains("stage5"))
    assert joined.null_count().select("source", "source_other").row(0) == (0, 0)
    assert (joined["n_contacts"] == joined["weight_other"]).all()
    fewer = joined.filter(pl.col("weight") < pl.col("weight_other"))
    differs = decided(tables, "differs")
    assert len(differs) == fewer.height == 165
    assert all(reason.endswith("which counts contacts") and row for _, reason, row in differs)
    assert differs[0] == (
        "stage1 ASER -> AIYR",
        "7 synapse(s) with 8 contacts here, celegans/witvliet2021 8, which counts contacts",
        262,
    )


@pytest.mark.data
def test_the_animal_that_has_no_other_list_is_a_decision(tables):
    assert decided(tables, "kept") == [("stage5", "celegans/witvliet2021 holds nothing to compare it with", None)]


@pytest.mark.data
def test_columns_of_single_contacts_are_decisions(raw, tables):
    dropped = {item: reason for item, reason, _ in decided(tables, "dropped")}
    unsized = [row["dataset"] for row in raw if row["size"] == "-1"]
    assert set(unsized) == {"Dataset7"}
    assert list(dropped) == ["column sections", "column size", "column post_is_branch"]
    assert all(f"in {len(unsized)} rows" in dropped[f"column {name}"] for name in ("sections", "size"))
    assert "'yes' in 4801 rows, 'unknown' in 359" in dropped["column post_is_branch"]


@pytest.mark.data
def test_subjects_are_those_of_the_other_source(tables, other):
    ages = tables["subject"].select("age_h", "stage", "sex").rows()
    assert [age for age, _, _ in ages] == [0, 5, 8, 16, 23, 27, 50, 50]
    assert [row for row in ages if row[0] != 23] == other["subject"].select("age_h", "stage", "sex").rows()


def test_a_polyad_counts_once_for_each_of_its_cells(read, check_tables):
    tables = read(GOOD)
    check_tables(tables)
    assert edges(tables, 1) == {("AVAL", "AVBL"): (2.0, 3), ("AVAL", "VB1"): (1.0, 1)}
    assert edges(tables, 8) == {("AVAL", "AVBL"): (1.0, 1)}
    again = "another contact of synapse 7 with the same cell, as in row 2; the synapse counts once"
    assert decided(tables, "merged") == [("AVAL -> AVBL", again, 4)]
    assert decided(tables, "differs") == [
        (
            "stage1 AVAL -> AVBL",
            "2 synapse(s) with 3 contacts here, celegans/witvliet2021 3, which counts contacts",
            2,
        )
    ]


def test_where_the_contacts_disagree_or_a_pair_is_absent(read):
    rows = [*OTHER[:1], ["AVAL", "AVBL", "chemical", 5], ["AVBL", "AVAL", "chemical", 2]]
    found = decided(read(GOOD, rows), "differs")
    assert found == [
        ("stage1 AVAL -> AVBL", "2 synapse(s) with 3 contacts here, celegans/witvliet2021 5", 2),
        ("stage1 AVAL -> VB1", "1 synapse(s) with 1 contacts here, the other source nothing", 3),
        ("stage1 AVBL -> AVAL", "the list holds nothing, celegans/witvliet2021 2", None),
    ]


def test_many_differing_pairs_are_counted_after_the_first(read, cell_tables):
    nodes = cell_tables["celegans/cells"]["node"].filter(pl.col("kind") == "neuron")["name"].to_list()
    lines = [f"Dataset1,RIS,{name},{i},2.0,10,no" for i, name in enumerate(nodes)]
    found = decided(read("\n".join([HEADER, *lines])), "differs")
    assert len(found) == 101
    assert found[-1] == ("stage1", "204 more pairs differ from celegans/witvliet2021", None)


def test_an_animal_without_rows_is_a_decision(read):
    tables = read(GOOD)
    absent = [item for item, reason, _ in decided(tables, "dropped") if "no contact of this animal" in reason]
    assert absent == [f"stage{n}" for n in range(2, 8)]
    assert tables["network"]["uid"].to_list() == [f"{DATASET}/stage{n}/chemical" for n in (1, 8)]
    assert tables["subject"]["uid"].to_list() == [f"{DATASET}/stage{n}" for n in (1, 8)]


def test_blanks_also_non_breaking_and_two_labels_of_one_cell(read):
    text = GOOD.replace("Dataset1,AVAL,AVBL,7,3.0,100,unknown", "Dataset1\u00a0, AVAL,VB1\u00a0,7,3.0,100, unknown ")
    tables = read(text + "\n\n")
    assert edges(tables, 1) == {("AVAL", "AVBL"): (2.0, 2), ("AVAL", "VB1"): (1.0, 2)}
    assert [row for _, _, row in decided(tables, "merged")] == [4]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", ["list.csv", "the file is empty"]),
        (HEADER, ["list.csv", "holds no contacts"]),
        (b"\x89HDF\r\n\x1a\n\xff\xfe", ["list.csv", "not UTF-8"]),
        ("\n" + GOOD, ["list.csv, row 1"]),
        (GOOD.replace("syn_id", "synapse"), ["list.csv, row 1", "syn_id"]),
        (GOOD[: GOOD.rindex("7,1.0")], ["list.csv, row 6, column post_is_branch: is empty", "row 6, column syn_id"]),
        (GOOD.replace(",8,,", ",eight,,"), ["list.csv, row 5, column syn_id: holds 'eight', a whole number"]),
        (GOOD.replace(",200,", ",big,"), ["list.csv, row 3, column size: holds 'big', a number was expected"]),
        (GOOD.replace(",200,", ",nan,"), ["list.csv, row 3, column size"]),
        (GOOD.replace(",200,", ",-2,"), ["list.csv, row 3, column size: holds -2.0", "-1 if not measured"]),
        (GOOD.replace(",1.0,", ",-1.0,"), ["list.csv, row 6, column sections: holds -1.0"]),
        (GOOD.replace("Dataset8", "Dataset9"), ["list.csv, row 6, column dataset: holds 'Dataset9'", "Dataset8"]),
        (GOOD.replace(",yes", ",maybe"), ["list.csv, row 3, column post_is_branch: holds 'maybe'"]),
        (GOOD.replace("AVBL", "AVQL"), ["list.csv, row 2, column post: 'AVQL' (like ", "cells.yaml"]),
        (GOOD.replace("AVAL,VB01", "AVAR,VB01"), ["row 3, column pre: synapse 7 is of AVAR here", "in row 2"]),
    ],
)
def test_bad_lists(read, text, says):
    with pytest.raises(SourceError) as caught:
        read(text)
    for part in says:
        assert part in str(caught.value), str(caught.value)
    assert caught.value.hint


def test_without_what_it_is_compared_with(tmp_path, cell_tables):
    with pytest.raises(SourceError, match="ingest celegans/witvliet2021 first"):
        synapses.read({"synapses": tmp_path / "list.csv"}, cell_tables)


@pytest.mark.data
def test_the_truncated_real_list(tmp_path, folder, cell_tables, other):
    path = tmp_path / "list.csv"
    path.write_bytes((folder / "nature2021_synapse_list.csv").read_bytes()[:1_000_000])
    with pytest.raises(SourceError, match=r"list\.csv, row \d+, column "):
        synapses.read({"synapses": path}, {**cell_tables, witvliet2021.DATASET: other})
