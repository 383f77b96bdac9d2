from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass, replace

import pytest

from gnn.config import describe_config, parse_config
from gnn.model import FitResult, as_dataset, fit, model, model_names, run_uid
from gnn.ntf.config import NtfConfig
from schemas.errors import UsageError


def test_every_model_is_complete():
    for name in model_names():
        found = model(name)
        assert found.name == name
        assert found.config().seed == 0
        assert found.version
        assert found.title
        assert found.citation


def test_an_unknown_model_names_the_known_ones():
    with pytest.raises(UsageError, match="unknown model 'nft'") as error:
        model("nft")
    assert "ntf-communities" in error.value.hint


def test_another_models_configuration_is_refused(planted):
    @dataclass(frozen=True)
    class Other:
        seed: int = 0

    with pytest.raises(UsageError, match="takes a NtfConfig, not a Other"):
        fit(model("ntf-communities"), planted.bundle, Other())


def test_options_are_read_as_the_type_of_their_field():
    config = parse_config(NtfConfig, {"rank": "12", "smooth_s": "2", "step_s": "none", "component": 3, "seed": 5.0})
    assert config == NtfConfig(rank=12, smooth_s=2.0, step_s=None, component=3, seed=5)
    assert type(config.seed) is int
    assert parse_config(NtfConfig, {"step_s": "0.5"}).step_s == 0.5
    assert parse_config(NtfConfig, {}) == NtfConfig()


def test_an_unknown_option_names_the_known_ones():
    with pytest.raises(UsageError, match="unknown option 'rnak'") as error:
        parse_config(NtfConfig, {"rnak": 3})
    assert "rank" in error.value.hint


@pytest.mark.parametrize("wrong", [{"rank": "many"}, {"rank": 2.5}, {"rank": None}, {"rank": True}, {"smooth_s": "x"}])
def test_a_value_of_another_type_is_refused(wrong):
    with pytest.raises(UsageError, match=f"option {next(iter(wrong))}="):
        parse_config(NtfConfig, wrong)


def test_truth_values():
    @dataclass(frozen=True)
    class Config:
        deep: bool
        seed: int = 0

    assert [parse_config(Config, {"deep": v}).deep for v in ("yes", "False", True, "0")] == [
        True,
        False,
        True,
        False,
    ]
    with pytest.raises(UsageError):
        parse_config(Config, {"deep": "perhaps"})
    assert describe_config(Config) == [("deep", "bool", "required"), ("seed", "int", "0")]


def test_run_is_named_by_all_that_it_depends_on(planted, make_planted):
    result = FitResult("ntf-communities", NtfConfig(), {})
    name = run_uid(result, planted.bundle, "r1")
    assert name == run_uid(FitResult("ntf-communities", NtfConfig(), {}), planted.bundle, "r1")
    others = {
        run_uid(result, planted.bundle, "r2"),
        run_uid(result, make_planted(5).bundle, "r1"),
        run_uid(FitResult("ntf-communities", NtfConfig(seed=1), {}), planted.bundle, "r1"),
        run_uid(FitResult("ntf-communities", NtfConfig(rank=9), {}), planted.bundle, "r1"),
    }
    assert len(others | {name}) == 5
    assert name.startswith("run/ntf-communities-")
    assert len(name) == len("run/ntf-communities-") + 12


def test_run_says_where_it_comes_from(planted):
    manifest = replace(planted.bundle.manifest, datasets=("a/b@12", "a/b@34", "c/d@56"), simulated=True)
    bundle = replace(planted.bundle, manifest=manifest)
    dataset = as_dataset(FitResult("ntf-communities", NtfConfig(rank=9), {}), bundle, code_revision="r1")
    assert dataset.info.parents == ("a/b", "c/d")
    assert dataset.info.simulated
    assert dataset.info.modality == "run"
    run = dataset.tables["run"].row(0, named=True)
    assert run["uid"] == dataset.info.uid
    assert run["trained_on"] == ["a/b@12", "a/b@34", "c/d@56"]
    assert run["bundle_hash"] == manifest.hash
    assert json.loads(run["parameters"])["rank"] == 9


def test_fitting_needs_no_torch():
    code = "import sys, gnn.pyg; from gnn.model import model; model('ntf-communities'); print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
