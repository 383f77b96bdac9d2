"""versions, diff, idmap, deprecate, cite, gc."""

from __future__ import annotations

import csv
import io
import json
import os
import pty
import select
import subprocess
import sys

import polars as pl
import pytest

from graphdb import testing
from graphdb.versions.id_map import derive
from jobs import flow
from schemas import tables
from tests.graphdb.test_versions_id_map import cells, three  # noqa: F401 - a fixture


@pytest.fixture
def twice(own):
    """The connectome once more, with one edge less, one more and one changed; the graph holds the first."""
    made = testing.connectome()
    edges = made.tables["chemical"]
    other = edges.with_columns(weight=pl.when(pl.col("weight") == 12.0).then(15.0).otherwise("weight"))
    added = other.head(1).with_columns(target=pl.lit(f"{testing.NODE_SET}/AVBL"))
    other = pl.concat([other.filter(pl.col("weight") != 7.0), added])
    own.lake.publish(type(made)(made.info, {**made.tables, "chemical": other}))
    return own


def test_diff_shows_totals_and_the_largest_changes(connectome, twice):
    result = connectome("diff", "test/connectome@previous", "test/connectome", workspace=twice)
    assert result.code == 0
    first, second = (m.reference for m in twice.lake.versions("test/connectome"))
    assert f"{first} to {second}" in result.out
    totals = next(line.split() for line in result.out.splitlines() if line.startswith(" chemical "))
    assert totals == ["chemical", "7", "7", "1", "1", "1", "0", "0", "0", "-1"]
    shown = connectome("diff", "test/connectome@previous", "test/connectome", "--limit", "1", workspace=twice).out
    assert shown.count("test/connectome/chemical") == 1


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_diff_writes_every_line(connectome, twice, kind):
    result = connectome("diff", "test/connectome@previous", "test/connectome", "--format", kind, workspace=twice)
    rows = result.json() if kind == "json" else list(csv.DictReader(io.StringIO(result.out)))
    found = {(r["change"], r["target"].rpartition("/")[2], str(r["old"] or ""), str(r["new"] or "")) for r in rows}
    assert found == {("changed", "RIML", "12.0", "15.0"), ("removed", "AVAL", "7.0", ""), ("added", "AVBL", "", "3.0")}
    same = connectome("diff", "test/connectome", "test/connectome", "--format", kind, workspace=twice)
    assert same.out.strip() == ("[]" if kind == "json" else "table,change,id,source,target,column,old,new,delta")


def test_diff_compares_every_table(connectome, three):  # noqa: F811
    workspace = flow.Workspace(three.root.parent)
    rows = connectome("diff", "test/cells@previous", "test/cells", "--format", "json", workspace=workspace).json()
    assert [r["change"] for r in rows if r["table"] == "node" and r["column"] in (None, "uid")] == [
        "added",
        "split",
        "split",
        "removed",
    ]


def test_diff_writes_parquet_and_overwrites_nothing(connectome, twice, tmp_path):
    words = ("diff", "test/connectome@previous", "test/connectome", "--out", str(tmp_path / "changes"))
    assert connectome(*words, workspace=twice).code == 0
    assert pl.read_parquet(tmp_path / "changes" / "chemical.parquet").height == 3
    assert json.loads((tmp_path / "changes" / "diff.json").read_text())["new"]["reference"].startswith(
        "test/connectome@"
    )
    again = connectome(*words, workspace=twice)
    assert again.code == 2
    assert "exists" in again.stderr


def test_diff_of_wrong_versions_names_those_there_are(connectome, twice):
    result = connectome("diff", "test/connectome@ffff", "test/connectome", workspace=twice)
    assert result.code == 1
    assert all(m.version in result.stderr for m in twice.lake.versions("test/connectome"))
    assert connectome("diff", "test/activity", "test/connectome", workspace=twice).code == 2


def test_a_deprecated_version_is_named_wherever_it_is_met(connectome, twice):
    old, new = (m.reference for m in twice.lake.versions("test/connectome"))
    words = ("deprecate", old, "--reason", "an edge too many", "--replaced-by", "test/connectome")
    assert (
        connectome(*words, workspace=twice).out.strip() == f"{old} is deprecated: an edge too many; replaced by {new}"
    )
    said = f"an edge too many; replaced by {new}"
    rows = connectome("versions", "test/connectome", "--format", "json", workspace=twice).json()
    assert [(r["current"], r["deprecated"]) for r in rows] == [(False, said), (True, None)]
    assert said in connectome("show", old, workspace=twice).out
    assert f"{old.rpartition('@')[2]} (deprecated)" in connectome("show", "test/connectome", workspace=twice).out
    assert said in connectome("diff", old, new, workspace=twice).stderr
    assert said in connectome("cite", old, workspace=twice).out
    answer = connectome("query", "@partners", "-p", "neuron=AVAL", workspace=twice)
    assert f"{old} is deprecated: {said}" in answer.stderr, "the graph still holds it"
    assert connectome("deprecate", old, "--undo", workspace=twice).out.strip() == f"{old} is no longer deprecated"
    assert said not in connectome("show", old, workspace=twice).out


