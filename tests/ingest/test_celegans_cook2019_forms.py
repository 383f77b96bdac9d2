"""Other forms of Cook et al. 2019 against SI 5: what agrees is said once, what does not pair by pair."""

from __future__ import annotations

import json

import polars as pl
import pytest

from ingest.celegans import cook2019, cook2019_forms, cook2019_male, male_cells
from ingest.celegans.cook2019_forms import ASYMMETRIC, read_edgelist
from ingest.celegans.names import CellNames
from schemas.dataset import Dataset, DatasetInfo
from schemas.errors import SourceError
from schemas.validation import validate

NAMES = ("AVAL", "AVAR", "DB01", "mu_intL", "pm1")
HEADER = "Source,Target,Weight,Type\n"


def matrix(weights):
    body = [[None, None, s, *(weights.get((s, t)) for t in NAMES), s] for s in NAMES]
    return [["GROUP"], [None], [None, None, None, *NAMES, None], *body, [None, None, None, *NAMES, None]]


CHEMICAL = matrix({("AVAL", "DB01"): 7, ("AVAL", "AVAR"): 2, ("DB01", "mu_intL"): 3, ("AVAR", "pm1"): 1})
GAP = matrix({("AVAL", "AVAR"): 4, ("AVAR", "AVAL"): 4, ("DB01", "AVAL"): 1, ("AVAL", "DB01"): 1})
GOOD = [
    ("AVAL ", " DB01  ", 7, "chemical"),
    ("AVAL ", " AVAR  ", 2, "chemical"),
    ("DB01 ", " intL  ", 3, "chemical"),
    ("AVAR ", " pm1vl ", 1, "chemical"),
    ("AVAL ", " AVAR  ", 4, "electrical"),
    ("AVAR ", " AVAL  ", 4, "electrical"),
    ("AVAL ", " DB01  ", 1, "electrical"),
    ("DB01 ", " AVAL  ", 1, "electrical"),
]


def listed(rows):
    return HEADER + "".join(f"{s},{t},{w},{k}\n" for s, t, w, k in rows)


@pytest.fixture(scope="module")
def cells_of_both(cell_tables):
    return {**cell_tables, "celegans/male-cells": male_cells.read({}, {})}


@pytest.fixture
def read_forms(write_xlsx, tmp_path, cells_of_both):
    """Reads the workbook, whose lists of gap junctions may be given, and a list or a JSON."""

    def read(edgelist=None, records=None, asymmetric=None, modified=None):
        one_way = matrix({("AVAR", "AVAL"): 4, ("AVAL", "DB01"): 1} if asymmetric is None else asymmetric)
        sheets = dict.fromkeys(ASYMMETRIC.values(), one_way)
        for of in (cook2019.SHEETS, cook2019_male.SHEETS):
            sheets |= {of["chemical"]: CHEMICAL, of["gap_junction"]: GAP}
        files = {"si5": write_xlsx("si5.xlsx", sheets)}
        parents = {
            **cells_of_both,
            "celegans/cook2019": cook2019.read(files, cells_of_both),
            "celegans/cook2019-male": cook2019_male.read(files, cells_of_both),
        }
        given = (("edgelist", "list.csv", edgelist), ("json", "c.json", records), ("modified", "m.csv", modified))
        for key, name, content in given:
            if content is not None:
                files[key] = tmp_path / name
                files[key].write_text(content, encoding="utf-8")
        return cook2019_forms.read(files, parents)["decision"]

    return read


def reasons(decisions, item):
    return decisions.filter(pl.col("item") == item).select("action", "reason", "row").rows()


def test_forms_that_agree_are_one_kept_row_each(read_forms):
    records = [
        {"pre": s.strip(), "post": t.strip(), "typ": 0 if k == "chemical" else 2, "syn": [w]} for s, t, w, k in GOOD
    ]
    records = [r | {"post": r["post"].replace("intL", "mu_intL").replace("pm1vl", "pm1")} for r in records]
    decisions = read_forms(listed(GOOD), json.dumps(records))
    kept = dict(decisions.filter(pl.col("action") == "kept").select("item", "reason").iter_rows())
    assert len(kept) == 6
    for item, n in (("edge list, chemical", 4), ("WormWideWeb JSON, gap_junction", 2), (ASYMMETRIC["male"], 2)):
        (reason,) = (text for name, text in kept.items() if name.startswith(item))
        assert f"{n} pairs agree in weight, 0 differ, 0 are only here, 0 only there" in reason
    assert decisions.filter(pl.col("action") == "differs").height == 0


def test_the_lists_own_names_are_decisions(read_forms):
    decisions = read_forms(listed(GOOD))
    assert reasons(decisions, "intL") == [("renamed", "another name of mu_intL in this list", 4)]
    assert reasons(decisions, "pm1vl") == [("renamed", "another name of pm1 in this list", 5)]
    assert reasons(decisions, "json") == [("dropped", "no file of this form was given", None)]


