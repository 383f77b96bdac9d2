"""Where a text starts: at cells that were looked up before."""

from __future__ import annotations

from graphdb.named.cells import Cells
from graphdb.named.definition import Statement

MOST_BRANCHES = 32


def at_cells(cells: Cells, dialect: str, variable: str, rest: str, parameters: dict[str, object]) -> Statement:
    """`rest` for each of the cells, its pattern going on from (variable).

    Neo4j takes the list. In Ladybug a list joins against all relationships (1.4 s at 2.7 million) where one key is
    a look-up (1.4 ms), so up to 32 cells are one branch each; more are a list there too.

    Args:
        cells: resolved cells.
        dialect: "ladybug" or "neo4j".
        variable: name of the node that is the cell.
        rest: what follows `MATCH (variable…)`: the pattern, conditions and RETURN; no ORDER BY or LIMIT.
        parameters: of `rest`; `cells` or `cells_0`, `cells_1`, … are added.
    """
    if dialect == "neo4j" or len(cells.uids) > MOST_BRANCHES:
        text = f"UNWIND $cells AS cell MATCH ({variable}{cells.pattern} {{uid: cell}}){rest}"
        return Statement(text, {"cells": cells.uids, **parameters})
    labels = [f":`{cell.label}`" for cell in cells.found] or [cells.pattern] * len(cells.uids)
    branches = [f"MATCH ({variable}{label} {{uid: $cells_{n}}}){rest}" for n, label in enumerate(labels)]
    keys = {f"cells_{n}": uid for n, uid in enumerate(cells.uids)}
    return Statement(" UNION ALL ".join(branches), {**keys, **parameters})
