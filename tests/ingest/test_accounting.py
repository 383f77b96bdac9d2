"""Every row of the published files is in an edge or has a decision: counted from the raw files, without the readers.

A row that is not the first of its pair, or that names no cell, has a decision at its own place. What the other list of
a file repeats (the receiver's list, a gap junction's other direction) has one decision that says how many rows it is.
"""

from __future__ import annotations

import json
import re
import zipfile
from collections import Counter, defaultdict
from dataclasses import dataclass
from xml.etree import ElementTree as ET

import fastexcel
import polars as pl
import pytest

from ingest.celegans import cook2019, durbin1986, varshney2011, white1986, witvliet2021

pytestmark = pytest.mark.data
SET = "celegans/hermaphrodite/"
XLSX = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
WITVLIET = (1, 2, 3, 4, 6, 7, 8)
TABLES = {"whole": "whole", "n2u": "A", "jsh": "L4"}


@dataclass(frozen=True)
class Row:
    """A row of a raw file: where it stands, what it joins as the file writes it, and how strongly."""

    file: str
    row: int
    network: str
    kind: str
    pre: str
    post: str
    weight: float

    @property
    def at(self):
        return self.file, self.row


@pytest.fixture(scope="module")
def cell(cell_tables):
    """Name of the cell of a label, by the published names and aliases alone; None where it is no cell."""
    known = {}
    for name, aliases in cell_tables["celegans/cells"]["node"].select("name", "aliases").iter_rows():
        known |= dict.fromkeys(aliases, name)
    known |= {name: name for name in cell_tables["celegans/cells"]["node"]["name"]}
    folded = {label.casefold(): name for label, name in known.items()}

    def find(label):
        bare = re.sub(r"(?<=\D)0+(?=\d)", "", label)
        return known.get(label) or known.get(bare) or folded.get(label.casefold())

    return find


def places(decisions, action):
    """File and row of the decisions of an action that stand at a row, each with how often."""
    found = decisions.filter(pl.col("action") == action, pl.col("row").is_not_null())
    return Counter(found.select("file", "row").iter_rows())


def said(decisions, item, pattern):
    """The number that a summary decision of a network says; 0 where there is none."""
    reasons = decisions.filter(pl.col("item") == item, pl.col("row").is_null())["reason"].to_list()
    found = [re.match(pattern, reason) for reason in reasons]
    return sum(int(each[1]) for each in found if each)


def edges(tables, network, kind):
    found = tables[kind].filter(pl.col("network") == network) if kind in tables else tables["network"].head(0)
    if found.is_empty():
        return {}
    ends = [pl.col(end).str.strip_prefix(SET) for end in ("source", "target")]
    return {(a, b): weight for a, b, weight in found.select(*ends, "weight").iter_rows()}


def check_explained(rows, tables, cell):
    """Rows that are dropped or repeat another have a decision; the others make the edges of each network."""
    decisions = tables["decision"]
    dropped, merged = places(decisions, "dropped"), places(decisions, "merged")
    assert len({row.at for row in rows}) == len(rows)
    assert set(dropped) | set(merged) <= {row.at for row in rows}
    assert not set(dropped) & set(merged)
    networks = defaultdict(list)
    for row in rows:
        if row.at in dropped:
            assert not row.weight or None in (cell(row.pre), cell(row.post)) or row.network == "", row
        else:
            networks[row.network, row.kind].append(row)
    assert {n for n, _ in networks} == set(tables["network"]["uid"])
    for (network, kind), of_network in networks.items():
        summed, again = Counter(), set()
        for row in of_network:
            pair = cell(row.pre), cell(row.post)
            assert None not in pair, row
            again |= {row.at} if pair in summed else set()
            summed[pair] += row.weight
        assert again == {row.at for row in of_network} & set(merged), network
        if kind == "chemical":
            assert edges(tables, network, kind) == summed, network
        else:
            check_undirected(network, summed, edges(tables, network, kind), decisions)


