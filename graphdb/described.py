"""What every label, relationship type and property of the graph means, in the words of the tables' definitions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from graphdb.graph_model import NODE_TYPES, RELATIONSHIP_TYPES
from schemas import tables
from schemas.kinds import EDGE_KINDS, NODE_KINDS

_TABLES = {
    **{kind.label: "node" for kind in NODE_KINDS.values()},
    **{kind.type: name for name, kind in EDGE_KINDS.items()},
    **{label: label.lower() for label in ("Dataset", "Subject", "Network", "Recording", "Run")},
    "Annotation": "annotation",
    "Binding": "binding",
    "COVERED_BY": "coverage",
    "CHEMICAL_IN": "chemical_region",
    "RECORDED_IN": "trace",
    "INFERRED": "inferred_edge",
    "MEMBER_OF": "membership",
    "IN_STATE": "state",
}
_MEANINGS = {
    **{kind.label: kind.meaning for kind in NODE_KINDS.values()},
    **{kind.type: kind.meaning for kind in EDGE_KINDS.values()},
    "Dataset": "a version of a dataset: what it is, whose it is, what to cite",
    "Community": "a group of nodes that a run found",
    "State": "a state of the whole recording that a run found",
    "IN_DATASET": "which dataset brought it",
    "DERIVED_FROM": "dataset that it was made from",
    "OF_SUBJECT": "animal or person that it belongs to",
    "Annotation": "what a source says of a node",
    "ANNOTATED": "what is said of it",
    "Binding": "a ligand that activates a receptor, measured apart from the animal",
    "COVERED_BY": "network whose source could have seen its edges: an absent edge of two such was looked for",
    "FOUND_BY": "run that found it",
    "TRAINED_ON": "dataset that the run learnt from",
}
_PROPERTIES = {
    "uid": "id",
    "name": "name to show",
    "dataset": "dataset that brought it",
    "version": "version of the dataset at the other end",
    "published_at": "when this version entered the lake, ISO 8601",
    "content_hash": "hash of all tables of this version",
    "directed": "whether its ends differ in meaning, from its network",
    "duration_s": "from the first sample to the last",
    "n_members": "how many nodes are in it",
    "total_s": "how long it lasted, all recordings together",
    "run": "run that found it",
}
_UNITS = {
    "um": "µm",
    "um2": "µm²",
    "um3": "µm³",
    "mm": "mm",
    "s": "s",
    "h": "h",
    "hz": "Hz",
    "molar": "mol/l",
    "years": "years",
    "bytes": "bytes",
    "deg": "degrees",
}
_TYPES = {pl.String(): "text", pl.Int64(): "whole number", pl.Float64(): "number", pl.Boolean(): "true or false"}


@dataclass(frozen=True)
class Described:
    """One property of a label or type; a label or type without its own properties has one row without a name."""

    kind: str
    name: str
    between: str
    property: str
    type: str
    unit: str
    meaning: str


def meaning_of(name: str) -> str:
    """What a label or type stands for."""
    if name in _MEANINGS:
        return _MEANINGS[name]
    return (tables.TABLES[_TABLES[name]].__doc__ or "").strip().partition("\n")[0]


def described(name: str | None = None) -> Iterator[Described]:
    """Every property of every label and type, or of one."""
    for label, node in NODE_TYPES.items():
        if name in (None, label):
            yield from _rows("label", label, "", node.properties)
    for type_, relationship in RELATIONSHIP_TYPES.items():
        if name in (None, type_):
            ends = sorted(f"{start} to {end}" for start, end in relationship.between)
            shown = ends[0] if len(ends) == 1 else f"{ends[0]} and {len(ends) - 1} more pairs"
            yield from _rows("type", type_, shown, relationship.properties)


def _rows(kind: str, name: str, between: str, properties: dict[str, pl.DataType]) -> Iterator[Described]:
    for column, dtype in properties.items():
        yield Described(kind, name, between, column, _type(dtype), _unit(column), _meaning(name, column))


def _type(dtype: pl.DataType) -> str:
    return _TYPES.get(dtype) or f"list of {_type(dtype.inner)}"  # type: ignore[attr-defined]


def _unit(column: str) -> str:
    if column == "weight":
        return "its network's weight_unit"
    return _UNITS.get(column.rpartition("_")[2], "") if "_" in column else ""


def _meaning(name: str, column: str) -> str:
    table = _TABLES.get(name)
    definitions = tables.TABLES[table].columns() if table else {}
    found = definitions[column].description if column in definitions else None
    return found or _PROPERTIES.get(column, "")
