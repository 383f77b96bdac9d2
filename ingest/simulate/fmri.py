"""Resting-state-like series with planted modules in two groups, and their Pearson networks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from scipy.ndimage import gaussian_filter1d

from ingest.fmri import pearson
from ingest.simulate import truth
from ingest.simulate.recordings import Array, recording_row, traces
from schemas import tables
from schemas.ids import uid

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from schemas.dataset import Tables

READER_VERSION = "1"

DATASET = "simulate/fmri"
NODE_SET = "simulate/fmri-regions"
RUN = uid(DATASET, "truth")
GROUPS = ("control", "patient")


@dataclass(frozen=True)
class FmriConfig:
    """Sizes and couplings.

    Attributes:
        seed: of the generator.
        n_subjects: half of them in each group.
        n_modules: modules, planted alike in every subject.
        pairs_per_module: left and right regions of each module.
        n_samples: length of a series.
        interval_s: repetition time.
        coupling: share of a region's variance that its module's course explains.
        bridge: correlation of the courses of modules 1 and 2 in controls; patients have none.
        share: share of the pairs that a network keeps.
    """

    seed: int = 2024
    n_subjects: int = 8
    n_modules: int = 4
    pairs_per_module: int = 5
    n_samples: int = 150
    interval_s: float = 2.0
    coupling: float = 0.6
    bridge: float = 0.6
    share: float = 0.1


def read(files: Mapping[str, Path], parents: Mapping[str, Tables]) -> dict[str, pl.DataFrame]:  # noqa: ARG001
    """Simulate with the default configuration."""
    return simulate(FmriConfig())


def module_of_region(config: FmriConfig) -> dict[str, str]:
    """Region name -> planted module."""
    return {
        f"R{module * config.pairs_per_module + pair + 1:02d}.{side}": f"planted-{module + 1}"
        for module in range(config.n_modules)
        for pair in range(config.pairs_per_module)
        for side in "LR"
    }


def simulate(config: FmriConfig) -> dict[str, pl.DataFrame]:
    """Regions, subjects, series, networks and the planted modules; equal configurations give equal tables."""
    rng = np.random.default_rng(config.seed)
    modules = module_of_region(config)
    nodes = [uid(NODE_SET, name) for name in modules]
    rule = pearson.PearsonConfig(config.share)
    rows: dict[str, list[dict[str, object]]] = {"subject": [], "recording": [], "network": []}
    frames: dict[str, list[pl.DataFrame]] = {"trace": [], "functional": [], "matrix": []}
    node = _nodes(modules, config, rng)
    for i in range(config.n_subjects):
        group = GROUPS[i % 2]
        subject = _subject(i, group, rng)
        series = _series(group, config, rng)
        name = str(subject["uid"])
        recording, network = uid(name, "rest"), uid(name, "pearson")
        r = pearson.correlation(series)
        rows["subject"].append(subject)
        rows["recording"].append(_recording(recording, name, config))
        rows["network"].append(pearson.network_row(network, NODE_SET, name, r, rule))
        frames["trace"].append(traces(recording, NODE_SET, list(modules), series))
        frames["functional"].append(pearson.functional_edges(network, nodes, r, rule))
        frames["matrix"].append(pearson.matrix_rows(network, nodes, r))
    return {
        "node_set": _node_set(),
        "node": node,
        **{name: tables.frame(name, found) for name, found in rows.items()},
        **{name: pl.concat(found) for name, found in frames.items()},
        "run": truth.run_table(truth.run_row(RUN, config, planted="modules of regions")),
        "membership": truth.memberships(RUN, dict(zip(nodes, modules.values(), strict=True))),
    }


def _series(group: str, config: FmriConfig, rng: np.random.Generator) -> Array:
    """Region series of one subject, shape (regions, samples)."""
    courses = _slow(config.n_modules, config, rng)
    if group == "control":
        courses[1] = config.bridge * courses[0] + np.sqrt(1 - config.bridge**2) * courses[1]
    per_module = 2 * config.pairs_per_module
    shared = np.repeat(courses, per_module, axis=0)
    own = _slow(len(shared), config, rng)
    white = rng.standard_normal(shared.shape)
    rest = 1 - config.coupling
    return np.asarray(np.sqrt(config.coupling) * shared + np.sqrt(0.7 * rest) * own + np.sqrt(0.3 * rest) * white)


def _slow(count: int, config: FmriConfig, rng: np.random.Generator) -> Array:
    """Smooth courses of mean 0 and variance 1, about as slow as a haemodynamic response (sigma 2.5 s)."""
    smooth = gaussian_filter1d(
        rng.standard_normal((count, config.n_samples)), 2.5 / config.interval_s, axis=1, mode="wrap"
    )
    centred = smooth - smooth.mean(axis=1, keepdims=True)
    return np.asarray(centred / centred.std(axis=1, keepdims=True))


def _subject(i: int, group: str, rng: np.random.Generator) -> dict[str, object]:
    return {
        "uid": uid(DATASET, f"subject-{i + 1}"),
        "species": "Homo sapiens",
        "sex": ("female", "male")[int(rng.integers(2))],
        "age_years": round(float(rng.uniform(20, 40)), 1),
        "diagnosis": group,
        "site": "simulated",
    }


def _recording(recording: str, subject: str, config: FmriConfig) -> dict[str, object]:
    return recording_row(
        recording,
        NODE_SET,
        subject=subject,
        modality="fmri",
        signal="BOLD",
        unit="a.u.",
        interval_s=config.interval_s,
        n_samples=config.n_samples,
    )


def _node_set() -> pl.DataFrame:
    row: dict[str, object] = {
        "uid": NODE_SET,
        "title": "Simulated regions",
        "frame": "mm like MNI; x right, y anterior, z superior; no real anatomy",
        "species": "Homo sapiens",
    }
    return tables.frame("node_set", [row])


def _nodes(modules: Mapping[str, str], config: FmriConfig, rng: np.random.Generator) -> pl.DataFrame:
    """Regions of a module lie together, those of a pair mirror each other."""
    centres = rng.uniform((20, -80, -20), (50, 50, 60), (config.n_modules, 3))
    offsets = rng.normal(0, 8, (len(modules) // 2, 3))
    rows: list[dict[str, object]] = []
    for i, name in enumerate(modules):
        x, y, z = (centres[i // (2 * config.pairs_per_module)] + offsets[i // 2]).round(2).tolist()
        side = name[-1]
        rows.append(
            {
                "uid": uid(NODE_SET, name),
                "node_set": NODE_SET,
                "name": name,
                "kind": "region",
                "aliases": [],
                "hemisphere": side,
                "x_mm": abs(x) if side == "R" else -abs(x),
                "y_mm": y,
                "z_mm": z,
            }
        )
    return tables.frame("node", rows)
