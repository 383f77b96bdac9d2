"""From what the rows of a source say of cells to the table `annotation`: nothing is chosen, each statement stays."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import polars as pl

from ingest.celegans.names import MALE_PARENT, PARENT, CellNames, resolve_all
from schemas import tables
from schemas.annotations import ATTRIBUTES
from schemas.dataset import Decisions, Tables
from schemas.errors import Place, SourceError

BOTH = (PARENT, MALE_PARENT)  # the cells of either sex


@dataclass(frozen=True)
class Statement:
    """One thing that a source says of a node (uid), and where; `number` in the unit of the attribute's name."""

    node: str
    attribute: str
    value: str
    place: Place
    number: float | None = None
    evidence: str | None = None


def local_file(files: Mapping[str, Path], key: str, name: str) -> Path:
    """A file that no registry entry can fetch, since its licence does not let us.

    Raises:
        SourceError: it was not given.
    """
    if key not in files:
        raise SourceError(
            f"{name} is missing", "it is not fetched for its licence: name a folder that holds it (--from)"
        )
    return files[key]


def cells_of(
    names: CellNames,
    labels: Iterable[tuple[str, Place]],
    decisions: Decisions,
    not_cells: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, str]:
    """Nodes of the labels, but for those that the source is known to use for something else.

    Args:
        names: the cells.
        labels: each label with the place where it stands.
        decisions: gets a 'dropped' row for each label that is no cell, a 'renamed' one for another spelling.
        not_cells: label to what it is instead, in words.

    Raises:
        SourceError: labels that no cell has and that `not_cells` does not explain.
    """
    meant: list[tuple[str, Place]] = []
    for label, place in labels:
        if label in not_cells:
            decisions.add("dropped", label, not_cells[label], place)
        else:
            meant.append((label, place))
    return resolve_all(names, meant, decisions)


def cells_of_sexes(
    parents: Mapping[str, Tables],
    labels: Iterable[tuple[str, Place, Collection[str]]],
    decisions: Decisions,
    not_cells: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, tuple[str, ...]]:
    """Nodes of labels that are said of both sexes or of one: for each label one node of each sex that it is said of.

    Args:
        parents: holds `celegans/cells` and `celegans/male-cells`.
        labels: each label with the place where it stands, and its sexes, BOTH or some of them.
        decisions: as `cells_of`.
        not_cells: as `cells_of`.

    Raises:
        SourceError: labels that no cell of that sex has and that `not_cells` does not explain.
    """
    listed = list(labels)
    for label, place, _ in listed:
        if label in not_cells:
            decisions.add("dropped", label, not_cells[label], place)
    nodes: dict[str, tuple[str, ...]] = {}
    for parent in BOTH:
        meant = [(label, place) for label, place, sexes in listed if parent in sexes and label not in not_cells]
        for label, node in cells_of(CellNames.of(parents, parent), meant, decisions).items():
            nodes[label] = (*nodes.get(label, ()), node)
    return nodes


def annotation_table(statements: Iterable[Statement], decisions: Decisions) -> pl.DataFrame:
    """One row for each node, attribute and value; what several rows say alike is one row with all their evidence.

    A row that repeats another of its file is a 'merged' decision; two values of an attribute that a cell has only one
    of are a 'differs' decision, and both stay.
    """
    kept: dict[tuple[str, str, str], list[Statement]] = defaultdict(list)
    for statement in statements:
        kept[statement.node, statement.attribute, statement.value].append(statement)
    for same in kept.values():
        _say_repeated(same, decisions)
    _say_contradictions([same[0] for same in kept.values()], decisions)
    return tables.frame("annotation", [_row(same) for same in kept.values()])


def _row(same: list[Statement]) -> dict[str, object]:
    evidence = dict.fromkeys(s.evidence for s in same if s.evidence)
    first = same[0]
    return {
        "node": first.node,
        "attribute": first.attribute,
        "value": first.value,
        "number": first.number,
        "evidence": "; ".join(evidence) or None,
    }


def _say_repeated(same: list[Statement], decisions: Decisions) -> None:
    first: dict[tuple[str, str | None], Statement] = {}
    for statement in same:
        before = first.setdefault((statement.place.file, statement.evidence), statement)
        if before is not statement:
            reason = f"repeats what stands at {before.place}; it is one statement"
            decisions.add("merged", _item(statement), reason, statement.place)


def _say_contradictions(statements: list[Statement], decisions: Decisions) -> None:
    first: dict[tuple[str, str], Statement] = {}
    for statement in statements:
        about = ATTRIBUTES.get(statement.attribute)
        before = first.setdefault((statement.node, statement.attribute), statement)
        if before is not statement and about is not None and about.single:
            reason = f"{before.value!r} at {before.place}, {statement.value!r} here; both stay"
            decisions.add("differs", f"{_name(statement)} {statement.attribute}", reason, statement.place)


def _item(statement: Statement) -> str:
    return f"{_name(statement)} {statement.attribute} {statement.value}"


def _name(statement: Statement) -> str:
    return statement.node.rpartition("/")[2]
