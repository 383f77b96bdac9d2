"""The planted truth of a simulator, as the tables of a run, so that results can be compared with it."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import polars as pl

from ingest.frames import complete
from schemas import tables

if TYPE_CHECKING:
    from collections.abc import Mapping

MODEL = "planted-truth"
SIMULATOR_VERSION = "1"


class Config(Protocol):
    """A simulator's frozen dataclass."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def seed(self) -> int: ...


def run_row(run: str, config: Config, **about: object) -> dict[str, object]:
    """Row of the run table: no model was fitted, the numbers are what the simulator planted.

    Args:
        run: uid of the run.
        config: the simulator's; its fields become the parameters.
        about: further parameters that say what the run holds.
    """
    return {
        "uid": run,
        "model": MODEL,
        "model_version": SIMULATOR_VERSION,
        "parameters": json.dumps({**asdict(config), **about}, sort_keys=True),
        "seed": config.seed,
        "bundle_hash": "none",
        "code_revision": f"simulator {SIMULATOR_VERSION}",
        "trained_on": [],
        "simulated": True,
    }


def run_table(*rows: dict[str, object]) -> pl.DataFrame:
    return tables.frame("run", list(rows))


def memberships(run: str, communities: Mapping[str, str]) -> pl.DataFrame:
    """Rows of the membership table from node uid -> community; every node belongs wholly to its own."""
    frame = pl.DataFrame({"node": list(communities), "community": list(communities.values())})
    return complete("membership", frame.with_columns(pl.lit(run).alias("run"), pl.lit(1.0).alias("strength")))
