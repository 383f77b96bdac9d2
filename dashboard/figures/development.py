"""How edges develop over stages: the weight of each at every stage, and what the courses add up to."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
import polars as pl
from plotly.subplots import make_subplots

from dashboard.figures.adjacency import About
from dashboard.figures.comparison import short_names
from dashboard.figures.scales import NOT_HELD, shaded, weight_bar, weight_scale
from dashboard.figures.style import OKABE_ITO, escaped, styled

MOST_OF_A_COURSE = 20
_TOP = 80  # the titles of the parts stand below that of the whole
_WHOLE = 1.0  # a share is less than this; a weight that counts is not


def development_figure(frame: pl.DataFrame, stages: Sequence[str], title: str, about: About) -> go.Figure | None:
    """The first edges of each course, a row for each edge and a column for each stage.

    Args:
        frame: source, target, development and a column of weights for each stage, the edges of a course together; null
            is a stage that does not hold both cells, and has no colour.
        stages: names of those columns, in order.
        title: of the figure.
        about: units of the stages' weights.
    """
    shown = frame.filter(pl.int_range(pl.len()).over("development") < MOST_OF_A_COURSE)
    if shown.is_empty() or len(stages) < 2:  # noqa: PLR2004 - one stage is no course
        return None
    courses = list(dict.fromkeys(shown.get_column("development")))
    parts = [shown.filter(pl.col("development") == course) for course in courses]
    height = 160 + 50 * len(parts) + 14 * shown.height
    figure = make_subplots(
        rows=len(parts),
        cols=1,
        shared_xaxes=True,
        vertical_spacing=40 / height,  # room for the title of a part
        row_heights=[part.height + 1.0 for part in parts],
        subplot_titles=[
            f"{escaped(course)}: {part.height} of {frame.filter(pl.col('development') == course).height:,}"
            for course, part in zip(courses, parts, strict=True)
        ],
    )
    for row, part in enumerate(parts, start=1):
        _add_course(figure, part, stages, row)
    figure = styled(figure, title, height=height)
    whole = shown.select(stages).to_numpy().astype(float)
    bar = weight_bar(whole, _measure(whole, stages, about), len=min(1.0, 320 / height), y=1, yanchor="top")
    figure.update_layout(
        coloraxis={"colorscale": weight_scale(whole, with_zero=bool((whole == 0).any())), "colorbar": bar, "cmin": 0},
        margin={"t": _TOP},
        plot_bgcolor=NOT_HELD,
    )
    figure.update_xaxes(title="white: no edge; grey: the stage does not hold both cells", row=len(parts), col=1)
    return figure


def _add_course(figure: go.Figure, part: pl.DataFrame, stages: Sequence[str], row: int) -> None:
    values = part.select(stages).to_numpy().astype(float)
    names = [f"{escaped(a)} → {escaped(b)}" for a, b in part.select("source", "target").iter_rows()]
    heat = go.Heatmap(
        z=shaded(values),
        x=short_names(stages),
        y=list(range(part.height)),
        customdata=values,
        text=[[name] * len(stages) for name in names],
        coloraxis="coloraxis",
        xgap=1,
        ygap=1,
        hovertemplate="%{text} at %{x}: %{customdata:.4g}<extra></extra>",
    )
    figure.add_trace(heat, row=row, col=1)
    figure.update_xaxes(showgrid=False, row=row, col=1)
    figure.update_yaxes(
        tickvals=list(range(part.height)),
        ticktext=names,
        tickfont={"size": 10},
        autorange="reversed",
        showgrid=False,
        row=row,
        col=1,
    )


def development_counts_figure(frame: pl.DataFrame, stages: Sequence[str], title: str, about: About) -> go.Figure | None:
    """How many edges take each course, and what they weigh together at each stage.

    Args:
        frame: development, n_edges, and a column for each stage: the weight of the edges there.
        stages: names of those columns, in order.
        title: of the figure.
        about: units of the stages' weights.
    """
    shown = frame.filter(pl.col("n_edges") > 0)
    if shown.height < 2 or len(stages) < 2:  # noqa: PLR2004 - one bar says nothing that its number does not
        return None
    figure = make_subplots(rows=1, cols=2, subplot_titles=["edges of each course", "their weight at each stage"])
    names = short_names(stages)
    for number, row in enumerate(shown.iter_rows(named=True)):
        course, colour = escaped(row["development"]), OKABE_ITO[number % len(OKABE_ITO)]
        said = {"name": course, "legendgroup": course, "marker": {"color": colour}}
        bar = go.Bar(x=[course], y=[row["n_edges"]], showlegend=False, hovertemplate="%{y:,} edges", **said)
        figure.add_trace(bar.update(text=[f"{row['n_edges']:,}"]), row=1, col=1)
        weights = [row[stage] for stage in stages]
        figure.add_trace(
            go.Bar(x=names, y=weights, hovertemplate=f"%{{y:,.4g}} {course} at %{{x}}", **said), row=1, col=2
        )
    figure = styled(figure, title, height=460)
    figure.update_layout(barmode="stack", margin={"t": _TOP})
    figure.update_yaxes(title="edges", row=1, col=1)
    weight = shown.select(stages).to_numpy().astype(float)
    figure.update_yaxes(title=escaped(_measure(weight, stages, about)), row=1, col=2)
    return figure


def _measure(values: np.ndarray, stages: Sequence[str], about: About) -> str:
    """What the values are: the unit that all stages share, or shares of a stage's whole weight."""
    if values.size and float(np.nanmax(values)) < _WHOLE:
        return "share of the stage"
    units = {about.units[stage] for stage in stages if stage in about.units}
    return units.pop() if len(units) == 1 else "weight"
