"""Questions with names: choose one, fill in its form, read the answer as a table, a picture and a file."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import dash_mantine_components as dmc
from dash import ALL, Dash, Input, Output, State, ctx, dcc, html, no_update

from dashboard import answers, parts
from dashboard.figures.answers import answer_figure
from dashboard.navigation import URL
from dashboard.services import questions as service
from dashboard.services.networks import about
from dashboard.services.questions import ASK, Asked, Field
from dashboard.state import parse_search
from dashboard.stores import Stores, current
from graphdb.named.catalog import NAMED, run_named
from graphdb.named.definition import NamedQuery
from schemas.errors import ConnectomeError

PATH, NAME = "/questions", "Questions"
_KEY = "question"


def layout(**query: Any) -> Any:
    """The page of a URL; a question that is complete is answered."""
    asked = service.asked(query)
    if asked.named is None:
        return parts.page(NAME, _choose(None), _all(), problems=asked.problems)
    parts_of_page = [_choose(asked.named), _form(asked.named, asked.given), _answer(current(), asked)]
    return parts.page(NAME, *parts_of_page, problems=asked.problems)


def register(app: Dash) -> None:
    app.callback(
        Output(URL, "search", allow_duplicate=True),
        Input("question", "value"),
        State(URL, "search"),
        prevent_initial_call=True,
    )(_chosen)
    app.callback(
        Output(URL, "search", allow_duplicate=True),
        Input("ask", "n_clicks"),
        State({"control": _KEY, "key": ALL}, "value"),
        State("question", "value"),
        prevent_initial_call=True,
    )(_ask)


def _chosen(name: str | None, search: str | None) -> Any:
    """Another question than the one of the address; a new page's list says its own, which changes nothing."""
    if name not in NAMED or parse_search(search).get(ASK) == name:
        return no_update
    return f"?{urlencode({ASK: name})}"


def _ask(clicks: int | None, _values: list[Any], name: str | None) -> Any:
    if not clicks or name not in NAMED:
        return no_update
    written = {each["id"]["key"]: str(each["value"]).strip() for each in ctx.states_list[0] if each.get("value")}
    return f"?{urlencode({ASK: name, **{key: value for key, value in written.items() if value}})}"


def _choose(named: NamedQuery | None) -> Any:
    data: Any = [{"value": q.name, "label": f"{q.name}: {q.title}"} for q in NAMED.values()]
    return dmc.Select(
        id="question",
        label="Question",
        data=data,
        value=None if named is None else named.name,
        placeholder="choose one, or search",
        searchable=True,
        allowDeselect=False,
        maw=900,
    )


def _all() -> Any:
    """Every question with a link to its example."""
    lines = [
        html.Li([dcc.Link(f"@{q.name}", href=_example(q), className="example"), f"  {q.title}"]) for q in NAMED.values()
    ]
    return parts.section("What can be asked", html.Ul(lines))


def _example(named: NamedQuery) -> str:
    return f"{PATH}?{urlencode({ASK: named.name, **named.example})}"


def _form(named: NamedQuery, given: dict[str, str]) -> Any:
    fields = [_control(field, given.get(field.name)) for field in service.form(named)]
    return parts.section(
        named.title,
        *([dmc.Text(named.about, size="sm", c="dimmed", mb="xs")] if named.about else []),
        dmc.SimpleGrid(fields, cols={"base": 1, "sm": 2, "lg": 3}, spacing="sm"),
        dmc.Group(
            [
                dmc.Button("Ask", id="ask"),
                dcc.Link("example", href=_example(named), className="example"),
                dmc.Code(service.command(named, given)),
            ],
            mt="sm",
        ),
    )


def _control(field: Field, value: str | None) -> Any:
    words: dict[str, Any] = {
        "id": parts.control(_KEY, field.name),
        "label": field.name.replace("_", " "),
        "description": field.help,
        "required": field.required,
    }
    if field.choices:
        return dmc.Select(**words, data=list(field.choices), value=value, placeholder=field.default, clearable=True)
    if field.long:
        return dmc.Textarea(**words, value=value or "", placeholder=field.default, autosize=True, maxRows=6)
    return dmc.TextInput(**words, value=value or "", placeholder=field.default)


def _answer(stores: Stores, asked: Asked) -> Any:
    if asked.named is None or not asked.complete:
        return None
    limits = {"timeout_s": stores.config.timeout_s, "row_limit": stores.config.row_cap}
    try:
        answer = run_named(stores.graph, asked.named.name, asked.given, **limits)  # type: ignore[arg-type]
        frame = answer.to_polars()
        picture = answer_figure(frame, asked.named.title, about(stores.graph, frame))
    except ConnectomeError as error:
        return html.Div(parts.error_notice(error), id="refusal")
    return answers.section(stores, answer, *([parts.figure(picture, asked.named.title)] if picture else []))
