"""Layers that chapter 07 looks at: batch norm in plain PyTorch, a broken one, and a noisy one."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..layers import Dropout, RandomLayer


class BatchNorm(nn.Module):
    """Batch norm of D units in plain PyTorch.  Shape: (B, D) → (B, D)."""

    def __init__(self, features: int, momentum: float = 0.1, eps: float = 1e-5):
        super().__init__()
        self.momentum, self.eps = momentum, eps
        self.weight = nn.Parameter(torch.ones(features))    # γ
        self.bias = nn.Parameter(torch.zeros(features))     # β
        self.register_buffer("running_mean", torch.zeros(features))
        self.register_buffer("running_var", torch.ones(features))

    def reset_parameters(self) -> None:
        for name, value in {"weight": 1, "bias": 0, "running_mean": 0, "running_var": 1}.items():
            getattr(self, name).data.fill_(value)

    def forward(self, x: Tensor) -> Tensor:
        mean, var = self.running_mean, self.running_var
        if self.training:
            mean, var = x.mean(0), x.var(0, correction=0)
            with torch.no_grad():
                self.running_mean += self.momentum * (mean - self.running_mean)
                self.running_var += self.momentum * (x.var(0) - self.running_var)
        return self.weight * (x - mean) / (var + self.eps).sqrt() + self.bias


class ForgetfulBatchNorm(BatchNorm):
    """The bug: running statistics that are plain attributes, not buffers."""

    def __init__(self, features: int, momentum: float = 0.1, eps: float = 1e-5):
        super().__init__(features, momentum, eps)
        del self.running_mean, self.running_var
        self.running_mean = torch.zeros(features)
        self.running_var = torch.ones(features)


class StepNoise(RandomLayer):
    """Shifts and scales every unit at random, anew at each step, alike for the whole batch.

    y = (1 + u) x + v in training, with u uniform in ±0.2 and v in ±0.4; y = x in evaluation. A
    simpler form of the noise of Santurkar et al. (2018). Shape: (B, D) → (B, D), B ≥ 2.
    """

    def draw(self, shape: tuple[int, ...], generator: torch.Generator | None = None) -> Tensor:
        return Dropout().draw(shape, generator)    # 16-bit words; those of two examples are used

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return x
        u, v = self.noise_for(x)[:2].to(x.dtype) / 32768
        return (1 + 0.2 * u) * x + 0.4 * v


def noisy_batch_norm(features: int) -> nn.Sequential:
    """Batch norm, and then the distributions are stirred again."""
    return nn.Sequential(nn.BatchNorm1d(features), StepNoise())
