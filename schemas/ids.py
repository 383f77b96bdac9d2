"""Ids: lower-case words joined by '/', the name of a node kept as its field writes it."""

from __future__ import annotations

import re

_PART = re.compile(r"[^\s/]+")


def uid(*parts: str) -> str:
    """Join parts into an id: 'celegans/hermaphrodite' and 'AVAL' give 'celegans/hermaphrodite/AVAL'.

    Raises:
        ValueError: a part is empty, or holds white space or an empty segment.
    """
    joined = "/".join(parts)
    if not all(_PART.fullmatch(piece) for piece in joined.split("/")):
        raise ValueError(f"not an id: {joined!r} (no blanks, no empty part)")
    return joined


def slug(text: str) -> str:
    """A name as one part of an id: runs of white space and '/' become '_'."""
    return re.sub(r"[\s/]+", "_", text.strip())
