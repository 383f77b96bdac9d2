"""What is refused, and how it is said."""

from __future__ import annotations

import pytest

from graphdb.cypher import prepare
from graphdb.cypher.constructs import REFUSED as DOCUMENTED
from graphdb.cypher.document import DOCUMENT, dialect_document
from graphdb.cypher.functions import ELSEWHERE, known
from schemas.errors import QueryError, QueryRefusedError

DIALECTS = ("ladybug", "neo4j")
REFUSED = [
    ("CREATE (n)", "may not begin with 'CREATE'"),
    ("EXPLAIN MATCH (n) RETURN n", "may not begin"),
    ("CALL db.labels()", "may not begin"),
    ("load from 'x.csv' return *", "may not begin"),
    ("MATCH (n) SET n.x = 1", "SET is not allowed"),
    ("MATCH (n) DeTaCh DELETE n", "DETACH is not allowed"),
    ("MATCH (n) WITH n LOAD FROM 'x.csv' RETURN *", "LOAD is not allowed"),
    ("MATCH (n) /* x */ DELETE /* y */ n", "DELETE is not allowed"),
    ("MATCH (n) CALL { RETURN 1 AS x } RETURN x", "CALL is not allowed"),
    ("MATCH (n:Neuron) WHERE EXISTS { LOAD FROM 'x' RETURN * } RETURN n", "'LOAD' is not allowed there"),
    ("RETURN COLLECT { MATCH (n) RETURN n } AS x", "COLLECT { }"),
    ("RETURN 1; RETURN 2", "one statement"),
    ("RETURN 1;", "one statement"),
    ("MATCH (n) \\u0053ET n.x = 1", "escapes are not allowed"),
    ("RETURN '\\u0027' AS x", "escapes are not allowed"),
    ("MATCH p = (a)-[:CHEMICAL]->(b) RETURN cost(p)", r"cost\(\) is not allowed"),
    ("RETURN `cost`(1)", r"cost\(\) is not allowed"),
    ("RETURN repeat('x', 2000000000)", r"repeat\(\)"),
    ("RETURN apoc.load.json('x')", r"apoc\.load\.json\(\) is not allowed"),
    ("RETURN range(1, 1000000000)", r"range\(\)"),
    ("RETURN range(1, $n)", r"range\(\)"),
    ("RETURN size(RANGE(1, 100 * 1000000))", r"range\(\)"),
    ("MATCH (a)-[:CHEMICAL*]->(b) RETURN b", "any length"),
    ("MATCH (a)-[:CHEMICAL*2..]->(b) RETURN b", "any length"),
    ("MATCH (a)-[r*]-(b) RETURN b", "any length"),
    ("MATCH (a)-[:CHEMICAL*1..31]->(b) RETURN b", "at most 30 hops"),
    ("RETURN " + "(" * 41 + "1" + ")" * 41, "nests deeper"),
    ("RETURN " + "[" * 41 + "1" + "]" * 41, "nests deeper"),
    ("RETURN " + "NOT " * 50 + "true", "nests deeper"),
    ("RETURN " + "- " * 50 + "1", "nests deeper"),
    ("RETURN '" + "x" * 20_000 + "'", "longer than"),
    ("MATCH (n:Neuron) WHERE n.name =~ '(a+)+c' RETURN n", "may take for ever"),
    ("MATCH (n:Neuron) WHERE n.name =~ '(.*a){25}c' RETURN n", "may take for ever"),
    ("MATCH (n:Neuron) WHERE n.name =~ '(a|aa)*c' RETURN n", "may take for ever"),
    ("MATCH (n:Neuron) WHERE n.name =~ '(?=A).*' RETURN n", "looks around"),
    ("MATCH (n:Neuron) WHERE n.name =~ n.class RETURN n", "takes a pattern in quotes"),
    ("MATCH (n:Neuron:Muscle) RETURN n", "one label"),
    ("MATCH (n:Neuron&Muscle) RETURN n", "one label"),
    ("MATCH (n:!Neuron) RETURN n", "condition on labels"),
]
WRONG = [
    ("MATCH (n:Neuron RETURN n", r"syntax error: expected '\)' after a node", 17),
    ("RETURN 'open", "begins nothing", 8),
    ("RETURN `open", "begins nothing", 8),
    ("MATCH (n:Neuron)\nWHERE n.name = \nRETURN n", r"expected an expression, found 'RETURN' \(line 3, column 1\)", 1),
    ("MATCH (n:Neuron) RETURN", "expected an expression, found the end", 24),
    ("MATCH (n:Neuron) WITH n", "must end with RETURN", 24),
    ("MATCH (n:Neuron) WHERE n.name != 'x' RETURN n", "'!=' is no operator", 31),
    ("RETURN [1, 2][0:1]", "two dots", 16),
    ("MATCH (n:Neurom) RETURN n.name", "there is no label 'Neurom'", 7),
    ("MATCH (n:neuron) RETURN n.name", "there is no label 'neuron'", 7),
    ("MATCH (n)-[:chemical]->() RETURN n.name", "no relationship type 'chemical'", 10),
    ("MATCH (n:CHEMICAL) RETURN n.name", "there is no label 'CHEMICAL'", 7),
    ("MATCH (n:Neuron) RETURN n.nam", "Neuron has no property 'nam'", 27),
    ("MATCH (n:Neuron) RETURN n.Name", "Neuron has no property 'Name'", 27),
    ("MATCH (n:Neuron)-[r:CHEMICAL]->() RETURN r.wait", "CHEMICAL has no property 'wait'", 44),
    ("MATCH (n:Neuron {nme: 'x'}) RETURN n", "has no property 'nme'", 23),
    ("MATCH (n:Neuron) RETURN m.name", "nothing is called 'm' here", 25),
    ("MATCH (n:Neuron) WITH n.name AS name RETURN n.class", "nothing is called 'n' here", 45),
    ("MATCH (n:Neuron) WHERE n.x_um = '3' RETURN n", "a number is never equal to a text", 24),
    ("MATCH (n:Neuron {name: 3}) RETURN n", "never equal to a whole number", 24),
    ("MATCH (n:Neuron) WHERE n.name > 3 RETURN n", "have no order", 24),
    ("MATCH (n:Neuron) WHERE n.name RETURN n", "WHERE needs a condition", 24),
    ("MATCH (n:Neuron) RETURN n.name + 1.5", "cannot join", 25),
    ("MATCH (n:Neuron) RETURN size(n.x_um)", r"size\(\) does not take \(number\)", 25),
    ("MATCH (n:Neuron) WHERE count(n) > 1 RETURN n", "an aggregate in WHERE", 24),
    ("MATCH (n:Neuron) RETURN n.x_um + count(*)", "grouped by", 25),
    ("MATCH (a:Neuron)-[:CHEMICAL]->(:Region) RETURN a", "no CHEMICAL leads from Neuron to Region", 17),
    ("MATCH (a) WHERE (a:Neuron)<-[:MEMBER_OF]-() RETURN a", "no MEMBER_OF leads back from Neuron", 27),
    ("MATCH (a:Neuron) WHERE EXISTS { (a)-[:FOUND_BY]->() } RETURN a", "no FOUND_BY", 36),
    ("MATCH (a:Neuron) OPTIONAL MATCH (a)-[:CHEMICAL]->(b:Community) RETURN a", "no CHEMICAL", 36),
    ("RETURN 1 AS x UNION RETURN 2 AS y", "different columns", 21),
    ("RETURN 1 AS x, 2 AS x", "two columns are called 'x'", 16),
    ("MATCH (n:Neuron) RETURN n.name LIMIT -1", "LIMIT needs", 38),
    ("RETURN 9223372036854775808", "64 bits", 8),
]


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(("cypher", "says"), REFUSED)
def test_more_than_reading_is_refused_with_its_reason(cypher, says, dialect):
    with pytest.raises(QueryRefusedError, match=says) as caught:
        prepare(cypher, {"n": 1}, dialect)
    assert caught.value.hint


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(("cypher", "says", "column"), WRONG)
def test_a_mistake_is_pointed_at_in_the_users_text(cypher, says, column, dialect):
    with pytest.raises(QueryError, match=says) as caught:
        prepare(cypher, {}, dialect)
    lines = caught.value.message.split("\n")
    assert f"column {column})" in lines[0]
    assert lines[-2] in cypher
    assert lines[-1] == " " * (column - 1) + "^"
    assert caught.value.hint


