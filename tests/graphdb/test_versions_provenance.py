"""References, deprecation with a pointer, provenance from lake and graph, and citations."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from graphdb import testing
from graphdb.on_ladybug.store import LadybugStore
from graphdb.sync import rebuild
from graphdb.touched import provenance_of_graph
from graphdb.versions.citation import authors_of, citation_bibtex, citation_cff, citation_text, year_of
from graphdb.versions.deprecation import deprecate, deprecation, deprecations, replacement, undeprecate
from graphdb.versions.provenance import Provenance, noted, provenance, with_origins
from graphdb.versions.reference import resolve
from schemas.errors import LakeError, QueryError, UsageError


@pytest.fixture
def lake(tmp_path):
    """Three versions of a connectome; the second is current again."""
    lake = testing.small_lake(tmp_path / "lake")
    for scale in (2.0, 3.0, 2.0):
        lake.publish(testing.connectome(scale=scale))
    return lake


def test_references_name_versions(lake):
    first, second, third = lake.versions("test/connectome")
    assert resolve(lake, "test/connectome") == second
    assert resolve(lake, "test/connectome@current") == second
    assert resolve(lake, "test/connectome@previous") == first
    assert resolve(lake, third.reference) == third
    assert resolve(lake, third.reference[:-5]) == third


@pytest.mark.parametrize(
    ("reference", "said", "hint"),
    [
        ("test/conectome", "'test/conectome' is not in the lake", "did you mean test/connectome"),
        ("test/connectome@ffffffffffff", "test/connectome@ffffffffffff does not exist", "versions, oldest first"),
        ("test/cells@previous", "no version of test/cells was published before", "it is the only one"),
        ("nonsense", "not a dataset id", "celegans/cook2019"),
    ],
)
def test_wrong_references_say_what_there_is(lake, reference, said, hint):
    with pytest.raises(LakeError, match=said) as caught:
        resolve(lake, reference)
    assert hint in caught.value.hint


def test_a_deprecated_version_stays_as_it_is_and_says_so_wherever_it_is_read(lake):
    first, second, third = lake.versions("test/connectome")
    note = deprecate(lake, first, " weights halved ", third)
    assert (note.reason, note.replaced_by) == ("weights halved", third.reference)
    lake.check(first)
    assert deprecation(lake, "test/connectome", first.version) == note
    assert deprecations(lake) == [note]
    assert lake.versions("test/connectome") == [first, second, third]
    lake.publish(testing.connectome())  # the same content again
    assert provenance(lake, ["test/connectome"])[0].deprecated == note
    assert "deprecated: weights halved; replaced by " + third.reference in citation_text(
        provenance(lake, ["test/connectome"])
    )
    assert undeprecate(lake, first)
    assert not undeprecate(lake, first)
    assert provenance(lake, ["test/connectome"])[0].deprecated is None


def test_pointers_end_where_a_version_may_be_used_and_never_lead_back(lake):
    first, second, third = lake.versions("test/connectome")
    note = deprecate(lake, first, "wrong", second)
    deprecate(lake, second, "wrong too", third)
    assert replacement(lake, note) == third.reference
    with pytest.raises(UsageError, match="which leads back to it"):
        deprecate(lake, third, "worse", first)
    with pytest.raises(UsageError, match="cannot be replaced by itself"):
        deprecate(lake, third, "worse", third)
    with pytest.raises(UsageError, match="needs a reason"):
        deprecate(lake, third, "  ")


@pytest.mark.parametrize("text", ["", "[]", '{"dataset": "a/b"}'])
def test_a_note_that_is_none_is_said(lake, text):
    manifest = lake.manifest("test/connectome")
    deprecate(lake, manifest, "wrong")
    (lake.root / "test" / "connectome" / f"{manifest.version}.deprecated.json").write_text(text)
    with pytest.raises(LakeError, match="is not a deprecation"):
        provenance(lake, ["test/connectome"])


def test_lake_and_graph_say_the_same(lake, tmp_path):
    store = LadybugStore(tmp_path / "graph.lbug", max_bytes=1 << 30)
    rebuild(lake, store)
    uids = [m.dataset for m in lake.datasets()]
    assert provenance_of_graph(store, uids) == provenance(lake, uids)
    with pytest.raises(QueryError, match="does not hold test/none"):
        provenance_of_graph(store, ["test/cells", "test/none"])
    deprecate(lake, lake.manifest("test/cells"), "old names")
    held = provenance_of_graph(store, ["test/cells"])
    store.close()
    assert held[0].deprecated is None
    assert noted(lake, held) == provenance(lake, ["test/cells"])


def test_origins_follow_each_once(lake):
    found = with_origins(lake, ["run/ntf-communities-test", "test/activity", "test/cells"])
    assert [p.dataset for p in found] == ["run/ntf-communities-test", "test/activity", "test/cells"]
    assert [p.dataset for p in with_origins(lake, ["run/ntf-communities-test"])] == [p.dataset for p in found]


COOK = Provenance(
    dataset="celegans/cook2019",
    version="0123456789ab",
    content_hash="f" * 64,
    published_at="2026-01-01T00:00:00+00:00",
    title='50 % of "both" sexes: {A_B} & C',
    licence="CC BY 4.0",
    citation="Cook et al. 2019, Whole-animal connectomes, Nature 571, 63-71",
    source_url="https://doi.org/10.1038/s41586-019-1352-7",
)


def test_citations_say_which_version_was_used():
    text = citation_text([COOK, replace(COOK, dataset="celegans/other", simulated=True), COOK])
    first, second = text.splitlines()
    assert first == (
        "[1] Cook et al. 2019, Whole-animal connectomes, Nature 571, 63-71. Dataset celegans/cook2019@0123456789ab, "
        "content sha256 ffffffffffffffff; licence: CC BY 4.0; https://doi.org/10.1038/s41586-019-1352-7"
    )
    assert second.startswith("[2] ")
    assert "SIMULATED" in second
    assert citation_text([]) == ""


def test_bibtex_escapes_what_tex_would_take():
    entry = citation_bibtex([COOK])
    assert entry.startswith("@misc{celegans_cook2019_0123456789ab,\n  author = {{Cook et al.}},\n")
    assert r'title = {{50 \% of "both" sexes: \{A\_B\} \& C}}' in entry
    assert "year = {2019}" in entry
    assert r"\url{https://doi.org/10.1038/s41586-019-1352-7}" in entry


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40), st.text(max_size=40))
@settings(deadline=None)
def test_cff_is_yaml_whatever_the_words(title, citation):
    given_ = replace(COOK, title=title, citation=citation.encode("utf-8", "ignore").decode() or "x")
    (entry,) = yaml.safe_load(citation_cff([given_]))["references"]
    assert entry["title"] == title
    assert entry["type"] == "data"
    assert entry["version"] == "0123456789ab"
    assert entry["identifiers"][0]["description"] == "celegans/cook2019@0123456789ab"


def test_authors_and_year_come_from_the_citation():
    assert (authors_of(COOK), year_of(COOK)) == ("Cook et al.", "2019")
    simulated = replace(COOK, citation="simulated by this platform, seed 2024", simulated=True)
    assert (authors_of(simulated), year_of(simulated)) == ("simulated by this platform, seed 2024.", None)
    assert yaml.safe_load(citation_cff([])) == {"references": []}
    assert json.loads(json.dumps(COOK.plain()))["deprecated"] is None
