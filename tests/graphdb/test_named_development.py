"""Edges over ordered stages: the rule against a loop, on made stages and by hand."""

from __future__ import annotations

import itertools
from collections import Counter

import polars as pl
import pytest
from scipy.stats import spearmanr

from graphdb.named.catalog import run_named
from graphdb.named.compared import side_by_side
from graphdb.named.connectomes import Network
from graphdb.named.coverage import COVERED
from graphdb.named.development import COURSES, DevelopmentCriteria, courses
from graphdb.testing_more import BODY
from graphdb.testing_partial import NAMES, STAGES
from schemas.errors import UsageError

UIDS = [f"test/growth/stage{n}/chemical" for n in range(1, STAGES + 1)]


def ask(store, name, **given):
    return run_named(store, name, given, row_limit=100_000).rows()


@pytest.fixture(scope="module")
def known(partial_lake):
    """Edges by stage, in order."""
    whole = partial_lake.read("test/growth", "chemical")
    ends = whole.with_columns(pl.col("source", "target").str.strip_prefix(f"{BODY}/"))
    return [
        {(r["source"], r["target"]): r["weight"] for r in ends.filter(network=uid).rows(named=True)} for uid in UIDS
    ]


def judged(values, min_trend=0.7, min_before=2):
    """The rule as the documentation says it. Values: None where a stage does not hold the cells, 0 where absent."""
    seen = [v for v in values if v is not None]
    found = [v > 0 for v in seen]
    constant = len(set(seen)) == 1
    trend = None if constant else spearmanr(range(len(seen)), seen).statistic
    if len(seen) < 3:
        return "unclassified", trend
    first = found.index(True)
    if first >= min_before and all(found[first:]) and len(found) - first >= 2:
        return "appearing", trend
    if not constant and trend >= min_trend:
        return "growing", trend
    if not constant and trend <= -min_trend:
        return "shrinking", trend
    return ("stable" if all(found) else "variable"), trend


def truth(stages, *, least=0.0, share=False, **limits):
    held = [{end for pair in stage for end in pair} for stage in stages]
    kept = [{p: w for p, w in stage.items() if w >= least} for stage in stages]
    if share:
        kept = [{p: w / sum(stage.values()) for p, w in stage.items()} for stage in kept]
    found = {}
    for pair in itertools.product(NAMES, NAMES):
        if any(pair in stage for stage in kept):
            values = [
                stage.get(pair, 0.0) if set(pair) <= cells else None for stage, cells in zip(kept, held, strict=True)
            ]
            found[pair] = (*judged(values, **limits), values)
    return found


@pytest.mark.parametrize(
    ("given", "limits"),
    [
        ({}, {}),
        ({"min_trend": "0.4"}, {"min_trend": 0.4}),
        ({"min_before": "1"}, {"min_before": 1}),
        ({"min_weight": "3"}, {"least": 3}),
        ({"measure": "share"}, {"share": True}),
    ],
    ids=str,
)
def test_the_course_of_each_edge_equals_a_loop(partial_store, known, given, limits):
    expected = truth(known, **limits)
    rows = ask(partial_store, "development", of="test/growth", **given)
    assert list(rows[0])[8:] == UIDS  # stage10 after stage9
    assert {(r["source"], r["target"]): r["development"] for r in rows} == {p: v[0] for p, v in expected.items()}
    for row in rows:
        _, trend, values = expected[row["source"], row["target"]]
        assert [row[uid] for uid in UIDS] == [v if v is None else pytest.approx(v) for v in values]
        assert row["trend"] == (None if trend is None else pytest.approx(trend))
        assert row["n_stages"] == sum(v is not None for v in values)
        assert row["n_found"] == sum(bool(v) for v in values)
    order = [COURSES.index(r["development"]) for r in rows]
    assert order == sorted(order)
    counts = ask(partial_store, "development-counts", of="test/growth", **given)
    assert [r["development"] for r in counts] == list(COURSES)
    n = Counter(v[0] for v in expected.values())
    for row in counts:
        assert row["n_edges"] == n[row["development"]]
        assert row["share"] == pytest.approx(n[row["development"]] / n.total())
        own = [v[2] for v in expected.values() if v[0] == row["development"]]
        assert [row[uid] for uid in UIDS] == [pytest.approx(sum(v[k] or 0 for v in own)) for k in range(STAGES)]


