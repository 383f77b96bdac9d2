"""The CNI-TLC reader: real counts and values, the Pearson network against a slow oracle, odd subjects."""

from __future__ import annotations

import csv
import io
import json
import math
import tarfile

import numpy as np
import polars as pl
import pytest

from ingest.fmri import aal116, cni_tlc, pearson
from schemas import tables
from schemas.dataset import Dataset, DatasetInfo
from schemas.validation import validate

INFO = DatasetInfo("fmri/cni-tlc", "fmri", "t", "none stated", "c", "ingest.fmri.cni_tlc", "1")


def slow_r(x, y) -> float:
    """Pearson r by its definition."""
    mx, my = math.fsum(x) / len(x), math.fsum(y) / len(y)
    both = math.fsum((a - mx) * (b - my) for a, b in zip(x, y, strict=True))
    return both / math.sqrt(math.fsum((a - mx) ** 2 for a in x) * math.fsum((b - my) ** 2 for b in y))


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


def _series(seed: int, n_samples: int = 12) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(116, n_samples))


def _archive(path, series) -> None:
    with tarfile.open(path, "w:xz") as archive:
        for name, values in series.items():
            text = "\n".join(",".join(repr(float(v)) for v in row) for row in values) + "\n"
            info = tarfile.TarInfo(name)
            info.size = len(text)
            archive.addfile(info, io.BytesIO(text.encode()))


def _read(tmp_path, series, phenotypes: str):
    _archive(tmp_path / "s.tar.xz", series)
    (tmp_path / "p.csv").write_text("Subj,Sex,Age,DX,WISC_FSIQ,Edinburgh_Handedness\n" + phenotypes)
    files = {"training_series": tmp_path / "s.tar.xz", "training_phenotypes": tmp_path / "p.csv"}
    return cni_tlc.read(files, _atlas())


def _validate(found, parent) -> None:
    nodes = parent["fmri/aal116"]["node"]["uid"].to_list()
    validate(Dataset(INFO, found), {"node": nodes, "node_set": ["fmri/aal116"]})


@pytest.fixture(scope="module")
def parent(shared_data):
    folder = shared_data / "fmri"
    files = {
        "centroids": folder / "cni_tlc" / "centroids_aal.csv",
        "names": folder / "atlases" / "brainconn_aal116.csv",
        "labels": folder / "abide_aal116" / "aal116_labels_Risk_ROI_List.csv",
    }
    return {"fmri/aal116": aal116.read(files, {})}


@pytest.fixture(scope="module")
def real(shared_data, parent):
    folder = shared_data / "fmri" / "cni_tlc"
    files = {
        "training_series": folder / "cni_training_aal.tar.xz",
        "training_phenotypes": folder / "phenotypic_training.csv",
    }
    return cni_tlc.read(files, parent)


@pytest.mark.data
def test_real_counts(real) -> None:
    heights = {name: frame.height for name, frame in real.items()}
    assert heights == {
        "subject": 200,
        "recording": 200,
        "network": 200,
        "trace": 200 * 116,
        "functional": 200 * 667,
        "matrix": 200 * 116,
        "decision": 1,
    }
    subjects = real["subject"]
    assert dict(subjects["diagnosis"].value_counts().iter_rows()) == {"ADHD": 100, "Control": 100}
    assert dict(subjects["sex"].value_counts().iter_rows()) == {"female": 61, "male": 139}
    assert set(subjects["part"]) == {"train"}
    lengths = real["recording"]["n_samples"]
    assert (lengths.min(), lengths.max()) == (122, 156)


@pytest.mark.data
def test_real_tables_are_valid(real, parent) -> None:
    _validate(real, parent)


@pytest.mark.data
def test_real_subject_against_its_own_file(real, parent, shared_data) -> None:
    with (shared_data / "fmri" / "cni_tlc" / "example_sub-044" / "timeseries_aal.csv").open() as stream:
        expected = [[float(cell) for cell in row] for row in csv.reader(stream)]
    name = "fmri/cni-tlc/sub-044"
    recording = real["recording"].filter(pl.col("subject") == name).row(0, named=True)
    assert recording["sampling_rate_hz"] == 0.4
    assert recording["time_s"][:3] == [0.0, 2.5, 5.0]
    traces = real["trace"].filter(pl.col("recording") == recording["uid"]).sort("trace")
    assert np.array_equal(np.array(traces["values"].to_list(), np.float32), np.array(expected, np.float32))
    assert traces["node"].to_list() == parent["fmri/aal116"]["node"]["uid"].to_list()
    network = f"{name}/pearson"
    matrix = np.array(real["matrix"].filter(pl.col("network") == network).sort("row")["values"].to_list())
    for i, j in ((0, 1), (0, 115), (40, 77), (90, 91)):
        assert matrix[i, j] == pytest.approx(slow_r(expected[i], expected[j]), abs=1e-6)
        assert matrix[i, j] == matrix[j, i]
    subject = real["subject"].filter(pl.col("uid") == name).row(0, named=True)
    assert (subject["sex"], subject["age_years"], subject["diagnosis"]) == ("female", 8.72, "ADHD")


@pytest.mark.data
def test_real_edges_are_the_strongest_tenth(real) -> None:
    for network in real["network"]["uid"].sample(5, seed=1):
        matrix = np.array(real["matrix"].filter(pl.col("network") == network).sort("row")["values"].to_list())
        pairs = np.sort(np.abs(matrix[np.triu_indices(116, 1)]))
        weights = real["functional"].filter(pl.col("network") == network)["weight"].abs().sort()
        assert np.allclose(pairs[-667:], weights.to_numpy(), atol=1e-6)
    parameters = json.loads(real["network"]["parameters"][0])
    assert (parameters["share"], parameters["edges"]) == (0.1, 667)


