"""Shares: how many pairs of cells that act together have a route, beside all pairs and beside chance."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from jobs.examples.baselines import Floats, Mask, Whole

NONE = "none"
_LOW, _HIGH = 0.025, 0.975


@dataclass(frozen=True)
class Function:
    """Pairs of cells that were measured, which of them act together, and which do in each draw of the baseline.

    Args:
        name: what is measured.
        source: index of the one cell, int[pairs]; no cell with itself.
        target: likewise.
        directed: whether the pair runs from source to target; else a route in either direction counts.
        chosen: bool[pairs].
        drawn: bool[draws, pairs].
    """

    name: str
    source: Whole
    target: Whole
    directed: bool
    chosen: Mask
    drawn: Mask

    def of(self, route: Mask) -> Mask:
        """Of a route between all cells, bool[cells, cells] from source to target, which pairs have it."""
        there = route[self.source, self.target]
        return there if self.directed else there | route[self.target, self.source]

    def among(self, cells: Mask) -> Mask:
        """Which pairs have both ends among these cells, bool[cells]."""
        return cells[self.source] & cells[self.target]


def combinations(routes: Mapping[str, Mask]) -> dict[str, Mask]:
    """Each pair once, by exactly which routes it has; `none` first.

    Args:
        routes: bool[pairs] by name.
    """
    length = len(next(iter(routes.values())))
    found = {}
    for n in range(len(routes) + 1):
        for names in itertools.combinations(routes, n):
            exactly = [routes[name] if name in names else ~routes[name] for name in routes]
            found[" + ".join(names) or NONE] = np.logical_and.reduce(exactly, initial=True, axis=0).reshape(length)
    return found


def shares(function: Function, covered: Mask, routes: Mapping[str, Mask]) -> pl.DataFrame:
    """How many of the chosen pairs have each route.

    Args:
        function: the pairs.
        covered: which of them count, bool[pairs].
        routes: bool[pairs] by name.

    Returns:
        routes; pairs, with_route (of all that count); chosen, chosen_with_route; base_rate, rate, ratio (rate over
        base rate); shuffled_pairs_sd (standard deviation of the rate where the chosen pairs are drawn from all, whose
        mean is the base rate: the hypergeometric distribution); baseline, baseline_low, baseline_high (mean and
        central 95 % of the rate in the draws). Null where nothing is divided by.
    """
    having = np.stack([routes[name][covered] for name in routes])
    chosen, drawn = function.chosen[covered], function.drawn[:, covered]
    pairs, n_chosen, with_route = int(covered.sum()), int(chosen.sum()), having.sum(axis=1)
    chosen_with = having[:, chosen].sum(axis=1)
    in_draws = _ratio(drawn.astype(np.float32) @ having.T.astype(np.float32), drawn.sum(axis=1)[:, None])
    base, rate = _ratio(with_route, pairs), _ratio(chosen_with, n_chosen)
    columns = {
        "routes": list(routes),
        "pairs": [pairs] * len(routes),
        "with_route": with_route,
        "chosen": [n_chosen] * len(routes),
        "chosen_with_route": chosen_with,
        "base_rate": base,
        "rate": rate,
        "ratio": _ratio(rate, base),
        "shuffled_pairs_sd": _hypergeometric_sd(base, pairs, n_chosen),
        **_spread(in_draws),
    }
    return pl.DataFrame(columns, strict=False).with_columns(pl.selectors.float().fill_nan(None))


def mean_weights(weights: Floats, drawn: Floats, covered: Mask, routes: Mapping[str, Mask]) -> pl.DataFrame:
    """The mean weight of the pairs with each route.

    Args:
        weights: float[pairs].
        drawn: weights in the draws of the baseline, float[draws, pairs].
        covered: which pairs count, bool[pairs].
        routes: bool[pairs] by name.

    Returns:
        routes, pairs, mean, mean_absolute; baseline, baseline_low, baseline_high of the mean in the draws, and
        baseline_absolute, the mean of the absolute weight in them.
    """
    rows = []
    for name, having in routes.items():
        counted = having & covered
        if counted.any():
            of_draws = drawn[:, counted]
            means = {"mean": float(weights[counted].mean()), "mean_absolute": float(np.abs(weights[counted]).mean())}
            spread = {key: float(value[0]) for key, value in _spread(of_draws.mean(axis=1, keepdims=True)).items()}
            absolute = {"baseline_absolute": float(np.abs(of_draws).mean())}
            rows.append({"routes": name, "pairs": int(counted.sum()), **means, **spread, **absolute})
    return pl.DataFrame(rows)


def _spread(values: Floats) -> dict[str, Floats]:
    """Mean and central 95 % over the draws, float[draws, n]; NaN where a draw has none."""
    low, high = np.quantile(values, [_LOW, _HIGH], axis=0)
    return {"baseline": values.mean(axis=0), "baseline_low": low, "baseline_high": high}


def _ratio(above: object, below: object) -> Floats:
    top, bottom = np.broadcast_arrays(np.asarray(above, np.float64), np.asarray(below, np.float64))
    quotient: Floats = np.divide(top, bottom, out=np.full(top.shape, np.nan), where=bottom > 0)
    return quotient


def _hypergeometric_sd(base: Floats, pairs: int, chosen: int) -> Floats:
    if not 0 < chosen <= pairs or pairs == 1:
        return np.full(base.shape, np.nan)
    variance: Floats = base * (1 - base) / chosen * (pairs - chosen) / (pairs - 1)
    return np.sqrt(variance)
