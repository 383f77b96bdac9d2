"""A text becomes a tree: one statement that reads."""

from __future__ import annotations

from graphdb.cypher import tree
from graphdb.cypher.parse_patterns import PatternParser
from graphdb.cypher.stream import Stream
from graphdb.cypher.tokens import refused, syntax_error

READ_ONLY = "only reading is allowed here: MATCH … WHERE … RETURN …; data enters through `connectome ingest`"
# Words that begin something else than reading, in one engine or the other.
REFUSED_WORDS = frozenset(
    """LOAD COPY CALL ATTACH DETACH USE INSTALL UNINSTALL UPDATE EXPORT IMPORT CREATE SET DELETE MERGE DROP ALTER REMOVE
    CHECKPOINT BEGIN COMMIT ROLLBACK ANALYZE COMMENT FORCE EXTENSION INSERT FOREACH SHOW GRANT DENY REVOKE TERMINATE
    STOP ENABLE RENAME PROJECT FINISH EXPLAIN PROFILE CYPHER USING VACUUM DRYRUN DEALLOCATE START YIELD""".split()
)
_FIRST = ("MATCH", "OPTIONAL", "UNWIND", "WITH", "RETURN")


def parse(cypher: str) -> tree.Query:
    """The tree of a text.

    Raises:
        QueryError: it is not well formed.
        QueryRefusedError: it would do more than read, or has a form that the two stores do not share.
    """
    stream = Stream(cypher)
    if not stream.at(*_FIRST):
        raise refused(cypher, stream.token.at, f"a query may not begin with {stream.token.text!r}", READ_ONLY)
    return _Clauses(stream).query()


class _Clauses:
    def __init__(self, stream: Stream) -> None:
        self._s = stream
        self._patterns = PatternParser(stream)
        self._expression = self._patterns.expressions.expression

    def query(self) -> tree.Query:
        parts = [self._part()]
        kinds = set()
        while self._s.at("UNION"):
            at = self._s.advance().at
            kinds.add(self._s.take("ALL") is not None)
            if len(kinds) > 1:
                raise refused(
                    self._s.cypher, at, "UNION and UNION ALL may not be mixed", "use one of them for all parts"
                )
            parts.append(self._part())
        if self._s.token.kind != "end":
            raise self._not_a_clause()
        return tree.Query(tuple(parts), True in kinds)

    def _part(self) -> tuple[tree.Clause, ...]:
        clauses: list[tree.Clause] = []
        while True:
            clause = self._clause()
            clauses.append(clause)
            if isinstance(clause, tree.Projection) and clause.final:
                return tuple(clauses)
            if self._s.token.kind == "end" or self._s.at("UNION"):
                raise syntax_error(
                    self._s.cypher, self._s.token.at, "the query must end with RETURN", "e.g. RETURN count(*) AS n"
                )

    def _clause(self) -> tree.Clause:
        s = self._s
        at = s.token.at
        if s.take("OPTIONAL"):
            s.need("MATCH", "after OPTIONAL")
            return self._match(at, optional=True)
        if s.take("MATCH"):
            return self._match(at, optional=False)
        if s.take("UNWIND"):
            items = self._expression()
            s.need("AS", "after the list of UNWIND")
            return tree.Unwind(items, s.variable(), at=at)
        if s.take("WITH"):
            return self._projection(at, final=False)
        if s.take("RETURN"):
            return self._projection(at, final=True)
        raise self._not_a_clause()

    def _not_a_clause(self) -> Exception:
        s = self._s
        if s.token.upper in REFUSED_WORDS:
            return refused(s.cypher, s.token.at, f"{s.token.upper} is not allowed", READ_ONLY)
        return s.unexpected("MATCH, WHERE, WITH, UNWIND, RETURN, ORDER BY, SKIP, LIMIT, UNION or the end")

    def _match(self, at: int, *, optional: bool) -> tree.Match:
        if self._s.at("SHORTEST", "ALL", "ANY"):
            raise refused(
                self._s.cypher,
                self._s.token.at,
                f"{self._s.token.upper} before a pattern has no exact form here",
                "write MATCH p = shortestPath((a)-[:CHEMICAL*..5]->(b))",
            )
        paths = self._patterns.paths()
        where = self._expression() if self._s.take("WHERE") else None
        return tree.Match(optional, paths, where, at=at)

    def _projection(self, at: int, *, final: bool) -> tree.Projection:
        s = self._s
        distinct = s.take("DISTINCT") is not None
        star = s.take("*") is not None
        items = [] if star and not s.take(",") else self._items(final=final)
        order: list[tuple[tree.Expression, bool]] = []
        if s.take("ORDER"):
            s.need("BY", "after ORDER")
            order.append(self._order())
            while s.take(","):
                order.append(self._order())
        skip = self._expression() if s.take("SKIP", "OFFSET") else None
        limit = self._expression() if s.take("LIMIT") else None
        where = self._expression() if not final and s.take("WHERE") else None
        return tree.Projection(final, distinct, star, tuple(items), tuple(order), skip, limit, where, at=at)

    def _items(self, *, final: bool) -> list[tree.Item]:
        items = [self._item(final=final)]
        while self._s.take(","):
            items.append(self._item(final=final))
        return items

    def _item(self, *, final: bool) -> tree.Item:
        expression = self._expression()
        if self._s.take("AS"):
            return tree.Item(expression, self._s.variable())
        if isinstance(expression, tree.Variable):
            return tree.Item(expression, expression.name)
        if not final:
            raise syntax_error(
                self._s.cypher, expression.at, "in WITH an expression needs a name", "write WITH expression AS name"
            )
        return tree.Item(expression, None)

    def _order(self) -> tuple[tree.Expression, bool]:
        expression = self._expression()
        descending = self._s.take("DESC", "DESCENDING") is not None
        if not descending:
            self._s.take("ASC", "ASCENDING")
        return expression, descending
