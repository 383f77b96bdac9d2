"""All steps of one recording: time, imputation, derivative, smoothing, resampling, normalisation. Pure, on arrays."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from ingest.homogenise.config import HomogeniseConfig
from ingest.homogenise.derivative import derivative
from ingest.homogenise.imputation import impute
from ingest.homogenise.normalisation import constant, normalise
from ingest.homogenise.resampling import interpolate, measured_at, resample
from ingest.homogenise.smoothing import smooth
from schemas.errors import UsageError

Array = np.ndarray[Any, np.dtype[np.float64]]
Counts = np.ndarray[Any, np.dtype[np.int64]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]


@dataclass(frozen=True)
class Homogenised:
    """Traces on the common clock, and what happened to each on the way.

    Attributes:
        time: s from the first sample, shape (samples,); may be empty.
        values: NaN where missing, shape (samples, traces).
        imputed: samples of the old clock that were missing and are now guessed from other traces, of each trace.
        settled: the imputation came to rest; true where there was none.
        bridged: samples that were missing and are now interpolated, of each trace.
        flat: traces without any spread.
    """

    time: Array
    values: Array
    imputed: Counts
    settled: bool
    bridged: Counts
    flat: Flags


def homogenise_recording(time: Array, values: Array, config: HomogeniseConfig) -> Homogenised:
    """Bring one recording to the common clock and scale.

    Args:
        time: strictly increasing, s, shape (samples,), two or more.
        values: NaN where missing, shape (samples, traces).
        config: the parameters; imputation is none or iterative, as `imputation.for_source` has it.

    Raises:
        UsageError: in single precision two times become one.
    """
    filled = impute(values, config)
    since = from_start(time, single_precision=config.single_precision)
    smoothed = np.concatenate(
        [_filtered(since[part], filled.values[part], config) for part in between_pauses(since, config.max_gap_s)]
    )
    new_time, resampled = resample(since, smoothed, config)
    resampled = _rounded(resampled, config)
    normalised = _rounded(normalise(resampled, config), config)
    bridged = _bridged(since, smoothed, config)
    return Homogenised(new_time, normalised, filled.imputed, filled.settled, bridged, constant(resampled))


def measured_samples(time: Array, values: Array, config: HomogeniseConfig) -> Flags:
    """Which samples of the homogenised recording stand on measured ones, neither bridged nor imputed.

    It says so of the sample itself: smoothing and derivative may lean on neighbours that were imputed.

    Args:
        time: of the recording as it was, s, shape (samples,).
        values: as they were, NaN where missing, shape (samples, traces).
        config: what it was homogenised with.

    Returns:
        Shape (new samples, traces).
    """
    since = from_start(time, single_precision=config.single_precision)
    return measured_at(since, ~np.isnan(values), config)


def from_start(time: Array, *, single_precision: bool) -> Array:
    """Times from the first sample on; in single precision as published, rounded to 32 bits before and after.

    Raises:
        UsageError: two times become one by the rounding.
    """
    if not single_precision:
        return np.asarray(time - time[0])
    rounded = time.astype(np.float32)
    since: Array = (rounded - rounded[0]).astype(np.float64)
    if not (np.diff(since) > 0).all():
        raise UsageError("in 32 bits two times of the recording are the same", "give single_precision=false")
    return since


def between_pauses(time: Array, max_gap_s: float | None) -> list[slice]:
    """The stretches of a recording between pauses of its clock that are too long to bridge."""
    if max_gap_s is None:
        return [slice(0, len(time))]
    cuts = [0, *(np.flatnonzero(np.diff(time) > max_gap_s) + 1).tolist(), len(time)]
    return [slice(a, b) for a, b in pairwise(cuts)]


def _filtered(time: Array, values: Array, config: HomogeniseConfig) -> Array:
    """Derivative and smoothing of one stretch; a sample that stands alone has no derivative."""
    if config.signal == "residual":
        values = derivative(time, values) if len(time) > 1 else np.full_like(values, np.nan)
    return smooth(values, config)


def _rounded(values: Array, config: HomogeniseConfig) -> Array:
    return np.asarray(values.astype(np.float32), dtype=np.float64) if config.single_precision else values


def _bridged(time: Array, values: Array, config: HomogeniseConfig) -> Counts:
    missing = np.isnan(values)
    counts = np.zeros(values.shape[1], dtype=np.int64)
    some = np.flatnonzero(missing.any(axis=0))
    if some.size:
        found = ~np.isnan(interpolate(time, values[:, some], time, config.max_gap_s))
        counts[some] = (found & missing[:, some]).sum(axis=0)
    return counts
