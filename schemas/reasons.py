"""Reasons of decisions that a report counts: readers write them and the report reads them back, both here."""

from __future__ import annotations

import re
from dataclasses import dataclass

_RESOLVED = re.compile(r"(?P<how>[^:]+): it is (?P<name>\S+) in (?P<node_set>[^\s;]+)(?:;.*)?", re.DOTALL)
_COMPARED = re.compile(
    r"compared with (?P<network>\S+): (?P<agree>\d+) pairs agree in weight, (?P<differ>\d+) differ, "
    r"(?P<only_form>\d+) are only here, (?P<only_reference>\d+) only there"
)


@dataclass(frozen=True)
class Resolved:
    """A label that is another spelling of a node's name: how it was found (padded, alias, …) and which node it is."""

    how: str
    name: str
    node_set: str

    def __str__(self) -> str:
        return f"{self.how}: it is {self.name} in {self.node_set}"


@dataclass(frozen=True)
class Comparison:
    """How many pairs agree in weight, differ in it, or stand on one side alone."""

    agree: int
    differ: int
    only_form: int
    only_reference: int

    def __str__(self) -> str:
        counts = f"{self.agree} pairs agree in weight, {self.differ} differ"
        return f"{counts}, {self.only_form} are only here, {self.only_reference} only there"


def compared(network: str, comparison: Comparison) -> str:
    """The reason of the summary of a comparison with a published network."""
    return f"compared with {network}: {comparison}"


def read_resolved(reason: str) -> Resolved | None:
    """What a reason says of a label, if it is about one."""
    found = _RESOLVED.fullmatch(reason)
    return Resolved(found["how"], found["name"], found["node_set"]) if found else None


def read_compared(reason: str) -> tuple[str, Comparison] | None:
    """Network and counts of the summary of a comparison, if the reason is one."""
    found = _COMPARED.fullmatch(reason)
    if found is None:
        return None
    counts = (int(found[name]) for name in ("agree", "differ", "only_form", "only_reference"))
    return found["network"], Comparison(*counts)
