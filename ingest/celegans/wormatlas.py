"""WormAtlas: full name, lineage and a description of every neuron, and a list of all cells made from it with types.

Two files. `IndividualNeurons.csv` (`name; full name; lineage; description`, no header) has the neurons of both sexes;
`all_cell_info.csv` adds a type and the other cells. Rows of it without full name and lineage have a placeholder for
each, and a sixth cell in which the type stands again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from ingest.celegans.names import CellNames
from ingest.celegans.statements import Statement, annotation_table, cells_of
from ingest.files import read_cells
from schemas.dataset import Decisions, Tables
from schemas.errors import Place, SourceError

READER_VERSION = "2"
NEURONS, CELLS = "WormAtlas, neuron names", "cell list after WormAtlas"
NOT_CELLS = {
    "PVS": "the PVPR of the male under another name",
    "PVU": "the PVPL of the male under another name",
    "pm4_UNSPECIFIED": "one of the muscles pm4, not said which",
    "MVULVA": "the vulval muscles together, not one of them",
    "MANAL": "sphincter and anal depressor together, not one of them",
    "BWM": "the body wall muscles together, not one of them",
}

_HEADER = ["Cell name", "Type", "Name details", "Lineage", "Classification"]
_LONG = len(_HEADER) + 1
_TO_COME = "- To be added... -"
_MALE = re.compile(r"\bmale\b", re.IGNORECASE)
_OF_MALES = "a cell of the male, the node set is the hermaphrodite"


@dataclass(frozen=True)
class Entry:
    """A row of either file; what it does not say is None."""

    place: Place
    label: str
    full_name: str | None
    lineage: str | None
    description: str | None
    type: str | None
    evidence: str


def read(files: Mapping[str, Path], parents: Mapping[str, Tables]) -> dict[str, pl.DataFrame]:
    """Annotations `full_name`, `lineage`, `description`, `type`; the evidence says which of the two files.

    Args:
        files: `neurons` and `cells`.
        parents: holds `celegans/cells`.

    Raises:
        SourceError: a row of another form, or labels that no cell has and that are not of the male.
    """
    decisions, names = Decisions(), CellNames.of(parents)
    entries = [*read_neurons(files["neurons"]), *read_cell_list(files["cells"], decisions)]
    male = {e.label: _OF_MALES for e in entries if names.resolve(e.label).node is None and _is_male(e)}
    nodes = cells_of(names, [(e.label, e.place) for e in entries], decisions, {**male, **NOT_CELLS})
    statements = [s for e in entries if e.label in nodes for s in _statements(e, nodes[e.label])]
    return {"annotation": annotation_table(statements, decisions), "decision": decisions.frame()}


def read_neurons(path: Path) -> Iterator[Entry]:
    """Rows of `IndividualNeurons.csv`, but for comments.

    Raises:
        SourceError: a row does not have four cells, or no name.
    """
    for row, cells in enumerate(read_cells(path, ";", width=4), start=1):
        if not cells[0].startswith("#"):
            place = Place(path.name, row=row)
            label, full_name, lineage, description = (_text(cell) for cell in cells)
            yield Entry(place, _named(label, place), full_name, lineage, description, None, NEURONS)


def read_cell_list(path: Path, decisions: Decisions) -> Iterator[Entry]:
    """Rows of `all_cell_info.csv`.

    Raises:
        SourceError: another header, a row of another width, or a sixth cell that is not as described.
    """
    rows = read_cells(path, ",", width=(len(_HEADER), _LONG))
    if rows[0] != _HEADER:
        raise SourceError(f"begins with {', '.join(rows[0])}", f"the header is {', '.join(_HEADER)}", Place(path.name))
    long = [n for n, cells in enumerate(rows, start=1) if len(cells) == _LONG]
    if long:
        reason = (
            f"{len(long)} rows have the type twice, and a placeholder for full name and lineage: these are not said"
        )
        decisions.add("dropped", _TO_COME, reason, Place(path.name, row=long[0]))
    for row, cells in enumerate(rows[1:], start=2):
        place = Place(path.name, row=row)
        label, type_, full_name, lineage, description = _five(cells, place)
        yield Entry(place, _named(label, place), full_name, lineage, description, type_, CELLS)


def _five(cells: list[str], place: Place) -> list[str | None]:
    if len(cells) == _LONG:
        if cells[3] != cells[1]:
            text = f"has {_LONG} cells, and in the fourth not the type {cells[1]!r} again but {cells[3]!r}"
            raise SourceError(text, "is a text with a comma in it not quoted?", place)
        cells = [*cells[:3], *cells[4:]]
    return [_text(cell) for cell in cells]


def _text(cell: str) -> str | None:
    return None if cell in ("", _TO_COME) else cell


def _named(label: str | None, place: Place) -> str:
    if label is None:
        raise SourceError("has no name of a cell", "the first cell of a row is the name", place)
    return label


def _is_male(entry: Entry) -> bool:
    return any(_MALE.search(text) for text in (entry.type, entry.description) if text)


def _statements(entry: Entry, node: str) -> Iterator[Statement]:
    for attribute in ("full_name", "lineage", "description", "type"):
        value = getattr(entry, attribute)
        if value is not None:
            yield Statement(node, attribute, value, entry.place, evidence=entry.evidence)
