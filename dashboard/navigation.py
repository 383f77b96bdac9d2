"""Controls write the URL, and the URL makes the page: one writer, so every view can be linked to."""

from __future__ import annotations

from typing import Any

from dash import ALL, Dash, Input, Output, State, ctx, no_update

from dashboard.state import State as PageState
from dashboard.state import parse_search

URL = "url"


def follow(app: Dash, page_name: str, state: type[PageState]) -> None:
    """Let the controls of a page change its URL; the page is then made anew from it."""

    def write(_values: list[Any], search: str | None) -> Any:
        now, _ = state.from_query(parse_search(search))
        changes = {
            each["id"]["key"]: each["value"]
            for each in ctx.inputs_list[0]
            if isinstance(each.get("id"), dict) and "value" in each
        }
        wanted = now.changed({k: v for k, v in changes.items() if _differs(now, k, v)})
        return no_update if wanted == now else wanted.to_query()

    app.callback(
        Output(URL, "search", allow_duplicate=True),
        Input({"control": page_name, "key": ALL}, "value"),
        State(URL, "search"),
        prevent_initial_call=True,
    )(write)


def _differs(now: PageState, key: str, value: object) -> bool:
    """Whether a control shows something else than the state: those that only mirror it change nothing."""
    return now.changed({key: value}) != now
