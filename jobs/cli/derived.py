"""What the commands share that make a dataset from another one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from ingest.correlation.config import CorrelationConfig
from ingest.homogenise.config import HomogeniseConfig
from ingest.homogenise.document import shown
from jobs.cli.formats import ListFormat, write_rows
from jobs.cli.settings import output
from jobs.derived import Derived

Settings = HomogeniseConfig | CorrelationConfig


def print_derived(made: Derived, rows: list[dict[str, object]]) -> None:
    """One line on the dataset that was made, and a table of what is in it."""
    manifest = made.manifest
    counts = ", ".join(f"{n:,} {table}" for table, n in manifest.rows.items() if table != "dataset")
    marked = " (simulated)" if manifest.simulated else ""
    output().print(f"{manifest.reference}{marked} from {made.source.reference}: {counts}")
    write_rows(rows, list(rows[0]), ListFormat.TABLE)


def print_settings(config: Settings, start: Settings, meanings: Mapping[str, str]) -> None:
    """Every setting with its value, and whether it is another than at the start."""
    before: dict[str, Any] = asdict(start)
    rows: list[dict[str, object]] = [
        {
            "setting": name,
            "value": shown(value),
            "changed": None if value == before[name] else "yes",
            "meaning": meanings[name],
        }
        for name, value in asdict(config).items()
    ]
    write_rows(rows, list(rows[0]), ListFormat.TABLE)
