"""Collection deletes what nothing points to and nothing else, whenever it is killed."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from graphdb import testing
from graphdb.lake import Lake, split_reference
from graphdb.versions.collection import TRASH, Collectable, collect, collectable
from graphdb.versions.deprecation import deprecate, deprecation
from graphdb.versions.holders import held_by_bundles
from schemas import tables
from schemas.dataset import Dataset
from schemas.errors import LakeError


def nobody() -> dict[str, str]:
    return {}


def cells(name: str, title: str, parents: tuple[str, ...] = ()) -> Dataset:
    node_set = f"test/set-{name}"
    row = {"uid": f"{node_set}/n", "node_set": node_set, "name": "n", "kind": "neuron", "aliases": []}
    info = testing.info(f"test/{name}", title=title, parents=parents)
    sets = tables.frame("node_set", [{"uid": node_set, "title": "set"}])
    return Dataset(info, {"node_set": sets, "node": tables.frame("node", [row])})


def references(found: list[Collectable]) -> set[str]:
    return {each.reference for each in found if each.reference}


def present(lake: Lake) -> set[str]:
    paths = lake.root.glob("*/*/*/manifest.json")
    return {f"{p.parts[-4]}/{p.parts[-3]}@{p.parts[-2]}" for p in paths if p.parts[-4] != TRASH}


def random_lake(root: Path, seed: int) -> tuple[Lake, dict[str, tuple[str, ...]], dict[str, str]]:
    """A lake of five datasets in many versions, parents by chance; what each was made from, and what a bundle holds."""
    rng = random.Random(seed)
    lake = Lake(root)
    made: dict[str, tuple[str, ...]] = {}
    names = [f"d{n}" for n in range(5)]
    for step in range(14):
        place = rng.randrange(len(names))
        ready = [n for n in names[:place] if (lake.root / "test" / n / "current").exists()]
        chosen = rng.sample(ready, rng.randint(0, min(2, len(ready))))
        manifest = lake.publish(cells(names[place], f"v{step}", tuple(f"test/{n}" for n in sorted(chosen))))
        made[manifest.reference] = manifest.parents
    held = {rng.choice(sorted(made)): "bundle b"} if rng.random() < 0.5 else {}
    return lake, made, held


def must_stay(lake: Lake, made: dict[str, tuple[str, ...]], held: dict[str, str]) -> set[str]:
    """The slow, obvious way."""
    stay = {m.reference for m in lake.datasets()} | set(held)
    while True:
        more = {parent for reference in stay for parent in made[reference]} - stay
        if not more:
            return stay
        stay |= more


@pytest.mark.parametrize("seed", range(8))
def test_only_what_nothing_points_to_goes(tmp_path, seed):
    lake, made, held = random_lake(tmp_path, seed)
    stay = must_stay(lake, made, held)
    found = collectable(lake, lambda: held)
    assert references(found) == set(made) - stay
    assert present(lake) == set(made), "showing deletes nothing"
    order = [each.reference for each in found]
    for place, reference in enumerate(order):
        assert not set(made[reference]) & set(order[:place]), "a parent went before its child"
    assert references(collect(lake, found, lambda: held)) == set(made) - stay
    assert present(lake) == stay
    for reference in stay:
        manifest = lake.manifest(*split_reference(reference))
        lake.check(manifest)
        lake.ancestors(manifest)
    assert collectable(lake, lambda: held) == []
    assert not (lake.root / TRASH).exists()


_KILLED = """
import os, signal, sys
from pathlib import Path
import shutil
from graphdb.lake import Lake
from graphdb.versions.collection import collectable, collect

steps = int(sys.argv[2])

def counted(function):
    def call(*given, **more):
        global steps
        if steps == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        steps -= 1
        return function(*given, **more)
    return call

lake = Lake(Path(sys.argv[1]))
found = collectable(lake, dict)
for name in ("rename", "unlink", "rmdir"):
    setattr(os, name, counted(getattr(os, name)))
