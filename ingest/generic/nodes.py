"""Nodes of an edge list: what its node files say, and ids that only edges name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import polars as pl

from ingest.frames import complete
from ingest.generic.mapping import EdgeListMapping, NodeFile, Position, Values
from ingest.generic.table_file import ROW, OpenTable
from schemas.dataset import Decisions
from schemas.errors import Place

_NUMBER = r"[-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?"
_SIDES = ("L", "R", "M")
_AXES = ("x_um", "y_um", "z_um")
_NO_ID = r"[\s/]"
_FLOAT = r"^[-+]?\d+\.\d*([eE][-+]?\d+)?$|^[-+]?\d+[eE][-+]?\d+$"


def read_nodes(files: Sequence[tuple[NodeFile, OpenTable]], decisions: Decisions) -> pl.DataFrame:
    """The nodes of all files, each id once; a file that does not name an id says nothing about it.

    Returns:
        Column id, and those that the files give, under our names.

    Raises:
        SourceError: an id is absent, repeated, or was a float; a hemisphere or position cannot be read.
    """
    found = pl.DataFrame(schema={"id": pl.String})
    for file, opened in files:
        frame = _one_file(file, opened, decisions)
        found = found.join(frame, on="id", how="full", coalesce=True, maintain_order="left_right")
    return found


def node_table(mapping: EdgeListMapping, nodes: pl.DataFrame) -> pl.DataFrame:
    """Table `node`; a node with a name of its own is also found by its id."""
    if "name" not in nodes.columns:
        nodes = nodes.with_columns(name=pl.lit(None, pl.String))
    named = pl.col("name").is_not_null() & (pl.col("name") != pl.col("id"))
    none = pl.lit([], dtype=pl.List(pl.String))
    frame = nodes.with_columns(
        (pl.lit(f"{mapping.id}/") + pl.col("id")).alias("uid"),
        pl.lit(mapping.id).alias("node_set"),
        pl.col("name").fill_null(pl.col("id")),
        pl.lit(mapping.node_kind).alias("kind"),
        pl.when(named).then(pl.concat_list("id")).otherwise(none).alias("aliases"),
    )
    return complete("node", frame.drop("id"))


def check_ids(opened: OpenTable, rows: pl.DataFrame, column: str) -> None:
    """Refuse ids that are absent, were floats, or cannot be part of an id here.

    Args:
        opened: the file.
        rows: ROW and `column`, each id once or more.
        column: our name of it.

    Raises:
        SourceError: naming the rows.
    """
    text = pl.col(column)
    opened.refuse(rows.filter(text.is_null()), column, "is empty, an id was expected")
    lost = "write ids as whole numbers: a float keeps only 53 bits of them"
    opened.refuse(rows.filter(text.str.contains(_FLOAT)), column, "was a float, which is no id", lost)
    opened.refuse(rows.filter(text.str.contains(_NO_ID)), column, "holds a blank or '/', which no id may")


def replaced(frame: pl.DataFrame, values: Values, opened: OpenTable, decisions: Decisions) -> pl.DataFrame:
    """Texts as the mapping wants them, one decision for each that occurs."""
    for column, becomes in values.items():
        counts = frame.group_by(column).agg(pl.len(), pl.col(ROW).min()).cast({column: pl.String})
        for text, count, row in counts.filter(pl.col(column).is_in(list(becomes))).sort(column).rows():
            new = becomes[text]
            if new != text:
                place = Place(opened.path.name, row=row, column=opened.wanted[column])
                said = f"the mapping file says so, for {count} rows (first row given)"
                decisions.add("dropped" if new is None else "renamed", f"{text} to {new or 'null'}", said, place)
        new_texts = pl.col(column).cast(pl.String).replace(dict(becomes))
        frame = frame.with_columns(new_texts.cast(frame.schema[column]))
    return frame


def note_unused(opened: OpenTable, decisions: Decisions) -> None:
    if opened.unused:
        item = f"columns {', '.join(opened.unused)}"
        decisions.add("dropped", item, "the mapping file does not ask for them", Place(opened.path.name))


def _one_file(file: NodeFile, opened: OpenTable, decisions: Decisions) -> pl.DataFrame:
    frame = opened.collect(opened.rows())
    note_unused(opened, decisions)
    check_ids(opened, frame, "id")
    frame = _once_each(file, opened, frame, decisions)
    frame = replaced(frame, file.values, opened, decisions)
    if "hemisphere" in frame.columns:
        side = pl.col("hemisphere")
        hint = f"say in `values` of the mapping file which text is which of {', '.join(_SIDES)}, or null"
        opened.refuse(frame.filter(side.is_not_null() & ~side.is_in(_SIDES)), "hemisphere", "is no hemisphere", hint)
    if file.position is not None:
        frame = _placed(frame, file.position, opened)
    return frame.drop(ROW)


def _once_each(file: NodeFile, opened: OpenTable, frame: pl.DataFrame, decisions: Decisions) -> pl.DataFrame:
    again = ~pl.col("id").is_first_distinct()
    rows = frame.filter(again)
    if rows.height and file.repeated == "error":
        hint = "`repeated: first` in the mapping file takes the first row of each"
        opened.refuse(rows, "id", "stands in an earlier row too", hint)
    if rows.height:
        place = Place(opened.path.name, row=rows[ROW][0], column=opened.wanted["id"])
        item = f"{rows.height} rows of ids seen before"
        decisions.add("dropped", item, "the mapping file takes the first row of each (first such row given)", place)
    return frame.filter(~again)


def _placed(frame: pl.DataFrame, position: Position, opened: OpenTable) -> pl.DataFrame:
    if len(position.columns) == 1:
        (column,) = position.columns
        numbers = pl.col(column).str.extract_all(_NUMBER).cast(pl.List(pl.Float64))
        wrong = pl.col(column).is_not_null() & (numbers.list.len() != len(_AXES))
        opened.refuse(frame.filter(wrong), column, "is no position", "three numbers were expected, e.g. [1, 2, 3]")
        axes = [numbers.list.get(i, null_on_oob=True) for i in range(len(_AXES))]
    else:
        axes = [pl.col(column) for column in position.columns]
        for column in position.columns:
            opened.refuse(frame.filter(~pl.col(column).is_finite()), column, "is no finite number")
    scaled = {name: axis * um for name, axis, um in zip(_AXES, axes, position.um, strict=True)}
    return frame.with_columns(**scaled).drop(set(position.columns) - set(scaled))


def with_ids_of_edges(
    nodes: pl.DataFrame, unknown: Iterable[tuple[OpenTable, str, pl.DataFrame]], decisions: Decisions
) -> pl.DataFrame:
    """The nodes, and after them those that only edges name, in the order of their ids.

    Args:
        nodes: as `read_nodes` gives them.
        unknown: file, our name of its column, and rows (that column, ROW) of ids that no node file names.
        decisions: told how many, and where the first of each column stands.
    """
    for opened, column, rows in unknown:
        check_ids(opened, rows, column)
        new = rows.rename({column: "id"}).join(nodes, on="id", how="anti")
        if new.height:
            first = new.sort(ROW).row(0, named=True)
            place = Place(opened.path.name, row=first[ROW], column=opened.wanted[column])
            reason = f"no node file names them, e.g. {first['id']}; they have no properties (first row given)"
            decisions.add("guessed", f"{new.height} nodes that only edges name", reason, place)
            nodes = pl.concat([nodes, new.select("id").sort("id")], how="diagonal")
    return nodes
