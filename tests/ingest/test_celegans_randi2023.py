"""Randi et al. 2023: the numbers of the atlas, its direction, and what happens to odd values."""

from __future__ import annotations

import json

import h5py
import numpy as np
import polars as pl
import pytest

from ingest.celegans import randi2023, simeon2024_consensus
from ingest.celegans.randi2023 import read_atlases
from schemas.dataset import Decisions
from schemas.errors import SourceError

CELLS = "celegans/hermaphrodite/"
WT, UNC31 = "celegans/randi2023/wt", "celegans/randi2023/unc31"
PAIR = ["source", "target"]


@pytest.fixture(scope="module")
def path(shared_data):
    return shared_data / "celegans/connectome/randi2023/funatlas.h5"


@pytest.fixture(scope="module")
def tables(path, cell_tables):
    return randi2023.read({"funatlas": path}, cell_tables)


@pytest.fixture(scope="module")
def wild(tables):
    return tables["functional"].filter(pl.col("network") == WT)


@pytest.fixture(scope="module")
def published(shared_data, cell_tables):
    """The functional edges of the published consensus, from and to as it has them."""
    folder = shared_data / "celegans/connectome/homogenized_simeon2024"
    files = {"withfunc": folder / "consensus_connectome_trimmed_withfunc.csv"}
    return simeon2024_consensus.read(files, cell_tables)["functional"]


def significant(edges):
    return edges.filter(pl.col("q") < 0.05)


def apart(edges):
    return edges.filter(pl.col("source") != pl.col("target"))


def decided(tables, action, text):
    found = tables["decision"].filter(pl.col("action") == action, pl.col("reason").str.contains(text, literal=True))
    return found["item"].to_list()


# the real file


@pytest.mark.data
def test_tables_are_valid(tables, check_tables):
    check_tables(tables)


@pytest.mark.data
def test_all_measured_pairs_are_edges(tables, wild):
    """A pair is measured where dFF is a number."""
    assert wild.height == 24_074
    assert (wild["source"].n_unique(), wild["target"].n_unique()) == (173, 207)
    assert wild["n_observations"].max() == 59
    unc31 = tables["functional"].filter(pl.col("network") == UNC31)
    assert (unc31.height, tables["functional"].height) == (9228, 24_074 + 9228)
    assert (unc31["source"].n_unique(), unc31["target"].n_unique()) == (109, 164)
    assert tables["functional"]["q"].null_count() == 0


@pytest.mark.data
def test_significance_is_a_property_and_one_significant_pair_has_no_response(path, tables, wild):
    """1,310 pairs have q < 0.05, 1,151 of them off the diagonal; one of these has no dFF, hence 1,150 edges."""
    q = read_atlases(path, Decisions())[0].q
    off = ~np.eye(300, dtype=bool)
    assert ((q < 0.05).sum(), ((q < 0.05) & off).sum()) == (1310, 1151)
    assert significant(wild).height == 1309
    assert apart(significant(wild)).height == 1150
    assert apart(significant(wild))["weight"].sum() == pytest.approx(192.2, abs=0.05)
    assert decided(tables, "dropped", "q holds a number, dFF none") == ["ADER -> URYDL"]
    unc31 = tables["functional"].filter(pl.col("network") == UNC31)
    assert (significant(unc31).height, apart(significant(unc31)).height) == (430, 357)


@pytest.mark.data
def test_every_observed_pair_is_an_edge_or_a_decision(path, tables):
    for atlas in read_atlases(path, Decisions()):
        edges = tables["functional"].filter(pl.col("network") == f"celegans/randi2023/{atlas.genotype}").height
        dropped = tables["decision"].filter(pl.col("action") == "dropped", pl.col("sheet") == f"{atlas.genotype}/dFF")
        counts = [int(item.split()[0]) if item[0].isdigit() else 1 for item in dropped["item"]]
        assert edges + sum(counts) == (atlas.occurrences > 0).sum() == {"wt": 25_345, "unc31": 10_588}[atlas.genotype]


