"""Which cell a label of SI 3 means. The list names working labels of the reconstruction beside cells.

- `PVR.` is a part of the cell PVR; the list itself repeats it as PVR in its post columns.
- `[AVBL]` is a cell whose identification the list marks as uncertain; SI 5 counts nearly all of them as the cell.
- SPELLINGS are other names of a cell, EARLIER working names under which SI 5 holds the same synapses of a cell.
- Everything else (obj…, unk…, fragments, 'mus-V', several names in one) is no cell.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from ingest.celegans.names import CellNames
from schemas.dataset import Action, Decisions
from schemas.errors import Place
from schemas.reasons import Resolved

SPELLINGS = {
    "muintL": "mu_intL",
    "muintR": "mu_intR",
    "vBMR16": "vBWMR16",
    "adp": "mu_anal",  # anal depressor
    "sph": "mu_sph",
}
EARLIER = {
    "RIAL_old": "RIAL",
    "SMDDR_old": "SMDDR",
    "[SMDD.R]_incorrect": "SMDDR",
    "PVU": "PVPL",
    "PVS": "PVPR",
}

_BRACKETED = re.compile(r"\[([^\[\]]+)\]")


@dataclass(frozen=True)
class Meaning:
    """The node that a label means, and what a decision says of it; no node: no cell. No action: its own name."""

    node: str | None
    action: Action | None = None
    reason: str = ""


class SynapseLabels:
    """Resolves labels, each once, and records what they were taken for."""

    def __init__(self, names: CellNames, decisions: Decisions) -> None:
        self._names = names
        self._decisions = decisions
        self._known: dict[str, str | None] = {}
        self._first: dict[str, Place] = {}
        self._left_out: Counter[str] = Counter()

    def node(self, label: str, place: Place) -> str | None:
        """The node of a label, if it is a cell; the first place of each other spelling becomes a decision."""
        if label not in self._known:
            meaning = self._meaning(label)
            self._known[label] = meaning.node
            self._first[label] = place
            if meaning.action is not None:
                self._decisions.add(meaning.action, label, meaning.reason, place)
        return self._known[label]

    def leave_out(self, label: str) -> None:
        """Counts a contact that cannot become part of an edge, as this label is no cell."""
        self._left_out[label] += 1

    def record_left_out(self) -> int:
        """A 'dropped' decision for each label that is no cell, with its first place.

        Returns:
            How many contacts were left out.
        """
        for label, node in self._known.items():
            if node is None:
                n = self._left_out[label]
                count = f"{n} contact(s) are left out for it" if n else "its contacts are counted with the other end"
                reason = f"names no single cell of {self._names.node_set}; {count}"
                self._decisions.add("dropped", label, reason, self._first[label])
        return self._left_out.total()

    def _meaning(self, label: str) -> Meaning:
        plain = self._plain(label)
        if plain.node is not None:
            return plain
        inside = _BRACKETED.fullmatch(label.strip().rstrip("."))
        found = self._plain(inside[1]) if inside else plain
        if found.node is None:
            return Meaning(None)
        name = found.node.rpartition("/")[2]
        reason = f"the list marks the identification as uncertain; taken for {name}"
        return Meaning(found.node, "guessed", reason)

    def _plain(self, label: str) -> Meaning:
        """A label without regard to brackets."""
        text = label.strip()
        found = self._names.find(SPELLINGS.get(text) or EARLIER.get(text) or text.rstrip("."))
        if found is None or found.node is None:
            return Meaning(None)
        name = found.node.rpartition("/")[2]
        if text in EARLIER:
            return Meaning(found.node, "guessed", f"SI 5 holds these synapses as those of {name}")
        if text in SPELLINGS:
            return Meaning(found.node, "renamed", f"another name of {name}")
        if text.endswith("."):
            return Meaning(found.node, "renamed", f"a part of {name}: the list repeats it under that name")
        if found.how == "exact":
            return Meaning(found.node)
        return Meaning(found.node, "renamed", str(Resolved(found.how, name, self._names.node_set)))
