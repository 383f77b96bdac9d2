"""What benchmarks share. Run with `make bench`; each is also run once as a test, so that it never rots."""

from __future__ import annotations

from pathlib import Path

import pytest

from graphdb.lake import Lake
from ingest.fetch import fetch
from ingest.run import ingest
from ingest.source import source
from schemas.dataset import Dataset

SOURCES = ("celegans/cook2019", "celegans/witvliet2021", "celegans/dag2023", "vessel/voreen-sample", "fmri/cni-tlc")
PARENTS = ("celegans/cells", "fmri/aal116")


@pytest.fixture(scope="session")
def read_source(shared_data: Path, tmp_path_factory: pytest.TempPathFactory):
    """From the id of a source to its dataset, from raw files; parents are read once."""
    downloads = tmp_path_factory.mktemp("downloads")
    parents: dict[str, Dataset] = {}

    def files(source_id: str):
        return fetch(source(source_id), downloads, from_dir=shared_data)

    def read(source_id: str, fetched=None) -> Dataset:
        spec = source(source_id)
        found = fetched or files(source_id)
        return ingest(spec, found.files, {p: parents[p].tables for p in spec.parents}, found.provenance)

    for parent in PARENTS:
        parents[parent] = read(parent)
    read.files = files
    read.parents = parents
    return read


@pytest.fixture(scope="session")
def real_lake(read_source, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A lake with the five real sources."""
    lake = Lake(tmp_path_factory.mktemp("lake"))
    for parent in PARENTS:
        lake.publish(read_source.parents[parent])
    for source_id in SOURCES:
        lake.publish(read_source(source_id))
    return lake
