"""The cookbook of the README: every query answers on real connectomes, and alike on both stores."""

from __future__ import annotations

import re

import pytest

from graphdb.on_ladybug.store import LadybugStore
from graphdb.on_neo4j.store import Neo4jStore
from graphdb.query import query
from graphdb.sync import rebuild
from jobs import flow
from jobs.workspace import Workspace

SOURCES = ("celegans/cook2019", "celegans/witvliet2021", "celegans/dag2023")
LEAST_QUESTIONS = 12


def recipes(repository) -> list[str]:
    """The queries of the section, as they are written."""
    section = (repository / "README.md").read_text().split("\n## Cookbook\n")[1].split("\n## ")[0]
    return re.findall(r"```cypher\n(.*?)```", section, re.DOTALL)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory, shared_data):
    workspace = Workspace(tmp_path_factory.mktemp("cookbook"))
    for source in SOURCES:
        flow.ingest_source(workspace, source, shared_data)
    return workspace


@pytest.fixture(scope="module")
def embedded(workspace):
    with LadybugStore(workspace.root / "graph" / "connectome.lbug", max_bytes=1 << 34) as store:
        rebuild(workspace.lake, store)
        yield store


@pytest.mark.data
def test_every_recipe_answers_and_some_answers_are_known(repository, embedded):
    answers = [query(embedded, text) for text in recipes(repository)]
    assert len(answers) >= LEAST_QUESTIONS
    assert all(answer.table.num_rows for answer in answers)
    assert not any(answer.truncated for answer in answers)
    assert answers[0].rows()[0] == {"post": "PVCL", "sections": 21.0}
    assert [d.dataset for d in answers[0].datasets] == ["celegans/cook2019"]
    hub = next(a for a in answers if a.columns == ["neuron", "targets", "sections"]).rows()[0]
    assert hub["neuron"] == "AVAR"


@pytest.mark.data
@pytest.mark.neo4j
def test_both_stores_answer_alike(repository, workspace, embedded, neo4j_login):
    with Neo4jStore(*neo4j_login) as server:
        rebuild(workspace.lake, server)
        for text in recipes(repository):
            assert query(server, text).rows() == query(embedded, text).rows(), text
