"""Lists of connections as NemaNode gives them, as JSON or as a table: pre, post, type, synapses.

Both forms list a chemical connection once and count its synapses: a synapse onto several cells counts once for each
of them, one that touches a cell in several places as often (`witvliet2021_synapses` has the list behind it). Of a gap
junction the JSON lists both directions, the table one.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import polars as pl

from ingest.celegans.edges import Entry
from ingest.celegans.names import CellNames, resolve_all
from ingest.files import read_json
from schemas.dataset import Decisions
from schemas.errors import Place, SourceError

KINDS = ("chemical", "gap_junction")
TABLE: dict[str, pl.DataType] = {
    "pre": pl.String(),
    "post": pl.String(),
    "type": pl.String(),
    "synapses": pl.Int64(),
}

_JSON_TYPES: dict[object, str] = {0: "chemical", 2: "gap_junction"}
_TABLE_TYPES = {"chemical": "chemical", "electrical": "gap_junction"}
_COLUMNS: dict[str, pl.DataType] = {
    "pre": pl.String(),
    "post": pl.String(),
    "kind": pl.String(),
    "weight": pl.Float64(),
    "row": pl.Int64(),
}


def read_connections(path: Path) -> pl.DataFrame:
    """Entries of the JSON: pre, post, kind, weight (synapses) and row (the record, counted from 1).

    Raises:
        SourceError: no JSON, no list, or a record that is no connection.
    """
    content = read_json(path)
    if not isinstance(content, list) or not content:
        raise SourceError("holds no list of connections", "is this a file of NemaNode's connections?", Place(path.name))
    return pl.DataFrame(
        [_record(record, Place(path.name, row=i)) for i, record in enumerate(content, start=1)],
        schema=_COLUMNS,
        orient="row",
    )


def table_entries(table: pl.DataFrame, place: Place) -> pl.DataFrame:
    """Entries of a table with a header row: as `read_connections`, row as in the file.

    Args:
        table: the columns of TABLE.
        place: file and sheet.

    Raises:
        SourceError: a type that is none, or no synapses.
    """
    if table.is_empty():
        raise SourceError("lists no connection", "the file may be truncated; fetch it again", place)
    found = table.with_row_index("row", offset=2)
    for row, type_, synapses in found.select("row", "type", "synapses").iter_rows():
        if type_ not in _TABLE_TYPES:
            where = Place(place.file, place.sheet, row, "type")
            raise SourceError(f"holds {type_!r}", "types are chemical, electrical", where)
        if synapses < 1:
            where = Place(place.file, place.sheet, row, "synapses")
            raise SourceError(f"holds {synapses}", "a connection has synapses", where)
    return found.with_columns(
        kind=pl.col("type").replace_strict(_TABLE_TYPES, return_dtype=pl.String),
        weight=pl.col("synapses").cast(pl.Float64),
        row=pl.col("row").cast(pl.Int64),
    ).select(list(_COLUMNS))


def without(
    entries: pl.DataFrame,
    labels: Collection[str],
    what: str,
    place: Place,
    decisions: Decisions,
) -> pl.DataFrame:
    """The entries whose ends are cells; each of the others becomes a 'dropped' decision.

    Args:
        entries: as `read_connections` returns them.
        labels: what the source names, though it is no cell.
        what: that they are, for the reason.
        place: file and sheet.
        decisions: gets the rows.
    """
    named = pl.col("pre").is_in(labels) | pl.col("post").is_in(labels)
    for pre, post, kind, _, row in entries.filter(named).iter_rows():
        decisions.add("dropped", f"{pre} -> {post}", f"{kind}: one end is {what}", Place(place.file, place.sheet, row))
    return entries.filter(~named)


def nodes_of(
    entries: pl.DataFrame, place: Place, names: CellNames, decisions: Decisions, no_cells: Collection[str] = ()
) -> dict[str, str]:
    """Node of each label.

    Args:
        entries: as `read_connections` returns them.
        place: file and sheet.
        names: the cells.
        decisions: gets a 'renamed' row per label.
        no_cells: labels that are known to be none; they get no node.

    Raises:
        SourceError: labels that no cell has, all of them.
    """
    first: dict[str, tuple[int, str]] = {}
    for pre, post, row in entries.select("pre", "post", "row").iter_rows():
        first.setdefault(pre, (row, "pre"))
        first.setdefault(post, (row, "post"))
    labels = [
        (label, Place(place.file, place.sheet, row, column))
        for label, (row, column) in first.items()
        if label not in no_cells
    ]
    return resolve_all(names, labels, decisions)


def entries_by_kind(entries: pl.DataFrame, nodes: Mapping[str, str], place: Place) -> dict[str, list[Entry]]:
    """Entries between nodes, by kind of edge.

    Args:
        entries: as `read_connections` returns them.
        nodes: of all their labels.
        place: file and sheet.
    """
    found: dict[str, list[Entry]] = {kind: [] for kind in KINDS}
    for pre, post, kind, weight, row in entries.iter_rows():
        found[kind].append(Entry(nodes[pre], nodes[post], weight, Place(place.file, place.sheet, row)))
    return found


def _record(record: Any, place: Place) -> tuple[str, str, str, float, int | None]:
    if not isinstance(record, dict):
        raise SourceError(f"record is no object: {record!r:.60}", "is this a file of connections?", place)
    for field in ("pre", "post", "typ", "syn"):
        if field not in record:
            raise SourceError(f"record has no {field!r}", f"it has: {', '.join(record)}", place)
    if not all(_is_name(record[field]) for field in ("pre", "post")):
        raise SourceError("pre and post must be names", f"they are {record['pre']!r}, {record['post']!r}", place)
    if record["typ"] not in (0, 2):
        raise SourceError(f"typ is {record['typ']!r}", "0 is chemical, 2 is electrical", place)
    synapses = record["syn"]
    counted = isinstance(synapses, list) and bool(synapses) and all(_counts(n) for n in synapses)
    if not counted or sum(synapses) > sys.float_info.max:
        raise SourceError(f"syn is {synapses!r:.60}", "a list of positive numbers was expected", place)
    return record["pre"].strip(), record["post"].strip(), _JSON_TYPES[record["typ"]], float(sum(synapses)), place.row


def _is_name(value: object) -> bool:
    """Printable, so that neither a control character nor half a surrogate pair gets further."""
    return isinstance(value, str) and bool(value.strip()) and value.strip().isprintable()


def _counts(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0