def test_each_pair_that_differs_has_its_row(read_forms):
    rows = [("AVAL", "DB01", 5, "chemical"), *GOOD[2:], ("AVAR", "AVAL", 9, "chemical")]
    decisions = read_forms(listed(rows))
    assert reasons(decisions, "AVAL - DB1") == [("differs", "5 here, 7 in celegans/cook2019/chemical", 2)]
    assert reasons(decisions, "AVAR - AVAL") == [("differs", "9 here, absent from celegans/cook2019/chemical", 9)]
    assert reasons(decisions, "AVAL - AVAR") == [("differs", "absent here, 2 in celegans/cook2019/chemical", None)]
    (summary,) = reasons(decisions, "edge list, chemical")
    assert "2 pairs agree in weight, 1 differ, 1 are only here, 1 only there" in summary[1]


def test_a_gap_junction_of_the_list_in_one_direction_is_said(read_forms):
    decisions = read_forms(listed(GOOD[:-1]))
    assert reasons(decisions, "AVAL -> DB1") == [("differs", "the other direction is absent; 1 is taken", 8)]


def test_an_asymmetric_sheet_of_another_weight(read_forms):
    decisions = read_forms(asymmetric={("AVAR", "AVAL"): 3, ("AVAL", "DB01"): 1})
    found = decisions.filter(pl.col("item") == "AVAL - AVAR").select("reason", "sheet", "row").rows()
    assert sorted(found) == [
        ("3 here, 4 in celegans/cook2019-male/gap_junction", ASYMMETRIC["male"], 5),
        ("3 here, 4 in celegans/cook2019/gap_junction", ASYMMETRIC["hermaphrodite"], 5),
    ]


def test_what_was_made_up_in_the_modified_list_is_named_and_no_data(read_forms):
    added = [("DB01 ", " DB02  ", 5, "chemical"), ("AVAR ", " pm1vl ", 5, "chemical")]
    decisions = read_forms(listed(GOOD), modified=listed([*GOOD[:3], *GOOD[4:], *added]))
    found = decisions.filter(pl.col("file") == "m.csv", ~pl.col("action").is_in(["renamed", "merged"]))
    assert found.select("action", "item", "row").rows() == [
        ("dropped", "modified edge list", None),
        ("differs", "modified edge list, chemical", None),
        ("differs", "AVAR - pm1", 10),
        ("differs", "DB1 - DB2", 9),
        ("kept", "modified edge list, gap_junction", None),
    ]
    assert reasons(found, "DB1 - DB2")[0][1] == "5 here, absent from herm_full_edgelist.csv/chemical"
    assert "none of its rows becomes an edge" in found["reason"][0]


def test_a_modified_list_without_the_list_is_compared_with_nothing(read_forms):
    decisions = read_forms(modified=listed(GOOD))
    assert ("dropped", "no file of this form was given", None) in reasons(decisions, "edgelist")
    assert "there is no herm_full_edgelist.csv" in reasons(decisions, "modified edge list")[1][1]
    assert decisions.filter(pl.col("file") == "m.csv", pl.col("action") == "differs").is_empty()


# bad files


def refused(call, *parts):
    with pytest.raises(SourceError) as caught:
        call()
    for part in parts:
        assert part in str(caught.value), str(caught.value)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "the file is empty"),
        (listed(GOOD).replace("Weight", "weight"), "row 1: has the columns Source, Target, weight, Type"),
        ("a list\n" + listed(GOOD), "row 2: has 4 cell(s), 1 were expected"),
        (listed(GOOD)[:-14], "row 9: has 2 cell(s), 4 were expected"),
        (HEADER + "AVAL,AVAR,many,chemical\n", "row 2, column Weight: holds 'many'"),
        (HEADER + "AVAL,AVAR,nan,chemical\n", "row 2, column Weight: holds 'nan'"),
        (HEADER + "AVAL,AVAR,-1,chemical\n", "row 2, column Weight: holds '-1'"),
        (HEADER + "AVAL,AVAR,1,glia\n", "row 2, column Type: holds 'glia'"),
        (HEADER + "AVAX,AVAR,1,chemical\n", "row 2, column Source: 'AVAX' (like "),
    ],
)
def test_a_list_that_is_none(read_forms, content, says):
    refused(lambda: read_forms(content), "list.csv", says)
    refused(lambda: read_forms(modified=content), "m.csv", says)


def test_a_json_that_is_none(read_forms):
    refused(lambda: read_forms(records="[{]"), "c.json", "is not JSON")
    refused(lambda: read_forms(records='[{"pre": "AVAL", "post": "AVAR", "typ": 1, "syn": [1]}]'), "row 1: typ is 1")


