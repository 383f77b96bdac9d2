"""connectome counts: its formats, and the counts of the published files, which ingesting them reproduces."""

from __future__ import annotations

import contextlib
import csv
import io
import json

import polars as pl
import pytest

from jobs import flow
from jobs.cli import main
from jobs.cli.counts import canonical_neurons
from jobs.workspace import Workspace

MORE = ("celegans/durbin1986", "celegans/fenyves2020", "celegans/witvliet2021-contact", "celegans/witvliet2021-classes")
# What is counted: an edge of the lake stands once, a file may list it in both directions ("entries", "both_ways").
MEASURES = {
    "nodes": lambda row: row["nodes"],
    "edges": lambda row: row["edges"],
    "pairs": lambda row: row["pairs"],
    "weight": lambda row: row["weight"],
    "contacts": lambda row: row["contacts"],
    "loops": lambda row: row["loops"],
    "entries": lambda row: 2 * row["edges"] - row["loops"],
    "both_ways": lambda row: 2 * row["weight"] - (row["loop_weight"] or 0),
}
CANONICAL, WHOLE = True, False
COOK, WHITE, WITVLIET = "celegans/cook2019", "celegans/white1986", "celegans/witvliet2021"
LISTED = "celegans/witvliet2021-synapses"
YIM, FIRST = ONLY_IN_A_WHEEL = "celegans/yim2024", "celegans/cook2019-original"
COUNTS = [
    # dataset, network, only the 300 neurons, numbers, what they are of the file
    (COOK, "chemical", WHOLE, {"edges": 4879}, "non-zero cells of 'hermaphrodite chemical'"),
    (COOK, "chemical", CANONICAL, {"edges": 3707, "weight": 20905}, "the same among the 300"),
    (COOK, "gap_junction", WHOLE, {"entries": 2883, "edges": 1450}, "non-zero cells, symmetric and asymmetric sheet"),
    (COOK, "gap_junction", WHOLE, {"both_ways": 23313}, "sum of the symmetric sheet"),
    (COOK, "gap_junction", CANONICAL, {"edges": 1101, "weight": 4777}, "asymmetric sheet among the 300"),
    (COOK, "gap_junction", CANONICAL, {"entries": 2188, "both_ways": 9519}, "symmetric sheet among the 300"),
    (FIRST, "chemical", WHOLE, {"edges": 4879, "weight": 28113}, "non-zero cells of 'hermaphrodite chemical'"),
    (FIRST, "chemical", CANONICAL, {"edges": 3707, "weight": 20905}, "the same among the 300"),
    (FIRST, "gap_junction", WHOLE, {"edges": 1450, "entries": 2881 + 2}, "non-zero cells, and two one-way pairs"),
    (FIRST, "gap_junction", CANONICAL, {"edges": 1103, "entries": 2191 + 1}, "the same among the 300"),
    ("celegans/varshney2011", "chemical", WHOLE, {"edges": 2194, "weight": 6394}, "S and Sp, not R and Rp"),
    ("celegans/varshney2011", "gap_junction", WHOLE, {"edges": 517, "entries": 1031}, "EJ: pairs, rows"),
    ("celegans/varshney2011", "gap_junction", CANONICAL, {"both_ways": 1777}, "EJ: sum of the rows"),
    ("celegans/openworm", "chemical", WHOLE, {"edges": 2279, "weight": 6465}, "rows of type Send"),
    (WHITE, "whole/chemical", CANONICAL, {"edges": 2266, "weight": 6509}, "chemical records among the 300"),
    (WHITE, "whole/gap_junction", CANONICAL, {"edges": 569, "weight": 965}, "table: gap junctions once"),
    (WHITE, "whole/gap_junction", CANONICAL, {"both_ways": 1916}, "JSON: gap junctions both ways"),
    (WHITE, "whole/gap_junction", WHOLE, {"edges": 575, "entries": 1144}, "rows of the table, records of the JSON"),
    (WHITE, "n2u/chemical", WHOLE, {"edges": 1629}, "chemical records"),
    (WHITE, "n2u/chemical", CANONICAL, {"edges": 1414, "weight": 3740}, "the same among the 300"),
    (WHITE, "n2u/gap_junction", WHOLE, {"entries": 538}, "electrical records"),
    (WHITE, "n2u/gap_junction", CANONICAL, {"edges": 264, "both_ways": 660}, "pairs, and both ways, among the 300"),
    (WHITE, "jsh/chemical", WHOLE, {"edges": 1480}, "chemical records"),
    (WHITE, "jsh/chemical", CANONICAL, {"edges": 1291, "weight": 3702}, "the same among the 300"),
    (WHITE, "jsh/gap_junction", WHOLE, {"entries": 576}, "electrical records"),
    (WHITE, "jsh/gap_junction", CANONICAL, {"edges": 286, "both_ways": 1510}, "pairs, and both ways, among the 300"),
    (WHITE, "jse/chemical", CANONICAL, {"edges": 94, "weight": 261}, "the tail has no electrical record"),
    *(
        (WITVLIET, f"stage{n}/chemical", CANONICAL, {"edges": edges, "weight": weight}, f"JSON {n}: sum of syn")
        for n, edges, weight in (
            (1, 675, 1152),
            (2, 865, 1687),
            (3, 887, 1884),
            (4, 1011, 2521),
            (6, 1314, 3893),
            (7, 1944, 6587),
            (8, 1933, 7099),
        )
    ),
    *(
        (WITVLIET, f"stage{n}/gap_junction", CANONICAL, {"edges": pairs}, f"JSON {n}: pairs")
        for n, pairs in ((1, 83), (2, 121), (3, 94), (4, 205), (6, 212), (7, 267), (8, 304))
    ),
    *(
        (LISTED, f"stage{n}/chemical", CANONICAL, {"edges": edges, "contacts": rows}, f"synapse list {n}: rows")
        for n, edges, rows in (
            (1, 675, 1152),
            (2, 865, 1687),
            (3, 887, 1884),
            (4, 1011, 2521),
            (5, 1324, 3644),
            (6, 1314, 3893),
            (7, 1944, 6587),
            (8, 1933, 7099),
        )
    ),
    ("celegans/randi2023", "wt", WHOLE, {"edges": 24074}, "observed pairs, also a neuron with itself"),
    ("celegans/randi2023", "unc31", WHOLE, {"edges": 9228}, "observed pairs, also a neuron with itself"),
    ("celegans/bentley2016", "monoamine", WHOLE, {"edges": 2626, "pairs": 1952}, "rows, pairs of cells"),
    ("celegans/bentley2016", "peptide", WHOLE, {"edges": 8931, "pairs": 7078}, "rows, pairs of cells"),
    ("celegans/ripollsanchez2023", "short_range/peptide", WHOLE, {"edges": 31417, "weight": 83634}, "non-zero cells"),
    ("celegans/ripollsanchez2023", "mid_range/peptide", WHOLE, {"edges": 40425}, "non-zero cells"),
    ("celegans/ripollsanchez2023", "long_range/peptide", WHOLE, {"edges": 53558}, "non-zero cells"),
    ("celegans/ripollsanchez2023", "monoamine", WHOLE, {"edges": 2881}, "non-zero cells"),
    ("celegans/cook2020", "chemical", WHOLE, {"edges": 259}, "pairs with a chemical synapse"),
    ("celegans/brittin2021", "contact/delta4", WHOLE, {"entries": 3850}, "contacts of all four sides, both ways"),
    (YIM, "chemical", WHOLE, {"edges": 2198}, "non-zero cells of 'Dauer'"),
    (YIM, "contact", WHOLE, {"edges": 6080, "entries": 12160, "both_ways": 4370381728}, "non-zero cells of 'Dauer'"),
    ("celegans/simeon2024-consensus", "gap_junction", WHOLE, {"edges": 1313, "entries": 2605}, "pairs, rows"),
    ("celegans/simeon2024-consensus", "chemical", WHOLE, {"edges": 4889, "loops": 42}, "rows"),
    ("celegans/simeon2024-consensus", "functional", WHOLE, {"edges": 11175}, "rows"),
]


