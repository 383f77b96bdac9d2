"""Calcium-like recordings of real neuron names with planted communities.

Every animal gets the same series of stimuli. Each stimulus raises one community, whose members rise and
decay together (first order, the decay slower, as of GCaMP); each member has its own gain, latency, missed
responses, private events, drift and noise. The communities gather neuron pairs known from reversal, forward
motion, turns and sensing (see Kato et al., Cell 163 (2015) 656, doi 10.1016/j.cell.2015.09.034); who belongs
where and answers to which stimulus is planted, not measured.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from scipy.ndimage import gaussian_filter1d

from ingest.simulate import truth
from ingest.simulate.recordings import Array, event_table, recording_row, traces
from schemas import tables
from schemas.errors import Place, SourceError
from schemas.ids import uid

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from schemas.dataset import Tables

READER_VERSION = "1"

DATASET = "simulate/celegans"
PARENT = "celegans/cells"
NODE_SET = "celegans/hermaphrodite"
RUN = uid(DATASET, "truth")

# community -> (its stimulus, classes whose left and right neuron belong to it)
COMMUNITIES: dict[str, tuple[str, tuple[str, ...]]] = {
    "planted-1": ("touch", ("AVA", "AVE", "AVD", "RIM", "AIB", "AIZ", "FLP", "URYD")),
    "planted-2": ("light", ("AVB", "RIB", "RME", "PVC", "AIY", "SIBV", "SIBD", "SIAV")),
    "planted-3": ("salt", ("RIV", "SMDV", "SMDD", "SMBV", "SMBD", "RMDV", "RMDD")),
    "planted-4": ("odour", ("AWC", "AWA", "ASE", "ASH", "ASK", "ADF", "BAG")),
}


@dataclass(frozen=True)
class CelegansConfig:
    """Sizes and noise; times in seconds, amplitudes in units of F/F0."""

    seed: int = 2024
    n_recordings: int = 4
    n_samples: int = 800
    interval_s: float = 0.6
    missing: int = 8
    unlabelled: int = 3
    presentations: int = 6
    stimulus_s: float = 8.0
    rise_s: float = 1.5
    decay_s: float = 4.0
    response_probability: float = 0.9
    private_events: int = 3
    noise: float = 0.04
    drift: float = 0.1


def members() -> dict[str, str]:
    """Neuron name -> planted community."""
    return {
        f"{name}{side}": community
        for community, (_, classes) in COMMUNITIES.items()
        for name in classes
        for side in "LR"
    }


def read(files: Mapping[str, Path], parents: Mapping[str, Tables]) -> dict[str, pl.DataFrame]:  # noqa: ARG001
    """Simulate with the default configuration, on the neurons of celegans/cells.

    Raises:
        SourceError: the parent lacks a neuron.
    """
    known = set(parents[PARENT]["node"].get_column("uid").to_list())
    absent = [name for name in members() if uid(NODE_SET, name) not in known]
    if absent:
        raise SourceError(f"has no neuron {absent[0]!r}", f"publish {PARENT} again", Place(PARENT))
    return simulate(CelegansConfig())


def simulate(config: CelegansConfig) -> dict[str, pl.DataFrame]:
    """Subjects, recordings, traces, stimuli and the planted truth.

    Args:
        config: sizes, noise and seed; equal configurations give equal tables.
    """
    rng = np.random.default_rng(config.seed)
    stimuli = _stimuli(config, rng)
    recordings, frames, events = [], [], []
    for i in range(1, config.n_recordings + 1):
        recording = uid(DATASET, f"recording-{i}")
        names, values = _animal(stimuli, config, rng)
        recordings.append(
            recording_row(
                recording,
                NODE_SET,
                subject=uid(DATASET, f"animal-{i}"),
                modality="calcium",
                signal="F/F0",
                unit="1",
                interval_s=config.interval_s,
                n_samples=config.n_samples,
            )
        )
        frames.append(traces(recording, NODE_SET, names, values))
        events += [(recording, "stimulus", COMMUNITIES[c][0], on, config.stimulus_s) for on, c in stimuli]
    return {
        "subject": _subjects(config),
        "recording": tables.frame("recording", recordings),
        "trace": pl.concat(frames),
        "event": event_table(events),
        "run": truth.run_table(truth.run_row(RUN, config, planted="communities of neurons")),
        "membership": truth.memberships(RUN, {uid(NODE_SET, n): c for n, c in members().items()}),
    }


def _subjects(config: CelegansConfig) -> pl.DataFrame:
    rows: list[dict[str, object]] = [
        {"uid": uid(DATASET, f"animal-{i}"), "species": "Caenorhabditis elegans", "sex": "hermaphrodite"}
        for i in range(1, config.n_recordings + 1)
    ]
    return tables.frame("subject", rows)


def _stimuli(config: CelegansConfig, rng: np.random.Generator) -> list[tuple[float, str]]:
    """Onsets, the same for all animals: each stimulus `presentations` times, random order, evenly spread."""
    order = rng.permutation(np.repeat(list(COMMUNITIES), config.presentations)).tolist()
    spacing = config.n_samples * config.interval_s / len(order)
    jitter = rng.uniform(0.1, 0.4, len(order)) * spacing
    return [(round(i * spacing + float(jitter[i]), 3), community) for i, community in enumerate(order)]


def _animal(
    stimuli: list[tuple[float, str]], config: CelegansConfig, rng: np.random.Generator
) -> tuple[list[str | None], Array]:
    """Traces in random order; some neurons are not seen, some are seen and not named."""
    seen = rng.permutation(list(members()))[config.missing :].tolist()
    values = np.stack([_neuron(members()[name], stimuli, config, rng) for name in seen])
    nameless = set(rng.choice(len(seen), config.unlabelled, replace=False).tolist())
    return [None if i in nameless else name for i, name in enumerate(seen)], values


def _neuron(
    community: str, stimuli: list[tuple[float, str]], config: CelegansConfig, rng: np.random.Generator
) -> Array:
    """One trace, shape (samples,)."""
    drive = np.zeros(config.n_samples)
    latency = rng.uniform(0.0, config.interval_s)
    for onset, answering in stimuli:
        if answering == community and rng.random() < config.response_probability:
            _add_event(drive, onset + latency, config.stimulus_s, rng.lognormal(0.0, 0.2), config)
    length_s = config.n_samples * config.interval_s
    for _ in range(config.private_events):
        _add_event(drive, rng.uniform(0, length_s), rng.uniform(2, 6), rng.lognormal(-0.5, 0.2), config)
    gain = rng.uniform(0.6, 1.2)
    slow = gaussian_filter1d(rng.standard_normal(config.n_samples), 40.0, mode="reflect")
    drift = config.drift * slow / slow.std()
    noise = config.noise * rng.standard_normal(config.n_samples)
    return np.asarray(1.0 + gain * _calcium(drive, config) + drift + noise)


def _add_event(drive: Array, onset_s: float, duration_s: float, size: float, config: CelegansConfig) -> None:
    """Add a box to the drive; a sample that is covered in part gets its part."""
    start = np.arange(config.n_samples) * config.interval_s
    covered = np.minimum(start + config.interval_s, onset_s + duration_s) - np.maximum(start, onset_s)
    drive += size * np.clip(covered, 0.0, None) / config.interval_s


def _calcium(drive: Array, config: CelegansConfig) -> Array:
    """Follow the drive at first order, faster upwards than downwards."""
    level, out = 0.0, np.empty_like(drive)
    for t, target in enumerate(drive):
        tau = config.rise_s if target > level else config.decay_s
        level += (target - level) * (1 - np.exp(-config.interval_s / tau))
        out[t] = level
    return out