def test_the_earlier_workbook(write_xlsx, cells_of_both):
    path = write_xlsx("si5.xlsx", {"hermaphrodite chemical": CHEMICAL, "herm gap jn symmetric": GAP})
    refused(lambda: cook2019_forms.read({"si5": path}, cells_of_both), "is the earlier version")


def test_a_workbook_without_the_sheets(write_xlsx, cells_of_both):
    path = write_xlsx("si5.xlsx", {"hermaphrodite chemical": CHEMICAL})
    refused(lambda: cook2019_forms.read({"si5": path}, cells_of_both), "has no sheet 'hermaphrodite gap jn asymmetric'")


# the real forms


@pytest.fixture(scope="module")
def folder(shared_data):
    return shared_data / "celegans/connectome/cook2019"


@pytest.fixture(scope="module")
def decisions(folder, cells_of_both):
    si5 = {"si5": folder / "SI5_adjacency_corrected_July2020.xlsx"}
    parents = {
        **cells_of_both,
        "celegans/cook2019": cook2019.read(si5, cells_of_both),
        "celegans/cook2019-male": cook2019_male.read(si5, cells_of_both),
    }
    more = {"edgelist": folder / "herm_full_edgelist.csv", "json": folder / "wormwideweb_cook_jarrell_2019_h.json"}
    return cook2019_forms.read({**si5, **more}, parents)["decision"]


@pytest.mark.data
def test_a_dataset_of_decisions_is_valid(decisions):
    info = DatasetInfo("celegans/test", "celegans", "t", "l", "c", "r", "1")
    validate(Dataset(info, {"decision": decisions}), {})


@pytest.mark.data
@pytest.mark.parametrize(
    ("item", "action", "agree", "differ", "only_here", "only_there"),
    [
        ("hermaphrodite gap jn asymmetric, gap_junction", "kept", 1450, 0, 0, 0),
        ("male gap jn asymmetric, gap_junction", "kept", 1758, 0, 0, 0),
        ("WormWideWeb JSON, chemical", "kept", 4879, 0, 0, 0),
        ("WormWideWeb JSON, gap_junction", "kept", 1450, 0, 0, 0),
        ("edge list, chemical", "differs", 4514, 44, 123, 321),
        ("edge list, gap_junction", "differs", 1251, 1, 107, 198),
    ],
)
def test_the_real_forms(decisions, item, action, agree, differ, only_here, only_there):
    counts = f"{agree} pairs agree in weight, {differ} differ, {only_here} are only here, {only_there} only there"
    found = decisions.filter(pl.col("item") == item, pl.col("action") == action)
    assert counts in found["reason"].item()


@pytest.mark.data
def test_every_row_of_the_edge_list_is_read(folder, cell_tables, canonical):
    rows = read_edgelist(folder / "herm_full_edgelist.csv")
    kinds = [kind for _, _, kind, _, _ in rows]
    assert (len(rows), kinds.count("chemical"), kinds.count("gap_junction")) == (7379, 4681, 2698)
    names = CellNames.of(cell_tables)
    nodes = [(names.resolve(s).node, names.resolve(t).node, kind, weight) for s, t, kind, weight, _ in rows]

    def among(neurons, of):
        weights = [w for s, t, kind, w in nodes if s in neurons and t in neurons and kind == of]
        return len(weights), sum(weights)

    assert among(canonical, "chemical") == (3638, 20589)
    assert among(canonical, "gap_junction") == (2168, 8642)
    but_vc6 = [uid for uid in canonical if not uid.endswith("/VC6")]  # others count the list without it
    assert among(but_vc6, "chemical") == (3631, 20573)
    assert among(but_vc6, "gap_junction") == (2154, 8618)


@pytest.mark.network
def test_the_real_modified_list_has_sixteen_connections_that_were_made_up(wheel_files, cells_of_both):
    files = wheel_files("celegans/cook2019-forms")
    parents = {
        **cells_of_both,
        "celegans/cook2019": cook2019.read(files, cells_of_both),
        "celegans/cook2019-male": cook2019_male.read(files, cells_of_both),
    }
    decisions = cook2019_forms.read(files, parents)["decision"]
    made_up = decisions.filter(pl.col("reason").str.contains("herm_full_edgelist.csv/chemical"))
    assert "4680 pairs agree in weight, 1 differ, 15 are only here, 0 only there" in made_up["reason"][0]
    assert made_up["row"].drop_nulls().sort().to_list() == list(range(7380, 7396))
    assert made_up["item"].slice(1).str.contains("^(DB|VB)[0-9]+ - (DB|VB)[0-9]+$").all()
    assert len(read_edgelist(files["modified"])) == 7379 - 1 + 16
