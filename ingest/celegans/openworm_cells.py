"""What OpenWorm's neuron tables say of cells: transmitters, at each connection and sensory ending, and functions.

The workbook is one of connections; a transmitter stands at each of them, so that a cell's are those of its rows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from ingest.celegans.names import CellNames
from ingest.celegans.statements import Statement, annotation_table, cells_of
from ingest.celegans.transmitters import common_name
from ingest.files import sheet_table
from schemas.dataset import Decisions, Tables
from schemas.errors import Place, SourceError

READER_VERSION = "1"
GAP_JUNCTION = "Generic_GJ"
TEXT = pl.String()


@dataclass(frozen=True)
class _Row:
    """A row that says something of a cell: which sheet it stands in, what it says."""

    label: str
    said: str | None
    place: Place


def read(files: Mapping[str, Path], parents: Mapping[str, Tables]) -> dict[str, pl.DataFrame]:
    """Annotations `transmitter` (the evidence counts the rows of each sheet) and `function`.

    Args:
        files: `tables`.
        parents: holds `celegans/cells`.

    Raises:
        SourceError: a sheet or column is absent, a transmitter is not known, or labels that no cell has.
    """
    path, decisions = files["tables"], Decisions()
    rows = {
        "Connectome": [r for r in _rows(path, "Connectome", "Origin", "Neurotransmitter") if r.said != GAP_JUNCTION],
        "NeuronsToMuscle": _rows(path, "NeuronsToMuscle", "Neuron", "Neurotransmitter"),
        "Sensory": _rows(path, "Sensory", "Neuron", "Neurotransmitter"),
    }
    functions = [r for r in _rows(path, "Sensory", "Neuron", "Function") if r.said is not None]
    labels = [(r.label, r.place) for found in (*rows.values(), functions) for r in found]
    nodes = cells_of(CellNames.of(parents), labels, decisions)
    _say_spellings(rows, decisions)
    statements = [*_transmitters(rows, nodes, decisions)]
    statements += [Statement(nodes[r.label], "function", str(r.said), r.place) for r in functions]
    return {"annotation": annotation_table(statements, decisions), "decision": decisions.frame()}


def _rows(path: Path, sheet: str, name: str, said: str) -> list[_Row]:
    frame = sheet_table(path, sheet, {name: TEXT, said: TEXT}, nullable=(said,))
    found = zip(frame[name], frame[said], strict=True)
    return [_Row(label, what, Place(path.name, sheet, row, said)) for row, (label, what) in enumerate(found, start=2)]


def _transmitters(
    rows: Mapping[str, list[_Row]], nodes: Mapping[str, str], decisions: Decisions
) -> Iterator[Statement]:
    for sheet, found in rows.items():
        counted: dict[tuple[str, str], list[Place]] = defaultdict(list)
        for row in found:
            if row.said is None:
                decisions.add("dropped", row.label, "the row names no transmitter", row.place)
                continue
            for transmitter in _spelled(row):
                counted[nodes[row.label], transmitter].append(row.place)
        for (node, transmitter), places in counted.items():
            yield Statement(node, "transmitter", transmitter, places[0], evidence=f"{sheet}: {len(places)} rows")


def _spelled(row: _Row) -> list[str]:
    """The transmitters of a cell such as `Serotonin_Acetylcholine`."""
    spellings = str(row.said).replace("_", ",").split(",")
    names = [(spelling.strip(), common_name(spelling)) for spelling in spellings]
    unknown = [spelling for spelling, name in names if name is None]
    if unknown:
        raise SourceError(f"holds {row.said!r}: {unknown[0]!r} is no transmitter that is known", "spelling?", row.place)
    return [name for _, name in names if name is not None]


def _say_spellings(rows: Mapping[str, list[_Row]], decisions: Decisions) -> None:
    """One decision for each spelling that is not only another case of the common name."""
    said: dict[str, _Row] = {}
    for found in rows.values():
        for row in found:
            if row.said is not None:
                said.setdefault(row.said, row)
    for text, row in said.items():
        names = _spelled(row)
        if text.casefold() != ", ".join(names).casefold():
            decisions.add("renamed", text, f"it is {', '.join(names)} here, in every row", row.place)