@pytest.fixture(scope="module")
def connectomes(shared_data, from_wheel, tmp_path_factory):
    """Sources of C. elegans connectomes from local files, in a lake of its own; what only a wheel has if it is had."""
    workspace = Workspace(tmp_path_factory.mktemp("connectomes"))
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"PIP_CONFIG_FILE": "/dev/null", "PIP_NO_INDEX": "1"}.items():
            patch.setenv(name, value)
        patch.setenv("PIP_FIND_LINKS", str(workspace.root))
        patch.setenv("PIP_CACHE_DIR", str(workspace.root / "pip-cache"))
        for source_id in flow.ingest_order({*(dataset for dataset, *_ in COUNTS), *MORE} - {*ONLY_IN_A_WHEEL}):
            flow.ingest_source(workspace, source_id, shared_data / "celegans")
    for source_id in ONLY_IN_A_WHEEL:
        with contextlib.suppress(pytest.skip.Exception):
            flow.ingest_source(workspace, source_id, from_wheel(source_id))
    return workspace


@pytest.fixture(scope="module")
def counted(connectomes):
    """What the command says: rows by dataset and network, for the 300 neurons and for all nodes."""

    def rows(*words):
        stream = io.StringIO()
        with contextlib.redirect_stdout(stream), pytest.raises(SystemExit) as exit_:
            main(["--workspace", str(connectomes.root), "counts", "--format", "json", *words])
        assert not exit_.value.code
        return {(row["dataset"], row["network"]): row for row in json.loads(stream.getvalue())}

    return {WHOLE: rows(), CANONICAL: rows("--canonical")}


