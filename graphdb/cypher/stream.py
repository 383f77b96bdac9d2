"""Reading tokens one after another, and complaining at the right place."""

from __future__ import annotations

from graphdb.cypher.tokens import EXAMPLES, Token, syntax_error, tokenized, unquoted
from schemas.errors import QueryError

# Words of the language: a variable may be called so in backticks only.
CLAUSE_WORDS = frozenset(
    """MATCH OPTIONAL WHERE WITH UNWIND RETURN UNION ORDER BY SKIP LIMIT ASC DESC ASCENDING DESCENDING DISTINCT AS AND
    OR XOR NOT IN IS STARTS ENDS CONTAINS CASE WHEN THEN ELSE END NULL TRUE FALSE""".split()
)


class Stream:
    """The tokens of a text and a place among them."""

    def __init__(self, cypher: str) -> None:
        self.cypher = cypher
        self._tokens = tokenized(cypher)
        self._next = 0

    @property
    def token(self) -> Token:
        return self._tokens[self._next]

    @property
    def last_end(self) -> int:
        """Where the token before this one ends."""
        return self._tokens[self._next - 1].end if self._next else 0

    def ahead(self, count: int = 1) -> Token:
        return self._tokens[min(self._next + count, len(self._tokens) - 1)]

    def advance(self) -> Token:
        token = self._tokens[self._next]
        self._next = min(self._next + 1, len(self._tokens) - 1)
        return token

    def back_to(self, place: int) -> None:
        self._next = place

    @property
    def place(self) -> int:
        return self._next

    def at(self, *words: str) -> bool:
        """Whether the next token is one of these marks or words."""
        token = self._tokens[self._next]
        return token.upper in words and token.kind in ("word", "mark")

    def take(self, *words: str) -> Token | None:
        return self.advance() if self.at(*words) else None

    def need(self, word: str, where: str = "", hint: str = EXAMPLES) -> Token:
        if not self.at(word):
            raise self.unexpected(f"{word!r}{where and ' ' + where}", hint)
        return self.advance()

    def name(self, what: str) -> str:
        """A word or a name in backticks."""
        if self.token.kind not in ("word", "name"):
            raise self.unexpected(what)
        return unquoted(self.advance())

    def variable(self) -> str:
        """A name for a value; words of the language only in backticks."""
        if self.token.kind == "word" and self.token.upper in CLAUSE_WORDS:
            raise self.unexpected("a name", f"as a name it is written `{self.token.text}`, in backticks")
        return self.name("a name")

    def unexpected(self, wanted: str, hint: str = EXAMPLES) -> QueryError:
        found = self.token.text if self.token.kind == "end" else repr(self.token.text)
        return syntax_error(self.cypher, self.token.at, f"expected {wanted}, found {found}", hint)
