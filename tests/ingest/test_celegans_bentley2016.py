"""Bentley et al. 2016: the numbers of the two edge lists, and what happens to odd rows."""

from __future__ import annotations

import csv
import json

import polars as pl
import pytest

from ingest.celegans import bentley2016
from ingest.celegans.bentley2016 import LIGANDS, TRANSMITTERS
from schemas.errors import SourceError

CELL = "celegans/hermaphrodite/"
GOOD = {"monoamine": "RIML,ALML,tyramine,lgc-55\n", "peptide": "AIAL,AIAL,flp-1,npr-11\n"}


@pytest.fixture(scope="module")
def files(shared_data):
    folder = shared_data / "celegans/connectome/bentley2016"
    return {"monoamine": folder / "edgelist_MA.csv", "peptide": folder / "edgelist_NP.csv"}


@pytest.fixture(scope="module")
def tables(files, cell_tables):
    return bentley2016.read(files, cell_tables)


@pytest.fixture
def read(tmp_path, cell_tables):
    """Reads the two files from their texts; one that is not given is sound."""

    def made(**texts):
        files = {}
        for kind, text in (GOOD | texts).items():
            files[kind] = tmp_path / f"{kind}.csv"
            files[kind].write_bytes(text if isinstance(text, bytes) else text.encode())
        return bentley2016.read(files, cell_tables)

    return made


def edges(tables, kind):
    found = tables[kind].select("source", "target", LIGANDS[kind], "receptor")
    return [(s.removeprefix(CELL), t.removeprefix(CELL), a, r) for s, t, a, r in found.iter_rows()]


@pytest.mark.data
def test_tables_are_valid(tables, check_tables):
    check_tables(tables)


@pytest.mark.data
@pytest.mark.parametrize("kind", LIGANDS)
def test_every_row_of_the_file_is_an_edge_and_nothing_else_is(kind, files, tables):
    with files[kind].open() as stream:
        rows = [tuple(row) for row in csv.reader(stream)]
    assert len(set(rows)) == len(rows)
    assert edges(tables, kind) == rows
    assert tables["decision"].height == 0
    assert set(tables[kind]["weight"]) == {1.0}


@pytest.mark.data
def test_monoamine_rows_and_pairs(tables):
    found = tables["monoamine"]
    assert found.height == 2626
    assert found.select("source", "target").n_unique() == 1952
    rows = dict(found.group_by("transmitter").len().iter_rows())
    assert rows == {"dopamine": 1752, "serotonin": 540, "tyramine": 262, "octopamine": 72}
    assert set(rows) == set(TRANSMITTERS)
    assert found["receptor"].n_unique() == 17


@pytest.mark.data
def test_peptide_rows_and_pairs_and_how_many_genes_they_name(tables):
    found = tables["peptide"]
    assert found.height == 8931
    assert found.select("source", "target").n_unique() == 7078
    assert (found["peptide"].n_unique(), found["receptor"].n_unique()) == (15, 12)
    assert found.select("peptide", "receptor").n_unique() == 22


@pytest.mark.data
def test_the_source_releases(tables):
    """Dopamine comes from the eight neurons that make it and reaches many more."""
    dopamine = tables["monoamine"].filter(pl.col("transmitter") == "dopamine")
    makers = {"CEPDL", "CEPDR", "CEPVL", "CEPVR", "ADEL", "ADER", "PDEL", "PDER"}
    assert set(dopamine["source"].str.strip_prefix(CELL)) == makers
    assert dopamine["target"].n_unique() > 100


@pytest.mark.data
def test_the_networks_say_what_a_row_and_its_weight_are(tables):
    networks = {row["uid"]: row for row in tables["network"].iter_rows(named=True)}
    assert list(networks) == ["celegans/bentley2016/monoamine", "celegans/bentley2016/peptide"]
    assert {(n["kind"], n["directed"], n["weight_unit"]) for n in networks.values()} == {
        ("monoamine", True, "ligand-receptor pairs"),
        ("peptide", True, "ligand-receptor pairs"),
    }
    said = {kind: json.loads(networks[f"celegans/bentley2016/{kind}"]["parameters"]) for kind in LIGANDS}
    assert said["monoamine"]["transmitters"] == ["dopamine", "octopamine", "serotonin", "tyramine"]
    assert (len(said["peptide"]["peptides"]), len(said["peptide"]["receptors"])) == (15, 12)


