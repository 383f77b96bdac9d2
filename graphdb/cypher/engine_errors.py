"""What both engines may still say while they run a text that passed the check, in the same words."""

from __future__ import annotations

import re

from graphdb.cypher.tokens import EXAMPLES

__all__ = ["EXAMPLES", "arithmetic_error"]

_SAYINGS = (
    (
        r"[Dd]ivide by zero|Modulo by zero|/ by zero",
        "a whole number is divided by zero",
        "test the divisor first: CASE WHEN d <> 0 THEN n / d END",
    ),
    (
        r"Overflow|long overflow|not within INT64|out of range|integer overflow",
        "a whole number becomes too large for 64 bits",
        "use toFloat(…), or a smaller range",
    ),
    (
        r"[Ii]nvalid [Rr]egex|PatternSyntax|missing \)|no argument for repetition",
        "the pattern behind =~ is not a regular expression",
        "e.g. n.name =~ 'AV.*'",
    ),
    (
        r"shortest path algorithm does not work when the start and end nodes are the same",
        "a shortest path needs two different nodes",
        "add WHERE a <> b",
    ),
)


def arithmetic_error(text: str) -> tuple[str, str] | None:
    """Message and hint for an engine's message about values, or None for any other."""
    return next(((message, hint) for pattern, message, hint in _SAYINGS if re.search(pattern, text)), None)
