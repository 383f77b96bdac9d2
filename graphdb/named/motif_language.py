"""The small language of motifs, read into nodes, edges and conditions; its words reach a query only as parameters.

A->B, B->C, C->A                    three cells in a ring
A->B->C, A->C                       a feed-forward loop, its chain written in one
A-[gap_junction]-B, A->B            two cells joined both ways
A->B, B!->A                         one way only
A.class=AVA|AVB; A->B.weight>=5     conditions on a cell and on an edge
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import permutations

from schemas.errors import UsageError
from schemas.kinds import EDGE_KINDS

MOST_NODES = 4
PROPERTIES = ("name", "class", "type", "kind", "neurotransmitter", "hemisphere", "node_set", "uid")
_NAME = r"[A-Za-z][A-Za-z0-9_]*"
_ARROW = re.compile(r"\s*(!?)(<?)-(?:\s*\[\s*([a-z_]+)\s*\]\s*-)?(>?)\s*")
_NODE = re.compile(_NAME)
_NODE_CONDITION = re.compile(rf"({_NAME})\.([a-z_]+)\s*(!=|=)\s*(.+)", re.DOTALL)
_EDGE_CONDITION = re.compile(
    rf"({_NAME})\s*(<?-(?:\s*\[\s*[a-z_]+\s*\]\s*-)?>?)\s*({_NAME})\.([a-z_]+)\s*(>=|<=|=|>|<)\s*(\S+)"
)
_TAKEN = ("number", "total", "network", "dataset")
_HINT = "e.g. A->B, B->C, C->A; A.class=AVA; A->B.weight>=5"


@dataclass(frozen=True)
class MotifEdge:
    """An edge of a motif, its ends as places in the list of nodes."""

    source: int
    target: int
    kind: str
    directed: bool
    present: bool = True
    weight: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class NodeCondition:
    """A property of a node that is, or is not, one of some words."""

    node: int
    property: str
    equal: bool
    words: tuple[str, ...]


@dataclass(frozen=True)
class Motif:
    """Nodes by name, and what must hold of them."""

    nodes: tuple[str, ...]
    edges: tuple[MotifEdge, ...]
    conditions: tuple[NodeCondition, ...]

    @property
    def present(self) -> tuple[MotifEdge, ...]:
        """The edges that must be there."""
        return tuple(edge for edge in self.edges if edge.present)

    def automorphisms(self) -> list[tuple[int, ...]]:
        """Renamings of the nodes that give the same motif, without the one that changes nothing."""
        nodes = range(len(self.nodes))
        here = _shape(self, tuple(nodes))
        return [p for p in permutations(nodes) if p != tuple(nodes) and _shape(self, p) == here]

    def order(self) -> list[tuple[int, int]]:
        """Pairs of nodes whose ids must ascend, so that of all equal renamings only the least is found."""
        pairs = {next((n, image) for n, image in enumerate(p) if n != image) for p in self.automorphisms()}
        return sorted(pairs)


def parse(text: str, default_kind: str) -> Motif:
    """Read a motif.

    Args:
        text: edges and conditions with commas, semicolons or line breaks between them.
        default_kind: kind of the edges that do not name one.

    Raises:
        UsageError: a part is not understood, names too many nodes, or says something that cannot be.
    """
    nodes: list[str] = []
    edges: list[MotifEdge] = []
    conditions: list[NodeCondition] = []
    later: list[re.Match[str]] = []
    for part in (piece.strip() for piece in re.split(r"[,;\n]", text)):
        if not part:
            continue
        if match := _EDGE_CONDITION.fullmatch(part):
            later.append(match)
        elif match := _NODE_CONDITION.fullmatch(part):
            conditions.append(_node_condition(match, nodes))
        else:
            edges += _chain(part, nodes, default_kind)
    for match in later:
        _add_weight(edges, match, nodes, default_kind)
    motif = Motif(tuple(nodes), tuple(edges), tuple(conditions))
    _check(motif)
    return motif


def _chain(part: str, nodes: list[str], default_kind: str) -> list[MotifEdge]:
    first = _NODE.match(part)
    if first is None:
        raise UsageError(f"motif: {part!r} is not understood", _HINT)
    place, before, found = first.end(), _node(first[0], nodes), []
    while place < len(part):
        arrow = _ARROW.match(part, place)
        then = _NODE.match(part, arrow.end()) if arrow else None
        if arrow is None or then is None:
            raise UsageError(f"motif: {part[place:]!r} in {part!r} is not understood", _HINT)
        after = _node(then[0], nodes)
        found.append(_edge(arrow, before, after, default_kind))
        place, before = then.end(), after
    if not found:
        raise UsageError(f"motif: {part!r} is no edge and no condition", _HINT)
    return found


def _edge(arrow: re.Match[str], left: int, right: int, default_kind: str) -> MotifEdge:
    absent, back, kind_given, forth = arrow.groups()
    kind = kind_given or default_kind
    if kind not in EDGE_KINDS or kind == "vessel":
        raise UsageError(f"motif: unknown kind {kind!r}", f"kinds: {', '.join(k for k in EDGE_KINDS if k != 'vessel')}")
    if back and forth:
        raise UsageError("motif: <-> is not understood", "write A->B, B->A")
    directed = bool(back or forth)
    if directed != EDGE_KINDS[kind].directed and kind != "functional":
        hint = "write A-B" if directed else "write A->B or B->A"
        raise UsageError(f"motif: edges of kind {kind} have {'no' if directed else 'a'} direction", hint)
    source, target = (right, left) if back else (left, right)
    if not directed:
        source, target = min(source, target), max(source, target)
    return MotifEdge(source, target, kind, directed, present=not absent)


def _node(name: str, nodes: list[str]) -> int:
    if name not in nodes:
        nodes.append(name)
    return nodes.index(name)


def _node_condition(match: re.Match[str], nodes: list[str]) -> NodeCondition:
    name, property_, sign, words = match.groups()
    if property_ not in PROPERTIES:
        raise UsageError(f"motif: a cell has no {property_!r} to ask for", f"there are: {', '.join(PROPERTIES)}")
    values = tuple(word.strip().strip("'\"") for word in words.split("|"))
    return NodeCondition(_node(name, nodes), property_, sign == "=", values)


def _add_weight(edges: list[MotifEdge], match: re.Match[str], nodes: list[str], default_kind: str) -> None:
    left, arrow, right, property_, sign, number = match.groups()
    wanted = _chain(f"{left}{arrow}{right}", nodes, default_kind)[0]
    meant = (wanted.source, wanted.target, wanted.kind)
    places = [n for n, edge in enumerate(edges) if edge.present and (edge.source, edge.target, edge.kind) == meant]
    if not places:
        raise UsageError(f"motif: there is no edge {left}{arrow}{right} to have a {property_}", "add the edge itself")
    place, edge = places[0], edges[places[0]]
    try:
        value = float(number)
    except ValueError:
        raise UsageError(f"motif: {number!r} is no number", "e.g. A->B.weight>=5") from None
    if property_ != "weight":
        raise UsageError(f"motif: an edge has no {property_!r} to ask for", "there is: weight")
    edges[place] = MotifEdge(
        edge.source, edge.target, edge.kind, edge.directed, present=True, weight=(*edge.weight, (sign, value))
    )


def _check(motif: Motif) -> None:
    n = len(motif.nodes)
    if not 2 <= n <= MOST_NODES:  # noqa: PLR2004
        raise UsageError(f"a motif has 2 to {MOST_NODES} nodes, not {n}", _HINT)
    taken = [name for name in motif.nodes if name in _TAKEN or name.endswith("_uid")]
    if taken:
        raise UsageError(f"motif: a node cannot be called {taken[0]}, for a column is", "use A, B, C, D")
    if any(edge.source == edge.target for edge in motif.edges):
        raise UsageError("motif: its nodes are different cells; an edge of a cell with itself is none", _HINT)
    said = [(edge.source, edge.target, edge.kind) for edge in motif.edges]
    if len(set(said)) < len(said):
        raise UsageError("motif: an edge is said twice", _HINT)
    reached = {0}
    for _ in range(n):
        for edge in motif.present:
            if {edge.source, edge.target} & reached:
                reached |= {edge.source, edge.target}
    if len(reached) < n:
        alone = ", ".join(name for place, name in enumerate(motif.nodes) if place not in reached)
        raise UsageError(f"motif: {alone} is not joined to {motif.nodes[0]}", "every node must hang together by edges")


def _shape(motif: Motif, renamed: tuple[int, ...]) -> tuple[frozenset[object], frozenset[object]]:
    def ends(edge: MotifEdge) -> tuple[int, ...]:
        pair = (renamed[edge.source], renamed[edge.target])
        return pair if edge.directed else tuple(sorted(pair))

    edges = frozenset(
        (ends(edge), edge.kind, edge.directed, edge.present, tuple(sorted(edge.weight))) for edge in motif.edges
    )
    conditions = frozenset((renamed[c.node], c.property, c.equal, frozenset(c.words)) for c in motif.conditions)
    return edges, conditions
