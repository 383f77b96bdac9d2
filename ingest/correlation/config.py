"""Settings of correlation networks."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TypeVar

from schemas.errors import UsageError

_LEAST_SAMPLES = 3  # two always lie on a line


_T = TypeVar("_T", int, bool)


def _setting(default: _T, meaning: str) -> _T:
    return field(default=default, metadata={"meaning": meaning})


@dataclass(frozen=True)
class CorrelationConfig:
    """Every setting, with what it means as metadata."""

    min_samples: int = _setting(100, "samples that both neurons must have in a recording; with fewer there is no edge")
    surrogates: int = _setting(
        20_000,
        "random shifts behind the p of a pair seen in several recordings, at best 1 / (surrogates + 1); 0: no q at all",
    )
    detrend: bool = _setting(
        default=True, meaning="whether q is of traces without their straight trend; the weight is of traces as they are"
    )
    seed: int = _setting(0, "of the random shifts")

    def __post_init__(self) -> None:
        for name, least in (("min_samples", _LEAST_SAMPLES), ("surrogates", 0), ("seed", 0)):
            value = getattr(self, name)
            if value < least:
                raise UsageError(f"option {name}={value} is out of range", f"{name} must be {least} or more")


def meanings() -> dict[str, str]:
    """Setting -> what it means, in a line."""
    return {f.name: f.metadata["meaning"] for f in fields(CorrelationConfig)}
