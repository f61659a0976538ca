"""Chapter 03, L1 in networks: zeros by subgradient and proximal steps, whole units, pruning, speed.

With momentum μ the optimizer adds up past gradients, a penalty's among them, so the penalty
``L1(λ)`` pulls 1/(1 − μ) times as hard as the proximal step ``SoftThreshold(λ)``, which comes after
the optimizer and is not added up.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from functools import lru_cache, partial

import torch
from torch import Tensor, nn

from .. import data
from ..models import MLP
from ..optimizers import SGD
from ..parameters import is_weight, weights
from ..recipe import Recipe
from ..regularizers import L1, GroupLasso, SoftThreshold
from ..result import Result
from ..seeding import generator
from ..training import sweep
from .l1_linear import SEEDS
from .timing import relative_times

SIGNALS = Recipe(MLP(40, 128, 128, 10), optimizer=SGD(lr=0.05, momentum=0.9), epochs=60,
                 batch_size=100)
DIGITS = Recipe(MLP(64, 128, 10), optimizer=SGD(lr=0.05, momentum=0.9), epochs=60, batch_size=50)
USUAL = 0.006    # the strength at which the two kinds of step are compared
STRENGTHS = [0.0, 0.003, USUAL, 0.012]
SHOWN = 0.04    # at which, on other seeds, L1 and group lasso both improved the digits network much


@lru_cache(maxsize=64)
def signals(seed: int) -> data.Splits:
    """MNIST-1D, the same for all experiments of the chapter; test sets of 2000."""
    return data.mnist1d(seed, n_test=2000)


@lru_cache(maxsize=64)
def noisy_digits(seed: int) -> data.Splits:
    """500 digits, of which a fifth have a wrong label."""
    return data.digits(seed, n_train=500, label_noise=0.2)


def signals_sweep(seeds: Sequence[int] = SEEDS) -> Result:
    """L1 by proximal steps at three strengths, in a network that can learn its data by heart."""
    recipes = {s: SIGNALS.replace(techniques=(SoftThreshold(s),))
               for s in STRENGTHS}
    return sweep(recipes, signals, seeds, every=20)


def subgradient_sweep(seeds: Sequence[int] = SEEDS) -> Result:
    """The same pull as a penalty, along its subgradient: λ (1 − μ), as momentum adds it up."""
    recipe = SIGNALS.replace(techniques=(L1(USUAL * (1 - SIGNALS.optimizer.momentum)),))
    return sweep({USUAL: recipe}, signals, seeds, every=20)


def linear_sweep(seeds: Sequence[int] = SEEDS) -> Result:
    """A model without hidden layers, at the same strengths: what simple patterns give."""
    recipes = {s: SIGNALS.replace(model=MLP(40, 10), techniques=(SoftThreshold(s),))
               for s in STRENGTHS}
    return sweep(recipes, signals, seeds, every=60)


def weights_sweep(seeds: Sequence[int] = SEEDS) -> Result:
    """Single weights removed: L1 by proximal steps on the noisy digits, and none."""
    recipes = {s: DIGITS.replace(techniques=(SoftThreshold(s),)) for s in [0.0, SHOWN]}
    return sweep(recipes, noisy_digits, seeds, every=20)


def units_sweep(seeds: Sequence[int] = SEEDS) -> Result:
    """Whole units removed: group lasso on the noisy digits, and none."""
    recipes = {s: DIGITS.replace(techniques=(GroupLasso(s),)) for s in [0.0, SHOWN]}
    return sweep(recipes, noisy_digits, seeds, every=20)


# Measures of one trained model


def share_of_zeros(model: nn.Module, splits: data.Splits | None = None) -> float:
    """The share of weights that are exactly zero."""
    found = torch.cat([w.flatten() for w in weights(dict(model.named_parameters()))])
    return float((found == 0).double().mean())


def used_inputs(model: nn.Module) -> Tensor:
    """Which inputs have a weight left that is not zero.  Shape: (D,), True or False."""
    return (_first_weight(model) != 0).any(0)


def _first_weight(model: nn.Module) -> Tensor:
    return next(m for m in model.modules() if isinstance(m, nn.Linear)).weight


def inputs_unused(model: nn.Module, splits: data.Splits | None = None) -> float:
    """The share of inputs that no unit looks at."""
    return float((~used_inputs(model)).double().mean())


def faint_inputs(model: nn.Module, splits: data.Splits | None = None, most: float = 0.05) -> float:
    """The share of inputs whose weights are all this small."""
    return float((_first_weight(model).abs().amax(0) < most).double().mean())


def without_faint_inputs(result: Result, arm: float, most: float = 0.05) -> list[float]:
    """What cutting those inputs changes in the validation accuracy, by seed."""
    def change(model: nn.Module, splits: data.Splits) -> float:
        before = _accuracy(model, splits.validation)
        weight = _first_weight(model)
        weight[:, weight.abs().amax(0) < most] = 0.0
        return _accuracy(model, splits.validation) - before

    return result.measure(change, arm).tolist()


def units_left(model: nn.Module, splits: data.Splits | None = None) -> float:
    """The share of the last hidden layer's units that the outputs still use."""
    last = [m for m in model.modules() if isinstance(m, nn.Linear)][-1]
    return float((last.weight != 0).any(0).double().mean())


def units_removed(model: nn.Module, splits: data.Splits | None = None) -> float:
    """The share of the last hidden layer's units without a weight into them, or none out of them.

    Such a unit can be cut out: it adds a constant to the outputs, or nothing.
    """
    before, last = [m for m in model.modules() if isinstance(m, nn.Linear)][-2:]
    in_use = (before.weight != 0).any(1) & (last.weight != 0).any(0)
    return float((~in_use).double().mean())


# Magnitude pruning, of a finished model


def pruned(model: nn.Module, share: float) -> nn.Module:
    """A copy in which this share of the weights, the smallest of all layers, is zero.

    ``torch.nn.utils.prune`` with the L1 criterion: magnitude pruning (Han et al. 2015), without
    any training afterwards.
    """
    from torch.nn.utils import prune

    model = copy.deepcopy(model)
    layers = [(m, "weight") for m in model.modules()
              if hasattr(m, "weight") and m.weight is not None and is_weight(m.weight)]
    prune.global_unstructured(layers, pruning_method=prune.L1Unstructured, amount=float(share))
    for module, name in layers:
        prune.remove(module, name)
    return model


def pruning_curves(results: dict[str, tuple[Result, float]],
                   shares: Sequence[float]) -> dict[str, list[list[float]]]:
    """Validation accuracy against the share of weights pruned, by name, for each seed."""
    with torch.no_grad():
        return {name: [[_accuracy(pruned(result.model(arm, seed), share), part) for share in shares]
                       for seed in result.seeds for part in [result.splits[seed].validation]]
                for name, (result, arm) in results.items()}


def _accuracy(model: nn.Module, part: data.Split) -> float:
    return float((model.eval()(part.x).argmax(1) == part.y).double().mean())


# Speed


def time_ratios(share: float = 0.9, seeds: Sequence[int] = SEEDS, width: int = 512,
                steps: int = 20) -> list[float]:
    """The time of a dense layer with this share of zeros, relative to one without any.

    Both get 128 examples.
    """
    tasks = []
    for seed in seeds:
        random = generator(seed, "time ratios")
        x, full = (torch.randn(n, width, generator=random) for n in (128, width))
        sparse = full * (torch.rand(width, width, generator=random) >= share)
        tasks.append({name: partial(nn.functional.linear, x, w)
                      for name, w in {"dense": full, "sparse": sparse}.items()})
    return relative_times(tasks, steps)["sparse"]
