"""How often chance alone correlates two traces as much: every circular shift of one trace against the other.

Two traces that know nothing of each other, each as likely to begin at any of its samples, correlate at any shift as
they do at none. So p is the share of shifts with as large an |r|, the shift by 0 among them: a permutation test over
the cyclic group. It keeps each trace's own course in time, so slowness alone is no finding. What it does not keep out
is what goes with the time since the start: with drift, bleaching or a state that comes but once, circular shifts find
too much (Harris 2020, doi 10.1101/2020.11.29.402719). A straight trend can be taken out first (`without_trend`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import fft
from scipy.stats import false_discovery_control

from ingest.correlation.pairwise import Floats, NamedTraces, Sums, Whole, pooled, standardised

Mask = np.ndarray[Any, np.dtype[np.bool_]]
Complex = np.ndarray[Any, np.dtype[np.complex128]]
Progress = Callable[[int, int], None]  # done, total

_ALIKE = 1e-9  # differences of r that are rounding


@dataclass(frozen=True)
class Significance:
    """Two-sided p of each pair, NaN where it was not observed.

    Args:
        alone: of each recording, float[traces, traces]; only above the diagonal.
        pooled: of the mean over recordings, float[n_cells, n_cells]; only above the diagonal.
    """

    alone: Sequence[Floats]
    pooled: Floats


class Shifts:
    """Correlations of the traces of a recording at every circular shift.

    Args:
        values: float[traces, samples], NaN where missing.
        min_samples: r over fewer common samples is not defined.
    """

    def __init__(self, values: Floats, min_samples: int) -> None:
        z, seen = standardised(values), (~np.isnan(values)).astype(np.float64)
        self.samples = values.shape[1]
        self._min_samples = min_samples
        self._z = fft.rfft(z)
        self._whole = bool(seen.all())
        self._seen, self._squares = (self._z, self._z) if self._whole else (fft.rfft(seen), fft.rfft(z**2))

    def r(self, one: int, others: Whole) -> Floats:
        """Pearson r of a trace with others, which are shifted by 0, 1, 2, … samples, float[others, samples].

        NaN where too few samples are common, or a trace does not change over them.
        """
        if self._whole:
            return np.asarray(self._products(self._z[one], self._z[others]) / self.samples)
        z, seen, squares = self._z, self._seen, self._squares
        n = np.rint(self._products(seen[one], seen[others]))
        sums = Sums(
            n,
            self._products(z[one], seen[others]),
            self._products(seen[one], z[others]),
            self._products(squares[one], seen[others]),
            self._products(seen[one], squares[others]),
            self._products(z[one], z[others]),
        )
        return np.where(n >= self._min_samples, sums.r(), np.nan)

    def _products(self, one: Complex, others: Complex) -> Floats:
        return np.asarray(fft.irfft(others * one.conj(), self.samples))


def significance(
    recordings: Sequence[NamedTraces],
    correlations: Sequence[Floats],
    n_cells: int,
    *,
    min_samples: int,
    surrogates: int,
    rng: np.random.Generator,
    progress: Progress = lambda _done, _total: None,
) -> Significance:
    """Two-sided p of each pair in each recording, and of its mean over the recordings that hold it.

    In one recording every shift is tried. A mean over several has too many combinations: `surrogates` of them are
    drawn, in each recording another shift, all alike likely, and p is (1 + as large ones) / (1 + surrogates).

    Args:
        recordings: traces by ascending index of their neuron.
        correlations: of each, float[traces, traces], NaN where a pair does not count.
        n_cells: how many neurons there are.
        min_samples: as `Shifts` takes it.
        surrogates: how many combinations.
        rng: random numbers.
        progress: told of each neuron.
    """
    mean, seen = pooled([(each.cells, r) for each, r in zip(recordings, correlations, strict=True)], n_cells)
    alone = [np.full_like(r, np.nan) for r in correlations]
    together = np.full((n_cells, n_cells), np.nan)
    shifts = [Shifts(each.values, min_samples) for each in recordings]
    for cell in range(n_cells):
        progress(cell, n_cells)
        several = cell + 1 + np.flatnonzero(seen[cell, cell + 1 :] > 1)
        drawn = np.zeros((len(several), surrogates))
        for recording, r, p, shift in zip(recordings, correlations, alone, shifts, strict=True):
            for row in np.flatnonzero(recording.cells == cell).tolist():
                columns = row + 1 + np.flatnonzero(~np.isnan(r[row, row + 1 :]))
                others, tried = recording.cells[columns], shift.r(row, columns)
                tried[:, 0] = r[row, columns]  # the shift by 0, without the rounding of a transform
                p[row, columns] = together[cell, others] = _shares(tried)
                _draw(drawn, np.searchsorted(several, others), seen[cell, others] > 1, tried, rng.random(surrogates))
        reached = np.abs(drawn) >= np.abs(mean[cell, several] * seen[cell, several])[:, None] - _ALIKE
        together[cell, several] = (1 + reached.sum(axis=1)) / (1 + surrogates)
    return Significance(alone, together)


def false_discovery(p: Floats) -> Floats:
    """False discovery rate (q) of each pair among all that have a p (Benjamini and Hochberg 1995).

    Args:
        p: float[n], NaN where there is none.
    """
    q, given = np.full_like(p, np.nan), ~np.isnan(p)
    if given.any():
        q[given] = false_discovery_control(p[given], method="bh")
    return q


def _shares(tried: Floats) -> Floats:
    """Of r at every shift, the share with as large an |r| as the first, float[pairs]."""
    reached = np.abs(tried) >= np.abs(tried[:, :1]) - _ALIKE
    return np.asarray(reached.sum(axis=1) / (~np.isnan(tried)).sum(axis=1))


def _draw(drawn: Floats, places: Whole, which: Mask, tried: Floats, at: Floats) -> None:
    """Add r at random shifts to the rows of `drawn` that some of the pairs have.

    Args:
        drawn: float[rows, draws].
        places: row of each pair, int[pairs].
        which: pairs that have one, bool[pairs].
        tried: r at every shift, float[pairs, samples], NaN where there is none.
        at: shares of the shifts, float[draws].
    """
    for place, possible in zip(places[which], tried[which], strict=True):
        defined = possible[~np.isnan(possible)]
        drawn[place] += defined[(at * len(defined)).astype(np.int64)]