collect(lake, found, dict)
"""


@pytest.mark.parametrize("steps", [0, 1, 3, 6])
def test_killed_at_any_step_it_leaves_whole_versions_and_goes_on(tmp_path, repository, steps):
    lake, made, _ = random_lake(tmp_path / "lake", 3)
    stay = must_stay(lake, made, {})
    assert len(made) - len(stay) > 2
    killed = subprocess.run([sys.executable, "-c", _KILLED, str(lake.root), str(steps)], cwd=repository, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert stay <= present(lake)
    for reference in present(lake):
        manifest = lake.manifest(*split_reference(reference))
        lake.check(manifest)
        lake.ancestors(manifest)
    again = collectable(lake, nobody)
    assert again
    collect(lake, again, nobody)
    assert present(lake) == stay
    assert collectable(lake, nobody) == []


@pytest.fixture
def two(tmp_path: Path) -> Lake:
    """One dataset in two versions."""
    lake = Lake(tmp_path / "lake")
    lake.publish(cells("a", "first"))
    lake.publish(cells("a", "second"))
    return lake


def test_what_comes_to_be_pointed_to_meanwhile_is_put_back(two):
    old, current = two.versions("test/a")
    found = collectable(two, nobody)
    assert references(found) == {old.reference}
    asked = []

    def later() -> dict[str, str]:
        asked.append(1)
        return {} if len(asked) == 1 else {old.reference: "graph"}

    assert collect(two, found, later) == []
    assert present(two) == {old.reference, current.reference}
    two.check(old)


def test_a_version_made_current_while_the_question_waits_stays(two):
    old, _ = two.versions("test/a")
    found = collectable(two, nobody)
    two.publish(cells("a", "first"))
    assert collect(two, found, nobody) == []
    assert two.manifest("test/a") == old


def test_a_trashed_version_that_is_current_again_is_put_back_by_the_next_collection(two):
    old, current = two.versions("test/a")
    trash = two.root / TRASH / "test" / "a"
    trash.mkdir(parents=True)
    (two.root / "test" / "a" / old.version).rename(trash / old.version)
    (two.root / "test" / "a" / "current").write_text(old.version + "\n")
    found = collectable(two, nobody)
    assert two.manifest("test/a") == old
    assert references(found) == {current.reference}


def test_runs_maps_and_pointers_hold(tmp_path):
    lake = testing.small_lake(tmp_path / "lake")
    activity = lake.manifest("test/activity")
    recorded = testing.activity()
    lake.publish(replace(recorded, info=replace(recorded.info, title="again")))
    first = lake.manifest("test/connectome")
    second = lake.publish(testing.connectome(scale=2.0))
    lake.publish(testing.connectome(scale=3.0))
    assert references(collectable(lake, nobody)) == {first.reference, second.reference}, "the run holds the activity"
    deprecate(lake, first, "wrong", second)
    assert references(collectable(lake, nobody)) == {first.reference}
    lake.check(activity)


def test_a_deprecation_outlives_the_version(two):
    old, current = two.versions("test/a")
    deprecate(two, old, "typo", current)
    collect(two, collectable(two, nobody), nobody)
    note = deprecation(two, "test/a", old.version)
    assert note is not None
    assert note.replaced_by == current.reference
    assert two.publish(cells("a", "first")).version == old.version
    assert deprecation(two, "test/a", old.version) == note


def test_bundles_hold_what_they_were_made_from(two, tmp_path):
    old, _ = two.versions("test/a")
    bundle = tmp_path / "bundles" / "b1"
    bundle.mkdir(parents=True)
    (bundle / "manifest.json").write_text(json.dumps({"datasets": [old.reference]}))
    assert held_by_bundles(tmp_path / "bundles") == {old.reference: "bundle b1"}
    assert collectable(two, lambda: held_by_bundles(tmp_path / "bundles")) == []
    (bundle / "manifest.json").write_text("{")
    with pytest.raises(LakeError, match="is not the manifest of a bundle"):
        collectable(two, lambda: held_by_bundles(tmp_path / "bundles"))


def test_nothing_goes_where_a_manifest_cannot_be_read(two):
    old, _ = two.versions("test/a")
    (two.root / "test" / "a" / old.version / "manifest.json").write_text("{")
    with pytest.raises(LakeError, match="is not a manifest"):
        collectable(two, nobody)


def test_rests_of_killed_work_go_when_old(two, tmp_path):
    graph = tmp_path / "graph" / "connectome.lbug"
    rests = [
        two.root / ".publishing-123" / "node.parquet",
        two.root / "test" / "a" / "000000000000" / "node.parquet",
        two.root / "test" / "a" / ".current-123",
        tmp_path / "bundles" / "half" / "node.parquet",
        graph.with_name("connectome.lbug.building"),
        graph.with_name("connectome.lbug.building.wal"),
        graph.with_name("connectome.lbug.staging") / "part.parquet",
    ]
    for path in rests:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"12345")
    graph.write_bytes(b"graph")

    def show(min_age_s: float) -> list[Collectable]:
        found = collectable(two, nobody, bundles=tmp_path / "bundles", graph=graph, min_age_s=min_age_s)
        return [each for each in found if each.kind == "unfinished"]

    assert show(3600) == []
    found = show(0)
    assert len(found) == len(rests)
    assert {each.size_bytes for each in found} == {5}
    rests[4].write_bytes(b"a builder goes on")
    os.utime(rests[4], (0, 0))
    collect(two, found, nobody)
    assert [path for path in rests if path.exists()] == [rests[4]], "what changed since it was shown stays"
    assert graph.exists()


def test_an_empty_lake_has_nothing_to_collect(tmp_path):
    assert collectable(Lake(tmp_path / "none"), nobody) == []
