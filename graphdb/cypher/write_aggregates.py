"""Aggregates: count, sum, avg, min, max, collect."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from graphdb.cypher import functions, tree, types
from graphdb.cypher.types import FLOAT, INTEGER, NULL, STRING, Type
from graphdb.cypher.writing import Scope, Written

if TYPE_CHECKING:
    from graphdb.cypher.write_expressions import ExpressionWriter


def write_aggregate(x: ExpressionWriter, e: tree.Call, name: str, scope: Scope) -> Written:
    """A call that gathers rows."""
    if len(e.arguments) != 1:
        raise x.w.wrong(e.at, f"{e.name}() takes one argument")
    if isinstance(e.arguments[0], tree.Star):
        if name != "count" or e.distinct:
            raise x.w.wrong(e.at, "only count(*) takes a star")
        return Written("count(*)", Type("integer", filled=True), nullable=False, aggregate=True)
    if tree.any_in(e.arguments[0], tree.Call, lambda c: c.name.lower() in functions.AGGREGATES):
        raise x.w.wrong(e.at, "an aggregate inside an aggregate", "put the inner one into a WITH first")
    found = x.write(e.arguments[0], scope)
    return _AGGREGATES[name](x, e, found)


def _called(e: tree.Call, text: str) -> str:
    return f"{e.name.lower()}({'DISTINCT ' if e.distinct else ''}{text})"


def _count(x: ExpressionWriter, e: tree.Call, found: Written) -> Written:
    text = found.text
    if found.type.kind in ("path", "map") or found.type.chain:
        raise x.w.refused(e.at, f"count() of a {found.type}", "use count(*)")
    if x.w.ladybug and found.type.kind in ("node", "relationship"):
        text = f"id({text})"
    if found.type.kind == "null":
        text = x.typed_null(STRING).text
    return Written(_called(e, text), Type("integer", filled=True), nullable=False, aggregate=True)


def _sum(x: ExpressionWriter, e: tree.Call, found: Written) -> Written:
    _need(x, e, found, "integer", "float")
    kind = "float" if found.type.kind == "float" else "integer"
    text = _called(e, found.text if found.type.kind != "null" else x.typed_null(INTEGER).text)
    if x.w.ladybug:  # of nothing it is null there, and of whole numbers 128 bits wide
        text = f"coalesce({text}, 0.0)" if kind == "float" else f"CAST(coalesce({text}, 0) AS INT64)"
    elif kind == "float":
        text = f"toFloat({text})"
    type_ = Type(kind, filled=kind == "integer" and found.type.filled, loose=found.type.loose)
    return Written(text, type_, nullable=False, aggregate=True)


def _avg(x: ExpressionWriter, e: tree.Call, found: Written) -> Written:
    _need(x, e, found, "integer", "float")
    if found.type.kind == "null":
        return replace(x.typed_null(FLOAT), aggregate=True)
    return Written(_called(e, found.text), Type("float", loose=found.type.loose), aggregate=True)


def _extreme(x: ExpressionWriter, e: tree.Call, found: Written) -> Written:
    _need(x, e, found, "integer", "float", "string")
    if found.type.kind == "null":
        return replace(x.typed_null(NULL), aggregate=True)
    return Written(_called(e, found.text), replace(found.type, distinct=False), aggregate=True)


def _collect(x: ExpressionWriter, e: tree.Call, found: Written) -> Written:
    if found.type.kind in ("map", "path", "null", "list", "id") or (found.type.kind == "relationship" and e.distinct):
        raise x.w.refused(e.at, f"collect() of a {found.type}", "collect plain values, e.g. collect(n.name)")
    item = found.type if found.type.kind in ("node", "relationship") else Type(found.type.kind)
    type_ = types.list_of(item, distinct=e.distinct)
    return Written(_called(e, found.text), type_, nullable=False, aggregate=True)


def _need(x: ExpressionWriter, e: tree.Call, found: Written, *kinds: str) -> None:
    if found.type.kind not in (*kinds, "null"):
        wanted = " or ".join(str(Type(kind)) for kind in kinds)
        raise x.w.wrong(e.arguments[0].at, f"{e.name}() needs a {wanted}, this is a {found.type}")


_AGGREGATES: dict[str, Callable[[ExpressionWriter, tree.Call, Written], Written]] = {
    "count": _count,
    "sum": _sum,
    "avg": _avg,
    "min": _extreme,
    "max": _extreme,
    "collect": _collect,
}