@pytest.mark.data
def test_edges_equal_the_matrices_element_by_element(path, wild):
    with h5py.File(path, "r") as file:
        labels = [name.decode() for name in file["neuron_ids"][()]]
        dff, q, q_eq, occ = (file[f"wt/{member}"][()] for member in ("dFF", "q", "q_eq", "occ1"))
    names = [CELLS + {"AWCON": "AWCR", "AWCOF": "AWCL"}.get(label, label) for label in labels]
    measured = np.argwhere(~np.isnan(dff))
    expected = {(names[j], names[i]): [dff[i, j], q[i, j], q_eq[i, j], occ[i, j]] for i, j in measured}
    assert {(s, t): rest for _, s, t, *rest in wild.iter_rows()} == expected


@pytest.mark.data
def test_a_weight_is_the_mean_of_the_single_responses(path, tables):
    fewer = {}
    with h5py.File(path, "r") as file:
        for genotype in ("wt", "unc31"):
            dff, occ = file[f"{genotype}/dFF"][()], file[f"{genotype}/occ1"][()]
            single = file[f"{genotype}/dFF_all"][()]
            where = np.argwhere(np.isfinite(dff))
            assert all(np.isclose(single[i, j].mean(), dff[i, j], rtol=1e-9) for i, j in where)
            fewer[genotype] = sum(len(single[i, j]) < occ[i, j] for i, j in where)
            assert all(len(single[i, j]) <= occ[i, j] for i, j in where)
    assert fewer == {"wt": 9797, "unc31": 1782}
    items = [f"{n} pairs of celegans/randi2023/{genotype}" for genotype, n in fewer.items()]
    assert decided(tables, "differs", "n_observations is occ1") == items


@pytest.mark.data
def test_who_was_stimulated_responds_to_it(tables):
    """Only columns have a diagonal: were the matrix read the other way round, 34 'stimulated' neurons would lack it."""
    for network, n in ((WT, 173), (UNC31, 109)):
        edges = tables["functional"].filter(pl.col("network") == network)
        itself = set(edges.filter(pl.col("source") == pl.col("target"))["source"])
        assert itself == set(edges["source"])
        assert len(itself) == n
        assert set(edges["target"]) - itself
    assert decided(tables, "kept", "the stimulated neuron itself") == [f"173 pairs of {WT}", f"109 pairs of {UNC31}"]


@pytest.mark.data
def test_awc_is_named_by_the_convention(tables, path):
    renamed = tables["decision"].filter(pl.col("action") == "renamed")
    assert renamed["item"].to_list() == ["AWCOF", "AWCON"]
    off, on = renamed["reason"]
    assert "AWCL" in off
    assert "AWCR" in on
    assert all("by convention ON is right, OFF left" in reason for reason in (off, on))
    wt = read_atlases(path, Decisions())[0]
    column = wt.labels.index("AWCON")
    edges = tables["functional"].filter(pl.col("network") == WT, pl.col("source") == f"{CELLS}AWCR")
    assert edges.height == np.isfinite(wt.dff[:, column]).sum() > 0


@pytest.mark.data
def test_responses_below_what_fluorescence_can_do_are_named(tables):
    assert decided(tables, "kept", "below -1") == ["RIML -> M2L", f"2 pairs of {UNC31}"]


@pytest.mark.data
def test_what_is_not_taken_is_said(tables):
    left_out = tables["decision"].filter(pl.col("action") == "dropped", pl.col("row").is_null())["item"].to_list()
    assert left_out == [f"{g}/{m}" for g in ("wt", "unc31") for m in ("dFF_all", "kernels", "q_eq_th")]