def test_a_repeated_row_is_one_edge_and_a_decision(read, check_tables):
    rows = "DA1,AVAL,flp-1,npr-1\nDA1,AVAL,flp-1,npr-4\n\u00a0DA01,AVAL ,flp-1,npr-1\n"
    tables = read(peptide=rows)
    check_tables(tables)
    assert edges(tables, "peptide") == [("DA1", "AVAL", "flp-1", "npr-1"), ("DA1", "AVAL", "flp-1", "npr-4")]
    assert tables["peptide"]["weight"].to_list() == [1.0, 1.0]
    assert tables["decision"].select("action", "item", "row", "reason").rows() == [
        ("renamed", "DA01", 3, "padded: it is DA1 in celegans/hermaphrodite"),
        ("merged", "DA01 -> AVAL flp-1 npr-1", 3, "repeats the row at peptide.csv, row 1; it is one route"),
    ]


def test_blanks_byte_order_mark_and_empty_lines_at_the_end_do_not_count(read):
    tables = read(monoamine="\ufeffRIML\u00a0, ALML,tyramine ,\u00a0lgc-55\r\n\r\n\n")
    assert edges(tables, "monoamine") == [("RIML", "ALML", "tyramine", "lgc-55")]
    assert tables["decision"].height == 0


def test_a_route_to_the_cell_itself_is_kept(read):
    assert edges(read(), "peptide") == [("AIAL", "AIAL", "flp-1", "npr-11")]


BAD = [
    ("", "peptide.csv: the file is empty"),
    ("\n \n", "peptide.csv: holds nothing but blanks"),
    ("AIAL,AIAL,flp-1,npr-11\nAIAL,AI", "peptide.csv, row 2: has 2 cell(s), 4 were expected"),
    ("\nAIAL,AIAL,flp-1,npr-11\n", "row 1: has 0 cell(s), 4 were expected"),
    ("AIAL,AIAL,flp-1,npr-11,5\n", "row 1: has 5 cell(s), 4 were expected"),
    ("AIAL,AIAL,flp-1\n", "row 1: has 3 cell(s), 4 were expected"),
    ("AIAL;AIAL;flp-1;npr-11\n", "row 1: has 1 cell(s), 4 were expected"),
    ("source,target,peptide,receptor\n", "row 1, column ligand: holds 'peptide', the name of a gene was expected"),
    ("AIAL,AIAL,flp-1,\u00a0\n", "row 1, column receptor: is empty"),
    (",AIAL,flp-1,npr-1\n", "row 1, column source: is empty"),
    ("AIAL,AIAL,flp-1,nan\n", "row 1, column receptor: holds 'nan', the name of a gene was expected"),
    ("AIAL,AIAL,flp-1,-3\n", "row 1, column receptor: holds '-3'"),
    ("flp-1,AIAL,AIAL,npr-1\n", "row 1, column ligand: holds 'AIAL', the name of a gene was expected"),
    ("AIAL,AIAL,flp-1,any\n", "row 1, column receptor: holds 'any'"),
    ("AIAL,AVAX,flp-1,npr-1\nZZZ,AIAL,flp-1,npr-1\n", "2 label(s)", "row 1, column target: 'AVAX' (like ", "'ZZZ'"),
    (b"AIAL,AIAL,\xff\xfe,npr-1\n", "peptide.csv: is not UTF-8 text"),
    ('AIAL,"AIAL,flp-1,npr-1\n', "peptide.csv: cannot be read as cells"),
]


@pytest.mark.parametrize(("text", "says"), [(text, says) for text, *says in BAD])
def test_a_bad_file_says_where(read, text, says):
    with pytest.raises(SourceError) as caught:
        read(peptide=text)
    assert [part for part in says if part not in str(caught.value)] == [], str(caught.value)
    assert caught.value.hint


@pytest.mark.parametrize("text", ["DA", "Dopamine", "acetylcholine", "any", "flp-1"])
def test_a_transmitter_is_one_of_four(read, text):
    with pytest.raises(SourceError, match=r"row 1, column ligand: holds .*, a transmitter was expected") as caught:
        read(monoamine=f"RIML,ALML,{text},lgc-55\n")
    assert "dopamine, octopamine, serotonin, tyramine" in caught.value.hint


def test_a_missing_file_and_missing_parents(tmp_path, cell_tables):
    files = {kind: tmp_path / f"{kind}.csv" for kind in LIGANDS}
    with pytest.raises(SourceError, match="the file is missing"):
        bentley2016.read(files, cell_tables)
    with pytest.raises(SourceError, match="ingest celegans/cells first"):
        bentley2016.read(files, {})


@pytest.mark.data
def test_a_real_file_that_is_cut_off(tmp_path, files, cell_tables):
    cut = tmp_path / "edgelist_NP.csv"
    cut.write_bytes(files["peptide"].read_bytes()[:100_005])
    with pytest.raises(SourceError, match=r"edgelist_NP\.csv, row 44\d\d: has . cell"):
        bentley2016.read({**files, "peptide": cut}, cell_tables)
