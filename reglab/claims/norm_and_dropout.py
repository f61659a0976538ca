"""Chapter 08: dropout and batch norm in one network, in three orders (Li et al. 2019)."""

from __future__ import annotations

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
ORDERS = ("no dropout", "right before each norm", "after each ReLU", "after the last norm only")


def order_sweep(seeds: Sequence[int] = SEEDS) -> Result:
    """An MLP with batch norm, and dropout at three places or none; 200 steps."""
    recipe = factorial.recipe("batch norm", epochs=20)
    return sweep({order: recipe.replace(model=ordered(order)) for order in ORDERS}, signals, seeds,
                 every=20)


def ordered(order: str, p: float = RATE) -> MLP:
    """The network of the chapter with dropout at one of the places of ``ORDERS``."""
    model = MLP(40, 64, 64, 10, dropout=0.0 if order == "no dropout" else p, norm=nn.BatchNorm1d,
                dropout_first=order == "right before each norm")
    if order == "after the last norm only":
        next(layer for layer in model.layers if isinstance(layer, Dropout)).p.zero_()
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
WORSE = Rule("validation accuracy, right before each norm − after the last norm only", high=-0.01)


def variance_ratios(result: Result) -> dict[str, Tensor]:
    return {order: result.measure(variance_ratio, order) for order in ORDERS}


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
        "validation accuracy": {o: cell(result.final("validation", "score", o)) for o in ORDERS}})
