"""WormWideWeb: cells and sides, what follows for partners, and a table of names that must agree with ours."""

from __future__ import annotations

import csv
from collections import Counter

import polars as pl
import pytest

from ingest.celegans import wormwideweb_cells
from ingest.celegans.names import CellNames
from ingest.celegans.wormwideweb_cells import NO_SUCH_MUSCLE, NOT_CELLS
from tests.ingest.statements import HERMAPHRODITE, MALE, decided, refused, said

NEURONS = (
    "name,class,type,type_code,category,dv,lr\n"
    "IL2DL,IL2,sensory,s,shared,d,l\nIL2DR,IL2,sensory,s,shared,d,r\n"
    "IL2L,IL2,sensory,s,shared,,l\nIL2R,IL2,sensory,s,shared,,r\n"
    "vBWMR24,BWM24,muscle,b,shared,v,r\n"
    "R1AL,R1A,sensory neuron,s,male,,l\nR1AR,R1A,sensory neuron,s,male,,r\n"
    "VC01,VC,motorneuron,m,hermaphrodite,,\n"
    "pm4_unspecified,pm4,muscle (myoepithelium),b,pharynx,,\n"
)
CLASSES = (
    "class,split_lr,split_dv,split_d_lr,split_v_lr\n"
    "IL2,1,0,0,-1\nBWM24,-1,-1,-1,-1\nR1A,0,-1,-1,-1\nVC,-1,-1,-1,-1\npm4,-1,0,-1,0\n"
)
NAMES = "original,replacement\nBWM-DL01,dBWML1\nCA1,CA01\nVC1,VC01\nVA10,VA10\npm4,pm4_unspecified\n"
FILES = {"neurons": "neurons.csv", "classes": "classes.csv", "names": "names.csv"}


@pytest.fixture
def read(tmp_path, both_sexes):
    def make(neurons=NEURONS, classes=CLASSES, names=NAMES):
        for name, text in zip(FILES.values(), (neurons, classes, names), strict=True):
            (tmp_path / name).write_text(text, encoding="utf-8")
        return wormwideweb_cells.read({key: tmp_path / name for key, name in FILES.items()}, both_sexes)

    return make


def test_classes_sides_and_splits_of_either_sex(read, check_both):
    tables = read()
    check_both(tables)
    for of in (HERMAPHRODITE, MALE):
        assert set(said(tables, of + "IL2DL", "class")) == {"IL2"}
        assert set(said(tables, of + "IL2DL", "side")) == {"left", "dorsal"}
        assert set(said(tables, of + "IL2L", "class_split")) == {
            *("left and right: apart", "dorsal and ventral: together", "dorsal left and dorsal right: together")
        }
    assert set(said(tables, HERMAPHRODITE + "VC1", "category")) == {"hermaphrodite"}
    assert said(tables, MALE + "VC1", "category") == said(tables, HERMAPHRODITE + "R1AL", "class") == {}


def test_partners_follow_from_class_and_side_within_a_sex(read):
    tables = read()
    rows = tables["annotation"].filter(pl.col("attribute") == "left_right_partner")
    pairs = {(node, value) for node, value in rows.select("node", "value").iter_rows()}
    both = [(a, b) for a, b in (("IL2DL", "IL2DR"), ("IL2L", "IL2R")) for _ in "x"]
    wanted = {(of + a, of + b) for of in (HERMAPHRODITE, MALE) for a, b in both} | {(MALE + "R1AL", MALE + "R1AR")}
    assert pairs == wanted | {(b, a) for a, b in wanted}
    assert said(tables, HERMAPHRODITE + "IL2DL", "left_right_partner") == {
        HERMAPHRODITE + "IL2DR": "follows from class IL2 and sides l / r, d"
    }


def test_two_cells_of_a_side_leave_open_which_is_the_partner(read):
    text = NEURONS + "IL2VL,IL2,sensory,s,shared,d,l\n"
    tables = read(neurons=text)
    assert said(tables, HERMAPHRODITE + "IL2DR", "left_right_partner") == {}
    assert said(tables, HERMAPHRODITE + "IL2R", "left_right_partner") != {}


def test_names_become_synonyms(read):
    tables = read()
    evidence = "the table of names replaces BWM-DL01 by dBWML1"
    for of in (HERMAPHRODITE, MALE):
        assert said(tables, of + "dBWML1", "synonym") == {"BWM-DL01": evidence}
    assert set(said(tables, MALE + "CA1", "synonym")) == {"CA01"}
    assert set(said(tables, HERMAPHRODITE + "VC1", "synonym")) == {"VC01"}
    dropped = decided(tables, "dropped")
    assert dict(dropped.select("item", "row").iter_rows()) == {
        "pm4_unspecified": 10,
        "VA10 -> VA10": 5,
        "pm4 -> pm4_unspecified": 6,
    }


