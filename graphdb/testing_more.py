"""Further small datasets for tests of questions: two sides, regions, responses with q, states, vessels."""

from __future__ import annotations

import itertools
import random
from pathlib import Path

import polars as pl

from graphdb.lake import Lake
from graphdb.testing import info
from schemas import tables
from schemas.dataset import Dataset

BODY = "test/body"
# name: kind, class, type, hemisphere. Pairs by name; the name of D tells a side that its hemisphere denies; E has no
# hemisphere, so that only the last letter speaks; G is alone on its side.
CELLS: dict[str, tuple[str, str | None, str | None, str | None]] = {
    "AVL": ("neuron", "AV", "inter", "L"),
    "AVR": ("neuron", "AV", "inter", "R"),
    "BVL": ("neuron", "BV", "motor", "L"),
    "BVR": ("neuron", "BV", "motor", "R"),
    "CM": ("neuron", "CM", "inter", "M"),
    "DL": ("neuron", "D", "sensory", "M"),
    "DR": ("neuron", "D", "sensory", "M"),
    "EL": ("neuron", "E", None, None),
    "ER": ("neuron", "E", None, None),
    "GL": ("neuron", "G", "sensory", "L"),
    "mL1": ("muscle", "m", "wall", "L"),
    "mR1": ("muscle", "m", "wall", "R"),
    "mL2": ("muscle", "m", "wall", "L"),
    "mR2": ("muscle", "m", "wall", "R"),
    "hyp": ("cell", None, None, None),
}
VESSELS = "test/vessels"
LONELY = "900"  # a vessel node that no vessel reaches
UNPLACED = "901"  # one without a position


def cell(name: str) -> str:
    """Id of a cell."""
    return f"{BODY}/{name}"


def body() -> Dataset:
    """A node set with left, right and unpaired cells of three kinds."""
    rows: list[dict[str, object]] = [
        {
            "uid": cell(name),
            "node_set": BODY,
            "name": name,
            "kind": kind,
            "aliases": [],
            "class": class_,
            "type": type_,
            "hemisphere": side,
        }
        for name, (kind, class_, type_, side) in CELLS.items()
    ]
    sets: list[dict[str, object]] = [{"uid": BODY, "title": "A body"}]
    found = {"node_set": tables.frame("node_set", sets), "node": tables.frame("node", rows)}
    return Dataset(info("test/body"), found)


def network(uid: str, kind: str, *, directed: bool, node_set: str = BODY, unit: str = "synapses") -> dict[str, object]:
    """A row of the table `network`."""
    return {
        "uid": uid,
        "node_set": node_set,
        "kind": kind,
        "directed": directed,
        "weight_unit": unit,
        "method": "made for tests",
        "parameters": "{}",
    }


def wiring(name: str, seed: int, *, regions: bool = False, animals: int = 1) -> Dataset:
    """Random chemical edges and gap junctions, autapses among them; weights are not whole numbers.

    Args:
        name: of the dataset and the prefix of its networks, `test/name/animal1/chemical`, …
        seed: of the random choice.
        regions: whether each chemical edge is split over two neuropils.
        animals: how many networks of each kind.
    """
    chance = random.Random(seed)  # noqa: S311
    uid = f"test/{name}"
    networks, chemical, gap = [], [], []
    for animal in range(1, animals + 1):
        prefix = f"{uid}/animal{animal}"
        networks += [
            network(f"{prefix}/chemical", "chemical", directed=True),
            network(f"{prefix}/gap_junction", "gap_junction", directed=False, unit="junctions"),
        ]
        for a, b in itertools.product(CELLS, CELLS):
            row = {"source": cell(a), "target": cell(b), "weight": round(chance.uniform(0.1, 9.0), 1)}
            if chance.random() < 0.3 and CELLS[a][0] == "neuron":  # noqa: PLR2004
                chemical.append({"network": f"{prefix}/chemical", **row})
            if a <= b and chance.random() < 0.2:  # noqa: PLR2004
                gap.append({"network": f"{prefix}/gap_junction", **row})
    found = {
        "network": tables.frame("network", networks),
        "chemical": tables.frame("chemical", chemical),
        "gap_junction": tables.frame("gap_junction", gap),
    }
    if regions:
        found["chemical_region"] = _in_regions(found["chemical"], chance)
    return Dataset(info(uid, parents=("test/body",)), found)


