"""Varshney et al. 2011: the numbers of NeuronConnect.xls, counted once, and what happens to odd rows."""

from __future__ import annotations

from collections import Counter, defaultdict

import polars as pl
import pytest

from ingest.celegans import varshney2011
from ingest.celegans.names import CellNames
from ingest.celegans.varshney2011 import FORMATTED_SHEET, MUSCLE, SHEET, read_rows
from ingest.files import sheet
from schemas.errors import SourceError

SET = "celegans/hermaphrodite/"
HEADER = ["Neuron 1", "Neuron 2", "Type", "Nbr"]
COUNTS = {"Rp": 1885, "Sp": 1625, "EJ": 1031, "S": 950, "R": 773, MUSCLE: 153}


@pytest.fixture(scope="module")
def path(shared_data):
    return shared_data / "celegans/connectome/varshney2011/NeuronConnect.xls"


@pytest.fixture(scope="module")
def raw(path):
    """Rows as the sheet has them: both labels, type, number."""
    return [(a, b, t, float(n)) for a, b, t, n in sheet(path, SHEET).rows()[1:]]


@pytest.fixture(scope="module")
def sums(raw, cell_tables):
    """Totals by pair of nodes, of some types; the slow and obvious way."""
    names = CellNames.of(cell_tables)

    def of(*types, received=False):
        found = defaultdict(float)
        for a, b, type_, number in raw:
            if type_ in types and number:
                ends = (b, a) if received else (a, b)
                found[tuple(names.resolve(label).node for label in ends)] += number
        return dict(found)

    return of


@pytest.fixture(scope="module")
def tables(path, cell_tables):
    return varshney2011.read({"neuron_connect": path}, cell_tables)


def edges(frame):
    return {(s, t): w for s, t, w in frame.select("source", "target", "weight").iter_rows()}


def decided(tables, action):
    return tables["decision"].filter(pl.col("action") == action)


@pytest.mark.data
def test_tables_are_valid(tables, check_tables):
    check_tables(tables)


@pytest.mark.data
def test_the_rows_by_type_are_those_of_the_file(path, raw):
    assert len(read_rows(path)) == 6417
    assert Counter(type_ for _, _, type_, _ in raw) == COUNTS


@pytest.mark.data
def test_chemical_edges_are_what_is_sent(tables, sums):
    chemical = tables["chemical"]
    assert (chemical.height, chemical["weight"].sum()) == (2194, 6394)
    assert edges(chemical) == sums("S", "Sp")


@pytest.mark.data
def test_what_is_received_is_the_same_and_is_not_added(tables, sums):
    assert edges(tables["chemical"]) == sums("R", "Rp", received=True)
    assert sum(sums("S", "Sp", "R", "Rp").values()) == 2 * 6394


@pytest.mark.data
def test_gap_junctions_are_pairs_not_rows(tables, sums):
    gap = tables["gap_junction"]
    loops = gap.filter(pl.col("source") == pl.col("target"))
    assert (gap.height, loops.height, 2 * gap.height - loops.height) == (517, 3, 1031)
    assert (gap["weight"].sum(), 2 * gap["weight"].sum() - loops["weight"].sum()) == (890, 1777)
    assert edges(gap) == {pair: weight for pair, weight in sums("EJ").items() if pair[0] <= pair[1]}


@pytest.mark.data
def test_the_pairs_that_are_only_monadic_are_there(raw, tables, canonical):
    pairs = {type_: {(SET + a, SET + b) for a, b, t, _ in raw if t == type_} for type_ in ("S", "Sp")}
    only = {pair for pair in pairs["S"] - pairs["Sp"] if set(pair) <= set(canonical)}
    assert len(only) == 224
    assert only <= set(edges(tables["chemical"]))


@pytest.mark.data
def test_the_64_single_digit_motor_neurons_and_no_pharynx(tables, cell_tables):
    nodes = {n for name in ("chemical", "gap_junction") for end in ("source", "target") for n in tables[name][end]}
    assert len(nodes) == 279
    assert nodes <= set(cell_tables["celegans/cells"]["node"].filter(pl.col("type") != "pharyngeal")["uid"])
    renamed = decided(tables, "renamed")["item"].to_list()
    assert len([label for label in renamed if label[2] == "0"]) == 64
    assert sorted(label for label in renamed if label[2] != "0") == ["avfl", "avfr"]


