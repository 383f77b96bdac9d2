"""Small patterns of connections: how many there are, and a page of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import combinations

import polars as pl

from graphdb.named.cells import Cells
from graphdb.named.definition import TEXT, WHOLE, Column, NamedQuery, Reader, Statement, edge_type, typed
from graphdb.named.edges import EdgeCriteria
from graphdb.named.motif_language import MOST_NODES, Motif, MotifEdge, NodeCondition, parse
from schemas.errors import UsageError
from schemas.kinds import NODE_KINDS


@dataclass(frozen=True, kw_only=True)
class MotifCriteria(EdgeCriteria):
    """Criteria of @motifs."""

    motif: str = field(metadata={"help": "edges and conditions, e.g. A->B, B->C, C->A; A.class=AVA; A->B.weight>=5"})
    first: Cells | None = field(default=None, metadata={"help": "only motifs whose first node is one of these cells"})
    node_kind: str = field(
        default="neuron", metadata={"help": "kind of the nodes that do not say theirs", "choices": tuple(NODE_KINDS)}
    )
    page: int = field(default=1, metadata={"help": "which page of them", "between": (1, None)})
    page_size: int = field(default=100, metadata={"help": "motifs on a page", "between": (1, 10_000)})

    def parsed(self) -> Motif:
        """The motif; edges that name no kind are of the one kind that is given."""
        if len(self.kind) != 1:
            raise UsageError("@motifs takes one kind", "say others at the edge, e.g. A-[gap_junction]-B")
        motif = parse(self.motif, self.kind[0])
        if self.first is None:
            return motif
        first = NodeCondition(0, "uid", equal=True, words=tuple(self.first.uids))
        return replace(motif, conditions=(*motif.conditions, first))


def count(criteria: MotifCriteria, _dialect: str) -> Statement:
    """How many motifs there are."""
    motif = criteria.parsed()
    text, parameters = _matched(motif, criteria)
    return Statement(f"{text} RETURN count(*) AS total", parameters)


def page(criteria: MotifCriteria, _dialect: str) -> Statement:
    """One page of them, in the order of the ids of their nodes."""
    motif = criteria.parsed()
    text, parameters = _matched(motif, criteria)
    nodes = range(len(motif.nodes))
    columns = [f"n{n}.name AS name{n}, n{n}.uid AS uid{n}" for n in nodes]
    columns += [f"r{e}.weight AS weight{e}" for e in range(len(motif.present))]
    networks = [f"r{e}.network" for e, edge in enumerate(motif.present) if edge.kind != motif.present[0].kind]
    columns += [f"{network} AS network{n}" for n, network in enumerate(networks)]
    weights = [f"weight{e}" for e in range(len(motif.present))]
    order = ", ".join(
        [*(f"uid{n}" for n in nodes), "network", *(f"network{n}" for n in range(len(networks))), *weights]
    )
    return Statement(
        f"{text} RETURN {', '.join(columns)}, r0.network AS network, r0.dataset AS dataset "
        f"ORDER BY {order} SKIP $skip LIMIT $limit",
        {**parameters, "skip": (criteria.page - 1) * criteria.page_size, "limit": criteria.page_size},
    )


def counted_and_shown(criteria: MotifCriteria, reader: Reader) -> pl.DataFrame:
    """The page, each row with its number and with how many there are in all."""
    motif = criteria.parsed()
    total = int(reader.rows(count(criteria, reader.dialect))["total"].item())
    found = reader.rows(page(criteria, reader.dialect))
    named: dict[str, pl.Expr] = {}
    for n, name in enumerate(motif.nodes):
        named[name] = pl.col(f"name{n}").cast(pl.String)
        named[f"{name}_uid"] = pl.col(f"uid{n}").cast(pl.String)
    shown = typed(found, **{f"weight{e}": pl.Float64() for e in range(len(motif.present))})
    for e, edge in enumerate(motif.present):
        named[title(motif, edge)] = pl.col(f"weight{e}")
    before = (criteria.page - 1) * criteria.page_size
    return shown.select(
        (pl.int_range(pl.len(), dtype=pl.Int64) + 1 + before).alias("number"),
        pl.lit(total, pl.Int64).alias("total"),
        "network",
        "dataset",
        **named,
    )


def title(motif: Motif, edge: MotifEdge) -> str:
    """The column of an edge's weight: the edge as the motif writes it."""
    a, b = motif.nodes[edge.source], motif.nodes[edge.target]
    kinds = {each.kind for each in motif.present}
    kind = f"[{edge.kind}]-" if len(kinds) > 1 else ""
    return f"{a}-{kind}{'>' if edge.directed else ''}{b}"


def _matched(motif: Motif, criteria: MotifCriteria) -> tuple[str, dict[str, object]]:
    """MATCH and WHERE of a motif."""
    parameters: dict[str, object] = dict(criteria.parameters)
    said = [part for part in _conditions(motif, criteria, parameters) if part]

    def label(node: int) -> str:
        return _labelled(motif, node, criteria.node_kind)

    patterns = [
        f"({label(edge.source)}){_arrow(edge, f'r{e}')}({label(edge.target)})" for e, edge in enumerate(motif.present)
    ]
    return f"MATCH {', '.join(patterns)} WHERE {' AND '.join(said)}", parameters


