"""Beets et al. 2023: pairs of peptide and receptor, the names of both, and bad tables."""

from __future__ import annotations

import polars as pl
import pytest

from ingest.celegans import beets2023
from ingest.celegans.beets2023 import HEADER
from schemas.errors import SourceError

ROW = ["C46F4.1-1", "EGL-6-1", "FLP-5-2", "-6.013", "-6.098 to -5.929", "9.694E-07"]


@pytest.fixture(scope="module")
def path(shared_data):
    return shared_data / "celegans/neurons/deorphanization_media_6.csv"


@pytest.fixture(scope="module")
def tables(path):
    return beets2023.read({"pairs": path}, {})


@pytest.fixture
def read(tmp_path):
    """Reads a table of these rows, the file's own blanks after them."""

    def written(*rows, header=HEADER):
        file = tmp_path / "pairs.csv"
        lines = [",".join([*row, "", ""]) for row in (header, *rows)]
        file.write_text("\r\n".join(lines) + "\r\n", encoding="utf-8")
        return beets2023.read({"pairs": file}, {})

    return written


def row(**changed):
    names = ("id", "receptor", "peptide", "log", "ci", "ec50")
    return [changed.get(name, value) for name, value in zip(names, ROW, strict=True)]


@pytest.mark.data
def test_tables_are_valid(tables, check_tables):
    check_tables(tables)


@pytest.mark.data
def test_every_pair_of_the_file_is_a_binding(tables):
    binding = tables["binding"]
    assert binding.height == 459
    assert binding["receptor_form"].n_unique() == 66
    assert binding["receptor"].n_unique() == len({form.rpartition("-")[0] for form in binding["receptor_form"]}) == 55
    assert (binding["low_molar"] <= binding["ec50_molar"] * 1.01).all()
    assert (binding["high_molar"] >= binding["ec50_molar"] * 0.99).all()
    assert binding["ec50_molar"].min() == pytest.approx(1.315e-13)


@pytest.mark.data
def test_genes_are_those_that_routes_name(tables):
    found = tables["binding"].filter(pl.col("ligand_form") == "pyroFLP-10-1")["ligand"].unique().to_list()
    assert found == ["flp-10"]
    pairs = set(tables["binding"].select("ligand", "receptor").iter_rows())
    assert {("flp-18", "npr-5"), ("pdf-1", "pdfr-1"), ("ntc-1", "ntr-1"), ("flp-21", "npr-1")} <= pairs


@pytest.mark.data
def test_what_was_changed_or_left_is_told(tables):
    rows = tables["decision"].select("action", "item", "row").rows()
    assert rows == [
        ("renamed", "NLP-62-1 (C1-C8)", 373),
        ("renamed", "NTC-1-1 (C1-C6)", 387),
        ("renamed", "NLP-64-2 (C4-C11)", 396),
        ("dropped", "GPCR ID", 1),
    ]


def test_a_row_becomes_a_binding_in_mol_per_l(read):
    (found,) = read(ROW)["binding"].rows(named=True)
    assert (found["ligand"], found["ligand_form"]) == ("flp-5", "FLP-5-2")
    assert (found["receptor"], found["receptor_form"]) == ("egl-6", "EGL-6-1")
    assert found["ec50_molar"] == 9.694e-7
    assert (found["low_molar"], found["high_molar"]) == pytest.approx((10**-6.098, 10**-5.929))


def test_a_concentration_that_is_not_its_logarithm_is_told(read):
    decision = read(row(ec50="1.1E-06"))["decision"].row(0, named=True)
    assert (decision["action"], decision["item"], decision["row"]) == ("differs", "FLP-5-2 on EGL-6-1", 2)


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([], "lists no pair"),
        ([row(receptor="EGL6")], "row 2, column GPCR name: holds 'EGL6'"),
        ([row(peptide="FLP 5 2")], "row 2, column Peptide: holds 'FLP 5 2'"),
        ([row(log="low")], "column log EC50 (M): holds 'low', a number was expected"),
        ([row(log="nan")], "column log EC50 (M): holds 'nan'"),
        ([row(ci="-6.1; -5.9")], "column 95% Confidence Interval: holds '-6.1; -5.9'"),
        ([row(log="-5.1")], "holds -5.1, outside its interval -6.098 to -5.929"),
        ([row(ec50="-1E-06")], "column EC50 (M): holds '-1E-06'"),
        ([ROW, ROW], "row 3: holds FLP-5-2 on EGL-6-1 again, first in row 2"),
        ([ROW[:4]], "row 2: has 6 cell(s), 8 were expected"),
    ],
)
def test_bad_tables_are_refused_with_their_place(read, rows, says):
    with pytest.raises(SourceError) as caught:
        read(*rows)
    assert says in str(caught.value)


def test_a_header_that_is_shifted_is_another_file(read):
    with pytest.raises(SourceError, match="has the header C46F4"):
        read(HEADER, header=ROW)
