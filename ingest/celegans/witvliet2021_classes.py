"""Witvliet et al. 2021: how each connection of the brain changes from birth to adulthood, one network for each class.

A comma-separated table, one row per connection that any of the eight animals has: pre, post, classification. The edge
tables have no column for a class, so it is the network that says it: every edge of a network has one class, and all
networks together are the connections of all animals. The file has no weights; the weight of an edge is in how many
animals of celegans/witvliet2021-synapses the connection is found.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from ingest.celegans import cells, witvliet2021_synapses
from ingest.celegans.names import CellNames
from ingest.celegans.witvliet2021_synapses import with_nodes
from ingest.files import read_table
from schemas import tables
from schemas.dataset import Decisions, Tables
from schemas.errors import Place, SourceError

READER_VERSION = "1"
DATASET = "celegans/witvliet2021-classes"
CLASSES = {
    "stable": "stable",
    "variable": "variable",
    "developmentally dynamic (strengthened)": "strengthened",
    "developmentally dynamic (weakened)": "weakened",
    "post-embryonic brain integration": "post-embryonic",
}
COLUMNS: dict[str, pl.DataType] = {"pre": pl.String(), "post": pl.String(), "classification": pl.String()}

_FILE = "classes"
_PARENT = witvliet2021_synapses.DATASET
_METHOD = "classified by how a connection changes over eight animals from birth to adulthood; electron microscopy"


def read(files: Mapping[str, Path], parents: Mapping[str, Tables]) -> dict[str, pl.DataFrame]:
    """Networks `…/stable`, `…/variable`, `…/strengthened`, `…/weakened` and `…/post-embryonic`.

    Args:
        files: `classes`.
        parents: hold `celegans/cells`, and `celegans/witvliet2021-synapses`, in which animals are counted.

    Raises:
        SourceError: another layout, a class that is none, a connection twice, or labels that no cell has.
    """
    names, decisions = CellNames.of(parents), Decisions()
    if _PARENT not in parents:
        raise SourceError(f"{_PARENT} is absent: the file has no weights", f"ingest {_PARENT} first")
    path = files[_FILE]
    rows = with_nodes(read_classes(path), path.name, names, decisions)
    _require_once(rows, path.name)
    animals = parents[_PARENT]["chemical"].group_by("source", "target").agg(pl.col("network").n_unique())
    joined = rows.join(animals, on=["source", "target"], how="full", coalesce=True, maintain_order="left_right")
    _record_absent(joined, path.name, decisions)
    reason = f"the file gives none; an edge weighs the number of animals of {_PARENT} that have the connection"
    decisions.add("kept", "weight", reason, Place(path.name))
    edges = joined.drop_nulls(["classification", "network"])
    return {
        "network": tables.frame("network", [_network(name, parents[_PARENT]) for name in CLASSES]),
        "chemical": _table(edges),
        "decision": decisions.frame(),
    }


def read_classes(path: Path) -> pl.DataFrame:
    """Rows of the file: COLUMNS, with row (in the file).

    Raises:
        SourceError: another layout, no rows, or a class that is none.
    """
    found = read_table(path, ",", COLUMNS).with_columns(pl.all().str.strip_chars()).with_row_index("row", offset=2)
    if found.is_empty():
        raise SourceError("holds no connections", "is this the whole file?", Place(path.name))
    for row, name in found.select("row", "classification").iter_rows():
        if name not in CLASSES:
            where = Place(path.name, row=row, column="classification")
            raise SourceError(f"holds {name!r}", f"classes are {', '.join(CLASSES)}", where)
    return found.with_columns(pl.col("row").cast(pl.Int64))


def _require_once(rows: pl.DataFrame, file: str) -> None:
    first = pl.col("row").first().over("source", "target").alias("first_row")
    again = rows.with_columns(first).filter(pl.col("row") != pl.col("first_row"))
    for pre, post, row, at in again.select("pre", "post", "row", "first_row").head(1).iter_rows():
        text = f"{pre} -> {post} stands twice, first in row {at}"
        raise SourceError(text, "a connection has one class; keep one of the rows", Place(file, row=row))


def _record_absent(joined: pl.DataFrame, file: str, decisions: Decisions) -> None:
    """Connections that only the file or only the animals have."""
    for pre, post, row in joined.filter(pl.col("network").is_null()).select("pre", "post", "row").iter_rows():
        reason = f"no animal of {_PARENT} has the connection, so there is nothing to weigh it by"
        decisions.add("dropped", f"{pre} -> {post}", reason, Place(file, row=row))
    unclassified = joined.filter(pl.col("classification").is_null())
    if unclassified.height:
        first = " -> ".join(uid.rpartition("/")[2] for uid in unclassified.select("source", "target").row(0))
        reason = f"{unclassified.height} connections of {_PARENT} have no class, the first is {first}"
        decisions.add("differs", _PARENT, reason, Place(file))


def _table(edges: pl.DataFrame) -> pl.DataFrame:
    uid = pl.concat_str(pl.lit(f"{DATASET}/"), pl.col("classification").replace_strict(CLASSES))
    found = edges.with_columns(
        weight=pl.col("network").cast(pl.Float64), n_contacts=pl.lit(None, pl.Int64), network=uid
    )
    return found.select(list(tables.columns("chemical")))


def _network(name: str, parent: Tables) -> dict[str, object]:
    parameters = {
        "class": name,
        "keeps": f"every connection whose classification is {name!r}",
        "weight": f"animals of {_PARENT} that have the connection",
        "animals": parent["network"].height,
    }
    return {
        "uid": f"{DATASET}/{CLASSES[name]}",
        "node_set": cells.NODE_SET,
        "subject": None,
        "kind": "chemical",
        "directed": True,
        "weight_unit": "animals",
        "method": _METHOD,
        "parameters": json.dumps(parameters),
    }
