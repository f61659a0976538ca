"""The technique protocol: what a regularizer may do to one training step of one model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from .parameters import Parameters


@dataclass(frozen=True)
class Technique:
    """A way to regularize: a frozen dataclass that overrides one or two of five pure hooks.

    A combination of techniques is a plain tuple, applied from left to right. A technique is
    written for ONE model, as in a textbook; the engine runs many at once.

    A number that may be swept is a field annotated ``float``. Inside a hook it may be a tensor,
    so no hook branches on it (``if self.strength > 0``) or turns it into a Python number
    (``.item()``).

    Class attribute:
        off: the values of the fields at which the technique does nothing.
    """

    off: ClassVar[dict[str, float]] = {}

    def draw(self, n: int, generator: torch.Generator) -> dict[str, Tensor]:
        """Everything random that :meth:`batch` needs for a batch of ``n`` examples, on the CPU."""
        return {}

    def batch(self, x: Tensor, y: Tensor, **drawn: Tensor) -> tuple[Tensor, Tensor]:
        """1 the data: a changed batch.  Shape: x (B, …), y (B,) labels or (B, K)."""
        return x, y

    def penalty(self, params: Parameters, forward: Callable[[Parameters], Tensor]):
        """2 the loss: a scalar to add. ``forward(params)`` is the model's output on the batch."""
        return 0.0

    def gradient(self, grad_fn: Callable[[Parameters], Parameters]):
        """3 the gradient: a changed function from parameters to gradients."""
        return grad_fn

    def update(self, new: Parameters, old: Parameters, lr) -> Parameters:
        """4 the parameters: change what the optimizer's step ``old → new`` arrived at."""
        return new
