"""What chance alone would give: pairs drawn anew with the same degrees, and traces shifted against each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ingest.correlation.pairwise import NamedTraces, mean_correlation

Mask = np.ndarray[Any, np.dtype[np.bool_]]
Whole = np.ndarray[Any, np.dtype[np.int64]]
Floats = np.ndarray[Any, np.dtype[np.float64]]

_SWEEPS = 5  # attempts per chosen pair between two draws
_BURN_IN = 5  # draws that are thrown away first
_LEAST_SHIFT = 0.1  # of the recording's length, in either direction


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


def shifted_correlations(
    animals: Sequence[NamedTraces], n_cells: int, draws: int, rng: np.random.Generator
) -> list[Floats]:
    """`mean_correlation` of traces that were shifted circularly, each by another random time.

    Each trace keeps its own course in time, so slow ones correlate by chance as they do; what cells do together goes.
    A shift is at least a tenth of the recording, in either direction.
    """
    return [mean_correlation([_shifted(animal, rng) for animal in animals], n_cells)[0] for _ in range(draws)]


def _shifted(animal: NamedTraces, rng: np.random.Generator) -> NamedTraces:
    traces, samples = animal.values.shape
    least = max(1, int(_LEAST_SHIFT * samples))
    offsets = rng.integers(least, max(least + 1, samples - least), size=(traces, 1))
    moved = np.take_along_axis(animal.values, (np.arange(samples) - offsets) % samples, axis=1)
    return NamedTraces(animal.cells, moved)