def _in_regions(chemical: pl.DataFrame, chance: random.Random) -> pl.DataFrame:
    rows: list[dict[str, object]] = []
    for row in chemical.iter_rows(named=True):
        first, second = chance.sample(["EB", "FB", "NO"], 2)
        ends = {name: row[name] for name in ("network", "source", "target")}
        half = row["weight"] / 2  # exact, so that the parts sum to the whole
        rows += [{**ends, "region": region, "weight": half} for region in (first, second)]
    return tables.frame("chemical_region", rows)


def responses() -> Dataset:
    """Measured responses with q, directed; and correlations without q, undirected."""
    chance = random.Random(5)  # noqa: S311
    uid = "test/responses"
    measured: list[dict[str, object]] = []
    correlated: list[dict[str, object]] = []
    neurons = [name for name, (kind, *_) in CELLS.items() if kind == "neuron"]
    for a, b in itertools.product(neurons, neurons):
        row = {"source": cell(a), "target": cell(b), "weight": round(chance.uniform(-1, 1), 2)}
        if chance.random() < 0.6:  # noqa: PLR2004
            q = None if chance.random() < 0.1 else round(chance.random() ** 3, 3)  # noqa: PLR2004
            measured.append({"network": f"{uid}/measured", **row, "q": q, "n_observations": chance.randint(1, 9)})
        if a < b and chance.random() < 0.5:  # noqa: PLR2004
            correlated.append({"network": f"{uid}/correlated", **row})
    networks = [
        network(f"{uid}/measured", "functional", directed=True, unit="dF/F"),
        network(f"{uid}/correlated", "functional", directed=False, unit="r"),
    ]
    frame = pl.concat([tables.frame("functional", measured), tables.frame("functional", correlated)])
    found = {"network": tables.frame("network", networks), "functional": frame}
    return Dataset(info(uid, parents=("test/body",)), found)


def annotated(name: str, said: list[tuple[str, str, str, float | None]]) -> Dataset:
    """What one source says of cells: name of the cell, attribute, value, number."""
    rows: list[dict[str, object]] = [
        {"node": cell(of), "attribute": attribute, "value": value, "number": number, "evidence": f"seen by {name}"}
        for of, attribute, value, number in said
    ]
    uid = f"test/{name}"
    return Dataset(info(uid, parents=("test/body",)), {"annotation": tables.frame("annotation", rows)})


SAID_BY = {
    # agrees in part, gives one number in another spelling, contradicts itself, and has a word of its own
    "says-one": [
        ("AVL", "transmitter", "acetylcholine", None),
        ("AVL", "transmitter", "GABA", None),
        ("AVL", "lr_um", "1.50", 1.5),
        ("AVL", "class", "AV", None),
        ("AVR", "lineage", "X a", None),
        ("CM", "lineage", "Y a", None),
        ("CM", "lineage", "Y b", None),
        ("GL", "colour", "blue", None),
        ("mL1", "comment", "large", None),
    ],
    "says-two": [
        ("AVL", "transmitter", "acetylcholine", None),
        ("AVL", "lr_um", "1.5", 1.5),
        ("AVR", "lineage", "X b", None),
        ("BVL", "class", "bv", None),
        ("GL", "colour", "red", None),
        ("mL1", "comment", "small", None),
        ("hyp", "ganglion", "none", None),
    ],
}


def recordings() -> Dataset:
    """Two recordings of some cells; one trace has no cell."""
    uid = "test/recorded"
    rows: list[dict[str, object]] = [
        {
            "uid": f"{uid}/r{number}",
            "node_set": BODY,
            "modality": "calcium",
            "signal": "F",
            "unit": "1",
            "sampling_rate_hz": 1.0,
            "n_samples": 3,
            "time_s": [0.0, 1.0, 2.0],
        }
        for number in (1, 2)
    ]
    seen: list[tuple[int, str | None]] = [(1, "AVL"), (1, "AVR"), (1, "CM"), (1, None), (2, "AVL"), (2, "BVR")]
    traces: list[dict[str, object]] = [
        {
            "recording": f"{uid}/r{recording}",
            "trace": number,
            "node": cell(name) if name else None,
            "raw_label": name,
            "match": "exact" if name else "unlabelled",
            "values": [0.0, 1.0, 2.0],
        }
        for number, (recording, name) in enumerate(seen)
    ]
    found = {"recording": tables.frame("recording", rows), "trace": tables.frame("trace", traces)}
    return Dataset(info(uid, parents=("test/body",)), found)


