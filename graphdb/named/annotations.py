"""What sources say of a cell, side by side, and where they contradict each other."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from graphdb.named.anchor import at_cells, where
from graphdb.named.cells import Cells
from graphdb.named.connectomes import typed
from graphdb.named.definition import FLAG, REAL, TEXT, TEXTS, Column, NamedQuery, Statement
from schemas.annotations import ATTRIBUTES

# What the node set's own dataset says of a cell stands in columns of the node.
OWN = {"class": "class", "type": "type", "neurotransmitter": "transmitter"}
_READ = {
    **dict.fromkeys(("uid", "cell", "node_dataset", *(f"own_{name}" for name in OWN)), TEXT),
    **dict.fromkeys(("attribute", "value"), TEXT),
    "number": REAL,
    **dict.fromkeys(("evidence", "dataset"), TEXT),
}
_SAID = ("uid", "cell", "attribute", "value", "number", "evidence", "dataset")


@dataclass(frozen=True)
class AnnotationsCriteria:
    """Criteria of @annotations."""

    cells: Cells = field(metadata={"help": "names, aliases, classes or uids, e.g. AVAL, VB01, AVA"})
    attribute: tuple[str, ...] = field(
        default=(), metadata={"help": "only these attributes, e.g. transmitter,lineage; none for all"}
    )
    dataset: str | None = field(default=None, metadata={"help": "only what this dataset says"})
    differing: bool = field(default=False, metadata={"help": "only where sources contradict each other"})


def annotations_of(criteria: AnnotationsCriteria, dialect: str) -> Statement:
    """All that is said of the cells; a cell of which nothing is said has one row without an attribute."""
    conditions, parameters = [], dict[str, object]()
    if criteria.attribute:
        conditions.append("x.attribute IN $attributes")
        parameters["attributes"] = list(criteria.attribute)
    own = ", ".join(f"n.`{name}` AS own_{name}" for name in OWN)
    result = (
        f"OPTIONAL MATCH (n)-[:`ANNOTATED`]->(x:`Annotation`){where(conditions)} "
        f"RETURN n.uid AS uid, n.name AS cell, n.dataset AS node_dataset, {own}, x.attribute AS attribute, "
        "x.value AS value, x.number AS number, x.evidence AS evidence, x.dataset AS dataset"
    )
    return at_cells(criteria.cells, dialect, "n", "", [], result, parameters)


def side_by_side(rows: pl.DataFrame, criteria: AnnotationsCriteria) -> pl.DataFrame:
    """The statements in the order of cells and attributes, each with the sources that say otherwise."""
    found = typed(rows, _READ)
    said = pl.concat([_own(found), found.filter(pl.col("attribute").is_not_null()).select(_SAID)]).unique()
    if criteria.attribute:
        said = said.filter(pl.col("attribute").is_in(list(criteria.attribute)))
    compared = _compared(said)
    if criteria.dataset is not None:
        compared = compared.filter(pl.col("dataset") == criteria.dataset)
    if criteria.differing:
        compared = compared.filter(pl.col("differs"))
    cells = {uid: place for place, uid in enumerate(criteria.cells.uids)}
    attributes = {name: place for place, name in enumerate(ATTRIBUTES)}
    order = (
        pl.col("uid").replace_strict(cells, default=len(cells), return_dtype=pl.Int64),
        pl.col("attribute").replace_strict(attributes, default=len(attributes), return_dtype=pl.Int64),
    )
    return compared.sort(*order, "uid", "attribute", "value", "dataset")


def _own(found: pl.DataFrame) -> pl.DataFrame:
    """What the columns of the nodes say, as statements of the dataset that brought the nodes."""
    cells = found.unique("uid")
    parts = [
        cells.select(
            "uid",
            "cell",
            attribute=pl.lit(attribute),
            value=f"own_{column}",
            number=pl.lit(None, REAL),
            evidence=pl.lit(None, TEXT),
            dataset="node_dataset",
        )
        for column, attribute in OWN.items()
    ]
    return pl.concat(parts).filter(pl.col("value").is_not_null())


def _compared(said: pl.DataFrame) -> pl.DataFrame:
    """Each statement with `others`, the sources that speak of the attribute and do not say this, and `differs`.

    Two sources differ where one says of the same attribute of the same cell what the other does not. One source differs
    from itself where it gives two values of what a cell has one of. Free text is not compared: `differs` is null.
    """
    # Numbers are compared as numbers, whatever their texts.
    what = pl.coalesce(pl.col("number").cast(TEXT), "value")
    known = said.with_columns(_what=what)
    speakers = known.group_by("uid", "attribute").agg(
        _speakers=pl.col("dataset").unique(), _values=pl.col("_what").n_unique()
    )
    sayers = known.group_by("uid", "attribute", "_what").agg(_sayers=pl.col("dataset").unique())
    joined = known.join(speakers, on=["uid", "attribute"]).join(sayers, on=["uid", "attribute", "_what"])
    single = [name for name, about in ATTRIBUTES.items() if about.single]
    free = [name for name, about in ATTRIBUTES.items() if about.free]
    others = pl.col("_speakers").list.set_difference("_sayers").list.sort()
    contradicted = (others.list.len() > 0) | (pl.col("attribute").is_in(single) & (pl.col("_values") > 1))
    is_free = pl.col("attribute").is_in(free)
    return joined.select(
        "cell",
        "attribute",
        "value",
        "number",
        "dataset",
        differs=pl.when(~is_free).then(contradicted),
        others=pl.when(~is_free & (others.list.len() > 0)).then(others),
        evidence="evidence",
        uid="uid",
    )


ANNOTATIONS = NamedQuery(
    "annotations",
    "What sources say of cells (transmitter, class, lineage, position ...), and where they differ",
    AnnotationsCriteria,
    annotations_of,
    {"cells": "AIML,RIBL", "attribute": "transmitter,uptake"},
    (
        Column("cell", TEXT, "name of the cell"),
        Column("attribute", TEXT, "what is said, e.g. transmitter, type, lineage, ap_um"),
        Column("value", TEXT, "what the source says"),
        Column("number", REAL, "the value where it is a number, in the unit of the attribute's name"),
        Column("dataset", TEXT, "the source"),
        Column("differs", FLAG, "whether a source contradicts this; none for free text, which is not compared"),
        Column("others", TEXTS, "sources that speak of the attribute and do not say this"),
        Column("evidence", TEXT, "what the source rests it on"),
        Column("uid", TEXT, "id of the cell"),
    ),
    about=(
        "Class, type and transmitter that the node set itself gives are statements of its dataset. A value differs "
        "where another source speaks of that attribute of the cell without saying it; one that says nothing of the "
        "attribute does not contradict. Where one source gives two values of what a cell has one of (a lineage, a "
        "position), these differ too. Nothing is chosen or averaged."
    ),
    finish=side_by_side,
)
