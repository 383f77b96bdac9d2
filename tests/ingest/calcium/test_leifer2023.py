"""Randi 2023: text files made as theirs are."""

from __future__ import annotations

import pytest

from ingest import run
from ingest.fetch import fetch
from ingest.source import source

GCAMP = "1.0e+00 nan 3.0e+00\n2.5e+00 nan nan\n4.0e+00 nan 9.0e-01\n"
LABELS = "AVAL\n\nmerge\n"
TIMES = "1.50e+00\n2.00e+00\n2.75e+00\n"


@pytest.fixture
def worm(tmp_path, read):
    """Reads the three files of worm 0; None: the file is absent."""

    def run(gcamp=GCAMP, labels=LABELS, times=TIMES):
        paths = []
        for part, content in (("gcamp", gcamp), ("labels", labels), ("t", times)):
            path = tmp_path / f"0_{part}.txt"
            if content is not None:
                path.write_bytes(content if isinstance(content, bytes) else content.encode())
                paths.append(path)
        return read("leifer2023", *paths)

    return run


def test_numbers_names_and_times(worm):
    tables = worm()
    assert tables["recording"]["uid"].item() == "celegans/leifer2023/0"
    assert tables["recording"]["time_s"].item().to_list() == [0, 0.5, 1.25]
    assert tables["trace"].select("trace", "raw_label", "match", "values").rows() == [
        (0, "AVAL", "exact", [1.0, 2.5, 4.0]),
        (2, "merge", "unlabelled", [3.0, None, pytest.approx(0.9)]),
    ]
    assert tables["decision"].select("item", "column").rows() == [("0 merge", "trace 2"), ("0 1", "trace 1")]


def test_labels_beyond_the_traces_are_a_decision(worm):
    tables = worm(labels=LABELS + "\nAVAR\nAVBL\n")
    assert tables["decision"].filter(action="dropped", item="0 labels")["reason"].item().endswith("trace: AVAR, AVBL")


def test_a_class_is_never_given_a_side(worm):
    found = worm(labels="AVA\n\nAVA \n")["trace"]
    assert found.select("raw_label", "node", "match").rows() == [("AVA", None, "ambiguous")] * 2


def test_names_of_the_last_traces_may_be_absent_and_lines_end_in_any_way(worm):
    assert worm(labels="AVAL\r\n\r\n\r\n", gcamp=GCAMP.replace("\n", "\r\n"))["trace"]["raw_label"][1] is None
    assert worm(labels="AVAL\n\nmerge", gcamp=GCAMP + "\n")["trace"].height == 2


@pytest.mark.parametrize(
    ("changed", "texts"),
    [
        ({"labels": None}, ["0_labels.txt: the file is missing", "0_gcamp.txt, 0_t.txt"]),
        ({"times": None}, ["0_t.txt: the file is missing"]),
        ({"gcamp": None}, ["0_gcamp.txt: the file is missing"]),
        ({"gcamp": ""}, ["0_gcamp.txt", "is empty"]),
        ({"gcamp": "\n \n"}, ["holds nothing but blanks"]),
        ({"gcamp": GCAMP[:-9]}, ["0_gcamp.txt, row 3: has 2 number(s), the first row 3"]),
        ({"gcamp": GCAMP.replace("2.5e+00", "2.5e+0O")}, ["row 2, column 1: holds '2.5e+0O'"]),
        ({"gcamp": "a b c\n" + GCAMP}, ["row 1, column 1: holds 'a'"]),
        ({"gcamp": GCAMP.replace("9.0e-01", "inf")}, ["trace 2: sample 3 is no finite"]),
        ({"gcamp": b"\xff\xfe1 2\n"}, ["is not UTF-8"]),
        ({"gcamp": GCAMP[:20]}, ["3 x 1 values", "3 times"]),
        ({"labels": "AVAL\n"}, ["0_labels.txt: has 1 labels, the recording 3 traces"]),
        ({"times": TIMES[:18]}, ["2 times"]),
        ({"times": "1 2\n3 4\n5 6\n"}, ["0_t.txt, row 1: has 2 numbers"]),
        ({"times": "1\n3\n2\n"}, ["time does not increase at sample 3"]),
        ({"times": "1\nnan\n3\n"}, ["time does not increase at sample 2"]),
        ({"times": "1\n\n3\n"}, ["0_t.txt, row 2: has 0 number(s)"]),
    ],
)
def test_a_file_that_deviates(worm, refused, changed, texts):
    refused(lambda: worm(**changed), *texts)


def test_from_a_folder_with_many_worms_to_a_dataset(tmp_path, cell_tables, check_tables):
    folder = tmp_path / "randi"
    folder.mkdir()
    for i in (0, 2, 10):
        for part, content in (("gcamp", GCAMP), ("labels", LABELS), ("t", TIMES), ("stim", "not ours")):
            (folder / f"{i}_{part}.txt").write_text(content)
    spec = source("celegans/leifer2023")
    got = fetch(spec, tmp_path / "downloads", from_dir=folder)
    assert len(got.files) == 9
    dataset = run.ingest(spec, got.files, cell_tables, got.provenance)
    check_tables(dataset.tables)
    assert dataset.tables["subject"]["uid"].to_list() == [f"celegans/leifer2023/{i}" for i in (0, 2, 10)]
    unknown = dataset.tables["decision"].filter(dataset.tables["decision"]["reason"].str.contains("does not know"))
    assert sorted(unknown["file"]) == sorted(path.name for path in got.files.values())
