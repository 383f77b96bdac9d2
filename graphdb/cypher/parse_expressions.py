"""Expressions: operators by their binding strength, and what stands between them."""

from __future__ import annotations

from collections.abc import Callable

from graphdb.cypher import tree
from graphdb.cypher.functions import ELSEWHERE
from graphdb.cypher.stream import CLAUSE_WORDS, Stream
from graphdb.cypher.tokens import refused, string_value, syntax_error, unquoted
from graphdb.cypher.tree import Expression

_LOGIC = {"OR": 1, "XOR": 2, "AND": 3}
_NOT = 4
_COMPARISON = 5
_TEST = 6
_ARITHMETIC = {"+": 7, "-": 7, "||": 7, "*": 8, "/": 8, "%": 8, "^": 9}
_SIGN = 10
_COMPARISONS = ("=", "<>", "<", ">", "<=", ">=")
_QUANTIFIERS = ("ALL", "ANY", "NONE", "SINGLE")
_CONSTANTS: dict[str, bool | None] = {"NULL": None, "TRUE": True, "FALSE": False}
_LARGEST = 2**63 - 1

Nested = Callable[[Stream], Expression | None]


class ExpressionParser:
    """Parses expressions.

    Args:
        stream: the tokens.
        pattern: reads a pattern as a condition, or nothing where there is none.
        subquery: reads EXISTS { } or COUNT { }.
    """

    def __init__(self, stream: Stream, pattern: Nested, subquery: Nested) -> None:
        self._s = stream
        self._pattern = pattern
        self._subquery = subquery

    def expression(self, strength: int = 0) -> Expression:
        """An expression whose operators bind more strongly than `strength`."""
        start = self._s.token.at
        left = self._prefix(start)
        while True:
            found = self._infix(left, strength, start)
            if found is None:
                return left
            left = found

    def _prefix(self, start: int) -> Expression:
        s = self._s
        if s.take("NOT"):
            return tree.Unary("NOT", self.expression(_NOT - 1), at=start, end=s.last_end)
        if s.at("-", "+"):
            sign = s.advance().text
            if sign == "-" and s.token.kind == "integer":
                return self._postfix(self._number(start, -1), start)
            return tree.Unary(sign, self.expression(_SIGN - 1), at=start, end=s.last_end)
        return self._postfix(self._atom(), start)

    def _infix(self, left: Expression, strength: int, start: int) -> Expression | None:
        word = self._s.token.upper if self._s.token.kind in ("word", "mark") else ""
        if word in _LOGIC and _LOGIC[word] > strength:
            return self._logic(left, word, start)
        if word in _COMPARISONS and strength < _COMPARISON:
            return self._comparison(left, start)
        if word in _ARITHMETIC and _ARITHMETIC[word] > strength:
            self._s.advance()
            right = self.expression(_ARITHMETIC[word])
            return tree.Binary(word, left, right, at=start, end=self._s.last_end)
        if strength < _TEST:
            return self._test(left, word, start)
        return None

    def _logic(self, left: Expression, word: str, start: int) -> Expression:
        operands = [left]
        while self._s.take(word):
            operands.append(self.expression(_LOGIC[word]))
        return tree.Logic(word, tuple(operands), at=start, end=self._s.last_end)

    def _comparison(self, left: Expression, start: int) -> Expression:
        operands, operators = [left], []
        while self._s.at(*_COMPARISONS):
            operators.append(self._s.advance().text)
            operands.append(self.expression(_COMPARISON))
        return tree.Comparison(tuple(operands), tuple(operators), at=start, end=self._s.last_end)

    def _test(self, left: Expression, word: str, start: int) -> Expression | None:
        s = self._s
        if word == "IS":
            s.advance()
            negated = s.take("NOT") is not None
            s.need("NULL", "after IS")
            return tree.IsNull(left, negated, at=start, end=s.last_end)
        if word in ("STARTS", "ENDS"):
            s.advance()
            s.need("WITH", f"after {word}")
            word = f"{word} WITH"
        elif word in ("IN", "CONTAINS", "=~"):
            s.advance()
        elif s.token.text == "!" and s.ahead().text == "=":
            raise syntax_error(s.cypher, s.token.at, "'!=' is no operator", "unequal is written <>")
        else:
            return None
        return tree.Binary(word, left, self.expression(_TEST), at=start, end=s.last_end)

    def _postfix(self, subject: Expression, start: int) -> Expression:
        s = self._s
        while True:
            if s.take("."):
                subject = tree.Property(subject, s.name("the name of a property"), at=start, end=s.last_end)
            elif s.take("["):
                subject = self._bracket(subject, start)
            elif s.at(":") and isinstance(subject, tree.Variable) and s.ahead().kind in ("word", "name"):
                subject = self._has_label(subject, start)
            else:
                return subject

    def _has_label(self, subject: Expression, start: int) -> Expression:
        s = self._s
        s.advance()
        labels = [s.name("a label")]
        while s.take("|"):
            labels.append(s.name("a label"))
        if s.at(":", "&"):
            raise refused(
                s.cypher, s.token.at, "a node has one label here", "one of several labels is written n:Neuron|Muscle"
            )
        return tree.HasLabel(subject, tuple(labels), at=start, end=s.last_end)

    def _bracket(self, subject: Expression, start: int) -> Expression:
        s = self._s
        low = None if s.at("..") else self.expression()
        if s.take(".."):
            high = None if s.at("]") else self.expression()
            s.need("]", "after a slice")
            return tree.Slice(subject, low, high, at=start, end=s.last_end)
        if s.at(":"):
            raise syntax_error(s.cypher, s.token.at, "a slice is written with two dots", "e.g. list[0..2]")
        s.need("]", "after an index")
        assert low is not None
        return tree.Index(subject, low, at=start, end=s.last_end)

    def _atom(self) -> Expression:  # noqa: PLR0911
        s, token = self._s, self._s.token
        if token.kind in ("integer", "real"):
            return self._number(token.at, 1)
        if token.kind == "string":
            s.advance()
            return tree.Literal(string_value(s.cypher, token), at=token.at, end=token.end)
        if token.kind == "parameter":
            s.advance()
            return tree.Parameter(unquoted(token), at=token.at, end=token.end)
        if token.text == "(":
            return self._parenthesis()
        if token.text == "[":
            return self._list()
        if token.text == "{":
            return self.map()
        if token.kind in ("word", "name"):
            return self._word()
        raise s.unexpected("an expression")

    def _number(self, start: int, sign: int) -> Expression:
        token = self._s.advance()
        if token.kind == "real":
            return tree.Literal(sign * float(token.text), at=start, end=token.end)
        if len(token.text) > 1 and token.text.startswith("0"):
            raise syntax_error(self._s.cypher, token.at, "a number may not begin with 0")
        value = sign * int(token.text)
        if not -_LARGEST - 1 <= value <= _LARGEST:
            raise syntax_error(self._s.cypher, token.at, "a whole number has 64 bits", "write it as text, or as 1e19")
        return tree.Literal(value, at=start, end=token.end)

    def _parenthesis(self) -> Expression:
        condition = self._pattern(self._s)
        if condition is not None:
            return condition
        self._s.advance()
        inner = self.expression()
        self._s.need(")")
        return inner

    def _list(self) -> Expression:
        s = self._s
        start = s.advance().at
        if s.token.kind in ("word", "name") and s.ahead().upper == "IN" and s.ahead().kind == "word":
            place = s.place
            variable = s.variable()
            s.advance()
            items = self.expression()
            if not s.at(",") and s.at("WHERE", "|", "]"):
                return self._comprehension(variable, items, start)
            s.back_to(place)
        items_: list[Expression] = []
        while not s.at("]"):
            items_.append(self.expression())
            if not s.take(","):
                break
        if s.at("|"):
            raise refused(
                s.cypher, start, "a pattern comprehension has no exact form here", "use MATCH … WITH …, collect(…)"
            )
        s.need("]", "after a list")
        return tree.ListOf(tuple(items_), at=start, end=s.last_end)

    def _comprehension(self, variable: str, items: Expression, start: int) -> Expression:
        s = self._s
        predicate = self.expression() if s.take("WHERE") else None
        result = self.expression() if s.take("|") else None
        s.need("]", "after a list comprehension")
        return tree.Comprehension(variable, items, predicate, result, at=start, end=s.last_end)

    def map(self) -> tree.MapOf:
        """A map in braces."""
        s = self._s
        start = s.need("{").at
        entries: list[tuple[str, Expression]] = []
        while not s.at("}"):
            key = s.name("a key")
            if key.lower() in {k.lower() for k, _ in entries}:
                raise syntax_error(s.cypher, s.last_end - 1, f"the key {key!r} stands twice in a map")
            s.need(":", "after a key")
            entries.append((key, self.expression()))
            if not s.take(","):
                break
        s.need("}", "after a map")
        return tree.MapOf(tuple(entries), at=start, end=s.last_end)

    def _word(self) -> Expression:
        s, token = self._s, self._s.token
        following = s.ahead().text
        special = self._special_word(token.upper, following) if token.kind == "word" else None
        if special is not None:
            return special
        if following == "(":
            return self._call()
        if following == "." and s.ahead(2).kind in ("word", "name") and s.ahead(3).text in ("(", "."):
            self._refuse_namespace()
        s.advance()
        return tree.Variable(unquoted(token), at=token.at, end=token.end)

    def _special_word(self, word: str, following: str) -> Expression | None:
        """What a word of the language begins, or None where it is a name."""
        s = self._s
        if word in _CONSTANTS:
            token = s.advance()
            return tree.Literal(_CONSTANTS[word], at=token.at, end=token.end)
        if word == "CASE":
            return self._case()
        if following == "{" and (nested := self._subquery(s)) is not None:
            return nested
        if following == "(" and word in (*_QUANTIFIERS, "REDUCE"):
            return self._reduce() if word == "REDUCE" else self._quantifier()
        if word in CLAUSE_WORDS:
            raise s.unexpected("an expression", f"as a name it is written `{s.token.text}`, in backticks")
        return None

    def _refuse_namespace(self) -> None:
        s = self._s
        count = 1
        while s.ahead(count).text == "." and s.ahead(count + 1).kind in ("word", "name"):
            count += 2
        if s.ahead(count).text == "(":
            name = s.cypher[s.token.at : s.ahead(count).at]
            raise refused(s.cypher, s.token.at, f"the function {name}() is not allowed", "graphdb/DIALECT.md lists all")

    def _call(self) -> Expression:
        s = self._s
        token = s.advance()
        if unquoted(token).lower() in ELSEWHERE:
            hint = ELSEWHERE[unquoted(token).lower()]
            raise refused(s.cypher, token.at, f"the function {unquoted(token)}() is not allowed", hint)
        s.advance()
        distinct = s.take("DISTINCT") is not None
        arguments: list[Expression] = []
        if s.at("*"):
            star = s.advance()
            arguments.append(tree.Star(at=star.at, end=star.end))
        else:
            while not s.at(")"):
                arguments.append(self.expression())
                if not s.take(","):
                    break
        s.need(")", f"after the arguments of {token.text}")
        return tree.Call(unquoted(token), tuple(arguments), distinct, at=token.at, end=s.last_end)

    def _quantifier(self) -> Expression:
        s = self._s
        token = s.advance()
        s.advance()
        variable = s.variable()
        s.need("IN", f"in {token.text}(x IN list WHERE …)")
        items = self.expression()
        s.need("WHERE", f"in {token.text}(x IN list WHERE …)")
        predicate = self.expression()
        s.need(")")
        return tree.Quantifier(token.text.lower(), variable, items, predicate, at=token.at, end=s.last_end)

    def _reduce(self) -> Expression:
        s = self._s
        start = s.advance().at
        s.advance()
        total = s.variable()
        s.need("=", "in reduce(total = start, x IN list | step)")
        first = self.expression()
        s.need(",")
        variable = s.variable()
        s.need("IN")
        items = self.expression()
        s.need("|")
        step = self.expression()
        s.need(")")
        return tree.Reduce(total, first, variable, items, step, at=start, end=s.last_end)

    def _case(self) -> Expression:
        s = self._s
        start = s.advance().at
        subject = None if s.at("WHEN") else self.expression()
        branches: list[tuple[Expression, Expression]] = []
        while s.take("WHEN"):
            condition = self.expression()
            s.need("THEN", "after WHEN")
            branches.append((condition, self.expression()))
        if not branches:
            raise s.unexpected("WHEN")
        otherwise = self.expression() if s.take("ELSE") else None
        s.need("END", "after CASE")
        return tree.Case(subject, tuple(branches), otherwise, at=start, end=s.last_end)
