"""Pieces that several pages use."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash_ag_grid as dag
import dash_mantine_components as dmc
import plotly.graph_objects as go
from dash import dcc, html

from schemas.errors import ConnectomeError

_FIGURE: Any = {
    "displaylogo": False,
    "modeBarButtonsToRemove": ["lasso2d", "select2d"],
    "toImageButtonOptions": {"format": "svg"},
}


def page(title: str, *children: Any, problems: Sequence[str] = ()) -> dmc.Stack:
    """A page with its heading and what of the URL was not understood."""
    notices = [notice("Not understood in the address", "\n".join(problems), "yellow")] if problems else []
    return dmc.Stack([dmc.Title(title, order=2), *notices, *children], gap="md")


def section(title: str, *children: Any) -> dmc.Paper:
    """A framed part of a page."""
    return dmc.Paper([dmc.Title(title, order=4, mb="xs"), *children], withBorder=True, p="md", radius="md")


def notice(title: str, text: str, colour: str = "blue") -> dmc.Alert:
    """A message; line breaks and carets keep their places."""
    return dmc.Alert(html.Pre(text, className="message"), title=title, color=colour, variant="light")


def error_notice(error: ConnectomeError) -> dmc.Alert:
    """What was wrong and what to do, in the words of the error."""
    return notice(type(error).__name__.removesuffix("Error"), str(error), "red")


def simulated_badge(simulated: bool) -> dmc.Badge | None:
    """Stands wherever simulated numbers are shown."""
    return dmc.Badge("simulated", color="orange", variant="filled") if simulated else None


def table(rows: Sequence[dict[str, Any]], identity: str, label: str, widths: dict[str, int] | None = None) -> Any:
    """A grid of rows that are all here: sorted, filtered and copied in the browser."""
    given = widths or {}
    names = list(dict.fromkeys(name for row in rows for name in row))
    columns: list[dict[str, Any]] = [_column(name, rows, given.get(name)) for name in names]
    grid = dag.AgGrid(
        id=identity,
        rowData=list(rows),
        columnDefs=columns,
        defaultColDef={"sortable": True, "filter": True, "resizable": True, "minWidth": 90},
        columnSize="autoSize" if not given else None,
        dashGridOptions={"domLayout": "autoHeight", "pagination": len(rows) > 15, "paginationPageSize": 15}  # noqa: PLR2004
        | {"paginationPageSizeSelector": [15, 50, 200], "enableCellTextSelection": True},
        style={"width": "100%", "height": None},
    )
    return named(grid, "region", label)


def _column(name: str, rows: Sequence[dict[str, Any]], width: int | None) -> dict[str, Any]:
    column: dict[str, Any] = {"field": name, "headerName": name.replace("_", " "), "tooltipField": name}
    if any(isinstance(row.get(name), float) for row in rows):
        column["type"] = "rightAligned"
        column["valueFormatter"] = {"function": "params.value == null ? '' : d3.format('.4~g')(params.value)"}
    elif any(isinstance(row.get(name), int) for row in rows):
        column["type"] = "rightAligned"
    if width is not None:
        column["width"] = width
    return column


def figure(value: go.Figure, label: str) -> Any:
    """A figure with a name for those who cannot see it."""
    graph = dcc.Graph(figure=value, config=_FIGURE, style={"width": "100%"})
    return named(graph, "img", label)


def named(children: Any, role: str, label: str) -> Any:
    """A part with a role and a name for screen readers."""
    attributes: dict[str, Any] = {"aria-label": label}
    return html.Div(children, role=role, **attributes)


def control(page_name: str, key: str) -> dict[str, str]:
    """Id of a control whose value stands in the URL under `key`."""
    return {"control": page_name, "key": key}
