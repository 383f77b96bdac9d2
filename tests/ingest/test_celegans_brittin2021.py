"""Brittin et al. 2021: the numbers of each reference graph, both sides of the animal, and bad workbooks."""

from __future__ import annotations

import polars as pl
import pytest

from ingest.celegans import brittin2021, cook2019
from ingest.celegans.brittin2021 import SHEETS
from ingest.files import sheet
from schemas.errors import SourceError

# kind -> rows of the sheet by delta, edges by delta
COUNTS = {
    "contact": ((825, 485, 387, 1258), (1200, 725, 588, 1925)),
    "chemical": ((503, 315, 206, 450), (798, 466, 314, 684)),
    "gap_junction": ((181, 71, 45, 92), (284, 109, 72, 140)),
}
CELLS = [["cell", "bilateral_cell_class", "single_cell_class"]]
CELLS += [[name, 0 if name == "RIS" else 1, 0] for name in ("AVAL", "AVAR", "AVBL", "AVBR", "RIS")]
HEADER = ["cell_1", "cell_2", "weight", "delta"]
ROW = ["AVAL", "AVBL", 1000, 4]


@pytest.fixture(scope="module")
def path(shared_data):
    return shared_data / "celegans/connectome/brittin2021/41586_2021_3284_MOESM5_ESM.xlsx"


@pytest.fixture(scope="module")
def tables(path, cell_tables):
    return brittin2021.read({"moesm5": path}, cell_tables)


@pytest.fixture
def read(write_xlsx, cell_tables):
    """Reads a workbook of rows of M; sheets given by name replace it or others."""

    def written(*rows, **sheets):
        held = {"restricted_cells": CELLS, **{name: [HEADER, ROW] for name in "MCG"}}
        held |= {"M": [HEADER, *rows]} if rows else {}
        held |= sheets
        return brittin2021.read({"moesm5": write_xlsx("b.xlsx", {k: v for k, v in held.items() if v})}, cell_tables)

    return written


def of_delta(frame, kind, delta):
    here = frame.filter(pl.col("network") == f"celegans/brittin2021/{kind}/delta{delta}")
    return {(s[23:], t[23:]): w for s, t, w in here.select("source", "target", "weight").iter_rows()}


def other_side(name):
    swapped = name[:-1] + {"L": "R", "R": "L"}.get(name[-1], name[-1])
    return name if name in ("ALA", "AQR", "AVL", "RIR") else swapped


@pytest.mark.data
def test_tables_are_valid(tables, check_tables):
    check_tables(tables)


@pytest.mark.data
@pytest.mark.parametrize("kind", COUNTS)
def test_edges_are_the_rows_and_their_mirror_images(kind, path, tables):
    rows, edges = COUNTS[kind]
    deltas = sheet(path, SHEETS[kind])["D"].to_list()[1:]
    assert tuple(deltas.count(str(delta)) for delta in (1, 2, 3, 4)) == rows
    found = [of_delta(tables[kind], kind, delta) for delta in (1, 2, 3, 4)]
    assert tuple(map(len, found)) == edges
    guessed = tables["decision"].filter(pl.col("action") == "guessed", pl.col("sheet") == SHEETS[kind])
    added = [int(reason.split(" of ")[0]) for reason in guessed["reason"]]
    assert added == [e - r for r, e in zip(rows, edges, strict=True)]


@pytest.mark.data
def test_the_contacts_of_all_four_sides_are_3850_both_ways(tables):
    assert 2 * len(of_delta(tables["contact"], "contact", 4)) == 3850


@pytest.mark.data
@pytest.mark.parametrize("kind", COUNTS)
def test_every_row_is_an_edge_with_its_weight(kind, path, tables):
    found = [of_delta(tables[kind], kind, delta) for delta in (1, 2, 3, 4)]
    listed = sheet(path, SHEETS[kind]).rows()[1:]
    for first, second, weight, delta in listed:
        for pair in ((first, second), (other_side(first), other_side(second))):
            key = pair if kind == "chemical" else tuple(sorted(pair))
            assert found[int(delta) - 1][key] == float(weight)


