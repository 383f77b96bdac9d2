"""Witvliet et al. 2021, contacts: the matrix's numbers, cells that no one has identified, and bad matrices."""

from __future__ import annotations

import csv

import polars as pl
import pytest

from ingest.celegans import witvliet2021_contact
from schemas.errors import SourceError

GOOD = ",AVAL,AVAR,RIS\nAVAL,240,480,0\nAVAR,480,0,720\nRIS,0,720,0\n"


@pytest.fixture(scope="module")
def path(shared_data):
    return shared_data / "celegans/connectome/witvliet2021/nature2021_contact_Dataset8_adjacency.csv"


@pytest.fixture(scope="module")
def tables(path, cell_tables):
    return witvliet2021_contact.read({"dataset8": path}, cell_tables)


@pytest.fixture
def read(tmp_path, cell_tables):
    def written(text):
        path = tmp_path / "m.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return witvliet2021_contact.read({"dataset8": path}, cell_tables)

    return written


def edges(tables):
    return {(s[23:], t[23:]): w for s, t, w in tables["contact"].select("source", "target", "weight").iter_rows()}


@pytest.mark.data
def test_tables_are_valid(tables, check_tables):
    check_tables(tables)


@pytest.mark.data
def test_every_cell_of_the_matrix_is_accounted_for(path, tables):
    with path.open(newline="") as stream:
        header, *rows = csv.reader(stream)
    areas = {(r[0], c): float(x) for r in rows for c, x in zip(header[1:], r[1:], strict=True) if float(x)}
    assert all(areas[second, first] == area for (first, second), area in areas.items())
    pairs = {tuple(sorted(pair)): area for pair, area in areas.items()}
    unknown = [pair for pair in pairs if "unknownFLPR" in pair]
    assert (len(rows), len(pairs), len(unknown)) == (216, 6290, 49)
    assert tables["contact"].height == 6290 - 49
    assert tables["contact"]["weight"].sum() == sum(a for p, a in pairs.items() if p not in unknown)
    assert tables["contact"].filter(pl.col("source") == pl.col("target")).height == 19
    dropped = tables["decision"].filter(pl.col("action") == "dropped")
    assert dropped.select("item", "row").rows() == [("unknownFLPR", 6)]
    assert "49 cells (98 entries)" in dropped["reason"].item()
    assert tables["decision"].filter(pl.col("action") == "differs").is_empty()


@pytest.mark.data
def test_muscles_are_among_the_cells_and_the_animal_is_that_of_stage_8(tables, cell_tables):
    muscles = cell_tables["celegans/cells"]["node"].filter(pl.col("kind") == "muscle")["uid"].to_list()
    assert len(set(tables["contact"]["target"]) & set(muscles)) == 32
    assert tables["subject"].select("stage", "age_h").rows() == [("adult", 50.0)]
    assert tables["network"].select("kind", "directed").rows() == [("contact", False)]


def test_a_pair_is_one_edge_and_a_cell_can_touch_itself(read):
    tables = read(GOOD)
    assert edges(tables) == {("AVAL", "AVAL"): 240.0, ("AVAL", "AVAR"): 480.0, ("AVAR", "RIS"): 720.0}
    assert tables["decision"]["action"].to_list() == ["merged"]


def test_blanks_and_the_last_empty_lines_do_not_count(read):
    text = GOOD.replace("AVAR", " AVAR\u00a0") + "\n\n"
    assert edges(read(text)) == edges(read(GOOD))


def test_an_asymmetric_area_is_a_decision(read):
    tables = read(GOOD.replace("RIS,0,720,0", "RIS,5,700,0"))
    assert edges(tables)["AVAR", "RIS"] == 720.0
    assert edges(tables)["AVAL", "RIS"] == 5.0
    differs = tables["decision"].filter(pl.col("action") == "differs")
    assert sorted(differs.select("reason", "row", "column").rows()) == [
        ("720 in the other direction, 700 here; the greater is taken", 4, "AVAR"),
        ("the other direction is absent; 5 is taken", 4, "AVAL"),
    ]


def test_what_no_one_has_identified_is_a_decision(read):
    tables = read(GOOD.replace("RIS", "unknownFLPR"))
    assert edges(tables) == {("AVAL", "AVAL"): 240.0, ("AVAL", "AVAR"): 480.0}
    dropped = tables["decision"].filter(pl.col("action") == "dropped")
    assert dropped.select("item", "row", "column", "reason").rows() == [
        (
            "unknownFLPR",
            3,
            "unknownFLPR",
            "no cell is identified; its contacts with 1 cells (2 entries) are left out",
        )
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", ["m.csv", "the file is empty"]),
        ("\n", ["m.csv, row 1: has no names in its first row"]),
        (b"\x89HDF\r\n\x1a\n\xff", ["m.csv: is not UTF-8 text"]),
        ("\n" + GOOD, ["m.csv, row 1: has no names"]),
        (GOOD.partition("0,720")[0], ["m.csv, row 3: has 3 cells, 4 were expected"]),
        (GOOD.rpartition("RIS")[0], ["m.csv, row 4: row 4 is of None, column 4 of 'RIS'"]),
        (GOOD.replace("\nAVAR", "\nAVBL"), ["row 3 is of 'AVBL', column 3 of 'AVAR'", "in the same order"]),
        (GOOD.replace("RIS", "AVAL"), ["m.csv, row 1: names 'AVAL' more than once"]),
        (GOOD.replace("720\n", "much\n"), ["m.csv, row 3, column RIS: holds 'much', a number was expected"]),
        (GOOD.replace("720\n", "nan\n"), ["m.csv, row 3, column RIS: holds 'nan'"]),
        (GOOD.replace("720\n", "-720\n"), ["m.csv, row 3, column RIS: holds '-720', an area is not negative"]),
        (GOOD.replace("720\n", "\n"), ["m.csv, row 3, column RIS: holds ''"]),
        (GOOD.replace("RIS", "RIQ"), ["m.csv, row 4: 'RIQ' (like ", "cells.yaml"]),
    ],
)
def test_bad_matrices(read, text, says):
    with pytest.raises(SourceError) as caught:
        read(text)
    for part in says:
        assert part in str(caught.value), str(caught.value)
    assert caught.value.hint


def test_two_labels_of_one_cell_are_one_cell(read):
    tables = read(",VB01,VB1,RIS\nVB01,0,0,240\nVB1,0,0,480\nRIS,240,480,0\n")
    assert edges(tables) == {("RIS", "VB1"): 720.0}
    merged = tables["decision"].filter(pl.col("action") == "merged", pl.col("row").is_not_null())
    assert merged.select("item", "row", "column").rows() == [("VB1 -> RIS", 3, "RIS"), ("RIS -> VB1", 4, "VB1")]
