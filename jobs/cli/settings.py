"""Options that every command shares, and where each command says things."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import cast

import typer
from rich.console import Console

from jobs.workspace import Workspace

_WIDE = 10_000  # a table in a file or pipe is never wrapped or cut


@dataclass(frozen=True)
class Settings:
    """What stands before the command."""

    workspace: Workspace
    quiet: bool = False

    def say(self, message: str) -> None:
        """One line for the person, on standard error."""
        if not self.quiet:
            errors().print(message)


def settings(context: typer.Context) -> Settings:
    """The settings that the callback of the app left in the context."""
    return cast("Settings", context.find_root().obj)


def output() -> Console:
    """Standard output as it is now (tests and pipes replace it): tables and answers."""
    return _console(stderr=False)


def errors() -> Console:
    """Standard error: messages and progress."""
    return _console(stderr=True)


def _console(*, stderr: bool) -> Console:
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else _WIDE
    return Console(file=stream, width=width, markup=False, highlight=False, emoji=False, soft_wrap=stderr)
