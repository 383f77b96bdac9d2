"""Bad files: each gives one SourceError that says where and what to do, never an error of a library."""

from __future__ import annotations

import json
import zipfile

import h5py
import numpy as np
import polars as pl
import pytest

from ingest import files
from ingest.celegans import cook2019, dag2023, witvliet2021
from schemas.errors import Place, SourceError

EDGE = {"pre": "AVAL", "post": "AVAR", "typ": 0, "syn": [1]}
HEADER = ["pre", "post", "type", "synapses"]
CHEMICAL, GAP = cook2019.SHEETS["chemical"], cook2019.SHEETS["gap_junction"]


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
def stage(write_xlsx, cell_tables):
    """Reads a table of a Witvliet stage from its rows."""
    return lambda *rows, header=HEADER: witvliet2021.read(
        {"stage1_xlsx": write_xlsx("s.xlsx", {"s": [header, *rows]})}, cell_tables
    )


@pytest.fixture
def stage_json(tmp_path, cell_tables):
    """Reads the JSON of a Witvliet stage from its text or content."""

    def read(content):
        path = tmp_path / "s.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return witvliet2021.read({"stage1_json": path}, cell_tables)

    return read


@pytest.fixture
def si5(write_xlsx, cell_tables):
    """Reads a Cook workbook from its sheets."""
    return lambda sheets: cook2019.read({"si5": write_xlsx("si5.xlsx", sheets)}, cell_tables)


def matrix(*body, names=("AVAL", "AVAR")):
    return [["G"], [None], [None, None, None, *names, None], *body, [None, None, None, *names, None]]


def rows(first="1", names=("AVAL", "AVAR")):
    return [[None, None, names[0], first, None, names[0]], [None, None, names[1], None, None, names[1]]]


# workbooks


def test_missing_file(tmp_path, cell_tables):
    refused(lambda: cook2019.read({"si5": tmp_path / "no.xlsx"}, cell_tables), "no.xlsx", "missing", "fetch the source")


def test_folder_instead_of_file(tmp_path, cell_tables):
    refused(lambda: cook2019.read({"si5": tmp_path}, cell_tables), "is a folder")


def test_empty_file(tmp_path, cell_tables):
    (tmp_path / "e.xlsx").touch()
    refused(lambda: cook2019.read({"si5": tmp_path / "e.xlsx"}, cell_tables), "e.xlsx", "empty")


@pytest.mark.parametrize(
    ("content", "looks"),
    [(b"<!DOCTYPE html><html>", "web page"), (b"\x89HDF\r\n\x1a\n" + b"0" * 99, "HDF5"), (b"pre,post\n", "begins")],
)
def test_wrong_kind_of_workbook(tmp_path, cell_tables, content, looks):
    path = tmp_path / "w.xlsx"
    path.write_bytes(content)
    refused(lambda: cook2019.read({"si5": path}, cell_tables), "w.xlsx: is not an Excel workbook", looks)


@pytest.mark.parametrize("keep", [0.2, 0.5, 0.95])
def test_truncated_workbook(write_xlsx, cell_tables, keep):
    path = write_xlsx("t.xlsx", {CHEMICAL: matrix(*rows()), GAP: matrix(*rows())})
    content = path.read_bytes()
    path.write_bytes(content[: int(keep * len(content))])
    refused(lambda: cook2019.read({"si5": path}, cell_tables), "t.xlsx: cannot be opened", "fetch it again")


def test_missing_sheet_names_those_there_are(si5):
    text = refused(lambda: si5({CHEMICAL: matrix(*rows()), "other": [["x"]]}), f"has no sheet '{GAP}'")
    assert "'other'" in text


def test_earlier_version_of_si5(si5):
    sheets = {CHEMICAL: matrix(*rows()), "herm gap jn symmetric": matrix(*rows())}
    refused(lambda: si5(sheets), "earlier version", "corrected July 2020")


def test_a_sheet_of_another_layout(si5):
    refused(lambda: si5({CHEMICAL: [["a", "b"], [1, 2]], GAP: matrix(*rows())}), "names were expected in row 3")


def test_a_weight_that_is_no_number(si5):
    sheets = {CHEMICAL: matrix(*rows("many")), GAP: matrix(*rows())}
    refused(lambda: si5(sheets), f"si5.xlsx, sheet '{CHEMICAL}', row 4, column D: holds 'many', a number was expected")


