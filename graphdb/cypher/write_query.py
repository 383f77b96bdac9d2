"""Clauses in the words of an engine: MATCH, UNWIND, and the parts of UNION."""

from __future__ import annotations

from dataclasses import dataclass, replace

from graphdb.cypher import tree, types
from graphdb.cypher.drawn import Drawn, continued, where_of
from graphdb.cypher.rows import Rows
from graphdb.cypher.types import Type
from graphdb.cypher.write_patterns import PatternWriter
from graphdb.cypher.write_projection import Column, ProjectionWriter
from graphdb.cypher.writing import Bound, Writing

_GRAPH = ("node", "relationship", "path")


@dataclass(frozen=True)
class Composed:
    """A whole text in the words of an engine, and its columns."""

    text: str
    columns: tuple[Column, ...]
    limit: tree.Expression | None


class QueryWriter:
    """Writes whole queries."""

    def __init__(self, writing: Writing, query: tree.Query) -> None:
        self.w = writing
        self._query = query
        self._patterns = PatternWriter(writing)
        self._projections = ProjectionWriter(writing, self._patterns.expressions)
        # Undirected hops may need every match to be told apart, for which everything in it has a name.
        self._patterns.names_all = writing.ladybug and tree.any_in(
            query, tree.RelationshipPattern, lambda hop: hop.direction == "-"
        )

    def compose(self) -> Composed:
        """The text."""
        parts = [self._part(part, None) for part in self._query.parts]
        if len(parts) == 1:
            return parts[0]
        wanted = self._united(parts)
        parts = [self._part(part, wanted) for part in self._query.parts]
        word = " UNION ALL " if self._query.keeps_duplicates else " UNION "
        return Composed(word.join(part.text for part in parts), parts[0].columns, None)

    def _united(self, parts: list[Composed]) -> tuple[Type, ...]:
        at = self._query.parts[1][0].at
        names = [[column.name for column in part.columns] for part in parts]
        if any(each != names[0] for each in names):
            raise self.w.wrong(
                at, "the parts of UNION have different columns", f"name them alike: {', '.join(names[0])}"
            )
        found = []
        for column in zip(*(part.columns for part in parts), strict=True):
            type_ = types.unified(each.type for each in column)
            if type_ is None:
                kinds = " and ".join(dict.fromkeys(str(each.type) for each in column))
                raise self.w.wrong(at, f"the column {column[0].name!r} of UNION is {kinds}", "one type per column")
            if types.holds(type_, _GRAPH):
                raise self.w.refused(at, f"UNION of whole {type_}s", "return properties by name")
            found.append(type_)
        return tuple(found)

    def _part(self, clauses: tuple[tree.Clause, ...], wanted: tuple[Type, ...] | None) -> Composed:
        scope: dict[str, Bound] = {}
        rows = Rows()
        texts: list[str] = []
        for clause in clauses:
            if isinstance(clause, tree.Match):
                texts += self._match(clause, scope, rows, follows=bool(texts) and not texts[-1].startswith("WITH"))
            elif isinstance(clause, tree.Unwind):
                texts.append(self._unwind(clause, scope, rows))
            else:
                text, columns = self._projections.write(clause, scope, rows, wanted)
                texts.append(text)
                if clause.final:
                    return Composed(" ".join(texts), columns, clause.limit)
        raise AssertionError("the parser lets no part end without RETURN")

    def _match(self, clause: tree.Match, scope: dict[str, Bound], rows: Rows, *, follows: bool) -> list[str]:
        matched = self._patterns.match(clause.paths, clause.where, scope, certain=not clause.optional)
        found, drawn = matched.scope, matched.drawn
        new = {name: bound for name, bound in found.items() if name not in scope}
        if clause.optional:
            new = {name: replace(bound, nullable=True) for name, bound in new.items()}
            found = {**found, **new}
        written = ["WITH *"] if self.w.ladybug and follows and continued(drawn) else []
        if clause.optional:
            text = self._patterns.whole(matched, clause.at, "OPTIONAL MATCH")
            written.append(f"OPTIONAL MATCH {text}{where_of(matched.conditions)}")
        else:
            written.append(matched.clauses())
        named = {bound.text for bound in found.values()}
        for name in [*drawn.labels, *(hop.text for hop in drawn.hops)]:
            if name not in drawn.old:
                rows.add(name, hidden=name not in named)
        if self.w.ladybug and drawn.loops:
            written.append(self._without_repetitions(clause, found, drawn, rows))
        scope.clear()
        scope.update(found)
        return written

    def _without_repetitions(self, clause: tree.Match, scope: dict[str, Bound], drawn: Drawn, rows: Rows) -> str:
        """Ladybug finds a loop twice where the direction is open; one row for each match is kept."""
        at = drawn.loops[0].pattern.at
        if not rows.told_apart:
            raise self.w.refused(
                at,
                "a relationship without direction may be a loop, and the rows before it may repeat",
                "begin with this MATCH, put WITH DISTINCT before it, or give it a direction",
            )
        single = {hop.text for hop in drawn.loops if not hop.chain}
        for hop in drawn.loops:
            if not hop.chain and hop.path.variable:
                raise self.w.refused(at, "a named path over a hop without direction", "give it a direction, or *1..1")
            if not hop.chain and hop.pattern.variable and clause.optional:
                raise self.w.refused(
                    at, "OPTIONAL MATCH of a named relationship without direction", "give it a direction, or no name"
                )
        items, gathers = [], False
        for bound in scope.values():
            if bound.text in single:
                gathers = True
                items.append(f"list_extract(collect({bound.text}), 1) AS {bound.text}")
            else:
                items.append(bound.text)
        chains = {hop.text for hop in drawn.hops if hop.chain}
        items += rows.carried(self.w, single, chains)
        return f"WITH {'' if gathers else 'DISTINCT '}{', '.join(items)}"

    def _unwind(self, clause: tree.Unwind, scope: dict[str, Bound], rows: Rows) -> str:
        found = self._patterns.expressions.write(clause.items, scope)
        type_ = found.type
        if type_.kind not in ("list", "null"):
            raise self.w.wrong(clause.items.at, f"UNWIND needs a list, this is a {type_}", "e.g. UNWIND [1, 2] AS x")
        if clause.variable in scope:
            raise self.w.wrong(clause.at, f"{clause.variable!r} stands for something already", "give it a new name")
        if found.aggregate:
            raise self.w.wrong(clause.items.at, "an aggregate in UNWIND", "put it into WITH first")
        text = found.text
        if self.w.ladybug and type_.item.kind == "null":
            text = f"CAST({text} AS STRING[])"
        bound = Bound(self.w.name_of(clause.variable), type_.item, type_.holds_nulls)
        scope[clause.variable] = bound
        if type_.distinct and not type_.holds_nulls:
            rows.add(bound.text, hidden=False)
        else:
            rows.told_apart = False
        return f"UNWIND {text} AS {bound.text}"
