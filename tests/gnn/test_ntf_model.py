from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from gnn.compare import nmi
from gnn.model import as_dataset, fit, model
from gnn.ntf.config import NtfConfig
from schemas.errors import UsageError
from schemas.validation import validate

QUICK = NtfConfig(starts=2, max_iterations=60, community_seeds=3)


def memberships(result) -> dict[str, str]:
    return dict(result.tables["membership"].select("node", "community").iter_rows())


def metric(result, name: str, *, part: str = "train", of: str = "model") -> float:
    rows = result.tables["metric"].filter(name=name, part=part, of=of)
    return rows["value"].item()


def keys_of(bundle) -> dict[str, list[str]]:
    return {"node": bundle.node["uid"].to_list(), "recording": bundle.recording["uid"].to_list()}


@pytest.mark.parametrize(("seed", "noise"), [(0, 0.1), (1, 0.3), (2, 0.5)])
def test_planted_groups_are_found_by_default(make_planted, seed, noise):
    planted = make_planted(seed, noise=noise)
    result = fit(model("ntf-communities"), planted.bundle, NtfConfig())
    assert nmi(memberships(result), planted.truth) >= 0.9
    assert metric(result, "communities") == 4
    assert metric(result, "explained_share") > metric(result, "explained_share", of="circular_shift")
    assert metric(result, "explained_share") > metric(result, "explained_share", of="mean_affinity")
    assert metric(result, "modularity") > metric(result, "modularity", of="circular_shift")


def test_every_baseline_has_communities(planted):
    found = fit(model("ntf-communities"), planted.bundle, QUICK).tables["metric"]
    for of in ("pearson", "mean_affinity", "circular_shift"):
        names = set(found.filter(of=of)["name"])
        assert {"communities", "modularity", "stability_of_orders", "nmi_with_model"} <= names
    assert found.filter(of="mean_affinity", name="nmi_with_model")["value"].item() > 0.9


def test_without_common_events_nothing_is_found(make_planted):
    """Every neuron its own group: the null must be as good as the model."""
    planted = make_planted(3, sizes=(1,) * 20, missing=0.0)
    result = fit(model("ntf-communities"), planted.bundle, QUICK)
    for name in ("modularity", "explained_share"):
        assert metric(result, name) == pytest.approx(metric(result, name, of="circular_shift"), abs=0.1)


def test_run_is_a_valid_dataset(planted):
    dataset = as_dataset(fit(model("ntf-communities"), planted.bundle, QUICK), planted.bundle, code_revision="abc")
    validate(dataset, keys_of(planted.bundle))
    assert set(dataset.tables) == {
        "run", "metric", "membership", "component", "inferred_edge", "embedding", "decision",
    }  # fmt: skip
    assert all(dataset.tables[name].height for name in set(dataset.tables) - {"decision"})


def test_same_seed_same_tables(planted):
    one, same = (fit(model("ntf-communities"), planted.bundle, QUICK) for _ in range(2))
    for name, frame in one.tables.items():
        assert frame.equals(same.tables[name]), name
    other = fit(model("ntf-communities"), planted.bundle, replace(QUICK, seed=9))
    assert not other.tables["component"].equals(one.tables["component"])


def test_held_out_recordings_do_not_touch_the_fit(planted):
    """With the test recording's traces replaced by others, only what is measured on it may change."""
    held_out = planted.bundle.split.filter(part="test")["recording"].item()
    reverse = pl.when(pl.col("recording") == held_out).then(pl.col("values").list.reverse()).otherwise("values")
    other = replace(planted.bundle, trace=planted.bundle.trace.with_columns(values=reverse))
    one, two = (fit(model("ntf-communities"), bundle, QUICK) for bundle in (planted.bundle, other))
    for name in set(one.tables) - {"metric"}:
        assert one.tables[name].equals(two.tables[name]), name
    train = [result.tables["metric"].filter(part="train") for result in (one, two)]
    assert train[0].equals(train[1])
    assert metric(one, "explained_share", part="test") != metric(two, "explained_share", part="test")


