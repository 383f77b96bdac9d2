"""SI 3: every row of the synapse lists is in an edge or in a decision, and the lists against SI 5."""

from __future__ import annotations

import polars as pl
import pytest

from ingest.celegans import cook2019, cook2019_male, cook2019_synapses, male_cells
from ingest.celegans.names import CellNames
from ingest.celegans.reconcile import Found, Reference, reconcile
from ingest.celegans.synapse_labels import SynapseLabels
from ingest.celegans.synapse_list import read_synapses
from schemas.dataset import Dataset, DatasetInfo, Decisions
from schemas.errors import Place, SourceError
from schemas.validation import validate

HERM = ["continNum", "EM\xa0series", "pre", "post", "type", "sec-\xa0tions", "part-ner Num-ber"]
MALE = ["contin\xa0Number", "EM series", "pre", "post", "type", "sections", "partner Number"]
POSTS = ["post1", "post2", "post3", "post4"]
FILE = "si3.xlsx"


def edge_tables(dataset, chemical=(), gap_junction=()):
    """What the published connectome of a sex holds, as far as the reader looks at it."""
    tables = {}
    for kind, rows in (("chemical", chemical), ("gap_junction", gap_junction)):
        schema = {"network": pl.String, "source": pl.String, "target": pl.String, "weight": pl.Float64}
        tables[kind] = pl.DataFrame([(f"{dataset}/{kind}", *row) for row in rows], schema=schema, orient="row")
    return tables


@pytest.fixture(scope="module")
def cells_of_both(cell_tables):
    return {**cell_tables, "celegans/male-cells": male_cells.read({}, {})}


@pytest.fixture
def read_rows(write_xlsx, cells_of_both):
    """Reads rows of the hermaphrodite's sheet; the male's has one synapse."""

    def read(*rows, header=(*HERM, *POSTS), parents=None, **published):
        male = [[*MALE, *POSTS], [1, "N2Y", "R1AL", "PVX", "chemical", 1, 1, "PVX"]]
        path = write_xlsx(FILE, {"hermaphrodite": [header, *rows], "male": male})
        given = {
            "celegans/cook2019": edge_tables("celegans/cook2019", **published),
            "celegans/cook2019-male": edge_tables("celegans/cook2019-male"),
        }
        return cook2019_synapses.read({"si3": path}, {**cells_of_both, **given, **(parents or {})})

    return read


def row(pre, post, sections=1, contin=1, series="N2U", type_="chemical"):
    posts = post.split(",")
    return [contin, series, pre, post, type_, sections, len(posts), *posts[:4]]


def edges(tables, kind="chemical", series="N2U"):
    found = tables[kind].filter(pl.col("network").str.contains(f"/{series}/"))
    columns = ("source", "target", "weight", "n_contacts")
    return [(s[23:], t[23:], w, n) for s, t, w, n in found.select(columns).iter_rows()]


def decided(tables, action, item):
    return tables["decision"].filter(pl.col("action") == action, pl.col("item") == item)["reason"].to_list()


def test_a_polyad_gives_each_partner_its_sections(read_rows):
    found = read_rows(row("AVAL", "AVAR,VB01,AVAR", 3), row("AVAL", "VB01", 2, contin=2))
    assert edges(found) == [("AVAL", "AVAR", 6.0, 2), ("AVAL", "VB1", 5.0, 2)]


def test_gap_junctions_are_undirected_and_add_up(read_rows):
    found = read_rows(row("AVAR", "AVAL", 3, type_="electrical"), row("AVAL", "AVAR", 2, contin=2, type_="electrical"))
    assert edges(found, "gap_junction") == [("AVAL", "AVAR", 5.0, 2)]


