"""The constructs of the shared language, each with a query that both stores answer alike, and what is refused instead.

`graphdb/DIALECT.md` is made of these, and the tests run every one of them on both stores.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Construct:
    """A construct, a query with it over a small connectome, and what is worth knowing."""

    name: str
    query: str
    note: str = ""


_FROM_ZERO = "places count from 0; out of range is null"
_TRAIL = "no relationship stands twice in one MATCH"

CONSTRUCTS = tuple(
    Construct(*each)
    for each in (
        ("pattern", "MATCH (a:Neuron {name: 'AVAL'})-[r:CHEMICAL]->(b) RETURN b.name AS partner, r.weight AS weight"),
        ("direction", "MATCH (a:Neuron)<-[r:CHEMICAL]-(b:Neuron) RETURN a.name AS post, b.name AS pre"),
        (
            "no direction",
            "MATCH (a:Neuron)-[r:GAP_JUNCTION]-(b) RETURN a.name AS a, b.name AS b, r.weight AS weight",
            "a relationship of a cell with itself is found once",
        ),
        ("several labels", "MATCH (a:Neuron|Muscle) RETURN a.name AS name", "`:A:B` and `:A&B` are refused"),
        ("several types", "MATCH (a:Neuron)-[r:CHEMICAL|GAP_JUNCTION]->(b) RETURN type(r) AS kind, count(*) AS n"),
        (
            "several hops",
            "MATCH (a:Neuron)-[:CHEMICAL]->(b)-[:CHEMICAL]->(c) RETURN count(*) AS n",
            f"{_TRAIL}; Ladybug gets it hop by hop where a node between may have several labels, or it loses rows",
        ),
        ("comma", "MATCH (a:Neuron)-[:CHEMICAL]->(b), (b)-[:CHEMICAL]->(c:Muscle) RETURN count(*) AS n", _TRAIL),
        (
            "several MATCH",
            "MATCH (a:Neuron)-[:CHEMICAL]->(b) MATCH (b)-[:CHEMICAL]->(c) RETURN count(*) AS n",
            "here a relationship may stand in both",
        ),
        ("cycle", "MATCH (a:Neuron)-[:CHEMICAL]->(b)-[:CHEMICAL]->(a) RETURN a.name AS a, b.name AS b", _TRAIL),
        (
            "chain of hops",
            "MATCH (a:Neuron {name: 'RIML'})-[r:CHEMICAL*1..3]->(b) RETURN b.name AS name, size(r) AS hops",
            "at most 30 hops; an upper bound must be given",
        ),
        ("chain of no hop or more", "MATCH (a:Neuron)-[:CHEMICAL*0..2]->(b:Neuron) RETURN DISTINCT b.name AS name"),
        (
            "chain of equal edges",
            "MATCH (a:Neuron)-[r:CHEMICAL*1..2 {dataset: 'test/connectome'}]->(b) RETURN count(*) AS n",
        ),
        (
            "condition on every hop",
            (
                "MATCH p = (a:Neuron)-[:CHEMICAL*1..3]->(b) WHERE all(r IN relationships(p) WHERE r.weight > 2) "
                "RETURN a.name AS a, b.name AS b, length(p) AS hops"
            ),
        ),
        (
            "path",
            (
                "MATCH p = (a:Neuron)-[:CHEMICAL*1..2]->(b:Muscle) RETURN length(p) AS hops, "
                "[n IN nodes(p) | n.name] AS names, [r IN relationships(p) | r.weight] AS weights"
            ),
        ),
        (
            "shortest path",
            (
                "MATCH p = shortestPath((a:Neuron {name: 'AVBL'})-[:CHEMICAL*..5]->(b:Neuron {name: 'AVAR'})) "
                "RETURN length(p) AS hops"
            ),
            "from a node to itself there is none; of several equally short ones each store may give another",
        ),
        (
            "shortest path over chosen hops",
            (
                "MATCH p = shortestPath((a:Neuron)-[:CHEMICAL*..5]->(b:Neuron)) "
                "WHERE all(r IN relationships(p) WHERE r.weight > 2) RETURN a.name AS a, b.name AS b, length(p) AS hops"
            ),
            "this condition is part of the search; others go into `WITH p WHERE …`",
        ),
        (
            "all shortest paths",
            (
                "MATCH p = allShortestPaths((a:Neuron)-[:CHEMICAL*..4]->(b:Muscle)) RETURN a.name AS a, length(p) AS "
                "hops"
            ),
        ),
        (
            "Ladybug's shortest path",
            "MATCH p = (a:Neuron)-[:CHEMICAL* SHORTEST 1..5]->(b:Cell) RETURN length(p) AS hops",
        ),
        (
            "OPTIONAL MATCH",
            (
                "MATCH (a:Neuron) OPTIONAL MATCH (a)-[m:MEMBER_OF]->(c:Community) RETURN a.name AS name, c.name AS "
                "community, "
                "m.strength AS strength, labels(c) AS labels, c IS NULL AS lone"
            ),
        ),
        ("EXISTS", "MATCH (a:Neuron) WHERE EXISTS { MATCH (a)-[:CHEMICAL]->(:Muscle) } RETURN a.name AS name"),
        (
            "NOT EXISTS",
            "MATCH (a) WHERE NOT EXISTS { (a)-[:CHEMICAL]->(b) WHERE b.name <> 'hyp' } RETURN count(*) AS n",
        ),
        ("COUNT", "MATCH (a:Neuron) RETURN a.name AS name, COUNT { (a)-[:CHEMICAL]->() } AS out"),
        ("COUNT without direction", "MATCH (a:Neuron) RETURN a.name AS name, COUNT { (a)-[:GAP_JUNCTION]-() } AS gaps"),
        ("pattern as a condition", "MATCH (a:Neuron) WHERE NOT (a)-[:MEMBER_OF]->() RETURN a.name AS name"),
        ("label as a condition", "MATCH (a:Neuron)-[:CHEMICAL]->(b) WHERE b:Muscle RETURN b.name AS name"),
        (
            "labels and type",
            "MATCH (a)-[r:CHEMICAL]->(b:Cell) RETURN labels(b) AS labels, type(r) AS type, label(a) AS label",
        ),
        ("same node or not", "MATCH (a:Neuron)-[r:CHEMICAL]->(b) WHERE a <> b RETURN count(*) AS n"),
        (
            "ends of a relationship",
            "MATCH (a:Neuron)<-[r:CHEMICAL]-(b) RETURN startNode(r).name AS pre, endNode(r).name AS post",
        ),
        (
            "WITH",
            "MATCH (a:Neuron)-[r:CHEMICAL]->() WITH a, sum(r.weight) AS out WHERE out > 2 RETURN a.name AS name, out",
        ),
        ("UNWIND", "UNWIND ['AVAL', 'RIML'] AS x MATCH (n:Neuron {name: x}) RETURN n.uid AS uid, x"),
        ("UNION", "MATCH (n:Muscle) RETURN n.name AS name UNION MATCH (n:Cell) RETURN n.name AS name"),
        ("UNION ALL", "RETURN 1 AS x UNION ALL RETURN 1.5 AS x", "whole numbers among others get a point"),
        ("DISTINCT", "MATCH (n:Neuron) RETURN DISTINCT n.class AS class ORDER BY class"),
        (
            "order and page",
            "MATCH (n:Neuron) RETURN n.name ORDER BY n.x_um DESC, n.name SKIP 1 LIMIT 2",
            "null is last, DESC first",
        ),
        ("grouping", "MATCH (n:Neuron) RETURN n.class, count(*) AS n, avg(n.x_um) AS x ORDER BY n DESC, n.class"),
        (
            "sum of nothing",
            "MATCH (n:Neuron) WHERE n.name = 'nobody' RETURN sum(n.x_um) AS s, count(n) AS n, avg(n.x_um) AS m",
        ),
        ("count of different values", "MATCH (n:Neuron) RETURN count(DISTINCT n.class) AS n"),
        (
            "collect",
            "MATCH (n:Neuron {name: 'AVAL'})-[:CHEMICAL]->(b:Muscle) RETURN collect(b.name) AS names",
            "in no particular order",
        ),
        (
            "item of a list",
            "MATCH (n:Neuron) RETURN n.name AS name, n.aliases[0] AS first, [1, 2, 3][-1] AS last, [1][7] AS none",
            _FROM_ZERO,
        ),
        (
            "slice",
            "RETURN [1, 2, 3][1..] AS a, [1, 2, 3][..2] AS b, [1, 2, 3][-2..] AS c, [1, 2, 3][0..-1] AS d",
            "the end is not included",
        ),
        (
            "head, last, tail",
            "RETURN head([1, 2]) AS h, last([1, 2]) AS l, tail([1, 2, 3]) AS t, head([x IN [1] WHERE x > 1]) AS n",
        ),
        (
            "list comprehension",
            "MATCH (n:Neuron) RETURN n.name AS name, [x IN n.aliases WHERE x <> 'q' | toUpper(x)] AS aliases",
        ),
        (
            "all, any, none, single",
            (
                "RETURN any(x IN [1, null] WHERE x > 1) AS a, all(x IN [2, 3] WHERE x > 1) AS b, none(x IN [] WHERE x "
                "= 1) AS c, single(x IN [1, 2] WHERE x = 1) AS d"
            ),
            "null where it is not known",
        ),
        (
            "IN",
            "RETURN 2 IN [1, null] AS unknown, null IN [] AS no, 1 IN [1, null] AS yes",
            "null where it is not known",
        ),
        ("reduce", "RETURN reduce(total = 0, x IN [1, 2, 3] | total + x) AS s"),
        ("range", "UNWIND range(0, 10, 5) AS x RETURN x", "literal bounds, at most 100,000 apart"),
        ("joined lists", "RETURN [1, 2] + [3] AS a, ['x'] + [] AS b", "an item is joined as `list + [item]`"),
        (
            "substring",
            (
                "RETURN substring('hello', 1, 3) AS a, substring('hello', 2) AS b, left('abc', 2) AS c, right('abc', "
                "9) AS d"
            ),
            "places count from 0",
        ),
        ("split", "RETURN split('a,,b,', ',') AS pieces"),
        (
            "joined text",
            "MATCH (n:Neuron) RETURN n.class + '-' + n.hemisphere AS a, 'n' + 1 AS b, 'x' || 'y' AS c",
            "null where a part is null",
        ),
        (
            "text functions",
            (
                "RETURN toUpper('ab') AS a, toLower('AB') AS b, trim(' x ') AS c, replace('aba', 'a', 'c') AS d, "
                "reverse('abc') AS e, size('abc') AS f"
            ),
        ),
        (
            "text conditions",
            (
                "MATCH (n:Neuron) WHERE n.name STARTS WITH 'AV' AND n.name CONTAINS '' AND n.name =~ 'AV.[LR]' RETURN "
                "n.name AS name"
            ),
        ),
        ("numbers", "RETURN 7 / 2 AS a, 7 / 2.0 AS b, -7 % 3 AS c, 2 ^ 3 AS d, abs(-2) AS e, sign(-3) AS f"),
        (
            "rounding",
            "RETURN round(2.5) AS a, round(-2.5) AS b, round(2.345, 2) AS c, floor(-1.5) AS d, ceil(1) AS e",
            "halves go up: floor(x · 10ⁿ + 0.5) / 10ⁿ",
        ),
        (
            "mathematics",
            "RETURN sqrt(4) AS a, log(1) AS b, log10(100) AS c, e() > 2.7 AS d",
            "the last binary digit may differ",
        ),
        (
            "conversion",
            (
                "RETURN toInteger(1.9) AS a, toInteger(-1.9) AS b, toFloat(1) AS c, toString(12) AS d, toString(true) "
                "AS e"
            ),
            "text is not converted to numbers",
        ),
        ("chained comparison", "MATCH (n:Neuron) WHERE 1 < n.x_um <= 3 RETURN n.name AS name"),
        (
            "null",
            (
                "RETURN null = null AS a, null IS NULL AS b, (null AND false) AS c, coalesce(null, 1) AS d, nullIf(1, "
                "1) AS e"
            ),
        ),
        (
            "CASE",
            (
                "MATCH (n:Neuron) RETURN n.name AS name, CASE WHEN n.x_um > 2 THEN 'far' WHEN n.x_um IS NULL THEN "
                "'nowhere' ELSE 'near' END AS where_"
            ),
        ),
        (
            "CASE of a value",
            (
                "MATCH (n:Neuron) RETURN n.name AS name, CASE n.x_um WHEN 1.5 THEN 'a' WHEN null THEN 'n' ELSE 'b' "
                "END AS x"
            ),
            "null equals nothing",
        ),
        ("map", "WITH {a: 1, b: 'x'} AS m RETURN m.a + 1 AS a, m['b'] AS b"),
        ("names in backticks", "MATCH (`order`:`Neuron`) RETURN `order`.`name` AS `where`"),
        ("names that differ by case", "MATCH (n:Neuron), (N:Muscle) RETURN count(*) AS c, count(DISTINCT N) AS C"),
        ("comments", "MATCH (n:Neuron) // load everything\nRETURN count(*) AS n /* and drop nothing */"),
    )
)

REFUSED = tuple(
    Construct(*each)
    for each in (
        ("path of any length", "MATCH (a:Neuron)-[:CHEMICAL*]->(b) RETURN b.name", "give an upper bound: `*1..3`"),
        ("two labels", "MATCH (a:Neuron:Cell) RETURN a.name", "a node has one label; one of several is `:Neuron|Cell`"),
        (
            "hop that cannot be",
            "MATCH (a:Neuron)-[:CHEMICAL]->(b:Region) RETURN b.name",
            "`connectome schema` shows what a type joins",
        ),
        (
            "number in quotes",
            "MATCH ()-[r:CHEMICAL]->() WHERE r.weight > '3' RETURN count(*)",
            "text is never compared with a number",
        ),
        ("text to number", "RETURN toInteger('12')", "convert before, and give a parameter"),
        ("number to text", "RETURN toString(1.5)", "take the number"),
        ("exp, degrees, stDev, rand", "RETURN exp(1)", "`e() ^ x`, `x * 180 / pi()`, `sqrt(avg(x * x) - avg(x) ^ 2)`"),
        (
            "CALL { }, FOREACH, LOAD CSV",
            "MATCH (n) CALL { RETURN 1 AS x } RETURN x",
            "use WITH, EXISTS { } and COUNT { }",
        ),
        (
            "WHERE inside a pattern",
            "MATCH (n:Neuron WHERE n.name = 'AVAL') RETURN n.uid",
            "put WHERE behind the pattern",
        ),
        ("quantified path", "MATCH (a:Neuron)-[:CHEMICAL]->{1,3}(b) RETURN b.name", "write `*1..3`"),
        (
            "pattern comprehension",
            "MATCH (a:Neuron) RETURN [(a)-[:CHEMICAL]->(b) | b.name] AS names",
            "MATCH and collect",
        ),
        ("keys, properties", "MATCH (n:Neuron) RETURN keys(n)", "name the properties"),
        ("id, elementId", "MATCH (n:Neuron) RETURN id(n)", "`n.uid`; `id(a) = id(b)` compares"),
        ("dates", "RETURN date('2026-01-31')", "dates are text, and compare as text"),
        ("mixed list", "RETURN [1, 'a']", "one type per list, CASE, column of UNION"),
        ("negative length", "RETURN left('abc', -1)", "lengths and places in text are not negative"),
        (
            "weighted shortest path",
            "MATCH p = (a:Neuron)-[:CHEMICAL* WSHORTEST(weight)]->(b) RETURN length(p)",
            "`connectome queries` has one",
        ),
        ("Ladybug's list functions", "RETURN list_extract([1, 2], 1)", "`list[0]`, `[x IN list | …]`"),
        (
            "nested repetition in a pattern of text",
            "MATCH (n:Neuron) WHERE n.name =~ '(a+)+' RETURN n.name",
            "write it simpler",
        ),
        (
            "node out of a list in a pattern",
            "MATCH p = (a:Neuron)-[:CHEMICAL]->(b) UNWIND nodes(p) AS n MATCH (n)-[:CHEMICAL]->(c) RETURN c.name",
            "`MATCH (m:Neuron) WHERE m.uid = n.uid`",
        ),
    )
)

# Neo4j answers these; the embedded store has no exact form.
ONLY_NEO4J = tuple(
    Construct(*each)
    for each in (
        (
            "order inside a query",
            "MATCH (n:Neuron) WITH n ORDER BY n.name RETURN collect(n.name) AS names",
            "put ORDER BY behind RETURN",
        ),
        (
            "collect in order",
            "MATCH (n:Neuron) WITH n ORDER BY n.name LIMIT 3 RETURN collect(n.name) AS names",
            "return the rows with ORDER BY",
        ),
        (
            "chain beside hops of its type",
            "MATCH (a:Neuron)-[:CHEMICAL*1..2]->(b)-[:CHEMICAL]->(c) RETURN count(*) AS n",
            "a MATCH for each",
        ),
        (
            "parameter inside a list expression",
            "MATCH (n:Neuron) RETURN [x IN n.aliases WHERE x <> $name] AS others",
            "`WITH $name AS name …` before",
        ),
        (
            "outer variable of a nested list expression",
            "RETURN [x IN [1, 2] | size([y IN [1] WHERE y < x])] AS sizes",
            "UNWIND the outer list",
        ),
        (
            "optional hop without direction, by name",
            "MATCH (a:Neuron) OPTIONAL MATCH (a)-[r:GAP_JUNCTION]-(b) RETURN a.name AS a, r.weight AS w",
            "give it a direction",
        ),
        (
            "no direction after rows that repeat",
            "MATCH (a:Neuron)-[:CHEMICAL]->() WITH a MATCH (a)-[:GAP_JUNCTION]-(b) RETURN b.name AS b",
            "WITH DISTINCT a",
        ),
    )
)
