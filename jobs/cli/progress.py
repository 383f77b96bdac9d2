"""Progress bars on standard error, where a person is watching."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from jobs.cli.settings import Settings, errors


@dataclass(frozen=True)
class Bar:
    """One bar, told of progress in each of the words that the packages use."""

    progress: Progress
    task: TaskID

    def report(self, what: str, done: int, total: int) -> None:
        """As graphdb tells: so many of so many."""
        self.progress.update(self.task, description=what, completed=done, total=total)

    def share(self, share: float, what: str) -> None:
        """As gnn tells: a share of the whole."""
        self.progress.update(self.task, description=what, completed=share, total=1.0)

    def say(self, what: str) -> None:
        """As ingest tells: what goes on, for as long as it takes."""
        self.progress.update(self.task, description=what, total=None)


@contextmanager
def bar(settings: Settings, title: str) -> Iterator[Bar]:
    """A bar that goes away at the end; none where it would be noise: --quiet, a file, a pipe."""
    console = errors()
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    hidden = settings.quiet or not console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=hidden) as progress:
        yield Bar(progress, progress.add_task(title, total=None))
