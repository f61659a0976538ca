"""Data from known processes: every seed is a fresh draw, and the best possible score is known."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch

from ..arguments import require_integer, require_number
from ..seeding import numpy_generator
from .splits import Split, Splits, add_label_noise, require_sizes
from .splits import standardize as standardize_splits


def two_moons(seed: int, *, n_train: int = 100, n_validation: int = 500, n_test: int = 1000,
              noise: float = 0.2, label_noise: float = 0.0, standardize: bool = True) -> Splits:
    """Two interleaved half circles, ``sklearn.datasets.make_moons``.

    Args:
        seed: a fresh draw of all three parts.
        n_train, n_validation, n_test: sizes of the parts.
        noise: standard deviation of the Gaussian noise on both coordinates; 0 is off. The
            half circles have radius 1.
        label_noise: share of wrong labels in train and validation, in [0, 1]; 0 is off.
        standardize: subtract the train mean of each feature and divide by its train std.

    Shape:
        - x: (N, 2)
        - y: (N,), labels 0 and 1

    >>> two_moons(0).train.y.bincount()
    tensor([50, 50])
    """
    from sklearn.datasets import make_moons

    require_number(noise, "two_moons.noise", 0.0)
    require_number(label_noise, "two_moons.label_noise", 0.0, 1.0)

    def draw(n, random):
        return make_moons(n, noise=noise, random_state=int(random.integers(2**32)))

    splits = _draw_splits(draw, seed, n_train, n_validation, n_test, "two_moons", classes=2)
    splits = add_label_noise(splits, label_noise, seed)
    return standardize_splits(splits) if standardize else splits


def noisy_sine(seed: int, *, n_train: int = 20, n_validation: int = 100, n_test: int = 1000,
               noise: float = 0.3, degree: int = 1, standardize: bool = True) -> Splits:
    """One period of a sine with noise, y = sin(2πx) + noise · ε (Bishop 2006, section 1.1).

    x is uniform on [0, 1) and ε standard normal. As the variance of the sine is ½, no model can
    expect a test R² above 1 / (1 + 2 · noise²).

    Args:
        seed: a fresh draw of all three parts.
        n_train, n_validation, n_test: sizes of the parts.
        noise: standard deviation of the noise; 0 is off.
        degree: the features are x, x², …, x^degree; 1 is x alone.
        standardize: standardize features and target by train statistics.

    Shape:
        - x: (N, degree)
        - y: (N, 1)

    >>> noisy_sine(0, n_train=10, degree=9).train
    Split(10 examples, x (9,) float32, y float32)
    """
    require_number(noise, "noisy_sine.noise", 0.0)
    require_integer(degree, "noisy_sine.degree", 1)

    def draw(n, random):
        x = random.random(n)
        y = np.sin(2 * np.pi * x) + noise * random.standard_normal(n)
        return _powers(x, degree), y

    splits = _draw_splits(draw, seed, n_train, n_validation, n_test, "noisy_sine")
    return standardize_splits(splits) if standardize else splits


def polynomial(seed: int, *, n_train: int = 30, n_validation: int = 100, n_test: int = 1000,
               coefficients: Sequence[float] = (-1.0, 0.0, 2.0), noise: float = 0.3,
               degree: int = 10, standardize: bool = True) -> Splits:
    """A polynomial with noise, seen through more powers of x than it has.

    y = Σₖ cₖ xᵏ + noise · ε with x uniform on [−1, 1) and ε standard normal. The features are
    x, x², …, x^degree, so a linear model can represent the truth, and the powers beyond it can
    only fit noise. ``truth`` holds the coefficients, in standardized units if ``standardize``.

    Args:
        seed: a fresh draw of all three parts.
        n_train, n_validation, n_test: sizes of the parts.
        coefficients: c₁, c₂, … of x, x², …; at most ``degree`` of them.
        noise: standard deviation of the noise; 0 is off.
        degree: number of features.
        standardize: standardize features and target by train statistics.

    Shape:
        - x: (N, degree)
        - y: (N, 1)
        - truth: (degree,)

    >>> polynomial(0, degree=5, standardize=False).truth
    tensor([-1.,  0.,  2.,  0.,  0.])
    """
    require_number(noise, "polynomial.noise", 0.0)
    require_integer(degree, "polynomial.degree", max(1, len(coefficients)),
                    cure="The features must contain every power that has a coefficient.")
    truth = np.zeros(degree)
    truth[: len(coefficients)] = coefficients

    def draw(n, random):
        x = _powers(random.uniform(-1, 1, n), degree)
        return x, x @ truth + noise * random.standard_normal(n)

    splits = _draw_splits(draw, seed, n_train, n_validation, n_test, "polynomial", truth=truth)
    return standardize_splits(splits) if standardize else splits


def sparse_linear(seed: int, *, n_train: int = 100, n_validation: int = 100, n_test: int = 1000,
                  n_features: int = 200, n_nonzero: int = 10, noise: float = 0.5,
                  standardize: bool = True) -> Splits:
    """Linear regression in which few features matter: ground for the lasso (Tibshirani 1996).

    y = x · w + noise · ε with independent standard normal features. A random choice of k =
    ``n_nonzero`` coefficients are ±1/√k, the others are 0. The signal then has variance 1
    for every k, and no model can expect a test R² above 1 / (1 + noise²). ``truth``
    holds w, in standardized units if ``standardize``; its zeros stay exact zeros.

    Args:
        seed: the coefficients, and a fresh draw of all three parts.
        n_train, n_validation, n_test: sizes of the parts.
        n_features: number of features D.
        n_nonzero: number of features that matter, in [1, n_features].
        noise: standard deviation of the noise; 0 is off.
        standardize: standardize features and target by train statistics.

    Shape:
        - x: (N, D)
        - y: (N, 1)
        - truth: (D,)

    >>> splits = sparse_linear(0)
    >>> splits.train.x.shape, int((splits.truth != 0).sum())
    (torch.Size([100, 200]), 10)
    """
    require_integer(n_features, "sparse_linear.n_features", 1)
    require_integer(n_nonzero, "sparse_linear.n_nonzero", 1, n_features)
    require_number(noise, "sparse_linear.noise", 0.0)
    random_truth = numpy_generator(seed, "sparse_linear.truth")
    truth = np.zeros(n_features)
    support = random_truth.choice(n_features, n_nonzero, replace=False)
    truth[support] = random_truth.choice([-1.0, 1.0], n_nonzero) / np.sqrt(n_nonzero)

    def draw(n, random):
        x = random.standard_normal((n, n_features))
        return x, x @ truth + noise * random.standard_normal(n)

    splits = _draw_splits(draw, seed, n_train, n_validation, n_test, "sparse_linear", truth=truth)
    return standardize_splits(splits) if standardize else splits


def _powers(x: np.ndarray, degree: int) -> np.ndarray:
    """The columns x, x², …, x^degree. Shape: (N,) → (N, degree)."""
    return x[:, None] ** np.arange(1, degree + 1)


def _draw_splits(draw: Callable, seed: int, n_train: int, n_validation: int, n_test: int,
                 name: str, *, classes: int | None = None,
                 truth: np.ndarray | None = None) -> Splits:
    """Three independent draws, each from its own stream. ``draw(n, random)`` gives x and y."""
    require_sizes(name, n_train, n_validation, n_test)
    sizes = {"train": n_train, "validation": n_validation, "test": n_test}
    parts = {}
    for part, n in sizes.items():
        x, y = draw(n, numpy_generator(seed, f"{name}.{part}"))
        y = torch.from_numpy(y)
        y = y.long() if classes is not None else y.float().unsqueeze(1)
        parts[part] = Split(torch.from_numpy(x).float(), y)
    return Splits(**parts, name=name, classes=classes,
                  truth=None if truth is None else torch.from_numpy(truth).float())
