"""Venkatachalam 2024: zips of wide CSV made as theirs are."""

from __future__ import annotations

import zipfile

import pytest

T = 4
ABOUT = ["id", "neuron", "strain", "stim", "a", "b", "c", "d", "e"]
HEADER = [*ABOUT, *(str(i) for i in range(98)), *(str(98 + i) for i in range(T)), "end"]


def row(neuron, *values, about=("x",), blank=("",)):
    return ["0", neuron, *about * 7, *blank * 98, *(str(v) for v in values), "z"]


ROWS = [row("AVAL", 1.5, "", 3, 4), row("AVAR", "", "", "nan", ""), row("I1?", 5, 6, 7, 8)]


@pytest.fixture
def worm(tmp_path, read):
    """Reads a zip with one CSV."""

    def run(rows=ROWS, header=HEADER, members=("worm1.csv",), text=None):
        path = tmp_path / "worm1.zip"
        content = text if text is not None else "\n".join(",".join(r) for r in [header, *rows] if r is not None) + "\n"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for member in members:
                archive.writestr(member, content)
        return read("venkatachalam2024", path)

    return run


def test_rows_are_traces_and_column_names_times(worm):
    tables = worm()
    assert tables["recording"]["time_s"].item().to_list() == [0, 0.375, 0.75, 1.125]
    assert tables["trace"].select("trace", "raw_label", "match", "values").rows() == [
        (0, "AVAL", "exact", [1.5, None, 3, 4]),
        (2, "I1?", "ambiguous", [5, 6, 7, 8]),
    ]
    assert tables["subject"]["sex"].to_list() == [None]
    dropped = tables["decision"].filter(action="dropped")["reason"].to_list()
    assert dropped == ["the last column, 'end', is no sample", "no sample was measured"]


def test_what_a_mac_adds_to_a_zip_does_not_count(worm):
    assert worm(members=("worm1.csv", "__MACOSX/._worm1.csv"))["trace"].height == 2


def changed(at, value):
    header = HEADER.copy()
    header[at] = value
    return header


@pytest.mark.parametrize(
    ("given", "texts"),
    [
        ({"header": None}, ["row 1: has no column 'neuron'", "'AVAL'"]),
        ({"header": changed(1, "name")}, ["has no column 'neuron' among the first 9"]),
        ({"header": changed(107, "stim")}, ["column 108 is named 'stim'"]),
        ({"header": changed(107, "")}, ["column 108 is named ''"]),
        ({"header": changed(109, "5")}, ["time does not increase at sample 3"]),
        ({"rows": []}, ["traces x samples"]),
        ({"rows": [ROWS[0], ROWS[0][:-3]]}, ["row 3: has 109 cells, the header 112"]),
        ({"rows": [row("AVAL", 1, "high", 3, 4)]}, ["row 2, column 99: holds 'high'"]),
        ({"rows": [row("AVAL", 1, 2, 3, 4, blank=("7",))]}, ["row 2, column 0: column 10 holds '7'", "blank"]),
        ({"rows": [row("AVAL", 1, 2, 3, "1e39")]}, ["trace 0: sample 4 is no finite"]),
        ({"members": ()}, ["holds 0 CSV files: none"]),
        ({"members": ("a.csv", "b.csv")}, ["holds 2 CSV files: a.csv, b.csv"]),
        ({"text": ""}, ["holds no rows"]),
        ({"text": b"\xff\xfe"}, ["cannot be read as a zip of text"]),
        ({"text": '"open'}, ["cannot be read as CSV"]),
        ({"header": ABOUT, "rows": []}, ["traces x samples"]),
    ],
)
def test_a_file_that_deviates(worm, refused, given, texts):
    refused(lambda: worm(**given), "worm1.zip", *texts)


def test_no_zip_or_half_of_one(worm, read, refused, tmp_path):
    worm()
    path = tmp_path / "worm1.zip"
    whole = path.read_bytes()
    for content, text in [(whole[: len(whole) // 2], "as a zip"), (b"", "is empty"), (b"neuron,1\n", "as a zip")]:
        path.write_bytes(content)
        refused(lambda: read("venkatachalam2024", path), "worm1.zip", text)
