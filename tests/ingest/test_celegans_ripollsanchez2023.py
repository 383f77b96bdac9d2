"""Ripoll-Sánchez et al. 2023: the numbers of the four matrices, and what happens to odd ones."""

from __future__ import annotations

import csv
import json

import numpy as np
import polars as pl
import pytest

from ingest.celegans import ripollsanchez2023
from ingest.celegans.ripollsanchez2023 import MODELS
from ingest.files import sheet
from schemas.errors import SourceError
from schemas.tables import ANY

CELL = "celegans/hermaphrodite/"
NAME = "01022024_neuropeptide_connectome_{}_range_model.csv"
# non-zero counts, greatest count, sum
COUNTS = {
    "short_range": (31417, 19, 83634),
    "mid_range": (40425, 19, 107429),
    "long_range": (53558, 20, 145834),
    "monoamine": (2881, 3, 4127),
}
KEYS = {model.key: model for model in MODELS}


@pytest.fixture(scope="module")
def folder(shared_data):
    return shared_data / "celegans/connectome/ripoll_sanchez2023"


@pytest.fixture(scope="module")
def files(folder):
    found = {f"{reach}_range": folder / NAME.format(reach) for reach in ("short", "mid", "long")}
    return found | {"monoamine": folder / "08062023_monoamine_connectome.csv"}


@pytest.fixture(scope="module")
def tables(files, cell_tables):
    return ripollsanchez2023.read(files, cell_tables)


@pytest.fixture(scope="module")
def matrices(files):
    """Names and counts, read here without the reader."""
    found = {}
    for key, path in files.items():
        with path.open() as stream:
            header, *rows = csv.reader(stream)
        assert [row[0] for row in rows] == header[1:]
        found[key] = (header[1:], np.array([[int(text) for text in row[1:]] for row in rows]))
    return found


@pytest.fixture(scope="module")
def neurons(folder):
    """The supplement's table of neurons: name A, segments D, in-degree G (mid) H (short), out-degree I, J, loops N."""
    cells = sheet(folder / "1-s2.0-S0896627323007560-mmc7.xlsx", "Neuron information")
    assert cells.row(0)[0] == "Neuron"
    assert cells.row(1)[6:10] == ("Mid-Range", "Short-Range") * 2
    return cells.slice(2)


def of(tables, key):
    model = KEYS[key]
    return tables[model.kind].filter(pl.col("network") == model.network)


@pytest.mark.data
def test_tables_are_valid(tables, check_tables):
    check_tables(tables)


@pytest.mark.data
@pytest.mark.parametrize("key", COUNTS)
def test_each_matrix_has_its_counts(key, tables):
    found = of(tables, key)
    assert (found.height, found["weight"].max(), found["weight"].sum()) == COUNTS[key]


@pytest.mark.data
@pytest.mark.parametrize("key", COUNTS)
def test_every_count_above_zero_is_an_edge_from_row_to_column(key, tables, matrices):
    names, counts = matrices[key]
    plain = [f"{n[:2]}{int(n[2:])}" if n[2:].isdigit() else n for n in names]
    expected = {(plain[i], plain[j]): counts[i, j] for i, j in np.argwhere(counts)}
    edges = of(tables, key).select(pl.col("source", "target").str.strip_prefix(CELL), "weight")
    assert {(s, t): w for s, t, w in edges.iter_rows()} == expected


@pytest.mark.data
def test_the_files_name_all_302_neurons_and_can_among_them(tables, matrices, cell_tables):
    nodes = cell_tables["celegans/cells"]["node"]
    neurons = set(nodes.filter(pl.col("kind") == "neuron")["uid"])
    assert {len(set(names)) for names, _ in matrices.values()} == {302}
    for key in ("short_range", "mid_range", "long_range"):
        edges = of(tables, key)
        assert set(edges["source"]) | set(edges["target"]) == neurons
        assert {f"{CELL}CANL", f"{CELL}CANR"} <= set(edges["source"]) & set(edges["target"])


@pytest.mark.data
def test_only_padded_names_are_decisions(tables):
    found = tables["decision"]
    assert set(found["action"]) == {"renamed"}
    assert found.group_by("file").len()["len"].to_list() == [64] * 4
    assert set(found["reason"].str.split(":").list.first()) == {"padded"}


