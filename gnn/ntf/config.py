"""Parameters of the model."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.errors import UsageError


@dataclass(frozen=True)
class NtfConfig:
    """Every parameter; times in seconds.

    Attributes:
        seed: seed of all random numbers.
        step_s: step of the common grid of time; None takes the coarsest median step of the recordings.
        smooth_s: standard deviation of the Gaussian that smooths a trace before its derivative; 0 for none.
        max_bins: the grid is averaged into at most so many bins.
        max_missing: a trace with a greater share of missing samples counts as not measured.
        min_recordings: a neuron measured in fewer training recordings is left out (where there are so many).
        rank: number of components.
        starts: random starts; the one with the least error is kept.
        max_iterations: of one start.
        tolerance: a start ends when an iteration lowers the relative error by less.
        component: communities are sought in this component alone; None takes the rule of `selected_share`.
        selected_share: communities are sought in the strongest components that together reach this share; 1
            takes all.
        resolution: of the modularity; above 1 gives smaller communities.
        community_seeds: random orders in which communities are sought; the best modularity is kept.
        edge_quantile: of the pairs' affinities; inferred edges are the pairs above it.
    """

    seed: int = 0
    step_s: float | None = None
    smooth_s: float = 1.0
    max_bins: int = 150
    max_missing: float = 0.1
    min_recordings: int = 2
    rank: int = 8
    starts: int = 5
    max_iterations: int = 200
    tolerance: float = 1e-5
    component: int | None = None
    selected_share: float = 1.0
    resolution: float = 1.0
    community_seeds: int = 10
    edge_quantile: float = 0.9

    def __post_init__(self) -> None:
        _require("seed", self.seed, self.seed >= 0, "0 or more")
        _require("step_s", self.step_s, self.step_s is None or self.step_s > 0, "above 0, or none")
        _require("smooth_s", self.smooth_s, self.smooth_s >= 0, "0 or more")
        for name in ("max_bins", "min_recordings", "rank", "starts", "max_iterations", "community_seeds"):
            _require(name, getattr(self, name), getattr(self, name) >= 1, "1 or more")
        for name in ("tolerance", "resolution"):
            _require(name, getattr(self, name), getattr(self, name) > 0, "above 0")
        for name in ("max_missing", "edge_quantile"):
            _require(name, getattr(self, name), 0 <= getattr(self, name) < 1, "from 0 to below 1")
        _require("selected_share", self.selected_share, 0 < self.selected_share <= 1, "above 0, at most 1")
        known = self.component is None or 0 <= self.component < self.rank
        _require("component", self.component, known, f"from 0 to rank - 1 = {self.rank - 1}, or none")


def _require(name: str, value: object, holds: bool, wanted: str) -> None:
    if not holds:
        raise UsageError(f"option {name}={value} is out of range", f"{name} must be {wanted}")
