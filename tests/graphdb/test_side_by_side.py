"""Two networks side by side: against a comparison pair by pair in plain Python, and the meaning of no edge."""

from __future__ import annotations

import random
from itertools import product

import polars as pl
import pytest

from graphdb.side_by_side import COVERED, EDGE, NOT_IMAGED, NOT_STATED, Side, compare, rank_correlation
from ingest.celegans.coverage import Covered, coverage
from schemas import tables

CELLS = [f"test/animal/{name}" for name in "ABCDEFG"]


def origins(found):
    """One row for each entry: (source, target, entry, place)."""
    rows = [{"network": "n", "source": s, "target": t, "entry": i, "weight": 1.0, **place} for s, t, i, place in found]
    return tables.frame("edge_origin", rows).drop("network")


def side(edges, covered=None, *, unit="synapses", directed=True, network="d/n/chemical", places=()):
    """Edges by pair; covered: cells as source and as target, None where nothing is stated."""
    schema = {"source": pl.String, "target": pl.String, "weight": pl.Float64}
    frame = pl.DataFrame([(*pair, float(w)) for pair, w in edges.items()], schema=schema, orient="row")
    said = coverage({network: Covered(*covered, "margin")}) if covered else tables.frame("coverage", [])
    return Side(network, "chemical", "test/animal", directed, unit, frame, said.drop("network"), origins(places))


def mean_ranks(values):
    return [sum(v < x for v in values) + (sum(v == x for v in values) + 1) / 2 for x in values]


def state(edges, covered, pair):
    if pair in edges:
        return EDGE
    if covered is None:
        return NOT_STATED
    return COVERED if pair[0] in covered[0] and pair[1] in covered[1] else NOT_IMAGED


def oracle(one, other, *, same):
    """Each pair: both weights, both states, difference."""
    found, sides = {}, (one, other)
    for pair in {**one[0], **other[0]}:
        found[pair] = [s[0].get(pair) for s in sides], [state(*s, pair) for s in sides]
    comparable = [pair for pair, (_, states) in found.items() if set(states) <= {EDGE, COVERED}]
    sizes = []
    for i in (0, 1):
        of_pair = {pair: found[pair][0][i] for pair in comparable if found[pair][0][i] is not None}
        ranks = dict(zip(of_pair, mean_ranks(list(of_pair.values())), strict=True))
        sizes.append(of_pair if same else {pair: rank / len(of_pair) for pair, rank in ranks.items()})
    apart = {pair: abs(sizes[0].get(pair, 0.0) - sizes[1].get(pair, 0.0)) for pair in comparable}
    return {pair: (*weights, *states, apart.get(pair)) for pair, (weights, states) in found.items()}


def random_side(rng):
    pairs = [pair for pair in product(CELLS, CELLS) if rng.random() < 0.4]
    edges = {pair: rng.randint(1, 5) for pair in pairs}
    if rng.random() < 0.2:
        return edges, None
    ends = [{pair[i] for pair in edges} | {c for c in CELLS if rng.random() < 0.4} for i in (0, 1)]
    return edges, ends


@pytest.mark.parametrize("same", [True, False])
@pytest.mark.parametrize("seed", range(12))
def test_every_pair_is_as_the_oracle_has_it(seed, same):
    rng = random.Random(seed)
    one, other = random_side(rng), random_side(rng)
    found = compare(side(*one), side(*other, unit="synapses" if same else "EM sections"))
    columns = ["first", "second", "first_found", "second_found", "difference"]
    rows = {(r["source"], r["target"]): [r[c] for c in columns] for r in found.pairs.iter_rows(named=True)}
    expected = oracle(one, other, same=same)
    assert rows.keys() == expected.keys()
    for pair, row in expected.items():
        assert rows[pair][:4] == list(row[:4])
        assert rows[pair][4] == (None if row[4] is None else pytest.approx(row[4], abs=1e-12))
    totals = found.totals()
    states = [(row[2], row[3]) for row in expected.values()]
    assert totals["both"] == states.count((EDGE, EDGE))
    assert totals["only_first"] == states.count((EDGE, COVERED))
    assert totals["only_second"] == states.count((COVERED, EDGE))
    assert totals["not_imaged_in_first"] == states.count((NOT_IMAGED, EDGE))
    assert totals["not_stated_in_second"] == states.count((EDGE, NOT_STATED))
    equal = sum(row[0] == row[1] for row in expected.values())
    assert totals["equal"] == (equal if same else None)


