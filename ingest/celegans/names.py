"""Which cell a label of a source means."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal, NoReturn

import polars as pl

from ingest.celegans import cells
from schemas.dataset import Decisions, Tables
from schemas.errors import Place, SourceError
from schemas.reasons import Resolved

How = Literal["exact", "padded", "alias", "class", "side-guessed", "ambiguous", "unknown"]

PARENT = "celegans/cells"
MALE_PARENT = "celegans/male-cells"
_PADDED = re.compile(r"(.*\D)0+(\d+)")
_CLASS_N = re.compile(r"(.+)n")  # DAn: the motor neurons DA1 to DA9
_ENDINGS = tuple(re.compile(f"({ending})$", re.IGNORECASE) for ending in (r"[LR]", r"\d+", r"[DV][LR]", r"[DV]"))
_EITHER = re.compile(r"\s*(?:/|\||\bor\b)\s*")
_SHOWN = 20
_AWC = "a convention: which of the two AWC cells is on differs from animal to animal"
_NOTES = {
    **dict.fromkeys(("awcon", "awcoff", "awcof"), _AWC),
    "merge": "recordings call traces so that two cells may share",
    "nmj": "lists of synapses call the muscles so, together",
}


@dataclass(frozen=True)
class Resolution:
    """What a label means and how that was found.

    Args:
        node: the cell, where it is exactly one: exact, padded or alias; no other kind of label gets one.
        how: `class` for the name of a class, `side-guessed` for a label that leaves the side open (AIY?, SMDD),
            `ambiguous` for one that names several cells (RMED/RID, DB1/3), `unknown` for any other.
        suggestions: where there is no node, names that are like it.
        candidates: the cells that a class, an open side or an ambiguous label may mean; a reader may not choose.
        note: what else is known of such a label.
    """

    node: str | None
    how: How
    suggestions: tuple[str, ...] = ()
    candidates: tuple[str, ...] = ()
    note: str = ""

    @property
    def explanation(self) -> str:
        """In words, what was done."""
        cells_, names = len(self.candidates), ", ".join(map(_name, self.candidates))
        several = f"names {cells_} cells: {names}" if cells_ > 1 else f"with a question mark; it may be {names}"
        like = f"; like {', '.join(self.suggestions)}" if self.suggestions else ""
        said = {
            "exact": "the name of a cell",
            "padded": f"with zeros before its number: {_name(self.node or '')}",
            "alias": f"another spelling or name of {_name(self.node or '')}",
            "class": f"a class of {cells_} cell{'s' if cells_ != 1 else ''}: {names}",
            "side-guessed": f"leaves open which of {cells_}: {names}; none is chosen",
            "ambiguous": f"{several}; none is chosen",
            "unknown": f"no cell is called so{like}",
        }[self.how]
        return f"{said} ({self.note})" if self.note else said


class CellNames:
    """Names of cells, from the `node` table of `celegans/cells` or `celegans/male-cells`."""

    def __init__(self, nodes: pl.DataFrame) -> None:
        self.node_set: str = nodes["node_set"][0]
        rows = list(nodes.select("uid", "name", "aliases").iter_rows())
        self._classes: dict[str, list[str]] = {}
        for class_, uid in nodes.select("class", "uid").drop_nulls().iter_rows():
            self._classes.setdefault(class_, []).append(uid)
        self._names = {name: uid for uid, name, _ in rows}
        self._aliases = {alias: uid for uid, _, aliases in rows for alias in aliases}
        self._folded = {n.casefold(): u for n, u in (*self._aliases.items(), *self._names.items())}
        self._folded_classes = {class_.casefold(): uids for class_, uids in self._classes.items()}

    @classmethod
    def of(cls, parents: Mapping[str, Tables], parent: str = PARENT) -> CellNames:
        """From the parents that a reader is given.

        Args:
            parents: of the dataset.
            parent: the one whose cells are meant.

        Raises:
            SourceError: it is not among them.
        """
        if parent not in parents:
            raise SourceError(f"the cells are not known yet: {parent!r} is absent", f"ingest {parent} first")
        return cls(parents[parent]["node"])

    def resolve(self, label: str) -> Resolution:
        """The cell of a label: its name, its name with zeros before the number, another spelling, or none.

        Blanks around it (also non-breaking ones) do not count; another case counts where nothing else fits. A label
        that leaves open which cell it means gets no node, but candidates.
        """
        text = label.strip()
        note = _NOTES.get(text.casefold(), "")
        if found := self.find(text):
            return replace(found, note=note)
        how, candidates = self._several(text)
        return Resolution(None, how, self._like(text), candidates, note)

    def find(self, label: str) -> Resolution | None:
        """The one cell of a label, as `resolve`, without the names that are like it, which take long to find."""
        node, how = self._one(label.strip())
        return None if node is None else Resolution(node, how)

    def _one(self, text: str) -> tuple[str | None, How]:
        if text in self._names:
            return self._names[text], "exact"
        padded = _PADDED.fullmatch(text)
        unpadded = padded[1] + padded[2] if padded else text
        if unpadded in self._names:
            return self._names[unpadded], "padded"
        uid = self._aliases.get(text, self._folded.get(text.casefold()))
        if uid is None and unpadded.casefold() in self._folded:
            return self._folded[unpadded.casefold()], "padded"
        return uid, "alias" if uid is not None else "unknown"

    def _several(self, text: str) -> tuple[How, tuple[str, ...]]:
        """What a label that is not one cell's may mean."""
        if class_ := self._class(text):
            return "class", class_
        open_ = text.rstrip("?").rstrip()
        if open_ != text and (named := self._one(open_)[0]):
            return "ambiguous", (named,)
        if sides := self._class(open_) or self._beginning_with(open_):
            return "side-guessed", sides
        found = self._each_meant(open_)
        known = dict.fromkeys(uid for each in found for uid in each)
        return ("ambiguous", tuple(known)) if len(found) > 1 and all(found) else ("unknown", ())

    def _each_meant(self, text: str) -> list[tuple[str, ...]]:
        """What each part of a label for several may mean; of two ways to read a part that which names a cell."""
        first, *others = [part for part in _EITHER.split(text) if part] or [""]
        read = [[self._meant(reading) for reading in _readings(first, part)] for part in others]
        return [self._meant(first), *(next(filter(None, meant), ()) for meant in read)]

    def _meant(self, text: str) -> tuple[str, ...]:
        node, _ = self._one(text)
        return self._class(text) if node is None else (node,)

    def _class(self, text: str) -> tuple[str, ...]:
        numbered = _CLASS_N.fullmatch(text)
        known = self._classes.get(text, ()) or self._classes.get(numbered[1] if numbered else "", ())
        return tuple(known or self._folded_classes.get(text.casefold(), ()))

    def _beginning_with(self, text: str) -> tuple[str, ...]:
        """Cells whose name is the text and a side: of SMDD they are SMDDL and SMDDR."""
        return tuple(
            uid
            for name, uid in self._names.items()
            if text and name.startswith(text) and name[len(text) :] in ("L", "R") and text[-1:] in ("D", "V")
        )

    def _like(self, text: str) -> tuple[str, ...]:
        known = {name.casefold(): name for name in (*self._aliases, *self._names)}
        return tuple(known[m] for m in difflib.get_close_matches(text.casefold(), known, n=3, cutoff=0.6))


