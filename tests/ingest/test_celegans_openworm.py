"""OpenWorm's tables: the numbers of each sheet, the muscles, and where the transmitters went."""

from __future__ import annotations

import re
from collections import Counter, defaultdict

import polars as pl
import pytest

from ingest.celegans import openworm, varshney2011
from ingest.celegans.names import CellNames
from ingest.celegans.openworm import CONNECTOME, COUNT, MUSCLES, NO_CELLS, TRANSMITTER, read_connections
from ingest.files import sheet

SET = "celegans/hermaphrodite/"
HEADER = ["Origin", "Target", "Type", COUNT, TRANSMITTER]
MUSCLE_HEADER = ["Neuron", "Muscle", COUNT, TRANSMITTER]


@pytest.fixture(scope="module")
def path(shared_data):
    return shared_data / "celegans/connectome/openworm/CElegansNeuronTables.xls"


@pytest.fixture(scope="module")
def raw(path):
    """Rows of each sheet of connections: both labels, type, number, transmitter."""
    connectome = [(a, b, t, float(n), x) for a, b, t, n, x in sheet(path, CONNECTOME).rows()[1:]]
    muscles = [(a, b, "Send", float(n), x) for a, b, n, x in sheet(path, MUSCLES).rows()[1:]]
    return {CONNECTOME: connectome, MUSCLES: muscles}


@pytest.fixture(scope="module")
def tables(path, cell_tables):
    return openworm.read({"tables": path}, cell_tables)


def of(tables, network):
    frame = tables["gap_junction" if network == "gap_junction" else "chemical"]
    return frame.filter(pl.col("network") == f"celegans/openworm/{network}")


def edges(frame):
    return {(s, t): w for s, t, w in frame.select("source", "target", "weight").iter_rows()}


def decided(tables, action):
    return tables["decision"].filter(pl.col("action") == action)


@pytest.mark.data
def test_tables_are_valid(tables, check_tables):
    check_tables(tables)


@pytest.mark.data
def test_the_rows_by_type_are_those_of_the_file(path, raw):
    assert len(read_connections(path, CONNECTOME)) == 3363
    totals = defaultdict(float)
    for _, _, type_, number, _ in raw[CONNECTOME]:
        totals[type_] += number
    assert Counter(t for _, _, t, _, _ in raw[CONNECTOME]) == {"Send": 2279, "GapJunction": 1084}
    assert totals == {"Send": 6465, "GapJunction": 1847}


@pytest.mark.data
def test_chemical_edges_are_the_rows(tables, raw):
    chemical = of(tables, "chemical")
    assert (chemical.height, chemical["weight"].sum()) == (2279, 6465)
    assert edges(chemical) == {(SET + a, SET + b): n for a, b, t, n, _ in raw[CONNECTOME] if t == "Send"}


@pytest.mark.data
def test_gap_junctions_are_pairs_and_the_greater_direction_counts(tables, raw):
    rows = {(SET + a, SET + b): n for a, b, t, n, _ in raw[CONNECTOME] if t == "GapJunction"}
    gap = of(tables, "gap_junction")
    assert edges(gap) == {tuple(sorted(pair)): max(n, rows.get(pair[::-1], 0)) for pair, n in rows.items()}
    assert (gap.height, gap["weight"].sum()) == (557, 947)
    loops = gap.filter(pl.col("source") == pl.col("target")).height
    differs = decided(tables, "differs")["reason"]
    alone = differs.str.starts_with("the other direction is absent").sum()
    assert 2 * (gap.height - loops - alone) + loops + alone == 1084
    assert (loops, alone, differs.len()) == (5, 25, 30)


@pytest.mark.data
def test_only_gap_junctions_of_the_pharynx_are_not_listed_twice(tables, cell_tables):
    nodes = cell_tables["celegans/cells"]["node"]
    pharynx = set(nodes.filter(pl.col("type") == "pharyngeal")["name"])
    for item in decided(tables, "differs")["item"]:
        assert pharynx & set(item.split(" -> ")), item


@pytest.mark.data
def test_outside_the_pharynx_the_pairs_are_those_of_varshney_2011(tables, shared_data, cell_tables):
    path = shared_data / "celegans/connectome/varshney2011/NeuronConnect.xls"
    varshney = varshney2011.read({"neuron_connect": path}, cell_tables)
    nodes = cell_tables["celegans/cells"]["node"]
    pharynx = set(nodes.filter(pl.col("type") == "pharyngeal")["uid"])
    for kind, same_weight in (("chemical", 2089), ("gap_junction", 517)):
        theirs = edges(varshney[kind])
        ours = {pair: n for pair, n in edges(of(tables, kind)).items() if not pharynx & set(pair)}
        assert set(ours) == set(theirs)
        assert sum(ours[pair] == theirs[pair] for pair in theirs) == same_weight


@pytest.mark.data
def test_muscles_are_cells(tables, raw, cell_tables):
    names = CellNames.of(cell_tables)
    onto = of(tables, "neuromuscular")
    kept = [(a, b, n) for a, b, _, n, _ in raw[MUSCLES] if b not in NO_CELLS]
    assert edges(onto) == {(SET + a, names.resolve(b).node): n for a, b, n in kept}
    assert (onto.height, onto["weight"].sum()) == (552, 1811)
    nodes = cell_tables["celegans/cells"]["node"]
    body_wall = set(nodes.filter(pl.col("type") == "body wall")["uid"])
    assert set(onto["target"]) == body_wall
    assert len(body_wall) == 95


