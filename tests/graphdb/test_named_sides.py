"""Left and right, against hand-checked pairs and a plain dictionary of weights."""

from __future__ import annotations

from collections import defaultdict

import polars as pl
import pytest

from graphdb.named.catalog import NAMED, run_named
from graphdb.named.laterality import nodes_statement
from graphdb.named.mirror import mirror_pairs, sides
from graphdb.testing_more import BODY, CELLS
from schemas.errors import QueryError, UsageError

PAIRS = {"AVL": "AVR", "BVL": "BVR", "EL": "ER", "mL1": "mR1", "mL2": "mR2"}
UNIT = {left: left.replace("L", "*") for left in PAIRS} | {
    right: left.replace("L", "*") for left, right in PAIRS.items()
}
SIDE = dict.fromkeys(PAIRS, "L") | dict.fromkeys(PAIRS.values(), "R")
MIRROR = PAIRS | {right: left for left, right in PAIRS.items()}
RELATION = {frozenset("L"): "ipsilateral", frozenset("R"): "ipsilateral", frozenset("LR"): "contralateral"}


def ask(store, name, **given):
    return run_named(store, name, given).rows()


def weights(lake, kind, dataset="test/one"):
    frame = lake.read(dataset, kind).with_columns(pl.col("source", "target").str.strip_prefix(f"{BODY}/"))
    return {(r["source"], r["target"]): r["weight"] for r in frame.iter_rows(named=True)}


def node(name, side=None, class_="X", kind="neuron", node_set="s"):
    uid = f"{node_set}/{name}"
    return {"uid": uid, "node_set": node_set, "name": name, "kind": kind, "class": class_, "hemisphere": side}


def frame(*rows):
    return pl.DataFrame(
        rows, schema=dict.fromkeys(("uid", "node_set", "name", "kind", "class", "hemisphere"), pl.String)
    )


@pytest.mark.parametrize(
    ("rows", "pairs"),
    [
        ([node("AVAL", "L"), node("AVAR", "R")], [("s/AVAL", "s/AVAR", "AVA*")]),
        ([node("dBWML1", "L"), node("dBWMR1", "R"), node("dBWMR2", "R")], [("s/dBWML1", "s/dBWMR1", "dBWM*1")]),
        ([node("left-Insula", "L"), node("right-Insula", "R")], [("s/left-Insula", "s/right-Insula", "*-Insula")]),
        ([node("AVAL"), node("AVAR")], [("s/AVAL", "s/AVAR", "AVA*")]),
        ([node("dBWML1"), node("dBWMR1")], []),  # no hemisphere: only a last letter says
        ([node("AVAL", "L"), node("AVAR")], []),
        ([node("AVAL", "M"), node("AVAR", "M")], []),
        ([node("AVAL", "R"), node("AVAR", "L")], []),
        ([node("AVAL", "L"), node("AVAR", "R", class_="Y")], []),
        ([node("AVAL", "L"), node("AVAR", "R", kind="muscle")], []),
        ([node("AVAL", "L"), node("AVAR", "R", node_set="t")], []),
        ([node("LL", "L"), node("LR", "R"), node("RL", "R")], []),  # two could mirror LL
        ([node("AVAL", "L", class_=None), node("AVAR", "R", class_=None)], [("s/AVAL", "s/AVAR", "AVA*")]),
    ],
)
def test_the_rule_of_pairs(rows, pairs):
    assert mirror_pairs(frame(*rows)) == pairs


def test_units_by_class_take_the_side_that_is_stated():
    found = sides(frame(node("RMEL", "L", "RME"), node("RMED", "M", "RME"), node("x", None, None)), "class")
    assert found.select("unit", "side").rows() == [("RME", "L"), ("RME", "M"), ("x", "M")]


@pytest.mark.parametrize("kind", ["chemical", "gap_junction"])
def test_every_connection_stands_beside_its_mirror_image(varied_store, varied_lake, kind):
    directed = kind == "chemical"
    known = weights(varied_lake, kind)
    if not directed:
        known |= {(b, a): w for (a, b), w in known.items()}
    truth = {}
    for (source, target), weight in known.items():
        if SIDE.get(source) is None and SIDE.get(target) is None:
            continue
        image = MIRROR.get(source, source), MIRROR.get(target, target)
        if not directed and image == (target, source) and source != target:
            continue  # a cell with its own mirror cell
        left_first = SIDE.get(source, SIDE.get(target)) == "L"
        left, right = (weight, known.get(image)) if left_first else (known.get(image), weight)
        units = UNIT.get(source, source), UNIT.get(target, target)
        relation = RELATION.get(frozenset(SIDE.get(end, "M") for end in (source, target)), "midline")
        if not directed and units[0] > units[1]:
            # The same pair seen from its other end, which for a crossed one is the image's view.
            left, right = (right, left) if relation == "contralateral" else (left, right)
            units = units[::-1]
        truth[*units, relation] = (left, right)
    found = ask(varied_store, "left-right", of="test/one", kind=kind)
    assert {(r["source"], r["target"], r["relation"]): (r["left"], r["right"]) for r in found} == truth
    assert len(found) == len(truth) > 5
    apart = [abs((r["left"] or 0) - (r["right"] or 0)) for r in found]
    assert apart == sorted(apart, reverse=True)
    for row in found:
        left, right = row["left"] or 0.0, row["right"] or 0.0
        assert row["asymmetry"] == pytest.approx((left - right) / (left + right), abs=1e-11)
        assert row["present"] == ("both" if left and right else "left" if left else "right")


