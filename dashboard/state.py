"""What each page shows, as a value that a URL holds: `from_query` reads it, `to_query` writes it back.

A value that cannot be read falls back to the default, and the page says so.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from textwrap import shorten
from typing import Any, ClassVar, Self
from urllib.parse import parse_qsl, urlencode

from schemas.kinds import WEIGHTED_KINDS

MAX_NAME = 300
MAX_CYPHER = 20_000
DIRECTIONS = ("both", "out", "in")


def _text(limit: int) -> Callable[[str], str]:
    def parse(value: str) -> str:
        if len(value) > limit:
            raise ValueError(f"is longer than {limit} characters")
        return value

    return parse


def _one_of(known: tuple[str, ...]) -> Callable[[str], str]:
    def parse(value: str) -> str:
        if value not in known:
            raise ValueError(f"must be one of {', '.join(known)}")
        return value

    return parse


def _least(value: str) -> float:
    try:
        number = float(value)
    except ValueError:
        raise ValueError("must be a number") from None
    if not math.isfinite(number) or number < 0:
        raise ValueError("must be a number from 0")
    return number


def _field(default: object, parse: Callable[[str], object], key: str) -> Any:
    return field(default=default, metadata={"parse": parse, "key": key})


def _name(key: str) -> Any:
    return _field("", _text(MAX_NAME), key)


@dataclass(frozen=True)
class State:
    """Base of the states. A field's metadata says its key in the URL and how its text is read."""

    resets: ClassVar[Mapping[str, tuple[str, ...]]] = {}

    @classmethod
    def from_query(cls, query: Mapping[str, object]) -> tuple[Self, tuple[str, ...]]:
        """The state of a query, and a sentence for every value that was not understood."""
        values: dict[str, Any] = {}
        problems = []
        for each in fields(cls):
            given = query.get(each.metadata["key"])
            if given is None or given == "":
                continue
            try:
                if not isinstance(given, str):
                    raise ValueError("was given more than once")  # noqa: TRY301, TRY004
                values[each.name] = each.metadata["parse"](given)
            except ValueError as error:
                shown = shorten(repr(given), 60, placeholder="…")
                default = each.default if each.default not in ("", None) else "the default"
                problems.append(f"{each.metadata['key']}={shown} {error}; {default} is used instead")
        return cls(**values), tuple(problems)

    def to_query(self) -> str:
        """`?key=value&…` without what is default; empty where all is."""
        found = {
            f.metadata["key"]: _written(getattr(self, f.name))
            for f in fields(self)
            if getattr(self, f.name) != f.default
        }
        return "?" + urlencode(found) if found else ""

    def changed(self, changes: Mapping[str, object]) -> Self:
        """This state after a user changed some controls; what depends on them goes back to its default.

        Args:
            changes: key in the URL to the control's value; an unknown key is ignored, None clears.
        """
        names = {f.metadata["key"]: f.name for f in fields(self)}
        query: dict[str, object] = {k: _written(getattr(self, n)) for k, n in names.items()}
        for key in changes:
            if key in names:
                query.update(dict.fromkeys(self.resets.get(key, ()), ""))
        query.update({k: "" if v is None else _written(v) for k, v in changes.items() if k in names})
        return type(self).from_query(query)[0]


def _written(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


@dataclass(frozen=True)
class OverviewState(State):
    """The overview, with one dataset opened or none."""

    dataset: str = _name("dataset")


@dataclass(frozen=True)
class NeuronState(State):
    """A node, the network its partners come from, and what of its activity is shown."""

    name: str = _name("name")
    node_set: str = _name("set")
    dataset: str = _name("dataset")
    kind: str = _field("", _one_of(WEIGHTED_KINDS), "kind")
    network: str = _name("network")
    direction: str = _field("both", _one_of(DIRECTIONS), "direction")
    least: float = _field(0.0, _least, "min")
    matrix: str = _name("matrix")
    recording: str = _name("recording")

    resets: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "set": ("dataset", "kind", "network", "matrix", "recording", "min"),
        "dataset": ("network", "kind"),
        "kind": ("network",),
    }


@dataclass(frozen=True)
class CypherState(State):
    """A query and its parameters as JSON."""

    cypher: str = _field("", _text(MAX_CYPHER), "q")
    parameters: str = _field("", _text(MAX_CYPHER), "p")


@dataclass(frozen=True)
class RunsState(State):
    """A run, the matrix its communities are laid over, and the run it is compared with."""

    run: str = _name("run")
    over: str = _name("over")
    against: str = _name("against")

    resets: ClassVar[Mapping[str, tuple[str, ...]]] = {"run": ("over", "against")}


def parse_search(search: str | None) -> dict[str, object]:
    """The key-value pairs of `?…`; a key that stands twice has a list, which no state accepts."""
    found: dict[str, object] = {}
    for key, value in parse_qsl((search or "").removeprefix("?"), keep_blank_values=True):
        found[key] = [found[key], value] if key in found else value
    return found
