"""Durbin's two nerve rings: each list of partners against the other, and against White's tables of the same animals."""

from __future__ import annotations

import json
from collections import Counter, defaultdict

import polars as pl
import pytest

from ingest.celegans import durbin1986
from ingest.celegans.durbin1986 import read_updated_rows
from ingest.celegans.names import CellNames
from schemas.dataset import Decisions
from schemas.errors import SourceError

SET = "celegans/hermaphrodite/"
SERIES = ("JSH", "N2U")
COUNTS = {
    "JSH": {"Send": 383, "Send_joint": 1237, "Receive": 351, "Receive_joint": 1200, "Gap_junction": 582},
    "N2U": {"Send": 488, "Send_joint": 1324, "Receive": 444, "Receive_joint": 1282, "Gap_junction": 540},
}
# pairs and synapses of the senders' lists, of them onto body wall muscle; the same of the edges; gap junctions
SENT = {"JSH": (1350, 4000, 41, 280), "N2U": (1486, 4056, 39, 270)}
EDGES = {"JSH": (1314, 3730), "N2U": (1452, 3794)}
GAPS = {"JSH": (294, 775), "N2U": (279, 347)}


@pytest.fixture(scope="module")
def path(shared_data):
    return shared_data / "celegans/connectome/varshney2011/neurodata.txt"


@pytest.fixture(scope="module")
def raw(path):
    """Rows as the file has them: both labels, type, series, number."""
    rows = [line.split("\t") for line in path.read_text().splitlines()]
    return [(a, b, t, s, int(n)) for a, b, t, s, n, _ in rows]


@pytest.fixture(scope="module")
def tables(path, cell_tables):
    return durbin1986.read({"neurodata": path}, cell_tables)


def of(frame, network):
    return frame.filter(pl.col("network") == f"celegans/durbin1986/{network}")


def edges(frame):
    return {(s, t): w for s, t, w in frame.select("source", "target", "weight").iter_rows()}


def sums(raw, series, *types, received=False):
    found = defaultdict(int)
    for a, b, type_, where, number in raw:
        if where == series and type_ in types:
            found[(SET + b, SET + a) if received else (SET + a, SET + b)] += number
    return dict(found)


@pytest.mark.data
def test_tables_are_valid(tables, check_tables):
    check_tables(tables)


@pytest.mark.data
def test_the_rows_by_series_and_type_are_those_of_the_file(raw):
    assert len(raw) == 7832
    for series in SERIES:
        assert Counter(t for _, _, t, s, _ in raw if s == series) == COUNTS[series]


@pytest.mark.data
@pytest.mark.parametrize("series", SERIES)
def test_edges_are_the_greater_of_what_is_sent_and_received(series, raw, tables):
    sent = sums(raw, series, "Send", "Send_joint")
    received = sums(raw, series, "Receive", "Receive_joint", received=True)
    muscle = [pair for pair in sent if pair[1] == SET + "mu_bod"]
    assert (len(sent), sum(sent.values()), len(muscle), sum(sent[p] for p in muscle)) == SENT[series]
    expected = {pair: max(sent.get(pair, 0), received.get(pair, 0)) for pair in (sent | received) if pair not in muscle}
    found = edges(of(tables["chemical"], f"{series.lower()}/chemical"))
    assert found == expected
    assert (len(found), sum(found.values())) == EDGES[series]


@pytest.mark.data
@pytest.mark.parametrize("series", SERIES)
def test_where_the_lists_disagree_there_is_a_decision(series, raw, tables):
    sent = sums(raw, series, "Send", "Send_joint")
    received = sums(raw, series, "Receive", "Receive_joint", received=True)
    owners = {SET + a for a, _, _, s, _ in raw if s == series}
    expected = {"differs": set(), "kept": set()}
    for pair in sent | received:
        silent = [end for end, side in zip(pair, (sent, received), strict=True) if pair not in side]
        if pair[1] != SET + "mu_bod" and sent.get(pair) != received.get(pair):
            action = "kept" if silent and silent[0] not in owners else "differs"
            expected[action].add(" -> ".join(pair).replace(SET, ""))
    here = [i for i, r in enumerate(raw, start=1) if r[3] == series and r[2] != "Gap_junction"]
    of_series = tables["decision"].filter(pl.col("row").is_in(here))
    for action, items in expected.items():
        assert set(of_series.filter(pl.col("action") == action)["item"]) - {"DVB"} == items
    assert {action: len(items) for action, items in expected.items()} == {
        "JSH": {"differs": 13, "kept": 5},
        "N2U": {"differs": 5, "kept": 28},
    }[series]