@pytest.mark.data
def test_the_published_consensus_holds_none_of_the_significant_pairs(path, wild, published):
    assert published.height == 11_175
    assert significant(wild).join(published, left_on=PAIR, right_on=["target", "source"]).height == 0
    rows = wild.join(published, left_on=PAIR, right_on=["target", "source"], suffix="_published")
    assert rows.height == 11_175
    assert (rows["q"].min(), rows["q"].max(), rows["q"].median()) == pytest.approx((0.475, 0.650, 0.578), abs=5e-4)
    assert rows["weight"].abs().mean() == pytest.approx(0.034, abs=5e-4)
    assert significant(wild)["weight"].abs().mean() == pytest.approx(0.226, abs=5e-4)
    # Among the neurons that it names it holds exactly the pairs with the greatest q.
    named = pl.concat([published["source"], published["target"]]).unique().implode()
    unlikely = apart(wild).filter(pl.col("q") >= 0.475, pl.col("source").is_in(named), pl.col("target").is_in(named))
    assert (len(named[0]), unlikely.height) == (167, 11_175)
    # By the atlas's own test of equivalence a third of them would not be there.
    atlas = read_atlases(path, Decisions())[0]
    with h5py.File(path, "r") as file:
        q_eq = file["wt/q_eq"][()]
    chosen = (atlas.q >= 0.475) & np.isfinite(q_eq)
    assert 0.2 < (q_eq[chosen] >= 0.05).mean() < 0.5


@pytest.mark.data
def test_the_published_consensus_is_transposed(wild, published):
    def equal(**ends):
        rows = wild.join(published, **ends, suffix="_published").select("weight", "weight_published")
        return int(np.isclose(*rows.to_numpy().T).sum())

    assert equal(left_on=PAIR, right_on=["target", "source"]) == 10_697  # 95.7 % of 11,175; to five digits
    assert equal(on=PAIR) == 0


# small files

NAMES = ("AVAL", "AVAR", "AWCON")
NAN = float("nan")


def content(**changes):
    """Members of a small atlas as the real one is laid out; AVAR was stimulated, and AVAL once in the mutant."""
    found: dict[str, object] = {"neuron_ids": np.array(NAMES, "S5")}
    wild = {(0, 1): (0.5, 0.01, 0.3, 4), (1, 1): (0.9, 1e-9, 1.0, 4), (2, 1): (-0.1, 0.6, NAN, 2)}
    for genotype, pairs in (("wt", wild), ("unc31", {(0, 0): (0.2, 0.5, 0.04, 1)})):
        dff, q, q_eq = (np.full((3, 3), NAN) for _ in range(3))
        occ = np.zeros((3, 3), np.int64)
        for at, values in pairs.items():
            dff[at], q[at], q_eq[at], occ[at] = values
        made = {"dFF": dff, "q": q, "q_eq": q_eq, "occ1": occ, "dFF_all": None}
        found |= {f"{genotype}/{name}": value for name, value in made.items()}
    return found | {name.replace("__", "/"): value for name, value in changes.items()}


def write(path, members):
    """An HDF5 file; dFF_all holds as many responses as occ1 says, where it is None."""
    with h5py.File(path, "w") as file:
        for name, value in members.items():
            if name.endswith("/dFF_all") and value is None:
                counts = members[name.replace("dFF_all", "occ1")]
                lists = file.create_dataset(name, np.shape(counts), h5py.vlen_dtype(np.float64))
                for at, n in np.ndenumerate(counts):
                    if n > 0:
                        lists[at] = np.zeros(int(n))
            elif value is not ...:
                file[name] = value


@pytest.fixture
def read(tmp_path, cell_tables):
    """Writes a small atlas, lets the test change members (... leaves one out), and reads it."""

    def read(spoil=lambda _path: None, **changes):
        path = tmp_path / "f.h5"
        write(path, content(**changes))
        spoil(path)
        return randi2023.read({"funatlas": path}, cell_tables)

    return read


def matrix(member, at, value, genotype="wt"):
    """A change of one element."""
    changed = np.array(content()[f"{genotype}/{member}"], float)
    changed[at] = value
    return {f"{genotype}__{member}": changed}


