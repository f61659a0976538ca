"""The scikit-learn tables arrive unchanged, in the units that are promised."""

import numpy as np
import pytest
import torch
from sklearn import datasets

from reglab.data import breast_cancer, diabetes, digits


def held_out(splits):
    """The test part, opened."""
    return splits.open_test("a test of the data")


@pytest.mark.parametrize("function, loader, options", [
    (digits, datasets.load_digits, {}),
    (breast_cancer, datasets.load_breast_cancer, {}),
    (diabetes, datasets.load_diabetes, {"scaled": False}),
])
def test_rows_are_those_of_the_source_table(function, loader, options):
    x, y = loader(return_X_y=True, **options)
    splits = function(3, standardize=False)
    rows = splits.indices[0]
    assert np.array_equal(splits.train.x.flatten(1), x[rows].astype(np.float32))
    # y is the label, or the target up to a shift and a scale
    assert np.corrcoef(splits.train.y.flatten(), y[rows])[0, 1] == pytest.approx(1, abs=1e-6)


def test_digits_are_upright_images():
    image = digits(0, standardize=False).train.x[0, 0]
    row = digits(0).indices[0][0]
    assert np.array_equal(image, datasets.load_digits().images[row])


@pytest.mark.parametrize("function", [digits, breast_cancer])
def test_label_noise_leaves_the_division_and_the_inputs_alone(function):
    clean, noisy = function(0), function(0, label_noise=0.4)
    wrong = clean.train.y != noisy.train.y
    assert int(wrong.sum()) == round(0.4 * len(clean.train))
    assert torch.equal(clean.train.x, noisy.train.x)
    assert torch.equal(held_out(clean).y, held_out(noisy).y)


def test_diabetes_target_is_standardized_even_when_the_features_are_not():
    raw = diabetes(0, standardize=False)
    assert raw.train.y.shape == (40, 1)
    assert abs(float(raw.train.y.mean())) < 1e-6
    assert float(raw.train.y.std(correction=0)) == pytest.approx(1, abs=1e-6)
    assert torch.equal(held_out(raw).y, held_out(diabetes(0)).y)


@pytest.mark.parametrize("function, n_features", [(breast_cancer, 30), (diabetes, 10)])
def test_noise_features_are_standard_normal_and_come_after_the_real_ones(function, n_features):
    plain = function(0, standardize=False)
    noisy = function(0, standardize=False, noise_features=50)
    assert torch.equal(noisy.train.x[:, :n_features], plain.train.x)
    noise = held_out(noisy).x[:, n_features:]
    n = noise.numel()  # at least 252 * 50 values: mean within 4/sqrt(n), std within 4/sqrt(2n)
    assert abs(float(noise.mean())) < 4 / n**0.5
    assert abs(float(noise.std()) - 1) < 4 / (2 * n) ** 0.5


def test_errors_name_the_function_and_the_argument():
    with pytest.raises(ValueError, match=r"digits.label_noise must be in \[0, 1\]"):
        digits(0, label_noise=1.5)
    with pytest.raises(ValueError, match="diabetes.noise_features must be a whole number >= 0"):
        diabetes(0, noise_features=-1)
    with pytest.raises(ValueError, match="digits.n_train .* at most 1797"):
        digits(0, n_train=1000)
