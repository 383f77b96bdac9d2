"""Many rows at once out of a server: they come in parts, and that changes nothing but the time it takes."""

from __future__ import annotations

import pytest

from graphdb import testing
from graphdb.on_neo4j.packing import MANY, packed
from graphdb.on_neo4j.store import Neo4jStore
from graphdb.query import query
from graphdb.sync import rebuild
from schemas.errors import QueryError, QueryTimeoutError

pytestmark = pytest.mark.neo4j
ROWS = MANY + 3
GIVEN = {"numbers": list(range(ROWS))}


@pytest.fixture(scope="module")
def store(neo4j_login, tmp_path_factory):
    store = Neo4jStore(*neo4j_login)
    rebuild(testing.small_lake(tmp_path_factory.mktemp("lake")), store)
    yield store
    store.close()


@pytest.fixture(params=["trusted", "checked"])
def ask(request, store):
    """The two ways to read."""
    if request.param == "trusted":
        return store.read
    return lambda *words, **options: query(store, *words, **options)


@pytest.mark.parametrize(
    "cypher",
    [
        "UNWIND $numbers AS i RETURN i AS number, toString(i) AS text ORDER BY number DESC",
        "UNWIND $numbers AS i RETURN i AS number, CASE WHEN i % 2 = 0 THEN i * 0.5 END AS half",
        "UNWIND $numbers AS i RETURN DISTINCT i % 7 AS rest, [i % 7, null] AS pair",
        "UNWIND $numbers AS i OPTIONAL MATCH (n:Neuron {name: 'RIML'}) WHERE i < 5 RETURN n, i AS `a ``name``, odd`",
        "MATCH p = (:Neuron)-[:CHEMICAL]->(:Neuron) RETURN p // and no more",
        "UNWIND $numbers AS i WITH i WHERE i < 0 RETURN i AS number",
        "UNWIND $numbers AS i RETURN i AS number UNION ALL UNWIND $numbers AS i RETURN i AS number",
    ],
)
def test_rows_in_parts_are_the_rows_one_by_one(ask, cypher, monkeypatch):
    given = {key: value for key, value in GIVEN.items() if f"${key}" in cypher}
    parts = ask(cypher, given, row_limit=3 * ROWS)
    for module in ("read", "asking"):
        monkeypatch.setattr(f"graphdb.on_neo4j.{module}.MANY", 10 * ROWS)
    plain = ask(cypher, given, row_limit=3 * ROWS)
    assert parts.table.equals(plain.table)
    assert (parts.truncated, parts.total_rows) == (False, plain.total_rows)


def test_the_server_was_asked_in_parts(store, monkeypatch):
    """The test above compares two ways only as long as they are two."""
    asked = []
    for module in ("read", "asking"):
        monkeypatch.setattr(
            f"graphdb.on_neo4j.{module}.packed", lambda *words: asked.append(words[1]) or packed(*words)
        )
    cypher = "UNWIND $numbers AS i RETURN i AS number"
    store.read(cypher, GIVEN, row_limit=ROWS)
    query(store, cypher, GIVEN, row_limit=ROWS)
    store.read(cypher, GIVEN, row_limit=10)
    assert asked == [["number"], ["number"]]


def test_a_cut_answer_of_many_rows_says_so(ask):
    answer = ask("UNWIND $numbers AS i UNWIND [1, 2] AS j RETURN i AS number ORDER BY number", GIVEN, row_limit=ROWS)
    assert answer.truncated
    assert answer.table.column("number").to_pylist() == sorted([*range(ROWS)] * 2)[:ROWS]


def test_a_text_that_cannot_be_wrapped_is_read_row_by_row(store):
    answer = store.read("UNWIND $numbers AS i RETURN i, i + 1", GIVEN, row_limit=ROWS)
    assert answer.columns == ["i", "i + 1"]
    assert answer.total_rows == ROWS


def test_an_error_is_told_of_the_text_itself(ask):
    with pytest.raises(QueryError) as caught:
        ask("UNWIND $numbers AS i RETURN i / (i - i) AS n", GIVEN, row_limit=ROWS)
    assert "zero" in caught.value.message
    with pytest.raises(QueryError) as caught:
        ask("UNWIND $numbers AS i RETURN j AS n", GIVEN, row_limit=ROWS)
    assert "CALL" not in caught.value.message


def test_too_long_is_an_error_within_the_time(ask):
    slow = "UNWIND $numbers AS i UNWIND $numbers AS j WITH i, j WHERE i + j < 0 RETURN i AS n"
    with pytest.raises(QueryTimeoutError, match=r"after 0\.5 s"):
        ask(slow, GIVEN, row_limit=ROWS, timeout_s=0.5)
