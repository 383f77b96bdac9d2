"""Wang et al. 2024: what colours and words of the sheet say of each neuron, and files that are not such a sheet."""

from __future__ import annotations

import zipfile
from collections import Counter

import polars as pl
import pytest

from ingest.celegans import wang2024
from ingest.celegans.wang2024_sheet import HERMAPHRODITE, read_neurons
from ingest.files import sheet
from ingest.xlsx_fills import fills_of
from schemas.errors import SourceError

CELL = "celegans/hermaphrodite/"
SHEET = HERMAPHRODITE.sheet
GENES = [
    *("eat-4 (syb1)", "unc-17 (syb2)", "unc-25 (ot3)", "unc-47 (syb4)", "cat-1 (syb5)", "tph-1 (syb6)", "cat-2 (syb7)"),
    *("bas-1 (syb8)", "tdc-1 (syb9)", "tbh-1 (syb10)", "mod-5 (vlc11)", "snf-3 (syb12)", "oct-1 (syb13)"),
]
STAINING = ["GABA staining \n(from previous reports)", "Serotonin staining\n(reports)", "Dopamine staining \n(reports)"]
HEADER = [
    *("Class", "Neuron", "Lineage", *GENES, *STAINING),
    *("Neurotransmitter(s)", None, None, "Comments", "Neuron", "Class"),
]
FIRST = 1  # the sheet begins in its second column
GREY = "\x01"  # marks a cell that the writer colours


def line(name, *said, grey=(), class_=None, lineage="AB p", stained=(None, None, None), comment=None, **notes):
    """A row: genes that are grey, notes in cells of genes (eat_4=...), what the row says is released."""
    genes = []
    for header in GENES:
        gene = header.partition(" ")[0]
        text = notes.get(gene.replace("-", "_"), "")
        genes.append((GREY if gene in grey else "") + text or None)
    released = [*said, None, None, None][:3]
    return [class_, name, lineage, *genes, *stained, *released, comment, name, class_]


GOOD = [
    line("ADAL", "Glu", grey=["eat-4"], class_="ADA"),
    line("ADAR", "*Glu - NEW", "betaine (uptake)", grey=["eat-4", "snf-3"], eat_4="NEW - dim", lineage="AB q"),
]


@pytest.fixture
def write(write_xlsx):
    """Writes a workbook in the source's layout; cells that begin with GREY are coloured, by styles added to it."""

    def make(*rows, header=HEADER, above=3, name=SHEET, legend=("ACh = acetylcholine",)):
        grid = [[None] for _ in range(above)] + [header, *rows, [None], *([text] for text in legend)]
        shifted = [[None] * FIRST + list(row) for row in grid]
        path = write_xlsx("w.xlsx", {name: shifted})
        return coloured(path)

    return make


def coloured(path):
    fills = (
        "<fill><patternFill patternType='none'/></fill>"
        "<fill><patternFill patternType='solid'><fgColor theme='0' tint='-0.35'/></patternFill></fill>"
        "<fill><patternFill patternType='solid'><fgColor rgb='FFFFFFFF'/></patternFill></fill>"
    )
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    formats = "".join(f"<xf fillId='{n}'/>" for n in (0, 1, 2))
    styles = f"<styleSheet xmlns='{main}'><fills>{fills}</fills><cellXfs>{formats}</cellXfs></styleSheet>"
    made = path.with_name("coloured.xlsx")
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(made, "w") as target:
        for member in source.namelist():
            text = source.read(member).decode()
            if member.startswith("xl/worksheets/sheet"):
                parts = text.split("<c ")
                parts = [p.replace(" t=", ' s="1" t=', 1).replace(GREY, "") if GREY in p else p for p in parts]
                text = "<c ".join(parts).replace('t="inlineStr"><is><t></t></is></c>', "/>")
            target.writestr(member, text)
        target.writestr("xl/styles.xml", styles)
    return made


@pytest.fixture
def read(write, cell_tables):
    return lambda *rows, **layout: wang2024.read({"hermaphrodite": write(*rows, **layout)}, cell_tables)


def said(tables, name, attribute):
    rows = tables["annotation"].filter(pl.col("node") == CELL + name, pl.col("attribute") == attribute)
    return dict(rows.select("value", "evidence").iter_rows())


def decided(tables, action):
    return tables["decision"].filter(pl.col("action") == action)