def test_every_course_occurs_in_the_made_stages(known):
    assert {v[0] for v in truth(known).values()} == set(COURSES)


def test_the_order_of_the_stages_is_the_one_that_is_given(partial_store):
    forth, back = ("test/growth/stage6,test/growth/stage7,test/growth/stage8", None)
    back = ",".join(reversed(forth.split(",")))
    one, other = (
        {(r["source"], r["target"]): r["trend"] for r in ask(partial_store, "development", of=of)}
        for of in (forth, back)
    )
    assert other == {pair: None if trend is None else pytest.approx(-trend) for pair, trend in one.items()}
    assert any(one.values())


def test_only_some_courses_are_listed(partial_store):
    whole = ask(partial_store, "development", of="test/growth")
    some = ask(partial_store, "development", of="test/growth", development="growing,shrinking")
    assert some == [r for r in whole if r["development"] in ("growing", "shrinking")]
    counts = ask(partial_store, "development-counts", of="test/growth", development="growing,shrinking")
    assert [r["development"] for r in counts] == ["growing", "shrinking"]
    assert sum(r["share"] for r in counts) == pytest.approx(1.0)


def by_hand(*values):
    """The course of one edge X -> Y; None where a stage does not hold X and Y, which another edge holds elsewhere."""
    networks = tuple(
        Network(f"s/stage{n}", "s", BODY, "chemical", directed=True, weight_unit="synapses") for n in range(len(values))
    )
    rows = [(f"s/stage{n}", "x", "X", "y", "Y", float(v)) for n, v in enumerate(values) if v]
    rows += [
        (f"s/stage{n}", *ends, 1.0)
        for n, v in enumerate(values)
        if v == 0
        for ends in (("x", "X", "x", "X"), ("y", "Y", "y", "Y"))
    ]
    keys = ("network", "source_uid", "source", "target_uid", "target", "weight")
    edges = pl.DataFrame(rows, schema=dict(zip(keys, [*5 * [pl.String], pl.Float64], strict=True)), orient="row")
    found = courses(side_by_side(edges, networks, pl.DataFrame(schema=COVERED)), DevelopmentCriteria(("s",)))
    return found.row(by_predicate=(pl.col("source") == "X") & (pl.col("target") == "Y"), named=True)


@pytest.mark.parametrize(
    ("values", "course"),
    [
        ((3, 3, 3, 3), "stable"),
        ((5, 3, 4, 6, 2), "stable"),
        ((1, 2, 3, 4), "growing"),
        ((0, 1, 2, 4), "growing"),
        ((0, 0, 2, 1), "appearing"),
        ((0, 0, 0, 2), "growing"),
        ((0, 0, 3, 0, 3, 0), "variable"),
        ((None, 0, 0, 2, 3), "appearing"),
        ((None, None, 2, 3, 1), "stable"),
        ((5, 4, 2, 0), "shrinking"),
        ((4, 0, 4, 0), "variable"),
        ((None, None, 3, 4), "unclassified"),
    ],
)
def test_the_rule_by_hand(values, course):
    row = by_hand(*values)
    assert row["development"] == course
    assert [row[f"s/stage{n}"] for n in range(len(values))] == list(values)
    assert course == judged(values)[0]


@pytest.mark.parametrize(
    ("given", "says", "hint"),
    [
        ({"of": "test/growth/stage1,test/growth/stage2"}, "2 stages are no development", "3 networks"),
        ({"of": "test/alpha,test/beta,test/growth/stage1"}, "different things: sections, synapses", "measure=share"),
        ({"of": "test/growth", "min_before": "0"}, "min_before must be at least 1", "queries"),
        ({"of": "test/growth", "min_trend": "1.5"}, "min_trend must be 0.0 to 1.0", "queries"),
        ({"of": "test/growth", "development": "shaky"}, "development 'shaky' is not known", "stable"),
    ],
)
def test_wrong_stages_are_explained(partial_store, given, says, hint):
    with pytest.raises(UsageError, match=says) as caught:
        ask(partial_store, "development", **given)
    assert hint in caught.value.hint


def test_shares_of_different_units_may_be_followed(partial_store):
    rows = ask(partial_store, "development", of="test/alpha,test/beta,test/growth/stage9", measure="share")
    assert sum(r["test/alpha/chemical"] or 0 for r in rows) == pytest.approx(1.0)
