"""Answers: what they know of themselves, how notebooks show them, and the line that each query leaves."""

from __future__ import annotations

import json
import logging
import sys
from dataclasses import replace

import pyarrow as pa
import pytest

from graphdb import audit, testing
from graphdb.answer import Answer, text_hash
from graphdb.arrow import from_records, normalised
from graphdb.on_ladybug.store import LadybugStore
from graphdb.query import query
from graphdb.sync import rebuild
from graphdb.touched import cited
from graphdb.versions.provenance import Provenance
from schemas.errors import ConnectomeError, UsageError

HOSTILE = "<img src=x onerror=alert(1)>"
CITED = Provenance("test/cells", "0f81", "ab" * 32, "2026-01-01", HOSTILE, "CC0", HOSTILE)


def answer_of(table: pa.Table, **more) -> Answer:
    return replace(Answer(table, truncated=False, total_rows=table.num_rows, elapsed_s=0.1, store="here"), **more)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    folder = tmp_path_factory.mktemp("graph")
    store = LadybugStore(folder / "graph.lbug", max_bytes=1 << 34)
    rebuild(testing.small_lake(folder / "lake"), store)
    yield store
    store.close()


def test_a_notebook_shows_text_whatever_it_holds():
    table = pa.table({HOSTILE: [HOSTILE, None], "n": [1.23456789, 2.0], "l": [[HOSTILE], []]})
    page = answer_of(table, datasets=(CITED,))._repr_html_()
    assert "<img" not in page
    assert "&lt;img" in page
    assert "1.23457" in page
    assert "null" in page
    assert "2 rows; 0.10 s, here" in page
    assert "test/cells@0f81" in page


def test_a_notebook_shows_twenty_rows_and_says_how_many_there_are():
    table = pa.table({"n": list(range(30))})
    page = answer_of(table, truncated=True, total_rows=4_000)._repr_html_()
    assert page.count("<tr>") == 21
    assert "30 rows, the first 20 shown; cut by the row limit: there are 4,000" in page
    assert "there are more" in answer_of(table, truncated=True, total_rows=None)._repr_html_()


def test_pandas_is_not_needed_and_its_absence_is_said(monkeypatch):
    answer = answer_of(pa.table({"n": [1]}))
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(UsageError, match="pandas is not installed"):
        answer.to_pandas()


def test_a_whole_number_beyond_64_bits_is_exact_text():
    table = pa.table({"n": pa.array([10**20], pa.decimal128(38, 0)), "m": pa.array([None], pa.decimal128(38, 0))})
    assert normalised(table).to_pylist() == [{"n": str(10**20), "m": 0}]


def test_columns_of_one_name_stay_apart():
    assert from_records(["x", "x"], [[1, 2]]).to_pylist() == [{"x": 1, "x_2": 2}]


def test_an_optional_node_that_is_not_there_is_null_and_sound(store):
    table = query(store, "OPTIONAL MATCH (n:Neuron) WHERE n.name = 'nobody' RETURN n, 1 AS one").table
    table.validate(full=True)
    assert table.to_pylist() == [{"n": None, "one": 1}]


@pytest.mark.parametrize(
    ("names", "datasets", "expected"),
    [
        ({"Neuron"}, None, ["test/cells"]),
        ({"Neuron", "CHEMICAL"}, None, ["test/cells", "test/connectome"]),
        ({"RECORDED_IN"}, None, ["test/activity"]),
        ({"Dataset"}, None, ["run/ntf-communities-test", "test/activity", "test/cells", "test/connectome"]),
        ({"VESSEL"}, None, []),
        ({"Neuron"}, {"test/activity", "no/such"}, ["test/activity"]),
        (None, None, ["run/ntf-communities-test", "test/activity", "test/cells", "test/connectome"]),
    ],
)
def test_the_datasets_behind_names(store, names, datasets, expected):
    found = cited(store, answer_of(pa.table({"n": [1]})), names, datasets)
    assert [each.dataset for each in found.datasets] == expected


def test_a_column_of_datasets_counts_only_where_it_is_whole(store):
    named = pa.table({"dataset": ["test/cells"]})
    assert [each.dataset for each in cited(store, answer_of(named), {"CHEMICAL"}).datasets] == ["test/cells"]
    for doubtful in (
        answer_of(named, truncated=True),
        answer_of(pa.table({"dataset": ["elsewhere"]})),
        answer_of(pa.table({"dataset": ["test/cells", None]})),
        answer_of(named.slice(0, 0)),
    ):
        assert [each.dataset for each in cited(store, doubtful, {"CHEMICAL"}).datasets] == ["test/connectome"]


def lines(caplog) -> list[dict[str, object]]:
    return [json.loads(record.message) for record in caplog.records if record.name == "connectome.audit"]


def test_every_outcome_is_written_down(store, caplog):
    caplog.set_level(logging.INFO, "connectome.audit")
    for cypher, more in (
        ("MATCH (n:Neuron) RETURN n.name", {}),
        ("MATCH (n:Neuron) RETURN n.name", {"row_limit": 2}),
        ("MATCH (n:Neuron) DELETE n", {}),
        ("MATCH (n:Neurn) RETURN n", {}),
        ("RETURN 1 AS x", {"timeout_s": 0}),
    ):
        try:
            query(store, cypher, {"secret": "sesame"}, user="ada", **more)
        except ConnectomeError:
            continue
    assert [(line["outcome"], line["rows"]) for line in lines(caplog)] == [
        ("answered", 4),
        ("cut", 2),
        ("refused", None),
        ("wrong", None),
        ("wrong", None),
    ]
    assert {line["user"] for line in lines(caplog)} == {"ada"}
    assert lines(caplog)[0]["text_sha256"] == text_hash("MATCH (n:Neuron) RETURN n.name")
    assert "sesame" not in caplog.text
    assert "MATCH" not in caplog.text


def test_a_bug_is_written_down_too(caplog):
    caplog.set_level(logging.INFO, "connectome.audit")
    with pytest.raises(ZeroDivisionError), audit.recorded("here", "RETURN 1", None):
        raise ZeroDivisionError
    assert lines(caplog)[0]["outcome"] == "failed"
