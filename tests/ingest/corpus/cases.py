"""The list of cases: each fault on each file that it fits, with the outcomes that are allowed. Needs no data."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import h5py

from tests.ingest.corpus import byte_faults, grid_faults, hdf5_faults, json_faults, label_faults, measured
from tests.ingest.corpus.containers import Sheets, json_text, sheet_part, text, xls, xlsx
from tests.ingest.corpus.shapes import ACCOUNTED, REFUSED, SAME, Outcome, Shape, Told
from tests.ingest.corpus.subjects import RECORDS, TABLES, Table, rows_of

SEED = 20240607


@dataclass(frozen=True)
class Bad:
    """A bad file: its bytes, what must come of it, and its rows where they are known."""

    content: bytes
    told: Told
    sheets: Sheets | None = None


@dataclass(frozen=True)
class Case:
    """One fault in one file (`key`) of a source taken as `setup`."""

    setup: str
    key: str
    fault: str
    make: Callable[[Path, bytes, Random], Bad]
    sheet: str | None = None
    compared: bool = False

    @property
    def id(self) -> str:
        where = f"{self.key}:{self.sheet}" if self.sheet else self.key
        return f"{self.setup}/{where}/{self.fault}".replace(" ", "-")

    def bad(self, data: Path, sound: bytes) -> Bad:
        """The bad file; the same each time."""
        return self.make(data, sound, Random(f"{SEED} {self.id}"))


def cases() -> list[Case]:
    found = [c for setup, files in TABLES.items() for key, table in files.items() for c in _of(setup, key, table)]
    return [*found, *_swapped_tables(), *_measured()]


def _of(setup: str, key: str, table: Table) -> Iterator[Case]:
    if setup.endswith("both") and not table.compared:
        return  # the same as alone
    if table.container == "json":
        for name, change in json_faults.RECORDS.items():
            yield Case(setup, key, name, _in_records(table, change))
    for sheet, shape in table.shapes.items():
        for name, of_rows in _fitting(table, shape, sheet).items():
            yield Case(setup, key, name, _in_rows(table, sheet, shape, of_rows), sheet or None, table.compared)
    for name, of_bytes in _of_container(table).items():
        yield Case(setup, key, name, _in_bytes(table, of_bytes), None, table.compared)
    if not table.is_text and table.container != "json":
        yield Case(setup, key, "missing sheet", _in_workbook(table, missing_sheet))
        yield Case(setup, key, "empty sheet", _in_workbook(table, empty_sheet))
    if table.container == "xlsx":
        for name, of_zip in ZIP_FAULTS.items():
            yield Case(setup, key, name, _in_zip(table, of_zip))


def _of_container(table: Table) -> dict[str, byte_faults.Fault]:
    if table.container == "json":
        return {**byte_faults.TEXT, **json_faults.TEXT}
    return {**byte_faults.TABLE, "another table": another_table} if table.is_text else byte_faults.BINARY


def _fitting(table: Table, shape: Shape, sheet: str) -> dict[str, grid_faults.Fault]:
    """The faults of rows and cells that a sheet of this shape can have."""
    found = {**grid_faults.IN_CELLS, **grid_faults.IN_ROWS}
    if sheet in ("M", "G", "hermaphrodite gap jn symmetric", "NeuronsToMuscle", "restricted_cells"):
        found = {name: found[name] for name in FEWER}  # as another sheet of the same workbook
    elif shape.header and not shape.matrix:
        found |= grid_faults.IN_HEADERS
    if shape.by_position:
        del found["column twice"], found["blanks in the header"]
    if not shape.numbers and not shape.matrix:
        found = {name: fault for name, fault in found.items() if "weight" not in name}
    if shape.texts:
        found |= grid_faults.IN_WORDS
    if shape.matrix:
        found |= grid_faults.IN_MARGINS
    if table.is_text:
        found |= grid_faults.RAGGED
    return found


FEWER = (
    *("text in a weight", "negative weight", "NaN weight", "empty weight", "unknown cell", "empty label"),
    *("duplicated row", "blank row within", "blank row before a bad weight", "missing column", "title above"),
)


def _in_rows(table: Table, sheet: str, shape: Shape, change: grid_faults.Fault) -> Callable[[Path, bytes, Random], Bad]:
    def make(data: Path, _: bytes, rng: Random) -> Bad:
        sheets = table.read(data)
        told = change(sheets[sheet], shape, rng)
        return Bad(table.write(data, sheets), told, sheets)

    return make


def _in_bytes(table: Table, fault: byte_faults.Fault) -> Callable[[Path, bytes, Random], Bad]:
    def make(data: Path, sound: bytes, rng: Random) -> Bad:
        content, told = fault(sound, rng)
        if told.outcomes & ACCOUNTED and table.is_text:
            return Bad(content, told, {"": table.rows_in(content)})
        return Bad(content, told, table.read(data))

    return make


def _in_records(table: Table, change: json_faults.Fault) -> Callable[[Path, bytes, Random], Bad]:
    def make(data: Path, _: bytes, rng: Random) -> Bad:
        records = table.records(data)
        told = change(records, rng)
        return Bad(json_text(records), told, {RECORDS: rows_of(records)} if told.outcomes != REFUSED else None)

    return make


def _in_workbook(table: Table, change: Callable[[Sheets, str], Sheets]) -> Callable[[Path, bytes, Random], Bad]:
    def make(data: Path, _: bytes, rng: Random) -> Bad:
        sheet = rng.choice(list(table.shapes))
        changed = change(table.read(data), sheet)
        if table.container == "xls":
            return Bad(xls(changed), Told())
        names = {} if sheet in changed else {sheet: f"{sheet} (2)"}
        return Bad(xlsx(data / table.path, changed, names), Told())

    return make


def missing_sheet(sheets: Sheets, sheet: str) -> Sheets:
    if len(sheets) == 1:
        return {"another": [["Legend"]]}
    return {name: rows for name, rows in sheets.items() if name != sheet}


def empty_sheet(sheets: Sheets, sheet: str) -> Sheets:
    return {**sheets, sheet: []}


Parts = dict[str, bytes]


def _in_zip(table: Table, change: Callable[[Parts, str, Random], None]) -> Callable[[Path, bytes, Random], Bad]:
    def make(data: Path, sound: bytes, rng: Random) -> Bad:
        with zipfile.ZipFile(io.BytesIO(sound)) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        change(parts, sheet_part(data / table.path, next(iter(table.shapes))), rng)
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            for name, content in parts.items():
                archive.writestr(name, content)
        return Bad(out.getvalue(), Told())

    return make


def no_workbook_part(parts: Parts, _: str, rng: Random) -> None:
    del parts["xl/workbook.xml"]


def no_sheet_part(parts: Parts, sheet: str, rng: Random) -> None:
    del parts[sheet]


def sheet_part_cut(parts: Parts, sheet: str, rng: Random) -> None:
    parts[sheet] = parts[sheet][: len(parts[sheet]) // 2]


def sheet_part_garbage(parts: Parts, sheet: str, rng: Random) -> None:
    parts[sheet] = rng.randbytes(5000)


def no_relations(parts: Parts, _: str, rng: Random) -> None:
    del parts["xl/_rels/workbook.xml.rels"]


def zip_of_texts(parts: Parts, _: str, rng: Random) -> None:
    parts.clear()
    parts["readme.txt"] = b"no workbook"


ZIP_FAULTS: dict[str, Callable[[Parts, str, Random], None]] = {
    "no workbook in the zip": no_workbook_part,
    "no sheet in the zip": no_sheet_part,
    "sheet cut in the zip": sheet_part_cut,
    "garbage as sheet in the zip": sheet_part_garbage,
    "no relations in the zip": no_relations,
    "zip of texts": zip_of_texts,
}


def another_table(_: bytes, rng: Random) -> tuple[bytes, Told]:
    """A table, but of something else."""
    return text([["time", "value", "unit", "x"], *[[str(i), "1.5", "mm", "y"] for i in range(50)]], ","), Told()


# What a file is swapped with: another of the same source, or a workbook of another source. Matrices of one source that
# differ in nothing but their counts cannot be told apart; the others are refused.
SWAPS: dict[tuple[str, str], tuple[str, str, frozenset[Outcome]]] = {
    ("cook2020", "supinfo4"): ("cook2020", "supinfo5", REFUSED),
    ("cook2020", "supinfo5"): ("cook2020", "supinfo4", REFUSED),
    ("bentley2016", "monoamine"): ("bentley2016", "peptide", REFUSED),
    ("bentley2016", "peptide"): ("bentley2016", "monoamine", REFUSED),
    ("ripollsanchez2023", "short_range"): ("ripollsanchez2023", "long_range", ACCOUNTED),
    ("ripollsanchez2023", "monoamine"): ("witvliet2021-contact", "dataset8", REFUSED),
    ("witvliet2021-contact", "dataset8"): ("ripollsanchez2023", "monoamine", REFUSED),
    ("simeon2024-consensus", "withfunc"): ("simeon2024-consensus both", "nofunc", REFUSED),
    ("simeon2024-consensus both", "nofunc"): ("simeon2024-consensus both", "withfunc", SAME),
    ("white1986 both", "whole_tsv"): ("white1986 both", "whole_json", REFUSED),
    ("white1986 JSON", "whole_json"): ("white1986 both", "whole_tsv", REFUSED),
    ("white1986 table", "n2u_tsv"): ("durbin1986", "neurodata", REFUSED),
    ("durbin1986", "neurodata"): ("white1986 table", "n2u_tsv", REFUSED),
    ("cook2019", "si5"): ("brittin2021", "moesm5", REFUSED),
    ("brittin2021", "moesm5"): ("fenyves2020", "signs", REFUSED),
    ("yim2024", "moesm6"): ("yim2024", "moesm9", REFUSED),
    ("yim2024", "moesm9"): ("yim2024", "moesm6", REFUSED),
    ("fenyves2020", "signs"): ("cook2019", "si5", REFUSED),
    ("witvliet2021 xlsx", "stage8_xlsx"): ("varshney2011", "neuron_connect", REFUSED),
    ("witvliet2021 table", "stage8_tsv"): ("durbin1986", "neurodata", REFUSED),
    ("witvliet2021 both", "stage7_tsv"): ("witvliet2021 both", "stage7_json", REFUSED),
    ("varshney2011", "neuron_connect"): ("openworm", "tables", REFUSED),
    ("openworm", "tables"): ("varshney2011", "neuron_connect", REFUSED),
}


def _swapped_tables() -> Iterator[Case]:
    for (setup, key), (other_setup, other_key, outcomes) in SWAPS.items():
        yield Case(setup, key, f"{other_key} instead", _of_another(TABLES[other_setup][other_key], outcomes))


def _of_another(other: Table, outcomes: frozenset[Outcome]) -> Callable[[Path, bytes, Random], Bad]:
    def make(data: Path, _: bytes, rng: Random) -> Bad:
        sheets = other.read(data)
        return Bad(other.write(data, sheets), Told(outcomes), sheets)

    return make


def _measured() -> Iterator[Case]:
    """Of the files in HDF5."""
    for key, faults in (
        (measured.RECORDING, hdf5_faults.RECORDING),
        (measured.ATLAS, hdf5_faults.ATLAS),
    ):
        setup = "randi2023" if key == measured.ATLAS else "dag2023"
        for name, change in faults.items():
            yield Case(setup, key, name, _in_hdf5(change))
    for name, of_labels in label_faults.LABELS.items():
        yield Case("dag2023", measured.LABELS, name, _in_labels(of_labels))
    for setup, key in (("dag2023", measured.RECORDING), ("dag2023", measured.LABELS), ("randi2023", measured.ATLAS)):
        for name, fault in {**byte_faults.BINARY, "plain HDF5": measured.plain, "a table": another_table}.items():
            yield Case(setup, key, name, _in_raw(fault))
    yield Case("dag2023", measured.LABELS, "a recording instead", _swapped(measured.RECORDING))
    yield Case("dag2023", measured.RECORDING, "the labels instead", _swapped(measured.LABELS))
    yield Case("randi2023", measured.ATLAS, "a recording instead", _swapped(measured.RECORDING))


def _in_hdf5(change: hdf5_faults.Fault) -> Callable[[Path, bytes, Random], Bad]:
    def make(_: Path, sound: bytes, rng: Random) -> Bad:
        stream = io.BytesIO(sound)
        with h5py.File(stream, "r+") as file:
            told = change(file, rng)
        return Bad(stream.getvalue(), told)

    return make


def _in_labels(change: label_faults.Fault) -> Callable[[Path, bytes, Random], Bad]:
    def make(data: Path, _: bytes, rng: Random) -> Bad:
        entries = measured.entries(data)
        told = change(entries, rng)
        return Bad(
            label_faults.jld2(entries), told, {"": [[json.dumps(entries)]]} if told.outcomes != REFUSED else None
        )

    return make


def _in_raw(fault: byte_faults.Fault) -> Callable[[Path, bytes, Random], Bad]:
    return lambda _, sound, rng: Bad(*fault(sound, rng))


def _swapped(key: str) -> Callable[[Path, bytes, Random], Bad]:
    return lambda data, _sound, _rng: Bad(measured.SOUND[key](data), Told())
