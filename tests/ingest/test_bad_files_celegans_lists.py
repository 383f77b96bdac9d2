"""Bad files of partner lists: each gives one SourceError that says where and what to do."""

from __future__ import annotations

import pytest

from ingest.celegans import durbin1986, openworm, varshney2011
from schemas.errors import SourceError

CONNECTOME, MUSCLES = openworm.CONNECTOME, openworm.MUSCLES
HEADERS = {
    varshney2011.SHEET: ["Neuron 1", "Neuron 2", "Type", "Nbr"],
    CONNECTOME: ["Origin", "Target", "Type", openworm.COUNT, openworm.TRANSMITTER],
    MUSCLES: ["Neuron", "Muscle", openworm.COUNT, openworm.TRANSMITTER],
}
GOOD = {
    varshney2011.SHEET: ["AVAL", "AVAR", "S", 1],
    CONNECTOME: ["AVAL", "AVAR", "Send", 1, "x"],
    MUSCLES: ["RMED", "MDL01", 1, "x"],
}
READ = {
    varshney2011.SHEET: lambda path, parents: varshney2011.read({"neuron_connect": path}, parents),
    CONNECTOME: lambda path, parents: openworm.read({"tables": path}, parents),
    MUSCLES: lambda path, parents: openworm.read({"tables": path}, parents),
}
SHEETS = list(READ)
REAL = {
    varshney2011.SHEET: "varshney2011/NeuronConnect.xls",
    CONNECTOME: "openworm/CElegansNeuronTables.xls",
}


def refused(call, *parts):
    """The error's message, after checking that it says all of these."""
    with pytest.raises(SourceError) as caught:
        call()
    text = str(caught.value)
    for part in parts:
        assert part in text, text
    assert caught.value.hint
    return text


@pytest.fixture
def read(write_xlsx, cell_tables):
    """Reads a workbook whose sheet of that name has those rows, and the other sheets a good one."""

    def read(name, *rows, header=None):
        content = {other: [HEADERS[other], GOOD[other]] for other in SHEETS if other != name}
        content[name] = [header or HEADERS[name], *rows]
        return READ[name](write_xlsx("w.xlsx", content), cell_tables)

    return read


def changed(name, column, value):
    """A good row with another value in one column."""
    row = list(GOOD[name])
    row[HEADERS[name].index(column)] = value
    return row


def at(name, row, column=None):
    return f"w.xlsx, sheet '{name}', row {row}" + (f", column {column}" if column else "")


@pytest.mark.parametrize("name", SHEETS)
def test_the_good_workbook_is_read(read, name):
    assert read(name, GOOD[name])["chemical"].height > 0


@pytest.mark.parametrize("name", SHEETS)
def test_a_missing_sheet(write_xlsx, cell_tables, name):
    others = {other: [HEADERS[other], GOOD[other]] for other in SHEETS if other != name}
    refused(lambda: READ[name](write_xlsx("w.xlsx", others), cell_tables), f"w.xlsx: has no sheet '{name}'")


@pytest.mark.parametrize(("name", "column"), [(name, column) for name in SHEETS for column in HEADERS[name]])
def test_a_missing_column(read, name, column):
    header = [c if c != column else "other" for c in HEADERS[name]]
    refused(lambda: read(name, GOOD[name], header=header), f"sheet '{name}': has no column '{column}'", "other")


@pytest.mark.parametrize("name", SHEETS)
def test_a_header_one_row_too_low(read, name):
    width = len(HEADERS[name])
    text = refused(lambda: read(name, HEADERS[name], GOOD[name], header=["title", *["x"] * (width - 1)]), "no column")
    assert "title" in text


@pytest.mark.parametrize("name", SHEETS)
def test_a_sheet_without_rows_or_header(read, write_xlsx, cell_tables, name):
    refused(lambda: read(name), f"sheet '{name}': holds no connections")
    sheets = {other: [HEADERS[other], GOOD[other]] for other in SHEETS if other != name}
    refused(lambda: READ[name](write_xlsx("e.xlsx", {**sheets, name: []}), cell_tables), "the sheet is empty")


