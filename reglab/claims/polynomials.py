"""Chapter 01: least-squares polynomials on a noisy sine, the textbook's picture of overfitting.

The features are Legendre polynomials, so that hundreds of them can be fitted in float64. With more
coefficients than points many polynomials pass through all points; the shortest w is taken.
Directions with a singular value below about a millionth of the largest are left out, so that the
explosion stays on the page; there a polynomial passes its points nearly, not exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from .. import data
from .random_features import ridge

COUNTS = [1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 18, 20, 22, 25, 30, 40, 50, 60, 100, 200]
POINTS = [10, 20, 50]
STRENGTHS = [0.0, 0.001, 0.01, 0.1, 1.0]
GRID = torch.linspace(0.01, 0.99, 99)    # where the learned functions are drawn


class Fits(NamedTuple):
    """Polynomials of every size, fitted to the same number of points with one strength of L2.

    Shape: predictions (counts, S, G) on the grid; train and validation (counts, S) mean squared
    errors; x and y (N,), the training points of the first seed.
    """

    predictions: np.ndarray
    train: np.ndarray
    validation: np.ndarray
    x: np.ndarray
    y: np.ndarray


def legendre(x: Tensor, count: int) -> Tensor:
    """The first Legendre polynomials on [0, 1].  Shape: (N,) → (N, count)."""
    return torch.from_numpy(np.polynomial.legendre.legvander(2 * x.double().numpy() - 1, count - 1))


def truth(x: np.ndarray) -> np.ndarray:
    """The function behind the noise."""
    return np.sin(2 * np.pi * x)


def polynomial_fits(seeds: Sequence[int] = range(20)) -> dict[tuple[int, float], Fits]:
    """For each number of points and each strength: polynomials of 1 to 200 coefficients."""
    found = {}
    for points in POINTS:
        draws = [data.noisy_sine(seed, n_train=points, standardize=False) for seed in seeds]
        each = np.array([[_errors_and_curves(splits, count) for splits in draws]
                         for count in COUNTS])    # (counts, S, strengths, 2 + G)
        first = draws[0].train
        for i, strength in enumerate(STRENGTHS):
            one = each[:, :, i]
            found[points, strength] = Fits(one[..., 2:], one[..., 0], one[..., 1],
                                           first.x[:, 0].numpy(), first.y[:, 0].numpy())
    return found


def _errors_and_curves(splits: data.Splits, count: int) -> np.ndarray:
    """At each strength: training and validation error, then the values on the grid."""
    train, validation = splits.train, splits.validation
    w = ridge(legendre(train.x[:, 0], count), train.y.double(), STRENGTHS,
              cutoff=1e-6 / max(len(train.x), count))
    errors = [((legendre(part.x[:, 0], count) @ w - part.y) ** 2).mean((1, 2))
              for part in (train, validation)]
    curves = (legendre(GRID, count) @ w).squeeze(2)
    return torch.cat([torch.stack(errors, 1), curves], 1).numpy()
