"""Randi et al. 2023 (Leifer laboratory): whole-brain calcium as text, three files per worm.

`<i>_gcamp.txt` has a row per sample with a number per trace, separated by blanks, 'nan' where there is none;
`<i>_t.txt` a time per row (s); `<i>_labels.txt` a name per row, empty where there is none. Some worms have more names
than traces: those at the end are of no trace.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import polars as pl

from ingest.celegans.calcium.local_files import recordings
from ingest.celegans.calcium.recording import Array, Recorded, tables_of
from ingest.files import require_file
from schemas.dataset import Decisions, Tables
from schemas.errors import Place, SourceError

READER_VERSION = "1"
DATASET = "celegans/leifer2023"
NOT_CELLS = ("merge",)

_PARTS = ("_gcamp.txt", "_labels.txt", "_t.txt")


def read(files: Mapping[str, Path], parents: Mapping[str, Tables]) -> dict[str, pl.DataFrame]:
    """One subject and one recording per worm, under the name that its files share.

    Args:
        files: under `recordings/…`, all three files of at least one worm.
        parents: holds `celegans/cells`.

    Raises:
        SourceError: a file of a worm is missing or empty, a row has more or fewer numbers than the first, a cell is no
            number, or there are fewer labels than traces.
    """
    decisions = Decisions()
    paths = recordings(files, ", ".join(f"<i>{part}" for part in _PARTS))
    return tables_of(DATASET, _worms(paths, decisions), parents, decisions, not_cells=NOT_CELLS)


def _worms(paths: Sequence[Path], decisions: Decisions) -> Iterator[Recorded]:
    for name, (gcamp, labels, times) in _files_of_worms(paths).items():
        values = _matrix(gcamp)
        time = _matrix(times)
        if time.shape[1] != 1:
            text = f"has {time.shape[1]} numbers in a row"
            raise SourceError(text, "one time per row was expected", Place(times.name, row=1))
        yield Recorded(
            name=name,
            place=Place(gcamp.name),
            time=time[:, 0],
            values=values.T,
            labels=_labels(labels, name, values.shape[1], decisions),
            signal="fluorescence of GCaMP",
            unit="a.u.",
        )


def _files_of_worms(paths: Sequence[Path]) -> dict[str, list[Path]]:
    """The three files of each worm, worms in the order of their numbers."""
    by_name = {path.name: path for path in paths}
    names = {n.removesuffix(part) for n in by_name for part in _PARTS if n.endswith(part)}
    for name in sorted(names):
        for part in _PARTS:
            if f"{name}{part}" not in by_name:
                held = ", ".join(n for n in (f"{name}{p}" for p in _PARTS) if n in by_name)
                raise SourceError("the file is missing", f"its worm has {held}", Place(f"{name}{part}"))
    ordered = sorted(names, key=lambda name: (len(name), name))
    return {name: [by_name[f"{name}{part}"] for part in _PARTS] for name in ordered}


def _lines(path: Path) -> list[str]:
    try:
        return require_file(path).read_text(encoding="utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        raise SourceError("is not UTF-8 text", "is this the right file?", Place(path.name)) from error


def _matrix(path: Path) -> Array:
    """Numbers of a text, rows x columns."""
    lines = _lines(path)
    while lines and not lines[-1].strip():
        lines.pop()
    rows = [_numbers(line, i, path) for i, line in enumerate(lines, start=1)]
    if not rows:
        raise SourceError("holds nothing but blanks", "fetch the file again", Place(path.name))
    for i, row in enumerate(rows, start=1):
        if len(row) != len(rows[0]):
            text = f"has {len(row)} number(s), the first row {len(rows[0])}"
            raise SourceError(text, "is the file whole?", Place(path.name, row=i))
    return np.array(rows)


def _numbers(line: str, row: int, path: Path) -> list[float]:
    texts = line.split()
    try:
        return [float(text) for text in texts]
    except ValueError:
        wrong, column = next((text, i) for i, text in enumerate(texts, start=1) if not _is_number(text))
        place = Place(path.name, row=row, column=str(column))
        raise SourceError(f"holds {wrong!r}, a number was expected", "correct the cell in the file", place) from None


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _labels(path: Path, name: str, n_traces: int, decisions: Decisions) -> list[str | None]:
    """One label per trace; further ones, which are of no trace, become a decision."""
    lines = [line.strip() for line in _lines(path)]
    if lines and not lines[-1]:
        lines.pop()  # what follows the last line break
    if len(lines) < n_traces:
        text = f"has {len(lines)} labels, the recording {n_traces} traces"
        raise SourceError(text, "there must be a row for each trace, empty where it has no name", Place(path.name))
    further = [line for line in lines[n_traces:] if line]
    if further:
        text = f"{len(further)} label(s) beyond the {n_traces} traces are of no trace: {', '.join(further)}"
        decisions.add("dropped", f"{name} labels", text, Place(path.name, row=n_traces + 1))
    return [line or None for line in lines[:n_traces]]
