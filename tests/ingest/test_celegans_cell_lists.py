"""Lists of cells: WormAtlas, OpenWorm, NemaNode, ganglia, positions; real counts, and files that are not such lists."""

from __future__ import annotations

import csv
import json
from collections import Counter

import polars as pl
import pytest

from ingest.celegans import ganglia, lowresatlas, nemanode_cells, openworm_cells, wormatlas
from ingest.celegans.statements import Statement, annotation_table
from ingest.celegans.transmitters import common_name
from schemas.dataset import Decisions
from schemas.errors import Place, SourceError

CELL = "celegans/hermaphrodite/"


def said(tables, name, attribute):
    rows = tables["annotation"].filter(pl.col("node") == CELL + name, pl.col("attribute") == attribute)
    return dict(rows.select("value", "evidence").iter_rows())


def decided(tables, action):
    return tables["decision"].filter(pl.col("action") == action)


def refused(call, *parts):
    with pytest.raises(SourceError) as caught:
        call()
    assert all(part in str(caught.value) for part in parts), str(caught.value)
    assert caught.value.hint


# what all of them share


def test_what_two_rows_say_alike_is_one_statement_and_contradictions_stay():
    decisions = Decisions()
    first, second = Place("f.csv", row=1), Place("f.csv", row=2)
    table = annotation_table(
        [
            Statement("a/b/x", "lineage", "AB", first, evidence="one"),
            Statement("a/b/x", "lineage", "AB", Place("g.csv", row=9), evidence="two"),
            Statement("a/b/x", "lineage", "P", second),
            Statement("a/b/x", "transmitter", "GABA", first),
            Statement("a/b/x", "transmitter", "dopamine", second),
            Statement("a/b/x", "transmitter", "GABA", second),
        ],
        decisions,
    )
    assert table.select("attribute", "value", "evidence").rows() == [
        ("lineage", "AB", "one; two"),
        ("lineage", "P", None),
        ("transmitter", "GABA", None),
        ("transmitter", "dopamine", None),
    ]
    assert [(d["action"], d["item"], d["row"]) for d in decisions.rows] == [
        ("merged", "x transmitter GABA", 2),
        ("differs", "x lineage", 2),
    ]


def test_transmitters_have_one_name():
    assert [common_name(s) for s in ("ACh", " glu", "5-HT", "gaba", "Octapamine", "FRMFemide")] == [
        *("acetylcholine", "glutamate", "serotonin", "GABA", "octopamine", "FMRFamide")
    ]
    assert common_name("Glutamine") is None


# WormAtlas

NEURONS = "# Data from somewhere ;;;\nADAL; Anterior L; AB pl; Ring interneuron\nCA1; C 1; P3.a; Male specific cell\n"
CELLS = (
    "Cell name,Type,Name details,Lineage,Classification\n"
    'ADAL,Layer 3,Anterior L,AB pl,"Ring interneuron, really"\n'
    "MDL01,Head muscle,- To be added... - ,Head muscle,- To be added... - ,Body wall muscle\n"
    "DX1,Male interneuron,- To be added... - ,Male interneuron,- To be added... - ,Interneuron\n"
    "BWM,Muscle,- To be added... - ,Muscle,- To be added... - ,Body wall muscle\n"
)


@pytest.fixture
def atlas(tmp_path, cell_tables):
    def read(neurons=NEURONS, cells=CELLS):
        files = {"neurons": tmp_path / "IndividualNeurons.csv", "cells": tmp_path / "all_cell_info.csv"}
        files["neurons"].write_text(neurons, encoding="utf-8")
        files["cells"].write_text(cells, encoding="utf-8")
        return wormatlas.read(files, cell_tables)

    return read


