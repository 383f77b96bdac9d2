"""Lists: index, slice, IN, all/any/none/single, comprehensions and reduce.

In Ladybug indices count from 1 and one out of range is an error, a slice holds its end, and a condition that is null
counts as false inside all/any/none/single. Here they count from 0, and null is null, on both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphdb.cypher import tree, types
from graphdb.cypher.types import BOOLEAN, NULL, Type
from graphdb.cypher.writing import ATOM, SUM, TEST, Bound, Scope, Written, inner, quoted

if TYPE_CHECKING:
    from graphdb.cypher.write_expressions import ExpressionWriter

_GRAPH = ("node", "relationship")
_NATURAL = "give numbers, or parameters that are not negative"
_NOT_A_LIST = "it takes a list, e.g. n.aliases, [1, 2], nodes(p), collect(…)"


def write_index(x: ExpressionWriter, e: tree.Index, scope: Scope) -> Written:
    """`list[i]`, or `map['key']`."""
    if isinstance(e.index, tree.Literal) and isinstance(e.index.value, str):
        return x.write(tree.Property(e.subject, e.index.value, at=e.at, end=e.end), scope)
    subject, index = x.write(e.subject, scope), x.write(e.index, scope)
    if subject.type.kind == "null":
        return x.typed_null(NULL)
    if subject.type.kind != "list":
        raise x.w.wrong(e.at, f"a {subject.type} has no items", _NOT_A_LIST)
    if index.type.kind not in ("integer", "null"):
        raise x.w.wrong(e.index.at, f"an index is a whole number, this is a {index.type}")
    item = Type(subject.type.item.kind) if subject.type.item.kind in ("integer", "string") else subject.type.item
    if not x.w.ladybug:
        return Written(f"{subject.within(ATOM)}[{index.text}]", item, aggregate=subject.aggregate)
    if item.kind in (*_GRAPH, "map", "null", "path"):
        raise x.w.refused(e.at, f"an item of a {subject.type} by its place", "UNWIND it, or list a property first")
    return Written(_item(subject, index, e.index, item), item, aggregate=subject.aggregate)


def _item(subject: Written, index: Written, place: tree.Expression, item: Type) -> str:
    """A slice of one, with a null behind it, so that a place out of range is null and no error."""
    at = index.text
    if isinstance(place, tree.Literal) and isinstance(place.value, int):
        at = str(place.value + 1 if place.value >= 0 else place.value)
    elif index.type.filled:
        at = f"{index.within(SUM)} + 1"
    else:
        at = f"CASE WHEN {index.within(TEST)} < 0 THEN {index.text} ELSE {index.within(SUM)} + 1 END"
    one = f"list_slice({subject.text}, {at}, {at})"
    return f"list_extract(list_concat({one}, CAST([NULL] AS {types.ladybug_word(item)}[])), 1)"


def write_slice(x: ExpressionWriter, e: tree.Slice, scope: Scope) -> Written:
    """`list[low..high]`, the high end not included."""
    subject = x.write(e.subject, scope)
    if subject.type.kind != "list":
        raise x.w.wrong(e.at, f"a {subject.type} has no items", _NOT_A_LIST)
    bounds = [None if each is None else x.write(each, scope) for each in (e.low, e.high)]
    for each, bound in ((e.low, bounds[0]), (e.high, bounds[1])):
        if each is not None and bound is not None and bound.type.kind not in ("integer", "null"):
            raise x.w.wrong(each.at, f"an index is a whole number, this is a {bound.type}")
    type_ = types.list_of(subject.type.item, holds_nulls=subject.type.holds_nulls, distinct=subject.type.distinct)
    if not x.w.ladybug:
        low, high = ("" if bound is None else bound.text for bound in bounds)
        return Written(f"{subject.within(ATOM)}[{low}..{high}]", type_, aggregate=subject.aggregate)
    if type_.item.kind in _GRAPH:
        raise x.w.refused(e.at, f"a slice of a {subject.type}", "list a property first: [n IN nodes(p) | n.uid]")
    size = f"size({subject.text})"
    low = "1" if bounds[0] is None else _first(x, e.low, bounds[0], size)
    high = size if bounds[1] is None else _past(x, e.high, bounds[1], size)
    return Written(f"list_slice({subject.text}, {low}, {high})", type_, aggregate=subject.aggregate)


def _first(x: ExpressionWriter, e: tree.Expression | None, bound: Written, size: str) -> str:
    """The place, from 1, of the first item of a slice."""
    if bound.type.filled:
        return f"{bound.within(SUM)} + 1"
    if isinstance(e, tree.Literal) and isinstance(e.value, int):
        return f"CASE WHEN {size} < {-e.value} THEN 1 ELSE {size} - {-e.value} + 1 END"
    assert e is not None
    raise x.w.refused(e.at, "a slice that may begin before the list", _NATURAL)


def _past(x: ExpressionWriter, e: tree.Expression | None, bound: Written, size: str) -> str:
    """The place, from 1, of the last item of a slice: never negative, which would count from the end."""
    if bound.type.filled:
        return bound.text
    if isinstance(e, tree.Literal) and isinstance(e.value, int):
        return f"CASE WHEN {size} < {-e.value} THEN 0 ELSE {size} - {-e.value} END"
    assert e is not None
    raise x.w.refused(e.at, "a slice that may end before the list", _NATURAL)


def write_in(x: ExpressionWriter, e: tree.Binary, scope: Scope) -> Written:
    """`value IN list`."""
    value, items = x.write(e.left, scope), x.write(e.right, scope)
    if items.type.kind == "null":
        return x.typed_null(BOOLEAN)
    if items.type.kind != "list":
        raise x.w.wrong(e.right.at, f"IN needs a list, this is a {items.type}", _NOT_A_LIST)
    if value.type.kind in (*_GRAPH, "map", "path", "list"):
        raise x.w.refused(e.at, f"a {value.type} IN a list has no exact form here", "use n.uid IN [m IN list | m.uid]")
    if types.unified((value.type, items.type.item)) is None:
        raise x.w.wrong(e.at, f"a {value.type} is never IN a {items.type}", "give parameters the type of the property")
    constant, aggregate = value.constant and items.constant, value.aggregate or items.aggregate
    nullable = value.nullable or items.nullable or items.type.holds_nulls
    text = f"{value.within(ATOM)} IN {items.within(ATOM)}"
    if x.w.ladybug:
        text = _in(x, value, items)
    level = ATOM if text.startswith("CASE ") else TEST
    return Written(text, BOOLEAN, level, nullable, constant, aggregate)


def _in(x: ExpressionWriter, value: Written, items: Written) -> str:
    """Ladybug's IN says no where an item is null, and null of an empty list; both as they should be."""
    if value.type.kind == "null":
        return f"CASE WHEN size({items.text}) = 0 THEN false ELSE NULL END"
    text = f"{value.within(ATOM)} IN {items.within(ATOM)}"
    if items.type.item.kind == "null" and not items.type.filled:
        items = Written(x.coerced(items, types.list_of(value.type)), items.type)
        text = f"{value.within(ATOM)} IN {items.within(ATOM)}"
    branches = f"WHEN {items.within(ATOM)} IS NULL THEN NULL " if items.nullable else ""
    if value.nullable and not items.type.filled:
        branches += f"WHEN size({items.text}) = 0 THEN false "
    if items.type.holds_nulls:
        nulls = f"{_count(items, '_n', '_n IS NULL')} > 0"
        branches += f"WHEN {text} THEN true WHEN {nulls} THEN NULL "
    return f"CASE {branches}ELSE {text} END" if branches else text


