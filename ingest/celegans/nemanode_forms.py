"""Forms of NemaNode's lists of connections (JSON, text), and the connections on which two forms disagree."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from ingest.celegans.coverage import Covered, listed
from ingest.celegans.edges import Entry
from ingest.celegans.names import CellNames
from ingest.celegans.nemanode import TABLE, entries_by_kind, nodes_of, read_connections, table_entries, without
from ingest.files import read_table, require_file
from ingest.typed_columns import typed
from schemas.dataset import Decisions
from schemas.errors import Place, SourceError


@dataclass(frozen=True)
class ListForm:
    """One form of a list.

    Attributes:
        said: what decisions call it.
        place: file, and sheet where it has sheets.
        entries: as `read_connections` returns them.
        mirrored: it lists each gap junction in both directions.
    """

    said: str
    place: Place
    entries: pl.DataFrame
    mirrored: bool


@dataclass(frozen=True)
class Listed:
    """A list between nodes.

    Attributes:
        entries: by kind of edge.
        covered: every cell of the list, also one whose partners are no cells.
        mirrored: each gap junction stands in both directions.
        place: file and sheet.
    """

    entries: dict[str, list[Entry]]
    covered: Covered
    mirrored: bool
    place: Place


def read_list(
    item: str,
    forms: Sequence[ListForm],
    no_cells: Collection[str],
    what: str,
    names: CellNames,
    decisions: Decisions,
) -> Listed:
    """The first of several forms of a list; where another disagrees there is a 'differs' decision.

    Args:
        item: what the forms are of.
        forms: one or more.
        no_cells: labels of the source that are no cells; their rows become 'dropped' decisions.
        what: that they are, for the reason.
        names: the cells.
        decisions: gets what differs, is dropped and renamed.

    Raises:
        SourceError: labels that no cell has.
    """
    first, *others = forms
    for other in others:
        record_differences(item, first, other, decisions)
    known = without(first.entries, no_cells, what, first.place, decisions)
    nodes = nodes_of(first.entries, first.place, names, decisions, no_cells)
    return Listed(entries_by_kind(known, nodes, first.place), listed(set(nodes.values())), first.mirrored, first.place)


def read_json_form(path: Path, decisions: Decisions) -> ListForm:  # noqa: ARG001 - as the readers of other forms
    """The JSON, by `read_connections`."""
    return ListForm("the JSON", Place(path.name), read_connections(path), mirrored=True)


def read_table_form(path: Path, decisions: Decisions) -> ListForm:
    """The tab-separated text, by `read_tsv`."""
    return ListForm("the table", Place(path.name), read_tsv(path, decisions), mirrored=False)


def read_tsv(path: Path, decisions: Decisions) -> pl.DataFrame:
    """Entries of the tab-separated form: as `read_connections`, row as in the file.

    A header that is separated by blanks is read as it is meant, with a 'kept' decision.

    Raises:
        SourceError: no such table, or a cell that is empty or of another type.
    """
    place = Place(path.name)
    if not _header_has_blanks(path):
        return table_entries(read_table(path, "\t", TABLE), place)
    decisions.add("kept", "header", "separated by blanks, the rows by tabs; read as tabs", Place(path.name, row=1))
    return table_entries(typed(_rows_below_header(path), TABLE, (), place, first_row=2), place)


def record_differences(item: str, first: ListForm, second: ListForm, decisions: Decisions) -> None:
    """A 'differs' decision per connection that two forms disagree on.

    Args:
        item: what the forms are of; the connection is added to it.
        first: the form that counts.
        second: the other; the place is its row, or the first's where it lacks the connection.
        decisions: gets the rows.
    """
    rows = {form.said: _rows(form.entries) for form in (first, second)}
    for kind, pre, post, *weights in differences(first.entries, second.entries).iter_rows():
        form = first if weights[1] is None else second
        place = Place(form.place.file, form.place.sheet, rows[form.said][kind, pre, post])
        here, there = map(_shown, weights)
        reason = f"{first.said} holds {here}, {second.said} {there}; {first.said} counts"
        decisions.add("differs", f"{item} {kind} {pre} - {post}", reason, place)


def differences(first: pl.DataFrame, second: pl.DataFrame) -> pl.DataFrame:
    """Connections in which two forms of one connectome disagree.

    Args:
        first: entries, as `read_connections` returns them.
        second: entries of the other form.

    Returns:
        kind, pre, post, first and second: the two weights, null where a form does not have the connection.
    """
    key = ["kind", "pre", "post"]
    joined = _pairs(first).join(_pairs(second), on=key, how="full", coalesce=True, suffix="_second")
    return (
        joined.rename({"weight": "first", "weight_second": "second"})
        .filter(pl.col("first").ne_missing(pl.col("second")))
        .sort(key)
    )


def _pairs(entries: pl.DataFrame) -> pl.DataFrame:
    """Total weight of each connection; of a gap junction the greater direction, pre <= post."""
    undirected = pl.col("kind") == "gap_junction"
    lesser, greater = pl.min_horizontal("pre", "post"), pl.max_horizontal("pre", "post")
    return (
        entries.group_by("kind", "pre", "post")
        .agg(pl.col("weight").sum())
        .with_columns(
            pre=pl.when(undirected).then(lesser).otherwise("pre"),
            post=pl.when(undirected).then(greater).otherwise("post"),
        )
        .group_by("kind", "pre", "post")
        .agg(pl.col("weight").max())
    )


def _rows(entries: pl.DataFrame) -> dict[tuple[str, str, str], int]:
    """First row of each connection; of a gap junction, of the pair in order."""
    found: dict[tuple[str, str, str], int] = {}
    for kind, pre, post, row in entries.select("kind", "pre", "post", "row").iter_rows():
        pair = (pre, post) if kind == "chemical" else (min(pre, post), max(pre, post))
        found.setdefault((kind, *pair), row)
    return found


def _shown(weight: float | None) -> str:
    return "nothing" if weight is None else f"{weight:g}"


def _header_has_blanks(path: Path) -> bool:
    with require_file(path).open("rb") as stream:
        header = stream.readline()
    return b"\t" not in header and header.split() == [name.encode() for name in TABLE]


def _rows_below_header(path: Path) -> pl.DataFrame:
    schema = dict.fromkeys(TABLE, pl.String())
    try:
        return pl.read_csv(path, separator="\t", has_header=False, skip_rows=1, schema=schema)
    except pl.exceptions.PolarsError as error:
        text = f"the rows are not {len(TABLE)} cells separated by tabs"
        raise SourceError(text, "the file may be truncated or altered; fetch it again", Place(path.name)) from error
