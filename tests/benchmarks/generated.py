"""Generated lakes in the sizes of real brains, for benchmarks: log-normal degrees, plausible columns, 64-bit ids.

    from tests.benchmarks.generated import bench_sizes, generated_lake

CONNECTOME_BENCH_SIZES  comma list of the sizes to measure; only the smallest where it is not set
CONNECTOME_BENCH_LAKES  folder that keeps lakes between runs; they are many seconds of work at the larger sizes
"""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from graphdb.lake import Lake
from ingest.frames import complete
from schemas import tables
from schemas.dataset import Dataset, DatasetInfo
from schemas.errors import UsageError

SIZES_VARIABLE = "CONNECTOME_BENCH_SIZES"
LAKES_VARIABLE = "CONNECTOME_BENCH_LAKES"
_REVISION = 1  # a kept lake of another revision of this file is not used
_FIRST_ID = 720_575_940_596_000_000  # FlyWire's root ids lie here: beyond 2**53
_ID_SPAN = 66_000_000
_TRANSMITTERS = ("acetylcholine", "GABA", "glutamate", "dopamine", "serotonin", "octopamine")
_BOX_UM = {"x": 900.0, "y": 400.0, "z": 270.0}
_NEUROPILS = "ME LO LOP AME AVLP PVLP SLP SIP SMP LH GNG CRE ICL SCL IB ATL VES FLA SAD WED AL MB_CA MB_PED".split()
_CLASSES = ("optic", "central", "sensory", "visual_projection", "ascending", "descending", "motor", "endocrine")


@dataclass(frozen=True)
class Size:
    """How much of what: `edges` distinct pairs of neurons, or vessels."""

    nodes: int
    edges: int
    kind: str = "chemical"
    mean_log_weight: float = 2.0


SIZES = {
    "little": Size(300, 5_000),  # what is added to a graph of another size
    "worm": Size(300, 5_000),
    "hemibrain": Size(25_000, 4_000_000, mean_log_weight=1.0),
    "fly": Size(139_255, 2_700_513),
    "flyall": Size(139_255, 15_100_000, mean_log_weight=0.8),
    "vessel": Size(3_538_495, 5_345_897, kind="vessel"),
}


def bench_sizes() -> list[str]:
    """The sizes that the environment asks for, smallest first; only the smallest where it asks for none."""
    asked = [name.strip() for name in os.environ.get(SIZES_VARIABLE, "worm").split(",") if name.strip()]
    unknown = sorted(set(asked) - set(SIZES))
    if unknown:
        raise UsageError(f"{SIZES_VARIABLE} names unknown sizes: {', '.join(unknown)}", f"sizes: {', '.join(SIZES)}")
    return [name for name in SIZES if name in asked]


def generated_lake(root: Path, size: str, *, seed: int = 0) -> Lake:
    """A lake with one generated dataset, `generated/<size>`.

    Args:
        root: folder for it where CONNECTOME_BENCH_LAKES does not name one that is kept.
        size: one of SIZES.
        seed: of the random numbers; the same size and seed give the same content.
    """
    kept = os.environ.get(LAKES_VARIABLE)
    target = Path(kept or root) / f"{size}-{seed}-r{_REVISION}"
    if not target.is_dir():
        temporary = target.with_name(f".{target.name}-{uuid.uuid4().hex}")
        try:
            Lake(temporary).publish(generated_dataset(size, seed=seed))
            temporary.rename(target)
        except OSError:
            if not target.is_dir():  # else another run has made it meanwhile
                raise
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    return Lake(target)


def generated_dataset(size: str, *, seed: int = 0) -> Dataset:
    """The tables of `generated/<size>`, in memory."""
    wanted = SIZES[size]
    build: dict[str, Callable[..., dict[str, pl.DataFrame]]] = {"chemical": _connectome, "vessel": _vessels}
    info = DatasetInfo(
        uid=f"generated/{size}",
        modality="generated",
        title=f"Generated graph of {wanted.nodes:,} nodes and {wanted.edges:,} edges",
        licence="CC0",
        citation="none: generated for benchmarks",
        reader="tests.benchmarks.generated",
        reader_version=str(_REVISION),
        simulated=True,
    )
    return Dataset(info, build[wanted.kind](info.uid, wanted, np.random.default_rng(seed)))


