"""A limit written into a text, and the text that counts."""

from __future__ import annotations

import pytest

from graphdb.row_cap import capped, counting


@pytest.mark.parametrize(
    ("cypher", "expected"),
    [
        ("MATCH (n) RETURN n.name", "MATCH (n) RETURN n.name\nLIMIT 11"),
        ("MATCH (n) RETURN n.name // all", "MATCH (n) RETURN n.name // all\nLIMIT 11"),
        ("MATCH (n) RETURN n.limit AS `limit`", "MATCH (n) RETURN n.limit AS `limit`\nLIMIT 11"),
        ("MATCH (n) WITH n LIMIT 3 RETURN n", "MATCH (n) WITH n LIMIT 3 RETURN n\nLIMIT 11"),
        ("MATCH (n) RETURN n ORDER BY n.name SKIP 2", "MATCH (n) RETURN n ORDER BY n.name SKIP 2\nLIMIT 11"),
        ("MATCH (n) RETURN n LIMIT 1000", "MATCH (n) RETURN n LIMIT 11"),
        ("MATCH (n) RETURN n limit $many // c", "MATCH (n) RETURN n limit 11"),
    ],
)
def test_one_row_more_than_allowed(cypher, expected):
    assert capped(cypher, {"many": 500, "few": 5}, 10).cypher == expected


@pytest.mark.parametrize(
    "cypher",
    [
        "MATCH (n) RETURN n LIMIT 10",
        "MATCH (n) RETURN n LIMIT $few",
        "MATCH (n) RETURN n LIMIT 5 + 100",
        "MATCH (n) RETURN n LIMIT $absent",
        "RETURN 1 AS x UNION RETURN 2 AS x",
        "RETURN 'open",
        "MATCH (n)",
        "CALL show_tables() RETURN *",
    ],
)
def test_what_is_small_or_unsure_stays(cypher):
    assert capped(cypher, {"few": 5}, 10).cypher == cypher


@pytest.mark.parametrize(
    ("cypher", "expected"),
    [
        ("MATCH (n) RETURN n.name", "MATCH (n) WITH n.name AS `counted 0` RETURN count(*) AS n"),
        ("MATCH (n) RETURN n, n.x AS x", "MATCH (n) WITH n, n.x AS x RETURN count(*) AS n"),
        (
            "MATCH (n) RETURN DISTINCT n.type ORDER BY n.type LIMIT 7",
            "MATCH (n) WITH DISTINCT n.type AS `counted 0` LIMIT 7 RETURN count(*) AS n",
        ),
        (
            "MATCH (n) RETURN n.type, count(*) SKIP 2",
            "MATCH (n) WITH n.type AS `counted 0`, count(*) AS `counted 1` SKIP 2 RETURN count(*) AS n",
        ),
        (
            "MATCH (n) RETURN n.x /* y */ + 1 // all",
            "MATCH (n) WITH n . x + 1 AS `counted 0` RETURN count(*) AS n",
        ),
        (
            "MATCH (n) RETURN *",
            "MATCH (n) WITH * RETURN count(*) AS n",
        ),
        (
            "MATCH (n) RETURN [x IN range(0, 3) | x, 2] AS l",
            "MATCH (n) WITH [x IN range(0, 3) | x, 2] AS l RETURN count(*) AS n",
        ),
    ],
)
def test_the_text_that_counts(cypher, expected):
    assert counting(cypher) == expected


@pytest.mark.parametrize("cypher", ["RETURN 1 AS x UNION RETURN 2 AS x", "RETURN"])
def test_no_text_counts_where_that_is_unsure(cypher):
    assert counting(cypher) is None
