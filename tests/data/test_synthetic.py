"""The synthetic sets follow the formulas in their docstrings."""

import numpy as np
import pytest
import torch

from reglab.data import noisy_sine, polynomial, sparse_linear, two_moons


def held_out(splits):
    """The test part, opened."""
    return splits.open_test("a test of the data")


FUNCTIONS = [two_moons, noisy_sine, polynomial, sparse_linear]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_seeds_repeat_and_differ_and_the_parts_are_separate_draws(function):
    sizes = {"n_train": 30, "n_validation": 30, "n_test": 30}
    one, again, other = function(0, **sizes), function(0, **sizes), function(1, **sizes)
    raw = function(0, **sizes, standardize=False)
    assert torch.equal(one.train.x, again.train.x)
    assert torch.equal(held_out(one).y, held_out(again).y)
    assert not torch.equal(one.train.x, other.train.x)
    assert not torch.equal(raw.train.x, raw.validation.x)
    assert not torch.equal(raw.validation.x, held_out(raw).x)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_longer_train_split_leaves_validation_and_test_alone(function):
    short, long = (function(0, n_train=n, standardize=False) for n in (20, 40))
    assert torch.equal(short.validation.x, long.validation.x)
    assert torch.equal(held_out(short).y, held_out(long).y)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_features_are_standardized_by_the_train_split(function):
    train = function(0).train.x
    torch.testing.assert_close(train.mean(0), torch.zeros(train.shape[1]), atol=1e-5, rtol=0)
    torch.testing.assert_close(train.std(0, correction=0), torch.ones(train.shape[1]))


def test_two_moons_without_noise_lie_on_two_half_circles():
    test = held_out(two_moons(0, noise=0, standardize=False))
    centers = torch.tensor([[0.0, 0.0], [1.0, 0.5]])[test.y]
    torch.testing.assert_close((test.x - centers).norm(dim=1), torch.ones(1000))


def test_sine_and_its_noise():
    exact = held_out(noisy_sine(0, noise=0, degree=3, standardize=False))
    x = exact.x[:, :1]
    torch.testing.assert_close(exact.x, torch.cat([x, x**2, x**3], dim=1))
    torch.testing.assert_close(exact.y, torch.sin(2 * torch.pi * x), atol=1e-5, rtol=0)
    noisy = held_out(noisy_sine(0, noise=0.3, standardize=False))
    residual = noisy.y - torch.sin(2 * torch.pi * noisy.x)
    # the std of n = 1000 normal values has a standard error of 0.3/sqrt(2n) = 0.0067
    assert abs(float(residual.std()) - 0.3) < 4 * 0.0067


def test_polynomial_without_noise_is_its_coefficients():
    test = held_out(polynomial(0, coefficients=(1.0, -2.0), noise=0, degree=4, standardize=False))
    x = test.x[:, :1]
    torch.testing.assert_close(test.y, x - 2 * x**2)
    with pytest.raises(ValueError, match="polynomial.degree .* every power"):
        polynomial(0, coefficients=(1.0, 2.0, 3.0), degree=2)


@pytest.mark.parametrize("function", [polynomial, sparse_linear])
@pytest.mark.parametrize("standardize", [False, True])
def test_truth_explains_the_targets_up_to_a_constant(function, standardize):
    splits = function(0, noise=0, standardize=standardize)
    constant = held_out(splits).y[:, 0] - held_out(splits).x @ splits.truth
    assert float(constant.std()) < 1e-5


def test_sparse_truth_has_unit_signal_variance_and_a_new_support_per_seed():
    for k in (1, 10, 200):
        truth = sparse_linear(0, n_nonzero=k, standardize=False).truth
        assert int((truth != 0).sum()) == k
        assert float(truth.square().sum()) == pytest.approx(1, abs=1e-5)
    supports = [set(np.flatnonzero(sparse_linear(seed).truth)) for seed in (0, 1)]
    assert supports[0] != supports[1]
    with pytest.raises(ValueError, match=r"n_nonzero must be a whole number in \[1, 200\]"):
        sparse_linear(0, n_nonzero=201)


def test_noise_sets_the_ceiling_that_the_docstring_names():
    splits = sparse_linear(0, noise=0.5, n_test=4000, standardize=False)
    error = held_out(splits).y[:, 0] - held_out(splits).x @ splits.truth
    score = 1 - float(error.var() / held_out(splits).y.var())
    # 1 - R² is a ratio of two variances of n = 4000 values: relative error below 4 sqrt(4/n)
    assert abs((1 - score) - 0.2) < 0.2 * 4 * (4 / 4000) ** 0.5
