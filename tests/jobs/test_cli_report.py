"""What ingest says of homogenisation, and connectome report: both from the published tables."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest

from graphdb import testing
from jobs.workspace import Workspace
from schemas.dataset import Decisions
from schemas.errors import Place
from schemas.reasons import Comparison, Resolved, compared

COOK = "celegans/cook2019"


@pytest.fixture
def new(tmp_path):
    return Workspace(tmp_path / "new")


@pytest.fixture
def decided(own):
    """The small connectome with decisions of several kinds."""
    decisions = Decisions()
    decisions.add("renamed", "AVAL0", str(Resolved("padded", "AVAL", testing.NODE_SET)), Place("a.csv", "s", 2, "B"))
    for row in (7, 8):
        decisions.add("merged", "AVAL -> RIML", f"repeats row {row - 1}", Place("a.csv", row=row))
    pairs = Comparison(agree=5, differ=1, only_form=2, only_reference=3)
    decisions.add("differs", "list, chemical", compared("test/connectome/chemical", pairs), Place("b.csv"))
    dataset = testing.connectome()
    own.lake.publish(replace(dataset, tables={**dataset.tables, "decision": decisions.frame()}))
    return own


def test_a_source_without_decisions_says_so_in_one_line(connectome, new):
    result = connectome("ingest", "celegans/cells", workspace=new)
    assert result.out.splitlines() == [
        f"{new.lake.manifest('celegans/cells').reference}: 1 node_set, 476 node, 348 annotation"
    ]
    said = result.stderr.splitlines()
    assert said[0] == "  no decisions: nothing was renamed, merged, guessed or dropped"
    assert len(said) == 2
    assert "connectome report" in said[1]


def test_quiet_leaves_the_published_line_alone(connectome, new):
    result = connectome("--quiet", "ingest", "celegans/cells", workspace=new)
    assert result.out.startswith("celegans/cells@")
    assert result.stderr == ""


@pytest.mark.data
def test_ingest_says_what_became_of_a_connectome(connectome, new, shared_data):
    result = connectome("ingest", COOK, "--from", str(shared_data / "celegans"), workspace=new)
    assert len(result.out.splitlines()) == 1
    assert result.stderr.splitlines()[:-1] == [
        "  chemical: 4,879 edges (28,113 EM sections); gap_junction: 1,450 edges (11,680 EM sections)",
        "  labels: 406 exact, 64 padded, 3 alias; decisions: 131 renamed, 1 merged, 2 dropped, 5 differ",
    ]
    rows = connectome("report", COOK, "--format", "json", workspace=new).json()
    decided = [row for row in rows if row["part"] == "decision"]
    assert sum(row["n"] for row in decided) == new.lake.manifest(COOK).decisions
    assert {row["sheet"] for row in decided} <= {"hermaphrodite chemical", "hermaphrodite gap jn symmetric"}


@pytest.mark.data
def test_ingest_says_how_traces_were_matched(connectome, new, shared_data):
    result = connectome("ingest", "celegans/dag2023", "--from", str(shared_data / "celegans"), workspace=new)
    traces = "traces: 478 exact, 2 padded, 13 ambiguous, 1 duplicate, 213 unlabelled"
    assert f"  {traces}; decisions: 2 renamed, 3 dropped, 27 kept" in result.stderr.splitlines()


def test_the_report_has_a_table_for_each_part(connectome, decided):
    out = connectome("report", "test/connectome", workspace=decided).out
    assert out.splitlines()[0] == f"{decided.lake.manifest('test/connectome').reference}: 4 decisions"
    cells = [line.split() for line in out.splitlines()]
    assert ["chemical", "chemical", "7", "30", "synapses"] in cells
    assert ["padded", "1"] in cells
    assert ["list,", "chemical", "test/connectome/chemical", "5", "1", "2", "3", "b.csv"] in cells
    assert "merged 2 repeats row … AVAL -> RIML a.csv, row 7".split() in cells


def test_csv_and_json_have_every_part_in_one_list(connectome, decided):
    words = ("report", "test/connectome", "--format")
    rows = connectome(*words, "json", workspace=decided).json()
    assert list(dict.fromkeys(row["part"] for row in rows)) == ["network", "label", "comparison", "decision"]
    (form,) = (row for row in rows if row["part"] == "comparison")
    assert (form["agree"], form["differ"], form["only_here"], form["only_there"]) == (5, 1, 2, 3)
    written = list(csv.DictReader(io.StringIO(connectome(*words, "csv", workspace=decided).out)))
    (renamed,) = (row for row in written if row["name"] == "renamed")
    place = {name: renamed[name] for name in ("file", "sheet", "row", "column")}
    assert place == {"file": "a.csv", "sheet": "s", "row": "2", "column": "B"}


def test_all_datasets_and_unknown_ones(connectome, decided, new):
    rows = connectome("report", "--format", "json", workspace=decided).json()
    assert {"test/connectome", "test/activity"} <= {row["dataset"] for row in rows}
    assert connectome("report", "test/conectome", workspace=decided).code == 1
    assert "is empty" in connectome("report", workspace=new).stderr


@pytest.mark.data
def test_the_readme_shows_what_ingest_says(connectome, new, shared_data, repository):
    result = connectome("ingest", COOK, "--from", str(shared_data / "celegans"), workspace=new)
    lines = [result.out.replace(new.lake.manifest(COOK).version, "VERSION").rstrip(), *result.stderr.splitlines()[:-1]]
    assert "\n".join(lines) in (repository / "README.md").read_text()
