"""Cypher console: a text, its parameters, the answer in pages, and the answer as a file."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import dash_ag_grid as dag
import dash_mantine_components as dmc
from dash import Dash, Input, Output, State, dcc, html, no_update

from dashboard import parts
from dashboard.navigation import URL
from dashboard.services.results import grid_field
from dashboard.state import CypherState
from dashboard.stores import Stores, current
from graphdb.answer import Answer
from graphdb.named.catalog import NAMED
from graphdb.query import query as run_query
from schemas.errors import ConnectomeError, UsageError

PATH, NAME = "/cypher", "Cypher"
BLOCK = 200
_EXAMPLE = "MATCH (n:Neuron) RETURN n.name AS name, n.`class` AS class, n.type AS type ORDER BY name"


def layout(**query: Any) -> Any:
    """The page of a URL; a query in it is run."""
    state, problems = CypherState.from_query(query)
    return parts.page("Cypher console", _editor(state), _result(current(), state), problems=problems)


def register(app: Dash) -> None:
    app.callback(
        Output(URL, "search", allow_duplicate=True),
        Input("run", "n_clicks"),
        State("cypher", "value"),
        State("parameters", "value"),
        prevent_initial_call=True,
    )(_run)
    app.callback(Output("result", "getRowsResponse"), Input("result", "getRowsRequest"), State("result-key", "data"))(
        _page_of_rows
    )


def _run(clicks: int | None, cypher: str | None, parameters: str | None) -> Any:
    if not clicks:
        return no_update
    state = CypherState().changed({"q": cypher or "", "p": (parameters or "").strip()})
    return state.to_query()


def _page_of_rows(request: dict[str, Any] | None, key: str | None) -> Any:
    if not isinstance(request, dict) or not isinstance(key, str):
        return no_update
    start, stop = int(request.get("startRow", 0)), int(request.get("endRow", BLOCK))
    order = request.get("sortModel") or [{}]
    rows, total = current().results.rows(
        key, start, min(stop, start + 1_000), order[0].get("colId"), descending=order[0].get("sort") == "desc"
    )
    return {"rowData": rows, "rowCount": total}


def parameters_of(text: str) -> dict[str, object]:
    """Parameters from JSON text.

    Raises:
        UsageError: it is not one JSON object.
    """
    if not text:
        return {}
    try:
        found = json.loads(text)
    except ValueError as error:
        raise UsageError(f"the parameters are not JSON: {error}", 'write them as {"name": "AVAL"}') from None
    if not isinstance(found, dict):
        raise UsageError("the parameters must be one JSON object", 'write them as {"name": "AVAL"}')
    return found


def _editor(state: CypherState) -> Any:
    examples = [
        dcc.Link(f"@{name}", href=_example_link(name), title=named.title, className="example")
        for name, named in NAMED.items()
    ]
    return parts.section(
        "Query",
        dmc.Textarea(
            id="cypher",
            label="Cypher",
            description="one reading statement; values belong into parameters, as $name",
            value=state.cypher or _EXAMPLE,
            autosize=True,
            minRows=4,
            maxRows=16,
            className="code",
        ),
        dmc.Group(
            [
                dmc.TextInput(
                    id="parameters",
                    label="Parameters, as JSON",
                    placeholder='{"name": "AVAL"}',
                    value=state.parameters,
                    w=420,
                    className="code",
                ),
                dmc.Button("Run", id="run"),
            ],
            align="end",
            mt="xs",
        ),
        dmc.Group([dmc.Text("examples:", size="sm", c="dimmed"), *examples], mt="xs", gap="sm"),
    )


def _example_link(name: str) -> str:
    named = NAMED[name]
    made = named.build(named.parse(named.example), current().graph.dialect)
    given = {"q": made.cypher}
    if made.parameters:
        given["p"] = json.dumps(made.parameters)
    return f"{PATH}?{urlencode(given)}"


def _result(stores: Stores, state: CypherState) -> Any:
    if not state.cypher:
        return None
    try:
        answer = run_query(
            stores.graph,
            state.cypher,
            parameters_of(state.parameters),
            timeout_s=stores.config.timeout_s,
            row_limit=stores.config.row_cap,
        )
    except ConnectomeError as error:
        return html.Div(parts.error_notice(error), id="refusal")
    key = stores.results.keep(answer)
    versions = ", ".join(f"{d}@{v}" for d, v in stores.graph.held().items())
    return parts.section("Answer", _summary(answer, key), _grid(answer, key), _provenance(versions))


def _summary(answer: Answer, key: str) -> Any:
    rows = answer.table.num_rows
    total = "not counted" if answer.total_rows is None else f"{answer.total_rows:,}"
    text = f"{rows:,} rows, {answer.elapsed_s * 1000:.0f} ms"
    cut = [dmc.Badge(f"cut: {total} in all", color="orange", tt="none")] if answer.truncated else []
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


def _provenance(versions: str) -> Any:
    return dmc.Text(f"graph: {versions}", size="xs", c="dimmed", mt="xs", className="wrap")
