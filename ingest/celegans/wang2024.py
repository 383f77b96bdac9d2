"""Wang et al. 2024: transmitters of every neuron of the hermaphrodite, by reporter alleles of 14 genes and staining.

One row for each neuron. A gene's cell is grey where it is expressed, and holds a text where there is something to note;
up to three cells name what the neuron releases or takes up: `*Glu - NEW`, `betaine (uptake)`, `unknown (orphan)`. A
star is dim and variable expression, NEW what no earlier study had found. `wang2024_male` reads the male's sheet by the
same code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import polars as pl

from ingest.celegans.names import CellNames, resolve_all
from ingest.celegans.statements import Statement, annotation_table
from ingest.celegans.transmitters import common_name
from ingest.celegans.wang2024_sheet import GENES, HERMAPHRODITE, SAID_IN, Edition, Layout, Neuron, read_neurons
from ingest.celegans.wang2024_words import Words, words_of
from ingest.files import column_letter
from schemas.dataset import Decisions, Tables
from schemas.errors import Place, SourceError

READER_VERSION = "1"

_NUMBERED = re.compile(r"([A-Z]+)n([A-Z]+)")  # RnA: the rays R1A to R9A
Said = tuple[str, str, str | None, int]  # attribute, value, evidence, column


def read(files: Mapping[str, Path], parents: Mapping[str, Tables]) -> dict[str, pl.DataFrame]:
    """Annotations `class`, `lineage`, `expression`, `staining`, `transmitter`, `uptake`, `comment`.

    Args:
        files: `hermaphrodite`, supplementary file 2.
        parents: holds `celegans/cells`.

    Raises:
        SourceError: the sheet has another layout, a cell is not understood, or labels that no cell has.
    """
    return read_edition(files["hermaphrodite"], HERMAPHRODITE, parents)


def read_edition(path: Path, edition: Edition, parents: Mapping[str, Tables]) -> dict[str, pl.DataFrame]:
    """What one of the two sheets says.

    Args:
        path: the workbook.
        edition: which sheet it is.
        parents: holds the cells.

    Raises:
        SourceError: the sheet has another layout, a cell is not understood, or labels that no cell has.
    """
    decisions = Decisions()
    layout, neurons = read_neurons(path, edition)
    nodes = _nodes(CellNames.of(parents, edition.parent), neurons, edition, decisions)
    _say_classes(neurons, layout, decisions)
    said = [(n, list(_said_of(n, layout, edition, decisions))) for n in neurons]
    statements = [
        statement
        for neuron, found in said
        for statement in _of_neuron(neuron, layout, found, _said_of_both(neuron, said, edition), nodes, edition)
    ]
    return {"annotation": annotation_table(statements, decisions), "decision": decisions.frame()}


def _nodes(
    names: CellNames, neurons: list[Neuron], edition: Edition, decisions: Decisions
) -> dict[str, tuple[str, ...]]:
    """The node of each label; of a label for one of two cells both, as far as the node set has them."""
    whole = [(n.label, n.place) for n in neurons if n.label not in edition.composites]
    nodes: dict[str, tuple[str, ...]]
    nodes = {label: (uid,) for label, uid in resolve_all(names, whole, decisions).items()}
    for neuron in neurons:
        if neuron.label in edition.composites:
            pair = edition.composites[neuron.label]
            held = [name for name in pair if name not in edition.absent]
            found = resolve_all(names, [(name, neuron.place) for name in held], decisions)
            nodes[neuron.label] = tuple(found.values())
            reason = f"means {' or '.join(pair)}, the file does not say which; it is said of both, with that evidence"
            if len(held) < len(pair):
                lacking = ", ".join(sorted(set(pair) - set(held)))
                reason = f"means {' or '.join(pair)}; {names.node_set} has no {lacking}, it is said of {held[0]}"
            decisions.add("kept", neuron.label, reason, neuron.place)
    return nodes


def _class(neuron: Neuron) -> str:
    """The class of the row: n stands for the number in the name, and stars mark a footnote."""
    written = neuron.class_.strip("*")
    numbered, number = _NUMBERED.fullmatch(written), re.search(r"\d", neuron.label)
    return f"{numbered[1]}{number[0]}{numbered[2]}" if numbered and number else written


def _say_classes(neurons: list[Neuron], layout: Layout, decisions: Decisions) -> None:
    said: set[str] = set()
    for neuron in neurons:
        if _class(neuron) != neuron.class_ and neuron.class_ not in said:
            said.add(neuron.class_)
            reason = f"it is {_class(neuron)} for {neuron.label}, in every row accordingly"
            decisions.add("renamed", neuron.class_, reason, _at(neuron, layout, 0))


def _said_of_both(neuron: Neuron, said: list[tuple[Neuron, list[Said]]], edition: Edition) -> set[Said]:
    """What all rows with a label for one of two cells say alike, so that it holds for either cell."""
    pair = edition.composites.get(neuron.label)
    rows = [set(found) for other, found in said if pair is not None and edition.composites.get(other.label) == pair]
    return set.intersection(*rows) if len(rows) > 1 else set()


def _of_neuron(
    neuron: Neuron,
    layout: Layout,
    said: list[Said],
    of_both: set[Said],
    nodes: Mapping[str, tuple[str, ...]],
    edition: Edition,
) -> Iterator[Statement]:
    for each in said:
        attribute, value, evidence, column = each
        unsure = neuron.label in edition.composites and each not in of_both
        one_of_two = f"of {neuron.label}, one of the two" if unsure else None
        for node in nodes[neuron.label]:
            yield Statement(node, attribute, value, _at(neuron, layout, column), evidence=_joined(evidence, one_of_two))


def _said_of(neuron: Neuron, layout: Layout, edition: Edition, decisions: Decisions) -> Iterator[Said]:
    """Attribute, value, evidence and column of each thing that the row says."""
    yield "class", _class(neuron), None, 0
    for attribute, value in neuron.section.items():
        yield attribute, value, "heading above the rows", 0
    if lineage := neuron.cells[2]:
        yield "lineage", lineage, None, 2
    yield from _expressed(neuron, layout, edition, decisions)
    for column, stain in layout.stainings.items():
        if result := neuron.cells[column]:
            yield from _stained(neuron, layout, (stain, result, column), decisions)
    for column in range(layout.said, layout.said + SAID_IN):
        if text := neuron.cells[column]:
            yield from _released(neuron, layout, text, column, decisions)
    if comment := neuron.cells[layout.comments]:
        yield "comment", comment, None, layout.comments


def _expressed(neuron: Neuron, layout: Layout, edition: Edition, decisions: Decisions) -> Iterator[Said]:
    for column, (gene, allele) in layout.genes.items():
        note = neuron.cells[column]
        if column in neuron.expressed:
            yield "expression", gene, _joined(f"reporter allele {allele}", note), column
        elif note:
            why = "stands in a cell without colour" if edition.by_colour else "is no expression"
            decisions.add("dropped", f"{neuron.label} {gene}", f"{note!r} {why}", _at(neuron, layout, column))
    for column, gene in layout.fosmids.items():
        if found := neuron.cells[column]:
            yield "expression", gene, f"fosmid reporter, earlier reports: {found}", column


def _stained(neuron: Neuron, layout: Layout, found: tuple[str, str, int], decisions: Decisions) -> Iterator[Said]:
    stain, result, column = found
    transmitter = common_name(stain) or stain
    if result.startswith("male"):
        _say_of_males(neuron, f"{transmitter} staining: {result}", _at(neuron, layout, column), decisions)
        return
    yield "staining", transmitter, f"earlier reports: {result}", column


def _released(neuron: Neuron, layout: Layout, text: str, column: int, decisions: Decisions) -> Iterator[Said]:
    place = _at(neuron, layout, column)
    found = words_of(text)
    if found is None:
        raise SourceError(f"holds {text!r}, which names no transmitter", "known: ACh, Glu, GABA, DA, 5-HT, …", place)
    for words in found:
        if words.of_males:
            _say_of_males(neuron, text, place, decisions)
            continue
        evidence = _evidence(neuron, layout, words)
        if words.released:
            yield "transmitter", words.transmitter, evidence, column
        if words.taken_up:
            yield "uptake", words.transmitter, evidence, column


def _evidence(neuron: Neuron, layout: Layout, words: Words) -> str | None:
    how = words.how if words.released else None
    dim, new = "dim and variable" if words.dim else None, "new in this study" if words.new else None
    return _joined(words.remark, how, dim, new, _shown(neuron, layout, words.transmitter))


def _shown(neuron: Neuron, layout: Layout, transmitter: str) -> str | None:
    """Expression and staining of the row that speak for a transmitter."""
    wanted = GENES.get(transmitter, ())
    genes = [gene for column, (gene, _) in layout.genes.items() if column in neuron.expressed and gene in wanted]
    stained = [
        f"staining ({neuron.cells[column]})"
        for column, stain in layout.stainings.items()
        if (common_name(stain) or stain) == transmitter and (neuron.cells[column] or "").startswith(("yes", "variable"))
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
