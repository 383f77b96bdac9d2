"""Yim et al. 2024: the dauer's numbers, what its units are, whose the other sheets are, and bad workbooks."""

from __future__ import annotations

import csv
from collections import defaultdict

import polars as pl
import pytest

from ingest import run
from ingest.celegans import cook2019, cook2019_male, cook2019_synapses, durbin1986, male_cells, yim2024
from ingest.celegans.yim2024 import read_matrix
from ingest.fetch import fetch
from ingest.source import source
from schemas.errors import SourceError

SYNAPSES, CONTACTS = (f"41467_2024_45943_MOESM{n}_ESM.xlsx" for n in (6, 9))
STAGES = ["L1_1", "L1_2", "L1_3", "L1_4", "L2", "L3", "Adult_2"]
CHEMICAL = [[0, 12.5, 0], [0, 0, 3], [800, 0, 0]]
CONTACT = [[0, 64, 0], [64, 0, 400], [0, 400, 0]]
LABELS = ("AVAL", "AVAR", "BWM-DL01")


def matrix(body, labels=LABELS):
    numbers = list(range(1, len(labels) + 1))
    rows = [[label, i, *row] for label, i, row in zip(labels, numbers, body, strict=True)]
    return [[None, None, *labels], [None, None, *numbers], *rows]


def scaled(body, factor):
    return [[value / factor for value in row] for row in body]


@pytest.fixture(scope="module")
def folder(from_wheel):
    return from_wheel("celegans/yim2024")


@pytest.fixture(scope="module")
def tables(folder, cell_tables):
    return yim2024.read({"moesm6": folder / SYNAPSES, "moesm9": folder / CONTACTS}, cell_tables)


@pytest.fixture(scope="module")
def matrices(folder):
    """Weights of a sheet by their two labels."""
    return lambda book, name: {(w.source, w.target): w.value for w in read_matrix(folder / book, name)[1]}


@pytest.fixture(scope="module")
def lists(shared_data):
    """Of each animal of Witvliet et al. the sizes and the number of its contacts, by their two labels."""
    sizes, counts = defaultdict(float), defaultdict(int)
    path = shared_data / "celegans/connectome/witvliet2021/nature2021_synapse_list.csv"
    with path.open(newline="") as stream:
        for row in csv.DictReader(stream):
            key = row["dataset"], row["pre"], row["post"]
            sizes[key] += float(row["size"])
            counts[key] += 1
    return sizes, counts


@pytest.fixture
def read(write_xlsx, cell_tables):
    """Reads two workbooks; sheets given for one replace its own, None takes one away."""

    def written(synapses=None, contacts=None):
        books = {}
        for key, name, body, given in (("moesm6", "s", CHEMICAL, synapses), ("moesm9", "c", CONTACT, contacts)):
            sheets = {"Dauer": matrix(body), **(given or {})}
            books[key] = write_xlsx(f"{name}.xlsx", {k: v for k, v in sheets.items() if v is not None})
        return yim2024.read(books, cell_tables)

    return written


def edges(frame):
    return {(s[23:], t[23:]): w for s, t, w in frame.select("source", "target", "weight").iter_rows()}


def told(tables, item):
    found = tables["decision"].filter(pl.col("item") == item)
    return found.select("action", "reason").rows()


# the real workbooks


@pytest.mark.network
def test_the_source_is_fetched_and_read(folder, tmp_path, cell_tables, check_tables):
    spec = source("celegans/yim2024")
    got = fetch(spec, tmp_path, from_dir=folder)
    dataset = run.ingest(spec, got.files, cell_tables, got.provenance)
    check_tables(dataset.tables)
    assert [s.name for s in dataset.sources] == [SYNAPSES, CONTACTS]


@pytest.mark.network
def test_every_weight_of_the_dauer_is_an_edge(tables, matrices, cell_tables):
    names = cell_tables["celegans/cells"]["node"]
    known = {a: n for n, aliases in names.select("name", "aliases").iter_rows() for a in (n, *aliases)}
    chemical = {(known[s], known[t]): w for (s, t), w in matrices(SYNAPSES, "Dauer").items()}
    assert edges(tables["chemical"]) == chemical
    assert len(chemical) == 2198
    contact = {(known[s], known[t]): w for (s, t), w in matrices(CONTACTS, "Dauer").items()}
    assert all(contact[t, s] == w for (s, t), w in contact.items())
    assert edges(tables["contact"]) == {tuple(sorted(pair)): w for pair, w in contact.items()}
    assert (len(contact), tables["contact"].height) == (12160, 6080)
    assert tables["decision"].filter(pl.col("action") == "renamed").height == 2 * 32


