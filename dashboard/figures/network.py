"""The small graph about a node, laid out here so that the browser need not."""

from __future__ import annotations

import math
from typing import Any

MOST = 30
STYLESHEET: list[dict[str, Any]] = [
    {
        "selector": "node",
        "style": {"label": "data(label)", "font-size": 9, "width": 16, "height": 16, "background-color": "#56B4E9"},
    },
    {"selector": "node", "style": {"color": "#868e96", "text-valign": "top"}},
    {"selector": ".centre", "style": {"background-color": "#D55E00", "width": 26, "height": 26, "font-size": 12}},
    {"selector": ".muscle", "style": {"background-color": "#CC79A7"}},
    {"selector": ".cell", "style": {"background-color": "#999999"}},
    {"selector": "edge", "style": {"curve-style": "haystack", "width": "data(width)", "opacity": 0.6}},
    {"selector": ".out", "style": {"line-color": "#0072B2"}},
    {"selector": ".in", "style": {"line-color": "#E69F00"}},
    {"selector": ".both", "style": {"line-color": "#009E73"}},
]


def elements(centre: str, partners: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The node in the middle, its strongest partners on a circle, the strongest on top.

    Args:
        centre: name of the node.
        partners: rows of `services.neuron.partners`, strongest first.
    """
    strongest: dict[str, dict[str, Any]] = {}
    for row in partners:
        if row["partner"] != centre and len(strongest) < MOST:
            strongest.setdefault(row["partner"], row)
    found: list[dict[str, Any]] = [
        {"data": {"id": "n:centre", "label": centre}, "position": {"x": 0, "y": 0}, "classes": "centre"}
    ]
    top = max((row["weight"] for row in strongest.values()), default=1.0) or 1.0
    for number, (name, row) in enumerate(strongest.items()):
        angle = 2 * math.pi * number / len(strongest) - math.pi / 2
        place = {"x": 190 * math.cos(angle), "y": 190 * math.sin(angle)}
        found.append({"data": {"id": f"n:{name}", "label": name}, "position": place, "classes": str(row["kind"])})
    for number, row in enumerate(partners):
        if row["partner"] in strongest:
            side = {"out": "out", "in": "in"}.get(row["direction"], "both")
            width = 1 + 6 * abs(row["weight"]) / top
            data = {"id": f"e:{number}", "source": "n:centre", "target": f"n:{row['partner']}", "width": width}
            found.append({"data": data, "classes": side})
    return found
