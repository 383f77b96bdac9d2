"""An answer as pages show it: how much there is, a grid that pages through it, files, and where it comes from."""

from __future__ import annotations

from typing import Any

import dash_ag_grid as dag
import dash_mantine_components as dmc
from dash import Dash, Input, Output, State, dcc, html, no_update

from dashboard import parts
from dashboard.services.results import grid_field
from dashboard.stores import Stores, current
from graphdb.answer import Answer
from graphdb.touched import cited
from graphdb.versions.citation import citation_line

BLOCK = 200


def register(app: Dash) -> None:
    """The grid asks for its rows."""
    app.callback(Output("result", "getRowsResponse"), Input("result", "getRowsRequest"), State("result-key", "data"))(
        page_of_rows
    )


def section(stores: Stores, answer: Answer, *more: Any) -> Any:
    """The answer, kept on the server under a key; `more` stands between its grid and where it comes from."""
    key = stores.results.keep(answer)
    known = answer if answer.datasets else cited(stores.graph, answer, None)
    return parts.section("Answer", _summary(answer, key), _grid(answer, key), *more, _provenance(known))


def page_of_rows(request: dict[str, Any] | None, key: str | None) -> Any:
    if not isinstance(request, dict) or not isinstance(key, str):
        return no_update
    start, stop = int(request.get("startRow", 0)), int(request.get("endRow", BLOCK))
    order = request.get("sortModel") or [{}]
    rows, total = current().results.rows(
        key, start, min(stop, start + 1_000), order[0].get("colId"), descending=order[0].get("sort") == "desc"
    )
    return {"rowData": rows, "rowCount": total}


def _summary(answer: Answer, key: str) -> Any:
    rows = answer.table.num_rows
    text = f"{rows:,} rows, {answer.elapsed_s * 1000:.0f} ms"
    more = "there are more" if answer.total_rows is None else f"{answer.total_rows:,} in all"
    cut = [dmc.Badge(f"cut: {more}", color="orange", tt="none")] if answer.truncated else []
    return dmc.Group(
        [
            dmc.Text(text, id="summary", size="sm"),
            *cut,
            html.A("CSV", href=f"/download/{key}.csv", className="example"),
            html.A("Parquet", href=f"/download/{key}.parquet", className="example"),
        ],
        mb="xs",
    )


def _grid(answer: Answer, key: str) -> Any:
    columns = [{"field": grid_field(number), "headerName": name} for number, name in enumerate(answer.columns)]
    grid = dag.AgGrid(
        id="result",
        rowModelType="infinite",
        columnDefs=columns,
        defaultColDef={"sortable": True, "resizable": True, "minWidth": 110, "flex": 1},
        dashGridOptions={
            # Two requests at once through one property lose blocks: rows would stay blank.
            "maxConcurrentDatasourceRequests": 1,
            "cacheBlockSize": BLOCK,
            "maxBlocksInCache": 10,
            "enableCellTextSelection": True,
        },
        style={"height": min(560, 110 + 42 * max(1, answer.table.num_rows)), "width": "100%"},
    )
    return parts.named([dcc.Store(id="result-key", data=key), grid], "region", "answer")


def _provenance(answer: Answer) -> Any:
    """The versions of datasets that the rows may come from, each with what to cite."""
    lines = [html.Li(citation_line(each)) for each in answer.datasets]
    said = f"from {len(lines)} version{'' if len(lines) == 1 else 's'} of datasets"
    inside = [html.Summary(said), html.Ul(lines, className="wrap")]
    return dmc.Text(html.Details(inside, id="provenance"), size="xs", c="dimmed", mt="xs")
