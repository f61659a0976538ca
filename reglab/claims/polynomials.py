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
from ..devices import on_all_cores
from .random_features import ridge

COUNTS = [1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 18, 20, 22, 25, 30, 40, 50, 60, 100, 200]
POINTS = [10, 20, 50]
STRENGTHS = [0.0, 0.001, 0.01, 0.1, 1.0]
NOISES = [0.1, 0.3, 1.0]    # standard deviations
GRID = torch.linspace(0.01, 0.99, 99)    # where the learned functions are drawn


class Fits(NamedTuple):
    """Polynomials of every size, fitted to as many points, as noisy, with one strength of L2.

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


def polynomial_fits(seeds: Sequence[int] = range(20)) -> dict[tuple[int, float, float], Fits]:
    """Polynomials of 1 to 200 coefficients, by number of points, noise and strength."""
    found = {}
    for points in POINTS:
        draws = [[data.noisy_sine(seed, n_train=points, noise=noise, standardize=False)
                  for noise in NOISES] for seed in seeds]
        each = np.array(on_all_cores(
            lambda count, draws=draws: [_errors_and_curves(noisy, count) for noisy in draws],
            COUNTS))    # (counts, S, noises, strengths, 2 + G)
        for i, noise in enumerate(NOISES):
            first = draws[0][i].train
            for j, strength in enumerate(STRENGTHS):
                one = each[:, :, i, j]
                found[points, noise, strength] = Fits(
                    one[..., 2:], one[..., 0], one[..., 1],
                    first.x[:, 0].numpy(), first.y[:, 0].numpy())
    return found


def _errors_and_curves(noisy: Sequence[data.Splits], count: int) -> np.ndarray:
    """Training and validation error, then the values on the grid.

    The splits have the same x and differ in noise alone, so one decomposition serves all.

    Shape: (noises, strengths, 2 + G).
    """
    parts = [[getattr(splits, part) for splits in noisy] for part in ("train", "validation")]
    z = [legendre(part[0].x[:, 0], count) for part in parts]
    y = [torch.cat([splits.y for splits in part], 1).double() for part in parts]
    w = ridge(z[0], y[0], STRENGTHS, cutoff=1e-6 / max(z[0].shape))    # (strengths, count, noises)
    errors = [((z_ @ w - y_) ** 2).mean(1) for z_, y_ in zip(z, y, strict=True)]
    curves = legendre(GRID, count) @ w
    return torch.cat([torch.stack(errors, 1), curves], 1).permute(2, 0, 1).numpy()
