"""Simeon et al. 2024: the published consensus connectome, as published; a mean over sources of different units.

A CSV file, one row per ordered pair of neurons: `mean_gap_weight`, `mean_chem_weight`, `functional_weight` (empty where
there is none) and the sources behind the row as a written list. A second file has the same rows without function. It is
here to be compared with: its functional part runs against the atlas that it comes from, and holds pairs that do not
respond. The decisions say so.
"""

from __future__ import annotations

import ast
import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from ingest.celegans.edges import Entry
from ingest.celegans.names import CellNames, resolve_all
from ingest.celegans.networks import Networks, network_row
from ingest.files import read_table
from schemas.dataset import Decisions, Tables
from schemas.errors import Place, SourceError

READER_VERSION = "2"
DATASET = "celegans/simeon2024-consensus"
WITH, WITHOUT = "withfunc", "nofunc"
WEIGHTS = {"gap_junction": "mean_gap_weight", "chemical": "mean_chem_weight", "functional": "functional_weight"}

_ENDS = ("from_neuron", "to_neuron")
_LIST = "data_sources"
_MIXED = "mixed: mean over sources with different units"
_UNITS = {"gap_junction": _MIXED, "chemical": _MIXED, "functional": "dF/F"}
_MOTOR = re.compile(r"(AS|DA|DB|DD|VA|VB|VC|VD)(\d+)")
_METHOD = "homogenised from published connectomes and a signal propagation atlas; values as published"
_AS_PUBLISHED = {
    "gap_junction": "mean over the distinct values of both directions in several sources: equal values count once, "
    "EM sections and synapse counts are mixed; as published",
    "chemical": "mean over several sources: EM sections and synapse counts are mixed; as published",
    "functional": "from_neuron -> to_neuron as published, which is transposed: the values are dFF[from, to] of the "
    "atlas (celegans/randi2023), where [i, j] is the response of i to the stimulation of j; source is the responding "
    "neuron here, target the stimulated one",
}
_UNRESPONSIVE = (
    "the rows are the pairs of the atlas without a response, not those with one: q is 0.475 or more in each, and none "
    "of the significant pairs (q < 0.05) is among them; as published"
)
_DROPPED = {
    "uncertainty": "0.9 of the spread of the chemical and 0.1 of that of the gap values; the tables have no column "
    "for it",
    "data_sources": "the sources behind a row, of all kinds together; only counted, in the networks' parameters",
    "from_pos, to_pos": "positions belong to the node set; here x is dorsal-ventral and y anterior-posterior, the "
    "first two axes of the atlas of positions swapped",
    "from_type, to_type": "types belong to the node set",
}


def read(files: Mapping[str, Path], parents: Mapping[str, Tables]) -> dict[str, pl.DataFrame]:
    """Networks `…/gap_junction` (each pair once), `…/chemical` and `…/functional` (directed as published).

    Args:
        files: `withfunc`; where there is `nofunc` too, rows in which it differs become 'differs' decisions.
        parents: holds `celegans/cells`.

    Raises:
        SourceError: no file, a cell of another type, a weight that cannot be, a pair twice, or labels that no
            cell has.
    """
    if WITH not in files:
        raise SourceError("the consensus is missing", "give consensus_connectome_trimmed_withfunc.csv")
    names, decisions = CellNames.of(parents), Decisions()
    rows = read_rows(files[WITH])
    file = files[WITH].name
    nodes = _nodes(rows, file, names, decisions)
    entries, sources = _entries(rows, nodes, file), _sources(rows, file)
    _decide(rows, entries, file, decisions)
    _lost_to_padding(rows, nodes, sources, file, decisions)
    if WITHOUT in files:
        other = read_rows(files[WITHOUT], functional=False)
        _nodes(other, files[WITHOUT].name, names, Decisions())  # refuses an unknown cell and a pair that stands twice
        _compare(rows, other, files, decisions)
    networks = Networks(decisions)
    for kind in WEIGHTS:
        networks.add(_network(kind, rows, sources), entries[kind], mirrored=True)
    return {**networks.tables(), "decision": decisions.frame()}


