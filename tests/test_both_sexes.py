"""Hermaphrodite and male in one graph: AVAL is a cell of each, and a dataset says which is meant."""

from __future__ import annotations

import pytest

from graphdb.lake import Lake
from graphdb.named.catalog import run_named
from graphdb.on_ladybug.store import LadybugStore
from graphdb.query import query
from graphdb.sync import rebuild, verify
from ingest import run
from ingest.celegans import cook2019, cook2019_forms, cook2019_male
from ingest.celegans.edges import Entry, chemical_table, gap_junction_table
from ingest.source import source
from schemas import tables
from schemas.dataset import Dataset, DatasetInfo, Decisions
from schemas.errors import Place

PLACE = Place("si5.xlsx")
SEXES = (cook2019.HERMAPHRODITE, cook2019_male.MALE)
EDGES = {
    cook2019.DATASET: [("AVAL", "VB1", 5.0), ("AVAL", "HSNL", 1.0)],
    cook2019_male.DATASET: [("AVAL", "VB1", 3.0), ("R1AL", "AVAL", 9.0)],
}


def connectome(matrices):
    """The dataset of a sex, with three edges."""
    entries = [Entry(*(f"{matrices.node_set}/{n}" for n in ends), w, PLACE) for *ends, w in EDGES[matrices.dataset]]
    networks = [
        {
            "uid": f"{matrices.dataset}/{kind}",
            "node_set": matrices.node_set,
            "kind": kind,
            "directed": kind == "chemical",
            "weight_unit": "EM sections",
            "method": "m",
            "parameters": "{}",
        }
        for kind in matrices.sheets
    ]
    decisions = Decisions()
    return Dataset(
        DatasetInfo(matrices.dataset, "celegans", "t", "l", "c", "r", "1", parents=(matrices.parent,)),
        {
            "network": tables.frame("network", networks),
            "chemical": chemical_table(f"{matrices.dataset}/chemical", entries, decisions),
            "gap_junction": gap_junction_table(
                f"{matrices.dataset}/gap_junction", entries[:1], decisions, mirrored=False
            ),
        },
    )


@pytest.fixture(scope="module")
def graph(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sexes")
    lake = Lake(folder / "lake")
    for source_id in ("celegans/cells", "celegans/male-cells"):
        lake.publish(run.ingest(source(source_id), {}, {}, ()))
    for matrices in SEXES:
        lake.publish(connectome(matrices))
    decisions = Decisions()
    decisions.add("kept", "edge list, chemical", "compared: 2 pairs agree", PLACE)
    forms = source("celegans/cook2019-forms")
    info = DatasetInfo(forms.id, "celegans", "t", "l", "c", forms.reader, cook2019_forms.READER_VERSION)
    lake.publish(Dataset(info, {"decision": decisions.frame()}))
    with LadybugStore(folder / "graph.lbug", max_bytes=1 << 34) as store:
        rebuild(lake, store)
        yield lake, store


def test_the_graph_is_the_lake_also_of_a_dataset_of_decisions(graph):
    lake, store = graph
    assert verify(lake, store).differences == ()
    datasets = {row["uid"] for row in query(store, "MATCH (d:Dataset) RETURN d.uid AS uid", {}).rows()}
    assert "celegans/cook2019-forms" in datasets


def test_a_name_of_both_sexes_means_two_cells(graph):
    _, store = graph
    found = query(store, "MATCH (n:Neuron {name: 'AVAL'}) RETURN n.uid AS uid ORDER BY uid", {}).rows()
    assert [row["uid"] for row in found] == ["celegans/hermaphrodite/AVAL", "celegans/male/AVAL"]


@pytest.mark.parametrize("matrices", SEXES, ids=lambda m: m.dataset)
def test_partners_by_dataset_are_those_of_that_sex(graph, matrices):
    _, store = graph
    asked = {"neuron": "AVAL", "dataset": matrices.dataset, "kind": "chemical", "direction": "both"}
    rows = run_named(store, "partners", asked).rows()
    expected = {t if s == "AVAL" else s: w for s, t, w in EDGES[matrices.dataset]}
    assert {row["partner"]: row["weight"] for row in rows} == expected
    assert {row["neuron_uid"] for row in rows} == {f"{matrices.node_set}/AVAL"}