@pytest.mark.data
def test_every_row_is_accounted_for(path, tables):
    merged, dropped = decided(tables, "merged")["reason"], decided(tables, "dropped")
    repeated = merged.str.starts_with("repeats").sum()
    mirrored = merged.str.extract(r"^(\d+) entries of receiving cells").drop_nulls().cast(pl.Int64).item()
    both = merged.str.extract(r"^(\d+) pairs stand in both directions").drop_nulls().cast(pl.Int64).item()
    chemical = tables["chemical"].height + repeated + mirrored
    assert (repeated, mirrored, both, dropped.height) == (379, 2657, 514, 153 + 3)
    assert chemical + tables["gap_junction"].height + both + dropped.height == len(read_rows(path))
    empty = dropped.filter(pl.col("reason").str.contains("no contact is counted"))
    assert empty["row"].sort().to_list() == [1862, 5833, 5838]


@pytest.mark.data
def test_junctions_onto_unnamed_muscle_are_decisions_with_their_counts(tables, raw):
    muscle = decided(tables, "dropped").filter(pl.col("item").str.ends_with(f"-> {MUSCLE}"))
    counts = muscle["reason"].str.extract(r"^sends, (\d+): ").cast(pl.Int64)
    assert (muscle.height, counts.sum()) == (153, 1410)
    assert Counter(muscle["item"]) == Counter(f"{a} -> {b}" for a, b, t, _ in raw if t == MUSCLE)


@pytest.mark.data
def test_the_two_lists_differ_only_in_what_is_monadic(tables, sums):
    sent, received = sums("Sp"), sums("Rp", received=True)
    expected = {pair for pair in sent | received if sent.get(pair) != received.get(pair)}
    differs = decided(tables, "differs")
    assert len(expected) == differs.height == 270
    assert set(differs["item"]) == {f"{a} -> {b}".replace(SET, "") for a, b in expected}
    assert differs["reason"].str.contains("in both lists, but as sent").all()


@pytest.mark.data
def test_the_networks_say_what_a_weight_is(tables):
    network = tables["network"]
    assert network["uid"].to_list() == ["celegans/varshney2011/chemical", "celegans/varshney2011/gap_junction"]
    assert network["directed"].to_list() == [True, False]
    assert set(network["weight_unit"]) == {"synapses"}


# made files


@pytest.fixture
def read(write_xlsx, cell_tables):
    return lambda *rows: varshney2011.read(
        {"neuron_connect": write_xlsx("n.xlsx", {SHEET: [HEADER, *rows]})}, cell_tables
    )


def decisions(tables, *columns):
    return tables["decision"].select("action", "item", *columns).rows()


def test_direction_is_from_the_sender(read):
    tables = read(["VB01", "AVAL", "R", 3], ["AVAL", "VB01", "S", 3])
    assert edges(tables["chemical"]) == {(SET + "AVAL", SET + "VB1"): 3}
    assert tables["decision"].filter(pl.col("action") != "renamed")["action"].to_list() == ["merged"]


def test_monadic_and_polyadic_synapses_are_added(read):
    tables = read(
        ["AVAL", "AVAR", "S", 2], ["AVAL", "AVAR", "Sp", 3], ["AVAR", "AVAL", "R", 2], ["AVAR", "AVAL", "Rp", 3]
    )
    assert edges(tables["chemical"]) == {(SET + "AVAL", SET + "AVAR"): 5}
    reasons = tables["decision"]["reason"].to_list()
    assert reasons == [
        "2 entries of receiving cells are the synapses of the sending cells; not added to them",
        f"repeats the entry at n.xlsx, sheet '{SHEET}', row 2; weights 2 and 3 are added",
    ]


def test_two_labels_of_one_neuron_are_one_node(read):
    tables = read(["AVAL", "VB01", "S", 2], ["AVAL", "VB1", "S", 1], ["VB1", "AVAL", "R", 3])
    assert edges(tables["chemical"]) == {(SET + "AVAL", SET + "VB1"): 3}


def test_a_type_in_which_the_lists_differ_is_a_decision(read):
    tables = read(["AVAL", "AVAR", "S", 7], ["AVAR", "AVAL", "R", 2], ["AVAR", "AVAL", "Rp", 5])
    assert decisions(tables, "reason", "row")[0] == (
        "differs",
        "AVAL -> AVAR",
        "7 in both lists, but as sent 0 of them are onto several cells, as received 5",
        2,
    )


def test_blanks_around_labels_and_headers_do_not_count(write_xlsx, cell_tables):
    rows = [["Neuron 1 ", "\u00a0Neuron 2", "Type", "Nbr\u00a0"], ["AVAL\u00a0", " AVAR", "S ", " 2 "]]
    found = varshney2011.read({"neuron_connect": write_xlsx("n.xlsx", {SHEET: rows})}, cell_tables)
    assert edges(found["chemical"]) == {(SET + "AVAL", SET + "AVAR"): 2}