def test_an_edge_runs_from_the_stimulated_to_the_responding_neuron(read, check_tables):
    tables = read()
    check_tables(tables)
    assert tables["functional"].rows() == [
        (WT, f"{CELLS}AVAR", f"{CELLS}AVAL", 0.5, 0.01, 0.3, 4),
        (WT, f"{CELLS}AVAR", f"{CELLS}AVAR", 0.9, 1e-9, 1.0, 4),
        (WT, f"{CELLS}AVAR", f"{CELLS}AWCR", -0.1, 0.6, None, 2),
        (UNC31, f"{CELLS}AVAL", f"{CELLS}AVAL", 0.2, 0.5, 0.04, 1),
    ]


def test_the_networks_say_what_a_weight_is(read):
    network = read()["network"]
    assert network["uid"].to_list() == [WT, UNC31]
    assert (set(network["kind"]), set(network["directed"]), set(network["weight_unit"])) == (
        {"functional"},
        {True},
        {"dF/F"},
    )
    told = [json.loads(text) for text in network["parameters"]]
    assert [t["genotype"][:6] for t in told] == ["wild t", "unc-31"]
    assert {t["source"] for t in told} == {"the stimulated neuron"}
    assert all("not observed" in t["no edge"] for t in told)


def test_a_pair_observed_without_a_value_is_a_decision(read):
    tables = read(**matrix("occ1", (0, 2), 3))
    assert tables["functional"].height == 4
    found = tables["decision"].filter(pl.col("reason").str.contains("neither dFF nor q"))
    assert found.select("action", "item", "sheet", "row", "column").rows() == [
        ("dropped", "AWCON -> AVAL", "wt/dFF", 1, "3")
    ]


def test_a_response_without_q_is_kept_with_none(read):
    tables = read(**matrix("q", (2, 1), NAN))
    assert tables["functional"].filter(pl.col("weight") == -0.1)["q"].to_list() == [None]
    assert decided(tables, "kept", "its false discovery rate is null") == ["AVAR -> AWCON"]


def test_members_unknown_to_the_reader_are_decisions(read):
    tables = read(wt__more=np.ones(2), other=np.ones(2))
    assert decided(tables, "dropped", "not known to the reader") == ["other", "wt/more"]


@pytest.mark.parametrize("labels", [("AVAL ", "AVAR", "AWCOF"), (" AVAL", "avar", "AWCON")])
def test_blanks_and_case_of_names(read, labels):
    assert read(neuron_ids=np.array(labels, "S5"))["functional"]["source"].to_list()[0] == f"{CELLS}AVAR"


# bad files


def refused(call, *parts):
    with pytest.raises(SourceError) as caught:
        call()
    for part in parts:
        assert part in str(caught.value)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("member", "at", "value", "says"),
    [
        ("dFF", (0, 1), np.inf, "'wt/dFF', row 1, column 2: holds inf for AVAR -> AVAL, a finite response"),
        ("q", (2, 1), 1.5, "'wt/q', row 3, column 2: holds 1.5 for AVAR -> AWCON, a false discovery rate lies between"),
        ("q", (2, 1), -0.1, "holds -0.1"),
        ("q_eq", (0, 1), 1.5, "'wt/q_eq', row 1, column 2: holds 1.5 for AVAR -> AVAL, a false discovery rate"),
        ("occ1", (0, 1), -2, "'wt/occ1', row 1, column 2: holds -2 for AVAR -> AVAL, a count was expected"),
        ("occ1", (0, 1), 1.5, "a count was expected"),
        ("occ1", (0, 1), NAN, "a count was expected"),
        ("occ1", (0, 1), 0, "holds 0 for AVAR -> AVAL, but dFF holds a response of this pair"),
    ],
)
def test_a_value_that_cannot_be(read, member, at, value, says):
    refused(lambda: read(**matrix(member, at, value)), says, "funatlas.h5")


