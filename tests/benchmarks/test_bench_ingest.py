"""Ingest of real sources, from raw files to published lake, beside the bare reading of the same bytes.

The peer does no more than the format's own library must, to hand over the numbers: no names resolved, nothing
validated, nothing written. The ratio is what homogenising, validating and publishing cost.
"""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

import fastexcel
import h5py
import numpy as np
import polars as pl
import pytest

from graphdb.lake import Lake

pytestmark = pytest.mark.data


def _bare_excel(path: Path) -> None:
    book = fastexcel.read_excel(path)
    names = [n for n in book.sheet_names if n.startswith("hermaphrodite")][:2] or book.sheet_names[:1]
    for name in names:
        book.load_sheet(name, header_row=None, dtypes="string").to_polars()


def _bare_json(path: Path) -> None:
    json.loads(path.read_bytes())


def _bare_hdf5(path: Path) -> None:
    with h5py.File(path) as file:
        _ = file["gcamp/traces_array_F_F20"][()]


def _bare_csv(path: Path) -> None:
    separator = ";" if path.stem.startswith("example") else ","
    pl.read_csv(path, separator=separator, infer_schema_length=None)


def _bare_tar(path: Path) -> None:
    with tarfile.open(path) as archive:
        for member in archive:
            content = archive.extractfile(member)
            if content is not None and member.name.endswith(".csv"):
                np.loadtxt(io.BytesIO(content.read()), delimiter=",")


BARE = {".xlsx": _bare_excel, ".json": _bare_json, ".h5": _bare_hdf5, ".csv": _bare_csv, ".xz": _bare_tar}
SOURCES = ("celegans/cook2019", "celegans/witvliet2021", "celegans/dag2023", "vessel/voreen-sample", "fmri/cni-tlc")


@pytest.mark.parametrize("source_id", SOURCES)
def test_ours(benchmark, read_source, tmp_path, source_id):
    benchmark.group = f"ingest {source_id}"
    fetched = read_source.files(source_id)
    numbers = iter(range(1000))

    def run() -> int:
        lake = Lake(tmp_path / str(next(numbers)))
        for parent in read_source.parents.values():
            lake.publish(parent)
        return sum(lake.publish(read_source(source_id, fetched)).rows.values())

    assert benchmark.pedantic(run, rounds=3, warmup_rounds=1) > 0


@pytest.mark.parametrize("source_id", SOURCES)
def test_peer_bare_reading(benchmark, read_source, source_id):
    benchmark.group = f"ingest {source_id}"
    files = [path for path in read_source.files(source_id).files.values() if path.suffix in BARE]

    def run() -> int:
        for path in files:
            BARE[path.suffix](path)
        return len(files)

    assert benchmark.pedantic(run, rounds=3, warmup_rounds=1) > 0
