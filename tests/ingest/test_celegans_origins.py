"""Where edges stand: every entry is looked up in the raw file, and the entries of an edge give its weight."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from functools import cache

import h5py
import polars as pl
import pytest

from ingest.celegans import brittin2021
from ingest.celegans.coverage import IN_LIST, IN_MARGIN
from ingest.celegans.edges import Entry, origins
from ingest.celegans.names import CellNames
from ingest.fetch import fetch
from ingest.files import sheet
from ingest.run import ingest
from ingest.source import source
from schemas.errors import Place

ORDERED = ("chemical", "functional")
OTHER_SIDE = {"L": "R", "R": "L"}


@pytest.fixture(scope="module")
def dataset(request, shared_data, from_wheel, tmp_path_factory):
    """A function: tables and files of a source."""
    lake: dict[str, dict] = {}

    @cache
    def get(source_id, folder=None):
        spec = source(source_id)
        found = fetch(spec, tmp_path_factory.mktemp("downloads"), from_dir=folder or shared_data / "celegans")
        for parent in spec.parents:
            if parent not in lake:
                lake[parent] = get(parent)[0]
        tables = ingest(spec, found.files, lake, found.provenance).tables
        return tables, found.files, lake[spec.parents[0]] if spec.parents else None

    return lambda source_id: get(source_id, from_wheel(source_id) if source_id == "celegans/yim2024" else None)


# how a raw file is looked up: a function of an origin's sheet, row and column gives both labels and the weight


@cache
def grid(path, name):
    found = sheet(path, name)
    return found.rows(), {letter: i for i, letter in enumerate(found.columns)}


def in_sheet(names_row, names_column):
    """A matrix in a sheet, names in a row and a column (counted from 1)."""

    def look_up(path, name, row, column):
        rows, letters = grid(path, name)
        return rows[row - 1][names_column - 1], rows[names_row - 1][letters[column]], rows[row - 1][letters[column]]

    return look_up


def in_table(source_column, target_column, weight_column, reversed_types=(), type_column=None):
    """A list in a sheet with a header, or in a delimited text; a receiving cell's row runs the other way."""

    def look_up(path, name, row, _column):
        values = dict(zip(*(table_of(path, name)[i] for i in (0, row - 1)), strict=False))
        ends = values[source_column], values[target_column]
        if type_column and values[type_column] in reversed_types:
            ends = ends[::-1]
        return *ends, values[weight_column]

    return look_up


@cache
def table_of(path, name):
    if name is not None:
        return sheet(path, name).rows()
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.reader(stream))


@cache
def records(path):
    return json.loads(path.read_text())


def in_sheet_columns(source_column, target_column, weight_column):
    """A list in a sheet, by letters of columns."""

    def look_up(path, name, row, _column):
        rows, letters = grid(path, name)
        return tuple(rows[row - 1][letters[c]] for c in (source_column, target_column, weight_column))

    return look_up


def in_own_column(source_column, target_column):
    """A list in a text whose weight stands in the column that the origin names."""

    def look_up(path, name, row, column):
        return in_table(source_column, target_column, column)(path, name, row, column)

    return look_up


def in_either(path, name, row, column):
    """A stage's JSON, or the workbook of the stage without one."""
    look_up = in_json if path.suffix == ".json" else in_table("pre", "post", "synapses")
    return look_up(path, name, row, column)


def in_json(path, _name, row, _column):
    record = records(path)[row - 1]
    return record["pre"], record["post"], sum(record["syn"])


def in_text(path, _name, row, _column):
    """Durbin's rows, without a header."""
    cell, partner, type_, _, count = table_of_tabs(path)[row - 1][:5]
    return (partner, cell, count) if type_.startswith("Receive") else (cell, partner, count)


@cache
def table_of_tabs(path):
    return [[value.strip() for value in line.split("\t")] for line in path.read_text().splitlines()]


def in_square_csv(path, _name, row, column):
    """A matrix in a text, the column by its name."""
    rows = table_of(path, None)
    at = [name.strip() for name in rows[0]].index(column)
    return rows[row - 1][0], rows[0][at], rows[row - 1][at]


@cache
def atlas(path, member):
    with h5py.File(path) as file:
        return [x.decode() for x in file["neuron_ids"][()]], file[member][()]


def in_atlas(path, member, row, column):
    labels, values = atlas(path, member)
    return labels[int(column) - 1], labels[row - 1], values[row - 1, int(column) - 1]


