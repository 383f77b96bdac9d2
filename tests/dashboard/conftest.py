"""A real workspace for the dashboard: the demo's, with a hostile name and a network of regions added."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from types import SimpleNamespace

import polars as pl
import pytest

from dashboard.app import create_app
from dashboard.config import DashboardConfig
from graphdb import testing
from jobs import flow
from jobs.demo import demo
from jobs.workspace import Workspace

PAYLOAD = "<img/src=x/onerror=window.hacked=1>"


@pytest.fixture(scope="session")
def demo_workspace(tmp_path_factory) -> Workspace:
    workspace = Workspace(tmp_path_factory.mktemp("demo"))
    step = SimpleNamespace(report=lambda *_: None, share=lambda *_: None, say=lambda *_: None)
    demo(workspace, None, lambda _title: nullcontext(step), lambda _line: None)
    hostile = testing.cells()
    node = hostile.tables["node"].with_columns(
        name=pl.when(pl.col("name") == "hyp").then(pl.lit(PAYLOAD)).otherwise(pl.col("name"))
    )
    info = replace(hostile.info, title=PAYLOAD, citation="javascript:alert(1)")
    workspace.lake.publish(replace(hostile, info=info, tables={**hostile.tables, "node": node}))
    workspace.lake.publish(testing.connectome())
    flow.project(workspace)
    return workspace


@pytest.fixture(scope="session")
def app(demo_workspace):
    return create_app(DashboardConfig(workspace=demo_workspace.root))


@pytest.fixture
def client(app):
    return app.server.test_client()
