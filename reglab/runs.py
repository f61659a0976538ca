"""One run of a sweep, and what a group of runs leaves behind."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from torch import Tensor

from .data import Splits
from .history import Stop
from .recipe import Recipe


@dataclass(frozen=True)
class Run:
    """One model to train: an arm of the experiment, a seed and the data of that seed."""

    arm: Hashable
    seed: int
    recipe: Recipe
    splits: Splits


@dataclass(frozen=True)
class Trained:
    """What a group of R runs gave.

    Shape: curves[part, metric] (R, E), NaN after a run has stopped; tensors (R, …); stop (R,).
    """

    runs: Sequence[Run]
    curves: dict[tuple[str, str], Tensor]
    tensors: dict[str, Tensor]
    stop: Stop
