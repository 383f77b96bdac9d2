"""What is staged for the import tool, and how the tool is configured; no server is needed."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from graphdb import testing
from graphdb.graph_model import NODE_TYPES, RELATIONSHIP_TYPES
from graphdb.on_neo4j.admin import Neo4jAdmin, admin_from
from graphdb.on_neo4j.bulk_import import stage, staged_columns
from graphdb.on_neo4j.load import parts_of
from graphdb.on_neo4j.migrations import MIGRATIONS
from graphdb.projection import Nodes, dataset_graph
from graphdb.store import silent
from schemas.errors import GraphError, UsageError


@pytest.fixture
def graphs(tmp_path):
    lake = testing.small_lake(tmp_path / "lake")
    return [dataset_graph(lake, m) for m in lake.datasets()]


def test_every_label_has_its_constraint_and_indexes():
    """A label that is new in the model needs a new migration, since recorded ones never run again."""
    said = " ".join(statement for migration in MIGRATIONS for statement in migration.statements)
    for label, node in NODE_TYPES.items():
        assert f"FOR (n:`{label}`) REQUIRE n.uid IS UNIQUE" in said
        for name in ("name", "dataset"):
            assert (name not in node.properties) or f"FOR (n:`{label}`) ON (n.{name})" in said
    assert [m.number for m in MIGRATIONS] == list(range(1, len(MIGRATIONS) + 1))
    assert all("IF NOT EXISTS" in statement for m in MIGRATIONS for statement in m.statements)


def test_every_column_is_staged_under_its_role_or_type(graphs, tmp_path):
    parts = {name: part for graph in graphs for part in parts_of(graph) for name in [part.__class__.__name__]}
    assert set(parts) == {"Nodes", "Relationships"}
    for graph in graphs:
        for part in parts_of(graph):
            names = staged_columns(part)
            assert list(names) == part.frame.collect_schema().names() or set(names) == set(part.frame.collect_schema())
            if isinstance(part, Nodes):
                assert names["uid"] == f"uid:ID({part.label})"
            else:
                assert names["_start"] == f":START_ID({part.start})"
    admin = Neo4jAdmin(tmp_path / "staging", seen_as="/there")
    stage(admin, graphs, "v", silent)
    arguments = (admin.staging / "import.args").read_text()
    assert '"--nodes=Neuron=/there/' in arguments
    assert '"--relationships=CHEMICAL=/there/' in arguments
    assert pl.read_parquet_schema(next(admin.staging.glob("0-0.parquet")))


def test_rows_are_staged_as_they_are(graphs, tmp_path):
    admin = Neo4jAdmin(tmp_path / "staging")
    stage(admin, graphs, "v", silent)
    for done, graph in enumerate(graphs):
        for number, part in enumerate(parts_of(graph)):
            staged = pl.read_parquet(admin.staging / f"{done}-{number}.parquet")
            names = staged_columns(part)
            assert staged.height == part.rows
            back, key = staged.rename({new: old for old, new in names.items()}), list(names)[:2]
            assert back.sort(key).equals(part.frame.select(list(names)).collect().sort(key))


@pytest.mark.parametrize(
    "broken",
    [pl.col("name").str.slice(0, 0), pl.lit([""], dtype=pl.List(pl.String)).alias("aliases")],
)
def test_a_value_that_the_tool_would_lose_is_refused(graphs, tmp_path, broken):
    graph = next(g for g in graphs if g.manifest.dataset == "test/cells")
    part = next(p for p in graph.nodes if p.label == "Neuron")
    bad = replace(graph, nodes=(replace(part, frame=part.frame.with_columns(broken)),))
    with pytest.raises(GraphError, match=f"in {broken.meta.output_name()}, which the import would lose"):
        stage(Neo4jAdmin(tmp_path / "staging"), [bad], "v", silent)


def test_tables_cannot_hold_what_the_tool_would_lose():
    """Every text of the graph is a text of a table, and those are never empty."""
    from schemas import tables

    for name, table in tables.TABLES.items():
        for column, definition in table.columns().items():
            inner = getattr(definition, "inner", definition)
            if inner.dtype == pl.String():
                assert (inner.min_length or 0) >= 1 or inner.regex, f"{name}.{column}"
    texts = [d for t in (*NODE_TYPES.values(), *RELATIONSHIP_TYPES.values()) for d in t.properties.values()]
    assert {str(d) for d in texts} <= {"String", "Int64", "Float64", "Boolean", "List(String)"}


def test_the_environment_says_how_the_graph_is_built(tmp_path):
    assert admin_from({}, tmp_path) is None
    local = admin_from({"CONNECTOME_NEO4J_IMPORT": "local", "CONNECTOME_NEO4J_ADMIN": "sudo neo4j-admin"}, tmp_path)
    assert local.import_command()[:3] == ["sudo", "neo4j-admin", "database"]
    assert not local.by_hand
    compose = admin_from({"CONNECTOME_NEO4J_IMPORT": "compose", "CONNECTOME_NEO4J_SERVICE": "graph"}, tmp_path)
    assert compose.stop == ("docker", "compose", "stop", "graph")
    assert compose.import_command()[-1] == "@/staging/import.args"
    assert f"{tmp_path.resolve()}:/staging:ro" in compose.import_command()
    assert admin_from({"CONNECTOME_NEO4J_IMPORT": "manual"}, tmp_path).by_hand
    with pytest.raises(UsageError, match="CONNECTOME_NEO4J_IMPORT is 'magic'"):
        admin_from({"CONNECTOME_NEO4J_IMPORT": "magic"}, tmp_path)


def test_a_tool_that_is_not_there_is_said(tmp_path):
    admin = Neo4jAdmin(tmp_path, tool=("no-such-tool",))
    with pytest.raises(GraphError, match="no-such-tool"):
        admin.run_import()
