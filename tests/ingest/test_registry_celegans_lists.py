"""The registry's entries of partner lists: found by their checksums, read, published under their ids."""

from __future__ import annotations

import pytest

import ingest.fetch
from ingest import run
from ingest.fetch import fetch
from ingest.source import source
from schemas.errors import SourceError

EDGES = {"network", "chemical", "gap_junction", "coverage", "edge_origin", "decision"}
TABLES = {
    "celegans/varshney2011": EDGES,
    "celegans/durbin1986": EDGES | {"subject"},
    "celegans/openworm": EDGES,
}


def no_network(*_args, **_kwargs):
    raise SourceError("there is no network here")


@pytest.mark.data
@pytest.mark.parametrize("source_id", TABLES)
def test_a_source_is_found_in_a_folder_and_read(
    source_id, tmp_path, shared_data, cell_tables, check_tables, monkeypatch
):
    monkeypatch.setattr(ingest.fetch, "extract_from_wheel", no_network)
    spec = source(source_id)
    got = fetch(spec, tmp_path, from_dir=shared_data / "celegans")
    dataset = run.ingest(spec, got.files, cell_tables, got.provenance)
    assert set(dataset.tables) == TABLES[source_id]
    check_tables(dataset.tables)
    file = spec.files[0]
    assert [(s.name, s.sha256, s.size_bytes) for s in dataset.sources] == [
        (file.names[0], file.sha256, file.size_bytes)
    ]
    assert set(dataset.tables["decision"]["file"]) == {file.names[0]}
    assert dataset.tables["network"]["uid"].str.starts_with(f"{source_id}/").all()


@pytest.mark.parametrize("source_id", TABLES)
def test_each_file_is_had_from_the_wheel_that_carries_it(source_id):
    cook = source("celegans/cook2019").files[0].wheel
    for file in source(source_id).files:
        assert file.wheel is not None
        assert (file.wheel.requirement, file.wheel.sha256) == (cook.requirement, cook.sha256)
        assert file.wheel.member == f"cect/data/{file.names[0]}"
