"""Common options, exit codes and errors that no one foresaw."""

from __future__ import annotations

import pytest

from jobs import flow
from jobs.cli.entry import BUG, hoisted


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["verify", "--quiet"], ["--quiet", "verify"]),
        (["verify", "--workspace", "w"], ["--workspace", "w", "verify"]),
        (["query", "x", "--graph=bolt://a", "-p", "a=b"], ["--graph=bolt://a", "query", "x", "-p", "a=b"]),
        (["verify", "--workspace"], ["--workspace", "verify"]),
        (["query", "--", "--quiet"], ["query", "--", "--quiet"]),
        ([], []),
    ],
)
def test_common_options_may_follow_the_command(words, expected):
    assert hoisted(words) == expected


def test_options_before_and_after_mean_the_same(connectome, projected):
    before = connectome("--quiet", "datasets", "--format", "json", workspace=projected)
    after = connectome("datasets", "--format", "json", "--workspace", str(projected.root), "--quiet")
    assert before == after
    assert before.code == 0


def test_the_workspace_comes_from_the_environment(connectome, projected, monkeypatch):
    monkeypatch.setenv("CONNECTOME_WORKSPACE", str(projected.root))
    assert len(connectome("datasets", "--format", "json").json()) == 4


def test_a_workspace_that_is_a_file_is_wrong_usage(connectome, tmp_path):
    file = tmp_path / "file"
    file.write_text("")
    result = connectome("--workspace", str(file), "datasets")
    assert result.code == 2
    assert "is a file" in result.stderr


def test_a_bug_is_one_line_and_its_traceback_is_for_who_asks(connectome, projected, monkeypatch):
    def broken(*_):
        raise RuntimeError("the unforeseen")

    monkeypatch.setattr(flow, "verify", broken)
    short = connectome("--quiet", "verify", workspace=projected)
    assert short.code == BUG
    assert short.stderr == "error: RuntimeError: the unforeseen (this is a bug; --debug shows where)\n"
    long = connectome("verify", "--debug", workspace=projected)
    assert long.code == BUG
    assert "in broken" in long.stderr


def test_an_empty_lake_is_said_and_is_no_error(connectome, tmp_path):
    result = connectome("--workspace", str(tmp_path / "new"), "datasets", "--format", "json")
    assert result.code == 0
    assert result.json() == []
    assert "connectome ingest" in result.stderr
    assert not (tmp_path / "new").exists()
