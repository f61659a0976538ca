"""The numbers behind the figures, without any drawing."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch import Tensor

from ..arguments import require
from ..parameters import weights

if TYPE_CHECKING:
    from ..result import Result


class Band(NamedTuple):
    """A mean over seeds with its interval, at each of E places.

    ``low`` and ``high`` are NaN where less than two seeds are left, ``mean`` where none is.
    """

    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray
    n: np.ndarray


class Histogram(NamedTuple):
    """Counts of an arm's weights over all seeds, and the share that is exactly zero."""

    counts: np.ndarray
    edges: np.ndarray
    zeros: float
    outside: int


def band(values: Tensor | np.ndarray, confidence: float = 0.95) -> Band:
    """Means and t intervals over the first dimension, as :func:`reglab.statistics.interval`.

    Values that are not finite are left out: after a run has stopped the mean is over those that
    still train.

    Shape: values (S, E), results (E,).
    """
    from scipy import special

    array = np.asarray(values, dtype=float)
    array = np.where(np.isfinite(array), array, np.nan)
    n = (~np.isnan(array)).sum(0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.nansum(array, 0) / n
        spread = np.sqrt(np.nansum((array - mean) ** 2, 0) / (n - 1) / n)
        half = special.stdtrit(np.maximum(n - 1, 1), (1 + confidence) / 2) * spread
    half = np.where(n > 1, half, np.nan)
    return Band(mean, mean - half, mean + half, n)


def weights_of(result: Result, arm: Hashable, seed: int) -> np.ndarray:
    """All weights (matrices and kernels, no biases or gains) of a trained model, flat."""
    return torch.cat([w.flatten() for w in weights(result.parameters(arm, seed))]).numpy()


def norms(result: Result, arm: Hashable) -> np.ndarray:
    """‖w‖₂ over all weights of each seed's model.  Shape: (S,)."""
    return np.array([np.linalg.norm(weights_of(result, arm, seed)) for seed in result.seeds])


def histograms(result: Result, arms: Sequence[Hashable], bins: int = 61) -> list[Histogram]:
    """Histograms of the weights of several arms on shared bins.

    The bins are symmetric about zero, with zero in the middle of one, and reach to where at most
    one weight in a thousand of any arm lies outside.
    """
    values = [np.concatenate([weights_of(result, arm, seed) for seed in result.seeds])
              for arm in arms]
    values = [v[np.isfinite(v)] for v in values]
    limit = max((float(np.quantile(np.abs(v), 0.999)) for v in values if v.size), default=0) or 1.0
    edges = np.linspace(-limit, limit, bins + 1)
    made = []
    for v in values:
        inside = np.abs(v) <= limit
        zeros = float((v == 0).mean()) if v.size else 0.0
        counts = np.histogram(v[inside], edges)[0]
        made.append(Histogram(counts, edges, zeros, int((~inside).sum())))
    return made


def powers(x: Tensor, degree: int) -> Tensor:
    """The features x, x², …, x^degree.  Shape: (N, 1) → (N, degree)."""
    return x ** torch.arange(1, degree + 1, dtype=x.dtype)


def predictions(result: Result, arm: Hashable, grid: Tensor,
                features: Callable[[Tensor], Tensor]) -> np.ndarray:
    """What each seed's model predicts on a grid of x.  Shape: grid (G, 1), result (S, G)."""
    outputs = []
    with torch.no_grad():
        for seed in result.seeds:
            model = result.model(arm, seed)
            dtype = next(model.parameters()).dtype
            outputs.append(model(features(grid).to(dtype)).squeeze(1).double().numpy())
    return np.stack(outputs)


def features_of_line(result: Result, features: Callable[[Tensor], Tensor] | None,
                     owner: str) -> Callable[[Tensor], Tensor]:
    """How x became the features of these data; checked against the data."""
    splits = list(result.splits.values())
    shape = splits[0].shape
    require(splits[0].classes is None and len(shape) == 1, f"{owner}.result",
            "of a regression on features of one number x, as data.noisy_sine",
            splits[0].train.x)
    if features is None:
        def features(x: Tensor) -> Tensor:
            return powers(x, shape[0])

    ok = all(torch.allclose(features(s.train.x[:, :1]), s.train.x, atol=1e-5) for s in splits)
    require(ok, f"{owner}.features", "the function that made the features x, x², … of the data",
            features, "Draw the data with standardize=False, or pass features=.")
    return features
