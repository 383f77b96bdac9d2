"""Cook et al. 2019 as first published: its counts, what was corrected in it, and files that are not it."""

from __future__ import annotations

import polars as pl
import pytest

from ingest.celegans import cook2019, cook2019_male, cook2019_male_original, cook2019_original, male_cells
from ingest.celegans.cook2019_original import compare_cells
from ingest.source import source
from schemas.dataset import Dataset, DatasetInfo, Decisions
from schemas.errors import SourceError
from schemas.validation import validate

READERS = {"hermaphrodite": cook2019_original, "male": cook2019_male_original}
FIRST = {"hermaphrodite": cook2019_original.HERMAPHRODITE, "male": cook2019_male_original.MALE}
CORRECTED = {"hermaphrodite": cook2019, "male": cook2019_male}
SEXES = list(READERS)
NAMES = ("AVAL", "AVAR", "DB01")
PAIR = {("AVAL", "AVAR"): 4, ("AVAR", "AVAL"): 4}


def matrix(weights, names=NAMES):
    body = [[None, None, s, *(weights.get((s, t)) for t in names), s] for s in names]
    return [["GROUP"], [None], [None, None, None, *names, None], *body, [None, None, None, *names, None]]


def sheets_of(sex, chemical=PAIR, gap=PAIR, once=None):
    """The sheets of one sex in the first edition, and the other sex's that tell the edition."""
    first = FIRST[sex]
    names = {"herm gap jn symmetric": matrix(PAIR), **dict.fromkeys(first.matrices.sheets.values())}
    asymmetric = matrix({("AVAL", "AVAR"): 4} if once is None else once)
    of_kind = {first.matrices.sheets["chemical"]: chemical, first.matrices.sheets["gap_junction"]: gap}
    return {**names, **{name: matrix(w) for name, w in of_kind.items()}, first.asymmetric: asymmetric}


@pytest.fixture(scope="module")
def cells_of_both(cell_tables):
    return {**cell_tables, "celegans/male-cells": male_cells.read({}, {})}


@pytest.fixture
def parents(write_xlsx, cells_of_both):
    """Cells, and corrected connectomes of one gap junction and one synapse each way."""
    found = dict(cells_of_both)
    for of in CORRECTED.values():
        path = write_xlsx("corrected.xlsx", dict.fromkeys(of.SHEETS.values(), matrix(PAIR)))
        found[of.DATASET] = of.read({"si5": path}, cells_of_both)
    return found


@pytest.fixture
def read(write_xlsx, parents):
    """Reads one sex from sheets, and where given the copy of them."""

    def read(sex, sheets, copy=None):
        files = {"moesm9": write_xlsx("m.xlsx", sheets)}
        if copy is not None:
            files["wormwiring"] = write_xlsx("w.xlsx", copy)
        return READERS[sex].read(files, parents)

    return read


def rows(tables, item):
    found = tables["decision"].filter(pl.col("item") == item)
    return found.select("action", "reason", "sheet", "row", "column").rows()


@pytest.mark.parametrize("sex", SEXES)
def test_what_agrees_is_said_once(read, sex):
    sheets = sheets_of(sex)
    tables = read(sex, sheets, sheets)
    assert tables["gap_junction"]["weight"].to_list() == [4]
    kept = tables["decision"].filter(pl.col("action") == "kept")
    assert kept["item"].to_list() == [
        "as first published, chemical",
        "as first published, gap_junction",
        f"{FIRST[sex].asymmetric}, gap_junction",
        *["cell by cell"] * 3,
    ]
    assert tables["decision"].filter(pl.col("action") == "differs").is_empty()
    assert set(tables["network"]["uid"]) == {f"{READERS[sex].DATASET}/{kind}" for kind in ("chemical", "gap_junction")}


@pytest.mark.parametrize("sex", SEXES)
def test_gap_junctions_that_are_not_symmetric_are_decisions_at_their_cell(read, sex):
    gap = {("AVAL", "AVAR"): 4, ("AVAR", "AVAL"): 3, ("DB01", "AVAL"): 2}
    tables = read(sex, sheets_of(sex, gap=gap))
    assert tables["gap_junction"].sort("target")["weight"].to_list() == [4, 2]
    name = FIRST[sex].matrices.sheets["gap_junction"]
    reason = "4 in the other direction, 3 here; the greater is taken"
    assert rows(tables, "AVAR -> AVAL") == [("differs", reason, name, 5, "D")]
    assert rows(tables, "DB1 -> AVAL") == [("differs", "the other direction is absent; 2 is taken", name, 6, "D")]