def states() -> Dataset:
    """A run with two states over the recordings, and communities that overlap in one cell."""
    uid = "run/states-test"
    run: dict[str, object] = {
        "uid": uid,
        "model": "states-test",
        "model_version": "1",
        "parameters": "{}",
        "seed": 1,
        "bundle_hash": "0",
        "code_revision": "test",
        "trained_on": ["test/recorded"],
        "simulated": False,
    }
    times = [(1, "rest", 0.1, 0.9), (1, "move", 0.2, 0.8), (1, "rest", 0.3, 0.7), (2, "move", 1.5, None)]
    intervals: list[dict[str, object]] = [
        {
            "run": uid,
            "recording": f"test/recorded/r{recording}",
            "interval": number,
            "state": state,
            "onset_s": float(number),
            "duration_s": length,
            "probability": probability,
        }
        for number, (recording, state, length, probability) in enumerate(times)
    ]
    of = {"c1": ("AVL", "AVR", "BVL", "CM"), "c2": ("BVR", "DL", "CM", "mL1"), "c3": ("GL",)}
    members: list[dict[str, object]] = [
        {"run": uid, "node": cell(name), "community": community, "strength": 0.5}
        for community, names in of.items()
        for name in names
    ]
    found = {
        "run": tables.frame("run", [run]),
        "state": tables.frame("state", intervals),
        "membership": tables.frame("membership", members),
    }
    return Dataset(info(uid, modality="run", parents=("test/recorded",)), found)


def vessel_graph(n_nodes: int = 120, seed: int = 11) -> Dataset:
    """Random nodes in a flat box, each joined to some near ones; loops, parallel vessels, missing values."""
    chance = random.Random(seed)  # noqa: S311
    at = {
        str(n): tuple(round(chance.uniform(low, high), 2) for low, high in ((-400, 0), (0, 300), (0, 40)))
        for n in range(n_nodes)
    }
    nodes = [_vessel_node(name, point) for name, point in at.items()]
    nodes += [_vessel_node(LONELY, (5000.0, 0.0, 0.0)), _vessel_node(UNPLACED, (None, None, None))]
    pairs = []
    for name, point in at.items():
        near = sorted(at, key=lambda other: _distance(point, at[other]))[1:4]
        pairs += [(name, other) for other in near if chance.random() < 0.7]  # noqa: PLR2004
    pairs += [("3", "3"), *pairs[:5], ("0", UNPLACED)]
    vessels = [_vessel(number, a, b, at, chance) for number, (a, b) in enumerate(pairs)]
    sets: list[dict[str, object]] = [{"uid": VESSELS, "title": "Vessels"}]
    found = {
        "node_set": tables.frame("node_set", sets),
        "node": tables.frame("node", nodes),
        "network": tables.frame(
            "network", [network(f"{VESSELS}/tree", "vessel", directed=False, node_set=VESSELS, unit="1")]
        ),
        "vessel": tables.frame("vessel", vessels),
    }
    return Dataset(info(VESSELS, modality="vessel"), found)


def _vessel_node(name: str, point: tuple[float | None, ...]) -> dict[str, object]:
    place = dict(zip(("x_um", "y_um", "z_um"), point, strict=True))
    return {
        "uid": f"{VESSELS}/{name}",
        "node_set": VESSELS,
        "name": name,
        "kind": "vessel_node",
        "aliases": [],
        **place,
    }


def _vessel(number: int, a: str, b: str, at: dict[str, tuple[float, ...]], chance: random.Random) -> dict[str, object]:
    straight = _distance(at[a], at[b]) if a in at and b in at else None
    bend = chance.uniform(1.0, 1.8)
    missing = chance.random()
    source, target = sorted((f"{VESSELS}/{a}", f"{VESSELS}/{b}"))
    return {
        "network": f"{VESSELS}/tree",
        "vessel": f"v{number}",
        "source": source,
        "target": target,
        "length_um": None if straight is None or missing < 0.1 else straight * bend,  # noqa: PLR2004
        "distance_um": straight,
        "radius_um": None if missing > 0.9 else round(chance.uniform(2, 12), 2),  # noqa: PLR2004
    }


def _distance(a: tuple[float, ...], b: tuple[float, ...]) -> float:
    return float(sum((p - q) ** 2 for p, q in zip(a, b, strict=True)) ** 0.5)


def varied_lake(root: Path) -> Lake:
    """A lake with all of the above, two connectomes of one animal and one of three."""
    lake = Lake(root)
    connectomes = (wiring("one", 1, regions=True), wiring("two", 2), wiring("three", 3, animals=3))
    said = (annotated(name, rows) for name, rows in SAID_BY.items())
    for dataset in (body(), *connectomes, responses(), recordings(), states(), vessel_graph(), *said):
        lake.publish(dataset)
    return lake
