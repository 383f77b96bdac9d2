"""Each named query has a page, and the pages are what the published files give."""

from __future__ import annotations

import pytest

from graphdb.lake import Lake
from graphdb.named import document
from graphdb.named.catalog import NAMED
from ingest.fetch import fetch
from ingest.run import ingest
from ingest.source import source
from tests.stores import on_ladybug

SOURCES = (
    *("celegans/cells", "celegans/cook2019", "celegans/witvliet2021", "celegans/wang2024", "celegans/openworm-cells"),
    *("celegans/bentley2016", "celegans/randi2023", "celegans/beets2023", "vessel/voreen-sample"),
)
# Their examples need the results of a run, or data that the documentation has no copy of.
WITHOUT_ANSWER = {
    "communities",
    "community-edges",
    "partner-communities",
    "region-flow",
    "regions",
    "state-time",
}


def test_each_query_has_a_page_and_each_page_a_query():
    assert {file.stem for file in document.PAGES.glob("*.md")} == {*NAMED, "README"}
    assert (document.PAGES / "README.md").read_text(encoding="utf-8") == document.index()


def test_only_those_examples_are_without_an_answer():
    silent = {f.stem for f in document.PAGES.glob("*.md") if document.NO_ANSWER in f.read_text(encoding="utf-8")}
    assert silent == WITHOUT_ANSWER


@pytest.fixture(scope="module")
def documented(shared_data, tmp_path_factory):
    lake = Lake(tmp_path_factory.mktemp("lake"))
    downloads = tmp_path_factory.mktemp("downloads")
    read = {}
    for source_id in SOURCES:
        spec = source(source_id)
        fetched = fetch(spec, downloads, from_dir=shared_data)
        tables = {parent: read[parent].tables for parent in spec.parents}
        read[source_id] = ingest(spec, fetched.files, tables, fetched.provenance)
        lake.publish(read[source_id])
    with on_ladybug(lake, tmp_path_factory.mktemp("graph") / "graph.lbug") as store:
        yield store


@pytest.mark.data
@pytest.mark.parametrize("name", NAMED)
def test_a_page_is_what_the_definition_and_the_data_give(documented, name):
    written = (document.PAGES / f"{name}.md").read_text(encoding="utf-8")
    made = document.page(NAMED[name], documented)
    assert made == written, "make the pages again: python -m graphdb.named.document WORKSPACE"