def test_a_row_becomes_statements_with_their_evidence(read, check_tables):
    tables = read(*GOOD)
    check_tables(tables)
    assert said(tables, "ADAL", "transmitter") == {"glutamate": "expression of eat-4"}
    assert said(tables, "ADAR", "transmitter") == {
        "glutamate": "dim and variable; new in this study; expression of eat-4"
    }
    assert said(tables, "ADAR", "uptake") == {"betaine": "expression of snf-3"}
    assert said(tables, "ADAR", "expression") == {
        "eat-4": "reporter allele syb1; NEW - dim",
        "snf-3": "reporter allele syb12",
    }
    assert said(tables, "ADAR", "class") == {"ADA": None}, "the class stands once for its cells"
    assert said(tables, "ADAL", "lineage") == {"AB p": None}
    assert tables["decision"].is_empty()


@pytest.mark.parametrize(
    ("text", "transmitters", "uptakes", "notes"),
    [
        ("ACh", {"acetylcholine"}, set(), None),
        ("*ACh - NEW", {"acetylcholine"}, set(), "dim and variable; new in this study"),
        ("GABA (uptake)", set(), {"GABA"}, None),
        ("*betaine (uptake) - NEW", set(), {"betaine"}, "dim and variable; new in this study"),
        ("5-HT (synthesis + uptake)", {"serotonin"}, {"serotonin"}, "synthesis + uptake"),
        (
            "5-HT (alternative synthesis/uptake mechanism)",
            {"serotonin"},
            set(),
            "alternative synthesis/uptake mechanism",
        ),
        ("5-HTP - NEW", {"5-hydroxytryptophan"}, set(), "new in this study"),
        ("Unknown (orphan, unc-47 expression)", {"unknown"}, set(), "orphan, unc-47 expression"),
        ("unknown monoamine? - NEW", {"unknown monoamine"}, set(), "with a question mark; new in this study"),
        ("\u00a0DA ", {"dopamine"}, set(), None),
    ],
)
def test_what_a_neuron_releases_is_read_from_its_words(read, text, transmitters, uptakes, notes):
    tables = read(line("ADAL", text, class_="ADA"))
    released, taken = said(tables, "ADAL", "transmitter"), said(tables, "ADAL", "uptake")
    assert (set(released), set(taken)) == (transmitters, uptakes)
    assert {*released.values(), *taken.values()} == {notes}


def test_what_is_said_of_the_male_is_a_decision(read):
    tables = read(
        line("PVWL", "male - 5-HT (alternative mechanism?)", class_="PVW", stained=(None, "male, see Comments", None))
    )
    assert said(tables, "PVWL", "transmitter") == said(tables, "PVWL", "staining") == {}
    dropped = decided(tables, "dropped")
    assert dropped.height == 2
    assert all("of the male" in reason for reason in dropped["reason"])
    assert set(dropped["row"]) == {5}
    assert dropped["column"].to_list() == ["S", "U"], "columns as the file has them, which begins in B"


def test_staining_is_evidence_and_a_statement(read):
    tables = read(line("AVL", "GABA", class_="AVL", grey=["unc-25", "cat-1"], stained=("variable", None, None)))
    assert said(tables, "AVL", "staining") == {"GABA": "earlier reports: variable"}
    assert said(tables, "AVL", "transmitter") == {"GABA": "expression of unc-25; staining (variable)"}


def test_a_note_without_colour_says_no_expression(read):
    tables = read(line("ADAL", "Glu", class_="ADA", eat_4="very dim"))
    assert said(tables, "ADAL", "expression") == {}
    (reason,) = decided(tables, "dropped")["reason"]
    assert "'very dim' stands in a cell without colour" in reason


def test_a_label_for_one_of_two_cells_is_said_of_both_as_such(read):
    both = {"class_": "DB", "grey": ["unc-17"]}
    tables = read(line("DB1/3", "ACh", lineage="AB pl", **both), line("DB3/1", "ACh", lineage="AB pr", **both))
    for name in ("DB1", "DB3"):
        assert said(tables, name, "transmitter") == {"acetylcholine": "expression of unc-17"}
        assert said(tables, name, "lineage") == {
            "AB pl": "of DB1/3, one of the two",
            "AB pr": "of DB3/1, one of the two",
        }
    assert decided(tables, "kept")["item"].to_list() == ["DB1/3", "DB3/1"]
    assert decided(tables, "differs")["item"].to_list() == ["DB1 lineage", "DB3 lineage"]


def test_one_row_alone_for_one_of_two_cells_is_never_sure(read):
    tables = read(line("DB1/3", "ACh", class_="DB", grey=["unc-17"]))
    assert said(tables, "DB3", "transmitter") == {"acetylcholine": "expression of unc-17; of DB1/3, one of the two"}


def without(header):
    return [None if name == header else name for name in HEADER]


