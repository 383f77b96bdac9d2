"""Witvliet et al. 2021: eight brains from birth to adulthood, as NemaNode's JSON or as tables (xlsx).

Both forms list a chemical connection once and count its synapses (a synapse onto several cells counts once
for each of them). Of a gap junction the JSON lists both directions, the table one. The JSON also names
fragments that no one has identified.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from ingest.celegans import cells
from ingest.celegans.edges import Entry, chemical_table, gap_junction_table
from ingest.celegans.names import CellNames, resolve_all
from ingest.files import open_excel, read_json, sheet_table
from schemas import tables
from schemas.dataset import Decisions, Tables
from schemas.errors import Place, SourceError

READER_VERSION = "1"
DATASET = "celegans/witvliet2021"
KINDS = ("chemical", "gap_junction")

_TYPES: dict[object, str] = {
    0: "chemical",
    2: "gap_junction",
    "chemical": "chemical",
    "electrical": "gap_junction",
}
_COLUMNS: dict[str, pl.DataType] = {
    "pre": pl.String(),
    "post": pl.String(),
    "kind": pl.String(),
    "weight": pl.Float64(),
    "row": pl.Int64(),
}
_XLSX: dict[str, pl.DataType] = {
    "pre": pl.String(),
    "post": pl.String(),
    "type": pl.String(),
    "synapses": pl.Int64(),
}
UNIDENTIFIED = ("Fragment", "NR_fragment", "VAn", "vncfrag")
_METHOD = "serial-section electron microscopy of one animal, nerve ring and ventral ganglion"


@dataclass(frozen=True)
class Stage:
    """One animal: its number in the paper, larval stage, and age after hatching."""

    number: int
    stage: str
    age_h: float

    @property
    def key(self) -> str:
        return f"stage{self.number}"


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
        files: any of `stage1_json`, `stage1_xlsx` … `stage8_xlsx`. Of two forms of a stage the JSON counts;
            where the other disagrees there is a 'differs' decision.
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
    edges = [_stage_tables(stage, _forms(stage, files), names, decisions) for stage in given]
    return {
        "subject": tables.frame("subject", [_subject(stage) for stage in given]),
        "network": tables.frame("network", [_network(stage, kind) for stage in given for kind in KINDS]),
        "chemical": pl.concat([chemical for chemical, _ in edges]),
        "gap_junction": pl.concat([gap_junction for _, gap_junction in edges]),
        "decision": decisions.frame(),
    }


def read_json_stage(path: Path) -> pl.DataFrame:
    """Entries of NemaNode's JSON: pre, post, kind, weight and row (the record, counted from 1)."""
    content = read_json(path)
    if not isinstance(content, list) or not content:
        raise SourceError("holds no list of connections", "is this a file of NemaNode's connections?", Place(path.name))
    return pl.DataFrame(
        [_record(record, Place(path.name, row=i)) for i, record in enumerate(content, start=1)],
        schema=_COLUMNS,
        orient="row",
    )


def read_xlsx_stage(path: Path) -> pl.DataFrame:
    """Entries of the table (columns pre, post, type, synapses): as `read_json_stage`, row as in the sheet."""
    name = open_excel(path).sheet_names[0]
    found = sheet_table(path, name, _XLSX).with_row_index("row", offset=2)
    for row, type_, synapses in found.select("row", "type", "synapses").iter_rows():
        if type_ not in _TYPES:
            raise SourceError(f"holds {type_!r}", "types are chemical, electrical", Place(path.name, name, row, "type"))
        if synapses < 1:
            raise SourceError(f"holds {synapses}", "a connection has synapses", Place(path.name, name, row, "synapses"))
    return found.with_columns(
        kind=pl.col("type").replace_strict({k: v for k, v in _TYPES.items() if isinstance(k, str)}),
        weight=pl.col("synapses").cast(pl.Float64),
        row=pl.col("row").cast(pl.Int64),
    ).select(list(_COLUMNS))


def differences(first: pl.DataFrame, second: pl.DataFrame) -> pl.DataFrame:
    """Connections in which two forms of one stage disagree.

    Args:
        first: entries, as `read_json_stage` returns them.
        second: entries of the other form.

    Returns:
        kind, pre, post, first and second: the two weights, null where a form does not have the connection.
    """
    key = ["kind", "pre", "post"]
    joined = _pairs(first).join(_pairs(second), on=key, how="full", coalesce=True, suffix="_second")
    return (
        joined.rename({"weight": "first", "weight_second": "second"})
        .filter(pl.col("first").ne_missing(pl.col("second")))
        .sort(key)
    )


def _pairs(entries: pl.DataFrame) -> pl.DataFrame:
    """Total weight of each connection; of a gap junction the greater direction, pre <= post."""
    undirected = pl.col("kind") == "gap_junction"
    lesser, greater = pl.min_horizontal("pre", "post"), pl.max_horizontal("pre", "post")
    return (
        entries.group_by("kind", "pre", "post")
        .agg(pl.col("weight").sum())
        .with_columns(
            pre=pl.when(undirected).then(lesser).otherwise("pre"),
            post=pl.when(undirected).then(greater).otherwise("post"),
        )
        .group_by("kind", "pre", "post")
        .agg(pl.col("weight").max())
    )