@pytest.mark.data
def test_a_weight_is_the_mean_over_the_sides_that_delta_counts(path):
    for name in SHEETS.values():
        for _, _, weight, delta in sheet(path, name).rows()[1:]:
            total = float(weight) * int(delta)
            assert total == pytest.approx(round(total), abs=1e-6)


@pytest.mark.data
def test_chemical_synapses_run_from_cell_1_to_cell_2(tables, shared_data, cell_tables):
    """What all four sides have in one direction only, Cook et al. 2019 have in that direction."""
    cook = shared_data / "celegans/connectome/cook2019/SI5_adjacency_corrected_July2020.xlsx"
    edges = cook2019.read({"si5": cook}, cell_tables)["chemical"].select("source", "target").rows()
    known = {(s[23:], t[23:]) for s, t in edges}
    here = set(of_delta(tables["chemical"], "chemical", 4))
    one_way = {(s, t) for s, t in here if (t, s) not in here}
    assert len(one_way) > 500
    assert one_way <= known


@pytest.mark.data
def test_networks_say_the_unit_and_in_how_many_sides(tables):
    network = tables["network"]
    assert network.height == 12
    assert set(network.filter(pl.col("kind") == "contact")["weight_unit"]) == {"membrane contact area, unit not stated"}
    assert set(network.filter(pl.col("kind") != "contact")["weight_unit"]) == {"EM sections"}
    assert set(network.filter(pl.col("directed"))["kind"]) == {"chemical"}
    assert '"delta": 3' in network.filter(pl.col("uid").str.ends_with("contact/delta3"))["parameters"].item()


def test_a_contact_within_one_side_stands_for_both(read):
    tables = read(["AVBL", "AVAL", 900.5, 2], ["AVAL", "RIS", 1000, 2], ["AVAL", "AVAR", 7, 2], ["AVAL", "AVBR", 8, 4])
    assert of_delta(tables["contact"], "contact", 2) == {
        ("AVAL", "AVBL"): 900.5,
        ("AVAR", "AVBR"): 900.5,
        ("AVAL", "RIS"): 1000.0,
        ("AVAR", "RIS"): 1000.0,
        ("AVAL", "AVAR"): 7.0,
    }
    assert of_delta(tables["contact"], "contact", 4) == {("AVAL", "AVBR"): 8.0, ("AVAR", "AVBL"): 8.0}
    guessed = tables["decision"].filter(pl.col("sheet") == "M")
    assert guessed.select("action", "item", "reason", "row").rows() == [
        (
            "guessed",
            "celegans/brittin2021/contact/delta2",
            "2 of 3 rows stand for both sides; the mirror image of each is added",
            2,
        ),
        (
            "guessed",
            "celegans/brittin2021/contact/delta4",
            "1 of 1 rows stand for both sides; the mirror image of each is added",
            5,
        ),
    ]


def test_a_mirror_image_that_is_listed_counts_as_it_stands(read):
    tables = read(["AVAL", "AVBR", 8, 4], ["AVBL", "AVAR", 9, 3])
    assert of_delta(tables["contact"], "contact", 4) == {("AVAL", "AVBR"): 8.0}
    assert of_delta(tables["contact"], "contact", 3) == {("AVAR", "AVBL"): 9.0}
    assert tables["decision"].filter(pl.col("sheet") == "M").is_empty()


def test_chemical_synapses_keep_their_direction(read):
    tables = read(C=[HEADER, ["AVBL", "AVAL", 2, 1], ["AVAL", "AVBL", 3, 1]])
    assert of_delta(tables["chemical"], "chemical", 1) == {
        ("AVBL", "AVAL"): 2.0,
        ("AVBR", "AVAR"): 2.0,
        ("AVAL", "AVBL"): 3.0,
        ("AVAR", "AVBR"): 3.0,
    }
    assert "celegans/brittin2021/chemical/delta2" not in tables["network"]["uid"].to_list()


