"""Chapter 08: what counts as regularization, settled by measuring it (claim C35)."""

from __future__ import annotations

import copy
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ..data import Splits
from ..history import EarlyStopping
from ..layers import Dropout
from ..models import MLP
from ..result import Result
from ..training import sweep
from . import statements
from .choosing import noisy_digits, on_digits
from .effects import on_test_data
from .factorial import LOOK
from .rules import OF_DIGITS, Claim, Rule, Settled

SEEDS = range(10)


def stopping_sweep(seeds: Sequence[int] = SEEDS) -> Result:
    """Digits with wrong labels: trained to the end, and stopped at the lowest validation loss."""
    recipe = on_digits(64, 0.0, 0.0)
    recipes = {"to the end": recipe,
               "stopped": recipe.replace(stopping=EarlyStopping(patience=5))}
    return sweep(recipes, noisy_digits, seeds)


def plain_twin(model: MLP) -> MLP:
    """The plain network with the weights of a trained one: no dropout, norms folded in.

    Batch norm in evaluation is a factor and a shift for each unit, which
    ``torch.nn.utils.fuse_linear_bn_eval`` writes into the linear layer before it.
    """
    layers: list[nn.Module] = []
    for layer in copy.deepcopy(model).eval().layers:
        if isinstance(layer, nn.BatchNorm1d):
            layers[-1] = torch.nn.utils.fuse_linear_bn_eval(layers[-1], layer)
        elif not isinstance(layer, Dropout):
            layers.append(layer)
    linear = [layer for layer in layers if isinstance(layer, nn.Linear)]
    twin = MLP(linear[0].in_features, *(layer.out_features for layer in linear))
    twin = twin.to(linear[0].weight.dtype)
    for mine, theirs in zip((m for m in twin.layers if isinstance(m, nn.Linear)), linear,
                            strict=True):
        mine.load_state_dict(theirs.state_dict())
    return twin.eval()


def change_of_outputs(model: nn.Module, splits: Splits) -> Tensor:
    """How far the outputs of the plain twin are from those of a trained network, relative."""
    x, model = splits.open_test(LOOK).x.double(), copy.deepcopy(model).double()
    outputs = model(x)
    return (plain_twin(model)(x) - outputs).norm() / outputs.norm()


def gap(model: nn.Module, splits: Splits) -> Tensor:
    """Accuracy on the training data minus accuracy on the test data."""
    def accuracy(part) -> Tensor:
        return (model(part.x).argmax(1) == part.y).double().mean()

    return accuracy(splits.train) - accuracy(splits.open_test(LOOK))


C35 = Claim(statements.C35, ("Goodfellow et al. 2016, §5.2.2 and §7",), {
    **{f"network, {name}": Rule("relative change of outputs when the trained weights go into the "
                                "plain network", low=0.01)
       for name in ("L2", "dropout", "batch norm")},
    "gap, augmentation": Rule("training − test accuracy, shift − none", low=-0.01),
    "test, augmentation": Rule("test accuracy, shift − none", high=0.01),
    "gap, early stopping": Rule("training − test accuracy, stopped − to the end", low=-0.01,
                                split=OF_DIGITS),
    "test, early stopping": Rule("test accuracy, stopped − to the end", high=0.01,
                                 split=OF_DIGITS)})


def settle_c35(result: Result, stopping: Result) -> Settled:
    effects = {f"network, {name}": result.measure(change_of_outputs, (name,), reason=LOOK)
               for name in ("L2", "dropout", "batch norm")}
    for word, run, on, off in (("augmentation", result, ("shift",), ()),
                               ("early stopping", stopping, "stopped", "to the end")):
        effects[f"gap, {word}"] = on_test_data(run, on, off, LOOK, measure=gap, trivial=0.0)
        effects[f"test, {word}"] = on_test_data(run, on, off, LOOK)
    return C35.settle(**effects)
