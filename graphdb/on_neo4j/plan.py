"""What a plan of Neo4j says about a text before it runs: whether it only reads, and whether it knows its names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import neo4j

from graphdb.suggestions import known_names, nearest
from schemas.errors import QueryError, QueryRefusedError

_UNKNOWN_NAME = ("01N50", "01N51", "01N52")  # GQL status: label, relationship type, property does not exist
_REFUSED_OPERATORS = ("LoadCSV", "ProcedureCall", "Transaction", "Terminate", "Administration", "Show")


def check_plan(summary: neo4j.ResultSummary) -> None:
    """Look at the summary of an EXPLAIN.

    Raises:
        QueryRefusedError: the text would do more than read the graph.
        QueryError: it names what neither the graph nor its model knows.
    """
    if summary.query_type != "r":
        raise QueryRefusedError("this would write; only reading is allowed here", "use MATCH … RETURN …")
    for operator in _operators(summary.plan or {}):
        if operator.startswith(_REFUSED_OPERATORS):
            raise QueryRefusedError(f"{operator} is not allowed here", "use MATCH … RETURN …")
    for status in summary.gql_status_objects:
        _refuse_unknown(status)


def _refuse_unknown(status: neo4j.GqlStatusObject) -> None:
    """A label, type or property that nothing has is an error here, as it is in the embedded graph.

    Names that the model of the graph holds are known, though no node has them yet.
    """
    match = re.search(r"The [a-z ]+ `(.+)` does not exist", status.status_description)
    if status.gql_status in _UNKNOWN_NAME and match is not None and match[1] not in known_names():
        raise QueryError(f"nothing in the graph is called {match[1]!r}", nearest(match[1]))


def _operators(plan: Mapping[str, Any]) -> Iterator[str]:
    yield str(plan.get("operatorType", "")).partition("@")[0]
    for child in plan.get("children", ()):
        yield from _operators(child)