@pytest.mark.parametrize(
    ("rows", "layout", "says"),
    [
        ([line("ADAL", "Glutamine", class_="ADA")], {}, ("'Glutamine', which names no transmitter", "row 5, column U")),
        ([line("ADAX", "Glu", class_="ADA")], {}, ("'ADAX' (like", "row 5")),
        ([line("ADAL", "Glu")], {}, ("has no class", "row 5, column B")),
        ([[*GOOD[0][:-2], "ADAR", "ADA"]], {}, ("begins with 'ADAL' and ends with 'ADAR'", "row 5")),
        ([GOOD[0], line(None, "Glu"), GOOD[1]], {}, ("has no name of a neuron, but other cells", "row 6, column C")),
        ([], {}, ("has no row of a neuron",)),
        (GOOD, {"name": "Supp File 3"}, ("has no sheet 'Supp File 2'",)),
        (GOOD, {"header": without("Lineage")}, ("has no row that begins with Class, Neuron, Lineage",)),
        (GOOD, {"header": without("Comments")}, ("has no column 'Comments'", "row 4")),
        (GOOD, {"header": without("tph-1 (syb6)")}, ("has no column of tph-1", "row 4")),
        (GOOD, {"header": [*HEADER[:20], "Comments", None, "more", "Neuron", "Class"]}, ("3 columns from",)),
    ],
)
def test_a_wrong_sheet_is_refused_with_its_place(read, rows, layout, says):
    with pytest.raises(SourceError) as caught:
        read(*rows, **layout)
    assert all(part in str(caught.value) for part in says), str(caught.value)
    assert caught.value.hint


def test_a_header_further_down_is_found_and_rows_keep_their_places(read):
    tables = read(line("DB1/3", "ACh", class_="DB"), above=4)
    assert decided(tables, "kept")["row"].to_list() == [6]


def test_colours_of_no_workbook_are_refused(tmp_path, write):
    path = write(*GOOD)
    cut = tmp_path / "cut.xlsx"
    cut.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(SourceError, match="colours cannot be read"):
        fills_of(cut, SHEET)
    with pytest.raises(SourceError, match="colours cannot be read"):
        fills_of(path, "Another")
    with pytest.raises(SourceError):
        read_neurons(cut)


def test_white_is_no_colour_and_columns_count_from_the_first_that_holds_something(write):
    found = fills_of(write(*GOOD), SHEET)
    assert found.first_column == FIRST
    assert found.cells == {(5, 3), (6, 3), (6, 3 + 11)}


# the real file


@pytest.fixture(scope="module")
def path(shared_data):
    return shared_data / "celegans/connectome/wang2024/elife-95402-supp2-v1.xlsx"


@pytest.fixture(scope="module")
def real(path, cell_tables):
    return wang2024.read({"hermaphrodite": path}, cell_tables)


@pytest.mark.data
def test_every_neuron_of_the_hermaphrodite_has_its_statements(real, cell_tables, check_tables):
    check_tables(real)
    assert Counter(real["annotation"]["attribute"]) == {
        "class": 302,
        "lineage": 304,
        "expression": 502,
        "staining": 63,
        "transmitter": 329,
        "uptake": 56,
        "comment": 99,
    }
    neurons = set(cell_tables["celegans/cells"]["node"].filter(pl.col("kind") == "neuron")["uid"])
    about = real["annotation"].filter(pl.col("attribute").is_in(["transmitter", "uptake"]))
    assert set(about["node"]) == neurons
    releasing = set(about.filter(pl.col("attribute") == "transmitter")["node"])
    assert neurons - releasing == {CELL + name + side for name in ("ASI", "AVF", "CAN") for side in "LR"}


@pytest.mark.data
@pytest.mark.parametrize(
    ("gene", "transmitter", "cells"), [("unc-17", "acetylcholine", 163), ("eat-4", "glutamate", 84)]
)
def test_colours_and_words_of_the_sheet_agree(real, gene, transmitter, cells):
    """The gene of a transmitter is grey in exactly those rows that name it: what is read from colours is right."""
    found = real["annotation"]
    grey = set(found.filter(pl.col("attribute") == "expression", pl.col("value") == gene)["node"])
    named = set(found.filter(pl.col("attribute") == "transmitter", pl.col("value") == transmitter)["node"])
    assert len(grey) == cells
    assert grey == named


@pytest.mark.data
def test_every_cell_of_the_three_columns_is_said_or_decided(path, real):
    """Counted on the sheet itself: words in the three columns, less those of the male."""
    grid = sheet(path, SHEET).slice(4, 302)
    words = [text for row in grid.select(grid.columns[19:22]).rows() for text in row if text]
    both = sum("synthesis + uptake" in text for text in words)
    male = sum(text.startswith("male") for text in words)
    rows = real["annotation"].filter(pl.col("attribute").is_in(["transmitter", "uptake"])).height
    # DB1/3 and DB3/1 say one word each, of two cells each, alike: two rows for two words
    assert rows == len(words) + both - male
    assert decided(real, "dropped").height == male + 2
