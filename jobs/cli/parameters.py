"""`name=value` as the command line gives it."""

from __future__ import annotations

import json
from collections.abc import Sequence

from schemas.errors import UsageError


def pairs(given: Sequence[str], option: str) -> dict[str, str]:
    """Split `name=value`; a name may stand once.

    Raises:
        UsageError: there is no '=', no name, or a name stands twice.
    """
    found: dict[str, str] = {}
    for text in given:
        name, separator, value = text.partition("=")
        name = name.removeprefix("$")
        if not separator or not name:
            raise UsageError(f"{option} {text!r} is not name=value", f"e.g. {option} neuron=AVAL")
        if name in found:
            raise UsageError(f"{option} {name} is given twice", f'a list is {option} {name}=\'["a", "b"]\'')
        found[name] = value
    return found


def value(text: str) -> object:
    """A number, boolean, list or quoted text as JSON writes it; whatever else is text as it stands."""
    try:
        parsed: object = json.loads(text, parse_constant=_no_constant)
    except ValueError:
        return text
    return text if parsed is None or isinstance(parsed, dict) else parsed


def words(text: str) -> object:
    """As `value`, but numbers and booleans stay text: a named query reads them by the type of its field."""
    parsed = value(text)
    return parsed if isinstance(parsed, (list, str)) else text


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")
