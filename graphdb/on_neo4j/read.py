"""Many rows out of Neo4j: packed in lists, one list per column, in steps of bounded size.

Over Bolt a row of its own costs the driver ten times more than the same row inside a list.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

import neo4j
import polars as pl

from graphdb.graph_model import NODE_TYPES, RELATIONSHIP_TYPES
from graphdb.on_neo4j.link import Neo4jLink
from graphdb.on_neo4j.packing import MANY, packed
from graphdb.projection import END, START
from schemas.errors import QueryError, QueryTimeoutError

STEP_ROWS = 50_000
ID = "_id"


def of_dataset(label: str, variable: str = "n") -> str:
    """The condition that a node was brought by $dataset."""
    return f"{variable}.`{'uid' if label == 'Dataset' else 'dataset'}` = $dataset"


def nodes(link: Neo4jLink, label: str, dataset: str) -> pl.DataFrame:
    """All nodes of a label that a dataset brought, with the label's properties."""
    schema = NODE_TYPES[label].properties
    columns = {name: f"x.`{name}`" for name in schema}
    spread = f"MATCH (n:`{label}`) WHERE {of_dataset(label)} RETURN count(*), min(id(n)), max(id(n))"
    each = f"MATCH (x:`{label}`) WHERE {of_dataset(label, 'x')}"
    seek = f"UNWIND range($low, $high) AS i MATCH (x:`{label}`) WHERE id(x) = i AND {of_dataset(label, 'x')}"
    return pl.concat(list(_steps(link, spread, each, seek, columns, schema, {"dataset": dataset})))


def relationships(link: Neo4jLink, type_: str, dataset: str) -> pl.DataFrame:
    """All relationships of a type that a dataset brought: _start, _end and the type's properties."""
    own = RELATIONSHIP_TYPES[type_].properties
    schema = {START: pl.String(), END: pl.String(), **own}
    match, where = f"MATCH (a)-[x:`{type_}`]->()", "x.`dataset` = $dataset"
    spread = f"{match} WHERE {where} RETURN count(*), min(id(a)), max(id(a))"
    seek = f"UNWIND range($low, $high) AS i {match} WHERE id(a) = i AND {where}"
    return pl.concat(
        list(
            _steps(
                link, spread, f"{match} WHERE {where}", seek, relationship_columns(type_), schema, {"dataset": dataset}
            )
        )
    )


def relationship_columns(type_: str) -> dict[str, str]:
    """Column name to Cypher, for a relationship x."""
    ends = {START: "startNode(x).uid", END: "endNode(x).uid"}
    return {**ends, **{name: f"x.`{name}`" for name in RELATIONSHIP_TYPES[type_].properties}}


def rows(
    link: Neo4jLink, cypher: str, parameters: dict[str, Any], timeout_s: float, most: int
) -> tuple[list[str], list[list[Any]]]:
    """Columns and the first rows of a trusted reading text.

    Raises:
        QueryError, QueryTimeoutError: it is wrong, or did not finish in time.
    """
    until = time.monotonic() + timeout_s
    if most > MANY:
        try:
            return _in_parts(link, cypher, parameters, timeout_s, most)
        except QueryTimeoutError:
            raise
        except QueryError:
            pass  # row by row it needs less of the server's memory, and what is wrong is said of the text itself
    left = max(until - time.monotonic(), 0.001)  # 0 would be no limit

    def work(transaction: neo4j.Transaction) -> tuple[list[str], list[list[Any]]]:
        result = transaction.run(cypher, parameters)
        return list(result.keys()), [list(record.values()) for record in result.fetch(most)]

    return link.reading(cypher, left, work)


def _in_parts(
    link: Neo4jLink, cypher: str, parameters: dict[str, Any], timeout_s: float, most: int
) -> tuple[list[str], list[list[Any]]]:
    def work(transaction: neo4j.Transaction) -> tuple[list[str], list[list[Any]]]:
        names = list(transaction.run(f"EXPLAIN {cypher}", parameters).keys())
        parts = transaction.run(packed(cypher, names, most), parameters)
        return names, [row for (part,) in parts for row in part]

    return link.reading(cypher, timeout_s, work)


def columns_of(
    link: Neo4jLink,
    match: str,
    columns: Mapping[str, str],
    schema: Mapping[str, pl.DataType],
    parameters: Mapping[str, object],
) -> pl.DataFrame:
    """The rows that a MATCH of x finds, as one record of one list per column."""
    lists = ", ".join(f"[x IN xs | {cypher}] AS c{number}" for number, cypher in enumerate(columns.values()))
    (record,) = link.rows(f"{match} WITH collect(x) AS xs RETURN {lists}", parameters)
    return pl.DataFrame([_series(name, values, schema[name]) for name, values in zip(columns, record, strict=True)])


def _series(name: str, values: list[Any], dtype: pl.DataType) -> pl.Series:
    if isinstance(dtype, pl.List):  # what is no list there cannot be shown as one
        values = [value if value is None or isinstance(value, list) else [str(value)] for value in values]
    return pl.Series(name, values, dtype=dtype, strict=False)


def ids(link: Neo4jLink, label: str, uids: pl.Series | None = None) -> pl.DataFrame:
    """Uid and internal id of the nodes of a label: columns `uid` and `_id`.

    Args:
        link: the server.
        label: their label.
        uids: only these are looked up; None for all.
    """
    schema = {"uid": pl.String, ID: pl.Int64}
    frames = [pl.DataFrame(schema=schema)]
    if uids is None:
        cypher = (
            f"MATCH (n:`{label}`) WITH id(n) AS i, n.uid AS u WHERE u IS NOT NULL "
            f"WITH i / {STEP_ROWS} AS step, collect(i) AS i, collect(u) AS u RETURN u, i"
        )
        frames += _id_frames(link, cypher, {}, schema)
    else:
        cypher = f"UNWIND $uids AS u MATCH (n:`{label}` {{uid: u}}) RETURN collect(n.uid), collect(id(n))"
        for start in range(0, len(uids), STEP_ROWS):
            frames += _id_frames(link, cypher, {"uids": uids.slice(start, STEP_ROWS).to_list()}, schema)
    return pl.concat(frames)


def _id_frames(link: Neo4jLink, cypher: str, parameters: dict[str, Any], schema: Any) -> list[pl.DataFrame]:
    def work(transaction: Any) -> list[pl.DataFrame]:
        return [pl.DataFrame(list(record.values()), schema=schema) for record in transaction.run(cypher, parameters)]

    return link.reading(cypher, 3_600.0, work)


def _steps(
    link: Neo4jLink,
    spread: str,
    each: str,
    seek: str,
    columns: Mapping[str, str],
    schema: Mapping[str, pl.DataType],
    parameters: Mapping[str, object],
) -> Iterator[pl.DataFrame]:
    """All rows at once where they are few, else by ranges of internal ids."""
    ((count, low, high),) = link.rows(spread, parameters)
    yield pl.DataFrame(schema=dict(schema))
    if 0 < count <= STEP_ROWS:
        yield columns_of(link, each, columns, schema, parameters)
    elif count:
        width = max(1, (high - low + 1) * STEP_ROWS // count)
        for start in range(low, high + 1, width):
            bounds = {"low": start, "high": min(start + width - 1, high)}
            yield columns_of(link, seek, columns, schema, {**parameters, **bounds})
