"""Tables of a run, without the column `run`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gnn.ntf.communities import Communities, inside_share
from schemas import tables

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from gnn.ntf.factorise import Factorisation
    from gnn.ntf.measure import Measure
    from gnn.ntf.tensor import Pairs

Array = NDArray[np.float64]


def metrics(measures: Sequence[Measure]) -> pl.DataFrame:
    return _frame(
        "metric",
        [
            {"name": m.name, "part": m.part, "of": m.of, "value": float(m.value)}
            for m in measures
            if m.value is not None
        ],
    )


def memberships(nodes: Sequence[str], graph: Array, communities: Communities) -> pl.DataFrame:
    """Communities are named C1, C2 and so on, the largest first; strength is the share of weight inside."""
    shares = inside_share(graph, communities.labels)
    return _frame(
        "membership",
        [
            {"node": node, "community": f"C{label + 1}", "strength": share}
            for node, label, share in zip(nodes, communities.labels.tolist(), shares, strict=True)
        ],
    )


def components(
    fit: Factorisation, selected: NDArray[np.bool_], times: Sequence[float], recordings: Sequence[str]
) -> pl.DataFrame:
    """The loadings carry the weight of the component; the course has unit norm."""
    loadings = fit.recording * fit.weights
    return _frame(
        "component",
        [
            {
                "component": r,
                "share": float(fit.share[r]),
                "selected": bool(selected[r]),
                "time_s": list(times),
                "course": fit.time[:, r].tolist(),
                "recordings": list(recordings),
                "loadings": loadings[:, r].tolist(),
            }
            for r in range(fit.share.size)
        ],
    )


def inferred_edges(nodes: Sequence[str], pairs: Pairs, weights: Array, quantile: float) -> pl.DataFrame:
    """Undirected edges: the pairs whose weight is above 0 and above the quantile; nodes are sorted."""
    kept = np.flatnonzero((weights > np.quantile(weights, quantile)) & (weights > 0))
    return _frame(
        "inferred_edge",
        [
            {
                "source": nodes[pairs.first[p]],
                "target": nodes[pairs.second[p]],
                "directed": False,
                "weight": float(weights[p]),
            }
            for p in kept
        ],
    )


def embeddings(nodes: Sequence[str], strengths: Array) -> pl.DataFrame:
    return _frame(
        "embedding",
        [{"node": node, "vector": row.tolist()} for node, row in zip(nodes, strengths, strict=True)],
    )


def _frame(table: str, rows: list[dict[str, object]]) -> pl.DataFrame:
    return tables.frame(table, rows).drop("run")
