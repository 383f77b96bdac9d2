"""The words of a text, with their places; and errors that point at them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from schemas.errors import QueryError, QueryRefusedError

MAX_BYTES = 20_000
MAX_DEPTH = 40
EXAMPLES = "`connectome queries` shows working examples"

_TOKEN = re.compile(
    r"""(?P<space>\s+|//[^\n]*|/\*.*?\*/)
    |(?P<string>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
    |(?P<name>`(?:[^`]|``)+`)
    |(?P<parameter>\$(?:\w+|`(?:[^`]|``)+`))
    |(?P<real>\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\.\d+(?:[eE][+-]?\d+)?)
    |(?P<integer>\d+)
    |(?P<word>[^\W\d]\w*)
    |(?P<mark>\.\.|<>|<=|>=|=~|\|\||[()\[\]{}.,:;|<>=+\-*/%^!&])""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "\\": "\\", "'": "'", '"': '"', "`": "`"}


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a text: its kind, itself, its word in capitals, and where it begins and ends."""

    kind: str
    text: str
    upper: str
    at: int
    end: int


def tokenized(cypher: str) -> list[Token]:
    """The tokens of a text that is not too long, not too deep and well formed, and an end mark.

    Raises:
        QueryError: empty, or a character that begins nothing.
        QueryRefusedError: too long, too deep, escapes, several statements.
    """
    if len(cypher) > MAX_BYTES or len(cypher.encode(errors="replace")) > MAX_BYTES:
        raise QueryRefusedError(f"the query is longer than {MAX_BYTES} bytes", "give long lists as parameters")
    escape = re.search(r"\\u", cypher, re.IGNORECASE)
    if escape:
        raise refused(cypher, escape.start(), "\\u escapes are not allowed in a query", "write the character itself")
    tokens = list(_tokens(cypher))
    if not tokens:
        raise QueryError("the query is empty", "try MATCH (n:Neuron) RETURN n.name LIMIT 5")
    _check_depth(cypher, tokens)
    return [*tokens, Token("end", "the end of the query", "", len(cypher), len(cypher))]


def tokens_of(cypher: str) -> list[Token]:
    """The tokens of a text, however long and deep, without an end mark."""
    return list(_tokens(cypher))


def _tokens(cypher: str) -> Iterator[Token]:
    position = 0
    while position < len(cypher):
        match = _TOKEN.match(cypher, position)
        if match is None:
            hint = "is a quote, a backtick or a comment left open?"
            raise syntax_error(cypher, position, f"{cypher[position]!r} begins nothing", hint)
        kind, text = str(match.lastgroup), match[0]
        if text == ";":
            raise refused(
                cypher, position, "one statement at a time: ';' is not allowed", "send the statements one by one"
            )
        if kind != "space":
            yield Token(kind, text, text.upper() if kind == "word" else text, position, match.end())
        position = match.end()


def _check_depth(cypher: str, tokens: list[Token]) -> None:
    depth = run = 0
    for token in tokens:
        if token.upper in ("(", "[", "{", "CASE"):
            depth += 1
        elif token.upper in (")", "]", "}", "END"):
            depth -= 1
        run = run + 1 if token.upper in ("NOT", "-", "+") else 0
        if depth > MAX_DEPTH or run > MAX_DEPTH:
            raise refused(cypher, token.at, f"the query nests deeper than {MAX_DEPTH} levels", "split it with WITH")


def unquoted(token: Token) -> str:
    """The name that a word or a name in backticks stands for."""
    text = token.text.removeprefix("$")
    return text[1:-1].replace("``", "`") if text.startswith("`") else text


def string_value(cypher: str, token: Token) -> str:
    """The text that a literal in quotes stands for."""

    def plain(match: re.Match[str]) -> str:
        if match[1] not in _ESCAPES:
            raise syntax_error(
                cypher, token.at + 1 + match.start(), f"\\{match[1]} is no escape", "a backslash is written \\\\"
            )
        return _ESCAPES[match[1]]

    return re.sub(r"\\(.)", plain, token.text[1:-1], flags=re.DOTALL) if "\\" in token.text else token.text[1:-1]


def pointed(cypher: str, at: int, message: str) -> str:
    """A message with line and column, the line itself, and a caret under the place."""
    start = cypher.rfind("\n", 0, at) + 1
    line = cypher[start:].split("\n", 1)[0].replace("\t", " ")
    number = cypher.count("\n", 0, at) + 1
    first = max(0, at - start - 100)
    shown = line[first : first + 140]
    return f"{message} (line {number}, column {at - start + 1})\n{shown}\n{' ' * (at - start - first)}^"


def syntax_error(cypher: str, at: int, message: str, hint: str = EXAMPLES) -> QueryError:
    """The text is not Cypher, or not the part of it that both stores share."""
    return QueryError(pointed(cypher, at, f"syntax error: {message}"), hint)


def wrong(cypher: str, at: int, message: str, hint: str = EXAMPLES) -> QueryError:
    """The text is Cypher, but asks for something that is not there."""
    return QueryError(pointed(cypher, at, message), hint)


def refused(cypher: str, at: int, message: str, hint: str) -> QueryRefusedError:
    """The text would do more than read, or would mean two things on two stores."""
    return QueryRefusedError(pointed(cypher, at, message), hint)
