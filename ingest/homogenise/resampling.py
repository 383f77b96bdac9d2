"""Resampling to one step. What lies in a gap too long to bridge, before the first sample or after the last is missing.

To a shorter step a trace is interpolated linearly. To a longer one it must lose what the new step cannot hold, else
fast signals return as slow ones: `slowed` averages the interpolated trace under a Hann window, two steps wide and
centred on the new sample (half the amplitude at the new Nyquist frequency, none at the new sampling rate, under 3 %
above).
`block_mean` is the published way, kept to compare with.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ingest.homogenise.config import HomogeniseConfig

Array = np.ndarray[Any, np.dtype[np.float64]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]
Places = np.ndarray[Any, np.dtype[np.intp]]

_PARTS = 6  # of a step: the published fine grid, and the least of ours
_SAME = 1.01  # steps that differ by less are the same clock
_ROUNDING = 1e-6  # of a step


def resample(time: Array, values: Array, config: HomogeniseConfig) -> tuple[Array, Array]:
    """Bring traces to the configured step, the way chosen by the recording's median step.

    Args:
        time: strictly increasing, s, beginning at 0, shape (samples,), two or more.
        values: NaN where missing, shape (samples, traces).
        config: step, grid, rule and limit of gaps.

    Returns:
        Times (s) from 0 and values, shapes (new samples,) and (new samples, traces).
    """
    step, slower = config.dt_s, _slows_down(time, config)
    if slower and config.slow_down == "block_mean":
        return block_mean(time, values, step, config.max_gap_s)
    at = _grid(time, config)
    if slower:
        return at, slowed(time, values, step, len(at), config.max_gap_s)
    return at, interpolate(time, values, at, config.max_gap_s)


def measured_at(time: Array, there: Flags, config: HomogeniseConfig) -> Flags:
    """Which samples of the new clock stand on measured ones: they meet one, or lie between two that follow each other.

    What was bridged or imputed is not measured; nor is the mean of a block of which a part is not.

    Args:
        time: as of `resample`.
        there: which samples were measured, shape (samples, traces).
        config: as of `resample`.

    Returns:
        Shape (new samples, traces), rows as of `resample`.
    """
    if _slows_down(time, config) and config.slow_down == "block_mean":
        fine = _on_measured(time, there, half_open_grid(float(time[-1]), config.dt_s / _PARTS), config.max_gap_s)
        n = len(fine) // _PARTS
        return np.asarray(fine[: n * _PARTS].reshape(n, _PARTS, there.shape[1]).all(axis=1))
    return _on_measured(time, there, _grid(time, config), config.max_gap_s)


def closed_grid(end_s: float, step_s: float) -> Array:
    """0, step, 2 step … up to the end, which belongs to it where a multiple of the step meets it."""
    return step_s * np.arange(int(end_s / step_s + _ROUNDING) + 1, dtype=np.float64)


def half_open_grid(end_s: float, step_s: float) -> Array:
    """0, step, 2 step … below the end."""
    return np.arange(0.0, end_s, step_s)


def interpolate(time: Array, values: Array, at: Array, max_gap_s: float | None) -> Array:
    """Linear interpolation between the samples that are there, on both sides and not further apart than the limit.

    Args:
        time: strictly increasing, s, shape (samples,).
        values: NaN where missing, shape (samples, traces).
        at: times wanted, s, shape (wanted,).
        max_gap_s: limit; None for none. A wanted time that meets a sample takes it, whatever is around.

    Returns:
        Shape (wanted, traces), NaN where missing.
    """
    out = np.full((len(at), values.shape[1]), np.nan)
    there = ~np.isnan(values)
    whole = there.all(axis=0)
    if whole.any():
        out[:, whole] = _between(time, values[:, whole], at, max_gap_s)
    for i in np.flatnonzero(~whole & there.any(axis=0)):
        rows = there[:, i]
        out[:, i] = _between(time[rows], values[rows, i : i + 1], at, max_gap_s)[:, 0]
    return out


def slowed(time: Array, values: Array, step_s: float, n: int, max_gap_s: float | None) -> Array:
    """Mean of the interpolated trace under a Hann window of two steps around each new sample.

    The trace is interpolated at parts of a step (at least six, and two to each of its own), weighted by
    (1 + cos(pi j / parts)) / 2, and the weights of what is missing are left out; a new sample is missing where the
    trace is missing at its own time. It looks less than one new step ahead, and to the sample after that.

    Args:
        time: strictly increasing, s, beginning at 0, shape (samples,).
        values: NaN where missing, shape (samples, traces).
        step_s: the new step, s.
        n: new samples, from 0.
        max_gap_s: as of `interpolate`.

    Returns:
        Shape (n, traces), NaN where missing.
    """
    parts = parts_of(time, step_s)
    fine = interpolate(time, values, step_s / parts * np.arange(n * parts, dtype=np.float64), max_gap_s)
    margin = np.full((parts, values.shape[1]), np.nan)
    fine = np.concatenate([margin, fine])
    there = ~np.isnan(fine)
    filled = np.where(there, fine, 0.0)
    total, weight = np.zeros((n, values.shape[1])), np.zeros((n, values.shape[1]))
    for j in range(1 - parts, parts):
        rows = slice(parts + j, parts + j + (n - 1) * parts + 1, parts)
        w = 0.5 * (1.0 + np.cos(np.pi * j / parts))
        total += w * filled[rows]
        weight += w * there[rows]
    centre = there[parts::parts]
    return np.divide(total, weight, out=np.full_like(total, np.nan), where=centre)


def parts_of(time: Array, step_s: float) -> int:
    """Parts into which `slowed` divides a step."""
    own = float(np.median(np.diff(time)))
    return max(_PARTS, int(np.ceil(2.0 * step_s / own)))


def block_mean(time: Array, values: Array, step_s: float, max_gap_s: float | None) -> tuple[Array, Array]:
    """The published way: interpolate at sixths of a step, then the mean of each six, put at the time of the first.

    So a value stands 5/12 of a step too early, and what the last block lacks is left out.

    Returns:
        Times (s) and values.
    """
    fine = interpolate(time, values, half_open_grid(float(time[-1]), step_s / _PARTS), max_gap_s)
    n = len(fine) // _PARTS
    blocks = fine[: n * _PARTS].reshape(n, _PARTS, values.shape[1])
    return step_s * np.arange(n, dtype=np.float64), blocks.mean(axis=1)


def _slows_down(time: Array, config: HomogeniseConfig) -> bool:
    """Whether the new step is longer than the recording's median one."""
    own = float(np.median(np.diff(time)))
    return config.dt_s >= own if config.slow_down == "block_mean" else config.dt_s > own * _SAME


