"""Monoamine and peptide routes on the whole way: files to tables, lake, graph, and a query that reads the messenger."""

from __future__ import annotations

import pytest

from graphdb.lake import Lake
from graphdb.named.catalog import run_named
from graphdb.on_ladybug.store import LadybugStore
from graphdb.query import query
from graphdb.sync import rebuild, verify
from ingest import run
from ingest.celegans import ripollsanchez2023
from ingest.source import source
from jobs import flow
from jobs.workspace import Workspace

BENTLEY, RIPOLL = "celegans/bentley2016", "celegans/ripollsanchez2023"
MATRIX = "Row,RIML,AVAL,CANL\nRIML,0,2,0\nAVAL,1,3,0\nCANL,0,0,4\n"
FILES = {
    BENTLEY: {
        "monoamine": "RIML,AVAL,tyramine,lgc-55\nRIML,AVAL,tyramine,tyra-3\nNSML,AVAL,serotonin,mod-1\n",
        "peptide": "AVAL,RIML,flp-18,npr-5\nAVAL,RIML,flp-18,npr-1\nAVAL,AVAL,flp-1,npr-4\n",
    },
    RIPOLL: {model.key: MATRIX for model in ripollsanchez2023.MODELS},
}
MESSENGERS = (
    "MATCH (a:Neuron {name: $name})-[r:MONOAMINE]->(b:Neuron) WHERE r.dataset = $dataset "
    "RETURN b.name AS target, r.transmitter AS transmitter, r.receptor AS receptor, r.weight AS pairs "
    "ORDER BY target, transmitter, receptor"
)
PEPTIDES = MESSENGERS.replace("MONOAMINE", "PEPTIDE").replace("transmitter", "peptide")
EDGES = "MATCH (a)-[r:{}]->(b) RETURN r.network AS network, count(*) AS edges, sum(r.weight) AS pairs ORDER BY network"


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A graph of both sources, from files of a few rows."""
    folder = tmp_path_factory.mktemp("routes")
    lake = Lake(folder / "lake")
    cells = run.ingest(source("celegans/cells"), {}, {}, ())
    lake.publish(cells)
    for source_id, texts in FILES.items():
        paths = {key: folder / f"{source_id.rpartition('/')[2]}_{key}.csv" for key in texts}
        for key, path in paths.items():
            path.write_text(texts[key])
        lake.publish(run.ingest(source(source_id), paths, {"celegans/cells": cells.tables}, ()))
    with LadybugStore(folder / "graph.lbug", max_bytes=1 << 34) as store:
        rebuild(lake, store)
        yield lake, store


@pytest.fixture(scope="module")
def real(tmp_path_factory, shared_data):
    """A workspace with both sources, from the real files, and its graph."""
    workspace = Workspace(tmp_path_factory.mktemp("real_routes"))
    for source_id in FILES:
        flow.ingest_source(workspace, source_id, shared_data)
    with LadybugStore(workspace.root / "graph" / "connectome.lbug", max_bytes=1 << 34) as store:
        rebuild(workspace.lake, store)
        yield workspace.lake, store


def asked(store, cypher, **parameters):
    return query(store, cypher, parameters).rows()


def sums(store, type_):
    return {r["network"]: (r["edges"], r["pairs"]) for r in asked(store, EDGES.format(type_))}


def test_the_graph_of_small_files_is_the_lake(small):
    lake, store = small
    assert verify(lake, store).differences == ()
    assert sums(store, "MONOAMINE") == {f"{BENTLEY}/monoamine": (3, 3.0), f"{RIPOLL}/monoamine": (4, 10.0)}
    reaches = ("long_range", "mid_range", "short_range")
    ripoll = {f"{RIPOLL}/{reach}/peptide": (4, 10.0) for reach in reaches}
    assert sums(store, "PEPTIDE") == {f"{BENTLEY}/peptide": (3, 3.0), **ripoll}


def test_a_query_reads_transmitter_and_receptor(small):
    _, store = small
    assert asked(store, MESSENGERS, name="RIML", dataset=BENTLEY) == [
        {"target": "AVAL", "transmitter": "tyramine", "receptor": "lgc-55", "pairs": 1.0},
        {"target": "AVAL", "transmitter": "tyramine", "receptor": "tyra-3", "pairs": 1.0},
    ]
    assert asked(store, MESSENGERS, name="RIML", dataset=RIPOLL) == [
        {"target": "AVAL", "transmitter": "any", "receptor": "any", "pairs": 2.0}
    ]


def test_a_query_reads_peptide_and_receptor(small):
    _, store = small
    assert asked(store, PEPTIDES, name="AVAL", dataset=BENTLEY) == [
        {"target": "AVAL", "peptide": "flp-1", "receptor": "npr-4", "pairs": 1.0},
        {"target": "RIML", "peptide": "flp-18", "receptor": "npr-1", "pairs": 1.0},
        {"target": "RIML", "peptide": "flp-18", "receptor": "npr-5", "pairs": 1.0},
    ]
    found = asked(store, PEPTIDES, name="CANL", dataset=RIPOLL)
    assert found == [{"target": "CANL", "peptide": "any", "receptor": "any", "pairs": 4.0}] * 3


def test_both_sources_give_the_number_of_pairs_of_two_cells(small):
    """Named pairs are summed, counted ones are the sum: one unit, one answer."""
    _, store = small
    for network, pairs in ((f"{BENTLEY}/monoamine", 2.0), (f"{RIPOLL}/monoamine", 2.0)):
        rows = run_named(store, "aggregate", {"of": network, "kind": "monoamine", "by": "class"}).rows()
        (found,) = [row for row in rows if (row["source"], row["target"]) == ("RIM", "AVA")]
        assert (found["n_pairs"], found["weight"]) == (1, pairs)


@pytest.mark.data
def test_the_graph_of_the_real_files_is_the_lake(real):
    lake, store = real
    assert verify(lake, store).differences == ()
    assert sums(store, "MONOAMINE") == {f"{BENTLEY}/monoamine": (2626, 2626.0), f"{RIPOLL}/monoamine": (2881, 4127.0)}
    assert sums(store, "PEPTIDE") == {
        f"{BENTLEY}/peptide": (8931, 8931.0),
        f"{RIPOLL}/long_range/peptide": (53558, 145834.0),
        f"{RIPOLL}/mid_range/peptide": (40425, 107429.0),
        f"{RIPOLL}/short_range/peptide": (31417, 83634.0),
    }


@pytest.mark.data
def test_what_a_real_neuron_releases(real):
    _, store = real
    found = asked(store, MESSENGERS, name="RIML", dataset=BENTLEY)
    assert {row["transmitter"] for row in found} == {"tyramine"}
    assert {row["receptor"] for row in found} == {"lgc-55", "ser-2", "tyra-2", "tyra-3"}
    assert {"target": "ALML", "transmitter": "tyramine", "receptor": "lgc-55", "pairs": 1.0} in found


@pytest.mark.data
def test_the_versions_name_their_files(real):
    lake, _ = real
    manifests = {m.dataset: m for m in lake.datasets()}
    for source_id in FILES:
        spec = source(source_id)
        assert [s.sha256 for s in manifests[source_id].sources] == [f.sha256 for f in spec.files]
        assert [s.size_bytes for s in manifests[source_id].sources] == [f.size_bytes for f in spec.files]
        assert [f.wheel.member.rpartition("/")[2] for f in spec.files] == [f.names[0] for f in spec.files]
    assert (manifests[BENTLEY].decisions, manifests[RIPOLL].decisions) == (0, 256)
