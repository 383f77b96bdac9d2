"""Where files come from: a local folder, earlier downloads, a URL (a real server), a wheel (a real one)."""

from __future__ import annotations

import hashlib
import socket
import subprocess
import sys
import threading
import zipfile
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import polars as pl
import pytest

from ingest import run
from ingest.celegans import witvliet2021
from ingest.fetch import fetch
from ingest.source import FileSpec, SourceSpec, WheelMember, reader, source, sources
from schemas.errors import SourceError

CONTENT = b"the right bytes\n"


def digest(content):
    return hashlib.sha256(content).hexdigest()


def file_spec(key="a", content=CONTENT, names=("a.txt",), **more):
    return FileSpec(key, names, digest(content), len(content), **more)


def source_spec(*files):
    return SourceSpec(
        "test/source", "t", "celegans", "l", "c", "ingest.celegans.cells", url="https://where", files=files
    )


@pytest.fixture
def downloads(tmp_path):
    return tmp_path / "downloads"


@pytest.fixture
def local(tmp_path):
    folder = tmp_path / "local"
    (folder / "deep" / "er").mkdir(parents=True)
    return folder


@pytest.fixture
def server(tmp_path):
    """A folder that is served, and its address."""
    root = tmp_path / "served"
    root.mkdir()

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *args):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(root))) as serving:
        thread = threading.Thread(target=serving.serve_forever)
        thread.start()
        yield root, f"http://127.0.0.1:{serving.server_port}"
        serving.shutdown()
        thread.join()


def left_behind(folder):
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


# local folder


def test_a_local_file_is_found_at_any_depth_under_any_of_its_names(local, downloads):
    path = local / "deep" / "er" / "other name.txt"
    path.write_bytes(CONTENT)
    got = fetch(source_spec(file_spec(names=("a.txt", "other name.txt"))), downloads, from_dir=local)
    assert got.files == {"a": path}
    (record,) = got.provenance
    assert (record.name, record.sha256, record.size_bytes) == ("other name.txt", digest(CONTENT), len(CONTENT))
    assert record.origin == "local folder"


def test_of_several_local_files_the_one_with_the_checksum_is_taken(local, downloads):
    (local / "a.txt").write_bytes(b"another version")
    (local / "deep" / "a.txt").write_bytes(CONTENT)
    assert fetch(source_spec(file_spec()), downloads, from_dir=local).files["a"] == local / "deep" / "a.txt"


def test_a_local_file_with_another_checksum_is_refused_and_both_are_named(local, downloads):
    (local / "a.txt").write_bytes(b"changed")
    with pytest.raises(SourceError) as caught:
        fetch(source_spec(file_spec()), downloads, from_dir=local)
    assert digest(b"changed") in str(caught.value)
    assert digest(CONTENT) in str(caught.value)
    assert "--unverified" in caught.value.hint


def test_unverified_takes_it_and_records_what_it_is(local, downloads):
    (local / "a.txt").write_bytes(b"changed")
    got = fetch(source_spec(file_spec()), downloads, from_dir=local, verify=False)
    assert got.provenance[0].sha256 == digest(b"changed")
    assert "checksum not required" in got.provenance[0].origin


def test_unverified_does_not_choose_between_different_files(local, downloads):
    (local / "a.txt").write_bytes(b"one")
    (local / "deep" / "a.txt").write_bytes(b"two")
    with pytest.raises(SourceError, match="several files could be 'a'"):
        fetch(source_spec(file_spec()), downloads, from_dir=local, verify=False)


def test_a_folder_that_is_none(tmp_path, downloads):
    with pytest.raises(SourceError, match="is no folder"):
        fetch(source_spec(file_spec()), downloads, from_dir=tmp_path / "nowhere")


def test_a_file_that_is_nowhere_says_what_was_tried(local, downloads):
    with pytest.raises(SourceError) as caught:
        fetch(source_spec(file_spec()), downloads, from_dir=local)
    text = str(caught.value)
    for part in ("test/source", "'a.txt'", str(local), str(downloads), "no public address", "--from", "https://where"):
        assert part in text


def test_an_optional_file_without_an_address_is_left_out_and_reported(downloads):
    said = []
    got = fetch(source_spec(file_spec(optional=True)), downloads, progress=said.append)
    assert got.files == {}
    assert said == ["a.txt is left out: it has no public address"]


# files whose checksum the registry does not know


def open_spec(**more):
    return FileSpec(**({"key": "worm", "names": ("*.mat",), "many": True} | more))


