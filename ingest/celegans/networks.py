"""The networks of a connectome from their entries: their rows, edges, what they cover, and where each edge stands."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import polars as pl

from ingest.celegans import cells
from ingest.celegans.coverage import Covered, coverage
from ingest.celegans.edges import Entry, chemical_table, contact_table, functional_table, gap_junction_table, origins
from schemas import tables
from schemas.dataset import Decisions
from schemas.errors import Place
from schemas.kinds import EDGE_KINDS

_UNDIRECTED: Mapping[str, Callable[..., pl.DataFrame]] = {
    "gap_junction": gap_junction_table,
    "contact": contact_table,
}
_DIRECTED: Mapping[str, Callable[..., pl.DataFrame]] = {"chemical": chemical_table, "functional": functional_table}


class Networks:
    """Collects the networks of one source.

    Args:
        decisions: gets what is merged and what differs.
    """

    def __init__(self, decisions: Decisions) -> None:
        self._decisions = decisions
        self._rows: dict[str, dict[str, object]] = {}
        self._edges: dict[str, list[pl.DataFrame]] = {}
        self._entries: dict[str, Sequence[Entry]] = {}
        self._covered: dict[str, Covered] = {}

    def add(
        self,
        row: dict[str, object],
        entries: Sequence[Entry],
        covered: Covered | None = None,
        *,
        mirrored: bool = False,
    ) -> None:
        """Add one network.

        Args:
            row: of the `network` table, as `network_row` makes it.
            entries: of its edges, as they stand in the file; where an undirected pair stands in both directions the
                greater counts, otherwise entries of a pair are added up.
            covered: what it covers; None where nothing can be said.
            mirrored: of an undirected network whose file lists every pair in both directions.
        """
        uid, kind = str(row["uid"]), str(row["kind"])
        if kind in _UNDIRECTED:
            edges = _UNDIRECTED[kind](uid, entries, self._decisions, mirrored=mirrored)
        else:
            edges = _DIRECTED[kind](uid, entries, self._decisions)
        self._edges.setdefault(kind, []).append(edges)
        self._rows[uid], self._entries[uid] = row, entries
        if covered is not None:
            self._covered[uid] = covered

    def tables(self) -> dict[str, pl.DataFrame]:
        """`network`, the edge tables of its kinds, `coverage` where anything is said of it, and `edge_origin`."""
        undirected = [uid for uid, row in self._rows.items() if row["kind"] in _UNDIRECTED]
        return {
            "network": tables.frame("network", list(self._rows.values())),
            **{kind: pl.concat(frames) for kind, frames in self._edges.items()},
            **({"coverage": coverage(self._covered)} if self._covered else {}),
            "edge_origin": origins(self._entries, undirected),
        }


def network_row(
    uid: str,
    kind: str,
    *,
    unit: str | None,
    method: str,
    parameters: Mapping[str, object],
    subject: str | None = None,
    node_set: str = cells.NODE_SET,
    directed: bool | None = None,
) -> dict[str, object]:
    """A row of the `network` table.

    Args:
        uid: of the network.
        kind: of its edges.
        unit: of their weights.
        method: how they were found.
        parameters: what else there is to say of them; JSON can hold it.
        subject: the animal, where it is one.
        node_set: the cells that they join.
        directed: what the kind says where it is None.
    """
    return {
        "uid": uid,
        "node_set": node_set,
        "subject": subject,
        "kind": kind,
        "directed": EDGE_KINDS[kind].directed if directed is None else directed,
        "weight_unit": unit,
        "method": method,
        "parameters": json.dumps(parameters),
    }


def labels_of(rows: Iterable[Sequence[str]], columns: Sequence[str], place: Place) -> Iterator[tuple[str, Place]]:
    """Each label of a list of connections with its place.

    Args:
        rows: the labels of each row below a header, in the order of the file.
        columns: their names in the file.
        place: file and sheet.
    """
    for row, labels in enumerate(rows, start=2):
        for label, column in zip(labels, columns, strict=True):
            yield label, Place(place.file, place.sheet, row, column)
