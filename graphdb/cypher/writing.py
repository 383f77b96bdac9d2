"""What the writers share: the text, the dialect, the parameters, and the variables in reach."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from graphdb.cypher import tokens
from graphdb.cypher.types import Type
from schemas.errors import QueryError, QueryRefusedError

# How strongly the outermost operator of a written text binds; ATOM needs no parentheses.
OR, XOR, AND, NOT, COMPARISON, TEST, SUM, PRODUCT, POWER, SIGN, ATOM = range(11)


@dataclass(frozen=True, slots=True)
class Written:
    """An expression in the words of an engine.

    Args:
        text: the words.
        type: kind of its value.
        level: how strongly its outermost operator binds.
        nullable: whether its value may be null.
        constant: whether it is the same in every row.
        aggregate: whether it gathers rows.
    """

    text: str
    type: Type
    level: int = ATOM
    nullable: bool = True
    constant: bool = False
    aggregate: bool = False

    def within(self, level: int) -> str:
        """The text, in parentheses where an operator of that level would tear it apart."""
        return self.text if self.level >= level else f"({self.text})"


@dataclass(frozen=True, slots=True)
class Bound:
    """A variable.

    Args:
        text: how it is written.
        type: its kind.
        nullable: whether it may be null.
        pattern: whether a pattern may begin or end at it.
        depth: how many lambdas deep it was made; 0 for a variable of the query.
        packed: a relationship that stands as a map of its properties.
        ends: names of the nodes where a relationship begins and ends, where that is known.
    """

    text: str
    type: Type
    nullable: bool = False
    pattern: bool = False
    depth: int = 0
    packed: bool = False
    ends: tuple[str, str] | None = None


Scope = Mapping[str, Bound]


@dataclass
class Facts:
    """What a text touches."""

    labels: set[str] = field(default_factory=set)
    types: set[str] = field(default_factory=set)
    open_ends: bool = False
    returns_graph: bool = False
    patterns: list[str] = field(default_factory=list)  # written names of what has a `dataset`
    restrictions: dict[str, list[tuple[bool, str]]] = field(default_factory=dict)


_PLAIN = re.compile("[A-Za-z][A-Za-z0-9_]*")
_RESERVED = frozenset(
    """acyclic all and any asc case cast column create default desc distinct else end ends exists for glob group headers
    hint in index install join macro none not null on only optional or order primary profile shortest single starts
    table then trail true false union unwind when where with wshortest xor""".split()
)


class Writing:
    """One text on its way to one engine."""

    def __init__(self, cypher: str, dialect: str, parameters: Mapping[str, Type], taken: frozenset[str]) -> None:
        self.cypher = cypher
        self.ladybug = dialect == "ladybug"
        self.parameters = parameters
        self.used: dict[str, str] = {}  # name of a parameter -> what it is called for the engine
        self.pattern_parameters: list[tuple[str, int]] = []
        self.facts = Facts()
        self._names = set(taken)
        self._count = 0

    def name_of(self, variable: str) -> str:
        """A name for a new variable, distinct from all others whatever the case of its letters."""
        if not self.ladybug:
            return quoted(variable)
        found, number = variable, 1
        while found.lower() in self._names:
            number += 1
            found = f"{variable}_{number}"
        self._names.add(found.lower())
        return quoted(found)

    def parameter(self, name: str) -> str:
        """`$name`; Ladybug takes neither reserved words nor names in backticks there."""
        written = name
        if self.ladybug and (name.lower() in _RESERVED or not _PLAIN.fullmatch(name)):
            written = f"p_{name.encode().hex()}"
        self.used[name] = written
        return f"${written}" if written.isidentifier() else f"${quoted(written)}"

    def fresh(self) -> str:
        """A name that no text of a user has."""
        self._count += 1
        return quoted(f"_ {self._count}")

    def wrong(self, at: int, message: str, hint: str = tokens.EXAMPLES) -> QueryError:
        return tokens.wrong(self.cypher, at, message, hint)

    def refused(self, at: int, message: str, hint: str) -> QueryRefusedError:
        return tokens.refused(self.cypher, at, message, hint)


def quoted(name: str) -> str:
    return f"`{name.replace('`', '``')}`"


def literal(value: object) -> str:
    """A value in words that both engines read alike."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n").replace("\r", "\\r")
        return f"'{escaped}'"
    return repr(value)


def inner(scope: Scope, variable: str, type_: Type, *, nullable: bool) -> tuple[dict[str, Bound], Bound]:
    """The scope inside a lambda over a list, and its variable."""
    depth = max((bound.depth for bound in scope.values()), default=0) + 1
    bound = Bound(quoted(re.sub(r"\W", "_", variable) + f"_{depth}"), type_, nullable, depth=depth)
    return {**scope, variable: bound}, bound


def depth_of(scope: Scope) -> int:
    return max((bound.depth for bound in scope.values()), default=0)


def not_null(bound: Bound) -> Bound:
    return replace(bound, nullable=False)
