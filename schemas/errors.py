"""Every error a user can meet, in one tree.

ConnectomeError            exit code 1
├── SourceError            a source file is missing, of another kind, or holds something unexpected
├── ValidationError        tables break FORMAT.md (carries every problem found)
├── LakeError              a dataset, version or manifest is absent or does not match its hash
├── GraphError             graph and lake differ, or the graph cannot be built
├── QueryError             a query is wrong
│   ├── QueryRefusedError  it would write, load files, or leave the sandbox
│   ├── QueryTimeoutError  it did not finish in time
│   └── StoreBusyError     exit code 3: too many queries run already; nothing was run
├── UsageError             exit code 2: an option or parameter is wrong
└── StoreUnreachableError  exit code 3: the store is down, locked, or refuses the login
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Place:
    """Where in a source file something stands."""

    file: str
    sheet: str | None = None
    row: int | None = None
    column: str | None = None

    def __str__(self) -> str:
        parts = [self.file]
        if self.sheet is not None:
            parts.append(f"sheet {self.sheet!r}")
        if self.row is not None:
            parts.append(f"row {self.row}")
        if self.column is not None:
            parts.append(f"column {self.column}")
        return ", ".join(parts)


class ConnectomeError(Exception):
    """Root of the tree. The message says what and where; the hint says what to do."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n  hint: {self.hint}" if self.hint else self.message


class SourceError(ConnectomeError):
    """A source file cannot be read as what it should be."""

    def __init__(self, message: str, hint: str = "", place: Place | None = None) -> None:
        super().__init__(f"{place}: {message}" if place else message, hint)
        self.place = place


@dataclass(frozen=True)
class Problem:
    """One broken rule in one table."""

    table: str
    column: str
    row: int | None
    message: str

    def __str__(self) -> str:
        row = "" if self.row is None else f", row {self.row}"
        return f"{self.table}.{self.column}{row}: {self.message}"


class ValidationError(ConnectomeError):
    """Tables break FORMAT.md. `problems` holds all of them, the message the first twenty."""

    shown: ClassVar[int] = 20

    def __init__(self, dataset: str, problems: list[Problem]) -> None:
        lines = [f"  {p}" for p in problems[: self.shown]]
        if len(problems) > self.shown:
            lines.append(f"  … and {len(problems) - self.shown} more")
        super().__init__(
            f"{dataset}: {len(problems)} problem(s)\n" + "\n".join(lines),
            "schemas/FORMAT.md says what each table must hold",
        )
        self.problems = problems


class LakeError(ConnectomeError):
    """A dataset, version or manifest is absent, or does not match its hash."""


class GraphError(ConnectomeError):
    """Graph and lake differ, or the graph cannot be built."""


class QueryError(ConnectomeError):
    """A query is wrong: syntax, an unknown name, a missing parameter."""


class QueryRefusedError(QueryError):
    """A query would write, read files, or leave the sandbox; nothing was executed."""


class QueryTimeoutError(QueryError):
    """A query did not finish in time; nothing is returned."""


class StoreBusyError(QueryError):
    """Too many queries run and wait already; this one was not run."""

    exit_code = 3


class UsageError(ConnectomeError):
    """An option or parameter is wrong."""

    exit_code = 2


class StoreUnreachableError(ConnectomeError):
    """The store is down, locked by another writer, or refuses the login."""

    exit_code = 3