def read_rows(path: Path, *, functional: bool = True) -> pl.DataFrame:
    """Rows of a file: from_neuron, to_neuron, the weights, uncertainty, data_sources, and row in the file.

    Raises:
        SourceError: a column is missing, or a cell holds something else.
    """
    weights = [column for kind, column in WEIGHTS.items() if functional or kind != "functional"]
    texts: dict[str, pl.DataType] = dict.fromkeys((*_ENDS, _LIST), pl.String())
    numbers: dict[str, pl.DataType] = dict.fromkeys((*weights, "uncertainty"), pl.Float64())
    found = read_table(path, ",", {**texts, **numbers}, nullable=list(numbers))
    if found.is_empty():
        raise SourceError("holds no rows", "the file may be truncated; fetch it again", Place(path.name))
    rows = found.with_row_index("row", offset=2).with_columns(pl.col("row").cast(pl.Int64))
    return rows.with_columns(pl.col(*_ENDS).str.strip_chars())


def _nodes(rows: pl.DataFrame, file: str, names: CellNames, decisions: Decisions) -> dict[str, str]:
    """Node of each label; a pair of cells stands once."""
    ends = list(rows.select("row", *_ENDS).iter_rows())
    labels = [(label, Place(file, None, row, c)) for row, *pair in ends for label, c in zip(pair, _ENDS, strict=True)]
    nodes = resolve_all(names, labels, decisions)
    seen: dict[tuple[str, str], int] = {}
    for row, source, target in ends:
        pair = nodes[source], nodes[target]
        if pair in seen:
            text = f"{source} -> {target} stands twice, first in row {seen[pair]}"
            raise SourceError(text, "a mean cannot be added to another; keep one of the rows", Place(file, row=row))
        seen[pair] = row
    return nodes


def _entries(rows: pl.DataFrame, nodes: Mapping[str, str], file: str) -> dict[str, list[Entry]]:
    """Entries by kind."""
    found: dict[str, list[Entry]] = {}
    for kind, column in WEIGHTS.items():
        held = rows.filter(pl.col(column).is_not_null()).select(*_ENDS, column, "row")
        found[kind] = [
            Entry(nodes[source], nodes[target], _weight(kind, weight, place), place)
            for source, target, weight, row in held.iter_rows()
            for place in (Place(file, None, row, column),)
        ]
    return found


def _weight(kind: str, weight: float, place: Place) -> float:
    infinite = weight in (float("inf"), float("-inf"))
    if infinite or (kind != "functional" and weight <= 0):
        wanted = "a finite number" if infinite else "a positive number"
        raise SourceError(f"holds {weight:g}, {wanted} was expected", "correct the cell, or leave it empty", place)
    return weight


def _sources(rows: pl.DataFrame, file: str) -> list[list[str]]:
    """The written list of each row."""
    written = {text: row for row, text in rows.select("row", _LIST).reverse().iter_rows()}  # first row of each
    lists = {text: _list(text, Place(file, None, row, _LIST)) for text, row in written.items()}
    return [lists[text] for text in rows[_LIST]]


def _list(text: str, place: Place) -> list[str]:
    try:
        found = ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        found = None
    if not isinstance(found, list) or not found or not all(isinstance(name, str) and name for name in found):
        raise SourceError(f"holds {text!r:.60}, a list of sources was expected", "correct the cell in the file", place)
    return found


