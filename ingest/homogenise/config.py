"""Parameters of homogenisation, and the two profiles; HOMOGENISE.md explains every field and every difference."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields

import polars as pl

from schemas.dataset import Decisions
from schemas.errors import LakeError, Place, UsageError

IMPUTATIONS = ("none", "iterative", "published")
SIGNALS = ("calcium", "residual")
SMOOTHINGS = ("none", "gaussian", "exponential", "moving")
SLOW_DOWNS = ("hann", "block_mean")
GRIDS = ("closed", "half_open")
NORMALISATIONS = ("none", "zscore", "causal", "robust")
LABELS = ("lake", "guessed")

_CHOICES = {
    "imputation": IMPUTATIONS,
    "signal": SIGNALS,
    "smoothing": SMOOTHINGS,
    "slow_down": SLOW_DOWNS,
    "grid": GRIDS,
    "normalisation": NORMALISATIONS,
    "labels": LABELS,
}
_ITEM = "parameters"
_BEFORE = {"imputation": "none"}  # settings that came later, with what was done until then


def _require(name: str, value: object, holds: bool, wanted: str) -> None:
    if not holds:
        raise UsageError(f"option {name}={value} is out of range", f"{name} must be {wanted}")


@dataclass(frozen=True)
class HomogeniseConfig:
    """Every parameter; times in seconds. The defaults are the profile `corrected`.

    Attributes:
        profile: where the values started from; it changes nothing by itself.
        dt_s: step of the common clock.
        imputation: none, iterative (by regression on other traces) or published (that, for the sources it is done for).
        signal: calcium, or residual (its derivative on the true times).
        smoothing: none, gaussian, exponential or moving; all see the past only.
        sigma_samples: standard deviation of the gaussian.
        alpha: weight of the newest sample in the exponential.
        window_samples: width of the moving average.
        half_window: the moving average takes w // 2 + 1 samples instead of w, as published.
        slow_down: what keeps fast signals out where the step is longer than the recording's own.
        grid: closed (the last sample counts where the grid meets it) or half_open.
        max_gap_s: longer gaps are not bridged; none bridges all.
        single_precision: times, resampled and normalised values pass through 32 bits, as published.
        normalisation: none, zscore, causal (mean and deviation so far) or robust (median and MAD).
        variance_floor: least variance of the causal normalisation.
        min_samples: shorter recordings are left out.
        require_label: recordings without any identified neuron are left out.
        labels: the lake's, or also the published guesses; those reach the 15-column table, never the lake.
        seed: of the imputation, and of the slots of unlabelled neurons in the 15-column table where labels are guessed.
    """

    profile: str = "corrected"
    dt_s: float = 0.333
    imputation: str = "none"
    signal: str = "calcium"
    smoothing: str = "none"
    sigma_samples: float = 5.0
    alpha: float = 0.5
    window_samples: int = 15
    half_window: bool = False
    slow_down: str = "hann"
    grid: str = "closed"
    max_gap_s: float | None = 2.0
    single_precision: bool = False
    normalisation: str = "zscore"
    variance_floor: float = 1e-8
    min_samples: int = 2
    require_label: bool = False
    labels: str = "lake"
    seed: int = 0

    def __post_init__(self) -> None:
        for name, known in _CHOICES.items():
            _require(name, getattr(self, name), getattr(self, name) in known, "one of " + ", ".join(known))
        for name in ("dt_s", "sigma_samples", "variance_floor"):
            value = getattr(self, name)
            _require(name, value, 0 < value < float("inf"), "a number above 0")
        _require("alpha", self.alpha, 0 < self.alpha <= 1, "above 0, at most 1")
        _require("window_samples", self.window_samples, self.window_samples >= 1, "1 or more")
        _require("min_samples", self.min_samples, self.min_samples >= 2, "2 or more")  # noqa: PLR2004
        _require("max_gap_s", self.max_gap_s, self.max_gap_s is None or self.max_gap_s > 0, "above 0, or none")
        _require("seed", self.seed, self.seed >= 0, "0 or more")


SIMEON2024 = HomogeniseConfig(
    profile="simeon2024",
    imputation="published",
    smoothing="moving",
    half_window=True,
    slow_down="block_mean",
    grid="half_open",
    max_gap_s=None,
    single_precision=True,
    min_samples=600,
    require_label=True,
    labels="guessed",
)
PROFILES = {config.profile: config for config in (HomogeniseConfig(), SIMEON2024)}


def profile(name: str) -> HomogeniseConfig:
    """A profile by its name.

    Raises:
        UsageError: there is none of that name.
    """
    if name not in PROFILES:
        raise UsageError(f"unknown profile {name!r}", f"profiles: {', '.join(PROFILES)}")
    return PROFILES[name]


def meanings() -> dict[str, str]:
    """Field -> what it means, in a line: what the class says of it."""
    text = (HomogeniseConfig.__doc__ or "").partition("Attributes:")[2]
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return {name: meaning for name, _, meaning in (line.partition(": ") for line in lines)}


def record(config: HomogeniseConfig, decisions: Decisions, place: Place) -> None:
    """Put the parameters on record, so that a dataset says how it was made."""
    decisions.add("kept", _ITEM, json.dumps(asdict(config)), place)


def recorded(decision: pl.DataFrame) -> HomogeniseConfig:
    """The parameters that a homogenised dataset was made with.

    Args:
        decision: its `decision` table.

    Raises:
        LakeError: the table holds none, or those of another version of this program.
    """
    found = decision.filter(pl.col("item") == _ITEM).get_column("reason").to_list()
    if len(found) != 1:
        raise LakeError("the dataset has no homogenisation parameters on record", "is it a homogenised one?")
    values = {**_BEFORE, **json.loads(found[0])}
    if set(values) != {f.name for f in fields(HomogeniseConfig)}:
        raise LakeError("its parameters are those of another version of this program", "homogenise it again")
    return HomogeniseConfig(**values)
