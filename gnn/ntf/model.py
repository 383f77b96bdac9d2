"""The model: fit a bundle, give tables of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gnn.model import FitResult, Model, Progress
from gnn.ntf import report
from gnn.ntf.activity import Activity, keep_nodes, read_activity, recordings_of
from gnn.ntf.baselines import shifted
from gnn.ntf.components import strength
from gnn.ntf.config import NtfConfig
from gnn.ntf.measure import Measure, Trained, of_held_out, of_training
from gnn.ntf.solution import solve
from gnn.ntf.tensor import PairTensor, bin_times, derivatives, pair_tensor
from schemas.dataset import Decisions
from schemas.errors import UsageError

if TYPE_CHECKING:
    import polars as pl

    from schemas.bundle import Bundle

_HELD_OUT = ("validation", "test")


def fit(bundle: Bundle, config: NtfConfig, progress: Progress) -> FitResult:
    """Factorise the affinities of the training recordings, find communities, and measure both.

    Recordings of other parts are read only after the fit, to measure it.

    Raises:
        UsageError: no training recording has identified traces, they share too little time, or no two neurons
            were measured together.
    """
    decisions = Decisions()
    progress(0.0, "affinities")
    activity = _training(bundle, config, decisions)
    slopes = derivatives(activity)
    tensor, pairs = pair_tensor(slopes, activity.measured, config.max_bins)
    _require_affinity(tensor)

    solutions = []
    for start in range(config.starts):
        progress(0.05 + 0.7 * start / config.starts, f"start {start + 1} of {config.starts}")
        solutions.append(solve(tensor, pairs, len(activity.nodes), config, config.seed + start))

    progress(0.75, "baselines")
    null_tensor, _ = pair_tensor(shifted(slopes, config.seed), activity.measured, config.max_bins)
    null = solve(null_tensor, pairs, len(activity.nodes), config, config.seed)
    trained = Trained(activity, tensor, pairs, tuple(solutions), null)
    measures = [*of_training(trained, config), Measure("left_out", len(decisions.rows))]

    for part in _HELD_OUT:
        if recordings := recordings_of(bundle, part):
            progress(0.95, f"recordings of the part {part!r}")
            unseen = read_activity(bundle, recordings, config, decisions, activity.grid.step_s)
            measures += of_held_out(part, unseen, trained, config)
    progress(1.0, "done")
    return FitResult(MODEL.name, config, _tables(trained, measures, config, decisions))


def _training(bundle: Bundle, config: NtfConfig, decisions: Decisions) -> Activity:
    recordings = recordings_of(bundle, "train")
    if not recordings:
        raise UsageError(
            "the bundle has no training recording with identified traces",
            "export a bundle with recordings of these nodes, some of them in the part 'train'",
        )
    return keep_nodes(read_activity(bundle, recordings, config, decisions), config.min_recordings, decisions)


def _require_affinity(tensor: PairTensor) -> None:
    if tensor.n_pairs == 0:
        raise UsageError(
            "no training recording measured two of the neurons together",
            "lower min_recordings, or export more nodes",
        )
    if tensor.square_sum() == 0:
        raise UsageError("every trace is constant: there is nothing to factorise", "look at the traces of the bundle")


def _tables(
    trained: Trained, measures: list[Measure], config: NtfConfig, decisions: Decisions
) -> dict[str, pl.DataFrame]:
    activity, pairs, best = trained.activity, trained.pairs, trained.best
    nodes, n = activity.nodes, len(activity.nodes)
    times = bin_times(activity, config.max_bins)
    return {
        "metric": report.metrics(measures),
        "membership": report.memberships(nodes, pairs.matrix(best.graph, n), best.communities),
        "component": report.components(best.fit, best.selected, times, activity.recordings),
        "inferred_edge": report.inferred_edges(nodes, pairs, best.graph, config.edge_quantile),
        "embedding": report.embeddings(nodes, strength(best.affinity, pairs, n)),
        "decision": decisions.frame(),
    }


MODEL = Model(
    name="ntf-communities",
    version="1",
    title="Tensor factorisation of differential affinities with communities",
    citation=(
        "Dyballa L, Lang S, Haslund-Gourley A, Yemini E, Zucker SW. Learning dynamic representations of the"
        " functional connectome in neurobiological networks. ICLR 2024. arXiv:2402.14102"
    ),
    config=NtfConfig,
    needs=("node", "recording", "trace", "split"),
    fit=fit,
)
