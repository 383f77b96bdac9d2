"""Runs: metrics beside baselines, communities over an adjacency, components."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import Dash

from dashboard import parts
from dashboard.figures import courses, matrices
from dashboard.navigation import follow
from dashboard.services import runs as service
from dashboard.state import RunsState
from dashboard.stores import Stores, current
from schemas.errors import ConnectomeError

PATH, NAME = "/runs", "Runs"


def layout(**query: Any) -> Any:
    """The page of a URL."""
    state, problems = RunsState.from_query(query)
    stores = current()
    found = service.runs(stores)
    if not found:
        empty = parts.notice("No runs yet", "`connectome train ntf-communities --activity …` makes one")
        return parts.page(NAME, empty, problems=problems)
    chosen = next((r for r in found if r["uid"] == state.run), None)
    if state.run and chosen is None:
        problems = (*problems, f"run={state.run!r} is not in the lake; the latest is shown instead")
    run = chosen or next((r for r in found if r["model"] != "planted-truth"), found[0])
    try:
        return parts.page(NAME, _choose(found, run), *_run(stores, state, found, run), problems=problems)
    except ConnectomeError as error:
        return parts.page(NAME, _choose(found, run), parts.error_notice(error), problems=problems)


def register(app: Dash) -> None:
    follow(app, "runs", RunsState)


def _select(key: str, label: str, data: list[Any], value: str | None) -> Any:
    return dmc.Select(
        id=parts.control("runs", key), label=label, data=data, value=value, w=420, allowDeselect=False, searchable=True
    )


def _choose(found: list[dict[str, Any]], run: dict[str, Any]) -> Any:
    data = [{"value": r["uid"], "label": f"{r['uid']} · {r['published'].replace('T', ' ')}"} for r in found]
    mark = parts.simulated_badge(bool(run["simulated"]))
    return dmc.Group([_select("run", "Run", data, run["uid"]), *([mark] if mark else [])], align="end")


def _run(stores: Stores, state: RunsState, found: list[dict[str, Any]], run: dict[str, Any]) -> list[Any]:
    return [
        _about(run),
        _metrics(stores, run),
        _communities(stores, state, run),
        _components(stores, run),
        _comparison(stores, state, found, run),
    ]


def _about(run: dict[str, Any]) -> Any:
    words = {
        "model": f"{run['model']} {run['model_version']}",
        "seed": run["seed"],
        "code": run["code_revision"],
        "bundle": run["bundle_hash"][:12],
        "trained on": ", ".join(run["trained_on"]) or "nothing",
        "parameters": run["parameters"],
    }
    lines = [
        dmc.Text([dmc.Text(f"{k}: ", span=True, fw=600), str(v)], size="sm", className="wrap") for k, v in words.items()
    ]
    return parts.section("What it is", *lines)


def _metrics(stores: Stores, run: dict[str, Any]) -> Any:
    rows = service.metric_rows(stores, run)
    if not rows:
        return None
    return parts.section("Metrics, the model beside its baselines", parts.table(rows, "metrics", "metrics"))


def _communities(stores: Stores, state: RunsState, run: dict[str, Any]) -> Any:
    rows = service.community_rows(stores, run)
    if not rows:
        return None
    structures = service.structures(stores, run)
    over = state.over if state.over in structures else service.INFERRED
    frame = service.adjacency(stores, run, over)
    members = [(r["community"], r["member"]) for r in rows]
    title = f"Communities over {over}"
    figure = matrices.community_figure(frame, members, title, symmetric=over == service.INFERRED)
    data = [{"value": service.INFERRED, "label": "affinity that the run found"}, *structures]
    picture = parts.section("Communities over the adjacency", _select("over", "Adjacency", data, over))
    picture.children.append(parts.figure(figure, title))
    listing = parts.section("Members", parts.table(rows, "communities", "communities"))
    return dmc.Grid([dmc.GridCol(picture, span={"lg": 8}), dmc.GridCol(listing, span={"lg": 4})])


def _components(stores: Stores, run: dict[str, Any]) -> Any:
    components = service.of_run(stores, run, "component")
    if components.is_empty():
        return None
    return parts.section(
        "Components",
        parts.figure(courses.component_figure(components), "temporal course of each component"),
        parts.figure(courses.loading_figure(components), "loading of each component in each recording"),
    )


def _comparison(stores: Stores, state: RunsState, found: list[dict[str, Any]], run: dict[str, Any]) -> Any:
    others = {r["uid"]: r for r in found if r["uid"] != run["uid"]}
    shared = {uid: service.contingency(stores, run, r) for uid, r in others.items()}
    shared = {uid: frame for uid, frame in shared.items() if not frame.is_empty()}
    if not shared:
        return None
    against = state.against if state.against in shared else next(iter(shared))
    figure = courses.contingency_figure(shared[against], run["uid"], against)
    select = _select("against", "Compared with", list(shared), against)
    return parts.section("Agreement with another run", select, parts.figure(figure, f"compared with {against}"))