@pytest.mark.data
@pytest.mark.parametrize("series", SERIES)
def test_gap_junctions_are_pairs_and_the_greater_direction_counts(series, raw, tables):
    both = sums(raw, series, "Gap_junction")
    expected = {tuple(sorted(pair)): max(n, both.get(pair[::-1], 0)) for pair, n in both.items()}
    found = edges(of(tables["gap_junction"], f"{series.lower()}/gap_junction"))
    assert found == expected
    assert (len(found), sum(found.values())) == GAPS[series]


@pytest.mark.data
@pytest.mark.parametrize(("series", "common"), [("JSH", 1291), ("N2U", 1414)])
def test_neurons_agree_with_whites_table_of_the_animal(series, common, tables, shared_data, canonical, cell_tables):
    names = CellNames.of(cell_tables)
    white = defaultdict(float)
    path = shared_data / f"celegans/connectome/white1986/white_1986_{series.lower()}.json"
    for record in json.loads(path.read_text()):
        pair = tuple(names.resolve(record[end]).node for end in ("pre", "post"))
        if record["typ"] == 0 and set(pair) <= set(canonical):
            white[tuple(SET + "DVB" if end == SET + "PVT" else end for end in pair)] += sum(record["syn"])
    ours = edges(of(tables["chemical"], f"{series.lower()}/chemical"))
    assert len(white) == common
    assert {pair: ours.get(pair) for pair in white} == white
    nodes = cell_tables["celegans/cells"]["node"]
    cord = set(nodes.filter(pl.col("class").is_in(["DA", "SAB", "VA", "VB", "VC", "VD", "hyp", "CEPsh", "GLR"]))["uid"])
    assert all(cord & set(pair) for pair in set(ours) - set(white))


@pytest.mark.data
def test_a_neuron_that_white_names_otherwise_is_a_decision(tables):
    kept = tables["decision"].filter(pl.col("action") == "kept", pl.col("item") == "DVB")
    assert kept["reason"].to_list() == [
        "kept as the file names it; White et al. 1986 call the cell with these partners PVT"
    ]


@pytest.mark.data
def test_every_row_is_accounted_for(raw, tables):
    decision = tables["decision"]
    merged = decision.filter(pl.col("action") == "merged")["reason"]
    repeated = merged.str.starts_with("repeats").sum()
    mirrored = merged.str.extract(r"^(\d+) entries of receiving cells").drop_nulls().cast(pl.Int64).sum()
    both = merged.str.extract(r"^(\d+) pairs stand in both directions").drop_nulls().cast(pl.Int64).sum()
    dropped = decision.filter(pl.col("action") == "dropped").height
    edges_and_mirrors = tables["chemical"].height + repeated + mirrored + tables["gap_junction"].height + both
    assert edges_and_mirrors + dropped + sum(less_sent_than_received(raw, series) for series in SERIES) == len(raw)


def less_sent_than_received(raw, series):
    """Entries of senders that give way to the receivers'; each pair has a 'differs' decision."""
    sent = sums(raw, series, "Send", "Send_joint")
    received = sums(raw, series, "Receive", "Receive_joint", received=True)
    less = {pair for pair in sent if sent[pair] < received.get(pair, 0)}
    return sum((SET + a, SET + b) in less for a, b, t, s, _ in raw if s == series and t.startswith("Send"))


@pytest.mark.data
def test_the_row_without_a_series_and_those_onto_muscle_are_decisions(tables):
    dropped = tables["decision"].filter(pl.col("action") == "dropped")
    onto_muscle = dropped.filter(pl.col("item").str.ends_with("-> mu_bod"))
    counts = onto_muscle["reason"].str.extract(r", (\d+): body wall muscle").cast(pl.Int64)
    assert (onto_muscle.height, counts.sum()) == (68 + 68, 280 + 270)
    other = dropped.filter(~pl.col("item").str.ends_with("-> mu_bod"))
    assert other.select("item", "row", "reason").rows() == [
        ("ADAL -> ADAR", 2, "gap junction, 1: the row names no series, and none is guessed")
    ]


