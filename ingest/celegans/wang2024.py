"""Wang et al. 2024: transmitters of every neuron of the hermaphrodite, by reporter alleles of 14 genes and staining.

One row for each neuron. A gene's cell is grey where it is expressed, and holds a text where there is something to note;
up to three cells name what the neuron releases or takes up: `*Glu - NEW`, `betaine (uptake)`, `unknown (orphan)`. A
star is dim and variable expression, NEW what no earlier study had found.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from ingest.celegans.names import CellNames, resolve_all
from ingest.celegans.statements import Statement, annotation_table
from ingest.celegans.transmitters import common_name
from ingest.files import column_letter, sheet
from ingest.xlsx_fills import fills_of
from schemas.dataset import Decisions, Tables
from schemas.errors import Place, SourceError

READER_VERSION = "1"
SHEET = "Supp File 2"
# Which genes' expression speaks for a transmitter: its synthesis, its vesicles, its uptake.
GENES = {
    "acetylcholine": ("unc-17",),
    "glutamate": ("eat-4",),
    "GABA": ("unc-25", "unc-47"),
    "dopamine": ("cat-2", "bas-1", "cat-1"),
    "serotonin": ("tph-1", "bas-1", "cat-1", "mod-5"),
    "tyramine": ("tdc-1", "cat-1", "oct-1"),
    "octopamine": ("tdc-1", "tbh-1", "cat-1"),
    "betaine": ("snf-3", "cat-1"),
    "5-hydroxytryptophan": ("tph-1",),
}
COMPOSITES = {"DB1/3": ("DB1", "DB3"), "DB3/1": ("DB1", "DB3")}

_HEADER = ("Class", "Neuron", "Lineage")
_TRANSMITTERS, _COMMENTS = "Neurotransmitter(s)", "Comments"
_SAID_IN = 3  # cells, from the column that has the header on
_GENE = re.compile(r"([a-z]+-\d+) \((\w+)\)")
_STAINING = re.compile(r"(\w+) staining\b.*", re.DOTALL)
_SAID = re.compile(r"(?P<star>\*)?(?P<male>male - )?(?P<what>[^()]+?)\s*(?:\((?P<how>[^()]+)\))?(?P<new>\.? ?- NEW)?")
_OTHERS: dict[str, tuple[str, str | None]] = {
    "5-htp": ("5-hydroxytryptophan", None),
    "unknown": ("unknown", None),
    "unknown monoamine?": ("unknown monoamine", "with a question mark"),
    "bas-1-depen unknown monoamine?": ("unknown monoamine", "depends on bas-1; with a question mark"),
}
Said = tuple[str, str, str | None, int]  # attribute, value, evidence, column
_UPTAKE = "uptake"
_HINT = "is this elife-95402-supp2 (hermaphrodite)?"


@dataclass(frozen=True)
class Layout:
    """Where things stand in the sheet: row of the header (index) and columns (indices from the file's `first` on)."""

    first: int
    header: int
    genes: Mapping[int, tuple[str, str]]
    stainings: Mapping[int, str]
    said: int
    comments: int


@dataclass(frozen=True)
class Neuron:
    """One row: class, label and cells as the sheet has them, and which gene columns are grey."""

    place: Place
    class_: str
    label: str
    cells: tuple[str | None, ...]
    expressed: frozenset[int]


def read(files: Mapping[str, Path], parents: Mapping[str, Tables]) -> dict[str, pl.DataFrame]:
    """Annotations `class`, `lineage`, `expression`, `staining`, `transmitter`, `uptake`, `comment`.

    Args:
        files: `hermaphrodite`, supplementary file 2.
        parents: holds `celegans/cells`.

    Raises:
        SourceError: the sheet has another layout, a cell is not understood, or labels that no cell has.
    """
    decisions = Decisions()
    layout, neurons = read_neurons(files["hermaphrodite"])
    nodes = _nodes(CellNames.of(parents), neurons, decisions)
    said = [(n, list(_said_of(n, layout, decisions))) for n in neurons]
    statements = [s for n, found in said for s in _of_neuron(n, layout, found, _said_of_both(n, said), nodes)]
    return {"annotation": annotation_table(statements, decisions), "decision": decisions.frame()}


def read_neurons(path: Path) -> tuple[Layout, list[Neuron]]:
    """The rows of the sheet down to the first without a neuron; below are the legends.

    Raises:
        SourceError: no header of this sheet, or no row.
    """
    grid, fills = sheet(path, SHEET), fills_of(path, SHEET)
    layout = _layout(grid, fills.first_column, Place(path.name, SHEET))
    neurons: list[Neuron] = []
    class_ = ""
    for index in range(layout.header + 1, grid.height):
        cells = grid.row(index)
        place = Place(path.name, SHEET, index + 1)
        if cells[1] is None:
            _check_legends(grid.slice(index), layout, place)
            break
        class_ = cells[0] or class_
        _check_row(cells, class_, layout, place)
        grey = frozenset(c for c in layout.genes if (index + 1, c) in fills.cells)
        neurons.append(Neuron(place, class_, cells[1], cells, grey))
    if not neurons:
        raise SourceError("has no row of a neuron below the header", _HINT, Place(path.name, SHEET, layout.header + 1))
    return layout, neurons


def _layout(grid: pl.DataFrame, first: int, place: Place) -> Layout:
    header = next((i for i, row in enumerate(grid.head(20).iter_rows()) if row[: len(_HEADER)] == _HEADER), None)
    if header is None:
        raise SourceError(f"has no row that begins with {', '.join(_HEADER)}", _HINT, place)
    names = [name or "" for name in grid.row(header)]
    at = Place(place.file, place.sheet, header + 1)
    for wanted in (_TRANSMITTERS, _COMMENTS):
        if wanted not in names:
            raise SourceError(f"has no column {wanted!r}", f"its columns: {', '.join(filter(None, names))}", at)
    genes = {i: (found[1], found[2]) for i, name in enumerate(names) if (found := _GENE.fullmatch(name))}
    stained = {i: found[1] for i, name in enumerate(names) if (found := _STAINING.fullmatch(name))}
    absent = {gene for pathway in GENES.values() for gene in pathway} - {gene for gene, _ in genes.values()}
    if absent:
        raise SourceError(f"has no column of {', '.join(sorted(absent))}", _HINT, at)
    if names.index(_COMMENTS) != names.index(_TRANSMITTERS) + _SAID_IN:
        raise SourceError(f"should have {_SAID_IN} columns from {_TRANSMITTERS!r} to {_COMMENTS!r}", _HINT, at)
    return Layout(first, header, genes, stained, names.index(_TRANSMITTERS), names.index(_COMMENTS))


def _check_legends(grid: pl.DataFrame, layout: Layout, place: Place) -> None:
    """Below the neurons there are only legends, each in the first column."""
    for row, (_, *others) in enumerate(grid.iter_rows(), start=place.row or 1):
        if any(cell is not None for cell in others):
            at = Place(place.file, place.sheet, row, column_letter(layout.first + 1))
            raise SourceError("has no name of a neuron, but other cells", "an empty row ends the table", at)


def _check_row(cells: tuple[str | None, ...], class_: str, layout: Layout, place: Place) -> None:
    if not class_:
        raise SourceError("has no class", _HINT, Place(place.file, place.sheet, place.row, column_letter(layout.first)))
    if cells[-2] != cells[1]:
        text = f"begins with {cells[1]!r} and ends with {cells[-2]!r}: the name should stand at both ends"
        raise SourceError(text, "the row may be shifted", place)


def _nodes(names: CellNames, neurons: list[Neuron], decisions: Decisions) -> dict[str, tuple[str, ...]]:
    """The node of each label, both nodes of a label for one of two cells."""
    whole = [n for n in neurons if n.label not in COMPOSITES]
    nodes: dict[str, tuple[str, ...]]
    nodes = {label: (uid,) for label, uid in resolve_all(names, [(n.label, n.place) for n in whole], decisions).items()}
    for neuron in neurons:
        if neuron.label in COMPOSITES:
            pair = COMPOSITES[neuron.label]
            found = resolve_all(names, [(name, neuron.place) for name in pair], decisions)
            nodes[neuron.label] = tuple(found.values())
            reason = f"means {' or '.join(pair)}, the file does not say which; it is said of both, with that evidence"
            decisions.add("kept", neuron.label, reason, neuron.place)
    return nodes


def _said_of_both(neuron: Neuron, said: list[tuple[Neuron, list[Said]]]) -> set[Said]:
    """What all rows with a label for one of two cells say alike, so that it holds for either cell."""
    pair = COMPOSITES.get(neuron.label)
    rows = [set(found) for other, found in said if pair is not None and COMPOSITES.get(other.label) == pair]
    return set.intersection(*rows) if len(rows) > 1 else set()


def _of_neuron(
    neuron: Neuron, layout: Layout, said: list[Said], of_both: set[Said], known: Mapping[str, tuple[str, ...]]
) -> Iterator[Statement]:
    nodes = known[neuron.label]
    for each in said:
        attribute, value, evidence, column = each
        unsure = f"of {neuron.label}, one of the two" if len(nodes) > 1 and each not in of_both else None
        for node in nodes:
            yield Statement(node, attribute, value, _at(neuron, layout, column), evidence=_joined(evidence, unsure))


def _said_of(neuron: Neuron, layout: Layout, decisions: Decisions) -> Iterator[Said]:
    """Attribute, value, evidence and column of each thing that the row says."""
    yield "class", neuron.class_, None, 0
    if lineage := neuron.cells[2]:
        yield "lineage", lineage, None, 2
    for column, (gene, allele) in layout.genes.items():
        note = neuron.cells[column]
        if column in neuron.expressed:
            yield "expression", gene, _joined(f"reporter allele {allele}", note), column
        elif note:
            where = _at(neuron, layout, column)
            decisions.add("dropped", f"{neuron.label} {gene}", f"{note!r} stands in a cell without colour", where)
    for column, stain in layout.stainings.items():
        if result := neuron.cells[column]:
            yield from _stained(neuron, layout, (stain, result, column), decisions)
    for column in range(layout.said, layout.said + _SAID_IN):
        if text := neuron.cells[column]:
            yield from _released(neuron, layout, text, column, decisions)
    if comment := neuron.cells[layout.comments]:
        yield "comment", comment, None, layout.comments


def _stained(neuron: Neuron, layout: Layout, found: tuple[str, str, int], decisions: Decisions) -> Iterator[Said]:
    stain, result, column = found
    transmitter = common_name(stain) or stain
    if result.startswith("male"):
        _say_of_males(neuron, f"{transmitter} staining: {result}", _at(neuron, layout, column), decisions)
        return
    yield "staining", transmitter, f"earlier reports: {result}", column


def _released(neuron: Neuron, layout: Layout, text: str, column: int, decisions: Decisions) -> Iterator[Said]:
    place = _at(neuron, layout, column)
    found = _SAID.fullmatch(text)
    known = None if found is None else _known(found["what"])
    if found is None or known is None:
        raise SourceError(f"holds {text!r}, which names no transmitter", "known: ACh, Glu, GABA, DA, 5-HT, …", place)
    if found["male"]:
        _say_of_males(neuron, text, place, decisions)
        return
    value, remark = known
    how = found["how"] or ""
    dim, new = "dim and variable" if found["star"] else None, "new in this study" if found["new"] else None
    evidence = _joined(remark, None if how == _UPTAKE else how, dim, new, _shown(neuron, layout, value))
    if how != _UPTAKE:
        yield "transmitter", value, evidence, column
    if how.split(" + ")[-1] == _UPTAKE:
        yield "uptake", value, evidence, column


def _known(what: str) -> tuple[str, str | None] | None:
    """The common name of what a cell names, and what the source remarks by the way it writes it."""
    name = common_name(what)
    return (name, None) if name is not None else _OTHERS.get(what.casefold())


def _shown(neuron: Neuron, layout: Layout, transmitter: str) -> str | None:
    """Expression and staining of the row that speak for a transmitter."""
    wanted = GENES.get(transmitter, ())
    genes = [gene for column, (gene, _) in layout.genes.items() if column in neuron.expressed and gene in wanted]
    stained = [
        f"staining ({neuron.cells[column]})"
        for column, stain in layout.stainings.items()
        if (common_name(stain) or stain) == transmitter and neuron.cells[column] in ("yes", "variable")
    ]
    return _joined(f"expression of {', '.join(genes)}" if genes else None, *stained)


def _say_of_males(neuron: Neuron, text: str, place: Place, decisions: Decisions) -> None:
    decisions.add(
        "dropped", f"{neuron.label} {text}", "it is said of the male, the node set is the hermaphrodite", place
    )


def _at(neuron: Neuron, layout: Layout, column: int) -> Place:
    return Place(neuron.place.file, neuron.place.sheet, neuron.place.row, column_letter(layout.first + column))


def _joined(*parts: str | None) -> str | None:
    return "; ".join(part for part in parts if part) or None
