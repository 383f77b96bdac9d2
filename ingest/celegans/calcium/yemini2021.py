"""Yemini et al. 2021: whole-brain calcium of head or tail with NeuroPAL names (MATLAB 5, many worms per file).

`files` has a cell per worm (W), `neurons` one per neuron or pair of neurons (its name without L or R). For each,
`norm_traces` holds the traces of the worms, and `is_L` says which side they are: for a pair 2W, first those of the
left (1), then those of the right (0); for an unpaired neuron W, all NaN. A trace that a worm does not have is empty.
`fps` is the rate in Hz; the files hold no times.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
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
DATASET = "celegans/yemini2021"
FILES = "Head_Activity_OH15500.mat, Head_Activity_OH16230.mat, Tail_Activity_OH16230.mat"

_VARIABLES = ("fps", "files", "neurons", "is_L", "norm_traces")
_SIDES = {1.0: "L", 0.0: "R"}


@dataclass(frozen=True)
class _Trace:
    """One trace of one worm; `index` counts the sides of all neurons of the file."""

    index: int
    label: str
    values: Array


def read(files: Mapping[str, Path], parents: Mapping[str, Tables]) -> dict[str, pl.DataFrame]:
    """One subject and one recording per worm, named by its file and its number there from 1.

    Args:
        files: at least one under `recordings/…`.
        parents: holds `celegans/cells`.

    Raises:
        SourceError: a variable is absent, sides that do not follow the order, or traces of different lengths.
    """
    decisions = Decisions()
    paths = recordings(files, FILES)
    worms = (worm for path in paths for worm in _worms(path, decisions))
    return tables_of(DATASET, worms, parents, decisions)


def _worms(path: Path, decisions: Decisions) -> Iterator[Recorded]:
    content = matlab5.variables(path, _VARIABLES)
    rate = matlab5.numbers(content["fps"], Place(path.name, "fps"))
    if rate.size != 1 or not (np.isfinite(rate).all() and rate.item() > 0):
        raise SourceError(
            f"is {rate.ravel().tolist()}", "one rate in Hz, above 0, was expected", Place(path.name, "fps")
        )
    n_worms = len(matlab5.cells(content["files"], Place(path.name, "files")))
    traces = _by_worm(content, n_worms, path)
    for i in range(n_worms):
        place = Place(path.name, "norm_traces", column=f"worm {i + 1}")
        name = f"{path.stem}-{i + 1}"
        values = _stacked(traces[i], place)
        values = _without_leading_zeros(values, name, place, decisions)
        text = f"the file holds no times: sample i is at (i - 1) / {rate.item():g} s, by its fps"
        decisions.add("guessed", f"{name} time", text, Place(path.name, "fps"))
        yield Recorded(
            name=name,
            place=place,
            time=np.arange(values.shape[1]) / rate.item(),
            values=values,
            labels=[trace.label for trace in traces[i]],
            signal="fluorescence, normalised so that neurons can be compared",
            unit="1",
            traces=[trace.index for trace in traces[i]],
            subject={"strain": path.stem.rpartition("_")[2]},
        )


def _by_worm(content: Mapping[str, matlab5.Objects], n_worms: int, path: Path) -> list[list[_Trace]]:
    """Traces of each worm; an empty one is none."""
    columns = [matlab5.cells(content[name], Place(path.name, name)) for name in ("neurons", "is_L", "norm_traces")]
    counts = [len(column) for column in columns]
    if len(set(counts)) != 1:
        text = f"has {counts[0]} neurons, is_L of {counts[1]} and norm_traces of {counts[2]}"
        raise SourceError(text, "there must be one cell per neuron", Place(path.name))
    found: list[list[_Trace]] = [[] for _ in range(n_worms)]
    index = 0
    for number, (neuron, sides, traces) in enumerate(zip(*columns, strict=True), start=1):
        place = Place(path.name, "is_L", column=f"neuron {number}")
        name = matlab5.text(neuron, Place(path.name, "neurons", column=f"neuron {number}"))
        endings = _endings(matlab5.vector(sides, place), n_worms, name, place)
        cells = matlab5.cells(traces, Place(path.name, "norm_traces", column=f"neuron {number}"))
        if len(cells) != len(endings):
            text = f"{name}: {len(cells)} traces, but is_L has {len(endings)}"
            raise SourceError(text, "one for each trace", place)
        for i, (cell, ending) in enumerate(zip(cells, endings, strict=True)):
            values = matlab5.vector(cell, Place(path.name, "norm_traces", column=f"neuron {number}"))
            if values.size:
                found[i % n_worms].append(_Trace(index + i // n_worms, f"{name}{ending}", values))
        index += len(endings) // n_worms
    return found


def _endings(sides: Array, n_worms: int, name: str, place: Place) -> list[str]:
    """'L', 'R' or nothing for each trace of a neuron."""
    if n_worms and sides.size == n_worms and np.isin(sides[~np.isnan(sides)], list(_SIDES)).all():
        return [_SIDES.get(side, "") for side in sides.tolist()]
    in_order = [1.0] * n_worms + [0.0] * n_worms
    if n_worms and np.array_equal(sides, in_order):
        return [_SIDES[side] for side in in_order]
    text = f"{name}: is_L has {sides.size} values for {n_worms} worm(s)"
    hint = "it must have one per worm, or first a 1 for the left of each worm and then a 0 for the right of each"
    raise SourceError(text, hint, place)


def _stacked(traces: list[_Trace], place: Place) -> Array:
    lengths = {trace.values.size for trace in traces}
    if len(lengths) != 1:
        found = ", ".join(str(n) for n in sorted(lengths)) or "no"
        raise SourceError(f"traces have {found} samples", "all of a worm must have the same", place)
    return np.array([trace.values for trace in traces])


def _without_leading_zeros(values: Array, name: str, place: Place, decisions: Decisions) -> Array:
    """Samples at the beginning that are exactly 0 in every trace were not measured: they become missing."""
    measured = np.flatnonzero((values != 0).any(axis=0))
    n_zero = int(measured[0]) if measured.size else values.shape[1]
    if not n_zero:
        return values
    text = f"the first {n_zero} sample(s) are 0 in every trace: not measured, so they are missing"
    decisions.add("dropped", f"{name} samples", text, place)
    changed = values.copy()
    changed[:, :n_zero] = np.nan
    return changed
