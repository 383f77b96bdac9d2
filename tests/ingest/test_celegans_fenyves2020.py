"""Fenyves et al. 2020: the totals of the workbook's own summary, signs from their matches, and odd rows."""

from __future__ import annotations

import json
import re

import polars as pl
import pytest

from ingest.celegans import cook2019, fenyves2020
from ingest.celegans.fenyves2020 import DATASET, SHEET
from ingest.files import sheet
from schemas.errors import SourceError

CELLS = "celegans/hermaphrodite/"
SIGNS = ("excitatory", "inhibitory", "complex", "unpredicted")


@pytest.fixture(scope="module")
def path(shared_data):
    return shared_data / "celegans/neurons/journal.pcbi.1007974.s003.xlsx"


@pytest.fixture(scope="module")
def tables(path, cell_tables):
    return fenyves2020.read({"signs": path}, cell_tables)


def of(tables, sign):
    return tables["chemical"].filter(pl.col("network") == f"{DATASET}/{sign}")


# the real file


@pytest.mark.data
def test_tables_are_valid(tables, check_tables):
    check_tables(tables)


@pytest.mark.data
def test_the_totals_are_those_of_the_summary(path, tables):
    told = {row[0]: row[1] for row in sheet(path, "Summary").rows()}
    weights = {sign: of(tables, sign)["weight"].sum() for sign in SIGNS}
    assert weights == {"excitatory": 9070, "inhibitory": 2580, "complex": 3413, "unpredicted": 5526}
    for sign in ("excitatory", "inhibitory", "complex"):
        assert weights[sign] == float(told[f"Predicted {sign} synapses"])
    assert weights["unpredicted"] == float(told["Total unpredicted chemical synapses"])
    assert sum(weights.values()) == float(told["Chemical synapses"]) == 20_589
    assert {sign: of(tables, sign).height for sign in SIGNS} == dict(zip(SIGNS, (1327, 425, 471, 1415), strict=True))
    assert tables["chemical"].height == 3638
    assert tables["chemical"].select("source", "target").is_duplicated().sum() == 0


@pytest.mark.data
def test_a_sign_is_what_its_matches_say(path, tables):
    """Columns G to L: matches of excitatory and inhibitory receptors with Glu, ACh and GABA."""
    named = {(True, False): "excitatory", (False, True): "inhibitory", (True, True): "complex"}
    grid = sheet(path, SHEET).slice(2).select("A", "D", *"GHIJKL")
    expected = {}
    for *ends, glu, no_glu, ach, no_ach, gaba, no_gaba in grid.iter_rows():
        pair = tuple(CELLS + re.sub(r"(?<=[A-Z])0", "", name) for name in ends)
        matched = "true" in (glu, ach, gaba), "true" in (no_glu, no_ach, no_gaba)
        expected[pair] = f"{DATASET}/{named.get(matched, 'unpredicted')}"
    assert {(s, t): network for network, s, t, *_ in tables["chemical"].iter_rows()} == expected


@pytest.mark.data
def test_weights_are_em_sections_as_in_cook(tables, shared_data, cell_tables):
    """The connectome that was taken is an earlier form of Cook 2019: nearly all shared pairs have one weight."""
    path = shared_data / "celegans/connectome/cook2019/SI5_adjacency_corrected_July2020.xlsx"
    cook = cook2019.read({"si5": path}, cell_tables)
    both = tables["chemical"].join(cook["chemical"], on=["source", "target"])
    assert both.height == 3516
    assert both.filter(pl.col("weight") == pl.col("weight_right")).height == 3495
    assert set(tables["network"]["weight_unit"]) == set(cook["network"]["weight_unit"]) == {"EM sections"}


@pytest.mark.data
def test_padded_names_and_what_is_not_taken_are_decisions(tables):
    decision = tables["decision"]
    assert decision.filter(pl.col("action") == "renamed").height == 64
    dropped = decision.filter(pl.col("action") == "dropped")["item"].to_list()
    assert [name[:2] for name in dropped[:7]] == ["US", "1.", "2.", "3.", "4.", "Su", "co"]
    assert set(decision["action"]) == {"renamed", "dropped"}


# small files


def header():
    first, second = [None] * 17, [None] * 17
    for index, text in ((0, "Source"), (3, "Target"), (4, "Connection"), (16, "Predicted polarity")):
        first[index] = text
    for index, text in ((0, "Neuron"), (1, "1mary NT"), (3, "Neuron"), (4, "Edge weight"), (5, "Edge type")):
        second[index] = text
    return [first, second]