@pytest.mark.parametrize(
    ("cypher", "hint"),
    [
        ("MATCH (n:Neurom) RETURN n", "did you mean Neuron"),
        ("MATCH (n:Neuron) RETURN n.nam", "did you mean name"),
        ("MATCH (n)-[:CHEMICL]->() RETURN n", "CHEMICAL"),
        ("MATCH (a:Neuron)-[:MEMBER_OF]->(:Run) RETURN a", "MEMBER_OF joins Neuron to Community"),
        ("MATCH (neuron:Neuron) RETURN nueron.name", "did you mean neuron"),
        ("RETURN toUper('a')", "did you mean toUpper"),
        ("RETURN list_transform([1], x -> x)", "write [x IN list"),
        ("RETURN CAST(1 AS STRING)", "toString"),
    ],
)
def test_the_hint_says_what_to_write(cypher, hint):
    with pytest.raises(QueryError) as caught:
        prepare(cypher, {}, "ladybug")
    assert hint in caught.value.hint


@pytest.mark.parametrize("construct", DOCUMENTED, ids=lambda c: c.name)
def test_what_the_page_calls_refused_is_refused(construct):
    for dialect in DIALECTS:
        with pytest.raises(QueryError):
            prepare(construct.query, {}, dialect)


def test_the_page_is_the_code_s():
    assert DOCUMENT.read_text(encoding="utf-8") == dialect_document(), "run python -m graphdb.cypher.document"


def test_no_function_is_both_known_and_elsewhere():
    assert {name.lower() for name in known()} & set(ELSEWHERE) == set()