@pytest.mark.network
def test_synapses_run_from_the_row_to_the_column(tables):
    """No muscle or glia sends; muscles receive."""
    sources, targets = ({name for pair in edges(tables["chemical"]) for name in pair[i : i + 1]} for i in (0, 1))
    assert not [name for name in sources if name.startswith(("dBWM", "vBWM", "CEPsh", "GLR"))]
    assert len([name for name in targets if name.startswith(("dBWM", "vBWM"))]) > 20
    assert ("ASHL", "RIPL") in edges(tables["chemical"])


@pytest.mark.network
def test_the_numbers_fit_nm3_and_nm2(matrices):
    """Voxels of 4 by 4 by 50 nm; faces of 8 by 8 and 8 by 50 nm, of which no other sum is below 16 * 72."""
    given = defaultdict(float)
    for (source_, _), volume in matrices(SYNAPSES, "Dauer").items():
        given[source_] += volume
    whole = [v for v in given.values() if abs(v - 800 * round(v / 800)) < 0.01]
    assert (len(whole), len(given)) == (160, 164)
    sums = {64 * i + 400 * j for i in range(19) for j in range(4)}
    areas = set(matrices(CONTACTS, "Dauer").values())
    assert all(area % 16 == 0 for area in areas)
    small = {area for area in areas if area < 16 * 72}
    assert len(small) > 15
    assert small <= sums


@pytest.mark.network
def test_networks_and_the_animal(tables):
    assert tables["subject"].select("uid", "sex", "stage", "age_h").rows() == [
        ("celegans/yim2024/dauer", "hermaphrodite", "dauer", None)
    ]
    assert tables["network"].select("uid", "subject", "directed", "weight_unit").rows() == [
        ("celegans/yim2024/chemical", "celegans/yim2024/dauer", True, "active zone volume, nm^3"),
        ("celegans/yim2024/contact", "celegans/yim2024/dauer", False, "membrane contact area, nm^2"),
    ]


@pytest.mark.network
def test_every_other_sheet_has_a_decision(folder, tables):
    left_out = tables["decision"].filter(pl.col("action").is_in(["dropped", "differs"]))
    animals = [*STAGES, "Adult_1", "Adult_3", "L4"]
    both = {(book, name) for book in (SYNAPSES, CONTACTS) for name in ("Dauer_normalized",)}
    both |= {(SYNAPSES, name + form) for name in animals for form in ("", "_normalized")}
    both |= {(CONTACTS, name + form) for name in STAGES for form in ("", "_normalized")}
    assert set(left_out.select("file", "sheet").rows()) == both
    assert left_out.height == len(both) == 21 + 15
    assert "not known" not in " ".join(left_out["reason"])
    assert told(tables, "Dauer_normalized") == [
        ("dropped", "the weights of 'Dauer' over 341503; left out"),
        (
            "differs",
            "is not 'Dauer' over one number: the quotients run from 65582.7 to 950950; the weights there count",
        ),
    ]


@pytest.mark.network
def test_a_normalised_weight_is_over_the_standard_deviation_of_the_weaker_95_percent(matrices):
    weights = sorted(matrices(SYNAPSES, "Dauer").values())
    assert pl.Series(weights[: int(0.95 * len(weights))]).std() == pytest.approx(341503, rel=1e-5)


@pytest.mark.network
@pytest.mark.data
@pytest.mark.parametrize(("number", "name"), [(n, s) for n, s in zip((1, 2, 3, 4, 5, 6, 8), STAGES, strict=True)])
def test_the_larvae_and_adult_2_are_the_sizes_of_witvliet_2021(number, name, matrices, lists):
    """Their sizes are whole numbers, and the sheets' were rounded after they had been summed."""
    found = matrices(SYNAPSES, name)
    sizes = {(pre, post): v for (animal, pre, post), v in lists[0].items() if animal == f"Dataset{number}"}
    assert found.keys() <= sizes.keys()
    assert [pair for pair in sizes if pair not in found] == ([("ALA", "CANR")] if number == 6 else [])
    assert all(0 <= found[pair] - sizes[pair] < 30 for pair in found)


