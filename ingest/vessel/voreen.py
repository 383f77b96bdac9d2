"""Vessel graphs as Voreen writes them: a node and an edge table, `;` between cells, lengths in voxels.

Format: Voreen, VesselGraphGlobalStats; Drees et al. 2021 (arXiv 2102.03444).
Data: VesselGraph, Paetzold et al. 2021 (arXiv 2108.13233).
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import polars as pl

from ingest.files import read_table
from ingest.frames import complete
from schemas import tables
from schemas.dataset import Decisions, Tables
from schemas.errors import Place, SourceError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

READER_VERSION = "1"

INVALID = -1.0  # Voreen's INVALID_DATA: a path property of an edge without a valid skeleton voxel


@dataclass(frozen=True)
class VoreenConfig:
    """What the files do not say.

    Attributes:
        dataset: id of the dataset; its node set has the same id.
        title: title of the node set.
        voxel_um: edge of the cubic voxel that all lengths in the files are counted in. VesselGraph's files
            are at 3 um isotropic ("iso3um" in their names).
    """

    dataset: str = "vessel/voreen-sample"
    title: str = "VesselGraph sample (Voreen)"
    voxel_um: float = 3.0


_NODES: dict[str, pl.DataType] = {
    "id": pl.Int64(),
    "pos_x": pl.Float64(),
    "pos_y": pl.Float64(),
    "pos_z": pl.Float64(),
    "degree": pl.Int64(),
    "isAtSampleBorder": pl.Int64(),
}
# every column is read, also those left out later, so that a row with a cell too many is seen
# source column -> (our column, power of the voxel's edge in its unit); all may hold the sentinel
_PATH = {
    "length": ("length_um", 1),
    "volume": ("volume_um3", 3),
    "avgCrossSection": ("cross_section_um2", 2),
    "minRadiusAvg": ("radius_min_um", 1),
    "minRadiusStd": ("radius_min_std_um", 1),
    "avgRadiusAvg": ("radius_um", 1),
    "avgRadiusStd": ("radius_std_um", 1),
    "maxRadiusAvg": ("radius_max_um", 1),
    "maxRadiusStd": ("radius_max_std_um", 1),
    "roundnessAvg": ("roundness", 0),
    "roundnessStd": ("roundness_std", 0),
}
_EDGES: dict[str, pl.DataType] = {
    "id": pl.Int64(),
    "node1id": pl.Int64(),
    "node2id": pl.Int64(),
    "distance": pl.Float64(),
    "curveness": pl.Float64(),
    **dict.fromkeys(_PATH, pl.Float64()),
    "node1_degree": pl.Int64(),
    "node2_degree": pl.Int64(),
    "num_voxels": pl.Int64(),
    "hasNodeAtSampleBorder": pl.Int64(),
}


def read(files: Mapping[str, Path], parents: Mapping[str, Tables]) -> dict[str, pl.DataFrame]:  # noqa: ARG001
    """Read `nodes` and `edges` at 3 um per voxel."""
    return read_graph(files["nodes"], files["edges"], VoreenConfig())


def read_graph(nodes_path: Path, edges_path: Path, config: VoreenConfig) -> dict[str, pl.DataFrame]:
    """Read one vessel graph.

    Self-loops and parallel vessels are vessels and stay. Positions may be negative; only path properties
    use -1 for "no value". `node1_degree` and `node2_degree` are the smaller and the larger degree of the two
    ends, not those of node 1 and node 2, and are left out.

    Args:
        nodes_path: the node table.
        edges_path: the edge table.
        config: voxel size and the id of the dataset.

    Returns:
        node_set, node, network, vessel and decision; lengths in um, areas in um2, volumes in um3.

    Raises:
        SourceError: a column is missing, a cell is not a number, an id stands twice, or an edge ends in no
            node.
    """
    decisions = Decisions()
    nodes = read_table(nodes_path, ";", _NODES)
    edges = read_table(edges_path, ";", _EDGES)
    nodes_place, edges_place = Place(nodes_path.name), Place(edges_path.name)
    _check_nodes(nodes, nodes_place)
    _check_edges(edges, nodes, edges_place, nodes_path.name)
    _compare_degrees(nodes, edges, nodes_place, decisions)
    vessels = _vessels(edges, config, edges_place, decisions)
    return {
        "node_set": _node_set(config),
        "node": _nodes(nodes, config),
        "network": _network(config),
        "vessel": vessels,
        "decision": decisions.frame(),
    }


def _check_nodes(nodes: pl.DataFrame, place: Place) -> None:
    _refuse(nodes, "id", pl.col("id").is_duplicated(), "stands more than once", place)
    _refuse(nodes, "isAtSampleBorder", ~pl.col("isAtSampleBorder").is_in([0, 1]), "is neither 0 nor 1", place)
    for column in ("pos_x", "pos_y", "pos_z"):
        _refuse(nodes, column, pl.col(column).is_infinite(), "is not finite", place)


def _check_edges(edges: pl.DataFrame, nodes: pl.DataFrame, place: Place, nodes_file: str) -> None:
    _refuse(edges, "id", pl.col("id").is_duplicated(), "stands more than once", place)
    column = "hasNodeAtSampleBorder"
    _refuse(edges, column, ~pl.col(column).is_in([0, 1]), "is neither 0 nor 1", place)
    for column in ("node1id", "node2id"):
        absent = ~pl.col(column).is_in(nodes.get_column("id").implode())
        _refuse(edges, column, absent, f"is no node of {nodes_file}", place)
    for column in ("distance", "curveness", "num_voxels"):
        _refuse(edges, column, pl.col(column) < 0, "is negative", place)
    # avgCrossSection is volume / length, so an invalid volume makes it -1 / length
    sentinel = {c: pl.col(c) == INVALID for c in _PATH} | {"avgCrossSection": pl.col("volume") == INVALID}
    for column in _PATH:
        _refuse(
            edges,
            column,
            (pl.col(column) < 0) & ~sentinel[column],
            "is negative and not -1 (no value)",
            place,
        )
    for column in ("distance", *_PATH):
        _refuse(edges, column, pl.col(column).is_infinite(), "is not finite", place)


def _refuse(frame: pl.DataFrame, column: str, wrong: pl.Expr, what: str, place: Place) -> None:
    rows = frame.select(wrong).to_series().arg_true()
    if len(rows):
        first = int(rows[0])
        more = f" ({len(rows)} such rows)" if len(rows) > 1 else ""
        raise SourceError(
            f"{frame[column][first]!r} {what}{more}",
            "correct the file, or read the node and edge table of one export together",
            Place(place.file, row=first + 2, column=column),
        )


def _compare_degrees(nodes: pl.DataFrame, edges: pl.DataFrame, place: Place, decisions: Decisions) -> None:
    """A loop counts twice at its node, as Voreen counts it."""
    ends = pl.concat([edges.select(id="node1id"), edges.select(id="node2id")]).group_by("id").agg(found=pl.len())
    both = nodes.join(ends, on="id", how="left", maintain_order="left").with_columns(pl.col("found").fill_null(0))
    rows = both.select(pl.col("degree") != pl.col("found")).to_series().arg_true()
    if len(rows):
        first = both.row(int(rows[0]), named=True)
        reason = (
            f"{len(rows)} of {nodes.height} nodes have another degree in the edge table, e.g. node "
            f"{first['id']}: {first['degree']} here, {first['found']} there; the edges count"
        )
        decisions.add("differs", "degree", reason, Place(place.file, row=int(rows[0]) + 2, column="degree"))


def _vessels(edges: pl.DataFrame, config: VoreenConfig, place: Place, decisions: Decisions) -> pl.DataFrame:
    prefix = pl.lit(f"{config.dataset}/")
    first, second = (prefix + pl.col(c).cast(pl.String) for c in ("node1id", "node2id"))
    _note_left_out(edges, place, decisions)
    properties = [
        pl.when(pl.col(name) >= 0).then(pl.col(name) * config.voxel_um**power).alias(ours)
        for name, (ours, power) in _PATH.items()
    ]
    frame = edges.select(
        pl.lit(f"{config.dataset}/vessels").alias("network"),
        pl.col("id").cast(pl.String).alias("vessel"),
        pl.min_horizontal(first, second).alias("source"),
        pl.max_horizontal(first, second).alias("target"),
        (pl.col("distance") * config.voxel_um).alias("distance_um"),
        pl.when(~_NO_CURVENESS).then(pl.col("curveness")).alias("curveness"),
        *properties,
        pl.col("num_voxels").alias("n_voxels"),
        (pl.col("hasNodeAtSampleBorder") == 1).alias("at_border"),
    )
    return complete("vessel", frame)


_LOOP = pl.col("node1id") == pl.col("node2id")
_NO_CURVENESS = _LOOP | pl.col("curveness").is_infinite()


def _note_left_out(edges: pl.DataFrame, place: Place, decisions: Decisions) -> None:
    degrees = "they are the smaller and the larger degree of the two ends, not those of node 1 and node 2"
    decisions.add("dropped", "columns node1_degree, node2_degree", degrees, place)
    sentinel = "-1 is Voreen's mark for an edge without a valid skeleton voxel"
    coincide = "length / distance means nothing for a loop or where the ends coincide"
    left_out = [(name, pl.col(name) < 0, sentinel) for name in _PATH]
    for name, nulls, reason in [*left_out, ("curveness", _NO_CURVENESS, coincide)]:
        rows = edges.select(nulls).to_series().arg_true()
        if len(rows):
            at = Place(place.file, row=int(rows[0]) + 2, column=name)
            decisions.add("dropped", f"{name} of {len(rows)} edges", f"{reason}; null here (first row given)", at)


def _node_set(config: VoreenConfig) -> pl.DataFrame:
    axes = "position in the segmented volume, axes and signs as in the source"
    frame = f"{axes}, at {config.voxel_um:g} um per voxel"
    return tables.frame("node_set", [{"uid": config.dataset, "title": config.title, "frame": frame}])


def _nodes(nodes: pl.DataFrame, config: VoreenConfig) -> pl.DataFrame:
    name = pl.col("id").cast(pl.String)
    frame = nodes.select(
        (pl.lit(f"{config.dataset}/") + name).alias("uid"),
        pl.lit(config.dataset).alias("node_set"),
        name.alias("name"),
        pl.lit("vessel_node").alias("kind"),
        pl.lit([], dtype=pl.List(pl.String)).alias("aliases"),
        *[(pl.col(f"pos_{axis}") * config.voxel_um).alias(f"{axis}_um") for axis in "xyz"],
        (pl.col("isAtSampleBorder") == 1).alias("at_border"),
    )
    return complete("node", frame)


def _network(config: VoreenConfig) -> pl.DataFrame:
    parameters = {**asdict(config), "kept": "every edge, self-loops and parallel vessels included"}
    row: dict[str, object] = {
        "uid": f"{config.dataset}/vessels",
        "node_set": config.dataset,
        "kind": "vessel",
        "directed": False,
        "method": "Voreen vessel graph extraction (Drees et al. 2021)",
        "parameters": json.dumps(parameters, sort_keys=True),
    }
    return tables.frame("network", [row])
