"""The male: its cells beside the source's lists, and the numbers of its two matrices."""

from __future__ import annotations

import polars as pl
import pytest

from ingest.celegans import cells, cook2019, cook2019_male, male_cells
from ingest.celegans.cook2019 import read_sheet
from ingest.celegans.names import MALE_PARENT, CellNames
from ingest.files import sheet
from ingest.source import source
from schemas.dataset import Dataset, DatasetInfo, Decisions
from schemas.errors import SourceError
from schemas.validation import validate

SI4_TYPES = {"sensory neuron": "sensory", "sensory": "sensory", "interneuron": "inter", "motorneuron": "motor"}


@pytest.fixture(scope="module")
def male():
    return {MALE_PARENT: male_cells.read({}, {})}


@pytest.fixture(scope="module")
def nodes(male):
    return male[MALE_PARENT]["node"]


@pytest.fixture(scope="module")
def names(male):
    return CellNames.of(male, MALE_PARENT)


@pytest.fixture(scope="module")
def check(male):
    keys = {name: male[MALE_PARENT][name]["uid"].to_list() for name in ("node_set", "node")}

    def check(tables):
        info = DatasetInfo("celegans/test", "celegans", "t", "l", "c", "r", "1", parents=(MALE_PARENT,))
        validate(Dataset(info, tables), keys)

    return check


@pytest.fixture(scope="module")
def folder(shared_data):
    return shared_data / "celegans/connectome/cook2019"


@pytest.fixture(scope="module")
def si5(folder):
    return folder / "SI5_adjacency_corrected_July2020.xlsx"


@pytest.fixture(scope="module")
def tables(si5, male):
    return cook2019_male.read({"si5": si5}, male)


def named(uid):
    return f"celegans/male/{uid}"


# cells


def test_there_are_385_neurons_294_of_them_in_both_sexes(nodes, cell_tables):
    neurons = set(nodes.filter(pl.col("kind") == "neuron")["name"])
    shared = set(cell_tables["celegans/cells"]["node"].filter(pl.col("kind") == "neuron")["name"])
    assert len(neurons) == 385
    assert len(neurons & shared) == 294
    assert {name[:-1] for name in shared - neurons} == {"HSN", "VC"}


def test_what_only_the_hermaphrodite_has_is_not_there(nodes):
    assert nodes.filter(pl.col("class").is_in(["HSN", "VC", "vm1", "vm2", "um1", "um2"])).height == 0
    assert set(nodes["node_set"]) == {"celegans/male"}


def test_shared_cells_are_those_of_the_hermaphrodite_but_for_their_id(nodes, cell_tables):
    hermaphrodite = cell_tables["celegans/cells"]["node"]
    both = nodes.join(hermaphrodite, on="name", suffix="_h")
    assert both.height == hermaphrodite.height - 8 - 16  # HSN and VC, muscles of vulva and uterus
    for column in ("kind", "class", "type", "hemisphere", "aliases"):
        same = both if column != "aliases" else both.filter(~pl.col("name").is_in(["PVPL", "PVPR"]))
        assert same[column].equals(same[f"{column}_h"], check_names=False), column
    other = both.filter(pl.col("neurotransmitter").ne_missing(pl.col("neurotransmitter_h")))
    assert other["name"].to_list() == ["AIML", "AIMR"]
    assert set(other["neurotransmitter"]) == {"acetylcholine"}


def test_the_cells_are_valid_tables(male, check):
    check(male[MALE_PARENT])


def test_no_spelling_means_two_cells(nodes):
    spellings = {}
    for name, aliases in nodes.select("name", "aliases").iter_rows():
        for spelling in {name.lower(), *(a.lower() for a in aliases)}:
            assert spellings.setdefault(spelling, name) == name