@pytest.mark.network
@pytest.mark.data
def test_adult_1_is_the_counts_of_witvliet_2021(matrices, lists):
    counts = {tuple(pair): n for (dataset, *pair), n in lists[1].items() if dataset == "Dataset7"}
    assert matrices(SYNAPSES, "Adult_1") == counts


@pytest.mark.network
@pytest.mark.data
def test_contacts_of_adult_2_are_those_of_witvliet_2021(matrices, shared_data):
    path = shared_data / "celegans/connectome/witvliet2021/nature2021_contact_Dataset8_adjacency.csv"
    with path.open(newline="") as stream:
        header, *rows = csv.reader(stream)
    areas = {(row[0], c): float(x) for row in rows for c, x in zip(header[1:], row[1:], strict=True) if float(x)}
    found = matrices(CONTACTS, "Adult_2")
    assert all(areas[pair] == area for pair, area in found.items())
    assert len(found) == 12439


@pytest.mark.network
@pytest.mark.data
def test_adult_3_is_n2u_and_l4_is_jsh(matrices, shared_data, cell_tables):
    """By their pairs: the synapse lists of Cook et al. have all of N2U's; Durbin's lists most of JSH's."""
    folder = shared_data / "celegans/connectome"
    parents = {**cell_tables, "celegans/male-cells": male_cells.read({}, {})}
    si5 = {"si5": folder / "cook2019/SI5_adjacency_corrected_July2020.xlsx"}
    for uid, reader in (("celegans/cook2019", cook2019), ("celegans/cook2019-male", cook2019_male)):
        parents[uid] = reader.read(si5, parents)
    cook = cook2019_synapses.read({"si3": folder / "cook2019/SI3_synapse_lists.xlsx"}, parents)["chemical"]
    durbin = durbin1986.read({"neurodata": folder / "varshney2011/neurodata.txt"}, parents)["chemical"]

    def of(frame, series):
        return edges(frame.filter(pl.col("network").str.contains(f"/{series}/")))

    n2u = of(cook, "N2U")
    adult = {pair: w for pair, w in matrices(SYNAPSES, "Adult_3").items() if "-" not in "".join(pair)}
    assert adult.keys() <= n2u.keys()
    assert sum(n2u[pair] == w for pair, w in adult.items()) > 0.85 * len(adult)
    jsh, other = of(durbin, "jsh"), of(durbin, "n2u")
    larva = {pair for pair in matrices(SYNAPSES, "L4") if "-" not in "".join(pair)}
    assert len(jsh.keys() & larva) > 0.85 * len(jsh)
    assert len(other.keys() & larva) < 0.65 * len(other)


# made workbooks


def test_a_small_pair_of_workbooks(read):
    tables = read()
    assert edges(tables["chemical"]) == {("AVAL", "AVAR"): 12.5, ("AVAR", "dBWML1"): 3, ("dBWML1", "AVAL"): 800}
    assert edges(tables["contact"]) == {("AVAL", "AVAR"): 64, ("AVAR", "dBWML1"): 400}
    assert told(tables, "celegans/yim2024/contact") == [
        ("merged", "2 pairs stand in both directions; each became one undirected edge")
    ]


def test_sheets_that_are_left_out(read):
    normalised = matrix(scaled(CHEMICAL, 4))
    given = {"Dauer_normalized": normalised, "L2": [["?"]], "L2_normalized": [["?"]], "Notes": [["?"]]}
    tables = read(given)
    assert told(tables, "Dauer_normalized") == [("dropped", "the weights of 'Dauer' over 4; left out")]
    assert told(tables, "L2") == [
        ("dropped", "not the dauer but, to compare with, dataset 5 of Witvliet et al. 2021; left out")
    ]
    assert told(tables, "L2_normalized") == [("dropped", "the normalised form of 'L2'; left out")]
    assert told(tables, "Notes") == [("dropped", "not known to this reader; left out")]


def test_a_normalised_form_that_is_something_else(read):
    other = scaled(CHEMICAL, 4)
    other[0][1] = 1
    assert told(read({"Dauer_normalized": matrix(other)}), "Dauer_normalized") == [
        ("differs", "is not 'Dauer' over one number: the quotients run from 4 to 12.5; the weights there count")
    ]
    other[0][1] = 0
    assert told(read({"Dauer_normalized": matrix(other)}), "Dauer_normalized") == [
        ("differs", "1 entries stand here or in 'Dauer' only; those there count")
    ]


