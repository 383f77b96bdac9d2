"""Witvliet et al. 2021, classes of connections: one network each, weighed by the animals that have the connection."""

from __future__ import annotations

import csv
import json

import polars as pl
import pytest

from ingest.celegans import witvliet2021
from ingest.celegans import witvliet2021_classes as classes
from ingest.celegans import witvliet2021_synapses as synapses
from schemas import tables as schema_tables
from schemas.errors import SourceError

DATASET = classes.DATASET
COUNTS = {"stable": 829, "variable": 1995, "strengthened": 278, "weakened": 20, "post-embryonic": 554}
# the same classes in NemaNode's annotations, of an earlier state: pairs there, of them in another class here
ANNOTATIONS = {
    "stable": ("stable", 823, 0),
    "variable": ("variable", 1987, 29),
    "increase": ("strengthened", 280, 2),
    "decrease": ("weakened", 23, 3),
    "postembryonic": ("post-embryonic", 552, 0),
}
LIST = """dataset,pre,post,syn_id,sections,size,post_is_branch
Dataset1,AVAL,AVBL,7,3.0,100,no
Dataset1,AVAL,VB01,7,3.0,200,yes
Dataset8,AVAL,AVBL,7,1.0,50,no
"""
GOOD = "pre,post,classification\nAVAL,AVBL,stable\nAVAL,VB1,post-embryonic brain integration\n"


@pytest.fixture(scope="module")
def folder(shared_data):
    return shared_data / "celegans/connectome/witvliet2021"


@pytest.fixture(scope="module")
def parents(folder, cell_tables):
    other = witvliet2021.read({"stage1_json": folder / "witvliet_2020_1.json"}, cell_tables)
    found = {**cell_tables, witvliet2021.DATASET: other}
    return {**found, synapses.DATASET: synapses.read({"synapses": folder / "nature2021_synapse_list.csv"}, found)}


@pytest.fixture(scope="module")
def tables(folder, parents):
    return classes.read({"classes": folder / "nature2021_connection_classifications.csv"}, parents)


@pytest.fixture
def read(tmp_path, cell_tables):
    def written(text):
        path, contacts = tmp_path / "classes.csv", tmp_path / "list.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        contacts.write_text(LIST)
        none = {"chemical": schema_tables.frame("chemical", [])}
        found = {**cell_tables, witvliet2021.DATASET: none}
        listed = synapses.read({"synapses": contacts}, found)
        return classes.read({"classes": path}, {**found, synapses.DATASET: listed})

    return written


def edges(tables, name):
    here = tables["chemical"].filter(pl.col("network") == f"{DATASET}/{name}")
    return {(s[23:], t[23:]): w for s, t, w in here.select("source", "target", "weight").iter_rows()}


@pytest.mark.data
def test_tables_are_valid(tables, check_tables):
    check_tables(tables)


