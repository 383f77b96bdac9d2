"""Named queries as forms: what each asks for, and the parameters that a URL gives."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any

from graphdb.named.catalog import NAMED
from graphdb.named.definition import NamedQuery

ASK = "ask"
MAX_VALUE = 20_000


@dataclass(frozen=True)
class Field:
    """One parameter of a question as a form shows it."""

    name: str
    help: str
    required: bool
    default: str
    choices: tuple[str, ...]
    long: bool


@dataclass(frozen=True)
class Asked:
    """What a URL asks: a question, the parameters it gives, and what of it was not understood."""

    named: NamedQuery | None
    given: dict[str, str]
    problems: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether it can be answered: something is given, or nothing needs to be."""
        if self.named is None:
            return False
        required = {f.name for f in form(self.named) if f.required}
        return required <= set(self.given)


def form(named: NamedQuery) -> tuple[Field, ...]:
    """The parameters of a question, in its order, those that it needs first."""
    return tuple(sorted((_field(each) for each in fields(named.criteria)), key=lambda f: not f.required))


def asked(query: Mapping[str, object]) -> Asked:
    """Read a URL's query: `ask` names the question, every other key one of its parameters."""
    name = query.get(ASK)
    if not isinstance(name, str) or not name:
        return Asked(None, {}, ())
    if name not in NAMED:
        return Asked(None, {}, (f"{ASK}={name!r:.60} is no question",))
    named = NAMED[name]
    known = {f.name for f in form(named)}
    given: dict[str, str] = {}
    problems = []
    for key, value in query.items():
        if key == ASK or value in ("", None):
            continue
        if key not in known:
            problems.append(f"{key!r:.60} is no parameter of @{name}")
        elif not isinstance(value, str) or len(value) > MAX_VALUE:
            problems.append(f"{key} was given more than once, or is longer than {MAX_VALUE} characters")
        else:
            given[key] = value
    return Asked(named, given, tuple(problems))


def command(named: NamedQuery, given: Mapping[str, str]) -> str:
    """The same question on the command line."""
    words = [f"-p {shlex.quote(f'{name}={value}')}" for name, value in given.items()]
    return " ".join([f"connectome query @{named.name}", *words])


def _field(each: Any) -> Field:
    kind = str(each.type)
    choices = tuple(str(c) for c in each.metadata.get("choices", ()))
    if kind.startswith("bool"):
        choices = ("true", "false")
    return Field(
        name=each.name,
        help=each.metadata.get("help", ""),
        required=each.default is MISSING,
        default=_shown(each.default),
        choices=() if kind.startswith("tuple") else choices,
        long=kind.startswith(("Cells", "tuple")),
    )


def _shown(default: object) -> str:
    if default is MISSING or default is None:
        return ""
    if isinstance(default, tuple):
        return ",".join(map(str, default))
    return str(default).lower() if isinstance(default, bool) else str(default)