def test_wormatlas_says_names_lineages_and_types(atlas, check_tables):
    tables = atlas()
    check_tables(tables)
    both = f"{wormatlas.NEURONS}; {wormatlas.CELLS}"
    assert said(tables, "ADAL", "lineage") == {"AB pl": both}
    assert said(tables, "ADAL", "full_name") == {"Anterior L": both}
    assert said(tables, "ADAL", "type") == {"Layer 3": wormatlas.CELLS}
    assert said(tables, "ADAL", "description") == {
        "Ring interneuron": wormatlas.NEURONS,
        "Ring interneuron, really": wormatlas.CELLS,
    }
    assert said(tables, "dBWML1", "type") == {"Head muscle": wormatlas.CELLS}
    assert said(tables, "dBWML1", "lineage") == {}
    assert decided(tables, "differs")["item"].to_list() == ["ADAL description"]
    assert decided(tables, "renamed")["item"].to_list() == ["MDL01"]


def test_every_row_of_wormatlas_that_is_no_cell_here_is_a_decision(atlas):
    dropped = {d["item"]: (d["file"], d["row"]) for d in decided(atlas(), "dropped").rows(named=True)}
    assert dropped == {
        "CA1": ("IndividualNeurons.csv", 3),
        "DX1": ("all_cell_info.csv", 4),
        "BWM": ("all_cell_info.csv", 5),
        "- To be added... -": ("all_cell_info.csv", 3),
    }


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"neurons": NEURONS + "AVAX; A; AB; interneuron\n"}, ("'AVAX' (like", "row 4")),
        ({"neurons": NEURONS + "AVAL; A; AB\n"}, ("has 3 cell(s), 4 were expected", "row 4")),
        ({"neurons": NEURONS + "\u00a0 ; A; AB; interneuron\n"}, ("has no name of a cell", "row 4")),
        ({"neurons": ""}, ("the file is empty",)),
        ({"cells": CELLS.replace("Lineage", "Line")}, ("begins with", "all_cell_info.csv")),
        ({"cells": "x,,,,\n" + CELLS}, ("begins with x",)),
        ({"cells": CELLS + "AVAL,Layer 1,A,AB,Ring, inter\n"}, ("in the fourth not the type 'Layer 1'", "row 6")),
        ({"cells": CELLS + "AVAL,Layer 1\n"}, ("has 2 cell(s), 5 or 6 were expected", "row 6")),
        ({"cells": CELLS + "ZZZ,Layer 1,A,AB,Inter\n"}, ("'ZZZ'", "row 6")),
    ],
)
def test_a_wrong_list_is_refused_with_its_place(atlas, given, says):
    refused(lambda: atlas(**given), *says)


def test_blanks_and_empty_cells_say_nothing(atlas):
    tables = atlas(neurons="\u00a0AVAL ;  ; AB q\u00a0; \n")
    assert said(tables, "AVAL", "lineage") == {"AB q": wormatlas.NEURONS}
    assert said(tables, "AVAL", "full_name") == said(tables, "AVAL", "description") == {}


@pytest.mark.data
def test_wormatlas_counts(shared_data, cell_tables, check_tables):
    folder = shared_data / "celegans/neurons"
    files = {"neurons": folder / "IndividualNeurons.csv", "cells": folder / "all_cell_info.csv"}
    tables = wormatlas.read(files, cell_tables)
    check_tables(tables)
    found = Counter(tables["annotation"]["attribute"])
    assert found == {"full_name": 302, "lineage": 302, "description": 473, "type": 473}
    neurons = cell_tables["celegans/cells"]["node"].filter(pl.col("kind") == "neuron")["uid"]
    assert set(tables["annotation"].filter(pl.col("attribute") == "lineage")["node"]) == set(neurons)
    rows = sum(len(path.read_text(encoding="utf-8").splitlines()) for path in files.values()) - 2  # comment, header
    both = tables["annotation"].filter(
        pl.col("attribute") == "lineage", pl.col("evidence").str.contains(wormatlas.NEURONS)
    )
    dropped = decided(tables, "dropped").filter(pl.col("item") != "- To be added... -").height
    # The list has the three e2 cells by two names each.
    merged = decided(tables, "merged")
    assert set(merged["item"].str.split(" ").list.first()) == {"e2DL", "e2DR", "e2V"}
    assert rows == both.height + found["type"] + dropped + merged.height // 2
    assert decided(tables, "differs").is_empty(), "the two lists say the same of every neuron"


