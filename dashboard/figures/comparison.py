"""Several networks beside each other: which pairs they share, how far they agree."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
import polars as pl
from plotly.subplots import make_subplots

from dashboard.figures.scales import NOT_HELD
from dashboard.figures.style import INK, OKABE_ITO, escaped, styled

MOST_COMBINATIONS = 40
MOST_WRITTEN = 12  # networks whose numbers stand in the cells of a heat map
_PALE = "rgba(134,142,150,0.25)"
_LEAST_AGREEING = 3
_TOP = 80  # the titles of the parts stand below that of the whole
_LONG = 11  # letters of a network's name that need an angle


def short_names(uids: Sequence[str]) -> list[str]:
    """Ids (one or more) without the parts that all begin and end with: celegans/x/stage1/chemical as stage1."""
    parts = [uid.split("/") for uid in uids]
    shortest = min(len(each) for each in parts)
    before = next((n for n in range(shortest) if len({each[n] for each in parts}) > 1), shortest - 1)
    rest = shortest - before - 1
    after = next((n for n in range(rest) if len({each[-1 - n] for each in parts}) > 1), rest)
    return [escaped("/".join(each[before : len(each) - after])) for each in parts]


def upset_figure(frame: pl.DataFrame, title: str) -> go.Figure | None:
    """Bars of the pairs in each combination of networks, over dots that say which networks these are.

    Args:
        frame: n_pairs, n_held and a column of true and false for each network; the most pairs first.
        title: of the figure.
    """
    members = [name for name, dtype in frame.schema.items() if dtype == pl.Boolean]
    shown = frame.head(MOST_COMBINATIONS)
    if shown.height < 2 or len(members) < 2:  # noqa: PLR2004 - one bar says nothing that its number does not
        return None
    figure = make_subplots(rows=2, cols=1, shared_xaxes=True, vertical_spacing=0.03, row_heights=[0.6, 0.4])
    places = list(range(shown.height))
    for name, values, colour in _held_or_not(shown.get_column("n_held"), shown.get_column("n_pairs")):
        bar = go.Bar(x=places, y=values, name=name, marker={"color": colour}, hovertemplate="%{y:,} pairs")
        figure.add_trace(bar, row=1, col=1)
    sizes = [int(frame.filter(pl.col(member)).get_column("n_pairs").sum()) for member in members]
    labels = [f"{name} ({size:,})" for name, size in zip(short_names(members), sizes, strict=True)]
    for trace in _dots(shown.select(members), labels):
        figure.add_trace(trace, row=2, col=1)
    cut = f", the {shown.height} greatest of {frame.height:,}" if shown.height < frame.height else ""
    figure = styled(figure, f"{title}{cut}", height=360 + 26 * len(members))
    figure.update_layout(barmode="stack", legend={"y": 1.06, "x": 1, "xanchor": "right"})
    figure.update_xaxes(showticklabels=False, showgrid=False)
    figure.update_yaxes(title="pairs of cells", row=1, col=1)
    figure.update_yaxes(
        row=2,
        col=1,
        showgrid=False,
        tickvals=list(range(len(labels))),
        ticktext=labels,
        range=[len(labels) - 0.5, -0.5],
    )
    return figure


def _dots(flags: pl.DataFrame, labels: Sequence[str]) -> list[go.Scatter]:
    """A dot for each network of each combination, those of one combination joined, and pale ones for the others."""
    dots: dict[bool, tuple[list[int], list[int]]] = {True: ([], []), False: ([], [])}
    line_x: list[int | None] = []
    line_y: list[int | None] = []
    for place, row in enumerate(flags.iter_rows()):
        for number, flag in enumerate(row):
            dots[flag][0].append(place)
            dots[flag][1].append(number)
        among = [number for number, flag in enumerate(row) if flag]
        line_x += [place, place, None]
        line_y += [among[0], among[-1], None]
    said: dict[str, Any] = {"showlegend": False, "mode": "markers"}
    pale, dark = (
        go.Scatter(
            x=dots[flag][0],
            y=dots[flag][1],
            marker={"color": INK if flag else _PALE, "size": 10},
            text=[labels[number] for number in dots[flag][1]],
            hovertemplate=f"{'in' if flag else 'not in'} %{{text}}<extra></extra>",
            **said,
        )
        for flag in (False, True)
    )
    line = go.Scatter(x=line_x, y=line_y, line={"color": INK, "width": 2}, hoverinfo="skip", showlegend=False)
    line.update(mode="lines")
    return [pale, line, dark]


def agreement_figure(frame: pl.DataFrame, title: str) -> go.Figure | None:
    """Heat maps of Jaccard and rank correlation, network by network; nothing for two networks, which have one number.

    Args:
        frame: a, b, jaccard, rank_correlation; every two networks once.
        title: of the figure.
    """
    members = list(dict.fromkeys([*frame.get_column("a"), *frame.get_column("b")]))
    if len(members) < _LEAST_AGREEING:
        return None
    labels = short_names(members)
    measures = (("jaccard", "Jaccard index", "Viridis", 0.0), ("rank_correlation", "rank correlation", "RdBu_r", -1.0))
    titles = ("Jaccard index: shared of all pairs", "Spearman's rank correlation of weights")
    figure = make_subplots(rows=1, cols=2, shared_yaxes=True, subplot_titles=titles, horizontal_spacing=0.11)
    ticks = {"tickvals": list(range(len(labels))), "ticktext": labels, "showgrid": False}
    for column, (name, said, scale, least) in enumerate(measures, start=1):
        heat = go.Heatmap(
            z=_symmetric(frame.select("a", "b", name), members),
            customdata=[[f"{a} and {b}" for b in labels] for a in labels],
            colorscale=scale,
            zmin=least,
            zmax=1.0,
            colorbar={"x": 0.45 if column == 1 else 1.005, "thickness": 12},
            hovertemplate=f"%{{customdata}}<br>{said}: %{{z:.3f}}<extra></extra>",
            texttemplate="%{z:.2f}" if len(members) <= MOST_WRITTEN else None,
            xgap=1,
            ygap=1,
        )
        figure.add_trace(heat, row=1, col=column)
        figure.update_xaxes(**ticks, tickangle=-90 if max(map(len, labels)) > _LONG else None, row=1, col=column)
        figure.update_yaxes(**ticks, autorange="reversed", row=1, col=column)
    figure = styled(figure, f"{title} (grey: no value)", height=min(1000, 320 + 34 * len(members)))
    return figure.update_layout(margin={"t": _TOP}, plot_bgcolor=NOT_HELD)


def counts_figure(frame: pl.DataFrame, title: str) -> go.Figure | None:
    """Bars of the pairs that exactly n networks have, those apart that some network does not hold.

    Args:
        frame: n_found, n_of, n_pairs, n_held; a row for each n.
        title: of the figure.
    """
    if frame.height < 2:  # noqa: PLR2004 - one bar says nothing that its number does not
        return None
    found = [f"{n} of {of}" for n, of in frame.select("n_found", "n_of").iter_rows()]
    held = frame.get_column("n_held")
    figure = go.Figure()
    for name, values, colour in _held_or_not(held, frame.get_column("n_pairs")):
        figure.add_bar(x=found, y=values, name=name, marker={"color": colour}, hovertemplate="%{y:,} pairs in %{x}")
    figure = styled(figure, title, height=420)
    figure.update_layout(barmode="stack", legend={"y": 1.06, "x": 1, "xanchor": "right"}, margin={"t": _TOP})
    figure.update_xaxes(title="networks with the pair", type="category")
    return figure.update_yaxes(title="pairs of cells")


def _held_or_not(held: pl.Series, pairs: pl.Series) -> Iterator[tuple[str, list[int], str]]:
    yield "all networks hold both cells", held.to_list(), OKABE_ITO[0]
    yield "some network does not hold them", (pairs - held).to_list(), OKABE_ITO[1]


def _symmetric(pairs: pl.DataFrame, members: Sequence[str]) -> np.ndarray:
    """Values of pairs as a matrix, NaN in the diagonal and where there is none."""
    place = {member: number for number, member in enumerate(members)}
    found = np.full((len(members), len(members)), np.nan)
    for a, b, value in pairs.iter_rows():
        if value is not None:
            found[place[a], place[b]] = found[place[b], place[a]] = value
    return found
