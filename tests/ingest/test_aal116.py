"""The AAL-116 node set: names, sides, order."""

from __future__ import annotations

import math

import polars as pl
import pytest

from ingest.files import read_table
from ingest.fmri import aal116
from schemas.dataset import Dataset, DatasetInfo
from schemas.validation import validate

pytestmark = pytest.mark.data


@pytest.fixture(scope="module")
def files(shared_data):
    folder = shared_data / "fmri"
    return {
        "centroids": folder / "cni_tlc" / "centroids_aal.csv",
        "names": folder / "atlases" / "brainconn_aal116.csv",
        "labels": folder / "abide_aal116" / "aal116_labels_Risk_ROI_List.csv",
    }


@pytest.fixture(scope="module")
def atlas(files):
    return aal116.read(files, {})


def test_it_is_valid(atlas) -> None:
    validate(Dataset(DatasetInfo("fmri/aal116", "fmri", "t", "l", "c", "r", "1"), atlas))


def test_names_sides_and_aliases(atlas) -> None:
    nodes = atlas["node"]
    assert nodes.height == 116
    assert dict(nodes["hemisphere"].value_counts().iter_rows()) == {"L": 54, "R": 54, "M": 8}
    first = nodes.row(0, named=True)
    assert (first["uid"], first["aliases"]) == ("fmri/aal116/PreCG.L", ["Precentral_L", "AAL-001"])
    assert (first["x_mm"], first["y_mm"], first["z_mm"]) == (-38.93, -6.96, 49.64)
    crus = nodes.filter(pl.col("name") == "CRUS1.R").row(0, named=True)
    assert crus["aliases"] == ["Cerebelum_Crus1_R", "CRBLCrus1.R", "AAL-092"]


def test_left_is_left_and_right_is_right(atlas) -> None:
    nodes = atlas["node"]
    assert nodes.filter(pl.col("hemisphere") == "L")["x_mm"].max() < 0
    assert nodes.filter(pl.col("hemisphere") == "R")["x_mm"].min() > 0
    assert nodes.filter(pl.col("hemisphere") == "M")["x_mm"].abs().max() < 3


@pytest.mark.parametrize("table", ["brainconn_aal116.csv", "brainGraph_aal116.csv"])
def test_order_agrees_with_other_tables_of_the_atlas(atlas, shared_data, table) -> None:
    """The centroid of each region lies within 2.2 mm of the position that goes with its name elsewhere.

    The greatest distance is 2.14 mm, and no other region's position is nearer.
    """
    name = "ROI.Name" if table.startswith("brainconn") else "name"
    columns = {name: pl.String(), "x.mni": pl.Float64(), "y.mni": pl.Float64(), "z.mni": pl.Float64()}
    other = read_table(shared_data / "fmri" / "atlases" / table, ",", columns)
    assert other[name].to_list() == atlas["node"]["name"].to_list()
    theirs = other.select("x.mni", "y.mni", "z.mni").rows()
    ours = atlas["node"].select("x_mm", "y_mm", "z_mm").rows()
    distances = [math.dist(a, b) for a, b in zip(ours, theirs, strict=True)]
    assert max(distances) == pytest.approx(2.14, abs=0.01)
    for i, position in enumerate(ours):
        assert min(range(116), key=lambda j: math.dist(position, theirs[j])) == i


def test_vermis_side_is_a_decision(atlas) -> None:
    decisions = atlas["decision"]
    assert decisions.height == 8
    assert set(decisions["action"]) == {"differs"}
    assert decisions["row"].to_list() == list(range(110, 118))


def test_order_survives_publishing(atlas) -> None:
    shuffled = {"node": atlas["node"].sort("name")}
    assert aal116.regions_in_order(shuffled) == atlas["node"]["uid"].to_list()
