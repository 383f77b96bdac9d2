"""Runs: metrics, communities, components, and the matrix that communities are laid over. All from the lake."""

from __future__ import annotations

from typing import Any

import polars as pl

from dashboard.stores import Stores
from schemas.kinds import EDGE_KINDS

INFERRED = "inferred"


def runs(stores: Stores) -> list[dict[str, Any]]:
    """One row for each run, the latest first."""
    found: list[dict[str, Any]] = []
    for manifest in stores.lake.datasets():
        if "run" not in manifest.files:
            continue
        rows = stores.lake.read(manifest.dataset, "run").iter_rows(named=True)
        found.extend({**row, "dataset": manifest.dataset, "published": manifest.published_at[:19]} for row in rows)
    return sorted(found, key=lambda r: r["published"], reverse=True)


def of_run(stores: Stores, run: dict[str, Any], table: str) -> pl.DataFrame:
    """Rows of a table that belong to a run."""
    return stores.lake.read(run["dataset"], table).filter(pl.col("run") == run["uid"])


def metric_rows(stores: Stores, run: dict[str, Any]) -> list[dict[str, Any]]:
    """Metrics with the model beside its baselines."""
    metrics = of_run(stores, run, "metric")
    if metrics.is_empty():
        return []
    wide = metrics.pivot("of", index=["part", "name"], values="value", aggregate_function="first")
    first = ["part", "name", "model"]
    return wide.select(*(c for c in first if c in wide.columns), pl.exclude(first)).to_dicts()


def community_rows(stores: Stores, run: dict[str, Any]) -> list[dict[str, Any]]:
    """Members of each community with their strength."""
    rows = of_run(stores, run, "membership").sort("community", "node")
    named = rows.with_columns(member=pl.col("node").str.split("/").list.last())
    return named.select("community", "member", "strength").to_dicts()


def adjacency(stores: Stores, run: dict[str, Any], over: str) -> pl.DataFrame:
    """Source, target (names) and weight: pairs that the run inferred, or a dataset's edges among its members."""
    if over == INFERRED:
        frame = of_run(stores, run, "inferred_edge").select("source", "target", "weight")
    else:
        manifest = stores.lake.manifest(over)
        kinds = [k for k in EDGE_KINDS if k != "vessel" and k in manifest.files]
        parts = [stores.lake.read(over, k).select("source", "target", "weight") for k in kinds]
        frame = pl.concat(parts) if parts else pl.DataFrame(schema=["source", "target", "weight"])
    short = pl.col("source", "target").str.split("/").list.last()
    members = of_run(stores, run, "membership")["node"].to_list()
    kept = frame.filter(pl.col("source").is_in(members) & pl.col("target").is_in(members))
    return kept.with_columns(short).group_by("source", "target").agg(pl.col("weight").sum()).sort("source", "target")


def structures(stores: Stores, run: dict[str, Any]) -> list[str]:
    """Datasets with edges over the node set of the run's members."""
    members = of_run(stores, run, "membership")["node"]
    if members.is_empty():
        return []
    node_set = str(members[0]).rsplit("/", 1)[0]
    found = []
    for manifest in stores.lake.datasets():
        if "network" in manifest.files:
            sets = stores.lake.read(manifest.dataset, "network")["node_set"].unique().to_list()
            if node_set in sets:
                found.append(manifest.dataset)
    return found


def contingency(stores: Stores, run: dict[str, Any], against: dict[str, Any]) -> pl.DataFrame:
    """How many nodes each community of one run shares with each of another."""
    one = of_run(stores, run, "membership").select("node", this="community")
    other = of_run(stores, against, "membership").select("node", other="community")
    joined = one.join(other, on="node")
    return joined.group_by("this", "other").len("nodes").sort("this", "other")
