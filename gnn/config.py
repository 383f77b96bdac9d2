"""A configuration out of plain values, as a command line or a YAML file gives them."""

from __future__ import annotations

import types
from dataclasses import MISSING, fields
from typing import TYPE_CHECKING, Any, TypeVar, get_args, get_origin, get_type_hints

from schemas.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

C = TypeVar("C")

_TRUE, _FALSE = {"true", "yes", "1"}, {"false", "no", "0"}


def parse_config(kind: type[C], values: Mapping[str, object]) -> C:
    """Make a frozen configuration; strings are read as the type of the field that they name.

    Args:
        kind: the dataclass of the configuration; fields are int, float, bool, str, or one of these or None.
        values: name of a field to its value; "none" stands for None.

    Raises:
        UsageError: a name is no field (the message lists those that are), or a value does not fit its field.
    """
    types_of = get_type_hints(kind)
    known = [f.name for f in fields(kind)]  # type: ignore[arg-type]
    unknown = sorted(set(values) - set(known))
    if unknown:
        raise UsageError(f"unknown option {', '.join(map(repr, unknown))}", f"known options: {', '.join(known)}")
    return kind(**{name: _value(name, value, types_of[name]) for name, value in values.items()})


def describe_config(kind: type[Any]) -> list[tuple[str, str, str]]:
    """Name, type and default of every option, to show."""
    types_of = get_type_hints(kind)
    return [
        (f.name, _shown(types_of[f.name]), "required" if f.default is MISSING else str(f.default)) for f in fields(kind)
    ]


def _shown(hint: Any) -> str:
    return hint.__name__ if isinstance(hint, type) else str(hint)


def _value(name: str, value: object, hint: Any) -> object:
    choices = get_args(hint) if get_origin(hint) is types.UnionType else (hint,)
    if types.NoneType in choices and (value is None or str(value).lower() == "none"):
        return None
    wanted = next(choice for choice in choices if choice is not types.NoneType)
    try:
        return _read(value, wanted)
    except (ValueError, TypeError):
        raise UsageError(f"option {name}={value!r} is not {_shown(hint)}", f"give {name} a {_shown(hint)}") from None


def _read(value: object, wanted: type) -> object:
    if wanted is bool:
        if isinstance(value, bool):
            return value
        word = str(value).lower()
        if word not in _TRUE | _FALSE:
            raise ValueError(value)
        return word in _TRUE
    if isinstance(value, bool):
        raise TypeError(value)
    if wanted is int and isinstance(value, float) and not value.is_integer():
        raise ValueError(value)
    return wanted(value)
