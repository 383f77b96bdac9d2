from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import nnls

from gnn.ntf.factorise import Factorisation, best_of, factor_match, factorise, least_squares
from gnn.ntf.tensor import PairTensor


def planted_tensor(seed: int, *, rank: int = 4, missing: float = 0.4, noise: float = 0.0):
    """A tensor of exactly that rank, with pairs missing in recordings but every pair measured somewhere."""
    rng = np.random.default_rng(seed)
    a, b, c = (rng.gamma(0.5, size=(n, rank)) for n in (30, 5, 80))
    full = np.einsum("tr,wr,pr->twp", a, b, c)
    full = np.maximum(full + noise * rng.standard_normal(full.shape), 0)
    mask = rng.random((5, 80)) >= missing
    mask[rng.integers(0, 5, 80), np.arange(80)] = True
    return full, mask, (a, b, c)


def as_tensor(full: np.ndarray, mask: np.ndarray) -> PairTensor:
    columns = tuple(np.flatnonzero(row) for row in mask)
    slices = tuple(full[:, w, kept] for w, kept in enumerate(columns))
    return PairTensor(slices, columns, mask.shape[1], tuple(np.zeros(kept.size) for kept in columns))


def rebuilt(fit: Factorisation) -> np.ndarray:
    return np.einsum("r,tr,wr,pr->twp", fit.weights, fit.time, fit.recording, fit.pair)


def best_fit(tensor: PairTensor, rank: int, starts: int = 4) -> Factorisation:
    fits = [factorise(tensor, rank, seed=s, max_iterations=1500, tolerance=1e-9) for s in range(starts)]
    return fits[best_of(fits)]


def truth_as_fit(factors: tuple[np.ndarray, ...]) -> Factorisation:
    a, b, c = (f / np.linalg.norm(f, axis=0) for f in factors)
    ones = np.ones(a.shape[1])
    return Factorisation(ones, a, b, c, ones, 0.0, ())


@pytest.mark.parametrize("seed", [0, 1])
def test_planted_factors_come_back_with_missing_pairs(seed):
    full, mask, factors = planted_tensor(seed)
    fit = best_fit(as_tensor(full, mask), 4)
    assert fit.relative_error < 0.01
    assert factor_match(fit, truth_as_fit(factors)) > 0.95
    hidden = np.broadcast_to(~mask, full.shape)
    error = np.linalg.norm((rebuilt(fit) - full)[hidden]) / np.linalg.norm(full[hidden])
    assert error < 0.1


def test_error_is_that_of_the_measured_entries_alone():
    full, mask, _ = planted_tensor(2, noise=0.2)
    garbage = np.where(mask, full, 1e6)
    fit = factorise(as_tensor(garbage, mask), 3, seed=0)
    measured = np.broadcast_to(mask, full.shape)
    expected = np.linalg.norm((rebuilt(fit) - full)[measured]) / np.linalg.norm(full[measured])
    assert fit.relative_error == pytest.approx(expected, rel=1e-6)
    assert fit.explained_share == pytest.approx(1 - expected**2, rel=1e-6)


def test_error_never_rises():
    full, mask, _ = planted_tensor(3, noise=0.5)
    errors = np.array(factorise(as_tensor(full, mask), 5, seed=1, max_iterations=60, tolerance=1e-12).errors)
    assert len(errors) == 60
    assert (np.diff(errors) <= 1e-9).all()


def test_no_small_step_is_better_at_the_end():
    """The optimum of the masked objective, by brute force: moving any entry either way must not lower it."""
    full, mask, _ = planted_tensor(4, noise=0.3)
    fit = factorise(as_tensor(full, mask), 2, seed=0, max_iterations=5000, tolerance=1e-14)
    factors = [fit.time * fit.weights, fit.recording, fit.pair]

    def objective() -> float:
        return float(((full - np.einsum("tr,wr,pr->twp", *factors)) ** 2 * mask).sum())

    least = objective()
    for factor in factors:
        step = 1e-3 * np.abs(factor).max()
        for i in np.ndindex(factor.shape):
            kept = factor[i]
            for moved in (kept + step, max(kept - step, 0.0)):
                factor[i] = moved
                assert objective() >= least - 1e-6 * least
            factor[i] = kept


def test_without_missing_pairs_it_is_as_good_as_tensorly():
    import tensorly
    from tensorly.decomposition import non_negative_parafac_hals

    full, mask, _ = planted_tensor(5, rank=3, missing=0.0, noise=0.3)
    errors = []
    for seed in range(3):
        found = non_negative_parafac_hals(full, 3, n_iter_max=500, init="random", random_state=seed, tol=1e-10)
        errors.append(np.linalg.norm(tensorly.cp_to_tensor(found) - full) / np.linalg.norm(full))
    assert best_fit(as_tensor(full, mask), 3).relative_error == pytest.approx(min(errors), abs=1e-3)


def test_shares_and_norms():
    full, mask, _ = planted_tensor(6)
    fit = factorise(as_tensor(full, mask), 4, seed=0)
    for factor in (fit.time, fit.recording, fit.pair):
        assert (factor >= 0).all()
        np.testing.assert_allclose(np.linalg.norm(factor, axis=0), 1)
    assert (np.diff(fit.share) <= 0).all()
    model = rebuilt(fit) * mask
    for r in range(4):
        one = np.einsum("t,w,p->twp", fit.time[:, r], fit.recording[:, r], fit.pair[:, r]) * fit.weights[r] * mask
        assert fit.share[r] == pytest.approx((one * model).sum() / (model**2).sum())


def test_same_seed_same_result():
    full, mask, _ = planted_tensor(7)
    one, same, other = (factorise(as_tensor(full, mask), 4, seed=s, max_iterations=20) for s in (0, 0, 1))
    np.testing.assert_array_equal(one.pair, same.pair)
    assert not np.array_equal(one.pair, other.pair)
    assert factor_match(one, same) == pytest.approx(1.0)


def test_single_precision_is_close_to_double():
    full, mask, _ = planted_tensor(8, noise=0.3)
    tensor = as_tensor(full, mask)
    single = PairTensor(tuple(x.astype(np.float32) for x in tensor.slices), tensor.columns, 80, tensor.chance)
    errors = [factorise(t, 4, seed=0, max_iterations=100, tolerance=1e-9).relative_error for t in (tensor, single)]
    assert errors[0] == pytest.approx(errors[1], abs=1e-3)


def test_a_recording_without_pairs_has_no_loading():
    full, mask, _ = planted_tensor(9)
    mask[2] = False
    mask[0] = True
    fit = factorise(as_tensor(full, mask), 3, seed=0)
    assert np.isfinite(fit.relative_error)
    assert (fit.recording[2] < 1e-6).all()


def test_least_squares_is_that_of_scipy():
    rng = np.random.default_rng(0)
    c, x = rng.random((40, 3)), rng.standard_normal((6, 40))
    found = least_squares(x @ c, c.T @ c, np.zeros((6, 3)), 300)
    expected = np.stack([nnls(c, row)[0] for row in x])
    np.testing.assert_allclose(found, expected, atol=1e-6)
