"""Simeon et al. 2024: the counts of the published consensus, its known defects, and what happens to odd rows."""

from __future__ import annotations

import csv
import json
import re

import polars as pl
import pytest

from ingest.celegans import simeon2024_consensus
from ingest.celegans.simeon2024_consensus import DATASET
from schemas.errors import SourceError

CELLS = "celegans/hermaphrodite/"
GAP, CHEMICAL, FUNCTIONAL = (f"{DATASET}/{kind}" for kind in ("gap_junction", "chemical", "functional"))
MIXED = "mixed: mean over sources with different units"
ROWS_PER_SOURCE = {
    "funconn": 11_175,
    "cook2019": 4085,
    "white1986_whole": 3145,
    "openworm": 3142,
    "witvliet2020_8": 2371,
    "witvliet2020_7": 2364,
    "chklovskii": 2079,
    "white1986_n2u": 1848,
    "white1986_jsh": 1783,
    "white1986_jse": 94,
}


@pytest.fixture(scope="module")
def files(shared_data):
    folder = shared_data / "celegans/connectome/homogenized_simeon2024"
    return {key: folder / f"consensus_connectome_trimmed_{key}.csv" for key in ("withfunc", "nofunc")}


@pytest.fixture(scope="module")
def tables(files, cell_tables):
    return simeon2024_consensus.read(files, cell_tables)


@pytest.fixture(scope="module")
def raw(files):
    """Rows of the file as the standard library reads them."""
    with files["withfunc"].open(newline="") as stream:
        return list(csv.DictReader(stream))


def decisions(tables, action):
    found = tables["decision"].filter(pl.col("action") == action)
    return dict(found.select("item", "reason").rows())


# the real file


@pytest.mark.data
def test_tables_are_valid(tables, check_tables):
    check_tables(tables)


@pytest.mark.data
def test_the_counts_are_those_of_the_file(tables, raw):
    gap, chemical, functional = (tables[kind] for kind in ("gap_junction", "chemical", "functional"))
    assert len(raw) == 16_373
    assert (gap.height, chemical.height, functional.height) == (1313, 4889, 11_175)
    assert chemical.filter(pl.col("source") == pl.col("target")).height == 42
    assert chemical["weight"].mean() == pytest.approx(2.742, abs=5e-4)
    weights = functional["weight"]
    assert (weights.mean(), weights.min(), weights.max()) == pytest.approx((0.0187, -0.785, 3.324), abs=5e-4)
    loops = gap.filter(pl.col("source") == pl.col("target")).height
    assert 2 * (gap.height - loops) + loops == 2605
    both_ways = 2 * gap["weight"].sum() - gap.filter(pl.col("source") == pl.col("target"))["weight"].sum()
    assert both_ways / 2605 == pytest.approx(2.873, abs=5e-4)


@pytest.mark.data
def test_edges_equal_the_file_row_by_row(tables, raw):
    kinds = {"chemical": "mean_chem_weight", "functional": "functional_weight", "gap_junction": "mean_gap_weight"}
    for kind, column in kinds.items():
        expected = {}
        for row in raw:
            ends = [CELLS + row["from_neuron"], CELLS + row["to_neuron"]]
            if row[column]:
                expected[tuple(sorted(ends) if kind == "gap_junction" else ends)] = float(row[column])
        found = tables[kind].select("source", "target", "weight").rows()
        assert {(s, t): w for s, t, w in found} == expected


@pytest.mark.data
def test_no_row_is_left_out_and_the_second_file_agrees(tables, raw):
    weights = ("mean_gap_weight", "mean_chem_weight", "functional_weight")
    assert all(any(row[column] for column in weights) for row in raw)
    assert decisions(tables, "differs") == {}
    merged = "1292 pairs stand in both directions; each became one undirected edge"
    assert decisions(tables, "merged") == {GAP: merged}


