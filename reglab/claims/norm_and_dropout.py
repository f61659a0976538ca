"""Chapter 08: dropout and batch norm in one network, in several orders (Li et al. 2019)."""

from __future__ import annotations

import copy
from collections.abc import Sequence

from torch import Tensor, nn

from ..data import Splits
from ..layers import Dropout
from ..models import MLP
from ..result import Result
from ..training import sweep
from . import factorial
from .factorial import signals
from .rules import Rule

SEEDS = range(10)
RATE = 0.5
# One layer of dropout in each of these places, and for comparison none and two.
PLACES = ("right before the last norm", "a layer before the last norm", "after the last norm")
ORDERS = ("no dropout", *PLACES, "right before each norm")


def order_sweep(seeds: Sequence[int] = SEEDS) -> Result:
    """An MLP with batch norm, and dropout in different places or none; 400 steps."""
    recipe = factorial.recipe("batch norm", epochs=40)
    return sweep({order: recipe.replace(model=ordered(order)) for order in ORDERS}, signals, seeds,
                 every=40)


def ordered(order: str, p: float = RATE) -> MLP:
    """The network of the chapter with dropout as one of ``ORDERS`` says."""
    model = MLP(40, 64, 64, 10, dropout=0.0 if order == "no dropout" else p, norm=nn.BatchNorm1d,
                dropout_first=order.startswith("right before"))
    first, last = (layer for layer in model.layers if isinstance(layer, Dropout))
    if order in PLACES:
        (last if order == "a layer before the last norm" else first).p.zero_()
    return model


def variance_ratio(model: nn.Module, splits: Splits) -> Tensor:
    """The variance that the second norm meets in evaluation, relative to that of training.

    The second is the running variance which the norm goes by; both on the training data, the
    median over units. Below 1, the norm divides by too much.
    """
    norm = [layer for layer in model.layers if isinstance(layer, nn.BatchNorm1d)][-1]
    h = splits.train.x.flatten(1)
    for layer in model.eval().layers:
        if layer is norm:
            break
        h = layer(h)
    return (h.var(0) / norm.running_var).median()


SHIFTED = Rule("variance in evaluation, relative to that of training", high=0.9)
GIVEN_BACK = Rule("validation accuracy, norms recalibrated − as trained", low=0.01)


def variance_ratios(result: Result) -> dict[str, Tensor]:
    return {order: result.measure(variance_ratio, order) for order in ORDERS}


def recalibrated(model: nn.Module, splits: Splits) -> nn.Module:
    """A copy whose norms remember what they meet in evaluation: training data, no dropout."""
    model = copy.deepcopy(model).train()
    for layer in model.layers:
        if isinstance(layer, Dropout):
            layer.eval()
        elif isinstance(layer, nn.BatchNorm1d):
            layer.momentum = 1.0    # the last batch alone, which is all of the data
    model(splits.train.x)
    return model.eval()


def recalibrated_accuracy(model: nn.Module, splits: Splits) -> Tensor:
    part = splits.validation
    return (recalibrated(model, splits)(part.x).argmax(1) == part.y).double().mean()


def table(result: Result):
    """Variance ratio and validation accuracy of each order, as a pandas DataFrame."""
    import pandas as pd

    from ..statistics import interval

    def cell(values: Tensor) -> str:
        found = interval(values.tolist())
        return f"{found.mean:.2f} ± {found.half_width:.2f}"

    ratios = variance_ratios(result)
    return pd.DataFrame({
        "variance, evaluation relative to training": {o: cell(ratios[o]) for o in ORDERS},
        "validation accuracy": {o: cell(result.final("validation", "score", o)) for o in ORDERS},
        "the same, norms recalibrated": {
            o: cell(result.measure(recalibrated_accuracy, o)) for o in ORDERS}})