@pytest.mark.data
@pytest.mark.parametrize(
    ("dataset", "network", "canonical", "numbers", "of_the_file"),
    COUNTS,
    ids=[f"{d.partition('/')[2]} {n}: {', '.join(v)} ({w})" for d, n, _, v, w in COUNTS],
)
def test_the_counts_of_the_published_files(counted, dataset, network, canonical, numbers, of_the_file):
    if dataset == YIM and (dataset, network) not in counted[canonical]:
        pytest.skip("no package index")
    row = counted[canonical][dataset, network]
    assert {name: MEASURES[name](row) for name in numbers} == numbers, of_the_file


@pytest.mark.data
def test_counts_that_are_of_two_networks_or_need_a_decision(counted, connectomes):
    pharynx = [counted[WHOLE]["celegans/cook2020", name] for name in ("gap_junction", "gap_junction_muscle")]
    assert sum(MEASURES["entries"](row) for row in pharynx) == 246
    openworm = counted[WHOLE]["celegans/openworm", "gap_junction"]
    taken = connectomes.lake.read("celegans/openworm", "decision")
    one_way = taken.filter(pl.col("reason").str.starts_with("the other direction is absent"))
    assert MEASURES["entries"](openworm) - one_way.height == 1084


@pytest.mark.data
def test_every_network_and_every_decision_is_counted(counted, connectomes):
    lake = connectomes.lake
    for manifest in lake.datasets():
        here = {network: row for (dataset, network), row in counted[WHOLE].items() if dataset == manifest.dataset}
        networks = lake.read(manifest.dataset, "network")["uid"]
        assert [f"{manifest.dataset}/{network}" for network in here] == networks.to_list()
        actions = ("renamed", "merged", "guessed", "dropped", "kept", "differs")
        assert {sum(row[a] for a in actions) for row in here.values()} <= {manifest.decisions}


@pytest.mark.data
def test_there_are_300_neurons_and_no_network_holds_more(counted, connectomes):
    neurons = canonical_neurons(connectomes.lake)
    assert len([uid for uid in neurons if uid.startswith("celegans/hermaphrodite/")]) == 300
    for key, row in counted[CANONICAL].items():
        assert row["nodes"] <= 300
        assert row["edges"] <= counted[WHOLE][key]["edges"]


def test_the_table_names_units_and_decisions(connectome, projected):
    out = connectome("counts", workspace=projected).out
    line = next(each.split() for each in out.splitlines() if "gap_junction" in each)
    assert line == ["test/connectome", "gap_junction", "gap_junction", "4", "3", "3", "8", "synapses", "1", "2", "none"]
    assert "loop_weight" in out


def test_chosen_datasets_and_versions(connectome, projected):
    reference = projected.lake.manifest("test/connectome").reference
    rows = connectome("counts", reference, "--format", "json", workspace=projected).json()
    assert {f"{row['dataset']}@{row['version']}" for row in rows} == {reference}
    assert [row["network"] for row in rows] == ["chemical", "gap_junction"]
    assert connectome("counts", "test/conectome", workspace=projected).code != 0


def test_csv_has_a_column_for_each_action(connectome, projected):
    rows = list(csv.DictReader(io.StringIO(connectome("counts", "--format", "csv", workspace=projected).out)))
    (chemical,) = (row for row in rows if row["network"] == "chemical")
    assert (chemical["edges"], chemical["weight"], chemical["contacts"], chemical["dropped"]) == ("7", "30.0", "", "0")


def test_canonical_needs_the_cells(connectome, projected):
    result = connectome("counts", "--canonical", workspace=projected)
    assert result.code != 0
    assert "connectome ingest celegans/cells" in result.stderr


def test_a_lake_without_networks_says_so(connectome, tmp_path):
    workspace = Workspace(tmp_path / "new")
    assert "no network among 0 dataset(s)" in connectome("counts", workspace=workspace).stderr
    assert connectome("ingest", "celegans/cells", workspace=workspace).code == 0
    result = connectome("counts", "--canonical", "--format", "json", workspace=workspace)
    assert result.json() == []
    assert "no network of the C. elegans neurons among 1 dataset(s)" in result.stderr
