"""White et al. 1986: the first connectome, as NemaNode's JSON or as tables (tab-separated text).

Three series of sections (JSH, N2U, JSE), each of one animal, and the whole animal put together from several. The whole
animal also names groups of muscles and of pharyngeal cells, where White et al. did not tell their cells apart. The
tail (JSE) lists no gap junction: they were not recorded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from ingest.celegans import cells
from ingest.celegans.names import CellNames
from ingest.celegans.nemanode import KINDS
from ingest.celegans.nemanode_forms import read_json_form, read_list, read_table_form
from ingest.celegans.networks import Networks, network_row
from schemas import tables
from schemas.dataset import Decisions, Tables
from schemas.errors import Place, SourceError

READER_VERSION = "2"
DATASET = "celegans/white1986"
GROUPS = (
    *("LegacyBodyWallMuscles", "DefecationMuscles", "G1", "G2", "mc2", "mc3"),
    *("pm2", "pm3", "pm4", "pm5", "pm6", "pm7"),
)


@dataclass(frozen=True)
class Series:
    """One series of sections: its name, stage (none where it is no one animal) and what was cut."""

    key: str
    stage: str | None
    part: str


SERIES = (
    Series("whole", None, "several adults, whole animal put together"),
    Series("n2u", "adult", "one animal, nerve ring and ventral ganglion"),
    Series("jsh", "L4", "one animal, nerve ring and ventral ganglion"),
    Series("jse", "adult", "one animal, tail with pre-anal ganglion"),
)


def read(files: Mapping[str, Path], parents: Mapping[str, Tables]) -> dict[str, pl.DataFrame]:
    """Networks (`whole/chemical`, `whole/gap_junction`, …) per series with a file; a subject where it is one animal.

    Args:
        files: any of `whole_json`, `whole_tsv`, `n2u_json` … `jse_json`. Of two forms of a series the JSON
            counts; where the table disagrees there is a 'differs' decision.
        parents: holds `celegans/cells`.

    Raises:
        SourceError: no file at all, an entry that is no connection, or labels that no cell has.
    """
    names, decisions = CellNames.of(parents), Decisions()
    given = [series for series in SERIES if _forms(series, files)]
    if not given:
        raise SourceError("there is no file of any series", "give white_1986_whole.json or another of the files")
    for series in SERIES:
        if series not in given:
            decisions.add("dropped", series.key, "no file of this series was given", Place(f"white_1986_{series.key}"))
    networks = Networks(decisions)
    for series in given:
        _add(series, _forms(series, files), names, networks, decisions)
    return {
        "subject": tables.frame("subject", [_subject(series) for series in given if series.stage]),
        **networks.tables(),
        "decision": decisions.frame(),
    }


def _forms(series: Series, files: Mapping[str, Path]) -> dict[str, Path]:
    return {form: files[f"{series.key}_{form}"] for form in ("json", "tsv") if f"{series.key}_{form}" in files}


def _add(series: Series, forms: Mapping[str, Path], names: CellNames, networks: Networks, decisions: Decisions) -> None:
    """The networks of the kinds that the series has."""
    readers = {"json": read_json_form, "tsv": read_table_form}
    read_forms = [readers[form](path, decisions) for form, path in forms.items()]
    found = read_list(series.key, read_forms, GROUPS, "a group of cells, none of them named", names, decisions)
    for kind in KINDS:
        if found.entries[kind]:
            networks.add(_network(series, kind), found.entries[kind], found.covered, mirrored=found.mirrored)
    for kind in (kind for kind in KINDS if not found.entries[kind]):
        reason = "the file lists none: not recorded, which is not the same as absent; there is no such network"
        decisions.add("dropped", f"{series.key}/{kind}", reason, found.place)


def _subject(series: Series) -> dict[str, object]:
    return {
        "uid": f"{DATASET}/{series.key}",
        "species": cells.SPECIES,
        "sex": "hermaphrodite",
        "stage": series.stage,
    }


def _network(series: Series, kind: str) -> dict[str, object]:
    return network_row(
        f"{DATASET}/{series.key}/{kind}",
        kind,
        unit="synapses",
        method=f"serial-section electron microscopy; {series.part}",
        parameters={"keeps": "every connection between named cells"},
        subject=f"{DATASET}/{series.key}" if series.stage else None,
    )
