"""The same text gives the same answer on both stores, or is refused: documented constructs and made-up queries."""

from __future__ import annotations

import math
import random

import pytest

from graphdb.cypher import prepare
from graphdb.cypher.constructs import CONSTRUCTS, ONLY_NEO4J
from graphdb.on_ladybug.store import LadybugStore
from graphdb.on_neo4j.store import Neo4jStore
from graphdb.sync import rebuild
from graphdb.testing import small_lake
from schemas.errors import QueryError, QueryRefusedError

TEXTS = 25
PER_TEXT = 10


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    return small_lake(tmp_path_factory.mktemp("cypher") / "lake")


@pytest.fixture(scope="module")
def embedded(lake, tmp_path_factory):
    store = LadybugStore(tmp_path_factory.mktemp("graph") / "graph.lbug")
    rebuild(lake, store)
    yield store
    store.close()


@pytest.fixture(scope="module")
def both(embedded, lake, neo4j_login):
    server = Neo4jStore(*neo4j_login)
    rebuild(lake, server)
    yield embedded, server
    server.load([], 0)
    server.close()


def answered(store, cypher, parameters=None):
    prepared = prepare(cypher, parameters or {}, store.dialect)
    return store.read(prepared.cypher, prepared.parameters)


def plain(value):
    """A value that compares by type and content; the last digits of a mean depend on the order of the rows."""
    if isinstance(value, dict):
        return {key: plain(value[key]) for key in sorted(value) if value[key] is not None}
    if isinstance(value, list):
        return [plain(each) for each in value]
    if isinstance(value, float):
        return ("float", "nan" if math.isnan(value) else f"{value:.12g}")
    return (type(value).__name__, value)


def rows_of(answer, cypher):
    rows = [{key: plain(each) for key, each in row.items()} for row in answer.rows()]
    if "collect(" in cypher:  # in no particular order
        rows = [{k: sorted(v, key=repr) if isinstance(v, list) else v for k, v in row.items()} for row in rows]
    return rows if "ORDER BY" in cypher else sorted(rows, key=repr)


def same_on_both(both, cypher, parameters=None):
    """Whether the text was answered; both refuse it, or both give the same table."""
    found = []
    for store in both:
        try:
            answer = answered(store, cypher, parameters)
        except QueryRefusedError:
            found.append(None)
        else:
            found.append((answer.columns, rows_of(answer, cypher)))
    assert found[0] == found[1] or found[0] is None, cypher
    return found[0] is not None


@pytest.mark.neo4j
@pytest.mark.parametrize("construct", CONSTRUCTS, ids=lambda c: c.name)
def test_every_documented_construct_answers_alike(both, construct):
    assert same_on_both(both, construct.query)


@pytest.mark.parametrize("construct", CONSTRUCTS, ids=lambda c: c.name)
def test_every_documented_construct_runs_on_the_embedded_store(embedded, construct):
    prepared = prepare(construct.query, {}, "ladybug")
    answer = answered(embedded, construct.query)
    assert tuple(answer.columns) == prepared.columns
    assert answer.table.num_rows > 0


@pytest.mark.neo4j
@pytest.mark.parametrize("construct", ONLY_NEO4J, ids=lambda c: c.name)
def test_what_only_neo4j_answers_is_refused_on_the_embedded_store(both, construct):
    parameters = {"name": "AVAL"} if "$name" in construct.query else {}
    assert answered(both[1], construct.query, parameters).table.num_rows > 0
    with pytest.raises(QueryRefusedError) as caught:
        prepare(construct.query, parameters, "ladybug")
    assert "^" in caught.value.message
    assert caught.value.hint


@pytest.mark.neo4j
@pytest.mark.parametrize("seed", range(TEXTS))
def test_made_up_queries_answer_alike_or_are_refused(both, seed):
    answers = 0
    for number in range(PER_TEXT):
        maker = Maker(seed * PER_TEXT + number)
        answers += same_on_both(both, maker.query(), maker.parameters)
    assert answers > PER_TEXT / 2, "most of what is made up must be answered, else this proves nothing"


@pytest.mark.neo4j
def test_whole_nodes_relationships_and_paths_hold_the_same(both):
    for cypher in (
        "MATCH (n:Neuron) RETURN n",
        "MATCH (a:Neuron)-[r:CHEMICAL]->(b) RETURN a, r, b",
        "MATCH (a:Neuron)-[r:GAP_JUNCTION]-(b) RETURN a, r, b",
        "MATCH p = (a:Neuron)-[:CHEMICAL*1..2]->(b:Muscle) RETURN p",
        "MATCH (n) RETURN n",
        "MATCH (a:Neuron) OPTIONAL MATCH (a)-[:MEMBER_OF]->(c:Community) RETURN a.name AS name, c",
    ):
        assert same_on_both(both, cypher)
        assert prepare(cypher, {}, "neo4j").returns_graph


