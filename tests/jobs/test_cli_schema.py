"""schema: labels, types, properties and counts; and what a shell offers."""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys

import pytest

from graphdb.graph_model import NODE_TYPES, RELATIONSHIP_TYPES
from jobs.cli import completion


def test_everything_has_a_meaning(connectome, projected):
    shown = connectome("schema", "--format", "json", workspace=projected).json()
    assert [each["name"] for each in shown] == [*NODE_TYPES, *RELATIONSHIP_TYPES]
    assert all(each["meaning"] for each in shown)
    assert all(row["meaning"] and row["type"] for each in shown for row in each["properties"])


def test_units_and_counts_by_dataset(connectome, projected):
    (neuron,) = connectome("schema", "Neuron", "--format", "json", workspace=projected).json()
    assert neuron["counts"] == {"test/cells": 4}
    assert next(row for row in neuron["properties"] if row["property"] == "x_um")["unit"] == "µm"
    (chemical,) = connectome("schema", "CHEMICAL", "--format", "json", workspace=projected).json()
    assert chemical["counts"] == {"test/connectome": 7}
    assert ["Neuron", "Muscle"] in chemical["between"]


def test_a_table_for_a_person_shows_what_there_is(connectome, projected):
    out = connectome("schema", workspace=projected).out
    assert "nerve cell" in out
    assert "test/connectome" in out
    assert "roundness" not in out
    assert "roundness" in connectome("schema", "VESSEL", workspace=projected).out


def test_csv_has_a_row_for_each_property(connectome, projected):
    out = connectome("schema", "State", "--format", "csv", workspace=projected).out
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [row["property"] for row in rows] == list(NODE_TYPES["State"].properties)


def test_an_unknown_name_gets_suggestions(connectome, projected):
    result = connectome("schema", "Neurn", workspace=projected)
    assert result.code == 2
    assert "did you mean Neuron" in result.stderr


def test_named_queries_labels_and_types_are_completed():
    assert "@partners" in completion.text("")
    assert completion.text("@part")[0] == "@partners"
    assert completion.text("MATCH (n:Neu") == ["MATCH (n:Neuron"]
    assert completion.text("MATCH (a)-[r:CHEMICAL|gap") == ["MATCH (a)-[r:CHEMICAL|GAP_JUNCTION"]
    assert completion.text("MATCH (n) RETURN n.na") == []
    assert completion.name("vessel") == ["VesselNode", "VESSEL"]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("connectome query @partn", "@partners"),
        ("connectome query @partners -p neur", "neuron="),
        ("connectome sch", "schema"),
    ],
)
def test_a_shell_gets_them(repository, line, expected):
    words = {"_CONNECTOME_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(len(line.split()) - 1)}
    done = subprocess.run(
        [sys.executable, "-c", "from jobs.cli import main; main()"],
        cwd=repository,
        env={**os.environ, **words},
        capture_output=True,
        text=True,
        check=False,
    )
    assert expected in done.stdout.split(), done.stderr
