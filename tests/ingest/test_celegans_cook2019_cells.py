"""Cook et al. 2019, SI 4: what four lists say of the cells of both sexes; real counts, and wrong workbooks."""

from __future__ import annotations

from collections import Counter

import pytest

from ingest.celegans import cook2019_cells
from ingest.celegans.cook2019_cells import LISTS
from ingest.files import sheet
from tests.ingest.statements import HERMAPHRODITE, MALE, decided, refused, said

SHEETS = {
    "pharynx": [["I1L", "interneuron"], ["pm2d", "muscle (myoepithelium)"]],
    "sex-shared": [
        [None, "cell type", "cell category", "notes, sensilla, modality", None],
        ["ASJL", "sensory", "SN6", "amphid", None],
        ["SDQL", "sensory", "SN4", "touch", "interneuron in White et al., 1986"],
        ["SDQR", "sensory", "SN4", "touch", "interneuron in White et al., 1987"],
    ],
    "hermaphrodite specific": [["VC01", "motorneuron", "sex-specific neuron"]],
    "male-specific": [["name", "cell type", "notes"], ["R1AL", "sensory neuron", "x"]],
}


@pytest.fixture
def read(write_xlsx, both_sexes):
    def make(**changed):
        sheets = {**SHEETS, **{name.replace("_", " "): rows for name, rows in changed.items()}}
        return cook2019_cells.read({"si4": write_xlsx("t.xlsx", sheets)}, both_sexes)

    return make


def test_what_is_said_of_a_cell_of_both_sexes_is_said_of_either(read, check_both):
    tables = read()
    check_both(tables)
    for of in (HERMAPHRODITE, MALE):
        assert set(said(tables, of + "ASJL", "type")) == {"sensory"}
        assert set(said(tables, of + "ASJL", "category")) == {"sex-shared", "SN6"}
        assert set(said(tables, of + "ASJL", "comment")) == {"amphid"}
        assert set(said(tables, of + "pm2D", "category")) == {"pharynx"}
    assert set(said(tables, HERMAPHRODITE + "VC1", "category")) == {"hermaphrodite specific", "sex-specific neuron"}
    assert set(said(tables, MALE + "R1AL", "comment")) == {"x"}
    assert not tables["annotation"]["node"].is_in([MALE + "VC1", HERMAPHRODITE + "R1AL"]).any()


def test_a_year_that_goes_up_from_row_to_row_is_kept_and_said(read):
    tables = read()
    assert set(said(tables, MALE + "SDQR", "comment")) == {"touch", "interneuron in White et al., 1987"}
    assert decided(tables, "kept").select("item", "sheet", "row", "column").rows() == [("SDQR", "sex-shared", 4, "E")]


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"pharynx": [["I1X", "interneuron"]]}, ("'I1X'", "sheet 'pharynx', row 1")),
        ({"pharynx": [["I1L", "interneuron"], [None, "muscle"]]}, ("has no name of a cell", "row 2, column A")),
        ({"pharynx": [["I1L", "interneuron"], ["I1R", None]]}, ("has no type of a cell", "row 2, column B")),
        ({"pharynx": [["I1L"]]}, ("has 1 columns, 2 were expected",)),
        ({"sex-shared": SHEETS["sex-shared"][1:]}, ("does not begin with cell type", "row 1")),
        ({"male-specific": SHEETS["male-specific"][:1]}, ("lists no cell", "male-specific")),
        ({"male-specific": [["name", "cell type", "notes"], ["VC01", "x", "y"]]}, ("'VC01'", "male_cells.yaml")),
        ({"hermaphrodite_specific": [["R1AL", "motorneuron", "x"]]}, ("'R1AL'", "cells.yaml")),
        ({"hermaphrodite_specific": []}, ("hermaphrodite specific",)),
    ],
)
def test_a_wrong_workbook_is_refused_with_its_place(read, changed, says):
    refused(lambda: read(**changed), *says)


def test_a_missing_list_is_said(write_xlsx, both_sexes):
    path = write_xlsx("t.xlsx", {"pharynx": SHEETS["pharynx"]})
    refused(lambda: cook2019_cells.read({"si4": path}, both_sexes), "has no sheet 'sex-shared'")


# the real file


@pytest.mark.data
def test_every_row_of_the_four_lists_is_said(shared_data, both_sexes, check_both):
    path = shared_data / "celegans/connectome/cook2019/SI4_cell_lists.xlsx"
    tables = cook2019_cells.read({"si4": path}, both_sexes)
    check_both(tables)
    rows = {name: sheet(path, name).height - bool(about.header) for name, about in LISTS.items()}
    assert rows == {"pharynx": 64, "sex-shared": 387, "hermaphrodite specific": 24, "male-specific": 149}
    said_of = sum(rows[name] * len(about.sexes) for name, about in LISTS.items())
    found = Counter(tables["annotation"]["attribute"])
    assert found["type"] == said_of == 1075
    # each row is in a list, and of all but pharynx and male it has a category of its own
    assert found["category"] == said_of + 2 * rows["sex-shared"] + rows["hermaphrodite specific"]
    assert found["comment"] == 198
    of_both = both_sexes["celegans/cells"]["node"].height + both_sexes["celegans/male-cells"]["node"].height
    assert tables["annotation"]["node"].n_unique() == said_of == of_both - 3  # exc_cell of either, the proctodeum
    assert decided(tables, "kept").height == 10
    assert set(tables["decision"]["action"]) == {"kept", "renamed"}


@pytest.mark.data
def test_si4_calls_the_e2_cells_as_the_anatomy_does(shared_data):
    path = shared_data / "celegans/connectome/cook2019/SI4_cell_lists.xlsx"
    names = sheet(path, "pharynx")["A"].to_list()
    assert [name for name in names if name.startswith("e2")] == ["e2DL", "e2DR", "e2V"]
