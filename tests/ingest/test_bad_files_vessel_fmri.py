"""Broken vessel and fMRI files: each gives a SourceError that says where, never a library's traceback."""

from __future__ import annotations

import io
import tarfile

import numpy as np
import polars as pl
import pytest

from ingest.files import read_table
from ingest.fmri import aal116, archive, cni_tlc
from ingest.vessel import voreen
from schemas import tables
from schemas.errors import SourceError

NODES = "id;pos_x;pos_y;pos_z;degree;isAtSampleBorder\n0;-1;-2;3;1;1\n1;-4;-2;3;1;0\n"
EDGES = (
    "id;node1id;node2id;length;distance;curveness;volume;avgCrossSection;minRadiusAvg;minRadiusStd;avgRadiusAvg;"
    "avgRadiusStd;maxRadiusAvg;maxRadiusStd;roundnessAvg;roundnessStd;node1_degree;node2_degree;num_voxels;"
    "hasNodeAtSampleBorder\n"
    "0;0;1;4.5;3;1.5;10;2;1;0.1;2;0.2;3;0.3;0.5;0.05;1;4;3;1\n"
)
SECOND = "1;0;1;4.5;3;1.5;10;2;1;0.1;2;0.2;3;0.3;0.5;0.05;1;4;3;1\n"


