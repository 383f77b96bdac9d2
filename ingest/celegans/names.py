"""Which cell a label of a source means."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, NoReturn

import polars as pl

from ingest.celegans import cells
from schemas.dataset import Decisions, Tables
from schemas.errors import Place, SourceError

How = Literal["exact", "padded", "alias", "unknown"]

PARENT = "celegans/cells"
_PADDED = re.compile(r"(.*\D)0+(\d+)")
_SHOWN = 20


@dataclass(frozen=True)
class Resolution:
    """The node that a label means, how it was found, and for an unknown label the names that are like it."""

    node: str | None
    how: How
    suggestions: tuple[str, ...] = ()


class CellNames:
    """Names of cells, from the `node` table of `celegans/cells`."""

    def __init__(self, nodes: pl.DataFrame) -> None:
        rows = list(nodes.select("uid", "name", "aliases").iter_rows())
        self._names = {name: uid for uid, name, _ in rows}
        self._aliases = {alias: uid for uid, _, aliases in rows for alias in aliases}
        self._folded = {n.casefold(): u for n, u in (*self._aliases.items(), *self._names.items())}

    @classmethod
    def of(cls, parents: Mapping[str, Tables]) -> CellNames:
        """From the parents that a reader is given.

        Raises:
            SourceError: `celegans/cells` is not among them.
        """
        if PARENT not in parents:
            raise SourceError(f"the cells are not known yet: {PARENT!r} is absent", f"ingest {PARENT} first")
        return cls(parents[PARENT]["node"])

    def resolve(self, label: str) -> Resolution:
        """The cell of a label: its name, its name with zeros before the number, another spelling, or none.

        Blanks around it (also non-breaking ones) do not count; another case counts where nothing else fits.
        """
        text = label.strip()
        if text in self._names:
            return Resolution(self._names[text], "exact")
        unpadded = _PADDED.fullmatch(text)
        if unpadded and unpadded[1] + unpadded[2] in self._names:
            return Resolution(self._names[unpadded[1] + unpadded[2]], "padded")
        uid = self._aliases.get(text, self._folded.get(text.casefold()))
        if uid is not None:
            return Resolution(uid, "alias")
        return Resolution(None, "unknown", self._like(text))

    def _like(self, text: str) -> tuple[str, ...]:
        known = {name.casefold(): name for name in (*self._aliases, *self._names)}
        return tuple(known[m] for m in difflib.get_close_matches(text.casefold(), known, n=3, cutoff=0.6))


def resolve_all(
    names: CellNames,
    labels: Iterable[tuple[str, Place]],
    decisions: Decisions,
    notes: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, str]:
    """Nodes of the labels of a connectome file; a label that is not the cell's own name becomes a decision.

    Args:
        names: the cells.
        labels: each label with the place where it stands; of a repeated label the first counts.
        decisions: gets one 'renamed' row per label.
        notes: what to add to the reason of a label's decision, e.g. a convention of its source.

    Returns:
        Label to node uid.

    Raises:
        SourceError: labels that no cell has, all of them, each with place and suggestions.
    """
    nodes: dict[str, str] = {}
    unknown: dict[str, tuple[str, Place]] = {}
    for label, place in labels:
        if label in nodes or label in unknown:
            continue
        found = names.resolve(label)
        if found.node is None:
            like = f" (like {', '.join(found.suggestions)})" if found.suggestions else ""
            unknown[label] = f"{place}: {label!r}{like}", place
            continue
        nodes[label] = found.node
        if found.how != "exact":
            name = found.node.rpartition("/")[2]
            note = f"; {notes[label]}" if label in notes else ""
            decisions.add("renamed", label, f"{found.how}: it is {name} in {cells.NODE_SET}{note}", place)
    if unknown:
        refuse_labels(list(unknown.values()))
    return nodes


def refuse_labels(unknown: Sequence[tuple[str, Place]]) -> NoReturn:
    """The error for labels that no cell has.

    Args:
        unknown: a line for each (place, label, what it is like) and its place; the error stands at the first.
    """
    lines = [line for line, _ in unknown]
    more = f"\n  … and {len(lines) - _SHOWN} more" if len(lines) > _SHOWN else ""
    raise SourceError(
        f"{len(lines)} label(s) name no cell of {cells.NODE_SET}\n  " + "\n  ".join(lines[:_SHOWN]) + more,
        "correct the label in the file, or add the cell or its spelling to ingest/celegans/cells.yaml",
        unknown[0][1],
    )