# OpenWorm

SHEETS = {
    "Connectome": [
        ["Origin", "Target", "Type", "Number of Connections", "Neurotransmitter"],
        ["ADAL", "ADAR", "GapJunction", 1, "Generic_GJ"],
        ["ADAL", "ADFL", "Send", 2, "Glutamate"],
        ["ADAL", "AVBL", "Send", 2, "Glutamate"],
        ["HSNL", "AVBL", "Send", 2, "Serotonin_Acetylcholine"],
    ],
    "NeuronsToMuscle": [
        ["Neuron", "Muscle", "Number of Connections", "Neurotransmitter"],
        ["HSNL", "MVULVA", 1, "Acetylcholine"],
        ["CEPVL", "MVL01", 1, None],
    ],
    "Sensory": [
        ["Neuron", "Landmark", "Landmark Position", "Weight", "Neurotransmitter", "Neuropeptides", "Function"],
        ["ADAL", "Sensory", 0.1, 1, "Dopamine", None, "mechanosensory"],
        ["AWAL", "Sensory", 0.1, 1, "Octapamine", None, None],
    ],
}


@pytest.fixture
def openworm(write_xlsx, cell_tables):
    def read(**changed):
        return openworm_cells.read({"tables": write_xlsx("t.xlsx", {**SHEETS, **changed})}, cell_tables)

    return read


def test_openworm_says_transmitters_at_connections_and_functions(openworm, check_tables):
    tables = openworm()
    check_tables(tables)
    assert said(tables, "ADAL", "transmitter") == {"glutamate": "Connectome: 2 rows", "dopamine": "Sensory: 1 rows"}
    assert said(tables, "HSNL", "transmitter") == {
        "serotonin": "Connectome: 1 rows",
        "acetylcholine": "Connectome: 1 rows; NeuronsToMuscle: 1 rows",
    }
    assert said(tables, "ADAL", "function") == {"mechanosensory": None}
    renamed = decided(tables, "renamed")
    assert renamed["item"].to_list() == ["Serotonin_Acetylcholine", "Octapamine"]
    assert decided(tables, "dropped").select("item", "sheet", "row").rows() == [("CEPVL", "NeuronsToMuscle", 3)]


def other(sheet, *rows):
    return {sheet: [*SHEETS[sheet], *rows]}


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        (other("Sensory", ["AVAL", "x", 1, 1, "Glutamine", None, None]), ("'Glutamine' is no transmitter", "row 4")),
        (other("NeuronsToMuscle", ["AVAX", "x", 1, "GABA"]), ("'AVAX'", "NeuronsToMuscle", "row 4")),
        (other("NeuronsToMuscle", [None, "x", 1, "GABA"]), ("is empty", "row 4", "column Neuron")),
        ({"Connectome": [row[:4] for row in SHEETS["Connectome"]]}, ("has no column 'Neurotransmitter'",)),
        ({"Sensory": [[], *SHEETS["Sensory"]]}, ("has no column",)),
    ],
)
def test_wrong_tables_of_openworm_are_refused(openworm, changed, says):
    refused(lambda: openworm(**changed), *says)


def test_a_missing_sheet_of_openworm_is_said(write_xlsx, cell_tables):
    path = write_xlsx("t.xlsx", {"Connectome": SHEETS["Connectome"]})
    refused(lambda: openworm_cells.read({"tables": path}, cell_tables), "has no sheet 'NeuronsToMuscle'")


