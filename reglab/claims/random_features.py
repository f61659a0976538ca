"""Random ReLU features with least squares: the smallest model that shows double descent.

The first layer is random and stays so; only the last one is fitted, exactly, in closed form. There
is no learning rate and no stopping, so what happens as the number of features P passes the number
of examples is a property of the solution. All in float64.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor

from .. import data
from ..devices import on_all_cores
from ..seeding import generator

SEEDS = range(10)
LOOK = "claims C01 to C05, planned together"    # one look at each test set

EXAMPLES = 300
COUNTS = [10, 20, 40, 80, 150, 220, 300, 340, 400, 500, 1000]    # of features
SIZES = [50, 100, 150, 200, 250, 300, 350, 400, 500]    # of the training set, at 300 features
STRENGTHS = [0.0, 0.1, 1.0, 10.0, 100.0]
TRAIN, VALIDATION, TEST = range(3)


def features(x: Tensor, count: int, seed: int) -> Tensor:
    """max(0, x·w) for random directions w.  Shape: (N, …) → (N, P)."""
    x = x.flatten(1).double()
    directions = torch.randn(x.shape[1], count, generator=generator(seed, "random features"),
                             dtype=torch.float64)
    return (x @ directions / x.shape[1] ** 0.5).relu()


def ridge(z: Tensor, y: Tensor, strengths: Sequence[float], cutoff: float = 1e-14) -> Tensor:
    """The w that minimize ‖z w − y‖² + λ‖w‖²; at λ = 0 the shortest w of all that do.

    From one singular value decomposition of z for all λ. Squaring z instead would lose half of the
    digits, and with them directions that the data do know, if barely. Singular values of at most
    ``cutoff`` · max(N, P) · the largest count as zero.

    Shape: z (N, P), y (N, K), result (L, P, K).
    """
    left, values, right = torch.linalg.svd(z, full_matrices=False)
    target = left.T @ y
    kept = values > cutoff * max(z.shape) * values[0]    # directions not in the data stay at zero
    return torch.stack([right.T @ (torch.where(kept, values / (values**2 + strength), 0.0)[:, None]
                                   * target) for strength in strengths])


def scores(splits: data.Splits, count: int, seed: int,
           strengths: Sequence[float] = STRENGTHS) -> Tensor:
    """Accuracy on train, validation and test data at each strength.  Shape: (3, L)."""
    parts = splits.train, splits.validation, splits.open_test(LOOK)
    z = [features(part.x, count, seed) for part in parts]
    targets = F.one_hot(splits.train.y, splits.classes).double() - 1 / splits.classes
    w = ridge(z[0], targets, strengths)
    return torch.stack([((each @ w).argmax(2) == part.y).double().mean(1)
                        for part, each in zip(parts, z, strict=True)])


few_digits = partial(data.digits, n_train=EXAMPLES)


def by_features(seeds: Sequence[int] = SEEDS) -> Tensor:
    """Three hundred digits, ever more features.  Shape: (S, counts, 3, L)."""
    return torch.stack(on_all_cores(lambda seed: torch.stack(
        [scores(few_digits(seed), count, seed) for count in COUNTS]), seeds))


def by_examples(seeds: Sequence[int] = SEEDS) -> Tensor:
    """Three hundred features, ever more digits.  Shape: (S, sizes, 3, L)."""
    return torch.stack(on_all_cores(lambda seed: torch.stack(
        [scores(data.digits(seed, n_train=n), 300, seed) for n in SIZES]), seeds))


def rank(count: int, seed: int) -> int:
    """How many of the features of three hundred digits are linearly independent."""
    z = features(few_digits(seed).train.x, count, seed)
    return int(torch.linalg.matrix_rank(z))


def unregularized(found: Tensor, part: int = TEST) -> Tensor:
    """The scores without a penalty.  Shape: (S, places)."""
    return found[:, :, part, 0]


def tuned(found: Tensor, part: int = TEST) -> Tensor:
    """The scores with the strength that is best on validation data, at each place by itself."""
    best = found[:, :, VALIDATION].mean(0).argmax(1)
    return found[:, torch.arange(found.shape[1]), part, best]
