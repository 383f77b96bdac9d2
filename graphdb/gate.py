"""What text from a user may reach an engine: a tokenised check that comes before the engines' own read-only modes.

An embedded database that is open read-only still reads and writes files on request, and some statements end the
process, so a text is refused here before any engine sees it. Values in quotes, property names after a dot,
parameters, labels and comments may hold any word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from schemas.errors import QueryError, QueryRefusedError

MAX_BYTES = 20_000
MAX_DEPTH = 40
MAX_RANGE = 100_000
FIRST_WORDS = frozenset({"MATCH", "OPTIONAL", "UNWIND", "WITH", "RETURN"})
REFUSED_WORDS = frozenset(
    """LOAD COPY CALL ATTACH DETACH USE INSTALL UNINSTALL UPDATE EXPORT IMPORT CREATE SET DELETE MERGE DROP ALTER REMOVE
    CHECKPOINT BEGIN COMMIT ROLLBACK ANALYZE COMMENT FORCE EXTENSION INSERT FOREACH SHOW GRANT DENY REVOKE TERMINATE
    STOP ENABLE RENAME PROJECT FINISH EXPLAIN PROFILE CYPHER USING VACUUM""".split()
)
REFUSED_FUNCTIONS = frozenset("cost nextval currval error repeat lpad rpad reduce file linenumber setseed".split())
_HINT = "only reading is allowed here: MATCH … WHERE … RETURN …; data enters through `connectome ingest`"
_TOKEN = re.compile(
    r"""(?P<space>\s+|//[^\n]*|/\*.*?\*/)
    |(?P<string>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
    |(?P<name>`(?:[^`]|``)*`)
    |(?P<parameter>\$(?:\w+|`(?:[^`]|``)*`))
    |(?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
    |(?P<word>[^\W\d]\w*)
    |(?P<dots>\.\.)
    |(?P<mark>[()\[\]{}.,:;|<>=+\-*/%^!&~])""",
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True)
class Token:
    """A piece of a text: its kind, itself, and where it begins."""

    kind: str
    text: str
    position: int


def check(cypher: str, parameters: Mapping[str, object]) -> None:
    """Refuse a text that is not one plain reading statement.

    Raises:
        QueryRefusedError: with the word or form that is refused.
        QueryError: the text is empty or not well formed, or a parameter has no value.
    """
    if len(cypher.encode()) > MAX_BYTES:
        raise QueryRefusedError(f"the query is longer than {MAX_BYTES} bytes", "give long lists as parameters")
    if re.search(r"\\u", cypher, re.IGNORECASE):
        raise QueryRefusedError("\\u escapes are not allowed in a query", "write the character itself, or a parameter")
    tokens = list(_tokens(cypher))
    if not tokens:
        raise QueryError("the query is empty", "try MATCH (n:Neuron) RETURN n.name LIMIT 5")
    _check_depth(tokens)
    _check_words(tokens)
    _check_calls(tokens)
    _check_paths(tokens)
    _check_parameters(tokens, parameters)


def tokens_of(cypher: str) -> list[Token]:
    """The pieces of a text, without spaces and comments."""
    return list(_tokens(cypher))


def _tokens(cypher: str) -> Iterator[Token]:
    position = 0
    while position < len(cypher):
        match = _TOKEN.match(cypher, position)
        if match is None:
            raise QueryError(
                f"syntax error at character {position + 1}: {cypher[position : position + 20]!r}\n"
                f"{_caret(cypher, position)}",
                "is a quote or a backtick left open?",
            )
        if match.lastgroup != "space":
            yield Token(str(match.lastgroup), match[0], position)
        position = match.end()


def _caret(cypher: str, position: int) -> str:
    start = cypher.rfind("\n", 0, position) + 1
    line = cypher[start:].split("\n", 1)[0]
    return f"{line}\n{' ' * (position - start)}^"


def _check_depth(tokens: list[Token]) -> None:
    depth = negations = 0
    for token in tokens:
        if token.kind == "mark" and token.text in "([{":
            depth += 1
        elif token.kind == "mark" and token.text in ")]}":
            depth -= 1
        negations = negations + 1 if token.text.upper() == "NOT" else 0
        if depth > MAX_DEPTH or negations > MAX_DEPTH:
            raise QueryRefusedError(f"the query nests deeper than {MAX_DEPTH} levels", "split it with WITH")


def _check_words(tokens: list[Token]) -> None:
    first = tokens[0].text.upper()
    if first not in FIRST_WORDS:
        raise QueryRefusedError(f"a query may not begin with {tokens[0].text!r}", _HINT)
    for before, token, after in zip([None, *tokens], tokens, [*tokens[1:], None], strict=False):
        if token.text == ";":
            raise QueryRefusedError("one statement at a time: ';' is not allowed", "send the statements one by one")
        if token.kind != "word" or token.text.upper() not in REFUSED_WORDS:
            continue
        if before is not None and before.text in (".", ":", "|"):
            continue  # a property, a label or a type
        if before is not None and before.text in ("{", ",") and after is not None and after.text == ":":
            continue  # a key of a map
        raise QueryRefusedError(f"{token.text.upper()} is not allowed (character {token.position + 1})", _HINT)


def _check_calls(tokens: list[Token]) -> None:
    for number, token in enumerate(tokens[:-1]):
        if token.kind not in ("word", "name") or tokens[number + 1].text != "(":
            continue
        called = token.text.strip("`").lower()
        if called in REFUSED_FUNCTIONS:
            raise QueryRefusedError(f"the function {called}() is not allowed", _HINT)
        if called == "range":
            _check_range(tokens[number + 2 :])


def _check_range(tokens: list[Token]) -> None:
    inside: list[str] = []
    for token in tokens:
        if token.text == ")":
            break
        inside.append(token.text)
    bounds = "".join(inside).split(",")
    if len(bounds) in (2, 3) and all(re.fullmatch(r"-?\d{1,9}", b) for b in bounds):
        step = abs(int(bounds[2])) if len(bounds) == 3 else 1  # noqa: PLR2004
        if step and abs(int(bounds[1]) - int(bounds[0])) / step <= MAX_RANGE:
            return
    raise QueryRefusedError(
        f"range() takes two literal numbers at most {MAX_RANGE} apart here", "pass the list as a parameter"
    )


def _check_paths(tokens: list[Token]) -> None:
    """A variable-length relationship needs an upper bound: without one it may run for ever."""
    inside = 0
    for number, token in enumerate(tokens):
        if token.text == "[" and number and tokens[number - 1].text == "-":
            inside += 1
        elif token.text == "]" and inside:
            inside -= 1
        elif token.text == "*" and inside and not _bounded(tokens[number + 1 :]):
            raise QueryRefusedError(
                "a path of any length is not allowed", "give it an upper bound, e.g. -[:CHEMICAL*1..3]->"
            )


def _bounded(tokens: list[Token]) -> bool:
    """Whether `*n`, `*..m` or `*n..m` follows (after Ladybug's SHORTEST, TRAIL, ACYCLIC or ALL)."""
    rest = [t for t in tokens[:6] if t.kind != "word"]
    kinds = [t.kind for t in rest[:3]]
    if kinds[:2] == ["dots", "number"] or kinds == ["number", "dots", "number"]:
        return True
    return kinds[:1] == ["number"] and kinds[1:2] != ["dots"]


def _check_parameters(tokens: list[Token], parameters: Mapping[str, object]) -> None:
    wanted = {t.text[1:].strip("`") for t in tokens if t.kind == "parameter"}
    missing = sorted(wanted - set(parameters))
    if missing:
        raise QueryError(
            f"parameter {', '.join('$' + name for name in missing)} is missing",
            " ".join(f"-p {name}=VALUE" for name in missing),
        )
