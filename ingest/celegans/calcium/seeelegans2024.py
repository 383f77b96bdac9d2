"""See Elegans (Lanza et al. 2024): calcium of one worm, neurons named by hand (Dataset2.mat, MATLAB 5).

`neurons_cleaned` is a structure per trace with `coords` (frames x 5: x and y in pixels, z, number of the frame from 1,
fluorescence); `neurons_identified` has `id` (numbers of traces, from 1) and `name`, in the same order. The file has no
times, and no rate: it must be given, as a text file with one number (Hz), so that the version says which it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import polars as pl

from ingest.celegans.calcium import matlab5
from ingest.celegans.calcium.matlab5 import Array
from ingest.celegans.calcium.recording import Recorded, tables_of
from ingest.files import number, read_cells
from schemas.dataset import Decisions, Tables
from schemas.errors import Place, SourceError

READER_VERSION = "1"
DATASET = "celegans/seeelegans2024"
DATA, RATE = "dataset2", "frame_rate"

_TRACES, _NAMES = "neurons_cleaned", "neurons_identified"
_COLUMNS, _FRAME, _FLUORESCENCE = 5, 3, 4


def read(files: Mapping[str, Path], parents: Mapping[str, Tables]) -> dict[str, pl.DataFrame]:
    """The subject and its recording.

    Args:
        files: `dataset2` (Dataset2.mat) and `frame_rate` (a text with the rate in Hz).
        parents: holds `celegans/cells`.

    Raises:
        SourceError: another structure, frames that are not those of the other traces, a name of a trace that does not
            exist, or no rate.
    """
    if DATA not in files:
        raise SourceError("the recording is missing", "give Dataset2.mat with --from")
    decisions, path = Decisions(), files[DATA]
    found = matlab5.variables(path, (_TRACES, _NAMES))
    values = _fluorescence(found[_TRACES], Place(path.name, _TRACES))
    rate = _rate(files, path, decisions)
    recorded = Recorded(
        name="Dataset2",
        place=Place(path.name, _NAMES),
        time=np.arange(values.shape[1]) / rate,
        values=values,
        labels=_labels(found[_NAMES], len(values), Place(path.name, _NAMES)),
        signal="fluorescence",
        unit="a.u.",
    )
    return tables_of(DATASET, [recorded], parents, decisions)


def _rate(files: Mapping[str, Path], path: Path, decisions: Decisions) -> float:
    if RATE not in files:
        hint = (
            "write the rate in Hz, one number, into Dataset2.frame_rate_hz.txt in the folder that you give with --from"
        )
        raise SourceError("holds no times, and no frame rate was given", hint, Place(path.name))
    given = files[RATE]
    rows = read_cells(given, "\t", width=1)
    place = Place(given.name, row=1)
    rate = number(rows[0][0], place)
    if rate <= 0 or len(rows) > 1:
        raise SourceError("must hold one rate in Hz, above 0, and nothing else", "one row, e.g. 5", place)
    text = f"the file holds no times: frame i is at (i - 1) / {rate:g} s, by the rate given in {given.name}"
    decisions.add("guessed", "time", text, Place(path.name, _TRACES))
    return rate


def _fluorescence(neurons: matlab5.Objects, place: Place) -> Array:
    """Traces x frames; all traces must have the same frames, one after the other."""
    rows = []
    for i, neuron in enumerate(matlab5.structures(neurons, ("coords",), place)):
        where = Place(place.file, place.sheet, column=f"trace {i}")
        coords = matlab5.numbers(neuron["coords"], where)
        if coords.ndim != 2 or coords.shape[1] != _COLUMNS:  # noqa: PLR2004
            shape = " x ".join(str(n) for n in coords.shape)
            raise SourceError(f"coords is {shape}", "five columns were expected: x, y, z, frame, fluorescence", where)
        if not np.array_equal(coords[:, _FRAME], np.arange(1, len(coords) + 1)):
            raise SourceError("frames are not counted 1, 2, 3, …", "is the trace whole?", where)
        rows.append(coords[:, _FLUORESCENCE])
    lengths = {len(row) for row in rows}
    if len(lengths) != 1:
        found = ", ".join(str(n) for n in sorted(lengths)) or "no"
        raise SourceError(f"traces have {found} frames", "all must have the same", place)
    return np.array(rows)


def _labels(identified: matlab5.Objects, n_traces: int, place: Place) -> list[str | None]:
    about = matlab5.structures(identified, ("id", "name"), place)
    if len(about) != 1:
        raise SourceError(f"is {len(about)} structures", "one was expected", place)
    numbers = matlab5.vector(about[0]["id"], place)
    names = [matlab5.text(cell, place) for cell in matlab5.cells(about[0]["name"], place)]
    if len(numbers) != len(names):
        raise SourceError(f"has {len(numbers)} numbers and {len(names)} names", "one name per number", place)
    labels: list[str | None] = [None] * n_traces
    for value, name in zip(numbers.tolist(), names, strict=True):
        if not (value.is_integer() and 1 <= value <= n_traces):
            raise SourceError(f"names trace {value:g} {name!r}", f"there are traces 1 to {n_traces}", place)
        if labels[int(value) - 1] is not None:
            raise SourceError(f"names trace {value:g} twice", "keep one of the names", place)
        labels[int(value) - 1] = name
    return labels