@pytest.mark.parametrize("sex", SEXES)
def test_what_was_corrected_is_named_pair_by_pair(read, sex):
    chemical = {("AVAL", "AVAR"): 9, ("DB01", "AVAL"): 1}
    tables = read(sex, sheets_of(sex, chemical=chemical))
    name, corrected = FIRST[sex].matrices.sheets["chemical"], f"{CORRECTED[sex].DATASET}/chemical"
    assert tables["chemical"].height == 2
    (summary,) = rows(tables, "as first published, chemical")
    assert "0 pairs agree in weight, 1 differ, 1 are only here, 1 only there" in summary[1]
    assert rows(tables, "AVAL - AVAR") == [("differs", f"9 here, 4 in {corrected}", name, 4, "E")]
    assert rows(tables, "DB1 - AVAL") == [("differs", f"1 here, absent from {corrected}", name, 6, "D")]
    assert rows(tables, "AVAR - AVAL") == [("differs", f"absent here, 4 in {corrected}", name, None, None)]


@pytest.mark.parametrize("sex", SEXES)
def test_the_sheet_that_lists_each_pair_once_is_compared_with_the_network(read, sex):
    tables = read(sex, sheets_of(sex, once={("AVAR", "AVAL"): 5}))
    network, name = f"{READERS[sex].DATASET}/gap_junction", FIRST[sex].asymmetric
    assert rows(tables, "AVAL - AVAR") == [("differs", f"5 here, 4 in {network}", name, 5, "D")]
    assert tables["gap_junction"]["weight"].to_list() == [4]


@pytest.mark.parametrize("sex", SEXES)
def test_the_copy_is_compared_cell_by_cell_also_where_it_names_a_cell_twice(read, sex):
    sheets = sheets_of(sex)
    name = FIRST[sex].matrices.sheets["chemical"]
    twice = [list(row) for row in sheets[name]]
    twice[3][2], twice[3][4], twice[4][4] = "AVAR", None, 4
    tables = read(sex, sheets, {**sheets, name: twice})
    found = tables["decision"].filter(pl.col("item").str.starts_with("cell "), pl.col("file") == "w.xlsx")
    assert found.filter(pl.col("action") == "differs").select("item", "reason", "row", "column").rows() == [
        ("cell by cell", "compared with m.xlsx: 13 cells are equal, 3 differ", None, None),
        ("cell C4", "'AVAR' here, 'AVAL' in m.xlsx", 4, "C"),
        ("cell E4", "nothing here, '4' in m.xlsx", 4, "E"),
        ("cell E5", "'4' here, nothing in m.xlsx", 5, "E"),
    ]


def test_a_copy_that_was_not_given_is_said(read):
    assert rows(read("male", sheets_of("male")), "wormwiring")[0][:2] == (
        "dropped",
        "no file of this form was given",
    )


def test_sheets_of_other_sizes_are_compared_as_far_as_they_go(write_xlsx):
    one, other = write_xlsx("m.xlsx", {"s": [["a", "b"], ["c"]]}), write_xlsx("w.xlsx", {"s": [["a"], ["c"], ["d"]]})
    decisions = Decisions()
    compare_cells(one, other, "s", decisions)
    assert [row["item"] for row in decisions.rows] == ["cell by cell", "cell B1", "cell A3"]


# bad files


def refused(call, *parts):
    with pytest.raises(SourceError) as caught:
        call()
    for part in parts:
        assert part in str(caught.value), str(caught.value)
    assert caught.value.hint
    return caught.value


@pytest.mark.parametrize("sex", SEXES)
def test_the_corrected_workbook_is_another_dataset(read, sex):
    sheets = {**dict.fromkeys(cook2019.SHEETS.values(), matrix(PAIR)), "male chemical": matrix(PAIR)}
    error = refused(lambda: read(sex, sheets), "m.xlsx: is the version corrected in July 2020")
    assert "41586_2019_1352_MOESM9_ESM.xlsx" in error.hint
    refused(lambda: read(sex, sheets_of(sex), sheets), "w.xlsx: is the version corrected in July 2020")


@pytest.mark.parametrize("sex", SEXES)
def test_the_first_edition_is_not_the_corrected_dataset(write_xlsx, cells_of_both, sex):
    path = write_xlsx("m.xlsx", sheets_of(sex))
    error = refused(lambda: CORRECTED[sex].read({"si5": path}, cells_of_both), "m.xlsx: is the earlier version")
    assert "corrected July 2020" in error.hint


