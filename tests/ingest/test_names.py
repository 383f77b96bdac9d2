"""The cells of the hermaphrodite, and which of them a label means."""

from __future__ import annotations

import csv
from collections import Counter

import polars as pl
import pytest

from graphdb.named.mirror import mirror_pairs
from ingest.celegans import cells, male_cells
from ingest.celegans.names import CellNames, resolve_all
from ingest.files import sheet
from schemas.dataset import Decisions
from schemas.errors import Place, SourceError


@pytest.fixture(scope="module")
def nodes(cell_tables):
    return cell_tables["celegans/cells"]["node"]


@pytest.fixture(scope="module")
def names(nodes):
    return CellNames(nodes)


def uid(name):
    return f"celegans/hermaphrodite/{name}"


def test_there_are_302_neurons_300_of_them_canonical(nodes, canonical):
    assert nodes.filter(pl.col("kind") == "neuron").height == 302
    assert len(canonical) == 300


def test_there_are_95_body_wall_muscles_in_four_rows(nodes):
    muscles = nodes.filter(pl.col("type") == "body wall")
    assert Counter(name[:5] for name in muscles["name"]) == {"dBWML": 24, "dBWMR": 24, "vBWML": 23, "vBWMR": 24}
    assert set(muscles["kind"]) == {"muscle"}
    assert set(muscles["class"]) == {"dBWM", "vBWM"}


def test_the_cells_are_valid_tables(cell_tables, check_tables):
    check_tables(cell_tables["celegans/cells"])


def test_no_spelling_means_two_cells(nodes):
    spellings = Counter(nodes["name"].str.to_lowercase().to_list())
    for name, aliases in nodes.select("name", "aliases").iter_rows():
        spellings.update({a.lower() for a in aliases} - {name.lower()})
    assert [s for s, n in spellings.items() if n > 1] == []


@pytest.mark.parametrize(
    ("name", "side"),
    [
        *[("AVAL", "L"), ("AVAR", "R"), ("AVL", "M"), ("PVR", "M"), ("RMED", "M"), ("SMDVR", "R"), ("VB1", "M")],
        *[("PQR", "L"), ("AVM", "R"), ("dBWML3", "L"), ("vm2AR", "R"), ("hyp", None), ("g1p", "M")],
    ],
)
def test_hemisphere_is_that_of_the_cell_not_of_the_last_letter(nodes, name, side):
    assert nodes.filter(pl.col("name") == name)["hemisphere"].item() == side


@pytest.mark.parametrize(
    ("label", "name", "how"),
    [
        ("AVAL", "AVAL", "exact"),
        (" AVAL\u00a0", "AVAL", "exact"),
        ("VB01", "VB1", "padded"),
        ("VB1", "VB1", "exact"),
        ("VB10", "VB10", "exact"),
        ("AS11", "AS11", "exact"),
        ("DA09", "DA9", "padded"),
        ("vb01", "VB1", "alias"),
        ("VB001", "VB1", "padded"),
        ("dBWML01", "dBWML1", "padded"),
        ("dbwml01", "dBWML1", "padded"),
        ("avfl", "AVFL", "alias"),
        ("AWCOF", "AWCL", "alias"),
        ("AWCOFF", "AWCL", "alias"),
        ("AWCON", "AWCR", "alias"),
        ("BWM-DL01", "dBWML1", "alias"),
        ("BWM-VR24", "vBWMR24", "alias"),
        ("vm2aL", "vm2AL", "alias"),
        ("excgl", "exc_gl", "alias"),
        *[("e2D", "e2DR", "alias"), ("e2VL", "e2DL", "alias"), ("e2VR", "e2V", "alias"), ("e2DL", "e2DL", "exact")],
    ],
)
def test_labels_are_resolved(names, label, name, how):
    found = names.resolve(label)
    assert (found.node, found.how) == (uid(name), how)


def test_an_unknown_label_gets_suggestions_and_no_node(names):
    found = names.resolve("AVAX")
    assert (found.node, found.how) == (None, "unknown")
    assert {"AVAL", "AVAR"} <= set(found.suggestions)


