"""Figures show what they are given, and names stay text."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from dashboard.figures import courses, matrices, network, routes
from dashboard.figures.style import escaped

EDGES = pl.DataFrame({"source": ["a", "b"], "target": ["b", "c"], "weight": [3.0, 1.0]})


def test_an_absent_edge_is_no_zero():
    found = matrices.dense(EDGES, ["a", "b", "c"], symmetric=False)
    assert found[0, 1] == 3.0
    assert np.isnan(found[1, 0])
    assert matrices.dense(EDGES, ["a", "b", "c"], symmetric=True)[1, 0] == 3.0


def test_a_square_stands_about_each_community():
    figure = matrices.community_figure(EDGES, [("1", "a"), ("1", "b"), ("2", "c")], "t", symmetric=True)
    assert [(s.x0, s.x1) for s in figure.layout.shapes] == [(-0.5, 1.5), (1.5, 2.5)]


def test_a_correlation_is_shaded_about_zero():
    figure = matrices.correlation_figure(np.array([[1.0, -0.4], [-0.4, 1.0]]), ["a", "b"], "t")
    assert (figure.data[0].zmin, figure.data[0].zmax) == (-0.4, 0.4)


def test_markup_in_names_is_written_out():
    figure = matrices.adjacency_figure(EDGES, ["<b>a", "b", "c"], "t")
    assert figure.layout.xaxis.ticktext[0] == "&lt;b&gt;a"
    assert escaped("a & <i>") == "a &amp; &lt;i&gt;"


def test_long_traces_are_thinned_and_say_so():
    frame = pl.DataFrame({"time_s": np.arange(10_000.0), "value": np.zeros(10_000)})
    about = {"uid": "a/b/c", "signal": "F", "unit": "1", "simulated": True}
    figure = courses.trace_figure(frame, about, "AVAL")
    assert len(figure.data[0].x) <= 5_000
    assert "every 2th sample" in figure.layout.title.text
    assert "(simulated)" in figure.layout.title.text


def test_the_graph_holds_the_strongest_partners_once():
    row = {"kind": "neuron", "direction": "out"}
    rows = [{**row, "partner": f"p{n % 50}", "weight": 100.0 - n} for n in range(60)]
    found = network.elements("me", rows)
    nodes = [e for e in found if "position" in e]
    assert len(nodes) == network.MOST + 1
    assert {e["data"]["target"] for e in found if "source" in e["data"]} <= {n["data"]["id"] for n in nodes}


def test_shares_stand_beside_what_chance_gives_a_panel_for_each_measure():
    rows = {
        "function": ["wt", "wt", "unc31"],
        "structure": ["celegans/cook2019"] * 3,
        "routes": ["chemical", "never", "chemical"],
        "pairs": [100] * 3,
        "chosen": [10] * 3,
        "chosen_with_route": [4, 0, 1],
        "base_rate": [0.2, 0.0, 0.2],
        "rate": [0.4, 0.0, 0.1],
        "ratio": [2.0, None, 0.5],
        "baseline_low": [0.1, 0.0, 0.1],
        "baseline_high": [0.3, 0.0, 0.3],
    }
    figure = routes.routes_figure(pl.DataFrame(rows), "a < b")
    chance, found, _, other = figure.data
    assert (list(found.x), list(found.y)) == ([2.0], ["cook2019 chemical"])  # a share of nothing has no place
    assert (chance.base[0], chance.base[0] + chance.x[0]) == pytest.approx((0.5, 1.5))
    assert list(other.x) == [0.5]
    assert [a.text for a in figure.layout.annotations] == ["wt", "unc31"]
    assert figure.layout.title.text == "a &lt; b"
