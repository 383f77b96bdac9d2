"""WormWideWeb's tables of cells: class, type and side; by which sides a class is shown apart; synonyms.

Three files. A cell's partner on the other side is not in them, but follows where a class has one cell on the left and
one on the right that are both dorsal, both ventral, or neither: what follows is said so in the evidence. The table of
names must be one of synonyms: a row whose two names mean two cells here is refused.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import polars as pl

from ingest.celegans.names import MALE_PARENT, PARENT, CellNames
from ingest.celegans.statements import BOTH, Statement, annotation_table, cells_of_sexes, local_file
from ingest.files import read_cells, read_table
from schemas.dataset import Decisions, Tables
from schemas.errors import Place, SourceError

READER_VERSION = "1"
SEXES = {"shared": BOTH, "pharynx": BOTH, "male": (MALE_PARENT,), "hermaphrodite": (PARENT,)}
SIDES = {"l": "left", "r": "right", "d": "dorsal", "v": "ventral"}
SPLITS = {
    "split_lr": "left and right",
    "split_dv": "dorsal and ventral",
    "split_d_lr": "dorsal left and dorsal right",
    "split_v_lr": "ventral left and ventral right",
}
NO_SPLIT = -1
SHOWN = {0: "together", 1: "apart"}
NOT_CELLS = {
    **{f"{c}_unspecified": f"one of the cells {c}, not said which" for c in ("g1", "g2", "mc2", "mc3")},
    **{f"pm{n}_unspecified": f"one of the muscles pm{n}, not said which" for n in range(2, 8)},
    "LegacyBodyWallMuscles": "the body wall muscles of older datasets together, not one of them",
    "DefecationMuscles": "the muscles of defecation together, not one of them",
}
NO_SUCH_MUSCLE = {"vBWML24": "there are 23 ventral left body wall muscles, no 24th"}

_FILES = {
    "neurons": "connectome_neurons.csv",
    "classes": "neuron_class_split.csv",
    "names": "connectome_neurons_replacement.csv",
}
_TEXT, _NUMBER = pl.String(), pl.Int64()


@dataclass(frozen=True)
class Cell:
    """A row of the table of cells."""

    place: Place
    label: str
    class_: str
    type_: str
    category: str
    dv: str
    lr: str


def read(files: Mapping[str, Path], parents: Mapping[str, Tables]) -> dict[str, pl.DataFrame]:
    """Annotations `class`, `type`, `category`, `side`, `left_right_partner`, `class_split` and `synonym`.

    Args:
        files: `neurons`, `classes` and `names`.
        parents: holds `celegans/cells` and `celegans/male-cells`.

    Raises:
        SourceError: a table of another form, an unknown word, a class in one table only, two names of different cells,
            or labels that no cell has.
    """
    paths, decisions = {key: local_file(files, key, name) for key, name in _FILES.items()}, Decisions()
    cells = list(_cells(paths["neurons"]))
    labels = [(c.label, c.place, SEXES[c.category]) for c in cells]
    nodes = cells_of_sexes(parents, labels, decisions, NOT_CELLS)
    known = [c for c in cells if c.label in nodes]
    splits = _splits(paths["classes"], {c.class_: c for c in cells})
    statements = [
        *(Statement(node, *said) for c in known for said in _said(c) for node in nodes[c.label]),
        *_partners(known, nodes),
        *(Statement(node, *said) for c in known for said in splits[c.class_] for node in nodes[c.label]),
        *_synonyms(paths["names"], parents, decisions),
    ]
    return {"annotation": annotation_table(statements, decisions), "decision": decisions.frame()}


def _cells(path: Path) -> Iterator[Cell]:
    read_cells(path, ",")  # every row has as many cells as the first: a side that is cut off is none that is absent
    names = ("name", "class", "type", "category", "dv", "lr")
    for row, found in enumerate(
        read_table(path, ",", dict.fromkeys(names, _TEXT), nullable=("dv", "lr")).iter_rows(), start=2
    ):
        cell = Cell(Place(path.name, row=row), *(text or "" for text in found))
        for column, value, words in (
            ("category", cell.category, SEXES),
            ("dv", cell.dv, ("d", "v")),
            ("lr", cell.lr, ("l", "r")),
        ):
            if value not in words and (value or column == "category"):
                at = Place(path.name, row=row, column=column)
                raise SourceError(f"holds {value!r}", f"known are {', '.join(words)}", at)
        yield cell


def _said(cell: Cell) -> Iterator[tuple[str, str, Place]]:
    yield "class", cell.class_, cell.place
    yield "type", cell.type_, cell.place
    yield "category", cell.category, cell.place
    for letter in (cell.lr, cell.dv):
        if letter:
            yield "side", SIDES[letter], cell.place


def _partners(cells: list[Cell], nodes: Mapping[str, tuple[str, ...]]) -> Iterator[Statement]:
    """Of each class those on the two sides, where they are alone there; nodes of the same sex belong together."""
    sides: dict[tuple[str, str, str], list[Cell]] = defaultdict(list)
    for cell in cells:
        sides[cell.class_, cell.dv, cell.lr].append(cell)
    for (class_, dv, lr), lefts in sides.items():
        rights = sides.get((class_, dv, "r"), [])
        if lr != "l" or (len(lefts), len(rights)) != (1, 1):
            continue
        evidence = f"follows from class {class_} and sides {', '.join(filter(None, ('l / r', dv)))}"
        for one, other in ((lefts[0], rights[0]), (rights[0], lefts[0])):
            partners = {partner.rpartition("/")[0]: partner for partner in nodes[other.label]}
            for node in nodes[one.label]:
                if partner := partners.get(node.rpartition("/")[0]):
                    yield Statement(node, "left_right_partner", partner, one.place, evidence=evidence)


def _splits(path: Path, classes: Mapping[str, Cell]) -> dict[str, list[tuple[str, str, Place]]]:
    """What is said of each class: by which sides it is shown apart, by which together; -1 says nothing."""
    table = read_table(path, ",", {"class": _TEXT, **dict.fromkeys(SPLITS, _NUMBER)})
    found: dict[str, list[tuple[str, str, Place]]] = {}
    for row, values in enumerate(table.iter_rows(named=True), start=2):
        place = Place(path.name, row=row)
        if values["class"] in found or values["class"] not in classes:
            what = "twice" if values["class"] in found else "but no cell of it"
            raise SourceError(f"has the class {values['class']!r} {what}", "are the tables of one version?", place)
        found[values["class"]] = said = []
        for column, sides in SPLITS.items():
            value = values[column]
            if value not in (NO_SPLIT, *SHOWN):
                at = Place(path.name, row=row, column=column)
                raise SourceError(f"holds {value}, a split is -1, 0 or 1", "correct the cell in the file", at)
            if value != NO_SPLIT:
                said.append(("class_split", f"{sides}: {SHOWN[value]}", place))
    for class_, cell in classes.items():
        if class_ not in found:
            hint = f"{path.name} must have a row for it"
            raise SourceError(f"is of class {class_!r}, which has no row", hint, cell.place)
    return found


def _synonyms(path: Path, parents: Mapping[str, Tables], decisions: Decisions) -> Iterator[Statement]:
    table = read_table(path, ",", {"original": _TEXT, "replacement": _TEXT})
    if table.is_empty():
        raise SourceError("lists no name", f"is this {_FILES['names']}?", Place(path.name))
    sexes = [CellNames.of(parents, parent) for parent in BOTH]
    for row, pair in enumerate(table.iter_rows(), start=2):
        place, names = Place(path.name, row=row), [str(name).strip() for name in pair]
        if why := {**NOT_CELLS, **NO_SUCH_MUSCLE}.get(names[1]):
            decisions.add("dropped", " -> ".join(names), why, place)
        elif names[0] == names[1]:
            decisions.add("dropped", " -> ".join(names), "a name replaced by itself says nothing", place)
        else:
            nodes = [node for cells in sexes if (node := _node(names, cells, place))]
            if not nodes:
                _refuse(names, "name no cell", place)
            evidence = f"the table of names replaces {names[0]} by {names[1]}"
            for node in nodes:
                for name in names:
                    if name != node.rpartition("/")[2]:
                        yield Statement(node, "synonym", name, place, evidence=evidence)


def _node(names: list[str], cells: CellNames, place: Place) -> str | None:
    """The cell of a sex that both names mean; None where it has neither."""
    nodes = {found.node if (found := cells.find(name)) else None for name in names}
    if len(nodes) > 1:
        _refuse(names, f"are not one cell of {cells.node_set}", place)
    return nodes.pop()


def _refuse(names: list[str], what: str, place: Place) -> NoReturn:
    hint = "add a plain synonym to ingest/celegans/cells.yaml, or correct the row"
    raise SourceError(f"{' and '.join(map(repr, names))} {what}", hint, place)
