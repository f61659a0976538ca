"""What a run leaves behind, and decisions that are functions of it: early stopping."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from .arguments import require, require_integer, require_number

PARTS = ("train", "validation")
METRICS = ("loss", "score")


class Stop(NamedTuple):
    """Where a rule stopped; each field has the leading shape of the curves.

    ``best``: index of the evaluation whose weights the rule keeps; ``last``: index of the last
    evaluation made; ``stopped``: whether patience ran out before the curve ended.
    """

    best: Tensor
    last: Tensor
    stopped: Tensor


@dataclass(frozen=True)
class EarlyStopping:
    r"""Stop when the validation curve has not improved for a while (Prechelt 1998).

    .. math:: b_t = t \text{ if } v_t < v_{b_{t-1}} − δ, \text{ else } b_{t-1}; \qquad
              \text{stop at the first } t \text{ with } t − b_t = \text{patience}

    for a curve v of which lower is better; b is the evaluation whose weights are restored.

    A function of the recorded history, so it can be asked afterwards where it would have stopped.
    An improvement beats the best value so far by more than ``min_delta``; as in Keras, training
    stops after ``patience`` evaluations in a row without one. Unlike there, ``restore`` is on
    unless said (``restore_best_weights`` of Keras is off).

    Args:
        patience: evaluations without improvement that are waited for, ≥ 1; one that is as large as
            the number of evaluations is off: it never stops.
        min_delta: smallest change that counts as an improvement, ≥ 0, in units of the metric. The
            weights restored are those of the last improvement that counted.
        monitor: ``"loss"`` (lower is better) or ``"score"`` (higher is better), on validation data.
        restore: return to the best weights; without it the last ones stay.

    >>> EarlyStopping(patience=2).find(torch.tensor([3.0, 2.0, 2.5, 2.1, 1.0]))
    Stop(best=tensor(1), last=tensor(3), stopped=tensor(True))
    """

    patience: int = 10
    min_delta: float = 0.0
    monitor: str = "loss"
    restore: bool = True

    def __post_init__(self):
        require_integer(self.patience, "EarlyStopping.patience", 1)
        require_number(self.min_delta, "EarlyStopping.min_delta", 0)
        require(self.monitor in METRICS, "EarlyStopping.monitor", f"one of {METRICS}", self.monitor)

    def find(self, curve: Tensor) -> Stop:
        """Follow the rule along validation curves.  Shape: curve (…, E)."""
        require(curve.ndim >= 1 and curve.shape[-1] > 0, "EarlyStopping.curve",
                "a tensor (…, E) with at least one evaluation", curve)
        cost = curve if self.monitor == "loss" else -curve
        watch = Watch(cost[..., 0], self.patience, self.min_delta)
        for values in cost.unbind(-1):
            watch.see(values)
        return Stop(watch.best, watch.last, watch.stopped)


class Watch:
    """Early stopping along curves that grow by one value at a time; lower is better.

    Args:
        like: a tensor (…) of the shape and type of one value of every curve.
        patience, min_delta: as for :class:`EarlyStopping`; a tensor (…) for a rule to each curve.

    Attributes:
        best, last, stopped: as in :class:`Stop`, for what has been seen so far.
    """

    def __init__(self, like: Tensor, patience: Tensor | int, min_delta: Tensor | float):
        self.patience, self.min_delta = patience, min_delta
        self.seen = 0
        self.best_cost = torch.full_like(like, float("inf"))
        self.best = torch.zeros_like(like, dtype=torch.long)
        self.last, self.waited = self.best.clone(), self.best.clone()
        self.stopped = torch.zeros_like(like, dtype=torch.bool)

    def see(self, cost: Tensor) -> None:
        """The next value of every curve; where a rule has stopped, nothing changes any more."""
        improved = ~self.stopped & (cost < self.best_cost - self.min_delta)
        self.best_cost = torch.where(improved, cost, self.best_cost)
        self.best[improved] = self.seen
        self.last[~self.stopped] = self.seen
        self.waited = torch.where(improved, 0, self.waited + 1)
        self.stopped |= self.waited >= self.patience
        self.seen += 1
