"""Pictures of comparisons: an UpSet, heat maps of agreement, edges by stage; chosen by the columns of the answer."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from dashboard.figures import comparison, development, scales
from dashboard.figures.adjacency import About
from dashboard.figures.answers import answer_figure

STAGES = ["lab/x/stage1/chemical", "lab/x/stage2/chemical"]
COMBINATIONS = pl.DataFrame(
    {
        "n_pairs": [7, 5, 2],
        "n_held": [7, 1, 0],
        "n_found": [2, 1, 1],
        "n_of": [2, 2, 2],
        STAGES[0]: [True, True, False],
        STAGES[1]: [True, False, True],
    }
)
AGREEMENTS = pl.DataFrame(
    {
        "a": ["lab/x", "lab/x", "lab/y"],
        "b": ["lab/y", "lab/<i>z", "lab/<i>z"],
        "jaccard": [0.5, 0.25, None],
        "rank_correlation": [-0.5, None, 1.0],
    },
)
COURSES = pl.DataFrame(
    {
        "source": ["A", "B", "C"],
        "target": ["B", "C", "<b>"],
        "development": ["stable", "variable", "variable"],
        "trend": [0.1, None, -0.2],
        "n_found": [2, 1, 1],
        "n_stages": [2, 1, 2],
        "source_uid": ["a", "b", "c"],
        "target_uid": ["b", "c", "d"],
        STAGES[0]: [2.0, None, 0.0],
        STAGES[1]: [3.0, 1.0, 4.0],
    }
)


@pytest.mark.parametrize(
    ("uids", "names"),
    [
        (["lab/x/stage1/chemical", "lab/x/stage10/chemical"], ["stage1", "stage10"]),
        (["lab/x/chemical", "lab/y/a/chemical"], ["x", "y/a"]),
        (["lab/x", "lab/y"], ["x", "y"]),
        (["lab/x/a", "lab/x/a/b"], ["a", "a/b"]),
        (["only"], ["only"]),
        (["a/x", "b/x<"], ["a/x", "b/x&lt;"]),
    ],
)
def test_names_lose_what_they_share_and_stay_different(uids, names):
    assert comparison.short_names(uids) == names


def test_an_upset_has_a_bar_and_its_dots_for_each_combination():
    figure = answer_figure(COMBINATIONS, "t")
    held, others, pale, line, dark = figure.data
    assert (list(held.y), list(others.y)) == ([7, 1, 0], [0, 4, 2])
    assert list(zip(dark.x, dark.y, strict=True)) == [(0, 0), (0, 1), (1, 0), (2, 1)]
    assert list(zip(pale.x, pale.y, strict=True)) == [(1, 1), (2, 0)]
    assert list(line.y) == [0, 1, None, 0, 0, None, 1, 1, None]
    assert list(figure.layout.yaxis2.ticktext) == ["stage1 (12)", "stage2 (9)"]
    assert figure.layout.barmode == "stack"


def test_an_upset_of_many_combinations_shows_the_greatest_and_counts_all():
    n = comparison.MOST_COMBINATIONS + 5
    flags = {f"x/{bit}": [bool((k + 1) >> bit & 1) for k in range(n)] for bit in range(6)}
    frame = pl.DataFrame({"n_pairs": range(n, 0, -1), "n_held": [0] * n, "n_found": [1] * n, "n_of": [6] * n, **flags})
    figure = answer_figure(frame, "t")
    assert len(figure.data[0].x) == comparison.MOST_COMBINATIONS
    assert "the 40 greatest of 45" in figure.layout.title.text
    whole = frame.filter(pl.col("x/0"))["n_pairs"].sum()
    assert figure.layout.yaxis2.ticktext[0] == f"0 ({whole})"


def test_agreement_is_two_symmetric_heat_maps_on_fixed_scales():
    figure = answer_figure(AGREEMENTS, "t")
    jaccard, ranks = figure.data
    assert np.array_equal(
        jaccard.z, [[np.nan, 0.5, 0.25], [0.5, np.nan, np.nan], [0.25, np.nan, np.nan]], equal_nan=True
    )
    assert np.array_equal(ranks.z, [[np.nan, -0.5, np.nan], [-0.5, np.nan, 1], [np.nan, 1, np.nan]], equal_nan=True)
    assert [(heat.zmin, heat.zmax) for heat in (jaccard, ranks)] == [(0, 1), (-1, 1)]
    assert list(figure.layout.xaxis.ticktext) == ["x", "y", "&lt;i&gt;z"]
    assert jaccard.customdata[0][2] == "x and &lt;i&gt;z"


def test_edges_by_stage_stand_in_a_part_for_each_course():
    figure = answer_figure(COURSES, "t")
    stable, variable = figure.data
    assert list(stable.x) == ["stage1", "stage2"]
    assert np.allclose(stable.z, np.log1p([[2, 3]]))
    # Not held has no value, absent is 0, which is white, and the least weight is not.
    assert np.allclose(variable.z, np.log1p([[np.nan, 1], [0, 4]]), equal_nan=True)
    assert list(figure.layout.yaxis2.ticktext) == ["B → C", "C → &lt;b&gt;"]
    assert [note.text for note in figure.layout.annotations] == ["stable: 1 of 1", "variable: 2 of 2"]
    scale = figure.layout.coloraxis.colorscale
    assert [colour for _, colour in scale[:3]] == [scales.NO_EDGE, scales.NO_EDGE, scales.SEQUENTIAL[0]]
    assert scale[2][0] == pytest.approx(np.log1p(1) / np.log1p(4), rel=1e-5)
    assert figure.layout.plot_bgcolor == scales.NOT_HELD


def test_the_bar_of_stages_says_their_unit_where_they_share_one():
    shared, mixed = (About(dict(zip(STAGES, units, strict=True))) for units in (["synapses"] * 2, ["synapses", "x"]))
    assert answer_figure(COURSES, "t", shared).layout.coloraxis.colorbar.title.text == "synapses"
    assert answer_figure(COURSES, "t", mixed).layout.coloraxis.colorbar.title.text == "weight"
    shares = COURSES.with_columns(pl.col(STAGES) / 10)
    assert answer_figure(shares, "t", shared).layout.coloraxis.colorbar.title.text == "share of the stage"


def test_counts_of_courses_are_bars_and_their_weight_at_each_stage():
    frame = pl.DataFrame(
        {
            "development": ["stable", "growing", "shrinking"],
            "n_edges": [3, 5, 0],
            "share": [0.375, 0.625, 0.0],
            STAGES[0]: [4.0, 2.0, 0.0],
            STAGES[1]: [4.0, 9.0, 0.0],
        }
    )
    figure = answer_figure(frame, "t", About(dict.fromkeys(STAGES, "synapses")))
    edges, weights = figure.data[0::2], figure.data[1::2]
    assert [(bar.x[0], bar.y[0]) for bar in edges] == [("stable", 3), ("growing", 5)]
    assert [list(bar.y) for bar in weights] == [[4, 4], [2, 9]]
    assert figure.layout.yaxis2.title.text == "synapses"


def test_in_how_many_networks_pairs_are_is_a_bar_for_each_number():
    frame = pl.DataFrame({"n_found": [2, 1], "n_of": [2, 2], "n_pairs": [7, 5], "n_held": [7, 1]})
    held, others = answer_figure(frame, "t").data
    assert (list(held.x), list(held.y), list(others.y)) == (["2 of 2", "1 of 2"], [7, 1], [0, 4])
    assert answer_figure(frame.head(1), "t") is None


def test_of_many_edges_the_first_of_each_course_are_shown():
    many = pl.concat([COURSES.filter(pl.col("development") == "stable")] * 50)
    figure = answer_figure(pl.concat([many, COURSES.filter(pl.col("development") == "variable")]), "t")
    assert [len(part.y) for part in figure.data] == [development.MOST_OF_A_COURSE, 2]
    assert figure.layout.annotations[0].text == "stable: 20 of 50"


@pytest.mark.parametrize(
    "frame",
    [COMBINATIONS.head(1), COMBINATIONS.head(0), AGREEMENTS.head(1), AGREEMENTS.head(0), COURSES.head(0)],
    ids=["one combination", "no combination", "two networks", "no networks", "no edge"],
)
def test_what_one_number_says_has_no_picture(frame):
    assert answer_figure(frame, "t") is None
