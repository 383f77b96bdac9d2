"""Shares of pairs that have a route: how far each lies from the base rate, and from what chance gives."""

from __future__ import annotations

import plotly.graph_objects as go
import polars as pl
from plotly.subplots import make_subplots

from dashboard.figures.style import INK, OKABE_ITO, escaped, styled

_ROW_PX = 17


def routes_figure(frame: pl.DataFrame, title: str) -> go.Figure:
    """A panel per measure of function: share over base rate of each route, the baseline's central 95 % behind it.

    Args:
        frame: function, structure, routes, pairs, chosen, chosen_with_route, base_rate, rate, ratio, baseline_low,
            baseline_high.
        title: of the figure.
    """
    functions = frame.get_column("function").unique(maintain_order=True).to_list()
    figure = make_subplots(cols=len(functions), shared_yaxes=True, subplot_titles=[escaped(f) for f in functions])
    for column, name in enumerate(functions, start=1):
        part = frame.filter(pl.col("function") == name, pl.col("ratio").is_not_null())
        labels = [escaped(f"{_short(s)} {r}") for s, r in part.select("structure", "routes").iter_rows()]
        for trace in (_baseline(part, labels), _observed(part, labels)):
            figure.add_trace(trace.update(showlegend=column == 1), row=1, col=column)
        figure.add_vline(x=1, line={"color": INK, "width": 1, "dash": "dot"}, row=1, col=column)
        figure.update_xaxes(title="share / base rate", row=1, col=column)
    figure.update_yaxes(autorange="reversed")
    rows = frame.select("structure", "routes").n_unique()
    return styled(figure, escaped(title), height=200 + _ROW_PX * rows)


def _baseline(part: pl.DataFrame, labels: list[str]) -> go.Bar:
    low, high = (part.get_column(f"baseline_{end}") / part.get_column("base_rate") for end in ("low", "high"))
    return go.Bar(
        x=(high - low).to_list(),
        base=low.to_list(),
        y=labels,
        orientation="h",
        name="baseline, central 95 %",
        marker={"color": "rgba(134,142,150,0.35)"},
        hovertemplate="%{y}: %{base:.2f} and longer by %{x:.2f}<extra></extra>",
    )


def _observed(part: pl.DataFrame, labels: list[str]) -> go.Scatter:
    return go.Scatter(
        x=part.get_column("ratio").to_list(),
        y=labels,
        mode="markers",
        name="measured",
        marker={"color": OKABE_ITO[5], "size": 8},
        customdata=part.select("chosen_with_route", "chosen", "rate", "base_rate", "pairs").to_numpy(),
        hovertemplate="%{y}: %{x:.2f}<br>%{customdata[0]} of %{customdata[1]} (%{customdata[2]:.1%})"
        "<br>base rate %{customdata[3]:.1%} of %{customdata[4]}<extra></extra>",
    )


def _short(structure: str) -> str:
    return structure.partition("/")[2] or structure
