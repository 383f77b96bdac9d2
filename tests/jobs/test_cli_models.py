"""export, train, runs on simulated recordings."""

from __future__ import annotations

import pytest

from jobs import flow
from jobs.workspace import Workspace
from schemas.bundle import read_bundle

QUICK = ("-s", "starts=1", "-s", "max_iterations=20", "-s", "rank=4")


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """A workspace with simulated recordings in lake and graph."""
    workspace = Workspace(tmp_path_factory.mktemp("recorded"))
    flow.ingest_source(workspace, "simulate/celegans")
    flow.project(workspace)
    return workspace


def test_export_then_train_then_runs(connectome, recorded, tmp_path):
    folder = tmp_path / "bundle"
    exported = connectome("export", "--activity", "simulate/celegans", "--out", str(folder), workspace=recorded)
    assert exported.code == 0
    bundle = read_bundle(folder)
    assert bundle.manifest.hash[:12] in exported.out
    assert set(bundle.split.get_column("part")) == {"train", "test"}

    words = ("train", "ntf-communities", "--bundle", str(folder), "--seed", "3", *QUICK)
    trained = connectome(*words, workspace=recorded)
    assert trained.code == 0
    assert "(simulated)" in trained.out
    assert "explained_share" in trained.out
    assert connectome("verify", workspace=recorded).code == 0

    runs = connectome("runs", "--format", "json", workspace=recorded).json()
    mine = next(row for row in runs if row["model"] == "ntf-communities")
    assert mine["seed"] == 3
    assert mine["simulated"] is True
    assert any(reference.startswith("simulate/celegans@") for reference in mine["data"])
    assert "test/explained_share" in mine["metrics"]
    again = connectome(*words, workspace=recorded)
    assert again.out == trained.out  # the same version: nothing hidden decides


def test_a_run_of_the_same_committed_code_is_not_fitted_again(recorded, monkeypatch):
    monkeypatch.setattr(flow, "code_revision", lambda: "0123456789ab")
    selection = flow.Selection(activity=("simulate/celegans",))
    bundle, _ = flow.export_bundle(recorded, selection)
    settings = {"starts": 1, "max_iterations": 20, "seed": 5}
    first = flow.train(recorded, "ntf-communities", bundle, settings)
    second = flow.train(recorded, "ntf-communities", bundle, settings)
    assert (first.fitted, second.fitted) == (True, False)
    assert first.manifest == second.manifest


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("train", "nonsense", "--activity", "simulate/celegans"), 2, "known models: ntf-communities"),
        (("train", "ntf-communities"), 2, "--activity"),
        (("train", "ntf-communities", "--activity", "simulate/celegans", "-s", "colour=red"), 2, "known options"),
        (("train", "ntf-communities", "--activity", "simulate/celegans", "-s", "rank=many"), 2, "rank"),
        (("train", "ntf-communities", "--seed", "1", "-s", "seed=2", "--activity", "simulate/celegans"), 2, "twice"),
        (("train", "ntf-communities", "--bundle", "x", "--activity", "simulate/celegans"), 2, "one of them"),
        (("train", "ntf-communities", "--bundle", "absent"), 1, "manifest.json"),
        (("export", "--activity", "simulate/celegans", "--parts", "0.5,0.5"), 2, "three numbers"),
        (("export", "--activity", "simulate/celegans", "--parts", "0.5,0.6,0.5"), 2, "sum to 1"),
        (("export", "--activity", "no/such"), 1, "not in the lake"),
        (
            ("export", "--activity", "simulate/celegans", "--kind", "nonsense", "--structure", "celegans/cells"),
            2,
            "kinds:",
        ),
        (("export", "--activity", "simulate/celegans", "--node", "nobody"), 1, "nothing is selected"),
    ],
)
def test_wrong_words(connectome, recorded, words, code, said):
    result = connectome(*words, workspace=recorded)
    assert result.code == code
    assert said in result.stderr


def test_a_bundle_of_another_lake_is_refused(connectome, recorded, tmp_path):
    folder = tmp_path / "bundle"
    connectome("export", "--activity", "simulate/celegans", "--out", str(folder), workspace=recorded)
    other = Workspace(tmp_path / "other")
    result = connectome("train", "ntf-communities", "--bundle", str(folder), workspace=other)
    assert result.code == 1
    assert "not current in the lake" in result.stderr
