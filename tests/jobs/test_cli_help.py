"""Every command teaches: help with an example that is itself valid."""

from __future__ import annotations

import re
import shlex

import pytest

from graphdb.named.catalog import NAMED
from jobs.cli.query import example

TOP = (
    "sources fetch ingest resolve homogenise correlate datasets show decisions report counts compare versions diff "
    "idmap deprecate cite gc project verify rebuild query queries schema export models train runs serve demo jobs"
).split()
COMMANDS = [[name] for name in TOP] + [["jobs", name] for name in ("list", "run", "serve")]


def listed(text: str) -> list[str]:
    return re.findall(r"^  ([a-z]+)  ", text.split("Commands:")[1], re.MULTILINE)


def test_the_commands_are_these(connectome):
    assert listed(connectome("--help").out) == TOP
    assert listed(connectome("jobs", "--help").out) == ["list", "run", "serve"]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_has_an_example_of_the_command(connectome, command):
    result = connectome(*command, "--help")
    assert result.code == 0
    assert result.stderr == ""
    examples = re.findall(r"^    (connectome .+)$", result.out.partition("Example:")[2], re.MULTILINE)
    assert examples
    for line in examples:
        words = [w for w in shlex.split(line) if not w.startswith(("-", "neo4j:", "/tmp"))]
        assert words[1 : 1 + len(command)] == command


def test_no_command_shows_help_and_is_wrong_usage(connectome):
    result = connectome()
    assert result.code == 2
    assert "Commands:" in result.out + result.stderr


@pytest.mark.parametrize("words", [("nonsense",), ("query",), ("query", "x", "--nonsense"), ("jobs", "nonsense")])
def test_wrong_usage_is_code_2(connectome, words):
    result = connectome(*words)
    assert result.code == 2
    assert "Usage:" in result.stderr
    assert result.stdout == b""


def test_queries_lists_every_named_query_with_its_example(connectome, projected):
    out = connectome("queries", workspace=projected).out
    for named in NAMED.values():
        assert f"@{named.name}: {named.title}" in out
        assert example(named) in out


def test_models_lists_options_and_an_example(connectome):
    out = connectome("models").out
    assert "-s seed=…  int" in out
    assert "connectome train ntf-communities" in out
