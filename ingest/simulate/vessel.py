"""A vessel graph: an arterial and a venous tree, joined by a mesh of capillaries.

Both trees halve the volume again and again; their radii follow Murray's law (PNAS 12 (1926) 207, doi
10.1073/pnas.12.3.207): the cube of a parent's radius is the sum of the cubes of its children's.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from scipy.sparse.csgraph import minimum_spanning_tree
from scipy.spatial.distance import cdist

from ingest.frames import complete
from ingest.simulate import truth
from schemas import tables
from schemas.ids import uid

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ingest.simulate.recordings import Array
    from schemas.dataset import Tables

READER_VERSION = "1"

DATASET = "simulate/vessel"
NODE_SET = "simulate/vessel-nodes"
NETWORK = uid(DATASET, "vessels")
RUN = uid(DATASET, "truth")


@dataclass(frozen=True)
class VesselConfig:
    """Sizes in um.

    Attributes:
        seed: of the generator.
        side_um: edge of the cube.
        generations: of each tree, 2 ** generations twigs.
        n_capillary: capillary nodes.
        n_parallel: capillaries that have a second, longer one beside them.
        twig_um: radius of a twig.
        capillary_um: mean radius of a capillary.
        degree: a capillary is not joined to a node that has this many vessels, unless nothing else holds the
            mesh together.
    """

    seed: int = 2024
    side_um: float = 400.0
    generations: int = 6
    n_capillary: int = 344
    n_parallel: int = 6
    twig_um: float = 4.0
    capillary_um: float = 2.5
    degree: int = 3


@dataclass(frozen=True)
class _Graph:
    """Nodes: position and kind; vessels: ends, radius and relative excess of length."""

    positions: Array
    kinds: list[str]
    ends: np.ndarray[tuple[int, int], np.dtype[np.int64]]
    radius_um: Array
    excess: Array


def read(files: Mapping[str, Path], parents: Mapping[str, Tables]) -> dict[str, pl.DataFrame]:  # noqa: ARG001
    """Simulate with the default configuration."""
    return simulate(VesselConfig())


def simulate(config: VesselConfig) -> dict[str, pl.DataFrame]:
    """Nodes, vessels and the kind of each node as planted truth; equal configurations give equal tables."""
    rng = np.random.default_rng(config.seed)
    graph = _graph(config, rng)
    names = [f"v{i:04d}" for i in range(len(graph.kinds))]
    return {
        "node_set": _node_set(config),
        "node": _nodes(graph, names, config),
        "network": _network(config),
        "vessel": _vessels(graph, names, config),
        "run": truth.run_table(truth.run_row(RUN, config, planted="arterial, venous or capillary node")),
        "membership": truth.memberships(
            RUN, {uid(NODE_SET, name): kind for name, kind in zip(names, graph.kinds, strict=True)}
        ),
    }


def _graph(config: VesselConfig, rng: np.random.Generator) -> _Graph:
    artery, artery_ends, artery_radius = _tree(0.3, config, rng)
    vein, vein_ends, vein_radius = _tree(0.7, config, rng)
    bed = rng.uniform(0.0, config.side_um, (config.n_capillary, 3))
    positions = np.concatenate([artery, vein, bed])
    trees = np.concatenate([artery_ends, vein_ends + len(artery)])
    capillaries = _capillaries(positions, len(artery), len(vein), config)
    doubled = rng.choice(len(capillaries), config.n_parallel, replace=False)
    ends = np.concatenate([trees, capillaries, capillaries[doubled]])
    thin = config.capillary_um * rng.lognormal(0.0, 0.12, len(ends) - len(trees))
    excess = np.abs(rng.normal(0.0, 0.08, len(ends)))
    excess[len(ends) - config.n_parallel :] += 0.3
    kinds = ["arterial"] * len(artery) + ["venous"] * len(vein) + ["capillary"] * len(bed)
    return _Graph(positions, kinds, ends, np.concatenate([artery_radius, vein_radius, thin]), excess)


def _tree(
    entry: float, config: VesselConfig, rng: np.random.Generator
) -> tuple[Array, np.ndarray[tuple[int, int], np.dtype[np.int64]], Array]:
    """A binary tree. Node 0 enters at the top, node 1 ends the trunk, 2i and 2i + 1 are children of i.

    Returns:
        Positions, (parent, child) of each vessel, and radius of each vessel, which is the one of its child.
    """
    count = 2 ** (config.generations + 1)
    boxes = [np.empty((2, 3))] * count
    boxes[1] = np.array([[0.0] * 3, [config.side_um] * 3])
    positions = np.empty((count, 3))
    positions[0] = (entry * config.side_um, 0.5 * config.side_um, config.side_um)
    for node in range(1, count):
        low, high = boxes[node]
        positions[node] = low + (high - low) * rng.uniform(0.3, 0.7, 3)
        if 2 * node < count:
            boxes[2 * node], boxes[2 * node + 1] = _halves(low, high, positions[node])
    radius = np.empty(count)
    twigs = slice(count // 2, count)
    radius[twigs] = config.twig_um * rng.lognormal(0.0, 0.1, count // 2)
    for node in range(count // 2 - 1, 0, -1):
        radius[node] = np.cbrt(radius[2 * node] ** 3 + radius[2 * node + 1] ** 3)
    children = np.arange(1, count)
    return positions, np.stack([children // 2, children], axis=1), radius[1:]


def _halves(low: Array, high: Array, at: Array) -> tuple[Array, Array]:
    """Cut a box across its longest edge at a point."""
    axis = int(np.argmax(high - low))
    upper, lower = low.copy(), high.copy()
    upper[axis] = lower[axis] = at[axis]
    return np.stack([low, lower]), np.stack([upper, high])


def _capillaries(
    positions: Array, n_artery: int, n_vein: int, config: VesselConfig
) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """Ends of the capillaries: a spanning tree of the bed, the twigs joined to it, then short links."""
    first = n_artery + n_vein
    bed = positions[first:]
    distance = cdist(bed, bed)
    spanning = minimum_spanning_tree(distance).tocoo()
    pairs = [(first + int(a), first + int(b)) for a, b in zip(spanning.row, spanning.col, strict=True)]
    degree = np.zeros(len(positions), dtype=np.int64)
    np.add.at(degree, np.array(pairs, dtype=np.int64).reshape(-1), 1)
    for start, count in ((0, n_artery), (n_artery, n_vein)):
        for twig in range(start + count // 2, start + count):
            nearest = np.argsort(cdist(positions[twig : twig + 1], bed)[0], kind="stable") + first
            free = nearest[degree[nearest] < config.degree + 1][:2]
            pairs += [(twig, int(node)) for node in free]
            degree[free] += 1
    present = set(pairs) | {(b, a) for a, b in pairs}
    rows, columns = np.triu_indices(len(bed), 1)
    for k in np.argsort(distance[rows, columns], kind="stable")[: 6 * len(bed)]:
        pair = (first + int(rows[k]), first + int(columns[k]))
        if pair not in present and max(degree[list(pair)]) < config.degree:
            pairs.append(pair)
            degree[list(pair)] += 1
    return np.array(pairs, dtype=np.int64)


def _vessels(graph: _Graph, names: list[str], config: VesselConfig) -> pl.DataFrame:
    nodes = np.array([uid(NODE_SET, name) for name in names], dtype=object)
    a, b = graph.ends.T
    distance = np.linalg.norm(graph.positions[a] - graph.positions[b], axis=1)
    entries = [0, 2 ** (config.generations + 1)]
    frame = pl.DataFrame(
        {
            "vessel": [f"e{i:04d}" for i in range(len(a))],
            "a": nodes[a].tolist(),
            "b": nodes[b].tolist(),
            "distance_um": distance,
            "curveness": 1.0 + graph.excess,
            "radius_um": graph.radius_um,
            "at_border": np.isin(a, entries) | np.isin(b, entries),
        }
    ).with_columns(
        length_um=pl.col("distance_um") * pl.col("curveness"),
        cross_section_um2=np.pi * pl.col("radius_um") ** 2,
        network=pl.lit(NETWORK),
        source=pl.min_horizontal("a", "b"),
        target=pl.max_horizontal("a", "b"),
    )
    volume = pl.col("cross_section_um2") * pl.col("length_um")
    return complete("vessel", frame.with_columns(volume_um3=volume).drop("a", "b"))


def _nodes(graph: _Graph, names: list[str], config: VesselConfig) -> pl.DataFrame:
    entries = [0, 2 ** (config.generations + 1)]
    frame = pl.DataFrame(
        {
            "uid": [uid(NODE_SET, name) for name in names],
            "name": names,
            "type": graph.kinds,
            **{f"{axis}_um": graph.positions[:, i] for i, axis in enumerate("xyz")},
            "at_border": np.isin(np.arange(len(names)), entries),
        }
    ).with_columns(
        pl.lit(NODE_SET).alias("node_set"),
        pl.lit("vessel_node").alias("kind"),
        pl.lit([], dtype=pl.List(pl.String)).alias("aliases"),
    )
    return complete("node", frame)


def _node_set(config: VesselConfig) -> pl.DataFrame:
    row: dict[str, object] = {
        "uid": NODE_SET,
        "title": "Simulated vessel nodes",
        "frame": f"cube of {config.side_um:g} um, corner at the origin, z towards the surface",
    }
    return tables.frame("node_set", [row])


def _network(config: VesselConfig) -> pl.DataFrame:
    row: dict[str, object] = {
        "uid": NETWORK,
        "node_set": NODE_SET,
        "kind": "vessel",
        "directed": False,
        "method": "simulated: two trees under Murray's law and a capillary mesh",
        "parameters": json.dumps(asdict(config), sort_keys=True),
    }
    return tables.frame("network", [row])