@pytest.mark.neo4j
@pytest.mark.parametrize(
    ("cypher", "parameters"),
    [
        ("RETURN $a * $b AS x, $a - $c AS y", {"a": 100, "b": 100, "c": 200}),
        ("RETURN $a AS a, $b AS b, $c AS c", {"a": 2**63 - 1, "b": -(2**63), "c": 2**53 + 1}),
        ("MATCH (n:Neuron) WHERE $x IS NULL OR n.name = $x RETURN n.name AS name", {"x": None}),
        ("MATCH (n:Neuron) WHERE n.name IN $names RETURN n.name AS name", {"names": []}),
        ("UNWIND $names AS x MATCH (n:Neuron {name: x})-[r:GAP_JUNCTION]-(m) RETURN n.name AS a", {"names": ["AVAL"]}),
        (
            "UNWIND $rows AS row RETURN row.a * 100 AS a, row.b AS b",
            {"rows": [{"a": 100, "b": "x"}, {"a": 2, "b": "y"}]},
        ),
        ("RETURN $m.a + 1 AS a, $m AS m", {"m": {"a": 200, "b": 0.5}}),
        ("MATCH (n:Neuron) RETURN n.name AS name ORDER BY name SKIP $s LIMIT $k", {"s": 1, "k": 2}),
        ("RETURN $t AS t, size($t) AS n", {"t": 'it\'s \\ "quoted"\n`x` ✓ $a //'}),
        ("RETURN 'it\\'s \\\\ \"quoted\"\\n`x` ✓ $a //' AS t", {}),
        ("MATCH (n:Neuron) WHERE n.name =~ $p RETURN n.name AS name", {"p": "AV.*"}),
        ("RETURN $l AS l, $l[0] AS x, $l[5] AS y", {"l": [1, 2.5]}),
        ("RETURN $l[1..] AS l, 2 IN $l AS x", {"l": [1, None, 3]}),
    ],
)
def test_parameters_of_every_kind_answer_alike(both, cypher, parameters):
    assert same_on_both(both, cypher, parameters)


