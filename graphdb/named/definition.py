"""What a named query is."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any, Protocol

import polars as pl

from graphdb.named.cells import CELL_LABELS, Cells
from schemas.errors import UsageError
from schemas.kinds import EDGE_KINDS

TEXT, WHOLE, REAL, FLAG = pl.String(), pl.Int64(), pl.Float64(), pl.Boolean()
TEXTS = pl.List(pl.String())


@dataclass(frozen=True)
class Statement:
    """Cypher text and its parameters."""

    cypher: str
    parameters: dict[str, object]


@dataclass(frozen=True)
class Column:
    """A column of an answer: both stores give exactly this type."""

    name: str
    dtype: pl.DataType
    meaning: str


class Reader(Protocol):
    """What a plan reads with."""

    dialect: str

    def rows(self, statement: Statement) -> pl.DataFrame:
        """All rows of a statement, within the time that is left.

        Raises:
            QueryError: there are more rows than a plan may hold.
            QueryTimeoutError: the time is over.
        """

    def check_time(self) -> None:
        """Raise QueryTimeoutError if the time is over; a long computation calls this now and then."""


@dataclass(frozen=True)
class NamedQuery:
    """A question with a name.

    Args:
        name: as in `connectome query @name`.
        title: what it answers, one line.
        criteria: frozen dataclass of its parameters. Metadata of a field: "help" says what it is; "choices" and
            "between" (least, most) limit it; "labels" are the labels that a field of type Cells may have.
        build: criteria and dialect ("ladybug" or "neo4j") to a statement; pure, its text is tested exactly.
        example: parameters for the documentation, on celegans/cook2019 where it can be.
        columns: the answer's columns.
        about: what the documentation says besides: what counts as what, and limits.
        finish: what Cypher cannot say alike on both stores: the statement's rows and the criteria to the answer; pure.
        plan: for what takes several statements: instead of reading the one of `build`, it makes the answer from
            criteria and a reader. `build` is then its first statement.
        open_columns: what the columns are that come after the declared ones by the data; empty where none do.
        reads: labels that it reads besides those that its criteria name, whichever dataset brought them.
    """

    name: str
    title: str
    criteria: type[Any]
    build: Callable[[Any, str], Statement]
    example: Mapping[str, str]
    columns: tuple[Column, ...] = ()
    about: str = ""
    finish: Callable[[pl.DataFrame, Any], pl.DataFrame] | None = None
    plan: Callable[[Any, Reader], pl.DataFrame] | None = None
    open_columns: str = ""
    reads: tuple[str, ...] = ()

    def parse(self, given: Mapping[str, object]) -> Any:
        """Criteria from parameters as a command line or form gives them; cells are not resolved yet.

        Raises:
            UsageError: a parameter is unknown, missing, not of its type, or out of its limits.
        """
        known = {f.name: f for f in fields(self.criteria)}
        unknown = sorted(set(given) - set(known))
        if unknown:
            raise UsageError(f"@{self.name} has no parameter {', '.join(unknown)}", f"it takes: {', '.join(known)}")
        missing = [f.name for f in known.values() if f.default is MISSING and f.name not in given]
        if missing:
            raise UsageError(f"@{self.name} needs {', '.join(missing)}", f"give it with -p {missing[0]}=VALUE")
        return self.criteria(**{name: _checked(self.name, known[name], value) for name, value in given.items()})


def _checked(query: str, field: Any, given: object) -> object:
    value = _typed(query, field, given)
    choices = field.metadata.get("choices")
    chosen = value if isinstance(value, tuple) else (value,)
    if choices is not None and value is not None and not set(chosen) <= set(choices):
        wrong = next(each for each in chosen if each not in choices)
        raise UsageError(f"@{query}: {field.name} {wrong!r} is not known", f"use {' or '.join(map(str, choices))}")
    least, most = field.metadata.get("between", (None, None))
    if isinstance(value, int | float) and not isinstance(value, bool) and least is not None:
        inside = least <= value and (most is None or value <= most)
        if not inside:
            limits = f"at least {least}" if most is None else f"{least} to {most}"
            raise UsageError(f"@{query}: {field.name} must be {limits}, not {value}", "see `connectome queries`")
    return value


def _typed(query: str, field: Any, value: object) -> object:
    kind = str(field.type)
    if value is None:
        return None
    if kind.startswith("Cells"):
        return _cells(query, field, value)
    try:
        if kind.startswith("tuple"):
            items = value.split(",") if isinstance(value, str) else value
            return tuple(str(item).strip() for item in items if str(item).strip())  # type: ignore[attr-defined]
        for name, read in _READ.items():
            if kind.startswith(name):
                return read(str(value))
    except (TypeError, ValueError):
        raise UsageError(f"@{query}: {field.name}={value!r} is not {kind}", "see `connectome queries`") from None
    return str(value)


def _cells(query: str, field: Any, value: object) -> Cells | None:
    cells = value if isinstance(value, Cells) else Cells.of(value, field.metadata.get("labels", CELL_LABELS))
    if not cells and field.default is MISSING:
        raise UsageError(f"@{query}: {field.name} is empty", "give names with commas between them")
    return cells or None


def _finite_number(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError
    return value


def _flag(value: str) -> bool:
    said = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}.get(value.lower())
    if said is None:
        raise ValueError
    return said


_READ: dict[str, Callable[[str], object]] = {"int": int, "float": _finite_number, "bool": _flag}


def typed(rows: pl.DataFrame, **types: pl.DataType) -> pl.DataFrame:
    """The rows with columns of these types: of a column of nothing but nulls the stores do not know the type."""
    return rows.with_columns(
        pl.lit(None, dtype).alias(name) if rows[name].null_count() == rows.height else pl.col(name).cast(dtype)
        for name, dtype in types.items()
    )


def edge_type(kind: str) -> str:
    """The relationship type of an edge kind that carries a weight.

    Raises:
        UsageError: there is no such kind.
    """
    known = [name for name in EDGE_KINDS if name != "vessel"]
    if kind not in known:
        raise UsageError(f"unknown kind {kind!r}", f"kinds: {', '.join(known)}")
    return EDGE_KINDS[kind].type


def edge_types(kinds: tuple[str, ...]) -> str:
    """Several kinds as a pattern writes them: `A`|`B`."""
    if not kinds:
        raise UsageError("no kind of edge is given", "e.g. kinds=chemical,gap_junction")
    return "|".join(f"`{edge_type(kind)}`" for kind in kinds)


def label_of(variable: str, dialect: str) -> str:
    """The type of a relationship variable as text, in the dialect's words."""
    return f"label({variable})" if dialect == "ladybug" else f"type({variable})"
