"""Cypher console: a text, its parameters, the answer in pages, and the answer as a file."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import dash_mantine_components as dmc
import flask
from dash import Dash, Input, Output, State, dcc, html, no_update

from dashboard import answers, parts
from dashboard.navigation import URL
from dashboard.state import CypherState
from dashboard.stores import Stores, current
from graphdb.named.catalog import NAMED
from graphdb.query import query as run_query
from schemas.errors import ConnectomeError, UsageError

PATH, NAME = "/cypher", "Cypher"
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


def _run(clicks: int | None, cypher: str | None, parameters: str | None) -> Any:
    if not clicks:
        return no_update
    state = CypherState().changed({"q": cypher or "", "p": (parameters or "").strip()})
    return state.to_query()


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
            user=flask.request.remote_user if flask.has_request_context() else None,
        )
    except ConnectomeError as error:
        return html.Div(parts.error_notice(error), id="refusal")
    return answers.section(stores, answer)
