"""Spike counts of a coupled population that switches between hidden states.

The generative model of the HMM-GLM of Li et al. (ICLR 2024, arXiv 2310.15263): a hidden Markov chain chooses
the coupling matrix; x[t, n] ~ Poisson(softplus(b + sum over m of W[state][n, m] h[t, m])), where h is the
recent past of unit m under an exponential kernel. Signs and pairs are shared by the states (the anatomy);
strengths, and which of the pairs work, are not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from ingest.frames import complete
from ingest.simulate import truth
from ingest.simulate.recordings import Array, recording_row, traces
from schemas import tables
from schemas.ids import uid

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from schemas.dataset import Tables

READER_VERSION = "1"

DATASET = "simulate/spikes"
NODE_SET = "simulate/spikes-units"
RECORDING = uid(DATASET, "recording-1")
RUN = uid(DATASET, "truth")


@dataclass(frozen=True)
class SpikesConfig:
    """Sizes and couplings.

    Attributes:
        seed: of the generator.
        n_units: units; every other one is inhibitory.
        n_states: hidden states.
        n_bins: length of the recording in bins.
        bin_s: length of a bin.
        stay: probability that the state stays from one bin to the next.
        density: share of ordered pairs that are coupled.
        active: share of the coupled pairs that work in a given state.
        strength: couplings lie between half of this and this; the excitatory ones of a state are then scaled
            so that their spectral radius is at most `radius`.
        radius: below 1 the rates stay bounded, as softplus has a slope of at most 1 and the kernel sums to 1.
        base: softplus(base) is the mean count of an uncoupled unit per bin.
        history: bins that the exponential kernel reaches back.
    """

    seed: int = 2024
    n_units: int = 20
    n_states: int = 2
    n_bins: int = 12000
    bin_s: float = 0.02
    stay: float = 0.99
    density: float = 0.2
    active: float = 0.7
    strength: float = 1.4
    radius: float = 0.8
    base: float = -0.5
    history: int = 5


def read(files: Mapping[str, Path], parents: Mapping[str, Tables]) -> dict[str, pl.DataFrame]:  # noqa: ARG001
    """Simulate with the default configuration."""
    return simulate(SpikesConfig())


def simulate(config: SpikesConfig) -> dict[str, pl.DataFrame]:
    """Units, one recording and the planted truth; equal configurations give equal tables.

    The run `simulate/spikes/truth` holds the states and the mean coupling over the states, the runs
    `simulate/spikes/truth-state-N` the coupling of each state.
    """
    rng = np.random.default_rng(config.seed)
    coupling = _coupling(config, rng)
    states = _states(config, rng)
    counts = _counts(coupling, states, config, rng)
    names = _names(config)
    runs = [truth.run_row(RUN, config, planted="states; coupling averaged over the states")]
    edges = [_edges(RUN, coupling.mean(axis=0), names)]
    for state in range(config.n_states):
        run = f"{RUN}-state-{state + 1}"
        runs.append(truth.run_row(run, config, planted=f"coupling in state-{state + 1}"))
        edges.append(_edges(run, coupling[state], names))
    return {
        "node_set": tables.frame("node_set", [{"uid": NODE_SET, "title": "Simulated units"}]),
        "node": _nodes(config),
        "subject": tables.frame("subject", [{"uid": uid(DATASET, "animal-1")}]),
        "recording": tables.frame("recording", [_recording(config)]),
        "trace": traces(RECORDING, NODE_SET, names, counts.T),
        "run": truth.run_table(*runs),
        "state": _state_rows(states, config),
        "inferred_edge": pl.concat(edges),
    }


def _names(config: SpikesConfig) -> list[str]:
    return [f"unit-{i + 1:02d}" for i in range(config.n_units)]


def _signs(config: SpikesConfig) -> Array:
    """+1 for an excitatory, -1 for an inhibitory unit (Dale's law)."""
    return np.where(np.arange(config.n_units) % 2 == 0, 1.0, -1.0)


def _coupling(config: SpikesConfig, rng: np.random.Generator) -> Array:
    """W[state, post, pre], shape (states, units, units); no unit couples to itself."""
    shape = (config.n_units, config.n_units)
    anatomy = (rng.random(shape) < config.density) & ~np.eye(config.n_units, dtype=bool)
    active = rng.random((config.n_states, *shape)) < config.active
    size = rng.uniform(0.5 * config.strength, config.strength, (config.n_states, *shape))
    coupling = anatomy * active * size * _signs(config)
    excitatory = np.clip(coupling, 0.0, None)
    radius = np.abs(np.linalg.eigvals(excitatory)).max(axis=1)[:, None, None]
    scale = np.minimum(1.0, config.radius / np.maximum(radius, config.radius))
    return np.asarray(np.where(coupling > 0, coupling * scale, coupling))


def _states(config: SpikesConfig, rng: np.random.Generator) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """State of each bin; a state that is left goes to one of the others."""
    leaves = rng.random(config.n_bins) >= config.stay
    steps = rng.integers(1, config.n_states, config.n_bins) if config.n_states > 1 else np.zeros(config.n_bins)
    steps = np.where(leaves, steps, 0).astype(np.int64)
    steps[0] = 0
    return np.asarray(np.cumsum(steps) % config.n_states)


def _counts(
    coupling: Array,
    states: np.ndarray[tuple[int], np.dtype[np.int64]],
    config: SpikesConfig,
    rng: np.random.Generator,
) -> Array:
    """Spike counts, shape (bins, units)."""
    kernel = np.exp(-np.arange(1, config.history + 1, dtype=float))
    kernel /= kernel.sum()
    counts = np.zeros((config.n_bins + config.history, config.n_units))
    for t in range(config.n_bins):
        past = kernel[::-1] @ counts[t : t + config.history]
        drive = config.base + coupling[states[t]] @ past
        counts[t + config.history] = rng.poisson(np.logaddexp(0.0, drive))
    return counts[config.history :]


def _edges(run: str, coupling: Array, names: list[str]) -> pl.DataFrame:
    post, pre = np.nonzero(coupling)
    nodes = np.array([uid(NODE_SET, name) for name in names], dtype=object)
    frame = pl.DataFrame(
        {"source": nodes[pre].tolist(), "target": nodes[post].tolist(), "weight": coupling[post, pre]}
    ).with_columns(pl.lit(run).alias("run"), pl.lit(value=True).alias("directed"))
    return complete("inferred_edge", frame)


def _state_rows(states: np.ndarray[tuple[int], np.dtype[np.int64]], config: SpikesConfig) -> pl.DataFrame:
    starts = np.concatenate([[0], np.flatnonzero(np.diff(states)) + 1])
    lengths = np.diff(np.concatenate([starts, [len(states)]]))
    frame = pl.DataFrame(
        {
            "interval": np.arange(len(starts)),
            "state": [f"state-{state + 1}" for state in states[starts].tolist()],
            "onset_s": starts * config.bin_s,
            "duration_s": lengths * config.bin_s,
        }
    ).with_columns(pl.lit(RUN).alias("run"), pl.lit(RECORDING).alias("recording"), pl.lit(1.0).alias("probability"))
    return complete("state", frame)


def _recording(config: SpikesConfig) -> dict[str, object]:
    return recording_row(
        RECORDING,
        NODE_SET,
        subject=uid(DATASET, "animal-1"),
        modality="spikes",
        signal="spike count",
        unit="1",
        interval_s=config.bin_s,
        n_samples=config.n_bins,
    )


def _nodes(config: SpikesConfig) -> pl.DataFrame:
    rows: list[dict[str, object]] = [
        {
            "uid": uid(NODE_SET, name),
            "node_set": NODE_SET,
            "name": name,
            "kind": "unit",
            "aliases": [],
            "type": "excitatory" if sign > 0 else "inhibitory",
        }
        for name, sign in zip(_names(config), _signs(config).tolist(), strict=True)
    ]
    return tables.frame("node", rows)
