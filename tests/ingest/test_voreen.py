"""The Voreen reader: real counts, units, sentinels, loops and parallel vessels."""

from __future__ import annotations

import csv
import json

import polars as pl
import pytest

from ingest.vessel import voreen
from schemas.dataset import Dataset, DatasetInfo
from schemas.validation import validate

INFO = DatasetInfo("vessel/voreen-sample", "vessel", "t", "CC BY-NC 4.0", "c", "ingest.vessel.voreen", "1")

NODES = """id;pos_x;pos_y;pos_z;degree;isAtSampleBorder
9;-1;-2;3.5;1;1
10;-4;-2;3.5;4;0
11;-1;0;0;1;0
"""
HEADER = (
    "id;node1id;node2id;length;distance;curveness;volume;avgCrossSection;minRadiusAvg;minRadiusStd;avgRadiusAvg;"
    "avgRadiusStd;maxRadiusAvg;maxRadiusStd;roundnessAvg;roundnessStd;node1_degree;node2_degree;num_voxels;"
    "hasNodeAtSampleBorder\n"
)
EDGES = (
    HEADER
    + "0;9;10;4.5;3;1.5;10;2;1;0.1;2;0.2;3;0.3;0.5;0.05;1;4;3;1\n"  # '…/9' > '…/10' as text: swapped
    + "1;10;10;2;0;inf;4;2;1;0;1;0;1;0;1;0;4;4;1;0\n"  # loop
    + "2;10;11;4;4;1;-1;-0.25;-1;-1;-1;-1;-1;-1;-1;-1;1;4;0;0\n"  # no valid voxel
)


def _read(tmp_path, nodes: str = NODES, edges: str = EDGES, voxel_um: float = 3.0) -> dict[str, pl.DataFrame]:
    (tmp_path / "n.csv").write_text(nodes)
    (tmp_path / "e.csv").write_text(edges)
    return voreen.read_graph(tmp_path / "n.csv", tmp_path / "e.csv", voreen.VoreenConfig(voxel_um=voxel_um))


@pytest.fixture(scope="module")
def real(shared_data) -> dict[str, pl.DataFrame]:
    folder = shared_data / "vessel" / "vesselgraph_example"
    return voreen.read({"nodes": folder / "example_nodes.csv", "edges": folder / "example_edges.csv"}, {})


@pytest.mark.data
def test_real_counts(real) -> None:
    vessels = real["vessel"]
    assert (real["node"].height, vessels.height) == (2970, 3062)
    assert vessels.filter(pl.col("source") == pl.col("target")).height == 13
    # 18 rows are a repetition of an earlier pair of ends, loops apart
    pairs = vessels.filter(pl.col("source") != pl.col("target")).select("source", "target")
    loops = vessels.filter(pl.col("source") == pl.col("target")).select("source", "target")
    assert pairs.height - pairs.n_unique() == 14
    assert vessels.height - vessels.select("source", "target").n_unique() == 18
    assert loops.height - loops.n_unique() == 4


@pytest.mark.data
def test_real_tables_are_valid(real) -> None:
    validate(Dataset(INFO, real))


@pytest.mark.data
def test_real_values_are_the_files_in_um(real, shared_data) -> None:
    """Against csv.DictReader, row by row."""
    folder = shared_data / "vessel" / "vesselgraph_example"
    with (folder / "example_edges.csv").open() as stream:
        rows = list(csv.DictReader(stream, delimiter=";"))
    ours = real["vessel"].sort(pl.col("vessel").cast(pl.Int64)).iter_rows(named=True)
    for row, vessel in zip(rows, ours, strict=True):
        ends = [f"vessel/voreen-sample/{row[c]}" for c in ("node1id", "node2id")]
        assert [vessel["source"], vessel["target"]] == sorted(ends)
        assert vessel["length_um"] == pytest.approx(3 * float(row["length"]))
        assert vessel["radius_min_um"] == pytest.approx(3 * float(row["minRadiusAvg"]))
        assert vessel["cross_section_um2"] == pytest.approx(9 * float(row["avgCrossSection"]))
        assert vessel["volume_um3"] == pytest.approx(27 * float(row["volume"]))
        assert vessel["roundness"] == float(row["roundnessAvg"])
        assert vessel["n_voxels"] == int(row["num_voxels"])
        loop = row["node1id"] == row["node2id"]
        assert vessel["curveness"] == (None if loop else float(row["curveness"]))
    assert real["node"]["x_um"].min() == -945.0
    assert real["node"]["at_border"].sum() == 19