@pytest.mark.data
def test_every_row_of_the_file_without_function_is_compared(files, cell_tables, tmp_path):
    changed = tmp_path / "consensus_connectome_trimmed_nofunc.csv"
    lines = files["nofunc"].read_text().splitlines(keepends=True)
    assert len(lines) == 6366
    fields = next(csv.reader([lines[1]]))
    assert fields[:2] == ["ADAL", "ADAL"]
    lines[1] = lines[1].replace("inter,inter,,6.0", "inter,inter,,7.0")
    changed.write_text("".join([*lines[:2], *lines[3:]]))
    found = simeon2024_consensus.read({**files, "nofunc": changed}, cell_tables)["decision"]
    differs = found.filter(pl.col("action") == "differs").select("item", "reason", "row", "column").rows()
    name = "consensus_connectome_trimmed"
    assert differs == [
        ("ADAL -> ADAR", f"{name}_withfunc.csv holds 2, {name}_nofunc.csv nothing; the first counts", None, GAP_COLUMN),
        ("ADAL -> ADAL", f"{name}_withfunc.csv holds 6, {name}_nofunc.csv 7; the first counts", 2, CHEMICAL_COLUMN),
    ]


@pytest.mark.data
def test_the_networks_are_labelled_as_published(tables, raw):
    network = tables["network"]
    assert network["uid"].to_list() == [GAP, CHEMICAL, FUNCTIONAL]
    assert network["weight_unit"].to_list() == [MIXED, MIXED, "dF/F"]
    assert network["directed"].to_list() == [False, True, True]
    told = [json.loads(text) for text in network["parameters"]]
    assert all("as published" in each["about"] for each in told)
    assert "transposed" in told[2]["about"]
    written = " ".join(row["data_sources"] for row in raw)
    assert {name: written.count(f"'{name}'") for name in ROWS_PER_SOURCE} == ROWS_PER_SOURCE
    assert told[2]["rows_per_source"]["funconn"] == 11_175
    assert set(told[1]["rows_per_source"]) == set(ROWS_PER_SOURCE)


@pytest.mark.data
def test_the_defects_are_decisions(tables):
    kept, dropped = decisions(tables, "kept"), decisions(tables, "dropped")
    assert kept["uncertainty"] == "3760 of 4889 chemical rows have none: it needs both means"
    assert "name 236 neurons, none of the motor neurons with one digit" in kept["cook2019"]
    assert "name 215 neurons, none of the motor neurons with one digit" in kept["chklovskii"]
    assert set(kept) & set(ROWS_PER_SOURCE) == {"cook2019", "chklovskii"}
    assert "equal values count once" in kept[f"2605 rows of {GAP}"]
    rows = tables["decision"].filter(pl.col("item") == f"11175 rows of {FUNCTIONAL}")["reason"].to_list()
    assert ["transposed" in rows[0], "without a response" in rows[1]] == [True, True]
    assert set(dropped) == {"uncertainty", "data_sources", "from_pos, to_pos", "from_type, to_type"}
    assert "two axes of the atlas of positions swapped" in dropped["from_pos, to_pos"]


@pytest.mark.data
def test_the_first_two_axes_of_the_positions_are_swapped(raw, shared_data):
    lines = (shared_data / "celegans/neurons/LowResAtlasWithHighResHeadsAndTails.csv").read_text().split()
    atlas = {name: tuple(map(float, rest)) for name, *rest in (line.split(",") for line in lines)}
    written = {row["from_neuron"]: row["from_pos"] for row in raw} | {row["to_neuron"]: row["to_pos"] for row in raw}
    places = {name: tuple(float(n) for n in re.findall(r"-?[\d.]+", text)) for name, text in written.items()}
    assert len(places) == 299  # VC6 has no edge in any source
    swapped = {name: (y, x, z) for name, (x, y, z) in places.items()}
    assert all(swapped[name] == pytest.approx(atlas[name], abs=0.01) for name in places)
    assert all(places[name] != pytest.approx(atlas[name], abs=0.01) for name in places)


# small files

GAP_COLUMN, CHEMICAL_COLUMN = "mean_gap_weight", "mean_chem_weight"
HEADER = (
    "from_neuron,to_neuron,from_pos,to_pos,from_type,to_type,mean_gap_weight,mean_chem_weight,uncertainty,"
    "functional_weight,data_sources"
)
POSITIONS = '"(0.0, 1.0, 2.0)","(1.0, 1.0, 2.0)",inter,inter'


