"""Bundles with a known truth, made here: no reader and no store takes part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest

from schemas import tables
from schemas.bundle import EDGE_COLUMNS, MASK_COLUMNS, SPLIT_COLUMNS, Bundle, make_bundle

if TYPE_CHECKING:
    from collections.abc import Callable

NODE_SET = "celegans/planted"


@dataclass(frozen=True)
class Planted:
    bundle: Bundle
    truth: dict[str, int]


def planted_traces(rng: np.random.Generator, n_samples: int, groups: np.ndarray, noise: float) -> np.ndarray:
    """Calcium-like traces (samples, neurons): events of the group at random times, slow decay, noise."""
    kernel = np.exp(-np.arange(40) / 8.0)
    events = rng.random((n_samples, groups.max() + 1)) < 0.03
    courses = np.stack([np.convolve(e, kernel)[:n_samples] for e in events.T.astype(float)], axis=1)
    gain = rng.uniform(0.7, 1.3, groups.size)
    return courses[:, groups] * gain + noise * rng.standard_normal((n_samples, groups.size))


def _bundle(
    traces: dict[str, np.ndarray], measured: dict[str, np.ndarray], parts: dict[str, str], step: float
) -> Bundle:
    names = [f"N{i:02d}" for i in range(next(iter(traces.values())).shape[1])]
    nodes = [
        {"uid": f"{NODE_SET}/{n}", "node_set": NODE_SET, "name": n, "kind": "neuron", "aliases": []} for n in names
    ]
    recordings, rows, masks = [], [], []
    for uid, values in traces.items():
        recordings.append(
            {
                "uid": uid,
                "node_set": NODE_SET,
                "modality": "calcium",
                "signal": "F/F0",
                "unit": "1",
                "sampling_rate_hz": 1 / step,
                "n_samples": len(values),
                "time_s": [step * i for i in range(len(values))],
            }
        )
        for i, node in enumerate(nodes):
            masks.append({"recording": uid, "node": node["uid"], "measured": bool(measured[uid][i])})
            if measured[uid][i]:
                rows.append(
                    {
                        "recording": uid,
                        "trace": i,
                        "node": node["uid"],
                        "raw_label": node["name"],
                        "match": "exact",
                        "values": values[:, i].astype(np.float32).tolist(),
                    }
                )
    frames = {
        "node": tables.frame("node", nodes),
        "edge": pl.DataFrame(schema=EDGE_COLUMNS),
        "recording": tables.frame("recording", recordings),
        "trace": tables.frame("trace", rows),
        "mask": pl.DataFrame(masks, schema=MASK_COLUMNS),
        "split": pl.DataFrame(
            [{"recording": r, "subject": None, "part": p} for r, p in parts.items()], schema=SPLIT_COLUMNS
        ),
    }
    return make_bundle(frames, datasets=("celegans/planted@0123abcd",), selection={}, seed=0, simulated=True)


@pytest.fixture(scope="session")
def make_planted() -> Callable[..., Planted]:
    """Groups of neurons with common events, each recording with its own events and missing neurons."""

    def make(
        seed: int = 0,
        *,
        sizes: tuple[int, ...] = (8, 7, 6, 5),
        parts: tuple[str, ...] = ("train", "train", "train", "test"),
        n_samples: int = 500,
        noise: float = 0.1,
        missing: float = 0.2,
    ) -> Planted:
        rng = np.random.default_rng(seed)
        groups = np.repeat(np.arange(len(sizes)), sizes)[rng.permutation(sum(sizes))]
        uids = [f"{NODE_SET}/worm{w}" for w in range(len(parts))]
        traces = {uid: planted_traces(rng, n_samples + 7 * w, groups, noise) for w, uid in enumerate(uids)}
        measured = {uid: rng.random(groups.size) >= missing for uid in uids}
        bundle = _bundle(traces, measured, dict(zip(uids, parts, strict=True)), 0.5)
        truth = {f"{NODE_SET}/N{i:02d}": int(g) for i, g in enumerate(groups)}
        return Planted(bundle, truth)

    return make


@pytest.fixture(scope="session")
def planted(make_planted: Callable[..., Planted]) -> Planted:
    return make_planted()
