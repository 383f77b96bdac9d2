"""Counts of networks against the slow and obvious way, on the small lake and on networks that are odd."""

from __future__ import annotations

import pytest

from graphdb.counts import ACTIONS, network_counts
from graphdb.lake import Lake
from graphdb.testing import CELLS, NODE_SET, cells, connectome, info, small_lake
from schemas import tables
from schemas.dataset import Dataset, Decisions
from schemas.errors import LakeError, Place

UID = "test/routes"


def uid(name):
    return f"{NODE_SET}/{name}"


def network(name, kind, unit="synapses"):
    return {
        "uid": f"{UID}/{name}",
        "node_set": NODE_SET,
        "kind": kind,
        "directed": kind != "gap_junction",
        "weight_unit": unit,
        "method": "made up",
        "parameters": "{}",
    }


@pytest.fixture
def lake(tmp_path):
    return small_lake(tmp_path / "lake")


@pytest.fixture
def routes(tmp_path):
    """Several routes between two cells, edges without a weight, a network without edges, two decisions."""
    found = Lake(tmp_path / "lake")
    found.publish(cells())
    ends = [("AVAL", "RIML", "serotonin"), ("AVAL", "RIML", "dopamine"), ("AVAL", "AVAL", "dopamine")]
    monoamine = [
        {"network": f"{UID}/ma", "source": uid(a), "target": uid(b), "transmitter": t, "receptor": "r"}
        for a, b, t in ends
    ]
    chemical = [
        {"network": f"{UID}/em", "source": uid(a), "target": uid(b), "weight": w, "n_contacts": n}
        for a, b, w, n in (("AVAL", "AVBL", 2.0, 3), ("AVBL", "AVBL", 0.5, None))
    ]
    decisions = Decisions()
    decisions.add("dropped", "x", "y", Place("f"))
    decisions.add("dropped", "z", "y", Place("f"))
    networks = [network("em", "chemical"), network("ma", "monoamine", None), network("none", "gap_junction")]
    made = {
        "network": tables.frame("network", networks),
        "chemical": tables.frame("chemical", chemical),
        "monoamine": tables.frame("monoamine", monoamine),
        "decision": decisions.frame(),
    }
    found.publish(Dataset(info(UID, parents=("test/cells",)), made))
    return found


def numbers(counted):
    names = ("nodes", "edges", "pairs", "weight", "contacts", "loops", "loop_weight")
    return tuple(getattr(counted, name) for name in names)


def by_hand(edges):
    loops = [w for s, t, w in edges if s == t]
    ends = {s for s, _, _ in edges} | {t for _, t, _ in edges}
    pairs = {(s, t) for s, t, _ in edges}
    return (len(ends), len(edges), len(pairs), sum(w for *_, w in edges), None, len(loops), sum(loops) or None)


@pytest.mark.parametrize("among", [None, ["AVAL", "AVAR", "RIML"], list(CELLS)])
def test_counts_of_the_small_connectome(lake, among):
    given = None if among is None else [uid(name) for name in among]
    found = {c.network: c for c in network_counts(lake, [lake.manifest("test/connectome")], given)}
    assert list(found) == ["chemical", "gap_junction"]
    for kind, counted in found.items():
        rows = connectome().tables[kind].select("source", "target", "weight").rows()
        kept = [(s, t, w) for s, t, w in rows if given is None or (s in given and t in given)]
        assert numbers(counted) == by_hand(kept)
        assert (counted.kind, counted.unit, counted.directed) == (kind, "synapses", kind == "chemical")
    assert 2 * found["gap_junction"].weight - found["gap_junction"].loop_weight > found["gap_junction"].weight


def test_all_networks_of_the_lake_in_the_order_of_the_datasets(lake):
    found = list(network_counts(lake, lake.datasets()))
    held = {m.dataset: lake.read(m.dataset, "network")["uid"].to_list() for m in lake.datasets()}
    assert [f"{c.dataset}/{c.network}" for c in found] == [name for names in held.values() for name in names]
    assert {c.version for c in found} == {m.version for m in lake.datasets() if "network" in m.files}


def test_several_edges_of_a_pair_no_weights_no_edges(routes):
    found = {c.network: c for c in network_counts(routes, [routes.manifest(UID)])}
    assert numbers(found["em"]) == (2, 2, 2, 2.5, 3, 1, 0.5)
    assert numbers(found["ma"]) == (2, 3, 2, None, None, 1, None)
    assert numbers(found["none"]) == (0, 0, 0, None, None, 0, None)
    assert {c.decisions["dropped"] for c in found.values()} == {2}
    assert set(found["em"].decisions) == set(ACTIONS)
    assert sum(found["em"].decisions.values()) == 2


def test_networks_over_other_nodes_are_left_out(routes):
    assert list(network_counts(routes, routes.datasets(), ["other/animal/AVAL"])) == []
    assert list(network_counts(routes, routes.datasets(), [])) == []


def test_a_file_that_is_gone_is_an_error(routes):
    manifest = routes.manifest(UID)
    routes.path(manifest, "chemical").unlink()
    with pytest.raises(LakeError, match="is absent"):
        list(network_counts(routes, [manifest]))