def row(pre, post, gap="", chemical="", functional="", sources="\"['openworm']\""):
    return f"{pre},{post},{POSITIONS},{gap},{chemical},,{functional},{sources}"


GOOD = row("AVAL", "AVAR", "2.0", "3.5", "-0.25", "\"['cook2019', 'funconn']\"")


@pytest.fixture
def read(tmp_path, cell_tables):
    """Reads a consensus from its rows."""

    def read(*rows, header=HEADER):
        path = tmp_path / "c.csv"
        path.write_text("\n".join([header, *rows]) + "\n")
        return simeon2024_consensus.read({"withfunc": path}, cell_tables)

    return read


def ends(frame):
    return [
        (s.removeprefix(CELLS), t.removeprefix(CELLS), w)
        for s, t, w in frame.select("source", "target", "weight").rows()
    ]


def test_a_row_gives_an_edge_of_each_kind(read, check_tables):
    tables = read(GOOD, row("AVAR", "AVAL", "2.0"))
    check_tables(tables)
    assert ends(tables["gap_junction"]) == [("AVAL", "AVAR", 2.0)]
    assert ends(tables["chemical"]) == [("AVAL", "AVAR", 3.5)]
    assert ends(tables["functional"]) == [("AVAL", "AVAR", -0.25)]
    assert tables["functional"].select("q", "n_observations").row(0) == (None, None)


def test_a_row_without_a_weight_is_a_decision(read):
    tables = read(row("AVAL", "AVAR"), row("AVAR", "AVAL", chemical=" "), row("RIML", "AVAL", chemical="1"))
    assert tables["chemical"].height == 1
    dropped = tables["decision"].filter(pl.col("reason") == "the row holds no weight")
    assert dropped.select("item", "row").rows() == [("AVAL -> AVAR", 2), ("AVAR -> AVAL", 3)]


def test_directions_of_a_gap_junction_that_disagree_are_a_decision(read):
    tables = read(row("AVAL", "AVAR", "2"), row("AVAR", "AVAL", "5"), row("RIML", "AVAL", "1"))
    assert ends(tables["gap_junction"]) == [("AVAL", "AVAR", 5.0), ("AVAL", "RIML", 1.0)]
    assert list(decisions(tables, "differs").values()) == [
        "2 in the other direction, 5 here; the greater is taken",
        "the other direction is absent; 1 is taken",
    ]


def test_other_spellings_are_decisions_and_blanks_do_not_count(read):
    tables = read(row("VB01", " AVAL\u00a0", chemical="1"))
    assert ends(tables["chemical"]) == [("VB1", "AVAL", 1.0)]
    assert decisions(tables, "renamed") == {"VB01": "padded: it is VB1 in celegans/hermaphrodite"}


def test_a_source_that_keeps_motor_neurons_with_one_digit_is_not_blamed(read):
    good = [row("DA1", "AVAL", chemical="1"), row("DA10", "AVAL", chemical="1")]
    lost = [row("VD10", "AVAL", chemical="1", sources="\"['x']\""), row("AVAL", "AVAR", "1", sources="['x']")]
    assert "openworm" not in decisions(read(*good[:1], *lost), "kept")
    assert "its rows name 3 neurons" in decisions(read(*lost), "kept")["x"]


# bad files


def refused(call, *parts):
    with pytest.raises(SourceError) as caught:
        call()
    for part in parts:
        assert part in str(caught.value), caught.value
    assert caught.value.hint


@pytest.mark.parametrize("column", ["from_neuron", "mean_gap_weight", "functional_weight", "data_sources"])
def test_a_missing_column(read, column):
    refused(lambda: read(GOOD, header=HEADER.replace(column, "x")), f"c.csv, row 1: has no column '{column}'")


def test_a_header_with_non_breaking_blanks(read):
    refused(lambda: read(GOOD, header=HEADER.replace("to_neuron", "to_neuron\u00a0")), "has no column 'to_neuron'")


def test_a_header_in_the_second_row(read):
    refused(lambda: read(HEADER, GOOD, header="consensus"), "c.csv, row 1: has no column 'from_neuron'", "consensus")


