"""WITH and RETURN in the words of an engine: columns, grouping, order, limits."""

from __future__ import annotations

from dataclasses import dataclass, replace

from graphdb.cypher import functions, tree, types
from graphdb.cypher.rows import Rows
from graphdb.cypher.types import Type
from graphdb.cypher.write_expressions import ExpressionWriter
from graphdb.cypher.writing import Bound, Scope, Writing, Written, quoted

_ORDERED = ("integer", "float", "string", "boolean", "null")


@dataclass(frozen=True)
class Column:
    """A column of the answer."""

    name: str
    type: Type


@dataclass(frozen=True)
class _Item:
    expression: tree.Expression
    name: str
    alias: str
    written: Written


class ProjectionWriter:
    """Writes WITH and RETURN."""

    def __init__(self, writing: Writing, expressions: ExpressionWriter) -> None:
        self.w = writing
        self._x = expressions

    def write(
        self, clause: tree.Projection, scope: dict[str, Bound], rows: Rows, wanted: tuple[Type, ...] | None
    ) -> tuple[str, tuple[Column, ...]]:
        """The clause; afterwards `scope` holds what is in reach behind it, and `rows` what is known of its rows."""
        items = self._items(clause, scope)
        gathers = any(item.written.aggregate for item in items)
        if gathers:
            self._check_grouping(items)
        self._check_order_kept(clause, items, rows)
        targets = wanted or tuple(item.written.type for item in items)
        shown = ", ".join(
            f"{self._x.coerced(item.written, target)} AS {item.alias}"
            for item, target in zip(items, targets, strict=True)
        )
        text = f"{'RETURN' if clause.final else 'WITH'} {'DISTINCT ' if clause.distinct else ''}{shown}"
        text += self._order(clause, items, scope, closed=gathers or clause.distinct)
        text += self._bound_of(clause.skip, "SKIP") + self._bound_of(clause.limit, "LIMIT")
        after = {item.name: self._after(item, scope, items) for item in items}
        self._count_rows(items, scope, rows, unique=gathers or clause.distinct)
        rows.ordered = (rows.ordered and not gathers) or bool(clause.order)
        if clause.where is not None:
            test = self._x.boolean(clause.where, after, "WHERE")
            if test.aggregate:
                raise self.w.wrong(clause.where.at, "an aggregate in WHERE", "name it in WITH, and test its name")
            text += f" WHERE {test.text}"
        scope.clear()
        scope.update(after)
        return text, tuple(Column(item.name, item.written.type) for item in items)

    # --- columns ---

    def _items(self, clause: tree.Projection, scope: Scope) -> list[_Item]:
        given = list(clause.items)
        if clause.star:
            if not scope:
                raise self.w.wrong(clause.at, "* stands for nothing here", "name what to return")
            given = [tree.Item(tree.Variable(name, at=clause.at), name) for name in sorted(scope)] + given
        items: list[_Item] = []
        for item in given:
            name = item.alias or self._source(item.expression)
            if name in {each.name for each in items}:
                if item.alias is not None:
                    raise self.w.wrong(item.expression.at, f"two columns are called {name!r}", "give each its own name")
                name = self._numbered(name, items)
            written = self._x.write(item.expression, scope)
            self._check_column(clause, item.expression, written)
            alias = quoted(name) if clause.final else self.w.name_of(name)
            items.append(_Item(item.expression, name, alias, written))
        return items

    def _source(self, e: tree.Expression) -> str:
        """An expression as the user wrote it names its column."""
        return " ".join(self.w.cypher[e.at : e.end].split())

    @staticmethod
    def _numbered(name: str, items: list[_Item]) -> str:
        names, number = {each.name for each in items}, 2
        while f"{name}_{number}" in names:
            number += 1
        return f"{name}_{number}"

    def _check_column(self, clause: tree.Projection, e: tree.Expression, found: Written) -> None:
        if types.holds(found.type, ("id",)):
            raise self.w.refused(e.at, "id() means another number on every store", "use n.uid")
        if clause.final and types.holds(found.type, ("node", "relationship", "path")):
            self.w.facts.returns_graph = True

    def _after(self, item: _Item, scope: Scope, items: list[_Item]) -> Bound:
        written = item.written
        if isinstance(item.expression, tree.Variable):
            before = scope[item.expression.name]
            names = {i.name for i in items if isinstance(i.expression, tree.Variable) and i.expression.name == i.name}
            ends = before.ends if before.ends and set(before.ends) <= names else None
            return replace(before, text=item.alias, ends=ends)
        return Bound(item.alias, written.type, written.nullable)

    @staticmethod
    def _count_rows(items: list[_Item], scope: Scope, rows: Rows, *, unique: bool) -> None:
        kept = {
            scope[item.expression.name].text: item.alias
            for item in items
            if isinstance(item.expression, tree.Variable) and item.expression.name in scope
        }
        columns = [item.alias for item in items if not item.written.aggregate]
        rows.projected(kept, unique=columns if unique else None)

    # --- grouping ---

    def _check_grouping(self, items: list[_Item]) -> None:
        """Beside an aggregate may stand only what is the same in the whole group."""
        groups = [item.expression for item in items if not item.written.aggregate]
        for item in items:
            if item.written.aggregate:
                self._check_grounded(item.expression, groups)

    def _check_grounded(self, e: object, groups: list[tree.Expression]) -> None:
        if isinstance(e, tree.Expression):
            if e in groups or (isinstance(e, tree.Call) and e.name.lower() in functions.AGGREGATES):
                return
            if isinstance(e, (tree.Variable, tree.Subquery, tree.Quantifier, tree.Comprehension, tree.Reduce)):
                raise self.w.refused(
                    e.at,
                    "beside an aggregate may stand only what the rows are grouped by",
                    "gather in a WITH first, and go on with its names",
                )
        for child in tree.children(e):
            self._check_grounded(child, groups)

    def _check_order_kept(self, clause: tree.Projection, items: list[_Item], rows: Rows) -> None:
        if not self.w.ladybug:
            return
        if not clause.final and clause.order and clause.skip is None and clause.limit is None:
            raise self.w.refused(
                clause.order[0][0].at,
                "ORDER BY in WITH needs a LIMIT on the embedded store, which keeps no order afterwards",
                "put ORDER BY behind RETURN",
            )
        for item in items:
            if rows.ordered and tree.any_in(item.expression, tree.Call, lambda call: call.name.lower() == "collect"):
                raise self.w.refused(
                    item.expression.at,
                    "collect() of rows in order: the embedded store keeps no order",
                    "return the rows themselves with ORDER BY",
                )

    # --- order and limits ---

    def _order(self, clause: tree.Projection, items: list[_Item], scope: Scope, *, closed: bool) -> str:
        if not clause.order:
            return ""
        found = [
            self._ordered(e, items, scope, closed=closed) + (" DESC" if descending else "")
            for e, descending in clause.order
        ]
        return f" ORDER BY {', '.join(found)}"

    def _ordered(self, e: tree.Expression, items: list[_Item], scope: Scope, *, closed: bool) -> str:
        for item in items:
            same = item.expression == e or (isinstance(e, tree.Variable) and e.name == item.name)
            if same:
                self._check_ordered(e, item.written)
                return item.alias
        columns = {item.name: Bound(item.alias, item.written.type, item.written.nullable) for item in items}
        if closed:
            for item in items:
                e = tree.replaced(e, item.expression, tree.Variable(item.name, at=e.at, end=e.end))
            written = self._x.write(e, columns)
        else:
            written = self._x.write(e, {**columns, **{n: b for n, b in scope.items() if n not in columns}})
        if written.aggregate:
            raise self.w.wrong(e.at, "an aggregate that is not returned", "return it with a name, and order by that")
        self._check_ordered(e, written)
        return written.text

    def _check_ordered(self, e: tree.Expression, written: Written) -> None:
        if written.type.kind not in _ORDERED:
            raise self.w.refused(e.at, f"a {written.type} has no order", "order by a property, e.g. n.name")

    def _bound_of(self, e: tree.Expression | None, word: str) -> str:
        if e is None:
            return ""
        if isinstance(e, tree.Literal) and type(e.value) is int and e.value >= 0:
            return f" {word} {e.value}"
        if isinstance(e, tree.Parameter):
            type_ = self.w.parameters[e.name]
            if type_.kind == "integer" and type_.filled:
                return f" {word} {self.w.parameter(e.name)}"
        raise self.w.wrong(e.at, f"{word} needs a whole number that is not negative", f"e.g. {word} 10, or a parameter")
