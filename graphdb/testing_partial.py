"""Small connectomes that hold different cells, for tests of comparisons: two animals and ten stages of another."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from pathlib import Path

from graphdb.lake import Lake
from graphdb.testing import info
from graphdb.testing_more import CELLS, body, cell, network
from schemas import tables
from schemas.dataset import Dataset
from schemas.tables import ANY

NAMES = tuple(CELLS)
STAGES = 10
# name of the dataset: what it weighs, the cells that it may join
ANIMALS = {"alpha": ("sections", NAMES[:11]), "beta": ("synapses", NAMES[3:14])}
# Alpha says which cells it looked at, as source and as target; the others do not say it.
COVERED = (NAMES[:12], (*NAMES[:11], NAMES[12]))


def animal(name: str) -> Dataset:
    """One of ANIMALS: chemical edges, autapses among them, and gap junctions; many weights are alike."""
    unit, cells = ANIMALS[name]
    uid = f"test/{name}"
    chance = random.Random(name)  # noqa: S311
    chemical = [
        _edge(f"{uid}/chemical", a, b, chance.randint(1, 5))
        for a, b in itertools.product(cells, cells)
        if chance.random() < 0.6  # noqa: PLR2004
    ]
    gap = [
        _edge(f"{uid}/gap_junction", a, b, chance.randint(1, 3))
        for a, b in itertools.combinations(sorted(cells), 2)
        if chance.random() < 0.3  # noqa: PLR2004
    ]
    networks = [
        network(f"{uid}/chemical", "chemical", directed=True, unit=unit),
        network(f"{uid}/gap_junction", "gap_junction", directed=False, unit=unit),
    ]
    found = {
        "network": tables.frame("network", networks),
        "chemical": tables.frame("chemical", chemical),
        "gap_junction": tables.frame("gap_junction", gap),
    }
    if name == "alpha":
        found["coverage"] = tables.frame("coverage", _coverage(f"{uid}/chemical"))
    return Dataset(info(uid, parents=("test/body",)), found)


def _coverage(network_uid: str) -> list[dict[str, object]]:
    sources, targets = COVERED
    names = sorted({*sources, *targets})
    flags = [{"as_source": name in sources, "as_target": name in targets} for name in names]
    about = {"network": network_uid, "basis": "a name in the margin"}
    return [{**about, "node": cell(name), **said} for name, said in zip(names, flags, strict=True)]


def stages() -> Dataset:
    """Ten stages `test/growth/stage1/chemical` … `stage10`: cells join one by one, edges rise, fall or vary."""
    uid = "test/growth"
    chance = random.Random(3)  # noqa: S311
    slopes = {
        pair: chance.choice((-0.4, -0.1, 0.0, 0.1, 0.5))
        for pair in itertools.product(NAMES, NAMES)
        if chance.random() < 0.5  # noqa: PLR2004
    }
    starts = {pair: chance.choice((-2.0, 0.0, 2.0, 4.0)) for pair in slopes}
    edges = []
    for stage in range(1, STAGES + 1):
        held = NAMES[: 5 + stage]
        for (a, b), slope in slopes.items():
            weight = round(starts[a, b] + slope * stage + chance.choice((-1.0, 0.0, 0.0, 0.0, 1.0)))
            if weight > 0 and {a, b} <= set(held):
                edges.append(_edge(f"{uid}/stage{stage}/chemical", a, b, weight))
    networks = [
        network(f"{uid}/stage{stage}/chemical", "chemical", directed=True, unit="synapses")
        for stage in range(1, STAGES + 1)
    ]
    found = {"network": tables.frame("network", networks), "chemical": tables.frame("chemical", edges)}
    return Dataset(info(uid, parents=("test/body",)), found)


def routes() -> Iterator[Dataset]:
    """Peptide routes by name and counted, and bindings of some of the pairs that they name; two datasets."""
    uid = "test/routes"
    pairs = (("flp-1", "npr-4", NAMES[:4]), ("flp-1", "npr-11", NAMES[2:5]), ("pdf-1", "pdfr-1", NAMES[:2]))
    named: list[dict[str, object]] = [
        {"network": f"{uid}/named", "source": cell(NAMES[0]), "target": cell(name), "peptide": ligand, "receptor": to}
        for ligand, to, names in pairs
        for name in names
    ]
    counted = [_edge(f"{uid}/counted", NAMES[1], name, 3.0) | {"peptide": ANY, "receptor": ANY} for name in NAMES[3:6]]
    tested = (("flp-1", 1, "npr-4", 1e-6), ("flp-1", 2, "npr-4", 2e-8), ("pdf-1", 1, "pdfr-1", 1e-5))
    binding: list[dict[str, object]] = [
        {
            "ligand": ligand,
            "ligand_form": f"{ligand.upper()}-{n}",
            "receptor": receptor,
            "receptor_form": f"{receptor.upper()}-1",
            "ec50_molar": ec50,
            "method": "made",
        }
        for ligand, n, receptor, ec50 in tested
    ]
    networks = [network(f"{uid}/{name}", "peptide", directed=True, unit="1") for name in ("named", "counted")]
    found = {"network": tables.frame("network", networks), "peptide": tables.frame("peptide", named + counted)}
    yield Dataset(info(uid, parents=("test/body",)), found)
    yield Dataset(info("test/bindings"), {"binding": tables.frame("binding", binding)})


def _edge(network_uid: str, a: str, b: str, weight: float) -> dict[str, object]:
    return {"network": network_uid, "source": cell(a), "target": cell(b), "weight": float(weight)}


def partial_lake(root: Path) -> Lake:
    """A lake of the cells, both animals, the stages and the routes."""
    lake = Lake(root)
    for dataset in (body(), *(animal(name) for name in ANIMALS), stages(), *routes()):
        lake.publish(dataset)
    return lake