@pytest.mark.data
def test_no_ligand_or_receptor_is_made_up(tables):
    for kind, ligand in (("peptide", "peptide"), ("monoamine", "transmitter")):
        assert set(tables[kind][ligand]) == set(tables[kind]["receptor"]) == {ANY}
        assert tables[kind]["weight"].null_count() == 0


@pytest.mark.data
def test_each_model_is_a_network_of_its_own(tables):
    networks = tables["network"]
    assert dict(networks.select("uid", "kind").iter_rows()) == {
        "celegans/ripollsanchez2023/short_range/peptide": "peptide",
        "celegans/ripollsanchez2023/mid_range/peptide": "peptide",
        "celegans/ripollsanchez2023/long_range/peptide": "peptide",
        "celegans/ripollsanchez2023/monoamine": "monoamine",
    }
    assert networks["directed"].all()
    assert set(networks["weight_unit"]) == {"ligand-receptor pairs"}
    said = [json.loads(text) for text in networks["parameters"]]
    assert [s.get("between") for s in said] == [m.reach for m in MODELS]
    assert len({s.get("between") for s in said}) == 4


@pytest.mark.data
def test_a_row_is_the_source(tables, matrices, neurons):
    """The supplement's in-degrees are those of columns; it is older than the matrices, so that some neurons differ."""
    assert neurons["A"].to_list() == matrices["mid_range"][0]
    agree = {}
    for key, received, sent in (("mid_range", "G", "I"), ("short_range", "H", "J")):
        joined = (matrices[key][1] > 0) & ~np.eye(302, dtype=bool)
        sums = joined.sum(axis=0), joined.sum(axis=1)
        degrees = [neurons[column].cast(pl.Int64).to_numpy() for column in (received, sent)]
        agree[key] = [int((sums[axis] == degree).sum()) for degree in degrees for axis in (0, 1)]
    assert agree == {"mid_range": [208, 0, 0, 276], "short_range": [213, 2, 2, 276]}
    makers = {"I5", *"CEPDL CEPDR CEPVL CEPVR ADEL ADER PDEL PDER RICL RICR RIML RIMR NSML NSMR".split()}
    makers |= {"ADFL", "ADFR", "HSNL", "HSNR"}
    assert set(of(tables, "monoamine")["source"].str.strip_prefix(CELL)) == makers


@pytest.mark.data
def test_the_models_differ_only_in_reach(matrices, neurons):
    short, middle, far = (matrices[f"{reach}_range"][1] for reach in ("short", "mid", "long"))
    parts = [{part.strip() for part in text.split(",")} for text in neurons["D"]]
    shared = np.array([[bool(a & b) for b in parts] for a in parts])
    assert np.array_equal(middle, far * shared)
    assert np.array_equal(short, middle * (short > 0))
    loops = neurons["N"].cast(pl.Int64).to_list()
    assert [np.diag(m).tolist() for m in (short, middle, far)] == [loops] * 3


GOOD = [["Row", "AVAL", "DA01"], ["AVAL", "0", "2"], ["DA01", "1", "3"]]


@pytest.fixture
def read(tmp_path, cell_tables):
    """Reads four files of one content: rows of cells, a text, or bytes."""

    def made(content, *, others=None):
        files = {}
        for key in COUNTS:
            files[key] = tmp_path / f"{key}.csv"
            of_file = content if key == "mid_range" else others or content
            text = of_file if isinstance(of_file, str) else "\n".join(",".join(row) for row in of_file) + "\n"
            files[key].write_text(text, encoding="utf-8")
        return ripollsanchez2023.read(files, cell_tables)

    return made


def changed(row, column, text):
    rows = [list(r) for r in GOOD]
    rows[row - 1][column] = text
    return rows


def test_counts_are_weights_and_zero_is_no_edge(read, check_tables):
    tables = read(changed(3, 2, "3.0"))
    check_tables(tables)
    rows = of(tables, "mid_range").select("source", "target", "peptide", "receptor", "weight").rows()
    assert rows == [
        (f"{CELL}AVAL", f"{CELL}DA1", "any", "any", 2.0),
        (f"{CELL}DA1", f"{CELL}AVAL", "any", "any", 1.0),
        (f"{CELL}DA1", f"{CELL}DA1", "any", "any", 3.0),
    ]
    assert of(tables, "monoamine").select("transmitter", "receptor", "weight").rows()[0] == ("any", "any", 2.0)
    renamed = tables["decision"].filter(pl.col("file") == "mid_range.csv")
    assert renamed.select("action", "item", "row", "column").rows() == [("renamed", "DA01", 1, "C")]


