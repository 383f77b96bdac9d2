"""A folder that appears whole or not at all, and what stands in each beside the data: versions and what to cite."""

from __future__ import annotations

import json
import shutil
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from graphdb.versions.citation import citation_bibtex, citation_text
from graphdb.versions.provenance import Provenance
from schemas.errors import UsageError


def require_new(folder: Path) -> None:
    """Complains where something is there already.

    Raises:
        UsageError: it is no folder, or not empty.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} exists and is not empty", "name a new folder with --out")


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """A folder to write to, which takes its name once all went well.

    Args:
        folder: must not exist, or be empty.

    Raises:
        UsageError: it is not empty, or cannot be written.
    """
    require_new(folder)
    part = folder.with_name(f".{folder.name}-{uuid.uuid4().hex}")
    try:
        part.mkdir(parents=True)
        yield part
        if folder.exists():
            folder.rmdir()
        part.rename(folder)
    except OSError as error:
        raise UsageError(
            f"{folder} cannot be written: {error.strerror}", "does its parent exist, is there room?"
        ) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def write_origins(folder: Path, about: Mapping[str, Any], sources: tuple[Provenance, ...]) -> None:
    """Write `provenance.json` (what is here, and from which versions), `CITATION.txt` and `CITATION.bib`."""
    told = {**about, "datasets": [source.plain() for source in sources]}
    text = json.dumps(told, indent=2, ensure_ascii=False) + "\n"
    (folder / "provenance.json").write_text(text, encoding="utf-8")
    (folder / "CITATION.txt").write_text(citation_text(sources), encoding="utf-8")
    (folder / "CITATION.bib").write_text(citation_bibtex(sources), encoding="utf-8")