@pytest.mark.parametrize("label", ["AIY?", "VA", "VAn", "BWM-VL24", "VB12", ""])
def test_no_cell_is_guessed(names, label):
    assert names.resolve(label).node is None


@pytest.mark.parametrize(
    ("label", "how", "candidates"),
    [
        ("AVA", "class", "AVAL AVAR"),
        ("pm4", "class", "pm4D pm4VL pm4VR"),
        ("DBn", "class", "DB1 DB2 DB3 DB4 DB5 DB6 DB7"),
        ("AIY?", "side-guessed", "AIYL AIYR"),
        ("\u00a0AIY ? ", "side-guessed", "AIYL AIYR"),
        ("SMDD", "side-guessed", "SMDDL SMDDR"),
        ("SAAD?", "side-guessed", "SAADL SAADR"),
        ("SMB?", "side-guessed", "SMBDL SMBDR SMBVL SMBVR"),
        ("RMED/RID", "ambiguous", "RMED RID"),
        ("RID or RMED", "ambiguous", "RID RMED"),
        ("DB1/3", "ambiguous", "DB1 DB3"),
        ("DB3/1", "ambiguous", "DB3 DB1"),
        ("AVFL/R", "ambiguous", "AVFL AVFR"),
        ("AVA/AVBL", "ambiguous", "AVAL AVAR AVBL"),
        ("AVAL?", "ambiguous", "AVAL"),
        ("AVL?", "ambiguous", "AVL"),
        ("ava", "class", "AVAL AVAR"),
        ("aiy?", "side-guessed", "AIYL AIYR"),
        ("avfl/r", "ambiguous", "AVFL AVFR"),
        ("AVFL/R?", "ambiguous", "AVFL AVFR"),
        ("DB01/03", "ambiguous", "DB1 DB3"),
        ("SMDDL/R", "ambiguous", "SMDDL SMDDR"),
        ("SMDDL/VR", "ambiguous", "SMDDL SMDVR"),
        ("RMED/V", "ambiguous", "RMED RMEV"),
        ("AVFL/AVFR", "ambiguous", "AVFL AVFR"),
        ("AVFL/Q", "unknown", ""),
        ("NMJ", "unknown", ""),
        ("AVAL/XYZ", "unknown", ""),
        ("AVAX", "unknown", ""),
        ("merge", "unknown", ""),
        ("?", "unknown", ""),
        ("/", "unknown", ""),
        ("", "unknown", ""),
    ],
)
def test_a_label_that_leaves_open_which_cell_it_means_has_candidates_and_no_node(names, label, how, candidates):
    found = names.resolve(label)
    assert (found.node, found.how) == (None, how)
    assert [c.removeprefix(uid("")) for c in found.candidates] == candidates.split()
    assert "none is chosen" in found.explanation or how in ("class", "unknown")


def test_a_cell_that_is_found_has_no_candidates(names, nodes):
    for name in nodes["name"]:
        found = names.resolve(name)
        assert (found.node, found.how, found.candidates) == (uid(name), "exact", ())


def test_readers_refuse_a_label_that_leaves_it_open(names):
    labels = [(label, Place("f.csv", row=i)) for i, label in enumerate(["AVA", "AIY?", "RMED/RID"], start=1)]
    with pytest.raises(SourceError, match=r"3 label\(s\) name no cell"):
        resolve_all(names, labels, Decisions())


def test_all_unknown_labels_are_named_with_their_places(names):
    labels = [(label, Place("f.csv", row=i)) for i, label in enumerate(["AVAL", "AVAX", "AVAX", "ZZZ"], start=2)]
    with pytest.raises(SourceError) as caught:
        resolve_all(names, labels, Decisions())
    text = str(caught.value)
    assert "2 label(s) name no cell" in text
    assert "f.csv, row 3: 'AVAX' (like " in text
    assert "f.csv, row 5: 'ZZZ'" in text
    assert "row 4" not in text
    assert "cells.yaml" in caught.value.hint


def test_a_renamed_label_is_one_decision(names):
    decisions = Decisions()
    place = Place("f.csv", row=2)
    found = resolve_all(names, [("VB01", place), ("VB01", place), ("AVAL", place)], decisions)
    assert found == {"VB01": uid("VB1"), "AVAL": uid("AVAL")}
    assert [(d["action"], d["item"], d["row"]) for d in decisions.rows] == [("renamed", "VB01", 2)]


