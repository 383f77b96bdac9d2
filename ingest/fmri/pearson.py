"""Pearson networks: the whole matrix, and the few edges that a rule keeps."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from ingest.frames import complete, list_column

if TYPE_CHECKING:
    from collections.abc import Sequence

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class PearsonConfig:
    """Which pairs become edges of a network.

    Attributes:
        share: share of the pairs that is kept, those with the largest |r|. A density makes networks of
            different subjects comparable where a threshold on r would not.
    """

    share: float = 0.1


def correlation(series: Array) -> Array:
    """Pearson r of every pair of rows over all samples.

    Args:
        series: shape (nodes, samples), finite, at least two samples.

    Returns:
        Shape (nodes, nodes), symmetric, 1 on the diagonal; NaN in the row and column of a constant series,
        whose r is not defined.
    """
    constant = series.max(axis=1) == series.min(axis=1)
    centred = series - series.mean(axis=1, keepdims=True)
    norm = np.sqrt((centred**2).sum(axis=1, keepdims=True))
    scaled = centred / np.where(constant[:, None], 1.0, norm)
    r = np.clip(scaled @ scaled.T, -1.0, 1.0)
    r = np.triu(r, 1)
    r = r + r.T + np.eye(len(r))
    r[constant, :] = np.nan
    r[:, constant] = np.nan
    return np.asarray(r)


def strongest(r: Array, config: PearsonConfig) -> tuple[Array, Array]:
    """The pairs that the rule keeps: round(share x pairs with a value), of equal |r| the earlier pair.

    Args:
        r: shape (nodes, nodes), symmetric, NaN where not defined.
        config: the rule.

    Returns:
        Row and column index of each pair, row < column, in order of the matrix.
    """
    rows, columns = np.triu_indices(len(r), 1)
    strength = np.abs(r[rows, columns])
    defined = np.flatnonzero(~np.isnan(strength))
    kept = round(config.share * len(defined))
    chosen = np.sort(defined[np.argsort(-strength[defined], kind="stable")[:kept]])
    return rows[chosen], columns[chosen]


def network_row(network: str, node_set: str, subject: str | None, r: Array, config: PearsonConfig) -> dict[str, object]:
    """Row of the network table, with the rule and what it kept in `parameters`."""
    rows, _ = strongest(r, config)
    parameters = {
        **asdict(config),
        "statistic": "Pearson r over all samples",
        "rule": "the share of pairs with the largest |r|",
        "edges": len(rows),
    }
    return {
        "uid": network,
        "node_set": node_set,
        "subject": subject,
        "kind": "functional",
        "directed": False,
        "weight_unit": "r",
        "method": "pearson",
        "parameters": json.dumps(parameters, sort_keys=True),
    }


def functional_edges(network: str, nodes: Sequence[str], r: Array, config: PearsonConfig) -> pl.DataFrame:
    """Rows of the functional table that the rule keeps; source is the lesser uid.

    Args:
        network: uid of the network.
        nodes: uid of each row of r.
        r: shape (nodes, nodes).
        config: the rule.
    """
    rows, columns = strongest(r, config)
    uids = np.asarray(nodes, dtype=object)
    frame = pl.DataFrame(
        {"a": uids[rows].tolist(), "b": uids[columns].tolist(), "weight": r[rows, columns]},
        schema={"a": pl.String, "b": pl.String, "weight": pl.Float64},
    )
    edges = frame.select(
        pl.lit(network).alias("network"),
        pl.min_horizontal("a", "b").alias("source"),
        pl.max_horizontal("a", "b").alias("target"),
        "weight",
    )
    return complete("functional", edges)


def matrix_rows(network: str, nodes: Sequence[str], r: Array) -> pl.DataFrame:
    """Rows of the matrix table: all of r as float32, in the order of `nodes`. r must hold no NaN."""
    frame = pl.DataFrame({"row": np.arange(len(nodes)), "node": list(nodes)}).with_columns(
        pl.lit(network).alias("network"), list_column("values", r.astype(np.float32))
    )
    return complete("matrix", frame)
