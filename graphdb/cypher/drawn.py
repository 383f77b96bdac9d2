"""What a pattern draws: its nodes and hops, by the names they are written with."""

from __future__ import annotations

from dataclasses import dataclass, field

from graphdb.cypher import tree


@dataclass
class Hop:
    """A hop with the places of its ends among the nodes of the pattern."""

    pattern: tree.RelationshipPattern
    left: str
    right: str
    text: str
    types: frozenset[str]
    path: tree.PathPattern

    @property
    def chain(self) -> bool:
        return self.pattern.bounds is not None

    @property
    def shortest(self) -> bool:
        return "SHORTEST" in self.pattern.mode


@dataclass
class Drawn:
    """What a pattern brings: nodes and relationships by their written names."""

    labels: dict[str, frozenset[str]] = field(default_factory=dict)
    declared: dict[str, frozenset[str]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)  # written name of a node -> the user's
    hops: list[Hop] = field(default_factory=list)
    old: set[str] = field(default_factory=set)
    shown: set[str] = field(default_factory=set)  # nameless ones that need a name all the same
    relabelled: dict[str, frozenset[str]] = field(default_factory=dict)
    loops: list[Hop] = field(default_factory=list)  # undirected hops that may begin and end at one node

    def may_stand_alone(self, name: str) -> bool:
        """Whether a node may be drawn without any relationship."""
        own = [hop for hop in self.hops if name in (hop.left, hop.right)]
        return all(hop.pattern.bounds is not None and hop.pattern.bounds[0] == 0 for hop in own)


def conjuncts(where: tree.Expression | None) -> list[tree.Expression]:
    """The conditions that must all hold."""
    if isinstance(where, tree.Logic) and where.operator == "AND":
        return list(where.operands)
    return [] if where is None else [where]


def chain_of(e: tree.Expression, drawn: Drawn) -> Hop | None:
    """The chain of hops that `all(r IN … WHERE …)` is about."""
    if not isinstance(e, tree.Quantifier) or e.kind != "all":
        return None
    items = e.items
    for hop in drawn.hops:
        if not hop.chain:
            continue
        if isinstance(items, tree.Variable) and items.name == hop.pattern.variable:
            return hop
        if len(hop.path.hops) > 1 or not isinstance(items, tree.Call) or not items.arguments:
            continue
        argument = items.arguments[0]
        whole = isinstance(argument, tree.Variable) and argument.name == hop.path.variable
        if whole and items.name.lower() in ("relationships", "rels"):
            return hop
    return None


def where_of(conditions: list[str]) -> str:
    """Conditions as a WHERE, or nothing."""
    return f" WHERE {' AND '.join(conditions)}" if conditions else ""