def check_undirected(network, summed, found, decisions):
    """Each pair is one edge; how many stand in both directions is said once, each disagreement at its row."""
    assert {tuple(sorted(pair)) for pair in summed} == {tuple(sorted(pair)) for pair in found}
    both = [(a, b) for a, b in summed if a < b and (b, a) in summed]
    assert said(decisions, network, r"(\d+) pairs stand in both directions") == len(both)
    for a, b in found:
        assert found[a, b] == max(summed[a, b], summed[b, a])
    unequal = sum(summed[a, b] != summed[b, a] for a, b in both)
    ways = decisions.filter(pl.col("action") == "differs", pl.col("reason").str.contains("in the other direction"))
    assert ways.height >= unequal


# ---- lists of records: Witvliet 2021, White 1986


def records(path, network):
    kinds = {0: "chemical", 2: "gap_junction"}
    content = json.loads(path.read_text())
    return [
        Row(path.name, n, f"{network}/{kinds[r['typ']]}", kinds[r["typ"]], r["pre"], r["post"], float(sum(r["syn"])))
        for n, r in enumerate(content, start=1)
    ]


def test_witvliet_every_record(shared_data, cell_tables, cell):
    folder = shared_data / "celegans/connectome/witvliet2021"
    files = {f"stage{n}_json": folder / f"witvliet_2020_{n}.json" for n in WITVLIET}
    tables = witvliet2021.read(files, cell_tables)
    rows = [row for n in WITVLIET for row in records(files[f"stage{n}_json"], f"celegans/witvliet2021/stage{n}")]
    assert len(rows) == 939 + 1231 + 1198 + 1551 + 1952 + 2781 + 2802
    check_explained(rows, tables, cell)


def test_white_every_record(shared_data, cell_tables, cell):
    folder = shared_data / "celegans/connectome/white1986"
    files = {f"{s}_json": folder / f"white_1986_{s}.json" for s in ("whole", "n2u", "jsh", "jse")}
    tables = white1986.read(files, cell_tables)
    rows = [
        row for s in ("whole", "n2u", "jsh", "jse") for row in records(files[f"{s}_json"], f"celegans/white1986/{s}")
    ]
    assert len(rows) == 3549 + 2167 + 2056 + 104
    check_explained(rows, tables, cell)


def compared_rows(first, second):
    """Connections whose weight differs, or that one form alone has; a gap junction's greater direction counts."""
    found = []
    for form in (first, second):
        summed = Counter()
        for kind, pre, post, weight in form:
            summed[kind, pre, post] += weight
        weights = {}
        for (kind, pre, post), weight in summed.items():
            key = (kind, pre, post) if kind == "chemical" else (kind, *sorted((pre, post)))
            weights[key] = max(weights.get(key, 0), weight)
        found.append(weights)
    return {key for key in found[0].keys() | found[1].keys() if found[0].get(key) != found[1].get(key)}


@pytest.mark.parametrize("series", TABLES)
def test_white_every_row_of_a_table_agrees_or_has_a_decision(series, shared_data, cell_tables):
    folder = shared_data / "celegans/connectome/white1986"
    files = {f"{series}_json": folder / f"white_1986_{series}.json"}
    files[f"{series}_tsv"] = folder / f"aconnectome_white_1986_{TABLES[series]}.csv"
    kinds = {"chemical": "chemical", "electrical": "gap_junction"}
    lines = [line.split("\t") for line in files[f"{series}_tsv"].read_text().splitlines()[1:]]
    table = [(kinds[type_], pre, post, float(n)) for pre, post, type_, n in lines]
    listed = [(row.kind, row.pre, row.post, row.weight) for row in records(files[f"{series}_json"], series)]
    differs = white1986.read(files, cell_tables)["decision"].filter(pl.col("reason").str.starts_with("the JSON holds"))
    items = [f"{series} {kind} {pre} - {post}" for kind, pre, post in compared_rows(listed, table)]
    assert sorted(differs["item"]) == sorted(items)