def test_a_series_is_a_subject_with_networks_of_its_own(read_rows):
    found = read_rows(row("AVAL", "AVAR"), row("AVAL", "AVAR", 4, series="JSE"))
    assert edges(found) == [("AVAL", "AVAR", 1.0, 1)]
    assert edges(found, series="JSE") == [("AVAL", "AVAR", 4.0, 1)]
    subjects = found["subject"].select("uid", "sex").rows()
    assert ("celegans/cook2019-synapses/N2U", "hermaphrodite") in subjects
    assert ("celegans/cook2019-synapses/N930", "male") in subjects
    network = found["network"].filter(pl.col("subject") == "celegans/cook2019-synapses/N2Y")
    assert network.select("uid", "node_set").rows() == [("celegans/cook2019-synapses/N2Y/chemical", "celegans/male")]


def test_labels_that_are_no_cells_are_counted_decisions(read_rows):
    found = read_rows(row("AVAL", "obj12,AVAR,unk"), row("unk", "AVAL,AVAR", contin=2))
    assert edges(found) == [("AVAL", "AVAR", 1.0, 1)]
    (unk,) = decided(found, "dropped", "unk")
    assert "names no single cell" in unk
    assert "3 contact(s)" in unk
    assert "1 contact(s)" in decided(found, "dropped", "obj12")[0]
    assert decided(found, "dropped", "contacts of the hermaphrodite")[0].startswith("4 of 5 contacts")


def test_a_name_in_brackets_is_a_guess_and_a_final_dot_is_not(read_rows):
    found = read_rows(row("[AVAL]", "PVR."), row("AVAL", "[AIBL][AVBL]", contin=2), row("RIAL_old", "adp", contin=3))
    assert edges(found) == [("AVAL", "PVR", 1.0, 1), ("RIAL", "mu_anal", 1.0, 1)]
    assert "uncertain" in decided(found, "guessed", "[AVAL]")[0]
    assert "those of RIAL" in decided(found, "guessed", "RIAL_old")[0]
    assert decided(found, "renamed", "PVR.")
    assert decided(found, "dropped", "[AIBL][AVBL]")


def test_a_number_used_twice_is_kept_and_said(read_rows):
    found = read_rows(row("AVAL", "AVAR"), row("AVAL", "AVAR"))
    assert edges(found) == [("AVAL", "AVAR", 2.0, 2)]
    assert decided(found, "kept", "N2U 1") == ["row 2 has the same number; both count, as in SI 5"]


def test_a_synapse_without_partner_is_dropped(read_rows):
    found = read_rows(row("AVAL", "AVAR"), [7, "N2U", "AVAL", None, "electrical", 1, 2])
    assert decided(found, "dropped", "N2U 7") == ["names no partner"]


def test_partners_that_the_columns_name_otherwise(read_rows):
    other = [1, "N2U", "AVAL", "AVAR,AVBL", "chemical", 1, 2, "AVAR", "AN3a"]
    more = [2, "N2U", "AVAL", "AVAR", "chemical", 1, 1, "AVAR", "AVAR"]
    found = read_rows(other, more)
    assert edges(found) == [("AVAL", "AVAR", 2.0, 2), ("AVAL", "AVBL", 1.0, 1)]
    assert decided(found, "differs", "AVBL") == ["post1 … post4 call it 'AN3a' in 1 row(s); the post column counts"]
    assert "post names 1 partner(s), post1 … post4 2" in decided(found, "differs", "N2U 2")[0]


def test_each_pair_that_differs_from_si5_has_a_row(read_rows):
    uid = "celegans/hermaphrodite/{}".format
    published = [(uid("AVAL"), uid("AVAR"), 3.0), (uid("AVAL"), uid("AVBL"), 9.0), (uid("AVBL"), uid("AVAL"), 1.0)]
    rows = [row("AVAL", "AVAR", 1), row("AVAL", "AVAR", 2, series="JSE"), row("AVAL", "AVBL", 5, 2), row("RIS", "AVAL")]
    found = read_rows(*rows, chemical=published)
    (summary,) = decided(found, "differs", "hermaphrodite, all series, chemical")
    assert summary.endswith("1 pairs agree in weight, 1 differ, 1 are only here, 1 only there")
    differs = found["decision"].filter(pl.col("item") == "AVAL - AVBL")
    assert differs.select("reason", "sheet", "row").rows() == [
        ("5 here, 9 in celegans/cook2019/chemical", "hermaphrodite", 4)
    ]
    assert decided(found, "differs", "RIS - AVAL") == ["1 here, absent from celegans/cook2019/chemical"]