@pytest.mark.data
def test_openworm_counts(shared_data, cell_tables, check_tables):
    path = shared_data / "celegans/connectome/openworm/CElegansNeuronTables.xls"
    tables = openworm_cells.read({"tables": path}, cell_tables)
    check_tables(tables)
    assert Counter(tables["annotation"]["attribute"]) == {"transmitter": 311, "function": 68}
    rows = tables["annotation"].filter(pl.col("attribute") == "transmitter")
    counted = rows["evidence"].str.extract_all(r"Connectome: (\d+)").list.eval(pl.element().str.slice(12)).explode()
    # 2,279 connections in the sheet; those with two transmitters count for each
    assert counted.drop_nulls().cast(pl.Int64).sum() == 2279 + 104 + 29 + 25
    assert decided(tables, "dropped")["item"].to_list() == ["CEPVL", "CEPVR"]


# NemaNode

RECORD = {"name": "AIML", "classes": "AIM", "typ": "in", "nt": "ls", "emb": 1, "inhead": 1, "intail": 0}


@pytest.fixture
def nemanode(tmp_path, cell_tables):
    def read(*records, text=None):
        path = tmp_path / "nemanode_neurons.json"
        path.write_text(json.dumps(list(records)) if text is None else text)
        return nemanode_cells.read({"neurons": path}, cell_tables)

    return read


def test_letters_become_words(nemanode, check_tables):
    muscle = {**RECORD, "name": "BWM-DL01", "classes": "BWM01", "typ": "b", "nt": "n", "inhead": 1}
    tables = nemanode(RECORD, {**RECORD, "name": "DA1", "classes": "DAn", "emb": 0, "inhead": 0, "intail": 1}, muscle)
    check_tables(tables)
    assert set(said(tables, "AIML", "type")) == {"inter", "modulatory"}
    assert set(said(tables, "AIML", "transmitter")) == {"glutamate", "serotonin"}
    assert set(said(tables, "DA1", "class")) == {"DA"}
    assert set(said(tables, "DA1", "birth")) == {"postembryonic"}
    assert set(said(tables, "DA1", "region")) == {"tail"}
    assert said(tables, "dBWML1", "transmitter") == {}
    assert set(said(tables, "dBWML1", "class")) == {"BWM01"}
    assert [(d["action"], d["item"]) for d in tables["decision"].rows(named=True)] == [
        *(("renamed", "BWM-DL01"), ("renamed", "DAn"), ("dropped", "nt n"))
    ]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ([{**RECORD, "typ": "ix"}], ("holds 'ix', in which 'x' is not known", "row 1, column typ")),
        ([RECORD, {**RECORD, "nt": 3}], ("holds 3, a text was expected", "row 2, column nt")),
        ([RECORD, {k: v for k, v in RECORD.items() if k != "emb"}], ("holds None, 0 or 1", "row 2, column emb")),
        ([{**RECORD, "inhead": -1}], ("holds -1, 0 or 1 was expected",)),
        ([{**RECORD, "name": " "}], ("holds ' ', a text was expected",)),
        ([{**RECORD, "name": "AIMX"}], ("'AIMX' (like", "row 1")),
        ([7], ("record 1 is 7",)),
        ([], ("holds no list of cells",)),
    ],
)
def test_wrong_records_are_refused(nemanode, given, says):
    refused(lambda: nemanode(*given), *says)


def test_a_truncated_or_missing_json_is_refused(nemanode, cell_tables):
    refused(lambda: nemanode(text=json.dumps([RECORD])[:-9]), "is not JSON")
    refused(lambda: nemanode(text='{"name": 1}'), "holds no list of cells")
    refused(lambda: nemanode_cells.read({}, cell_tables), "nemanode_neurons.json is missing", "--from")
    refused(lambda: ganglia.read({}, cell_tables), "aconnectome_ids_ganglia.json is missing", "--from")