def flywire_files(folder: Path, size: str, *, seed: int = 0, end: str = ".csv") -> int:
    """The files of a FlyWire release with a generated connectome in them: neurons, classification, connections.

    Args:
        folder: where they go; made where it is absent.
        size: one of SIZES with neurons.
        seed: of the random numbers.
        end: of the file names, `.csv` or `.csv.gz`.

    Returns:
        Rows of connections: one for each pair and neuropil.
    """
    folder.mkdir(parents=True, exist_ok=True)
    wanted, rng = SIZES[size], np.random.default_rng(seed)
    ids = pl.Series("root_id", neuron_ids(wanted.nodes, rng))
    transmitter = _choice(("ACH", "GABA", "GLUT", "DA", "SER", "OCT"), wanted.nodes, rng)
    score = pl.Series(rng.uniform(0.3, 1, wanted.nodes).round(2))
    neurons = pl.DataFrame({"root_id": ids, "group": "AB.CD.1", "nt_type": transmitter, "nt_type_score": score})
    side = _choice(("left", "right", "center"), wanted.nodes, rng)
    classes = {
        "super_class": _choice(_CLASSES, wanted.nodes, rng),
        "class": _choice(("ALPN", "DAN"), wanted.nodes, rng),
    }
    words = {"sub_class": None, "hemilineage": "putative_primary", "side": side, "nerve": None}
    classification = pl.DataFrame({"root_id": ids, "flow": "intrinsic", **classes, **words})
    source, target = distinct_pairs(wanted.nodes, wanted.edges, rng)
    parts = rng.choice([1, 2, 3], wanted.edges, p=[0.65, 0.27, 0.08])
    pair = np.repeat(np.arange(wanted.edges), parts)
    nth = np.arange(len(pair)) - np.repeat(np.cumsum(parts) - parts, parts)
    neuropils = [f"{name}_{half}" for name in _NEUROPILS for half in "LR"]
    connections = pl.DataFrame(
        {
            "pre_root_id": ids.gather(source[pair]),
            "post_root_id": ids.gather(target[pair]),
            "neuropil": pl.Series(neuropils).gather((source[pair] + nth) % len(neuropils)),
            "syn_count": np.ceil(rng.lognormal(wanted.mean_log_weight, 0.9, len(pair))).astype(np.int64),
            "nt_type": transmitter.gather(source[pair]),
        }
    )
    for name, frame in (("neurons", neurons), ("classification", classification), ("connections", connections)):
        frame.write_csv(folder / f"{name}{end}", compression="gzip" if end.endswith(".gz") else "uncompressed")
    return connections.height


def neuron_ids(count: int, rng: np.random.Generator) -> np.ndarray:
    """Distinct 18-digit ids like FlyWire's, ascending, int64[count]."""
    found = np.empty(0, np.int64)
    while len(found) < count:
        found = np.unique(np.concatenate([found, rng.integers(_ID_SPAN, size=2 * (count - len(found)))]))
    return _FIRST_ID + np.sort(rng.permutation(found)[:count])


