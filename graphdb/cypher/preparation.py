"""From a user's text to a text that one engine may run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from graphdb.cypher import tree, types
from graphdb.cypher.parse import parse
from graphdb.cypher.regex import check_pattern
from graphdb.cypher.tokens import wrong
from graphdb.cypher.types import Type
from graphdb.cypher.write_query import QueryWriter
from graphdb.cypher.writing import Writing
from schemas.errors import QueryError

_UNUSED = "_"  # with no parameters at all Ladybug runs several statements, and takes a forgotten one for null
_TEXTS = 1024


@dataclass(frozen=True)
class Prepared:
    """A checked text.

    Args:
        cypher: what to send to the engine of that dialect.
        parameters: checked values of the $names in it; never empty for Ladybug.
        labels: node labels that its patterns name.
        types: relationship types that its patterns name.
        open_ends: some pattern names no label or type, so it may touch anything.
        datasets: ids of the datasets that it restricts itself to, or None where it does not. A node at an end of a
            restricted relationship counts as restricted.
        returns_graph: whether it returns whole nodes, relationships or paths.
        columns: names of the answer's columns.
        limit: its own LIMIT, or None.
        kinds: kind of each column's values: boolean, integer, float, string, list, map, node, relationship, path, or
            null where all are null.
    """

    cypher: str
    parameters: Mapping[str, object]
    labels: frozenset[str] = frozenset()
    types: frozenset[str] = frozenset()
    open_ends: bool = True
    datasets: frozenset[str] | None = None
    returns_graph: bool = False
    columns: tuple[str, ...] | None = None
    limit: int | None = None
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Form:
    """A text with the types of its parameters, without their values."""

    prepared: Prepared
    used: tuple[tuple[str, str], ...]
    patterns: tuple[tuple[str, int], ...]
    limit: str | None
    datasets: tuple[tuple[bool, str], ...] | None


def prepare(cypher: str, parameters: Mapping[str, object], dialect: str) -> Prepared:
    """Check a text and write it for a dialect.

    Args:
        cypher: one reading statement, in openCypher as Neo4j 5 reads it.
        parameters: values of its $names.
        dialect: `ladybug` or `neo4j`.

    Raises:
        QueryRefusedError: it would do more than read, or has no exact form on that store.
        QueryError: it is wrong: syntax, an unknown name, a missing parameter.
    """
    kinds = tuple(sorted(((name, types.of_value(name, value)) for name, value in parameters.items()), key=_name))
    form = _form(cypher, kinds, dialect)
    for name, at in form.patterns:
        check_pattern(cypher, at, str(parameters[name]))
    used: dict[str, object] = {written: _plain(parameters[name]) for name, written in form.used}
    if dialect == "ladybug" and not used:
        used = {_UNUSED: 0}
    found = form.prepared
    datasets = limit = None
    if form.datasets is not None:
        datasets = _datasets(form.datasets, parameters)
    if form.limit is not None:
        value = parameters[form.limit]
        limit = value if isinstance(value, int) else None
    return Prepared(
        found.cypher,
        used,
        found.labels,
        found.types,
        found.open_ends,
        datasets,
        found.returns_graph,
        found.columns,
        found.limit if limit is None else limit,
        found.kinds,
    )


def _name(pair: tuple[str, Type]) -> str:
    return pair[0]


def _plain(value: object) -> object:
    """Lists that mix whole numbers and others become numbers with a point."""
    if not isinstance(value, (list, tuple)):
        return value
    kinds = {type(each) for each in value}
    return [float(each) if type(each) is int else each for each in value] if float in kinds else list(value)


def _datasets(references: tuple[tuple[bool, str], ...], parameters: Mapping[str, object]) -> frozenset[str] | None:
    found: set[str] = set()
    for is_parameter, text in references:
        value = parameters[text] if is_parameter else text
        for each in value if isinstance(value, (list, tuple)) else (value,):
            if not isinstance(each, str):
                return None
            found.add(each)
    return frozenset(found)


@lru_cache(maxsize=_TEXTS)
def _parsed(cypher: str) -> tuple[tree.Query, tuple[tuple[str, int], ...], frozenset[str]]:
    """The tree, its parameters with their first places, and the names of its final columns in small letters."""
    query = parse(cypher)
    wanted: dict[str, int] = {}
    for each in tree.walked(query):
        if isinstance(each, tree.Parameter):
            wanted.setdefault(each.name, each.at)
    finals = [clause for part in query.parts for clause in part if isinstance(clause, tree.Projection) and clause.final]
    names = frozenset(item.alias.lower() for clause in finals for item in clause.items if item.alias)
    return query, tuple(wanted.items()), names


@lru_cache(maxsize=_TEXTS)
def _form(cypher: str, kinds: tuple[tuple[str, Type], ...], dialect: str) -> _Form:
    query, wanted, names = _parsed(cypher)
    given = dict(kinds)
    missing = [(name, at) for name, at in wanted if name not in given]
    if missing:
        listed = ", ".join(f"${name}" for name, _ in missing)
        hint = " ".join(f"-p {name}=VALUE" for name, _ in missing)
        raise wrong(cypher, missing[0][1], f"parameter {listed} is missing", hint)
    writing = Writing(cypher, dialect, given, names)
    try:
        composed = QueryWriter(writing, query).compose()
    except RecursionError:
        raise QueryError("the query nests too deeply", "split it with WITH") from None
    facts = writing.facts
    limit = composed.limit
    prepared = Prepared(
        composed.text,
        {},
        frozenset(facts.labels),
        frozenset(facts.types),
        facts.open_ends,
        None,
        facts.returns_graph,
        tuple(column.name for column in composed.columns),
        limit.value if isinstance(limit, tree.Literal) and type(limit.value) is int else None,
        tuple(column.type.kind for column in composed.columns),
    )
    restricted = bool(facts.patterns) and all(name in facts.restrictions for name in facts.patterns)
    references = tuple(ref for refs in facts.restrictions.values() for ref in refs) if restricted else None
    return _Form(
        prepared,
        tuple(writing.used.items()),
        tuple(writing.pattern_parameters),
        limit.name if isinstance(limit, tree.Parameter) else None,
        references,
    )
