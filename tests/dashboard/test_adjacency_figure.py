"""The matrix of a list of cells: a panel for each network, cells by type, weights in the network's unit."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest

from dashboard.figures import scales
from dashboard.figures.adjacency import MOST_PANELS, About
from dashboard.figures.answers import answer_figure
from dashboard.pages import questions
from dashboard.services.networks import about
from graphdb.connect import open_store

EDGES = pl.DataFrame(
    {
        "source": ["VA10", "ASEL", "ASEL", "VA2"],
        "target": ["VA2", "AIYL", "AIYL", "<b>"],
        "weight": [3.0, 7.0, 1.0, 2.0],
        "n_edges": [1, 1, 1, 1],
        "network": ["lab/x/chemical", "lab/x/chemical", "lab/y/chemical", "lab/y/chemical"],
        "source_uid": ["s/VA10", "s/ASEL", "s/ASEL", "s/VA2"],
        "target_uid": ["s/VA2", "s/AIYL", "s/AIYL", "s/b"],
    }
)
ABOUT = About(
    {"lab/x/chemical": "EM sections", "lab/y/chemical": "synapses"},
    {"VA2": "motor", "VA10": "motor", "ASEL": "sensory", "AIYL": "inter"},
)


def at(figure, network, source, target):
    names = list(figure.layout.yaxis.ticktext)
    return figure.data[network].customdata[names.index(source)][names.index(target)]


def test_networks_stand_apart_and_weights_are_not_added_over_them():
    figure = answer_figure(EDGES, "t", ABOUT)
    assert [at(figure, n, "ASEL", "AIYL") for n in (0, 1)] == [7.0, 1.0]
    assert np.isnan(at(figure, 1, "VA10", "VA2"))
    assert [panel.colorbar.title.text for panel in figure.data] == ["EM sections", "synapses"]
    assert "lab/x/chemical: 2 connections" in [note.text for note in figure.layout.annotations]


def test_cells_stand_by_type_and_numbers_in_their_order():
    figure = answer_figure(EDGES, "t", ABOUT)
    assert list(figure.layout.xaxis.ticktext) == ["ASEL", "AIYL", "VA2", "VA10", "&lt;b&gt;"]
    assert {"sensory", "inter", "motor", "other"} <= {note.text for note in figure.layout.annotations}
    assert figure.layout.title.text == "5 cells or classes, by type"


def test_networks_of_one_unit_share_a_scale():
    same = About(dict.fromkeys(ABOUT.units, "synapses"))
    tops = [(panel.zmin, panel.zmax) for panel in answer_figure(EDGES, "t", same).data]
    assert tops == [pytest.approx((np.log1p(1), np.log1p(7)))] * 2
    assert [panel.zmax for panel in answer_figure(EDGES, "t", ABOUT).data] == pytest.approx([np.log1p(7), np.log1p(2)])


def test_the_matrix_form_has_the_same_picture():
    wide = pl.DataFrame(
        {
            "network": ["lab/x/chemical"] * 2,
            "edge": ["chemical"] * 2,
            "source": ["s/one/ASEL", "s/one/AIYL"],
            "s/one/ASEL": [0.0, 2.0],
            "s/one/AIYL": [7.0, 0.0],
        }
    )
    figure = answer_figure(wide, "t", ABOUT)
    assert list(figure.layout.xaxis.ticktext) == ["ASEL", "AIYL"]
    assert (at(figure, 0, "ASEL", "AIYL"), at(figure, 0, "AIYL", "ASEL")) == (7.0, 2.0)
    assert np.isnan(at(figure, 0, "ASEL", "ASEL"))
    both = wide.with_columns(source=pl.Series(["s/one/ASEL", "s/two/ASEL"]))
    labels = list(answer_figure(both, "t", ABOUT).layout.xaxis.ticktext)
    assert {"one/ASEL", "two/ASEL"} <= set(labels)


def test_of_many_networks_the_first_are_shown_and_said():
    many = pl.concat([EDGES.head(2).with_columns(network=pl.lit(f"lab/x{n}")) for n in range(MOST_PANELS + 2)])
    figure = answer_figure(many, "t", ABOUT)
    assert len(figure.data) == MOST_PANELS
    assert "the first 6 of 8 networks" in figure.layout.title.text


def test_without_an_edge_there_is_no_picture():
    assert answer_figure(EDGES.with_columns(weight=pl.lit(0.0)), "t", ABOUT) is None
    assert answer_figure(EDGES.clear(), "t", ABOUT) is None


@pytest.mark.parametrize("values", [[1.0, 70.0], [0.01, 0.5], [5.0, 5.0], [np.nan, 3.0], [np.nan, np.nan]])
def test_ticks_of_a_bar_are_weights_from_the_least_to_the_greatest(values):
    bar = scales.weight_bar(np.array(values), "synapses")
    shown = [float(tick) for tick in bar["ticktext"]]
    known = [v for v in values if np.isfinite(v)] or [0.0, 1.0]
    assert (shown[0], shown[-1]) == (min(known), max(known))
    assert shown == sorted(set(shown))
    assert len(shown) <= 9


def test_units_and_types_come_from_the_graph(app, demo_workspace):
    frame = EDGES.with_columns(network=pl.lit("celegans/cook2019/chemical"))
    with open_store(None, demo_workspace.root) as store:
        found = about(store, frame)
    assert found.unit("celegans/cook2019/chemical") == "EM sections"
    assert (found.type("ASEL"), found.type("VA10")) == ("sensory", "motor")
    with app.server.app_context():
        page = questions.layout(ask="adjacency", names="AVA,AVB,DA", by="class", dataset="celegans/cook2019")
    text = json.dumps(page.to_plotly_json(), default=lambda part: part.to_plotly_json())
    assert "EM sections" in text
    assert "cells or classes, by type" in text
