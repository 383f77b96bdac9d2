"""Colours of weights, the same on light and dark ground: white is no edge, and the darker the stronger."""

from __future__ import annotations

from typing import Any

import numpy as np

from dashboard.figures.style import escaped

NO_EDGE = "#ffffff"
NOT_HELD = "#ced4da"
# Viridis from its light end, without the yellow that white ground swallows.
SEQUENTIAL = (
    "#bddf26",
    "#7ad151",
    "#44bf70",
    "#22a884",
    "#21918c",
    "#2a788e",
    "#355f8d",
    "#414487",
    "#482475",
    "#440154",
)
_STEPS = (1, 2, 5)
_MOST_TICKS = 6
_LEAST_SHARE = 1e-6
_APART = 1.4  # ticks that are nearer would stand on each other


def shaded(values: np.ndarray) -> np.ndarray:
    """log(1 + weight): what is coloured."""
    shade: np.ndarray = np.log1p(np.clip(values, 0, None))
    return shade


def weight_scale(values: np.ndarray, *, with_zero: bool) -> list[list[Any]]:
    """The colour scale of shaded weights, from the least to the greatest.

    Args:
        values: weights; NaN where there is none.
        with_zero: 0 is among them and means no edge: it is white, and the least weight above it has colour.
    """
    places = [n / (len(SEQUENTIAL) - 1) for n in range(len(SEQUENTIAL))]
    shade = shaded(values)
    above = shade[shade > 0]
    if not with_zero or not above.size:
        return [[place, colour] for place, colour in zip(places, SEQUENTIAL, strict=True)]
    least = float(above.min() / above.max()) * (1 - _LEAST_SHARE)
    steps = [[least + (1 - least) * place, colour] for place, colour in zip(places, SEQUENTIAL, strict=True)]
    return [[0.0, NO_EDGE], [least, NO_EDGE], *steps]


def weight_bar(values: np.ndarray, unit: str, **placed: Any) -> dict[str, Any]:
    """A colour bar whose ticks are weights, not their logarithms.

    Args:
        values: weights; NaN where there is none.
        unit: of the weights.
        placed: where the bar stands.
    """
    found = values[np.isfinite(values) & (values > 0)]
    least, most = (float(found.min()), float(found.max())) if found.size else (0.0, 1.0)
    between = [tick for tick in _ticks(most) if least * _APART < tick < most / _APART]
    ticks = [least, *between, *([most] if most > least else [])]
    return {
        "title": {"text": escaped(unit), "side": "right"},
        "tickvals": np.log1p(ticks).tolist(),
        "ticktext": [f"{tick:.3g}" for tick in ticks],
        "thickness": 12,
        **placed,
    }


def _ticks(most: float) -> list[float]:
    """1, 2, 5, 10 …, or their hundredths for small weights; fewer of them where the range is wide."""
    last = np.floor(np.log10(most)) if most > 0 else 0
    powers = np.arange(min(0, last - 1), last + 1)
    ticks = [step * 10.0**power for power in powers for step in _STEPS if step * 10.0**power <= most]
    return ticks[:: 1 + len(ticks) // _MOST_TICKS]