def test_an_entry_that_counts_nothing_is_a_decision(read):
    tables = read(["AVAL", "AVAR", "S", 1], ["AVAL", "AVAR", "Sp", 0], ["AVAR", "AVAL", "R", 1])
    assert edges(tables["chemical"]) == {(SET + "AVAL", SET + "AVAR"): 1}
    assert decisions(tables, "reason", "row")[0] == (
        "dropped",
        "AVAL -> AVAR",
        "sends jointly, 0: no contact is counted",
        3,
    )


# the other form


@pytest.fixture
def read_both(write_xlsx, cell_tables):
    """Reads a workbook and its other form, each of the rows given."""

    def read(rows, formatted, name=FORMATTED_SHEET, header=HEADER):
        files = {
            "neuron_connect": write_xlsx("n.xlsx", {SHEET: [HEADER, *rows]}),
            "formatted": write_xlsx("f.xlsx", {name: [header, *formatted]}),
        }
        return varshney2011.read(files, cell_tables)

    return read


def test_a_form_that_agrees_is_a_kept_row_for_each_list(read_both):
    rows = [["AVAL", "VB01", "S", 3], ["VB01", "AVAL", "R", 3], ["AVAL", MUSCLE, MUSCLE, 2]]
    tables = read_both(rows, [[r[0].replace("0", ""), r[1].replace("0", ""), *r[2:]] for r in reversed(rows)])
    found = tables["decision"].filter(pl.col("file") == "f.xlsx")
    assert found.select("action", "item", "sheet").rows() == [
        ("kept", "f.xlsx, sends", FORMATTED_SHEET),
        ("kept", "f.xlsx, receives", FORMATTED_SHEET),
    ]
    assert found["reason"][0].startswith("compared with n.xlsx/sends: 2 pairs agree in weight, 0 differ")


def test_where_the_form_differs_each_row_is_named_and_the_edges_stay(read_both):
    rows = [["AVAL", "AVAR", "S", 3], ["AVAL", "AVBL", "EJ", 1], ["AVBL", "AVAL", "EJ", 1]]
    tables = read_both(rows, [["AVAL", "AVAR", "S", 4], ["AVAL", "AVBL", "EJ", 1], ["AVAL", "DB1", "S", 1]])
    assert edges(tables["chemical"]) == {(SET + "AVAL", SET + "AVAR"): 3}
    found = tables["decision"].filter(pl.col("file") == "f.xlsx", pl.col("item").str.contains(" - "))
    assert found.select("action", "item", "reason", "row").rows() == [
        ("differs", "AVAL - AVAR", "4 here, 3 in n.xlsx/sends", 2),
        ("differs", "AVAL - DB1", "1 here, absent from n.xlsx/sends", 4),
        ("differs", "AVBL - AVAL", "absent here, 1 in n.xlsx/gap_junction", None),
    ]


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"name": "other"}, "f.xlsx: has no sheet 'Sheet1'"),
        ({"header": ["Neuron 1", "Neuron 2", "Kind", "Nbr"]}, "f.xlsx, sheet 'Sheet1': has no column 'Type'"),
        ({"formatted": []}, "f.xlsx, sheet 'Sheet1': holds no connections"),
        ({"formatted": [["AVAL", "AVAR", "glia", 1]]}, "f.xlsx, sheet 'Sheet1', row 2, column Type: holds 'glia'"),
        ({"formatted": [["AVAL", "AVAR", "S", -1]]}, "f.xlsx, sheet 'Sheet1', row 2, column Nbr: holds -1"),
        ({"formatted": [["AVAX", "AVAR", "S", 1]]}, "f.xlsx, sheet 'Sheet1', row 2, column Neuron 1: 'AVAX'"),
    ],
)
def test_a_form_that_is_none(read_both, more, says):
    with pytest.raises(SourceError) as caught:
        read_both([["AVAL", "AVAR", "S", 1]], **{"formatted": [["AVAL", "AVAR", "S", 1]], **more})
    assert says in str(caught.value)
    assert caught.value.hint


@pytest.mark.network
def test_the_real_other_form_holds_the_same_rows(wheel_files, cell_tables):
    files = wheel_files("celegans/varshney2011")
    assert len(read_rows(files["formatted"], FORMATTED_SHEET)) == sum(COUNTS.values())
    found = varshney2011.read(files, cell_tables)["decision"].filter(pl.col("file") == files["formatted"].name)
    agree = found["reason"].str.extract(r": (\d+) pairs agree in weight, 0 differ, 0 are only here, 0 only there$")
    assert found["action"].to_list() == ["kept"] * 5
    assert agree.cast(pl.Int64).to_list() == [1065, 1625, 773, 1885, 1031]