@pytest.mark.parametrize("name", SHEETS)
@pytest.mark.parametrize(("value", "says"), [("many", "'many'"), ("nan", "'nan'"), (1.5, "'1.5'"), (None, "is empty")])
def test_a_count_that_is_no_whole_number(read, name, value, says):
    count = HEADERS[name][3 if name != MUSCLES else 2]
    refused(lambda: read(name, GOOD[name], changed(name, count, value)), at(name, 3, count), says, "a whole number")


@pytest.mark.parametrize("name", SHEETS)
def test_a_negative_count(read, name):
    count = HEADERS[name][3 if name != MUSCLES else 2]
    refused(lambda: read(name, GOOD[name], changed(name, count, -2)), at(name, 3, count), "holds -2")


@pytest.mark.parametrize("name", [CONNECTOME, MUSCLES])
def test_a_connection_that_counts_nothing(read, name):
    refused(lambda: read(name, changed(name, openworm.COUNT, 0)), at(name, 2, openworm.COUNT), "holds 0", "from 1")


@pytest.mark.parametrize(("name", "types"), [(varshney2011.SHEET, "S, Sp, R, Rp, EJ, NMJ"), (CONNECTOME, "Send, Gap")])
def test_an_unknown_type(read, name, types):
    refused(lambda: read(name, changed(name, "Type", "glia")), at(name, 2, "Type"), "holds 'glia'", types)


@pytest.mark.parametrize(("partner", "type_"), [("NMJ", "S"), ("NMJ", "EJ"), ("AVAR", "NMJ")])
def test_a_junction_onto_muscle_that_is_none(read, partner, type_):
    row = ["AVAL", partner, type_, 1]
    refused(lambda: read(varshney2011.SHEET, row), at(varshney2011.SHEET, 2, "Neuron 2"), "both or neither must be NMJ")


@pytest.mark.parametrize("name", SHEETS)
def test_unknown_cells_are_all_named(read, name):
    rows = [changed(name, HEADERS[name][0], "AVAX"), changed(name, HEADERS[name][1], "QQQ")]
    refused(lambda: read(name, *rows), "2 label(s)", at(name, 2), "'AVAX' (like ", at(name, 3), "'QQQ'", "cells.yaml")


def test_a_muscle_that_does_not_exist(read):
    refused(lambda: read(MUSCLES, ["RMED", "MVL24", 1, "x"]), "1 label(s)", at(MUSCLES, 2, "Muscle"), "'MVL24'")


def test_an_unknown_neuron_of_a_row_that_is_dropped(read):
    refused(lambda: read(varshney2011.SHEET, ["AVAX", "NMJ", "NMJ", 1]), at(varshney2011.SHEET, 2), "'AVAX'")


@pytest.mark.parametrize("name", SHEETS)
def test_no_workbook(tmp_path, cell_tables, name):
    (tmp_path / "e.xls").touch()
    refused(lambda: READ[name](tmp_path / "e.xls", cell_tables), "e.xls", "empty")
    refused(lambda: READ[name](tmp_path / "no.xls", cell_tables), "no.xls", "missing")
    (tmp_path / "h.xls").write_text("<html>")
    refused(lambda: READ[name](tmp_path / "h.xls", cell_tables), "h.xls: is not an Excel workbook", "web page")


@pytest.mark.data
@pytest.mark.parametrize("name", REAL)
@pytest.mark.parametrize("keep", [0.01, 0.3, 0.9])
def test_a_truncated_real_workbook(tmp_path, shared_data, cell_tables, name, keep):
    content = (shared_data / "celegans/connectome" / REAL[name]).read_bytes()
    path = tmp_path / "t.xls"
    path.write_bytes(content[: int(keep * len(content))])
    refused(lambda: READ[name](path, cell_tables), "t.xls", "fetch it again")


# the text


@pytest.fixture
def text(tmp_path, cell_tables):
    """Reads a text of Durbin's layout; blanks stand for tabs."""

    def text(content):
        path = tmp_path / "n.txt"
        path.write_bytes(content if isinstance(content, bytes) else content.replace(" ", "\t").encode())
        return durbin1986.read({"neurodata": path}, cell_tables)

    return text


