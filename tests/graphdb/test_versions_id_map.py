"""Id maps: derived, checked, composed and translated, against relations as plain sets."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphdb import testing
from graphdb.lake import Lake
from graphdb.versions.id_map import classified, compose, derive, inverse, problems, units
from graphdb.versions.reference import resolve
from graphdb.versions.translation import pairs_between, translate
from schemas import tables
from schemas.dataset import Dataset
from schemas.errors import LakeError, UsageError, ValidationError

IDS = [f"s/{letter}" for letter in "abcdefg"]
SETS = st.sets(st.sampled_from(IDS), min_size=1)
Relation = dict[str, set[str]]


def series(ids) -> pl.Series:
    return pl.Series("uid", sorted(ids), dtype=pl.String)


def frame(pairs) -> pl.DataFrame:
    return pl.DataFrame(
        {"old": [o for o, _ in pairs], "new": [n for _, n in pairs]}, {"old": pl.String, "new": pl.String}
    )


def as_frame(relation: Relation) -> pl.DataFrame:
    return frame([(old, new) for old, news in relation.items() for new in sorted(news) or [None]])


def as_relation(pairs: pl.DataFrame) -> Relation:
    found: Relation = {}
    for old, new in pairs.select("old", "new").iter_rows():
        found.setdefault(old, set()).update({new} - {None})
    return found


@st.composite
def relations(draw, count: int):
    """Versions (sets of ids) and a relation from each to the next."""
    versions = [draw(SETS) for _ in range(count + 1)]
    steps = [
        {old: draw(st.sets(st.sampled_from(sorted(after)), max_size=3)) for old in sorted(before)}
        for before, after in pairwise(versions)
    ]
    return versions, steps


def expected_change(relation: Relation, old: str, new: str | None) -> str:
    if new is None:
        return "gone"
    if len(relation[old]) > 1:
        return "split"
    if sum(new in news for news in relation.values()) > 1:
        return "merged"
    return "same" if old == new else "renamed"


@given(relations(1))
@settings(max_examples=60, deadline=None)
def test_a_derived_map_accounts_for_every_old_id_and_has_no_problem(case):
    (before, after), (relation,) = case
    changed = {old: news for old, news in relation.items() if news != ({old} & after)}
    table = derive("v1", series(before), series(after), as_frame(changed))
    assert dict(table.schema) == tables.columns("id_map")
    tables.TABLES["id_map"].validate(table)
    assert as_relation(table) == relation
    for row in table.iter_rows(named=True):
        assert row["change"] == expected_change(relation, row["old"], row["new"])
    assert list(problems(table, {"v1": series(before)}, series(after))) == []


@given(relations(3))
@settings(max_examples=60, deadline=None)
def test_composition_is_that_of_relations_and_associative(case):
    _, (one, two, three) = case
    direct = {a: {d for b in one[a] for c in two[b] for d in three[c]} for a in one}
    first = compose(compose(as_frame(one), as_frame(two)), as_frame(three))
    second = compose(as_frame(one), compose(as_frame(two), as_frame(three)))
    assert first.equals(second)
    assert as_relation(first) == direct
    assert classified(first).equals(classified(as_frame(direct)))


@given(relations(1))
@settings(max_examples=60, deadline=None)
def test_the_inverse_of_the_inverse_is_the_relation_without_ids_that_went(case):
    (before, after), (relation,) = case
    back = inverse(as_frame(relation), series(after))
    assert as_relation(back) == {new: {old for old in before if new in relation[old]} for new in after}
    assert as_relation(inverse(back, series(before))) == relation


@given(relations(1))
@settings(max_examples=60, deadline=None)
def test_units_are_the_connected_groups(case):
    (_, after), (relation,) = case
    groups: list[tuple[set[str], set[str]]] = []
    for old, news in relation.items():
        olds, found = {old}, set(news)
        if not news:
            continue
        touching = [g for g in groups if g[1] & found]
        for group in touching:
            groups.remove(group)
            olds, found = olds | group[0], found | group[1]
        groups.append((olds, found))
    rows = units(as_frame(relation), series(after))
    names = rows.filter(pl.col("side") == "new").select("unit").unique()["unit"].to_list()
    alone = after - {new for news in relation.values() for new in news}
    assert not alone & set(names)
    assert len(set(names)) == len(groups)
    gone = rows.filter(pl.col("unit").str.ends_with("#gone"))
    assert set(gone["id"]) == {old for old, news in relation.items() if not news and old in after}
    rows = rows.filter(~pl.col("unit").str.ends_with("#gone"))
    by_unit: dict[str, tuple[set[str], set[str]]] = {}
    for row in rows.iter_rows(named=True):
        by_unit.setdefault(row["unit"], (set(), set()))[row["side"] == "new"].add(row["id"])
    assert sorted(map(repr, (tuple(map(sorted, g)) for g in by_unit.values()))) == sorted(
        map(repr, (tuple(map(sorted, g)) for g in groups))
    )
    for row in rows.iter_rows(named=True):
        assert row["members"] == len(by_unit[row["unit"]][row["side"] == "new"])


def test_every_problem_is_reported_at_once():
    rows = [
        ("v1", "s/a", 0, "s/a", "same"),
        ("v1", "s/b", 0, "s/x", "renamed"),  # no such new id
        ("v1", "s/c", 0, "s/d", "renamed"),  # merged, with e
        ("v1", "s/e", 0, "s/d", "merged"),
        ("v1", "s/f", 0, None, "gone"),
        ("v1", "s/f", 1, "s/g", "renamed"),  # gone and not
        ("v1", "s/y", 0, "s/a", "merged"),  # no such old id
        ("v1", "s/h", 1, "s/h", "same"),  # part
        ("v9", "s/a", 0, "s/a", "same"),  # no such version
    ]
    table = pl.DataFrame(rows, schema=tables.columns("id_map"), orient="row")
    old = series(["s/a", "s/b", "s/c", "s/e", "s/f", "s/h", "s/z"])
    found = "\n".join(map(str, problems(table, {"v1": old}, series(["s/a", "s/d", "s/g", "s/h"]))))
    for said in (
        "id_map.new, row 1: 's/x' is no node of this version",
        "id_map.change, row 2: 's/c' to 's/d' says renamed, but the rows together make it merged",
        "id_map.new, row 4: 's/f' is gone in this row and not in another",
        "id_map.old, row 6: 's/y' is no node of version v1",
        "id_map.part, row 7: is 1; parts of 's/h' count from 0",
        "id_map.since, row 8: 'v9' is no version of this dataset with nodes (v1)",
        "id_map.old: 's/z' of version v1 has no row",
        "id_map.change, row 0: 's/a' to 's/a' says same, but the rows together make it merged",
    ):
        assert said in found


def test_a_pair_of_unknown_ids_derives_nothing():
    with pytest.raises(ValidationError) as caught:
        derive("v1", series(["s/a"]), series(["s/b"]), frame([("s/q", "s/b"), ("s/a", "s/w")]))
    assert {p.message for p in caught.value.problems} == {
        "'s/q' is no node of version v1",
        "'s/w' is no node of this version",
    }


def cells(names: list[str], id_map: pl.DataFrame | None = None) -> Dataset:
    """`test/cells` with other names."""
    rows = [
        {
            "uid": f"{testing.NODE_SET}/{name}",
            "node_set": testing.NODE_SET,
            "name": name,
            "kind": "neuron",
            "aliases": [],
        }
        for name in names
    ]
    found = {**testing.cells().tables, "node": tables.frame("node", rows)}
    return replace(testing.cells(), tables=found if id_map is None else {**found, "id_map": id_map})


def uids(names) -> pl.Series:
    return series(f"{testing.NODE_SET}/{name}" for name in names)


def mapped(since: str, before: list[str], after: list[str], pairs: list[tuple[str, str | None]]) -> Dataset:
    changed = frame([(f"{testing.NODE_SET}/{a}", b and f"{testing.NODE_SET}/{b}") for a, b in pairs])
    return cells(after, derive(since, uids(before), uids(after), changed))


@pytest.fixture
def three(tmp_path: Path) -> Lake:
    """Three versions: P renamed, Q and R merged; then one split, one gone, one new."""
    lake = Lake(tmp_path / "lake")
    first = lake.publish(cells(["P", "Q", "R", "S"]))
    second = lake.publish(
        mapped(first.version, ["P", "Q", "R", "S"], ["P2", "QR", "S"], [("P", "P2"), ("Q", "QR"), ("R", "QR")])
    )
    lake.publish(
        mapped(second.version, ["P2", "QR", "S"], ["P3", "P4", "QR", "N"], [("P2", "P3"), ("P2", "P4"), ("S", None)])
    )
    return lake


def test_ids_go_through_several_maps(three):
    oldest, newest = three.versions("test/cells")[0], three.manifest("test/cells")
    found = translate(three, oldest, newest, ["R", f"{testing.NODE_SET}/P", "S", "Q"])
    shown = [(g, n and n.rpartition("/")[2], c) for g, _, n, c in found.iter_rows()]
    assert shown == [
        ("R", "QR", "merged"),
        (f"{testing.NODE_SET}/P", "P3", "split"),
        (f"{testing.NODE_SET}/P", "P4", "split"),
        ("S", None, "gone"),
        ("Q", "QR", "merged"),
    ]


def test_unknown_ids_are_all_named_with_the_nearest(three):
    oldest, newest = three.versions("test/cells")[0], three.manifest("test/cells")
    with pytest.raises(UsageError) as caught:
        translate(three, oldest, newest, ["P", "p1", f"{testing.NODE_SET}/PP"])
    assert "'p1' is no id or name" in caught.value.message
    assert f"did you mean {testing.NODE_SET}/P" in caught.value.message


def test_a_version_without_a_map_keeps_the_ids_of_the_one_before(three):
    newest = three.manifest("test/cells")
    relicensed = cells(["P3", "P4", "QR"])
    latest = three.publish(replace(relicensed, info=replace(relicensed.info, licence="CC BY")))
    assert pairs_between(three, newest, latest) is None
    assert translate(three, newest, latest, ["P3", "N"])["change"].to_list() == ["same", "gone"]
    oldest = three.versions("test/cells")[0]
    assert translate(three, oldest, latest, ["Q"])["new"].to_list() == [f"{testing.NODE_SET}/QR"]


def test_no_way_back_in_time(three):
    oldest, newest = three.versions("test/cells")[0], three.manifest("test/cells")
    with pytest.raises(LakeError, match="no id map leads from"):
        translate(three, newest, oldest, ["N"])


def test_a_dataset_without_nodes_names_whose_they_are(tmp_path):
    lake = testing.small_lake(tmp_path)
    manifest = resolve(lake, "test/connectome")
    with pytest.raises(LakeError, match="brings no nodes of its own") as caught:
        translate(lake, manifest, manifest, ["AVAL"])
    assert "test/cells@" in caught.value.hint


@pytest.mark.parametrize(
    ("since", "after", "said"),
    [("nowhere", ["P2"], "is no version of this dataset"), (None, ["other"], "is no node of this version")],
)
def test_publishing_refuses_a_map_that_leads_nowhere(tmp_path, since, after, said):
    lake = Lake(tmp_path / "lake")
    first = lake.publish(cells(["P"]))
    wrong = mapped(since or first.version, ["P"], ["P2"], [("P", "P2")])
    wrong = replace(wrong, tables={**wrong.tables, "node": cells(after).tables["node"]})
    with pytest.raises(ValidationError, match=said):
        lake.publish(wrong)
    assert len(lake.versions("test/cells")) == 1