def _items(x: ExpressionWriter, e: tree.Expression, scope: Scope) -> Written:
    found = x.write(e, scope)
    if found.type.kind not in ("list", "null"):
        raise x.w.wrong(e.at, f"a {found.type} has no items", _NOT_A_LIST)
    return found


def _inside(scope: Scope, variable: str, items: Type) -> tuple[dict[str, Bound], str]:
    found, bound = inner(scope, variable, items.item, nullable=items.holds_nulls)
    return found, bound.text


def write_quantifier(x: ExpressionWriter, e: tree.Quantifier, scope: Scope) -> Written:
    """all, any, none, single (x IN list WHERE …)."""
    items = _items(x, e.items, scope)
    if items.type.kind == "null":
        return x.typed_null(BOOLEAN)
    scope_, name = _inside(scope, e.variable, items.type)
    test = x.boolean(e.predicate, scope_, f"{e.kind}(… WHERE …)")
    _no_subquery(x, e.predicate)
    nullable = items.nullable or test.nullable
    if not x.w.ladybug:
        return Written(f"{e.kind}({name} IN {items.text} WHERE {test.text})", BOOLEAN, ATOM, nullable)

    def count(condition: str) -> str:
        return _count(items, name, condition)

    met, unknown = count(test.text), count(f"{test.within(ATOM)} IS NULL")
    broken = count(f"NOT {test.within(TEST)}")
    branches = {
        "any": [(f"{met} > 0", "true")],
        "none": [(f"{met} > 0", "false")],
        "all": [(f"{broken} > 0", "false")],
        "single": [(f"{met} > 1", "false")],
    }[e.kind]
    if test.nullable:
        branches.append((f"{unknown} > 0", "NULL"))
    if items.nullable:
        branches.insert(0, (f"{items.within(ATOM)} IS NULL", "NULL"))
    last = {"any": "false", "none": "true", "all": "true", "single": f"{met} = 1"}[e.kind]
    text = " ".join(f"WHEN {when} THEN {then}" for when, then in branches)
    return Written(f"CASE {text} ELSE {last} END", BOOLEAN, ATOM, nullable)


