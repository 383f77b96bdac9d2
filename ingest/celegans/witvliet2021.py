"""Witvliet et al. 2021: eight brains from birth to adulthood, as NemaNode's JSON or as tables (xlsx, text).

The JSON also names fragments that no one has identified. The text (tab-separated) is of the two adults and an earlier
state: some connections differ from both other forms.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from ingest.celegans import cells
from ingest.celegans.names import CellNames
from ingest.celegans.nemanode import KINDS, TABLE, table_entries
from ingest.celegans.nemanode_forms import ListForm, read_json_form, read_list, read_table_form
from ingest.celegans.networks import Networks, network_row
from ingest.files import open_excel, sheet_table
from schemas import tables
from schemas.dataset import Decisions, Tables
from schemas.errors import Place, SourceError

READER_VERSION = "3"
DATASET = "celegans/witvliet2021"
UNIDENTIFIED = ("Fragment", "NR_fragment", "VAn", "vncfrag")
_FRAGMENT = "a fragment that no one has identified"
METHOD = "serial-section electron microscopy of one animal, nerve ring and ventral ganglion"


@dataclass(frozen=True)
class Stage:
    """One animal: its number in the paper, larval stage, and age after hatching."""

    number: int
    stage: str
    age_h: float

    @property
    def key(self) -> str:
        return f"stage{self.number}"

    def subject(self, dataset: str) -> dict[str, object]:
        """The animal's row of the `subject` table of a dataset."""
        return {
            "uid": f"{dataset}/{self.key}",
            "species": cells.SPECIES,
            "sex": "hermaphrodite",
            "age_h": float(self.age_h),
            "stage": self.stage,
        }


STAGES = (
    Stage(1, "L1", 0),
    Stage(2, "L1", 5),
    Stage(3, "L1", 8),
    Stage(4, "L1", 16),
    Stage(5, "L2", 23),
    Stage(6, "L3", 27),
    Stage(7, "adult", 50),
    Stage(8, "adult", 50),
)


def read(files: Mapping[str, Path], parents: Mapping[str, Tables]) -> dict[str, pl.DataFrame]:
    """One subject and two networks (`stage1/chemical`, `stage1/gap_junction`) per stage that has a file.

    Args:
        files: any of `stage1_json`, `stage1_xlsx` … `stage8_xlsx`, `stage7_tsv`, `stage8_tsv`. Of several forms of a
            stage the first in this order counts; where another disagrees there is a 'differs' decision.
        parents: holds `celegans/cells`.

    Raises:
        SourceError: no file at all, an entry that is no connection, or labels that no cell has.
    """
    names, decisions = CellNames.of(parents), Decisions()
    given = [stage for stage in STAGES if _forms(stage, files)]
    if not given:
        raise SourceError("there is no file of any stage", "give witvliet_2020_1.json or 'witvliet_2020_1 L1.xlsx'")
    for stage in STAGES:
        if stage not in given:
            decisions.add("dropped", stage.key, "no file of this stage was given", Place(f"{stage.key}_*"))
    networks = Networks(decisions)
    for stage in given:
        forms = [_READERS[form](path, decisions) for form, path in _forms(stage, files).items()]
        found = read_list(stage.key, forms, UNIDENTIFIED, _FRAGMENT, names, decisions)
        for kind in KINDS:
            networks.add(_network(stage, kind), found.entries[kind], found.covered, mirrored=found.mirrored)
    return {
        "subject": tables.frame("subject", [stage.subject(DATASET) for stage in given]),
        **networks.tables(),
        "decision": decisions.frame(),
    }


def read_xlsx_form(path: Path, decisions: Decisions) -> ListForm:  # noqa: ARG001 - as the readers of other forms
    """The table (columns pre, post, type, synapses) of the first sheet.

    Raises:
        SourceError: no workbook, no such table, or an entry that is no connection.
    """
    name = open_excel(path).sheet_names[0]
    place = Place(path.name, name)
    return ListForm("the workbook", place, table_entries(sheet_table(path, name, TABLE), place), mirrored=False)


_READERS = {"json": read_json_form, "xlsx": read_xlsx_form, "tsv": read_table_form}


def _forms(stage: Stage, files: Mapping[str, Path]) -> dict[str, Path]:
    return {form: files[f"{stage.key}_{form}"] for form in _READERS if f"{stage.key}_{form}" in files}


def _network(stage: Stage, kind: str) -> dict[str, object]:
    return network_row(
        f"{DATASET}/{stage.key}/{kind}",
        kind,
        unit="synapses",
        method=METHOD,
        parameters={"keeps": "every connection between identified cells"},
        subject=f"{DATASET}/{stage.key}",
    )
