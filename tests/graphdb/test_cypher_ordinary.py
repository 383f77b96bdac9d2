"""A hundred ordinary questions pass and run on the embedded store, whatever words stand in them."""

# ruff: noqa: E501
from __future__ import annotations

import pytest

from graphdb.cypher import prepare
from graphdb.on_ladybug.store import LadybugStore
from graphdb.sync import rebuild
from graphdb.testing import small_lake

PARAMETERS = {"name": "AVAL", "names": ["AVAL", "RIML"], "set": 1, "least": 2.0, "k": 3, "dataset": "test/connectome"}
ORDINARY = """
MATCH (n:Neuron) RETURN n.name
match (n:Neuron) where n.name = 'load; copy' return n
MATCH (n:Neuron) WHERE n.name = "CREATE (x)" RETURN n.name
MATCH (n:Neuron) WHERE n.name <> 'DROP TABLE Neuron' RETURN count(*)
MATCH (n:Neuron) WHERE n.name IN ['set', 'delete', 'merge', 'load', 'call'] RETURN n.name
MATCH (n:Neuron) WHERE n.class CONTAINS 'create' OR n.class = 'AVA' RETURN n.name
// load everything{nl}MATCH (n:Neuron) RETURN n.name /* drop */
/* CREATE (x) */ MATCH (n:Neuron) RETURN count(n) // SET n.x = 1
RETURN {load: 1, set: 2, create: 'x'} AS m
RETURN {delete: {copy: 1}}.delete.copy AS merge
WITH $set AS x RETURN x
MATCH (`load`:Neuron) RETURN `load`.name AS `create`
MATCH (`set`:`Neuron`)-[`call`:`CHEMICAL`]->(`copy`) RETURN `copy`.`name` AS `delete`, `call`.weight
MATCH (load:Neuron) RETURN load.name AS set
MATCH (n:Neuron) RETURN n.name AS drop ORDER BY drop
UNWIND ['load', 'copy'] AS export RETURN export
MATCH (d:Dataset) WHERE d.title = 'Title of test/cells' RETURN d.licence, d.citation
OPTIONAL MATCH (n:Neuron {name: $name}) RETURN n.name AS `create`
MATCH (n:Neuron) WHERE n.name =~ 'AV.*' RETURN 2 * 3 AS six, -1 AS minus, 1e3 AS k
MATCH (n:Neuron) WHERE n.name = 'it\\'s' RETURN n.name
RETURN [1, 2, 3] AS list, {a: {b: [1]}} AS nested
RETURN 'ünïcode ✓' AS text
MATCH (a)--(b) RETURN count(*)
MATCH (a)-->(b) RETURN count(*)
MATCH (a)<--(b:Neuron) RETURN count(*)
MATCH (a)-[]->(b) RETURN count(*) AS n
MATCH () RETURN count(*)
MATCH (n) RETURN labels(n)[0] AS label, count(*) AS n ORDER BY n DESC, label
MATCH ()-[r]->() RETURN type(r) AS type, count(*) AS n ORDER BY type
MATCH (a:Neuron)-[r:CHEMICAL]->(b) RETURN a, r, b
MATCH (a:Neuron {name: 'AVAL'})-[s:CHEMICAL]->(b) WHERE s.dataset = $dataset RETURN b.name, s.weight ORDER BY s.weight DESC
MATCH (a:Neuron)-[r:CHEMICAL*1..3]->(b) RETURN count(*)
MATCH (a:Neuron)-[r:CHEMICAL*..3]->(b) RETURN count(*)
MATCH (a:Neuron)-[r:CHEMICAL*2]->(b) RETURN count(*)
MATCH (a:Neuron)-[:CHEMICAL|GAP_JUNCTION*1..2]->(b) RETURN DISTINCT b.name
MATCH p = (a:Neuron)-[:CHEMICAL* SHORTEST 1..5]->(b:Neuron) RETURN length(p)
MATCH p = (a:Neuron)-[:CHEMICAL* ALL SHORTEST 1..5]->(b:Neuron) RETURN length(p)
MATCH p = (a:Neuron)-[:CHEMICAL* TRAIL 1..3]->(b:Muscle) RETURN length(p)
MATCH p = shortestPath((a:Neuron {name: $name})-[:CHEMICAL*..5]->(b:Muscle)) RETURN [n IN nodes(p) | n.name] AS way
MATCH (a:Neuron {name: 'RIML'}), (b:Neuron {name: 'AVAR'}) MATCH p = shortestPath((a)-[:CHEMICAL*..6]-(b)) RETURN length(p)
UNWIND range(1, 100) AS x RETURN sum(x)
UNWIND range(0, 9, 3) AS x RETURN x
UNWIND $names AS x MATCH (n:Neuron {name: x}) RETURN n.uid
MATCH (n:Neuron) WHERE n.name IN $names RETURN n.uid
MATCH (n:Neuron) WHERE n.name STARTS WITH 'AV' RETURN n.name ORDER BY n.name LIMIT $k
MATCH (n:Neuron) RETURN n.name SKIP 1 LIMIT 2
MATCH (n:Neuron) RETURN count(DISTINCT n.class) AS classes
MATCH (n:Neuron) RETURN n.class AS class, count(*) AS n ORDER BY n DESC LIMIT 1
MATCH (n:Neuron) RETURN n.class, collect(n.name) AS members
MATCH (n:Neuron) RETURN min(n.x_um), max(n.x_um), avg(n.x_um), sum(n.x_um)
MATCH (a)-[r:CHEMICAL]->(b) RETURN a.name, sum(r.weight) AS out ORDER BY out DESC
MATCH (a)-[r:CHEMICAL]->(b) WITH a, sum(r.weight) AS out WHERE out > $least RETURN a.name, out
MATCH (a)-[r:CHEMICAL]->(b) WITH a, b, r ORDER BY r.weight DESC LIMIT 3 RETURN a.name, b.name, r.weight
MATCH (a:Neuron)-[:CHEMICAL]->(c)<-[:CHEMICAL]-(b:Neuron) WHERE a.name < b.name RETURN a.name, b.name, count(c) AS common
MATCH (a:Neuron)-[:CHEMICAL]->(b)-[:CHEMICAL]->(c)-[:CHEMICAL]->(a) RETURN count(*) AS cycles
MATCH (a:Neuron)-[:CHEMICAL]->(b:Neuron) WHERE (b)-[:CHEMICAL]->(a) RETURN a.name, b.name
MATCH (a:Neuron) WHERE NOT (a)-[:CHEMICAL]->() RETURN a.name
MATCH (a:Neuron) WHERE EXISTS { MATCH (a)-[:GAP_JUNCTION]-(b) WHERE b <> a } RETURN a.name
MATCH (a:Neuron) WHERE NOT EXISTS { (a)-[:MEMBER_OF]->(:Community) } RETURN a.name
MATCH (a:Neuron) RETURN a.name, COUNT { (a)-[:CHEMICAL]->() } AS out, COUNT { (a)<-[:CHEMICAL]-() } AS in_
MATCH (a:Neuron)-[r:GAP_JUNCTION]-(b) RETURN a.name, b.name, r.weight
MATCH (a:Neuron)-[r:GAP_JUNCTION]-(b) RETURN a, r, b
MATCH (a:Neuron) OPTIONAL MATCH (a)-[r:CHEMICAL]->(b:Muscle) RETURN a.name, b.name, r.weight
MATCH (n:Neuron)-[:MEMBER_OF]->(c:Community)-[:FOUND_BY]->(r:Run) RETURN c.name, collect(n.name), r.model
MATCH (n:Neuron)-[m:MEMBER_OF]->(c:Community) RETURN c.name AS community, avg(m.strength) AS strength
MATCH (n:Neuron)-[t:RECORDED_IN]->(r:Recording) RETURN r.uid, count(t) AS traces, r.sampling_rate_hz
MATCH (r:Recording)-[:OF_SUBJECT]->(s:Subject) RETURN s.uid, s.sex, count(r)
MATCH (d:Dataset)-[:DERIVED_FROM]->(e:Dataset) RETURN d.uid, e.uid
MATCH (n:Network)-[:IN_DATASET]->(d:Dataset) RETURN n.kind, n.weight_unit, d.uid
MATCH (n:Network) WHERE n.directed RETURN n.uid
MATCH (n:Network) WHERE NOT n.directed RETURN n.uid
MATCH (n:Neuron) WHERE n.x_um IS NULL RETURN n.name
MATCH (n:Neuron) WHERE n.x_um IS NOT NULL AND n.x_um > 1.0 AND n.x_um <= 4.5 RETURN n.name
MATCH (n:Neuron) WHERE 1 < n.x_um < 4 RETURN n.name
MATCH (n:Neuron) WHERE n.x_um > 2 OR n.name = 'AVAL' XOR n.class = 'RIM' RETURN n.name
MATCH (n:Neuron) WHERE $name IN n.aliases OR toLower($name) IN n.aliases RETURN n.name
MATCH (n:Neuron) WHERE any(a IN n.aliases WHERE a STARTS WITH 'av') RETURN n.name
MATCH (n:Neuron) WHERE size(n.aliases) = 0 RETURN n.name
MATCH (n:Neuron) RETURN n.name, n.aliases[0] AS alias, head(n.aliases) AS first, last(n.aliases) AS last
MATCH (n:Neuron) UNWIND n.aliases AS alias RETURN n.name, alias
MATCH (n:Neuron) RETURN coalesce(n.hemisphere, 'unknown') AS side
MATCH (n:Neuron) RETURN substring(n.name, 0, 3) AS stem, right(n.name, 1) AS side
MATCH (n:Neuron) RETURN toUpper(n.name) + '/' + toLower(n.class) AS label
MATCH (n:Neuron) RETURN n.name, CASE WHEN n.x_um > 2 THEN 'far' ELSE 'near' END AS place
MATCH (n:Neuron) RETURN CASE n.class WHEN 'AVA' THEN 1 WHEN 'AVB' THEN 2 ELSE 0 END AS code
MATCH (n:Neuron) RETURN sum(CASE WHEN n.class = 'AVA' THEN 1 ELSE 0 END) AS n
MATCH (n:Neuron) WITH count(*) AS total MATCH (m:Neuron) RETURN m.class, total, 100.0 * count(*) / total AS percent
MATCH (n:Neuron) WITH count(*) AS total MATCH (m:Neuron) WITH m.class AS class, total, count(*) AS n RETURN class, 100.0 * n / total AS percent
MATCH (a:Neuron), (b:Muscle) RETURN a.name, b.name
MATCH (a:Neuron), (b:Neuron) WHERE a.name < b.name RETURN a.name, b.name, sqrt((a.x_um - b.x_um) ^ 2) AS distance
MATCH (n:Neuron) RETURN n.name UNION MATCH (m:Muscle) RETURN m.name AS `n.name`
MATCH (n:Neuron) RETURN n.name AS name UNION ALL MATCH (m:Muscle) RETURN m.name AS name
MATCH (n:Neuron) RETURN *
MATCH (n:Neuron) WITH *, n.name AS name RETURN name
MATCH (a:Neuron)-[r:CHEMICAL {dataset: $dataset}]->(b {name: 'AVAL'}) RETURN a.name
MATCH (a)-[r:CHEMICAL]->(b) WHERE r.weight >= $least AND r.dataset IN ['test/connectome', 'other/one'] RETURN count(*)
MATCH (a:Neuron)<-[r:CHEMICAL]-(b) RETURN startNode(r).name AS pre, endNode(r).name AS post
MATCH (n:Neuron|Muscle|Cell) RETURN labels(n) AS labels, count(*) AS n
MATCH (n) WHERE n:Neuron OR n:Muscle RETURN count(n)
MATCH (n {name: 'AVAL'}) RETURN n.uid, n.dataset
RETURN 7 / 2 AS a, 7 % 4 AS b, 2 ^ 8 AS c, round(2.345, 2) AS d, abs(-3) AS e, pi() AS f
RETURN null IS NULL AS a, NOT true AS b, true AND null AS c
RETURN reduce(total = 0, x IN [1, 2, 3] | total + x) AS total
RETURN [x IN range(1, 5) WHERE x % 2 = 1 | x * x] AS odd_squares
""".strip().split("\n")


def texts():
    return [line.replace("{nl}", "\n") for line in ORDINARY]


@pytest.fixture(scope="module")
def embedded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ordinary")
    store = LadybugStore(folder / "graph.lbug")
    rebuild(small_lake(folder / "lake"), store)
    yield store
    store.close()


def test_there_are_a_hundred_of_them():
    assert len(set(texts())) >= 100


@pytest.mark.parametrize("cypher", texts())
def test_an_ordinary_question_passes_on_both_and_runs(embedded, cypher):
    assert prepare(cypher, PARAMETERS, "neo4j").columns
    prepared = prepare(cypher, PARAMETERS, "ladybug")
    answer = embedded.read(prepared.cypher, prepared.parameters)
    assert tuple(answer.columns) == prepared.columns
