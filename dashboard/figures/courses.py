"""Traces, temporal components and loadings. SVG only: WebGL needs a laxer content policy."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go
import polars as pl

from dashboard.figures.style import escaped, styled

MOST_POINTS = 4_000


def trace_figure(frame: pl.DataFrame, about: dict[str, Any], name: str) -> go.Figure:
    """One trace over time; gaps stay gaps. Long traces are thinned evenly and say so."""
    step = max(1, frame.height // MOST_POINTS)
    part = frame.gather_every(step)
    line = go.Scatter(x=part["time_s"].to_numpy(), y=part["value"].to_numpy(), mode="lines", line={"width": 1.2})
    thinned = f", every {step}th sample" if step > 1 else ""
    mark = " (simulated)" if about["simulated"] else ""
    figure = styled(go.Figure(line), escaped(f"{name} in {about['uid']}{mark}{thinned}"), height=280)
    figure.update_xaxes(title="time (s)")
    figure.update_yaxes(title=escaped(f"{about['signal']} ({about['unit']})"))
    return figure


def component_figure(components: pl.DataFrame) -> go.Figure:
    """Temporal course of every component, the strongest first."""
    figure = go.Figure()
    for row in components.sort("component").iter_rows(named=True):
        name = f"{row['component']} ({row['share']:.0%}){'' if row['selected'] else ', not used'}"
        figure.add_scatter(x=row["time_s"], y=row["course"], mode="lines", name=name, line={"width": 1.2})
    figure = styled(figure, "Components over time (share of the explained norm)", height=340)
    figure.update_xaxes(title="time (s)")
    return figure


def loading_figure(components: pl.DataFrame) -> go.Figure:
    """Weight of every component in each recording."""
    figure = go.Figure()
    for row in components.sort("component").iter_rows(named=True):
        names = [escaped(r.rsplit("/", 1)[-1]) for r in row["recordings"]]
        figure.add_bar(x=names, y=row["loadings"], name=str(row["component"]))
    figure.update_layout(barmode="group")
    return styled(figure, "Loading of each component in each recording", height=300)


def contingency_figure(frame: pl.DataFrame, this: str, other: str) -> go.Figure:
    """Shared nodes of two runs' communities."""
    wide = frame.pivot("other", index="this", values="nodes").fill_null(0)
    columns = [c for c in wide.columns if c != "this"]
    values = wide.select(columns).to_numpy()
    heat = go.Heatmap(z=values, x=[escaped(c) for c in columns], y=[escaped(c) for c in wide["this"]], text=values)
    heat.update(texttemplate="%{text}", colorscale="Cividis", showscale=False)
    figure = styled(go.Figure(heat), "Nodes shared by the communities of both runs", height=300)
    figure.update_xaxes(title=escaped(other))
    figure.update_yaxes(title=escaped(this))
    return figure