@pytest.mark.parametrize(("text", "says"), [("-2", "not negative"), ("nan", "a number"), ("inf", "a number")])
def test_a_weight_that_cannot_be(si5, text, says):
    refused(lambda: si5({CHEMICAL: matrix(*rows(text)), GAP: matrix(*rows())}), "row 4, column D", says)


def test_a_name_twice_in_the_margin(si5):
    names = ("AVAL", "AVAL")
    sheets = {CHEMICAL: matrix(*rows(names=names), names=names), GAP: matrix(*rows())}
    refused(lambda: si5(sheets), "'AVAL' stands twice, first at")


def test_a_weight_under_no_name(si5):
    body = [[None, None, "AVAL", None, None, 7], [None, None, "AVAR", None, None, "AVAR"]]
    refused(lambda: si5({CHEMICAL: matrix(*body), GAP: matrix(*rows())}), "row 4, column F: '7' stands under no name")


def test_all_unknown_neurons_of_a_matrix(si5):
    names = ("AVAX", "QQQ")
    body = [[None, None, "AVAX", 1, 1, "AVAX"], [None, None, "QQQ", None, 2, "QQQ"]]
    sheets = {CHEMICAL: matrix(*body, names=names), GAP: matrix(*rows())}
    refused(lambda: si5(sheets), "2 label(s)", "row 4, column C: 'AVAX' (like ", "row 5, column C: 'QQQ'", "cells.yaml")


# tables of a stage


def test_missing_column(stage):
    refused(lambda: stage(["AVAL", "AVAR", 1], header=["pre", "post", "synapses"]), "has no column 'type'", "synapses")


def test_column_twice(stage):
    header = [*HEADER, "pre"]
    refused(lambda: stage(["AVAL", "AVAR", "chemical", 1, "x"], header=header), "column 'pre' more than once")


def test_cells_of_another_type_are_all_named(stage):
    bad = [["AVAL", "AVAR", "chemical", "few"], ["AVAL", None, "chemical", 1], ["AVAL", "AVAR", "chemical", 1.5]]
    refused(
        lambda: stage(*bad),
        "s.xlsx, sheet 's', row 2, column synapses: holds 'few', a whole number was expected",
        "row 3, column post: is empty",
        "row 4, column synapses: holds '1.5'",
    )


@pytest.mark.parametrize(
    ("kind", "count", "says"), [("glia", 1, "column type: holds 'glia'"), ("chemical", 0, "holds 0")]
)
def test_values_that_cannot_be(stage, kind, count, says):
    refused(lambda: stage(["AVAL", "AVAR", kind, count]), "row 2", says)


def test_unknown_neurons_of_a_table(stage):
    text = refused(
        lambda: stage(["AVAL", "AVAX", "chemical", 1], ["ZZZ", "AVAL", "electrical", 1]),
        "2 label(s)",
        "s.xlsx, sheet 's', row 2, column post: 'AVAX'",
        "s.xlsx, sheet 's', row 3, column pre: 'ZZZ'",
    )
    assert "AVAL" in text  # suggested


def test_the_error_of_unknown_neurons_stands_at_the_first(stage):
    with pytest.raises(SourceError) as caught:
        stage(["AVAL", "AVAR", "chemical", 1], ["AVAL", "AVAX", "chemical", 1])
    assert caught.value.place == Place("s.xlsx", "s", 3, "post")


def test_a_table_without_rows(stage):
    refused(stage, "s.xlsx, sheet 's': lists no connection")


def test_a_workbook_without_sheets(write_xlsx, cell_tables):
    path = write_xlsx("s.xlsx", {})
    refused(lambda: witvliet2021.read({"stage1_xlsx": path}, cell_tables), "s.xlsx: is a workbook without a sheet")


def test_a_formula_that_failed_is_no_empty_cell(write_xlsx, cell_tables):
    path = write_xlsx("si5.xlsx", {CHEMICAL: matrix(*rows()), GAP: matrix(*rows())})
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    cell = b'<c r="D4" t="inlineStr"><is><t>1</t></is></c>'
    assert cell in parts["xl/worksheets/sheet0.xml"]
    parts["xl/worksheets/sheet0.xml"] = parts["xl/worksheets/sheet0.xml"].replace(
        cell, b'<c r="D4" t="e"><v>#REF!</v></c>'
    )
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    refused(lambda: cook2019.read({"si5": path}, cell_tables), "row 4, column D: holds ", "Error(Ref)", "a number")