@pytest.mark.data
def test_each_series_is_an_animal_with_its_networks(tables):
    assert tables["subject"].select("uid", "stage", "sex").rows() == [
        ("celegans/durbin1986/jsh", "L4", "hermaphrodite"),
        ("celegans/durbin1986/n2u", "adult", "hermaphrodite"),
    ]
    assert tables["network"]["uid"].to_list() == [
        f"celegans/durbin1986/{series}/{kind}" for series in ("jsh", "n2u") for kind in ("chemical", "gap_junction")
    ]
    assert set(tables["network"]["weight_unit"]) == {"synapses"}


# made files


@pytest.fixture
def read(tmp_path, cell_tables):
    def read(*rows):
        path = tmp_path / "n.txt"
        path.write_text("".join("\t".join(row.split()) + "\t\n" for row in rows))
        return durbin1986.read({"neurodata": path}, cell_tables)

    return read


def test_series_are_networks_of_their_own(read):
    tables = read("AVAL AVAR Send JSH 2", "AVAR AVAL Receive JSH 2", "AVAL AVAR Send_joint N2U 5")
    assert tables["chemical"].select("network", "weight").rows() == [
        ("celegans/durbin1986/jsh/chemical", 2),
        ("celegans/durbin1986/n2u/chemical", 5),
    ]
    assert tables["gap_junction"].is_empty()


def test_only_the_series_that_are_there_become_networks(read):
    tables = read("AVAL AVAR Gap_junction N2U 2", "AVAR AVAL Gap_junction N2U 2")
    assert tables["subject"]["uid"].to_list() == ["celegans/durbin1986/n2u"]
    assert tables["gap_junction"]["weight"].to_list() == [2]


@pytest.mark.parametrize(
    ("rows", "weight", "action", "reason"),
    [
        (["AVAL AVAR Send JSH 2", "AVAR AVAL Receive JSH 5"], 5, "differs", "sent 2, received 5; the greater is taken"),
        (["AVAL AVAR Send JSH 5", "AVAR AVAL Receive JSH 2"], 5, "differs", "sent 5, received 2; the greater is taken"),
        (
            ["AVAL AVAR Send JSH 4", "AVAR AVBL Send JSH 1", "AVBL AVAR Receive JSH 1"],
            4,
            "differs",
            "only in the list of what is sent; 4 is taken",
        ),
        (
            ["AVAL AVAR Send JSH 4"],
            4,
            "kept",
            "only in the list of what is sent; 4 is taken: AVAR has no list to compare with",
        ),
        (
            ["AVAR AVAL Receive JSH 3"],
            3,
            "kept",
            "only in the list of what is received; 3 is taken: AVAL has no list to compare with",
        ),
    ],
)
def test_lists_that_disagree(read, rows, weight, action, reason):
    tables = read(*rows)
    assert edges(tables["chemical"])[SET + "AVAL", SET + "AVAR"] == weight
    found = tables["decision"].filter(pl.col("item") == "AVAL -> AVAR")
    assert found.select("action", "reason", "row").rows() == [(action, reason, 1)]


def test_more_received_than_sent_replaces_what_is_sent(read):
    tables = read("AVAL AVAR Send JSH 1", "AVAR AVAL Receive JSH 2", "AVAR AVAL Receive_joint JSH 3")
    assert tables["chemical"]["weight"].to_list() == [5]
    merged = tables["decision"].filter(pl.col("action") == "merged")
    of_the_list, repeated = merged.select("item", "row", "reason").rows()
    assert repeated[:2] == ("AVAL -> AVAR", 3)
    assert of_the_list[0] == "celegans/durbin1986/jsh/chemical"
    assert of_the_list[2].startswith("1 entries of sending cells are the synapses of the receiving cells")


def test_rows_onto_muscle_without_a_name_are_dropped_with_their_count(read):
    tables = read("RMED mu_bod Send_joint N2U 10", "mu_bod RMED Receive N2U 1", "RMED AVAL Send N2U 1")
    dropped = tables["decision"].filter(pl.col("action") == "dropped")
    assert dropped.select("item", "row").rows() == [("RMED -> mu_bod", 1), ("RMED -> mu_bod", 2)]
    assert dropped["reason"][0] == "sends jointly, 10: body wall muscle; the file does not say which"
    assert tables["chemical"].height == 1


# the corrected form