def test_cells_of_another_type_are_all_named(read):
    refused(
        lambda: read(GOOD, row("AVAR", "AVAL", "two"), row("AVAR", "", chemical="1")),
        "c.csv, row 3, column mean_gap_weight: holds 'two', a number was expected",
        "row 4, column to_neuron: is empty",
    )


@pytest.mark.parametrize(
    ("weights", "says"),
    [
        ({"gap": "-1"}, "row 2, column mean_gap_weight: holds -1, a positive number"),
        ({"chemical": "0"}, "row 2, column mean_chem_weight: holds 0, a positive number"),
        ({"chemical": "inf"}, "column mean_chem_weight: holds inf, a finite number"),
        ({"chemical": "NaN"}, "row 2, column mean_chem_weight: holds "),
        ({"functional": "-inf"}, "column functional_weight: holds -inf, a finite number"),
    ],
)
def test_weights_that_cannot_be(read, weights, says):
    refused(lambda: read(row("AVAL", "AVAR", **weights)), says)


@pytest.mark.parametrize("text", ["funconn", "[]", '"[1, 2]"', "\"['a'\"", "{}", "\"['a', '']\"", "__import__('os')"])
def test_a_list_of_sources_that_is_none(read, text):
    bad = row("AVAR", "AVAL", "1", sources=text)
    refused(lambda: read(GOOD, bad), "c.csv, row 3, column data_sources: holds ", "a list of sources was expected")


def test_a_pair_twice(read):
    refused(lambda: read(GOOD, GOOD), "c.csv, row 3: AVAL -> AVAR stands twice, first in row 2")


def test_two_labels_of_one_cell(read):
    rows = [row("VB1", "AVAL", chemical="1"), row("VB01", "AVAL", chemical="2")]
    refused(lambda: read(*rows), "row 3: VB01 -> AVAL stands twice, first in row 2")


@pytest.mark.parametrize(
    ("bad", "says"), [("AVAL,AVAX", "row 3, column to_neuron: 1 label(s)"), ("AVAL,AVAR", "row 3: AVAL -> AVAR stands")]
)
def test_the_other_file_has_cells_and_each_pair_once(tmp_path, cell_tables, bad, says):
    header = HEADER.split(",")
    paths = {key: tmp_path / f"{key}.csv" for key in ("withfunc", "nofunc")}
    paths["withfunc"].write_text(f"{HEADER}\n{GOOD}\n")
    assert header[:2] == ["from_neuron", "to_neuron"]
    paths["nofunc"].write_text("\n".join([HEADER, GOOD, GOOD.replace("AVAL,AVAR", bad, 1), ""]))
    refused(lambda: simeon2024_consensus.read(paths, cell_tables), f"nofunc.csv, {says}")


def test_unknown_neurons(read):
    rows = [row("AVAX", "AVAL", chemical="1"), row("AVAL", "QQQ", chemical="2")]
    refused(
        lambda: read(*rows),
        "2 label(s)",
        "c.csv, row 2, column from_neuron: 'AVAX' (like ",
        "c.csv, row 3, column to_neuron: 'QQQ'",
    )


def test_no_rows_no_file(read, tmp_path, cell_tables):
    refused(read, "c.csv: holds no rows")
    refused(lambda: simeon2024_consensus.read({}, cell_tables), "the consensus is missing")
    (tmp_path / "e.csv").touch()
    refused(
        lambda: simeon2024_consensus.read({"withfunc": tmp_path / "e.csv"}, cell_tables), "e.csv: the file is empty"
    )


@pytest.mark.data
@pytest.mark.parametrize(
    ("after", "says"),
    [
        (b"ADAL,ADER,", "t.csv, row 4, column data_sources: is empty"),
        (b"['chklovskii', ", "t.csv: cannot be read"),
    ],
)
def test_the_truncated_real_file(files, tmp_path, cell_tables, after, says):
    whole = files["withfunc"].read_bytes()
    path = tmp_path / "t.csv"
    path.write_bytes(whole[: whole.index(after) + len(after)])
    refused(lambda: simeon2024_consensus.read({"withfunc": path}, cell_tables), says)