def test_rows_may_stand_in_another_order_than_columns(read):
    rows = of(read([GOOD[0], GOOD[2], GOOD[1]]), "mid_range").select("source", "target", "weight").rows()
    assert sorted(rows) == sorted(of(read(GOOD), "mid_range").select("source", "target", "weight").rows())


def test_blanks_do_not_count(read):
    text = "\ufeffRow, AVAL\u00a0,DA01 \r\nAVAL,0, 2\r\n\u00a0DA01,1,3\r\n\r\n"
    assert of(read(text), "mid_range").equals(of(read(GOOD), "mid_range"))


def test_neurons_that_nothing_joins_give_no_edge(read):
    tables = read([["Row", "AVAL"], ["AVAL", "0"]])
    assert (tables["peptide"].height, tables["monoamine"].height, tables["network"].height) == (0, 0, 4)


BAD = [
    ("", "mid_range.csv: the file is empty"),
    ("\n\n", "holds nothing but blanks"),
    ("Row,AVAL,DA01\nAVAL,0,2\nDA0", "mid_range.csv, row 3: has 1 cell(s), 3 were expected"),
    ("Row,AVAL,DA01\nAVAL,0,2\n", "mid_range.csv: has 1 rows for 2 columns of neurons"),
    ([["AVAL", "0", "2"], ["DA01", "1", "3"]], "row 1, column A: holds 'AVAL', 'Row' was expected"),
    ([["", "", ""], *GOOD], "row 1, column A: holds '', 'Row' was expected"),
    ([[*row, ""] for row in GOOD], "has 2 rows for 3 columns"),
    (changed(2, 2, "many"), "mid_range.csv, row 2, column DA01: holds 'many', a number was expected"),
    (changed(2, 2, ""), "row 2, column DA01: holds '', a number"),
    (changed(2, 2, "nan"), "row 2, column DA01: holds 'nan', a number"),
    (changed(2, 2, "inf"), "row 2, column DA01: holds 'inf', a number"),
    (changed(3, 1, "-1"), "row 3, column AVAL: holds '-1', a count was expected"),
    (changed(3, 1, "1.5"), "row 3, column AVAL: holds '1.5', a count was expected"),
    (changed(1, 1, "AVAX"), "1 label(s)", "row 1, column B: 'AVAX' (like "),
    (changed(3, 0, "ZZZ"), "1 label(s)", "row 3, column Row: 'ZZZ'"),
    (changed(1, 2, ""), "1 label(s)", "row 1, column C: ''"),
    (changed(1, 2, "AVAL"), "row 1, column C: 'AVAL' is the cell of mid_range.csv, row 1, column B, too"),
    (changed(1, 1, "DA1"), "row 1, column C: 'DA01' is the cell of mid_range.csv, row 1, column B, too"),
    (changed(3, 0, "AVAR"), "row 3, column Row: celegans/hermaphrodite/AVAR stands here but not in row 1"),
]


@pytest.mark.parametrize(("content", "says"), [(content, says) for content, *says in BAD])
def test_a_bad_matrix_says_where(read, content, says):
    with pytest.raises(SourceError) as caught:
        read(content, others=GOOD)
    assert [part for part in says if part not in str(caught.value)] == [], str(caught.value)
    assert caught.value.hint


@pytest.mark.data
@pytest.mark.parametrize(("keep", "says"), [(100_000, r"row \d+: has \d+ cell"), (93_000, r"row \d+: has \d+ cell")])
def test_a_real_matrix_that_is_cut_off(keep, says, tmp_path, files, cell_tables):
    cut = tmp_path / "cut.csv"
    cut.write_bytes(files["long_range"].read_bytes()[:keep])
    with pytest.raises(SourceError, match=rf"cut\.csv, {says}"):
        ripollsanchez2023.read({**files, "long_range": cut}, cell_tables)


def test_a_missing_file(tmp_path, cell_tables):
    with pytest.raises(SourceError, match="the file is missing"):
        ripollsanchez2023.read({key: tmp_path / key for key in COUNTS}, cell_tables)
