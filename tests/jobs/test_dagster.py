"""The Dagster definitions: the chain on simulated data, the schedule, the sensor, and the jobs commands."""

from __future__ import annotations

import importlib
from datetime import UTC, datetime

import dagster as dg
import pytest

from jobs import flow
from jobs.assets import graph_equals_lake, projected, published_asset, trained_run
from jobs.automation import daily_ingest, retrain_on_new_version
from jobs.definitions import definitions, defs
from jobs.resources import TrainingPlan, WorkspaceResource
from jobs.workspace import Workspace

QUICK = {"starts": "1", "max_iterations": "20", "rank": "4"}


@pytest.fixture
def workspace(tmp_path):
    return Workspace(tmp_path / "w")


@pytest.fixture
def resources(workspace):
    return {"workspace": WorkspaceResource(root=str(workspace.root)), "plan": TrainingPlan(options=QUICK)}


@pytest.fixture
def instance():
    with dg.DagsterInstance.ephemeral() as ephemeral:
        yield ephemeral


def test_the_chain_from_source_to_run(workspace, resources, instance):
    published = published_asset()
    first = dg.materialize([published], partition_key="simulate/celegans", resources=resources, instance=instance)
    assert first.success
    assert {m.dataset for m in workspace.lake.datasets()} == {"celegans/cells", "simulate/celegans"}
    event = first.asset_materializations_for_node("published")[0]
    assert event.metadata["version"].value == workspace.lake.manifest("simulate/celegans").version

    rest = dg.materialize([projected, graph_equals_lake, trained_run], resources=resources, instance=instance)
    assert rest.success
    assert [check.passed for check in rest.get_asset_check_evaluations()] == [True]
    run = rest.asset_materializations_for_node("trained_run")[0].metadata["run"].value
    assert run in {m.reference for m in workspace.lake.datasets()}
    assert flow.verify(workspace).datasets == 3


def test_a_graph_that_differs_fails_the_check_and_stops_training(workspace, resources, instance, monkeypatch):
    flow.ingest_source(workspace, "simulate/spikes")
    flow.project(workspace)
    flow.ingest_source(workspace, "simulate/eeg")
    monkeypatch.setattr(flow, "project", lambda _workspace: flow.sync.Projected((), whole=False))
    result = dg.materialize(
        [projected, graph_equals_lake, trained_run], resources=resources, instance=instance, raise_on_error=False
    )
    assert not result.success
    (check,) = result.get_asset_check_evaluations()
    assert not check.passed
    assert "simulate/eeg version" in str(check.description)
    assert result.asset_materializations_for_node("trained_run") == []


def test_wrong_data_is_not_tried_again(resources, instance, tmp_path, monkeypatch):
    monkeypatch.setattr(importlib.import_module("ingest.simulate.eeg"), "read", _broken)
    result = dg.materialize(
        [published_asset()],
        partition_key="simulate/eeg",
        resources=resources,
        instance=instance,
        raise_on_error=False,
    )
    assert not result.success
    assert not any(event.is_step_up_for_retry for event in result.all_events)


def _broken(files, parents):
    import polars as pl

    return {"node": pl.DataFrame({"nonsense": [1]})}


def test_every_source_is_a_partition():
    from ingest.source import sources

    assert published_asset().partitions_def.get_partition_keys() == list(sources())


def test_the_definitions_load_as_dagster_loads_them(workspace, monkeypatch):
    monkeypatch.setenv("CONNECTOME_WORKSPACE", str(workspace.root))
    repository = defs().get_repository_def()
    assert {job.name for job in repository.get_all_jobs()} >= {"ingest", "project", "train"}
    assert repository.has_schedule_def("daily_ingest")
    assert repository.has_sensor_def("retrain_on_new_version")
    assert WorkspaceResource().workspace() == workspace


def evaluate(workspace, resources, **more):
    context = dg.build_schedule_context(
        scheduled_execution_time=datetime(2026, 1, 2, 3, tzinfo=UTC),
        resources={"workspace": resources["workspace"]},
        repository_def=definitions().get_repository_def(),
        **more,
    )
    return daily_ingest.evaluate_tick(context)


def test_the_schedule_asks_for_changed_sources_only(workspace, resources, monkeypatch):
    flow.ingest_source(workspace, "simulate/celegans")
    unchanged = evaluate(workspace, resources)
    assert not unchanged.run_requests
    assert "no source has changed" in unchanged.skip_message
    monkeypatch.setattr(importlib.import_module("ingest.simulate.celegans"), "READER_VERSION", "99")
    changed = evaluate(workspace, resources)
    assert [request.partition_key for request in changed.run_requests] == ["simulate/celegans"]
    assert changed.run_requests[0].run_key == "simulate/celegans 2026-01-02"


def test_the_sensor_asks_for_training_once_per_version(workspace, resources, monkeypatch):
    def look(cursor):
        context = dg.build_sensor_context(cursor=cursor, resources=resources)
        return retrain_on_new_version(context), context.cursor

    absent, cursor = look(None)
    assert isinstance(absent, dg.SkipReason)
    assert "simulate/celegans" in absent.skip_message
    assert cursor is None

    first = flow.ingest_source(workspace, "simulate/celegans")
    request, cursor = look(None)
    assert request.run_key == cursor == first.reference
    same, cursor = look(cursor)
    assert isinstance(same, dg.SkipReason)

    monkeypatch.setattr(importlib.import_module("ingest.simulate.celegans"), "READER_VERSION", "99")
    second = flow.ingest_source(workspace, "simulate/celegans")
    assert second.version != first.version
    request, cursor = look(cursor)
    assert request.run_key == cursor == second.reference


def test_what_to_train_on_comes_from_the_environment(monkeypatch):
    assert TrainingPlan().selection().activity == ("simulate/celegans",)
    monkeypatch.setenv("CONNECTOME_TRAIN_ON", "celegans/dag2023, simulate/celegans")
    assert TrainingPlan().selection().activity == ("celegans/dag2023", "simulate/celegans")


def test_jobs_list(connectome, workspace):
    out = connectome("jobs", "list", workspace=workspace).out
    for name in ("ingest", "project", "train", "daily_ingest", "retrain_on_new_version"):
        assert name in out


def test_jobs_run_in_the_foreground(connectome, workspace):
    result = connectome("jobs", "run", "ingest", "--source", "simulate/vessel", workspace=workspace)
    assert result.code == 0
    assert result.out == "ingest: done\n"
    assert flow.verify(workspace).datasets == 1


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("nonsense",), 2, "jobs: ingest, project, train"),
        (("ingest",), 2, "needs a source"),
        (("ingest", "--source", "no/such"), 2, "celegans/cook2019"),
        (("project", "--source", "celegans/cells"), 2, "takes no --source"),
        (("train",), 1, "there is no graph"),
        (("ingest", "--source", "fmri/aal116"), 1, "'centroids_aal.csv' cannot be had"),
    ],
)
def test_jobs_run_told_wrong(connectome, workspace, words, code, said):
    result = connectome("jobs", "run", *words, workspace=workspace)
    assert result.code == code
    assert said in result.stderr