# source: how to look up, entries of all networks together
READERS = {
    "celegans/cook2019": (in_sheet(3, 3), 4879 + 2883),
    "celegans/cook2019-male": (in_sheet(3, 3), 8788),
    "celegans/cook2019-original": (in_sheet(3, 3), 7760),
    "celegans/cook2020": (in_table("Source", "Target", "Weight"), 420),
    "celegans/durbin1986": (in_text, 4428),
    "celegans/fenyves2020": (in_sheet_columns("A", "D", "E"), 3638),
    "celegans/simeon2024-consensus": (in_own_column("from_neuron", "to_neuron"), 4889 + 2605 + 11_175),
    "celegans/varshney2011": (in_table("Neuron 1", "Neuron 2", "Nbr", ("R", "Rp"), "Type"), 3604),
    "celegans/white1986": (in_json, 7738),
    "celegans/witvliet2021": (in_either, 14_253),
    "celegans/brittin2021": (in_table("cell_1", "cell_2", "weight"), 7305),
    "celegans/openworm": (None, 3915),
    "celegans/randi2023": (in_atlas, 33_302),
    "celegans/witvliet2021-contact": (in_square_csv, 12_463),
    "celegans/yim2024": (in_sheet(1, 1), 14_358),
}
OPENWORM = {
    "Connectome": in_table("Origin", "Target", "Number of Connections"),
    "NeuronsToMuscle": in_table("Neuron", "Muscle", "Number of Connections"),
}
PARTS = {"pm1d": "pm1", "pm1vl": "pm1", "pm1vr": "pm1"}


def looked_up(source_id, path, row):
    look_up = OPENWORM[row["sheet"]] if source_id == "celegans/openworm" else READERS[source_id][0]
    return look_up(path, row["sheet"], row["row"], row["column"])


def mirrored(label):
    return label[:-1] + OTHER_SIDE.get(label[-1], label[-1])


@pytest.mark.data
@pytest.mark.parametrize("source_id", READERS)
def test_entries_stand_in_the_file_and_give_the_weight_of_their_edge(dataset, source_id):
    tables, files, cells = dataset(source_id)
    names = CellNames(cells["node"])
    nodes = cache(lambda label: names.resolve(label).node)
    by_name = {f.names[0]: files[f.key] for f in source(source_id).files if f.key in files}
    kinds = dict(tables["network"].select("uid", "kind").iter_rows())
    directions: dict[tuple[str, ...], dict[str, float]] = defaultdict(lambda: defaultdict(float))
    assert tables["edge_origin"].height == READERS[source_id][1]
    for row in tables["edge_origin"].iter_rows(named=True):
        first, second, weight = looked_up(source_id, by_name[row["file"]], row)
        assert row["weight"] == pytest.approx(float(weight), rel=1e-12)
        ends = [nodes(PARTS.get(x.strip(), x.strip())) for x in (first, second)]
        ordered = kinds[row["network"]] in ORDERED
        pair = [row["source"], row["target"]]
        if source_id == "celegans/brittin2021" and sorted(ends) != sorted(pair):
            ends = [nodes(mirrored(x)) or nodes(x) for x in (first, second)]
            ends = ends if sorted(ends) == sorted(pair) else pair  # a cell without a partner ends in L or R
        assert (ends if ordered else sorted(ends)) == pair, row
        directions[row["network"], *pair][ends[0]] += row["weight"]
    given = {key: max(sums.values()) for key, sums in directions.items()}
    edges = {(n, s, t): w for n, s, t, w in all_edges(tables).iter_rows()}
    assert edges == pytest.approx(given, rel=1e-12)


def all_edges(tables):
    kinds = [kind for kind in ("chemical", "gap_junction", "contact", "functional") if kind in tables]
    return pl.concat([tables[kind].select("network", "source", "target", "weight") for kind in kinds])


@pytest.mark.data
@pytest.mark.parametrize("source_id", READERS)
def test_the_entries_of_an_edge_are_counted_from_0(dataset, source_id):
    entries = dataset(source_id)[0]["edge_origin"].group_by("network", "source", "target").agg(pl.col("entry").sort())
    assert all(found == list(range(len(found))) for found in entries["entry"].to_list())


# what the networks cover


