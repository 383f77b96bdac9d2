"""Heat maps of adjacency and functional connectivity."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
import polars as pl

from dashboard.figures.scales import NO_EDGE, shaded, weight_bar, weight_scale
from dashboard.figures.style import escaped, styled

MOST_LABELS = 40


def dense(frame: pl.DataFrame, names: Sequence[str], *, symmetric: bool) -> np.ndarray:
    """Matrix [source, target] of the edges among the names; NaN where there is no edge."""
    index = {name: number for number, name in enumerate(names)}
    found = np.full((len(names), len(names)), np.nan, dtype=np.float32)
    for source, target, weight in frame.select("source", "target", "weight").iter_rows():
        if source in index and target in index:
            found[index[source], index[target]] = weight
            if symmetric:
                found[index[target], index[source]] = weight
    return found


def adjacency_figure(frame: pl.DataFrame, names: Sequence[str], title: str, *, symmetric: bool = False) -> go.Figure:
    """Weights as log(1 + w), rows are sources; white where there is no edge."""
    values = dense(frame, names, symmetric=symmetric)
    figure = _heatmap(shaded(values), names, title, values, weight_scale(values, with_zero=False), None)
    figure.update_traces(colorbar=weight_bar(values, "weight"), showscale=True)
    return figure.update_layout(plot_bgcolor=NO_EDGE)


def correlation_figure(values: np.ndarray, names: Sequence[str], title: str) -> go.Figure:
    """Signed values, symmetric about 0."""
    top = float(np.nanmax(np.abs(values - np.diag(np.diag(values))))) if values.size > 1 else 1.0
    return _heatmap(values, names, title, values, "RdBu_r", top or 1.0)


def community_figure(
    frame: pl.DataFrame, members: Sequence[tuple[str, str]], title: str, *, symmetric: bool
) -> go.Figure:
    """Adjacency with nodes ordered by community, a square drawn about each community.

    Args:
        frame: source, target, weight.
        members: (community, node), in the order of communities.
        title: of the figure.
        symmetric: whether an edge stands for both directions.
    """
    figure = adjacency_figure(frame, [node for _, node in members], title, symmetric=symmetric)
    start = 0
    communities = [community for community, _ in members]
    while start < len(communities):
        stop = start + communities[start:].count(communities[start])
        square = {"x0": start - 0.5, "x1": stop - 0.5, "y0": start - 0.5, "y1": stop - 0.5}
        figure.add_shape(type="rect", line={"color": "#D55E00", "width": 2}, **square)
        start = stop
    return figure


def _heatmap(
    shade: np.ndarray, names: Sequence[str], title: str, values: np.ndarray, scale: Any, limit: float | None
) -> go.Figure:
    labels = [escaped(name) for name in names]
    figure = go.Figure(
        go.Heatmap(
            z=shade,
            customdata=values,
            colorscale=scale,
            zmin=None if limit is None else -limit,
            zmax=limit,
            hovertemplate="%{y} → %{x}: %{customdata:.4g}<extra></extra>",
            showscale=limit is not None,
        )
    )
    ticks = (
        {"tickvals": list(range(len(labels))), "ticktext": labels}
        if len(labels) <= MOST_LABELS
        else {"showticklabels": False}
    )
    figure.update_xaxes(**ticks, title="post (target)", constrain="domain", showgrid=False)
    figure.update_yaxes(
        **ticks, title="pre (source)", autorange="reversed", scaleanchor="x", constrain="domain", showgrid=False
    )
    return styled(figure, title, height=560)
