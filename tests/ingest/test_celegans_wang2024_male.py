"""Wang et al. 2024, the male's sheet: levels in words, headings, labels for two cells; real counts, bad sheets."""

from __future__ import annotations

from collections import Counter

import polars as pl
import pytest

from ingest.celegans import wang2024_male
from ingest.celegans.wang2024_male import MALE as EDITION
from ingest.celegans.wang2024_words import words_of
from ingest.files import sheet
from tests.ingest.statements import MALE, decided, refused, said

GENES = [
    *("eat-4 (syb1)", "unc-17 (syb2)", "unc-25 (ot3)", "unc-47 (syb4)", "cat-1 (syb5)", "tph-1 (syb6)", "cat-2 (syb7)"),
    *("bas-1 (syb8)", "tdc-1 (syb9)", "tbh-1 (syb10)", "mod-5 (vlc11)", "snf-3 (syb12)", "oct-1 (syb13)"),
]
REPORTS = [
    "cho-1 fosmid reporter  (reports)",
    "anti-GABA (reports)",
    "anti-5HT (reports)",
    "dopamine staining (reports)",
]
HEADER = [
    *("Class", "Neuron", "Lineage", *GENES, *REPORTS),
    *("Neurotransmitter(s)", None, None, "Comments", "Neuron", "Class"),
]


def line(name, *released, class_=None, lineage="P3", reports=(None,) * 4, **levels):
    genes = [levels.get(header.partition(" ")[0].replace("-", "_")) for header in GENES]
    return [class_, name, lineage, *genes, *reports, *[*released, None, None, None][:3], None, name, class_]


def heading(text):
    return [text, *[None] * (len(HEADER) - 1)]


CORD, TAIL = heading("VENTRAL NERVE CORD"), heading("TAIL: LUMBAR GANGLION (LG)")


@pytest.fixture
def read(write_xlsx, both_sexes):
    def make(*rows, header=HEADER, name=EDITION.sheet):
        legends = [[None], ["ACh = acetylcholine"], ["blue:", "different"]]
        return wang2024_male.read({"male": write_xlsx("w.xlsx", {name: [[None], header, *rows, *legends]})}, both_sexes)

    return make


def test_words_say_how_strongly_a_gene_is_expressed(read, check_both):
    tables = read(CORD, line("CA7", "Glu (new)", class_="CA", eat_4="high +++", unc_47="no visible expression"))
    check_both(tables)
    assert said(tables, MALE + "CA7", "expression") == {"eat-4": "reporter allele syb1; high +++"}
    assert said(tables, MALE + "CA7", "transmitter") == {"glutamate": "new in this study; expression of eat-4"}
    assert decided(tables, "dropped").select("item", "row", "column").rows() == [("CA7 unc-47", 4, "G")]


def test_headings_name_the_part_of_the_body(read):
    tables = read(CORD, line("CA7", class_="CA"), TAIL, line("R1AL", class_="RnA"))
    assert said(tables, MALE + "CA7", "ganglion") == {"ventral nerve cord": "heading above the rows"}
    assert said(tables, MALE + "CA7", "region") == {}
    assert said(tables, MALE + "R1AL", "ganglion") == {"lumbar ganglion": "heading above the rows"}
    assert set(said(tables, MALE + "R1AL", "region")) == {"tail"}


def test_n_in_a_class_stands_for_the_number_in_the_name(read):
    tables = read(line("R1AL", class_="RnA"), line("R9AR"), line("EF3/4", class_="EF***"))
    assert set(said(tables, MALE + "R1AL", "class")) == {"R1A"}
    assert set(said(tables, MALE + "R9AR", "class")) == {"R9A"}
    assert set(said(tables, MALE + "EF3", "class")) == {"EF"}
    assert decided(tables, "renamed")["item"].to_list() == ["RnA", "EF***"]


def test_reports_are_stainings_or_expression(read):
    tables = read(line("CP1", "5-HT", class_="CP", reports=("yes", None, "yes low", None)))
    assert said(tables, MALE + "CP1", "expression") == {"cho-1": "fosmid reporter, earlier reports: yes"}
    assert said(tables, MALE + "CP1", "staining") == {"serotonin": "earlier reports: yes low"}
    assert said(tables, MALE + "CP1", "transmitter") == {"serotonin": "staining (yes low)"}


