"""Overview: datasets, versions, counts, and whether graph and lake agree."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import Dash

from dashboard import parts
from dashboard.navigation import follow
from dashboard.services import overview as service
from dashboard.state import OverviewState
from dashboard.stores import Stores, current
from schemas.errors import ConnectomeError

PATH, NAME = "/", "Overview"
_WIDTHS = {"title": 330, "citation": 330, "dataset": 230, "version": 130, "published": 160, "licence": 200}


def layout(**query: Any) -> Any:
    """The page of a URL."""
    state, problems = OverviewState.from_query(query)
    stores = current()
    rows = service.dataset_rows(stores)
    if not rows:
        empty = parts.notice("The lake is empty", "`connectome demo` fills it, `connectome ingest` takes your files")
        return parts.page(NAME, empty, problems=problems)
    return parts.page(
        "Datasets",
        _state(service.store_state(stores)),
        _deprecated(service.deprecated(stores)),
        _counts(rows),
        parts.section("All datasets", parts.table(rows, "datasets", "datasets", _WIDTHS)),
        _decisions(stores, state, rows),
        problems=problems,
    )


def register(app: Dash) -> None:
    follow(app, "overview", OverviewState)


def _state(found: service.StoreState) -> Any:
    name = {"ladybug": "embedded graph", "neo4j": "Neo4j"}[found.dialect]
    if found.problem:
        return parts.notice(f"The {name} does not answer", found.problem, "red")
    if found.behind:
        text = "run `connectome project`: " + ", ".join(found.behind)
        return parts.notice("The graph is not the lake's current versions", text, "yellow")
    return parts.notice("Graph and lake agree", f"{found.datasets} datasets in the {name}", "green")


def _deprecated(lines: list[str]) -> Any:
    return parts.notice("Should not be used any more", "\n".join(lines), "orange") if lines else None


def _counts(rows: list[dict[str, Any]]) -> Any:
    names = ("nodes", "edges", "networks", "recordings", "traces", "decisions")
    cards = [
        dmc.Paper(
            [dmc.Text(f"{sum(r[name] for r in rows):,}", size="xl", fw=700), dmc.Text(name, c="dimmed", size="sm")],
            withBorder=True,
            p="sm",
            radius="md",
        )
        for name in names
    ]
    return dmc.SimpleGrid(cards, cols={"base": 2, "sm": 3, "lg": 6})


def _decisions(stores: Stores, state: OverviewState, rows: list[dict[str, Any]]) -> Any:
    with_some = [r["dataset"] for r in rows if r["decisions"]]
    choice = dmc.Select(
        id=parts.control("overview", "dataset"),
        label="Decisions of homogenisation",
        placeholder="choose a dataset",
        data=with_some,
        value=state.dataset or None,
        clearable=True,
        w=340,
    )
    shown: list[Any] = []
    if state.dataset:
        try:
            found = service.decisions(stores, state.dataset)
            shown = [parts.table(found, "decisions", "decisions", {"item": 180, "reason": 520, "file": 260})]
        except ConnectomeError as error:
            shown = [parts.error_notice(error)]
    return parts.section("What was renamed, merged or dropped", choice, *shown)
