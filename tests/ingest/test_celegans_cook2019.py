"""Cook et al. 2019: the numbers of the corrected workbook, and what happens to odd ones."""

from __future__ import annotations

import re

import polars as pl
import pytest

from ingest.celegans import cook2019
from ingest.celegans.cook2019 import SHEETS, read_sheet
from ingest.files import sheet
from schemas.dataset import Decisions

CHEMICAL, GAP = SHEETS["chemical"], SHEETS["gap_junction"]
UNIT = "EM sections"


@pytest.fixture(scope="module")
def path(shared_data):
    return shared_data / "celegans/connectome/cook2019/SI5_adjacency_corrected_July2020.xlsx"


@pytest.fixture(scope="module")
def tables(path, cell_tables):
    return cook2019.read({"si5": path}, cell_tables)


def among(frame, nodes):
    return frame.filter(pl.col("source").is_in(nodes), pl.col("target").is_in(nodes))


@pytest.mark.data
def test_tables_are_valid(tables, check_tables):
    check_tables(tables)


@pytest.mark.data
def test_edges_among_the_300_are_those_of_the_paper(tables, canonical):
    chemical, gap = among(tables["chemical"], canonical), among(tables["gap_junction"], canonical)
    assert (chemical.height, chemical["weight"].sum()) == (3707, 20905)
    assert (gap.height, gap["weight"].sum()) == (1101, 4777)


@pytest.mark.data
def test_every_cell_of_the_sheets_is_accounted_for(path, tables):
    raw = {name: len(read_sheet(path, name, Decisions()).weights) for name in (CHEMICAL, GAP)}
    assert raw == {CHEMICAL: 4879, GAP: 2883}
    gap = tables["gap_junction"]
    loops = gap.filter(pl.col("source") == pl.col("target")).height
    assert tables["chemical"].height == 4879
    assert 2 * (gap.height - loops) + loops == 2883
    merged = tables["decision"].filter(pl.col("action") == "merged")["reason"].to_list()
    assert merged == [f"{gap.height - loops} pairs stand in both directions; each became one undirected edge"]


@pytest.mark.data
def test_weights_equal_the_sheet_cell_by_cell(path, tables):
    grid = sheet(path, CHEMICAL)
    edges = {(s[23:], t[23:]): w for s, t, w in tables["chemical"].select("source", "target", "weight").iter_rows()}
    posts, found = grid.row(2), {}
    for row in grid.rows()[3:-1]:
        for post, text in list(zip(posts, row, strict=True))[3:-1]:
            if text is not None:
                found[re.sub(r"^([A-Z]+)0", r"\1", row[2]), re.sub(r"^([A-Z]+)0", r"\1", post)] = float(text)
    assert edges == found


@pytest.mark.data
def test_the_64_single_digit_motor_neurons_are_there(tables):
    nodes = set(tables["chemical"]["source"]) | set(tables["chemical"]["target"])
    padded = {n for n in nodes if re.fullmatch(r".*/(DA|DB|DD|AS|VA|VB|VC|VD)[1-9]", n)}
    assert len(padded) == 9 + 7 + 6 + 9 + 9 + 9 + 6 + 9
    renamed = tables["decision"].filter(pl.col("action") == "renamed", pl.col("sheet") == CHEMICAL)["item"].to_list()
    assert len([label for label in renamed if re.fullmatch(r"[A-Z]{2}0[1-9]", label)]) == 64


@pytest.mark.data
def test_muscles_are_targets_of_their_own(path, tables, cell_tables):
    grid = sheet(path, CHEMICAL)
    columns = [c for c, name in zip(grid.columns, grid.row(2), strict=True) if name and "BWM" in name]
    filled = grid.slice(3, grid.height - 4).select(columns).unpivot()["value"].drop_nulls().len()
    body_wall = cell_tables["celegans/cells"]["node"].filter(pl.col("type") == "body wall")
    assert set(body_wall["kind"]) == {"muscle"}
    reached = tables["chemical"].filter(pl.col("target").is_in(body_wall["uid"].to_list()))
    assert reached.height == filled > 500


@pytest.mark.data
def test_the_networks_say_what_a_weight_is(tables):
    network = tables["network"].sort("uid")
    assert network["uid"].to_list() == ["celegans/cook2019/chemical", "celegans/cook2019/gap_junction"]
    assert network["directed"].to_list() == [True, False]
    assert set(network["weight_unit"]) == {UNIT}


@pytest.mark.data
def test_the_far_margins_disagreements_are_decisions(tables):
    differs = tables["decision"].filter(pl.col("action") == "differs")
    assert set(differs["item"]) == {"vm2AL", "vm2AR", "vm2PL", "vm2PR", "pm8"}
    assert "'pm9'" in differs.filter(pl.col("item") == "pm8")["reason"].item()


def matrix(names, weights):
    """A sheet as SI 5 lays it out: weights by (source, target)."""
    body = [[None, None, s, *(weights.get((s, t)) for t in names), s] for s in names]
    return [["GROUP"], [None], [None, None, None, *names, None], *body, [None, None, None, *names, None]]


@pytest.fixture
def read_matrices(write_xlsx, cell_tables):
    def read(chemical, gap, names=("AVAL", "AVAR", "VB01")):
        sheets = {CHEMICAL: matrix(names, chemical), GAP: matrix(names, gap)}
        return cook2019.read({"si5": write_xlsx("si5.xlsx", sheets)}, cell_tables)

    return read


def test_direction_is_row_to_column(read_matrices):
    edges = read_matrices({("AVAL", "VB01"): 7}, {})["chemical"]
    assert edges.select("source", "target", "weight").rows() == [
        ("celegans/hermaphrodite/AVAL", "celegans/hermaphrodite/VB1", 7.0)
    ]


def test_zero_is_no_connection_and_a_loop_is_kept(read_matrices):
    tables = read_matrices({("AVAL", "AVAR"): 0, ("AVAL", "AVAL"): 2}, {("AVAR", "AVAR"): 3})
    assert tables["chemical"]["weight"].to_list() == [2.0]
    assert tables["gap_junction"].select("source", "target", "weight").rows() == [
        ("celegans/hermaphrodite/AVAR", "celegans/hermaphrodite/AVAR", 3.0)
    ]
    taken = tables["decision"].filter(pl.col("action") != "renamed")
    assert taken["reason"].str.contains(r"1 headings of groups of cells \('GROUP'\)").to_list() == [True, True]


def test_an_asymmetric_gap_junction_is_a_decision(read_matrices):
    weights = {("AVAL", "AVAR"): 2, ("AVAR", "AVAL"): 5, ("AVAL", "VB01"): 1}
    tables = read_matrices({}, weights)
    pairs = {(s[-4:], t[-4:]): w for s, t, w in tables["gap_junction"].select("source", "target", "weight").iter_rows()}
    assert pairs == {("AVAL", "AVAR"): 5.0, ("AVAL", "/VB1"): 1.0}
    differs = tables["decision"].filter(pl.col("action") == "differs").sort("row")
    assert differs["reason"].to_list() == [
        "the other direction is absent; 1 is taken",
        "2 in the other direction, 5 here; the greater is taken",
    ]
    assert differs.select("sheet", "row", "column").rows() == [(GAP, 4, "F"), (GAP, 5, "D")]
