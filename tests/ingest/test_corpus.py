"""Mutated copies of the real files of every C. elegans reader, through the whole flow.

Each ends in a SourceError that names the file (and the place in it) and has a hint, and then the lake is as before; or
in a published version in which every row of the file is in an edge or has a decision. Every case is seeded.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest

from graphdb.lake import Manifest
from ingest import fetch
from ingest.celegans.names import CellNames
from jobs import flow
from jobs.workspace import Workspace
from schemas.errors import SourceError
from tests.ingest.corpus import measured, truth
from tests.ingest.corpus.cases import Bad, Case, cases
from tests.ingest.corpus.shapes import REFUSED, Outcome, Told
from tests.ingest.corpus.subjects import TABLES, WHEEL_ONLY

CASES = cases()
SETUPS = [*TABLES, *measured.FILES]


@dataclass
class Setup:
    """The sound files of a source and the lake that holds what they became."""

    name: str
    data: Path
    workspace: Workspace
    content: dict[str, bytes]
    manifest: Manifest | None = None
    names_of: dict[str, str] = field(default_factory=dict)

    @property
    def source(self) -> str:
        return f"celegans/{self.name.split(' ')[0]}"

    def ingest(self, folder: Path, *, verified: bool = False, **changed: bytes) -> Manifest:
        """Through the flow, from a folder with the sound files but for those that are changed."""
        for key, content in {**self.content, **changed}.items():
            (folder / self.names_of[key]).write_bytes(content)
        return flow.ingest_source(self.workspace, self.source, folder, verified=verified)

    def lake(self) -> dict[str, tuple[int, int] | str]:
        """Every file of the lake; of the pointers what they say."""
        found: dict[str, tuple[int, int] | str] = {}
        for path in self.workspace.lake.root.rglob("*"):
            state = path.stat()
            held = path.read_text() if path.name == "current" else (state.st_size, state.st_mtime_ns)
            found[str(path.relative_to(self.workspace.lake.root))] = "" if path.is_dir() else held
        return found

    def check(self, manifest: Manifest, bad: Bad | None, key: str | None) -> None:
        """Every row of the files is in an edge or has a decision."""
        lake = self.workspace.lake
        tables = lake.tables(self.source, manifest.version)
        names = CellNames(lake.read("celegans/cells", "node"))
        content = self.content if bad is None or key is None else {**self.content, key: bad.content}
        if self.name == "randi2023":
            measured.check_atlas(content, tables, names)
        elif self.name == "dag2023":
            changed = json.loads(str(bad.sheets[""][0][0])) if bad and bad.sheets else measured.entries(self.data)
            measured.check_recording(content, changed, tables, names)
        else:
            sheets = {k: table.read(self.data) for k, table in TABLES[self.name].items()}
            if bad is not None and bad.sheets is not None and key is not None:
                sheets[key] = bad.sheets
            truth.check(truth.TRUTHS[self.name], sheets, self.names_of, tables, names)


@pytest.fixture(scope="session")
def setups(shared_data, from_wheel, tmp_path_factory) -> Callable[[str], Setup]:
    """The sources by name; each is read, cut down and published once."""

    @cache
    def setup(name: str) -> Setup:
        data = from_wheel(f"celegans/{name}") if name in WHEEL_ONLY else shared_data / "celegans"
        found = Setup(name, data, Workspace(tmp_path_factory.mktemp("workspace")), {})
        if name in measured.FILES:
            found.names_of = {key: measured.NAMES[key] for key in measured.FILES[name]}
            found.content = {key: measured.SOUND[key](data) for key in found.names_of}
        else:
            found.names_of = {key: table.name for key, table in TABLES[name].items()}
            found.content = {key: table.write(data, table.read(data)) for key, table in TABLES[name].items()}
        found.manifest = found.ingest(tmp_path_factory.mktemp("sound"))
        return found

    return setup


@pytest.fixture(autouse=True, scope="module")
def no_network():
    """What is not in the folder is not to be had."""

    def absent(*_args: object, **_kwargs: object) -> None:
        raise SourceError("there is no network here")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fetch, "download", absent)
        patch.setattr(fetch, "extract_from_wheel", absent)
        yield


def test_the_corpus_is_large_and_every_case_has_a_name_of_its_own():
    assert len({case.id for case in CASES}) == len(CASES) >= 300


def test_a_bad_file_is_the_same_each_time(shared_data):
    data = shared_data / "celegans"
    sound = measured.recording(data)
    for case in [c for c in CASES if c.key == measured.RECORDING][:5]:
        assert case.bad(data, sound).content == case.bad(data, sound).content


@pytest.mark.data
@pytest.mark.parametrize("name", SETUPS)
def test_every_row_of_a_sound_file_is_accounted_for(name, setups):
    setup = setups(name)
    setup.check(setup.manifest, None, None)


@pytest.mark.data
@pytest.mark.parametrize("name", SETUPS)
def test_where_checksums_are_required_any_altered_file_is_refused(name, setups, tmp_path):
    setup = setups(name)
    before = setup.lake()
    with pytest.raises(SourceError, match="the registry says") as caught:
        setup.ingest(tmp_path, verified=True)
    assert caught.value.hint
    assert caught.value.place.file.endswith(tuple(setup.names_of.values()))
    assert setup.lake() == before


@pytest.mark.data
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_bad_file_is_refused_or_accounted_for(case, setups, tmp_path):
    setup = setups(case.setup)
    bad = case.bad(setup.data, setup.content[case.key])
    before = setup.lake()
    try:
        manifest = setup.ingest(tmp_path, **{case.key: bad.content})
    except SourceError as error:
        _check_refusal(error, bad.told, setup.names_of[case.key], compared=case.compared)
        assert setup.lake() == before
        return
    setup.workspace.lake.check(manifest)
    assert not [path for path in setup.lake() if ".publishing" in path]
    if Outcome.SAME not in (allowed := bad.told.outcomes) and (case.compared or Outcome.ACCOUNTED in allowed):
        setup.check(manifest, bad, case.key)
        assert manifest.hashes != setup.manifest.hashes or _unchanged(case, setup, bad), "nothing tells of it"
    else:
        assert Outcome.SAME in allowed, f"was read as if it were sound: {_changes(manifest, setup)}"
        assert _edges(manifest.hashes) == _edges(setup.manifest.hashes), "the edges differ from the sound file's"


def _check_refusal(error: SourceError, told: Told, file: str, *, compared: bool) -> None:
    assert told.outcomes >= REFUSED or compared, f"was refused: {error}"
    assert error.hint, error
    assert error.place is not None, error
    assert error.place.file.endswith(file) or f"but {file}" in error.message, error
    if told.row is not None:
        assert error.place.row in (told.row if isinstance(told.row, tuple) else (told.row,)), error
    if told.columns:
        assert error.place.column in told.columns, error


def _edges(hashes: Mapping[str, str]) -> dict[str, str]:
    """All but what says how and where a file has it: its rows may have moved, its labels be spelled otherwise."""
    return {table: found for table, found in hashes.items() if table not in ("decision", "dataset", "edge_origin")}


def _changes(manifest: Manifest, setup: Setup) -> list[str]:
    return [t for t, found in manifest.hashes.items() if setup.manifest.hashes.get(t) != found]


def _unchanged(case: Case, setup: Setup, bad: Bad) -> bool:
    """The bytes differ but say the same, as where only a line end was cut off."""
    return bad.sheets is not None and bad.sheets == TABLES[case.setup][case.key].read(setup.data)
