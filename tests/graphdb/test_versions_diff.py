"""Planted differences are found, all of them and no others; ids are followed; two datasets are matched as said."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphdb import testing
from graphdb.lake import Lake
from graphdb.versions.diff import SUMMARY, VersionDiff, diff
from graphdb.versions.id_map import derive
from graphdb.versions.listing import lines
from graphdb.versions.provenance import content_hash_of
from graphdb.versions.row_diff import RowCounts, write_row_diff
from ingest.fetch import fetch
from ingest.run import ingest
from ingest.source import source
from schemas import tables
from schemas.dataset import Dataset
from schemas.errors import LakeError, UsageError

SET = "test/brain"
UID = "test/brain"
Edges = dict[tuple[str, str], float]


def brain(edges: Edges, names, id_map: pl.DataFrame | None = None, uid: str = UID, **about: object) -> Dataset:
    """A dataset with neurons and chemical edges between them, each half in each of two regions."""
    node = [{"uid": f"{SET}/{n}", "node_set": SET, "name": n, "kind": "neuron", "aliases": []} for n in names]
    network = {
        "uid": f"{uid}/all",
        "node_set": SET,
        "kind": "chemical",
        "directed": True,
        "weight_unit": "synapses",
        "method": "em",
        "parameters": "{}",
    }
    ends = [
        {"network": f"{uid}/all", "source": f"{SET}/{a}", "target": f"{SET}/{b}", "weight": w}
        for (a, b), w in edges.items()
    ]
    found = {
        "node_set": tables.frame("node_set", [{"uid": SET, "title": "A brain"}]),
        "node": tables.frame("node", node),
        "network": tables.frame("network", [{**network, **about}]),
        "chemical": tables.frame("chemical", ends),
    }
    if id_map is not None:
        found["id_map"] = id_map
    return Dataset(testing.info(uid), found)


def uids(names) -> pl.Series:
    return pl.Series("uid", [f"{SET}/{n}" for n in names], dtype=pl.String)


def id_map(since: str, before, after, pairs) -> pl.DataFrame:
    rows = [{"old": f"{SET}/{a}", "new": b and f"{SET}/{b}"} for a, b in pairs]
    return derive(since, uids(before), uids(after), pl.DataFrame(rows, {"old": pl.String, "new": pl.String}))


def counts(found: VersionDiff) -> dict[str, dict[str, float]]:
    """What is not zero, by table."""
    rows = {t.table: {k: v for k, v in t.row().items() if k not in ("table", "old_rows", "new_rows") and v}
            for t in found.totals}  # fmt: skip
    return {table: row for table, row in rows.items() if row}


def pairs_of(frame: pl.DataFrame) -> dict[tuple[str, str], tuple[str, float | None, float | None]]:
    short = pl.col("source", "target").str.strip_prefix(f"{SET}/")
    rows = frame.with_columns(short).select("source", "target", "change", "old_weight", "new_weight")
    return {(a, b): tuple(rest) for a, b, *rest in rows.iter_rows()}


@pytest.fixture
def lake(tmp_path):
    return Lake(tmp_path / "lake")


NAMES = "abcdef"
EDGES = st.dictionaries(
    st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)), st.integers(1, 3).map(float), min_size=1, max_size=12
)


@given(EDGES, EDGES)
@settings(max_examples=40, deadline=None)
def test_every_difference_of_edges_is_found_and_no_other(tmp_path_factory, one: Edges, other: Edges):
    root = tmp_path_factory.mktemp("case")
    lake = Lake(root / "lake")
    before, after = lake.publish(brain(one, NAMES)), lake.publish(brain(other, NAMES))
    found = diff(lake, before, after, root / "diff")
    expected = {}
    for pair in {*one, *other}:
        if one.get(pair) != other.get(pair):
            change = "added" if pair not in one else "removed" if pair not in other else "changed"
            expected[pair] = (change, one.get(pair), other.get(pair))
    assert found.same == (not expected)
    total = next(t for t in found.totals if t.table == "chemical")
    assert total.differing == len(expected)
    assert total.counts.delta_weight == sum(other.values()) - sum(one.values())
    if expected:
        assert pairs_of(found.scan("chemical").collect()) == expected
    back = diff(lake, after, before, root / "back")
    assert sum(t.differing for t in back.totals) == len(expected)


def test_a_difference_is_written_with_where_it_comes_from(lake, tmp_path):
    before = lake.publish(brain({("a", "b"): 1.0, ("b", "c"): 2.0}, NAMES))
    after = lake.publish(brain({("a", "b"): 4.0, ("c", "a"): 1.0}, [*NAMES, "g"]))
    found = diff(lake, before, after, tmp_path / "out")
    assert counts(found) == {
        "node": {"added": 1},
        "chemical": {"added": 1, "removed": 1, "changed": 1, "delta_weight": 2.0},
    }
    assert sorted(p.name for p in found.folder.iterdir()) == ["chemical.parquet", SUMMARY, "node.parquet"]
    summary = json.loads((found.folder / SUMMARY).read_text())
    assert summary["old"] == {"reference": before.reference, "content_hash": content_hash_of(before)}
    changed = found.scan("chemical").filter(pl.col("change") == "changed").collect().row(0, named=True)
    assert (changed["old_weight"], changed["new_weight"], changed["delta_weight"]) == (1.0, 4.0, 3.0)
    shown = list(lines(found))
    assert {(r["table"], r["change"], r["id"]) for r in shown} == {
        ("node", "added", f"{SET}/g"),
        ("chemical", "added", f"{UID}/all"),
        ("chemical", "removed", f"{UID}/all"),
        ("chemical", "changed", f"{UID}/all"),
    }
    assert [r["delta"] for r in lines(found, largest=1) if r["table"] == "chemical"] == [3.0]
    with pytest.raises(UsageError, match="exists"):
        diff(lake, before, after, tmp_path / "out")


def test_a_version_does_not_differ_from_itself(lake, tmp_path):
    manifest = lake.publish(brain({("a", "b"): 1.0}, NAMES))
    found = diff(lake, manifest, manifest, tmp_path / "out")
    assert found.same
    assert [p.name for p in found.folder.iterdir()] == [SUMMARY]


def test_properties_and_lists_of_nodes_are_compared(lake, tmp_path):
    first = brain({("a", "b"): 1.0}, "ab")
    named = first.tables["node"].with_columns(
        aliases=pl.when(pl.col("name") == "a").then(pl.lit(["A1"])).otherwise("aliases"),
        x_um=pl.when(pl.col("name") == "b").then(2.5),
    )
    second = replace(first, tables={**first.tables, "node": named})
    found = diff(lake, lake.publish(first), lake.publish(second), tmp_path / "out")
    rows = found.scan("node").sort("uid").collect()
    assert rows["change"].to_list() == ["changed", "changed"]
    assert rows["new_aliases"].to_list() == [["A1"], []]
    assert rows["old_x_um"].to_list() == [None, None]
    assert [(r["column"], r["new"]) for r in lines(found)] == [("aliases", ["A1"]), ("x_um", 2.5)]


def test_ids_are_followed_and_edges_with_them(lake, tmp_path):
    """a is renamed, b and c merge, d splits, e goes and its id means another cell now, f stays."""
    before = lake.publish(
        brain(
            {("a", "f"): 1.0, ("b", "f"): 2.0, ("c", "f"): 3.0, ("b", "c"): 1.0, ("d", "f"): 9.0, ("e", "f"): 4.0,
             ("f", "f"): 1.0},
            "abcdef",
        )
    )  # fmt: skip
    names = ["A", "bc", "d1", "d2", "e", "f"]
    moved = id_map(
        before.version, "abcdef", names,
        [("a", "A"), ("b", "bc"), ("c", "bc"), ("d", "d1"), ("d", "d2"), ("e", None)],
    )  # fmt: skip
    after = lake.publish(
        brain(
            {("A", "f"): 1.0, ("bc", "f"): 5.0, ("bc", "bc"): 1.0, ("d1", "f"): 4.0, ("d2", "f"): 6.0, ("e", "f"): 4.0,
             ("f", "f"): 1.0},
            names,
            moved,
        )
    )  # fmt: skip
    found = diff(lake, before, after, tmp_path / "out")
    assert counts(found) == {
        "node": {"added": 1, "removed": 1, "renamed": 1, "merged": 2, "split": 2},
        "chemical": {"added": 1, "removed": 1, "changed": 1, "delta_weight": 1.0},
    }
    assert pairs_of(found.scan("chemical").collect()) == {
        ("d", "f"): ("changed", 9.0, 10.0),
        ("e#gone", "f"): ("removed", 4.0, None),
        ("e", "f"): ("added", None, 4.0),
    }
    nodes = found.scan("node").select("change", "old_uid", "uid").collect()
    assert {(c, o and o[-1], n.rpartition("/")[2]) for c, o, n in nodes.iter_rows()} == {
        ("renamed", "a", "A"), ("merged", "b", "bc"), ("merged", "c", "bc"), ("split", "d", "d1"), ("split", "d", "d2"),
        ("removed", "e", "e"), ("added", None, "e"),
    }  # fmt: skip
    back = diff(lake, after, before, tmp_path / "back")
    assert counts(back)["node"] == {"added": 1, "removed": 1, "renamed": 1, "merged": 2, "split": 2}
    assert counts(back)["chemical"] == {"added": 1, "removed": 1, "changed": 1, "delta_weight": -1.0}


def test_total_weight_is_kept_through_any_map(lake, tmp_path):
    """Whatever merges and splits, old weight + what changed = new weight, and nothing differs where nothing did."""
    rng = np.random.default_rng(5)
    before_names = [f"o{n}" for n in range(30)]
    group = rng.integers(12, size=30)
    after_names = [f"n{n}" for n in sorted(set(group))]
    edges: Edges = {}
    for a, b in rng.integers(30, size=(120, 2)):
        edges[(before_names[a], before_names[b])] = float(rng.integers(1, 9))
    carried: Edges = {}
    for (a, b), w in edges.items():
        pair = (f"n{group[int(a[1:])]}", f"n{group[int(b[1:])]}")
        carried[pair] = carried.get(pair, 0.0) + w
    before = lake.publish(brain(edges, before_names))
    pairs = [(old, f"n{group[n]}") for n, old in enumerate(before_names)]
    after = lake.publish(brain(carried, after_names, id_map(before.version, before_names, after_names, pairs)))
    found = diff(lake, before, after, tmp_path / "out")
    total = next(t for t in found.totals if t.table == "chemical")
    assert (total.differing, total.counts.delta_weight) == (0, 0.0)
    carried[after_names[0], after_names[1]] = 1000.0
    third = lake.publish(brain(carried, after_names))
    found = diff(lake, before, third, tmp_path / "again")
    assert next(t for t in found.totals if t.table == "chemical").differing == 1


def test_undirected_pairs_are_turned_when_their_ids_are(tmp_path):
    lake = testing.small_lake(tmp_path / "lake")
    before = lake.manifest("test/connectome")
    nodes = testing.cells()
    old = nodes.tables["node"]
    uid = pl.col("uid").str.replace("AVAL$", "ZVAL")
    renamed = old.with_columns(uid, name=pl.col("name").str.replace("AVAL", "ZVAL"))
    mapping = derive(
        lake.manifest("test/cells").version, old["uid"], renamed["uid"],
        pl.DataFrame({"old": [f"{testing.NODE_SET}/AVAL"], "new": [f"{testing.NODE_SET}/ZVAL"]}),
    )  # fmt: skip
    lake.publish(replace(nodes, tables={**nodes.tables, "node": renamed, "id_map": mapping}))
    edges = testing.connectome()
    moved = {
        name: edges.tables[name].with_columns(pl.col("source", "target").str.replace("AVAL$", "ZVAL"))
        for name in ("chemical", "gap_junction")
    }
    low, high = pl.min_horizontal("source", "target"), pl.max_horizontal("source", "target")
    moved["gap_junction"] = moved["gap_junction"].with_columns(source=low, target=high)
    for name in ("annotation", "coverage"):
        moved[name] = edges.tables[name].with_columns(pl.col("node").str.replace("AVAL$", "ZVAL"))
    after = lake.publish(replace(edges, tables={**edges.tables, **moved}))
    found = diff(lake, before, after, tmp_path / "out")
    assert found.same
    assert any("whose nodes may differ" in remark for remark in found.remarks)


def other(uid: str, edges: Edges, name: str = "all", **about: object) -> Dataset:
    """Edges of another dataset over the same brain."""
    made = brain(edges, [], uid=uid, **about)
    renamed = {
        "network": made.tables["network"].with_columns(uid=pl.lit(f"{uid}/{name}")),
        "chemical": made.tables["chemical"].with_columns(network=pl.lit(f"{uid}/{name}")),
    }
    return replace(made, info=replace(made.info, parents=(UID,)), tables=renamed)


def test_two_datasets_are_matched_by_kind_and_name_or_the_only_one(lake, tmp_path):
    lake.publish(brain({("a", "b"): 1.0}, NAMES))
    first = lake.publish(other("test/first", {("a", "b"): 2.0, ("b", "c"): 1.0}))
    second = lake.publish(other("test/second", {("a", "b"): 3.0}, name="adult", weight_unit="contacts"))
    found = diff(lake, first, second, tmp_path / "out")
    assert counts(found) == {"chemical": {"removed": 1, "changed": 1}}
    assert found.scan("chemical").collect()["network"].unique().to_list() == ["all=adult"]
    assert "matched by node pair, kind and network name (1 pairs: all=adult)" in found.remarks[0]
    assert "all=adult: weights are in synapses and in contacts" in found.remarks
    assert [(t.table, t.old_rows, t.new_rows) for t in found.totals] == [("chemical", 2, 1)]
    chosen = diff(lake, first, second, tmp_path / "chosen", networks={"all": "adult"})
    assert counts(chosen) == counts(found)


def test_datasets_that_cannot_be_compared_say_why(lake, tmp_path):
    lake.publish(brain({("a", "b"): 1.0}, NAMES))
    first = lake.publish(other("test/first", {("a", "b"): 2.0}))
    testing_lake = testing.small_lake(lake.root)
    elsewhere = testing_lake.manifest("test/connectome")
    with pytest.raises(UsageError, match=f"no node in common: test/first/all is over {SET}"):
        diff(lake, first, elsewhere, tmp_path / "out")
    with pytest.raises(UsageError, match="no network of one kind and name in common") as caught:
        diff(lake, first, lake.manifest("test/activity"), tmp_path / "out")
    assert "test/first has all (chemical)" in caught.value.hint
    with pytest.raises(UsageError, match="has no network 'none'"):
        diff(lake, first, elsewhere, tmp_path / "out", networks={"none": "chemical"})
    with pytest.raises(UsageError, match="networks of two kinds"):
        diff(lake, elsewhere, elsewhere, tmp_path / "out", networks={"chemical": "gap_junction"})
    assert not list(tmp_path.glob("*out*"))


def test_networks_of_one_dataset_can_be_paired_and_others_stay_out(tmp_path):
    lake = testing.small_lake(tmp_path / "lake")
    manifest = lake.manifest("test/connectome")
    found = diff(lake, manifest, manifest, tmp_path / "out", networks={"chemical": "test/connectome/chemical"})
    assert [(t.table, t.old_rows, t.differing) for t in found.totals] == [("chemical", 7, 0)]


@pytest.mark.data
def test_two_real_connectomes_against_a_plain_join(tmp_path, shared_data):
    """Cook's hermaphrodite against the adult of Witvliet's series."""
    lake = Lake(tmp_path / "lake")
    published = {}
    for source_id in ("celegans/cells", "celegans/cook2019", "celegans/witvliet2021"):
        spec = source(source_id)
        fetched = fetch(spec, tmp_path / "downloads", from_dir=shared_data)
        parents = {parent: lake.tables(parent) for parent in spec.parents}
        published[source_id] = lake.publish(ingest(spec, fetched.files, parents, fetched.provenance))
    cook, adult = published["celegans/cook2019"], published["celegans/witvliet2021"]
    found = diff(lake, cook, adult, tmp_path / "out", networks={"chemical": "stage8/chemical"})
    one = lake.read("celegans/cook2019", "chemical")
    two = lake.read("celegans/witvliet2021", "chemical")
    two = two.filter(pl.col("network") == "celegans/witvliet2021/stage8/chemical")
    joined = one.join(two, on=["source", "target"], how="full", coalesce=True, suffix="_new")
    total = found.totals[0]
    assert (total.old_rows, total.new_rows) == (one.height, two.height)
    assert total.counts.added == joined["weight"].null_count() > 100
    assert total.counts.removed == joined["weight_new"].null_count() > 100
    same = joined.filter(
        pl.col("weight") == pl.col("weight_new"), pl.col("n_contacts").eq_missing(pl.col("n_contacts_new"))
    )
    assert total.counts.changed == joined.drop_nulls(["weight", "weight_new"]).height - same.height
    assert total.counts.delta_weight == two["weight"].sum() - one["weight"].sum()


def test_an_altered_file_is_named(lake, tmp_path):
    before = lake.publish(brain({("a", "b"): 1.0}, NAMES))
    after = lake.publish(brain({("a", "b"): 2.0}, NAMES))
    path = lake.path(before, "chemical")
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(LakeError, match=r"chemical\.parquet does not match its hash"):
        diff(lake, before, after, tmp_path / "out")


def test_parts_give_the_same_rows_as_one(tmp_path):
    """More rows than are compared at once."""
    rng = np.random.default_rng(1)

    def edges(seed: int) -> pl.DataFrame:
        pairs = np.unique(np.random.default_rng(seed).integers(40, size=(900, 2)), axis=0)
        return pl.DataFrame(
            {
                "network": [f"n{value % 3}" for value in range(len(pairs))],
                "source": [f"s{a}" for a in pairs[:, 0]],
                "target": [f"s{b}" for b in pairs[:, 1]],
                "weight": rng.integers(1, 3, len(pairs)).astype(float),
            }
        )

    one, other_ = edges(1).lazy(), edges(2).lazy()
    key = ["network", "source", "target"]
    whole = write_row_diff(one, other_, key, tmp_path / "whole.parquet")
    parted = write_row_diff(one, other_, key, tmp_path / "parts.parquet", rows=900, rows_at_once=100)
    assert isinstance(whole, RowCounts)
    assert whole == parted
    assert pl.read_parquet(tmp_path / "whole.parquet").equals(pl.read_parquet(tmp_path / "parts.parquet"))
    joined = one.join(other_, on=key, how="full", coalesce=True, suffix="_n").collect()
    assert (
        whole.added + whole.removed + whole.changed
        == joined.filter(pl.col("weight").ne_missing(pl.col("weight_n"))).height
    )
    assert sorted(p.name for p in tmp_path.iterdir()) == ["parts.parquet", "whole.parquet"]


def test_regions_and_traces_differ_too(tmp_path):
    lake = testing.small_lake(tmp_path / "lake")
    before = lake.manifest("test/activity")
    recorded = testing.activity()
    values = pl.when(pl.col("trace") == 0).then(pl.lit([9.0, None, 1.0], dtype=pl.List(pl.Float32))).otherwise("values")
    changed = recorded.tables["trace"].with_columns(values=values)
    after = lake.publish(replace(recorded, tables={**recorded.tables, "trace": changed}))
    found = diff(lake, before, after, tmp_path / "out")
    assert counts(found) == {"trace": {"changed": 1}}
    assert found.scan("trace").collect()["new_values"].to_list() == [[9.0, None, 1.0]]