def distinct_pairs(nodes: int, edges: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Distinct ordered pairs whose out- and in-degrees are log-normal.

    Returns:
        Sources and targets, int64[edges] each, in random order; a node may meet itself.
    """
    outgoing, incoming = (np.cumsum(rng.lognormal(0, 1, nodes)) for _ in range(2))
    found = np.empty(0, np.int64)
    while len(found) < edges:
        missing = int((edges - len(found)) * 1.2) + 100
        drawn = np.searchsorted(outgoing, rng.random(missing) * outgoing[-1]) * nodes
        drawn += np.searchsorted(incoming, rng.random(missing) * incoming[-1])
        found = np.unique(np.concatenate([found, drawn]))
    source, target = np.divmod(rng.permutation(found)[:edges], nodes)
    return source, target


def _connectome(uid: str, size: Size, rng: np.random.Generator) -> dict[str, pl.DataFrame]:
    names = pl.Series("name", neuron_ids(size.nodes, rng)).cast(pl.String)
    source, target = distinct_pairs(size.nodes, size.edges, rng)
    synapses = np.ceil(rng.lognormal(size.mean_log_weight, 0.9, size.edges)).astype(np.int64)
    types = max(20, size.nodes // 17)
    node = _node(
        uid,
        names,
        "neuron",
        {
            "class": _choice(_CLASSES, size.nodes, rng),
            "type": "T" + pl.Series(rng.integers(types, size=size.nodes)).cast(pl.String).str.zfill(4),
            "neurotransmitter": _choice(_TRANSMITTERS, size.nodes, rng),
            "hemisphere": _choice(("L", "R", "M"), size.nodes, rng),
            **{f"{axis}_um": pl.Series(rng.uniform(0, side, size.nodes)) for axis, side in _BOX_UM.items()},
        },
    )
    edges = {"weight": pl.Series(synapses.astype(np.float64)), "n_contacts": pl.Series(synapses)}
    return _with_edges(uid, node, "chemical", (source, target), edges)


def _vessels(uid: str, size: Size, rng: np.random.Generator) -> dict[str, pl.DataFrame]:
    """Jittered points of a grid, each joined to some of its neighbours; some vessels loop, some run in parallel."""
    side = 2 * (int(np.ceil(size.nodes ** (1 / 3)) + 1) // 2)
    place = np.stack(np.unravel_index(np.arange(size.nodes), (side,) * 3), axis=1) * 40.0
    place += rng.normal(0, 8, place.shape)
    source, target = _vessel_ends(size, side, rng)
    distance = np.linalg.norm(place[source] - place[target], axis=1)
    loop = source == target
    curveness = 1 + rng.gamma(1.5, 0.15, size.edges)
    length = np.where(loop, rng.lognormal(3, 0.5, size.edges), distance * curveness)
    radius = np.clip(rng.lognormal(1.0, 0.4, size.edges), 1.0, 60.0)
    spread = rng.uniform(0.02, 0.3, size.edges)
    roundness = rng.beta(8, 3, size.edges)
    columns = {
        "length_um": length,
        "distance_um": distance,
        "volume_um3": np.pi * radius**2 * length,
        "cross_section_um2": np.pi * radius**2,
        "radius_um": radius,
        "radius_std_um": radius * spread,
        "radius_min_um": radius * 0.8,
        "radius_min_std_um": radius * spread * 0.8,
        "radius_max_um": radius * 1.3,
        "radius_max_std_um": radius * spread * 1.3,
        "roundness": roundness,
        "roundness_std": roundness * spread,
        "n_voxels": np.ceil(length / 3).astype(np.int64),
        "at_border": rng.random(size.edges) < 0.01,
    }
    edges = {name: pl.Series(values) for name, values in columns.items()}
    edges["curveness"] = pl.Series(curveness).set(pl.Series(loop), None)
    edges["vessel"] = pl.Series(np.arange(size.edges)).cast(pl.String)
    where = {f"{axis}_um": pl.Series(place[:, i]) for i, axis in enumerate("xyz")}
    at_border = pl.Series(rng.random(size.nodes) < 0.01)
    names = pl.Series("name", np.arange(size.nodes)).cast(pl.String)
    node = _node(uid, names, "vessel_node", {**where, "at_border": at_border})
    return _with_edges(uid, node, "vessel", (source, target), edges)


def _vessel_ends(size: Size, side: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    odd = max(1, size.edges // 1000)  # so many loops, and so many parallel vessels
    index = np.arange(size.nodes, dtype=np.int32)
    forward, rest = [], []
    for step, last in ((1, index % side), (side, index // side % side), (side * side, index // side**2)):
        start = index[(last < side - 1) & (index + step < size.nodes)]
        paired = (step == 1) & (start % 2 == 0)  # every node has a vessel
        forward.append(np.stack([start[paired], start[paired] + step]))
        rest.append(np.stack([start[~paired], start[~paired] + step]))
    certain, possible = np.concatenate(forward, axis=1), np.concatenate(rest, axis=1)
    chosen = rng.permutation(possible.shape[1])[: size.edges - 2 * odd - certain.shape[1]]
    single = np.concatenate([certain, possible[:, chosen]], axis=1)
    parallel = single[:, rng.integers(single.shape[1], size=odd)]
    loops = np.tile(rng.integers(size.nodes, size=odd, dtype=np.int32), (2, 1))
    ends = np.concatenate([single, parallel, loops], axis=1)
    return tuple(ends[:, rng.permutation(ends.shape[1])])


def _choice(values: tuple[str, ...], count: int, rng: np.random.Generator) -> pl.Series:
    return pl.Series(values).gather(rng.integers(len(values), size=count))


def _node(uid: str, names: pl.Series, kind: str, columns: dict[str, pl.Series]) -> pl.DataFrame:
    frame = pl.DataFrame({"name": names, **columns}).with_columns(
        (pl.lit(f"{uid}/") + pl.col("name")).alias("uid"),
        pl.lit(uid).alias("node_set"),
        pl.lit(kind).alias("kind"),
        pl.lit([], dtype=pl.List(pl.String)).alias("aliases"),
    )
    return complete("node", frame)


def _with_edges(
    uid: str,
    node: pl.DataFrame,
    kind: str,
    ends: tuple[np.ndarray, np.ndarray],
    columns: dict[str, pl.Series],
) -> dict[str, pl.DataFrame]:
    """Uids of edges are gathered from the nodes' column: they share its bytes, 16 bytes a row."""
    directed = kind == "chemical"
    network = {
        "uid": f"{uid}/{kind}",
        "node_set": uid,
        "kind": kind,
        "directed": directed,
        "weight_unit": "synapses" if directed else None,
        "method": "generated",
        "parameters": "{}",
    }
    uids = node.get_column("uid")
    source, target = (uids.gather(end) for end in ends)
    frame = pl.DataFrame({"source": source, "target": target, **columns})
    if not directed:
        low, high = pl.min_horizontal("source", "target"), pl.max_horizontal("source", "target")
        frame = frame.with_columns(source=low, target=high)
    return {
        "node_set": tables.frame("node_set", [{"uid": uid, "title": "Generated", "frame": "a box, um"}]),
        "node": node,
        "network": tables.frame("network", [network]),
        kind: complete(kind, frame.with_columns(network=pl.lit(network["uid"]))),
    }
