"""Positions in frames other than the whole body's, their spread, NeuroPAL's colours; axes are measured."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import polars as pl
import pytest

from ingest.celegans import lowresatlas, neuropal_colours, neuropal_variability, wormneuroatlas_positions
from ingest.celegans.neuropal_variability import AXES, COLOURS, SHEETS
from tests.ingest.statements import HERMAPHRODITE, MALE, decided, refused, said

# table S2

_AXES = list(AXES.values())
HEADER = [
    *("Neuron", "Volume (μm3)", *(f"{axis} Position (μm)" for axis in _AXES)),
    *(*(f"{axis} Distance (μm)" for axis in _AXES), *(f"{axis} Variance (μm2)" for axis in _AXES), "Effect Size (D)"),
]


def line(name, position=(1.0, 2.0, 3.0), variance=(4.0, 9.0, 16.0)):
    return [name, 1, *position, 5, 5, 5, *variance, None]


WORKBOOK = {name: [HEADER, line("AVAL")] for name in SHEETS}


@pytest.fixture
def table_s2(write_xlsx, both_sexes):
    def read(**changed):
        sheets = {**WORKBOOK, **{name.replace("_", " "): rows for name, rows in changed.items()}}
        return neuropal_variability.read({"table_s2": write_xlsx("t.xlsx", sheets)}, both_sexes)

    return read


def test_positions_name_their_part_and_their_frame_and_variances_become_deviations(table_s2, check_both):
    tables = table_s2(Male_Tail_Positions=[HEADER, line("R1AL", variance=(0, 2.25, 1))])
    check_both(tables)
    frame = "frame of the sheet 'Hermaphrodite Head Positions': from the front backwards, dorsal positive, "
    assert said(tables, HERMAPHRODITE + "AVAL", "head_ap_um") == {"1": f"{frame}right positive, least value 10 um"}
    numbers = tables["annotation"].filter(pl.col("node") == MALE + "R1AL")
    assert dict(numbers.select("attribute", "number").iter_rows()) == {
        "tail_ap_um": 1.0,
        "tail_dv_um": 2.0,
        "tail_lr_um": 3.0,
        "ap_sd_um": 0.0,
        "dv_sd_um": 1.5,
        "lr_sd_um": 1.0,
    }
    assert not tables["annotation"]["attribute"].is_in(list(lowresatlas.AXES)).any(), "not in the whole body's frame"


def test_what_is_not_read_is_said_and_so_are_cells_that_are_not_there(table_s2):
    tables = table_s2(Hermaphrodite_Head_Positions=[HEADER, line("AMSOL"), line("AVAL")])
    dropped = decided(tables, "dropped")
    assert dropped.filter(pl.col("item") == "AMSOL")["row"].to_list() == [2]
    assert set(COLOURS) <= set(dropped["item"])
    assert dropped.filter(pl.col("item").str.contains("Effect Size")).height == len(SHEETS)


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([HEADER], ("lists no neuron", "Male Head Positions")),
        ([HEADER, line("AVAX")], ("'AVAX' (like", "row 2")),
        ([HEADER, line(None)], ("is empty", "row 2", "column Neuron")),
        ([HEADER, line("AVAL", position=(1, "far", 3))], ("row 2", "column D-V Position (μm)", "'far'")),
        ([HEADER, line("AVAL", position=(1, None, 3))], ("is empty", "row 2")),
        ([HEADER, line("AVAL", position=(1, "inf", 3))], ("holds inf", "row 2", "column D-V Position (μm)")),
        (
            [HEADER, line("AVAL", variance=(1, 1, -1))],
            ("holds -1, a variance is not negative", "row 2", "L-R Variance"),
        ),
        ([HEADER[:-4], line("AVAL")[:-4]], ("has no column 'A-P Variance (μm2)'",)),
        ([], ("the sheet is empty",)),
    ],
)
def test_a_wrong_table_is_refused(table_s2, rows, says):
    refused(lambda: table_s2(Male_Head_Positions=rows), *says)


def test_a_missing_sheet_is_said(write_xlsx, both_sexes):
    path = write_xlsx("t.xlsx", {"Male Head Positions": [HEADER, line("AVAL")]})
    refused(lambda: neuropal_variability.read({"table_s2": path}, both_sexes), "has no sheet 'Hermaphrodite Head")


# colours


@pytest.fixture
def colours(tmp_path, cell_tables):
    def read(text):
        path = tmp_path / "colours.csv"
        path.write_text(text, encoding="utf-8")
        return neuropal_colours.read({"colours": path}, cell_tables)

    return read


def test_colours_are_shares_of_red_green_and_blue(colours, check_tables):
    tables = colours("'ADAL',\"[0.650980392156863,0.411764705882353,0.6]\"\n'RID',\"[0,0,0]\"\n'DB01',\"[1,0.5,0]\"\n")
    check_tables(tables)
    assert said(tables, HERMAPHRODITE + "ADAL", "colour") == {
        "#A66999": "red 0.650980392156863, green 0.411764705882353, blue 0.6"
    }
    assert set(said(tables, HERMAPHRODITE + "RID", "colour")) == {"panneuronal"}
    assert set(said(tables, HERMAPHRODITE + "DB1", "colour")) == {"#FF8000"}
    assert [(d["action"], d["item"]) for d in tables["decision"].rows(named=True)] == [
        *(("renamed", "DB01"), ("differs", "DB1"))
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("'ADAL',\"[0.6,0.4]\"\n", ("'[0.6,0.4]', a colour was expected", "row 1, column colour")),
        ("'ADAL',#FFAABB\n", ("a colour was expected",)),
        ("'ADAL',\"[0.6,0.4,1.1]\"\n", ("a share is from 0 to 1",)),
        ("'ADAL',\"[0.6,nan,1]\"\n", ("holds 'nan'", "row 1")),
        ("'ADAL',\"[0.6,red,1]\"\n", ("holds 'red', a number was expected",)),
        ("'ADAX',\"[0.6,0.4,1]\"\n", ("'ADAX'", "row 1")),
        ("'',\"[0.6,0.4,1]\"\n", ("has no name of a neuron", "row 1")),
        ("'ADAL'\n", ("has 1 cell(s), 2 were expected", "row 1")),
        ("", ("the file is empty",)),
    ],
)
def test_wrong_colours_are_refused(colours, text, says):
    refused(lambda: colours(text), *says)


# wormneuroatlas


@pytest.fixture
def atlas(tmp_path, cell_tables):
    def read(text):
        path = tmp_path / "anatlas_neuron_positions.txt"
        path.write_text(text, encoding="utf-8")
        return wormneuroatlas_positions.read({"positions": path}, cell_tables)

    return read


def test_the_names_of_the_first_line_go_with_the_rows(atlas, check_tables):
    tables = atlas("#AVAL VB01\n0.1\t-2\t0.5\n0.2\t3\t0.25\n")
    check_tables(tables)
    rows = tables["annotation"].filter(pl.col("node") == HERMAPHRODITE + "VB1")
    assert rows.select("attribute", "number").rows() == [
        *(("lr_atlas_unit", 0.2), ("ap_atlas_unit", 3.0), ("dv_atlas_unit", 0.25))
    ]
    assert set(rows["evidence"]) == {wormneuroatlas_positions.FRAME}
    assert decided(tables, "renamed")["item"].to_list() == ["VB01"]


def test_a_name_twice_with_one_position_is_one_statement(atlas):
    tables = atlas("#AVAL AVAL\n0.1\t-2\t0.5\n0.1\t-2\t0.6\n")
    assert [set(decided(tables, action)["item"]) for action in ("merged", "differs")] == [
        *({"AVAL lr_atlas_unit 0.1", "AVAL ap_atlas_unit -2"}, {"AVAL dv_atlas_unit"})
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("AVAL\n1\t2\t3\n", ("does not begin with # and names", "row 1")),
        ("#AVAL AVAR\n1\t2\t3\n", ("has 2 names and 1 rows", "row 1")),
        ("#AVAL\n1\t2\n", ("has 2 cell(s), 1 or 3 were expected", "row 2")),
        ("#AVAL\n1\n", ("has 1 cell(s), 3 were expected", "row 2")),
        ("#AVAL\n1\t2\tfar\n", ("holds 'far'", "row 2, column dv_atlas_unit")),
        ("#AVAX\n1\t2\t3\n", ("'AVAX'", "row 2")),
        ("", ("the file is empty",)),
    ],
)
def test_a_wrong_atlas_is_refused(atlas, text, says):
    refused(lambda: atlas(text), *says)


def test_a_missing_atlas_is_said(cell_tables):
    refused(lambda: wormneuroatlas_positions.read({}, cell_tables), "anatlas_neuron_positions.txt is missing", "--from")


# the real files


@pytest.fixture(scope="module")
def folder(shared_data):
    return shared_data / "celegans/neurons"


@pytest.fixture(scope="module")
def body(folder, cell_tables):
    """Name to position in the frame of the whole body: ap, dv, lr in um."""
    found = lowresatlas.read({"positions": folder / "LowResAtlasWithHighResHeadsAndTails.csv"}, cell_tables)
    return by_name(found["annotation"], lowresatlas.AXES)


@pytest.fixture(scope="module")
def real_s2(folder, both_sexes):
    path = folder / "NeuroPAL_TableS2_positional_variability.xlsx"
    return neuropal_variability.read({"table_s2": path}, both_sexes)


@pytest.fixture(scope="module")
def real_atlas(folder, cell_tables):
    return wormneuroatlas_positions.read({"positions": folder / "anatlas_neuron_positions.txt"}, cell_tables)


def by_name(annotation, attributes):
    wide = annotation.filter(pl.col("attribute").is_in(list(attributes))).pivot(
        "attribute", index="node", values="number"
    )
    return {node.rpartition("/")[2]: row for node, *row in wide.select("node", *attributes).iter_rows()}


def directions(found, body, *, within=(0, math.inf)):
    """Correlation of each axis with the same axis of the whole body, for the neurons in a part of it."""
    names = [name for name in found if name in body and within[0] <= body[name][0] <= within[1]]
    ours, theirs = (np.array([side[name] for name in names]) for side in (found, body))
    return [float(np.corrcoef(ours[:, i], theirs[:, i])[0, 1]) for i in range(3)]


@pytest.mark.data
def test_table_s2_counts(real_s2, check_both):
    check_both(real_s2)
    heads, tails = 189 + 186, 43 + 110  # less the socket cells, two in each list but that of the male's tail
    found = Counter(real_s2["annotation"]["attribute"])
    assert found == {
        **{f"head_{axis}_um": heads for axis in AXES},
        **{f"tail_{axis}_um": tails for axis in AXES},
        **{f"{axis}_sd_um": heads + tails for axis in AXES},
    }
    numbers = real_s2["annotation"].filter(pl.col("attribute").str.starts_with("head_"))["number"]
    assert numbers.min() >= 10.0
    (value,) = said(real_s2, HERMAPHRODITE + "ADAL", "ap_sd_um")
    assert float(value) == pytest.approx(math.sqrt(30.502638057))


@pytest.mark.data
@pytest.mark.parametrize("name", SHEETS)
def test_the_axes_of_each_sheet_run_as_its_frame_says(real_s2, body, name):
    """In two sheets the animal is turned about: of the tail of the hermaphrodite the rear comes first, and so on."""
    about = SHEETS[name]
    prefix = HERMAPHRODITE if about.parent == "celegans/cells" else MALE
    rows = real_s2["annotation"].filter(pl.col("node").str.starts_with(prefix))
    found = by_name(rows, [f"{about.part}_{axis}_um" for axis in AXES])
    within = (0, 150) if about.part == "head" else (700, math.inf)
    signs = [word.split()[0] in ("dorsal", "left") or word.endswith("backwards") for word in about.directions]
    measured = directions(found, body, within=within)
    assert [correlation > 0 for correlation in measured] == signs, measured
    assert min(map(abs, measured)) > 0.5


@pytest.mark.data
def test_colours_of_302_neurons(folder, cell_tables, check_tables):
    tables = neuropal_colours.read({"colours": folder / "NeuropalCanonicalColors.csv"}, cell_tables)
    check_tables(tables)
    neurons = cell_tables["celegans/cells"]["node"].filter(pl.col("kind") == "neuron")["uid"]
    assert set(tables["annotation"]["node"]) == set(neurons)
    assert Counter(tables["annotation"]["value"])["panneuronal"] == 38
    assert decided(tables, "differs")["item"].to_list() == ["ASEL", "ASER", "AWCL", "AWCR"]


@pytest.mark.data
def test_the_atlas_of_wormneuroatlas_is_of_the_whole_body_in_a_unit_of_its_own(real_atlas, body, check_tables):
    check_tables(real_atlas)
    assert Counter(real_atlas["annotation"]["attribute"]) == dict.fromkeys(wormneuroatlas_positions.AXES, 302)
    assert {item.split()[0] for item in decided(real_atlas, "merged")["item"]} == {"PVCL"}
    assert set(real_atlas["decision"]["action"]) == {"merged"}
    found = by_name(real_atlas["annotation"], [f"{axis}_atlas_unit" for axis in ("ap", "dv", "lr")])
    along, *_ = directions(found, body)
    assert along > 0.99
    head = directions(found, body, within=(0, 150))
    assert min(head) > 0.85
    ap = [position[0] for position in found.values()]
    assert 100 < 800 / (max(ap) - min(ap)) < 120  # um of the body's 800 for each unit


@pytest.mark.data
def test_left_of_wormneuroatlas_is_left_in_the_middle_of_the_body_too(real_atlas):
    """Where the atlas of the whole body has left and right turned, this one has not."""
    lr = {name: row[0] for name, row in by_name(real_atlas["annotation"], ["lr_atlas_unit"]).items()}
    assert all(lr[f"{c}L"] > lr[f"{c}R"] for c in ("ALM", "BDU", "HSN", "PDE", "PVD", "SDQ"))