def _decide(rows: pl.DataFrame, entries: Mapping[str, list[Entry]], file: str, decisions: Decisions) -> None:
    """What is not taken, and what is known to be odd in what is."""
    empty = pl.all_horizontal(pl.col(column).is_null() for column in WEIGHTS.values())
    for row, source, target in rows.filter(empty).select("row", *_ENDS).iter_rows():
        decisions.add("dropped", f"{source} -> {target}", "the row holds no weight", Place(file, row=row))
    for kind, column in WEIGHTS.items():
        if entries[kind]:
            item = f"{len(entries[kind])} rows of {DATASET}/{kind}"
            decisions.add("kept", item, _AS_PUBLISHED[kind], Place(file, column=column))
    if entries["functional"]:
        item = f"{len(entries['functional'])} rows of {DATASET}/functional"
        decisions.add("kept", item, _UNRESPONSIVE, Place(file, column=WEIGHTS["functional"]))
    for column, reason in _DROPPED.items():
        decisions.add("dropped", column, reason, Place(file, column=column))
    unknown = rows.filter(pl.col(WEIGHTS["chemical"]).is_not_null(), pl.col("uncertainty").is_null()).height
    if unknown:
        text = f"{unknown} of {len(entries['chemical'])} chemical rows have none: it needs both means"
        decisions.add("kept", "uncertainty", text, Place(file, column="uncertainty"))


def _lost_to_padding(
    rows: pl.DataFrame, nodes: Mapping[str, str], sources: list[list[str]], file: str, decisions: Decisions
) -> None:
    """A source that writes DA01 lost DA1 when names were matched: no row of it has a motor neuron of one digit."""
    neurons: dict[str, set[str]] = defaultdict(set)
    for pair, names in zip(rows.select(_ENDS).iter_rows(), sources, strict=True):
        for name in names:
            neurons[name].update(nodes[label].rpartition("/")[2] for label in pair)
    for name, found in sorted(neurons.items()):
        digits = {len(match[2]) for neuron in found if (match := _MOTOR.fullmatch(neuron))}
        if digits == {2}:
            text = f"its rows name {len(found)} neurons, none of the motor neurons with one digit (DA1 … VD9): their "
            reason = f"{text}names are zero-padded in the source and were not matched; as published"
            decisions.add("kept", name, reason, Place(file, column=_LIST))


def _compare(rows: pl.DataFrame, other: pl.DataFrame, files: Mapping[str, Path], decisions: Decisions) -> None:
    """The file without function, row by row against the structural part of the one with it."""
    columns = [WEIGHTS["gap_junction"], WEIGHTS["chemical"], "uncertainty"]
    structural = rows.filter(pl.any_horizontal(pl.col(*columns[:2]).is_not_null()))
    joined = structural.join(other, on=list(_ENDS), how="full", coalesce=True, suffix="_other").sort("row", "row_other")
    with_, without = files[WITH].name, files[WITHOUT].name
    for column in columns:
        apart = joined.filter(pl.col(column).ne_missing(pl.col(f"{column}_other")))
        for source, target, value, second, row in apart.select(
            *_ENDS, column, f"{column}_other", "row_other"
        ).iter_rows():
            reason = f"{with_} holds {_shown(value)}, {without} {_shown(second)}; the first counts"
            decisions.add("differs", f"{source} -> {target}", reason, Place(without, None, row, column))


def _shown(value: float | None) -> str:
    return "nothing" if value is None else f"{value:g}"


def _network(kind: str, rows: pl.DataFrame, sources: list[list[str]]) -> dict[str, object]:
    held = rows[WEIGHTS[kind]].is_not_null()
    counted = Counter(name for names, has in zip(sources, held, strict=True) if has for name in names)
    parameters = {
        "column": WEIGHTS[kind],
        "keeps": "every row with a weight, as published",
        "about": _AS_PUBLISHED[kind] + (f"; {_UNRESPONSIVE}" if kind == "functional" else ""),
        "rows_per_source": dict(sorted(counted.items())),
    }
    return network_row(
        f"{DATASET}/{kind}",
        kind,
        unit=_UNITS[kind],
        method=_METHOD,
        parameters=parameters,
        directed=kind != "gap_junction",
    )
