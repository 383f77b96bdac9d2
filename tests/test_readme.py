"""The README is true: its commands exist, its query is the named one, its targets are in the Makefile."""

from __future__ import annotations

import re

from graphdb.named.catalog import NAMED


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def test_the_query_of_the_project_is_the_named_one(repository):
    marked = (repository / "README.md").read_text().split("<!-- project query -->")[1]
    written = blocks(marked, "cypher")[0]
    named = NAMED["partner-communities"]
    made = named.build(named.parse({}), "ladybug").cypher
    assert " ".join(written.split()) == " ".join(made.split())


def test_every_make_target_exists_and_ci_runs_the_test_command(repository):
    readme = (repository / "README.md").read_text()
    makefile = (repository / "Makefile").read_text()
    targets = set(re.findall(r"\bmake ([a-z]+)", readme)) | {"test", "demo"}
    for target in targets:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
    assert (repository / ".ci" / "run").read_text().rstrip().endswith("make test")


def test_every_command_and_named_query_exists(repository):
    import typer

    from jobs.cli.app import app

    known = set(typer.main.get_command(app).commands)
    lines = [line for block in blocks((repository / "README.md").read_text(), "console") for line in block.splitlines()]
    commands = [line.removeprefix("$ ").split() for line in lines if line.startswith("$ connectome")]
    assert len(commands) > 10
    for words in commands:
        rest = words[1:]
        while rest[0].startswith("-"):
            rest = rest[2:]
        assert rest[0] in known, words
        for name in re.findall(r"@([a-z-]+)", " ".join(words)):
            assert name in NAMED