def test_a_form_that_agrees_is_one_kept_row_and_absent_pairs_are_named_on_request():
    decisions, place = Decisions(), Place("f.csv")
    reference = Reference("d/chemical", {("s/a", "s/b"): 2.0})
    assert reconcile("f", {("s/a", "s/b"): Found(2, place)}, reference, decisions, place, name_absent=True).agree == 1
    assert reconcile("g", {}, reference, decisions, place, name_absent=True).only_reference == 1
    assert [(d["action"], d["item"]) for d in decisions.rows] == [("kept", "f"), ("differs", "g"), ("differs", "a - b")]


def test_every_label_is_decided_once(cell_tables):
    decisions = Decisions()
    labels = SynapseLabels(CellNames.of(cell_tables), decisions)
    found = {labels.node("VB01", Place("f", row=i)) for i in (2, 3)}
    assert found == {"celegans/hermaphrodite/VB1"}
    assert [(d["item"], d["row"]) for d in decisions.rows] == [("VB01", 2)]


# bad files


def refused(call, *parts):
    with pytest.raises(SourceError) as caught:
        call()
    for part in parts:
        assert part in str(caught.value), str(caught.value)
    assert caught.value.hint


def changed(index, value):
    cells = row("AVAL", "AVAR")
    cells[index] = value
    return cells


@pytest.mark.parametrize(
    ("index", "value", "says"),
    [
        (0, None, "column A: is empty"),
        (1, None, "column B: is empty"),
        (2, " \xa0", "column C: is empty"),
        (4, "glia", "column E: holds 'glia'"),
        (5, "many", "column F: holds 'many'"),
        (5, "-1", "column F: holds '-1'"),
        (5, "nan", "column F: holds 'nan'"),
        (5, "1.5", "column F: holds '1.5'"),
        (5, None, "column F: holds None"),
        (6, 2, "column G: says 2 partner(s), column D names 1"),
        (1, "JSH", "holds the series 'JSH'"),
    ],
)
def test_cells_that_cannot_be(read_rows, index, value, says):
    refused(
        lambda: read_rows(row("AVAL", "AVAR"), changed(index, value)), f"{FILE}, sheet 'hermaphrodite', row 3", says
    )


def test_a_header_one_row_too_low_or_without_a_column(read_rows):
    refused(lambda: read_rows([*HERM, *POSTS], row("AVAL", "AVAR"), header=["list"]), "row 1: has no column 'contin'")
    refused(lambda: read_rows(row("AVAL", "AVAR"), header=[*HERM[:5], "x", *HERM[6:], *POSTS]), "no column 'sections'")
    refused(lambda: read_rows(row("AVAL", "AVAR"), header=[*HERM[:5], "pre", *HERM[6:], *POSTS]), "'pre' twice")


def test_a_sheet_without_rows_or_absent(write_xlsx, read_rows, tmp_path):
    refused(read_rows, "holds no synapse")
    refused(lambda: read_synapses(write_xlsx(FILE, {"x": [["y"]]}), "male"), "has no sheet 'male'")
    (tmp_path / "cut.xlsx").write_bytes(write_xlsx(FILE, {"male": [MALE]}).read_bytes()[:400])
    refused(lambda: read_synapses(tmp_path / "cut.xlsx", "male"), "cut.xlsx: cannot be opened")
    (tmp_path / "empty.xlsx").touch()
    refused(lambda: read_synapses(tmp_path / "empty.xlsx", "male"), "the file is empty")


# the real lists


@pytest.fixture(scope="module")
def parents(shared_data, cells_of_both):
    si5 = {"si5": shared_data / "celegans/connectome/cook2019/SI5_adjacency_corrected_July2020.xlsx"}
    return {
        **cells_of_both,
        "celegans/cook2019": cook2019.read(si5, cells_of_both),
        "celegans/cook2019-male": cook2019_male.read(si5, cells_of_both),
    }