def test_every_missing_parameter_is_named_with_how_to_give_it():
    with pytest.raises(QueryError, match=r"parameter \$a, \$b is missing") as caught:
        prepare("RETURN $a, $b, $c, '$d'", {"c": 1}, "neo4j")
    assert caught.value.hint == "-p a=VALUE -p b=VALUE"


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (2**63, "too large for 64 bits"),
        (object(), "is a object"),
        ([1, "a"], "different types"),
        ([{"a": 1}, {"b": 1}], "different types"),
        ("\ud800", "not valid text"),
        (float("nan"), "not a number"),
        ({}, "not usable"),
    ],
)
def test_a_parameter_that_no_store_takes_is_refused(value, says):
    with pytest.raises(QueryError, match=says):
        prepare("RETURN $x AS x", {"x": value}, "ladybug")


def test_a_pattern_in_a_parameter_is_checked_at_every_call():
    cypher = "MATCH (n:Neuron) WHERE n.name =~ $p RETURN n.name"
    assert prepare(cypher, {"p": "AV.*"}, "neo4j").parameters == {"p": "AV.*"}
    with pytest.raises(QueryRefusedError, match="may take for ever"):
        prepare(cypher, {"p": "(a+)+"}, "neo4j")


def test_what_a_query_touches_is_known():
    cypher = "MATCH (a:Neuron)-[s:CHEMICAL]->(b) WHERE s.dataset = $d AND b.name = 'AVAL' RETURN a.name, s LIMIT 5"
    found = prepare(cypher, {"d": "celegans/cook2019"}, "neo4j")
    assert (found.labels, found.types) == ({"Neuron"}, {"CHEMICAL"})
    assert (found.open_ends, found.datasets) == (False, {"celegans/cook2019"})
    assert (found.returns_graph, found.columns, found.limit) == (True, ("a.name", "s"), 5)
    assert found.kinds == ("string", "relationship")


@pytest.mark.parametrize(
    ("cypher", "datasets"),
    [
        ("MATCH ()-[s:CHEMICAL {dataset: 'a/b'}]->() RETURN s.weight", {"a/b"}),
        ("MATCH ()-[s:CHEMICAL]->() WHERE s.dataset IN ['a/b', $d] RETURN s.weight", {"a/b", "c/d"}),
        ("MATCH ()-[s:CHEMICAL]->() WHERE s.dataset = 'a/b' OR s.weight > 1 RETURN s.weight", None),
        ("MATCH ()-[s:CHEMICAL]->() WHERE NOT s.dataset = 'a/b' RETURN s.weight", None),
        ("MATCH ()-[s:CHEMICAL]->(), ()-[t:CONTACT]->() WHERE s.dataset = 'a/b' RETURN s.weight", None),
        ("MATCH (n:Neuron) WHERE n.dataset = $d RETURN n.name", {"c/d"}),
        ("RETURN 1 AS x", None),
    ],
)
def test_the_datasets_a_query_restricts_itself_to(cypher, datasets):
    assert prepare(cypher, {"d": "c/d"}, "ladybug").datasets == datasets


def test_ladybug_never_gets_an_empty_dictionary_nor_a_parameter_it_does_not_use():
    assert prepare("RETURN 1 AS x", {}, "ladybug").parameters == {"_": 0}
    assert prepare("RETURN 1 AS x", {"y": 1}, "ladybug").parameters == {"_": 0}
    assert prepare("RETURN 1 AS x", {"y": 1}, "neo4j").parameters == {}


@pytest.mark.data
def test_only_plain_reads_among_the_listed_attacks_pass(shared_data):
    """The attack lists of the reference: none that names the graph it was written for has a label or property here."""
    attacks = set()
    for name in DIALECTS:
        text = (shared_data.parent / "reference" / "attacks" / f"{name}.txt").read_text()
        for line in text.splitlines():
            if line and not line.startswith("##") and not line.startswith("@sys"):
                attacks.add(line.partition(" @@ ")[0].replace("\\n", "\n").replace("\\N", "\n"))
    passed, wrong = set(), set()
    for attack in attacks:
        for dialect in DIALECTS:
            try:
                prepare(attack, {"p": "/etc/passwd", "zz": 1}, dialect)
                passed.add(attack)
            except QueryRefusedError:
                pass
            except QueryError as error:
                wrong.add((attack, error.message.split("\n")[0].partition(" (line")[0]))
    assert passed == set()
    assert wrong == PLAIN_READS
    assert len(attacks) > 200


# They read, but another graph than this one, and are told so; cost() is refused where its pattern is right.
PLAIN_READS = {
    ("MATCH p=(a:Neuron {id:'a'})-[:SYN]->(b) RETURN cost(p)", "there is no relationship type 'SYN'"),
    ("MATCH (n:Neuron) RETURN n.id ORDER BY n.id", "Neuron has no property 'id'"),
    ("MATCH (a:Neuron)-[:SYN*1..3]->(b) RETURN count(*)", "there is no relationship type 'SYN'"),
    ("MATCH (n:Neuron) WHERE n.name CONTAINS 'load; copy' RETURN n.id", "Neuron has no property 'id'"),
}