def test_pairs_with_what_they_share(varied_store, varied_lake):
    known = weights(varied_lake, "chemical")
    truth = defaultdict(lambda: [0, 0, 0, 0.0, 0.0, 0.0])
    for left in PAIRS:
        for direction in ("out", "in"):
            row = truth[UNIT[left], direction]
            for other in CELLS:
                own = (left, other) if direction == "out" else (other, left)
                image = tuple(MIRROR.get(end, end) for end in own)
                a, b = known.get(own), known.get(image)
                if a is None and b is None:
                    continue
                which = 0 if a is not None and b is not None else 1 if b is None else 2
                row[which] += 1
                row[3] += a or 0.0
                row[4] += b or 0.0
                row[5] += abs((a or 0.0) - (b or 0.0))
    found = ask(varied_store, "left-right-cells", of="test/one")
    assert [(r["unit"], r["direction"]) for r in found] == sorted(key for key, row in truth.items() if sum(row[:3]))
    for row in found:
        expected = truth[row["unit"], row["direction"]]
        assert [row["both"], row["left_only"], row["right_only"]] == expected[:3]
        assert [row["left_weight"], row["right_weight"]] == pytest.approx(expected[3:5])
        assert row["difference"] == pytest.approx(expected[5] / (expected[3] + expected[4]))
        assert (row["left_cells"].replace("L", "*"), row["right_cells"].replace("R", "*")) == (row["unit"], row["unit"])


def test_undirected_pairs_count_an_edge_once_for_each_unit(varied_store, varied_lake):
    known = weights(varied_lake, "gap_junction")
    known |= {(b, a): w for (a, b), w in known.items()}
    truth = {}
    for left, right in PAIRS.items():
        others = [cell for cell in CELLS if cell != right]
        weight = sum(known.get((left, other), 0.0) for other in others)
        image = sum(known.get((right, MIRROR.get(other, other)), 0.0) for other in others)
        if weight or image:
            truth[UNIT[left]] = (weight, image)
    found = ask(varied_store, "left-right-cells", of="test/one", kind="gap_junction")
    assert {r["direction"] for r in found} == {"any"}
    assert {r["unit"]: pytest.approx((r["left_weight"], r["right_weight"])) for r in found} == truth


def test_classes_have_the_sides_of_their_cells(varied_store, varied_lake):
    known = weights(varied_lake, "chemical")
    truth = {"L": 0.0, "R": 0.0}
    for (source, target), weight in known.items():
        if CELLS[source][1] == "AV" and CELLS[target][1] == "m" and CELLS[source][3] == CELLS[target][3]:
            truth[CELLS[source][3]] += weight
    found = ask(varied_store, "left-right", of="test/one", by="class")
    (row,) = [r for r in found if (r["source"], r["target"], r["relation"]) == ("AV", "m", "ipsilateral")]
    assert (row["left"] or 0.0, row["right"] or 0.0) == pytest.approx((truth["L"], truth["R"]))


def test_each_network_of_a_dataset_is_compared_by_itself(varied_store):
    found = ask(varied_store, "left-right", of="test/three")
    assert {r["network"] for r in found} == {f"test/three/animal{n}/chemical" for n in (1, 2, 3)}
    one = ask(varied_store, "left-right", of="test/three/animal2")
    assert one == [r for r in found if r["network"] == "test/three/animal2/chemical"]


def test_a_least_weight_applies_to_edges(varied_store, varied_lake):
    heavy = {pair for pair, weight in weights(varied_lake, "chemical").items() if weight >= 5.0}
    found = ask(varied_store, "left-right", of="test/one", min_weight="5")
    sides_found = sum((r["left"] is not None) + (r["right"] is not None) for r in found)
    assert sides_found == sum(SIDE.get(a) is not None or SIDE.get(b) is not None for a, b in heavy)


@pytest.mark.parametrize(
    ("given", "error", "says", "hint"),
    [
        ({"of": "test/on"}, QueryError, "no dataset or network is called 'test/on'", "test/one"),
        ({"of": "test/recorded"}, QueryError, "holds no network", "@datasets"),
        ({"of": "test/one", "kind": "functional"}, QueryError, "no network of kind functional", "chemical"),
        ({"of": "test/one", "kind": "colour"}, UsageError, "kind 'colour' is not known", "chemical"),
        ({"of": "test/one", "by": "colour"}, UsageError, "by 'colour' is not known", "class"),
    ],
)
def test_wrong_questions_are_explained(varied_store, given, error, says, hint):
    with pytest.raises(error, match=says) as caught:
        ask(varied_store, "left-right", **given)
    assert hint in caught.value.hint


@pytest.mark.parametrize("dialect", ["ladybug", "neo4j"])
def test_texts(dialect):
    named = NAMED["left-right"]
    made = named.build(named.parse({"of": "d/n", "kind": "gap_junction", "min_weight": "2"}), dialect)
    assert made.cypher == (
        "MATCH (a)-[r:`GAP_JUNCTION`]->(b) WHERE r.network IN $networks AND r.weight >= $min_weight "
        "RETURN r.network AS network, a.uid AS source_uid, a.name AS source, b.uid AS target_uid, b.name AS target, "
        "r.weight AS weight"
    )
    assert made.parameters == {"networks": ["d/n"], "min_weight": 2.0}
    assert nodes_statement(["s"]).cypher == (
        "MATCH (n:`Neuron`|`Muscle`|`Cell`|`Region`|`Channel`|`Unit`) WHERE n.node_set IN $node_sets "
        "RETURN n.uid AS uid, n.node_set AS node_set, n.name AS name, n.kind AS kind, n.`class` AS class, "
        "n.hemisphere AS hemisphere"
    )