@pytest.mark.parametrize("text", ["1_0", "", "1e999", "nan", "0x10", "1,5"])
def test_texts_that_are_no_numbers(text):
    refused(lambda: files.number(text, Place("f", row=1)), f"f, row 1: holds {text!r}")


def test_an_empty_sheet(write_xlsx, cell_tables):
    path = write_xlsx("s.xlsx", {"s": []})
    refused(lambda: witvliet2021.read({"stage1_xlsx": path}, cell_tables), "the sheet is empty")


def test_no_stage_at_all(cell_tables):
    refused(lambda: witvliet2021.read({}, cell_tables), "no file of any stage")


# JSON of a stage

GOOD = {"pre": "AVAL", "post": "AVAR", "typ": 0, "syn": [1, 1]}


def test_json_is_cut_off(stage_json):
    refused(lambda: stage_json(json.dumps([GOOD], indent=1)[:-9]), "s.json, row ", "is not JSON")


def test_json_is_not_text(tmp_path):
    path = tmp_path / "b.json"
    path.write_bytes(b"\x1f\x8b\xff\xfe")
    refused(lambda: files.read_json(path), "not UTF-8", "gzip")


@pytest.mark.parametrize("content", [{}, [], "5"])
def test_json_of_another_shape(stage_json, content):
    refused(lambda: stage_json(content), "holds no list of connections")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"typ": 1}, "typ is 1"),
        ({"typ": [0]}, "typ is [0]"),
        ({"syn": []}, "syn is []"),
        ({"syn": [0]}, "syn is [0]"),
        ({"syn": ["1"]}, "syn is ['1']"),
        ({"syn": 3}, "syn is 3"),
        ({"pre": None}, "pre and post must be names"),
        ({"post": " "}, "pre and post must be names"),
    ],
)
def test_a_record_that_is_no_connection(stage_json, change, says):
    refused(lambda: stage_json([GOOD, GOOD | change]), "s.json, row 2", says)


def test_a_record_without_a_field(stage_json):
    record = {k: v for k, v in GOOD.items() if k != "syn"}
    refused(lambda: stage_json([record]), "row 1: record has no 'syn'", "pre, post, typ")


def test_a_record_that_is_no_object(stage_json):
    refused(lambda: stage_json([GOOD, 7]), "row 2: record is no object")


# recordings


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("[" * 100_000, "s.json: cannot be read as JSON: maximum recursion"),
        ('[{"pre": "AVAL", "pre": "AVAR", "post": "AVAL", "typ": 0, "syn": [1]}]', "a key stands twice"),
        ('[{"pre": "AVAL", "post": "AVAR", "typ": 0, "syn": [' + "1" * 5000 + "]}]", "s.json: cannot be read as JSON"),
        ('[{"pre": "AVAL", "post": "AVAR", "typ": 0, "syn": [' + "1" * 400 + "]}]", "s.json, row 1: syn is "),
        ('[{"pre": "AVAL", "post": "AVAR", "typ": 0, "syn": [1e308, 1e308]}]', "s.json, row 1: syn is "),
        ('[{"pre": "AVAL", "post": "AVA\\ud800", "typ": 0, "syn": [1]}]', "row 1: pre and post must be names"),
    ],
)
def test_json_that_python_alone_would_stumble_over(stage_json, content, says):
    refused(lambda: stage_json(content), says)


def test_blanks_around_the_labels_of_a_json(stage_json):
    found = stage_json([{"pre": "Fragment ", "post": " AVAL\u00a0", "typ": 0, "syn": [1]}, {**EDGE, "pre": "AVAR "}])
    assert found["chemical"].height == 1
    assert found["decision"].filter(pl.col("action") == "dropped")["item"].to_list()[-1] == "Fragment -> AVAL"


