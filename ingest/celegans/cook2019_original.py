"""Cook et al. 2019 as first published, before the corrections of July 2020: matrices of the hermaphrodite.

The layout of the corrected workbook; the sheets of the hermaphrodite's gap junctions have other names, and what they
call symmetric is not so for every pair. `cook2019_male_original` reads the male's sheets by the same code. Compared:

- with the corrected matrices, pair by pair;
- with its own 'gap jn asymmetric' sheet, which lists each pair once, pair by pair;
- with WormWiring's workbook of July 2019 (SI 5 Connectome adjacency matrices.xlsx), cell by cell: it may name a cell
  twice, so that its pairs are not to be told apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from ingest.celegans import cells, cook2019
from ingest.celegans.cook2019 import ORIGINAL, Matrices, matrix_entries, matrix_tables, read_entries, require_edition
from ingest.celegans.names import PARENT, CellNames
from ingest.celegans.reconcile import Form, Reference, pairs, reconcile, reconcile_form
from ingest.files import sheet
from schemas.dataset import Decisions, Tables
from schemas.errors import Place

READER_VERSION = "1"
DATASET = "celegans/cook2019-original"
SHEETS = {"chemical": "hermaphrodite chemical", "gap_junction": "herm gap jn symmetric"}

_CELL = ["row", "column"]


@dataclass(frozen=True)
class FirstPublished:
    """The matrices of one sex as first published, their sheet of gap junctions listed once, the corrected dataset."""

    matrices: Matrices
    asymmetric: str
    corrected: str


HERMAPHRODITE = FirstPublished(
    Matrices(DATASET, PARENT, cells.NODE_SET, SHEETS, ORIGINAL), "herm gap jn asymmetric", cook2019.DATASET
)


def read(files: Mapping[str, Path], parents: Mapping[str, Tables]) -> dict[str, pl.DataFrame]:
    """Networks `celegans/cook2019-original/chemical` (directed) and `…/gap_junction` (each pair once).

    Raises:
        SourceError: the corrected workbook, a cell that is no weight, or a name that no cell has.
    """
    return read_first_published(files, HERMAPHRODITE, parents)


def read_first_published(
    files: Mapping[str, Path], first: FirstPublished, parents: Mapping[str, Tables]
) -> dict[str, pl.DataFrame]:
    """The two networks of one sex, compared with what else there is of them.

    Args:
        files: `moesm9`; `wormwiring`, the other copy, where given.
        first: what to read.
        parents: the cells and the corrected connectome.

    Raises:
        SourceError: the corrected workbook, a cell that is no weight, or a name that no cell has.
    """
    path, matrices = files["moesm9"], first.matrices
    names, decisions = CellNames.of(parents, matrices.parent), Decisions()
    held = matrix_entries(path, matrices, names, decisions)
    tables = matrix_tables(matrices, held, decisions)
    for kind, sheet_name in matrices.sheets.items():
        reference = Reference.of(f"{first.corrected}/{kind}", parents[first.corrected][kind])
        found, place = pairs(kind, tables[kind], held[kind].entries), Place(path.name, sheet_name)
        reconcile(f"as first published, {kind}", found, reference, decisions, place, name_absent=True)
    once = {"gap_junction": read_entries(path, first.asymmetric, names, decisions).entries}
    form = Form(first.asymmetric, matrices.dataset, once, Place(path.name, first.asymmetric), mirrored=False)
    reconcile_form(form, tables, decisions)
    _compare_copy(path, files.get("wormwiring"), (*matrices.sheets.values(), first.asymmetric), decisions)
    return {**tables, "decision": decisions.frame()}


def _compare_copy(path: Path, copy: Path | None, sheets: tuple[str, ...], decisions: Decisions) -> None:
    if copy is None:
        decisions.add("dropped", "wormwiring", "no file of this form was given", Place("wormwiring"))
        return
    require_edition(copy, ORIGINAL)
    for name in sheets:
        compare_cells(path, copy, name, decisions)


def compare_cells(path: Path, copy: Path, sheet_name: str, decisions: Decisions) -> None:
    """Compares one sheet of two workbooks cell by cell.

    Args:
        path: the workbook that counts.
        copy: the other.
        sheet_name: of both.
        decisions: gets a summary ('kept' where all cells are equal, otherwise 'differs'), then a row per cell that
            differs.

    Raises:
        SourceError: no workbook, or no such sheet.
    """
    here, there = (_held(sheet(file, sheet_name)) for file in (copy, path))
    joined = here.join(there, on=_CELL, how="full", coalesce=True, suffix="_there")
    other = joined.filter(pl.col("text").ne_missing(pl.col("text_there")))
    equal = f"compared with {path.name}: {joined.height - other.height} cells are equal, {other.height} differ"
    decisions.add("differs" if other.height else "kept", "cell by cell", equal, Place(copy.name, sheet_name))
    for row, column, *texts in other.sort("row", pl.col("column").str.len_chars(), "column").iter_rows():
        said, meant = ("nothing" if text is None else repr(text) for text in texts)
        reason = f"{said} here, {meant} in {path.name}"
        decisions.add("differs", f"cell {column}{row}", reason, Place(copy.name, sheet_name, row, column))


def _held(grid: pl.DataFrame) -> pl.DataFrame:
    """The cells of a sheet that hold something: row, column and text."""
    rows = grid.with_row_index("row", offset=1)
    return rows.unpivot(grid.columns, index="row", variable_name="column", value_name="text").drop_nulls("text")