class Maker:
    """Makes a query out of a number."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.parameters = {}

    def one(self, *of):
        return self.random.choice(of)

    def parameter(self, *of):
        name = f"p{len(self.parameters)}"
        self.parameters[name] = self.one(*of)
        return f"${name}"

    def text(self, depth=0):
        ways = [
            lambda: self.one("a.name", "a.class", "b.name", "b.kind", "a.hemisphere", "a.uid"),
            lambda: self.one("'AVAL'", "'AV'", "''", "'al'"),
            lambda: self.one(
                "type(r)", "labels(b)[0]", "head(a.aliases)", "last(split(a.name, 'A'))", "left(a.name, 2)"
            ),
            lambda: self.one("replace(b.name, 'A', 'x')", "reverse(b.name)", "toString(size(a.name))"),
            lambda: self.parameter("AVAL", "AVA", "neuron", ""),
        ]
        if depth < 2:
            ways += [
                lambda: f"toUpper({self.text(depth + 1)})",
                lambda: f"substring({self.text(depth + 1)}, {self.random.randint(0, 3)}{self.one('', ', 2')})",
                lambda: f"({self.text(depth + 1)} + {self.text(depth + 1)})",
                lambda: f"coalesce({self.text(depth + 1)}, {self.text(depth + 1)})",
            ]
        return self.one(*ways)()

    def number(self, depth=0):
        ways = [
            lambda: self.one("a.x_um", "b.x_um", "r.weight", "r.n_contacts"),
            lambda: str(self.random.randint(-3, 9)),
            lambda: str(self.random.randint(0, 50) / 10),
            lambda: self.one("size(a.aliases)", "size(b.name)", "COUNT { (a)-[:CHEMICAL]->() }", "size(a.hemisphere)"),
            lambda: "COUNT { (b)-[:GAP_JUNCTION]-() }",
            lambda: self.parameter(0, 2, 100, 200, 2.5, -1),
        ]
        if depth < 2:
            ways += [
                lambda: f"({self.number(depth + 1)} {self.one(*'+-*')} {self.number(depth + 1)})",
                lambda: f"{self.one('abs', 'floor', 'ceil', 'round', 'toFloat')}({self.number(depth + 1)})",
                lambda: f"coalesce({self.number(depth + 1)}, {self.number(depth + 1)})",
            ]
        return self.one(*ways)()

    def items(self):
        ways = [
            lambda: self.one("a.aliases", "['AVAL', 'RIML']", "[a.name, b.class]", "[a.class, null]", "labels(b)"),
            lambda: self.one(
                "split(a.name, 'A')", "a.aliases + ['z']", "tail(['AVAL', 'AVAR'])", "['AVAL', 'x'][-2..]"
            ),
            lambda: self.one("[x IN a.aliases WHERE x <> 'aval']", "[x IN ['AVAL', 'q'] | x + a.name]"),
            lambda: self.parameter(["AVAL", "AVBL"], [], ["x"]),
        ]
        return self.one(*ways)()

    def condition(self, depth=0):
        ways = [
            lambda: f"{self.text()} {self.one('=', '<>', '<', '>=')} {self.text()}",
            lambda: f"{self.number()} {self.one('=', '<>', '<', '>=')} {self.number()}",
            lambda: f"{self.number()} < {self.number()} <= {self.number()}",
            lambda: f"{self.text()} {self.one('STARTS WITH', 'ENDS WITH', 'CONTAINS')} {self.text()}",
            lambda: f"{self.one(self.text, self.number)()} IS {self.one('', 'NOT ')}NULL",
            lambda: f"{self.text()} IN {self.items()}",
            lambda: f"{self.one('any', 'all', 'none', 'single')}(x IN {self.items()} WHERE x <> a.name)",
            lambda: self.one("(a)-[:MEMBER_OF]->()", "NOT (a)-[:CHEMICAL]->(:Muscle)", "(a)-[:GAP_JUNCTION]-(b)"),
            lambda: self.one("EXISTS { (b)-[:CHEMICAL]->(c) WHERE c.name <> a.name }", "b:Muscle", "b:Neuron|Cell"),
            lambda: self.one("a.at_border", "r.directed", "a = b", "a <> b", "id(a) = id(b)", "a.name =~ '(?i)av.l'"),
        ]
        if depth < 2:
            ways += [
                lambda: f"({self.condition(depth + 1)} {self.one('AND', 'OR', 'XOR')} {self.condition(depth + 1)})",
                lambda: f"NOT {self.condition(depth + 1)}",
                lambda: f"CASE WHEN {self.condition(depth + 1)} THEN {self.text()} ELSE {self.text()} END = 'AVAL'",
            ]
        return self.one(*ways)()

    def query(self):
        pattern = self.one(
            "(a:Neuron)-[r:CHEMICAL]->(b)",
            "(a:Neuron)<-[r:CHEMICAL]-(b)",
            "(a)-[r:GAP_JUNCTION]-(b)",
            "(a:Neuron)-[r:CHEMICAL|GAP_JUNCTION]-(b:Neuron)",
            "(a:Neuron|Muscle)-[r:CHEMICAL]->(b:Neuron|Cell)",
            "(a)-[r:CHEMICAL]->(b)-[s:CHEMICAL]->(c2)",
            "(a:Neuron)-[r:CHEMICAL]->(b), (b)-[s:CHEMICAL]->(d)",
            "(a)-[r:CHEMICAL]->(b)-[:GAP_JUNCTION]-(c2)",
            "(a:Neuron)-[r:CHEMICAL {weight: 3}]->(b)",
            "(a)-[r:CHEMICAL]->(b)-[:CHEMICAL]->(a)",
            "(a)-[r:CHEMICAL]-(b)-[:CHEMICAL]-(c2)",
        )
        where = self.one("", f" WHERE {self.condition()}")
        between = self.one(
            "",
            "",
            "",
            f" OPTIONAL MATCH (b)-[m:MEMBER_OF]->(k:Community) WHERE {self.condition(2)}",
            " MATCH (b)-[:CHEMICAL]->(z)",
            " OPTIONAL MATCH (b)-[:GAP_JUNCTION]-(z)",
            " UNWIND a.aliases AS u",
            f" WITH a, r, b, {self.number()} AS n1 WHERE {self.condition(2)}",
        )
        gathered = f"{self.one('sum', 'avg', 'min', 'max', 'count')}({self.one('', 'DISTINCT ')}{self.number()})"
        returned = self.one(
            f"a.name AS a, b.name AS b, {self.text()} AS t, {self.number()} AS n, {self.condition(2)} AS c",
            f"DISTINCT {self.text()} AS t, {self.number()} AS n",
            f"{self.text()} AS t, count(*) AS k, {gathered} AS v",
            f"count(*) AS k, count(DISTINCT b) AS d, collect({self.text()}) AS l",
            f"{self.text()} AS t, {self.number()} AS n ORDER BY t, n DESC",
        )
        return f"MATCH {pattern}{where}{between} RETURN {returned}"


def test_the_maker_makes_the_same_query_of_a_number_twice():
    one, other = Maker(7), Maker(7)
    assert (one.query(), one.parameters) == (other.query(), other.parameters)


def test_a_text_that_is_cut_anywhere_is_an_error_of_ours_or_a_query():
    found = set()
    for seed in range(300):
        maker = Maker(seed)
        cypher = maker.query()
        try:
            prepare(cypher[: random.Random(seed).randrange(len(cypher))], maker.parameters, "ladybug")
        except QueryError as error:
            found.add(bool(error.hint))
    assert found == {True}