def test_blanks_also_non_breaking(read):
    found = of_delta(read([" AVAL\u00a0", "AVBL ", 10, 4])["contact"], "contact", 4)
    assert found == {("AVAL", "AVBL"): 10.0, ("AVAR", "AVBR"): 10.0}


def refused(call, *parts):
    with pytest.raises(SourceError) as caught:
        call()
    for part in parts:
        assert part in str(caught.value), str(caught.value)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (["AVAL", "AVBL", "large", 4], "b.xlsx, sheet 'M', row 3, column weight: holds 'large', a number was expected"),
        (["AVAL", "AVBL", None, 4], "row 3, column weight: is empty"),
        (["AVAL", "AVBL", "nan", 4], "sheet 'M', row 3, column weight"),
        (["AVAL", "AVBL", "inf", 4], "row 3, column weight: holds inf"),
        (["AVAL", "AVBL", -3, 4], "row 3, column weight: holds -3, a weight is greater than 0"),
        (["AVAL", "AVBL", 10, 5], "sheet 'M', row 3, column delta: holds 5"),
        (["AVAL", "AVBL", 10, 1.5], "sheet 'M', row 3, column delta: holds '1.5', a whole number was expected"),
        (["AVAL", "AVAX", 10, 4], "sheet 'M', row 3, column cell_2: 'AVAX' (like "),
        (["AVAL", "SMDVL", 10, 4], "sheet 'M', row 3, column cell_2: 'SMDVL' is not in sheet 'restricted_cells'"),
        (["RIS", "AVAL", 10, 4], "sheet 'M', row 3: RIS -> AVAL stands twice, first at b.xlsx, sheet 'M', row 2"),
    ],
)
def test_bad_rows(read, row, says):
    refused(lambda: read(["AVAL", "RIS", 1000, 4], row), says)


@pytest.mark.parametrize(
    ("sheets", "says"),
    [
        ({"G": None}, "b.xlsx: has no sheet 'G'"),
        ({"C": [["cell_1", "cell_2", "weight"], ["AVAL", "AVBL", 1]]}, "sheet 'C': has no column 'delta'"),
        ({"C": [[None], HEADER, ROW]}, "sheet 'C': has no column 'cell_1'"),
        ({"G": [HEADER]}, "sheet 'G': lists no connection"),
        ({"G": []}, "has no sheet 'G'"),
        ({"restricted_cells": CELLS[:2]}, "row 2, column cell: 'AVAL' has a partner on the other side, and 'AVAR'"),
        ({"restricted_cells": [*CELLS, ["AVAL", 1, 0]]}, "the cell 'AVAL' stands twice"),
        (
            {"restricted_cells": [*CELLS, ["VB01", 0, 1], ["VB1", 0, 1]]},
            "row 8, column cell: the cell 'VB1' stands twice",
        ),
        ({"restricted_cells": [*CELLS, ["ALA", 2, 1]]}, "row 7, column bilateral_cell_class: holds 2"),
        ({"restricted_cells": [*CELLS, ["QQQ", 0, 1]]}, "row 7, column cell: 'QQQ'"),
    ],
)
def test_bad_sheets(read, sheets, says):
    refused(lambda: read(**sheets), says)


def test_bad_workbooks(tmp_path, path_of_small, cell_tables):
    content = path_of_small.read_bytes()
    cut = tmp_path / "cut.xlsx"
    cut.write_bytes(content[: len(content) // 2])
    refused(lambda: brittin2021.read({"moesm5": cut}, cell_tables), "cut.xlsx: cannot be opened", "fetch it again")
    cut.write_bytes(b"")
    refused(lambda: brittin2021.read({"moesm5": cut}, cell_tables), "cut.xlsx", "the file is empty")


@pytest.fixture
def path_of_small(write_xlsx):
    return write_xlsx("b.xlsx", {"restricted_cells": CELLS, **{name: [HEADER, ROW] for name in "MCG"}})