def _readings(first: str, part: str) -> Iterator[str]:
    """What a later part may stand for: of DB1/3 DB3, of AVFL/R AVFR, of SMDDL/VL SMDVL, of RMED/RID itself."""
    if any(ending.fullmatch(part) for ending in _ENDINGS):
        yield from (first[: found.start()] + part for ending in _ENDINGS if (found := ending.search(first)))
    yield part


def _name(uid: str) -> str:
    return uid.rpartition("/")[2]


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
            reason = f"{Resolved(found.how, name, names.node_set)}{note}"
            decisions.add("renamed", label, reason, place)
    if unknown:
        refuse_labels(list(unknown.values()), names.node_set)
    return nodes


def refuse_labels(unknown: Sequence[tuple[str, Place]], node_set: str = cells.NODE_SET) -> NoReturn:
    """The error for labels that no cell has.

    Args:
        unknown: a line for each (place, label, what it is like) and its place; the error stands at the first.
        node_set: whose cells they are not.
    """
    lines = [line for line, _ in unknown]
    more = f"\n  … and {len(lines) - _SHOWN} more" if len(lines) > _SHOWN else ""
    raise SourceError(
        f"{len(lines)} label(s) name no cell of {node_set}\n  " + "\n  ".join(lines[:_SHOWN]) + more,
        "correct the label in the file, or add the cell or its spelling to ingest/celegans/"
        + ("cells.yaml" if node_set == cells.NODE_SET else "male_cells.yaml"),
        unknown[0][1],
    )
