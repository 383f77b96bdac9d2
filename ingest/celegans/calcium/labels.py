"""Which neuron each trace of a recording is: matched to one cell, or left without a node with its raw text."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from ingest.celegans.names import PARENT, CellNames
from schemas.dataset import Action, Decisions, Tables
from schemas.errors import Place

_SEVERAL = re.compile(r"[/,;|&+]|\bor\b")


@dataclass(frozen=True)
class Match:
    """The node of a trace and how its label became one; for `ambiguous`, `duplicate`, `unlabelled` there is none."""

    node: str | None
    how: str


UNLABELLED = Match(None, "unlabelled")
AMBIGUOUS = Match(None, "ambiguous")


@dataclass(frozen=True)
class Claim:
    """A label of one trace: `trace` is its index in the source, `confidence` the source's own, if it has one."""

    trace: int
    text: str
    confidence: float | None = None


def inside(place: Place, part: str) -> Place:
    """The place of a part of what stands at a place."""
    return Place(place.file, place.sheet, place.row, f"{place.column}, {part}" if place.column else part)


class TraceNames:
    """Matches labels of recordings to the cells of `celegans/cells`."""

    def __init__(self, parents: Mapping[str, Tables]) -> None:
        self._names = CellNames.of(parents)
        self._cells = [
            (name, name_of_class) for name, name_of_class in parents[PARENT]["node"].select("name", "class").iter_rows()
        ]

    def match(
        self,
        recording: str,
        claims: Sequence[Claim],
        place: Place,
        decisions: Decisions,
        not_cells: Collection[str] = (),
    ) -> dict[int, Match]:
        """The match of each claim, by trace; whatever is not the cell's own name has a decision.

        A side or number that the label does not give is never guessed. Of several traces that claim one neuron the
        most confident keeps it; where none is more certain than the others, none does.

        Args:
            recording: its name, for the decisions.
            claims: labels that are not blank, one per trace.
            place: where the labels stand.
            decisions: gets the rows.
            not_cells: labels that the source gives to traces that are no single cell.
        """
        matches: dict[int, Match] = {}
        wanted: dict[str, list[Claim]] = defaultdict(list)
        for claim in claims:
            where = inside(place, f"trace {claim.trace}")
            match, remark = self._one(claim.text, not_cells)
            matches[claim.trace] = match
            if match.node is not None:
                wanted[match.node].append(claim)
            if remark:
                action: Action = "kept" if match.node is None else "renamed"
                decisions.add(action, f"{recording} {claim.text}", remark, where)
        for node, claimed in wanted.items():
            matches.update(_settled(recording, node, claimed, place, decisions))
        return matches

    def _one(self, label: str, not_cells: Collection[str]) -> tuple[Match, str]:
        """Match of a label, and what to put on record of it."""
        text = label.strip()
        if not any(c.isalpha() for c in text):
            return UNLABELLED, ""  # a running number or a dash stands for no name
        if text in not_cells:
            return UNLABELLED, "the source's word for a trace that is no single cell: without a node"
        if "?" in text:
            return AMBIGUOUS, "ambiguous: the trace stays without a node"
        found = self._names.resolve(text)
        if found.node is None:
            return self._unresolved(text, found.suggestions)
        remark = "" if found.how == "exact" else f"{found.how}: it is {found.node.rpartition('/')[2]}"
        return Match(found.node, found.how), remark

    def _unresolved(self, text: str, suggestions: Sequence[str]) -> tuple[Match, str]:
        if among := self._could_be(text):
            return AMBIGUOUS, f"ambiguous, one of {', '.join(among)}: the trace stays without a node"
        if _SEVERAL.search(text):
            return AMBIGUOUS, "ambiguous, several names: the trace stays without a node"
        like = f" (like {', '.join(suggestions)})" if suggestions else ""
        return UNLABELLED, f"names no cell{like}: the trace stays without a node"

    def _could_be(self, text: str) -> list[str]:
        """Cells of a label that gives the class, perhaps with a part of the ending: 'AVA', 'SMDV', 'VB'."""
        start = text.casefold()
        return [n for n, c in self._cells if n.casefold().startswith(start) and start.startswith(c.casefold())]


def _settled(recording: str, node: str, claimed: list[Claim], place: Place, decisions: Decisions) -> dict[int, Match]:
    """Matches of the traces that lose a name that several claim."""
    if len(claimed) == 1:
        return {}
    certainty = [-1.0 if claim.confidence is None else claim.confidence for claim in claimed]
    best = [claim for claim, value in zip(claimed, certainty, strict=True) if value == max(certainty)]
    winner = best[0].trace if len(best) == 1 else None
    verdict = "none is more certain" if winner is None else f"trace {winner} is more certain and keeps it"
    losers = [claim for claim in claimed if claim.trace != winner]
    for claim in losers:
        where = inside(place, f"trace {claim.trace}")
        others = ", ".join(str(c.trace) for c in claimed if c is not claim)
        text = f"duplicate of trace {others} for {node.rpartition('/')[2]}, without a node: {verdict}"
        decisions.add("kept", f"{recording} {claim.text}", text, where)
    return {claim.trace: Match(None, "duplicate") for claim in losers}
