"""Which edges a question is about, and how a text walks along them: the same edges on both stores.

An undirected edge stands once, from the lesser uid to the greater, and is walked both ways. Neither engine can say in
one pattern "directed ones forwards, undirected ones both ways" (Ladybug's start_node(r) is the node on the left of the
pattern, whichever way the edge runs), so that is several patterns, joined by UNION ALL.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import polars as pl

from graphdb.named.anchor import at_cells, where
from graphdb.named.cells import Cells
from graphdb.named.definition import FLAG, REAL, Statement, edge_types, label_of, typed
from schemas.kinds import EDGE_KINDS

OUT, IN, BOTH = "out", "in", "both"
DIRECTIONS = (OUT, IN, BOTH)
KIND_OF_TYPE = {kind.type: kind.name for kind in EDGE_KINDS.values()}
_FLIPPED = {OUT: IN, IN: OUT}


@dataclass(frozen=True, kw_only=True)
class EdgeCriteria:
    """Criteria that most queries share: the edges that count."""

    kind: tuple[str, ...] = field(default=("chemical",), metadata={"help": "kinds of edge, e.g. chemical,gap_junction"})
    dataset: str | None = field(default=None, metadata={"help": "only edges of this dataset"})
    network: str | None = field(default=None, metadata={"help": "only edges of this network"})
    min_weight: float | None = field(default=None, metadata={"help": "least weight, in the network's unit"})

    @property
    def types(self) -> str:
        """The kinds' relationship types as a pattern writes them."""
        return edge_types(self.kind)

    @property
    def undirected_kinds(self) -> tuple[str, ...]:
        """Kinds that have, or may have, undirected edges."""
        return tuple(kind for kind in self.kind if not EDGE_KINDS[kind].directed)

    @property
    def never_directed(self) -> bool:
        """Whether no edge of these kinds has a direction; networks of kind functional say it themselves."""
        return self.undirected_kinds == self.kind and "functional" not in self.kind

    def conditions(self, relationship: str = "r") -> list[str]:
        """What must hold of an edge."""
        said = [
            f"{relationship}.{name} = ${name}" for name in ("dataset", "network") if getattr(self, name) is not None
        ]
        return said if self.min_weight is None else [*said, f"{relationship}.weight >= $min_weight"]

    @property
    def parameters(self) -> dict[str, object]:
        """Values of the conditions."""
        return {
            name: getattr(self, name)
            for name in ("dataset", "network", "min_weight")
            if getattr(self, name) is not None
        }


def arrow(way: str, relationship: str, types: str) -> str:
    """A relationship pattern from left to right."""
    left, right = {OUT: ("-", "->"), IN: ("<-", "-"), BOTH: ("-", "-")}[way]
    return f"{left}[{relationship}:{types}]{right}"


def incident(cells: Cells, criteria: EdgeCriteria, direction: str, dialect: str, *, more: str = "") -> Statement:
    """The edges at cells, each once for each way in which it leaves or reaches the cell.

    Columns: neuron_uid, neuron, neuron_class; of the partner uid, partner, node_kind, class, type, node_set; way (out
    or in), edge (relationship type), directed, weight, network, dataset. An edge from a cell to itself is one row for
    each way, an undirected one is one row.

    Args:
        cells: resolved cells.
        criteria: the edges that count.
        direction: out, in or both, seen from the cells.
        dialect: "ladybug" or "neo4j".
        more: one condition more, on a (the cell), r and b (the partner).
    """
    statements = []
    for way, types, condition in _ways(criteria, direction):
        said = [*criteria.conditions("r"), *([condition] if condition else []), *([more] if more else [])]
        result = (
            "RETURN a.uid AS neuron_uid, a.name AS neuron, "
            "a.`class` AS neuron_class, b.uid AS uid, b.name AS partner, b.kind AS node_kind, b.`class` AS class, "
            f"b.type AS type, b.node_set AS node_set, '{way}' AS way, {label_of('r', dialect)} AS edge, "
            "r.directed AS directed, r.weight AS weight, r.network AS network, r.dataset AS dataset"
        )
        statements.append(
            at_cells(cells, dialect, "a", f"{arrow(way, 'r', types)}(b)", said, result, criteria.parameters)
        )
    return Statement(
        " UNION ALL ".join(s.cypher for s in statements),
        {name: value for s in statements for name, value in s.parameters.items()},
    )


def with_direction(rows: pl.DataFrame) -> pl.DataFrame:
    """`way` as `direction`, which is undirected where the edge is; `edge` as the name of its kind."""
    rows = typed(rows, directed=FLAG, weight=REAL)
    said = pl.when(pl.col("directed")).then(pl.col("way")).otherwise(pl.lit("undirected"))
    kind = pl.col("edge").replace_strict(KIND_OF_TYPE, default=None, return_dtype=pl.String)
    return rows.with_columns(direction=said, edge=kind).drop("way")


def _ways(criteria: EdgeCriteria, direction: str) -> Iterator[tuple[str, str, str]]:
    """Way, types and condition of each pattern that together give every edge once for each way."""
    other_end = "a.uid <> b.uid"
    if direction == BOTH or criteria.never_directed:
        once = other_end if criteria.never_directed else f"(r.directed = true OR {other_end})"
        yield OUT, criteria.types, ""
        yield IN, criteria.types, once if criteria.undirected_kinds else ""
        return
    yield direction, criteria.types, ""
    if criteria.undirected_kinds:
        back = f"r.directed = false AND {other_end}"
        yield _FLIPPED[direction], edge_types(criteria.undirected_kinds), back


def one_way(criteria: EdgeCriteria, direction: str) -> bool:
    """Whether one pattern says it all: no directed and undirected edges together."""
    return direction == BOTH or criteria.never_directed or not criteria.undirected_kinds


def kept(match: str, conditions: list[str], dialect: str) -> str:
    """A pattern of several edges with conditions on them.

    Ladybug forgets conditions on an edge that leads to a node of several labels in the middle of a pattern: rows come
    back that break them, and others are missing. After WITH they hold.
    """
    between = " WITH *" if dialect == "ladybug" and conditions else ""
    return f"{match}{between}{where(conditions)}"
