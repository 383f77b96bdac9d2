"""Which networks a reference of the lake stands for, and which are put side by side."""

from __future__ import annotations

import polars as pl
import pytest

from graphdb.lake_networks import networks_meant, side, to_compare
from graphdb.side_by_side import compare
from graphdb.testing import NODE_SET, cells, connectome, info
from schemas import tables
from schemas.dataset import Dataset
from schemas.errors import LakeError, UsageError


def network(uid, kind, node_set=NODE_SET, *, directed=True, unit="EM sections"):
    words = {"uid": uid, "node_set": node_set, "kind": kind, "directed": directed, "weight_unit": unit}
    return words | {"method": "m", "parameters": "{}"}


@pytest.fixture
def lake(tmp_path):
    """A connectome of two versions, and another with two series and routes; a third one over other cells."""
    from graphdb.lake import Lake

    lake = Lake(tmp_path / "lake")
    for dataset in (cells(), connectome(2.0), connectome()):
        lake.publish(dataset)
    ends = {"source": f"{NODE_SET}/AVAL", "target": f"{NODE_SET}/RIML"}
    chemical = [{"network": f"test/other/{s}/chemical", **ends, "weight": w} for s, w in (("s1", 12.0), ("s2", 9.0))]
    routes = [{"network": "test/other/peptide", **ends, "peptide": p, "receptor": "r", "weight": 1.0} for p in "ab"]
    networks = [network(f"test/other/{s}/chemical", "chemical") for s in ("s1", "s2")]
    networks += [network("test/other/peptide", "peptide"), network("test/other/s10/chemical", "chemical")]
    found = {"network": networks, "chemical": chemical, "peptide": routes}
    lake.publish(
        Dataset(info("test/other", parents=("test/cells",)), {k: tables.frame(k, v) for k, v in found.items()})
    )
    node = {"uid": "test/male/AVAL", "node_set": "test/male", "name": "AVAL", "kind": "neuron", "aliases": []}
    male = {"node_set": [{"uid": "test/male", "title": "t"}], "node": [node]}
    male["network"] = [network("test/male-connectome/chemical", "chemical", "test/male")]
    lake.publish(Dataset(info("test/male-connectome"), {k: tables.frame(k, v) for k, v in male.items()}))
    return lake


@pytest.mark.parametrize(
    ("reference", "found"),
    [
        ("test/connectome", ["test/connectome/chemical", "test/connectome/gap_junction"]),
        ("test/connectome/chemical", ["test/connectome/chemical"]),
        ("test/other/s1", ["test/other/s1/chemical"]),
        ("test/other/s1/", ["test/other/s1/chemical"]),
    ],
)
def test_a_reference_stands_for_networks(lake, reference, found):
    assert [n.uid for n in networks_meant(lake, reference)] == found


def test_an_older_version_is_named_as_such(lake):
    old, new = lake.versions("test/connectome")
    meant = networks_meant(lake, "test/connectome@previous/chemical")
    assert [n.label for n in meant] == [f"test/connectome@{old.version}/chemical"]
    assert networks_meant(lake, f"test/connectome@{new.version}")[0].label == "test/connectome/chemical"
    two, _ = to_compare(lake, ["test/connectome@previous/chemical", "test/connectome/chemical"])
    found = compare(*(side(lake, meant) for meant in two[0]))
    assert found.totals()["both"] == 7
    assert set(found.pairs.select(pl.col("first") / pl.col("second")).to_series()) == {2.0}


@pytest.mark.parametrize(
    ("reference", "error", "says"),
    [
        ("test/conectome", LakeError, "did you mean test/connectome"),
        ("test", LakeError, "'test'"),
        ("test/other/s3/chemical", UsageError, "it has: test/other/s"),
        ("test/cells", UsageError, "test/cells has no network"),
    ],
)
def test_an_unknown_reference(lake, reference, error, says):
    with pytest.raises(error, match=says) as caught:
        networks_meant(lake, reference)
    assert caught.value.hint


def test_every_network_is_compared_with_those_of_the_other_references(lake):
    pairs, remarks = to_compare(lake, ["test/connectome", "test/other"])
    assert [(a.uid, b.uid) for a, b in pairs] == [
        ("test/connectome/chemical", f"test/other/{s}/chemical") for s in ("s1", "s2", "s10")
    ]
    assert remarks == [
        "gap_junction is not compared: test/other has none",
        "peptide is not compared: test/connectome has none",
    ]


def test_three_references_are_three_pairs_and_none_is_made_twice(lake):
    three = ["test/other/s1", "test/other/s2", "test/connectome/chemical", "test/other/s2/chemical"]
    pairs, _ = to_compare(lake, three)
    assert [(a.uid.split("/")[2], b.uid.split("/")[2]) for a, b in pairs] == [
        ("s1", "s2"),
        ("s1", "chemical"),
        ("s2", "chemical"),
    ]


@pytest.mark.parametrize(
    ("references", "kinds", "says"),
    [
        (["test/connectome"], [], "two references"),
        (["test/connectome", "test/other"], ["vessel"], "kind 'vessel'"),
        (["test/connectome", "test/other"], ["gap_junction"], "test/other has none"),
        (["test/connectome", "test/male-connectome"], ["chemical"], "different node sets"),
        (["test/connectome/chemical", "test/connectome/chemical"], [], "one and the same"),
    ],
)
def test_what_cannot_be_compared(lake, references, kinds, says):
    with pytest.raises(UsageError) as caught:
        to_compare(lake, references, kinds)
    assert says in str(caught.value)


def test_a_side_sums_the_routes_of_a_pair_and_says_what_it_covers(lake):
    (peptide,) = networks_meant(lake, "test/other/peptide")
    found = side(lake, peptide)
    assert found.edges.select("weight").rows() == [(2.0,)]
    assert found.coverage.is_empty()
    (chemical, _) = networks_meant(lake, "test/connectome")
    assert side(lake, chemical).coverage.height == 6
