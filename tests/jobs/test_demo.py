"""The demo from an empty folder, with no package index: simulated data only, twice."""

from __future__ import annotations

import re

import pytest

from jobs.workspace import Workspace

SIMULATED = ["simulate/celegans", "simulate/eeg", "simulate/fmri", "simulate/spikes", "simulate/vessel"]


def versions(workspace):
    return {m.dataset: m.version for m in workspace.lake.datasets()}


def test_without_an_index_it_goes_on_with_simulated_data_and_repeats(connectome, no_index, tmp_path):
    workspace = Workspace(tmp_path / "demo")
    first = connectome("demo", workspace=workspace)
    assert first.code == 0
    left_out = [line for line in first.stderr.splitlines() if "left out" in line]
    assert len(left_out) == 1
    assert "celegans/cook2019, celegans/witvliet2021" in left_out[0]

    held = versions(workspace)
    (run,) = [dataset for dataset in held if dataset.startswith("run/")]
    assert sorted(held) == sorted(["celegans/cells", *SIMULATED, run])
    for dataset in held:
        assert dataset in first.out
    assert "@partner-communities is not asked: celegans/cook2019 is absent" in first.out
    assert re.search(r"explained_share +0\.\d+ +0\.\d+ +0\.\d+", first.out)  # the model and two baselines
    assert "graph equals lake: 7 datasets" in first.out
    assert re.search(r"done in \d+\.\d s", first.out)
    assert f"connectome --workspace {workspace.root} serve" in first.out
    assert connectome("verify", workspace=workspace).code == 0

    second = connectome("demo", "--quiet", workspace=workspace)
    assert second.code == 0
    assert second.stderr == ""
    assert versions(workspace) == held
    assert all(len(workspace.lake.versions(dataset)) == 1 for dataset in held)


@pytest.mark.data
def test_with_real_files_the_question_is_answered(connectome, no_index, shared_data, tmp_path):
    """Cook 2019 and the recordings of Dag 2023 from a folder; files that are not in it are left out, each in a line."""
    folder = tmp_path / "files"
    folder.mkdir()
    for part in ("connectome/cook2019", "calcium/dag2023_flavell"):
        for file in (shared_data / "celegans" / part).iterdir():
            (folder / file.name).symlink_to(file)
    workspace = Workspace(tmp_path / "demo")
    result = connectome("demo", "--from", str(folder), workspace=workspace)
    assert result.code == 0
    assert {"celegans/cook2019", "celegans/dag2023"} <= set(versions(workspace))
    assert "celegans/witvliet2021 left out" in result.out
    assert "fmri/aal116 left out" in result.out
    assert re.search(r"PVCL +21 ", result.out)
    (bundle,) = workspace.bundles.iterdir()
    assert "celegans/dag2023" in (bundle / "manifest.json").read_text()