def _fresh(items: Written) -> str:
    """A list made anew: over a list that is stored with a node, Ladybug's lambdas mix up the rows."""
    return f"list_slice({items.text}, 1, size({items.text}))"


def _count(items: Written, name: str, condition: str) -> str:
    """How many items meet a condition; of an empty list Ladybug would keep the items of the row before."""
    found = f"size(list_filter({_fresh(items)}, {name} -> {condition}))"
    return found if items.type.filled else f"CASE WHEN size({items.text}) = 0 THEN 0 ELSE {found} END"


def write_comprehension(x: ExpressionWriter, e: tree.Comprehension, scope: Scope) -> Written:
    """[x IN list WHERE … | …]."""
    items = _items(x, e.items, scope)
    if items.type.kind == "null":
        return x.typed_null(types.list_of(NULL))
    scope_, name = _inside(scope, e.variable, items.type)
    test = x.boolean(e.predicate, scope_, "WHERE") if e.predicate else None
    result = x.write(e.result, scope_) if e.result else None
    for each in (e.predicate, e.result):
        _no_subquery(x, each)
    if result is not None and result.type.kind in ("path", *_GRAPH):
        raise x.w.refused(e.at, f"a list of whole {result.type}s", "list a property: [n IN nodes(p) | n.uid]")
    item = result.type if result is not None else items.type.item
    nulls = result.nullable if result is not None else items.type.holds_nulls
    type_ = types.list_of(Type(item.kind) if item.kind in ("integer", "string") else item, holds_nulls=nulls)
    if not x.w.ladybug:
        where = f" WHERE {test.text}" if test else ""
        mapped = f" | {result.text}" if result else ""
        return Written(f"[{name} IN {items.text}{where}{mapped}]", type_, ATOM, items.nullable, items.constant)
    text = f"list_filter({_fresh(items)}, {name} -> {test.text})" if test else _fresh(items)
    if result is not None:
        text = f"list_transform({text}, {name} -> {x.coerced(result, result.type)})"
    if test is not None and not items.type.filled:
        if type_.item.kind in _GRAPH:
            raise x.w.refused(e.at, f"a part of a {items.type}", "list a property: [n IN list WHERE … | n.uid]")
        nothing = items.text if result is None else f"CAST([] AS {types.ladybug_word(type_)})"
        text = f"CASE WHEN size({items.text}) = 0 THEN {nothing} ELSE {text} END"
    return Written(text, type_, ATOM, items.nullable, items.constant)


def write_reduce(x: ExpressionWriter, e: tree.Reduce, scope: Scope) -> Written:
    """reduce(total = start, x IN list | step)."""
    start, items = x.write(e.start, scope), _items(x, e.items, scope)
    if "null" in (items.type.kind, start.type.kind):
        raise x.w.refused(e.at, "reduce() over null", "give it a list and a start")
    depth = max((b.depth for b in scope.values()), default=0) + 1
    total = Bound(quoted(f"_total_{depth}"), Type(start.type.kind), depth=depth)
    item = Bound(quoted(f"_item_{depth}"), items.type.item, items.type.holds_nulls, depth=depth)
    step = x.write(e.step, {**scope, e.total: total, e.variable: item})
    _no_subquery(x, e.step)
    if step.type.kind != start.type.kind or start.type.kind not in ("integer", "float", "string", "boolean"):
        raise x.w.wrong(
            e.step.at, f"reduce() steps to a {step.type} from a {start.type}", "e.g. total = 0.0 for numbers"
        )
    type_ = Type(start.type.kind)
    if not x.w.ladybug:
        text = f"reduce({total.text} = {start.text}, {item.text} IN {items.text} | {step.text})"
        return Written(text, type_)
    if items.type.item.kind != start.type.kind:
        raise x.w.refused(
            e.at,
            f"reduce() from a {start.type} over a {items.type} has no form on the embedded store",
            "make both of one type: reduce(total = 0.0, w IN [r IN relationships(p) | r.weight] | total + w)",
        )
    everything = f"list_concat([{start.text}], {items.text})"  # made anew, so that no rows are mixed up
    return Written(f"list_reduce({everything}, ({total.text}, {item.text}) -> {step.text})", type_)


def _no_subquery(x: ExpressionWriter, e: tree.Expression | None) -> None:
    if e is not None and tree.any_in(e, tree.Subquery):
        raise x.w.refused(e.at, "a pattern inside a list expression has no exact form here", "use UNWIND and MATCH")