@pytest.mark.parametrize(
    ("label", "name", "how"),
    [
        *[("CA01", "CA1", "padded"), ("CP09", "CP9", "padded"), ("CP00", "CP0", "padded"), ("DA01", "DA1", "padded")],
        *[("R1stL", "R1shL", "alias"), ("R9shR", "R9shR", "exact"), ("dglR8", "dglR8", "exact")],
        *[("AVAL", "AVAL", "exact"), ("BWM-DL01", "dBWML1", "alias"), ("pm2d", "pm2D", "alias")],
    ],
)
def test_labels_are_resolved(names, label, name, how):
    found = names.resolve(label)
    assert (found.node, found.how) == (named(name), how)


@pytest.mark.parametrize("label", ["HSNL", "VC01", "vm2AL", "dglL8", "CP10", "R10AL"])
def test_cells_of_no_male_are_unknown(names, label):
    assert names.resolve(label).node is None


@pytest.mark.parametrize(
    ("name", "side"), [("CEMDL", "L"), ("R1BR", "R"), ("dglL3", "L"), ("PVX", "M"), ("EF1", None), ("gonad", None)]
)
def test_hemisphere(nodes, name, side):
    assert nodes.filter(pl.col("name") == name)["hemisphere"].item() == side


@pytest.mark.data
def test_every_cell_of_si4_is_there_with_its_type(nodes, names, folder):
    path = folder / "SI4_cell_lists.xlsx"
    types = dict(nodes.select("uid", "type").iter_rows())
    kinds = dict(nodes.select("uid", "kind").iter_rows())
    listed = set()
    for sheet_name, header in (("pharynx", 0), ("sex-shared", 1), ("male-specific", 1)):
        for label, type_ in sheet(path, sheet_name).slice(header).select("A", "B").iter_rows():
            node = names.resolve(label).node
            assert node is not None, label
            listed.add(node)
            assert (kinds[node] == "muscle") == type_.startswith("muscle"), label
            if type_ in SI4_TYPES and sheet_name != "pharynx":
                assert types[node] == SI4_TYPES[type_], label
    ours = set(nodes.filter(pl.col("kind") != "cell")["uid"])
    assert ours - listed == set()


@pytest.mark.data
def test_every_name_of_si4s_hermaphrodite_list_is_unknown(names, folder):
    for (label,) in sheet(folder / "SI4_cell_lists.xlsx", "hermaphrodite specific").select("A").iter_rows():
        assert names.resolve(label).node is None, label


@pytest.mark.data
def test_transmitters_agree_with_the_atlas_of_wang_2024(nodes, shared_data):
    path = shared_data / "celegans/connectome/wang2024/elife-95402-supp3-v1.xlsx"
    spelled = {"ACh": "acetylcholine", "Glu": "glutamate", "GABA": "GABA", "DA": "dopamine", "5-HT": "serotonin"}
    ours = dict(nodes.select("name", "neurotransmitter").iter_rows())
    compared = 0
    for row in sheet(path, "Supp File 3").slice(4).iter_rows():
        first, second = ((text or "").removesuffix(" (new)") for text in row[20:22])
        if row[1] not in ours or not first:
            continue
        doubtful = first.startswith(("*", "unknown"))
        sure = spelled.get(second) if doubtful else spelled[first]  # of R9B the second transmitter is the sure one
        assert ours[row[1]] == sure, row[1]
        compared += 1
    assert compared == 91 - 6  # DX and EF go by other numbers there


# matrices


@pytest.mark.data
def test_tables_are_valid(tables, check):
    check(tables)


@pytest.mark.data
def test_every_cell_of_the_sheets_is_accounted_for(si5, tables):
    raw = {kind: len(read_sheet(si5, name, Decisions()).weights) for kind, name in cook2019_male.SHEETS.items()}
    assert raw == {"chemical": 5306, "gap_junction": 3482}
    gap = tables["gap_junction"]
    loops = gap.filter(pl.col("source") == pl.col("target")).height
    assert tables["chemical"].height == 5306
    assert 2 * (gap.height - loops) + loops == 3482
    assert tables["chemical"]["weight"].sum() == 45959


