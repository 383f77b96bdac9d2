"""Fixtures of the readers' tests: cells as parents, workbooks written on the spot, a validator."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

import polars as pl
import pytest

from ingest.celegans import cells, male_cells
from ingest.files import column_letter
from ingest.source import source
from schemas.dataset import Dataset, DatasetInfo, Tables
from schemas.validation import validate

Rows = Sequence[Sequence[str | float | None]]
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats"


@pytest.fixture(scope="session")
def cell_tables() -> dict[str, Tables]:
    """The parents of every C. elegans source."""
    return {"celegans/cells": cells.read({}, {})}


@pytest.fixture(scope="session")
def both_sexes(cell_tables: dict[str, Tables]) -> dict[str, Tables]:
    """The parents of a source on the cells of both sexes."""
    return {**cell_tables, "celegans/male-cells": male_cells.read({}, {})}


@pytest.fixture(scope="session")
def wheel_files(from_wheel: Callable[[str], Path]) -> Callable[[str], dict[str, Path]]:
    """The files of a source that a wheel has, by key."""

    def get(source_id: str) -> dict[str, Path]:
        folder = from_wheel(source_id)
        return {file.key: folder / file.names[0] for file in source(source_id).files if file.wheel}

    return get


@pytest.fixture(scope="session")
def check_tables(cell_tables: dict[str, Tables]) -> Callable[[Tables], None]:
    """Validates what a C. elegans reader returned."""
    return _checker(cell_tables)


@pytest.fixture(scope="session")
def check_both(both_sexes: dict[str, Tables]) -> Callable[[Tables], None]:
    """Validates what a reader on the cells of both sexes returned."""
    return _checker(both_sexes)


def _checker(parents: Mapping[str, Tables]) -> Callable[[Tables], None]:
    keys = {name: [uid for tables in parents.values() for uid in tables[name]["uid"]] for name in ("node_set", "node")}

    def check(tables: Tables) -> None:
        info = DatasetInfo("celegans/test", "celegans", "t", "l", "c", "r", "1", parents=tuple(parents))
        validate(Dataset(info, tables), keys)

    return check


@pytest.fixture(scope="session")
def canonical(cell_tables: dict[str, Tables]) -> list[str]:
    """The 300 neurons of the homogenised data."""
    nodes = cell_tables["celegans/cells"]["node"]
    neurons = nodes.filter(pl.col("kind") == "neuron", ~pl.col("name").is_in(cells.NOT_CANONICAL))
    return neurons["uid"].to_list()


@pytest.fixture
def write_xlsx(tmp_path: Path) -> Callable[[str, Mapping[str, Rows]], Path]:
    """Writes a workbook: sheets by name, each a list of rows of texts, numbers and None."""

    def write(name: str, sheets: Mapping[str, Rows]) -> Path:
        path = tmp_path / name
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(
                "[Content_Types].xml",
                f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
                f'ContentType="{_TYPE}-package.relationships+xml"/><Default Extension="xml" '
                'ContentType="application/xml"/><Override PartName="/xl/workbook.xml" '
                f'ContentType="{_TYPE}-officedocument.spreadsheetml.sheet.main+xml"/></Types>',
            )
            archive.writestr("_rels/.rels", _relations([("main", "officeDocument", "xl/workbook.xml")]))
            listed = "".join(f'<sheet name="{escape(s)}" sheetId="{i + 1}" r:id="s{i}"/>' for i, s in enumerate(sheets))
            archive.writestr(
                "xl/workbook.xml",
                f'<workbook xmlns="{_MAIN}" xmlns:r="{_REL}"><sheets>{listed}</sheets></workbook>',
            )
            parts = [(f"s{i}", "worksheet", f"worksheets/sheet{i}.xml") for i in range(len(sheets))]
            archive.writestr("xl/_rels/workbook.xml.rels", _relations(parts))
            for i, rows in enumerate(sheets.values()):
                archive.writestr(f"xl/worksheets/sheet{i}.xml", _sheet(rows))
        return path

    return write


def _relations(parts: list[tuple[str, str, str]]) -> str:
    body = "".join(f'<Relationship Id="{i}" Type="{_REL}/{kind}" Target="{at}"/>' for i, kind, at in parts)
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{body}</Relationships>'


def _sheet(rows: Rows) -> str:
    lines = []
    for r, row in enumerate(rows, start=1):
        found = "".join(_cell(f"{column_letter(c)}{r}", v) for c, v in enumerate(row) if v is not None)
        lines.append(f'<row r="{r}">{found}</row>' if found else "")
    return f'<worksheet xmlns="{_MAIN}"><sheetData>{"".join(lines)}</sheetData></worksheet>'


def _cell(at: str, value: str | float) -> str:
    if isinstance(value, str):
        return f'<c r="{at}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'
    return f'<c r="{at}"><v>{value}</v></c>'
