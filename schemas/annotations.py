"""What a source says of a node, one statement per row: contradictions stand beside each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import dataframely as dy
import polars as pl

from schemas.columns import float_column as _float
from schemas.columns import text_column as _text
from schemas.columns import uid_column as _uid

ATTRIBUTE = r"^[a-z][a-z0-9_]*$"


@dataclass(frozen=True)
class Attribute:
    """A word for what is said of a node; `numeric` where each value is a number in the unit that the name ends with.

    `single` where a node can have one value only, so that two values contradict each other; `free` where sources use
    words of their own, so that other words need not mean another thing.
    """

    name: str
    meaning: str
    numeric: bool = False
    single: bool = True
    free: bool = False


_AXES = {"ap": "along the body", "dv": "between ventral and dorsal", "lr": "between left and right"}
_WHOLE_BODY = {"ap": "from the nose backwards", "dv": "dorsal positive", "lr": "left positive"}


def _axes(name: str, meaning: str, axes: Mapping[str, str] = MappingProxyType(_AXES)) -> Iterator[Attribute]:
    """A numeric attribute for each axis of the body; `{}` in the name stands for ap, dv, lr."""
    return (Attribute(name.format(axis), f"{meaning}: {direction}", numeric=True) for axis, direction in axes.items())


ATTRIBUTES = {
    a.name: a
    for a in (
        Attribute("transmitter", "a transmitter that the cell releases, by its common name", single=False),
        Attribute("uptake", "a transmitter that the cell takes up", single=False),
        Attribute("expression", "a gene that the cell expresses", single=False),
        Attribute("staining", "a transmitter that the cell was stained for", single=False),
        Attribute("class", "cell class"),
        Attribute("type", "finer kind, in the source's words", single=False, free=True),
        Attribute("function", "what the cell does, e.g. the sense that it serves", single=False, free=True),
        Attribute("description", "what the cell is, in the source's words", free=True),
        Attribute("full_name", "its name in full", free=True),
        Attribute("lineage", "the divisions that it comes from, e.g. `AB plapaaaapp`"),
        Attribute("birth", "embryonic or postembryonic"),
        Attribute("ganglion", "ganglion or part of the nervous system that holds its cell body"),
        Attribute("region", "part of the body: head, pharynx, midbody, tail", single=False),
        Attribute("side", "left, right, dorsal or ventral, by which its class has more than one cell", single=False),
        Attribute("left_right_partner", "uid of the cell of its class on the other side; an unpaired cell has none"),
        Attribute("class_split", "whether its class is shown as one or by sides", single=False, free=True),
        Attribute("category", "a group that the source sorts it into, in its words", single=False, free=True),
        Attribute("synonym", "another name that the source has for it", single=False, free=True),
        Attribute("colour", "colour in NeuroPAL animals, #RRGGBB, or `panneuronal` where it has none of its own"),
        Attribute("comment", "a remark of the source", single=False, free=True),
        # One frame is that of the whole body; the others are named, since numbers of two frames cannot be compared.
        *_axes("{}_um", "position of the cell body in the frame of the whole body", _WHOLE_BODY),
        *_axes("head_{}_um", "position in a frame of the head alone, which the evidence describes"),
        *_axes("tail_{}_um", "position in a frame of the tail alone, which the evidence describes"),
        *_axes("{}_sd_um", "standard deviation of the position between animals"),
        *_axes("{}_atlas_unit", "position in the frame of wormneuroatlas, whose unit is not stated"),
    )
}
_NUMERIC = [a.name for a in ATTRIBUTES.values() if a.numeric]


class AnnotationTable(dy.Schema):
    """What the dataset's source says of a node; where sources, or one source, say several things, each is a row."""

    node = _uid("the node", primary_key=True)
    attribute = dy.String(
        primary_key=True, regex=ATTRIBUTE, description="what is said; the words below, or others like them"
    )
    value = _text("what the source says, as text", primary_key=True)
    number = _float("the value where it is a number, in the unit of the attribute's name")
    evidence = _text("what the source rests it on, e.g. staining, expression of eat-4", nullable=True)

    @dy.rule()
    def measured_attributes_have_a_number(cls) -> pl.Expr:  # noqa: N805
        return ~pl.col("attribute").is_in(_NUMERIC) | pl.col("number").is_not_null()
