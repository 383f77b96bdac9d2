"""Registry entries of vessels, fMRI and simulators: they load, name readers, and match the real files."""

from __future__ import annotations

import pytest

from ingest import source
from ingest.files import sha256

REAL = {
    "vessel/voreen-sample": ["vessel/vesselgraph_example"],
    "fmri/aal116": ["fmri/cni_tlc", "fmri/atlases", "fmri/abide_aal116"],
    "fmri/cni-tlc": ["fmri/cni_tlc"],
}
SIMULATED = ["celegans", "vessel", "fmri", "eeg", "spikes"]


@pytest.mark.data
@pytest.mark.parametrize("source_id", REAL)
def test_files_are_those_of_the_registry(shared_data, source_id) -> None:
    spec = source.source(source_id)
    assert spec.files
    for file in spec.files:
        found = [
            shared_data / folder / name
            for folder in REAL[source_id]
            for name in file.names
            if (shared_data / folder / name).is_file()
        ]
        assert len(found) == 1
        assert (sha256(found[0]), found[0].stat().st_size) == (file.sha256, file.size_bytes)


@pytest.mark.parametrize("modality", SIMULATED)
def test_simulated_sources_say_so(modality) -> None:
    spec = source.source(f"simulate/{modality}")
    assert spec.simulated
    assert spec.title.startswith("Simulated")
    assert (spec.licence, spec.files) == ("generated", ())
    assert spec.citation == "simulated by this platform, seed 2024"
    assert spec.modality == modality


@pytest.mark.parametrize("source_id", [*REAL, *(f"simulate/{m}" for m in SIMULATED)])
def test_reader_exists(source_id) -> None:
    spec = source.source(source_id)
    module = source.reader(spec)
    assert module.READER_VERSION
    assert callable(module.read)
    assert not source_id.startswith("simulate/") or spec.simulated


@pytest.mark.parametrize("modality", SIMULATED)
def test_seed_of_the_citation_is_the_seed_of_the_data(modality) -> None:
    module = source.reader(source.source(f"simulate/{modality}"))
    config = getattr(module, f"{modality.capitalize()}Config")()
    run = module.simulate(config)["run"]
    assert set(run["seed"]) == {2024}
    assert run["simulated"].all()