def _conditions(motif: Motif, criteria: MotifCriteria, parameters: dict[str, object]) -> Iterator[str]:
    ordered = motif.order()
    for a, b in combinations(range(len(motif.nodes)), 2):
        # Both engines may put one cell in two places, and Ladybug one edge too.
        yield "" if (a, b) in ordered else f"n{a}.uid <> n{b}.uid"
    for a, b in ordered:
        yield f"n{a}.uid < n{b}.uid"
    for e, edge in enumerate(motif.present):
        yield from criteria.conditions(f"r{e}")
        yield from _alike(motif, edge, e)
        for w, (sign, value) in enumerate(edge.weight):
            parameters[f"weight_{e}_{w}"] = value
            yield f"r{e}.weight {sign} $weight_{e}_{w}"
    for c, condition in enumerate(c for c in motif.conditions if c.property != "kind"):
        yield _said_of_node(condition, c, parameters)
    for edge in motif.edges:
        if not edge.present:
            yield _absent(motif, edge, criteria)


def _alike(motif: Motif, edge: MotifEdge, place: int) -> Iterator[str]:
    """All edges are of one dataset, and those of one kind of one network."""
    earlier = motif.present[:place]
    same = next((e for e, other in enumerate(earlier) if other.kind == edge.kind), None)
    if same is not None:
        yield f"r{place}.network = r{same}.network"
    elif earlier:
        yield f"r{place}.dataset = r0.dataset"
    if edge.kind == "functional":
        yield f"r{place}.directed = {'true' if edge.directed else 'false'}"


def _absent(motif: Motif, edge: MotifEdge, criteria: MotifCriteria) -> str:
    same = next((e for e, other in enumerate(motif.present) if other.kind == edge.kind), None)
    where = "x.dataset = r0.dataset" if same is None else f"x.network = r{same}.network"
    said = " AND ".join([where, *criteria.conditions("x")])
    pattern = f"(n{edge.source}){_arrow(edge, 'x')}(n{edge.target})"
    return f"NOT EXISTS {{ MATCH {pattern} WHERE {said} }}"


def _arrow(edge: MotifEdge, relationship: str) -> str:
    return f"-[{relationship}:`{edge_type(edge.kind)}`]-{'>' if edge.directed else ''}"


def _labelled(motif: Motif, node: int, kind: str) -> str:
    """The node's variable with the one label of its kind.

    Without it Ladybug forgets conditions on edges that lead to the node.
    """
    said = [c for c in motif.conditions if (c.node, c.property) == (node, "kind")]
    kinds = said[0].words if said else (kind,)
    if len(said) > 1 or len(kinds) > 1 or (said and not said[0].equal) or kinds[0] not in NODE_KINDS:
        name = motif.nodes[node]
        raise UsageError(f"motif: {name} must be of one kind", f"{name}.kind= one of {', '.join(NODE_KINDS)}")
    return f"n{node}:`{NODE_KINDS[kinds[0]].label}`"


def _said_of_node(condition: NodeCondition, place: int, parameters: dict[str, object]) -> str:
    name = f"is_{place}"
    column = f"n{condition.node}.`{condition.property}`"
    if len(condition.words) == 1:
        parameters[name] = condition.words[0]
        return f"{column} {'=' if condition.equal else '<>'} ${name}"
    parameters[name] = list(condition.words)
    return f"{column} IN ${name}" if condition.equal else f"NOT {column} IN ${name}"


MOTIFS = NamedQuery(
    "motifs",
    "Patterns of two to four cells: how many there are, and a page of them",
    MotifCriteria,
    count,
    {
        "motif": "A->B, A->C, B->C; A.type=sensory; C.class=AVA; A->B.weight>=10",
        "dataset": "celegans/cook2019",
        "min_weight": "5",
        "page_size": "10",
    },
    (
        Column("number", WHOLE, "number of the motif, from 1, by the ids of its nodes"),
        Column("total", WHOLE, "how many there are on all pages"),
        Column("network", TEXT, "network of its (first) edges"),
        Column("dataset", TEXT, "dataset of its edges"),
    ),
    about=(
        f"A motif is 2 to {MOST_NODES} different neurons that hang together by edges; `A.kind=muscle` or "
        "`node_kind` make them something else, each of one kind. `A->B` is an edge from pre to "
        "post, `A-[gap_junction]-B` an undirected one, `A->B->C` a chain, `A!->B` says that there is no such edge. "
        "Conditions: `A.class=AVA|AVB`, `A.type!=sensory`, `A->B.weight>=5`; parts stand between commas, semicolons or "
        "line breaks. Other edges among the cells may be there or not. All edges are of one dataset and those of one "
        "kind of one network. Where the motif looks the same with its nodes exchanged, each group of cells counts "
        "once, with the least ids first. The answer counts all and shows one page; on a whole brain give conditions, "
        "or it will run out of time."
    ),
    plan=counted_and_shown,
    open_columns="`A`, `A_uid`: name and id of each node; `A->B`: the weight of each edge, in its network's unit",
)
