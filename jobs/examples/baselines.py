"""What chance alone would give: pairs drawn anew with the same degrees, and traces shifted against each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Mask = np.ndarray[Any, np.dtype[np.bool_]]
Whole = np.ndarray[Any, np.dtype[np.int64]]
Floats = np.ndarray[Any, np.dtype[np.float64]]

_SWEEPS = 5  # attempts per chosen pair between two draws
_BURN_IN = 5  # draws that are thrown away first
_LEAST_SHIFT = 0.1  # of the recording's length, in either direction


@dataclass(frozen=True)
class Recorded:
    """Traces of one animal.

    Args:
        cells: index of the cell of each trace, each once, int[traces].
        values: float[traces, samples], evenly sampled.
    """

    cells: Whole
    values: Floats


def rewired(rows: Whole, columns: Whole, chosen: Mask, draws: int, rng: np.random.Generator) -> Mask:
    """Random choices among pairs; each row and each column keeps as many chosen pairs as it has.

    A chain of swaps (a, b), (c, d) to (a, d), (c, b), refused where a pair was not measured or is chosen already, as
    Maslov and Sneppen 2002 (doi 10.1126/science.1065103) randomise networks. Where pairs are not measured, swaps may
    not reach every choice with these sums.

    Args:
        rows: of each pair that was measured, int[pairs]; no pair stands twice.
        columns: likewise.
        chosen: which pairs are, bool[pairs].
        draws: how many.
        rng: random numbers.

    Returns:
        bool[draws, pairs]
    """
    width = int(columns.max(initial=0)) + 1
    place = {key: pair for pair, key in enumerate((rows * width + columns).tolist())}  # key of a measured pair
    held = bytearray(chosen.astype(np.uint8).tobytes())
    pairs = np.flatnonzero(chosen)
    tops, sides = (rows[pairs] * width).tolist(), columns[pairs].tolist()
    found = np.zeros((draws, len(rows)), dtype=np.bool_)
    for draw in range(-_BURN_IN, draws):
        for i, j in rng.integers(max(1, len(pairs)), size=(_SWEEPS * len(pairs), 2)).tolist():
            first, second = place.get(tops[i] + sides[j]), place.get(tops[j] + sides[i])
            if first is None or second is None or held[first] or held[second]:
                continue
            held[place[tops[i] + sides[i]]] = held[place[tops[j] + sides[j]]] = 0
            held[first] = held[second] = 1
            sides[i], sides[j] = sides[j], sides[i]
        if draw >= 0:
            found[draw] = np.frombuffer(held, np.uint8)
    return found


def correlation(animals: Sequence[Recorded], n_cells: int) -> Floats:
    """Pearson correlation of each pair of cells within an animal, averaged over the animals that have both.

    Returns:
        float[n_cells, n_cells]; NaN where no animal has both.
    """
    return _mean_product([standardised(animal) for animal in animals], n_cells)


def shifted_correlations(
    animals: Sequence[Recorded], n_cells: int, draws: int, rng: np.random.Generator
) -> list[Floats]:
    """`correlation` of traces that were shifted circularly, each by another random time.

    Each trace keeps its own course in time, so slow ones correlate by chance as they do; what cells do together goes.
    A shift is at least a tenth of the recording, in either direction.
    """
    ready = [standardised(animal) for animal in animals]
    return [_mean_product([_shifted(animal, rng) for animal in ready], n_cells) for _ in range(draws)]


def standardised(animal: Recorded) -> Recorded:
    """Each trace with mean 0 and standard deviation 1; one that never changes becomes 0."""
    centred = animal.values - animal.values.mean(axis=1, keepdims=True)
    spread = centred.std(axis=1, keepdims=True)
    return Recorded(animal.cells, np.divide(centred, spread, out=np.zeros_like(centred), where=spread > 0))


def _shifted(animal: Recorded, rng: np.random.Generator) -> Recorded:
    traces, samples = animal.values.shape
    least = max(1, int(_LEAST_SHIFT * samples))
    offsets = rng.integers(least, max(least + 1, samples - least), size=(traces, 1))
    moved = np.take_along_axis(animal.values, (np.arange(samples) - offsets) % samples, axis=1)
    return Recorded(animal.cells, moved)


def _mean_product(animals: Sequence[Recorded], n_cells: int) -> Floats:
    total, seen = np.zeros((n_cells, n_cells)), np.zeros((n_cells, n_cells))
    for animal in animals:
        both = np.ix_(animal.cells, animal.cells)
        total[both] += animal.values @ animal.values.T / animal.values.shape[1]
        seen[both] += 1
    return np.divide(total, seen, out=np.full_like(total, np.nan), where=seen > 0)
