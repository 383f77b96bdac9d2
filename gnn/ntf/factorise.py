"""Non-negative CP decomposition of a tensor with missing pairs.

    minimise  sum over measured (t, w, p) of (X[t, w, p] - sum_r A[t, r] B[w, r] C[p, r])^2,   A, B, C >= 0

by hierarchical alternating least squares (Cichocki and Phan 2009, doi:10.1587/transfun.E92.A.708): each
column in turn takes its best non-negative value with all others fixed. The mask is the same at all times, so
the normal equations of every row are known exactly (one small matrix for A, one per recording for B, one per
pair for C) and nothing is imputed. (tensorly's `non_negative_parafac(mask=...)` imputes the whole dense
tensor in every multiplicative step; its HALS takes no mask.)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from gnn.ntf.tensor import PairTensor

Array = NDArray[np.float64]

_INNER_SWEEPS = 2
_RIDGE = 1e-9  # of the mean diagonal: an entry that no measurement tells anything about goes to zero
_FLOOR = 1e-12  # a column of exact zeros could never come back


@dataclass(frozen=True)
class Factorisation:
    """R components, the one with the greatest share first; columns of the factors have unit norm.

    `weights` (R,), `time` (times, R), `recording` (recordings, R), `pair` (pairs, R); `share` (R,) is
    <component, model> / <model, model> over the measured entries and adds up to 1.
    """

    weights: Array
    time: Array
    recording: Array
    pair: Array
    share: Array
    relative_error: float
    errors: tuple[float, ...]

    @property
    def explained_share(self) -> float:
        """1 - squared error / squared data, over the measured entries."""
        return 1 - self.relative_error**2


def factorise(
    tensor: PairTensor, rank: int, *, seed: int, max_iterations: int = 200, tolerance: float = 1e-5
) -> Factorisation:
    """Decompose from one random start.

    Args:
        tensor: the data.
        rank: number of components R.
        seed: of the random start (uniform factors).
        max_iterations: at most so many rounds over A, B and C.
        tolerance: stop when a round lowers the relative error by less.

    Returns:
        The decomposition; `errors` holds the relative error after every round.
    """
    rng = np.random.default_rng(seed)
    a, b, c = (rng.random((n, rank)) for n in (tensor.n_times, len(tensor.slices), tensor.n_pairs))
    mask, total = tensor.mask(), tensor.square_sum()
    errors: list[float] = []
    for _ in range(max_iterations):
        a, b, c, residual = _round(tensor, mask, a, b, c)
        errors.append(float(np.sqrt(max(total + residual, 0.0) / total)))
        if len(errors) > 1 and errors[-2] - errors[-1] < tolerance:
            break
    return _ordered(mask, a, b, c, errors)


def best_of(fits: list[Factorisation]) -> int:
    """Index of the start with the least error."""
    return int(np.argmin([f.relative_error for f in fits]))


def factor_match(one: Factorisation, other: Factorisation) -> float:
    """Mean congruence of two decompositions, each component with its best partner (one to one), 0 to 1.

    Congruence is the product of the cosines of the three factors (Tomasi and Bro 2006,
    doi:10.1016/j.csda.2004.11.013).
    """
    from scipy.optimize import linear_sum_assignment  # noqa: PLC0415 - slow to import

    cosines = (one.time.T @ other.time) * (one.recording.T @ other.recording) * (one.pair.T @ other.pair)
    return float(cosines[linear_sum_assignment(-cosines)].mean())


def least_squares(target: Array, gram: Array, start: Array, sweeps: int) -> Array:
    """Non-negative least squares by coordinate descent, every row on its own.

    Lowers  sum_i h_i G_i h_i - 2 h_i q_i  over h >= 0.

    Args:
        target: q, shape (n, R).
        gram: G, shape (R, R) for all rows or (n, R, R).
        start: h to start from, shape (n, R); not changed.
        sweeps: rounds over the R columns.

    Returns:
        h, shape (n, R).
    """
    found = start.copy()
    diagonal = np.diagonal(gram, axis1=-2, axis2=-1)
    ridge = _RIDGE * float(diagonal.mean()) + np.finfo(np.float64).tiny
    for _ in range(sweeps):
        for r in range(found.shape[1]):
            own = diagonal[..., r]
            rest = target[:, r] - (found * gram[..., r, :]).sum(axis=1) + own * found[:, r]
            found[:, r] = np.maximum(_FLOOR, rest / (own + ridge))
    return found


def _round(tensor: PairTensor, mask: Array, a: Array, b: Array, c: Array) -> tuple[Array, Array, Array, float]:
    """One round over the three factors. Returns them and (squared error - squared data)."""
    rank = c.shape[1]
    grams_c = np.stack([c[columns].T @ c[columns] for columns in tensor.columns])
    projected = [x @ c[columns].astype(x.dtype) for x, columns in zip(tensor.slices, tensor.columns, strict=True)]

    target = np.add.reduce([y * b[w] for w, y in enumerate(projected)])
    a = _unit(least_squares(target, np.einsum("wr,ws,wrs->rs", b, b, grams_c), a, _INNER_SWEEPS))

    target = np.stack([(a * y).sum(axis=0) for y in projected])
    b = _unit(least_squares(target, (a.T @ a) * grams_c, b, _INNER_SWEEPS))

    target = np.zeros_like(c)
    for w, (x, columns) in enumerate(zip(tensor.slices, tensor.columns, strict=True)):
        target[columns] += x.T @ (a * b[w]).astype(x.dtype)
    outer = np.einsum("wr,ws->wrs", b, b).reshape(len(b), -1)
    grams = (mask.T @ outer).reshape(-1, rank, rank) * (a.T @ a)
    c = least_squares(target, grams, c, _INNER_SWEEPS)
    model_square = float(np.einsum("pr,prs,ps->", c, grams, c, optimize=True))
    return a, b, c, model_square - 2 * float((c * target).sum())


def _unit(factor: Array) -> Array:
    """Columns of unit norm; the norm goes into C, which is solved for last."""
    return np.asarray(factor / np.linalg.norm(factor, axis=0))


def _ordered(mask: Array, a: Array, b: Array, c: Array, errors: list[float]) -> Factorisation:
    outer = np.einsum("wr,ws->wrs", b, b).reshape(len(b), -1)
    grams = (mask.T @ outer).reshape(-1, c.shape[1], c.shape[1]) * (a.T @ a)
    share = np.einsum("pr,prs,ps->r", c, grams, c, optimize=True)
    share /= share.sum()
    order = np.argsort(-share, kind="stable")
    norms = np.linalg.norm(c, axis=0)
    return Factorisation(
        weights=norms[order],
        time=a[:, order],
        recording=b[:, order],
        pair=(c / norms)[:, order],
        share=share[order],
        relative_error=errors[-1],
        errors=tuple(errors),
    )
