"""The whole way on both stores: simulated recordings to a run, and the project's query answered alike."""

from __future__ import annotations

import pytest

from gnn.compare import nmi
from graphdb.export import Selection, export
from graphdb.named.catalog import run_named
from graphdb.on_ladybug.store import LadybugStore
from graphdb.on_neo4j.store import Neo4jStore
from graphdb.sync import project, verify
from jobs import flow
from jobs.workspace import Workspace


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    workspace = Workspace(tmp_path_factory.mktemp("whole"))
    flow.ingest_source(workspace, "simulate/celegans")
    flow.project(workspace)
    with workspace.store() as store:
        bundle = export(Selection(activity=("simulate/celegans",)), workspace.lake, store)
    flow.train(workspace, "ntf-communities", bundle, {"seed": 1})
    flow.project(workspace)
    return workspace


def test_the_planted_communities_are_recovered(workspace):
    runs = {m.dataset: m for m in workspace.lake.datasets() if m.dataset.startswith("run/")}
    (run,) = runs
    found, truth = (
        dict(workspace.lake.read(dataset, "membership").select("node", "community").rows())
        for dataset in (run, "simulate/celegans")
    )
    assert nmi(found, truth) >= 0.9
    assert runs[run].simulated
    with workspace.store() as store:
        members = run_named(store, "communities").rows()
        assert verify(workspace.lake, store).differences == ()
    assert len(members) == len(found)
    assert all(row["simulated"] for row in members)


@pytest.mark.data
@pytest.mark.neo4j
def test_the_query_of_the_project_is_answered_alike_on_both_stores(workspace, shared_data, neo4j_login):
    flow.ingest_source(workspace, "celegans/cook2019", shared_data)
    embedded = LadybugStore(workspace.root / "graph" / "connectome.lbug")
    server = Neo4jStore(*neo4j_login)
    server.load([], 0)
    try:
        answers = []
        for store in (embedded, server):
            project(workspace.lake, store)
            assert verify(workspace.lake, store).differences == ()
            answers.append(run_named(store, "partner-communities", {"neuron": "AVAL"}).to_polars())
        assert answers[0].equals(answers[1])
        assert answers[0].height > 30
        assert answers[0]["shares_community"].sum() > 0
        strongest = answers[0].row(0, named=True)
        assert (strongest["partner"], strongest["weight"]) == ("PVCL", 21.0)
    finally:
        server.load([], 0)
        server.close()
        embedded.close()