def _vessels(tmp_path, nodes=NODES, edges=EDGES) -> None:
    for name, content in (("n.csv", nodes), ("e.csv", edges)):
        (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    voreen.read({"nodes": tmp_path / "n.csv", "edges": tmp_path / "e.csv"}, {})


@pytest.mark.parametrize(
    ("nodes", "edges", "file", "row", "column", "words"),
    [
        (NODES.replace("pos_y", "y"), EDGES, "n.csv", 1, None, "has no column 'pos_y'"),
        (NODES.replace(";", ","), EDGES, "n.csv", 1, None, "has no column 'id'"),
        (NODES, EDGES.replace("avgRadiusAvg", "radius"), "e.csv", 1, None, "has no column 'avgRadiusAvg'"),
        (NODES.replace("-4", "west"), EDGES, "n.csv", 3, "pos_x", "holds 'west', a number was expected"),
        (NODES.replace("-4", "inf"), EDGES, "n.csv", 3, "pos_x", "inf is not finite"),
        (NODES.replace("-4", ""), EDGES, "n.csv", 3, "pos_x", "is empty"),
        (NODES.replace("\n1;", "\n0;"), EDGES, "n.csv", 2, "id", "0 stands more than once"),
        (NODES.replace("1;1\n", "1;7\n"), EDGES, "n.csv", 2, "isAtSampleBorder", "7 is neither 0 nor 1"),
        (NODES, EDGES.replace("0;0;1;", "0;0;5;"), "e.csv", 2, "node2id", "5 is no node of n.csv"),
        (NODES, EDGES + SECOND.replace("1;0;1;", "1;-3;1;"), "e.csv", 3, "node1id", "-3 is no node"),
        (NODES, EDGES.replace("0;0;1;", "0;0;1.5;"), "e.csv", 2, "node2id", "'1.5', a whole number"),
        (NODES, EDGES + SECOND.replace("1;0;1;", "0;0;1;"), "e.csv", 2, "id", "0 stands more than once"),
        (NODES, EDGES.replace(";4.5;", ";-4.5;"), "e.csv", 2, "length", "-4.5 is negative"),
        (NODES, EDGES.replace(";3;1.5;", ";-1;1.5;"), "e.csv", 2, "distance", "-1.0 is negative"),
        (NODES, EDGES.replace("0.05;1;4;3;1\n", "0.05;1;4;many;1\n"), "e.csv", 2, "num_voxels", "'many'"),
        (NODES, EDGES[:-1] + ";9;9\n", "e.csv", 2, None, "more cells than the header"),
        ("", EDGES, "n.csv", None, None, "the file is empty"),
        (NODES, b"\x89HDF\r\n\x1a\n\x00\xff\xfe", "e.csv", None, None, "is not UTF-8 text"),
    ],
)
def test_voreen(tmp_path, *, nodes, edges, file, row, column, words) -> None:
    with pytest.raises(SourceError) as caught:
        _vessels(tmp_path, nodes, edges)
    place = caught.value.place
    assert words in caught.value.message
    assert place.file.endswith(file)
    assert (place.row, place.column) == (row, column)
    assert caught.value.hint


def test_voreen_file_is_missing(tmp_path) -> None:
    with pytest.raises(SourceError, match="the file is missing"):
        voreen.read({"nodes": tmp_path / "n.csv", "edges": tmp_path / "e.csv"}, {})


def test_voreen_cut_in_the_middle_of_a_row(tmp_path) -> None:
    with pytest.raises(SourceError, match="is empty"):
        _vessels(tmp_path, edges=EDGES + SECOND[:20])


PHENOTYPES = "Subj,Sex,Age,DX,WISC_FSIQ,Edinburgh_Handedness\nsub-1,F,9.5,ADHD,100,1\nsub-2,M,9,Control,99,1\n"


def _text(values) -> bytes:
    return "".join(",".join(repr(float(v)) for v in row) + "\n" for row in values).encode()


GOOD = _text(np.random.default_rng(0).normal(size=(116, 40)))


def _pack(path, files, mode="w:xz") -> None:
    with tarfile.open(path, mode) as packed:
        for name, content in files:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            packed.addfile(info, io.BytesIO(content))


def _atlas():
    rows = [
        {
            "uid": f"fmri/aal116/R{i}",
            "node_set": "fmri/aal116",
            "name": f"R{i}",
            "kind": "region",
            "aliases": [aal116.label_alias(i)],
        }
        for i in range(1, 117)
    ]
    return {"fmri/aal116": {"node": tables.frame("node", rows)}}


def _fmri(tmp_path, files=(("T/sub-1/timeseries_aal.csv", GOOD),), phenotypes=PHENOTYPES, raw=None):
    if raw is None:
        _pack(tmp_path / "s.tar.xz", files)
    else:
        (tmp_path / "s.tar.xz").write_bytes(raw)
    (tmp_path / "p.csv").write_text(phenotypes)
    paths = {"training_series": tmp_path / "s.tar.xz", "training_phenotypes": tmp_path / "p.csv"}
    return cni_tlc.read(paths, _atlas())


def _rows(change) -> bytes:
    lines = GOOD.decode().splitlines()
    return "\n".join(change(lines)).encode()


def _cell(lines, row, column, text):
    cells = lines[row - 1].split(",")
    cells[column - 1] = text
    return [*lines[: row - 1], ",".join(cells), *lines[row:]]


@pytest.mark.parametrize(
    ("content", "row", "column", "words"),
    [
        (_rows(lambda x: x[:-1]), None, None, "has 115 rows, one for each of 116 regions"),
        (_rows(lambda x: [*x, x[0]]), None, None, "has 117 rows"),
        (_rows(lambda x: _cell(x, 7, 3, "high")), 7, "3", "holds 'high', a number was expected"),
        (_rows(lambda x: _cell(x, 116, 40, "nan")), 116, "40", "holds 'nan'"),
        (_rows(lambda x: _cell(x, 1, 1, "")), 1, "1", "holds ''"),
        (_rows(lambda x: [*x[:4], x[4].rpartition(",")[0], *x[5:]]), 5, None, "has 39 cells, row 1 has 40"),
        (_rows(lambda x: [*x[:4], "", *x[5:]]), 5, None, "has 1 cells, row 1 has 40"),
        (GOOD.replace(b",", b"\t"), None, None, "has fewer than two samples"),
        (b"", None, None, "has 0 rows"),
        (b"\x93NUMPY\xff\xfe", None, None, "is not UTF-8 text"),
    ],
)
def test_series(tmp_path, content, row, column, words) -> None:
    member = "T/sub-2/timeseries_aal.csv"
    with pytest.raises(SourceError) as caught:
        _fmri(tmp_path, [("T/sub-1/timeseries_aal.csv", GOOD), (member, content)])
    place = caught.value.place
    assert words in caught.value.message
    assert (place.file, place.sheet, place.row, place.column) == ("s.tar.xz", member, row, column)


@pytest.mark.parametrize("share", [0.0005, 0.2, 0.6, 0.95, 0.999])
def test_truncated_archive(tmp_path, share) -> None:
    names = [f"T/sub-{i}/timeseries_aal.csv" for i in (1, 2)]
    _pack(tmp_path / "whole.tar.xz", [(name, GOOD) for name in names])
    whole = (tmp_path / "whole.tar.xz").read_bytes()
    with pytest.raises(SourceError, match="cannot be read as a tar archive") as caught:
        _fmri(tmp_path, raw=whole[: int(share * len(whole)) or 1])
    assert "truncated" in caught.value.hint


@pytest.mark.parametrize("kind", ["w:", "w:gz", "w:bz2"])
@pytest.mark.parametrize("share", [0.3, 0.8])
def test_truncated_archive_of_another_compression(tmp_path, kind, share) -> None:
    _pack(tmp_path / "whole", [(f"T/sub-{i}/timeseries_aal.csv", GOOD) for i in (1, 2)], kind)
    whole = (tmp_path / "whole").read_bytes()
    with pytest.raises(SourceError, match="cannot be read as a tar archive"):
        _fmri(tmp_path, raw=whole[: int(share * len(whole))])


@pytest.mark.data
@pytest.mark.parametrize("size", [1000, 1_000_000, 2_029_000])
def test_truncated_real_archive(tmp_path, shared_data, size) -> None:
    whole = (shared_data / "fmri" / "cni_tlc" / "cni_validation_aal.tar.xz").read_bytes()
    (tmp_path / "cut.tar.xz").write_bytes(whole[:size])
    with pytest.raises(SourceError, match="cannot be read as a tar archive"):
        list(archive.members(tmp_path / "cut.tar.xz"))


def test_altered_archive(tmp_path) -> None:
    _pack(tmp_path / "whole.tar.xz", [("T/sub-1/timeseries_aal.csv", GOOD)])
    bad = bytearray((tmp_path / "whole.tar.xz").read_bytes())
    bad[len(bad) // 2] ^= 0xFF
    with pytest.raises(SourceError, match="cannot be read as a tar archive"):
        _fmri(tmp_path, raw=bytes(bad))


@pytest.mark.parametrize("raw", [b"PK\x03\x04 this is a zip", b"<!doctype html>", b"Subj,Sex\n", b"\0" * 5])
def test_not_an_archive(tmp_path, raw) -> None:
    with pytest.raises(SourceError, match="cannot be read as a tar archive"):
        _fmri(tmp_path, raw=raw)


def test_empty_archive_file(tmp_path) -> None:
    with pytest.raises(SourceError, match="the file is empty"):
        _fmri(tmp_path, raw=b"")


def test_archive_without_series(tmp_path) -> None:
    with pytest.raises(SourceError, match=r"holds no <subject>/timeseries_aal\.csv"):
        _fmri(tmp_path, [("T/sub-1/timeseries_cc200.csv", GOOD)])


def test_archive_with_a_link(tmp_path) -> None:
    with tarfile.open(tmp_path / "s.tar.xz", "w:xz") as packed:
        info = tarfile.TarInfo("T/sub-1/timeseries_aal.csv")
        info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
        packed.addfile(info)
    with pytest.raises(SourceError, match="is a link or device"):
        _fmri(tmp_path, raw=(tmp_path / "s.tar.xz").read_bytes())


def test_archive_that_unpacks_to_too_much(tmp_path) -> None:
    with pytest.raises(SourceError, match="unpacks to more than"):
        _fmri(tmp_path, [("T/sub-1/timeseries_aal.csv", b"0" * (archive.MEMBER_LIMIT_BYTES + 1))])


def test_nothing_is_written_outside(tmp_path) -> None:
    """A member's path is only a name: reading it leaves no file behind."""
    _fmri(tmp_path, [("../../sub-1/timeseries_aal.csv", GOOD)])
    assert sorted(p.name for p in tmp_path.iterdir()) == ["p.csv", "s.tar.xz"]
    assert not (tmp_path.parent.parent / "sub-1").exists()


def test_one_subject_with_two_series(tmp_path) -> None:
    files = [("A/sub-1/timeseries_aal.csv", GOOD), ("B/sub-1/timeseries_aal.csv", GOOD)]
    with pytest.raises(SourceError, match="the subject has two series") as caught:
        _fmri(tmp_path, files)
    assert caught.value.place.sheet == "B/sub-1/timeseries_aal.csv"


@pytest.mark.parametrize(
    ("phenotypes", "row", "column", "words"),
    [
        (PHENOTYPES.replace("sub-2", "sub-1"), 3, "Subj", "subject 'sub-1' is listed twice"),
        (PHENOTYPES.replace("sub-2", "sub 2"), 3, "Subj", "'sub 2' is not a subject id"),
        (PHENOTYPES.replace("sub-2", ""), 3, "Subj", "is empty"),
        (PHENOTYPES.replace(",M,", ",male,"), 3, "Sex", "holds 'male', F or M was expected"),
        (PHENOTYPES.replace("9.5", "nine"), 2, "Age", "holds 'nine', a number was expected"),
        (PHENOTYPES.replace("9.5", "-1"), 2, "Age", "holds -1.0, an age in years was expected"),
        (PHENOTYPES.replace("9.5", "9,5"), 2, None, "has more cells than the header"),
        (PHENOTYPES.replace("DX", "Primary Dx"), 1, None, "has no column 'DX'"),
        ("", None, None, "the file is empty"),
    ],
)
def test_phenotypes(tmp_path, phenotypes, row, column, words) -> None:
    with pytest.raises(SourceError) as caught:
        _fmri(tmp_path, phenotypes=phenotypes)
    place = caught.value.place
    assert words in caught.value.message
    assert place.file.endswith("p.csv")
    assert (place.row, place.column) == (row, column)


def test_half_a_release(tmp_path) -> None:
    (tmp_path / "p.csv").write_text(PHENOTYPES)
    with pytest.raises(SourceError, match="the test release has only this file"):
        cni_tlc.read({"test_phenotypes": tmp_path / "p.csv"}, _atlas())


def test_atlas_without_a_region(tmp_path) -> None:
    cut = {"fmri/aal116": {"node": _atlas()["fmri/aal116"]["node"].head(100)}}
    with pytest.raises(SourceError, match="has no region AAL-101"):
        cni_tlc.read({}, cut)


def _aal(tmp_path, **changed):
    letters = [("L", "R")[i % 2] for i in range(116)]
    good = {
        "centroids": "row,atlas_label,x_mni,y_mni,z_mni,n_voxels\n"
        + "".join(f"{i},{i + 1},{-9 if s == 'L' else 9},0,0,5\n" for i, s in enumerate(letters)),
        "names": "ROI.Name,x.mni,y.mni,z.mni,network,hemi,index\n"
        + "".join(f"R{i}.{s},0,0,0,Lobe,{s},{i + 1}\n" for i, s in enumerate(letters)),
        "labels": "num,name,abb,risk_group\n"
        + "".join(f"{i + 1},Region{i}_{s},R{i}.{s},0\n" for i, s in enumerate(letters)),
    }
    files = {}
    for key, text in good.items():
        files[key] = tmp_path / f"{key}.csv"
        files[key].write_text(changed[key](text) if key in changed else text)
    return aal116.read(files, {})


def test_aal_as_it_should_be(tmp_path) -> None:
    assert _aal(tmp_path)["node"].height == 116


@pytest.mark.parametrize(
    ("file", "change", "row", "column", "words"),
    [
        ("centroids", lambda t: t.replace("3,4,", "3,3,"), 5, "atlas_label", "label 3 stands more than once"),
        ("centroids", lambda t: t.replace("3,4,9,", "3,4,far,"), 5, "x_mni", "holds 'far'"),
        ("names", lambda t: t.rpartition("R115")[0], None, "index", "has 115 regions"),
        ("labels", lambda t: t.replace("Region6_L", "Region6_R"), 8, "name", "is on side R"),
        ("labels", lambda t: t.replace("abb", "short"), 1, None, "has no column 'abb'"),
    ],
)
def test_aal(tmp_path, *, file, change, row, column, words) -> None:
    with pytest.raises(SourceError) as caught:
        _aal(tmp_path, **{file: change})
    place = caught.value.place
    assert words in caught.value.message
    assert (place.file, place.row, place.column) == (f"{file}.csv", row, column)


def test_a_row_with_more_cells_than_the_header_is_named_even_if_few_columns_are_wanted(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a;b;c\n1;2;3\n1,5;2;3;9\n")
    with pytest.raises(SourceError, match="row 3: has more cells than the header"):
        read_table(path, ";", {"a": pl.String(), "b": pl.Int64()})