@pytest.mark.data
@pytest.mark.parametrize(
    ("label", "name"), [("MDL05", "dBWML5"), ("MDR24", "dBWMR24"), ("MVL23", "vBWML23"), ("MVR01", "vBWMR1")]
)
def test_muscle_labels_are_decisions(tables, label, name):
    renamed = decided(tables, "renamed").filter(pl.col("item") == label)
    assert renamed["reason"].to_list() == [f"alias: it is {name} in celegans/hermaphrodite"]


@pytest.mark.data
def test_muscles_that_are_no_single_cell_are_decisions_with_their_counts(tables):
    dropped = decided(tables, "dropped").filter(pl.col("reason").str.starts_with("Send, "))
    counts = dropped["reason"].str.extract(r"^Send, (\d+): ").cast(pl.Int64)
    assert Counter(item.split(" -> ")[1] for item in dropped["item"]) == {"MVULVA": 11, "MANAL": 1}
    assert of(tables, "neuromuscular").height + dropped.height == 564
    assert of(tables, "neuromuscular")["weight"].sum() + counts.sum() == 1881


@pytest.mark.data
@pytest.mark.parametrize("name", [CONNECTOME, MUSCLES])
def test_the_decisions_give_back_the_transmitter_of_every_row(tables, raw, name):
    listed = decided(tables, "dropped").filter(pl.col("sheet") == name, pl.col("column") == TRANSMITTER)
    found, counted = {}, 0
    for item, reason in listed.select("item", "reason").iter_rows():
        transmitter, count, type_ = re.fullmatch(r"(.+) in (?:all )?(\d+) rows of type (\w+); .*", reason).groups()
        sender = item.removeprefix(TRANSMITTER).removeprefix(" of ")
        assert (type_, sender) not in found
        found[type_, sender] = transmitter
        counted += int(count)
    assert all(found.get((t, a), found.get((t, ""))) == (x or "(none)") for a, _, t, _, x in raw[name])
    assert counted == len(raw[name])


@pytest.mark.data
def test_a_transmitter_that_all_rows_share_is_one_decision(tables):
    shared = decided(tables, "dropped").filter(pl.col("item") == TRANSMITTER)
    assert shared["reason"].to_list() == [
        "Generic_GJ in all 1084 rows of type GapJunction; edges have no transmitter",
    ]


@pytest.mark.data
def test_the_sheet_without_connections_is_a_decision(tables):
    sensory = decided(tables, "dropped").filter(pl.col("sheet") == "Sensory")
    assert sensory["reason"].to_list() == ["86 rows of a sheet that lists no connections"]


@pytest.mark.data
def test_the_networks_say_what_they_are(tables):
    network = tables["network"]
    assert network.select("uid", "kind", "directed", "weight_unit").rows() == [
        ("celegans/openworm/chemical", "chemical", True, "synapses"),
        ("celegans/openworm/gap_junction", "gap_junction", False, "synapses"),
        ("celegans/openworm/neuromuscular", "chemical", True, "synapses"),
    ]
    assert network["parameters"].str.contains(TRANSMITTER).to_list() == [True, False, True]


# made files


@pytest.fixture
def read(write_xlsx, cell_tables):
    def read(*rows, muscles=(("RMED", "MDL01", 1, "GABA"),), **sheets):
        content = {CONNECTOME: [HEADER, *rows], MUSCLES: [MUSCLE_HEADER, *muscles], **sheets}
        return openworm.read({"tables": write_xlsx("t.xlsx", content)}, cell_tables)

    return read


def test_a_sender_with_two_transmitters_is_a_decision(read):
    tables = read(["AVAL", "AVAR", "Send", 1, "Glutamate"], ["AVAL", "AVBL", "Send", 2, None])
    dropped = decided(tables, "dropped").filter(pl.col("item") == f"{TRANSMITTER} of AVAL")
    assert dropped["reason"].to_list() == ["Glutamate in 1 rows of type Send; edges have no transmitter"]
    (row,) = decided(tables, "differs").iter_rows(named=True)
    assert (row["item"], row["sheet"], row["row"], row["column"]) == ("AVAL -> AVBL", CONNECTOME, 3, TRANSMITTER)
    assert row["reason"] == "(none) here, Glutamate in row 2 of the same sender; not in the edge"
    assert of(tables, "chemical")["weight"].to_list() == [1, 2]


def test_a_repeated_row_is_added_with_a_decision(read):
    tables = read(["AVAL", "VB01", "Send", 1, "x"], ["AVAL", "VB1", "Send", 2, "x"])
    assert edges(of(tables, "chemical")) == {(SET + "AVAL", SET + "VB1"): 3}
    assert decided(tables, "merged").select("item", "row").rows() == [("AVAL -> VB1", 3)]


def test_rows_onto_muscles_together_are_dropped(read):
    tables = read(
        ["AVAL", "AVAR", "Send", 1, "x"], muscles=[["HSNL", "MVULVA", 7, "x"], ["DVB\u00a0", " MANAL", 5, "x"]]
    )
    dropped = decided(tables, "dropped").filter(~pl.col("item").str.starts_with(TRANSMITTER))
    assert dropped.select("item", "reason", "row").rows() == [
        ("HSNL -> MVULVA", "Send, 7: all vulval muscles together", 2),
        ("DVB -> MANAL", "Send, 5: a muscle of the anus; the file does not say which", 3),
    ]
    assert of(tables, "neuromuscular").is_empty()


def test_another_sheet_is_a_decision(read):
    tables = read(["AVAL", "AVAR", "GapJunction", 1, "x"], Notes=[["a"], ["b"], ["c"]])
    assert decided(tables, "dropped").filter(pl.col("item") == "Notes")["reason"].to_list() == [
        "2 rows of a sheet that lists no connections"
    ]
