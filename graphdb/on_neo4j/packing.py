"""Many rows in few records: over Bolt a row of its own costs the driver ten times more than the same row in a list."""

from __future__ import annotations

from collections.abc import Sequence

MANY = 20_000  # rows; below, the look at the columns first would cost more than it saves
_PART = 10_000  # rows of a record: the driver does nothing else while it decodes one


def packed(cypher: str, names: Sequence[str], most: int) -> str:
    """The text that gives the first rows of another text in parts: its one column holds lists of rows, each a list.

    Not every text can be wrapped so, e.g. not one with a column of no name; the server then says that it is wrong.

    Args:
        cypher: the other text.
        names: its columns.
        most: how many rows.
    """
    row = ", ".join("`" + name.replace("`", "``") + "`" for name in names)
    return (
        f"CALL () {{ {cypher}\n}} WITH [{row}] AS row LIMIT {most} WITH collect(row) AS rows "
        f"UNWIND range(0, size(rows) - 1, {_PART}) AS start RETURN rows[start .. start + {_PART}] AS part"
    )