def test_a_label_for_one_of_two_cells_of_which_the_node_set_has_one(read):
    tables = read(line("DX3/4", "ACh", class_="DX", lineage="U.l"), line("DX3/4", "ACh", lineage="U.r"))
    assert said(tables, MALE + "DX3", "transmitter") == {"acetylcholine": None}
    assert said(tables, MALE + "DX3", "lineage") == dict.fromkeys(["U.l", "U.r"], "of DX3/4, one of the two")
    assert all("celegans/male has no DX4" in reason for reason in decided(tables, "kept")["reason"])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ACh", [("acetylcholine", "", False, False)]),
        ("ACh (new)", [("acetylcholine", "", False, True)]),
        ("*5-HT (new)", [("serotonin", "", True, True)]),
        ("5-HT  (synthesis + uptake)", [("serotonin", "synthesis + uptake", False, False)]),
        ("*betaine (uptake) (new)", [("betaine", "uptake", True, True)]),
        ("*bas-1-depen unknown monoamine? (new)", [("unknown monoamine", "", True, True)]),
        ("PEOH? (new)", [("phenylethanolamine", "", False, True)]),
        ("unknown (orphan; unc-47 positive)", [("unknown", "orphan; unc-47 positive", False, False)]),
        (
            "5-HTP (synthesis) and 5-HT (uptake) (new)",
            [("5-hydroxytryptophan", "synthesis", False, True), ("serotonin", "uptake", False, True)],
        ),
        ("*Glu - NEW", [("glutamate", "", True, True)]),
    ],
)
def test_words_of_either_sheet(text, found):
    assert [(w.transmitter, w.how, w.dim, w.new) for w in words_of(text)] == found


@pytest.mark.parametrize("text", ["Glutamine", "", "ACh (new", "5-HT (uptake) and Glutamine", "(new)"])
def test_words_that_name_no_transmitter(text):
    assert words_of(text) is None


@pytest.mark.parametrize(
    ("rows", "layout", "says"),
    [
        ([line("CA7", class_="CA", eat_4="rather high")], {}, ("'rather high', no level", "row 3, column D")),
        ([line("CA7", "Glutamine", class_="CA")], {}, ("which names no transmitter", "row 3, column U")),
        ([line("CA70", class_="CA")], {}, ("'CA70' (like", "row 3", "male_cells.yaml")),
        ([line("AVAL"), TAIL], {}, ("has no class", "row 3")),
        ([CORD, heading("TAIL: ELSEWHERE"), line("R1AL", class_="RnA")], {}, ("has no name of a neuron", "row 5")),
        ([[*line("CA7", class_="CA")[:-2], "CA8", "CA"]], {}, ("begins with 'CA7' and ends with 'CA8'",)),
        ([], {}, ("has no row of a neuron",)),
        ([line("CA7", class_="CA")], {"name": "Supp File 2"}, ("has no sheet 'Supp File 3'",)),
        ([line("CA7", class_="CA")], {"header": HEADER[1:]}, ("has no row that begins with Class",)),
    ],
)
def test_a_wrong_sheet_is_refused_with_its_place(read, rows, layout, says):
    refused(lambda: read(*rows, **layout), *says)


# the real file


@pytest.fixture(scope="module")
def path(shared_data):
    return shared_data / "celegans/connectome/wang2024/elife-95402-supp3-v1.xlsx"


@pytest.fixture(scope="module")
def real(path, both_sexes):
    return wang2024_male.read({"male": path}, both_sexes)


@pytest.mark.data
def test_every_neuron_of_the_male_alone_has_its_statements(real, both_sexes, check_both):
    check_both(real)
    neurons = {
        parent: set(tables["node"].filter(pl.col("kind") == "neuron")["name"]) for parent, tables in both_sexes.items()
    }
    own = {MALE + name for name in neurons["celegans/male-cells"] - neurons["celegans/cells"]}
    assert set(real["annotation"]["node"]) == own
    assert len(own) == 91  # 93 rows, but no DX4 and no EF4 here
    assert Counter(real["annotation"]["attribute"]) == {
        "class": 91,
        "lineage": 96,
        "region": 72,
        "ganglion": 85,
        "expression": 347,
        "staining": 33,
        "transmitter": 166,
        "uptake": 13,
        "comment": 70,
    }
    transmitters = real["annotation"].filter(pl.col("attribute") == "transmitter")
    assert Counter(transmitters["value"])["acetylcholine"] == 63
    assert Counter(decided(real, "dropped")["item"]) == {
        "CA7 unc-47": 1,
        "CA9 unc-47": 1,
        "CP7 eat-4": 1,
        "CP9 unc-17": 1,
    }


@pytest.mark.data
def test_words_on_a_transmitter_and_levels_of_its_gene_agree(real):
    """The gene of a transmitter is expressed in exactly those neurons that it is named for."""
    found = real["annotation"]
    for gene, transmitter in (("eat-4", "glutamate"), ("unc-17", "acetylcholine")):
        expressed = set(found.filter(pl.col("attribute") == "expression", pl.col("value") == gene)["node"])
        named = set(found.filter(pl.col("attribute") == "transmitter", pl.col("value") == transmitter)["node"])
        assert expressed == named


@pytest.mark.data
def test_every_word_of_the_three_columns_is_said(path, real):
    """Counted on the sheet itself; labels for two cells count for the cells that the node set has."""
    rows = [row for row in sheet(path, EDITION.sheet).slice(4).iter_rows() if row[1] and row[2]]
    assert len(rows) == 93
    words = [text for row in rows for text in row[20:23] if text]
    twice = sum("synthesis + uptake" in text or ") and " in text for text in words)
    # DX1/2 and EF1/2: two rows, two cells, one word; DX3/4 and EF3/4: two rows, one cell, one word
    said_of = real["annotation"].filter(pl.col("attribute").is_in(["transmitter", "uptake"])).height
    assert said_of == len(words) + twice - 2
