"""What the graph holds: labels, relationship types and their properties, derived from the tables' definitions."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from schemas import tables
from schemas.kinds import EDGE_KINDS, NODE_KINDS

Properties = dict[str, pl.DataType]

_TEXT, _WHOLE, _REAL, _FLAG = pl.String(), pl.Int64(), pl.Float64(), pl.Boolean()
_CELLS = tuple(k.label for k in NODE_KINDS.values())


@dataclass(frozen=True)
class NodeType:
    """A label with its properties; `uid` is the key."""

    label: str
    properties: Properties


@dataclass(frozen=True)
class RelationshipType:
    """A relationship type, the label pairs it may join, its properties, and those that identify it."""

    type: str
    between: tuple[tuple[str, str], ...]
    properties: Properties
    key: tuple[str, ...] = ()


def _of(table: str, *without: str, **more: pl.DataType) -> Properties:
    kept = {name: dtype for name, dtype in tables.columns(table).items() if name not in without}
    return {**kept, **more}


_CELL_PROPERTIES = _of("node", dataset=_TEXT)

NODE_TYPES: dict[str, NodeType] = {
    t.label: t
    for t in (
        *(NodeType(label, _CELL_PROPERTIES) for label in _CELLS),
        NodeType("Dataset", _of("dataset", "parents", published_at=_TEXT, content_hash=_TEXT)),
        NodeType("Subject", _of("subject", dataset=_TEXT)),
        NodeType("Network", _of("network", dataset=_TEXT)),
        NodeType("Recording", _of("recording", "time_s", dataset=_TEXT, duration_s=_REAL)),
        NodeType("Run", _of("run", "trained_on", dataset=_TEXT, published_at=_TEXT)),
        NodeType("Community", {"uid": _TEXT, "name": _TEXT, "n_members": _WHOLE, "run": _TEXT, "dataset": _TEXT}),
        NodeType("Annotation", {"uid": _TEXT, **_of("annotation", "node", dataset=_TEXT)}),
        NodeType("Binding", {"uid": _TEXT, **_of("binding", dataset=_TEXT)}),
        NodeType("State", {"uid": _TEXT, "name": _TEXT, "total_s": _REAL, "run": _TEXT, "dataset": _TEXT}),
    )
}

_EDGE_TYPES = tuple(
    RelationshipType(
        kind.type,
        kind.between,
        _of(kind.name, "source", "target", dataset=_TEXT, directed=_FLAG),
        tuple(k for k in tables.key(kind.name) if k not in ("source", "target")),
    )
    for kind in EDGE_KINDS.values()
)

RELATIONSHIP_TYPES: dict[str, RelationshipType] = {
    t.type: t
    for t in (
        *_EDGE_TYPES,
        RelationshipType(
            "CHEMICAL_IN",
            EDGE_KINDS["chemical"].between,
            _of("chemical_region", "source", "target", dataset=_TEXT),
            ("network", "region"),
        ),
        RelationshipType(
            "IN_DATASET",
            tuple((label, "Dataset") for label in ("Network", "Recording", "Run", "Subject")),
            {"dataset": _TEXT},
        ),
        RelationshipType("DERIVED_FROM", (("Dataset", "Dataset"),), {"dataset": _TEXT, "version": _TEXT}),
        RelationshipType("OF_SUBJECT", (("Network", "Subject"), ("Recording", "Subject")), {"dataset": _TEXT}),
        RelationshipType(
            "RECORDED_IN",
            tuple((label, "Recording") for label in _CELLS),
            _of("trace", "recording", "node", "values", dataset=_TEXT),
            ("trace",),
        ),
        RelationshipType(
            "INFERRED",
            tuple((label, label) for label in _CELLS),
            _of("inferred_edge", "source", "target", dataset=_TEXT),
            ("run",),
        ),
        RelationshipType(
            "MEMBER_OF",
            tuple((label, "Community") for label in _CELLS),
            {"strength": _REAL, "run": _TEXT, "dataset": _TEXT},
            ("run",),
        ),
        RelationshipType(
            "IN_STATE",
            (("Recording", "State"),),
            _of("state", "recording", "state", dataset=_TEXT),
            ("interval",),
        ),
        RelationshipType("ANNOTATED", tuple((label, "Annotation") for label in _CELLS), {"dataset": _TEXT}),
        RelationshipType(
            "COVERED_BY",
            tuple((label, "Network") for label in _CELLS),
            _of("coverage", "network", "node", dataset=_TEXT),
        ),
        RelationshipType("FOUND_BY", (("Community", "Run"), ("State", "Run")), {"dataset": _TEXT}),
        RelationshipType("TRAINED_ON", (("Run", "Dataset"),), {"dataset": _TEXT, "version": _TEXT}),
    )
}
