"""Function calls in the words of an engine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from graphdb.cypher import functions, tree, types
from graphdb.cypher.types import BOOLEAN, FLOAT, NULL, STRING, Type
from graphdb.cypher.write_aggregates import write_aggregate
from graphdb.cypher.writing import ATOM, COMPARISON, SUM, Scope, Written
from graphdb.suggestions import nearest_of

if TYPE_CHECKING:
    from graphdb.cypher.write_expressions import ExpressionWriter

MAX_RANGE = 100_000
_MOST_DIGITS = 9


def write_call(x: ExpressionWriter, e: tree.Call, scope: Scope) -> Written:
    """A call of a function of the table, of a special one, or of an aggregate."""
    name = functions.ALIASES.get(e.name.lower(), e.name.lower())
    if name in functions.AGGREGATES:
        return write_aggregate(x, e, name, scope)
    if e.distinct:
        raise x.w.wrong(e.at, f"{e.name}() takes no DISTINCT", "only aggregates do, e.g. count(DISTINCT n.class)")
    if name == "round" and len(e.arguments) == 2:  # noqa: PLR2004
        return _rounded(x, e, scope)
    if name in _SPECIAL:
        return _SPECIAL[name](x, e, scope)
    if name not in functions.FUNCTIONS and name != "size":
        raise _unknown(x, e)
    arguments = [x.write(each, scope) for each in e.arguments]
    if name == "size" and len(arguments) == 1 and arguments[0].type.kind == "list":
        return _size(arguments[0])
    return _from_table(x, e, functions.FUNCTIONS[name], arguments)


def _unknown(x: ExpressionWriter, e: tree.Call) -> Exception:
    return x.w.refused(
        e.at, f"the function {e.name}() is not allowed", nearest_of(e.name, functions.known(), "functions")
    )


def _from_table(
    x: ExpressionWriter, e: tree.Call, ways: tuple[functions.Function, ...], found: list[Written]
) -> Written:
    for way in ways:
        fits = len(found) == len(way.takes) and all(
            each.type.kind in (*kinds, "null") for each, kinds in zip(found, way.takes, strict=True)
        )
        if not fits:
            continue
        partial = way.last_digit or way.name == "sqrt"
        loose = way.gives == "float" and (partial or any(each.type.loose for each in found))
        type_ = found[0].type if way.gives == "same" else Type(way.gives, filled=way.natural, loose=loose)
        if any(each.type.kind == "null" for each in found):
            return x.typed_null(type_ if way.gives != "same" else NULL)
        spelling = way.ladybug if x.w.ladybug else way.neo4j
        text = spelling.format(*(each.within(ATOM) for each in found))
        if way.gives == "same" and type_.kind != "list":
            type_ = Type(type_.kind, loose=type_.loose)
        return Written(
            text,
            type_,
            ATOM,
            any(each.nullable for each in found),
            all(each.constant for each in found),
            any(each.aggregate for each in found),
        )
    takes = " or ".join(f"({', '.join('|'.join(map(_said, k)) for k in way.takes)})" for way in ways)
    given = ", ".join(str(each.type) for each in found)
    raise x.w.wrong(e.at, f"{e.name}() does not take ({given})", f"it takes {takes}; convert with toFloat, toString, …")


def _said(kind: str) -> str:
    return str(Type(kind))


def _arguments(x: ExpressionWriter, e: tree.Call, scope: Scope, *counts: int) -> list[Written]:
    if len(e.arguments) not in counts:
        raise x.w.wrong(e.at, f"{e.name}() takes {' or '.join(map(str, counts))} argument(s)")
    return [x.write(each, scope) for each in e.arguments]


def _need(x: ExpressionWriter, e: tree.Call, found: Written, number: int, *kinds: str) -> None:
    if found.type.kind not in (*kinds, "null"):
        wanted = " or ".join(map(_said, kinds))
        raise x.w.wrong(e.arguments[number].at, f"{e.name}() needs a {wanted} here, this is a {found.type}")


def _size(items: Written) -> Written:
    return _of(f"size({items.text})", Type("integer", filled=True), items)


def _rounded(x: ExpressionWriter, e: tree.Call, scope: Scope) -> Written:
    value, _ = _arguments(x, e, scope, 2)
    _need(x, e, value, 0, "integer", "float")
    given = e.arguments[1]
    if not (isinstance(given, tree.Literal) and type(given.value) is int and 0 <= given.value <= _MOST_DIGITS):
        raise x.w.refused(given.at, f"round() takes 0 to {_MOST_DIGITS} digits, as a number", "e.g. round(x, 2)")
    if value.type.kind == "null":
        return x.typed_null(FLOAT)
    scale = f"{10**given.value}.0"
    real = f"CAST({value.text} AS DOUBLE)" if x.w.ladybug else f"toFloat({value.text})"
    return replace(
        value, text=f"(floor({real} * {scale} + 0.5) / {scale})", type=Type("float", loose=value.type.loose), level=ATOM
    )


def _coalesce(x: ExpressionWriter, e: tree.Call, scope: Scope) -> Written:
    found = [x.write(each, scope) for each in e.arguments]
    type_ = types.unified(each.type for each in found)
    if not found or type_ is None or types.holds(type_, ("node", "relationship", "path", "map")):
        kinds = ", ".join(str(each.type) for each in found)
        raise x.w.wrong(e.at, f"coalesce() cannot choose among {kinds or 'nothing'}", "one type for all of them")
    if type_.kind == "null":
        return x.typed_null(NULL)
    text = f"coalesce({', '.join(x.coerced(each, type_) for each in found)})"
    return Written(
        text,
        type_,
        ATOM,
        all(each.nullable for each in found),
        all(each.constant for each in found),
        any(each.aggregate for each in found),
    )


def _nullif(x: ExpressionWriter, e: tree.Call, scope: Scope) -> Written:
    a, b = _arguments(x, e, scope, 2)
    plain = ("integer", "float", "string", "boolean")
    _need(x, e, a, 0, *plain)
    _need(x, e, b, 1, *plain)
    if types.unified((a.type, b.type)) is None:
        raise x.w.wrong(e.at, f"a {a.type} is never equal to a {b.type}", "one type only")
    text = f"CASE WHEN {a.within(SUM)} = {b.within(SUM)} THEN NULL ELSE {a.text} END"
    if "null" in (a.type.kind, b.type.kind):
        return a
    return Written(text, Type(a.type.kind), ATOM, True, a.constant and b.constant, a.aggregate or b.aggregate)


def _natural(x: ExpressionWriter, e: tree.Call, found: Written, number: int) -> None:
    _need(x, e, found, number, "integer")
    if not found.type.filled:
        raise x.w.refused(
            e.arguments[number].at,
            f"{e.name}() with a number that may be negative means two things on two stores",
            "give a number, a parameter that is not negative, or size(…)",
        )


def _side(x: ExpressionWriter, e: tree.Call, scope: Scope) -> Written:
    text, count = _arguments(x, e, scope, 2)
    _need(x, e, text, 0, "string")
    _natural(x, e, count, 1)
    if text.type.kind == "null":
        return x.typed_null(STRING)
    return _of(f"{e.name.lower()}({text.text}, {count.text})", STRING, text, count)


def _substring(x: ExpressionWriter, e: tree.Call, scope: Scope) -> Written:
    text, *rest = _arguments(x, e, scope, 2, 3)
    _need(x, e, text, 0, "string")
    for number, each in enumerate(rest, 1):
        _natural(x, e, each, number)
    if text.type.kind == "null":
        return x.typed_null(STRING)
    if not x.w.ladybug:
        return _of(f"substring({', '.join(each.text for each in (text, *rest))})", STRING, text, *rest)
    length = rest[1].text if len(rest) > 1 else f"size({text.text})"
    return _of(f"substring({text.text}, {rest[0].within(SUM)} + 1, {length})", STRING, text, *rest)


def _replace(x: ExpressionWriter, e: tree.Call, scope: Scope) -> Written:
    found = _arguments(x, e, scope, 3)
    for number, each in enumerate(found):
        _need(x, e, each, number, "string")
    if any(each.type.kind == "null" for each in found):
        return x.typed_null(STRING)
    if not found[1].type.filled:
        raise x.w.refused(e.arguments[1].at, "replace() of what may be the empty text", "give the text to be replaced")
    return _of(f"replace({', '.join(each.text for each in found)})", STRING, *found)


def _split(x: ExpressionWriter, e: tree.Call, scope: Scope) -> Written:
    text, separator = _arguments(x, e, scope, 2)
    _need(x, e, text, 0, "string")
    _need(x, e, separator, 1, "string")
    pieces = types.list_of(STRING)
    if "null" in (text.type.kind, separator.type.kind):
        return x.typed_null(pieces)
    if not separator.type.filled:
        raise x.w.refused(e.arguments[1].at, "split() at what may be the empty text", "give the separator")
    if not x.w.ladybug:
        return _of(f"split({text.text}, {separator.text})", pieces, text, separator)
    # Ladybug drops empty pieces, so each is given a mark first, which is taken away again.
    mark, cut = "'\x01'", separator.within(SUM + 1)
    marked = f"{mark} + replace({text.text}, {separator.text}, {cut} + {mark})"
    unmarked = "substring(_p, 2, size(_p))"
    return _of(f"list_transform(string_split({marked}, {separator.text}), _p -> {unmarked})", pieces, text, separator)


def _end_item(x: ExpressionWriter, e: tree.Call, scope: Scope) -> Written:
    _arguments(x, e, scope, 1)
    place = tree.Literal(0 if e.name.lower() == "head" else -1, at=e.at, end=e.end)
    return x.write(tree.Index(e.arguments[0], place, at=e.at, end=e.end), scope)


def _tail(x: ExpressionWriter, e: tree.Call, scope: Scope) -> Written:
    _arguments(x, e, scope, 1)
    return x.write(tree.Slice(e.arguments[0], tree.Literal(1, at=e.at), None, at=e.at, end=e.end), scope)


def _isempty(x: ExpressionWriter, e: tree.Call, scope: Scope) -> Written:
    (found,) = _arguments(x, e, scope, 1)
    _need(x, e, found, 0, "string", "list")
    if found.type.kind == "null":
        return x.typed_null(BOOLEAN)
    return replace(_of(f"size({found.text}) = 0", BOOLEAN, found), level=COMPARISON)


def _range(x: ExpressionWriter, e: tree.Call, _scope: Scope) -> Written:
    values = [each.value for each in e.arguments if isinstance(each, tree.Literal) and type(each.value) is int]
    step = values[2] if len(values) == 3 else 1  # noqa: PLR2004
    whole = len(values) == len(e.arguments) and len(values) in (2, 3)
    if not whole or step == 0 or abs(values[1] - values[0]) // abs(step) > MAX_RANGE:
        raise x.w.refused(
            e.at, f"range() takes literal numbers at most {MAX_RANGE} apart here", "pass the list as a parameter"
        )
    filled = (values[1] - values[0]) * step >= 0
    item = Type("integer", filled=min(values[:2]) >= 0)
    type_ = types.list_of(item, filled=filled, distinct=True)
    return Written(f"range({', '.join(map(str, values))})", type_, nullable=False, constant=True)


def _label(x: ExpressionWriter, e: tree.Call, scope: Scope) -> Written:
    (found,) = _arguments(x, e, scope, 1)
    name = e.name.lower()
    _need(x, e, found, 0, *{"type": ("relationship",), "labels": ("node",)}.get(name, ("node", "relationship")))
    if found.type.kind == "null":
        return x.typed_null(STRING if name != "labels" else types.list_of(STRING))
    if not x.w.ladybug:
        text = f"type({found.text})" if found.type.kind == "relationship" else f"labels({found.text})"
        text = f"{text}[0]" if name == "label" and found.type.kind == "node" else text
    else:
        text = f"[label({found.text})]" if name == "labels" else f"label({found.text})"
        if found.nullable:  # of no node, Ladybug still says the label that it would have had
            text = f"CASE WHEN {found.within(ATOM)} IS NULL THEN NULL ELSE {text} END"
    type_ = types.list_of(STRING, filled=True) if name == "labels" else STRING
    return _of(text, type_, found)


def _id(x: ExpressionWriter, e: tree.Call, scope: Scope) -> Written:
    (found,) = _arguments(x, e, scope, 1)
    _need(x, e, found, 0, "node", "relationship")
    return _of(f"id({found.text})", types.ID, found)


def _path_part(x: ExpressionWriter, e: tree.Call, scope: Scope) -> Written:
    (found,) = _arguments(x, e, scope, 1)
    name = functions.ALIASES.get(e.name.lower(), e.name.lower())
    if found.type.kind == "null":
        return x.typed_null(NULL)
    if found.type.chain and name == "relationships":
        return found
    if found.type.kind != "path":
        raise x.w.wrong(e.at, f"{e.name}() needs a path, this is a {found.type}", "name it: MATCH p = (a)-[…]->(b)")
    if name == "length":
        text = f"size(rels({found.text}))" if x.w.ladybug else f"length({found.text})"
        return _of(text, Type("integer", filled=True), found)
    item = types.node(found.type.item.names) if name == "nodes" else _relationships_of(found.type)
    type_ = types.list_of(item, filled=name == "nodes" or found.type.filled)
    word = "rels" if x.w.ladybug and name == "relationships" else name
    return _of(f"{word}({found.text})", type_, found)


def _relationships_of(path: Type) -> Type:
    return types.relationship(path.fields[0][1].names)


def _end_node(x: ExpressionWriter, e: tree.Call, scope: Scope) -> Written:
    (found,) = _arguments(x, e, scope, 1)
    _need(x, e, found, 0, "relationship")
    argument = e.arguments[0]
    bound = scope.get(argument.name) if isinstance(argument, tree.Variable) else None
    ends = bound.ends if bound else None
    wanted = None if ends is None else ends["end" in e.name.lower()]
    if wanted is None or wanted not in scope:
        if not x.w.ladybug:
            word = "endNode" if "end" in e.name.lower() else "startNode"
            return _of(f"{word}({found.text})", types.node(types.ALL_LABELS), found)
        raise x.w.refused(
            e.at, f"{e.name}() of this relationship", "name the nodes in its pattern, and use these names"
        )
    return x.write(tree.Variable(wanted, at=e.at, end=e.end), scope)


def _exists(x: ExpressionWriter, e: tree.Call, scope: Scope) -> Written:  # noqa: ARG001
    raise x.w.refused(e.at, "exists(…) is gone from Cypher", "write n.name IS NOT NULL, or EXISTS { MATCH … }")


def _of(text: str, type_: Type, *parts: Written) -> Written:
    return Written(
        text,
        type_,
        ATOM,
        any(part.nullable for part in parts),
        all(part.constant for part in parts),
        any(part.aggregate for part in parts),
    )


Special = Callable[["ExpressionWriter", tree.Call, Scope], Written]
_SPECIAL: dict[str, Special] = {
    "coalesce": _coalesce,
    "nullif": _nullif,
    "left": _side,
    "right": _side,
    "substring": _substring,
    "replace": _replace,
    "split": _split,
    "head": _end_item,
    "last": _end_item,
    "tail": _tail,
    "isempty": _isempty,
    "range": _range,
    "labels": _label,
    "label": _label,
    "type": _label,
    "id": _id,
    "length": _path_part,
    "nodes": _path_part,
    "relationships": _path_part,
    "startnode": _end_node,
    "endnode": _end_node,
    "exists": _exists,
}
