"""Keeps the settings in HOMOGENISE.md equal to the code: `python -m ingest.homogenise.document` writes them anew."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from ingest.homogenise.config import PROFILES, meanings

DOCUMENT = Path(__file__).with_name("HOMOGENISE.md")
BEGIN, END = "<!-- settings: begin -->", "<!-- settings: end -->"


def rendered() -> str:
    """The settings with their value in each profile and their meaning."""
    values = {name: asdict(config) for name, config in PROFILES.items()}
    lines = [
        f"| setting | {' | '.join(f'`{name}`' for name in values)} | meaning |",
        "|---|" + "---|" * (len(values) + 1),
    ]
    for field, meaning in meanings().items():
        cells = " | ".join(shown(each[field]) for each in values.values())
        lines.append(f"| `{field}` | {cells} | {meaning} |")
    return "\n".join(lines) + "\n"


def shown(value: object) -> str:
    """A value as the command line takes it."""
    if isinstance(value, float):
        return f"{value:g}"
    return str(value).lower() if value is None or isinstance(value, bool) else str(value)


def update(document: str) -> str:
    """The document with that table made anew."""
    head, _, rest = document.partition(BEGIN)
    return f"{head}{BEGIN}\n{rendered()}{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    DOCUMENT.write_text(update(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