@pytest.mark.data
def test_real_length_and_distance_fit_the_positions(real) -> None:
    nodes = real["node"].select("uid", "x_um", "y_um", "z_um")
    both = real["vessel"].join(nodes, left_on="source", right_on="uid")
    both = both.join(nodes, left_on="target", right_on="uid", suffix="_b")
    squares = sum((pl.col(f"{a}_um") - pl.col(f"{a}_um_b")) ** 2 for a in "xyz")
    worst = both.select((squares.sqrt() - pl.col("distance_um")).abs().max()).item()
    assert worst < 3 * 1.2e-3  # the file's rounding, 1.1e-3 voxels


@pytest.mark.data
def test_real_decisions_name_the_loops_and_agree_on_degrees(real) -> None:
    decisions = real["decision"]
    assert decisions.filter(pl.col("action") == "differs").height == 0
    assert decisions.filter(pl.col("column") == "curveness")["item"].to_list() == ["curveness of 13 edges"]


def test_units_and_order_of_ends(tmp_path) -> None:
    found = _read(tmp_path, voxel_um=2.0)
    first = found["vessel"].row(0, named=True)
    assert (first["source"], first["target"]) == ("vessel/voreen-sample/10", "vessel/voreen-sample/9")
    assert (first["length_um"], first["distance_um"], first["curveness"]) == (9.0, 6.0, 1.5)
    assert (first["volume_um3"], first["cross_section_um2"]) == (80.0, 8.0)
    assert (first["radius_min_um"], first["radius_um"], first["radius_max_um"]) == (2.0, 4.0, 6.0)
    assert (first["radius_min_std_um"], first["radius_std_um"], first["radius_max_std_um"]) == (0.2, 0.4, 0.6)
    assert (first["roundness"], first["roundness_std"], first["at_border"]) == (0.5, 0.05, True)
    assert found["node"].row(0, named=True)["x_um"] == -2.0  # -1 is a position here, not "no value"
    assert json.loads(found["network"]["parameters"][0])["voxel_um"] == 2.0
    validate(Dataset(INFO, found))


def test_sentinel_is_null_and_recorded(tmp_path) -> None:
    found = _read(tmp_path)
    bare = found["vessel"].filter(pl.col("vessel") == "2").row(0, named=True)
    absent = [name for name, value in bare.items() if value is None]
    assert absent == [
        "volume_um3", "cross_section_um2", "radius_um", "radius_std_um", "radius_min_um", "radius_min_std_um",
        "radius_max_um", "radius_max_std_um", "roundness", "roundness_std",
    ]  # fmt: skip
    assert (bare["length_um"], bare["distance_um"], bare["n_voxels"]) == (12.0, 12.0, 0)
    noted = found["decision"].filter(pl.col("reason").str.starts_with("-1 is"))
    assert set(noted["row"]) == {4}
    assert noted.height == 10


@pytest.mark.parametrize("curveness", ["inf", "0"])
def test_loop_has_no_curveness(tmp_path, curveness) -> None:
    found = _read(tmp_path, edges=EDGES.replace("inf", curveness))
    loop = found["vessel"].filter(pl.col("source") == pl.col("target"))
    assert loop["vessel"].to_list() == ["1"]
    assert loop["curveness"].to_list() == [None]


def test_parallel_vessels_stay(tmp_path) -> None:
    more = EDGES + "3;11;10;9;4;2.25;5;1;1;0;1;0;1;0;1;0;1;4;2;0\n"
    found = _read(tmp_path, edges=more)
    parallel = found["vessel"].filter(pl.col("target") == "vessel/voreen-sample/11")
    assert parallel["vessel"].to_list() == ["2", "3"]


def test_another_degree_is_a_decision(tmp_path) -> None:
    found = _read(tmp_path, nodes=NODES.replace("3.5;4;0", "3.5;3;0"))
    differs = found["decision"].filter(pl.col("action") == "differs").row(0, named=True)
    assert (differs["row"], differs["column"]) == (3, "degree")
    assert "1 of 3 nodes" in differs["reason"]