@pytest.fixture
def worm(tmp_path, cell_tables):
    """Writes a worm's two files, lets the test spoil them, and reads them."""

    def read(spoil=lambda _path: None, labels=None, **arrays):
        path, table = tmp_path / "w.h5", tmp_path / "labels.json"
        content = {
            "gcamp/traces_array_F_F20": np.ones((5, 4)),
            "timing/timestamp_confocal": np.arange(5.0),
            "behavior/reversal_vec": np.zeros(5),
        }
        with h5py.File(path, "w") as file:
            for name, array in (content | {k.replace("__", "/"): v for k, v in arrays.items()}).items():
                if array is not None:
                    file[name] = array
        table.write_text(json.dumps({"w": [{"1": {"label": "AVAL"}}, {}]} if labels is None else labels))
        spoil(path)
        return dag2023.read({"w": path, "labels": table}, cell_tables)

    return read


def test_the_unspoilt_worm_is_read(worm):
    assert worm()["trace"]["match"].to_list() == ["exact", "unlabelled", "unlabelled", "unlabelled"]


@pytest.mark.parametrize("keep", [0.3, 0.9])
def test_truncated_hdf5(worm, keep):
    def cut(path):
        content = path.read_bytes()
        path.write_bytes(content[: int(keep * len(content))])

    refused(lambda: worm(cut), "w.h5: cannot be read as HDF5", "truncated")


@pytest.mark.data
def test_truncated_real_recording(tmp_path, shared_data, cell_tables):
    folder = shared_data / "celegans/calcium/dag2023_flavell"
    path = tmp_path / "t.h5"
    path.write_bytes((folder / "2022-07-26-31-data.h5").read_bytes()[:2_000_000])
    labels = folder / "NeuroPAL_labels_dict.derived.json"
    read = {"2022-07-26-31": path, "labels": labels}
    refused(lambda: dag2023.read(read, cell_tables), "t.h5: cannot be read as HDF5")


@pytest.mark.data
def test_truncated_real_labels(tmp_path, shared_data, cell_tables):
    folder = shared_data / "celegans/calcium/dag2023_flavell"
    path = tmp_path / "t.jld2"
    path.write_bytes((folder / "NeuroPAL_labels_dict.jld2").read_bytes()[:900_000])
    read = {"2022-07-26-31": folder / "2022-07-26-31-data.h5", "labels": path}
    refused(lambda: dag2023.read(read, cell_tables), "t.jld2: cannot be read as HDF5")


def test_jld2_of_something_else(tmp_path, cell_tables):
    path = tmp_path / "l.jld2"
    with h5py.File(path, "w") as file:
        file["NeuroPAL_labels"] = np.arange(3)
    refused(lambda: dag2023.read({"labels": path}, cell_tables), "l.jld2", "another structure", "NeuroPAL_labels_dict")


def test_not_hdf5(worm):
    refused(lambda: worm(lambda p: p.write_text("<html>")), "w.h5: is not HDF5", "web page")


def test_data_set_missing(worm):
    refused(lambda: worm(timing__timestamp_confocal=None), "has no data set 'timing/timestamp_confocal'", "gcamp")


def test_data_set_of_another_shape(worm):
    refused(lambda: worm(gcamp__traces_array_F_F20=np.ones(5)), "has 1 dimension(s)", "2 of numbers")


def test_times_and_samples_differ_in_number(worm):
    refused(lambda: worm(timing__timestamp_confocal=np.arange(4.0)), "5 samples", "4 times")


@pytest.mark.parametrize("times", [[0, 1, 1, 2, 3], [0, 1, 0.5, 2, 3]])
def test_time_does_not_increase(worm, times):
    refused(lambda: worm(timing__timestamp_confocal=np.array(times, float)), "row 3: time does not increase")


@pytest.mark.parametrize(("times", "row"), [([0, 1, np.nan, 2, 3], 3), ([0, 1, 2, 3, np.inf], 5)])
def test_time_that_is_no_number(worm, times, row):
    refused(
        lambda: worm(timing__timestamp_confocal=np.array(times, float)), f"row {row}: holds ", "a time was expected"
    )


def test_behaviour_that_is_no_number(worm):
    refused(lambda: worm(behavior__reversal_vec=np.array([0, 1, np.nan, 1, 0])), "row 3: holds nan", "a number")


