"""What kind of value an expression has, known before any engine sees it.

Every property of the graph has one type under one name, and parameters have values, so the kinds are known. That is
what makes a translation exact: `+` of lists and of numbers, an index into a list and into a map are told apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import polars as pl

from graphdb.graph_model import NODE_TYPES, RELATIONSHIP_TYPES
from schemas.errors import QueryError

NUMBERS = ("integer", "float")
_WORDS = {"integer": "INT64", "float": "DOUBLE", "string": "STRING", "boolean": "BOOL", "null": "STRING"}
_LARGEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Type:
    """A kind of value.

    Args:
        kind: null, boolean, integer, float, string, list, map, node, relationship, path or id.
        of: type of a list's items.
        fields: keys of a map, and their types.
        names: labels of a node, types of a relationship.
        holds_nulls: a list that may hold nulls.
        filled: a list or text known not to be empty; an integer known not to be negative.
        distinct: a list known to hold nothing twice.
        chain: a list that is the relationships of a chain of hops.
        loose: a number that may be none at all, as 0.0 / 0 is.
    """

    kind: str
    of: Type | None = None
    fields: tuple[tuple[str, Type], ...] = ()
    names: frozenset[str] = frozenset()
    holds_nulls: bool = False
    filled: bool = False
    distinct: bool = False
    chain: bool = False
    loose: bool = False

    def __str__(self) -> str:
        if self.kind == "list" and self.of is not None:
            return f"list of {self.of}"
        return {"string": "text", "integer": "whole number", "float": "number"}.get(self.kind, self.kind)

    @property
    def item(self) -> Type:
        return self.of or NULL


NULL = Type("null")
BOOLEAN = Type("boolean")
INTEGER = Type("integer")
FLOAT = Type("float")
STRING = Type("string")
PATH = Type("path")
ID = Type("id")
ALL_LABELS = frozenset(NODE_TYPES)
ALL_TYPES = frozenset(RELATIONSHIP_TYPES)


def list_of(item: Type, *, holds_nulls: bool = False, filled: bool = False, distinct: bool = False) -> Type:
    return Type("list", of=item, holds_nulls=holds_nulls, filled=filled, distinct=distinct)


def node(labels: Iterable[str]) -> Type:
    return Type("node", names=frozenset(labels))


def relationship(types: Iterable[str]) -> Type:
    return Type("relationship", names=frozenset(types))


def _of_column(dtype: pl.DataType) -> Type:
    if isinstance(dtype, pl.List):
        return list_of(STRING)
    return {pl.String(): STRING, pl.Int64(): INTEGER, pl.Float64(): FLOAT, pl.Boolean(): BOOLEAN}[dtype]


PROPERTIES: dict[str, dict[str, Type]] = {
    name: {key: _of_column(dtype) for key, dtype in properties.items()}
    for name, properties in (
        *((label, each.properties) for label, each in NODE_TYPES.items()),
        *((name, each.properties) for name, each in RELATIONSHIP_TYPES.items()),
    )
}


def property_type(names: frozenset[str], key: str) -> Type | None:
    """Type of a property of any of these labels or types, or None where none of them has it."""
    return next((PROPERTIES[name][key] for name in sorted(names) if key in PROPERTIES[name]), None)


def unified(types: Iterable[Type]) -> Type | None:
    """The one type that values of all these types have; None where there is none. Numbers become `float`."""
    found = NULL
    for each in types:
        joined = _joined(found, each)
        if joined is None:
            return None
        found = joined
    return found


def _joined(a: Type, b: Type) -> Type | None:
    if a.kind == "null" or b.kind == "null":
        return b if a.kind == "null" else a
    if a.kind in NUMBERS and b.kind in NUMBERS:
        loose = a.loose or b.loose
        both = a.filled and b.filled
        return Type("float", loose=loose) if a.kind != b.kind else Type(a.kind, filled=both, loose=loose)
    if a.kind != b.kind:
        return None
    if a.kind == "list":
        item = _joined(a.item, b.item)
        nulls = a.holds_nulls or b.holds_nulls
        return None if item is None else list_of(item, holds_nulls=nulls, filled=a.filled and b.filled)
    if a.kind == "map":
        return _joined_maps(a, b)
    return replace(a, names=a.names | b.names, filled=a.filled and b.filled)


def _joined_maps(a: Type, b: Type) -> Type | None:
    theirs = dict(b.fields)
    if set(theirs) != {key for key, _ in a.fields}:
        return None
    joined = [(key, _joined(each, theirs[key])) for key, each in a.fields]
    if any(each is None for _, each in joined):
        return None
    return Type("map", fields=tuple((key, each) for key, each in joined if each is not None))


def holds(type_: Type, kinds: tuple[str, ...]) -> bool:
    """Whether a type is one of these kinds, or a list or map with such a one inside."""
    if type_.kind in kinds:
        return True
    if type_.kind == "list":
        return holds(type_.item, kinds)
    return any(holds(each, kinds) for _, each in type_.fields)


def ladybug_word(type_: Type) -> str:
    """The type in Ladybug's words."""
    if type_.kind == "list":
        return f"{ladybug_word(type_.item)}[]"
    if type_.kind == "map":
        return f"STRUCT({', '.join(f'`{key}` {ladybug_word(each)}' for key, each in type_.fields)})"
    return _WORDS[type_.kind]


def of_value(name: str, value: object) -> Type:  # noqa: PLR0911
    """Type of a parameter's value.

    Raises:
        QueryError: no engine, or not both, would take it.
    """
    if value is None:
        return NULL
    if isinstance(value, bool):
        return BOOLEAN
    if isinstance(value, int):
        if not -_LARGEST - 1 <= value <= _LARGEST:
            raise QueryError(f"parameter ${name}: {value} is too large for 64 bits", "give it as text")
        return Type("integer", filled=value >= 0)
    if isinstance(value, float):
        if value != value:  # noqa: PLR0124
            raise QueryError(f"parameter ${name} is not a number", "give null for what is not known")
        return FLOAT
    if isinstance(value, str):
        return _of_text(name, value)
    if isinstance(value, (list, tuple)):
        return _of_list(name, value)
    if isinstance(value, Mapping):
        return _of_map(name, value)
    raise QueryError(
        f"parameter ${name} is a {type(value).__name__}",
        "parameters are numbers, texts, true or false, null, lists and maps of these; a date is text",
    )


def _of_text(name: str, value: str) -> Type:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise QueryError(f"parameter ${name} is not valid text", "it holds half of a surrogate pair") from None
    if "\0" in value:
        raise QueryError(f"parameter ${name} holds a zero character", "remove it")
    return Type("string", filled=value != "")


def _of_list(name: str, value: list[object] | tuple[object, ...]) -> Type:
    items = [of_value(name, each) for each in value]
    joined = unified(items)
    if joined is None:
        raise QueryError(f"the items of parameter ${name} have different types", "one type per list")
    plain = all(isinstance(v, (str, int, float)) for v in value)
    return list_of(
        replace(joined, filled=False) if joined.kind in ("string", "integer") else joined,
        holds_nulls=any(each.kind == "null" for each in items),
        filled=bool(value),
        distinct=plain and len(set(value)) == len(value),
    )


def _of_map(name: str, value: Mapping[object, object]) -> Type:
    keys = [str(key) for key in value]
    if not keys or len({key.lower() for key in keys}) != len(keys) or any("`" in key for key in keys):
        raise QueryError(f"the keys of parameter ${name} are not usable", "at least one, not alike but for case")
    return Type("map", fields=tuple((str(key), of_value(name, each)) for key, each in value.items()))
