"""Help out of docstrings, with examples kept as they are written."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

_AS_WRITTEN = "\b\n"  # tells the command line library not to fill the paragraph


def help_of(function: Callable[..., Any]) -> str:
    """The docstring; a paragraph with indented lines, as an example is, keeps its lines."""
    paragraphs = (inspect.getdoc(function) or "").split("\n\n")
    return "\n\n".join((_AS_WRITTEN if "\n  " in each else "") + each for each in paragraphs)
