"""How good a fit is, with the baselines in the same table.

    relative_error          norm of the error over norm of the data, on measured entries
    explained_share         1 - relative_error^2
    communities             how many
    modularity              how clear; each in its own graph, so the shuffled null is the one to compare with
    stability_of_orders     mean NMI between the random orders of the community step
    stability_of_starts     mean NMI between the communities of the starts
    factor_match_of_starts  mean congruence of the other starts with the best
    nmi_with_model          NMI of a baseline's communities with the model's
    coverage                measured share of nodes x recordings
    nodes, recordings       counts
    left_out                traces and nodes left out; the decision table names them

Baselines: `pearson` (positive correlation of traces, averaged); `mean_affinity` (each pair's mean, at all times;
its communities are sought in what lies above chance: the model without its factorisation); `circular_shift`
(the model on traces shifted at random in time). A number that does not exist has no row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gnn.ntf.baselines import constant_explained, correlation
from gnn.ntf.communities import Communities, mean_agreement
from gnn.ntf.factorise import best_of, factor_match
from gnn.ntf.heldout import Known, explained_share
from gnn.ntf.solution import Solution, communities_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gnn.ntf.activity import Activity
    from gnn.ntf.config import NtfConfig
    from gnn.ntf.tensor import Pairs, PairTensor


@dataclass(frozen=True)
class Measure:
    """One number; None where it does not exist."""

    name: str
    value: float | None
    part: str = "train"
    of: str = "model"


@dataclass(frozen=True)
class Trained:
    """Everything that came of the training recordings; `null` is the model on shifted traces."""

    activity: Activity
    tensor: PairTensor
    pairs: Pairs
    solutions: tuple[Solution, ...]
    null: Solution

    @property
    def best(self) -> Solution:
        """The start with the least error."""
        return self.solutions[best_of([s.fit for s in self.solutions])]


def of_training(trained: Trained, config: NtfConfig) -> list[Measure]:
    """Everything that is measured on the training recordings."""
    activity, best = trained.activity, trained.best
    constant = constant_explained(trained.tensor)
    pearson = communities_of(correlation(activity), config)
    above_chance = np.maximum(trained.tensor.mean() - trained.tensor.mean_by_chance(), 0.0)
    plain = communities_of(trained.pairs.matrix(above_chance, len(activity.nodes)), config)
    return [
        *_fit(best, "model"),
        *_communities(best.communities, "model"),
        *_starts(trained.solutions, best),
        Measure("coverage", float(activity.measured.mean())),
        Measure("nodes", len(activity.nodes)),
        Measure("recordings", len(activity.recordings)),
        Measure("relative_error", float(np.sqrt(1 - constant)), of="mean_affinity"),
        Measure("explained_share", constant, of="mean_affinity"),
        *_communities(plain, "mean_affinity"),
        _agreement(plain, best, "mean_affinity"),
        *_communities(pearson, "pearson"),
        _agreement(pearson, best, "pearson"),
        *_fit(trained.null, "circular_shift"),
        *_communities(trained.null.communities, "circular_shift"),
        _agreement(trained.null.communities, best, "circular_shift"),
    ]


def of_held_out(part: str, unseen: Activity, trained: Trained, config: NtfConfig) -> list[Measure]:
    """How well pair factors of the training explain the recordings of another part."""
    factors = {
        "model": trained.best.fit.pair,
        "circular_shift": trained.null.fit.pair,
        "mean_affinity": trained.tensor.mean()[:, None],
    }
    measures = []
    for of, factor in factors.items():
        known = Known(trained.activity.nodes, trained.pairs, factor)
        measures.append(Measure("explained_share", explained_share(known, unseen, config.max_bins), part, of))
    return measures


def _agreement(communities: Communities, best: Solution, of: str) -> Measure:
    return Measure("nmi_with_model", mean_agreement([communities.labels, best.communities.labels]), of=of)


def _fit(solution: Solution, of: str) -> list[Measure]:
    return [
        Measure("relative_error", solution.fit.relative_error, of=of),
        Measure("explained_share", solution.fit.explained_share, of=of),
    ]


def _communities(communities: Communities, of: str) -> list[Measure]:
    return [
        Measure("communities", communities.count, of=of),
        Measure("modularity", communities.modularity, of=of),
        Measure("stability_of_orders", communities.agreement, of=of),
    ]


def _starts(solutions: Sequence[Solution], best: Solution) -> list[Measure]:
    matches = [factor_match(best.fit, s.fit) for s in solutions if s is not best]
    return [
        Measure("stability_of_starts", mean_agreement([s.communities.labels for s in solutions])),
        Measure("factor_match_of_starts", float(np.mean(matches)) if matches else None),
    ]
