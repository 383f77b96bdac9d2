"""Cells, regions, channels and units as people name them, and as the graph knows them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

# Vessel nodes have numbers for names; a query about vessels asks for their label by itself.
CELL_LABELS = ("Neuron", "Muscle", "Cell", "Region", "Channel", "Unit")


@dataclass(frozen=True)
class Cell:
    """A node that a name stands for."""

    uid: str
    name: str
    label: str
    node_set: str
    cell_class: str | None = None


@dataclass(frozen=True)
class Cells:
    """A list of names, classes, aliases or uids and, once resolved, the nodes that they stand for.

    Args:
        names: as the user gave them.
        found: the nodes, in the order of the names, each once; empty until `graphdb.named.resolve` has looked.
        labels: the labels that they may have.
    """

    names: tuple[str, ...]
    found: tuple[Cell, ...] = ()
    labels: tuple[str, ...] = CELL_LABELS

    @classmethod
    def of(cls, given: object, labels: tuple[str, ...] = CELL_LABELS) -> Cells:
        """Unresolved cells from pasted text or from a list of names."""
        texts = [given] if isinstance(given, str) else list(given) if isinstance(given, Iterable) else [str(given)]
        names = [name for text in texts for name in split_names(str(text))]
        return cls(tuple(dict.fromkeys(names)), (), labels)

    @property
    def uids(self) -> list[str]:
        """Their uids; the names themselves while nothing is resolved, so that a text can be made without a graph."""
        return [cell.uid for cell in self.found] if self.found else list(self.names)

    @property
    def only_name(self) -> str:
        """The name of the first, for texts that match by name."""
        return self.found[0].name if self.found else self.names[0]

    @property
    def pattern(self) -> str:
        """`:A|B` over the labels that the nodes have, to write after a variable: a look-up by key needs the label."""
        has = {cell.label for cell in self.found}
        return ":" + "|".join(f"`{label}`" for label in self.labels if not has or label in has)

    def __bool__(self) -> bool:
        return bool(self.names)

    def __str__(self) -> str:
        """As a user would write them."""
        return ",".join(self.names)


def split_names(text: str) -> list[str]:
    """Names from pasted text: commas, semicolons, tabs and line breaks part them; quotes and brackets go.

    A blank stays, for some names have one: `graphdb.named.resolve` parts there what no node is called.
    """
    pieces = re.split(r"[,;\t\r\n]", text)
    return [found for piece in pieces if (found := piece.strip().strip("[]()\"'`").strip())]