# network: cells as source, cells as target, basis
COVERED = {
    "celegans/cook2019/chemical": (300, 454, IN_MARGIN),
    "celegans/cook2019/gap_junction": (469, 469, IN_MARGIN),
    "celegans/cook2019-male/chemical": (382, 575, IN_MARGIN),
    "celegans/cook2019-male/gap_junction": (586, 586, IN_MARGIN),
    "celegans/cook2019-original/chemical": (300, 453, IN_MARGIN),
    "celegans/cook2019-synapses/N2U/chemical": (316, 316, IN_LIST),
    "celegans/cook2020/chemical": (57, 57, IN_LIST),
    "celegans/cook2020/gap_junction_muscle": (29, 29, IN_LIST),
    "celegans/durbin1986/jsh/gap_junction": (189, 189, IN_LIST),
    "celegans/varshney2011/chemical": (280, 280, IN_LIST),  # VC6 sends onto muscle only
    "celegans/white1986/whole/chemical": (307, 307, IN_LIST),
    "celegans/white1986/jse/chemical": (34, 34, IN_LIST),
    "celegans/witvliet2021/stage1/chemical": (187, 187, IN_LIST),
    "celegans/witvliet2021/stage8/gap_junction": (219, 219, IN_LIST),
    "celegans/witvliet2021-synapses/stage8/chemical": (219, 219, "stands in the list of contacts, as either end"),
    "celegans/brittin2021/contact/delta1": (173, 173, brittin2021.COMPARED),
    "celegans/openworm/gap_junction": (299, 299, IN_LIST),
    "celegans/openworm/neuromuscular": (127, 95, "stands in its column of sheet NeuronsToMuscle"),
    "celegans/ripollsanchez2023/short_range/peptide": (302, 302, IN_MARGIN),
    "celegans/ripollsanchez2023/monoamine": (302, 302, IN_MARGIN),
    "celegans/witvliet2021-contact/stage8/contact": (215, 215, IN_MARGIN),
    "celegans/yim2024/chemical": (222, 222, IN_MARGIN),
}


@pytest.mark.data
@pytest.mark.parametrize("network", COVERED)
def test_what_a_network_covers(dataset, network):
    tables = dataset("/".join(network.split("/")[:2]))[0]
    rows = tables["coverage"].filter(pl.col("network") == network)
    found = rows.filter("as_source").height, rows.filter("as_target").height, rows["basis"].unique().item()
    assert found == COVERED[network]


@pytest.mark.data
@pytest.mark.parametrize("source_id", sorted({"/".join(network.split("/")[:2]) for network in COVERED}))
def test_every_network_says_what_it_covers(dataset, source_id):
    tables = dataset(source_id)[0]
    assert set(tables["coverage"]["network"]) == set(tables["network"]["uid"])


@pytest.mark.data
@pytest.mark.parametrize("source_id", ["celegans/bentley2016", "celegans/fenyves2020", "celegans/simeon2024-consensus"])
def test_of_some_sources_nothing_can_be_said(dataset, source_id):
    tables = dataset(source_id)[0]
    assert "coverage" not in tables


@pytest.mark.data
def test_a_cell_without_any_edge_is_covered(dataset):
    """VC6 stands in White's list with a group of muscles only."""
    tables = dataset("celegans/white1986")[0]
    ends = pl.concat([tables["chemical"][end] for end in ("source", "target")]).unique()
    whole = tables["coverage"].filter(pl.col("network") == "celegans/white1986/whole/chemical")
    assert "celegans/hermaphrodite/VC6" in whole["node"].to_list()
    assert "celegans/hermaphrodite/VC6" not in ends.to_list()


@pytest.mark.data
def test_the_entries_of_synapse_lists_give_sections_contacts_and_synapses(dataset):
    tables = dataset("celegans/cook2019-synapses")[0]
    key = ["network", "source", "target"]
    given = tables["edge_origin"].group_by(key).agg(pl.col("weight").sum(), n_contacts=pl.len().cast(pl.Int64))
    edges = pl.concat([tables[kind].select(*key, "weight", "n_contacts") for kind in ("chemical", "gap_junction")])
    assert given.sort(key).equals(edges.sort(key))
    tables, files, _ = dataset("celegans/witvliet2021-synapses")
    rows = table_of(next(iter(files.values())), None)
    at = pl.Series([rows[row - 1][rows[0].index("syn_id")] for row in tables["edge_origin"]["row"]])
    origin = tables["edge_origin"].with_columns(syn_id=at)
    given = origin.group_by(key).agg(weight=pl.col("syn_id").n_unique().cast(pl.Float64), n_contacts=pl.len())
    edges = tables["chemical"].select(*key, "weight", pl.col("n_contacts").cast(pl.UInt32))
    assert given.sort(key).equals(edges.sort(key))
    assert origin["weight"].null_count() == origin.height


def test_entries_of_a_pair_without_direction_are_one_edges():
    place = Place("f", None, 2, "B")
    frame = origins({"n": [Entry("b", "a", 2.0, place), Entry("a", "b", 3.0, place)], "m": []}, ["n"])
    assert frame.select("source", "target", "entry", "weight").rows() == [("a", "b", 0, 2.0), ("a", "b", 1, 3.0)]
    frame = origins({"n": [Entry("b", "a", 2.0, place), Entry("a", "b", 3.0, place)]})
    assert frame.select("source", "target", "entry").rows() == [("b", "a", 0), ("a", "b", 0)]
