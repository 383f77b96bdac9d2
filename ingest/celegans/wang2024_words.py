"""The words in which Wang et al. 2024 say what a neuron releases or takes up, and how strongly a gene is expressed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ingest.celegans.transmitters import common_name

UPTAKE = "uptake"
NO_EXPRESSION = "no visible expression"
LEVELS = ("very low and variable", "very low +", "low ++", "high +++", "very high ++++", NO_EXPRESSION)

_SAID = re.compile(
    r"(?P<star>\*)?(?P<male>male - )?(?P<what>[^()]+?)\s*(?:\((?P<how>(?!new\))[^()]+)\))?"
    r"(?P<new>\.? ?- NEW|\s*\(new\))?"
)
_TWO_IN_ONE = re.compile(r"(?<=\)) and ")  # 5-HTP (synthesis) and 5-HT (uptake)
_OTHERS: dict[str, tuple[str, str | None]] = {
    "5-htp": ("5-hydroxytryptophan", None),
    "unknown": ("unknown", None),
    "unknown monoamine?": ("unknown monoamine", "with a question mark"),
    "bas-1-depen unknown monoamine?": ("unknown monoamine", "depends on bas-1; with a question mark"),
    "peoh?": ("phenylethanolamine", "with a question mark"),
}


@dataclass(frozen=True)
class Words:
    """What a cell says of one transmitter.

    Args:
        transmitter: its common name.
        remark: what the source adds by the way it writes the name.
        how: what stands in brackets, e.g. uptake, synthesis + uptake, orphan.
        dim: a star, dim and variable expression.
        new: no earlier study had found it.
        of_males: it is said of the male only.
    """

    transmitter: str
    remark: str | None
    how: str
    dim: bool
    new: bool
    of_males: bool

    @property
    def released(self) -> bool:
        return self.how != UPTAKE

    @property
    def taken_up(self) -> bool:
        return self.how.split(" + ")[-1] == UPTAKE


def words_of(text: str) -> list[Words] | None:
    """What a cell says, of one transmitter or two; None where it names none that is known."""
    found = list(_each(text))
    return None if None in found else [words for words in found if words is not None]


def _each(text: str) -> Iterator[Words | None]:
    parts = _TWO_IN_ONE.split(text)
    new = bool((last := _SAID.fullmatch(parts[-1])) and last["new"])  # of two in one cell it stands behind the second
    for part in parts:
        found = _SAID.fullmatch(part)
        known = None if found is None else _known(found["what"])
        if found is None or known is None:
            yield None
            return
        yield Words(*known, found["how"] or "", bool(found["star"]), new, bool(found["male"]))


def _known(what: str) -> tuple[str, str | None] | None:
    name = common_name(what)
    return (name, None) if name is not None else _OTHERS.get(what.casefold())
