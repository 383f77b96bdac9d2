"""Mutated copies of the real files of sources on single cells: refused with a place, or every row is accounted for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random

import pytest

from ingest.celegans.names import CellNames
from ingest.source import reader, source
from schemas.errors import SourceError
from tests.ingest.corpus import byte_faults
from tests.ingest.corpus.cases import SEED
from tests.ingest.corpus.cell_lists import GRID, LISTED, Listed
from tests.ingest.corpus.containers import Rows
from tests.ingest.corpus.shapes import ACCOUNTED, REFUSED, Outcome, Told


@dataclass(frozen=True)
class Case:
    """One fault in one file of a source."""

    listed: Listed
    fault: str
    of_bytes: bool

    @property
    def id(self) -> str:
        return f"{self.listed.source}/{self.listed.key}/{self.fault}".replace(" ", "-")

    def bad(self, data: Path) -> tuple[bytes, Rows, Told]:
        """The bad file, its rows and what must come of it; the same each time."""
        rng, table, sheet = Random(f"{SEED} {self.id}"), self.listed.table, self.listed.sheet
        sheets = table.read(data)
        if not self.of_bytes:
            told = GRID[self.fault](sheets[sheet], self.listed.shape, rng)
            told = Told(REFUSED, told.row) if self.fault in self.listed.refused else told
            return table.write(data, sheets), sheets[sheet], told
        faults = byte_faults.TABLE if table.is_text else byte_faults.BINARY
        content, told = faults[self.fault](table.write(data, sheets), rng)
        if self.fault == "truncated early" and not self.listed.shape.header:
            told = Told(REFUSED | ACCOUNTED)  # a row may end where the file is cut, and there is no header to miss
        rows = table.rows_in(content) if table.is_text and told.outcomes != REFUSED else sheets[sheet]
        return content, rows, told


CASES = [
    Case(listed, fault, of_bytes)
    for listed in LISTED
    for of_bytes, faults in ((False, listed.faults), (True, listed.bytes_faults()))
    for fault in faults
]


@pytest.fixture(scope="module")
def read(shared_data, both_sexes):
    data = shared_data / "celegans"

    def read(listed, path):
        files = {listed.key: path, **{key: data / other for key, other in listed.others.items()}}
        return reader(source(listed.source)).read(files, both_sexes)

    return read


@pytest.fixture(scope="module")
def sound(read, shared_data, tmp_path_factory):
    by_name = {f"{listed.source}/{listed.key}": listed for listed in LISTED}

    @cache
    def read_once(name):
        listed, data = by_name[name], shared_data / "celegans"
        path = tmp_path_factory.mktemp("sound") / listed.table.name
        path.write_bytes(listed.table.write(data, listed.table.read(data)))
        return read(listed, path)

    return lambda listed: read_once(f"{listed.source}/{listed.key}")


def test_every_case_has_a_name_of_its_own():
    assert len({case.id for case in CASES}) == len(CASES) > 200


@pytest.mark.data
@pytest.mark.parametrize("listed", LISTED, ids=lambda listed: f"{listed.source}/{listed.key}")
def test_a_file_written_again_says_what_the_real_one_says(listed, sound, read, shared_data):
    real, again = read(listed, shared_data / "celegans" / listed.table.path), sound(listed)
    assert again["annotation"].equals(real["annotation"])
    # An empty first column is not written again, so columns may go by other letters.
    named = ("action", "item", "file", "sheet", "row")
    assert again["decision"].select(named).equals(real["decision"].select(named))


@pytest.mark.data
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_bad_file_is_refused_or_accounted_for(case, read, sound, shared_data, tmp_path, both_sexes, check_both):
    content, rows, told = case.bad(shared_data / "celegans")
    path = tmp_path / case.listed.table.name
    path.write_bytes(content)
    try:
        tables = read(case.listed, path)
    except SourceError as error:
        check_refusal(error, told)
        return
    check_both(tables)
    if Outcome.ACCOUNTED in told.outcomes:
        check_rows(case.listed, rows, tables, both_sexes)
    else:
        assert Outcome.SAME in told.outcomes, "was read as if it were sound"
        assert (
            tables["annotation"]
            .sort("node", "attribute", "value")
            .equals(sound(case.listed)["annotation"].sort("node", "attribute", "value"))
        )


def check_refusal(error, told):
    assert told.outcomes >= REFUSED, f"was refused: {error}"
    assert error.hint
    assert error.place is not None, error
    assert told.row is None or error.place.row in (told.row if isinstance(told.row, tuple) else (told.row,)), error


def check_rows(listed, rows, tables, both_sexes):
    """The cell of every row is spoken of, or a decision names the row."""
    nodes, decided = set(tables["annotation"]["node"]), set(tables["decision"]["row"])
    sexes = [CellNames(parent["node"]) for parent in both_sexes.values()]
    for r in listed.shape.body(rows):
        label = str(rows[r][listed.shape.labels[0]] or "").strip(" \u00a0'") if rows[r] else ""
        known = {found.node for cells in sexes if (found := cells.find(label))}
        assert not label or known & nodes or r + 1 in decided, (r + 1, label)