ROW = "AVAL AVAR Send JSH 2 \n"


@pytest.mark.parametrize("content", [ROW, ROW.replace(" \n", "\n"), ROW.replace("\n", "\r\n"), "\ufeff" + ROW + "\n\n"])
def test_the_good_text_is_read(text, content):
    assert text(content)["chemical"]["weight"].to_list() == [2]


def test_non_breaking_and_trailing_blanks_do_not_count(text):
    assert text("AVAL\u00a0 AVAR Send\u00a0 JSH 2\u00a0 \n")["chemical"]["weight"].to_list() == [2]


@pytest.mark.parametrize("content", ["", b"", " \n", "AVAL AVAR Send  2 \n"])
def test_a_text_with_nothing_in_it(text, content):
    refused(lambda: text(content), "n.txt")


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("AVAL AVAR Send JSH", "n.txt, row 2: has 4 cell(s), 5 were expected"),
        ("AVAL AVAR Send JSH 2 3", "n.txt, row 2: has 6 cell(s)"),
        ("AVAL", "n.txt, row 2: has 1 cell(s)"),
        ("AVAL  Send JSH 2 ", "n.txt, row 2, column partner: is empty"),
        (" AVAR Send JSH 2 ", "n.txt, row 2, column cell: is empty"),
        ("AVAL AVAR glia JSH 2 ", "n.txt, row 2, column type: holds 'glia'"),
        ("AVAL AVAR Send JSX 2 ", "n.txt, row 2, column series: holds 'JSX'"),
        ("AVAL AVAR Send JSH few ", "n.txt, row 2, column count: holds 'few', a number was expected"),
        ("AVAL AVAR Send JSH  ", "n.txt, row 2, column count: holds ''"),
        ("AVAL AVAR Send JSH nan ", "n.txt, row 2, column count: holds 'nan'"),
        ("AVAL AVAR Send JSH -1 ", "n.txt, row 2, column count: holds -1"),
        ("AVAL AVAR Send JSH 1.5 ", "n.txt, row 2, column count: holds 1.5"),
        ("AVAX AVAR Send JSH 1 ", "n.txt, row 2, column cell: 'AVAX' (like "),
    ],
)
def test_a_row_that_cannot_be(text, row, says):
    refused(lambda: text(ROW + row + "\n"), says)


def test_a_header_is_no_row(text):
    refused(lambda: text("cell partner type series count \n" + ROW), "n.txt, row 1, column type: holds 'type'", "Send")


def test_an_empty_row_between(text):
    refused(lambda: text(ROW + "\n" + ROW), "n.txt, row 2: has 1 cell(s)")


def test_another_separator(tmp_path, cell_tables):
    path = tmp_path / "n.txt"
    path.write_text("AVAL,AVAR,Send,JSH,2\n")
    refused(lambda: durbin1986.read({"neurodata": path}, cell_tables), "row 1: has 1 cell(s)", "tab separated")


def test_a_text_that_is_binary(text):
    refused(lambda: text(b"\xff\xfe\x00A"), "n.txt: is not UTF-8 text")


def test_a_text_that_is_missing(tmp_path, cell_tables):
    refused(lambda: durbin1986.read({"neurodata": tmp_path / "n.txt"}, cell_tables), "missing", "fetch the source")


@pytest.mark.data
def test_a_truncated_real_text(tmp_path, shared_data, cell_tables):
    content = (shared_data / "celegans/connectome/varshney2011/neurodata.txt").read_bytes()
    path = tmp_path / "t.txt"
    path.write_bytes(content[:100_001])
    refused(lambda: durbin1986.read({"neurodata": path}, cell_tables), "t.txt, row ", "cell(s)")


@pytest.mark.parametrize("name", SHEETS)
def test_without_the_cells(write_xlsx, name):
    path = write_xlsx("w.xlsx", {other: [HEADERS[other], GOOD[other]] for other in SHEETS})
    refused(lambda: READ[name](path, {}), "celegans/cells")