@pytest.mark.parametrize(("stage", "name"), [(1, "witvliet_2020_1 L1.xlsx"), (8, "witvliet_2020_8 adult.xlsx")])
def test_witvliet_every_row_of_a_table_agrees_or_has_a_decision(stage, name, shared_data, cell_tables):
    folder = shared_data / "celegans/connectome/witvliet2021"
    files = {f"stage{stage}_json": folder / f"witvliet_2020_{stage}.json", f"stage{stage}_xlsx": folder / name}
    (_, *body) = workbook(files[f"stage{stage}_xlsx"], 0)
    kinds = {"chemical": "chemical", "electrical": "gap_junction"}
    table = [(kinds[type_], pre, post, float(n)) for pre, post, type_, n in body]
    listed = [(row.kind, row.pre, row.post, row.weight) for row in records(files[f"stage{stage}_json"], "")]
    decisions = witvliet2021.read(files, cell_tables)["decision"]
    differs = decisions.filter(pl.col("reason").str.starts_with("the JSON holds"))
    items = [f"stage{stage} {kind} {pre} - {post}" for kind, pre, post in compared_rows(listed, table)]
    assert sorted(differs["item"]) == sorted(items)


def workbook(path, sheet):
    """Rows of a sheet as text."""
    return fastexcel.read_excel(path).load_sheet(sheet, header_row=None, dtypes="string").to_polars().rows()


# ---- lists of partners: Varshney 2011, Durbin 1986


def check_partners(dataset, raw, tables, cell):
    """As `check_explained`, for files that list a contact from both cells.

    Args:
        dataset: uid that `/chemical` and `/gap_junction` are added to.
        raw: rows as (place, cell, partner, type, count); types as in NeuronConnect.
        tables: of the reader.
        cell: name of the cell of a label.
    """
    decisions = tables["decision"]
    dropped, merged = places(decisions, "dropped"), places(decisions, "merged")
    kept = []
    for at, a, b, type_, n in raw:
        no_edge = None in (cell(a), cell(b)) or not n
        assert (at in dropped) == no_edge, (at, a, b, type_, n)
        if not no_edge:
            kept.append((at, cell(a), cell(b), type_, n))
    lists = {"sent": defaultdict(list), "received": defaultdict(list), "gap": defaultdict(list)}
    for at, a, b, type_, n in kept:
        which = "gap" if type_ == "EJ" else "received" if type_.startswith("R") else "sent"
        lists[which][(b, a) if which == "received" else (a, b)].append((at, n))
    total = {which: {pair: sum(n for _, n in found) for pair, found in of.items()} for which, of in lists.items()}
    pairs = total["sent"].keys() | total["received"].keys()
    greater = {pair: max(total["sent"].get(pair, 0), total["received"].get(pair, 0)) for pair in pairs}
    assert edges(tables, f"{dataset}/chemical", "chemical") == greater
    gap = edges(tables, f"{dataset}/gap_junction", "gap_junction")
    check_undirected(f"{dataset}/gap_junction", Counter(total["gap"]), gap, decisions)
    # Every row once: it is an edge, it repeats one, it is the other list's, or it was dropped.
    counts = {
        pair: "received" if total["received"].get(pair, 0) > total["sent"].get(pair, 0) else "sent" for pair in pairs
    }
    taken = [lists[counts[pair]][pair] for pair in pairs] + list(lists["gap"].values())
    repeats = {at for found in taken for at, _ in found[1:]}
    others = {"sent": 0, "received": 0}
    for pair in pairs:
        other = "sent" if counts[pair] == "received" else "received"
        others[other] += len(lists[other].get(pair, ()))
    here = {at for at, *_ in raw}
    assert repeats == set(merged) & here
    uid = f"{dataset}/chemical"
    assert said(decisions, uid, r"(\d+) entries of receiving cells") == others["received"]
    assert said(decisions, uid, r"(\d+) entries of sending cells") == others["sent"]
    mirrored = said(decisions, f"{dataset}/gap_junction", r"(\d+) pairs")
    balance = len(greater) + len(gap) + len(repeats) + sum(others.values()) + mirrored + len(set(dropped) & here)
    assert balance == len(raw)


