"""Chapter 01, bias and variance: the experiment behind the claim C04.

Bias and variance are means over training sets, and MNIST-1D gives a fresh one for every seed, with
one test set for all. Two networks from two training sets are enough for estimates without bias of
their own: for predictions f₁ and f₂ of independent draws, and the target y,

    variance      E ½‖f₁ − f₂‖²            (noise of the initialization and batches included)
    bias²         E (f₁ − y)·(f₂ − y)      (what cannot be predicted included)
    their sum     E ½(‖f₁ − y‖² + ‖f₂ − y‖²), the error itself, exactly.

Predictions are probabilities and y is one-hot, so the error is the Brier score (Brier 1950). A pair
of seeds is one measurement; twenty seeds give ten. The strengths get forty: with twenty, the bias
that a little L2 costs was not settled on the seeds from 7000 on, and only just elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import Tensor

from .. import data
from ..models import MLP
from ..optimizers import SGD
from ..recipe import Recipe
from ..regularizers import L2
from ..result import Result
from ..training import sweep
from . import statements
from .chapter import Case, Experiment
from .effects import Difference
from .random_features import LOOK
from .rules import Claim, Rule, Settled

SEEDS = range(20)    # ten pairs
STRENGTH_SEEDS = range(40)
STRENGTHS = [0.0, 0.003, 0.01, 0.03, 0.1]
A_LITTLE, TOO_MUCH = 0.003, 0.03    # of L2
WIDTHS = [2, 4, 8, 16, 32, 64, 128]

SIGNALS = Recipe(MLP(40, 128, 128, 10), optimizer=SGD(lr=0.05, momentum=0.9),
                 epochs=40, batch_size=100)
MIDDLE = SIGNALS.replace(model=MLP(40, 64, 64, 10))    # a third of the work, where that suffices


@lru_cache(maxsize=64)
def signals(seed: int) -> data.Splits:
    """MNIST-1D, a thousand clean examples, drawn afresh for every seed."""
    return data.mnist1d(seed, n_test=2000)


def strength_sweep(seeds: Sequence[int] = STRENGTH_SEEDS) -> Result:
    """L2 at five strengths, with hidden layers of 64 units."""
    recipes = {s: MIDDLE.replace(techniques=(L2(s),)) for s in STRENGTHS}
    return sweep(recipes, signals, seeds, every=40)


def width_sweep(seeds: Sequence[int] = SEEDS) -> Result:
    """Two hidden layers of 2 to 128 units, without a regularizer."""
    recipes = {w: SIGNALS.replace(model=MLP(40, w, w, 10)) for w in WIDTHS}
    return sweep(recipes, signals, seeds, every=40)


def decompose(first: Tensor, second: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """Variance and bias² from predictions after two training sets; their sum is the error.

    Shape: each (N, K), with one-hot y; results are scalars.
    """
    variance = (first - second).square().sum(1).mean() / 2
    bias = ((first - y) * (second - y)).sum(1).mean()
    return variance, bias


def measure(result: Result, arm: float) -> Tensor:
    """Variance and bias² of an arm on the test data, one column for each pair of seeds.  (2, S/2).

    Seeds 0 and 1 are the first pair, 2 and 3 the second; an odd one at the end is left out.
    """
    test = result.splits[result.seeds[0]].open_test(LOOK)
    y = F.one_hot(test.y, 10).double()
    with torch.no_grad():
        p = [result.model(arm, seed)(result.splits[seed].open_test(LOOK).x).double().softmax(1)
             for seed in result.seeds]
    pairs = zip(p[0::2], p[1::2], strict=False)
    return torch.tensor([decompose(first, second, y) for first, second in pairs]).T


def lines(result: Result) -> dict[str, Tensor]:
    """Variance, bias² and error against the arms, one row for each pair of seeds."""
    found = torch.stack([measure(result, arm) for arm in result.arms])    # (A, 2, pairs)
    return {"error": found.sum(1).T, "bias²": found[:, 1].T, "variance": found[:, 0].T}


C04 = Claim(statements.C04, ("Geman et al. 1992", "Neal 2019"), {
    "variance, a little L2": Rule("variance, λ = 0.003 − none; of pairs of seeds", high=-0.02),
    "bias, a little L2": Rule("bias², λ = 0.003 − none; of pairs of seeds", low=0.02),
    "bias, more L2": Rule("bias², λ = 0.03 − none; of pairs of seeds", low=0.02)},
    changed="twenty seeds became forty, as the bias of the weak penalty was not settled on all "
            "seeds.")


def settle_c04(strengths: Result) -> Settled:
    """A predictor that gives all classes the same, always, has no variance, and the bias² shown."""
    none, little, much = (measure(strengths, s) for s in (0.0, A_LITTLE, TOO_MUCH))
    constant = 1 - 1 / 10
    return C04.settle(**{"variance, a little L2": Difference(little[0], none[0], trivial=0.0),
                         "bias, a little L2": Difference(little[1], none[1], constant),
                         "bias, more L2": Difference(much[1], none[1], constant)})


CASE = Case(C04, settle_c04, (Experiment(strength_sweep, times=4),))
