"""Going from cells to their partners and on, hop by hop, each hop one statement over the last one's ends."""

from __future__ import annotations

from dataclasses import dataclass, replace

import polars as pl

from graphdb.named.cells import Cell, Cells
from graphdb.named.definition import FLAG, REAL, Reader, typed
from graphdb.named.edges import EdgeCriteria, incident
from schemas.kinds import NODE_KINDS


@dataclass
class Front:
    """How far a search has come.

    Args:
        cells: where it started; then the nodes of the last hop.
        distance: hops to each node that it has seen.
        edges: the edges of each hop, from all nodes of the hop before, as `incident` gives them.
    """

    cells: Cells
    distance: dict[str, int]
    edges: list[pl.DataFrame]

    @classmethod
    def at(cls, cells: Cells) -> Front:
        """A search that has not moved."""
        return cls(cells, dict.fromkeys(cells.uids, 0), [])

    @property
    def hops(self) -> int:
        return len(self.edges)

    def advance(self, criteria: EdgeCriteria, direction: str, reader: Reader) -> None:
        """One hop further, over edges that fit."""
        rows = typed(reader.rows(incident(self.cells, criteria, direction, reader.dialect)), directed=FLAG, weight=REAL)
        self.edges.append(rows)
        fresh = rows.select("uid", "partner", "node_kind", "node_set", "class").unique("uid").sort("uid")
        found = [
            Cell(uid, name, NODE_KINDS[kind].label, node_set, cell_class)
            for uid, name, kind, node_set, cell_class in fresh.iter_rows()
            if uid not in self.distance
        ]
        self.distance.update((cell.uid, self.hops) for cell in found)
        self.cells = replace(self.cells, names=tuple(cell.uid for cell in found), found=tuple(found))
