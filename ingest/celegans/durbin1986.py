"""Durbin's reconstructions of two nerve rings (the L4 larva JSH, the adult N2U), neurodata.txt of WormAtlas.

Partner lists, tab separated, without a header: cell, partner, type, series, count. Types: Send, Send_joint (onto
several cells at once), Receive and Receive_joint (the same from the receiving cell), Gap_junction (from both).
Motor neurons of the ventral cord, glia and muscle mostly have no list of their own.

neurodata_updated.txt is the list with corrections, which its comments (after '#') explain: a gap junction that stood in
one direction has its other one. It is compared, row by row; the edges are those of neurodata.txt.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from ingest.celegans import cells
from ingest.celegans.names import CellNames
from ingest.celegans.networks import Networks, network_row
from ingest.celegans.partner_lists import Partner, Role, compare_lists, list_entries, whole_count
from ingest.files import number, require_file
from schemas import tables
from schemas.dataset import Decisions, Tables
from schemas.errors import Place, SourceError

READER_VERSION = "3"
DATASET = "celegans/durbin1986"
STAGES = {"JSH": "L4", "N2U": "adult"}  # by series
KINDS = ("chemical", "gap_junction")

_COLUMNS = ("cell", "partner", "type", "series", "count")
_ROLES = {
    "Send": Role.SENDS,
    "Send_joint": Role.SENDS_JOINTLY,
    "Receive": Role.RECEIVES,
    "Receive_joint": Role.RECEIVES_JOINTLY,
    "Gap_junction": Role.GAP_JUNCTION,
}
_NO_CELLS = {"mu_bod": "body wall muscle; the file does not say which"}
_HINT = "is this neurodata.txt (tab separated: cell, partner, type, series, count)?"
_METHOD = "serial-section electron microscopy of one animal, nerve ring and ventral ganglion"
# The neurite is DVB here and PVT in White et al. 1986, in both series and with the same partners.
_RENAMED_LATER = ("DVB", "PVT")


@dataclass(frozen=True)
class SeriesRow:
    """A row with the series it is from; none where the file leaves it empty."""

    series: str | None
    partner: Partner


def read(files: Mapping[str, Path], parents: Mapping[str, Tables]) -> dict[str, pl.DataFrame]:
    """One subject and two networks (`jsh/chemical`, `jsh/gap_junction`) per series.

    Args:
        files: `neurodata`, the text; `updated`, its corrected form, where given.
        parents: holds `celegans/cells`.

    Raises:
        SourceError: another layout, an unknown type or series, a count that is none, or labels that no cell has.
    """
    names, decisions = CellNames.of(parents), Decisions()
    rows = read_rows(files["neurodata"])
    _record_odd(rows, decisions)
    given = [series for series in STAGES if any(row.series == series for row in rows)]
    networks = Networks(decisions)
    for series in given:
        of_series = [row.partner for row in rows if row.series == series]
        entries, covered = list_entries(_uid(series), of_series, _NO_CELLS, names, decisions)
        for kind in KINDS:
            networks.add(_network(series, kind), entries[kind], covered, mirrored=True)
    if "updated" in files:
        _compare_updated(files["updated"], rows, names, decisions)
    return {
        "subject": tables.frame("subject", [_subject(series) for series in given]),
        **networks.tables(),
        "decision": decisions.frame(),
    }


def read_rows(path: Path) -> list[SeriesRow]:
    """The rows of the file, as they stand in it.

    Raises:
        SourceError: not UTF-8 text, no row of a series, another number of cells, or a cell that cannot be.
    """
    rows = [_row(values, place) for values, place in _split(path)]
    if not any(row.series for row in rows):
        raise SourceError("holds no connections", _HINT, Place(path.name))
    return rows


def read_updated_rows(path: Path, decisions: Decisions) -> list[SeriesRow]:
    """The rows of the corrected form, whose cells are separated by tabs or blanks.

    Args:
        path: the text.
        decisions: gets a 'dropped' row for each comment.

    Raises:
        SourceError: as `read_rows`; every row must name its series.
    """
    rows = []
    for place, line in _lines(path):
        content, hash_, comment = line.partition("#")
        if hash_:
            decisions.add("dropped", "comment", f"no data: {comment.strip()}", place)
        if content.strip():
            rows.append(_row(_five(content.split(), place), place))
    if not rows:
        raise SourceError("holds no connections", _HINT, Place(path.name))
    return rows


def _compare_updated(path: Path, rows: list[SeriesRow], names: CellNames, decisions: Decisions) -> None:
    updated = read_updated_rows(path, decisions)
    for series in (*STAGES, None):
        form, published = ([row.partner for row in found if row.series == series] for found in (updated, rows))
        of = series or "no-series"
        called = f"{path.name}, {of}", f"{rows[0].partner.place.file}/{of}"
        compare_lists(form, published, called, Place(path.name), _NO_CELLS, names, decisions)


def _lines(path: Path) -> Iterator[tuple[Place, str]]:
    """Each line with its place; empty ones at the end do not count."""
    try:
        text = require_file(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourceError("is not UTF-8 text", _HINT, Place(path.name)) from error
    lines = text.split("\n")
    while lines and not lines[-1].strip():
        lines.pop()
    for row, line in enumerate(lines, start=1):
        yield Place(path.name, row=row), line


def _split(path: Path) -> Iterator[tuple[list[str], Place]]:
    for place, line in _lines(path):
        values = [value.strip() for value in line.split("\t")]
        if len(values) == len(_COLUMNS) + 1 and not values[-1]:  # the file ends each row with a tab
            values.pop()
        yield _five(values, place), place


def _five(values: list[str], place: Place) -> list[str]:
    if len(values) != len(_COLUMNS):
        raise SourceError(f"has {len(values)} cell(s), {len(_COLUMNS)} were expected", _HINT, place)
    return values


def _row(values: list[str], place: Place) -> SeriesRow:
    cell, partner, type_, series, count = values
    for name, label in (("cell", cell), ("partner", partner)):
        if not label:
            raise SourceError("is empty, a name was expected", _HINT, _at(place, name))
    if type_ not in _ROLES:
        raise SourceError(f"holds {type_!r}", f"types are {', '.join(_ROLES)}", _at(place, "type"))
    if series and series not in STAGES:
        raise SourceError(f"holds {series!r}", f"series are {', '.join(STAGES)}", _at(place, "series"))
    where = _at(place, "count")
    n = whole_count(number(count, where), where)
    return SeriesRow(series or None, Partner(cell, partner, _ROLES[type_], n, place, ("cell", "partner")))


def _at(place: Place, column: str) -> Place:
    return Place(place.file, row=place.row, column=column)


def _record_odd(rows: list[SeriesRow], decisions: Decisions) -> None:
    for row in rows:
        if row.series is None:
            reason = f"{row.partner.role.value}, {row.partner.count:g}: the row names no series, and none is guessed"
            decisions.add("dropped", row.partner.label, reason, row.partner.place)
    here, later = _RENAMED_LATER
    first = next((row.partner for row in rows if row.partner.cell == here), None)
    if first and not any(later in (row.partner.cell, row.partner.partner) for row in rows):
        reason = f"kept as the file names it; White et al. 1986 call the cell with these partners {later}"
        decisions.add("kept", here, reason, first.place)


def _uid(series: str) -> str:
    return f"{DATASET}/{series.lower()}"


def _subject(series: str) -> dict[str, object]:
    return {
        "uid": _uid(series),
        "species": cells.SPECIES,
        "sex": "hermaphrodite",
        "stage": STAGES[series],
    }


def _network(series: str, kind: str) -> dict[str, object]:
    parameters = {"series": series, "keeps": "every pair of cells, the greater count of the two cells' lists"}
    return network_row(
        f"{_uid(series)}/{kind}",
        kind,
        unit="synapses",
        method=_METHOD,
        parameters=parameters,
        subject=_uid(series),
    )