@pytest.fixture
def read_both(tmp_path, cell_tables):
    """Reads two rows of a gap junction, the second without a series, and a corrected form of that text."""

    def read(updated):
        files = {"neurodata": tmp_path / "n.txt", "updated": tmp_path / "u.txt"}
        files["neurodata"].write_text("AVAL\tAVAR\tGap_junction\tJSH\t2\t\nADAL\tADAR\tGap_junction\t\t1\t\n")
        files["updated"].write_text(updated)
        return durbin1986.read(files, cell_tables)

    return read


def test_corrections_are_named_with_their_rows_and_comments_and_the_edges_stay(read_both):
    tables = read_both(
        "# Corrected:\n\nAVAR    AVAL    Gap_junction\tJSH\t2 # was missing\nAVAL\tAVAR\tGap_junction\tJSH\t2\t\n"
        "ADAL\tADAR\tGap_junction\tN2U\t1\t# N2U added\n"
    )
    assert tables["network"]["uid"].str.contains("/jsh/").all()
    assert tables["gap_junction"]["weight"].to_list() == [2]
    found = tables["decision"].filter(pl.col("file") == "u.txt", ~pl.col("item").str.contains("u.txt"))
    assert found.select("action", "item", "reason", "row").rows() == [
        ("dropped", "comment", "no data: Corrected:", 1),
        ("dropped", "comment", "no data: was missing", 3),
        ("dropped", "comment", "no data: N2U added", 5),
        ("differs", "AVAR - AVAL", "2 here, absent from n.txt/JSH/gap_junction", 3),
        ("differs", "ADAL - ADAR", "1 here, absent from n.txt/N2U/gap_junction", 5),
        ("differs", "ADAL - ADAR", "absent here, 1 in n.txt/no-series/gap_junction", None),
    ]


@pytest.mark.parametrize(
    ("updated", "says"),
    [
        ("", "u.txt: the file is empty"),
        ("# only a comment\n", "u.txt: holds no connections"),
        ("AVAL AVAR Gap_junction 2\n", "u.txt, row 1: has 4 cell(s), 5 were expected"),
        ("# c\nAVAL AVAR Gap_junction JSH # 2\n", "u.txt, row 2: has 4 cell(s), 5 were expected"),
        ("AVAL AVAR Glia JSH 2\n", "u.txt, row 1, column type: holds 'Glia'"),
        ("AVAL AVAR Send JSE 2\n", "u.txt, row 1, column series: holds 'JSE'"),
        ("AVAL AVAR Send JSH many\n", "u.txt, row 1, column count: holds 'many'"),
        ("AVAL AVAR Send JSH 1.5\n", "u.txt, row 1, column count: holds 1.5"),
        ("AVAL AVAX Send JSH 1\n", "u.txt, row 1, column partner: 'AVAX'"),
    ],
)
def test_a_corrected_form_that_is_none(read_both, updated, says):
    with pytest.raises(SourceError) as caught:
        read_both(updated)
    assert says in str(caught.value)
    assert caught.value.hint


def test_comments_are_no_part_of_the_list_itself(read):
    with pytest.raises(SourceError, match=r"n.txt, row 1: has 3 cell\(s\), 5 were expected"):
        read("# comment", "AVAL AVAR Send JSH 1")


@pytest.mark.network
def test_the_real_corrections_are_those_that_the_file_tells_of(wheel_files, cell_tables):
    files = wheel_files("celegans/durbin1986")
    assert len(read_updated_rows(files["updated"], Decisions())) == 7832 + 19
    tables = durbin1986.read(files, cell_tables)
    here = tables["decision"].filter(pl.col("file") == "neurodata_updated.txt")
    differs = here.filter(pl.col("action") == "differs")
    changed = differs.filter(pl.col("row").is_not_null())
    assert changed["row"].to_list() == [8, 6, 7, 9, 10, *range(12, 27), 29]
    assert changed["reason"].str.starts_with("6 here, 5 in neurodata.txt/JSH/gap_junction").sum() == 1
    assert here.filter(pl.col("action") == "kept").height == 8  # what is sent and received, in each series
    remarks = here.filter(pl.col("action") == "dropped", pl.col("item") == "comment")
    assert set(changed["row"]) <= set(remarks["row"])
    assert remarks.height == 4 + 21 + 1
    for series in SERIES:
        gap = of(tables["gap_junction"], f"{series.lower()}/gap_junction")
        assert (gap.height, gap["weight"].sum()) == GAPS[series]
