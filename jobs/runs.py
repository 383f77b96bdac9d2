"""The runs of a lake, as rows to list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from graphdb.lake import Lake, Manifest

RUN_COLUMNS = ["run", "model", "data", "seed", "metrics", "simulated", "published"]
_SHOWN = 4
_PARTS = ("test", "validation", "train", "all")


def run_rows(lake: Lake) -> list[dict[str, Any]]:
    """Every run, newest first; `metrics` maps `part/name` to the model's own value."""
    holding = [m for m in lake.datasets() if "run" in m.rows]
    holding.sort(key=lambda m: m.published_at, reverse=True)
    return [row for manifest in holding for row in _rows(lake, manifest)]


def headline(metrics: Mapping[str, float]) -> str:
    """The first few metrics: those of held-out data before those of training."""
    return ", ".join(f"{name} {value:.4g}" for name, value in list(metrics.items())[:_SHOWN])


def metric_rows(lake: Lake, run: str) -> list[dict[str, Any]]:
    """One row per part and metric of a run: the model's value, then that of each baseline."""
    metric = lake.read(run, "metric")
    rows: list[dict[str, Any]] = []
    for part in _PARTS:
        of_part = metric.filter(pl.col("part") == part)
        for name in of_part.get_column("name").unique(maintain_order=True):
            values = of_part.filter(pl.col("name") == name)
            rows.append({"part": part, "metric": name, **dict(values.select("of", "value").iter_rows())})
    return rows


def _rows(lake: Lake, manifest: Manifest) -> list[dict[str, Any]]:
    metric = lake.read(manifest.dataset, "metric")
    return [
        {
            "run": run["uid"],
            "model": run["model"],
            "data": run["trained_on"],
            "seed": run["seed"],
            "metrics": _own(metric.filter((pl.col("run") == run["uid"]) & (pl.col("of") == "model"))),
            "simulated": run["simulated"],
            "published": manifest.published_at[:19],
        }
        for run in lake.read(manifest.dataset, "run").iter_rows(named=True)
    ]


def _own(metric: pl.DataFrame) -> dict[str, float]:
    ordered = sorted(metric.iter_rows(named=True), key=lambda row: _PARTS.index(row["part"]))
    return {f"{row['part']}/{row['name']}": row["value"] for row in ordered}
