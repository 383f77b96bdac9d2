"""Where a text starts: at cells that were looked up before."""

from __future__ import annotations

from graphdb.named.cells import Cells
from graphdb.named.definition import Statement

MOST_BRANCHES = 128


def at_cells(
    cells: Cells,
    dialect: str,
    variable: str,
    pattern: str,
    conditions: list[str],
    result: str,
    parameters: dict[str, object],
) -> Statement:
    """A pattern at each of the cells.

    Neo4j takes the list. In Ladybug a list joined by UNWIND reads all relationships (seconds and much memory at 2.7
    million) where one key is a look-up (1.4 ms), so up to 128 cells are one branch each; more are a filter over all
    nodes.

    Args:
        cells: resolved cells.
        dialect: "ladybug" or "neo4j".
        variable: name of the node that is the cell.
        pattern: how the pattern goes on after (variable).
        conditions: what must hold besides.
        result: RETURN and what may stand before it; no ORDER BY or LIMIT.
        parameters: of conditions and result; `cells` or `cells_0`, `cells_1`, … are added.
    """
    if dialect == "neo4j":
        start = f"UNWIND $cells AS cell MATCH ({variable}{cells.pattern} {{uid: cell}})"
        return Statement(f"{start}{pattern}{where(conditions)} {result}", {"cells": cells.uids, **parameters})
    if len(cells.uids) > MOST_BRANCHES:
        listed = where([f"{variable}.uid IN $cells", *conditions])
        return Statement(
            f"MATCH ({variable}{cells.pattern}){pattern}{listed} {result}", {"cells": cells.uids, **parameters}
        )
    labels = [f":`{cell.label}`" for cell in cells.found] or [cells.pattern] * len(cells.uids)
    rest = f"{pattern}{where(conditions)} {result}"
    branches = [f"MATCH ({variable}{label} {{uid: $cells_{n}}}){rest}" for n, label in enumerate(labels)]
    keys = {f"cells_{n}": uid for n, uid in enumerate(cells.uids)}
    return Statement(" UNION ALL ".join(branches), {**keys, **parameters})


def where(conditions: list[str]) -> str:
    """The conditions as a clause; nothing where there are none."""
    return f" WHERE {' AND '.join(conditions)}" if conditions else ""