def row(source="AVAL", target="AVAR", weight=2, sign="+", kind="chemical"):
    return [source, "ACh", 0, target, weight, kind, *[None] * 10, sign]


@pytest.fixture
def read(write_xlsx, cell_tables):
    """Reads a workbook from the rows of its sheet."""

    def read(*rows, head=None, name=SHEET):
        path = write_xlsx("f.xlsx", {name: [*(header() if head is None else head), *rows]})
        return fenyves2020.read({"signs": path}, cell_tables)

    return read


def test_each_sign_is_a_network(read, check_tables):
    rows = [row(sign=s, target=t) for s, t in (("-", "AVAR"), ("+", "VB01"), ("complex", "AVAL"), ("no pred", "RIML"))]
    tables = read(*rows, [None, None, " "])
    check_tables(tables)
    found = {n.rpartition("/")[2]: t.removeprefix(CELLS) for n, _, t, *_ in tables["chemical"].iter_rows()}
    assert found == {"excitatory": "VB1", "inhibitory": "AVAR", "complex": "AVAL", "unpredicted": "RIML"}
    assert tables["network"]["uid"].to_list() == [f"{DATASET}/{sign}" for sign in SIGNS]
    assert "'-'" in json.loads(tables["network"]["parameters"][1])["keeps"]


def test_blanks_around_names_and_signs_do_not_count(read):
    tables = read(row(" AVAL\u00a0", "AVAR ", "3 ", "\u00a0+ "))
    assert tables["chemical"].rows() == [(f"{DATASET}/excitatory", f"{CELLS}AVAL", f"{CELLS}AVAR", 3.0, None)]


# bad files


def refused(call, *parts):
    with pytest.raises(SourceError) as caught:
        call()
    for part in parts:
        assert part in str(caught.value)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"weight": "many"}, "row 3, column E: holds 'many', a number was expected"),
        ({"weight": "nan"}, "column E: holds 'nan'"),
        ({"weight": -1}, "column E: holds '-1', a connection has a positive weight"),
        ({"weight": 0}, "column E: holds '0'"),
        ({"weight": None}, "row 3, column E: is empty"),
        ({"source": None}, "row 3, column A: is empty"),
        ({"target": " "}, "row 3, column D: is empty"),
        ({"sign": "plus"}, "row 3, column Q: holds 'plus'"),
        ({"kind": "electrical"}, "row 3, column F: holds 'electrical'"),
    ],
)
def test_cells_that_cannot_be(read, change, says):
    refused(lambda: read(row(**change)), f"f.xlsx, sheet '{SHEET}', ", says)


def test_a_missing_sheet(read):
    refused(lambda: read(row(), name="Signs"), f"has no sheet '{SHEET}'", "'Signs'")


def test_a_header_shifted_by_a_row(read):
    refused(lambda: read(row(), head=[["title"], *header()]), "row 1, column A: holds 'title', the header 'Source'")


def test_a_missing_column(read):
    head = header()
    head[0][16] = None
    refused(lambda: read(row(), head=head), "row 1, column Q: holds None, the header 'Predicted polarity'", "S3")


def test_no_rows_no_file(read, write_xlsx, cell_tables):
    refused(read, "holds no connections")
    refused(lambda: read(head=[]), "row 1, column A: holds None")
    refused(lambda: fenyves2020.read({}, cell_tables), "the workbook is missing")


def test_unknown_neurons(read):
    refused(lambda: read(row("AVAX"), row(target="QQQ")), "2 label(s)", "row 3, column A: 'AVAX'", "column D: 'QQQ'")


def test_a_pair_twice_also_under_two_labels(read):
    refused(lambda: read(row(), row(sign="-")), "row 4: AVAL -> AVAR stands twice, first in row 3")
    refused(lambda: read(row("VB1"), row("VB01")), "row 4: VB01 -> AVAR stands twice")


@pytest.mark.data
def test_the_truncated_real_file(tmp_path, path, cell_tables):
    (tmp_path / "t.xlsx").write_bytes(path.read_bytes()[:500_000])
    refused(lambda: fenyves2020.read({"signs": tmp_path / "t.xlsx"}, cell_tables), "t.xlsx: cannot be opened")