def test_every_file_of_a_name_pattern_is_taken_and_its_checksum_recorded(local, downloads):
    (local / "b.mat").write_bytes(b"2")
    (local / "deep" / "a.mat").write_bytes(b"1")
    (local / "deep" / "a.txt").write_bytes(b"3")
    (local / "._b.mat").write_bytes(b"what a Mac leaves behind")
    got = fetch(source_spec(open_spec()), downloads, from_dir=local)
    assert got.files == {"worm/a.mat": local / "deep" / "a.mat", "worm/b.mat": local / "b.mat"}
    assert [(f.name, f.sha256) for f in got.provenance] == [("a.mat", digest(b"1")), ("b.mat", digest(b"2"))]
    assert {f.origin for f in got.provenance} == {"local folder, checksum not known"}


def test_of_one_name_there_may_be_equal_files_but_not_different_ones(local, downloads):
    (local / "a.mat").write_bytes(b"1")
    (local / "deep" / "a.mat").write_bytes(b"1")
    assert list(fetch(source_spec(open_spec()), downloads, from_dir=local).files) == ["worm/a.mat"]
    (local / "deep" / "a.mat").write_bytes(b"2")
    with pytest.raises(SourceError, match="several files could be 'worm'"):
        fetch(source_spec(open_spec()), downloads, from_dir=local)


def test_a_single_file_of_unknown_checksum_keeps_its_key(local, downloads):
    spec = source_spec(open_spec(many=False, names=("rate.txt",)))
    (local / "rate.txt").write_bytes(b"3")
    assert fetch(spec, downloads, from_dir=local).files == {"worm": local / "rate.txt"}
    wider = source_spec(open_spec(many=False, names=("*.txt",)))
    (local / "more.txt").write_bytes(b"4")
    with pytest.raises(SourceError, match="several files could be 'worm'"):
        fetch(wider, downloads, from_dir=local)


def test_nothing_of_the_pattern_in_the_folder(local, downloads):
    with pytest.raises(SourceError, match=r"'\*\.mat' cannot be had") as caught:
        fetch(source_spec(open_spec()), downloads, from_dir=local)
    assert "--from" in caught.value.hint
    said = []
    assert fetch(source_spec(open_spec(optional=True)), downloads, progress=said.append).files == {}
    assert said == ["*.mat is left out: its checksum is not known, so it is fetched from nowhere"]


def test_a_file_of_unknown_checksum_becomes_a_decision(local, downloads):
    (local / "a.mat").write_bytes(b"1")
    spec = source_spec(open_spec())
    got = fetch(spec, downloads, from_dir=local)
    (row,) = run.ingest(spec, got.files, {}, got.provenance).tables["decision"].to_dicts()
    assert (row["action"], row["item"], row["file"]) == ("kept", "a.mat", "a.mat")
    assert digest(b"1") in row["reason"]
    with pytest.raises(SourceError, match=r"the file '\*\.mat' is missing"):
        run.ingest(spec, {}, {}, ())


# URL


def test_a_url_is_fetched_once(server, downloads):
    root, address = server
    (root / "x").write_bytes(CONTENT)
    spec = source_spec(file_spec(url=f"{address}/x"))
    got = fetch(spec, downloads)
    assert got.files["a"].read_bytes() == CONTENT
    assert got.provenance[0].origin == f"{address}/x"
    (root / "x").unlink()
    assert fetch(spec, downloads).files == got.files
    assert left_behind(downloads) == ["test/source/a.txt"]


def test_a_damaged_download_is_fetched_again(server, downloads):
    root, address = server
    (root / "x").write_bytes(CONTENT)
    spec = source_spec(file_spec(url=f"{address}/x"))
    fetch(spec, downloads).files["a"].write_bytes(b"damaged")
    said = []
    assert fetch(spec, downloads, progress=said.append).files["a"].read_bytes() == CONTENT
    assert "another checksum, fetching again" in said[0]


def test_other_bytes_from_the_server_are_refused_and_leave_nothing(server, downloads):
    root, address = server
    (root / "x").write_bytes(b"a refusal page")
    with pytest.raises(SourceError, match=digest(b"a refusal page")):
        fetch(source_spec(file_spec(url=f"{address}/x")), downloads)
    assert left_behind(downloads) == []


def test_a_server_that_refuses(server, downloads):
    _, address = server
    with pytest.raises(SourceError, match="404"):
        fetch(source_spec(file_spec(url=f"{address}/absent")), downloads)
    assert left_behind(downloads) == []


def closed_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def test_without_a_network_an_optional_file_is_left_out_only_where_a_folder_is_given(local, downloads):
    spec = source_spec(file_spec(url=f"http://127.0.0.1:{closed_port()}/x", optional=True))
    said = []
    assert fetch(spec, downloads, from_dir=local, progress=said.append).files == {}
    assert "left out" in said[-1]
    with pytest.raises(SourceError, match="cannot be had") as caught:
        fetch(spec, downloads)
    assert "--from" in caught.value.hint


# wheel