@pytest.mark.parametrize("value", [np.inf, -np.inf, 1e39])
def test_a_value_that_the_table_cannot_hold(worm, value):
    values = np.ones((5, 4))
    values[2, 1] = value
    refused(lambda: worm(gcamp__traces_array_F_F20=values), "row 3, column 2: holds ", "NaN for none")


def test_label_of_a_trace_that_does_not_exist(worm):
    labels = {"w": [{"5": {"label": "AVAL"}}, {}]}
    refused(lambda: worm(labels=labels), "labels trace 5 as 'AVAL'", "w.h5 has 4 traces", "belong together")


@pytest.mark.parametrize("index", ["0", "-1", "x", "\u00b2"])
def test_index_of_a_trace_counts_from_one(worm, index):
    refused(lambda: worm(labels={"w": [{index: {"label": "AVAL"}}, {}]}), f"'{index}' is no index", "count from 1")


@pytest.mark.parametrize("entry", [{}, {"label": None}, {"label": " "}, 5])
def test_entry_without_a_label(worm, entry):
    refused(lambda: worm(labels={"w": [{"1": entry}, {}]}), "trace 1: the entry has no label")


def test_confidence_that_is_none(worm):
    labels = {"w": [{"1": {"label": "AVAL", "confidence": "high"}}, {}]}
    refused(lambda: worm(labels=labels), "confidence is 'high'")


def test_labels_of_another_worm(worm):
    refused(lambda: worm(labels={"v": [{}, {}]}), "has no labels of 'w'", "v")


def test_labels_of_another_shape(worm):
    refused(lambda: worm(labels=[1]), "holds no table of recordings")


def test_unknown_neurons_of_a_recording(worm):
    labels = {"w": [{"1": {"label": "AVAX"}, "2": {"label": "ZZZ"}}, {}]}
    refused(lambda: worm(labels=labels), "2 label(s)", "column trace 1: 'AVAX' (like ", "column trace 2: 'ZZZ'")


def test_no_recording_and_no_labels(tmp_path, cell_tables):
    path = tmp_path / "labels.json"
    path.write_text("{}")
    refused(lambda: dag2023.read({"labels": path}, cell_tables), "no recording")
    refused(lambda: dag2023.read({"w": path}, cell_tables), "labels is missing")


# delimited text (read by several readers)

COLUMNS = {"id": pl.Int64(), "x": pl.Float64()}


@pytest.fixture
def text(tmp_path):
    """Reads a delimited text of two columns."""

    def read(content, **options):
        path = tmp_path / "t.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return files.read_table(path, ";", COLUMNS, **options)

    return read


def test_good_text_is_read(text):
    found = text("\ufeffid;y;x\n1;a;2.5\n2.0;b;3\n\n")
    assert found.rows() == [(1, 2.5), (2, 3.0)]
    assert dict(found.schema) == COLUMNS


def test_null_values_and_empty_cells_where_allowed(text):
    found = text("id;x\n1;NA\n2;\n3; \n4;nan\n", nullable=["x"], null_values=["NA", "nan"])
    assert found["x"].to_list() == [None] * 4


def test_nan_is_not_an_empty_cell(text):
    refused(
        lambda: text("id;x\n1;\n2;NaN\n", nullable=["x"]), "t.csv, row 3, column x: holds ", "a number was expected"
    )


def test_line_ends_of_an_old_kind(text):
    refused(lambda: text("id;x\r1;2\r"), "t.csv: cannot be read", "line ends")


def test_text_cells_are_named_with_row_and_column(text):
    refused(
        lambda: text("id;x\n1;2\n;3\nb;nan\n4;oops\n"),
        "t.csv, row 3, column id: is empty",
        "row 4, column id: holds 'b'",
        "row 4, column x",
        "row 5, column x: holds 'oops', a number was expected",
    )


def test_text_with_a_missing_column(text):
    refused(lambda: text("id;y\n1;2\n"), "t.csv, row 1: has no column 'x'", "id, y")


def test_text_with_too_many_cells(text):
    refused(lambda: text("id;x\n1;2\n1;2;3\n"), "t.csv, row 3: has more cells than the header")


def test_text_that_is_binary(text):
    refused(lambda: text(b"id;x\n\xff\xfe;1\n"), "t.csv")


def test_text_with_nothing_in_it(text):
    assert text("id;x\n").height == 0