@pytest.mark.parametrize("seed", range(5))
def test_rank_correlation_is_pearsons_of_the_mean_ranks(seed):
    rng = random.Random(seed)
    values = [[rng.randint(0, 4) for _ in range(9)] for _ in range(2)]
    x, y = map(mean_ranks, values)
    mean = sum(x) / 9
    top = sum((a - mean) * (b - mean) for a, b in zip(x, y, strict=True))
    below = (sum((a - mean) ** 2 for a in x) * sum((b - mean) ** 2 for b in y)) ** 0.5
    assert rank_correlation(*map(pl.Series, values)) == pytest.approx(top / below)


@pytest.mark.parametrize(("first", "second"), [([], []), ([1.0], [2.0]), ([1.0, 1.0], [1.0, 2.0])])
def test_no_rank_correlation_where_there_is_none(first, second):
    assert rank_correlation(pl.Series(first, dtype=pl.Float64), pl.Series(second, dtype=pl.Float64)) is None


A, B, C = CELLS[:3]
BOTH = ({A, B}, {A, B})
HERE = {"file": "a.csv", "row": 2, "column": "B"}
THERE = {"file": "a.csv", "row": 9, "column": "C"}


def test_disagreements_say_where_each_side_stands_and_what_is_absent():
    first = side({(A, B): 7, (A, C): 90}, ({A, B, C}, {A, B, C}), places=[(A, B, 1, THERE), (A, B, 0, HERE)])
    second = side({(B, A): 2}, BOTH, places=[(B, A, 0, {"file": "b.xlsx", "sheet": "S", "row": 4})])
    rows = compare(first, second).disagreements().rows(named=True)
    assert [(r["source"], r["target"], r["difference"]) for r in rows] == [
        ("A", "B", 7),
        ("B", "A", 2),
        ("A", "C", None),
    ]
    assert [r["second_found"] for r in rows] == [COVERED, EDGE, NOT_IMAGED]
    assert (rows[0]["first_file"], rows[0]["first_rows"], rows[0]["first_columns"]) == ("a.csv", [2, 9], ["B", "C"])
    assert (rows[0]["second_file"], rows[0]["second_sheet"], rows[0]["second_rows"]) == ("b.xlsx", "S", None)
    assert (rows[1]["second_sheet"], rows[1]["second_rows"], rows[1]["second_columns"]) == ("S", [4], [None])
    assert rows[1]["first_file"] == "a.csv"


def test_equal_weights_are_no_disagreement_and_the_limit_keeps_the_largest():
    first, second = side({(A, B): 7, (B, A): 3}, BOTH), side({(A, B): 7, (B, A): 9, (A, A): 50}, BOTH)
    found = compare(first, second)
    assert found.disagreements().select("source", "target").rows() == [("A", "A"), ("B", "A")]
    assert found.disagreements(1).select("source", "target").rows() == [("A", "A")]


@pytest.mark.parametrize(
    "units", [(None, None), ("EM sections", "synapses"), ("EM sections", None), ("area, unit not stated",) * 2]
)
def test_weights_are_subtracted_only_where_both_state_one_unit(units):
    found = compare(*(side({(A, B): w}, BOTH, unit=unit) for w, unit in zip((70, 7), units, strict=True)))
    assert not found.same_unit
    assert found.pairs["difference"].to_list() == [0.0]
    assert found.totals()["differ_by"] == "rank"


def test_the_cells_of_an_edge_that_was_looked_for_the_other_way_only_are_not_imaged():
    found = compare(side({(A, B): 1}, BOTH), side({}, ({B}, {A})))
    assert found.pairs["second_found"].to_list() == [NOT_IMAGED]
    assert found.totals()["not_imaged_in_second"] == 1