def other(text, old, new):
    assert old in text
    return text.replace(old, new)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"neurons": NEURONS + "AVAX,AVA,inter,i,shared,,l\n"}, ("'AVAX'", "row 11")),
        ({"neurons": other(NEURONS, "VC01,VC,motorneuron,m,hermaphrodite", "VC01,VC,m,m,both")}, ("'both'", "row 9")),
        ({"neurons": other(NEURONS, "shared,d,l", "shared,d,x")}, ("holds 'x'", "row 2, column lr")),
        ({"neurons": other(NEURONS, "shared,d,l", "shared,dv,l")}, ("holds 'dv'", "row 2, column dv")),
        ({"neurons": other(NEURONS, "shared,v,r", "shared,v")}, ("has 6 cell(s), 7 were expected", "row 6")),
        ({"neurons": other(NEURONS, "VC01,VC,", "VC01,,")}, ("is empty", "row 9, column class")),
        ({"neurons": other(NEURONS, "category", "kind")}, ("has no column 'category'", "row 1")),
        ({"neurons": other(NEURONS, "VC01,VC,motorneuron,m,hermaphrodite", "VC01,VC,m,m,male")}, ("'VC01'", "male_ce")),
        ({"classes": other(CLASSES, "IL2,1", "IL2,2")}, ("holds 2, a split is -1, 0 or 1", "row 2, column split_lr")),
        ({"classes": other(CLASSES, "IL2,1", "IL2,x")}, ("row 2", "column split_lr")),
        ({"classes": CLASSES + "AVA,0,0,0,0\n"}, ("has the class 'AVA' but no cell of it", "row 7")),
        ({"classes": CLASSES + "VC,-1,-1,-1,-1\n"}, ("has the class 'VC' twice", "row 7")),
        ({"classes": other(CLASSES, "VC,-1,-1,-1,-1\n", "")}, ("is of class 'VC', which has no row", "row 9")),
        ({"names": NAMES + "AVAL,AVAR\n"}, ("'AVAL' and 'AVAR' are not one cell", "row 7")),
        ({"names": NAMES + "AVAL,AVAX\n"}, ("'AVAL' and 'AVAX' are not one cell of celegans/hermaphrodite", "row 7")),
        ({"names": NAMES + "QQ1,QQ01\n"}, ("'QQ1' and 'QQ01' name no cell", "row 7")),
        ({"names": "original,replacement\n"}, ("lists no name",)),
        ({"names": other(NAMES, "original", "name")}, ("has no column 'original'",)),
        ({"names": ""}, ("the file is empty",)),
    ],
)
def test_wrong_tables_are_refused(read, given, says):
    refused(lambda: read(**given), *says)


@pytest.mark.parametrize(("key", "name"), [("neurons", "connectome_neurons.csv"), ("names", "_replacement.csv")])
def test_a_missing_table_is_said(read, tmp_path, both_sexes, key, name):
    read()
    files = {k: tmp_path / file for k, file in FILES.items() if k != key}
    refused(lambda: wormwideweb_cells.read(files, both_sexes), name, "is missing", "--from")


# the real files


@pytest.fixture(scope="module")
def files(shared_data):
    folder = shared_data / "celegans/neurons"
    names = {"neurons": "connectome_neurons", "classes": "neuron_class_split", "names": "cell_name_replacement"}
    return {key: folder / f"wormwideweb_{name}.csv" for key, name in names.items()}


@pytest.fixture(scope="module")
def real(files, both_sexes):
    return wormwideweb_cells.read(files, both_sexes)


@pytest.mark.data
def test_counts(real, check_both):
    check_both(real)
    assert Counter(real["annotation"]["attribute"]) == {
        "class": 1095,  # of the ray cells two, st and sh
        "type": 1077,
        "category": 1077,
        "side": 1180,
        "left_right_partner": 788,
        "class_split": 1654,
        "synonym": 409,
    }
    twice = {item.split()[0] for item in decided(real, "merged")["item"]}
    assert twice == {"e2DL", "e2DR", "e2V", *(f"R{n}sh{side}" for n in range(1, 10) for side in "LR")}
    assert Counter(item.split()[1] for item in decided(real, "differs")["item"]) == {
        "class": 18,
        "left_right_partner": 2,
    }


@pytest.mark.data
def test_every_name_of_the_248_replacements_is_our_cell_or_a_decision(files, real, both_sexes):
    """The rule of `connectome resolve`: both names of a row mean one cell, in whichever sex has it."""
    sexes = [CellNames(tables["node"]) for tables in both_sexes.values()]
    dropped = set(decided(real, "dropped")["item"])
    with files["names"].open(encoding="utf-8-sig", newline="") as stream:
        pairs = [(row["original"], row["replacement"].strip()) for row in csv.DictReader(stream)]
    assert len(pairs) == 248
    agreed = 0
    for pair in pairs:
        found = [{names.resolve(name).node for name in pair} for names in sexes]
        if any(None not in nodes for nodes in found):
            assert all(len(nodes) == 1 for nodes in found), pair
            agreed += 1
        else:
            assert f"{pair[0]} -> {pair[1]}" in dropped
            assert pair[1] in {**NOT_CELLS, **NO_SUCH_MUSCLE}
    assert agreed == 248 - 11  # ten names of several cells, and BWM-VL24


@pytest.mark.data
def test_every_name_of_the_cells_is_our_cell_or_a_decision(files, both_sexes):
    sexes = [CellNames(tables["node"]) for tables in both_sexes.values()]
    with files["neurons"].open(encoding="utf-8-sig", newline="") as stream:
        names = [row["name"] for row in csv.DictReader(stream)]
    assert len(names) == 658
    unknown = {name for name in names if not any(cells.resolve(name).node for cells in sexes)}
    assert unknown == set(NOT_CELLS)


@pytest.mark.data
def test_partners_differ_from_ours_where_the_file_names_e2_twice_or_gives_no_side(real, both_sexes):
    rows = real["annotation"].filter(pl.col("attribute") == "left_right_partner")
    theirs = set(rows.select("node", "value").iter_rows())
    ours = {pair for t in both_sexes.values() for pair in t["annotation"].select("node", "value").iter_rows()}
    named = {frozenset(uid.rpartition("/")[2] for uid in pair) for pair in theirs - ours}
    assert named == {frozenset(["e2DL", "e2V"])}  # e2VL and e2VR, which are their names in Cook 2019's matrices
    lacking = {frozenset(uid.rpartition("/")[2] for uid in pair) for pair in ours - theirs}
    assert lacking == {frozenset(["g1AL", "g1AR"]), frozenset(["vm2AL", "vm2AR"])}  # a blank stands behind vm2aL
