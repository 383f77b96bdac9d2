"""What tests of stores share: a small lake, and the contract that every store must keep."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from graphdb.lake import Lake
from schemas import tables
from schemas.dataset import Dataset, DatasetInfo

NODE_SET = "test/animal"
CELLS = {
    "AVAL": "neuron",
    "AVAR": "neuron",
    "RIML": "neuron",
    "AVBL": "neuron",
    "dBWML1": "muscle",
    "hyp": "cell",
}


def info(uid: str, **more: object) -> DatasetInfo:
    """A DatasetInfo with plausible words."""
    words: dict[str, object] = {
        "uid": uid,
        "modality": "celegans",
        "title": f"Title of {uid}",
        "licence": "CC0",
        "citation": "Nobody et al. 2026",
        "reader": "tests",
        "reader_version": "1",
    }
    return DatasetInfo(**{**words, **more})  # type: ignore[arg-type]


def cells() -> Dataset:
    """A node set of six cells of three kinds."""
    rows: list[dict[str, object]] = [
        {
            "uid": f"{NODE_SET}/{name}",
            "node_set": NODE_SET,
            "name": name,
            "kind": kind,
            "aliases": [name.lower()] if name.startswith("A") else [],
            "class": name[:3],
            "x_um": 1.5 * number if number else None,
        }
        for number, (name, kind) in enumerate(CELLS.items())
    ]
    node_set: list[dict[str, object]] = [{"uid": NODE_SET, "title": "An animal"}]
    return Dataset(
        info("test/cells"),
        {"node_set": tables.frame("node_set", node_set), "node": tables.frame("node", rows)},
    )


def connectome(scale: float = 1.0) -> Dataset:
    """Chemical edges (one to a muscle, one autapse) and gap junctions (one with itself)."""
    chemical = [("AVAL", "AVAR", 3.0), ("AVAL", "RIML", 12.0), ("RIML", "AVAL", 2.0), ("AVAL", "AVAL", 1.0)]
    chemical += [("AVAL", "dBWML1", 4.0), ("AVBL", "AVAL", 7.0), ("RIML", "hyp", 1.0)]
    gap = [("AVAL", "AVAR", 5.0), ("AVAL", "AVAL", 2.0), ("AVBL", "RIML", 1.0)]
    uid = "test/connectome"
    networks: list[dict[str, object]] = [
        {
            "uid": f"{uid}/{kind}",
            "node_set": NODE_SET,
            "kind": kind,
            "directed": kind == "chemical",
            "weight_unit": "synapses",
            "method": "electron microscopy",
            "parameters": "{}",
        }
        for kind in ("chemical", "gap_junction")
    ]

    def edges(kind: str, found: list[tuple[str, str, float]]) -> pl.DataFrame:
        return tables.frame(
            kind,
            [
                {
                    "network": f"{uid}/{kind}",
                    "source": f"{NODE_SET}/{a}",
                    "target": f"{NODE_SET}/{b}",
                    "weight": w * scale,
                }
                for a, b, w in found
            ],
        )

    found = {"network": tables.frame("network", networks), "chemical": edges("chemical", chemical)}
    found |= {"gap_junction": edges("gap_junction", gap), "annotation": tables.frame("annotation", said_of_cells())}
    found |= {"coverage": tables.frame("coverage", covered(uid)), "binding": tables.frame("binding", bindings())}
    return Dataset(info(uid, parents=("test/cells",)), found)


def said_of_cells() -> list[dict[str, object]]:
    """What the connectome's source says of cells of three kinds: text and numbers, two of them about one attribute."""
    said: list[tuple[str, str, str, float | None, str | None]] = [
        ("AVAL", "transmitter", "acetylcholine", None, "expression of unc-17"),
        ("AVAL", "transmitter", "glutamate", None, None),
        ("AVAL", "ap_um", "-12.50", -12.5, None),
        ("dBWML1", "full_name", "muscle 'one', dorsal \u2013 left", None, None),
        ("hyp", "type", "hypodermis", None, None),
    ]
    columns = ("node", "attribute", "value", "number", "evidence")
    return [dict(zip(columns, (f"{NODE_SET}/{name}", *rest), strict=True)) for name, *rest in said]


def covered(uid: str) -> list[dict[str, object]]:
    """What the connectome's source could have seen: every cell, also the one without gap junctions."""
    return [
        {
            "network": f"{uid}/{kind}",
            "node": f"{NODE_SET}/{name}",
            "as_source": True,
            "as_target": True,
            "basis": "a name in the margin",
        }
        for kind in ("chemical", "gap_junction")
        for name in CELLS
    ]


def bindings() -> list[dict[str, object]]:
    """Two products of a gene that activate one receptor."""
    return [
        {
            "ligand": "flp-1",
            "ligand_form": form,
            "receptor": "npr-4",
            "receptor_form": "NPR-4-1",
            "ec50_molar": ec50,
            "low_molar": low,
            "method": "calcium assay",
        }
        for form, ec50, low in (("FLP-1-1", 1e-7, 5e-8), ("FLP-1-2", 2.5e-6, None))
    ]


def activity() -> Dataset:
    """Two recordings of one animal; one trace has no name."""
    uid = "test/activity"
    recordings: list[dict[str, object]] = [
        {
            "uid": f"{uid}/r{n}",
            "node_set": NODE_SET,
            "subject": f"{uid}/worm1",
            "modality": "calcium",
            "signal": "F/F20",
            "unit": "1",
            "sampling_rate_hz": 2.0,
            "n_samples": 3,
            "time_s": [0.0, 0.5, 1.0],
        }
        for n in (1, 2)
    ]
    labels: list[tuple[int, str | None]] = [(1, "AVAL"), (1, "RIML"), (1, None), (2, "AVAL"), (2, "AVBL")]
    traces: list[dict[str, object]] = [
        {
            "recording": f"{uid}/r{r}",
            "trace": number,
            "node": f"{NODE_SET}/{label}" if label else None,
            "raw_label": label,
            "match": "exact" if label else "unlabelled",
            "values": [0.0, 1.0 * number, None],
        }
        for number, (r, label) in enumerate(labels)
    ]
    subject: list[dict[str, object]] = [{"uid": f"{uid}/worm1", "sex": "hermaphrodite", "part": "train"}]
    return Dataset(
        info(uid, parents=("test/cells",)),
        {
            "subject": tables.frame("subject", subject),
            "recording": tables.frame("recording", recordings),
            "trace": tables.frame("trace", traces),
        },
    )


def run() -> Dataset:
    """A run that puts three of the neurons into two communities."""
    uid = "run/ntf-communities-test"
    row: dict[str, object] = {
        "uid": uid,
        "model": "ntf-communities",
        "model_version": "1",
        "parameters": "{}",
        "seed": 1,
        "bundle_hash": "0",
        "code_revision": "test",
        "trained_on": ["test/activity"],
        "simulated": False,
    }
    members: list[dict[str, object]] = [
        {"run": uid, "node": f"{NODE_SET}/{name}", "community": community, "strength": 0.5}
        for name, community in (("AVAL", "c1"), ("RIML", "c1"), ("AVBL", "c2"))
    ]
    return Dataset(
        info(uid, modality="run", parents=("test/activity",)),
        {"run": tables.frame("run", [row]), "membership": tables.frame("membership", members)},
    )


def small_lake(root: Path) -> Lake:
    """A lake with the four datasets above."""
    lake = Lake(root)
    for dataset in (cells(), connectome(), activity(), run()):
        lake.publish(dataset)
    return lake