def test_a_contact_in_one_direction_is_a_decision(read):
    contacts = [[0, 64, 0], [64, 0, 400], [128, 400, 0]]
    tables = read(contacts={"Dauer": matrix(contacts)})
    assert edges(tables["contact"])["AVAL", "dBWML1"] == 128
    differs = tables["decision"].filter(pl.col("action") == "differs")
    assert differs.select("file", "sheet", "row", "column", "reason").rows() == [
        ("c.xlsx", "Dauer", 5, "C", "the other direction is absent; 128 is taken")
    ]


def refused(call, *parts):
    with pytest.raises(SourceError) as caught:
        call()
    for part in parts:
        assert part in str(caught.value), str(caught.value)
    assert caught.value.hint


def changed(row, column, value, body=CHEMICAL, labels=LABELS):
    rows = matrix(body, labels)
    rows[row - 1][column] = value
    return rows


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (changed(3, 3, "much"), "s.xlsx, sheet 'Dauer', row 3, column D: holds 'much', a number was expected"),
        (changed(3, 3, -2), "row 3, column D: holds '-2', a weight is not negative"),
        (changed(3, 3, "NaN"), "row 3, column D: holds 'NaN'"),
        (changed(3, 3, "inf"), "row 3, column D: holds 'inf'"),
        (changed(3, 3, None), "row 3, column D: is empty"),
        (changed(1, 3, "AVBL"), "row 4, column A: row 4 is of 'AVAR', column D of 'AVBL'"),
        (changed(4, 0, None), "row 4, column A: row 4 is of None, column D of 'AVAR'"),
        (changed(2, 3, 3), "row 2, column D: holds '3', the number 2 was expected"),
        (changed(4, 1, 7), "row 4, column B: holds '7', the number 2 was expected"),
        (changed(1, 0, "Supplementary Data 3"), "row 1, column A: holds 'Supplementary Data 3', nothing was expected"),
        ([["Title", None, None, None, None], *matrix(CHEMICAL)], "row 1, column A: holds 'Title'"),
        ([row[1:] for row in matrix(CHEMICAL)], "sheet 'Dauer', row 1, column B: holds 'AVAL'"),
        ([[None, *row] for row in matrix(CHEMICAL)][1:], "sheet 'Dauer'"),
        (matrix(CHEMICAL)[:4], "row 5, column A: row 5 is of None, column E of 'BWM-DL01'"),
        ([row[:4] for row in matrix(CHEMICAL)], "row 5, column A: row 5 is of 'BWM-DL01', column E of None"),
        (matrix(CHEMICAL, ("AVAL", "AVAR", "AVAL")), "row 5, column A: names 'AVAL' a second time"),
        (matrix(CHEMICAL, ("AVAL", "AVAR", "QQQ")), "s.xlsx, sheet 'Dauer', row 5, column A: 'QQQ'"),
        (matrix([[0, 0, 0]] * 3), "holds no weight that is not 0"),
        (matrix(CONTACT), "has 4 of 4 weights in both directions"),
        ([["AVAL"]], "holds no matrix"),
        (None, "s.xlsx: has no sheet 'Dauer'"),
    ],
)
def test_bad_sheets(read, rows, says):
    refused(lambda: read({"Dauer": rows, "L2": [["?"]]}), says)


def test_contacts_that_are_synapses(read):
    refused(lambda: read(contacts={"Dauer": matrix(CHEMICAL)}), "c.xlsx, sheet 'Dauer'", "0 of 3 weights", "MOESM9")


def test_bad_workbooks(tmp_path, write_xlsx, cell_tables):
    good = {
        "moesm6": write_xlsx("s.xlsx", {"Dauer": matrix(CHEMICAL)}),
        "moesm9": write_xlsx("c.xlsx", {"Dauer": matrix(CONTACT)}),
    }
    for key, path in good.items():
        cut = tmp_path / "cut.xlsx"
        cut.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        refused(lambda: yim2024.read({**good, key: cut}, cell_tables), "cut.xlsx: cannot be opened")  # noqa: B023
