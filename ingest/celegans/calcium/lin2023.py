"""Lin et al. 2023: calcium of chemosensory neurons, stimulated with odours (MATLAB 5, one file per worm).

`corrected_F` (N x T) and `F_0` (N rows) with `proofread_neurons` (N cells of names) and `use_flag` (N; only traces
above 0 are meant to be used). `times` is the time vector (s), or a structure whose last field is it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import polars as pl

from ingest.celegans.calcium import matlab5
from ingest.celegans.calcium.local_files import recordings
from ingest.celegans.calcium.matlab5 import Array
from ingest.celegans.calcium.recording import Recorded, tables_of
from schemas.dataset import Decisions, Tables
from schemas.errors import Place, SourceError

READER_VERSION = "1"
DATASET = "celegans/lin2023"

_VARIABLES = ("use_flag", "proofread_neurons", "times", "corrected_F", "F_0")


def read(files: Mapping[str, Path], parents: Mapping[str, Tables]) -> dict[str, pl.DataFrame]:
    """One subject and one recording per file, under its name.

    Args:
        files: at least one under `recordings/…`.
        parents: holds `celegans/cells`.

    Raises:
        SourceError: a variable is absent, or the variables do not have the same neurons and samples.
    """
    decisions = Decisions()
    return tables_of(DATASET, _worms(recordings(files, "the .mat files"), decisions), parents, decisions)


def _worms(paths: Sequence[Path], decisions: Decisions) -> Iterator[Recorded]:
    for path in paths:
        content = matlab5.variables(path, _VARIABLES)
        place = Place(path.name, "corrected_F")
        values = matlab5.numbers(content["corrected_F"], place)
        names = [
            matlab5.text(cell, Place(path.name, "proofread_neurons", column=f"trace {i}"))
            for i, cell in enumerate(matlab5.cells(content["proofread_neurons"], Place(path.name, "proofread_neurons")))
        ]
        flags = matlab5.vector(content["use_flag"], Place(path.name, "use_flag"))
        baseline = matlab5.numbers(content["F_0"], Place(path.name, "F_0"))
        counts = {"corrected_F": len(values), "F_0": len(baseline), "use_flag": flags.size, "names": len(names)}
        if len(set(counts.values())) != 1:
            text = ", ".join(f"{name} {n}" for name, n in counts.items())
            raise SourceError(f"numbers of neurons differ: {text}", "all must have one per neuron", Place(path.name))
        used = np.flatnonzero(flags > 0)
        _put_on_record(path, values, flags, decisions)
        yield Recorded(
            name=path.stem,
            place=place,
            time=_time(content["times"], Place(path.name, "times")),
            values=values[used],
            labels=[names[i] for i in used],
            signal="fluorescence, corrected",
            unit="a.u.",
            traces=used.tolist(),
        )


def _time(times: matlab5.Objects, place: Place) -> Array:
    fields = times.dtype.names
    if fields and times.size == 1:
        return matlab5.vector(times.ravel()[0][fields[-1]], Place(place.file, f"{place.sheet}.{fields[-1]}"))
    return matlab5.vector(times, place)


def _put_on_record(path: Path, values: Array, flags: Array, decisions: Decisions) -> None:
    unused = np.flatnonzero(~(flags > 0))
    if unused.size:
        which = ", ".join(str(i) for i in unused.tolist())
        text = f"the source flags {unused.size} trace(s) as not to be used (counted from 0): {which}"
        decisions.add("dropped", f"{path.stem} use_flag", text, Place(path.name, "use_flag"))
    absent = int(np.isnan(values[flags > 0, 0]).sum()) if values.ndim == 2 and values.shape[1] else 0  # noqa: PLR2004
    if absent:
        text = f"the first sample of {absent} trace(s) is missing and stays so: F_0 is not put in its place"
        decisions.add("kept", f"{path.stem} F_0", text, Place(path.name, "corrected_F"))
