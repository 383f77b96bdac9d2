"""`python -m jobs.cli`."""

from __future__ import annotations

from jobs.cli import main

main()
