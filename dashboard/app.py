"""The app: shell, pages, routes and headers. Stores hang on the server, so several apps live in one process."""

from __future__ import annotations

import secrets
from types import ModuleType
from typing import Any

import dash
import dash_mantine_components as dmc
import flask
import polars as pl
from dash import Dash, Input, Output, State, dcc, html

from dashboard import answers
from dashboard.config import DashboardConfig
from dashboard.navigation import URL
from dashboard.pages import cypher, neuron, overview, questions, runs
from dashboard.security import secure
from dashboard.services.overview import store_state
from dashboard.services.results import csv_text
from dashboard.stores import Stores, attach, open_stores

PAGES: tuple[ModuleType, ...] = (overview, neuron, questions, cypher, runs)


def create_app(config: DashboardConfig) -> Dash:
    """An app over the stores that a configuration names.

    Raises:
        UsageError: the graph's address is of no known kind.
        StoreUnreachableError: its login is not set.
    """
    app = Dash(
        "dashboard",
        use_pages=True,
        pages_folder="",
        suppress_callback_exceptions=True,
        title="Connectome",
        update_title="",
        serve_locally=True,
    )
    app.server.secret_key = secrets.token_bytes(32)
    app.server.config["TRUSTED_HOSTS"] = list(config.trusted_hosts) or None
    stores = open_stores(config)
    attach(app.server, stores)
    dash.page_registry.clear()
    register_page: Any = dash.register_page
    for number, page in enumerate(PAGES):
        title = f"{page.NAME} · Connectome"
        register_page(page.__name__, path=page.PATH, name=page.NAME, title=title, layout=page.layout, order=number)
        page.register(app)
    answers.register(app)
    app.layout = _shell()
    _scheme(app)
    _routes(app.server, stores)
    secure(app.server, app.csp_hashes, tuple(page.PATH for page in PAGES))
    return app


def _shell() -> Any:
    links = [dcc.Link(page.NAME, href=page.PATH, className="nav") for page in PAGES]
    switch = dmc.Button("Light / dark", id="scheme", variant="subtle", size="compact-sm")
    header = dmc.Group([dmc.Text("Connectome", fw=700, size="lg"), *links, switch], h="100%", px="md", gap="lg")
    return dmc.MantineProvider(
        id="mantine",
        forceColorScheme="light",
        children=[
            dcc.Location(id=URL, refresh="callback-nav"),
            dmc.AppShell(
                [
                    dmc.AppShellHeader(html.Nav(header, style={"height": "100%"})),
                    dmc.AppShellMain(html.Div(dcc.Loading(dash.page_container, delay_show=400, type="dot"), id="mode")),
                ],
                header={"height": 54},
                padding="md",
            ),
        ],
    )


def _scheme(app: Dash) -> None:
    def switch(_clicks: int | None, now: str) -> tuple[str, str]:
        scheme = "dark" if now == "light" else "light"
        return scheme, scheme

    app.callback(
        Output("mantine", "forceColorScheme"),
        Output("mode", "data-ag-theme-mode"),
        Input("scheme", "n_clicks"),
        State("mantine", "forceColorScheme"),
        prevent_initial_call=True,
    )(switch)


def _routes(server: flask.Flask, stores: Stores) -> None:
    def ready() -> tuple[dict[str, Any], int]:
        state = store_state(stores)
        problem = state.problem.splitlines()[0] if state.problem else None
        body = {"graph": problem or "ok", "datasets": state.datasets, "behind": list(state.behind)}
        return body, 503 if problem else 200

    def download(name: str) -> flask.Response:
        key, _, kind = name.partition(".")
        path = stores.results.path(key)
        if path is None or kind not in ("csv", "parquet"):
            return flask.Response("This answer is no longer kept: run the query again.\n", 404, mimetype="text/plain")
        body = path.read_bytes() if kind == "parquet" else csv_text(pl.read_parquet(path)).encode()
        mimetype = "application/vnd.apache.parquet" if kind == "parquet" else "text/csv"
        headers = {"Content-Disposition": f'attachment; filename="answer.{kind}"'}
        return flask.Response(body, mimetype=mimetype, headers=headers)

    server.add_url_rule("/ready", "ready", ready)
    server.add_url_rule("/download/<name>", "download", download)
