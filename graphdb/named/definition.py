"""What a named query is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any

from schemas.errors import UsageError
from schemas.kinds import EDGE_KINDS


@dataclass(frozen=True)
class Statement:
    """Cypher text and its parameters."""

    cypher: str
    parameters: dict[str, object]


@dataclass(frozen=True)
class NamedQuery:
    """A question with a name.

    Args:
        name: as in `connectome query @name`.
        title: what it answers, one line.
        criteria: frozen dataclass of its parameters; the metadata entry "help" of a field says what it is.
        build: criteria and dialect ("ladybug" or "neo4j") to a statement.
        example: parameters for the documentation.
    """

    name: str
    title: str
    criteria: type[Any]
    build: Callable[[Any, str], Statement]
    example: Mapping[str, str]

    def parse(self, given: Mapping[str, object]) -> Any:
        """Criteria from parameters as a command line or form gives them.

        Raises:
            UsageError: a parameter is unknown, missing, or not of its type.
        """
        known = {f.name: f for f in fields(self.criteria)}
        unknown = sorted(set(given) - set(known))
        if unknown:
            raise UsageError(f"@{self.name} has no parameter {', '.join(unknown)}", f"it takes: {', '.join(known)}")
        missing = [f.name for f in known.values() if f.default is MISSING and f.name not in given]
        if missing:
            raise UsageError(f"@{self.name} needs {', '.join(missing)}", f"give it with -p {missing[0]}=VALUE")
        return self.criteria(**{name: _typed(self.name, known[name], value) for name, value in given.items()})


def _typed(query: str, field: Any, value: object) -> object:
    kind = str(field.type)
    try:
        if kind.startswith("tuple"):
            items = value.split(",") if isinstance(value, str) else value
            return tuple(str(item).strip() for item in items)  # type: ignore[attr-defined]
        if kind.startswith("int"):
            return int(str(value))
        if kind.startswith("float"):
            return float(str(value))
    except (TypeError, ValueError):
        raise UsageError(f"@{query}: {field.name}={value!r} is not {kind}", "see `connectome queries`") from None
    return None if value is None else str(value)


def edge_type(kind: str) -> str:
    """The relationship type of an edge kind that carries a weight.

    Raises:
        UsageError: there is no such kind.
    """
    known = [name for name in EDGE_KINDS if name != "vessel"]
    if kind not in known:
        raise UsageError(f"unknown kind {kind!r}", f"kinds: {', '.join(known)}")
    return EDGE_KINDS[kind].type


def label_of(variable: str, dialect: str) -> str:
    """The type of a relationship variable as text, in the dialect's words."""
    return f"label({variable})" if dialect == "ladybug" else f"type({variable})"
