"""Which revision of this code is running, for the record of a run."""

from __future__ import annotations

import shutil
import subprocess
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

DISTRIBUTION = "connectome-platform"
_DIRTY = "-dirty"
_TIMEOUT_S = 20


@cache
def code_revision() -> str:
    """The commit of the checkout, with '-dirty' where files differ from it; else the installed version."""
    checkout = Path(__file__).resolve().parent.parent
    return _commit(checkout) or _installed()


def is_exact(revision: str) -> bool:
    """Whether the revision says all about the code."""
    return not revision.endswith(_DIRTY)


def _commit(checkout: Path) -> str | None:
    if not (checkout / ".git").exists() or shutil.which("git") is None:
        return None
    commit = _git(checkout, "rev-parse", "HEAD")
    if commit is None:
        return None
    changed = _git(checkout, "status", "--porcelain")
    return commit[:12] + (_DIRTY if changed is None or changed else "")


def _git(checkout: Path, *arguments: str) -> str | None:
    """What git prints; None where it fails, e.g. before the first commit or in another user's checkout."""
    command = ["git", "-C", str(checkout), *arguments]
    try:
        done = subprocess.run(  # noqa: S603 - fixed words, no shell
            command, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def _installed() -> str:
    try:
        return version(DISTRIBUTION)
    except PackageNotFoundError:
        return "unknown"
