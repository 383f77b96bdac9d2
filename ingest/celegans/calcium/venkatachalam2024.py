"""Venkatachalam laboratory 2024 (unpublished): whole-brain calcium, one zip with one wide CSV per worm.

A row per neuron. 9 columns about it, among them `neuron`; 98 columns that are blank; then a column per sample, whose
name is the number of the sample (0.375 s apart), up to the last column but one.
"""

from __future__ import annotations

import csv
import io
import zipfile
import zlib
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
DATASET = "celegans/venkatachalam2024"

_ABOUT, _FIRST = 9, 9 + 98
_STEP_S = 0.375
_NEURON = "neuron"
_MISSING = ("", "nan", "NaN")


def read(files: Mapping[str, Path], parents: Mapping[str, Tables]) -> dict[str, pl.DataFrame]:
    """One subject and one recording per zip, under its name.

    Args:
        files: at least one under `recordings/…`.
        parents: holds `celegans/cells`.

    Raises:
        SourceError: no zip, not one CSV in it, a header of another form, a row of another length, or a cell that is no
            number.
    """
    decisions = Decisions()
    return tables_of(DATASET, _worms(recordings(files, "the .zip files"), decisions), parents, decisions)


def _worms(paths: Sequence[Path], decisions: Decisions) -> Iterator[Recorded]:
    for path in paths:
        rows, place = _rows(path)
        time = _time(rows[0], place)
        neuron = rows[0].index(_NEURON)
        for i, row in enumerate(rows[1:], start=2):
            if len(row) != len(rows[0]):
                text = f"has {len(row)} cells, the header {len(rows[0])}"
                raise SourceError(text, "is the file whole?", _at(place, i))
        text = f"the last column, {rows[0][-1]!r}, is no sample"
        decisions.add("dropped", f"{path.stem} {rows[0][-1] or 'last column'}", text, place)
        yield Recorded(
            name=path.stem,
            place=place,
            time=time,
            values=np.array([_values(row, i, rows[0], place) for i, row in enumerate(rows[1:], start=2)], ndmin=2),
            labels=[row[neuron] for row in rows[1:]],
            signal="fluorescence",
            unit="a.u.",
            subject={"sex": None},  # the file does not say, and nothing is published that does
        )


def _at(place: Place, row: int, column: str | None = None) -> Place:
    return Place(place.file, place.sheet, row, column)


def _rows(path: Path) -> tuple[list[list[str]], Place]:
    """Cells of the CSV in a zip, and its place."""
    hint = "a zip with one CSV was expected; fetch it again"
    try:
        with zipfile.ZipFile(require_file(path)) as archive:
            names = [name for name in archive.namelist() if name.endswith(".csv") and not name.startswith("__MACOSX")]
            if len(names) != 1:
                raise SourceError(f"holds {len(names)} CSV files: {', '.join(names) or 'none'}", hint, Place(path.name))
            text = archive.read(names[0]).decode("utf-8-sig")
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError) as error:
        raise SourceError(f"cannot be read as a zip of text: {error}", hint, Place(path.name)) from error
    place = Place(path.name, names[0])
    try:
        rows = [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text), strict=True) if row]
    except csv.Error as error:
        raise SourceError(f"cannot be read as CSV: {error}", hint, place) from error
    if not rows:
        raise SourceError("holds no rows", hint, place)
    return rows, place


def _time(header: list[str], place: Place) -> Array:
    """Time of each sample, from the names of their columns."""
    where = _at(place, 1)
    if _NEURON not in header[:_ABOUT]:
        held = ", ".join(repr(name) for name in header[:_ABOUT])
        raise SourceError(f"has no column {_NEURON!r} among the first {_ABOUT}", f"they are: {held}", where)
    samples = header[_FIRST:-1]
    numbers = [_number(name) for name in samples]
    for name, number, column in zip(samples, numbers, range(_FIRST + 1, len(header)), strict=True):
        if number is None or np.isnan(number):
            text = f"column {column} is named {name!r}, the number of a sample was expected"
            raise SourceError(text, f"samples begin in column {_FIRST + 1}", where)
    return np.array(numbers, dtype=np.float64) * _STEP_S


def _number(text: str) -> float | None:
    """A number; NaN for a cell that is empty; None for anything else."""
    if text in _MISSING:
        return float("nan")
    try:
        return float(text)
    except ValueError:
        return None


def _values(row: list[str], number: int, header: list[str], place: Place) -> list[float]:
    for i in range(_ABOUT, min(_FIRST, len(row) - 1)):
        if row[i] not in _MISSING:
            text = f"column {i + 1} holds {row[i]!r}; columns {_ABOUT + 1} to {_FIRST} were expected to be blank"
            raise SourceError(text, "do the samples begin earlier in this file?", _at(place, number, header[i]))
    found = [_number(text) for text in row[_FIRST:-1]]
    if None in found:
        i = found.index(None) + _FIRST
        text = f"holds {row[i]!r}, a number was expected"
        raise SourceError(text, "correct the cell in the file", _at(place, number, header[i]))
    return [value for value in found if value is not None]
