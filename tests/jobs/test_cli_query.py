"""query: answers on standard output, remarks on standard error."""

from __future__ import annotations

import hashlib
import io
import json
import os
import pty
import subprocess
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

CYPHER = "MATCH (a:Neuron)-[r:CHEMICAL]->(b) WHERE a.name = $n RETURN b.name AS name, r.weight AS weight ORDER BY name"


def test_a_table_for_a_person(connectome, projected):
    result = connectome("query", CYPHER, "-p", "n=AVAL", workspace=projected)
    assert result.code == 0
    assert "RIML" in result.out
    assert result.stderr.startswith("4 rows in ")


def test_json_and_nothing_else_on_standard_output(connectome, projected):
    result = connectome("query", CYPHER, "-p", "n=AVAL", "--format", "json", workspace=projected)
    assert result.json()[0] == {"name": "AVAL", "weight": 1.0}
    assert "4 rows" in result.stderr


def test_quiet_leaves_standard_error_empty(connectome, projected):
    result = connectome("query", CYPHER, "-p", "n=AVAL", "--format", "csv", "--quiet", workspace=projected)
    assert result.stderr == ""
    assert result.out.splitlines()[0] == "name,weight"


def test_the_limit_is_said_with_the_total(connectome, projected):
    result = connectome("query", CYPHER, "-p", "n=AVAL", "--limit", "2", "--format", "ndjson", workspace=projected)
    assert len(result.out.splitlines()) == 2
    assert "truncated: there are 4" in result.stderr


def test_a_named_query(connectome, projected):
    words = ("query", "@partners", "-p", "neuron=AVAL", "-p", "min_weight=10", "--format", "json")
    assert [row["partner"] for row in connectome(*words, workspace=projected).json()] == ["RIML"]


def test_a_list_parameter(connectome, projected):
    words = ("query", "MATCH (n:Neuron) WHERE n.name IN $names RETURN count(*) AS n", "-p", 'names=["AVAL", "AVAR"]')
    assert connectome(*words, "--format", "json", workspace=projected).json() == [{"n": 2}]


def test_cypher_from_standard_input(connectome, projected, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("MATCH (n:Neuron) RETURN count(*) AS n"))
    assert connectome("query", "-", "--format", "json", workspace=projected).json() == [{"n": 4}]


def test_parquet_into_a_pipe(connectome, projected):
    result = connectome("query", CYPHER, "-p", "n=AVAL", "--format", "parquet", workspace=projected)
    assert pq.read_table(pa.BufferReader(result.stdout)).num_rows == 4


def test_a_file_by_its_ending(connectome, projected, tmp_path):
    out = tmp_path / "answer.parquet"
    result = connectome("query", CYPHER, "-p", "n=AVAL", "--out", str(out), workspace=projected)
    assert result.stdout == b""
    assert pq.read_table(out).column_names == ["name", "weight"]


def test_parquet_is_not_written_to_a_terminal(projected):
    terminal, child = pty.openpty()
    command = [sys.executable, "-m", "jobs.cli", "--workspace", str(projected.root), "query", "RETURN 1 AS one"]
    try:
        done = subprocess.run(
            [*command, "--format", "parquet"], stdout=child, stderr=subprocess.PIPE, text=True, check=False
        )
    finally:
        os.close(child)
        os.close(terminal)
    assert done.returncode == 2
    assert "not written to a terminal" in done.stderr


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["MATCH (n:Neuron RETURN n"], 1, "syntax error"),
        (["MATCH (n:Neuron) DELETE n"], 1, "DELETE is not allowed"),
        (["LOAD FROM '/etc/passwd' RETURN *"], 1, "may not begin with"),
        (["MATCH (n:Neuron) WHERE n.name = $name RETURN n"], 1, "-p name=VALUE"),
        (["MATCH (n:Neuon) RETURN n"], 1, "Neuron"),
        (["@partners", "-p", "neuron=AVAX"], 1, "did you mean AVA"),
        (["@partners"], 2, "-p neuron=VALUE"),
        (["@partners", "-p", "neurone=AVAL"], 2, "neuron"),
        (["@nonsense"], 2, "@partners"),
        (["RETURN 1 AS one", "-p", "nonsense"], 2, "is not name=value"),
        (["RETURN 1 AS one", "--limit", "0"], 2, "--limit"),
        (["RETURN 1 AS one", "--format", "xml"], 2, "ndjson"),
    ],
)
def test_a_wrong_query_is_told_plainly(connectome, projected, words, code, said):
    result = connectome("query", *words, workspace=projected)
    assert result.code == code
    assert said in result.stderr
    assert result.stdout == b""


def test_ids_beyond_what_json_readers_hold_are_text(connectome, projected):
    words = ("query", "RETURN $id AS id, 1 AS small", "-p", "id=720575940596000001", "--format", "json")
    assert connectome(*words, workspace=projected).json() == [{"id": "720575940596000001", "small": 1}]


def test_what_to_cite_stands_on_standard_error(connectome, projected):
    result = connectome("query", "MATCH (d:Dataset) RETURN d.uid AS dataset", "--format", "csv", workspace=projected)
    assert "from Nobody et al. 2026. Dataset test/connectome@" in result.stderr
    assert "Nobody" not in result.out


def test_json_with_provenance(connectome, projected):
    words = ("query", CYPHER, "-p", "n=AVAL", "--format", "json", "--provenance")
    found = connectome(*words, workspace=projected).json()
    assert [row["name"] for row in found["rows"]] == ["AVAL", "AVAR", "RIML", "dBWML1"]
    assert found["truncated"] is False
    assert found["cypher"] == CYPHER
    (connectome_version,) = [each for each in found["datasets"] if each["dataset"] == "test/connectome"]
    assert connectome_version["reference"] == f"test/connectome@{connectome_version['version']}"
    assert len(connectome_version["content_hash"]) == 64


def test_parquet_carries_its_provenance(connectome, projected, tmp_path):
    out = tmp_path / "answer.parquet"
    connectome("query", "@partners", "-p", "neuron=AVAL", "--out", str(out), workspace=projected)
    about = json.loads(pq.read_schema(out).metadata[b"connectome"])
    assert "test/connectome" in [each["dataset"] for each in about["datasets"]]


def test_provenance_goes_with_json_only(connectome, projected):
    result = connectome("query", "RETURN 1 AS x", "--provenance", "--format", "csv", workspace=projected)
    assert result.code == 2
    assert "goes with JSON" in result.stderr


def test_every_query_leaves_a_line_without_text_or_values(connectome, projected, tmp_path):
    log = tmp_path / "audit.jsonl"
    given = ("--audit", str(log), "query", CYPHER)
    connectome(*given, "-p", "n=AVAL", workspace=projected)
    connectome(*given, workspace=projected)
    connectome("--audit", str(log), "query", "MATCH (n) DELETE n", workspace=projected)
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [(line["outcome"], line["rows"]) for line in lines] == [("answered", 4), ("wrong", None), ("refused", None)]
    assert lines[0]["text_sha256"] == hashlib.sha256(CYPHER.encode()).hexdigest()
    assert lines[0]["user"]
    assert lines[0]["store"].startswith("ladybug:")
    assert "AVAL" not in log.read_text()
    assert "MATCH" not in log.read_text()


def test_an_audit_log_that_cannot_be_written_is_said(connectome, projected, tmp_path):
    result = connectome("--audit", str(tmp_path / "no" / "log"), "query", "RETURN 1 AS x", workspace=projected)
    assert result.code == 2
    assert "cannot be written" in result.stderr
