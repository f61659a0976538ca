"""Gradient descent and ridge: formulas against loops, solvers and scikit-learn."""

import pytest
import torch
from sklearn.dummy import DummyRegressor
from sklearn.linear_model import Ridge

from reglab.claims import l1_linear, least_squares
from reglab.claims.least_squares import STEPS


@pytest.fixture(scope="module")
def one():
    return least_squares.problem(0)


def test_descent_is_the_loop(one):
    w = torch.zeros(30, dtype=torch.float64)
    for t in range(1, 201):
        w = w - one.rate * (one.curvature @ w - one.target)
        if t in (1, 7, 200):
            torch.testing.assert_close(one.descent(t), w)


def test_the_loop_follows_the_gradient_of_the_loss(one):
    x, y = one.splits.train.x.double(), one.splits.train.y.double().squeeze(1)
    w = torch.randn(30, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    w.requires_grad_()
    ((y - x @ w) ** 2).sum().div(2 * len(x)).backward()
    torch.testing.assert_close(w.grad, one.curvature @ w.detach() - one.target)


@pytest.mark.parametrize("strength", [0.01, 0.1, 10.0])
def test_ridge_is_that_of_scikit_learn(one, strength):
    x, y = one.splits.train.x.double(), one.splits.train.y.double().squeeze(1)
    # Ours has the loss 1/(2n) Σ and λ/2 ‖w‖², theirs Σ and alpha ‖w‖²
    theirs = Ridge(alpha=strength * len(x), fit_intercept=False).fit(x.numpy(), y.numpy()).coef_
    torch.testing.assert_close(one.ridge(strength), torch.from_numpy(theirs))


def test_both_paths_lead_from_zero_to_least_squares(one):
    x, y = one.splits.train.x.double(), one.splits.train.y.double()
    full = torch.linalg.lstsq(x, y).solution.squeeze(1)
    torch.testing.assert_close(one.full, full, rtol=1e-6, atol=1e-9)
    torch.testing.assert_close(one.descent(10 ** 9), full, rtol=1e-6, atol=1e-9)
    torch.testing.assert_close(one.ridge(1e-12), full, rtol=1e-6, atol=1e-9)
    assert one.ridge(1e9).norm() < 1e-8


def test_shrunk_keeps_the_direction(one):
    w = one.shrunk(torch.tensor(0.5))
    assert w.norm().item() == pytest.approx(0.5)
    assert torch.nn.functional.cosine_similarity(w, one.full, dim=0).item() == pytest.approx(1)


def test_shares_agree_to_first_order_and_within_the_known_bound(one):
    """For gradient flow the ratio of the shares is at most 1.2985 (Ali et al. 2019, Lemma 5)."""
    for t in STEPS:
        ratio = one.descent_factors(t) / one.ridge_factors(1 / (one.rate * t))
        assert (ratio < 1.2985 * 1.06).all()    # steps of a tenth: up to 5 % above the flow
        assert (ratio > 0.999).all()
    flat = one.eigenvalues < 1e-3 * one.eigenvalues[-1]
    shares = one.descent_factors(10)[flat], one.ridge_factors(1 / (10 * one.rate))[flat]
    torch.testing.assert_close(*shares, rtol=1e-2, atol=0)


def test_paths_measure_what_they_say():
    found = least_squares.paths(seeds=[3], reason="a test")
    one = least_squares.problem(3)
    place = 9
    ridge = one.ridge(1 / (one.rate * STEPS[place]))
    assert found.gaps[0][place] == pytest.approx(
        float((one.descent(STEPS[place]) - ridge).norm() / ridge.norm()))
    assert max(found.gaps[0]) < 0.35 < max(found.shrunk[0])
    assert list(found.test) == ["early stopping", "ridge", "least squares", "trivial"]
    dummy = DummyRegressor().fit(*l1_linear.table(one.splits.train))
    assert found.test["trivial"][0] == pytest.approx(
        dummy.score(*l1_linear.table(one.splits.open_test("a test"))), abs=1e-6)
    assert found.test["ridge"][0] > found.test["least squares"][0]


def test_r_squared_is_that_of_scikit_learn(one):
    from sklearn.metrics import r2_score

    part = one.splits.validation
    w = one.ridge(0.1)
    expected = r2_score(part.y.squeeze(1).numpy(), (part.x.double() @ w).numpy())
    assert least_squares.r_squared(part)(w) == pytest.approx(expected, abs=1e-6)


def test_factors_have_a_row_for_each_seed_and_the_most_curved_first():
    rows = least_squares.factors(50, seeds=range(2))
    assert all(found.shape == (2, 30) for found in rows.values())
    for name in ("gradient descent", "ridge"):
        assert (rows[name].diff(dim=1) <= 1e-12).all()
    assert (rows["all shrunk alike"].std(1) < 1e-12).all()
