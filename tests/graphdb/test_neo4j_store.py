"""A Neo4j server keeps the contract, and what only it promises."""

from __future__ import annotations

import neo4j
import pytest

from graphdb.contract import GraphStoreContract
from graphdb.on_neo4j.store import Neo4jStore
from graphdb.sync import rebuild
from schemas.errors import QueryRefusedError, StoreUnreachableError

pytestmark = pytest.mark.neo4j


class TestNeo4jStore(GraphStoreContract):
    @pytest.fixture
    def store(self, neo4j_login):
        store = Neo4jStore(*neo4j_login)
        store.load([], 0)
        yield store
        store.load([], 0)
        store.close()

    def raw(self, store, cypher):
        records, _, _ = store._driver.execute_query(cypher)
        return [list(record.values()) for record in records]

    def damage(self, store, cypher):
        store._driver.execute_query(cypher)


def test_a_wrong_password_is_said(neo4j_login):
    uri, user, _ = neo4j_login
    store = Neo4jStore(uri, user, "wrong-password")
    with pytest.raises(StoreUnreachableError, match="refuses the login"):
        store.held()
    store.close()


@pytest.mark.parametrize(
    "cypher",
    [
        "LOAD CSV FROM 'http://127.0.0.1:9/' AS l RETURN l",
        "SHOW TRANSACTIONS YIELD transactionId RETURN transactionId",
        "CALL dbms.listConfig('import') YIELD name RETURN name",
        "MATCH (n) CALL (n) { RETURN 1 AS one } IN TRANSACTIONS RETURN count(*)",
        "CREATE (:X)",
    ],
)
def test_the_plan_alone_refuses_what_the_gate_would(neo4j_login, cypher):
    store = Neo4jStore(*neo4j_login)
    with pytest.raises(QueryRefusedError):
        store.explain_read_only(cypher, {})
    store.close()


def test_constraints_exist_after_loading(neo4j_login, tmp_path):
    from graphdb.testing import small_lake

    store = Neo4jStore(*neo4j_login)
    rebuild(small_lake(tmp_path / "lake"), store)
    with neo4j.GraphDatabase.driver(neo4j_login[0], auth=neo4j_login[1:]) as driver:
        records, _, _ = driver.execute_query("SHOW CONSTRAINTS YIELD name RETURN collect(name) AS names")
    assert "uid_neuron" in records[0]["names"]
    store.load([], 0)
    store.close()
