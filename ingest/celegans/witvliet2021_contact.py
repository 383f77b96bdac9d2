"""Witvliet et al. 2021: membrane contacts of the adult brain (their dataset 8), one comma-separated matrix.

The first row and the first column name the cells in the same order, and the matrix is symmetric. A cell that touches
itself has a number on the diagonal. The file states no unit; all its numbers are multiples of 240.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from itertools import zip_longest
from pathlib import Path

import polars as pl

from ingest.celegans import cells
from ingest.celegans.coverage import IN_MARGIN, Covered
from ingest.celegans.edges import Entry
from ingest.celegans.names import CellNames, resolve_all
from ingest.celegans.networks import Networks, network_row
from ingest.files import number, require_file
from schemas import tables
from schemas.dataset import Decisions, Tables
from schemas.errors import Place, SourceError

READER_VERSION = "2"
DATASET = "celegans/witvliet2021-contact"
NETWORK = f"{DATASET}/stage8/contact"
UNIDENTIFIED = ("unknownFLPR",)

_SUBJECT = f"{DATASET}/stage8"
_METHOD = "serial-section electron microscopy of one animal, nerve ring and ventral ganglion; touching membranes"
_HINT = "the first row and the first column must name the same cells in the same order"


def read(files: Mapping[str, Path], parents: Mapping[str, Tables]) -> dict[str, pl.DataFrame]:
    """The network `celegans/witvliet2021-contact/stage8/contact`; the animal is that of witvliet2021's stage 8.

    Args:
        files: `dataset8`.
        parents: holds `celegans/cells`.

    Raises:
        SourceError: no square matrix, a cell that is no area, or labels that no cell has.
    """
    path, names, decisions = files["dataset8"], CellNames.of(parents), Decisions()
    labels, body = _matrix(path)
    places = [(x, Place(path.name, row=i)) for i, x in enumerate(labels, start=2) if x not in UNIDENTIFIED]
    nodes = resolve_all(names, places, decisions)
    contacts = list(_contacts(labels, body, path.name))
    for label in UNIDENTIFIED:
        _record_dropped(label, contacts, decisions)
    known = [Entry(nodes[a], nodes[b], w, place) for a, b, w, place in contacts if a in nodes and b in nodes]
    named = set(nodes.values())
    networks = Networks(decisions)
    networks.add(_network(), known, Covered(named, named, IN_MARGIN), mirrored=True)
    return {
        "subject": tables.frame("subject", [_subject()]),
        **networks.tables(),
        "decision": decisions.frame(),
    }


def _matrix(path: Path) -> tuple[list[str], list[list[str]]]:
    """Names and body."""
    try:
        with require_file(path).open(encoding="utf-8-sig", newline="") as stream:
            header, *rows = csv.reader(stream)
    except (UnicodeDecodeError, csv.Error) as error:
        raise SourceError("is not UTF-8 text", "is this the right file?", Place(path.name)) from error
    while rows and not any(cell.strip() for cell in rows[-1]):
        rows.pop()
    labels = [label.strip() for label in header[1:]]
    if header and header[0].strip():
        text = f"holds {header[0]!r}, the corner of the matrix was expected to be empty"
        raise SourceError(text, "is this the right file?", Place(path.name, row=1, column="A"))
    if not labels:
        raise SourceError("has no names in its first row", _HINT, Place(path.name, row=1))
    for i, row in enumerate(rows, start=2):
        if len(row) != len(header):
            raise SourceError(f"has {len(row)} cells, {len(header)} were expected", _HINT, Place(path.name, row=i))
    for i, (label, row) in enumerate(zip_longest(labels, rows), start=2):
        name = row[0].strip() if row else None
        if name != label:
            raise SourceError(f"row {i} is of {name!r}, column {i} of {label!r}", _HINT, Place(path.name, row=i))
    if len(set(labels)) < len(labels):
        twice = next(x for x in labels if labels.count(x) > 1)
        raise SourceError(f"names {twice!r} more than once", "keep one of them", Place(path.name, row=1))
    return labels, [row[1:] for row in rows]


def _contacts(labels: list[str], body: list[list[str]], file: str) -> Iterator[tuple[str, str, float, Place]]:
    """The cells of the matrix that are not 0: two labels and the area."""
    for i, (first, row) in enumerate(zip(labels, body, strict=True), start=2):
        for second, text in zip(labels, row, strict=True):
            if text == "0":
                continue
            place = Place(file, row=i, column=second)
            area = number(text, place)
            if area < 0:
                raise SourceError(f"holds {text!r}, an area is not negative", "correct the cell in the file", place)
            if area:
                yield first, second, area, place


def _record_dropped(label: str, contacts: list[tuple[str, str, float, Place]], decisions: Decisions) -> None:
    touched = [(place, {first, second}) for first, second, _, place in contacts if label in (first, second)]
    if touched:
        others = set().union(*(pair for _, pair in touched)) - {label}
        reason = f"no cell is identified; its contacts with {len(others)} cells ({len(touched)} entries) are left out"
        decisions.add("dropped", label, reason, touched[0][0])


def _subject() -> dict[str, object]:
    return {"uid": _SUBJECT, "species": cells.SPECIES, "sex": "hermaphrodite", "age_h": 50.0, "stage": "adult"}


def _network() -> dict[str, object]:
    return network_row(
        NETWORK,
        "contact",
        unit="membrane contact area, unit not stated",
        method=_METHOD,
        parameters={"keeps": "every contact between identified cells"},
        subject=_SUBJECT,
    )
