"""Where in the rows of a file the labels, the weights and the names of columns stand, and what a fault must lead to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from ingest.files import column_letter
from tests.ingest.corpus.containers import Rows


class Outcome(Enum):
    """What may come of a bad file.

    REFUSED: a SourceError with place and hint. SAME: the edges of the sound file. ACCOUNTED: every row of the bad
    file is in an edge or has a decision.
    """

    REFUSED = auto()
    SAME = auto()
    ACCOUNTED = auto()


REFUSED = frozenset({Outcome.REFUSED})
SAME = frozenset({Outcome.SAME})
ACCOUNTED = frozenset({Outcome.ACCOUNTED})


@dataclass(frozen=True)
class Told:
    """What a fault may lead to, and where a refusal must point (one of the rows, from 1; one of the columns)."""

    outcomes: frozenset[Outcome] = REFUSED
    row: int | tuple[int, ...] | None = None
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Shape:
    """Layout of rows: a list of connections, or a matrix with labels in both margins.

    Args:
        labels: columns of labels; in a matrix the one margin.
        numbers: columns of weights; none in a matrix.
        texts: columns that hold one of a few words.
        header: rows before the first of the body; the last of them names the columns, in a matrix row `names_row`.
        names: what the reader calls the columns where the file does not.
        nullable: an empty weight is allowed.
        by_position: columns are found where they stand, not by their names.
        far: cells at the end of each row and column of a matrix that repeat the margins.
        first: column of a matrix where the weights begin; by default the one after the margin.
        names_row: row of a matrix that names the columns; by default the last before the body.
    """

    labels: tuple[int, ...]
    numbers: tuple[int, ...] = ()
    texts: tuple[int, ...] = ()
    header: int = 1
    names: tuple[str, ...] = ()
    nullable: bool = False
    matrix: bool = False
    far: int = 0
    by_position: bool = False
    first: int | None = None
    names_row: int | None = None

    @property
    def margin(self) -> int:
        """The column of a matrix that names its rows."""
        return self.labels[0]

    @property
    def naming(self) -> int:
        """The row that names the columns."""
        return self.header - 1 if self.names_row is None else self.names_row

    def body(self, rows: Rows) -> range:
        return range(self.header, len(rows) - self.far)

    def across(self, rows: Rows) -> range:
        """Columns of a matrix that hold weights."""
        first = self.margin + 1 if self.first is None else self.first
        return range(first, len(rows[self.naming]) - self.far)

    def weights(self, rows: Rows) -> list[tuple[int, int]]:
        """Cells that hold a weight, in a matrix one that is not 0; labels where there are no weights."""
        across = self.across(rows) if self.matrix else self.numbers or self.labels[:1]
        found = [(r, c) for r in self.body(rows) for c in across if rows[r][c] not in (None, "", "0", "0.0")]
        assert found
        return found

    def column_names(self, rows: Rows, column: int) -> tuple[str, ...]:
        """What a message may call a column."""
        named = [str(row[column]).strip() for row in rows[: self.header] if column < len(row) and row[column]]
        return (*self.names[column : column + 1], *named, column_letter(column))

    def at(self, rows: Rows, row: int, column: int) -> Told:
        return Told(REFUSED, row + 1, self.column_names(rows, column))

    def each_label(self, rows: Rows) -> Iterator[tuple[int, int]]:
        for r in self.body(rows):
            for c in self.labels:
                yield r, c
        if self.matrix:
            for c in self.across(rows):
                yield self.naming, c