@pytest.mark.data
def test_nemanode_counts(shared_data, cell_tables, check_tables):
    path = shared_data / "celegans/neurons/nemanode_neurons.json"
    tables = nemanode_cells.read({"neurons": path}, cell_tables)
    check_tables(tables)
    records = json.loads(path.read_text())
    assert len(records) == 447
    dropped = decided(tables, "dropped")["item"].to_list()
    assert dropped == ["pm4", "LegacyBodyWallMuscles", "nt n"]
    found = Counter(tables["annotation"]["attribute"])
    assert found["class"] == found["birth"] == 445
    letters = [r["nt"] for r in records if r["nt"] != "n"]
    assert found["transmitter"] == sum(map(len, letters)) == 314
    assert found["region"] == sum(r["inhead"] + r["intail"] for r in records) == 275


# ganglia

GANGLIA = {"head": ["a ganglion"], "a ganglion": ["AVAL", "AVAR"], "cord": ["VB1", "VB02"]}


@pytest.fixture
def grouped(tmp_path, cell_tables):
    def read(content):
        path = tmp_path / "aconnectome_ids_ganglia.json"
        path.write_text(json.dumps(content))
        return ganglia.read({"ganglia": path}, cell_tables)

    return read


def test_ganglia_and_the_parts_of_the_body_that_they_are_in(grouped, check_tables):
    tables = grouped(GANGLIA)
    check_tables(tables)
    assert said(tables, "AVAL", "ganglion") == {"a ganglion": None}
    assert said(tables, "AVAL", "region") == {"head": "its ganglion: a ganglion"}
    assert said(tables, "VB2", "ganglion") == {"cord": None}
    assert said(tables, "VB2", "region") == {}


def test_a_neuron_in_two_ganglia_stays_in_both(grouped):
    tables = grouped({**GANGLIA, "other": ["AVAL", "AVAL"]})
    assert set(said(tables, "AVAL", "ganglion")) == {"a ganglion", "other"}
    assert decided(tables, "differs")["item"].to_list() == ["AVAL ganglion"]
    assert decided(tables, "merged")["item"].to_list() == ["AVAL ganglion other"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (
            {**GANGLIA, "head": ["a ganglion", "b ganglion"]},
            ("names 'b ganglion', which is no ganglion", "column head"),
        ),
        ({**GANGLIA, "cord": ["VBX"]}, ("'VBX'", "column cord")),
        ({**GANGLIA, "cord": []}, ("'cord' is no list of names",)),
        ({**GANGLIA, "cord": "VB1"}, ("'cord' is no list of names",)),
        ({**GANGLIA, "cord": [1]}, ("'cord' is no list of names",)),
        ({}, ("holds no ganglia",)),
        ([], ("holds no ganglia",)),
    ],
)
def test_wrong_groups_are_refused(grouped, content, says):
    refused(lambda: grouped(content), *says)


@pytest.mark.data
def test_ganglia_counts(shared_data, canonical, cell_tables, check_tables):
    tables = ganglia.read({"ganglia": shared_data / "celegans/neurons/aconnectome_ids_ganglia.json"}, cell_tables)
    check_tables(tables)
    rows = tables["annotation"].filter(pl.col("attribute") == "ganglion")
    # The file lists RMHL twice and RMHR never; it has the two CAN.
    assert set(canonical) - set(rows["node"]) == {CELL + name for name in ("RMHR", "VA11", "DB7")}
    assert rows.height == 299
    assert decided(tables, "merged")["item"].to_list() == ["RMHL ganglion ventral ganglion", "RMHL region head"]
    assert dict(rows["value"].value_counts().iter_rows())["lateral ganglion"] == 73


# positions

AXES = lowresatlas.AXES


@pytest.fixture
def positions(tmp_path, cell_tables):
    def read(text):
        path = tmp_path / "atlas.csv"
        path.write_text(text, encoding="utf-8")
        return lowresatlas.read({"positions": path}, cell_tables)

    return read