@pytest.fixture(scope="module")
def path(shared_data):
    return shared_data / "celegans/connectome/cook2019/SI3_synapse_lists.xlsx"


@pytest.fixture(scope="module")
def tables(path, parents):
    return cook2019_synapses.read({"si3": path}, parents)


@pytest.mark.data
def test_tables_are_valid(tables, parents):
    keys = {}
    for dataset in ("celegans/cells", "celegans/male-cells"):
        for name in ("node_set", "node"):
            keys.setdefault(name, []).extend(parents[dataset][name]["uid"].to_list())
    info = DatasetInfo("celegans/test", "celegans", "t", "l", "c", "r", "1", parents=tuple(parents))
    validate(Dataset(info, tables), keys)


@pytest.mark.data
def test_every_contact_of_every_row_is_in_an_edge_or_left_out_with_a_reason(path, tables):
    decisions, network = tables["decision"], tables["network"]
    for sex, n_rows, n_contacts in (("hermaphrodite", 9673, 15637), ("male", 14851, 22224)):
        synapses = read_synapses(path, sex)
        assert (len(synapses), sum(len(s.posts) for s in synapses)) == (n_rows, n_contacts)
        (reason,) = decided(tables, "dropped", f"contacts of the {sex}")
        left_out = int(reason.split()[0])
        node_set = network.filter(pl.col("node_set") == f"celegans/{sex}")["uid"].to_list()
        counted = sum(
            tables[kind].filter(pl.col("network").is_in(node_set))["n_contacts"].sum()
            for kind in ("chemical", "gap_junction")
        )
        assert counted + left_out == n_contacts
        named = decisions.filter(pl.col("sheet") == sex, pl.col("reason").str.contains("left out for it"))
        assert named["reason"].str.extract(r"; (\d+) contact").cast(pl.Int64).sum() == left_out
        empty = decisions.filter(pl.col("sheet") == sex, pl.col("reason") == "names no partner").height
        assert empty == sum(not s.posts for s in synapses)


@pytest.mark.data
@pytest.mark.parametrize(
    ("item", "agree", "differ", "only_here", "only_there"),
    [
        ("hermaphrodite, all series, chemical", 3736, 352, 22, 791),
        ("hermaphrodite, all series, gap_junction", 927, 178, 3, 345),
        ("male, all series, chemical", 3369, 524, 35, 1413),
        ("male, all series, gap_junction", 1317, 75, 15, 366),
    ],
)
def test_the_lists_against_si5(tables, parents, item, agree, differ, only_here, only_there):
    (reason,) = decided(tables, "differs", item)
    assert (
        f"{agree} pairs agree in weight, {differ} differ, {only_here} are only here, {only_there} only there" in reason
    )
    sex, kind = item.split(", ")[0], item.split(", ")[2]
    dataset = "celegans/cook2019" if sex == "hermaphrodite" else "celegans/cook2019-male"
    rows = tables["decision"].filter(pl.col("reason").str.contains(rf" here, .* {dataset}/{kind}$"))
    assert rows.height == differ + only_here
    assert rows["row"].null_count() == 0
    assert agree + differ + only_there == parents[dataset][kind].height


@pytest.mark.data
def test_an_edge_equals_a_slow_count_of_the_rows(path, tables):
    found = {(s, t): (w, n) for s, t, w, n in edges(tables, series="N2U")}
    ours = [s for s in read_synapses(path, "hermaphrodite") if s.series == "N2U" and s.kind == "chemical"]
    for pre, post in (("AIYL", "RIAL"), ("ASHL", "AVAL"), ("NSML", "NSML"), ("RIH", "IL2L")):
        sections = [s.sections for s in ours for p in s.posts if (s.pre, p) == (pre, post)]
        assert found.get((pre, post)) == ((sum(sections), len(sections)) if sections else None)
