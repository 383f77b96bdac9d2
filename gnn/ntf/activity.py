"""From a bundle to traces on one grid of time.

A trace is filled over short gaps (linearly), smoothed at its own sampling rate and then interpolated linearly
to a grid that all recordings share. The grid runs from the latest first sample to the earliest last one:
longer recordings are cut, none is stretched.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from gnn.ntf.affinity import smooth
from schemas.errors import Place, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from gnn.ntf.config import NtfConfig
    from schemas.bundle import Bundle
    from schemas.dataset import Decisions

_LEAST_SAMPLES = 8
_TRACE = Place("trace.parquet")


@dataclass(frozen=True)
class Grid:
    """The common grid of time: `n` samples from `start_s`, `step_s` apart."""

    start_s: float
    step_s: float
    n: int

    def times(self) -> NDArray[np.float64]:
        """Times in seconds, shape (n,)."""
        return self.start_s + self.step_s * np.arange(self.n, dtype=np.float64)


@dataclass(frozen=True)
class Activity:
    """Traces of `recordings` x `nodes` on one grid.

    `values` has shape (recordings, samples, nodes), NaN where `measured` (recordings, nodes) is false.
    """

    nodes: tuple[str, ...]
    recordings: tuple[str, ...]
    grid: Grid
    values: NDArray[np.float64]
    measured: NDArray[np.bool_]


def recordings_of(bundle: Bundle, part: str) -> list[str]:
    """Recordings of a part that hold an identified trace, by uid.

    Raises:
        UsageError: a recording has no part.
    """
    recorded = set(bundle.trace.filter(pl.col("node").is_not_null())["recording"])
    without = sorted(recorded - set(bundle.split["recording"]))
    if without:
        raise UsageError(f"recording {without[0]!r} is in no part of the split", "export the bundle again")
    return sorted(recorded & set(bundle.split.filter(pl.col("part") == part)["recording"]))


def read_activity(
    bundle: Bundle,
    recordings: Sequence[str],
    config: NtfConfig,
    decisions: Decisions,
    step_s: float | None = None,
) -> Activity:
    """Traces of these recordings on their common grid; what is left out becomes a decision.

    Args:
        bundle: the bundle.
        recordings: their uids; at least one.
        config: smoothing, step and missing samples.
        decisions: gets a row for every trace left out.
        step_s: step of the grid, in place of the configuration's.

    Raises:
        UsageError: the recordings share too little time.
    """
    rows = {row["uid"]: row for row in bundle.recording.iter_rows(named=True)}
    times = {uid: np.asarray(rows[uid]["time_s"], dtype=np.float64) for uid in recordings}
    grid = _grid(times, step_s or config.step_s)
    traces = bundle.trace.filter(pl.col("node").is_not_null()).sort("recording", "trace")
    nodes = tuple(sorted(set(traces.filter(pl.col("recording").is_in(list(recordings)))["node"])))
    index = {node: i for i, node in enumerate(nodes)}
    values = np.full((len(recordings), grid.n, len(nodes)), np.nan)
    for w, uid in enumerate(recordings):
        for row in traces.filter(pl.col("recording") == uid).iter_rows(named=True):
            if reason := _refused(row, values[w, :, index[row["node"]]], config):
                decisions.add("dropped", f"trace {row['trace']} of {uid} ({row['node']})", reason, _TRACE)
            else:
                values[w, :, index[row["node"]]] = _on_grid(row["values"], times[uid], grid, config.smooth_s)
    return Activity(nodes, tuple(recordings), grid, values, ~np.isnan(values[:, 0, :]))


def keep_nodes(activity: Activity, least: int, decisions: Decisions) -> Activity:
    """Only nodes measured in at least `least` recordings (or in all, where there are fewer)."""
    least = min(least, len(activity.recordings))
    counts = activity.measured.sum(axis=0)
    for node, count in zip(activity.nodes, counts, strict=True):
        if count < least:
            decisions.add("dropped", node, f"measured in {count} training recordings, {least} are needed", _TRACE)
    kept = np.flatnonzero(counts >= least)
    nodes = tuple(activity.nodes[i] for i in kept)
    return Activity(nodes, activity.recordings, activity.grid, activity.values[:, :, kept], activity.measured[:, kept])


def _grid(times: dict[str, NDArray[np.float64]], step_s: float | None) -> Grid:
    start = max(float(t[0]) for t in times.values())
    end = min(float(t[-1]) for t in times.values())
    step = step_s or max((float(np.median(np.diff(t))) for t in times.values() if t.size > 1), default=1.0)
    # clocks of the same rate differ by rounding, which must not cost the last sample
    n = int((end - start) / step + 1e-6) + 1
    if n < _LEAST_SAMPLES:
        raise UsageError(
            f"the recordings share {max(end - start, 0.0):g} s, that is {max(n, 0)} samples of {step:g} s;"
            f" at least {_LEAST_SAMPLES} are needed",
            "leave the shortest recording out of the bundle, or give a smaller step_s",
        )
    return Grid(start, step, n)


def _refused(row: dict[str, Any], there: NDArray[np.float64], config: NtfConfig) -> str:
    """Why a trace is left out; empty if it is not."""
    if not np.isnan(there[0]):
        return "its node has an earlier trace in the recording"
    missing = sum(v is None or v != v for v in row["values"]) / max(len(row["values"]), 1)  # noqa: PLR0124
    if missing > config.max_missing:
        return f"{missing:.0%} of its samples are missing, {config.max_missing:.0%} are allowed"
    return ""


def _on_grid(
    values: Sequence[float | None], times: NDArray[np.float64], grid: Grid, smooth_s: float
) -> NDArray[np.float64]:
    """One trace, filled, smoothed and interpolated, shape (grid.n,)."""
    raw = np.asarray(values, dtype=np.float64)
    present = ~np.isnan(raw)
    filled = np.interp(times, times[present], raw[present])
    native = float(np.median(np.diff(times)))
    return np.interp(grid.times(), times, smooth(filled, smooth_s / native))