def _grid(time: Array, config: HomogeniseConfig) -> Array:
    end, step = float(time[-1]), config.dt_s
    return closed_grid(end, step) if config.grid == "closed" else half_open_grid(end, step)


def _between(time: Array, values: Array, at: Array, max_gap_s: float | None) -> Array:
    """Interpolate traces that all have a value at each of these times."""
    if len(time) == 1:
        time, values = np.array([time[0], np.inf]), np.concatenate([values, values])
    left, share, known = _brackets(time, at, max_gap_s)
    mixed = (1.0 - share[:, None]) * values[left] + share[:, None] * values[left + 1]
    return np.where(known[:, None], mixed, np.nan)


def _on_measured(time: Array, there: Flags, at: Array, max_gap_s: float | None) -> Flags:
    left, share, known = _brackets(time, at, max_gap_s)
    on_left, on_right = (share < 1)[:, None], (share > 0)[:, None]
    return np.asarray(known[:, None] & (there[left] | ~on_left) & (there[left + 1] | ~on_right))


def _brackets(time: Array, at: Array, max_gap_s: float | None) -> tuple[Places, Array, Flags]:
    """The sample before each time, the share of the way to the next (0 or 1 on a sample), if both are near enough."""
    left = np.clip(np.searchsorted(time, at, side="right") - 1, 0, len(time) - 2)
    span = time[left + 1] - time[left]
    share = (at - time[left]) / span
    near = _ROUNDING * (at[1] - at[0]) if len(at) > 1 else 0.0
    on_left, on_right = np.abs(at - time[left]) <= near, np.abs(at - time[left + 1]) <= near
    known = on_left | on_right | (share > 0) & (share < 1) & (span <= (np.inf if max_gap_s is None else max_gap_s))
    return left, np.where(on_left, 0.0, np.where(on_right, 1.0, share)), known