@pytest.fixture
def index(tmp_path, monkeypatch):
    """A folder of wheels that pip takes for the package index; holds `tiny` 1.0 with one file of data."""
    folder = tmp_path / "index"
    folder.mkdir()
    path = folder / "tiny-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr("tiny/data/a b.txt", CONTENT)
        wheel.writestr("tiny/__init__.py", "raise RuntimeError('a wheel is data, not code')")
        wheel.writestr("tiny-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n")
        wheel.writestr("tiny-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr("tiny-1.0.dist-info/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return path


def member(wheel, name="tiny/data/a b.txt"):
    return WheelMember("tiny==1.0", digest(wheel.read_bytes()), name)


def test_a_member_of_a_wheel_is_extracted_and_the_wheel_fetched_once(index, downloads):
    wheel = member(index)
    spec = source_spec(file_spec(wheel=wheel), file_spec("b", names=("b.txt",), wheel=wheel))
    got = fetch(replace(spec, files=spec.files[:1]), downloads)
    assert got.files["a"].read_bytes() == CONTENT
    assert got.provenance[0].origin == "tiny==1.0: tiny/data/a b.txt"
    index.unlink()
    assert fetch(spec, downloads).files["b"].read_bytes() == CONTENT
    kept = f"wheels/{wheel.sha256}.whl"
    assert left_behind(downloads) == ["test/source/a.txt", "test/source/b.txt", kept]
    assert "tiny" not in sys.modules


def test_a_wheel_with_another_checksum_is_refused(index, downloads):
    wheel = replace(member(index), sha256="0" * 64)
    with pytest.raises(SourceError, match=f"the wheel has SHA-256 {digest(index.read_bytes())}"):
        fetch(source_spec(file_spec(wheel=wheel)), downloads)
    assert left_behind(downloads) == []


def test_a_wheel_without_the_member(index, downloads):
    with pytest.raises(SourceError, match=r"has no member 'tiny/no\.txt'"):
        fetch(source_spec(file_spec(wheel=member(index, "tiny/no.txt"))), downloads)


def test_a_member_with_another_checksum_is_refused_and_leaves_nothing(index, downloads):
    spec = source_spec(file_spec(content=b"expected", wheel=member(index)))
    with pytest.raises(SourceError, match="another checksum than the registry says"):
        fetch(spec, downloads)
    assert [p for p in left_behind(downloads) if not p.startswith("wheels/")] == []


def test_an_unreachable_wheel_is_asked_for_once(index, downloads, local, monkeypatch):
    wheel = member(index)
    index.unlink()
    started = []
    real = subprocess.run
    monkeypatch.setattr(subprocess, "run", lambda *a, **k: (started.append(a), real(*a, **k))[1])
    files = [file_spec(k, names=(f"{k}.txt",), wheel=wheel, optional=True) for k in "ab"]
    said = []
    assert fetch(source_spec(*files), downloads, from_dir=local, progress=said.append).files == {}
    assert len(started) == 1
    assert [s for s in said if "left out: tiny==1.0" in s] == [s for s in said if "left out" in s]


@pytest.fixture(scope="module")
def from_real_wheel(tmp_path_factory):
    """Fetches a source into one folder of downloads; the test is skipped where no index is reachable."""
    folder = tmp_path_factory.mktemp("downloads")

    def get(source_id, from_dir=None):
        try:
            return fetch(source(source_id), folder, from_dir=from_dir)
        except SourceError as error:
            if "No matching distribution" not in error.message and "Connection" not in error.message:
                raise
            return pytest.skip(f"no package index: {error.message}")

    return get


@pytest.mark.network
@pytest.mark.data
def test_the_real_wheel_holds_the_real_workbook(from_real_wheel, shared_data):
    got = from_real_wheel("celegans/cook2019")
    local = shared_data / "celegans/connectome/cook2019/SI5_adjacency_corrected_July2020.xlsx"
    assert got.files["si5"].read_bytes() == local.read_bytes()
    assert got.provenance[0].sha256 == digest(local.read_bytes())


@pytest.mark.network
def test_all_eight_stages_come_out_of_the_real_wheel(from_real_wheel, cell_tables, check_tables, canonical):
    got = from_real_wheel("celegans/witvliet2021")
    assert sorted(got.files) == [f"stage{n}_xlsx" for n in range(1, 9)]
    tables = witvliet2021.read(got.files, cell_tables)
    check_tables(tables)
    edges = tables["chemical"].filter(pl.col("source").is_in(canonical), pl.col("target").is_in(canonical))
    weights = edges.group_by("network").agg(pl.len(), pl.col("weight").sum()).sort("network")
    # counts of the published files; stage 5 has no JSON beside it in the tests
    assert weights["len"].to_list() == [675, 865, 887, 1011, 1324, 1314, 1944, 1933]
    assert weights["weight"].to_list() == [1152, 1687, 1884, 2521, 3644, 3893, 6587, 7099]
    pairs = tables["gap_junction"].filter(pl.col("source").is_in(canonical), pl.col("target").is_in(canonical))
    assert pairs.group_by("network").len().sort("network")["len"].to_list() == [83, 121, 94, 205, 289, 212, 267, 304]


@pytest.mark.network
@pytest.mark.data
def test_both_forms_of_seven_stages_differ_by_eight_fragments_only(from_real_wheel, shared_data, cell_tables):
    got = from_real_wheel("celegans/witvliet2021", shared_data / "celegans")
    assert len(got.files) == 8 + 7 + 2
    decisions = witvliet2021.read(got.files, cell_tables)["decision"]
    differs = decisions.filter(pl.col("action") == "differs", pl.col("reason").str.contains("the workbook"))
    assert sorted(differs["item"]) == [
        "stage6 gap_junction AIAL - NR_fragment",
        "stage7 gap_junction AQR - NR_fragment",
        "stage7 gap_junction ASJL - vncfrag",
        "stage7 gap_junction SMDVR - vncfrag",
        "stage8 gap_junction AVJL - Fragment",
        "stage8 gap_junction Fragment - SIBVR",
        "stage8 gap_junction Fragment - URXR",
        "stage8 gap_junction SMDVR - VAn",
    ]


# the registry


@pytest.mark.parametrize("source_id", [s for s in sources() if s.startswith("celegans/")])
def test_the_registry_is_whole(source_id):
    spec = source(source_id)
    assert reader(spec).READER_VERSION
    assert set(spec.parents) <= set(sources())
    assert len({f.key for f in spec.files}) == len(spec.files)
    assert len({f.names[0] for f in spec.files}) == len(spec.files)
    for file in spec.files:
        if file.sha256 is None:
            assert file.url is file.wheel is file.size_bytes is None
        else:
            assert len(file.sha256) == 64
            assert not file.many
            assert file.optional or file.url or file.wheel


@pytest.mark.data
@pytest.mark.parametrize(
    ("source_id", "n_files", "tables"),
    [
        ("celegans/cells", 0, {"node_set", "node", "annotation"}),
        ("celegans/cook2019", 1, {"network", "chemical", "gap_junction", "coverage", "edge_origin", "decision"}),
        ("celegans/dag2023", 6, {"subject", "recording", "trace", "event", "decision"}),
        ("celegans/randi2023", 1, {"network", "functional", "edge_origin", "decision"}),
        ("celegans/fenyves2020", 1, {"network", "chemical", "edge_origin", "decision"}),
        ("celegans/wang2024", 1, {"annotation", "decision"}),
        ("celegans/wang2024-male", 1, {"annotation", "decision"}),
        ("celegans/cook2019-cells", 1, {"annotation", "decision"}),
        ("celegans/wormwideweb-cells", 3, {"annotation", "decision"}),
        ("celegans/neuropal-variability", 1, {"annotation", "decision"}),
        ("celegans/neuropal-colours", 1, {"annotation", "decision"}),
        ("celegans/wormneuroatlas-positions", 1, {"annotation", "decision"}),
        ("celegans/wormatlas", 2, {"annotation", "decision"}),
        ("celegans/openworm-cells", 1, {"annotation", "decision"}),
        ("celegans/nemanode-cells", 1, {"annotation", "decision"}),
        ("celegans/ganglia", 1, {"annotation", "decision"}),
        ("celegans/lowresatlas", 1, {"annotation", "decision"}),
        (
            "celegans/simeon2024-consensus",
            2,
            {"network", "chemical", "gap_junction", "functional", "edge_origin", "decision"},
        ),
    ],
)
def test_a_source_is_fetched_and_read_from_a_folder(
    source_id, n_files, tables, tmp_path, shared_data, both_sexes, check_both
):
    spec = source(source_id)
    got = fetch(spec, tmp_path, from_dir=shared_data / "celegans")
    assert len(got.files) == n_files
    dataset = run.ingest(spec, got.files, both_sexes, got.provenance)
    assert set(dataset.tables) == tables
    assert (dataset.info.uid, dataset.info.reader, dataset.info.parents) == (source_id, spec.reader, spec.parents)
    assert [s.sha256 for s in dataset.sources] == [f.sha256 for f in spec.files]
    check_both(dataset.tables)
    assert left_behind(tmp_path) == []


def test_ingest_without_a_parent_or_a_file():
    spec = source("celegans/cook2019")
    with pytest.raises(SourceError, match="ingest celegans/cells first"):
        run.ingest(spec, {}, {}, ())
    with pytest.raises(SourceError, match="is missing"):
        run.ingest(spec, {}, {"celegans/cells": {}}, ())
