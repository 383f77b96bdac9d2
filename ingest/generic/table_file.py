"""A CSV, Feather or Parquet file of which a mapping wants some columns: read lazily, told of by row and column.

Rows are counted from 1 as a person sees them: a CSV's header is row 1. Ids are texts from the first byte on; a column
of floats cannot hold them, as whole numbers beyond 2**53 lose their last digits there.
"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO

import polars as pl

from ingest.files import require_file
from ingest.generic.located_yaml import nearest
from ingest.generic.mapping import TableFile
from schemas.errors import Place, SourceError

ROW = "__row"
_SHOWN = 20
_TEXT = (".csv", ".tsv", ".txt")
_COLUMNAR: dict[str, Callable[[Path], pl.LazyFrame]] = {
    ".parquet": pl.scan_parquet,
    ".feather": pl.scan_ipc,
    ".arrow": pl.scan_ipc,
}
_NUMBERS: dict[str, pl.DataType] = {"weight": pl.Float64(), "n_contacts": pl.Int64()}
_IDS = ("id", "pre", "post")


@dataclass(frozen=True)
class OpenTable:
    """A file and the columns wanted of it, under our names, and others under their own."""

    path: Path
    table: TableFile
    numbers: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()

    @property
    def wanted(self) -> dict[str, str]:
        """Columns of the file by our names; `numbers` and `texts` have their own."""
        return {**self.table.columns, **{name: name for name in (*self.numbers, *self.texts)}}

    @property
    def is_text(self) -> bool:
        return _suffix(self.path) in _TEXT

    @cached_property
    def header(self) -> list[str]:
        """The columns that the file has.

        Raises:
            SourceError: the file is missing, empty or of another kind.
        """
        require_file(self.path)
        if self.is_text:
            with self._text() as stream:
                return next(csv.reader(stream, delimiter=self._separator), [])
        if _suffix(self.path) not in _COLUMNAR:
            known = ", ".join((*_TEXT, *(f"{s}.gz" for s in _TEXT), *_COLUMNAR))
            raise SourceError("is of no known kind", f"kinds, by the name's end: {known}", Place(self.path.name))
        with self._explained():
            return _COLUMNAR[_suffix(self.path)](self.path).collect_schema().names()

    @property
    def unused(self) -> list[str]:
        """Columns that no one asked for."""
        return [name for name in self.header if name not in self.wanted.values()]

    def rows(self) -> pl.LazyFrame:
        """The wanted columns under our names, and the row each stands in; lines without any cell are left out.

        Raises:
            SourceError: a column is missing, stands twice, or is of another type.
        """
        self._check_columns()
        lazy = self._scan_text(_NUMBERS) if self.is_text else self._scan_columnar()
        return lazy.filter(~pl.all_horizontal(pl.col(list(self.wanted)).is_null()))

    def collect(self, lazy: pl.LazyFrame) -> pl.DataFrame:
        """Run a query over `rows()`; every column is read, so that a row with too many cells is seen.

        Raises:
            SourceError: such a row, or a cell that is no number; the row is named.
        """
        with self._explained():
            return lazy.collect(engine="streaming", optimizations=pl.QueryOptFlags(projection_pushdown=False))

    def refuse(self, rows: pl.DataFrame, column: str, what: str, hint: str = "correct the file") -> None:
        """Raise where there are such rows.

        Args:
            rows: wrong rows; columns ROW and, where the file has it, `column`.
            column: our name of the column.
            what: what is wrong, after the value.
            hint: what to do.

        Raises:
            SourceError: naming the first 20, with row and value.
        """
        if rows.height:
            theirs = self.wanted.get(column, column)
            shown = [
                (row[ROW], what if row.get(column) is None else f"{row[column]!r} {what}")
                for row in rows.sort(ROW).head(_SHOWN).iter_rows(named=True)
            ]
            others = "".join(f"\n  row {row}, column {theirs}: {text}" for row, text in shown[1:])
            more = f"\n  … and {rows.height - _SHOWN} more" if rows.height > _SHOWN else ""
            raise SourceError(shown[0][1] + others + more, hint, Place(self.path.name, row=shown[0][0], column=theirs))

    def _check_columns(self) -> None:
        for ours, theirs in self.wanted.items():
            if theirs not in self.header:
                file = self.table.section.file
                raise SourceError(
                    f"has no column {theirs!r}, which {file} takes as {ours!r}",
                    nearest(theirs, self.header, "columns"),
                    Place(self.path.name, row=1 if self.is_text else None),
                )
            if self.header.count(theirs) > 1:
                raise SourceError(f"has column {theirs!r} more than once", "keep one", Place(self.path.name, row=1))

    def _scan_text(self, numbers: Mapping[str, pl.DataType]) -> pl.LazyFrame:
        wanted = self.wanted
        types = {theirs: numbers[ours] for ours, theirs in wanted.items() if ours in numbers}
        types |= {name: pl.Float64() for name in self.numbers if numbers}
        lazy = pl.scan_csv(
            self.path,
            separator=self._separator,
            infer_schema=False,
            schema_overrides=types,
            null_values=["", *self.table.empty],
            row_index_name=ROW,
            row_index_offset=2,
        )
        stripped = [
            pl.col(theirs).str.strip_chars().replace("", None).alias(ours)
            if theirs not in types
            else pl.col(theirs).alias(ours)
            for ours, theirs in wanted.items()
        ]
        return lazy.select(pl.col(ROW), *stripped)

    def _scan_columnar(self) -> pl.LazyFrame:
        with self._explained():
            lazy = _COLUMNAR[_suffix(self.path)](self.path)
            schema = lazy.collect_schema()
        columns = []
        for ours, theirs in self.wanted.items():
            dtype = schema[theirs]
            place = Place(self.path.name, column=theirs)
            if ours in _NUMBERS or theirs in self.numbers:
                number = _NUMBERS.get(ours, pl.Float64())
                if not dtype.is_numeric() or (number.is_integer() and not dtype.is_integer()):
                    raise SourceError(f"has type {dtype}, numbers of type {number} were expected", "", place)
                columns.append(pl.col(theirs).cast(number).alias(ours))
                continue
            if ours in _IDS and not (dtype.is_integer() or dtype in (pl.String, pl.Categorical, pl.Enum)):
                hint = "write ids as whole numbers or texts: a float keeps only 53 bits of them"
                raise SourceError(f"holds ids as {dtype}", hint, place)
            columns.append(pl.col(theirs).cast(pl.String).alias(ours))
        return lazy.with_row_index(ROW, offset=1).select(pl.col(ROW), *columns)

    @property
    def _separator(self) -> str:
        return self.table.separator or ("\t" if _suffix(self.path) == ".tsv" else ",")

    @contextmanager
    def _text(self) -> Iterator[IO[str]]:
        zipped = self.path.name.endswith(".gz")
        try:
            with (
                gzip.open(self.path, "rt", encoding="utf-8-sig", newline="")
                if zipped
                else self.path.open(encoding="utf-8-sig", newline="") as stream
            ):
                yield stream
        except (UnicodeDecodeError, csv.Error, gzip.BadGzipFile, EOFError) as error:
            kind = "gzipped UTF-8 text" if zipped else "UTF-8 text"
            raise SourceError(f"is not {kind}: {error}", "is it damaged?", Place(self.path.name)) from error

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (pl.exceptions.PolarsError, OSError) as error:
            if self.is_text:
                self._find_too_many_cells()
                self._find_wrong_cells()
            text = str(error).strip().splitlines()[0]
            raise SourceError(f"cannot be read: {text}", "is it damaged?", Place(self.path.name)) from error

    def _find_too_many_cells(self) -> None:
        with self._text() as stream:
            rows = csv.reader(stream, delimiter=self._separator)
            width = len(next(rows, []))
            for row, cells in enumerate(rows, start=2):
                if len(cells) > width:
                    text = f"has {len(cells)} cells, the header has {width}"
                    raise SourceError(text, "is the separator right?", Place(self.path.name, row=row))

    def _find_wrong_cells(self) -> None:
        numbers = {ours: dtype for ours, dtype in _NUMBERS.items() if ours in self.wanted}
        numbers |= {name: pl.Float64() for name in self.numbers}
        for ours, dtype in numbers.items():
            column = pl.col(ours)
            wrong = column.is_not_null() & column.cast(dtype, strict=False).is_null()
            rows = self._scan_text({}).select(ROW, ours).filter(wrong).collect(engine="streaming")
            self.refuse(rows, ours, f"is no {'whole ' if dtype.is_integer() else ''}number", "correct the cell")


def _suffix(path: Path) -> str:
    return Path(path.name.removesuffix(".gz")).suffix.lower()
