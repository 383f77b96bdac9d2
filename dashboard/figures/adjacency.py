"""The connections among a list of cells as a matrix for each network: cells by type, weights in the network's unit."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby

import numpy as np
import plotly.graph_objects as go
import polars as pl
from plotly.subplots import make_subplots

from dashboard.figures.scales import NO_EDGE, shaded, weight_bar, weight_scale
from dashboard.figures.style import INK, escaped, styled

MOST_PANELS = 6
MOST_NAMED = 130  # cells whose names can be read along an axis
_SIDE_BY_SIDE = 40
_TYPES = ("sensory", "inter", "motor", "pharyngeal")
_OTHER = "other"
_LEAST_BLOCK = 0.07  # share of the axis that the name of a type needs
_PLOT_WIDTH = 1100
_AROUND = 190  # what stands beside a panel: names, axis, colour bar
_LARGEST = 32.0  # pixels of a cell, which is square
_SHORT = 12


@dataclass(frozen=True)
class About:
    """What the graph says of networks and cells: unit of a network by its uid, type of a cell or class by its name."""

    units: dict[str, str] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)

    def unit(self, network: str) -> str:
        return self.units.get(network, "weight")

    def type(self, cell: str) -> str:
        """Type of a cell or class; by the name in its uid, where it is called by that."""
        return self.types.get(cell) or self.types.get(cell.rpartition("/")[2]) or _OTHER


@dataclass(frozen=True)
class _Axis:
    """Names along an axis and where the blocks of a type begin and end."""

    names: list[str]
    labels: list[str]
    blocks: list[tuple[str, int, int]]


def networks_figure(frame: pl.DataFrame, about: About) -> go.Figure | None:
    """A panel for each network, all with the same cells; weights are never added over networks.

    Args:
        frame: network, source, target, weight; a row for each connection.
        about: units of the networks and types of the cells.
    """
    edges = frame.drop_nulls(["source", "target", "weight"]).filter(pl.col("weight") > 0)
    networks = list(dict.fromkeys(edges.get_column("network")))
    sources, targets = (set(edges.get_column(end)) for end in ("source", "target"))
    if sources & targets:
        sources = targets = sources | targets
    if not networks or len(sources | targets) < 2:  # noqa: PLR2004 - one cell is no matrix
        return None
    rows, columns = (_axis(names, about) for names in (sources, targets))
    shown = networks[:MOST_PANELS]
    across = _across(len(shown), rows, columns)
    down = -(-len(shown) // across)
    size = min(_LARGEST, (_PLOT_WIDTH / across - _AROUND) / len(columns.names))
    each = int(150 + max(size * len(rows.names), 160))
    height = 70 + down * each
    figure = make_subplots(
        rows=down,
        cols=across,
        subplot_titles=[_panel_title(network, edges) for network in shown],
        horizontal_spacing=0.16,
        vertical_spacing=130 / height if down > 1 else 0,
    )
    found = {network: _values(edges.filter(pl.col("network") == network), rows, columns) for network in shown}
    for number, (network, values) in enumerate(found.items()):
        unit = about.unit(network)
        of_unit = np.stack([each for other, each in found.items() if about.unit(other) == unit])
        place = number // across + 1, number % across + 1
        _add_panel(figure, values, of_unit, unit, (rows, columns), place)
    n = len(set(rows.names) | set(columns.names))
    more = f", the first {len(shown)} of {len(networks)} networks" if len(networks) > len(shown) else ""
    by = ", by type" if len(rows.blocks) > 1 or len(columns.blocks) > 1 else ""
    figure = styled(figure, f"{n} cells or classes{by}{more}", height=height)
    figure.update_layout(plot_bgcolor=NO_EDGE, margin={"t": 90, "r": 90})
    wide = across * (max(size * len(columns.names), 330) + _AROUND)
    if wide < _PLOT_WIDTH:
        figure.update_layout(width=wide)
    for note in figure.layout.annotations[: len(shown)]:
        note.update(yshift=18, font={"size": 12})
    return figure


def _panel_title(network: str, edges: pl.DataFrame) -> str:
    n = edges.filter(pl.col("network") == network).height
    return f"{escaped(network)}: {n:,} connections"


def _across(panels: int, rows: _Axis, columns: _Axis) -> int:
    """Two panels beside each other where their cells are few and their names short."""
    longest = max(map(len, (*rows.labels, *columns.labels)))
    return 2 if panels > 1 and len(columns.names) <= _SIDE_BY_SIDE and longest <= _SHORT else 1


def _axis(names: set[str], about: About) -> _Axis:
    """Names by type, then as people count: VA2 before VA10."""
    rank = {name: place for place, name in enumerate(_TYPES)}

    def key(name: str) -> tuple[object, ...]:
        kind = about.type(name)
        return kind == _OTHER, rank.get(kind, len(rank)), kind, _counted(name)

    ordered = sorted(names, key=key)
    blocks, start = [], 0
    for kind, group in groupby(ordered, about.type):
        stop = start + len(list(group))
        blocks.append((kind, start, stop))
        start = stop
    return _Axis(ordered, _labels(ordered), blocks)


def _labels(names: list[str]) -> list[str]:
    """Names as they are; of uids the least that tells them apart."""
    for parts in (1, 2):
        short = ["/".join(name.split("/")[-parts:]) for name in names]
        if len(set(short)) == len(names):
            return [escaped(name) for name in short]
    return [escaped(name) for name in names]


def _counted(name: str) -> list[tuple[str, int]]:
    """A name in parts, numbers as numbers."""
    return [("", int(part)) if part.isdigit() else (part, 0) for part in re.split(r"([0-9]+)", name)]


def _add_panel(
    figure: go.Figure,
    values: np.ndarray,
    of_unit: np.ndarray,
    unit: str,
    axes: tuple[_Axis, _Axis],
    place: tuple[int, int],
) -> None:
    """One network; networks of one unit have one scale, so that they can be compared."""
    row, column = place
    rows, columns = axes
    axis = next(figure.select_xaxes(row=row, col=column))
    height = next(figure.select_yaxes(row=row, col=column)).domain
    bar = weight_bar(of_unit, unit, x=axis.domain[1] + 0.005, y=sum(height) / 2, len=height[1] - height[0])
    heat = go.Heatmap(
        z=shaded(values),
        customdata=values,
        text=[[f"{a} → {b}" for b in columns.labels] for a in rows.labels],
        colorscale=weight_scale(of_unit, with_zero=False),
        zmin=float(np.nanmin(shaded(of_unit))),
        zmax=float(np.nanmax(shaded(of_unit))),
        colorbar=bar,
        xgap=0.5,
        ygap=0.5,
        hovertemplate=f"%{{text}}: %{{customdata:.4g}} {escaped(unit)}<extra></extra>",
    )
    figure.add_trace(heat, row=row, col=column)
    figure.update_xaxes(**_ticks(columns.labels), title="post (target)", tickangle=-90, row=row, col=column)
    figure.update_yaxes(**_ticks(rows.labels), title="pre (source)", autorange="reversed", row=row, col=column)
    figure.update_xaxes(range=[-0.5, len(columns.names) - 0.5], row=row, col=column)
    for update in (figure.update_xaxes, figure.update_yaxes):
        update(showline=True, mirror=True, linecolor=INK, row=row, col=column)
    _separate(figure, rows, columns, place)


def _values(part: pl.DataFrame, rows: _Axis, columns: _Axis) -> np.ndarray:
    """Weights [source, target], summed over rows of the same pair (kinds of route); NaN where there is no edge."""
    place = [{name: n for n, name in enumerate(axis.names)} for axis in (rows, columns)]
    found = np.full((len(rows.names), len(columns.names)), np.nan)
    for source, target, weight in part.group_by("source", "target").agg(pl.col("weight").sum()).iter_rows():
        found[place[0][source], place[1][target]] = weight
    return found


def _ticks(names: Sequence[str]) -> dict[str, object]:
    if len(names) > MOST_NAMED:
        return {"showticklabels": False, "showgrid": False}
    size = 11 if len(names) <= _SIDE_BY_SIDE else 8
    return {"tickvals": list(range(len(names))), "ticktext": list(names), "tickfont": {"size": size}, "showgrid": False}


def _separate(figure: go.Figure, rows: _Axis, columns: _Axis, place: tuple[int, int]) -> None:
    """Lines between the blocks of types, and their names above."""
    row, column = place
    line = {"color": INK, "width": 1}
    for _, start, _ in rows.blocks[1:]:
        figure.add_hline(y=start - 0.5, line=line, row=row, col=column)
    for _, start, _ in columns.blocks[1:]:
        figure.add_vline(x=start - 0.5, line=line, row=row, col=column)
    if len(columns.blocks) == 1:
        return
    height = next(figure.select_yaxes(row=row, col=column)).domain[1]
    for kind, start, stop in columns.blocks:
        if (stop - start) / len(columns.names) >= _LEAST_BLOCK:
            figure.add_annotation(
                text=escaped(kind),
                x=(start + stop - 1) / 2,
                xref=next(figure.select_traces(row=row, col=column)).xaxis or "x",
                y=height,
                yref="paper",
                yanchor="bottom",
                showarrow=False,
                font={"size": 10},
            )
