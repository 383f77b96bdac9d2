"""The `connectome` command line: every command is a thin wrapper over a function of the same meaning."""

from __future__ import annotations

from jobs.cli.entry import main

__all__ = ["main"]