@pytest.mark.parametrize("sex", SEXES)
@pytest.mark.parametrize("part", ["chemical", "gap_junction", "asymmetric"])
def test_a_missing_sheet(read, sex, part):
    first = FIRST[sex]
    gone = first.asymmetric if part == "asymmetric" else first.matrices.sheets[part]
    sheets = {name: rows for name, rows in sheets_of(sex).items() if name != gone}
    refused(lambda: read(sex, sheets), f"m.xlsx: has no sheet '{gone}'")
    refused(lambda: read(sex, sheets_of(sex), sheets), f"w.xlsx: has no sheet '{gone}'")


@pytest.mark.parametrize("sex", SEXES)
@pytest.mark.parametrize(
    ("weight", "says"), [("many", "holds 'many'"), (-1, "holds '-1'"), ("nan", "a number was expected")]
)
def test_a_weight_that_is_none(read, sex, weight, says):
    name = FIRST[sex].matrices.sheets["chemical"]
    sheets = sheets_of(sex, chemical={("AVAL", "AVAR"): weight})
    refused(lambda: read(sex, sheets), f"m.xlsx, sheet '{name}', row 4, column E", says)


@pytest.mark.parametrize("sex", SEXES)
def test_names_that_cannot_be(read, sex):
    name = FIRST[sex].matrices.sheets["chemical"]
    unknown = {**sheets_of(sex), name: matrix({("AVAX", "AVAR"): 1}, ("AVAX", "AVAR"))}
    refused(lambda: read(sex, unknown), f"sheet '{name}', row 4, column C: 'AVAX'")
    twice = [list(row) for row in sheets_of(sex)[name]]
    twice[4][2] = "AVAL"
    refused(lambda: read(sex, {**sheets_of(sex), name: twice}), "row 5, column C: the name 'AVAL' stands twice")


def test_the_registry_names_both():
    hermaphrodite, male = source("celegans/cook2019-original"), source("celegans/cook2019-male-original")
    assert hermaphrodite.files == male.files
    assert hermaphrodite.parents == ("celegans/cells", "celegans/cook2019")
    assert male.parents == ("celegans/male-cells", "celegans/cook2019-male")
    assert all(file.wheel for file in male.files)


# the real workbooks, which only the wheel holds


@pytest.fixture(scope="module")
def real(wheel_files, cells_of_both):
    """Tables of both sexes."""
    si5 = wheel_files("celegans/cook2019")
    parents = {**cells_of_both, **{of.DATASET: of.read(si5, cells_of_both) for of in CORRECTED.values()}}
    files = wheel_files("celegans/cook2019-original")
    return {sex: reader.read(files, parents) for sex, reader in READERS.items()}


def reasons(tables, *, file=None, sheet=None):
    """What differs from a pair or cell: item and reason."""
    found = tables["decision"].filter(pl.col("action") == "differs", ~pl.col("reason").str.starts_with("compared"))
    if file is not None:
        found = found.filter(pl.col("file").str.contains(file))
    return found if sheet is None else found.filter(pl.col("sheet") == sheet)


@pytest.mark.network
@pytest.mark.parametrize("sex", SEXES)
def test_the_real_tables_are_valid(real, cells_of_both, sex):
    parent = FIRST[sex].matrices.parent
    keys = {name: frame["uid"].to_list() for name, frame in cells_of_both[parent].items() if "uid" in frame}
    info = DatasetInfo("celegans/test", "celegans", "t", "l", "c", "r", "1", parents=(parent,))
    validate(Dataset(info, real[sex]), keys)


@pytest.mark.network
def test_the_real_counts_of_the_hermaphrodite(real, wheel_files, canonical, cell_tables):
    tables = real["hermaphrodite"]
    chemical, gap = tables["chemical"], tables["gap_junction"]
    assert (chemical.height, chemical["weight"].sum()) == (4879, 28113)
    assert (gap.height, gap["weight"].sum()) == (1450, 10926)
    path = wheel_files("celegans/cook2019-original")["moesm9"]
    names = cook2019.CellNames.of(cell_tables)
    cells = {
        kind: cook2019.read_entries(path, name, names, Decisions()).entries
        for kind, name in cook2019_original.SHEETS.items()
    }
    assert {kind: len(entries) for kind, entries in cells.items()} == {"chemical": 4879, "gap_junction": 2881}

    def among(kind, neurons):
        weights = [e.weight for e in cells[kind] if e.source in neurons and e.target in neurons]
        return len(weights), sum(weights)

    but_vc6 = {uid for uid in canonical if not uid.endswith("/VC6")}  # others count the workbook without it
    assert among("chemical", but_vc6) == (3699, 20870)
    assert among("gap_junction", but_vc6) == (2185, 9594)
    assert among("chemical", set(canonical)) == (3707, 20905)
    assert among("gap_junction", set(canonical)) == (2191, 9608)