@pytest.mark.data
def test_every_row_is_an_edge_of_its_class(folder, tables):
    with (folder / "nature2021_connection_classifications.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == tables["chemical"].height == 3676
    assert {name: len(edges(tables, name)) for name in COUNTS} == COUNTS
    of_class = {name: set(edges(tables, short)) for name, short in classes.CLASSES.items()}
    neurons = [row for row in rows if not row["post"].startswith("BWM")]
    assert all((row["pre"], row["post"]) in of_class[row["classification"]] for row in neurons)
    assert set(tables["decision"]["action"]) == {"renamed", "kept"}


@pytest.mark.data
def test_the_connections_are_exactly_those_of_the_animals(tables, parents):
    animals = parents[synapses.DATASET]["chemical"].group_by("source", "target").agg(pl.len().alias("n"))
    joined = tables["chemical"].join(animals, on=["source", "target"], how="full")
    assert joined.height == animals.height == tables["chemical"].height
    assert (joined["weight"] == joined["n"]).all()
    assert (joined["weight"].min(), joined["weight"].max()) == (1.0, 8.0)


@pytest.mark.data
@pytest.mark.parametrize("key", ANNOTATIONS)
def test_nemanodes_annotations_are_nearly_the_same(key, folder, tables, cell_tables):
    name, listed, elsewhere = ANNOTATIONS[key]
    pairs = json.loads((folder / "nemanode_head.annotations.json").read_text())[key]
    nodes = cell_tables["celegans/cells"]["node"].select("name", "aliases").rows()
    names = {alias: cell for cell, aliases in nodes for alias in (cell, *aliases)}
    found = {tuple(names[label] for label in pair) for pair in pairs}
    assert (len(found), len(found - set(edges(tables, name)))) == (listed, elsewhere)


@pytest.mark.data
def test_the_networks_say_their_class_and_what_a_weight_is(tables):
    for uid, unit, parameters in tables["network"].select("uid", "weight_unit", "parameters").iter_rows():
        said = json.loads(parameters)
        assert classes.CLASSES[said["class"]] == uid.rpartition("/")[2]
        assert (unit, said["animals"]) == ("animals", 8)


def test_a_class_is_a_network_and_a_weight_a_number_of_animals(read, check_tables):
    tables = read(GOOD)
    check_tables(tables)
    assert edges(tables, "stable") == {("AVAL", "AVBL"): 2.0}
    assert edges(tables, "post-embryonic") == {("AVAL", "VB1"): 1.0}
    assert tables["network"].height == len(COUNTS)


def test_what_only_one_side_has_is_a_decision(read):
    tables = read(GOOD.replace("AVAL,VB1", "AVAR,VB1"))
    assert tables["chemical"].height == 1
    absent = tables["decision"].filter(pl.col("action").is_in(["dropped", "differs"]))
    assert absent.select("action", "item", "row").rows() == [
        ("dropped", "AVAR -> VB1", 3),
        ("differs", synapses.DATASET, None),
    ]
    says = f"1 connections of {synapses.DATASET} have no class, the first is AVAL -> VB1"
    assert absent["reason"].to_list()[1] == says


def test_blanks_also_non_breaking(read):
    text = GOOD.replace("AVBL,stable", "AVBL\u00a0, stable\u00a0") + "\n"
    assert read(text)["chemical"].equals(read(GOOD)["chemical"])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", ["classes.csv", "the file is empty"]),
        ("pre,post,classification\n", ["classes.csv", "holds no connections"]),
        ("\n" + GOOD, ["classes.csv, row 1"]),
        (GOOD.replace("post,class", "target,class"), ["classes.csv, row 1", "post"]),
        (GOOD[:-33], ["classes.csv, row 3, column classification: is empty"]),
        (GOOD.replace("stable", "steady"), ["classes.csv, row 2, column classification: holds 'steady'", "weakened"]),
        (GOOD.replace("AVBL", "AVQL"), ["classes.csv, row 2, column post: 'AVQL' (like "]),
        (GOOD + "AVAL,VB01,variable\n", ["classes.csv, row 4: AVAL -> VB01 stands twice, first in row 3"]),
        (b"PK\x03\x04\xff\xfe\x00", ["classes.csv"]),
    ],
)
def test_bad_files(read, text, says):
    with pytest.raises(SourceError) as caught:
        read(text)
    for part in says:
        assert part in str(caught.value), str(caught.value)
    assert caught.value.hint


def test_without_the_animals(tmp_path, cell_tables):
    with pytest.raises(SourceError, match="ingest celegans/witvliet2021-synapses first"):
        classes.read({"classes": tmp_path / "classes.csv"}, cell_tables)


@pytest.mark.data
def test_the_truncated_real_file(tmp_path, folder, parents):
    path = tmp_path / "classes.csv"
    path.write_bytes((folder / "nature2021_connection_classifications.csv").read_bytes()[:50_000])
    with pytest.raises(SourceError, match=r"classes\.csv, row \d+, column "):
        classes.read({"classes": path}, parents)
