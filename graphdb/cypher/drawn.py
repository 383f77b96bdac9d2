"""What a pattern draws: its nodes and hops, by the names they are written with."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from graphdb.cypher import tree
from graphdb.cypher.writing import Bound

_NAME = re.compile(r"`(?:[^`]|``)*`")


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
    forks: set[str] = field(default_factory=set)  # where the pattern is cut in two; see `forks`

    def may_stand_alone(self, name: str) -> bool:
        """Whether a node may be drawn without any relationship."""
        own = [hop for hop in self.hops if name in (hop.left, hop.right)]
        return all(hop.pattern.bounds is not None and hop.pattern.bounds[0] == 0 for hop in own)


@dataclass(frozen=True)
class Matched:
    """A MATCH in the words of an engine.

    Args:
        texts: patterns, to be matched one after the other.
        conditions: that rows of all of them fulfil.
        scope: the variables in reach after.
        drawn: what was drawn.
    """

    texts: list[str]
    conditions: list[str]
    scope: dict[str, Bound]
    drawn: Drawn

    def clauses(self) -> str:
        """MATCH … WHERE …, for each text with a WITH between, each condition as soon as all that it names is there."""
        names = {*self.drawn.labels, *(hop.text for hop in self.drawn.hops)}
        names |= {bound.text for bound in self.scope.values() if bound.type.kind == "path"}
        waiting = [(condition, names & set(_NAME.findall(condition))) for condition in self.conditions]
        known = set(self.drawn.old)
        found = []
        for number, text in enumerate(self.texts, start=1):
            known |= set(_NAME.findall(text))
            ready = [c for c, needed in waiting if needed <= known or number == len(self.texts)]
            waiting = [(c, needed) for c, needed in waiting if c not in ready]
            found.append(f"MATCH {text}{where_of(ready)}")
        return " WITH * ".join(found)


def forks(drawn: Drawn) -> set[str]:
    """Nodes of several possible labels at which hops of one MATCH meet."""
    touched = [name for hop in drawn.hops for name in {hop.left, hop.right}]
    return {name for name in touched if touched.count(name) > 1 and len(drawn.labels[name]) > 1}


def continued(drawn: Drawn) -> bool:
    """Whether a hop goes on from a node of several possible labels that was matched before."""
    return any(
        name in drawn.old and len(drawn.labels[name]) > 1 for hop in drawn.hops for name in (hop.left, hop.right)
    )


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
