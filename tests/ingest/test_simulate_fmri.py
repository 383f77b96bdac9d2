"""Simulated resting-state series: valid, seeded, modules and group difference present in the networks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from ingest.simulate import fmri
from schemas.content import content_hash
from schemas.dataset import Dataset, DatasetInfo
from schemas.tables import key
from schemas.validation import validate

CONFIG = fmri.FmriConfig()
INFO = DatasetInfo("simulate/fmri", "fmri", "t", "generated", "c", "r", "1", simulated=True)


@pytest.fixture(scope="module")
def found():
    return fmri.read({}, {})


def _matrices(found) -> dict[str, np.ndarray]:
    groups = found["matrix"].sort("network", "row").group_by("network", maintain_order=True)
    return {network: np.array(rows["values"].to_list()) for (network,), rows in groups}


def test_it_is_valid(found) -> None:
    validate(Dataset(INFO, found))


def test_sizes(found) -> None:
    assert found["node"].height == 40
    assert found["subject"]["diagnosis"].value_counts(sort=True)["count"].to_list() == [4, 4]
    assert found["trace"].height == 8 * 40
    assert found["functional"].height == 8 * 78


def test_networks_are_those_of_the_series(found) -> None:
    subject = found["subject"]["uid"][3]
    series = np.array(found["trace"].filter(pl.col("recording") == f"{subject}/rest").sort("trace")["values"].to_list())
    assert np.allclose(_matrices(found)[f"{subject}/pearson"], np.corrcoef(series), atol=1e-5)


def test_planted_modules_hold_together(found) -> None:
    community = dict(found["membership"].select("node", "community").iter_rows())
    edges = found["functional"].with_columns(
        inside=pl.col("source").replace_strict(community) == pl.col("target").replace_strict(community)
    )
    # 180 of 780 pairs lie inside a module, 23 %; among the strongest tenth nearly all must
    assert edges["inside"].mean() > 0.8


def test_the_groups_differ_where_planted(found) -> None:
    """Modules 1 and 2 are coupled in controls only."""
    group = dict(found["subject"].select("uid", "diagnosis").iter_rows())
    between = {"control": [], "patient": []}
    for network, r in _matrices(found).items():
        between[group[network.removesuffix("/pearson")]].append(r[:10, 10:20].mean())
    assert min(between["control"]) > max(between["patient"])


def test_regions_of_a_pair_mirror_each_other(found) -> None:
    left, right = (found["node"].filter(pl.col("hemisphere") == side) for side in "LR")
    assert left.height == right.height == 20
    assert (left["x_mm"] == -right["x_mm"]).all()
    assert (left["y_mm"] == right["y_mm"]).all()
    assert right["x_mm"].min() > 0


def test_same_seed_same_tables_another_seed_others() -> None:
    small = replace(CONFIG, n_subjects=2, n_samples=40)
    first, again, other = (fmri.simulate(c) for c in (small, small, replace(small, seed=1)))
    hashes = [{n: content_hash(f, key(n)) for n, f in t.items()} for t in (first, again, other)]
    assert hashes[0] == hashes[1]
    assert hashes[0]["trace"] != hashes[2]["trace"]
