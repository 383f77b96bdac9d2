"""The sheets of Wang et al. 2024: a header somewhere near the top, one row for each neuron, legends below.

The hermaphrodite's sheet says by colour which genes are expressed, the male's by words, and groups its rows under the
parts of the body that hold the cell bodies.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from ingest.celegans.names import PARENT
from ingest.celegans.wang2024_words import LEVELS, NO_EXPRESSION
from ingest.files import column_letter, sheet
from ingest.xlsx_fills import fills_of
from schemas.errors import Place, SourceError

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
SAID_IN = 3  # cells, from the column that has the header on

_HEADER = ("Class", "Neuron", "Lineage")
_TRANSMITTERS, _COMMENTS = "Neurotransmitter(s)", "Comments"
_GENE = re.compile(r"([a-z]+-\d+) \((\w+)\)")
_FOSMID = re.compile(r"([a-z]+-\d+) fosmid reporter\b.*", re.DOTALL)
_STAINING = re.compile(r"(?:anti-(\w+)|(\w+) staining)\b.*", re.DOTALL)


@dataclass(frozen=True)
class Edition:
    """One of the two sheets.

    Args:
        sheet: its name.
        parent: the dataset of its cells.
        by_colour: grey says that a gene is expressed and words are notes; otherwise words say how strongly.
        composites: labels for one of two cells, and these; `absent` are those that the node set does not have.
        sections: rows that name a part of the body for the rows below, and what they say: attribute to value.
        hint: which file it should be.
    """

    sheet: str
    parent: str
    by_colour: bool
    composites: Mapping[str, tuple[str, ...]]
    hint: str
    absent: frozenset[str] = frozenset()
    sections: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


HERMAPHRODITE = Edition(
    "Supp File 2",
    PARENT,
    by_colour=True,
    composites={"DB1/3": ("DB1", "DB3"), "DB3/1": ("DB1", "DB3")},
    hint="is this elife-95402-supp2 (hermaphrodite)?",
)


@dataclass(frozen=True)
class Layout:
    """Where things stand in the sheet: row of the header (index) and columns (indices from the file's `first` on).

    Args:
        genes: gene and allele of a column of reporter alleles.
        fosmids: gene of a column of earlier reporters.
        stainings: what a column of stainings is about.
    """

    first: int
    header: int
    genes: Mapping[int, tuple[str, str]]
    fosmids: Mapping[int, str]
    stainings: Mapping[int, str]
    said: int
    comments: int


@dataclass(frozen=True)
class Neuron:
    """One row: class, label and cells as the sheet has them, columns of genes that are expressed, the section."""

    place: Place
    class_: str
    label: str
    cells: tuple[str | None, ...]
    expressed: frozenset[int]
    section: Mapping[str, str] = field(default_factory=dict)


def read_neurons(path: Path, edition: Edition = HERMAPHRODITE) -> tuple[Layout, list[Neuron]]:
    """The rows of the sheet down to the first without a neuron that names no section; below are the legends.

    Raises:
        SourceError: no header of this sheet, or no row.
    """
    grid, fills = sheet(path, edition.sheet), fills_of(path, edition.sheet)
    layout = _layout(grid, fills.first_column, Place(path.name, edition.sheet), edition.hint)
    neurons: list[Neuron] = []
    class_, section = "", dict[str, str]()
    for index in range(layout.header + 1, grid.height):
        cells, place = grid.row(index), Place(path.name, edition.sheet, index + 1)
        if cells[0] in edition.sections and not any(cells[1:]):
            class_, section = "", dict(edition.sections[cells[0]])
            continue
        if cells[1] is None:
            _check_legends(grid.slice(index), layout, place)
            break
        class_ = cells[0] or class_
        _check_row(cells, class_, layout, place, edition.hint)
        grey = frozenset(c for c in layout.genes if (index + 1, c) in fills.cells)
        expressed = grey if edition.by_colour else _expressed(cells, layout, place)
        neurons.append(Neuron(place, class_, cells[1], cells, expressed, section))
    if not neurons:
        place = Place(path.name, edition.sheet, layout.header + 1)
        raise SourceError("has no row of a neuron below the header", edition.hint, place)
    return layout, neurons


def _layout(grid: pl.DataFrame, first: int, place: Place, hint: str) -> Layout:
    header = next((i for i, row in enumerate(grid.head(20).iter_rows()) if row[: len(_HEADER)] == _HEADER), None)
    if header is None:
        raise SourceError(f"has no row that begins with {', '.join(_HEADER)}", hint, place)
    names = [name or "" for name in grid.row(header)]
    at = Place(place.file, place.sheet, header + 1)
    for wanted in (_TRANSMITTERS, _COMMENTS):
        if wanted not in names:
            raise SourceError(f"has no column {wanted!r}", f"its columns: {', '.join(filter(None, names))}", at)
    genes = {i: (found[1], found[2]) for i, name in enumerate(names) if (found := _GENE.fullmatch(name))}
    fosmids = {i: found[1] for i, name in enumerate(names) if (found := _FOSMID.fullmatch(name))}
    stained = {i: found[1] or found[2] for i, name in enumerate(names) if (found := _STAINING.fullmatch(name))}
    absent = {gene for pathway in GENES.values() for gene in pathway} - {gene for gene, _ in genes.values()}
    if absent:
        raise SourceError(f"has no column of {', '.join(sorted(absent))}", hint, at)
    if names.index(_COMMENTS) != names.index(_TRANSMITTERS) + SAID_IN:
        raise SourceError(f"should have {SAID_IN} columns from {_TRANSMITTERS!r} to {_COMMENTS!r}", hint, at)
    return Layout(first, header, genes, fosmids, stained, names.index(_TRANSMITTERS), names.index(_COMMENTS))


def _check_legends(grid: pl.DataFrame, layout: Layout, place: Place) -> None:
    """Below the neurons there are only legends, in the first column or, `blue` and what it means, in two."""
    for row, (first, second, *others) in enumerate(grid.iter_rows(), start=place.row or 1):
        if any(cell is not None for cell in (*others, None if first else second)):
            at = Place(place.file, place.sheet, row, column_letter(layout.first + 1))
            raise SourceError("has no name of a neuron, but other cells", "an empty row ends the table", at)


def _check_row(cells: tuple[str | None, ...], class_: str, layout: Layout, place: Place, hint: str) -> None:
    if not class_:
        raise SourceError("has no class", hint, Place(place.file, place.sheet, place.row, column_letter(layout.first)))
    if cells[-2] != cells[1]:
        text = f"begins with {cells[1]!r} and ends with {cells[-2]!r}: the name should stand at both ends"
        raise SourceError(text, "the row may be shifted", place)


def _expressed(cells: tuple[str | None, ...], layout: Layout, place: Place) -> frozenset[int]:
    for column in layout.genes:
        if cells[column] is not None and cells[column] not in LEVELS:
            at = Place(place.file, place.sheet, place.row, column_letter(layout.first + column))
            raise SourceError(f"holds {cells[column]!r}, no level of expression", f"levels: {', '.join(LEVELS)}", at)
    return frozenset(c for c in layout.genes if cells[c] not in (None, NO_EXPRESSION))