def test_datasets_lists_what_should_not_be_used(connectome, twice):
    assert connectome("deprecate", "test/connectome", "--reason", "wrong", workspace=twice).code == 0
    rows = connectome("datasets", "--format", "json", workspace=twice).json()
    assert {r["dataset"]: r["deprecated"] for r in rows if r["deprecated"]} == {"test/connectome": "wrong"}


def test_deprecate_needs_a_reason(connectome, twice):
    result = connectome("deprecate", "test/connectome", workspace=twice)
    assert result.code == 2
    assert "--reason" in result.stderr
    assert connectome("deprecate", "test/connectome", "--undo", "--reason", "x", workspace=twice).code == 2


def test_gc_shows_and_deletes_only_when_told_to(connectome, twice, file_tree):
    old, new = twice.lake.versions("test/connectome")
    assert connectome("gc", workspace=twice).code == 0, "the graph holds the old version"
    assert "nothing to collect" in connectome("gc", workspace=twice).stderr
    flow.project(twice)
    before = file_tree(twice.lake.root)
    for words, code in ((("gc",), 2), (("gc", "--dry-run"), 0)):
        result = connectome(*words, workspace=twice)
        assert result.code == code
        assert old.reference in result.out
        assert file_tree(twice.lake.root) == before
    result = connectome("gc", "--yes", "--format", "json", workspace=twice)
    assert [row["what"] for row in result.json()] == [old.reference]
    assert f"deleted 1 of 1, {result.json()[0]['size_bytes']:,} bytes" in result.stderr
    assert twice.lake.versions("test/connectome") == [new]


@pytest.mark.parametrize(("typed", "left"), [("n\n", 2), ("y\n", 1)])
def test_gc_asks_at_a_terminal(twice, repository, typed, left):
    flow.project(twice)
    leader, follower = pty.openpty()
    words = [sys.executable, "-m", "jobs.cli", "--workspace", str(twice.root), "gc"]
    process = subprocess.Popen(words, cwd=repository, stdin=follower, stdout=follower, stderr=follower)
    os.close(follower)
    shown = b""
    try:
        while b"[y/N]" not in shown:
            assert select.select([leader], [], [], 60)[0], shown
            shown += os.read(leader, 4096)
        os.write(leader, typed.encode())
        while select.select([leader], [], [], 60)[0]:
            try:
                shown += os.read(leader, 4096)
            except OSError:  # the terminal is gone: the command has ended
                break
    finally:
        process.wait(60)
        os.close(leader)
    assert process.returncode == 0
    assert len(twice.lake.versions("test/connectome")) == left


def test_cite_writes_each_format(connectome, projected):
    text = connectome("cite", "run/ntf-communities-test", workspace=projected).out
    assert [line.split()[0] for line in text.splitlines()] == ["[1]", "[2]", "[3]"]
    assert "test/cells@" in text
    found = connectome("cite", "test/cells", "--format", "json", workspace=projected).json()
    assert found[0]["content_hash"]
    assert connectome("cite", "--format", "bibtex", workspace=projected).out.count("@misc{") == 4
    assert connectome("cite", "test/cells", "--format", "cff", workspace=projected).out.startswith("references:\n")


def test_cite_names_the_datasets_of_an_answer(connectome, projected):
    words = ("cite", "@partners", "-p", "neuron=AVAL", "-p", "dataset=test/connectome", "--format", "json")
    assert [each["dataset"] for each in connectome(*words, workspace=projected).json()] == [
        "test/connectome",
        "test/cells",
    ]
    result = connectome("cite", "test/cells", "-p", "neuron=AVAL", workspace=projected)
    assert result.code == 2


def test_idmap_translates_through_every_map(connectome, three, tmp_path):  # noqa: F811
    workspace = flow.Workspace(three.root.parent)
    oldest = three.versions("test/cells")[0].version
    words = ("idmap", "test/cells", "--from", oldest, "P", "Q", "--format", "json")
    rows = connectome(*words, workspace=workspace).json()
    assert [(r["given"], r["new"], r["change"]) for r in rows] == [
        ("P", f"{testing.NODE_SET}/P3", "split"),
        ("P", f"{testing.NODE_SET}/P4", "split"),
        ("Q", f"{testing.NODE_SET}/QR", "merged"),
    ]
    changed = connectome("idmap", "test/cells", "--format", "json", workspace=workspace).json()
    assert {r["change"] for r in changed} == {"split", "gone"}
    wrong = connectome("idmap", "test/cells", "--from", oldest, "PQ", workspace=workspace)
    assert wrong.code == 2
    assert "'PQ' is no id or name" in wrong.stderr


def test_idmap_derives_what_publishing_accepts(own):
    """As a reader of a source that changed its ids does it."""
    before = own.lake.manifest("test/cells")
    old = own.lake.read("test/cells", "node")["uid"]
    node = testing.cells().tables["node"].filter(pl.col("name") != "hyp")
    mapping = derive(before.version, old, node["uid"], pl.DataFrame(schema={"old": pl.String, "new": pl.String}))
    assert dict(mapping.schema) == tables.columns("id_map")
    found = cells(node["name"].to_list(), mapping)
    assert own.lake.publish(found).rows["id_map"] == 6
