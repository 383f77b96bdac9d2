"""Pictures of comparisons: an UpSet, heat maps of agreement, edges by stage; chosen by the columns of the answer."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from dashboard.figures import comparison
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
    # Not held has no colour, absent has the one of 0.
    assert np.allclose(variable.z, np.log1p([[np.nan, 1], [0, 4]]), equal_nan=True)
    assert list(figure.layout.yaxis2.ticktext) == ["B → C", "C → &lt;b&gt;"]
    assert [note.text for note in figure.layout.annotations] == ["stable: 1 of 1", "variable: 2 of 2"]


def test_of_many_edges_the_first_of_each_course_are_shown():
    many = pl.concat([COURSES.filter(pl.col("development") == "stable")] * 50)
    figure = answer_figure(pl.concat([many, COURSES.filter(pl.col("development") == "variable")]), "t")
    assert [len(part.y) for part in figure.data] == [comparison.MOST_OF_A_COURSE, 2]
    assert figure.layout.annotations[0].text == "stable: 20 of 50"


@pytest.mark.parametrize(
    "frame",
    [COMBINATIONS.head(1), COMBINATIONS.head(0), AGREEMENTS.head(1), AGREEMENTS.head(0), COURSES.head(0)],
    ids=["one combination", "no combination", "two networks", "no networks", "no edge"],
)
def test_what_one_number_says_has_no_picture(frame):
    assert answer_figure(frame, "t") is None
