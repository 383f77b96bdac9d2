"""The gate refuses what may do more than read, and lets ordinary questions pass."""

from __future__ import annotations

import pytest

from graphdb import gate
from schemas.errors import QueryError, QueryRefusedError

ORDINARY = [
    "MATCH (n:Neuron) RETURN n.name",
    "match (n:Neuron) where n.name = 'load; copy' return n",
    'MATCH (n:Neuron) WHERE n.name = "CREATE (x)" RETURN n.name',
    "MATCH (n:Neuron) WHERE n.`set` = 1 RETURN n.`delete`",
    "MATCH (n:Neuron) RETURN n.set, n.create, n.load",
    "MATCH (n:Set)-[:LOAD|COPY]->(m) RETURN m.x",
    "// load everything\nMATCH (n:Neuron) RETURN n.name /* drop */",
    "RETURN {load: 1, set: 2} AS m",
    "MATCH (a)-[r:CHEMICAL*1..3]->(b) RETURN count(*)",
    "MATCH (a)-[r:CHEMICAL*..3]->(b) RETURN count(*)",
    "MATCH (a)-[r:CHEMICAL*2]->(b) RETURN count(*)",
    "MATCH p = (a)-[:CHEMICAL* SHORTEST 1..5]->(b) RETURN length(p)",
    "UNWIND range(1, 100000) AS x RETURN sum(x)",
    "UNWIND range(0, 9, 3) AS x RETURN x",
    "WITH $set AS x RETURN x",
    "OPTIONAL MATCH (n:Neuron {name: $name}) RETURN n.name AS `create`",
    "MATCH (n) WHERE n.name =~ 'AV.*' RETURN 2 * 3 AS six, -1 AS minus, 1e3 AS k",
    "MATCH (n) WHERE n.comment = 'it\\'s' RETURN n.name",
    "RETURN [1, 2, 3] AS list, {a: {b: [1]}} AS nested",
    "MATCH (a)--(b) RETURN count(*)",
    "RETURN 'ünïcode ✓' AS text",
]
REFUSED = [
    ("CREATE (n)", "may not begin with 'CREATE'"),
    ("EXPLAIN MATCH (n) RETURN n", "may not begin"),
    ("CALL db.labels()", "may not begin"),
    ("load from 'x.csv' return *", "may not begin"),
    ("MATCH (n) SET n.x = 1", "SET is not allowed"),
    ("MATCH (n) DeTaCh DELETE n", "DETACH is not allowed"),
    ("MATCH (n) WITH n LOAD FROM 'x.csv' RETURN *", "LOAD is not allowed"),
    ("MATCH (n) /* x */ DELETE /* y */ n", "DELETE is not allowed"),
    ("RETURN 1; RETURN 2", "one statement"),
    ("RETURN 1;", "one statement"),
    ("MATCH (n) \\u0053ET n.x = 1", "escapes are not allowed"),
    ("RETURN '\\u0027' AS x", "escapes are not allowed"),
    ("MATCH p = (a)-[:R]->(b) RETURN cost(p)", r"cost\(\) is not allowed"),
    ("RETURN `cost`(1)", r"cost\(\) is not allowed"),
    ("RETURN repeat('x', 2000000000)", r"repeat\(\)"),
    ("RETURN range(1, 1000000000)", r"range\(\)"),
    ("RETURN range(1, $n)", r"range\(\)"),
    ("RETURN size(RANGE(1, 100 * 1000000))", r"range\(\)"),
    ("MATCH (a)-[:R*]->(b) RETURN b", "any length"),
    ("MATCH (a)-[:R*2..]->(b) RETURN b", "any length"),
    ("MATCH (a)-[r*]-(b) RETURN b", "any length"),
    ("RETURN " + "(" * 41 + "1" + ")" * 41, "nests deeper"),
    ("RETURN " + "NOT " * 50 + "true", "nests deeper"),
    ("RETURN '" + "x" * 20_000 + "'", "longer than"),
]


@pytest.mark.parametrize("cypher", ORDINARY)
def test_ordinary_questions_pass(cypher):
    gate.check(cypher, {"name": "AVAL", "set": 1})


@pytest.mark.parametrize(("cypher", "says"), REFUSED)
def test_everything_else_is_refused_with_its_reason(cypher, says):
    with pytest.raises(QueryRefusedError, match=says) as caught:
        gate.check(cypher, {"n": 1})
    assert caught.value.hint


@pytest.mark.parametrize("cypher", ["RETURN 'open", "RETURN `open", 'RETURN "a\\"', "RETURN #"])
def test_text_that_does_not_end_is_pointed_at(cypher):
    with pytest.raises(QueryError, match=r"syntax error at character \d+") as caught:
        gate.check(cypher, {})
    assert "^" in str(caught.value)


def test_every_missing_parameter_is_named_with_how_to_give_it():
    with pytest.raises(QueryError, match=r"parameter \$a, \$b is missing") as caught:
        gate.check("RETURN $a, $b, $c, '$d'", {"c": 1})
    assert caught.value.hint == "-p a=VALUE -p b=VALUE"


@pytest.mark.data
def test_only_plain_reads_among_the_listed_attacks_pass(shared_data):
    """The attack lists of the reference: what passes the gate is listed here by name, and harmless."""
    attacks = set()
    for name in ("ladybug", "neo4j"):
        text = (shared_data.parent / "reference" / "attacks" / f"{name}.txt").read_text()
        for line in text.splitlines():
            if line and not line.startswith("##") and not line.startswith("@sys"):
                attacks.add(line.partition(" @@ ")[0].replace("\\n", "\n").replace("\\N", "\n"))
    passed = set()
    for attack in attacks:
        try:
            gate.check(attack, {"p": "/etc/passwd", "zz": 1})
        except QueryError:
            continue
        passed.add(attack)
    assert passed == {
        "MATCH (n:Neuron) RETURN n.id ORDER BY n.id",
        "MATCH (a:Neuron)-[:SYN*1..3]->(b) RETURN count(*)",
        "MATCH (n:Neuron) WHERE n.name CONTAINS 'load; copy' RETURN n.id",
    }
    assert len(attacks) > 200
