"""The contract of graph stores, as a class of tests to inherit. Checks go past the store's own methods."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from graphdb import compare, testing
from graphdb.lake import Lake
from graphdb.named.catalog import run_named
from graphdb.projection import dataset_graph
from graphdb.query import query
from graphdb.store import GraphStore
from graphdb.sync import project, rebuild, verify
from graphdb.versions.provenance import content_hash_of
from schemas.errors import GraphError, LakeError, QueryError, QueryRefusedError, QueryTimeoutError, UsageError

SLOW = (
    "UNWIND range(1, 10000) AS x UNWIND range(1, 10000) AS y UNWIND range(1, 10000) AS z "
    "WITH x, y, z WHERE x + y + z < 0 RETURN count(*) AS n"
)


class GraphStoreContract(ABC):
    """Every store keeps these. A subclass gives the fixture `store` (empty) and `raw`, a way past the store."""

    @abstractmethod
    def raw(self, store: Any, cypher: str) -> list[list[Any]]:
        """Rows of a text, run with the engine's own client and not through the store."""

    @abstractmethod
    def damage(self, store: Any, cypher: str) -> None:
        """Change the graph behind the store's back."""

    @pytest.fixture
    def lake(self, tmp_path: Path) -> Lake:
        return testing.small_lake(tmp_path / "lake")

    @pytest.fixture
    def full(self, store: GraphStore, lake: Lake) -> GraphStore:
        rebuild(lake, store)
        return store

    def test_projecting_brings_every_dataset_once(self, store: GraphStore, lake: Lake) -> None:
        done = project(lake, store)
        assert set(done.written) == {m.dataset for m in lake.datasets()}
        assert store.held() == {m.dataset: m.version for m in lake.datasets()}
        assert project(lake, store).written == ()
        assert self.raw(store, "MATCH (n:Neuron) RETURN count(*)") == [[4]]
        assert self.raw(store, "MATCH (:Neuron)-[r:CHEMICAL]->() RETURN count(*), sum(r.weight)") == [[7, 30.0]]
        assert self.raw(store, "MATCH ()-[r:GAP_JUNCTION]->() RETURN count(*)") == [[3]]
        assert self.raw(store, "MATCH (:Neuron)-[:MEMBER_OF]->(:Community)-[:FOUND_BY]->(:Run) RETURN count(*)") == [
            [3]
        ]

    def test_a_fresh_projection_verifies(self, full: GraphStore, lake: Lake) -> None:
        found = verify(lake, full)
        assert found.differences == ()
        assert (found.datasets, found.rows) == (4, 73)

    def test_values_come_back_as_they_are_in_the_lake(self, full: GraphStore, lake: Lake) -> None:
        nodes = full.nodes("Neuron", "test/cells").sort("uid")
        expected = lake.read("test/cells", "node").filter(pl.col("kind") == "neuron").sort("uid")
        assert nodes.select(expected.columns).equals(expected)
        assert full.nodes("Run", "test/cells").is_empty()

    def test_what_a_source_says_stands_at_the_node(self, full: GraphStore, lake: Lake) -> None:
        said = "MATCH (n)-[:ANNOTATED]->(x:Annotation) RETURN n.name, x.attribute, x.value, x.number, x.evidence"
        expected = [[str(node).rpartition("/")[2], *rest] for node, *rest in map(dict.values, testing.said_of_cells())]
        assert sorted(self.raw(full, said), key=str) == sorted(expected, key=str)
        assert {d.dataset for d in query(full, "MATCH (x:Annotation) RETURN x.value").datasets} == {"test/connectome"}
        stored = full.nodes("Annotation", "test/connectome")
        assert set(stored["uid"]) >= {f"test/connectome/{testing.NODE_SET}/AVAL transmitter glutamate"}
        assert stored.height == lake.read("test/connectome", "annotation").height

    def test_what_a_network_covers_stands_between_node_and_network(self, full: GraphStore, lake: Lake) -> None:
        covered = "MATCH (n)-[c:COVERED_BY]->(w:Network) RETURN n.uid, w.uid, c.as_source, c.as_target, c.basis"
        stored = lake.read("test/connectome", "coverage")
        columns = ("node", "network", "as_source", "as_target", "basis")
        assert sorted(self.raw(full, covered)) == sorted(list(row) for row in stored.select(columns).rows())

    def test_bindings_are_nodes_with_the_names_that_routes_have(self, full: GraphStore, lake: Lake) -> None:
        stored = full.nodes("Binding", "test/connectome")
        binding = lake.read("test/connectome", "binding")
        assert stored.sort("ligand_form").select(binding.columns).equals(binding.sort("ligand_form"))
        assert set(stored["uid"]) == {f"test/connectome/flp-1 FLP-1-{n} npr-4 NPR-4-1" for n in (1, 2)}

    def test_a_new_version_replaces_the_old_one(self, full: GraphStore, lake: Lake) -> None:
        lake.publish(testing.connectome(scale=2.0))
        assert [d.what for d in verify(lake, full).differences] == ["version"]
        project(lake, full)
        assert self.raw(full, "MATCH (:Neuron)-[r:CHEMICAL]->() RETURN sum(r.weight)") == [[60.0]]
        assert verify(lake, full).differences == ()

    def test_a_dataset_more_is_added(self, full: GraphStore, lake: Lake) -> None:
        again = replace(testing.connectome(), info=testing.info("test/second", parents=("test/cells",)))
        tables = {
            name: frame.with_columns(
                pl.col(c).str.replace("test/connectome", "test/second")
                for c in ("uid", "network")
                if c in frame.columns
            )
            for name, frame in again.tables.items()
        }
        lake.publish(replace(again, tables=tables))
        assert "test/second" in project(lake, full).written
        assert self.raw(full, "MATCH (:Neuron)-[r:CHEMICAL]->() RETURN count(*)") == [[14]]
        assert verify(lake, full).differences == ()

    def test_counts_are_those_of_every_label_and_type(self, full: GraphStore, lake: Lake) -> None:
        counts = full.counts()
        known = {("CHEMICAL", "test/connectome"): 7, ("Neuron", "test/cells"): 4, ("Dataset", "test/activity"): 1}
        assert known.items() <= counts.items()
        assert sum(counts.values()) == sum(dataset_graph(lake, m).rows for m in lake.datasets())

    def test_what_is_removed_is_gone_and_nothing_else(self, full: GraphStore, lake: Lake) -> None:
        before = full.counts()
        full.remove(["test/connectome", "never/there"])
        assert full.counts() == {key: n for key, n in before.items() if key[1] != "test/connectome"}
        assert set(full.held()) == {"test/cells", "test/activity", "run/ntf-communities-test"}
        assert self.raw(full, "MATCH ()-[r:CHEMICAL]->() RETURN count(*)") == [[0]]
        full.remove(["test/connectome"])
        assert project(lake, full).written == ("test/connectome",)
        assert verify(lake, full).differences == ()

    def test_a_dataset_whose_nodes_others_need_cannot_be_removed(self, full: GraphStore, lake: Lake) -> None:
        with pytest.raises(GraphError, match="test/connectome"):
            full.remove(["test/cells"])
        with pytest.raises(GraphError, match="run/ntf-communities-test"):
            full.remove(["test/activity"])
        assert verify(lake, full).differences == ()

    def test_adding_again_what_is_there_changes_nothing(self, full: GraphStore, lake: Lake) -> None:
        manifest = lake.manifest("test/connectome")
        full.add([dataset_graph(lake, manifest)], 1)
        assert self.raw(full, "MATCH ()-[r:CHEMICAL]->() RETURN count(*)") == [[7]]
        assert verify(lake, full).differences == ()

    def test_a_new_version_of_a_parent_takes_its_descendants_along(self, full: GraphStore, lake: Lake) -> None:
        cells = testing.cells()
        node = cells.tables["node"].with_columns(type=pl.lit("inter"))
        lake.publish(replace(cells, tables={**cells.tables, "node": node}))
        assert set(project(lake, full).written) == {m.dataset for m in lake.datasets()}
        assert self.raw(full, "MATCH (n:Neuron) WHERE n.type = 'inter' RETURN count(*)") == [[4]]
        assert verify(lake, full).differences == ()

    def test_a_dataset_that_left_the_lake_leaves_the_graph(self, full: GraphStore, lake: Lake) -> None:
        (lake.root / "test/connectome/current").unlink()
        project(lake, full)
        assert set(full.held()) == {m.dataset for m in lake.datasets()}
        assert ("Network", "test/connectome") not in full.counts()
        assert verify(lake, full).differences == ()

    def test_weights_that_two_edges_swapped_are_found(self, full: GraphStore, lake: Lake) -> None:
        edge = "MATCH (:Neuron {name: 'AVAL'})-[r:CHEMICAL]->(b:Neuron {name: '%s'}) SET r.weight = %s"
        self.damage(full, edge % ("AVAR", "12.0"))
        self.damage(full, edge % ("RIML", "3.0"))
        assert [d.what for d in verify(lake, full).differences] == ["CHEMICAL"]

    def test_ends_that_two_edges_swapped_are_found(self, full: GraphStore, lake: Lake) -> None:
        for start, end, other in (("AVAL", "AVAL", "hyp"), ("RIML", "hyp", "AVAL")):
            where = f"WHERE a.name = '{start}' AND b.name = '{other}' AND c.name = '{end}'"
            same = "network: r.network, dataset: r.dataset, directed: r.directed, weight: r.weight"
            made = f"CREATE (a)-[:CHEMICAL {{{same}}}]->(b) DELETE r"
            c, b = ("Neuron", "Cell") if other == "hyp" else ("Cell", "Neuron")
            self.damage(full, f"MATCH (a:Neuron)-[r:CHEMICAL]->(c:{c}), (b:{b}) {where} {made}")
        assert self.raw(full, "MATCH ()-[r:CHEMICAL]->() RETURN count(*), sum(r.weight)") == [[7, 30.0]]
        assert [(d.dataset, d.what) for d in verify(lake, full).differences] == [("test/connectome", "CHEMICAL")]

    @pytest.mark.parametrize(
        ("what", "damage"),
        [
            ("Neuron", "MATCH (n:Neuron {name: 'AVAL'}) SET n.type = 'motor'"),
            ("Neuron", "MATCH (n:Neuron {name: 'AVAR'}) SET n.x_um = NULL"),
            ("Neuron", "MATCH (n:Neuron {name: 'RIML'}) SET n.aliases = ['rim']"),
            ("Network", "MATCH (n:Network) SET n.directed = true"),
            ("Dataset", "MATCH (n:Dataset {uid: 'test/cells'}) SET n.title = 'Another'"),
            ("CHEMICAL", "MATCH (:Neuron)-[r:CHEMICAL]->(:Cell) SET r.n_contacts = 0"),
            ("CHEMICAL", "MATCH (:Neuron)-[r:CHEMICAL]->(:Cell) SET r.network = 'test/connectome/gap_junction'"),
            ("GAP_JUNCTION", "MATCH ()-[r:GAP_JUNCTION]->() SET r.directed = NULL"),
            ("MEMBER_OF", "MATCH (:Neuron {name: 'AVAL'})-[r:MEMBER_OF]->() SET r.strength = 0.25"),
            ("Annotation", "MATCH (:Neuron)-[:ANNOTATED]->(x:Annotation {attribute: 'ap_um'}) SET x.number = 12.5"),
            ("Annotation", "MATCH (x:Annotation {value: 'glutamate'}) SET x.evidence = 'staining'"),
            ("ANNOTATED", "MATCH (:Cell)-[r:ANNOTATED]->() DELETE r"),
            ("COVERED_BY", "MATCH (:Cell)-[r:COVERED_BY]->() SET r.as_source = false"),
            ("Binding", "MATCH (x:Binding {ligand_form: 'FLP-1-2'}) SET x.low_molar = 1.0"),
        ],
    )
    def test_a_changed_property_is_found(self, full: GraphStore, lake: Lake, what: str, damage: str) -> None:
        self.damage(full, damage)
        found = {d.what for d in verify(lake, full).differences}
        assert found == {what}
        assert found == {d.what for m in lake.datasets() for d in compare.differences(full, dataset_graph(lake, m))}

    def test_a_changed_weight_is_found_by_its_hash(self, full: GraphStore, lake: Lake) -> None:
        self.damage(full, "MATCH (:Neuron)-[r:CHEMICAL]->(:Muscle) SET r.weight = 5.0")
        (difference,) = verify(lake, full).differences
        assert (difference.dataset, difference.what) == ("test/connectome", "CHEMICAL")
        assert "differ in 'weight'" in difference.graph

    def test_a_missing_and_a_foreign_row_are_found_by_their_counts(self, full: GraphStore, lake: Lake) -> None:
        self.damage(full, "MATCH (:Neuron)-[r:CHEMICAL]->(:Cell) DELETE r")
        self.damage(full, "CREATE (:Neuron {uid: 'a/b', name: 'b', dataset: 'nobody/knows'})")
        found = {(d.dataset, d.what): (d.lake, d.graph) for d in verify(lake, full).differences}
        lake_rows, graph_rows = found["test/connectome", "CHEMICAL"]
        assert lake_rows == "7 rows"
        assert graph_rows.startswith("6 rows")
        assert found["nobody/knows", "Neuron"] == ("absent", "1 rows")
        rebuild(lake, full)
        assert verify(lake, full).differences == ()

    def test_a_damaged_lake_leaves_the_graph_as_it_was(self, full: GraphStore, lake: Lake) -> None:
        manifest = lake.publish(testing.connectome(scale=3.0))
        path = lake.path(manifest, "chemical")
        path.write_bytes(path.read_bytes()[:100])
        with pytest.raises(LakeError, match=r"chemical\.parquet does not match its hash"):
            project(lake, full)
        assert self.raw(full, "MATCH (:Neuron)-[r:CHEMICAL]->() RETURN sum(r.weight)") == [[30.0]]

    def test_an_answer_says_whether_it_was_cut(self, full: GraphStore) -> None:
        whole = query(full, "MATCH (n:Neuron) RETURN n.name AS name ORDER BY name")
        assert (whole.truncated, whole.total_rows) == (False, 4)
        assert [r["name"] for r in whole.rows()] == ["AVAL", "AVAR", "AVBL", "RIML"]
        cut = query(full, "MATCH (n:Neuron) RETURN n.name AS name ORDER BY name", row_limit=2)
        assert cut.truncated
        assert cut.total_rows in (4, None)
        assert [r["name"] for r in cut.rows()] == ["AVAL", "AVAR"]

    def test_parameters_are_values_not_text(self, full: GraphStore) -> None:
        hostile = "AVAL' OR 1=1 //"
        answer = query(full, "MATCH (n:Neuron) WHERE n.name = $name RETURN n.name", {"name": hostile})
        assert answer.table.num_rows == 0
        answer = query(
            full,
            "UNWIND $names AS x MATCH (n:Neuron {name: x}) RETURN count(*) AS n",
            {"names": ["AVAL", "RIML"]},
        )
        assert answer.rows() == [{"n": 2}]

    def test_sums_are_whole_numbers_and_zero_over_nothing(self, full: GraphStore) -> None:
        answer = query(full, "MATCH (d:Community) RETURN sum(d.n_members) AS n, count(*) AS k")
        assert answer.rows() == [{"n": 3, "k": 2}]
        answer = query(full, "MATCH (d:Community) WHERE d.name = 'none' RETURN sum(d.n_members) AS n")
        assert answer.rows() == [{"n": 0}]

    @pytest.mark.parametrize(
        "cypher",
        [
            "CREATE (:Neuron {uid: 'x/y'})",
            "MATCH (n:Neuron) SET n.name = 'x'",
            "MATCH (n:Neuron) DETACH DELETE n",
            "MERGE (n:Neuron {uid: 'x/y'}) RETURN n.uid",
            "MATCH (n:Neuron) REMOVE n.name",
            "DROP TABLE Neuron",
            "LOAD FROM '/etc/passwd' RETURN *",
            "COPY (RETURN 1) TO '/tmp/x.csv'",
            "RETURN 1; RETURN 2",
            "CALL db.labels() YIELD label RETURN label",
            "MATCH (n) CALL { WITH n SET n.y = 1 } IN TRANSACTIONS RETURN 1",
            "LOAD CSV FROM 'file:///etc/passwd' AS l RETURN l",
        ],
    )
    def test_a_write_or_a_file_is_refused_and_nothing_changes(self, full: GraphStore, lake: Lake, cypher: str) -> None:
        with pytest.raises(QueryRefusedError):
            query(full, cypher)
        assert verify(lake, full).differences == ()

    def test_the_engine_itself_refuses_a_write_that_passed_every_check(self, full: GraphStore) -> None:
        with pytest.raises(QueryRefusedError):
            full.read("CREATE (:Neuron {uid: 'x/y'})", {"_": 0})
        assert self.raw(full, "MATCH (n:Neuron) RETURN count(*)") == [[4]]

    def test_a_runaway_query_is_stopped_and_the_store_answers_again(self, full: GraphStore) -> None:
        with pytest.raises(QueryTimeoutError, match=r"stopped after 0\.5 s"):
            query(full, SLOW, timeout_s=0.5)
        assert query(full, "MATCH (n:Neuron) RETURN count(*) AS n").rows() == [{"n": 4}]

    @pytest.mark.parametrize(
        ("cypher", "says"),
        [
            ("MATCH (n:Neuron RETURN n", "syntax error"),
            ("MATCH (n:Neurom) RETURN n.name", "Neuron"),
            ("MATCH (n:Neuron) RETURN n.nam", "did you mean name"),
            ("MATCH (n:Neuron) WHERE n.name = $x RETURN n.name", r"parameter \$x is missing"),
            ("", "the query is empty"),
        ],
    )
    def test_a_wrong_query_is_explained(self, full: GraphStore, cypher: str, says: str) -> None:
        with pytest.raises(QueryError, match=says) as caught:
            query(full, cypher)
        assert caught.value.hint

    def test_a_cut_answer_counts_the_rest_and_a_limit_of_its_own_is_no_cut(self, full: GraphStore) -> None:
        cut = query(full, "MATCH (n:Neuron) RETURN DISTINCT n.name AS name ORDER BY name", row_limit=3)
        assert ([r["name"] for r in cut.rows()], cut.truncated, cut.total_rows) == (["AVAL", "AVAR", "AVBL"], True, 4)
        own = query(full, "MATCH (n:Neuron) RETURN n.name AS name ORDER BY name LIMIT 2", row_limit=2)
        assert (own.table.num_rows, own.truncated, own.total_rows) == (2, False, 2)
        both = query(full, "UNWIND [1, 2] AS x RETURN x UNION ALL UNWIND [3, 4] AS x RETURN x", row_limit=3)
        assert (both.table.num_rows, both.truncated) == (3, True)

    def test_whole_nodes_and_relationships_become_a_graph(self, full: GraphStore) -> None:
        graph = query(full, "MATCH (a:Neuron)-[r:CHEMICAL]->(b) RETURN a, r, b").to_networkx()
        assert sorted(uid.rpartition("/")[2] for uid in graph) == ["AVAL", "AVAR", "AVBL", "RIML", "dBWML1", "hyp"]
        weights = sorted(data["weight"] for _, _, data in graph.edges(data=True))
        assert weights == [1.0, 1.0, 2.0, 3.0, 4.0, 7.0, 12.0]
        assert graph.nodes["test/animal/AVAL"] == {
            "label": "Neuron",
            "name": "AVAL",
            "node_set": "test/animal",
            "kind": "neuron",
            "aliases": ["aval"],
            "class": "AVA",
            "dataset": "test/cells",
        }

    def test_paths_become_a_graph(self, full: GraphStore) -> None:
        cypher = "MATCH p = (a:Neuron)-[:CHEMICAL*1..2]->(b:Neuron) WHERE a.name = 'AVBL' RETURN p"
        graph = query(full, cypher).to_networkx()
        assert sorted(uid.rpartition("/")[2] for uid in graph) == ["AVAL", "AVAR", "AVBL", "RIML"]

    def test_rows_without_whole_nodes_are_no_graph(self, full: GraphStore) -> None:
        with pytest.raises(UsageError, match="no whole nodes"):
            query(full, "MATCH (n:Neuron) RETURN n.name AS name").to_networkx()
        with pytest.raises(UsageError, match="without its nodes"):
            query(full, "MATCH (:Neuron)-[r:CHEMICAL]->(:Neuron) RETURN r").to_networkx()

    def test_an_answer_names_the_versions_it_comes_from(self, full: GraphStore, lake: Lake) -> None:
        held = full.held()
        answer = query(full, "MATCH (n:Network) RETURN n.dataset AS dataset")
        assert [each.reference for each in answer.datasets] == [f"test/connectome@{held['test/connectome']}"]
        assert answer.datasets[0].content_hash == content_hash_of(lake.manifest("test/connectome"))
        assert answer.datasets[0].citation == "Nobody et al. 2026"
        whole = query(full, "MATCH (n) RETURN count(*) AS n")
        assert {each.dataset for each in whole.datasets} == set(held)
        lake.publish(testing.connectome(scale=2.0))
        rebuild(lake, full)
        renewed = query(full, "MATCH (n:Network) RETURN n.dataset AS dataset").datasets
        assert [each.version for each in renewed] == [lake.manifest("test/connectome").version]

    def test_limits_must_be_positive(self, full: GraphStore) -> None:
        with pytest.raises(UsageError):
            query(full, "RETURN 1", timeout_s=0)

    def test_the_query_of_the_project(self, full: GraphStore) -> None:
        answer = run_named(full, "partner-communities", {"neuron": "AVAL", "dataset": "test/connectome"})
        rows = [(r["partner"], r["weight"], r["community"], r["shares_community"]) for r in answer.rows()]
        assert rows == [("RIML", 12.0, "c1", True), ("AVAR", 3.0, None, None), ("AVAL", 1.0, "c1", True)]

    @pytest.mark.parametrize(
        ("name", "parameters", "column", "expected"),
        [
            ("partners", {"neuron": "AVAL"}, "partner", ["RIML", "dBWML1", "AVAR", "AVAL"]),
            ("partners", {"neuron": "aval", "min_weight": "4"}, "partner", ["RIML", "dBWML1"]),
            ("partners", {"neuron": "AVAL", "direction": "in"}, "partner", ["AVBL", "RIML", "AVAL"]),
            ("partners", {"neuron": "AVAL", "kind": "gap_junction"}, "partner", ["AVAR", "AVAL"]),
            ("partners", {"neuron": "AVAR", "kind": "gap_junction"}, "partner", ["AVAL"]),
            ("partners", {"neuron": "AVAL", "dataset": "no/such"}, "partner", []),
            ("neuron", {"name": "dBWML1"}, "kind", ["muscle"]),
            (
                "datasets",
                {},
                "dataset",
                ["run/ntf-communities-test", "test/activity", "test/cells", "test/connectome"],
            ),
            ("subgraph", {"names": "AVAR,RIML", "hops": "0"}, "source", []),
            ("subgraph", {"names": "AVA", "hops": "0"}, "weight", [5.0, 3.0, 2.0, 1.0]),
            ("subgraph", {"names": "hyp", "hops": "1"}, "target", ["hyp"]),
            ("subgraph", {"names": "hyp", "hops": "2", "kinds": "chemical"}, "weight", [12.0, 2.0, 1.0, 1.0]),
            ("communities", {}, "member", ["AVAL", "RIML", "AVBL"]),
            ("communities", {"run": "run/ntf-communities-test"}, "community", ["c1", "c1", "c2"]),
            ("communities", {"model": "another"}, "member", []),
        ],
    )
    def test_named_queries_answer_alike(
        self, full: GraphStore, name: str, parameters: dict[str, object], column: str, expected: list[object]
    ) -> None:
        assert [row[column] for row in run_named(full, name, parameters).rows()] == expected

    def test_an_unknown_name_gets_suggestions(self, full: GraphStore) -> None:
        with pytest.raises(QueryError, match="nothing in the graph is called 'AVAX'") as caught:
            run_named(full, "partners", {"neuron": "AVAX"})
        assert "AVAL" in caught.value.hint
