"""Patterns: nodes, hops, chains of hops, shortest paths, and EXISTS { } and COUNT { } around them."""

from __future__ import annotations

from graphdb.cypher import tree
from graphdb.cypher.parse_expressions import ExpressionParser
from graphdb.cypher.stream import Stream
from graphdb.cypher.tokens import refused, syntax_error
from schemas.errors import QueryError

MAX_HOPS = 30
_ONE_LABEL = "one of several labels is written (n:Neuron|Muscle)"
_SHORTEST = {"SHORTESTPATH": "SHORTEST", "ALLSHORTESTPATHS": "ALL SHORTEST"}
_MODES = {
    "WSHORTEST": "weighted shortest paths are not part of the shared language; see `connectome queries`",
    "ACYCLIC": "its meaning differs between the stores; compare the nodes of the path yourself",
}


class PatternParser:
    """Parses patterns, with expressions inside them."""

    def __init__(self, stream: Stream) -> None:
        self._s = stream
        self.expressions = ExpressionParser(stream, self._condition, self._subquery)

    def paths(self) -> tuple[tree.PathPattern, ...]:
        """Patterns with commas between them."""
        found = [self.path()]
        while self._s.take(","):
            found.append(self.path())
        return tuple(found)

    def path(self) -> tree.PathPattern:
        """One pattern, perhaps with a name for the whole path."""
        s = self._s
        start = s.token.at
        variable = None
        if s.token.kind in ("word", "name") and s.ahead().text == "=":
            variable = s.variable()
            s.advance()
        if s.token.upper in _SHORTEST and s.ahead().text == "(":
            return self._shortest(variable, start)
        if s.token.kind == "word":
            raise s.unexpected("a pattern such as (n:Neuron)")
        nodes, hops = self._chain()
        return tree.PathPattern(variable, nodes, hops, at=start)

    def _shortest(self, variable: str | None, start: int) -> tree.PathPattern:
        s = self._s
        word = s.advance()
        s.advance()
        nodes, hops = self._chain()
        s.need(")", f"after {word.text}(…")
        if len(hops) != 1 or hops[0].bounds is None:
            raise syntax_error(
                s.cypher, start, f"{word.text}() takes one chain of hops", f"e.g. {word.text}((a)-[:CHEMICAL*..5]->(b))"
            )
        return tree.PathPattern(variable, nodes, (self._with_mode(hops[0], _SHORTEST[word.upper]),), at=start)

    @staticmethod
    def _with_mode(hop: tree.RelationshipPattern, mode: str) -> tree.RelationshipPattern:
        return tree.RelationshipPattern(
            hop.variable, hop.types, hop.direction, hop.properties, hop.bounds, mode, at=hop.at
        )

    def _chain(self) -> tuple[tuple[tree.NodePattern, ...], tuple[tree.RelationshipPattern, ...]]:
        nodes, hops = [self._node()], []
        while self._s.at("-", "<"):
            hops.append(self._hop())
            nodes.append(self._node())
        return tuple(nodes), tuple(hops)

    def _node(self) -> tree.NodePattern:
        s = self._s
        start = s.need("(", "before a node").at
        variable = None if s.at(":", "{", ")", "WHERE") else s.variable()
        labels = self._names("a label") if s.take(":") else ()
        properties = self.expressions.map() if s.at("{") else None
        if s.at("WHERE"):
            raise refused(s.cypher, s.token.at, "WHERE inside a node has no exact form", "put it after the pattern")
        if s.at(":", "&", "!", "%"):
            raise refused(s.cypher, s.token.at, "a node has one label here", _ONE_LABEL)
        s.need(")", "after a node")
        return tree.NodePattern(variable, labels, properties, at=start)

    def _names(self, what: str) -> tuple[str, ...]:
        s = self._s
        if s.at("!", "%", "("):
            raise refused(s.cypher, s.token.at, "a condition on labels has no exact form here", _ONE_LABEL)
        found = [s.name(what)]
        while s.take("|"):
            s.take(":")
            found.append(s.name(what))
        return tuple(found)

    def _hop(self) -> tree.RelationshipPattern:
        s = self._s
        start = s.token.at
        left = s.take("<") is not None
        s.need("-", "in a relationship")
        variable: str | None = None
        types: tuple[str, ...] = ()
        bounds, mode, properties = None, "TRAIL", None
        if s.take("["):
            variable = None if s.at(":", "*", "{", "]") else s.variable()
            types = self._names("a relationship type") if s.take(":") else ()
            if s.at("*"):
                bounds, mode = self._bounds()
            properties = self.expressions.map() if s.at("{") else None
            if s.at("("):
                raise refused(s.cypher, s.token.at, "a condition in a path", "use all(r IN relationships(p) WHERE …)")
            if s.at("WHERE"):
                raise refused(s.cypher, s.token.at, "WHERE inside a relationship", "put it after the pattern")
            s.need("]", "after a relationship")
        s.need("-", "after a relationship")
        right = s.take(">") is not None
        if s.at("{", "+"):
            raise refused(s.cypher, s.token.at, "a quantified path has no exact form", "write -[:CHEMICAL*1..3]->")
        direction = "-" if left == right else "<-" if left else "->"
        return tree.RelationshipPattern(variable, types, direction, properties, bounds, mode, at=start)

    def _bounds(self) -> tuple[tuple[int, int], str]:
        s = self._s
        start = s.advance().at
        mode = "TRAIL"
        if s.token.kind == "word":
            word = s.advance().upper
            if word in _MODES:
                raise refused(s.cypher, start, f"* {word} is not allowed", _MODES[word])
            if word == "ALL":
                s.need("SHORTEST", "after ALL")
                word = "ALL SHORTEST"
            if word not in ("TRAIL", "SHORTEST", "ALL SHORTEST"):
                raise syntax_error(s.cypher, start, f"unknown kind of path {word!r}")
            mode = word
        low = int(s.advance().text) if s.token.kind == "integer" else None
        high = low
        if s.take(".."):
            high = int(s.advance().text) if s.token.kind == "integer" else None
        if high is None:
            raise refused(
                s.cypher,
                start,
                "a path of any length is not allowed",
                "give it an upper bound, e.g. -[:CHEMICAL*1..3]->",
            )
        if high > MAX_HOPS or (low or 0) > high:
            raise refused(
                s.cypher,
                start,
                f"a path has at most {MAX_HOPS} hops, and at least as many as its lower bound",
                "e.g. *1..3",
            )
        return (1 if low is None else low, high), mode

    def _condition(self, stream: Stream) -> tree.Expression | None:
        """A pattern where an expression may stand: it must have a hop, or it is a parenthesis."""
        place, start = stream.place, stream.token.at
        if not self._looks_like_pattern():
            return None
        try:
            nodes, hops = self._chain()
        except QueryError:
            stream.back_to(place)
            if self._certainly_pattern():
                raise
            return None
        if not hops:
            stream.back_to(place)
            return None
        path = tree.PathPattern(None, nodes, hops, at=start)
        return tree.Subquery("EXISTS", (path,), None, at=start, end=stream.last_end)

    def _looks_like_pattern(self) -> bool:
        """`(`, perhaps a name, then `:`, `{` or `)` with an arrow behind it."""
        s = self._s
        count = 2 if s.ahead().kind in ("word", "name") else 1
        after = s.ahead(count).text
        if after == "{" and s.ahead().upper in ("EXISTS", "COUNT", "COLLECT"):
            return False
        if after in (":", "{"):
            return True
        return after == ")" and s.ahead(count + 1).text in ("-", "<")

    def _certainly_pattern(self) -> bool:
        s = self._s
        count = 2 if s.ahead().kind in ("word", "name") else 1
        while s.ahead(count).text not in (")", "the end of the query"):
            count += 1
        following = [s.ahead(count + n).text for n in (1, 2, 3)]
        return following[:2] == ["-", "["] or following == ["<", "-", "["]

    def _subquery(self, stream: Stream) -> tree.Expression | None:
        token = stream.token
        if token.upper == "COLLECT":
            raise refused(stream.cypher, token.at, "COLLECT { } has no exact form", "use MATCH … WITH …, collect(…)")
        if token.upper not in ("EXISTS", "COUNT"):
            return None
        stream.advance()
        stream.advance()
        stream.take("MATCH")
        if stream.token.text != "(" and not (stream.token.kind in ("word", "name") and stream.ahead().text == "="):
            raise refused(
                stream.cypher,
                stream.token.at,
                f"{token.upper} {{ }} holds one MATCH and its WHERE; {stream.token.text!r} is not allowed there",
                f"{token.upper} {{ MATCH (a)-[:CHEMICAL]->(b) WHERE … }}",
            )
        paths = self.paths()
        where = self.expressions.expression() if stream.take("WHERE") else None
        if stream.at("RETURN"):
            raise refused(stream.cypher, stream.token.at, f"RETURN inside {token.upper} {{ }}", "leave it out")
        stream.need("}", f"after {token.upper} {{ MATCH … WHERE …")
        return tree.Subquery(token.upper, paths, where, at=token.at, end=stream.last_end)
