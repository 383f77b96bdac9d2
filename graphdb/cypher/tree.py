"""The parsed text: expressions, patterns and clauses, each with the place where it stands."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields
from typing import Any


@dataclass(frozen=True, slots=True)
class Expression:
    """What has a value. Two expressions are equal when they say the same, wherever they stand."""

    at: int = field(default=0, compare=False, kw_only=True)
    end: int = field(default=0, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Literal(Expression):
    value: bool | int | float | str | None


@dataclass(frozen=True, slots=True)
class Parameter(Expression):
    name: str


@dataclass(frozen=True, slots=True)
class Variable(Expression):
    name: str


@dataclass(frozen=True, slots=True)
class Property(Expression):
    subject: Expression
    key: str


@dataclass(frozen=True, slots=True)
class Index(Expression):
    subject: Expression
    index: Expression


@dataclass(frozen=True, slots=True)
class Slice(Expression):
    subject: Expression
    low: Expression | None
    high: Expression | None


@dataclass(frozen=True, slots=True)
class Unary(Expression):
    """NOT, or a sign."""

    operator: str
    operand: Expression


@dataclass(frozen=True, slots=True)
class Binary(Expression):
    """Arithmetic, =~, IN, STARTS WITH, ENDS WITH, CONTAINS, ||."""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Logic(Expression):
    """AND, OR or XOR of two or more."""

    operator: str
    operands: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Comparison(Expression):
    """`a < b <= c`: operands, and the operators between them."""

    operands: tuple[Expression, ...]
    operators: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class IsNull(Expression):
    operand: Expression
    negated: bool


@dataclass(frozen=True, slots=True)
class HasLabel(Expression):
    """`n:Neuron|Muscle` as a condition."""

    operand: Expression
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Call(Expression):
    """A function; `count(*)` has the argument list (Star,)."""

    name: str
    arguments: tuple[Expression, ...]
    distinct: bool = False


@dataclass(frozen=True, slots=True)
class Star(Expression):
    """The `*` of count(*)."""


@dataclass(frozen=True, slots=True)
class Case(Expression):
    subject: Expression | None
    branches: tuple[tuple[Expression, Expression], ...]
    otherwise: Expression | None


@dataclass(frozen=True, slots=True)
class ListOf(Expression):
    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class MapOf(Expression):
    entries: tuple[tuple[str, Expression], ...]


@dataclass(frozen=True, slots=True)
class Quantifier(Expression):
    """all, any, none or single (x IN list WHERE predicate)."""

    kind: str
    variable: str
    items: Expression
    predicate: Expression


@dataclass(frozen=True, slots=True)
class Comprehension(Expression):
    """[x IN list WHERE predicate | result]."""

    variable: str
    items: Expression
    predicate: Expression | None
    result: Expression | None


@dataclass(frozen=True, slots=True)
class Reduce(Expression):
    """reduce(total = start, x IN list | step)."""

    total: str
    start: Expression
    variable: str
    items: Expression
    step: Expression


@dataclass(frozen=True, slots=True)
class Subquery(Expression):
    """EXISTS { … } or COUNT { … }; a bare pattern as a condition is an EXISTS."""

    kind: str
    paths: tuple[PathPattern, ...]
    where: Expression | None


@dataclass(frozen=True, slots=True)
class NodePattern:
    variable: str | None
    labels: tuple[str, ...]
    properties: MapOf | None
    at: int = field(default=0, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class RelationshipPattern:
    """One hop, or a chain of `bounds` hops. `direction` is `->`, `<-` or `-`; `mode` is TRAIL, SHORTEST or ALL."""

    variable: str | None
    types: tuple[str, ...]
    direction: str
    properties: MapOf | None
    bounds: tuple[int, int] | None = None
    mode: str = "TRAIL"
    at: int = field(default=0, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class PathPattern:
    variable: str | None
    nodes: tuple[NodePattern, ...]
    hops: tuple[RelationshipPattern, ...]
    at: int = field(default=0, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Match:
    optional: bool
    paths: tuple[PathPattern, ...]
    where: Expression | None
    at: int = field(default=0, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Unwind:
    items: Expression
    variable: str
    at: int = field(default=0, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Item:
    """An item of WITH or RETURN; `alias` is None where the user gave none."""

    expression: Expression
    alias: str | None


@dataclass(frozen=True, slots=True)
class Projection:
    """WITH or RETURN, with what belongs to it."""

    final: bool
    distinct: bool
    star: bool
    items: tuple[Item, ...]
    order: tuple[tuple[Expression, bool], ...]
    skip: Expression | None
    limit: Expression | None
    where: Expression | None
    at: int = field(default=0, compare=False, kw_only=True)


Clause = Match | Unwind | Projection


@dataclass(frozen=True, slots=True)
class Query:
    """Parts joined by UNION or UNION ALL."""

    parts: tuple[tuple[Clause, ...], ...]
    keeps_duplicates: bool


def walked(part: Any) -> Iterator[Any]:
    """A part of a tree, and all that stands inside it."""
    if isinstance(part, tuple):
        for each in part:
            yield from walked(each)
    elif hasattr(part, "__dataclass_fields__"):
        yield part
        for each in fields(part):
            if each.name not in ("at", "end"):
                yield from walked(getattr(part, each.name))


def any_in(part: Any, kind: type, test: Callable[[Any], bool] = lambda _: True) -> bool:
    """Whether something of that kind stands inside."""
    return any(isinstance(each, kind) and test(each) for each in walked(part))


def children(part: Any) -> Iterator[Any]:
    """The expressions directly inside a part."""
    if isinstance(part, tuple):
        for each in part:
            yield from (each,) if isinstance(each, Expression) else children(each)
    elif hasattr(part, "__dataclass_fields__"):
        for each in fields(part):
            if each.name not in ("at", "end"):
                value = getattr(part, each.name)
                yield from (value,) if isinstance(value, Expression) else children(value)


def replaced(part: Any, old: Expression, new: Expression) -> Any:
    """The part with every expression equal to `old` replaced."""
    if part == old:
        return new
    if isinstance(part, tuple):
        return tuple(replaced(each, old, new) for each in part)
    if hasattr(part, "__dataclass_fields__"):
        return type(part)(**{each.name: replaced(getattr(part, each.name), old, new) for each in fields(part)})
    return part
