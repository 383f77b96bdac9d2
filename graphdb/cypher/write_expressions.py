"""Expressions in the words of an engine, with the kind of each checked on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from graphdb.cypher import tree, types
from graphdb.cypher.regex import check_pattern
from graphdb.cypher.types import BOOLEAN, FLOAT, INTEGER, NULL, NUMBERS, STRING, Type
from graphdb.cypher.write_calls import write_call
from graphdb.cypher.write_lists import (
    write_comprehension,
    write_in,
    write_index,
    write_quantifier,
    write_reduce,
    write_slice,
)
from graphdb.cypher.writing import (
    AND,
    ATOM,
    COMPARISON,
    NOT,
    OR,
    POWER,
    PRODUCT,
    SIGN,
    SUM,
    TEST,
    XOR,
    Scope,
    Writing,
    Written,
    literal,
    quoted,
)
from graphdb.suggestions import nearest, nearest_of

_LEVELS = {"+": SUM, "-": SUM, "||": SUM, "*": PRODUCT, "/": PRODUCT, "%": PRODUCT, "^": POWER}
_LOGIC = {"OR": OR, "XOR": XOR, "AND": AND}
_ORDERED = ("integer", "float", "string")
_GRAPH = ("node", "relationship")


class ExpressionWriter:
    """Writes expressions.

    Args:
        writing: the text on its way.
        subquery: writes EXISTS { } and COUNT { }.
    """

    def __init__(self, writing: Writing, subquery: Callable[[tree.Subquery, Scope], Written]) -> None:
        self.w = writing
        self.subquery = subquery
        self._writers: dict[type, Callable[[Any, Scope], Written]] = {
            tree.Literal: self._literal,
            tree.Parameter: self._parameter,
            tree.Variable: self._variable,
            tree.Property: self._property,
            tree.Index: lambda e, s: write_index(self, e, s),
            tree.Slice: lambda e, s: write_slice(self, e, s),
            tree.Unary: self._unary,
            tree.Binary: self._binary,
            tree.Logic: self._logic,
            tree.Comparison: self._comparison,
            tree.IsNull: self._is_null,
            tree.HasLabel: self._has_label,
            tree.Call: lambda e, s: write_call(self, e, s),
            tree.Case: self._case,
            tree.ListOf: self._list,
            tree.MapOf: self._map,
            tree.Quantifier: lambda e, s: write_quantifier(self, e, s),
            tree.Comprehension: lambda e, s: write_comprehension(self, e, s),
            tree.Reduce: lambda e, s: write_reduce(self, e, s),
            tree.Subquery: self.subquery,
            tree.Star: self._star,
        }

    def write(self, expression: tree.Expression, scope: Scope) -> Written:
        """An expression with the variables in reach."""
        return self._writers[type(expression)](expression, scope)

    def boolean(self, expression: tree.Expression, scope: Scope, where: str) -> Written:
        """A condition."""
        found = self.write(expression, scope)
        if found.type.kind not in ("boolean", "null"):
            raise self.w.wrong(expression.at, f"{where} needs a condition, this is a {found.type}", "compare it with =")
        return found

    def typed_null(self, type_: Type) -> Written:
        text = f"CAST(NULL AS {types.ladybug_word(type_)})" if self.w.ladybug else "NULL"
        return Written(text, type_, constant=True)

    def coerced(self, found: Written, type_: Type) -> str:
        """The text as a value of exactly that type: whole numbers among others become numbers with a point."""
        if found.type.kind == "integer" and type_.kind == "float":
            return f"CAST({found.text} AS DOUBLE)" if self.w.ladybug else f"toFloat({found.text})"
        empty = found.type.kind == "list" and found.type.item.kind == "null"
        untyped = found.type.kind == "null" or empty
        if self.w.ladybug and untyped and not types.holds(type_, (*_GRAPH, "path", "null")):
            return f"CAST({found.text} AS {types.ladybug_word(type_)})"
        if found.type.kind == "list" and found.type.item.kind == "integer" and type_.item.kind == "float":
            if self.w.ladybug:
                return f"CAST({found.text} AS DOUBLE[])"
            return f"[`_ x` IN {found.text} | toFloat(`_ x`)]"
        return found.text

    def _literal(self, e: tree.Literal, _scope: Scope) -> Written:
        value = e.value
        type_ = NULL
        if isinstance(value, bool):
            type_ = BOOLEAN
        elif isinstance(value, int):
            type_ = Type("integer", filled=value >= 0)
        elif isinstance(value, float):
            type_ = FLOAT
        elif isinstance(value, str):
            type_ = Type("string", filled=value != "")
        negative = isinstance(value, (int, float)) and value < 0
        return Written(literal(value), type_, SIGN if negative else ATOM, nullable=value is None, constant=True)

    def _parameter(self, e: tree.Parameter, scope: Scope) -> Written:
        type_ = self.w.parameters[e.name]
        if type_.kind == "null":
            return Written("NULL", NULL, constant=True)
        if self.w.ladybug and any(bound.depth for bound in scope.values()):
            raise self.w.refused(
                e.at,
                f"${e.name} inside a list expression: the embedded store takes no parameter there",
                f"name it before: WITH ${e.name} AS value …, or compare all hops of a path in WHERE",
            )
        text = self.w.parameter(e.name)
        if self.w.ladybug and type_.kind in ("integer", "list", "map"):
            text = f"CAST({text} AS {types.ladybug_word(type_)})"
        return Written(text, type_, nullable=False, constant=True)

    def _variable(self, e: tree.Variable, scope: Scope) -> Written:
        bound = scope.get(e.name)
        if bound is None:
            raise self.w.wrong(e.at, f"nothing is called {e.name!r} here", nearest_of(e.name, scope, "in reach"))
        if self.w.ladybug and 0 < bound.depth < max(b.depth for b in scope.values()):
            raise self.w.refused(
                e.at, f"{e.name!r} is the variable of an outer list expression", "use UNWIND for the outer list"
            )
        if bound.type.chain and self.w.ladybug:
            return Written(f"rels({bound.text})", bound.type, nullable=bound.nullable)
        return Written(bound.text, bound.type, nullable=bound.nullable)

    def _property(self, e: tree.Property, scope: Scope) -> Written:
        subject = self.write(e.subject, scope)
        type_ = subject.type
        text = f"{subject.within(ATOM)}.{quoted(e.key)}"
        if type_.kind in _GRAPH:
            found = types.property_type(type_.names, e.key)
            if found is None:
                what = " or ".join(sorted(type_.names)[:3]) or "this"
                known = {key for name in type_.names for key in types.PROPERTIES[name]}
                raise self.w.wrong(
                    e.end - len(e.key), f"{what} has no property {e.key!r}", nearest_of(e.key, known, "properties")
                )
            return Written(text, found)
        if type_.kind == "map":
            fields = dict(type_.fields)
            if e.key not in fields:
                raise self.w.wrong(e.at, f"the map has no key {e.key!r}", nearest_of(e.key, fields, "keys"))
            return Written(text, fields[e.key], constant=subject.constant, aggregate=subject.aggregate)
        raise self.w.wrong(e.at, f"a {type_} has no properties", "n.name asks a node, relationship or map")

    def _unary(self, e: tree.Unary, scope: Scope) -> Written:
        if e.operator == "NOT":
            inside = self.boolean(e.operand, scope, "NOT")
            return self._of(f"NOT {inside.within(TEST)}", BOOLEAN, NOT, inside)
        inside = self.write(e.operand, scope)
        if inside.type.kind == "null":
            return self.typed_null(INTEGER)
        if inside.type.kind not in NUMBERS:
            raise self.w.wrong(e.at, f"'{e.operator}' needs a number, this is a {inside.type}")
        text = inside.text if e.operator == "+" else f"-{inside.within(ATOM)}"
        level = inside.level if e.operator == "+" else SIGN
        return self._of(text, Type(inside.type.kind, loose=inside.type.loose), level, inside)

    def _binary(self, e: tree.Binary, scope: Scope) -> Written:
        if e.operator == "IN":
            return write_in(self, e, scope)
        left, right = self.write(e.left, scope), self.write(e.right, scope)
        if e.operator in ("STARTS WITH", "ENDS WITH", "CONTAINS", "=~"):
            return self._text_test(e, left, right)
        if e.operator in ("+", "||") and {left.type.kind, right.type.kind} & {"string", "list"}:
            return self._joined(e, left, right)
        return self._arithmetic(e, left, right)

    def _arithmetic(self, e: tree.Binary, left: Written, right: Written) -> Written:
        for side, found in ((e.left, left), (e.right, right)):
            if found.type.kind not in (*NUMBERS, "null") or e.operator == "||":
                raise self.w.wrong(side.at, f"'{e.operator}' does not take a {found.type}", "it takes numbers")
        kinds = {left.type.kind, right.type.kind}
        kind = "float" if e.operator == "^" or "float" in kinds else "integer"
        if "null" in kinds:
            return self.typed_null(Type(kind))
        natural = kind == "integer" and e.operator != "-" and left.type.filled and right.type.filled
        level = _LEVELS[e.operator]
        text = f"{left.within(ATOM if level == POWER else level)} {e.operator} {right.within(level + 1)}"
        loose = kind == "float" and (e.operator in "/^%" or left.type.loose or right.type.loose)
        return self._of(text, Type(kind, filled=natural, loose=loose), level, left, right)

    def _joined(self, e: tree.Binary, left: Written, right: Written) -> Written:
        type_ = types.unified((left.type, right.type))
        if "null" in (left.type.kind, right.type.kind) and type_ is not None:
            return self.typed_null(type_)
        if type_ is None and {left.type.kind, right.type.kind} == {"string", "integer"}:
            left, right = (self._as_text(each) for each in (left, right))
            type_ = STRING
        if type_ is None:
            hint = "write list + [item]" if "list" in (left.type.kind, right.type.kind) else "use toString(…) first"
            raise self.w.wrong(e.at, f"'+' cannot join a {left.type} and a {right.type}", hint)
        if type_.kind == "list":
            nulls = left.type.holds_nulls or right.type.holds_nulls
            type_ = types.list_of(type_.item, holds_nulls=nulls, filled=left.type.filled or right.type.filled)
            if type_.item.kind in _GRAPH and self.w.ladybug:
                raise self.w.refused(e.at, "lists of nodes cannot be joined", "join lists of n.uid")
            left, right = (replace(each, text=self.coerced(each, type_), level=ATOM) for each in (left, right))
            text, level = self._sum_of(left, right)
            return self._of(text, type_, level, left, right)
        joined = Type("string", filled=left.type.filled or right.type.filled)
        text, level = self._sum_of(left, right)
        return self._of(text, joined, level, left, right)

    def _sum_of(self, left: Written, right: Written) -> tuple[str, int]:
        """Text or lists joined: null where one is null, which Ladybug takes for empty."""
        text = f"{left.within(SUM)} + {right.within(SUM + 1)}"
        nulls = [f"{each.within(ATOM)} IS NULL" for each in (left, right) if each.nullable]
        if self.w.ladybug and nulls:
            return f"CASE WHEN {' OR '.join(nulls)} THEN NULL ELSE {text} END", ATOM
        return text, SUM

    def _as_text(self, found: Written) -> Written:
        if found.type.kind == "string":
            return found
        text = f"CAST({found.text} AS STRING)" if self.w.ladybug else f"toString({found.text})"
        return Written(text, STRING, ATOM, found.nullable, found.constant, found.aggregate)

    def _text_test(self, e: tree.Binary, left: Written, right: Written) -> Written:
        for side, found in ((e.left, left), (e.right, right)):
            if found.type.kind not in ("string", "null"):
                raise self.w.wrong(side.at, f"{e.operator} needs text, this is a {found.type}", "use toString(…) first")
        if "null" in (left.type.kind, right.type.kind):
            return self.typed_null(BOOLEAN)
        if e.operator == "=~":
            self._check_pattern(e.right)
        text = f"{left.within(ATOM)} {e.operator} {right.within(ATOM)}"
        if self.w.ladybug and e.operator == "CONTAINS" and not right.type.filled:
            # Ladybug finds nothing where it looks for the empty text.
            text = f"({left.within(ATOM)} STARTS WITH '' AND {right.within(ATOM)} = '' OR {text})"
            return self._of(text, BOOLEAN, ATOM, left, right)
        return self._of(text, BOOLEAN, TEST, left, right)

    def _check_pattern(self, e: tree.Expression) -> None:
        if isinstance(e, tree.Parameter):
            self.w.pattern_parameters.append((e.name, e.at))
            return
        if not isinstance(e, tree.Literal) or not isinstance(e.value, str):
            raise self.w.refused(e.at, "=~ takes a pattern in quotes, or a parameter", "or use CONTAINS")
        check_pattern(self.w.cypher, e.at, e.value)

    def _logic(self, e: tree.Logic, scope: Scope) -> Written:
        found = [self.boolean(each, scope, e.operator) for each in e.operands]
        level = _LOGIC[e.operator]
        text = f" {e.operator} ".join(each.within(level + 1) for each in found)
        return self._of(text, BOOLEAN, level, *found)

    def _comparison(self, e: tree.Comparison, scope: Scope) -> Written:
        found = [self.write(each, scope) for each in e.operands]
        parts = [
            self._compared(e.operands[n], operator, found[n], found[n + 1]) for n, operator in enumerate(e.operators)
        ]
        if len(parts) == 1:
            return self._of(parts[0], BOOLEAN, ATOM if parts[0].startswith(("CAST(", "(")) else COMPARISON, *found)
        return self._of(" AND ".join(parts), BOOLEAN, AND, *found)

    def _compared(self, at: tree.Expression, operator: str, left: Written, right: Written) -> str:
        a, b = left.type, right.type
        if "null" in (a.kind, b.kind):
            return self.typed_null(BOOLEAN).text
        if operator in ("=", "<>"):
            self._check_equality(at, a, b)
            if a.kind in _GRAPH and self.w.ladybug:
                return f"id({left.text}) {operator} id({right.text})"
        elif a.kind not in _ORDERED or b.kind not in _ORDERED or types.unified((a, b)) is None:
            raise self.w.wrong(at.at, f"a {a} and a {b} have no order", "compare numbers with numbers, text with text")
        elif self.w.ladybug and (a.loose or b.loose):  # there, what is not a number is less than any
            numbers = [f"{each.within(TEST)} = {each.within(TEST)}" for each in (left, right) if each.type.loose]
            return f"({' AND '.join([f'{left.within(TEST)} {operator} {right.within(TEST)}', *numbers])})"
        return f"{left.within(TEST)} {operator} {right.within(TEST)}"

    def _check_equality(self, at: tree.Expression, a: Type, b: Type) -> None:
        same_graph = a.kind == b.kind and a.kind in _GRAPH
        if (types.unified((a, b)) is None and not same_graph) or a.kind == "path":
            raise self.w.wrong(
                at.at,
                f"a {a} is never equal to a {b}",
                "a number in quotes is text; give parameters the type of the property",
            )
        if a.kind == "map" or (a.kind == "list" and (a.holds_nulls or b.holds_nulls or types.holds(a, _GRAPH))):
            raise self.w.refused(at.at, f"= between a {a} and a {b} has no exact form here", "compare item by item")

    def _is_null(self, e: tree.IsNull, scope: Scope) -> Written:
        inside = self.write(e.operand, scope)
        text = f"{inside.within(ATOM)} IS {'NOT ' if e.negated else ''}NULL"
        return Written(text, BOOLEAN, TEST, nullable=False, constant=inside.constant, aggregate=inside.aggregate)

    def _has_label(self, e: tree.HasLabel, scope: Scope) -> Written:
        subject = self.write(e.operand, scope)
        known = {"node": types.ALL_LABELS, "relationship": types.ALL_TYPES}.get(subject.type.kind)
        if known is None:
            raise self.w.wrong(e.at, f"a {subject.type} has no label", "n:Neuron asks a node")
        for label in e.labels:
            if label not in known:
                raise self.w.wrong(e.at, f"there is no label or relationship type {label!r}", nearest(label))
        if not self.w.ladybug:
            return Written(f"{subject.text}:{'|'.join(quoted(n) for n in e.labels)}", BOOLEAN, TEST, subject.nullable)
        wanted = f"label({subject.text}) IN [{', '.join(literal(n) for n in e.labels)}]"
        if subject.nullable:
            wanted = f"CASE WHEN {subject.text} IS NULL THEN NULL ELSE {wanted} END"
            return Written(wanted, BOOLEAN)
        return Written(wanted, BOOLEAN, TEST, nullable=False)

    def _case(self, e: tree.Case, scope: Scope) -> Written:
        branches = [(self._when(e.subject, when, scope), self.write(then, scope)) for when, then in e.branches]
        otherwise = self.write(e.otherwise, scope) if e.otherwise else Written("NULL", NULL, constant=True)
        values = [*(then for _, then in branches), otherwise]
        type_ = types.unified(each.type for each in values)
        if type_ is None or types.holds(type_, (*_GRAPH, "path")):
            kinds = ", ".join(dict.fromkeys(str(each.type) for each in values))
            raise self.w.wrong(e.at, f"the results of CASE have different types: {kinds}", "one type for all of them")
        text = " ".join(f"WHEN {when.text} THEN {self.coerced(then, type_)}" for when, then in branches)
        text = f"CASE {text} ELSE {self.coerced(otherwise, type_)} END"
        nullable = any(each.nullable for each in values)
        found = [*(when for when, _ in branches), *values]
        return Written(text, type_, ATOM, nullable, all(f.constant for f in found), any(f.aggregate for f in found))

    def _when(self, subject: tree.Expression | None, when: tree.Expression, scope: Scope) -> Written:
        """A simple CASE becomes a searched one: there, null equals nothing on both stores."""
        if subject is None:
            return self.boolean(when, scope, "WHEN")
        return self._comparison(tree.Comparison((subject, when), ("=",), at=when.at, end=when.end), scope)

    def _list(self, e: tree.ListOf, scope: Scope) -> Written:
        found = [self.write(each, scope) for each in e.items]
        type_ = types.unified(each.type for each in found)
        if type_ is None or type_.kind in (*_GRAPH, "path", "map"):
            kinds = ", ".join(dict.fromkeys(str(each.type) for each in found))
            raise self.w.wrong(e.at, f"a list cannot hold {kinds}", "one type for all items, and no whole nodes")
        nulls = any(each.nullable for each in found)
        values = [each.value for each in e.items if isinstance(each, tree.Literal)]
        distinct = len(values) == len(found) and len(set(map(str, values))) == len(found)
        kept = type_ if type_.kind != "string" else STRING
        text = f"[{', '.join(self.coerced(each, kept) for each in found)}]"
        as_list = types.list_of(kept, holds_nulls=nulls, filled=bool(found), distinct=distinct)
        return self._of(text, as_list, ATOM, *found, nullable=False)

    def _map(self, e: tree.MapOf, scope: Scope) -> Written:
        found = [(key, self.write(each, scope)) for key, each in e.entries]
        if not found:
            raise self.w.refused(e.at, "an empty map has no form on the embedded store", "give it a key")
        for key, each in found:
            if types.holds(each.type, (*_GRAPH, "path")):
                raise self.w.refused(e.at, f"a whole {each.type} inside a map ({key})", "return it as a column")
        fields = tuple((key, each.type) for key, each in found)
        text = f"{{{', '.join(f'{quoted(key)}: {self.coerced(each, each.type)}' for key, each in found)}}}"
        return self._of(text, Type("map", fields=fields), ATOM, *(each for _, each in found), nullable=False)

    def _star(self, e: tree.Star, _scope: Scope) -> Written:
        raise self.w.wrong(e.at, "only count(*) takes a star")

    @staticmethod
    def _of(text: str, type_: Type, level: int, *parts: Written, nullable: bool | None = None) -> Written:
        """Made of parts: null where one of them is, constant where all are."""
        return Written(
            text,
            type_,
            level,
            any(part.nullable for part in parts) if nullable is None else nullable,
            all(part.constant for part in parts),
            any(part.aggregate for part in parts),
        )