def test_positions_are_numbers_in_one_named_frame(positions, check_tables):
    tables = positions("ADAL,94.34,0.03,10.50\nADAR,91.2,-1.43,-11.6\n")
    check_tables(tables)
    rows = tables["annotation"]
    assert rows.filter(pl.col("node") == CELL + "ADAL").select("attribute", "value", "number").rows() == [
        *(("ap_um", "94.34", 94.34), ("dv_um", "0.03", 0.03), ("lr_um", "10.50", 10.5))
    ]
    assert rows["evidence"].unique().to_list() == [lowresatlas.FRAME]
    assert tables["decision"].is_empty()


def test_a_left_cell_on_the_right_is_kept_and_said(positions):
    tables = positions("ADAL,94.34,0.03,-10.5\nADAR,91.2,-1.43,11.6\nAVL,1,2,3\n")
    assert decided(tables, "kept")["item"].to_list() == ["ADAL, ADAR"]
    assert tables["annotation"].height == 9


def test_two_positions_of_one_cell_both_stay(positions):
    tables = positions("VB1,1,2,3\nVB01,1,2,4\n")
    assert set(said(tables, "VB1", "lr_um")) == {"3", "4"}
    assert decided(tables, "differs")["item"].to_list() == ["VB1 lr_um"]
    assert decided(tables, "renamed")["item"].to_list() == ["VB01"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("ADAL,1,2\n", ("has 3 cell(s), 4 were expected", "row 1")),
        ("ADAL,1,2,far\n", ("holds 'far', a number was expected", "row 1, column lr_um")),
        ("ADAL,nan,2,3\n", ("holds 'nan'", "column ap_um")),
        ("ADAL,1,,3\n", ("holds ''", "column dv_um")),
        ("ADAX,1,2,3\n", ("'ADAX'", "row 1")),
        ("name,ap,dv,lr\nADAL,1,2,3\n", ("row 1",)),
        ("", ("the file is empty",)),
    ],
)
def test_wrong_positions_are_refused(positions, text, says):
    refused(lambda: positions(text), *says)


@pytest.mark.data
def test_the_published_master_sheet_has_two_axes_exchanged_and_we_do_not(
    shared_data, canonical, cell_tables, check_tables
):
    folder = shared_data / "celegans/neurons"
    path = folder / "LowResAtlasWithHighResHeadsAndTails.csv"
    tables = lowresatlas.read({"positions": path}, cell_tables)
    wide = tables["annotation"].pivot("attribute", index="node", values="number")
    assert set(wide["node"]) == set(canonical)
    ours = {node.removeprefix(CELL): tuple(row) for node, *row in wide.select("node", *AXES).iter_rows()}
    with (folder / "neuron_master_sheet_reconstructed.csv").open() as stream:
        theirs = {r["label"]: tuple(float(r[axis]) for axis in "xyz") for r in csv.DictReader(stream)}
    assert len(theirs) == 300
    exchanged = [name for name, (x, y, z) in theirs.items() if ours[name] == (y, x, z)]
    assert len(exchanged) == 300
    assert not [name for name, place in theirs.items() if ours[name] == place]
    # The long axis of a worm is the one from nose to tail.
    lengths = {axis: wide[axis].max() - wide[axis].min() for axis in AXES}
    assert lengths["ap_um"] == 800.0
    assert max(lengths["dv_um"], lengths["lr_um"]) < 40
    theirs_x = [place[0] for place in theirs.values()]
    assert max(theirs_x) - min(theirs_x) < 40


@pytest.mark.data
def test_in_the_middle_of_the_body_left_and_right_of_the_positions_are_turned(shared_data, cell_tables, check_tables):
    path = shared_data / "celegans/neurons/LowResAtlasWithHighResHeadsAndTails.csv"
    tables = lowresatlas.read({"positions": path}, cell_tables)
    check_tables(tables)
    turned = set(decided(tables, "kept")["item"])
    assert turned == {f"{c}L, {c}R" for c in ("ALM", "BDU", "HSN", "PDE", "PVD", "SDQ")}
