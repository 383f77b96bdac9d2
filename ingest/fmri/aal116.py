"""The AAL atlas with 116 regions (90 cerebral, 26 cerebellar) as a node set in MNI space.

Tzourio-Mazoyer et al., NeuroImage 15 (2002) 273-289, doi 10.1006/nimg.2001.0978.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from ingest.files import read_table
from schemas import tables
from schemas.dataset import Decisions, Tables
from schemas.errors import Place, SourceError
from schemas.ids import uid

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

READER_VERSION = "1"

NODE_SET = "fmri/aal116"
N_REGIONS = 116

# every column is read, also those not used, so that a row with a cell too many is seen
_CENTROIDS: dict[str, pl.DataType] = {
    "row": pl.Int64(),
    "atlas_label": pl.Int64(),
    "x_mni": pl.Float64(),
    "y_mni": pl.Float64(),
    "z_mni": pl.Float64(),
    "n_voxels": pl.Int64(),
}
_NAMES: dict[str, pl.DataType] = {
    "ROI.Name": pl.String(),
    "x.mni": pl.Float64(),
    "y.mni": pl.Float64(),
    "z.mni": pl.Float64(),
    "network": pl.String(),
    "hemi": pl.String(),
    "index": pl.Int64(),
}
_LABELS: dict[str, pl.DataType] = {
    "num": pl.Int64(),
    "name": pl.String(),
    "abb": pl.String(),
    "risk_group": pl.Int64(),
}


def label_alias(label: int) -> str:
    """The alias that carries a region's number in the atlas, from 1; series files are in that order."""
    return f"AAL-{label:03d}"


def regions_in_order(parent: Tables) -> list[str]:
    """Uids of the published atlas in the order of its label numbers.

    Raises:
        SourceError: the parent's tables lack one of the 116 regions.
    """
    by_alias = {alias: row for row, aliases in parent["node"].select("uid", "aliases").iter_rows() for alias in aliases}
    missing = [a for a in map(label_alias, range(1, N_REGIONS + 1)) if a not in by_alias]
    if missing:
        raise SourceError(f"the atlas has no region {missing[0]}", "publish fmri/aal116 again", Place("fmri/aal116"))
    return [by_alias[label_alias(label)] for label in range(1, N_REGIONS + 1)]


def read(files: Mapping[str, Path], parents: Mapping[str, Tables]) -> dict[str, pl.DataFrame]:  # noqa: ARG001
    """Join `centroids` (position by label number), `names` (short name, lobe) and `labels` (AAL's own name).

    Returns:
        node_set, node (named by the short name; AAL's name and label number are aliases) and decision.

    Raises:
        SourceError: a file does not name each of the labels 1 to 116 once, or two files disagree on a side.
    """
    centroids = _by_label(files["centroids"], _CENTROIDS, "atlas_label")
    names = _by_label(files["names"], _NAMES, "index")
    labels = _by_label(files["labels"], _LABELS, "num")
    decisions = Decisions()
    rows = []
    for label in range(1, N_REGIONS + 1):
        place = Place(files["names"].name, row=names[label]["file_row"], column="hemi")
        row = _node(label, centroids[label], names[label], labels[label])
        _check_side(row, labels[label], Place(files["labels"].name, row=labels[label]["file_row"], column="name"))
        if row["hemisphere"] != names[label]["hemi"]:
            reason = f"the file says {names[label]['hemi']}, the vermis lies on the midline (M)"
            decisions.add("differs", f"hemisphere of {row['name']}", reason, place)
        rows.append(row)
    return {"node_set": _node_set(), "node": tables.frame("node", rows), "decision": decisions.frame()}


def _by_label(path: Path, columns: dict[str, pl.DataType], key: str) -> dict[int, dict[str, Any]]:
    table = read_table(path, ",", columns).with_row_index("file_row", offset=2)
    repeated = table.filter(pl.col(key).is_duplicated())
    if repeated.height:
        place = Place(path.name, row=repeated["file_row"][1], column=key)
        raise SourceError(f"label {repeated[key][1]} stands more than once", "keep one row per region", place)
    if sorted(table[key].to_list()) != list(range(1, N_REGIONS + 1)):
        text = f"has {table.height} regions, the labels 1 to {N_REGIONS} were expected"
        raise SourceError(text, "is it the table of another atlas?", Place(path.name, column=key))
    return {row[key]: row for row in table.iter_rows(named=True)}


def _node(
    label: int, centroid: dict[str, object], name: dict[str, object], own: dict[str, object]
) -> dict[str, object]:
    short = str(name["ROI.Name"])
    aliases = dict.fromkeys([str(own["name"]), str(own["abb"]), label_alias(label)])
    return {
        "uid": uid(NODE_SET, short),
        "node_set": NODE_SET,
        "name": short,
        "kind": "region",
        "aliases": [alias for alias in aliases if alias != short],
        "type": name["network"],
        "hemisphere": {".L": "L", ".R": "R"}.get(short[-2:], "M"),
        "x_mm": centroid["x_mni"],
        "y_mm": centroid["y_mni"],
        "z_mm": centroid["z_mni"],
    }


def _check_side(row: dict[str, object], own: dict[str, object], place: Place) -> None:
    side = {"_L": "L", "_R": "R"}.get(str(own["name"])[-2:], "M")
    if side != row["hemisphere"]:
        raise SourceError(
            f"{own['name']!r} is on side {side}, {row['name']!r} of the names on {row['hemisphere']}",
            "the two files must be of the same atlas in the same order",
            place,
        )


def _node_set() -> pl.DataFrame:
    row: dict[str, object] = {
        "uid": NODE_SET,
        "title": "AAL atlas, 116 regions",
        "frame": "MNI mm, centre of mass of the label; x right, y anterior, z superior",
        "species": "Homo sapiens",
    }
    return tables.frame("node_set", [row])
