"""Neuron explorer: one node, its partners, the matrix about it, and its activity."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import dash_cytoscape as cyto
import dash_mantine_components as dmc
import numpy as np
from dash import Dash

from dashboard import parts
from dashboard.figures import courses, matrices, network
from dashboard.navigation import follow
from dashboard.services import neuron as service
from dashboard.state import DIRECTIONS, NeuronState
from dashboard.stores import Stores, current
from graphdb.named.catalog import node_names
from schemas.errors import ConnectomeError
from schemas.kinds import EDGE_KINDS

PATH, NAME = "/neuron", "Neuron explorer"
_COLUMNS = ("direction", "partner", "kind", "class", "weight", "network", "dataset")
_WIDTHS = {"direction": 100, "partner": 120, "kind": 110, "class": 100, "weight": 110, "network": 300, "dataset": 220}


def layout(**query: Any) -> Any:
    """The page of a URL."""
    state, problems = NeuronState.from_query(query)
    stores = current()
    try:
        names = node_names(stores.graph)
        if not state.name:
            hint = parts.notice("Search for a neuron, muscle or region", "AVAL, VB01, AVA, a region of an atlas …")
            return parts.page(NAME, _search(state, names), hint, problems=problems)
        return _explored(stores, state, names, problems)
    except ConnectomeError as error:
        return parts.page(NAME, _search(state, []), parts.error_notice(error), problems=problems)


def register(app: Dash) -> None:
    follow(app, "neuron", NeuronState)


def _explored(stores: Stores, state: NeuronState, names: list[str], problems: tuple[str, ...]) -> Any:
    try:
        found = service.found_nodes(stores, state)
    except ConnectomeError as error:
        return parts.page(NAME, _search(state, names), parts.error_notice(error), problems=problems)
    node = found[0]
    choices = service.choices(stores, node)
    if not state.kind:
        kind = "chemical" if "chemical" in choices.kinds else next(iter(choices.kinds), "chemical")
        state = replace(state, kind=kind)
    if state.dataset not in choices.datasets:
        if state.dataset:
            problems = (*problems, f"dataset={state.dataset!r} has no connection of {node['name']}; another is shown")
        state = replace(state, dataset=_preferred(choices.datasets) if choices.datasets else "")
    rows = service.partners(stores, state, node)
    return parts.page(
        NAME,
        _search(state, names),
        _who(found, service.is_simulated(stores, state.dataset)),
        _filters(state, choices),
        _partners(state, node, rows),
        _absence(stores, state, node),
        _adjacency(stores, state, node, rows),
        _matrix(stores, state, choices),
        _activity(stores, state, choices, node),
        problems=problems,
    )


def _preferred(datasets: tuple[str, ...]) -> str:
    return "celegans/cook2019" if "celegans/cook2019" in datasets else datasets[0]


def _search(state: NeuronState, names: list[str]) -> Any:
    known = names if state.name in names or not state.name else [state.name, *names]
    return dmc.Select(
        id=parts.control("neuron", "name"),
        label="Neuron, muscle or region",
        description="type a part of the name; an address may also hold an alias or a class",
        placeholder="AVAL",
        data=known,
        value=state.name or None,
        searchable=True,
        clearable=True,
        limit=50,
        nothingFoundMessage="no such name",
        w=340,
    )


def _who(found: list[dict[str, Any]], simulated: bool) -> Any:
    node = found[0]
    words = ("kind", "class", "type", "neurotransmitter", "hemisphere", "node_set")
    badges = [dmc.Badge(f"{w.replace('_', ' ')}: {node[w]}", variant="light", tt="none") for w in words if node[w]]
    others = [f"{r['name']} ({r['node_set']})" for r in found[1:6]]
    also = [dmc.Text("also: " + ", ".join(others), size="sm", c="dimmed")] if others else []
    mark = parts.simulated_badge(simulated)
    title = dmc.Title(str(node["name"]), order=3)
    return dmc.Stack([dmc.Group([title, *([mark] if mark else []), *badges], gap="xs"), *also], gap=4)


def _filters(state: NeuronState, choices: service.Choices) -> Any:
    def choose(key: str, label: str, data: list[str], value: str, width: int) -> Any:
        return dmc.Select(
            id=parts.control("neuron", key), label=label, data=data, value=value or None, w=width, allowDeselect=False
        )

    return dmc.Group(
        [
            choose("dataset", "Dataset", list(choices.datasets), state.dataset, 260),
            choose("kind", "Kind of connection", list(choices.kinds), state.kind, 180),
            choose("direction", "Direction", list(DIRECTIONS), state.direction, 120),
            dmc.NumberInput(
                id=parts.control("neuron", "min"), label="Least weight", value=state.least, min=0, w=130, debounce=400
            ),
        ]
    )


def _partners(state: NeuronState, node: dict[str, Any], rows: list[dict[str, Any]]) -> Any:
    if not rows:
        return parts.section("Partners", dmc.Text("none with these conditions", c="dimmed"))
    shown = [{c: row[c] for c in _COLUMNS} for row in rows]
    drawn = cyto.Cytoscape(
        id="network",
        elements=network.elements(str(node["name"]), rows),
        stylesheet=network.STYLESHEET,
        layout={"name": "preset", "fit": True, "padding": 20},
        style={"width": "100%", "height": "440px"},
        userZoomingEnabled=False,
    )
    summary = f"{node['name']} and its {min(len(rows), network.MOST)} strongest partners; the table lists them all"
    legend = "blue: to the partner, orange: from it, green: without direction"
    picture = parts.named([drawn, dmc.Text(legend, size="xs", c="dimmed")], "img", summary)
    title = f"Partners: {len(rows)} {state.kind.replace('_', ' ')} connections"
    return dmc.Grid(
        [
            dmc.GridCol(parts.section(title, parts.table(shown, "partners", "partners", _WIDTHS)), span={"lg": 7}),
            dmc.GridCol(parts.section("Strongest partners", picture), span={"lg": 5}),
        ]
    )


def _absence(stores: Stores, state: NeuronState, node: dict[str, Any]) -> Any:
    """Where an absent edge means that there is none, and where nothing is known."""
    found = service.absence(stores, state.kind, node)
    kind = state.kind.replace("_", " ")
    said = (("imaged, and none found there", found.imaged), ("not imaged, nothing known", found.not_imaged))
    lines = [dmc.Text(f"{what}: {', '.join(networks)}", size="sm") for what, networks in said if networks]
    return parts.section(f"Networks without a {kind} connection of {node['name']}", *lines) if lines else None


def _adjacency(stores: Stores, state: NeuronState, node: dict[str, Any], rows: list[dict[str, Any]]) -> Any:
    frame = service.adjacency(stores, state, node, rows) if rows else None
    if frame is None or frame.is_empty():
        return None
    strongest = [node["name"], *(r["partner"] for r in rows)]
    names = list(dict.fromkeys(strongest))[: service.MAX_DRAWN + 1]
    title = f"{state.dataset}: {state.kind.replace('_', ' ')} among {node['name']} and its strongest partners"
    figure = matrices.adjacency_figure(frame, names, title, symmetric=not EDGE_KINDS[state.kind].directed)
    return parts.section("Adjacency", parts.figure(figure, title))


def _matrix(stores: Stores, state: NeuronState, choices: service.Choices) -> Any:
    if not choices.matrices:
        return None
    chosen = state.matrix if state.matrix in choices.matrices else choices.matrices[0]
    select = dmc.Select(
        id=parts.control("neuron", "matrix"), label="Network", data=list(choices.matrices), value=chosen, w=420
    )
    found = service.matrix(stores, chosen)
    if found is None:
        return parts.section("Whole matrix", select, dmc.Text("this network has no matrix in the lake", c="dimmed"))
    names, frame = found
    figure = matrices.correlation_figure(np.array(frame["values"].to_list(), dtype=np.float32), names, chosen)
    mark = parts.simulated_badge(service.is_simulated(stores, chosen))
    return parts.section("Whole matrix, from the lake", select, mark, parts.figure(figure, f"matrix of {chosen}"))


def _activity(stores: Stores, state: NeuronState, choices: service.Choices, node: dict[str, Any]) -> Any:
    if not choices.recordings:
        return None
    chosen = state.recording if state.recording in choices.recordings else choices.recordings[0]
    select = dmc.Select(
        id=parts.control("neuron", "recording"), label="Recording", data=list(choices.recordings), value=chosen, w=420
    )
    found = service.trace(stores, chosen, str(node["uid"]))
    if found is None:
        return parts.section("Activity", select, dmc.Text("no trace in the lake", c="dimmed"))
    about, frame = found
    mark = parts.simulated_badge(bool(about["simulated"]))
    figure = parts.figure(courses.trace_figure(frame, about, str(node["name"])), f"activity in {chosen}")
    return parts.section("Activity, from the lake", select, mark, figure)