@pytest.mark.data
def test_edges_among_the_neurons_of_both_sexes(tables, nodes, cell_tables):
    herm = cell_tables["celegans/cells"]["node"].filter(pl.col("kind") == "neuron")["name"]
    shared = [named(n) for n in nodes["name"] if n in set(herm) - set(cells.NOT_CANONICAL)]
    assert len(shared) == 292
    found = {
        kind: tables[kind].filter(pl.col("source").is_in(shared), pl.col("target").is_in(shared))
        for kind in cook2019_male.SHEETS
    }
    assert (found["chemical"].height, found["chemical"]["weight"].sum()) == (2203, 19186)
    gap = found["gap_junction"]
    loops = gap.filter(pl.col("source") == pl.col("target"))
    assert gap.height == 748
    assert 2 * gap["weight"].sum() - loops["weight"].sum() == 10568  # as the sheet lists them: both ways, loops once


@pytest.mark.data
def test_the_networks_are_of_the_male(tables):
    network = tables["network"].sort("uid")
    assert network["uid"].to_list() == ["celegans/cook2019-male/chemical", "celegans/cook2019-male/gap_junction"]
    assert set(network["node_set"]) == {"celegans/male"}
    assert set(network["weight_unit"]) == {"EM sections"}


@pytest.mark.data
def test_a_ray_has_one_structural_cell_whatever_the_margin_calls_it(tables):
    decisions = tables["decision"]
    renamed = decisions.filter(pl.col("action") == "renamed", pl.col("item").str.contains("st[LR]$"))
    assert set(renamed["item"]) == {"R1stR", "R2stR", "R3stL", "R5stL", "R7stL", "R7stR", "R9stL"}
    differs = decisions.filter(pl.col("action") == "differs")
    assert set(differs["item"]) == {*renamed["item"], "RMFL"}
    assert tables["chemical"].filter(pl.col("target") == named("R7shR")).height > 0


def matrix(names, *rows):
    body = [[None, None, name, *row, name] for name, row in zip(names, rows, strict=True)]
    return [["G"], [None], [None, None, None, *names, None], *body, [None, None, None, *names, None]]


def test_the_males_sheets_are_read_and_the_hermaphrodites_are_not_needed(write_xlsx, male):
    names = ("CA01", "R1stL")
    sheets = {"male chemical": matrix(names, [0, 3], [2, 0]), "male gap jn symmetric": matrix(names, [0, 5], [5, 0])}
    found = cook2019_male.read({"si5": write_xlsx("si5.xlsx", sheets)}, male)
    edges = found["chemical"].select("source", "target", "weight").rows()
    assert edges == [(named("CA1"), named("R1shL"), 3.0), (named("R1shL"), named("CA1"), 2.0)]
    assert found["gap_junction"].select("source", "target", "weight").rows() == [(named("CA1"), named("R1shL"), 5.0)]


def test_a_cell_of_the_hermaphrodite_is_no_cell_of_the_male(write_xlsx, male):
    names = ("AVAL", "HSNL")
    sheets = dict.fromkeys(cook2019_male.SHEETS.values(), matrix(names, [0, 3], [2, 0]))
    with pytest.raises(SourceError) as caught:
        cook2019_male.read({"si5": write_xlsx("si5.xlsx", sheets)}, male)
    assert "1 label(s) name no cell of celegans/male" in str(caught.value)
    assert "row 5, column C: 'HSNL'" in str(caught.value)
    assert "male_cells.yaml" in caught.value.hint


def test_without_the_males_sheet_or_cells(write_xlsx, male, cell_tables):
    names = ("AVAL", "AVAR")
    path = write_xlsx("si5.xlsx", dict.fromkeys(cook2019.SHEETS.values(), matrix(names, [0, 1], [1, 0])))
    with pytest.raises(SourceError, match="has no sheet 'male chemical'"):
        cook2019_male.read({"si5": path}, male)
    with pytest.raises(SourceError, match="ingest celegans/male-cells first"):
        cook2019_male.read({"si5": path}, cell_tables)


def test_the_registry_names_both():
    assert source("celegans/male-cells").files == ()
    assert source("celegans/cook2019-male").parents == ("celegans/male-cells",)
    assert source("celegans/cook2019-male").files == source("celegans/cook2019").files
