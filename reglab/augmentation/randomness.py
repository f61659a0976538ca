"""What the techniques of this package share: random numbers per example, and soft labels."""

from __future__ import annotations

import torch
from torch import Tensor


def symmetric(*shape: int, generator: torch.Generator) -> Tensor:
    """Uniform numbers in [−1, 1)."""
    return torch.empty(shape).uniform_(-1, 1, generator=generator)


def whole(u: Tensor, most: float | Tensor) -> Tensor:
    """Whole numbers from −most to most, equally often, from uniform numbers u in [−1, 1).

    >>> whole(torch.tensor([-1.0, -0.5, 0.0, 0.5]), 1).tolist()
    [-1.0, -1.0, 0.0, 1.0]
    """
    return (most * u + (u + 1) / 2).floor()


def per_example(values: Tensor, x: Tensor) -> Tensor:
    """A number for each example, (B,), shaped to go with x (B, …)."""
    return values.reshape(-1, *[1] * (x.ndim - 1))


def soft(y: Tensor, classes: int, dtype: torch.dtype) -> Tensor:
    """Labels (B,) as probabilities (B, K); probabilities are left as they are.

    As ``F.one_hot``, which needs to look at the values and so cannot be vmapped.
    """
    if y.is_floating_point():
        return y
    return (y.unsqueeze(-1) == torch.arange(classes, device=y.device)).to(dtype)