@pytest.mark.data
def test_left_and_right_agree_more_than_other_regions(real, parent) -> None:
    """Homologous regions correlate at about 0.73, all pairs at about 0.29: the order is right."""
    names = parent["fmri/aal116"]["node"]["name"].to_list()
    twins = [(i, names.index(n[:-1] + "R")) for i, n in enumerate(names) if n.endswith(".L")]
    values = np.array(real["matrix"].sort("network", "row")["values"].to_list()).reshape(200, 116, 116)
    assert np.mean([values[:, i, j].mean() for i, j in twins]) == pytest.approx(0.73, abs=0.02)
    rows, columns = np.triu_indices(116, 1)
    assert values[:, rows, columns].mean() == pytest.approx(0.29, abs=0.01)


@pytest.mark.data
def test_validation_release_joins(shared_data, parent) -> None:
    folder = shared_data / "fmri" / "cni_tlc"
    files = {
        "validation_series": folder / "cni_validation_aal.tar.xz",
        "validation_phenotypes": folder / "phenotypic_validation.csv",
    }
    found = cni_tlc.read(files, parent)
    assert found["subject"].height == found["recording"].height == 40
    assert set(found["subject"]["part"]) == {"validation"}


def test_correlation_against_the_definition() -> None:
    series = np.random.default_rng(3).normal(size=(7, 20)) * np.array([1, 1e-9, 1e9, 1, 1, 1, 1])[:, None]
    series[3] = -2 * series[0] + 5
    r = pearson.correlation(series)
    for i in range(7):
        for j in range(7):
            assert r[i, j] == pytest.approx(slow_r(series[i].tolist(), series[j].tolist()), abs=1e-12)
    assert np.array_equal(r, r.T)
    assert (np.abs(r) <= 1).all()


def test_strongest_keeps_the_stated_share_against_a_sort() -> None:
    r = pearson.correlation(np.random.default_rng(4).normal(size=(9, 15)))
    found = set(zip(*(x.tolist() for x in pearson.strongest(r, pearson.PearsonConfig(0.25))), strict=True))
    pairs = sorted(((i, j) for i in range(9) for j in range(i + 1, 9)), key=lambda p: -abs(r[p]))
    assert found == set(pairs[:9])


def test_of_equal_strength_the_earlier_pair_is_kept() -> None:
    r = np.ones((4, 4))
    rows, columns = pearson.strongest(r, pearson.PearsonConfig(0.5))
    assert list(zip(rows.tolist(), columns.tolist(), strict=True)) == [(0, 1), (0, 2), (0, 3)]


def test_edges_point_from_the_lesser_uid() -> None:
    r = np.array([[1.0, -0.9], [-0.9, 1.0]])
    edges = pearson.functional_edges("a/n", ["s/b", "s/a"], r, pearson.PearsonConfig(1.0))
    assert edges.select("source", "target", "weight").rows() == [("s/a", "s/b", -0.9)]


def test_constant_region_leaves_the_matrix_out(tmp_path) -> None:
    values = _series(1)
    values[4] = 0.3
    found = _read(tmp_path, {"T/sub-1/timeseries_aal.csv": values}, "sub-1,F,9.5,ADHD,100,1\n")
    assert found["matrix"].height == 0
    assert found["trace"].height == 116
    assert found["functional"].height == round(0.1 * 115 * 114 / 2)
    ends = set(found["functional"]["source"]) | set(found["functional"]["target"])
    assert "fmri/aal116/R5" not in ends
    dropped = found["decision"].filter(pl.col("item").str.starts_with("matrix")).row(0, named=True)
    assert (dropped["action"], dropped["row"]) == ("dropped", 5)
    assert "fmri/aal116/R5" in dropped["reason"]
    _validate(found, _atlas())


def test_subject_without_series_and_series_without_subject_stay(tmp_path) -> None:
    series = {"T/sub-1/timeseries_aal.csv": _series(1), "T/sub-2/timeseries_aal.csv": _series(2)}
    found = _read(tmp_path, series, "sub-1,F,9.5,ADHD,100,1\nsub-3,M,,N/A,,\n")
    subjects = found["subject"].sort("uid")
    assert subjects["uid"].str.slice(-5).to_list() == ["sub-1", "sub-2", "sub-3"]
    assert subjects["sex"].to_list() == ["female", None, "male"]
    assert subjects["age_years"].to_list() == [9.5, None, None]
    assert subjects["diagnosis"].to_list() == ["ADHD", None, None]
    kept = found["decision"].filter(pl.col("action") == "kept").sort("item")
    assert kept["item"].to_list() == ["sub-2", "sub-3"]
    assert kept["row"].to_list() == [None, 3]
    _validate(found, _atlas())


def test_other_members_are_dropped_with_a_decision(tmp_path) -> None:
    series = {"T/sub-1/timeseries_aal.csv": _series(1), "T/sub-1/timeseries_ho.csv": _series(2)[:10]}
    found = _read(tmp_path, series, "sub-1,F,9.5,ADHD,100,1\n")
    dropped = found["decision"].filter(pl.col("sheet").is_not_null())
    assert dropped.select("action", "item").rows() == [("dropped", "T/sub-1/timeseries_ho.csv")]
