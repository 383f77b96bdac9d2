"""The sources as the corpus takes them: which of their real files, cut down how far, and where things stand in them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from ingest.celegans import fenyves2020, openworm, varshney2011, yim2024
from ingest.celegans.cook2019 import SHEETS as COOK_SHEETS
from ingest.files import read_json
from tests.ingest.corpus.containers import Rows, Sheets, json_text, read_text, read_workbook, text, xls, xlsx
from tests.ingest.corpus.shapes import Shape

RECORDS = "records"
RECORDING = "2022-07-26-31"
WHEEL_ONLY = ("yim2024",)  # paths are below the folder of the files that the wheel has


@dataclass(frozen=True)
class Table:
    """A file of rows: its place below the C. elegans folder, its container, and what is kept of it.

    Args:
        path: below `celegans`, or the folder with what a wheel has.
        container: csv, tsv, xlsx, xls.
        kept: of each sheet's rows.
        shapes: of each sheet that the reader reads ('' where there are no sheets).
        compared: another form of the source counts; what differs here is only told.
    """

    path: str
    container: str
    kept: Callable[[str, Rows], Rows]
    shapes: Mapping[str, Shape] = field(default_factory=dict)
    compared: bool = False

    @property
    def name(self) -> str:
        return Path(self.path).name

    def read(self, data: Path) -> Sheets:
        """The rows that are kept of the real file, for the caller to change; of a JSON as `rows_of` has them."""
        if self.container == "json":
            return {RECORDS: rows_of(self.records(data))}
        whole = {"": _text(data / self.path, self.separator)} if self.is_text else _workbook(data / self.path)
        return {sheet: self.kept(sheet, rows) for sheet, rows in whole.items()}

    def write(self, data: Path, sheets: Sheets) -> bytes:
        if self.container == "json":
            return json_text(self.records(data))
        if self.is_text:
            return text(sheets[""], self.separator)
        return xls(sheets) if self.container == "xls" else xlsx(data / self.path, sheets)

    def rows_in(self, content: bytes) -> Rows:
        """The rows of a delimited text, as far as it is one."""
        decoded = content.decode("utf-8-sig", errors="replace")
        return [list(row) for row in csv.reader(io.StringIO(decoded, newline=""), delimiter=self.separator)]

    def records(self, data: Path) -> list[dict[str, Any]]:
        kept = self.kept("", [[r["pre"], r["post"], json.dumps(r)] for r in _json(data / self.path)])
        return [json.loads(str(row[2])) for row in kept]

    @property
    def is_text(self) -> bool:
        """Delimited text."""
        return self.container in ("csv", "tsv")

    @property
    def separator(self) -> str:
        return "\t" if self.container == "tsv" else ","


_text, _workbook, _json = cache(read_text), cache(read_workbook), cache(read_json)


def rows_of(records: Sequence[Any]) -> Rows:
    """A header, then pre, post, type and the sum of the synapses of each record."""
    body = [[r["pre"], r["post"], str(r["typ"]), str(sum(r["syn"]))] for r in records]
    return [["pre", "post", "typ", "syn"], *body]


def first(n: int) -> Callable[[str, Rows], Rows]:
    return lambda _, rows: [list(row) for row in rows[:n]]


def every(n: int, header: int) -> Callable[[str, Rows], Rows]:
    return lambda _, rows: [list(row) for row in rows[:header] + rows[header::n]]


def among(cells: str, header: int) -> Callable[[str, Rows], Rows]:
    """Rows between a few cells, so that both lists of a connection are there."""
    wanted = set(cells.split())
    return lambda _, rows: [list(r) for r in (*rows[:header], *(x for x in rows[header:] if {x[0], x[1]} <= wanted))]


def corner(n: int) -> Callable[[str, Rows], Rows]:
    """The first n cells of a square matrix."""
    return lambda _, rows: [list(row[: n + 1]) for row in rows[: n + 1]]


def cook_corner(sheet: str, rows: Rows) -> Rows:
    """The first 40 rows and columns of a matrix, and the names that its far margins repeat."""
    if sheet not in COOK_SHEETS.values():
        return [list(row) for row in rows[:3]]
    return [[*row[:43], row[-1]] for row in (*rows[:43], rows[-1])]


def brittin_rows(sheet: str, rows: Rows) -> Rows:
    return [list(row) for row in rows[: 400 if sheet == "restricted_cells" else 60]]


def yim_corner(sheet: str, rows: Rows) -> Rows:
    """The first 40 cells of the dauer, and of its normalised form."""
    return [list(row[:42]) for row in rows[:42]] if sheet.startswith(yim2024.SHEET) else []


_LIST = Shape((0, 1), (3,), (2,))
_COOK2020 = Shape((0, 1), (2,), (3,))
_PAIRS = Shape((0, 1), (2,))
_SQUARE = Shape((0,), matrix=True)
_SIMEON = Shape((0, 1), (6, 7), nullable=True)
_BENTLEY = Shape((0, 1), (), (2, 3), header=0, names=("source", "target", "ligand", "receptor"))
_BRITTIN = Shape((0, 1), (2, 3))
_COOK = Shape((2,), header=3, matrix=True, nullable=True, far=1)
_YIM = Shape((0,), header=2, matrix=True, first=2, names_row=0)
_WHITE = "ADAL ADAR AIBL AIBR ASHL ASHR AVAL AVAR AVBL AVBR AVDL AVDR VA1 VA2 DB1 G1 G2 LegacyBodyWallMuscles RMDL RMDR"
_A_FEW = (
    "ADAL ADAR AIBL AIBR ASHL ASHR AVAL AVAR AVBL AVBR AVDL AVDR AVEL AVER PVCL PVCR RIML RIMR RMDL RMDR mu_bod NMJ"
)

TABLES: dict[str, dict[str, Table]] = {
    "cook2019": {
        "si5": Table(
            "connectome/cook2019/SI5_adjacency_corrected_July2020.xlsx",
            "xlsx",
            cook_corner,
            dict.fromkeys(COOK_SHEETS.values(), _COOK),
        )
    },
    "cook2020": {
        "supinfo4": Table(
            "connectome/cook2020/cne24932-sup-0004-supinfo4.csv",
            "csv",
            first(80),
            {"": _COOK2020},
        ),
        "supinfo5": Table(
            "connectome/cook2020/cne24932-sup-0005-supinfo5.csv",
            "csv",
            first(80),
            {"": _PAIRS},
        ),
    },
    "witvliet2021 xlsx": {
        "stage8_xlsx": Table(
            "connectome/witvliet2021/witvliet_2020_8 adult.xlsx",
            "xlsx",
            first(120),
            {"witvliet_2020_8 adult": _LIST},
        )
    },
    "witvliet2021 JSON": {
        "stage1_json": Table("connectome/witvliet2021/witvliet_2020_1.json", "json", first(120)),
    },
    "witvliet2021 table": {
        "stage8_tsv": Table(
            "connectome/witvliet2021/aconnectome_witvliet_2020_8.csv",
            "tsv",
            first(100),
            {"": _LIST},
        )
    },
    "witvliet2021 both": {
        "stage7_json": Table("connectome/witvliet2021/witvliet_2020_7.json", "json", among(_WHITE, 0)),
        "stage7_tsv": Table(
            "connectome/witvliet2021/aconnectome_witvliet_2020_7.csv",
            "tsv",
            among(_WHITE, 1),
            {"": _LIST},
            compared=True,
        ),
    },
    "white1986 JSON": {
        "whole_json": Table("connectome/white1986/white_1986_whole.json", "json", among(_WHITE, 0)),
    },
    "varshney2011": {
        "neuron_connect": Table(
            "connectome/varshney2011/NeuronConnect.xls",
            "xls",
            among(_A_FEW, 1),
            {varshney2011.SHEET: _LIST},
        )
    },
    "durbin1986": {
        "neurodata": Table(
            "connectome/varshney2011/neurodata.txt",
            "tsv",
            among(_A_FEW, 0),
            {"": Shape((0, 1), (4,), (2, 3), header=0, names=("cell", "partner", "type", "series", "count", ""))},
        )
    },
    "openworm": {
        "tables": Table(
            "connectome/openworm/CElegansNeuronTables.xls",
            "xls",
            first(100),
            {openworm.CONNECTOME: _LIST, openworm.MUSCLES: _PAIRS},
        )
    },
    "white1986 table": {
        "n2u_tsv": Table(
            "connectome/white1986/aconnectome_white_1986_A.csv",
            "tsv",
            first(100),
            {"": _LIST},
        )
    },
    "white1986 both": {
        "whole_json": Table("connectome/white1986/white_1986_whole.json", "json", among(_WHITE, 0)),
        "whole_tsv": Table(
            "connectome/white1986/aconnectome_white_1986_whole.csv",
            "tsv",
            among(_WHITE, 1),
            {"": _LIST},
            compared=True,
        ),
    },
    "witvliet2021-contact": {
        "dataset8": Table(
            "connectome/witvliet2021/nature2021_contact_Dataset8_adjacency.csv",
            "csv",
            corner(40),
            {"": _SQUARE},
        )
    },
    "bentley2016": {
        "monoamine": Table("connectome/bentley2016/edgelist_MA.csv", "csv", every(40, 0), {"": _BENTLEY}),
        "peptide": Table("connectome/bentley2016/edgelist_NP.csv", "csv", every(150, 0), {"": _BENTLEY}),
    },
    "ripollsanchez2023": {
        key: Table(f"connectome/ripoll_sanchez2023/{name}", "csv", corner(40), {"": _SQUARE})
        for key, name in (
            ("short_range", "01022024_neuropeptide_connectome_short_range_model.csv"),
            ("mid_range", "01022024_neuropeptide_connectome_mid_range_model.csv"),
            ("long_range", "01022024_neuropeptide_connectome_long_range_model.csv"),
            ("monoamine", "08062023_monoamine_connectome.csv"),
        )
    },
    "brittin2021": {
        "moesm5": Table(
            "connectome/brittin2021/41586_2021_3284_MOESM5_ESM.xlsx",
            "xlsx",
            brittin_rows,
            {**dict.fromkeys("MCG", _BRITTIN), "restricted_cells": Shape((0,), (1,))},
        )
    },
    "yim2024": {
        key: Table(f"41467_2024_45943_{name}_ESM.xlsx", "xlsx", yim_corner, {yim2024.SHEET: _YIM})
        for key, name in (("moesm6", "MOESM6"), ("moesm9", "MOESM9"))
    },
    "fenyves2020": {
        "signs": Table(
            "neurons/journal.pcbi.1007974.s003.xlsx",
            "xlsx",
            first(70),
            {fenyves2020.SHEET: Shape((0, 3), (4,), (5, 16), header=2, by_position=True)},
        )
    },
    "simeon2024-consensus": {
        "withfunc": Table(
            "connectome/homogenized_simeon2024/consensus_connectome_trimmed_withfunc.csv",
            "csv",
            every(150, 1),
            {"": _SIMEON},
        ),
    },
    "simeon2024-consensus both": {
        "withfunc": Table(
            "connectome/homogenized_simeon2024/consensus_connectome_trimmed_withfunc.csv", "csv", among(_A_FEW, 1)
        ),
        "nofunc": Table(
            "connectome/homogenized_simeon2024/consensus_connectome_trimmed_nofunc.csv",
            "csv",
            among(_A_FEW, 1),
            {"": _SIMEON},
            compared=True,
        ),
    },
}
