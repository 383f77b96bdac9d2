"""What a query touches: labels and types, and the datasets that it restricts itself to."""

from __future__ import annotations

from graphdb.cypher import tree, types
from graphdb.cypher.drawn import Drawn
from graphdb.cypher.writing import Facts, Scope


def note_touched(facts: Facts, drawn: Drawn, conditions: list[tree.Expression], scope: Scope) -> None:
    """Note what a pattern may touch, and the datasets that its conditions restrict it to."""
    anonymous = [name for name in drawn.labels if name not in drawn.old]
    for name in anonymous:
        if drawn.declared[name] == types.ALL_LABELS and not any(name in (h.left, h.right) for h in drawn.hops):
            facts.open_ends = True
    for hop in drawn.hops:
        if not hop.pattern.types:
            facts.open_ends = True
    wanted = {hop.text for hop in drawn.hops} | {
        name for name in anonymous if not any(name in (hop.left, hop.right) for hop in drawn.hops)
    }
    facts.patterns += sorted(wanted)
    for each in conditions:
        _restriction(facts, each, scope)
    for hop in drawn.hops:
        _inline(facts, hop.text, hop.pattern.properties)


def _inline(facts: Facts, name: str, properties: tree.MapOf | None) -> None:
    for key, value in properties.entries if properties else ():
        if key == "dataset":
            _restrict(facts, name, value)


def _restriction(facts: Facts, e: tree.Expression, scope: Scope) -> None:
    if isinstance(e, tree.Comparison) and e.operators == ("=",):
        one, other = e.operands
    elif isinstance(e, tree.Binary) and e.operator == "IN":
        one, other = e.left, e.right
    else:
        return
    for subject, value in ((one, other), (other, one)):
        if not isinstance(subject, tree.Property) or subject.key != "dataset":
            continue
        if isinstance(subject.subject, tree.Variable) and subject.subject.name in scope:
            _restrict(facts, scope[subject.subject.name].text, value)


def _restrict(facts: Facts, name: str, value: tree.Expression) -> None:
    found: list[tuple[bool, str]] = []
    for each in value.items if isinstance(value, tree.ListOf) else (value,):
        if isinstance(each, tree.Parameter):
            found.append((True, each.name))
        elif isinstance(each, tree.Literal) and isinstance(each.value, str):
            found.append((False, each.value))
        else:
            return
    facts.restrictions[name] = found
