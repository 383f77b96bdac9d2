"""Missing samples by regression on other traces, as some of the published loaders fill them. Off unless asked for.

The published loaders call scikit-learn's IterativeImputer with ten nearest features and a seed of 0 on the matrix
samples x traces before any other step. What comes out is a guess from the other neurons and carries their correlation.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ingest.homogenise.config import HomogeniseConfig

Array = np.ndarray[Any, np.dtype[np.float64]]
Counts = np.ndarray[Any, np.dtype[np.int64]]

IMPUTED_IN = frozenset({"nejatbakhsh2020", "yemini2021", "leifer2023", "lin2023", "venkatachalam2024"})
ROUNDS = 10  # over all traces, at most
_NEAREST = 10  # traces that a trace is guessed from, drawn anew each round by their correlation


@dataclass(frozen=True)
class Imputed:
    """Traces with their gaps filled.

    Attributes:
        values: NaN only in traces without any sample, shape (samples, traces).
        imputed: samples that were missing and are not now, of each trace.
        settled: the guesses changed less than the tolerance before the rounds were over.
    """

    values: Array
    imputed: Counts
    settled: bool


def for_source(config: HomogeniseConfig, uid: str) -> HomogeniseConfig:
    """The configuration with `imputation=published` resolved for a dataset: iterative where it is done, else none."""
    if config.imputation != "published":
        return config
    done = uid.rpartition("/")[2] in IMPUTED_IN
    return replace(config, imputation="iterative" if done else "none")


def impute(values: Array, config: HomogeniseConfig) -> Imputed:
    """Fill what is missing where the configuration says `iterative`.

    A trace without any sample stays missing: there is nothing to learn from. Where no other trace has a sample, the
    guess is the mean of the trace.

    Args:
        values: NaN where missing, shape (samples, traces).
        config: whether, and the seed.
    """
    missing = np.isnan(values)
    some = ~missing.all(axis=0)
    if config.imputation != "iterative" or not missing[:, some].any():
        return Imputed(values, np.zeros(values.shape[1], dtype=np.int64), settled=True)
    filled = values.copy()
    filled[:, some], settled = _iterative(values[:, some], config.seed)
    return Imputed(filled, np.where(some, missing.sum(axis=0), 0).astype(np.int64), settled)


def _iterative(values: Array, seed: int) -> tuple[Array, bool]:
    """What scikit-learn makes of traces that each have a sample, and whether it came to rest."""
    from sklearn.exceptions import ConvergenceWarning  # noqa: PLC0415 - slow to import, and seldom used
    from sklearn.experimental import enable_iterative_imputer  # noqa: F401, PLC0415 - it lets the next line work
    from sklearn.impute import IterativeImputer  # noqa: PLC0415

    imputer = IterativeImputer(random_state=seed, n_nearest_features=_NEAREST, skip_complete=False, max_iter=ROUNDS)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", ConvergenceWarning)
        filled = imputer.fit_transform(values)
    return np.asarray(filled, dtype=np.float64), not any(issubclass(w.category, ConvergenceWarning) for w in told)
