"""Stimuli that step between two levels."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from ingest.celegans.calcium.recording import Event
from schemas.errors import Place, SourceError

_LEVELS = 2


@dataclass(frozen=True)
class Steps:
    """What was changed, between which two levels, from which of them (1 or 2), and when."""

    identity: str
    unit: str
    levels: np.ndarray[Any, np.dtype[np.float64]]
    initial: int
    switches_s: np.ndarray[Any, np.dtype[np.float64]]


def step_events(steps: Steps, start_s: float, end_s: float, place: Place) -> list[Event]:
    """An interval for each time between two switches, and before the first and after the last.

    Args:
        steps: the stimulus.
        start_s: time of the first sample.
        end_s: time of the last.
        place: where the stimulus stands.

    Raises:
        SourceError: not two levels, no such initial level, or switches that do not follow each other.
    """
    if steps.levels.size != _LEVELS or not np.isfinite(steps.levels).all():
        raise SourceError(f"has {steps.levels.size} level(s)", "a stimulus of two levels was expected", place)
    if steps.initial not in (1, _LEVELS):
        raise SourceError("the initial state is neither 1 nor 2", "it counts the levels from 1", place)
    switches = steps.switches_s
    if not (np.isfinite(switches).all() and (np.diff(switches) > 0).all()):
        raise SourceError("the times of the switches do not increase", "are they in seconds, and in order?", place)
    bounds = [start_s, *(float(s) for s in switches if start_s < s < end_s), end_s]
    level = steps.initial - 1 + int((switches <= start_s).sum())
    what = steps.identity.strip() or "stimulus"
    labels = [f"{what} {value:g} {steps.unit}".strip() for value in steps.levels]
    return [
        Event("stimulus", labels[(level + i) % _LEVELS], onset, end - onset)
        for i, (onset, end) in enumerate(pairwise(bounds))
    ]
