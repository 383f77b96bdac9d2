"""Text columns to typed ones: every cell that does not fit is named, with row and column."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import polars as pl

from schemas.errors import Place, SourceError

_SHOWN = 20


def typed(
    frame: pl.DataFrame,
    columns: Mapping[str, pl.DataType],
    nullable: Collection[str],
    place: Place,
    first_row: int,
) -> pl.DataFrame:
    """Columns of the types wanted; a frame that has them already is only checked for empty cells.

    Args:
        frame: text columns, or columns of the types wanted; empty rows at the end do not count, nor do blanks (also
            non-breaking ones) around a text.
        columns: names and types.
        nullable: columns where a cell may be empty; it becomes null.
        place: file and sheet.
        first_row: row of the file that the frame's first row is.

    Raises:
        SourceError: cells that are empty or hold something else, up to 20 of them.
    """
    frame = _without_empty_end(frame.select(list(columns)))
    problems: list[tuple[int, str, str]] = []
    typed: dict[str, pl.Series] = {}
    for name, dtype in columns.items():
        column = frame.get_column(name)
        held = column.str.strip_chars().replace("", None) if column.dtype == pl.String else column
        converted = _converted(held, dtype)
        values = converted.fill_nan(None) if dtype.is_float() else converted
        wrong = values.is_null() & held.is_not_null()
        if name not in nullable:
            wrong |= held.is_null()
        bad = wrong.arg_true().head(_SHOWN).to_list()
        problems.extend((row + first_row, name, _complaint(column[row], dtype)) for row in bad)
        typed[name] = values
    if problems:
        _refuse_cells(sorted(problems), place)
    return pl.DataFrame(typed)


def _refuse_cells(problems: list[tuple[int, str, str]], place: Place) -> None:
    row, column, first = problems[0]
    others = "".join(f"\n  row {r}, column {c}: {text}" for r, c, text in problems[1:_SHOWN])
    raise SourceError(first + others, "correct the cells in the file", Place(place.file, place.sheet, row, column))


def _complaint(value: object, dtype: pl.DataType) -> str:
    wanted = "a whole number" if dtype.is_integer() else "a number" if dtype.is_numeric() else f"a {dtype} value"
    return f"holds {value!r}, {wanted} was expected" if value is not None else f"is empty, {wanted} was expected"


def _converted(column: pl.Series, dtype: pl.DataType) -> pl.Series:
    if column.dtype == dtype:
        return column
    values = column.cast(dtype, strict=False)
    if not dtype.is_integer():
        return values
    real = column.cast(pl.Float64, strict=False)  # 3.0 is a whole number
    return values.zip_with(values.is_not_null(), real.set(real != real.floor(), None).cast(dtype, strict=False))


def _without_empty_end(frame: pl.DataFrame) -> pl.DataFrame:
    filled = frame.select(pl.any_horizontal(pl.all().is_not_null())).to_series().arg_true()
    return frame.head(int(filled[-1]) + 1) if len(filled) else frame.clear()