@pytest.mark.network
def test_the_real_counts_of_the_male(real):
    tables = real["male"]
    assert (tables["chemical"].height, tables["chemical"]["weight"].sum()) == (5306, 45959)
    assert (tables["gap_junction"].height, tables["gap_junction"]["weight"].sum()) == (1758, 15909)


@pytest.mark.network
@pytest.mark.parametrize(
    ("sex", "directions", "pairs"),
    [
        (
            "hermaphrodite",
            {"VA9 -> PVCR": (305, "HN"), "PDB -> DD6": (290, "KJ"), "exc_gl -> ALA": (441, "FE")},
            {"BDUL - PLML": 23, "BDUR - PLMR": 23, "PVDL - hmc": -400, "PVDR - hmc": -400},
        ),
        (
            "male",
            {
                "FLPL -> RIVL": (103, "IE"),
                "RIVR -> FLPL": (240, "CY"),
                "DD1 -> dBWMR8": (291, "NN"),
                "VB5 -> VB7": (313, "LC"),
                "VB7 -> VB6": (315, "LB"),
                "vBWMR8 -> DD1": (411, "KE"),
                "R8BL -> R8AL": (484, "RN"),
            },
            {"FLPL - RIVR": 1, "DD1 - vBWML8": -2},
        ),
    ],
)
def test_what_was_wrong_in_the_real_gap_junctions(real, sex, directions, pairs):
    """Pairs in one direction or of two weights; pairs that the corrected sheet lacks (or has: negative)."""
    here = reasons(real[sex], file="MOESM9", sheet=FIRST[sex].matrices.sheets["gap_junction"])
    one_way = here.filter(pl.col("item").str.contains("->"))
    assert {item: (row, column) for item, row, column in one_way.select("item", "row", "column").iter_rows()} == (
        directions
    )
    other = here.filter(pl.col("item").str.contains(" - "))
    found = {}
    for item, reason in other.select("item", "reason").iter_rows():
        only_there = reason.startswith("absent")
        found[item] = -float(reason.split()[2]) if only_there else float(reason.split()[0])
    assert found == pairs


@pytest.mark.network
@pytest.mark.parametrize(
    ("sex", "item", "counts"),
    [
        ("hermaphrodite", "as first published, chemical", (4879, 0, 0, 0)),
        ("hermaphrodite", "as first published, gap_junction", (1448, 0, 2, 2)),
        ("hermaphrodite", "herm gap jn asymmetric, gap_junction", (1442, 0, 2, 8)),
        ("male", "as first published, chemical", (5306, 0, 0, 0)),
        ("male", "as first published, gap_junction", (1757, 0, 1, 1)),
        ("male", "male gap jn asymmetric, gap_junction", (1752, 1, 0, 5)),
    ],
)
def test_the_real_comparisons(real, sex, item, counts):
    compared = real[sex]["decision"].filter(pl.col("item") == item, pl.col("reason").str.starts_with("compared"))
    found = compared["reason"].item()
    agree, differ, here, there = counts
    assert f"{agree} pairs agree in weight, {differ} differ, {here} are only here, {there} only there" in found


@pytest.mark.network
def test_the_real_copy_is_the_same_but_for_names_of_the_males_rays_and_one_row(real):
    same = real["hermaphrodite"]["decision"].filter(pl.col("item") == "cell by cell")
    assert same["action"].to_list() == ["kept"] * 3
    assert same["reason"].str.extract(r"(\d+) cells are equal, 0 differ").cast(pl.Int64).to_list() == [6416, 4796, 3362]
    other = reasons(real["male"], file="^SI 5")
    rays = other["reason"].str.contains(r"^'R\dsh[LR]' here, 'R\dst[LR]' in ")
    assert dict(other.group_by("sheet").len().iter_rows()) == {
        "male chemical": 14,
        "male gap jn symmetric": 22,
        "male gap jn asymmetric": 22,
    }
    rest = other.filter(~rays)
    assert rest["item"].to_list() == [f"cell {at}" for at in "C177 DR177 FW177 IP177 DR178 FW178 IP178".split()]
    assert rest["reason"][0].startswith("'RMFR' here, 'RMFL' in ")
