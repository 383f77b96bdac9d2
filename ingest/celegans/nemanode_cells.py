"""What NemaNode says of cells: class, what they do, transmitters, when they are born, whether they lie in head or tail.

One record for each cell; what a cell does and its transmitters are letters, one for each:
`{"name": "AIML", "classes": "AIM", "typ": "in", "nt": "ls", "emb": 1, "inhead": 1, "intail": 0}`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import polars as pl

from ingest.celegans.names import CellNames
from ingest.celegans.statements import Statement, annotation_table, cells_of, local_file
from ingest.files import read_json
from schemas.dataset import Decisions, Tables
from schemas.errors import Place, SourceError

READER_VERSION = "1"
TYPES = {
    "s": "sensory",
    "i": "inter",
    "m": "motor",
    "n": "modulatory",
    "b": "body wall muscle",
    "u": "unknown",
}
TRANSMITTERS = {
    "a": "acetylcholine",
    "d": "dopamine",
    "g": "GABA",
    "l": "glutamate",
    "o": "octopamine",
    "s": "serotonin",
    "t": "tyramine",
    "u": "unknown",
}
NONE = "n"  # where a cell is no neuron
NOT_CELLS = {
    "pm4": "names a class of pharyngeal muscles, not one of its cells",
    "LegacyBodyWallMuscles": "names all body wall muscles of older datasets, not one of them",
}

_TEXTS = ("name", "classes", "typ", "nt")
_FLAGS = ("emb", "inhead", "intail")
_NUMBERED = re.compile(r"([A-Z]+)n")
_HINT = f"each record has {', '.join((*_TEXTS, *_FLAGS))}"


def read(files: Mapping[str, Path], parents: Mapping[str, Tables]) -> dict[str, pl.DataFrame]:
    """Annotations `class`, `type`, `transmitter`, `birth`, `region`.

    Args:
        files: `neurons`.
        parents: holds `celegans/cells`.

    Raises:
        SourceError: a record of another form, an unknown letter, or labels that no cell has.
    """
    path, decisions = local_file(files, "neurons", "nemanode_neurons.json"), Decisions()
    records = _records(path)
    nodes = cells_of(CellNames.of(parents), [(r["name"], place) for place, r in records], decisions, NOT_CELLS)
    known = [(place, nodes[r["name"]], r) for place, r in records if r["name"] in nodes]
    _say_classes(known, decisions)
    _say_none(known, decisions)
    statements = [s for place, node, record in known for s in _statements(place, node, record)]
    return {"annotation": annotation_table(statements, decisions), "decision": decisions.frame()}


def _records(path: Path) -> list[tuple[Place, dict[str, Any]]]:
    content = read_json(path)
    if not isinstance(content, list) or not content:
        raise SourceError("holds no list of cells", _HINT, Place(path.name))
    return [(Place(path.name, row=n), _checked(r, Place(path.name, row=n))) for n, r in enumerate(content, start=1)]


def _checked(record: Any, place: Place) -> dict[str, Any]:
    if not isinstance(record, dict):
        raise SourceError(f"record {place.row} is {record!r:.40}", _HINT, place)
    for name in (*_TEXTS, *_FLAGS):
        value = record.get(name)
        right = isinstance(value, str) and value.strip() if name in _TEXTS else value in (0, 1)
        if not right:
            wanted = "a text" if name in _TEXTS else "0 or 1"
            at = Place(place.file, row=place.row, column=name)
            raise SourceError(f"holds {value!r:.40}, {wanted} was expected", _HINT, at)
    return {**record, **{name: record[name].strip() for name in _TEXTS}}


def _statements(place: Place, node: str, record: dict[str, Any]) -> Iterator[Statement]:
    yield Statement(node, "class", _class(record), place)
    for value in _spelled(record["typ"], TYPES, place, "typ"):
        yield Statement(node, "type", value, place)
    if record["nt"] != NONE:
        for value in _spelled(record["nt"], TRANSMITTERS, place, "nt"):
            yield Statement(node, "transmitter", value, place)
    yield Statement(node, "birth", "embryonic" if record["emb"] else "postembryonic", place)
    for flag, region in (("inhead", "head"), ("intail", "tail")):
        if record[flag]:
            yield Statement(node, "region", region, place)


def _class(record: dict[str, Any]) -> str:
    """The n of `DAn` stands for the numbers of the cells; the class is DA."""
    found = _NUMBERED.fullmatch(record["classes"])
    return found[1] if found and record["name"].startswith(found[1]) else record["classes"]


def _say_classes(known: list[tuple[Place, str, dict[str, Any]]], decisions: Decisions) -> None:
    said: set[str] = set()
    for place, _, record in known:
        written, meant = record["classes"], _class(record)
        if written != meant and written not in said:
            said.add(written)
            at = Place(place.file, row=place.row, column="classes")
            decisions.add("renamed", written, f"it is {meant} here, in every record", at)


def _spelled(letters: str, words: Mapping[str, str], place: Place, column: str) -> list[str]:
    for letter in letters:
        if letter not in words:
            known = ", ".join(f"{k} ({v})" for k, v in words.items())
            at = Place(place.file, row=place.row, column=column)
            raise SourceError(f"holds {letters!r}, in which {letter!r} is not known", f"letters: {known}", at)
    return [words[letter] for letter in letters]


def _say_none(known: list[tuple[Place, str, dict[str, Any]]], decisions: Decisions) -> None:
    silent = [place for place, _, record in known if record["nt"] == NONE]
    if silent:
        reason = f"{len(silent)} cells have {NONE!r}, no transmitter; nothing is said of them"
        decisions.add("dropped", f"nt {NONE}", reason, Place(silent[0].file, row=silent[0].row, column="nt"))
