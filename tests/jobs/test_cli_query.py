"""query: answers on standard output, remarks on standard error."""

from __future__ import annotations

import io
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
        (["@partners", "-p", "neurone=AVAL"], 2, "it takes: neuron"),
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