def test_varshney_every_row(shared_data, cell_tables, cell):
    path = shared_data / "celegans/connectome/varshney2011/NeuronConnect.xls"
    body = workbook(path, varshney2011.SHEET)[1:]
    raw = [((path.name, n), a, b, type_, float(count)) for n, (a, b, type_, count) in enumerate(body, start=2)]
    assert len(raw) == 6417
    tables = varshney2011.read({"neuron_connect": path}, cell_tables)
    check_partners("celegans/varshney2011", raw, tables, cell)


def test_durbin_every_row(shared_data, cell_tables, cell):
    path = shared_data / "celegans/connectome/varshney2011/neurodata.txt"
    types = {"Send": "S", "Send_joint": "Sp", "Receive": "R", "Receive_joint": "Rp", "Gap_junction": "EJ"}
    rows = [(n, line.split("\t")) for n, line in enumerate(path.read_text().splitlines(), start=1)]
    tables = durbin1986.read({"neurodata": path}, cell_tables)
    series = {row[3] for _, row in rows}
    assert series == {"JSH", "N2U", ""}
    for name in ("JSH", "N2U"):
        raw = [((path.name, n), r[0], r[1], types[r[2]], float(r[4])) for n, r in rows if r[3] == name]
        check_partners(f"celegans/durbin1986/{name.lower()}", raw, tables, cell)
    unplaced = {(path.name, n) for n, row in rows if not row[3]}
    assert len(unplaced) == 1
    assert unplaced <= set(places(tables["decision"], "dropped"))


# ---- matrices: Cook 2019


def number_cells(path, sheet):
    """Row, column (from 1) and value of every cell of a sheet that holds a number, from the XML of the workbook."""
    with zipfile.ZipFile(path) as archive:
        book = ET.fromstring(archive.read("xl/workbook.xml"))
        names = [each.get("name") for each in book.iter(f"{XLSX}sheet")]
        tree = ET.fromstring(archive.read(f"xl/worksheets/sheet{names.index(sheet) + 1}.xml"))
    found = []
    for each in tree.iter(f"{XLSX}c"):
        value = each.find(f"{XLSX}v")
        if value is None or each.get("t", "n") != "n":
            continue
        letters, digits = re.fullmatch(r"([A-Z]+)(\d+)", each.get("r")).groups()
        column = 0
        for letter in letters:
            column = 26 * column + ord(letter) - 64
        found.append((int(digits), column, float(value.text)))
    return found


def test_cook_every_number_of_the_sheets(shared_data, cell_tables):
    path = shared_data / "celegans/connectome/cook2019/SI5_adjacency_corrected_July2020.xlsx"
    tables = cook2019.read({"si5": path}, cell_tables)
    for kind, sheet, cells in (
        ("chemical", "hermaphrodite chemical", 4879),
        ("gap_junction", "hermaphrodite gap jn symmetric", 2883),
    ):
        numbers = number_cells(path, sheet)
        weights = [value for row, column, value in numbers if row > 3 and column > 3]
        assert len(weights) == cells == len([value for value in weights if value])
        # What is left are headings of the margin, and these have a decision.
        said_of = tables["decision"].filter(pl.col("sheet") == sheet, pl.col("action") == "dropped")["reason"].item()
        headings = {f"{int(value)}" for row, column, value in numbers if row < 3 or column < 3}
        assert len(numbers) - cells == 20
        assert headings <= set(re.findall(r"'(\d+)'", said_of))
        found = edges(tables, f"celegans/cook2019/{kind}", kind)
        loops = [weight for (a, b), weight in found.items() if a == b]
        ways = 1 if kind == "chemical" else 2
        assert ways * len(found) - (ways - 1) * len(loops) == cells
        whole = ways * sum(found.values()) - (ways - 1) * sum(loops)
        assert whole == sum(weights)
    both = said(tables["decision"], "celegans/cook2019/gap_junction", r"(\d+) pairs stand in both directions")
    gap = tables["gap_junction"]
    assert both == gap.filter(pl.col("source") != pl.col("target")).height
    assert not places(tables["decision"], "dropped")
