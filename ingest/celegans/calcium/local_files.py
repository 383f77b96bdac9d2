"""The recordings that a reader is given: every file of its entry in the registry."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from schemas.errors import SourceError

KEY = "recordings"


def recordings(files: Mapping[str, Path], wanted: str) -> list[Path]:
    """Files under the key `recordings/…`, in the order of their names.

    Raises:
        SourceError: there is none; the hint names those wanted.
    """
    found = [path for key, path in sorted(files.items()) if key.startswith(f"{KEY}/")]
    if not found:
        raise SourceError("there is no recording", f"give one or more of {wanted} with --from")
    return found
