"""Simulated EEG: valid, seeded, rhythms and coherent groups where planted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from scipy.signal import coherence, welch

from ingest.simulate import eeg
from schemas.content import content_hash
from schemas.dataset import Dataset, DatasetInfo
from schemas.tables import key
from schemas.validation import validate

CONFIG = eeg.EegConfig()
INFO = DatasetInfo("simulate/eeg", "eeg", "t", "generated", "c", "r", "1", simulated=True)
SUBJECTS = ["simulate/eeg/subject-1", "simulate/eeg/subject-2", "simulate/eeg/subject-3"]


@pytest.fixture(scope="module")
def found():
    return eeg.read({}, {})


def _channels(found, subject: str) -> dict[str, np.ndarray]:
    traces = found["trace"].filter(pl.col("recording") == f"{subject}/rest")
    return {label: np.array(v) for label, v in traces.select("raw_label", "values").iter_rows()}


def test_it_is_valid(found) -> None:
    validate(Dataset(INFO, found))


def test_sizes(found) -> None:
    assert found["node"].height == 19
    assert found["recording"]["subject"].to_list() == SUBJECTS
    assert found["recording"].select("n_samples", "sampling_rate_hz").unique().rows() == [(2560, 128.0)]
    assert found["trace"].height == 3 * 19
    assert found["event"].height == 3 * 4


def test_montage_is_the_10_20_system(found) -> None:
    nodes = found["node"].select("name", "x_mm", "y_mm", "z_mm")
    at = {row[0]: np.array(row[1:]) for row in nodes.iter_rows()}
    assert np.allclose([np.linalg.norm(p) for p in at.values()], 85, atol=0.01)
    assert np.allclose(at["Cz"], [0, 0, 85])
    for odd, even in (("Fp1", "Fp2"), ("F7", "F8"), ("C3", "C4"), ("P3", "P4"), ("O1", "O2")):
        assert np.allclose(at[odd] * [-1, 1, 1], at[even], atol=0.01)
        assert at[odd][0] < 0
    assert at["Fp1"][1] > at["F3"][1] > at["C3"][1] > at["P3"][1] > at["O1"][1]
    arcs = [np.arccos(at[a] @ at[b] / 85**2) for a, b in (("T7", "C3"), ("C3", "Cz"), ("Fz", "Cz"))]
    assert np.allclose(arcs, np.pi / 5, atol=0.001)


@pytest.mark.parametrize("subject", SUBJECTS)
def test_alpha_is_larger_with_closed_eyes(found, subject) -> None:
    events = found["event"].filter(pl.col("recording") == f"{subject}/rest")
    power: dict[str, list[float]] = {eeg.OPEN: [], eeg.CLOSED: []}
    signal = _channels(found, subject)["O1"]
    for label, onset, duration in events.select("label", "onset_s", "duration_s").iter_rows():
        piece = signal[int(onset * 128) : int((onset + duration) * 128)]
        frequency, density = welch(piece, 128, nperseg=256)
        power[label].append(density[(frequency >= 8) & (frequency <= 12)].sum())
    assert np.mean(power[eeg.CLOSED]) > 3 * np.mean(power[eeg.OPEN])


@pytest.mark.parametrize("subject", SUBJECTS)
def test_groups_are_coherent_at_their_rhythm(found, subject) -> None:
    channels = _channels(found, subject)
    for name, (rhythm, _, group) in eeg.GROUPS.items():
        other = next(c for g, (_, _, cs) in eeg.GROUPS.items() if g != name for c in cs)
        frequency, inside = coherence(channels[group[0]], channels[group[1]], 128, nperseg=128)
        _, across = coherence(channels[group[0]], channels[other], 128, nperseg=128)
        at = int(np.argmin(np.abs(frequency - rhythm)))
        assert inside[at] > 0.8
        assert across[at] < 0.6


def test_same_seed_same_tables_another_seed_others() -> None:
    small = replace(CONFIG, n_subjects=1, duration_s=6.0)
    first, again, other = (eeg.simulate(c) for c in (small, small, replace(small, seed=1)))
    hashes = [{n: content_hash(f, key(n)) for n, f in t.items()} for t in (first, again, other)]
    assert hashes[0] == hashes[1]
    assert hashes[0]["trace"] != hashes[2]["trace"]
    assert first["event"]["duration_s"].to_list() == [5.0, 1.0]
