"""The sources in HDF5, cut down: recordings with their labels, the atlas; and what must become of each number."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import h5py
import numpy as np
import polars as pl

from ingest.celegans.names import CellNames
from schemas.dataset import Tables
from tests.ingest.corpus.hdf5_faults import REVERSING, TIME, TRACES
from tests.ingest.corpus.label_faults import Entries, jld2
from tests.ingest.corpus.shapes import Told

RECORDING, LABELS, ATLAS = "2022-07-26-31", "labels", "funatlas"
NAMES = {RECORDING: "2022-07-26-31-data.h5", LABELS: "NeuroPAL_labels_dict.jld2", ATLAS: "funatlas.h5"}
FILES = {"dag2023": (LABELS, RECORDING), "randi2023": (ATLAS,)}

_DAG = "calcium/dag2023_flavell"
_N_SAMPLES, _N_TRACES, _N_NEURONS = 60, 40, 30


@cache
def recording(data: Path) -> bytes:
    """The first samples and traces of a real recording."""
    stream = io.BytesIO()
    with h5py.File(data / _DAG / NAMES[RECORDING]) as real, h5py.File(stream, "w") as file:
        file[TRACES] = real[TRACES][:_N_SAMPLES, :_N_TRACES]
        file[TIME] = real[TIME][:_N_SAMPLES]
        file[REVERSING] = real[REVERSING][:_N_SAMPLES]
    return stream.getvalue()


def entries(data: Path) -> Entries:
    """The real labels of the traces that are kept."""
    held = _real_labels(data)[RECORDING][0]
    taken = ("label", "confidence", "region")
    return {
        RECORDING: {
            int(trace): {k: entry[k] for k in taken} for trace, entry in held.items() if int(trace) <= _N_TRACES // 4
        }
    }


@cache
def _real_labels(data: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((data / _DAG / "NeuroPAL_labels_dict.derived.json").read_text())
    return found


@cache
def labels(data: Path) -> bytes:
    return jld2(entries(data))


@cache
def atlas(data: Path) -> bytes:
    """The first neurons of the real atlas: names, matrices and lists of responses."""
    stream = io.BytesIO()
    with h5py.File(data / "connectome/randi2023/funatlas.h5") as real, h5py.File(stream, "w") as file:
        file["neuron_ids"] = real["neuron_ids"][:_N_NEURONS]
        for genotype in ("wt", "unc31"):
            for matrix in ("dFF", "q", "q_eq", "occ1"):
                file[f"{genotype}/{matrix}"] = real[f"{genotype}/{matrix}"][:_N_NEURONS, :_N_NEURONS]
            held = real[f"{genotype}/dFF_all"][:_N_NEURONS, :_N_NEURONS]
            cut = file.create_dataset(f"{genotype}/dFF_all", held.shape, h5py.vlen_dtype(np.float64))
            for at in np.ndindex(held.shape):
                cut[at] = held[at]
    return stream.getvalue()


SOUND: dict[str, Callable[[Path], bytes]] = {RECORDING: recording, LABELS: labels, ATLAS: atlas}


def plain(_: bytes, rng: Random) -> tuple[bytes, Told]:
    """HDF5, but of something else: a JLD2 that is none, a MATLAB file."""
    stream = io.BytesIO()
    with h5py.File(stream, "w", userblock_size=512) as file:
        file["NeuroPAL_labels"] = np.arange(5)
        file["traces"] = np.zeros((5, 3))
    return stream.getvalue(), Told()


def check_recording(content: Mapping[str, bytes], labelled: Entries, tables: Tables, names: CellNames) -> None:
    """Every trace with its values, every label at its trace, and a decision for each label without a node."""
    with h5py.File(io.BytesIO(content[RECORDING])) as file:
        values, time = file[TRACES][()], file[TIME][()]
    assert tables["recording"]["time_s"].to_list() == [(time - time[0]).tolist()]
    traces = tables["trace"].sort("trace")
    assert traces["trace"].to_list() == list(range(values.shape[1]))
    held = np.array([[np.nan if v is None else v for v in row] for row in traces["values"].to_list()], np.float32)
    np.testing.assert_array_equal(held, values.T.astype(np.float32))
    wanted = {int(trace) - 1: entry["label"].strip() for trace, entry in labelled[RECORDING].items()}
    found = {trace: label for trace, label in traces.select("trace", "raw_label").iter_rows() if label is not None}
    assert {trace: label.strip() for trace, label in found.items()} == wanted
    reasons = tables["decision"].select("item", "column").rows() if "decision" in tables else []
    for trace, node in traces.filter(pl.col("raw_label").is_not_null()).select("trace", "node").iter_rows():
        if node is None:
            assert any(column == f"trace {trace + 1}" for _, column in reasons), trace
        else:
            assert node == names.resolve(wanted[trace]).node
    others = set(labelled) - {RECORDING}
    assert others <= {item for item, _ in reasons}


def check_atlas(content: Mapping[str, bytes], tables: Tables, names: CellNames) -> None:
    """Every finite response is an edge from the stimulated to the responding neuron, with its q and count."""
    expected = {}
    with h5py.File(io.BytesIO(content[ATLAS])) as file:
        nodes = [names.resolve(x.decode()).node for x in file["neuron_ids"][()]]
        for genotype in ("wt", "unc31"):
            dff, q, occ = (file[f"{genotype}/{m}"][()] for m in ("dFF", "q", "occ1"))
            for i, j in np.argwhere(np.isfinite(dff)):
                key = (f"celegans/randi2023/{genotype}", nodes[j], nodes[i])
                expected[key] = (dff[i, j], None if np.isnan(q[i, j]) else q[i, j], int(occ[i, j]))
    columns = ["network", "source", "target", "weight", "q", "n_observations"]
    assert {row[:3]: row[3:] for row in tables["functional"].select(columns).iter_rows()} == expected
