"""EEG-like recordings on the 19 channels of the 10-20 system, with planted coherent groups.

Each group shares one narrow-band rhythm; the posterior alpha rhythm is larger with closed eyes. Every channel
adds its own 1/f background and noise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from scipy.signal import lfilter

from ingest.simulate import truth
from ingest.simulate.recordings import Array, event_table, recording_row, traces
from schemas import tables
from schemas.ids import uid

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from schemas.dataset import Tables

READER_VERSION = "1"

DATASET = "simulate/eeg"
NODE_SET = "simulate/eeg-10-20"
RUN = uid(DATASET, "truth")

# group -> (rhythm in Hz, amplitude in uV with open and with closed eyes, channels)
GROUPS: dict[str, tuple[float, tuple[float, float], tuple[str, ...]]] = {
    "planted-alpha": (10.0, (6.0, 20.0), ("O1", "O2", "P3", "P4", "Pz", "P7", "P8")),
    "planted-beta-central": (18.0, (8.0, 8.0), ("C3", "Cz", "C4", "T7", "T8")),
    "planted-beta-frontal": (24.0, (8.0, 8.0), ("Fp1", "Fp2", "F7", "F3", "Fz", "F4", "F8")),
}
CLOSED, OPEN = "eyes closed", "eyes open"

# 10-20 system: angle from the vertex and azimuth from the nasion (degrees, right positive) on a sphere
_ANGLES = {
    "Fp1": (72, -18), "Fp2": (72, 18), "F7": (72, -54), "F8": (72, 54), "T7": (72, -90), "T8": (72, 90),
    "P7": (72, -126), "P8": (72, 126), "O1": (72, -162), "O2": (72, 162), "Fz": (36, 0), "Pz": (36, 180),
    "C3": (36, -90), "C4": (36, 90), "Cz": (0, 0),
}  # fmt: skip
# these lie half-way between two others
_BETWEEN = {"F3": ("F7", "Fz"), "F4": ("F8", "Fz"), "P3": ("P7", "Pz"), "P4": ("P8", "Pz")}
RADIUS_MM = 85.0


@dataclass(frozen=True)
class EegConfig:
    """Sizes and noise; amplitudes are standard deviations in uV."""

    seed: int = 2024
    n_subjects: int = 3
    sampling_rate_hz: float = 128.0
    duration_s: float = 20.0
    block_s: float = 5.0
    bandwidth_hz: float = 1.0
    background_uv: float = 5.0
    noise_uv: float = 1.0


def read(files: Mapping[str, Path], parents: Mapping[str, Tables]) -> dict[str, pl.DataFrame]:  # noqa: ARG001
    """Simulate with the default configuration."""
    return simulate(EegConfig())


def group_of_channel() -> dict[str, str]:
    """Channel -> planted group, in the order of the traces."""
    return {channel: group for group, (_, _, channels) in GROUPS.items() for channel in channels}


def simulate(config: EegConfig) -> dict[str, pl.DataFrame]:
    """Channels, subjects, recordings, eye events, planted groups; equal configurations give equal tables."""
    rng = np.random.default_rng(config.seed)
    subjects: list[dict[str, object]] = []
    recordings, frames = [], []
    events: list[tuple[str, str, str, float, float]] = []
    for i in range(1, config.n_subjects + 1):
        subject = uid(DATASET, f"subject-{i}")
        recording = uid(subject, "rest")
        subjects.append({"uid": subject, "species": "Homo sapiens"})
        recordings.append(_recording(recording, subject, config))
        frames.append(traces(recording, NODE_SET, list(group_of_channel()), _potentials(config, rng)))
        events += [(recording, "behaviour", label, on, length) for on, length, label in _blocks(config)]
    return {
        "node_set": _node_set(),
        "node": _nodes(),
        "subject": tables.frame("subject", subjects),
        "recording": tables.frame("recording", recordings),
        "trace": pl.concat(frames),
        "event": event_table(events),
        "run": truth.run_table(truth.run_row(RUN, config, planted="coherent groups of channels")),
        "membership": truth.memberships(RUN, {uid(NODE_SET, c): g for c, g in group_of_channel().items()}),
    }


def _blocks(config: EegConfig) -> list[tuple[float, float, str]]:
    """Onset, length and label of each block; the first is with open eyes."""
    onsets = np.arange(0.0, config.duration_s, config.block_s).tolist()
    return [(on, min(config.block_s, config.duration_s - on), (OPEN, CLOSED)[i % 2]) for i, on in enumerate(onsets)]


def _n_samples(config: EegConfig) -> int:
    return round(config.duration_s * config.sampling_rate_hz)


def _potentials(config: EegConfig, rng: np.random.Generator) -> Array:
    """Potentials of one recording in uV, shape (channels, samples)."""
    n = _n_samples(config)
    closed = (np.arange(n) / config.sampling_rate_hz // config.block_s).astype(int) % 2
    rows = []
    for frequency, amplitudes, channels in GROUPS.values():
        rhythm = _rhythm(frequency, config, rng) * np.array(amplitudes)[closed]
        rows += [rng.uniform(0.8, 1.2) * rhythm for _ in channels]
    background = np.stack([_one_over_f(n, rng) for _ in rows])
    white = rng.standard_normal((len(rows), n))
    return np.asarray(np.stack(rows) + config.background_uv * background + config.noise_uv * white)


def _rhythm(frequency_hz: float, config: EegConfig, rng: np.random.Generator) -> Array:
    """A narrow-band course of variance 1: the real part of a complex first-order process."""
    n = _n_samples(config)
    decay = np.exp(-np.pi * config.bandwidth_hz / config.sampling_rate_hz)
    pole = decay * np.exp(2j * np.pi * frequency_hz / config.sampling_rate_hz)
    lead_in = round(5 * config.sampling_rate_hz / config.bandwidth_hz)
    drive = rng.standard_normal(n + lead_in) + 1j * rng.standard_normal(n + lead_in)
    course = lfilter([1.0], [1.0, -pole], drive)[lead_in:].real
    return np.asarray(course / course.std())


def _one_over_f(n: int, rng: np.random.Generator) -> Array:
    """Noise of variance 1 whose power falls as 1/f."""
    spectrum = rng.standard_normal(n // 2 + 1) + 1j * rng.standard_normal(n // 2 + 1)
    spectrum[0] = 0.0
    spectrum[1:] /= np.sqrt(np.arange(1, len(spectrum)))
    course = np.fft.irfft(spectrum, n)
    return np.asarray(course / course.std())


def _recording(recording: str, subject: str, config: EegConfig) -> dict[str, object]:
    return recording_row(
        recording,
        NODE_SET,
        subject=subject,
        modality="eeg",
        signal="potential",
        unit="uV",
        interval_s=1 / config.sampling_rate_hz,
        n_samples=_n_samples(config),
    )


def _node_set() -> pl.DataFrame:
    row: dict[str, object] = {
        "uid": NODE_SET,
        "title": "10-20 montage, 19 channels, on a sphere",
        "frame": f"sphere of {RADIUS_MM:g} mm about the head's centre; x right, y anterior, z superior",
        "species": "Homo sapiens",
    }
    return tables.frame("node_set", [row])


def _positions() -> dict[str, Array]:
    """Unit vectors, x right, y anterior, z superior."""
    found = {}
    for channel, (polar, azimuth) in _ANGLES.items():
        theta, phi = np.deg2rad(polar), np.deg2rad(azimuth)
        found[channel] = np.array([np.sin(theta) * np.sin(phi), np.sin(theta) * np.cos(phi), np.cos(theta)])
    for channel, (a, b) in _BETWEEN.items():
        middle = found[a] + found[b]
        found[channel] = middle / np.linalg.norm(middle)
    return found


def _nodes() -> pl.DataFrame:
    positions = _positions()
    rows: list[dict[str, object]] = []
    for channel in group_of_channel():
        x, y, z = (RADIUS_MM * positions[channel]).round(3).tolist()
        side = "M" if channel.endswith("z") else "LR"[int(channel[-1]) % 2 == 0]
        rows.append(
            {
                "uid": uid(NODE_SET, channel),
                "node_set": NODE_SET,
                "name": channel,
                "kind": "channel",
                "aliases": [],
                "hemisphere": side,
                "x_mm": x,
                "y_mm": y,
                "z_mm": z,
            }
        )
    return tables.frame("node", rows)