def test_one_recording_has_no_held_out_metric(make_planted):
    planted = make_planted(parts=("train",))
    result = fit(model("ntf-communities"), planted.bundle, QUICK)
    assert set(result.tables["metric"]["part"]) == {"train"}
    assert result.tables["component"]["recordings"].list.len().unique().to_list() == [1]


def test_one_start_has_no_stability_between_starts(planted):
    names = set(fit(model("ntf-communities"), planted.bundle, replace(QUICK, starts=1)).tables["metric"]["name"])
    assert not names & {"stability_of_starts", "factor_match_of_starts"}


def test_inferred_edges_are_the_strongest_pairs(planted):
    loose, strict = (
        fit(model("ntf-communities"), planted.bundle, replace(QUICK, edge_quantile=q)).tables["inferred_edge"]
        for q in (0.0, 0.9)
    )
    n = len(memberships(fit(model("ntf-communities"), planted.bundle, QUICK)))
    assert 0 < strict.height <= 0.1 * n * (n - 1) / 2 + 1
    assert strict["weight"].min() >= loose["weight"].quantile(0.5)
    assert (loose["source"] < loose["target"]).all()
    assert (loose["weight"] > 0).all()
    same = [planted.truth[a] == planted.truth[b] for a, b in strict.select("source", "target").iter_rows()]
    assert sum(same) / len(same) > 0.9


def test_communities_in_one_component(planted):
    components = fit(model("ntf-communities"), planted.bundle, replace(QUICK, component=1)).tables["component"]
    assert components.filter("selected")["component"].to_list() == [1]
    assert components["share"].sum() == pytest.approx(1.0)


def test_progress_runs_from_0_to_1(planted):
    told: list[float] = []
    fit(model("ntf-communities"), planted.bundle, QUICK, lambda share, _: told.append(share))
    assert told == sorted(told)
    assert (told[0], told[-1]) == (0.0, 1.0)


def test_a_bundle_without_traces_is_refused(planted):
    empty = replace(planted.bundle, trace=planted.bundle.trace.clear())
    with pytest.raises(UsageError, match="needs rows of 'trace'"):
        fit(model("ntf-communities"), empty, QUICK)


def test_a_bundle_without_identified_or_training_traces_is_refused(planted):
    nameless = planted.bundle.trace.with_columns(node=pl.lit(None, dtype=pl.String), match=pl.lit("unlabelled"))
    all_test = planted.bundle.split.with_columns(part=pl.lit("test"))
    for bundle in (replace(planted.bundle, trace=nameless), replace(planted.bundle, split=all_test)):
        with pytest.raises(UsageError, match="no training recording with identified traces"):
            fit(model("ntf-communities"), bundle, QUICK)


def test_constant_traces_are_refused(planted):
    flat = planted.bundle.trace.with_columns(values=pl.col("values").list.eval(pl.element() * 0))
    with pytest.raises(UsageError, match="every trace is constant"):
        fit(model("ntf-communities"), replace(planted.bundle, trace=flat), QUICK)


def test_one_neuron_is_refused(planted):
    one = planted.bundle.trace.filter(pl.col("node") == planted.bundle.trace["node"][0])
    with pytest.raises(UsageError, match="two of the neurons together"):
        fit(model("ntf-communities"), replace(planted.bundle, trace=one), QUICK)


@pytest.mark.parametrize(
    "wrong",
    [
        {"rank": 0},
        {"edge_quantile": 1.0},
        {"component": 8},
        {"seed": -1},
        {"step_s": 0.0},
        {"selected_share": 0},
    ],
)
def test_options_out_of_range_are_refused(wrong):
    with pytest.raises(UsageError, match=f"option {next(iter(wrong))}="):
        NtfConfig(**wrong)
