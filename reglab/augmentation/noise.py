"""Gaussian noise on the inputs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from ..arguments import require, require_integer, require_number
from ..technique import Technique


@dataclass(frozen=True)
class GaussianNoise(Technique):
    r"""Add independent normal noise to every input value (Bishop 1995).

    .. math:: x' = x + σ z, \quad z \sim \operatorname{Normal}(0, 1)

    For a linear model with squared error it is, in expectation, exactly an L2 penalty: with
    ``F.mse_loss`` noise of deviation σ is ``L2(2 σ²)`` on one output.

    Args:
        sigma: σ ≥ 0, in units of x; 0 is off.
        shape: of one example, such as (1, 40) or (1, 8, 8): as many numbers are drawn for each.

    Shape: x (B, \*shape), unchanged; y is left alone.

    >>> x, y = torch.tensor([[1., 2.]]), torch.tensor([0])
    >>> GaussianNoise(0.5, shape=(2,)).batch(x, y, z=torch.tensor([[1., -1.]]))[0]
    tensor([[1.5000, 1.5000]])
    """

    sigma: float
    shape: tuple[int, ...]
    off: ClassVar = {"sigma": 0.0}

    def __post_init__(self):
        require_number(self.sigma, "GaussianNoise.sigma", 0)
        require(isinstance(self.shape, tuple) and len(self.shape) > 0, "GaussianNoise.shape",
                "a tuple, the shape of one example", self.shape, "Such as (1, 40).", TypeError)
        for size in self.shape:
            require_integer(size, "GaussianNoise.shape", 1)

    def draw(self, n: int, generator: torch.Generator) -> dict[str, Tensor]:
        return {"z": torch.randn(n, *self.shape, generator=generator)}

    def batch(self, x: Tensor, y: Tensor, z: Tensor) -> tuple[Tensor, Tensor]:
        require(z.shape == x.shape, "GaussianNoise.shape", f"the shape of one example, "
                f"{tuple(x.shape[1:])}", self.shape)
        return x + self.sigma * z.to(x.dtype), y