def _record(record: Any, place: Place) -> tuple[str, str, str, float, int | None]:
    if not isinstance(record, dict):
        raise SourceError(f"record is no object: {record!r:.60}", "is this a file of connections?", place)
    for field in ("pre", "post", "typ", "syn"):
        if field not in record:
            raise SourceError(f"record has no {field!r}", f"it has: {', '.join(record)}", place)
    if not all(isinstance(record[field], str) and record[field].strip() for field in ("pre", "post")):
        raise SourceError("pre and post must be names", f"they are {record['pre']!r}, {record['post']!r}", place)
    if record["typ"] not in (0, 2):
        raise SourceError(f"typ is {record['typ']!r}", "0 is chemical, 2 is electrical", place)
    synapses = record["syn"]
    if not isinstance(synapses, list) or not synapses or not all(_counts(n) for n in synapses):
        raise SourceError(f"syn is {synapses!r:.60}", "a list of positive numbers was expected", place)
    return record["pre"], record["post"], _TYPES[record["typ"]], float(sum(synapses)), place.row


def _counts(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0


def _forms(stage: Stage, files: Mapping[str, Path]) -> dict[str, Path]:
    return {form: files[f"{stage.key}_{form}"] for form in ("json", "xlsx") if f"{stage.key}_{form}" in files}


def _stage_tables(
    stage: Stage, forms: Mapping[str, Path], names: CellNames, decisions: Decisions
) -> tuple[pl.DataFrame, pl.DataFrame]:
    readers = {"json": read_json_stage, "xlsx": read_xlsx_stage}
    read_forms = {form: readers[form](path) for form, path in forms.items()}
    form = next(iter(forms))
    if len(forms) == len(readers):
        _record_differences(stage, read_forms, Place(forms["xlsx"].name), decisions)
    known = _without_fragments(read_forms[form], forms[form].name, decisions)
    entries = _entries(known, forms[form].name, names, decisions)
    chemical = chemical_table(f"{DATASET}/{stage.key}/chemical", entries["chemical"], decisions)
    gap_junction = gap_junction_table(
        f"{DATASET}/{stage.key}/gap_junction", entries["gap_junction"], decisions, mirrored=form == "json"
    )
    return chemical, gap_junction


def _record_differences(stage: Stage, forms: Mapping[str, pl.DataFrame], place: Place, decisions: Decisions) -> None:
    for kind, pre, post, first, second in differences(forms["json"], forms["xlsx"]).iter_rows():
        weights = f"the JSON holds {_shown(first)}, the table {_shown(second)}; the JSON counts"
        decisions.add("differs", f"{stage.key} {kind} {pre} - {post}", weights, place)


def _shown(weight: float | None) -> str:
    return "nothing" if weight is None else f"{weight:g}"


def _without_fragments(entries: pl.DataFrame, file: str, decisions: Decisions) -> pl.DataFrame:
    fragment = pl.col("pre").is_in(UNIDENTIFIED) | pl.col("post").is_in(UNIDENTIFIED)
    for pre, post, kind, _, row in entries.filter(fragment).iter_rows():
        reason = f"{kind}: one end is a fragment that no one has identified"
        decisions.add("dropped", f"{pre} -> {post}", reason, Place(file, row=row))
    return entries.filter(~fragment)


def _entries(entries: pl.DataFrame, file: str, names: CellNames, decisions: Decisions) -> dict[str, list[Entry]]:
    labels = [
        (label, Place(file, row=row, column=column))
        for pre, post, row in entries.select("pre", "post", "row").iter_rows()
        for label, column in ((pre, "pre"), (post, "post"))
    ]
    nodes = resolve_all(names, labels, decisions)
    found: dict[str, list[Entry]] = {kind: [] for kind in KINDS}
    for pre, post, kind, weight, row in entries.iter_rows():
        found[kind].append(Entry(nodes[pre], nodes[post], weight, Place(file, row=row)))
    return found


def _subject(stage: Stage) -> dict[str, object]:
    return {
        "uid": f"{DATASET}/{stage.key}",
        "species": cells.SPECIES,
        "sex": "hermaphrodite",
        "age_h": float(stage.age_h),
        "stage": stage.stage,
    }


def _network(stage: Stage, kind: str) -> dict[str, object]:
    return {
        "uid": f"{DATASET}/{stage.key}/{kind}",
        "node_set": cells.NODE_SET,
        "subject": f"{DATASET}/{stage.key}",
        "kind": kind,
        "directed": kind == "chemical",
        "weight_unit": "synapses",
        "method": _METHOD,
        "parameters": json.dumps({"keeps": "every connection between identified cells"}),
    }