def test_several_values_that_cannot_be_are_counted(read):
    refused(lambda: read(wt__q=np.full((3, 3), 2.0)), "row 1, column 1: holds 2", "and 8 more such values")


@pytest.mark.parametrize("member", ["dFF", "q", "q_eq", "occ1", "dFF_all"])
def test_a_missing_member(read, member):
    path = f"wt/{member}"
    changes = {f"wt__{member}": ...}
    if member == "occ1":
        changes["wt__dFF_all"] = ...
    refused(lambda: read(**changes), f"has no data set '{path}'")


def test_a_missing_group(read):
    without = {f"unc31__{m}": ... for m in ("dFF", "q", "q_eq", "occ1", "dFF_all")}
    refused(lambda: read(**without), "has no data set 'unc31/dFF'", "neuron_ids, wt")


def test_missing_names(read):
    refused(lambda: read(neuron_ids=...), "has no data set 'neuron_ids'")


@pytest.mark.parametrize("labels", [np.arange(3), np.array([["AVAL"], ["AVAR"], ["AWCON"]], "S5")])
def test_names_that_are_no_list_of_texts(read, labels):
    refused(lambda: read(neuron_ids=labels), "'neuron_ids': has ", "1 of texts was expected")


@pytest.mark.parametrize(("label", "says"), [(b" ", "is empty, a text"), (b"\xff\xfe", "not UTF-8")])
def test_a_name_that_is_no_text(read, label, says):
    refused(lambda: read(neuron_ids=np.array([b"AVAL", label, b"AWCON"], "S5")), "'neuron_ids', row 2", says)


def test_matrices_shifted_by_a_row(read):
    refused(lambda: read(wt__q=np.full((4, 3), NAN)), "'wt/q': is 4 x 3, but there are 3 names")


def test_texts_in_a_matrix(read):
    refused(lambda: read(wt__dFF=np.full((3, 3), b"0.5")), "'wt/dFF': has 2 dimension(s)", "2 of numbers")


def test_single_responses_that_are_no_lists(read):
    refused(lambda: read(wt__dFF_all=np.ones((3, 3))), "has no data set 'wt/dFF_all' of lists")


def test_unknown_neurons(read):
    labels = np.array(["AVAX", "AVAR", "QQQ"], "S5")
    refused(lambda: read(neuron_ids=labels), "2 label(s)", "row 1: 'AVAX' (like ", "row 3: 'QQQ'")


@pytest.mark.parametrize("labels", [("AVAL", "AVAR", "AVAL"), ("AWCR", "AVAR", "AWCON"), ("VB1", "AVAR", "VB01")])
def test_two_labels_of_one_cell(read, labels):
    text = f"row 3: '{labels[2]}' and '{labels[0]}' (at f.h5, sheet 'neuron_ids', row 1) are both"
    refused(lambda: read(neuron_ids=np.array(labels, "S5")), text)


def test_no_file_at_all(cell_tables, tmp_path):
    refused(lambda: randi2023.read({}, cell_tables), "the atlas is missing", "funatlas.h5")
    (tmp_path / "e.h5").touch()
    refused(lambda: randi2023.read({"funatlas": tmp_path / "e.h5"}, cell_tables), "e.h5: the file is empty")


@pytest.mark.parametrize("keep", [0.3, 0.9])
def test_a_truncated_file(read, keep):
    def cut(path):
        whole = path.read_bytes()
        path.write_bytes(whole[: int(keep * len(whole))])

    refused(lambda: read(cut), "f.h5: cannot be read as HDF5", "truncated")


@pytest.mark.data
def test_the_truncated_real_file(tmp_path, path, cell_tables):
    with path.open("rb") as stream:
        (tmp_path / "t.h5").write_bytes(stream.read(9_000_000))
    refused(lambda: randi2023.read({"funatlas": tmp_path / "t.h5"}, cell_tables), "t.h5: cannot be read as HDF5")
