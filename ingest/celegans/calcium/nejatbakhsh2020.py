"""Nejatbakhsh et al. 2020: whole-brain calcium of semi-immobilised worms with NeuroPAL names (NWB, one file per worm).

NWB is HDF5. Under `processing/CalciumActivity`: `SignalRawFluor/SignalCalciumImResponseSeries/data` (T x N, raw
fluorescence) and `NeuronIDs/labels` (N texts). The series has times (`timestamps`, s) or a start and a rate; where it
has neither, the rate of the publication counts, 4 Hz.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import h5py
import numpy as np
import polars as pl

from ingest.celegans.calcium.local_files import recordings
from ingest.celegans.calcium.recording import Array, Recorded, tables_of
from ingest.files import hdf5_array, open_hdf5
from schemas.dataset import Decisions, Tables
from schemas.errors import Place, SourceError

READER_VERSION = "1"
DATASET = "celegans/nejatbakhsh2020"

_SERIES = "processing/CalciumActivity/SignalRawFluor/SignalCalciumImResponseSeries"
_LABELS = "processing/CalciumActivity/NeuronIDs/labels"
_PUBLISHED_HZ = 4.0


def read(files: Mapping[str, Path], parents: Mapping[str, Tables]) -> dict[str, pl.DataFrame]:
    """One subject and one recording per file, under its name.

    Args:
        files: at least one under `recordings/…`.
        parents: holds `celegans/cells`.

    Raises:
        SourceError: a file without the series or the labels, or with different numbers of them.
    """
    decisions = Decisions()
    return tables_of(DATASET, _worms(recordings(files, "the .nwb files"), decisions), parents, decisions)


def _worms(paths: Sequence[Path], decisions: Decisions) -> Iterator[Recorded]:
    for path in paths:
        try:
            worm = _worm(path, decisions)
        except (KeyError, ValueError, TypeError) as error:  # what h5py makes of damaged objects
            text = f"cannot be read: {error}"
            raise SourceError(text, "the file may be damaged; fetch it again", Place(path.name)) from error
        yield worm


def _worm(path: Path, decisions: Decisions) -> Recorded:
    with open_hdf5(path) as file:
        values = hdf5_array(file, f"{_SERIES}/data", ndim=2).astype(np.float64).T
        unit = file[f"{_SERIES}/data"].attrs.get("unit", "a.u.")
        return Recorded(
            name=path.stem,
            place=Place(path.name, f"{_SERIES}/data"),
            time=_time(file, values.shape[1], path, decisions),
            values=values,
            labels=_labels(file, path),
            signal="raw fluorescence",
            unit=(unit.decode(errors="replace") if isinstance(unit, bytes) else str(unit)).strip() or "a.u.",
        )


def _labels(file: h5py.File, path: Path) -> list[str | None]:
    found = file.get(_LABELS)
    place = Place(path.name, _LABELS)
    if not isinstance(found, h5py.Dataset) or found.ndim != 1 or h5py.check_string_dtype(found.dtype) is None:
        raise SourceError("has no list of labels there", "is this a file of the publication?", place)
    try:
        return [text.decode("utf-8") for text in found[()].tolist()]
    except UnicodeDecodeError as error:
        raise SourceError(
            "holds a label that is not UTF-8", "the file may be damaged; fetch it again", place
        ) from error


def _time(file: h5py.File, n_samples: int, path: Path, decisions: Decisions) -> Array:
    """Times of the samples, by the file where it says them."""
    if f"{_SERIES}/timestamps" in file:
        return hdf5_array(file, f"{_SERIES}/timestamps", ndim=1)
    start = file.get(f"{_SERIES}/starting_time")
    place = Place(path.name, f"{_SERIES}/starting_time")
    if start is None:
        text = f"the file holds neither times nor a rate: {_PUBLISHED_HZ:g} Hz, as published"
        decisions.add("guessed", f"{path.stem} time", text, place)
        return np.arange(n_samples) / _PUBLISHED_HZ
    rate = start.attrs.get("rate")
    if not isinstance(rate, int | float | np.number) or not (np.isfinite(rate) and rate > 0):
        raise SourceError(f"the rate is {rate!r}", "one number in Hz, above 0, was expected", place)
    if not np.isclose(rate, _PUBLISHED_HZ, rtol=1e-3):
        text = f"the file says {float(rate):g} Hz, the publication {_PUBLISHED_HZ:g} Hz: that of the file counts"
        decisions.add("differs", f"{path.stem} time", text, place)
    return np.arange(n_samples) / float(rate)