def test_without_the_parent_the_error_says_what_to_do():
    with pytest.raises(SourceError, match="ingest celegans/cells first"):
        CellNames.of({})


@pytest.mark.data
def test_neurons_types_are_the_groups_of_cook_2019(nodes, names, canonical, shared_data):
    path = shared_data / "celegans/connectome/cook2019/SI5_adjacency_corrected_July2020.xlsx"
    grid = sheet(path, "hermaphrodite gap jn symmetric")
    groups = pl.Series(grid.row(0)).forward_fill()
    expected = {"PHARYNX": "pharyngeal", "SENSORY NEURONS": "sensory", "INTERNEURONS": "inter"}
    types = dict(nodes.filter(pl.col("uid").is_in(canonical)).select("uid", "type").iter_rows())
    compared = set()
    for label, group in zip(grid.row(2), groups, strict=True):
        node = names.resolve(label).node if label else None
        if node in types:
            assert types[node] == expected.get(group, "motor"), label
            compared.add(node)
    assert compared == set(canonical)


@pytest.mark.data
def test_every_canonical_name_of_the_atlas_is_a_cell_and_no_other(canonical, shared_data):
    path = shared_data / "celegans/neurons/LowResAtlasWithHighResHeadsAndTails.csv"
    with path.open() as stream:
        atlas = {uid(row[0]) for row in csv.reader(stream)}
    assert atlas == set(canonical)


@pytest.mark.data
def test_classes_and_transmitters_agree_with_the_master_sheet(nodes, shared_data):
    path = shared_data / "celegans/neurons/neuron_master_sheet_reconstructed.csv"
    spelled = {"Glu": "glutamate", "ACh": "acetylcholine", "Ach": "acetylcholine", "DA": "dopamine"}
    spelled |= {"5HT": "serotonin", "Octopamine": "octopamine", "GABA": "GABA", "Unknown (orphan)": None}
    ours = {r["name"]: r for r in nodes.iter_rows(named=True)}
    with path.open() as stream:
        for row in csv.DictReader(stream):
            assert ours[row["label"]]["class"] == row["class"]
            assert ours[row["label"]]["neurotransmitter"] == spelled[row["neurotransmitter"]], row["label"]


def test_the_pharynx_has_three_cells_of_each_epithelial_class(nodes):
    epithelium = nodes.filter(pl.col("type") == "pharyngeal epithelium")
    assert epithelium["name"].to_list() == [
        *("e1D", "e1VL", "e1VR", "e2DL", "e2DR", "e2V", "e3D", "e3VL", "e3VR"),
    ]


@pytest.mark.parametrize("made", [cells, male_cells])
def test_partners_are_those_that_mirror_finds(made):
    """Written down by the reader, found again by the rule that queries on symmetry have."""
    tables = made.read({}, {})
    said = tables["annotation"]
    assert set(said["attribute"]) == {"left_right_partner"}
    pairs = {(left, right) for left, right, _ in mirror_pairs(tables["node"])}
    assert set(said.select("node", "value").iter_rows()) == pairs | {(right, left) for left, right in pairs}
    assert len(pairs) == {cells: 174, male_cells: 221}[made]


@pytest.mark.parametrize(
    ("name", "partner"),
    [
        *[("AVAL", "AVAR"), ("AVAR", "AVAL"), ("ADLL", "ADLR"), ("SMDDL", "SMDDR"), ("dBWML1", "dBWMR1")],
        *[("vm1AL", "vm1AR"), ("vBWMR24", None), ("AQR", None), ("RMED", None), ("VB1", None), ("AVL", None)],
    ],
)
def test_an_unpaired_cell_has_no_partner(cell_tables, name, partner):
    said = cell_tables["celegans/cells"]["annotation"].filter(pl.col("node") == uid(name))
    assert said["value"].to_list() == ([uid(partner)] if partner else [])


def test_reading_needs_no_file():
    assert set(cells.read({}, {})) == {"node_set", "node", "annotation"}
